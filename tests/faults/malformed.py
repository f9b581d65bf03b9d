#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutated messages through the running daemon: no crash, no hang, no growth, and a record of each.

usage: malformed.py [COUNT [SEED]]      (in the build directory; POSTERN_BUILD names another)"""
import concurrent.futures
import random
import sys
import time
from collections import Counter

from gateway import ANSWER_SECONDS, Gateway, hand_over, seeds, told
from harness import check_log
from mutate import mutate

CLIENTS = 4
# What memory may grow between the middle and the end: the store's and GLib's caches, fragments.
MARGIN_KIB = 32 * 1024


class Worker:
    """Hands over its share of the messages through one connection after another."""

    def __init__(self, gateway, seed):
        self.gateway, self.seed, self.found, self.slowest = gateway, seed, Counter(), (0, '')

    def one(self, number, messages):
        r, (name, raw, direction, sender, recipients) = chosen(self.seed, number, messages)
        raw, ways = mutate(r, raw)
        begun = time.monotonic()
        with self.gateway.client(timeout=ANSWER_SECONDS) as client:
            client.open()
            reply = hand_over(client, raw, direction, sender, recipients, 'M%06d' % number)
        self.found[reply.verdict if not reply.held else 'hold'] += 1
        self.slowest = max(self.slowest, (time.monotonic() - begun, 'number %d, %s by %s' % (number, name, ways)))


def chosen(seed, number, messages):
    """The generator of a number, and the message that it begins with."""
    r = random.Random('%s-%d' % (seed, number))
    return r, messages[r.randrange(len(messages))]


def run(gateway, seed, numbers):
    """Answers by verdict, the slowest one, and what went wrong, by number."""
    messages = seeds()
    workers = [Worker(gateway, seed) for _ in range(CLIENTS)]
    wrong = []

    def share(worker, mine):
        for number in mine:
            try:
                worker.one(number, messages)
            except Exception as e:  # pylint: disable=broad-except; each is a failure of this test
                wrong.append('number %d: %s: %s' % (number, type(e).__name__, e))
                if len(wrong) > 20:
                    return
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(share, workers, [numbers[n::CLIENTS] for n in range(CLIENTS)]))
    return sum((w.found for w in workers), Counter()), max(w.slowest for w in workers), wrong


def check_records(gateway, seed, count):
    """One record of each message, but of those that passed unread: mail of no marketplace, which the daemon counts.

    A mutation can take away what tells inbound mail to be a marketplace's; an outbound one has its recipient."""
    messages, records, missing, unread = seeds(), gateway.recorded(), [], 0
    for number in range(count):
        name, _, direction, _, _ = chosen(seed, number, messages)[1]
        found = len(records.get('M%06d' % number, ()))
        unread += found == 0
        if found > 1 or (found == 0 and direction == 'out' and 'unrelated' not in name):
            missing.append(number)
    wrong = ['not recorded once: %d messages, first %s' % (len(missing), missing[:10])] if missing else []
    counted = gateway.status()['messages']['unconcerned']
    if unread != counted:
        wrong.append('%d messages have no record, but only %d were let through unread' % (unread, counted))
    return wrong


def check(count, seed):
    """Lines of what went wrong, and what was seen."""
    # Few heaps: what each of them keeps for later is no growth.
    gateway = Gateway(env={'MALLOC_ARENA_MAX': '2'}).start()
    try:
        pid, half = gateway.worker_pid(), count // 2
        first, slow_first, wrong = run(gateway, seed, range(half))
        middle = gateway.numbers()
        second, slow_second, more = run(gateway, seed, range(half, count))
        wrong += more
        end = gateway.numbers()
        if gateway.worker_pid() != pid:
            wrong.append('the worker was restarted: ' + gateway.log()[-2000:])
        # A sanitizer keeps what is freed for a while.
        if end[0] > middle[0] + MARGIN_KIB and not gateway.variant():
            wrong.append('memory grew from %d KiB in the middle to %d KiB' % (middle[0], end[0]))
        if end[2] > middle[2] + 20:
            wrong.append('open files grew from %d to %d' % (middle[2], end[2]))
        wrong += check_records(gateway, seed, count)
        gateway.stop()
        check_log(gateway.log())
        verified = gateway.postern('audit', 'verify')
        if verified.returncode != 0:
            wrong.append('audit verify: ' + verified.stdout + verified.stderr)
    finally:
        gateway.stop()
        gateway.discard()
    return wrong, first + second, max(slow_first, slow_second), middle, end


def main(argv):
    count = int(argv[1]) if len(argv) > 1 else 5000
    seed = argv[2] if len(argv) > 2 else 'postern'
    begun = time.monotonic()
    wrong, found, slowest, middle, end = check(count, seed)
    print('malformed mail: %d messages in %d s, seed %s: %s' % (
        count, time.monotonic() - begun, seed, ', '.join('%d %s' % (n, v) for v, n in sorted(found.items()))))
    print('  memory %d KiB after half of them, %d KiB after all; slowest answer %.1f s (%s)' % ((middle[0], end[0]) + slowest))
    print('accepted: %d' % (found['pass'] + found['hold']))
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
