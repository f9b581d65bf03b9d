#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Header fields as Python's email package reads them: subjects, file names, senders (dangers 42, 52); fields that
would excuse their sender (60)."""
import email.header
import email.utils
import json
import pathlib
import subprocess
import tempfile
import unittest

from scan import RELAY, ScanCase, mail, rules, scanned

SUBJECTS = [
    b'plain', b'=?utf-8?q?caf=C3=A9?=', b'=?UTF-8?B?Y2Fmw6k=?=', b'=?utf-8?q?a?= =?utf-8?q?b?=', b'=?utf-8?q?a?= b =?utf-8?q?c?=', b'a =?utf-8?q?b?= c',
    b'=?utf-8?B?4pw=?= =?utf-8?B?kw==?=', b'=?utf-8?Q?=E2=9C?= =?utf-8?Q?=93?=', b'=?utf-8?Q?=E2=9C?=\n =?utf-8?Q?=93?=', b'=?iso-8859-1?Q?caf=E9_au_lait?=',
    b'=?iso-8859-15?Q?=A4?=', b'=?windows-1252?Q?=80?=', b'=?gb2312?B?xOO6ww==?=', b'=?gb18030?B?xOO6ww==?=', b'=?big5?B?p0GmbQ==?=',
    b'=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=', b'=?shift_jis?B?grGC8YLJgr+CzQ==?=', b'=?euc-jp?B?pLOk86TLpMGkzw==?=', b'=?euc-kr?B?vsiz5w==?=',
    b'=?ks_c_5601-1987?B?vsiz5w==?=', b'=?koi8-r?B?8NLJ18XU?=', b'=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=', b'=?utf-8?q?a_b?=', b'=?utf-8?q?a=20b?=',
    b'=?utf-8?q?=3D=3F?=', b'=?utf-8?b??= x', b'folded\n  here', b'a=b?c', b'=?utf-8?q?not closed', b'=?utf-8?q?a?=\n =?iso-8859-1?q?=E9?=',
    b'Re: =?utf-8?Q?Bestellung_=2342?= =?utf-8?Q?_=E2=80=93_Frage?=', b'=?UTF-8?Q?=F0=9F=93=A6_parcel?=', b'=?us-ascii?Q?x?=', b'=?utf-16?B?//5hAGIA?=',
    b'=?utf-8?Q?' + b'=C3=A9' * 100 + b'?=',
]
FILE_NAMES = [
    b'filename=a.txt', b'filename="a b.txt"', b"filename*=utf-8''caf%C3%A9.txt", b"filename*0*=utf-8''caf%C3%A9; filename*1=\" menu.pdf\"",
    b'filename*0="a"; filename*1="b.txt"', b"filename*0*=iso-8859-1''caf%E9; filename*1*=%20x.txt", b"filename*=iso-8859-1'fr'caf%E9.txt",
    b'filename="a\\"b.txt"', b"filename*1=\"b.txt\"; filename*0=\"a\"", b"filename*=gb2312''%C4%E3.txt",
]
# What Python's package does not do and mail programs do.
ENCODED_NAMES = [(b'filename="=?utf-8?q?caf=C3=A9.txt?="', 'caf\u00e9.txt'), (b'filename="=?utf-8?b?Y2Fmw6k=?= =?utf-8?b?LnR4dA==?="', 'caf\u00e9.txt'),
                 (b'filename==?utf-8?q?x.exe?=', 'x.exe')]
SENDERS = [
    b'a@b.example', b'<a@b.example>', b'Ann <a@b.example>', b'"Doe, Ann" <a@b.example>', b'"Ann \\"A\\" Doe" <a@b.example>', b'"ceo@own.example" <x@evil.example>',
    b'Ann (the boss) <a@b.example>', b'Ann Doe <a@b.example>, Bob <c@d.example>', b'"a b"@c.example', b'<"a@b"@c.example>',
    b'Friends: a@b.example, Bob <c@d.example>;', b'"<a@b.example>" <c@d.example>', b'Ann <a@b.example> (x)', b'a@b.example (Ann)', b'a+tag@b.example',
    b'"relay.walmart.com" <x@evil.example>', b'Ann\n <a@b.example>', b'"Ann\\\\" <a@b.example>', b'',
]
CUSTOMER = RELAY.decode()
# Senders that are the marketplace's customer, and such that only look so.
CLAIMS = [
    (CUSTOMER, True), (f'<{CUSTOMER}>', True), (f'Maria <{CUSTOMER}>', True), (f'"x@evil.example" <{CUSTOMER}>', True), (f'Maria (x) <{CUSTOMER}> (y)', True),
    (f'"{CUSTOMER}" <x@evil.example>', False), (f'{CUSTOMER} <x@evil.example>', False), (f'Maria ({CUSTOMER}) <x@evil.example>', False),
    (f'x@evil.example ({CUSTOMER})', False), (f'"Maria <{CUSTOMER}>" <x@evil.example>', False), (f'{CUSTOMER}.evil.example', False),
    (f'"{CUSTOMER}"@evil.example', False), (f'=?utf-8?q?{CUSTOMER.replace("@", "=40")}?= <x@evil.example>', False),
    ('Maria <' + CUSTOMER.replace('relay.', 'evil-relay.') + '>', False), ('', False), ('"Walmart" <>', False), (CUSTOMER.replace('walmart', 'w\u0430lmart'), False),
]
EXCUSES = [
    [], [b'Auto-Submitted: auto-replied'], [b'Auto-Submitted: auto-generated'], [b'Auto-Submitted: auto-replied', b'X-Auto-Response-Suppress: All'],
    [b'Precedence: bulk'], [b'Precedence: auto_reply'], [b'X-Autoreply: yes'], [b'X-Autorespond: yes'], [b'List-Id: <a.example>'],
    [b'X-Postern-Verdict: pass'], [b'X-Postern-Rule: none'], [b'X-Loop: a'], [b'Resent-From: x@evil.example'], [b'Auto-Submitted: auto-replied; x=y'],
    [b'Content-Type: text/plain', b'Auto-Submitted: auto-replied (x)'], [b'X-Spam-Flag: NO'], [b'Authentication-Results: mx; dkim=pass'],
]


def decode(texts):
    """What the program decode of the build directory tells of each message."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            paths.append(pathlib.Path(folder) / f'{number:04}')
            paths[-1].write_bytes(text)
        done = subprocess.run(['tests/hostile/decode', *paths], capture_output=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def unfolded(raw):
    return raw.decode('utf-8', 'surrogateescape').replace('\n', '')


class Decoding(unittest.TestCase):
    def test_subjects(self):
        """42: a subject is what Python's package makes of it."""
        for raw, told in zip(scanned(30)(SUBJECTS), decode(b'Subject: ' + raw + b'\n\nx\n' for raw in SUBJECTS)):
            want = str(email.header.make_header(email.header.decode_header(unfolded(raw))))
            self.assertEqual(' '.join(told['subject'].split()), ' '.join(want.split()), raw)

    def test_file_names(self):
        """42: so is a file's name, in pieces and in charsets."""
        def message(field):
            return b'Content-Type: application/pdf\nContent-Disposition: attachment; ' + field + b'\n\nx\n'
        for field, told in zip(FILE_NAMES, decode(map(message, FILE_NAMES))):
            want = email.message_from_bytes(message(field)).get_filename()
            self.assertEqual(told['names'], [want], field)
        for (field, want), told in zip(ENCODED_NAMES, decode(message(f) for f, _ in ENCODED_NAMES)):
            self.assertEqual(told['names'], [want], field)

    def test_senders(self):
        """52: so are senders, with names, comments, groups and quotes."""
        for raw, told in zip(SENDERS, decode(b'From: ' + raw + b'\n\nx\n' for raw in SENDERS)):
            want = [pair for pair in email.utils.getaddresses([unfolded(raw)]) if pair[1]]
            self.assertEqual([a for _, a in told['from']], [a for _, a in want], raw)

    def test_two_senders(self):
        """52: of two From fields none is dropped."""
        told, = decode([b'From: a@b.example\nFrom: c@d.example\n\nx\n'])
        self.assertEqual([a for _, a in told['from']], ['a@b.example', 'c@d.example'])


class Claims(ScanCase):
    def test_who_is_a_customer(self):
        """52: a message is the marketplace's by its sender's address, not by what the name looks like."""
        for sender, claimed in CLAIMS:
            with self.subTest(sender=sender):
                message = f'From: {sender}\nTo: care@seller.example\nSubject: my order 4342076435326\n\nWhere is it?\n'.encode()
                envelope = CUSTOMER if claimed else 'x@evil.example'
                answer, = self.scan([message], 'in', ('--from', envelope))
                self.assertEqual(answer['marketplace'] is not None, claimed, answer)

    def test_no_field_excuses(self):
        """60: whatever a sender writes into his header, his link is found."""
        body = b'Please see https://bestgadgets.shop/ for it.\n'
        for fields, answer in zip(EXCUSES, self.scan([mail(body, *fields) for fields in EXCUSES])):
            self.assertEqual(answer['action'], 'reject', fields)
            self.assertIn('MP-LINK', rules(answer), fields)


if __name__ == '__main__':
    unittest.main()
