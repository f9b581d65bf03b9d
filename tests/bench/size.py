# SPDX-License-Identifier: BSD-2-Clause
"""What large messages cost: a short text with an attachment of 1 KB to 50 MB.

CPU time, user and system, of three programs that read the same file in turns, round by round:
  GMime    gmime_parse.c: GMime alone parses the message and decodes each part
  decoding decode.c: our decoder alone, with the text's segments, URLs and addresses
  engine   judge.c: all shipped rules, and what the daemon does between libmilter and the audit log: spooling, the
           message's SHA-256, and decoding. libmilter, which copies each piece of a body once, and the client are not
           in it. The attachment is a film, which nobody reads: what postern-extract, a process of its own, makes of
           documents and pictures is the price of those rules, and GMime has nothing like it.

The rules for the text cost the same for each message: so the engine's speed is told for what the attachment adds to
the smallest message, as GMime's is. Ratios are GMime's time over ours, medians of the rounds: 1 is as fast.

Then 64 messages of 25 MB at once against a posternd with shipped rules and defaults: each has given its whole body
before the first ends, and the peak of the process's resident memory is told. Spooled bodies are files below
TMPDIR: mapped while a message is judged, when their pages count (RssFile), and else the system's to keep or drop.

Status 1 when decoding, or what an attachment adds is slower than GOAL, a megabyte of 50 costs more than
LINEAR times a megabyte of 10 (what is small stays in memory, and costs less), or memory is above RSS_KIB.

usage: size.py [ROUNDS [MESSAGES]]      (in the build directory)
"""
import base64
import concurrent.futures
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'faults'))
from gateway import ANSWER_SECONDS, Gateway  # noqa: E402

GOAL = 0.8
LINEAR = 1.25
RSS_KIB = 300 * 1000
SIZES = (1 << 10, 10 << 10, 100 << 10, 1 << 20, 10 << 20, 50 << 20)
# So many bytes of a size are read in a round.
ROUND_BYTES = 40 << 20
FROM, TO = 'care@bestgadgets.example', '4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com'
FIELDS = [('From', 'Care <%s>' % FROM), ('To', '<%s>' % TO), ('Subject', 'Re: order 4342076435326'),
          ('Message-ID', '<1@bestgadgets.example>'), ('MIME-Version', '1.0'), ('Content-Type', 'multipart/mixed; boundary="edge"')]
BODY = (b'--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Maria,\r\n\r\nyour package will arrive on Thursday.\r\n'
        b'\r\nKind regards,\r\nJenny\r\n--edge\r\nContent-Type: video/mp4; name="film.mp4"\r\n'
        b'Content-Transfer-Encoding: base64\r\n\r\n%s--edge--\r\n')
# Of a film, what its type is seen by.
MAGIC = b'\0\0\0\x20ftypisom'


def body(size):
    film = MAGIC + random.Random(1).randbytes(size - len(MAGIC))
    return BODY % base64.encodebytes(film).replace(b'\n', b'\r\n')


def microseconds(*command):
    # As memory.c of the daemon has it; GMime is left as it is.
    tunables = 'glibc.malloc.mmap_threshold=4194304:glibc.malloc.trim_threshold=1048576'
    env = {**os.environ, 'GLIBC_TUNABLES': tunables} if 'gmime' not in command[0] else None
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    return float(re.findall(r', ([\d.]+) us', output)[-1])


class Size:
    def __init__(self, folder, size):
        self.size, self.path = size, os.path.join(folder, '%d.eml' % size)
        self.count = min(400, max(1, ROUND_BYTES // size))
        self.times = {'gmime': [], 'decode': [], 'engine': []}
        with open(self.path, 'wb') as out:
            out.write(''.join('%s: %s\r\n' % field for field in FIELDS).encode() + b'\r\n' + body(size))

    def run(self, config):
        count = str(self.count)
        self.times['gmime'].append(microseconds('tests/bench/gmime_parse', count, self.path))
        self.times['decode'].append(microseconds('tests/bench/decode', count, self.path))
        self.times['engine'].append(microseconds('tests/bench/judge', config, count, self.path))

    def ratio(self, what, least=None):
        """GMime's time over ours; less that of the least message."""
        base = [0] * len(self.times[what]), [0] * len(self.times[what])
        if least is not None:
            base = least.times['gmime'], least.times[what]
        return statistics.median((g - bg) / (t - bt) for g, t, bg, bt in zip(self.times['gmime'], self.times[what], *base))

    def median(self, what):
        return statistics.median(self.times[what])


def name_of(size):
    return '%d MB' % (size >> 20) if size >> 20 else '%d KB' % (size >> 10)


def speed(folder, rounds):
    """What was too slow."""
    config = os.path.join(folder, 'postern.conf')
    os.makedirs(os.path.join(folder, 'site'))
    text = subprocess.check_output([os.path.join(SOURCE, 'tests', 'built-config'), folder], text=True)
    with open(config, 'w', encoding='utf-8') as out:
        # The largest is more than is read by default.
        out.write(text.replace('limits {', 'limits { message_size = 128M  decoded_size = 128M  decode_time = 60s'))
    sizes = [Size(folder, size) for size in SIZES]
    for _ in range(rounds):
        for size in sizes:
            size.run(config)
    slow = []
    for size in sizes:
        whole = size.ratio('decode')
        more = size.ratio('engine', sizes[0]) if size.size >= 100 << 10 else None
        print('bench: %6s: GMime %9.1f us, decoding %9.1f us, engine %9.1f us a message; decoding %.2f of GMime\'s speed%s' % (
            name_of(size.size), size.median('gmime'), size.median('decode'), size.median('engine'), whole,
            ', attachment through the engine %.2f' % more if more is not None else ''))
        slow += ['%s: %.2f' % (name_of(size.size), ratio) for ratio in (whole, more) if ratio is not None and ratio < GOAL]
    per_mb = [(size.median('engine') - sizes[0].median('engine')) / (size.size >> 20) for size in sizes if size.size >> 20]
    print('bench: engine: %s us for each megabyte of attachments of %s' % (
        ', '.join('%.0f' % cost for cost in per_mb), ', '.join(name_of(size) for size in SIZES if size >> 20)))
    if per_mb[-1] > LINEAR * per_mb[-2]:
        slow.append('not linear: %.0f us a megabyte, then %.0f us' % (per_mb[-2], per_mb[-1]))
    return slow


class Peak:
    """The highest resident memory of a process until stop(), and what it is made of."""

    def __init__(self, pid):
        self.pid, self.going, self.kib = pid, True, {'VmRSS': 0}
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.going:
            found = memory(self.pid)
            if found['VmRSS'] > self.kib['VmRSS']:
                self.kib = found
            time.sleep(0.01)

    def stop(self):
        self.going = False
        self.thread.join()
        return self.kib


def memory(pid):
    with open('/proc/%d/status' % pid, encoding='ascii') as status:
        return {name: int(kib) for name, kib in re.findall(r'^(VmRSS|RssAnon|RssFile|RssShmem):\s+(\d+)', status.read(), re.M)}


def give(client, data, number):
    """All but the end of a message."""
    client.open()
    client.macros('M', auth_authen='seller', i='Q%d' % number)
    client.mail('<%s>' % FROM)
    client.rcpt('<%s>' % TO)
    client.data()
    for field in FIELDS:
        client.header(*field)
    client.eoh()
    for at in range(0, len(data), 65535):
        client.body(data[at:at + 65535])


def answer(gateway, data, number, together):
    """As an MTA: again after 451 4.3.2, which is counted."""
    for busy in range(10**6):
        with gateway.client(timeout=ANSWER_SECONDS) as client:
            give(client, data, number)
            if busy == 0:
                together.wait()
            reply = client.eom()
        if '451 4.3.2' not in reply.text:
            return reply.verdict, busy
        time.sleep(0.2)


def resident(count):
    """What was wrong."""
    gateway = Gateway().start()
    try:
        data, pid, together = body((25 << 20) * 57 // 78), gateway.worker_pid(), threading.Barrier(count)
        before, peak = memory(pid), Peak(pid)
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            found = list(pool.map(lambda number: answer(gateway, data, number, together), range(count)))
        kib = peak.stop()
        passed = sum(verdict != 'defer' for verdict, _ in found)
        print('bench: %d messages of %d MB at once: %d judged, 451 4.3.2 %d times; resident %d KiB before, at most %d KiB '
              '(anonymous %d, files %d, shared %d)' % (
                  count, len(data) >> 20, passed, sum(busy for _, busy in found), before['VmRSS'], kib['VmRSS'], kib['RssAnon'],
                  kib['RssFile'], kib['RssShmem']))
        wrong = [] if passed == count else ['%d were not judged' % (count - passed)]
        return wrong + (['%d KiB resident' % kib['VmRSS']] if kib['VmRSS'] > RSS_KIB else [])
    finally:
        gateway.stop()
        gateway.discard()


def main(argv):
    rounds, count = (int(word) for word in (argv[1:3] + ['5', '64'][len(argv[1:3]):]))
    wrong, folder = [], tempfile.mkdtemp(prefix='postern-bench-')
    try:
        wrong += speed(folder, rounds) if rounds > 0 else []
        wrong += resident(count) if count > 0 else []
    finally:
        shutil.rmtree(folder)
    for problem in wrong:
        print('bench: missed: ' + problem)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
