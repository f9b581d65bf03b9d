# SPDX-License-Identifier: BSD-2-Clause
"""The byte stream: steps that nobody awaits, commands cut at every byte, bodies in any pieces (danger 21)."""
import concurrent.futures
import fcntl
import os
import sys
import termios
import time
import unittest

import milterclient as mc
from harness import HEADERS, SELLER, DaemonCase, buyer, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'faults'))
from gateway import Gateway  # noqa: E402

CUSTOMER = '<4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com>'
THREADS = 4


class Script(mc.Milter):
    """What a client would send after negotiating: kept in .data, answered by nobody."""

    def __init__(self, like):  # pylint: disable=super-init-not-called; there is no connection
        self.version, self.steps, self.actions, self.data_sent = like.version, like.steps, like.actions, b''

    def send(self, command, data=b''):
        self.data_sent += (len(data) + 1).to_bytes(4, 'big') + command.encode() + data

    def reply(self):
        return None


def message(like, body, number=1, chunk=65535):
    script = Script(like)
    script.message(SELLER, [buyer(number), buyer(number + 1)], HEADERS, body, queue_id='S%d' % number, chunk=chunk)
    return script.data_sent


def greeting(like):
    script = Script(like)
    script.connect()
    script.helo()
    return script.data_sent


def awaited(like):
    """How many answers come before that to the end of a message with a body of one piece: the steps with a reply."""
    steps = [step for step in 'MRRTNB' if not like.steps & mc.NO_REPLY[step]]
    return len(steps) + (0 if like.steps & mc.NR_HDR else len(HEADERS))


def drain(m):
    """Until the filter has read all that was sent."""
    until = time.monotonic() + 60
    while int.from_bytes(fcntl.ioctl(m.sock, termios.TIOCOUTQ, b'\0' * 4), sys.byteorder) > 0:
        assert time.monotonic() < until, 'the filter does not read'


class Stream(DaemonCase):
    def end(self, m):
        """The answer to the end of the message, after those to its steps."""
        for _ in range(awaited(m)):
            step = m.reply()
            self.assertEqual(step.code, 'c')
        return m.reply()

    def test_nothing_awaited(self):
        """A whole session in one write, with each set of steps: every answer comes, in order, and is the right one."""
        bodies = (('forbidden-token', 'reject'), ('fine', 'pass'), ('tag-token', 'tagged'), ('hold-token', 'held')) * 3
        for version, steps in ((6, 0x1fffff), (6, 0), (6, mc.NR_HDR), (6, mc.NR_RCPT | mc.SKIP), (4, None), (2, None)):
            with self.d.client() as m:
                m.negotiate(version, None, steps)
                m.sock.sendall(greeting(m) + b''.join(message(m, body, n) for n, (body, _) in enumerate(bodies)))
                for _ in range(0 if m.steps & mc.NR_CONN else 2):
                    self.assertEqual(m.reply().code, 'c')
                for _, want in bodies:
                    r = self.end(m) if version >= 4 else self.end_before_data(m)
                    got = 'held' if r.held else 'tagged' if r.inserted else r.verdict
                    self.assertEqual(got, want, (version, steps, r))

    def end_before_data(self, m):
        """The same where there is no DATA."""
        for _ in range(awaited(m) - 1):
            self.assertEqual(m.reply().code, 'c')
        return m.reply()

    def test_cut_at_every_byte(self):
        """A message whose stream stops for a while after each of its bytes in turn."""
        with self.d.client() as m:
            m.negotiate()
            size = len(message(m, 'forbidden-token', 1))
        self.assertGreater(size, 300)

        def run(first):
            with self.d.client() as m:
                m.open()
                for cut in range(1 + first, size, THREADS):
                    stream = message(m, 'forbidden-token', 1)
                    m.sock.sendall(stream[:cut])
                    drain(m)
                    m.sock.sendall(stream[cut:])
                    self.assertEqual(self.end(m).verdict, 'reject', cut)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, range(THREADS)))
        self.assertEqual(self.d.status()['restarts'], 0)

    def test_greeting_cut_at_every_byte(self):
        """The same from negotiation to HELO."""
        negotiation = b'\0\0\0\x0dO' + (6).to_bytes(4, 'big') + mc.ALL_ACTIONS.to_bytes(4, 'big') + mc.STEPS[6].to_bytes(4, 'big')
        with self.d.client() as m:
            m.negotiate()
            stream = negotiation + greeting(m)
        for cut in range(1, len(stream)):
            with self.d.client() as m:
                m.sock.sendall(stream[:cut])
                drain(m)
                m.sock.sendall(stream[cut:])
                code, data = m.frame()
                self.assertEqual(code, 'O')
                m.version, m.actions, m.steps = 6, mc.ALL_ACTIONS, int.from_bytes(data[8:12], 'big')
                self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject', cut)

    def test_single_bytes(self):
        """Every byte in a write of its own, and a body whose every byte is a piece of its own."""
        with self.d.client() as m:
            m.open()
            for byte in message(m, 'forbidden-token'):
                m.sock.sendall(bytes((byte,)))
            self.assertEqual(self.end(m).verdict, 'reject')
            body = 'words of filler here\r\n' * 100 + 'forbidden-token\r\n'
            m.sock.sendall(message(m, body, chunk=1))
            for _ in range(awaited(m) - 1 + len(body)):
                self.assertEqual(m.reply().code, 'c')
            self.assertEqual(m.reply().verdict, 'reject')

    def test_left_in_the_middle(self):
        """Commands sent ahead and left unread by a client that goes: nothing stays of it."""
        for _ in range(20):
            with self.d.client() as m:
                m.open()
                m.sock.sendall(message(m, 'fine') * 3 + message(m, 'fine')[:-30])
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['sessions'] == 0))
        self.assertEqual(self.d.status()['transactions']['live'], 0)
        self.assertEqual(self.d.send('forbidden-token').verdict, 'reject')


class Offsets(unittest.TestCase):
    """With the shipped rules: a link is found wherever the pieces of the body end."""
    LINE = b'your blender will arrive on Thursday. '
    LINK = b'https://www.bestgadgets.example/jars'

    @classmethod
    def setUpClass(cls):
        cls.d = Gateway(store='memory').start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def send(self, m, pieces, last=b''):
        m.macros('M', auth_authen='seller')
        m.mail('<care@bestgadgets.example>')
        m.rcpt(CUSTOMER)
        m.data()
        for name, value in (('From', 'care@bestgadgets.example'), ('Subject', 'Re: Order 4342076435326'),
                            ('Content-Type', 'text/plain; charset=utf-8')):
            m.header(name, value)
        m.eoh()
        for piece in pieces:
            self.assertEqual(m.body(piece).code, 'c')
        return m.eom(last)

    def test_every_offset(self):
        """A link that begins at each of 65,500 to 65,560, in pieces of 65,535."""
        def run(offsets):
            with self.d.client() as m:
                m.open()
                for offset in offsets:
                    lines = ((self.LINE * 2 + b'\r\n') * (offset // 70 + 1))[:offset - 1] + b' '
                    body = lines + self.LINK + b' thank you\r\n'
                    self.assertEqual(body.index(self.LINK), offset)
                    r = self.send(m, [body[:65535], body[65535:]] if len(body) > 65535 else [body])
                    self.assertEqual((r.verdict, 'MP-LINK' in r.text), ('reject', True), offset)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, [range(65500 + n, 65561, THREADS) for n in range(THREADS)]))

    def test_last_packet(self):
        """A link cut between the last piece and the packet that ends the message; all of it there; a body of nothing else."""
        with self.d.client() as m:
            m.open()
            for cut in range(len(self.LINK) + 1):
                r = self.send(m, [b'Hello Maria, see ' + self.LINK[:cut]], self.LINK[cut:] + b' thank you\r\n')
                self.assertEqual((r.verdict, 'MP-LINK' in r.text), ('reject', True), cut)
            self.assertEqual(self.send(m, [], b'Hello Maria, see ' + self.LINK).verdict, 'reject')
            self.assertEqual(self.send(m, [], b'Hello Maria, your blender will arrive on Thursday.\r\n').verdict, 'pass')


if __name__ == '__main__':
    unittest.main()
