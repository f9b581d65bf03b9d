# SPDX-License-Identifier: BSD-2-Clause
"""What the shipped rules cost: CPU time of posternd for a message with all rules on and with none on.

Two daemons of the build directory, which is the working directory, take the same messages
(tests/bench/messages/out, some 2 KB each) in turns, round by round. CPU time is that of the whole process that
judges, user and system, with decoding, store and audit log; the milter client is a process of its own.

Both daemons run on one processor and the client on another, where there are two: a process that moves
pays for cold caches, which is the machine's cost and not the rules'. They get the environment of
contrib/systemd/postern.service.in.

Prints each round's ratio and their median; status 1 when it is above GOAL or a message is not passed.

usage: cpu.py [ROUNDS [MESSAGES]]
"""
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'milter'))
from milterclient import Milter  # noqa: E402

GOAL = 2.0
TICK = os.sysconf('SC_CLK_TCK')
SELLER = '<care@bestgadgets.example>'
# What is one customer's in the messages, and another's after each eighth: as many as a thread has.
BUYER = '<4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com>'
THREAD = 8
OWN = (('4F2A9C1B7D3E5F608192A3B4C5D6E7F8', '%032X'), ('200011223344556', '2000%011d'), ('<1234567890.abc', '<%d.abc'))


class Daemon:
    """posternd with the built plugins; rules: a folder as rules/."""

    def __init__(self, folder, rules):
        os.makedirs(os.path.join(folder, 'site'))
        self.folder, config = folder, os.path.join(folder, 'postern.conf')
        text = subprocess.run([os.path.join(SOURCE, 'tests', 'built-config'), folder], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        with open(config, 'w', encoding='utf-8') as out:
            out.write(text.replace('"%s/rules"' % SOURCE, '"%s"' % rules))
        with open(os.path.join(folder, 'log'), 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen([os.path.abspath('posternd'), '-c', config], stdout=log, stderr=log,
                                            env={**os.environ, **unit_environment()})
        self.pid = self.wait_up()
        self.sent = 0
        self.client = Milter(os.path.join(folder, 'milter')).open()

    def wait_up(self):
        for _ in range(600):
            try:
                with socket.socket(socket.AF_UNIX) as control:
                    control.connect(os.path.join(self.folder, 'control'))
                    control.sendall(b'{"command": "status"}\n')
                    return json.loads(control.makefile().readline())['worker_pid']
            except (OSError, ValueError, KeyError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        with open(os.path.join(self.folder, 'log'), encoding='utf-8') as log:
            raise RuntimeError('posternd does not start: ' + log.read())

    def cpu(self):
        """Seconds so far, all threads, also those that ended."""
        with open('/proc/%d/stat' % self.pid, encoding='utf-8') as stat:
            words = stat.read().rpartition(')')[2].split()
        return (int(words[11]) + int(words[12])) / TICK

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

    def stop(self):
        self.client.close()
        self.process.terminate()
        self.process.wait(30)


def unit_environment():
    """What the shipped unit sets."""
    with open(os.path.join(SOURCE, 'contrib', 'systemd', 'postern.service.in'), encoding='utf-8') as unit:
        return dict(line.strip().partition('=')[2].split('=', 1) for line in unit if line.startswith('Environment='))


def own(text, number):
    for name, form in OWN:
        text = text.replace(name, form % number)
    return text


def read_message(path):
    with open(path, encoding='utf-8') as file:
        head, _, body = file.read().partition('\n\n')
    return [tuple(line.split(': ', 1)) for line in head.splitlines()], body.replace('\n', '\r\n')


def without_rules(folder):
    """The shipped rules less the rules: marketplaces stay, so that each message is decoded and recorded."""
    shutil.copytree(os.path.join(SOURCE, 'rules'), folder)
    for name in ('outbound', 'inbound'):
        for rule in os.listdir(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name, rule))
    return folder


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
    folder = tempfile.mkdtemp(prefix='postern-bench-')
    daemons = []
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:1])
    try:
        on = Daemon(os.path.join(folder, 'on'), os.path.join(SOURCE, 'rules'))
        daemons.append(on)
        off = Daemon(os.path.join(folder, 'off'), without_rules(os.path.join(folder, 'rules')))
        daemons.append(off)
        os.sched_setaffinity(0, processors[-1:])
        names = sorted(name for name in os.listdir(os.path.join(HERE, 'messages', 'out')) if name.endswith('.eml'))
        messages = {name[:-4]: [read_message(os.path.join(HERE, 'messages', 'out', name))] for name in names}
        for daemon in daemons:
            daemon.send([message for one in messages.values() for message in one], 200)
        worst = max(compare(name, one, on, off, rounds, count) for name, one in messages.items())
    finally:
        for daemon in daemons:
            daemon.stop()
        shutil.rmtree(folder)
    return 0 if worst <= GOAL else 1


if __name__ == '__main__':
    sys.exit(main())
