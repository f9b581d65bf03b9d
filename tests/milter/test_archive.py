# SPDX-License-Identifier: BSD-2-Clause
"""The archive behind the milter: what was judged is there byte for byte, before the answer; nothing else is."""
import glob
import hashlib
import os
import shutil
import subprocess
import unittest

from harness import HEADERS, SELLER, Daemon, buyer

ARCHIVE = 'archive { enabled = yes  dir = "%%(dir)s/archive" %s }'


def raw(headers, body):
    """As the MTA gives it: LEADSPC is negotiated, so values have the blank of their own."""
    return ''.join('%s: %s\r\n' % (name, value.replace('\n', '\r\n')) for name, value in headers).encode() + b'\r\n' + body


class Archived(Daemon):
    def __init__(self, more='', **kwargs):
        super().__init__(**kwargs)
        self.settings['extra'] += ARCHIVE % more % self.settings
        self.write_config()

    def files(self):
        return sorted(glob.glob(self.dir + '/archive/??/*'))

    def content(self, digest):
        path = os.path.join(self.dir, 'archive', digest[:2], digest[2:] + '.zst')
        return subprocess.run(['zstd', '-dc', path], stdout=subprocess.PIPE, check=True).stdout


@unittest.skipUnless(shutil.which('zstd'), 'no zstd')
class Kept(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Archived()
        cls.d.start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def check(self, expected, class_):
        event = self.d.audit('message')[-1]
        self.assertEqual((event['archive'], event['archive_class']), (hashlib.sha256(expected).hexdigest(), class_))
        self.assertEqual(self.d.content(event['archive']), expected)
        self.assertNotIn('archive_error', event)
        return event

    def test_each_class_byte_for_byte(self):
        for word, class_, verdict in (('hello', 'outgoing', 'pass'), ('hold-token', 'held', 'pass'),
                                      ('tag-token', 'outgoing', 'pass'), ('forbidden-token', 'refused', 'reject')):
            body = b'A line with %s\r\n.\r\n\xff\x00 and so on\r\n' % word.encode()
            headers = HEADERS + [('X-Folded', 'one\n\ttwo\n  three'), ('X-Twice', 'a'), ('x-twice', 'B '), ('X-Empty', '')]
            reply = self.d.send(body, headers=headers)
            self.assertEqual(reply.verdict, verdict)
            self.check(raw(headers, body), class_)

    def test_incoming(self):
        headers = [('From', '<%s>' % buyer().strip('<>')), ('To', SELLER), ('Subject', 'Where is it'), ('X-Postern-Labels', 'x')]
        with self.d.client() as m:
            m.open()
            self.assertEqual(m.message(buyer(), [SELLER], headers, b'hello?\r\n', auth=None).verdict, 'pass')
        # Forged headers, too: it is what came.
        self.check(raw(headers, b'hello?\r\n'), 'incoming')

    def test_a_big_one_from_the_spool(self):
        body = b''.join(b'%032x line\r\n' % (n * n * 7919) for n in range(150000))
        self.assertEqual(self.d.send(body).verdict, 'pass')
        self.check(raw(HEADERS, body), 'outgoing')

    def test_what_is_not_judged_is_not_kept(self):
        before, events = self.d.files(), len(self.d.audit('message'))
        with self.d.client() as m:
            m.open()
            m.message('<friend@elsewhere.example>', ['<me@shop.example>'], HEADERS, b'private\r\n', auth=None)
        self.assertEqual(self.d.files(), before)
        self.assertEqual(len(self.d.audit('message')), events)

    def test_the_same_message_is_kept_once(self):
        self.d.send(b'the same\r\n')
        before = self.d.files()
        self.d.send(b'the same\r\n', recipients=[buyer(7)])
        self.assertEqual(self.d.files(), before)
        events = self.d.audit('message')[-2:]
        self.assertEqual(events[0]['archive'], events[1]['archive'])

    def test_status_tells(self):
        archive = self.d.status()['archive']
        self.assertTrue(archive['enabled'] and archive['required'] and archive['healthy'])
        self.assertFalse(archive['encrypted'])


class Cut(unittest.TestCase):
    def test_the_rules_limit_is_not_the_archives(self):
        d = Archived(limits='message_size = 20K  limit_action = tag')
        try:
            d.start()
            body = b'x' * 78 + b'\r\n'
            d.send(body * 1000)
            event = d.audit('message')[-1]
            self.assertEqual(event['archive'], hashlib.sha256(raw(HEADERS, body * 1000)).hexdigest())
            self.assertEqual(d.content(event['archive']), raw(HEADERS, body * 1000))
        finally:
            d.clean()


class Failing(unittest.TestCase):
    """Its place for new files is gone: as on a disk that is full or was taken away."""

    def broken(self, more=''):
        d = Archived(more)
        d.start()
        os.rmdir(d.dir + '/archive/tmp')
        return d

    def test_required_gives_451_and_is_recorded(self):
        d = self.broken()
        try:
            for word in ('hello', 'forbidden-token'):
                reply = d.send(word.encode() + b'\r\n')
                self.assertEqual(reply.verdict, 'defer')
                self.assertIn('archive', reply.text)
                event = d.audit('message')[-1]
                self.assertEqual(event['action'], 'defer')
                self.assertIn('POSTERN-ARCHIVE', [f['rule_id'] for f in event['findings']])
                self.assertNotIn('archive', event)
                self.assertNotIn('archive_class', event)
                error = d.audit('error')[-1]
                self.assertEqual((error['error'], error['ref']), ('archive', event['id']))
                self.assertIn('No such file', error['what'])
            status = d.status()
            self.assertFalse(status['archive']['healthy'])
            self.assertEqual((status['errors']['archive'], status['errors']['plugin']), (2, 0))
            os.mkdir(d.dir + '/archive/tmp')
            self.assertEqual(d.send(b'hello\r\n').verdict, 'pass')
            self.assertTrue(d.status()['archive']['healthy'])
            self.assertEqual(d.audit('message')[-1]['archive_class'], 'outgoing')
        finally:
            d.clean()

    def test_not_required_goes_on_and_shows(self):
        d = self.broken('required = no')
        try:
            self.assertEqual(d.send(b'hello\r\n').verdict, 'pass')
            event = d.audit('message')[-1]
            self.assertNotIn('archive', event)
            self.assertIn('No such file', event['archive_error'])
            self.assertEqual(d.audit('error')[-1]['error'], 'archive')
            archive = d.status()['archive']
            self.assertFalse(archive['healthy'] or archive['required'])
        finally:
            d.clean()

    def test_it_does_not_start_without_its_directory_or_key(self):
        d = Archived('key_file = "%(dir)s/archive.key"')
        try:
            d.write('archive.key', 'ab' * 32)
            d.start(wait=False)
            d.process.wait(60)
            self.assertIn('lets others at the key', d.log())
            self.assertNotEqual(d.process.returncode, 0)
        finally:
            d.clean()


if __name__ == '__main__':
    unittest.main()
