# SPDX-License-Identifier: BSD-2-Clause
"""DKIM signatures over incoming mail hold after what we do to it (danger 62); e2e/mta shows the same behind Postfix."""
import concurrent.futures
import email.utils
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'faults'))
from gateway import SOURCE, Gateway, hand_over, read_env  # noqa: E402

WAYS = [(head, body) for head in (b'simple', b'relaxed') for body in (b'simple', b'relaxed')]
SIGNED = (b'from', b'to', b'subject', b'date', b'message-id', b'mime-version', b'content-type')
FEWEST = 150


def incoming():
    """Name, bytes with CRLF, and sender of each sample and case of incoming mail."""
    found = []
    for path in sorted((SOURCE / 'contrib/samples').glob('*-in-*.eml')):
        found.append((path.name, path.read_bytes(), read_env(path.with_suffix('.env'))[1]))
    for path in sorted((SOURCE / 'tests/cases').glob('in*.eml')):
        data = path.read_bytes()
        sender = [line for line in data.split(b'\n') if line.lower().startswith(b'from:')]
        found.append((path.name, data, email.utils.parseaddr(sender[0].decode('latin-1')[5:])[1] if sender else ''))
    return [(name, data.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n'), sender) for name, data, sender in found]


def fields(data):
    """Raw header fields with their line ends, and the rest."""
    head, _, rest = data.partition(b'\r\n\r\n')
    found = []
    for line in head.split(b'\r\n'):
        if line[:1] in (b' ', b'\t') and found:
            found[-1] += b'\r\n' + line
        else:
            found.append(line)
    return found, b'\r\n\r\n' + rest


def change(data, reply):
    """The message as a mail server makes it of what the filter asked for."""
    found, rest = fields(data)
    for name, index, value in reply.changed:
        places = [i for i, field in enumerate(found) if field.split(b':')[0].lower() == name.lower().encode()]
        assert value == '' and len(places) >= index, (name, index, value)
        del found[places[index - 1]]
    return b'\r\n'.join([('%s:%s' % pair).encode() for pair in reply.inserted] + found) + rest


@unittest.skipIf(importlib.util.find_spec('dkim') is None, 'python3-dkim is not installed')
class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'key.pem')
            subprocess.run(['openssl', 'genrsa', '-out', path, '1024'], check=True, capture_output=True)
            public = subprocess.run(['openssl', 'rsa', '-in', path, '-pubout'], check=True, capture_output=True, text=True).stdout
            with open(path, 'rb') as f:
                cls.key = f.read()
        cls.record = ('v=DKIM1; k=rsa; p=' + ''.join(public.split('\n')[1:-2])).encode()
        cls.d = Gateway(store='memory').start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def verifies(self, data):
        import dkim
        return dkim.verify(data, dnsfunc=lambda *_, **__: self.record)

    def check(self, number, name, plain, sender):
        """Whether the message was tagged."""
        import dkim
        way = WAYS[number % len(WAYS)]
        data = dkim.sign(plain, b'sel', b'relay.walmart.com', self.key, canonicalize=way, include_headers=SIGNED) + plain
        self.assertTrue(self.verifies(data), name)
        with self.d.client() as m:
            m.open()
            reply = hand_over(m, data, 'in', sender, ['care@bestgadgets.example'], 'D%d' % number)
        self.assertEqual(reply.verdict, 'pass', (name, reply))
        self.assertTrue(self.verifies(change(data, reply)), (name, way, reply.mods))
        return bool(reply.inserted)

    def test_they_hold(self):
        """Every incoming sample and case, by the four canonicalisations in turn."""
        # A signature over a field of ours that somebody forged is to break.
        messages = [one for one in incoming() if b'\nx-postern' not in b'\n' + one[1].lower()]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tagged = list(pool.map(lambda item: self.check(item[0], *item[1]), enumerate(messages)))
        self.assertGreaterEqual(len(tagged), FEWEST)
        self.assertGreater(sum(tagged), len(tagged) // 2)

    def test_the_test_can_fail(self):
        """The same comparison sees a change of a signed field."""
        import dkim
        _, plain, _ = incoming()[0]
        data = dkim.sign(plain, b'sel', b'relay.walmart.com', self.key, include_headers=SIGNED) + plain
        self.assertTrue(self.verifies(data))
        self.assertFalse(self.verifies(data.replace(b'\r\nSubject: ', b'\r\nSubject: [48h] ', 1)))


if __name__ == '__main__':
    unittest.main()
