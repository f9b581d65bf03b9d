# SPDX-License-Identifier: BSD-2-Clause
"""What the shipped rules cost: CPU time of posternd for a message with all rules on and with none on.

Two daemons of the build directory, which is the working directory, take the same messages
(tests/bench/messages/out, some 2 KB each) in turns, round by round. CPU time is that of the whole daemon,
user and system, with decoding, store and audit log; the milter client is a process of its own.

Both daemons run on one processor and the client on another, where there are two: a process that moves
pays for cold caches, which is the machine's cost and not the rules'. They get the environment of
contrib/systemd/postern.service.in.

Prints each round's ratio and their median; status 1 when it is above GOAL or a message is not passed.

usage: cpu.py [ROUNDS [MESSAGES]]
"""
import os
import statistics
import sys

sys.dont_write_bytecode = True
import servers  # noqa: E402

sys.path.insert(0, os.path.join(servers.SOURCE, 'tests', 'milter'))
from milterclient import Milter  # noqa: E402

GOAL = 2.0
SELLER = '<care@bestgadgets.example>'
# What is one customer's in the messages, and another's after each eighth: as many as a thread has.
BUYER = '<4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com>'
THREAD = 8
OWN = (('4F2A9C1B7D3E5F608192A3B4C5D6E7F8', '%032X'), ('200011223344556', '2000%011d'), ('<1234567890.abc', '<%d.abc'))


class Daemon(servers.Posternd):
    """With a client of its own."""

    def __init__(self, place, rules):
        super().__init__(place, os.getcwd(), rules)
        self.start()
        self.wait_up()
        self.sent = 0
        self.client = Milter(self.path).open()

    def send(self, messages, count):
        """CPU seconds for a message."""
        before = self.cpu()
        for number in range(count):
            headers, body = messages[number % len(messages)]
            customer = self.sent // THREAD
            headers = [(name, own(value, customer)) for name, value in headers]
            headers = [(name, '<%d@bestgadgets.example>' % self.sent if name == 'Message-ID' else value)
                       for name, value in headers]
            reply = self.client.message(SELLER, [own(BUYER, customer)], headers, own(body, customer),
                                        queue_id='Q%d' % self.sent)
            self.sent += 1
            if reply.code not in 'ac':
                raise RuntimeError('a clean message was answered with %r' % reply)
        return (self.cpu() - before) / count


def own(text, number):
    for name, form in OWN:
        text = text.replace(name, form % number)
    return text


def read_message(path):
    with open(path, encoding='utf-8') as file:
        head, _, body = file.read().partition('\n\n')
    return [tuple(line.split(': ', 1)) for line in head.splitlines()], body.replace('\n', '\r\n')


def compare(name, messages, on, off, rounds, count):
    pairs = []
    for number in range(rounds):
        order = (on, off) if number % 2 else (off, on)
        cost = {daemon: daemon.send(messages, count) for daemon in order}
        pairs.append((cost[on], cost[off]))
    ratios = [a / b for a, b in pairs]
    median = statistics.median(ratios)
    print('bench: %-6s CPU a message: all rules %.3f ms, none %.3f ms, ratio %.2f (%s)' % (
        name, statistics.median(a for a, _ in pairs) * 1000, statistics.median(b for _, b in pairs) * 1000, median,
        ' '.join('%.2f' % ratio for ratio in sorted(ratios))))
    return median


def main():
    rounds, count = (int(word) for word in (sys.argv[1:] + ['7', '1000'][len(sys.argv) - 1:])[:2])
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:1])
    with servers.mta.Place('cpu') as place:
        on, off = Daemon(place, True), Daemon(place, False)
        os.sched_setaffinity(0, processors[-1:])
        folder = os.path.join(servers.HERE, 'messages', 'out')
        names = sorted(name for name in os.listdir(folder) if name.endswith('.eml'))
        messages = {name[:-4]: [read_message(os.path.join(folder, name))] for name in names}
        for daemon in (on, off):
            daemon.send([message for one in messages.values() for message in one], 200)
        worst = max(compare(name, one, on, off, rounds, count) for name, one in messages.items())
    return 0 if worst <= GOAL else 1


if __name__ == '__main__':
    sys.exit(main())
