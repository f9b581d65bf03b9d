# SPDX-License-Identifier: BSD-2-Clause
"""SMTPUTF8 (RFC 6531): addresses beyond ASCII, with the shipped rules and a store on disk."""
import glob
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'faults'))
from gateway import Gateway  # noqa: E402
from harness import wait_for  # noqa: E402
from milterclient import ended  # noqa: E402

CUSTOMER = '4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com'
US = 'jürgen@bücher.example'
THEM = '用户@例え.jp'
GOOD = 'Hello Maria,\r\n\r\nyour blender will arrive on Thursday.\r\n\r\nKind regards,\r\nJürgen\r\n'
BAD = 'Hello Maria,\r\n\r\nplease order it at https://www.bücher.example/jars for us.\r\n\r\nKind regards,\r\nJürgen\r\n'
# The customer's domain as a mail server accepts it and takes it to the DNS.
SPELLINGS = ('relay.ｗａｌｍａｒｔ.com', 'relay。walmart.com', 'ｒｅｌａｙ．ｗａｌｍａｒｔ．ｃｏｍ', 'relay.wal\u00admart.com', 'RELAY.WALMART.COM')


def fields(sender, to, subject='Re: Order 4342076435326', number=1):
    return [('From', 'Jürgen Müller <%s>' % sender), ('To', to), ('Subject', subject),
            ('Message-ID', '<%d.ü@bücher.example>' % number), ('MIME-Version', '1.0'), ('Content-Type', 'text/plain; charset=utf-8')]


class Utf8(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Gateway().start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def send(self, sender, recipients, body, headers=None, auth='jürgen', queue_id='U1'):
        with self.d.client() as m:
            m.open(host='bücher.example')
            m.macros('M', auth_authen=auth or '', mail_addr=sender)
            m.mail('<%s>' % sender, 'SMTPUTF8', 'BODY=8BITMIME')
            for recipient in recipients:
                m.rcpt('<%s>' % recipient)
            m.macros('T', i=queue_id)
            m.data()
            for name, value in headers or fields(sender, recipients[0]):
                m.header(name, value)
            step = m.eoh()
            if ended(step):
                return step
            m.body(body)
            return m.eom()

    def record(self, queue_id):
        found = self.d.recorded()[queue_id]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_our_address(self):
        """Ours is judged as any other, refused in ASCII, and recorded as it is written."""
        self.assertEqual(self.send(US, [CUSTOMER], GOOD, queue_id='OURS1').verdict, 'pass')
        refused = self.send(US, [CUSTOMER], BAD, queue_id='OURS2')
        self.assertEqual(refused.verdict, 'reject')
        self.assertRegex(refused.text.replace('\r\n', ' '), r'^[ -~]+$')
        for queue_id in ('OURS1', 'OURS2'):
            record = self.record(queue_id)
            self.assertEqual((record['sender'], record['from'], record['from_name'], record['account'], record['shop']),
                             (US, US, 'Jürgen Müller', 'jürgen', US))

    def test_their_address(self):
        """A stranger's beside the customer's, and alone."""
        self.send(US, [CUSTOMER, THEM], GOOD, queue_id='THEIRS1')
        record = self.record('THEIRS1')
        self.assertEqual((record['action'], record['recipients']), ('hold', [CUSTOMER, THEM]))
        self.assertIn(THEM, [f['evidence'] for f in record['findings']])
        self.assertEqual(self.send(US, [THEM], GOOD, queue_id='THEIRS2').code, 'a')

    def test_the_same_domain_in_other_letters(self):
        """What the mail server takes to the marketplace is judged as mail to it: nobody gets around a rule by spelling."""
        for number, domain in enumerate(SPELLINGS):
            recipient = CUSTOMER.split('@')[0] + '@' + domain
            self.assertEqual(self.send(US, [recipient], BAD, queue_id='SPELT%d' % number).verdict, 'reject', domain)
            record = self.record('SPELT%d' % number)
            self.assertEqual((record['marketplace'], record['threads']), ('walmart', ['walmart:' + CUSTOMER.lower()]), domain)
        # A letter that only looks the same is another domain, of somebody else.
        self.assertEqual(self.send(US, ['x@relay.w\u0430lmart.com'], BAD, queue_id='SPELT-NOT').code, 'a')
        self.assertNotIn('SPELT-NOT', self.d.recorded())

    def test_incoming(self):
        """To us at such an address: tagged in ASCII, a thread of its own, shown by each command as it is."""
        headers = [('From', 'María Löwe <%s>' % CUSTOMER), ('To', US), ('Subject', 'Größe? 4342076435326'),
                   ('Message-ID', '<in.ü@relay.example>'), ('Content-Type', 'text/plain; charset=utf-8')]
        tagged = self.send(CUSTOMER, [US], 'Hello,\r\n\r\nwhere is my order 4342076435326?\r\n\r\nMaría\r\n', headers, None, 'INCOMING1')
        self.assertEqual(tagged.verdict, 'pass')
        self.assertIn(('X-Postern-Marketplace', ' walmart'), tagged.inserted)
        for name, value in tagged.inserted:
            self.assertTrue((name + value).isascii(), (name, value))
        record = self.record('INCOMING1')
        self.assertEqual((record['direction'], record['recipients'], record['from_name'], record['subject']),
                         ('in', [US], 'María Löwe', 'Größe? 4342076435326'))
        self.assertTrue(wait_for(lambda: self.d.status()['store']['applied_seq'] == self.d.status()['audit']['seq']))
        for shown, *command in (('Größe?', 'inbox', '--filter', 'all'), ('Größe?', 'thread', record['threads'][0]),
                                ('Größe?', 'audit', 'show'), (US, 'audit', 'show'), (record['id'], 'archive', 'list', '--address', US)):
            for options in ([], ['--json']):
                done = self.d.postern(*command, *options)
                self.assertEqual(done.returncode, 0, (command, done.stderr))
                self.assertIn(shown, done.stdout, command)

    def test_bad_bytes(self):
        """What says that it is UTF-8 and is not: judged, and valid UTF-8 in the record."""
        for number, sender in enumerate(('j\udcfcrgen@shop.example', '\udcc3@shop.example', 'a@b\udced\udca0\udc80.example', '\udcc0\udc80@x.example')):
            answer = self.send(sender, [CUSTOMER], BAD, queue_id='BYTES%d' % number)
            self.assertEqual(answer.verdict, 'reject', sender)
            self.assertTrue(answer.text.isascii())
            self.assertTrue(self.record('BYTES%d' % number)['sender'])

    def test_log_is_utf8(self):
        """Every line of the audit log is valid UTF-8 and JSON, and the chain holds."""
        self.send(US, [CUSTOMER, THEM], BAD, queue_id='CHAIN1')
        for path in glob.glob(os.path.join(self.d.dir, 'state/audit/audit-*.jsonl')):
            with open(path, 'rb') as f:
                for line in f.read().decode('utf-8').splitlines():
                    json.loads(line)
        done = self.d.postern('audit', 'verify')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == '__main__':
    unittest.main()
