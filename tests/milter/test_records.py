# SPDX-License-Identifier: BSD-2-Clause
"""Text from strangers in the log, the audit log, the control socket's answers and the MTA's replies (danger 58)."""
import glob
import json
import os
import re
import subprocess
import unittest

import milterclient as mc
from harness import BUILD, HEADERS, SELLER, DaemonCase, buyer

# What one of them does where it is not expected: ends a line, begins one, drives a terminal, turns text, formats.
EVIL = [
    'a\rb', 'a\nb', 'a\r\nposternd: info: forged line', 'a\n{"event":"message","action":"pass"}', '\x1b[31mred', '\x1b]0;owned\x07', '\x9b31m', '\u009b31m',
    '\u202eknil', '\u2066x\u2069', '\u2028line\u2029', '%s%s%n%1000000d', '"},"action":"pass",{"', '\\', '\\u001b[31m', '\x7f', '\x08\x08', 'a\tb', '\u0000'.replace('\0', '\x01'),
    '\udcff\udcfe', '\udcc3(', '\udced\udca0\udc80', '\udcc0\udc80', 'x' * 3000, '\U0001f600', '$(id)`id`', '<script>alert(1)</script>', "' OR 1=1 --", '\ufeff', '\u0085',
]
# Control characters of either kind, and what turns the direction of writing.
HARMFUL = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def raw(text):
    return text.encode('utf-8', 'surrogateescape')


class Records(DaemonCase):
    def attack(self, evil):
        """A message each of whose fields holds evil; the reply."""
        with self.d.client() as m:
            m.negotiate()
            m.send('D', b'C' + b'{daemon_name}\0' + raw(evil) + b'\0' + b'j\0' + raw(evil) + b'\0')
            m.command('C', raw(evil) + b'\0' + b'4\x04\x01203.0.113.9\0')
            m.command('H', raw(evil) + b'\0')
            m.send('D', b'M' + b'{auth_authen}\0' + raw('seller' + evil) + b'\0' + b'{auth_type}\0' + raw(evil) + b'\0i\0' + raw(evil) + b'\0')
            answer = m.mail(SELLER, evil)
            if mc.ended(answer):
                return answer
            for recipient in (buyer(), f'<"{evil}"@relay.walmart.com>'):
                m.rcpt(recipient, evil)
            m.send('D', b'T' + b'i\0' + raw(evil) + b'\0')
            answer = m.data()
            if mc.ended(answer):
                return answer
            fields = [(n, v) for n, v in HEADERS if n not in ('From', 'Subject')]
            fields += [('Subject', evil), ('From', f'"{evil}" <seller@shop.example>'), ('Message-ID', f'<{evil}@x>'), ('In-Reply-To', f'<{evil}@x>'),
                       ('X-' + 'y' * 50, evil), ('X-Postern-Verdict', evil), ('Content-Type', f'text/plain; name="{evil}"')]
            for name, value in fields:
                m.header(name, raw(value))
            m.eoh()
            m.body(raw(f'{evil}\r\nforbidden-token {evil}\r\n'))
            return m.eom()

    def test_one_line_each(self):
        """58: whatever stands in a message, a record stays one valid line and drives no terminal."""
        for evil in EVIL:
            answer = self.attack(evil)
            self.assertEqual(answer.verdict, 'reject', (evil, answer))
            self.assertRegex(answer.text.replace('\r\n', ' '), r'^[ -~]*$', evil)
        self.attack_early()
        for line in self.d.log().splitlines():
            self.assertRegex(line, r'^posternd: (error|warning|info|debug): ')
            self.assertNotRegex(line, HARMFUL)
        events = 0
        for path in glob.glob(os.path.join(self.d.dir, 'state/audit/audit-*.jsonl')):
            with open(path, 'rb') as f:
                data = f.read()
            self.assertTrue(data.endswith(b'\n'))
            for line in data.decode('utf-8').removesuffix('\n').split('\n'):
                self.assertNotRegex(line, HARMFUL)
                record = json.loads(line)
                self.assertIsInstance(record['event'], str)
                events += record['event'] == 'message' and record['action'] == 'reject'
        self.assertEqual(events, len(EVIL))
        told = self.d.control('status')
        self.assertNotRegex(json.dumps(told, ensure_ascii=False), HARMFUL)
        self.show()

    def attack_early(self):
        """Also what is refused or given up before its end."""
        for evil in EVIL:
            with self.d.client() as m:
                m.open()
                m.macros('M', auth_authen='seller')
                m.mail(f'<{evil}>' if '\0' not in evil else SELLER)
                m.rcpt(f'<{evil}@relay.walmart.com>')

    def show(self):
        """What "postern audit show" prints of it does a terminal no harm either."""
        for options in ((), ('--json',)):
            done = subprocess.run([os.path.join(BUILD, 'postern'), 'audit', 'show', '--config', self.d.config, *options],
                                  capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreaterEqual(done.stdout.count(b'\n'), len(EVIL))
            self.assertNotRegex(done.stdout.decode('utf-8').replace('\t', ' '), HARMFUL)


if __name__ == '__main__':
    unittest.main()
