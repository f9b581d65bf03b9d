# SPDX-License-Identifier: BSD-2-Clause
"""Alerts: who is told of what is due, by a daemon with a fake sendmail and a command; over logs written by hand."""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'cli'))
from desk import SELLER, Desk, Log, relay, stamp  # noqa: E402
from harness import wait_for  # noqa: E402

HOUR = 3600
OTHER = 'second@bestgadgets.example'
# Each call leaves a file; "fail" says with which status, "kill" that the daemon dies before it hears of the success.
PROGRAM = '''cd %(dir)s/%(name)s || exit 71
test -f fail && exit $(cat fail)
test -f hang && sleep 30
n=$(ls | grep -c '^call')
for a in "$@"; do printf '%%s\\n' "$a" >> "args.$n"; done
cat > tmp && mv tmp "call.$n"
if test -f kill; then rm kill; kill -9 $PPID; sleep 1; fi
exit 0
'''


class Gateway(Desk):
    """settings: what stands in alerts {}; sendmail and command are there, the command is used when settings say so."""

    def __init__(self, settings, **kwargs):
        super().__init__(**kwargs)
        self.now = int(time.time())
        for name in ('sendmail', 'command'):
            os.mkdir(os.path.join(self.dir, name))
            self.program(name + '.sh', PROGRAM % {'dir': self.dir, 'name': name})
        self.fixed = self.settings['extra']
        self.set_alerts(settings)
        self.records = Log(self)

    def set_alerts(self, settings):
        if 'response_rate' not in settings:
            settings += '\nresponse_rate = no'
        self.settings['extra'] = self.fixed + 'desk { sendmail = "%s/sendmail.sh" }\nalerts {\n%s\n}\n' % (
            self.dir, settings.replace('COMMAND', 'command = "%s/command.sh"' % self.dir))
        self.write_config()

    def waiting(self, n, share, hours=48, **members):
        """An inquiry of which that share of its time, in percent, is over."""
        opened = self.now - hours * HOUR * share // 100
        self.records.inbound(opened, 'q%d' % n, n, due=opened + hours * HOUR, **members)

    def run(self):
        self.records.build()
        return self.start()

    def calls(self, name='sendmail'):
        texts = []
        for i in range(len(glob.glob(os.path.join(self.dir, name, 'call.*')))):
            with open(os.path.join(self.dir, name, 'call.%d' % i), encoding='utf-8') as f:
                texts.append(f.read())
        return texts

    def arguments(self, i, name='sendmail'):
        with open(os.path.join(self.dir, name, 'args.%d' % i)) as f:
            return f.read().split('\n')[:-1]

    def says(self, name, what, text=''):
        path = os.path.join(self.dir, name, what)
        if text is None:
            os.unlink(path)
        else:
            self.write('%s/%s' % (name, what), text)

    def alerts(self):
        return self.status()['alerts']

    def turns(self, count=2):
        """Waits until so many more turns are over."""
        for _ in range(count):
            last = self.alerts()['last_run']
            assert wait_for(lambda: self.alerts()['last_run'] not in (None, last)), self.log()

    def levels(self):
        return sorted((a['thread'], a['level']) for a in self.audit('alert') if 'kind' not in a)


class AlertCase(unittest.TestCase):
    def gateway(self, settings, **kwargs):
        gateway = Gateway('interval = 1s\n' + settings if 'interval' not in settings else settings, **kwargs)
        self.addCleanup(gateway.clean)
        return gateway


class Giving(AlertCase):
    def test_once(self):
        """One mail for all that is due; nothing of it comes again, nor after a restart."""
        g = self.gateway('mail = { "desk@shop.example", "night@shop.example" }')
        g.waiting(1, 60)
        g.waiting(2, 80, subject='Где моя посылка')
        g.waiting(3, 101)
        g.waiting(4, 10)
        for n, share in ((5, 60), (6, 101), (7, 101)):
            g.waiting(n, share)
        g.records.outbound(g.now - 60, 'a5', 5)
        g.records.add(g.now - 50, 'd6', 'desk', verb='done', by='root', uid=0, why='thanks', threads=['walmart:' + relay(6)])
        g.records.add(g.now - 40, 'd7', 'desk', verb='spam', by='root', uid=0, reason='spam', threads=['walmart:' + relay(7)])
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        mails = g.calls()
        self.assertEqual(len(mails), 1)
        header, _, body = mails[0].partition('\n\n')
        self.assertRegex(header, r'(?m)^Subject: Postern: 3 alerts, 1 overdue$')
        self.assertRegex(header, r'(?m)^Auto-Submitted: auto-generated$')
        self.assertRegex(header, r'(?m)^To: desk@shop\.example,\n\tnight@shop\.example$')
        self.assertRegex(header, r'(?m)^From: postmaster$')
        self.assertRegex(header, r'(?m)^Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000$')
        self.assertTrue(header.isascii())
        self.assertEqual(g.arguments(0), ['-i', '-f', '<>', '--', 'desk@shop.example', 'night@shop.example'])
        # the most urgent is first
        self.assertEqual(re.findall(r'Question \d|Где моя посылка', body), ['Question 3', 'Где моя посылка', 'Question 1'])
        self.assertRegex(body, r'(?m)^OVERDUE by 28 min \(100 %, due .*Z\): walmart, ' + SELLER + ', Customer 3, about: Question 3$')
        self.assertRegex(body, r'(?m)^9 h 3\d min left \(75 %|^9 h 35 min left \(75 %')
        self.assertIn('thread walmart:' + relay(3), body)
        self.assertEqual(g.levels(), [('walmart:' + relay(n), level) for n, level in ((1, 50), (2, 75), (3, 100))])
        event = g.audit('alert')[0]
        self.assertEqual((event['opened'], event['due'], event['way']), (stamp(g.now - 48 * HOUR * 101 // 100),
                         stamp(g.now - 48 * HOUR * 101 // 100 + 48 * HOUR), 'mail'))
        self.assertEqual(g.log().count('alert: '), 3)
        status = g.alerts()
        self.assertEqual((status['healthy'], status['given_today'], status['failures'], status['waiting'], status['ways']),
                         (True, 3, 0, 0, ['log', 'mail']))
        self.assertGreater(status['next_run'], status['last_run'])
        self.assertRegex(g.postern('status')[1], r'(?m)^alerts +healthy, 3 given today, 0 wait, 0 failures$')
        g.stop()
        g.start()
        g.turns()
        self.assertEqual(len(g.calls()), 1)
        self.assertEqual(len(g.audit('alert')), 3)

    def test_command(self):
        """The program gets its arguments and JSON, as the daemon's user, without the daemon's descriptors."""
        g = self.gateway('log = no\nCOMMAND')
        g.set_alerts('interval = 1s\nlog = no\ncommand = { "%s/command.sh", "--to", "$(id) `id` a b" }' % g.dir)
        g.waiting(1, 80, order='123456', hours=48)
        g.run()
        self.assertTrue(wait_for(lambda: g.calls('command')), g.log())
        told = json.loads(g.calls('command')[0])
        self.assertEqual((told['count'], told['overdue'], len(told['alerts'])), (1, 0, 1))
        alert = told['alerts'][0]
        self.assertEqual((alert['kind'], alert['level'], alert['thread'], alert['marketplace'], alert['shop']),
                         ('inquiry', 75, 'walmart:' + relay(1), 'walmart', SELLER))
        self.assertEqual((alert['subject'], alert['customer'], alert['overdue'], alert['order']),
                         ('Question 1', 'Customer 1', False, '123456'))
        self.assertEqual(g.arguments(0, 'command'), ['--to', '$(id) `id` a b'])
        self.assertNotIn('alert: ', g.log())
        self.assertEqual(g.calls(), [])

    def test_log_alone(self):
        """Where there is no other way, the line in the log is the alert."""
        g = self.gateway('')
        g.waiting(1, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.levels() == [('walmart:' + relay(1), 50)]), g.log())
        g.turns()
        self.assertEqual(g.log().count('alert: '), 1)

    def test_hostile_text(self):
        """What a customer wrote neither breaks a line nor makes a header."""
        evil = 'x\r\nBcc: all@shop.example\r\n\r\n.\r\nHello\x1b[31m \u202eabc %s%n'
        g = self.gateway('mail = { "desk@shop.example" }\nCOMMAND')
        g.waiting(1, 101, subject=evil, from_name=evil, order=evil, shop='a@b.example' + evil)
        g.run()
        self.assertTrue(wait_for(lambda: g.calls('command')), g.log())
        header, _, body = g.calls()[0].partition('\n\n')
        self.assertNotIn('Bcc', header)
        self.assertTrue(header.isascii())
        self.assertEqual(len([line for line in body.split('\n') if 'Bcc' in line]), 1)
        self.assertNotRegex(body, '[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]')
        self.assertEqual(len(g.calls('command')[0].strip().split('\n')), 1)
        self.assertEqual(json.loads(g.calls('command')[0])['alerts'][0]['subject'], evil)

    def test_flood(self):
        """After an import: one mail with the count and the first 50."""
        g = self.gateway('mail = { "desk@shop.example" }\nCOMMAND')
        for n in range(700):
            g.waiting(n, 120)
        g.run()
        self.assertTrue(wait_for(lambda: len(g.levels()) == 700), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.calls('command'))), (1, 1))
        self.assertIn('Subject: Postern: 700 alerts, 700 overdue\n', g.calls()[0])
        self.assertEqual(g.calls()[0].count('OVERDUE'), 50)
        self.assertIn('And 650 more', g.calls()[0])
        told = json.loads(g.calls('command')[0])
        self.assertEqual((told['count'], len(told['alerts'])), (700, 50))
        self.assertEqual(g.log().count('alert: '), 51)


class Audiences(AlertCase):
    def test_shops_and_escalation(self):
        """A shop's own people instead of the others; the manager from a level on, which is a level for all."""
        g = self.gateway('levels = { 50 }\nalways = { }\nmail = { "desk@shop.example" }\n'
                         'shop "%s" { mail = { "second@shop.example" } }\n'
                         'escalate "manager" { at = 90  mail = { "boss@shop.example" } }' % OTHER)
        g.waiting(1, 60)
        g.waiting(2, 95)
        g.waiting(3, 95, shop=OTHER)
        g.run()
        self.assertTrue(wait_for(lambda: len(g.calls()) == 3), g.log())
        g.turns()
        told = {}
        for i, mail in enumerate(g.calls()):
            told[g.arguments(i)[-1]] = sorted(re.findall(r'Question \d', mail))
        self.assertEqual(told, {'desk@shop.example': ['Question 1', 'Question 2'], 'second@shop.example': ['Question 3'],
                                'boss@shop.example': ['Question 2', 'Question 3']})
        self.assertTrue(any('Subject: Postern for manager: 2 alerts' in mail for mail in g.calls()))
        self.assertEqual([level for _, level in g.levels()], [50, 90, 90])

    def test_response_rate(self):
        """A rate below the line is told once a day; a shop that missed nothing is not near it."""
        g = self.gateway('response_rate = yes\nmail = { "desk@shop.example" }')
        for n in range(10):
            opened = g.now - (5 * 24 + n) * HOUR
            g.records.inbound(opened, 'q%d' % n, n, due=opened + 48 * HOUR)
            g.records.outbound(opened + (49 if n < 3 else 5) * HOUR, 'a%d' % n, n)
            g.records.inbound(opened, 'p%d' % n, 100 + n, due=opened + 48 * HOUR, shop=OTHER)
            g.records.outbound(opened + HOUR, 'b%d' % n, 100 + n, shop=OTHER)
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        self.assertRegex(g.calls()[0], r'(?m)^RESPONSE RATE 70\.0 % in \d+ days, the line is \d+ %: below it, walmart, ' + SELLER)
        self.assertNotIn(OTHER, g.calls()[0])
        self.assertTrue(wait_for(lambda: len(g.audit('alert')) == 1))
        self.assertEqual((g.audit('alert')[0]['kind'], g.audit('alert')[0]['permille']), ('rate', 700))
        g.turns()
        g.stop()
        g.start()
        g.turns()
        self.assertEqual((len(g.calls()), len(g.audit('alert'))), (1, 1))
        self.assertNotIn('passed over', g.log())


class Quiet(AlertCase):
    def test_night(self):
        """In quiet hours only what is overdue and short clocks; the rest comes when they are over."""
        now = time.time()
        hours = tuple(time.strftime('%H:%M', time.gmtime(t)) for t in (now - HOUR, now + HOUR))
        quiet = 'mail = { "desk@shop.example" }\nquiet = "%s-%s"\nzone = "UTC"\n' % hours
        g = self.gateway('interval = 1s\n' + quiet)
        g.waiting(1, 80)
        g.waiting(2, 101)
        g.waiting(3, 60, hours=1)
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual(sorted(re.findall(r'Question \d', ''.join(g.calls()))), ['Question 2', 'Question 3'])
        self.assertTrue(g.alerts()['quiet'])
        self.assertIn('quiet hours', g.postern('status')[1])
        g.set_alerts('interval = 1s\nmail = { "desk@shop.example" }')
        self.assertTrue(g.control('reload')['ok'])
        self.assertTrue(wait_for(lambda: len(g.calls()) == 2), g.log())
        self.assertEqual(re.findall(r'Question \d', g.calls()[1]), ['Question 1'])


class Failing(AlertCase):
    def test_sendmail_fails(self):
        """What failed is said, and given once it works; nothing is recorded before."""
        g = self.gateway('mail = { "desk@shop.example" }')
        g.says('sendmail', 'fail', '75')
        g.waiting(1, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 2), g.log())
        status = g.alerts()
        self.assertEqual((status['healthy'], status['given_today'], status['waiting']), (False, 0, 1))
        self.assertIn('mail: %s/sendmail.sh ended with status 75' % g.dir, status['error'])
        self.assertIn('FAILING', g.postern('status')[1])
        self.assertEqual(g.audit('alert'), [])
        # said once, not with every turn
        self.assertEqual(g.log().count('ended with status 75'), 1)
        self.assertEqual(g.log().count('alert: '), 1)
        g.says('sendmail', 'fail', None)
        self.assertTrue(wait_for(g.levels), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.audit('alert'))), (1, 1))
        self.assertIn('alerts: can be given again', g.log())
        self.assertTrue(g.alerts()['healthy'])

    def test_one_of_two_ways_fails(self):
        """The mail is not repeated while the command fails; the command gets it later."""
        g = self.gateway('mail = { "desk@shop.example" }\nCOMMAND')
        g.says('command', 'fail', '1')
        g.waiting(1, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 3), g.log())
        self.assertEqual((len(g.calls()), len(g.audit('alert'))), (1, 1))
        g.says('command', 'fail', None)
        self.assertTrue(wait_for(lambda: g.calls('command')), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.calls('command')), len(g.audit('alert'))), (1, 1, 1))

    def test_answered_meanwhile(self):
        """What was answered before the alert could be given alerts nobody."""
        g = self.gateway('mail = { "desk@shop.example" }')
        g.says('sendmail', 'fail', '75')
        g.waiting(1, 60)
        g.waiting(2, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 1), g.log())
        self.assertEqual(g.answer(1)['action'], 'pass')
        g.says('sendmail', 'fail', None)
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual(re.findall(r'Question \d', ''.join(g.calls())), ['Question 2'])
        self.assertEqual(g.levels(), [('walmart:' + relay(2), 50)])

    def test_killed_between_hand_over_and_record(self):
        """It comes a second time, with the same id, and then never again."""
        g = self.gateway('log = no\nCOMMAND')
        g.says('command', 'kill')
        g.waiting(1, 60)
        g.records.build()
        g.start(wait=False)
        self.assertTrue(wait_for(g.levels), g.log())
        g.wait_up()
        g.turns()
        told = [json.loads(text)['alerts'] for text in g.calls('command')]
        self.assertEqual(len(told), 2, g.log())
        self.assertEqual(told[0][0]['id'], told[1][0]['id'])
        self.assertEqual(len(g.audit('alert')), 1)

    def test_log_full(self):
        """What was given and can't be recorded is not given again; it is recorded as soon as that works."""
        g = self.gateway('interval = 1s\nmail = { "desk@shop.example" }')
        mount = os.path.join(g.dir, 'state/audit')
        os.makedirs(mount)
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1M', 'none', mount],
                                               capture_output=True, check=False).returncode != 0:
            self.skipTest('needs a file system of its own')
        self.addCleanup(subprocess.run, ['umount', mount], check=False)
        self.addCleanup(g.stop)
        g.says('sendmail', 'fail', '75')
        for n in range(40):
            g.waiting(n, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 1), g.log())
        with open(os.path.join(mount, 'filler'), 'wb', buffering=0) as f:
            try:
                while True:
                    f.write(b'x' * 4096)
            except OSError:
                pass
        g.says('sendmail', 'fail', None)
        self.assertTrue(wait_for(lambda: "can't be recorded" in g.alerts().get('error', '')), g.log())
        g.turns(3)
        self.assertEqual(len(g.calls()), 1)
        self.assertLess(len(g.levels()), 40)
        os.unlink(os.path.join(mount, 'filler'))
        self.assertTrue(wait_for(lambda: len(g.levels()) == 40), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.levels()), g.alerts()['given_today']), (1, 40, 40))

    def test_hanging(self):
        """A program that hangs keeps no mail waiting, and is killed in time."""
        g = self.gateway('timeout = 3s\nCOMMAND')
        g.says('command', 'hang')
        g.waiting(1, 60)
        g.run()
        begun = time.monotonic()
        self.assertEqual(g.answer(9)['action'], 'pass')
        self.assertLess(time.monotonic() - begun, 2.5)
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 1), g.log())
        self.assertIn('did not end within 3000 ms and was killed', g.alerts()['error'])
        begun = time.monotonic()
        self.assertEqual(g.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - begun, 9)

    def test_missing_program(self):
        g = self.gateway('command = "/nowhere/page"')
        g.waiting(1, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 1), g.log())
        self.assertIn("/nowhere/page can't be run: No such file or directory", g.alerts()['error'])

    def test_reload(self):
        """A reload begins a turn by the new configuration, whatever the interval was; a broken one changes nothing."""
        g = self.gateway('interval = 1h\nlevels = { 90 }\nalways = { }')
        g.waiting(1, 60)
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['last_run']))
        self.assertEqual(g.audit('alert'), [])
        g.set_alerts('interval = 1h\nlevels = { 0 }')
        answer = g.control('reload')
        self.assertIn("levels: '0' is no level", answer['error'])
        g.set_alerts('interval = 1h\nmail = { "desk@shop.example" }')
        self.assertTrue(g.control('reload')['ok'])
        self.assertTrue(wait_for(g.calls), g.log())
        self.assertTrue(wait_for(g.levels))


if __name__ == '__main__':
    unittest.main()
