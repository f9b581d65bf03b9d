#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Crowds: bursts of connections that wait at once, and sessions in lockstep (dangers 1 and 3).

usage: crowd.py [BURSTS [CONNECTIONS]]      (in the build directory; POSTERN_BUILD names another)"""
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'milter'))
import lockstep  # noqa: E402
from gateway import told  # noqa: E402
from harness import HEADERS, SELLER, Daemon, buyer, wait_for  # noqa: E402

# The first bursts fill caches and heaps.
WARM = 10
# What the store keeps of its database (cache_size in sqlite_conn.c), which is smaller than that when the bursts end.
STORE_KIB = 16000
# What memory may grow in all the bursts after the first: half a KiB for each thread that there was.
GROWTH_KIB = STORE_KIB + 1024


def numbers(daemon):
    """Memory in KiB and threads of the worker."""
    with open('/proc/%d/status' % daemon.worker_pid()) as f:
        found = {line.split(':')[0]: int(line.split()[1]) for line in f if line.startswith(('VmRSS', 'Threads'))}
    return found['VmRSS'], found['Threads']


def burst(daemon, connections):
    """All reach the end of a message while one is judged, so each holds a thread; the most threads that were seen."""
    clients = [daemon.client().open() for _ in range(connections)]
    for n, m in enumerate(clients):
        m.macros('M', auth_authen='seller')
        m.mail(SELLER)
        m.rcpt(buyer(n))
        m.data()
        for name, value in HEADERS:
            m.header(name, value)
        m.eoh()
        m.body('please-sleep-500' if n == 0 else 'fine')
    for m in clients:
        m.send('E')
    # While all of them wait, which they do for 800 ms; on a busy machine some come when others are gone.
    most, until = 0, time.monotonic() + 0.6
    while time.monotonic() < until:
        most = max(most, numbers(daemon)[1])
        time.sleep(0.05)
    verdicts = [m.reply().verdict for m in clients]
    for m in clients:
        m.quit()
    return most, verdicts.count('pass') + verdicts.count('defer') - connections


def slope(sizes):
    """Of the straight line nearest to them."""
    middle, mean = (len(sizes) - 1) / 2, sum(sizes) / len(sizes)
    return sum((i - middle) * (s - mean) for i, s in enumerate(sizes)) / sum((i - middle) ** 2 for i in range(len(sizes)))


def bursts(count, connections):
    """What was wrong, the most threads, and the growth in KiB after the first bursts."""
    # Not in memory: the records are some 250 bytes a message there.
    daemon = Daemon(store='sqlite', milter='max_transactions = %d\n max_judging = 1\n deadline = "60s"\n hang = "90s"' % (connections + 10)).start()
    wrong, sizes, most = [], [], 0
    try:
        pid = daemon.worker_pid()
        for number in range(count):
            threads, missing = burst(daemon, connections)
            most = max(most, threads)
            if missing:
                wrong.append('burst %d: %d messages without an answer' % (number, -missing))
            if not wait_for(lambda: daemon.status()['transactions']['sessions'] == 0 and numbers(daemon)[1] < 30):
                wrong.append('burst %d: %d threads stay' % (number, numbers(daemon)[1]))
            sizes.append(numbers(daemon)[0])
        growth = slope(sizes[WARM:]) * len(sizes[WARM:])
        if growth > GROWTH_KIB and not daemon.variant():
            wrong.append('memory grew by %d KiB: %s' % (growth, sizes))
        if most < connections // 2:
            wrong.append('no more than %d threads at once: the test shows nothing' % most)
        if daemon.worker_pid() != pid:
            wrong.append('the worker was restarted')
    finally:
        daemon.clean()
    return wrong, most, growth


def sessions():
    """200 sessions of ten messages in lockstep."""
    daemon = Daemon().start()
    try:
        return lockstep.wrong(daemon, 200, 10)
    finally:
        daemon.clean()


def main(argv):
    count = int(argv[1]) if len(argv) > 1 else 100
    connections = int(argv[2]) if len(argv) > 2 else 300
    wrong, most, growth = bursts(count, connections)
    wrong += sessions()
    print('crowds held: %d bursts of %d connections, %d threads at once, memory %+d KiB after the first %d; '
          '200 sessions of 10 messages in lockstep' % (count, connections, most, growth, WARM))
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
