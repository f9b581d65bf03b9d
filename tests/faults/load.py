#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Large messages at once: spooled, bounded in memory, each answered; and small mail goes on meanwhile.

usage: load.py [MESSAGES [MEGABYTES]]      (in the build directory)"""
import base64
import concurrent.futures
import os
import random
import re
import sys
import threading
import time
from collections import Counter

from gateway import ANSWER_SECONDS, Gateway, hand_over, told
from harness import wait_for

JUDGING = 4
RELAY = ['4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com']
SENDER = 'care@bestgadgets.example'
HEAD = (b'From: Care <care@bestgadgets.example>\nTo: <%s>\nSubject: Re: order 4342076435326\nMIME-Version: 1.0\n'
        b'Content-Type: multipart/mixed; boundary=edge\n\n--edge\nContent-Type: text/plain; charset=utf-8\n\n%%s\n'
        b'--edge\nContent-Type: image/jpeg; name="photo.jpg"\nContent-Transfer-Encoding: base64\n\n%%s--edge--\n' % RELAY[0].encode())
TEXT = b'Hello Maria,\n\nyour package will arrive on Thursday.\n\nKind regards,\nJenny\n'
# Of a JPEG, what its type is seen by.
MAGIC = b'\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01'
# What one message may take beyond its size while it is judged: parts, text, segments and normalised text of it.
COPIES = 16


class Peak:
    """The highest memory of a process, and of open spool files, until stop()."""

    def __init__(self, pid, spool):
        self.pid, self.spool, self.kib, self.spooled, self.going = pid, spool, 0, 0, True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.going:
            with open('/proc/%d/status' % self.pid) as f:
                self.kib = max(self.kib, int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)))
            self.spooled = max(self.spooled, self.open_spools())
            time.sleep(0.05)

    def open_spools(self):
        """The spool's files have no name any more; their descriptors still tell where they were."""
        count = 0
        for fd in os.listdir('/proc/%d/fd' % self.pid):
            try:
                count += os.readlink('/proc/%d/fd/%s' % (self.pid, fd)).startswith(self.spool)
            except OSError:
                pass
        return count

    def stop(self):
        self.going = False
        self.thread.join()


def send(gateway, queue_id, photo):
    """As an MTA: again after 451 4.3.2. The last answer, its seconds, and how many times the gate was shut."""
    for busy in range(10**6):
        begun = time.monotonic()
        with gateway.client(timeout=ANSWER_SECONDS) as client:
            client.open()
            reply = hand_over(client, HEAD % (TEXT, photo), 'out', SENDER, RELAY, queue_id)
        if '451 4.3.2' not in reply.text:
            return reply, time.monotonic() - begun, busy
        time.sleep(0.2)


def check(count, megabytes):
    """What was wrong, and the line for the table."""
    gateway = Gateway(milter='max_judging = %d' % JUDGING, limits='spool_memory = 64K').start()
    try:
        send(gateway, 'warm', b'')
        before, size = gateway.numbers(), megabytes << 20
        pid = gateway.worker_pid()
        photo = base64.encodebytes(MAGIC + random.Random(1).randbytes(size * 3 // 4))
        peak = Peak(pid, gateway.dir + '/spool')
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            found = list(pool.map(lambda n: send(gateway, 'B%d' % n, photo), range(count)))
        peak.stop()
        wrong = []
        bound = before[0] + JUDGING * COPIES * (size >> 10) + 64 * 1024
        if peak.kib > bound and not gateway.variant():
            wrong.append('memory %d KiB with %d messages of %d MiB, more than %d' % (peak.kib, count, megabytes, bound))
        if peak.spooled < min(count, JUDGING):
            wrong.append('only %d messages were spooled at once' % peak.spooled)
        answers = Counter('hold' if r.held else r.verdict for r, _, _ in found)
        records = gateway.recorded()
        for number, (reply, _, _) in enumerate(found):
            if reply.verdict == 'pass' and 'B%d' % number not in records:
                wrong.append('B%d: accepted without a record' % number)
        if answers['pass'] + answers['hold'] != count:
            wrong.append('answers: %s, %s' % (answers, found[0][0]))
        if gateway.worker_pid() != pid or not wait_for(lambda: gateway.status()['transactions']['live'] == 0):
            wrong.append('the worker was restarted, or places were lost')
        if send(gateway, 'after', b'')[0].verdict == 'defer':
            wrong.append('mail does not flow afterwards')
        return wrong, 'load held: %d messages of %d MiB at once, %d spooled at a time, memory %d KiB before, at most %d KiB; %s; the gate said 451 4.3.2 %d times; slowest %.1f s\naccepted: %d' % (
            count, megabytes, peak.spooled, before[0], peak.kib, ', '.join('%d %s' % (n, a) for a, n in sorted(answers.items())),
            sum(busy for _, _, busy in found), max(seconds for _, seconds, _ in found),
            answers['pass'] + answers['hold'])
    finally:
        gateway.stop()
        gateway.discard()


def main(argv):
    count = int(argv[1]) if len(argv) > 1 else 64
    wrong, line = check(count, int(argv[2]) if len(argv) > 2 else 8)
    print(line)
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
