#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Peers that take every place and drip, never end a message, or never read: cut off, while mail goes on.

usage: stalled.py [PEERS]      (in the build directory)"""
import random
import sys
import threading
import time

from gateway import ANSWER_SECONDS, Gateway, told
from harness import Closed, wait_for
from load import RELAY, SENDER, send

PLACES = 40
# Far beyond the limits of SETTINGS.
END_SECONDS = 60
SETTINGS = 'max_transactions = %d\n command_timeout = "2s"\n message_timeout = "6s"' % PLACES


class Peer:
    """A connection that stalls; step() goes on with it a little, and says how it ended: closed by the daemon or not."""
    ways = ('drips', 'drips in a body', 'never ends a message', 'never reads')

    def __init__(self, gateway, number):
        self.way = self.ways[number % len(self.ways)]
        self.client = gateway.client(timeout=5)
        self.closed = False
        if self.way == 'drips':
            return
        self.client.open(steps=0) if self.way == 'never reads' else self.client.open()
        # Turned away or not: both are to be ended.
        if self.client.mail('<%s>' % SENDER).code != 'c':
            self.way = 'drips'
            return
        if self.way == 'never ends a message':
            return
        self.client.rcpt('<%s>' % RELAY[0])
        self.client.data()
        if self.way == 'drips in a body':
            self.client.eoh()
            self.client.sock.sendall(b'\0\0\xff\xffB')
        self.client.sock.setblocking(False)

    def act(self):
        if self.way == 'never ends a message':
            self.client.rcpt('<%s>' % RELAY[0])
        elif self.way == 'never reads':
            for _ in range(10000):
                self.client.send('L', b'X-Filler\0value\0')
        else:
            self.client.sock.sendall(b'\0')

    def step(self):
        try:
            self.act()
        except (BlockingIOError, TimeoutError):
            pass
        except (Closed, OSError):
            self.closed = True
            self.client.close()


def stall(peers):
    """Until all are cut off, or for END_SECONDS."""
    begun = time.monotonic()
    while time.monotonic() - begun < END_SECONDS and not all(peer.closed for peer in peers):
        for peer in peers:
            if not peer.closed:
                peer.step()
        time.sleep(0.3)
    return time.monotonic() - begun


def check(count):
    """What was wrong, and the line for the table."""
    gateway = Gateway(milter=SETTINGS).start()
    sent, wrong, going = [], [], threading.Event()

    def mail():
        while not going.is_set():
            reply, _, busy = send(gateway, 'S%d' % len(sent), b'')
            sent.append((reply, busy))
    try:
        numbers = list(range(count))
        random.Random(1).shuffle(numbers)
        peers = [Peer(gateway, number) for number in numbers]
        thread = threading.Thread(target=mail)
        thread.start()
        seconds = stall(peers)
        going.set()
        thread.join(ANSWER_SECONDS)
        left = [peer.way for peer in peers if not peer.closed]
        if left:
            wrong.append('%d peers were not cut off: %s' % (len(left), left[:10]))
        if not wait_for(lambda: gateway.status()['transactions']['sessions'] == 0):
            wrong.append('connections stay: %s' % gateway.status()['transactions'])
        records = gateway.recorded()
        lost = [n for n, (reply, _) in enumerate(sent) if reply.verdict != 'pass' or 'S%d' % n not in records]
        if lost or not sent:
            wrong.append('%d of %d messages meanwhile were lost: %s' % (len(lost), len(sent), [sent[n][0] for n in lost[:3]]))
        return wrong, 'stalled peers: %d at %d places, cut off within %.0f s (%s); meanwhile %d messages, told 451 4.3.2 %d times\naccepted: %d' % (
            count - len(left), PLACES, seconds, ', '.join('%d %s' % (sum(p.way == way for p in peers), way) for way in Peer.ways),
            len(sent), sum(busy for _, busy in sent), len(sent) - len(lost))
    finally:
        going.set()
        gateway.stop()
        gateway.discard()


def main(argv):
    wrong, line = check(int(argv[1]) if len(argv) > 1 else 200)
    print(line)
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
