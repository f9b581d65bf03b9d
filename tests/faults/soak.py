#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plain and mutated mail for some minutes: memory, descriptors and threads of the daemon over time.

usage: soak.py MINUTES [SEED]      (in the build directory; POSTERN_BUILD names another)"""
import random
import sys
import threading
import time

from gateway import ANSWER_SECONDS, Gateway, hand_over, seeds
from harness import Closed
from mutate import mutate

CLIENTS = 4
LINES = 20


class Load:
    """Mail through CLIENTS connections until stop()."""

    def __init__(self, gateway, seed):
        self.gateway, self.seed, self.messages = gateway, seed, seeds()
        self.sent, self.failed, self.going = 0, [], True
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, share):
        r = random.Random('%s-%d' % (self.seed, share))
        number = 0
        while self.going and len(self.failed) < 10:
            _, raw, direction, sender, recipients = r.choice(self.messages)
            if r.random() < .5:
                raw, _ = mutate(r, raw)
            number += 1
            try:
                with self.gateway.client(timeout=ANSWER_SECONDS) as client:
                    client.open()
                    hand_over(client, raw, direction, sender, recipients, 'S%d-%d' % (share, number))
            except (OSError, Closed) as e:
                self.failed.append('%s: %s' % (type(e).__name__, e))
            with self.lock:
                self.sent += 1

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def watch(gateway, load, seconds):
    """Rows of (messages, KiB, threads, descriptors), the first before any load."""
    rows, begun = [], time.monotonic()
    print('%7s %9s %10s %8s %6s' % ('seconds', 'messages', 'memory KiB', 'threads', 'files'))
    for line in range(1, LINES + 1):
        time.sleep(max(0, begun + seconds * line / LINES - time.monotonic()))
        rows.append((load.sent,) + gateway.numbers())
        print('%7d %9d %10d %8d %6d' % ((time.monotonic() - begun,) + rows[-1]), flush=True)
    return rows


def main(argv):
    if len(argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    gateway = Gateway().start()
    try:
        pid = gateway.worker_pid()
        load = Load(gateway, argv[2] if len(argv) > 2 else 'soak')
        try:
            rows = watch(gateway, load, float(argv[1]) * 60)
        finally:
            load.stop()
        middle, end = rows[LINES // 2 - 1], rows[-1]
        print('soak: %d messages in %s minutes, memory %d KiB at the half, %d KiB at the end; %d failed' % (
            load.sent, argv[1], middle[1], end[1], len(load.failed) + (gateway.worker_pid() != pid)))
        for line in load.failed:
            print('FAILED: ' + line)
        return 1 if load.failed or gateway.worker_pid() != pid else 0
    finally:
        gateway.stop()
        gateway.discard()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
