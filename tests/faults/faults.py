#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""System calls of the running daemon fail while mail flows: nothing accepted unrecorded, nothing judged more mildly,
nothing applied twice, no crash, and mail flows again afterwards without a restart.

usage: faults.py [MESSAGES [SEED]]      (per kind of fault; in the build directory)"""
import concurrent.futures
import errno
import random
import socket
import sqlite3
import sys
import time
from collections import Counter

from gateway import ANSWER_SECONDS, Gateway, hand_over, seeds, told
from harness import Closed, check_log, wait_for
from preload import Faults

CLIENTS = 3
# Of the least value of limits.spool_memory.
FILLER = b''.join(b'X-Filler-%d: %s\n' % (n, b'x' * 500) for n in range(9))
# The faults of a round come in bursts with pauses, since one of a disk defers all mail of the next second.
BURSTS = 5
# More of them as long as no call failed: a round without shows nothing.
BURSTS_MAX = 50
# Until mail flows again. Two seconds at most on a quiet machine, since the store is asked again each second.
RECOVERY_SECONDS = 20
# libmilter itself leaves a connection unanswered for which it gets no thread; the MTA's own timeout ends that.
THREAD_SECONDS = 10
STRICT = {'pass': 0, 'tag': 0, 'hold': 1, 'reject': 2, 'defer': 3, 'closed': 3}
# name, share of the calls of each kind, error
ROUNDS = (
    ('disk full', {'write': .1}, errno.ENOSPC),
    ('writes fail', {'write': .05}, errno.EIO),
    ('fsync fails', {'sync': .1}, errno.EIO),
    ('no descriptors', {'open': .1}, errno.EMFILE),
    ('files gone', {'open': .03}, errno.ENOENT),
    ('sockets fail', {'send': .05, 'connect': .5}, None),
    ('accept fails', {'accept': .4}, errno.ECONNABORTED),
    ('no threads', {'thread': .5}, None),
    ('no memory', {'malloc': .0005}, None),
    ('no mappings', {'mmap': .9}, None),
    ('all at once', {'write': .01, 'send': .003, 'sync': .01, 'open': .01, 'accept': .02, 'thread': .05, 'malloc': .0001}, None),
)
# Whose allocations fail: the program and what it calls that survives it. GLib ends the process instead, and so, by a
# null pointer, does PCRE2's JIT compiler (10.42).
CALLERS = 'libjansson,libsqlite3,libmilter,libxml2,libzstd'
TABLES = ('message', 'reference', 'message_order', 'milestone', 'alarm', 'letter', 'alert', 'told')


class Sender:
    """Hands messages over and keeps what was answered."""

    def __init__(self, gateway):
        self.gateway = gateway
        messages = [seed for seed in seeds(30000) if seed[2] == 'out'][::7] + [s for s in seeds(30000) if s[2] == 'in']
        # Every second one is larger than what a message may keep in memory.
        self.messages = [(name, (FILLER if number % 2 else b'') + raw, *rest)
                         for number, (name, raw, *rest) in enumerate(messages)]
        self.answers = {}   # queue id -> (verdict, which message)
        self.usual = {}     # which message -> verdict without faults
        self.kept = set()   # which messages are recorded; mail that is nobody's of a marketplace is not

    def one(self, number, queue_id, seconds=ANSWER_SECONDS):
        _, raw, direction, sender, recipients = self.messages[number]
        try:
            with self.gateway.client(timeout=seconds) as client:
                client.open()
                reply = hand_over(client, raw, direction, sender, recipients, queue_id)
            return 'hold' if reply.held else reply.verdict
        except socket.timeout:
            return 'hang' if seconds == ANSWER_SECONDS else 'closed'
        except (OSError, Closed):
            return 'closed'

    def learn(self):
        """What each message gets as it should be. Twice: who answers twice may be told so."""
        for turn in range(2):
            for number in range(len(self.messages)):
                verdict = self.one(number, 'L%d-%d' % (turn, number))
                self.usual[number] = min(verdict, self.usual.get(number, verdict), key=STRICT.get)
        records = self.gateway.recorded()
        self.kept = {number for number in range(len(self.messages)) if 'L1-%d' % number in records}

    def send(self, name, seed, count, seconds):
        r = random.Random(seed)
        jobs = [(r.randrange(len(self.messages)), '%s-%d' % (name, n)) for n in range(count)]
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            found = list(pool.map(lambda job: self.one(*job, seconds), jobs))
        self.answers.update({queue_id: (verdict, number) for (number, queue_id), verdict in zip(jobs, found)})
        return Counter(found)

    def milder(self):
        return ['%s: %s instead of %s for %s' % (queue_id, verdict, self.usual[number], self.messages[number][0])
                for queue_id, (verdict, number) in self.answers.items()
                if verdict != 'hang' and STRICT[verdict] < STRICT[self.usual[number]]]


def rows(path):
    """What the store has of the log, table by table; numbers of threads may differ."""
    with sqlite3.connect(path) as db:
        found = {table: sorted(map(repr, db.execute('SELECT * FROM ' + table))) for table in TABLES}
        found['thread'] = sorted(map(repr, db.execute(
            'SELECT key, marketplace, shop, customer, subject, orderid, labels, last_id, failed, opened, due, done, spam FROM thread')))
        return found


def check_after(gateway, sender):
    """Lines of what is wrong, once the daemon has stopped."""
    wrong = sender.milder()
    records = gateway.recorded()
    for queue_id, (verdict, number) in sender.answers.items():
        fit = [record for record in records.get(queue_id, ()) if record['action'] in (verdict, 'tag' if verdict == 'pass' else verdict)]
        if verdict in ('pass', 'hold') and not fit and number in sender.kept:
            wrong.append('%s: %s without a record: %s' % (queue_id, verdict, [r['action'] for r in records.get(queue_id, ())]))
        elif verdict == 'hang':
            wrong.append('%s: no answer' % queue_id)
    verified = gateway.postern('audit', 'verify')
    if verified.returncode != 0:
        wrong.append('audit verify: ' + verified.stdout + verified.stderr)
    # The next start applies what the store has not seen.
    gateway.env.pop('LD_PRELOAD', None)
    gateway.start()
    gateway.stop()
    path = gateway.dir + '/state/postern.db'
    before = rows(path)
    rebuilt = gateway.postern('rebuild')
    if rebuilt.returncode != 0:
        wrong.append('rebuild: ' + rebuilt.stdout + rebuilt.stderr)
    after = rows(path)
    wrong += ['the store is not what the log makes: table %s, %d rows instead of %d' % (table, len(before[table]), len(after[table]))
              for table in before if before[table] != after[table]]
    return wrong


def recovers(sender, name):
    """Mail flows again: seconds that it took, or None."""
    begun = time.monotonic()
    tries = iter(range(10**6))
    clean = next(n for n, verdict in sender.usual.items() if verdict == 'pass' and n in sender.kept)
    if wait_for(lambda: sender.one(clean, 'after-%s-%d' % (name, next(tries))) == 'pass', 60):
        return time.monotonic() - begun
    return None


def play_round(gateway, sender, faults, seed, count, name, shares, error):
    """One row of ROUNDS; what was wrong."""
    label, found, failed, slowest, wrong = name.replace(' ', '-'), Counter(), Counter(), 0, []
    for burst in range(BURSTS_MAX):
        if burst >= BURSTS and failed:
            break
        faults.fail(seed + burst, error=error, **shares)
        found += sender.send('%s-%d' % (label, burst), seed + burst, count // BURSTS,
                             THREAD_SECONDS if 'thread' in shares else ANSWER_SECONDS)
        try:
            gateway.control('reload')
        except (OSError, ValueError):
            found['reload unanswered'] += 1
        failed += faults.stop()
        took = recovers(sender, '%s-%d' % (label, burst))
        if took is None:
            return ['%s: not recovered: %s' % (name, gateway.log()[-1500:])]
        slowest = max(slowest, took)
    print('  %-15s %5d calls failed (%s); %s; mail flowed %.1f s later' % (
        name, sum(failed.values()), ', '.join('%s %d' % f for f in sorted(failed.items())),
        ', '.join('%d %s' % (n, v) for v, n in sorted(found.items())), slowest), flush=True)
    if not failed:
        wrong.append(name + ': no call failed, so nothing was shown')
    if slowest > RECOVERY_SECONDS:
        wrong.append('%s: recovered only after %.1f s' % (name, slowest))
    return wrong


def play(count, seed):
    gateway = Gateway(limits='spool_memory = 4K')
    faults = Faults(gateway.dir, CALLERS)
    gateway.env.update(faults.env)
    wrong = []
    try:
        gateway.start()
        sender = Sender(gateway)
        sender.learn()
        pid = gateway.worker_pid()
        for number, (name, shares, error) in enumerate(ROUNDS):
            wrong += play_round(gateway, sender, faults, seed + 100 * number, count, name, shares, error)
            if gateway.worker_pid() != pid:
                wrong.append(name + ': the worker was restarted: ' + gateway.log()[-1500:])
                pid = gateway.worker_pid()
        gateway.stop()
        check_log(gateway.log())
        wrong += check_after(gateway, sender)
    finally:
        gateway.stop()
        gateway.discard()
    return wrong, faults.total, len(sender.answers), sum(v in ('pass', 'hold') for v, _ in sender.answers.values())


def main(argv):
    count = int(argv[1]) if len(argv) > 1 else 100
    seed = int(argv[2]) if len(argv) > 2 else 1
    begun = time.monotonic()
    print('faults of system calls:')
    wrong, total, sent, accepted = play(count, seed)
    print('faults survived: %d failed calls of %d kinds, %d messages meanwhile, %d s' % (
        sum(total.values()), sum(1 for n in total.values() if n), sent, time.monotonic() - begun))
    print('accepted: %d' % accepted)
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
