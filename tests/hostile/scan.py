# SPDX-License-Identifier: BSD-2-Clause
"""Hostile messages through "postern scan" of the build directory, which is the working directory, with the shipped rules."""
import json
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
RELAY = b'0A1B2C3D4E5F60718293A4B5C6D7E8F9@relay.walmart.com'
TOKEN = b'bestgadgets.shop'
# A text in which every rule finds nothing to say.
HONEST = (b'Hello Maria,\n\nI am sorry that your package is late. I have asked the carrier today, and it\n'
          b'will arrive on Thursday.\n\nKind regards,\nJenny\n')


def mail(body, *fields, subject=b'Re: Order 4342076435326', sender=b'Best Gadgets <care@bestgadgets.example>', mime=True):
    """A reply to a Walmart customer: fields are its own header lines, body is everything below."""
    head = [b'From: ' + sender, b'To: ' + RELAY, b'Subject: ' + subject, b'Date: Mon, 16 Mar 2026 09:12:44 +0000',
            b'Message-ID: <1.reply@bestgadgets.example>', b'In-Reply-To: <2@relay.walmart.com>']
    if mime:
        head.append(b'MIME-Version: 1.0')
    return b'\n'.join(head + list(fields)) + b'\n\n' + body


class ScanCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.folder.name)
        (cls.dir / 'site').mkdir()
        cls.config = cls.dir / 'postern.conf'
        cls.config.write_text(subprocess.check_output([SOURCE / 'tests/built-config', cls.dir], text=True))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def write(self, messages):
        paths = []
        for number, message in enumerate(messages):
            paths.append(self.dir / f'{number:04}.eml')
            paths[-1].write_bytes(message)
        return paths

    def scan(self, messages, direction='out', options=()):
        """The answers to messages, in their order. One process judges them all, so that none may harm the next."""
        paths = self.write(messages)
        done = subprocess.run(['./postern', 'scan', '--config', self.config, '--json', '--direction', direction, *options,
                               *paths], capture_output=True, timeout=600, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(messages), done.stderr)
        return answers

    def assert_found(self, named, rule='MP-LINK'):
        """Each message of {name: message} is stopped with a finding of the rule."""
        wrong = [f'{name}: {answer["action"]} {sorted(rules(answer))}'
                 for name, answer in zip(named, self.scan(list(named.values())))
                 if rule not in rules(answer) or answer['action'] not in ('hold', 'reject')]
        self.assertEqual(wrong, [], f'{len(wrong)} of {len(named)}')

    def assert_passed(self, named, rule=None):
        """None of them is stopped; rule finds nothing."""
        wrong = [f'{name}: {answer["action"]} {[(f["rule_id"], f["evidence"]) for f in answer["findings"]]}'
                 for name, answer in zip(named, self.scan(list(named.values())))
                 if answer['action'] not in ('pass', 'tag') or rule in rules(answer)]
        self.assertEqual(wrong, [], f'{len(wrong)} of {len(named)}')


def rules(answer):
    return {f['rule_id'] for f in answer['findings'] if not f['monitored']}


def scanned(count):
    """At least so many rows are in a table that promises a number."""
    def check(table):
        assert len(table) >= count, len(table)
        return table
    return check
