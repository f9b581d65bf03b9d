# SPDX-License-Identifier: BSD-2-Clause
"""What the shipped rules cost: CPU time of posternd for a message with all rules on and with none on.

Two daemons of the build directory, which is the working directory, take the same load of answers to customers
(tests/bench/messages/out, some 2 KB each; load/) in turns, round by round, over one and over several connections
at once. CPU time is that of the whole daemon, user and system, with decoding, store and audit log; the load's is
not in it.

Both daemons run on one processor and the load on another, where there are two: a process that moves pays for
cold caches, which is the machine's cost and not the rules'. They get the environment of
contrib/systemd/postern.service.in.

Prints each round's ratio and their median; status 1 when one of the medians is above GOAL, or a message is not passed.

usage: cpu.py [ROUNDS [MESSAGES]]
"""
import os
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
import servers  # noqa: E402

GOAL = 2.0
LETTERS = os.path.join(servers.HERE, 'messages', 'out')
# One mail after the other, as a quiet server sends them, and as Postfix does when there is much to do.
CONNECTIONS = (1, 4, 16)
WARM = 500


class Daemon(servers.Posternd):
    """Under a load of its own."""

    def __init__(self, place, rules):
        super().__init__(place, os.getcwd(), rules)
        self.start()
        self.wait_up()
        self.next = 1

    def spend(self, connections, count):
        """CPU seconds for a message."""
        before = self.cpu()
        subprocess.run(['tests/bench/load/load', '-s', self.address, '-c', str(connections), '-n', str(count),
                        '-k', str(count), '-f', str(self.next), '-e', LETTERS], check=True, stdout=subprocess.DEVNULL)
        self.next += count
        return (self.cpu() - before) / count


def compare(connections, on, off, rounds, count):
    pairs = []
    for number in range(rounds):
        order = (on, off) if number % 2 else (off, on)
        cost = {daemon: daemon.spend(connections, count) for daemon in order}
        pairs.append((cost[on], cost[off]))
    ratios = [a / b for a, b in pairs]
    median = statistics.median(ratios)
    print('bench: %2d connections, CPU a message: all rules %.3f ms, none %.3f ms, ratio %.2f (%s)' % (
        connections, statistics.median(a for a, _ in pairs) * 1000, statistics.median(b for _, b in pairs) * 1000,
        median, ' '.join('%.2f' % ratio for ratio in sorted(ratios))), flush=True)
    return median


def main():
    rounds, count = (int(word) for word in (sys.argv[1:] + ['7', '1000'][len(sys.argv) - 1:])[:2])
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:1])
    with servers.mta.Place('cpu') as place:
        on, off = Daemon(place, True), Daemon(place, False)
        os.sched_setaffinity(0, processors[-1:])
        for daemon in (on, off):
            daemon.spend(4, WARM)
        worst = max(compare(connections, on, off, rounds, count) for connections in CONNECTIONS)
    return 0 if worst <= GOAL else 1


if __name__ == '__main__':
    sys.exit(main())
