# SPDX-License-Identifier: BSD-2-Clause
"""Exports of audit events: what receivers get through outages, restarts and reloads, and that mail does not wait."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import unittest

from harness import BUILD, Daemon, wait_for
from receivers import Datagrams, Journald, Rsyslog, Stream

BODY = 'Your order is on its way.\r\n'
LONG = [('From', 'seller@shop.example'), ('To', 'buyer@relay.walmart.com'), ('Subject', 'x' * 480),
        ('References', ' '.join('<%s@shop.example>' % ('r' * 400) for _ in range(8)))]


def export(name='collector', **settings):
    return 'export "%s" { %s }\n' % (name, ' '.join('%s = %s' % item for item in settings.items()))


def quoted(text):
    return '"%s"' % text


class ExportCase(unittest.TestCase):
    def daemon(self, exports, start=True):
        d = Daemon()
        self.addCleanup(d.clean)
        self.exports(d, exports)
        return d.start() if start else d

    @staticmethod
    def exports(d, exports):
        d.settings['extra'] = exports.replace('DIR', d.dir)
        d.write_config()

    def receiver(self, *args, **kwargs):
        r = Stream(*args, **kwargs)
        self.addCleanup(self.end, r)
        return r

    @staticmethod
    def end(r):
        try:
            r.close()
        except OSError:
            pass

    def send(self, d, count, body=BODY, headers=None, verdict='pass'):
        for _ in range(count):
            self.assertEqual(d.send(body, headers=headers).verdict, verdict)

    @staticmethod
    def lines(d):
        """The log, line by line."""
        found = []
        for path in sorted(glob.glob(os.path.join(d.dir, 'state/audit/audit-*.jsonl'))):
            with open(path, 'rb') as f:
                found += f.read().split(b'\n')[:-1]
        return found

    @staticmethod
    def status(d, name='collector'):
        return [e for e in d.status()['exports'] if e['name'] == name][0]

    @staticmethod
    def position(d, name='collector'):
        with open(os.path.join(d.dir, 'state/audit/export', name + '.pos')) as f:
            return json.load(f)['seq']

    def same(self, told, expected):
        """Also when the receiver's thread has still to put down what it was given."""
        wait_for(lambda: told() == expected)
        self.assertEqual(told(), expected)

    def arrives(self, d, lines):
        """Every record of the log is there, and the first time of each is in order; doubles are allowed."""
        def complete():
            return set(self.lines(d)) <= set(lines())
        self.assertTrue(wait_for(complete), '%d of %d\n%s' % (len(set(lines())), len(self.lines(d)), d.log()))
        self.assertEqual(list(dict.fromkeys(lines())), self.lines(d))


class Outages(ExportCase):
    def test_lines_as_in_the_log(self):
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        d.start()
        self.send(d, 5)
        self.send(d, 1, 'a forbidden-token\r\n', verdict='reject')
        self.assertEqual(d.send('naïve – “quotes” \x07 ]\\" \u202e\r\n', headers=[
            ('From', 'seller@shop.example'), ('Subject', 'a "b" \\c ]d\u202e é')]).verdict, 'pass')
        d.stop()
        self.same(r.lines, self.lines(d))
        # The last checkpoint signs the stop, too.
        self.assertEqual([json.loads(line)['event'] for line in r.lines()[-2:]], ['stop', 'checkpoint'])
        self.assertEqual(self.position(d), len(self.lines(d)))

    def test_down_at_the_start(self):
        """Mail is answered, the log says once what is missing, the status how much; nothing is lost."""
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')))
        self.send(d, 20)
        self.assertTrue(wait_for(lambda: self.status(d)['failures'] > 2))
        status = self.status(d)
        self.assertFalse(status['healthy'])
        self.assertEqual(status['state'], 'waiting')
        self.assertIn('No such file', status['error'])
        behind = len(self.lines(d))
        self.assertEqual(status['behind_events'], behind)
        self.assertEqual(status['behind_bytes'], sum(len(line) + 1 for line in self.lines(d)))
        self.assertEqual(d.log().count('export "collector": '), 1, d.log())
        shown = subprocess.run([os.path.join(BUILD, 'postern'), '--config', d.config, 'status'], stdout=subprocess.PIPE,
                               text=True, check=True).stdout
        self.assertRegex(shown, r'(?m)^exports\n +collector +FAILING, waiting, 0 sent, %d events \(\d+ bytes\) behind, unix:\S+: ' % behind)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        self.arrives(d, r.lines)
        self.assertTrue(wait_for(lambda: self.status(d)['healthy']))
        self.assertEqual((self.status(d)['behind_events'], self.status(d)['behind_bytes']), (0, 0))
        self.assertIn('export "collector": works again', d.log())

    def goes_away(self, to, where):
        d = self.daemon(export(type='json', to=quoted(to)), start=False)
        r = self.receiver(where.replace('DIR', d.dir) if isinstance(where, str) else where)
        d.start()
        self.send(d, 10)
        self.assertTrue(wait_for(lambda: r.lines() == self.lines(d)))
        r.close()
        self.send(d, 10)
        self.assertTrue(wait_for(lambda: not self.status(d)['healthy']))
        second = self.receiver(r.where)
        self.send(d, 10)
        self.arrives(d, lambda: r.lines() + second.lines())
        d.stop()
        self.arrives(d, lambda: r.lines() + second.lines())

    def test_goes_away(self):
        self.goes_away('unix:DIR/sock', 'DIR/sock')

    def test_goes_away_tcp(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        self.goes_away('tcp:127.0.0.1:%d' % port, ('127.0.0.1', port))

    def hangs(self, d, where, **kwargs):
        """What a receiver has in its socket and never reads is not sent: the next one gets it."""
        r = self.receiver(where, reads=False, **kwargs)
        d.start()
        before = -1
        # Each is answered while the receiver does not read; the sockets take some megabytes.
        while self.status(d)['sent_seq'] != before:
            before = self.status(d)['sent_seq']
            self.send(d, 50, headers=LONG)
            self.assertLess(before, 5000)
        self.assertTrue(wait_for(lambda: self.status(d)['state'] == 'stalled'), d.log())
        self.assertEqual(d.log().count('does not read what it is sent'), 1)
        self.send(d, 10)
        return r

    def test_hangs(self):
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.hangs(d, os.path.join(d.dir, 'sock'))
        self.assertEqual(self.position(d), 0)
        r.close()
        second = self.receiver(r.where)
        self.arrives(d, second.lines)

    def test_hangs_tcp(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        d = self.daemon(export(type='json', to=quoted('tcp:127.0.0.1:%d' % port)), start=False)
        r = self.hangs(d, ('127.0.0.1', port), buffer=8192)
        r.close()
        second = self.receiver(r.where)
        self.arrives(d, second.lines)

    def test_stop_while_it_hangs(self):
        """The daemon ends, and what the receiver did not read comes after the next start."""
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.hangs(d, os.path.join(d.dir, 'sock'))
        self.assertEqual(d.stop(), 0)
        self.assertIn('stopped', d.log())
        r.close()
        second = self.receiver(r.where)
        d.start()
        self.arrives(d, second.lines)

    def test_killed(self):
        """A daemon that dies sends again what it does not know to be read, and nothing is missing."""
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        d.start()
        for _ in range(3):
            self.send(d, 7)
            os.kill(d.worker_pid(), signal.SIGKILL)
            self.assertTrue(wait_for(lambda: d.control('ping')['ok']))
        self.arrives(d, r.lines)

    def test_restart_without_doubles(self):
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        for _ in range(3):
            d.start()
            self.send(d, 3)
            d.stop()
        self.same(r.lines, self.lines(d))

    def test_damaged_position(self):
        """Neither all again nor nothing: it says what is wrong and waits."""
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock')), start=False)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        d.write('state/audit/export/collector.pos', '{"seq":')
        os.chmod(os.path.join(d.dir, 'state/audit'), 0o750)
        d.start()
        self.send(d, 2)
        self.assertTrue(wait_for(lambda: not self.status(d)['healthy']))
        self.assertIn('no position of an export', self.status(d)['error'])
        d.write('state/audit/export/collector.pos', '{"seq":1}')
        self.send(d, 1)
        self.assertTrue(wait_for(lambda: r.lines() == self.lines(d)[1:]), d.log())


class Settings(ExportCase):
    def test_filters(self):
        d = self.daemon(export('kept', type='json', to=quoted('unix:DIR/kept'), events='{ message, reload }',
                               actions='{ reject, hold }') +
                        export('all', type='json', to=quoted('unix:DIR/all')), start=False)
        kept, everything = (self.receiver(os.path.join(d.dir, name)) for name in ('kept', 'all'))
        d.start()
        self.send(d, 2)
        self.send(d, 1, 'forbidden-token\r\n', verdict='reject')
        d.send('hold-token\r\n')
        self.assertTrue(d.control('reload')['ok'])
        d.stop()
        self.same(lambda: [(e['event'], e.get('action')) for e in kept.events()],
                  [('message', 'reject'), ('message', 'hold'), ('reload', None)])
        self.same(everything.lines, self.lines(d))
        self.assertEqual(self.position(d, 'kept'), len(self.lines(d)))

    def test_begin(self):
        """A new export begins with what comes, or with what there is."""
        d = self.daemon('')
        self.send(d, 3)
        d.stop()
        old = len(self.lines(d))
        self.exports(d, export('new', type='json', to=quoted('unix:DIR/new')) +
                     export('old', type='json', to=quoted('unix:DIR/old'), begin='start'))
        new, whole = (self.receiver(os.path.join(d.dir, name)) for name in ('new', 'old'))
        d.start()
        self.send(d, 1)
        d.stop()
        self.same(new.lines, self.lines(d)[old:])
        self.same(whole.lines, self.lines(d))

    def set_audit(self, d, members):
        with open(d.config) as f:
            text = f.read()
        d.write('postern.conf', text.replace('audit {', 'audit { ' + members, 1))

    def test_rotation(self):
        """Over the log's files; what an archive took away before it was sent is named."""
        d = self.daemon(export(type='json', to=quoted('unix:DIR/sock'), begin='start'), start=False)
        self.set_audit(d, 'rotate = 64K')
        d.start()
        self.send(d, 60, headers=LONG)
        d.stop()
        files = sorted(glob.glob(os.path.join(d.dir, 'state/audit/audit-*.jsonl')))
        self.assertGreater(len(files), 2)
        os.unlink(files[0])
        first = int(re.search(r'-0*(\d+)\.', files[1]).group(1))
        r = self.receiver(os.path.join(d.dir, 'sock'))
        d.start()
        self.send(d, 20, headers=LONG)
        self.assertTrue(wait_for(lambda: r.lines() == self.lines(d)), d.log())
        d.stop()
        self.same(r.lines, self.lines(d))
        self.assertIn('records 1 to %d are gone from the log' % (first - 1), d.log())

    def test_reload(self):
        """What did not change keeps its connection; what did goes on where it was; one that is gone ends."""
        kept = export('kept', type='json', to=quoted('unix:DIR/kept'))
        d = self.daemon(kept + export('moved', type='json', to=quoted('unix:DIR/first')) +
                        export('gone', type='json', to=quoted('unix:DIR/gone')), start=False)
        stays, first, gone = (self.receiver(os.path.join(d.dir, name)) for name in ('kept', 'first', 'gone'))
        d.start()
        self.send(d, 4)
        self.assertTrue(wait_for(lambda: first.lines() == self.lines(d)))
        second = self.receiver(os.path.join(d.dir, 'second'))
        self.exports(d, kept + export('moved', type='json', to=quoted('unix:DIR/second')) +
                     export('added', type='json', to=quoted('unix:DIR/added')))
        added = self.receiver(os.path.join(d.dir, 'added'))
        before = len(self.lines(d))
        self.assertTrue(d.control('reload')['ok'])
        self.assertEqual([e['name'] for e in d.status()['exports']], ['kept', 'moved', 'added'])
        self.send(d, 4)
        d.stop()
        self.same(stays.lines, self.lines(d))
        self.assertEqual(len(stays.data), 1)
        self.same(lambda: first.lines() + second.lines(), self.lines(d))
        self.same(added.lines, self.lines(d)[before:])
        self.assertLess(len(gone.lines()), len(self.lines(d)))

    def test_redacted(self):
        """What leaves is what the log has."""
        d = self.daemon(export(type='syslog', to=quoted('unix:DIR/sock')), start=False)
        d.write('key', '0123456789abcdef0123456789abcdef')
        self.set_audit(d, 'redact_addresses = yes  redact_text = yes  redact_key_file = "%s/key"' % d.dir)
        r = self.receiver(os.path.join(d.dir, 'sock'))
        d.start()
        self.send(d, 1)
        d.stop()
        self.assertTrue(wait_for(lambda: len(r.frames()) == len(self.lines(d))))
        sent = b'\n'.join(r.frames())
        self.assertIn(b'message-pass', sent)
        self.assertNotIn(b'seller@', sent)
        self.assertNotIn(b'Your order', sent)


class Catalogue(unittest.TestCase):
    def test_it_has_all_kinds(self):
        """An entry for each MESSAGE_ID that is sent, and none besides."""
        top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
        with open(os.path.join(top, 'milter/export/kind.c')) as f:
            sent = re.findall(r'"([0-9a-f]{32})"\}', f.read())
        with open(os.path.join(top, 'contrib/systemd/postern.catalog')) as f:
            entries = re.findall(r'(?m)^-- ([0-9a-f]{32})$', f.read())
        self.assertGreater(len(sent), 15)
        self.assertEqual(sorted(entries), sorted(sent))


class Datagram(ExportCase):
    def test_unix(self):
        """A queue that is full is waited for; a receiver that dies with a full queue has read nothing of it."""
        d = self.daemon(export(type='syslog', to=quoted('unixgram:DIR/log')), start=False)
        path = os.path.join(d.dir, 'log.sock')
        self.exports(d, export(type='syslog', to=quoted('unixgram:' + path)))
        first = Datagrams(path)
        d.start()
        self.send(d, 3)
        count = len(self.lines(d))
        self.assertTrue(wait_for(lambda: len(first.messages()) == count))
        self.assertTrue(wait_for(lambda: self.position(d) == count))
        self.send(d, 100)
        first.close()
        self.send(d, 1)
        second = Datagrams(path)
        self.addCleanup(second.close)
        rest = list(range(count + 1, count + 102))

        def seqs():
            return [int(re.search(rb' seq="(\d+)"', m).group(1)) for m in second.messages()]
        self.assertTrue(wait_for(lambda: set(rest) <= set(seqs())), '%s\n%s' % (seqs(), d.log()))
        self.assertEqual(list(dict.fromkeys(seqs())), rest)

    def test_udp(self):
        r = Datagrams(('127.0.0.1', 0), socket.AF_INET)
        self.addCleanup(r.close)
        d = self.daemon(export(type='syslog', to=quoted('udp:127.0.0.1:%d' % r.where[1]), facility='local3',
                               events='{ message }'))
        self.send(d, 1, 'forbidden-token\r\n', verdict='reject')
        self.assertTrue(wait_for(lambda: len(r.messages()) == 1))
        self.assertRegex(r.got[0], rb'^<156>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+ postern \d+ message-reject '
                         rb'\[postern@32473 seq="\d+" id="[0-9A-Z]+" event="message" action="reject" rule="forbidden-token"')


@unittest.skipUnless(shutil.which('rsyslogd'), 'rsyslogd is missing')
class RealSyslog(ExportCase):
    def rsyslog(self, inputs):
        r = Rsyslog(inputs)
        self.addCleanup(r.clean)
        return r

    def check(self, d, events):
        """What rsyslog understood is what the log has."""
        log = {e['id']: e for e in d.audit()}
        for event in events:
            self.assertEqual(event['protocol'], '1')
            self.assertEqual((event['app'], event['facility']), ('postern', 'mail'))
            data = event['sd']['postern@32473']
            record = log[data['id']]
            self.assertEqual(int(data['seq']), record['seq'])
            self.assertEqual(data['event'], record['event'])
            self.assertEqual(event['time'][:19], record['time'][:19])
            if record['event'] == 'message':
                self.assertEqual(data['action'], record['action'])
                self.assertEqual(event['msgid'], 'message-' + record['action'])
                self.assertEqual(data['subject'], record['subject'])
                self.assertEqual(event['severity'], {'pass': '6', 'hold': '4', 'reject': '4'}[record['action']])

    def mail(self, d):
        hostile = [('From', 'seller@shop.example'), ('Subject', 'a "quoted" \\back ]end[ é ключ')]
        self.send(d, 1)
        self.send(d, 1, 'forbidden-token\r\n', headers=hostile, verdict='reject')
        self.assertTrue(d.send('hold-token\r\n', headers=hostile).held)

    def test_stream(self):
        """TCP with octet counting; what comes while it is down arrives when it is back."""
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        r = self.rsyslog('module(load="imptcp")\ninput(type="imptcp" port="%d" address="127.0.0.1" ruleset="all")' % port)
        d = self.daemon(export(type='syslog', to=quoted('tcp:127.0.0.1:%d' % port)))
        self.mail(d)
        r.start()
        self.assertTrue(wait_for(lambda: len(r.events()) == len(d.audit())), r.log() + d.log())
        self.check(d, r.events())
        self.assertTrue(any(e['msg'].startswith('\ufeff') and 'ключ' in e['msg'] for e in r.events()), r.events())
        r.stop()
        self.mail(d)
        r.start()
        ids = [e['id'] for e in d.audit()]
        self.assertTrue(wait_for(lambda: len(set(self.ids(r))) == len(ids)), r.log() + d.log())
        self.assertEqual(list(dict.fromkeys(self.ids(r))), ids)

    @staticmethod
    def ids(r):
        return [e['sd']['postern@32473']['id'] for e in r.events()]

    def test_local(self):
        """As /dev/log, at another path."""
        r = self.rsyslog('module(load="imuxsock" SysSock.Use="off")\n'
                         'input(type="imuxsock" Socket="DIR/dev" ruleset="all" useSpecialParser="off" '
                         'parseHostname="on" UseSysTimeStamp="off")').start()
        self.assertTrue(wait_for(lambda: os.path.exists(os.path.join(r.dir, 'dev'))), r.log())
        d = self.daemon(export(type='syslog', to=quoted('unixgram:%s/dev' % r.dir)))
        self.mail(d)
        self.assertTrue(wait_for(lambda: len(r.events()) == len(d.audit())), r.log() + d.log())
        self.check(d, r.events())


class RealJournal(ExportCase):
    @classmethod
    def setUpClass(cls):
        why = Journald.missing()
        if why:
            raise unittest.SkipTest(why)

    def test_fields(self):
        j = Journald()
        self.addCleanup(j.clean)
        self.assertTrue(j.wait(), j.log())
        d = self.daemon(export(type='journald', to=quoted('unixgram:' + j.socket), events='{ start, message }'))
        self.send(d, 1)
        self.send(d, 1, 'forbidden-token\r\n', verdict='reject', headers=[
            ('From', 'seller@shop.example'), ('Subject', 'two\tparts = é \u202e')])
        self.assertTrue(wait_for(lambda: len(j.events()) == 3), j.log() + d.log())
        start, passed, rejected = j.events()
        records = [e for e in d.audit() if e['event'] in ('start', 'message')]
        self.assertEqual([e['POSTERN_ID'] for e in (start, passed, rejected)], [r['id'] for r in records])
        self.assertEqual((rejected['POSTERN_ACTION'], rejected['POSTERN_RULE'], rejected['PRIORITY']),
                         ('reject', 'forbidden-token', '4'))
        self.assertEqual((passed['POSTERN_ACTION'], passed['PRIORITY']), ('pass', '6'))
        self.assertEqual(rejected['MESSAGE_ID'], '7e5b8b3b0b5b67f122bcfc32347d32da')
        self.assertEqual(json.loads(rejected['POSTERN_RECORD']), records[2])
        self.assertIn('reject outgoing mail', rejected['MESSAGE'])
        self.assertEqual(rejected['SYSLOG_FACILITY'], '2')


if __name__ == '__main__':
    unittest.main()
