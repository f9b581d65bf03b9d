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
test -f hang && sleep 120
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

    def left(self, number):
        """Hours until the first window of that number closes."""
        return self.json('windows', '--order', number)[0]['windows'][0]['seconds_left'] / HOUR

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
        self.assertRegex(body, r'(?m)^OVERDUE by (28|29|3\d) min \(100 %, due .*Z\): walmart, ' + SELLER + ', Customer 3, about: Question 3$')
        self.assertRegex(body, r'(?m)^9 h [123]\d min left \(75 %')
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


SPAM = {'labels': ['Response-Needed', 'Spam-Filtered'], 'spam_by': 'SpamAssassin'}
WARNING = {'labels': ['Warning', 'Urgent', 'Notice'], 'threads': [], 'subject': 'Final warning', 'from_name': 'Walmart'}
OUR = 'mail = { "desk@shop.example" }\nlog = no'
DAY = 24 * HOUR


def fact(name, number, seconds, **more):
    return {'name': name, 'subject': number, 'time': stamp(seconds), **more}


class AtOnce(AlertCase):
    """Mail that another filter called spam, and warning letters."""

    def kinds(self, g):
        return sorted((a['kind'], a['ref']) for a in g.audit('alert') if 'ref' in a)

    def test_once(self):
        """One mail for all; nothing comes again, nor after a restart; old letters are no news."""
        g = self.gateway(OUR + '\nCOMMAND')
        g.records.inbound(g.now - 8 * DAY, 'old', 1, **WARNING)
        g.records.inbound(g.now - 7200, 'spam', 2, order='4711', **SPAM)
        g.records.inbound(g.now - 3600, 'again', 2, **{**SPAM, 'digest': 'spam'})
        g.records.inbound(g.now - 3000, 'refused', 3, **{**SPAM, 'action': 'defer'})
        g.records.inbound(g.now - 60, 'letter', 4, **WARNING)
        g.records.inbound(g.now - 50, 'stranger', 5, **{**WARNING, 'marketplace': ''})
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.calls('command'))), (1, 1))
        body = g.calls()[0]
        self.assertIn('Subject: Postern: 2 alerts, 0 overdue\n', body)
        self.assertRegex(body, '(?m)^WARNING LETTER: walmart, %s, Walmart, about: Final warning, message letter$' % SELLER)
        self.assertRegex(body, r'(?m)^CALLED SPAM by SpamAssassin, exempt it there: walmart, %s, order 4711, Customer 2, '
                         r'about: Question 2, message spam$' % SELLER)
        told = {a['kind']: a for a in json.loads(g.calls('command')[0])['alerts']}
        self.assertEqual((told['warning']['message'], told['spam-filtered']['message'], told['spam-filtered']['filter']),
                         ('letter', 'spam', 'SpamAssassin'))
        self.assertEqual(self.kinds(g), [('spam-filtered', 'spam'), ('warning', 'letter')])
        self.assertEqual(g.alerts()['given_today'], 2)
        g.stop()
        g.start()
        g.turns()
        self.assertEqual((len(g.calls()), len(g.audit('alert'))), (1, 2))
        self.assertIn('spam-filtered', g.postern('thread', 'walmart:' + relay(2))[1])

    def test_live(self):
        """A mail that comes while the daemon runs is told in the next turn."""
        g = self.gateway(OUR)
        g.run()
        headers = [('From', '"Maria" <%s>' % relay(7)), ('To', SELLER), ('Subject', 'Where is it'), ('X-Spam-Flag', 'YES'),
                   ('Message-ID', '<7@walmart.example>'), ('MIME-Version', '1.0'), ('Content-Type', 'text/plain')]
        with g.client() as m:
            m.open()
            m.message('<%s>' % relay(7), ['<%s>' % SELLER], headers, 'When will it come?\r\n', auth=None)
        record = g.applied()
        self.assertIn('Spam-Filtered', record['labels'])
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), self.kinds(g)), (1, [('spam-filtered', record['id'])]))
        g.set_alerts('interval = 1s\nspam_filtered = no\n' + OUR)
        self.assertTrue(g.control('reload')['ok'])

    def test_switched_off(self):
        g = self.gateway(OUR + '\nspam_filtered = no\nwarnings = no\nwindows = { }')
        g.records.inbound(g.now - 60, 'spam', 2, **SPAM)
        g.records.inbound(g.now - 50, 'letter', 4, **WARNING)
        g.records.inbound(g.now - DAY, 'denied', 5, milestones=[fact('denial', '1', g.now - 29 * DAY)])
        g.run()
        g.turns(3)
        self.assertEqual((g.calls(), g.audit('alert'), g.alerts()['healthy']), ([], [], True))

    def test_one_of_two_ways_fails(self):
        """The mail is not repeated while the command fails, though the store knows the alert as given."""
        g = self.gateway(OUR + '\nCOMMAND')
        g.says('command', 'fail', '1')
        g.records.inbound(g.now - 60, 'letter', 4, **WARNING)
        g.records.inbound(g.now - DAY, 'denied', 5, milestones=[fact('denial', '4342076435326', g.now - 29 * DAY)])
        g.run()
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 3), g.log())
        self.assertEqual((len(g.calls()), len(g.audit('alert')), g.alerts()['waiting']), (1, 2, 2))
        g.says('command', 'fail', None)
        self.assertTrue(wait_for(lambda: g.calls('command')), g.log())
        g.turns()
        self.assertEqual((len(g.calls()), len(g.calls('command')), len(g.audit('alert'))), (1, 1, 2))
        self.assertEqual(sorted(a['kind'] for a in json.loads(g.calls('command')[0])['alerts']), ['warning', 'window'])

    def test_quiet_hours(self):
        """Kept for their end; a window with hours left is not."""
        now = time.time()
        hours = tuple(time.strftime('%H:%M', time.gmtime(t)) for t in (now - HOUR, now + HOUR))
        g = self.gateway(OUR + '\nquiet = "%s-%s"\nzone = "UTC"' % hours)
        g.records.inbound(g.now - 60, 'letter', 4, **WARNING)
        g.records.inbound(g.now - DAY, 'denied', 5, milestones=[fact('denial', '1', g.now - 29 * DAY)])
        g.records.inbound(g.now - DAY, 'refund', 6, milestones=[fact('refund', '2', g.now - 47 * HOUR)])
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual([a['number'] for a in g.audit('alert')], ['2'])
        g.set_alerts('interval = 1s\n' + OUR)
        self.assertTrue(g.control('reload')['ok'])
        self.assertTrue(wait_for(lambda: len(g.audit('alert')) == 3), g.log())
        self.assertEqual(len(g.calls()), 2)

    def test_killed_between_hand_over_and_record(self):
        g = self.gateway('log = no\nCOMMAND')
        g.says('command', 'kill')
        g.records.inbound(g.now - 60, 'letter', 4, **WARNING)
        g.records.build()
        g.start(wait=False)
        self.assertTrue(wait_for(lambda: self.kinds(g)), g.log())
        g.wait_up()
        g.turns()
        told = [json.loads(text)['alerts'] for text in g.calls('command')]
        self.assertEqual(len(told), 2, g.log())
        self.assertEqual(told[0][0]['id'], told[1][0]['id'])
        self.assertEqual(len(g.audit('alert')), 1)


class Windows(AlertCase):
    """What may still be disputed, appealed or claimed."""

    def windows(self, g):
        return sorted((a['number'], a['window'], a['hours_before']) for a in g.audit('alert') if a.get('kind') == 'window')

    def test_levels(self):
        """Each once at its level; what is done, closed, or not to be lost gives none."""
        g = self.gateway(OUR + '\nCOMMAND')
        add = lambda n, *facts, **more: g.records.inbound(g.now - 40 * DAY + n, 'm%d' % n, n, milestones=list(facts), **more)
        add(1, fact('denial', '1', g.now - 25 * DAY))
        add(2, fact('denial', '2', g.now - 28 * DAY - DAY // 2))
        add(3, fact('denial', '3', g.now - 30 * DAY + 4 * HOUR))
        add(4, fact('denial', '4', g.now - 25 * DAY), fact('appeal', '4', g.now - 2 * DAY))
        add(5, fact('denial', '5', g.now - 40 * DAY))
        add(6, fact('denial', '6', g.now - 10 * DAY))
        add(7, fact('denial', '7', g.now - 25 * DAY), fact('grant', '7', g.now - DAY))
        add(8, fact('refund', '8', g.now - 7 * HOUR // 2))
        add(9, fact('refund', '9', g.now - 3 * HOUR), fact('dispute', '9', g.now - HOUR))
        add(10, fact('order', '10', g.now - 88 * DAY))
        add(11, fact('denial', '11', g.now - 6 * DAY - DAY // 2, term_days=10))
        add(12, fact('delivered', '12', g.now - 5 * DAY, term_days=7))
        add(13, fact('delivered', '13', g.now - 48 * DAY - DAY // 2))
        # whose it is only a thread tells
        add(14, order='14')
        g.records.add(g.now - DAY, 'd14', 'desk', verb='milestone', by='root', uid=0, milestones=[fact('denial', '14', g.now - 25 * DAY)])
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        g.turns()
        self.assertEqual(self.windows(g), [
            ('1', 'appeal', 168), ('11', 'appeal', 168), ('13', 'wfs-claim', 72),
            ('14', 'appeal', 168), ('2', 'appeal', 72), ('3', 'appeal', 24 if g.left('3') <= 24 else 72), ('8', 'dispute', 72)])
        self.assertEqual((len(g.calls()), len(g.calls('command'))), (1, 1))
        # what closes first is first
        self.assertEqual([n for n in re.findall(r'number (\d+)', g.calls()[0]) if n in ('3', '8', '11')], ['3', '8', '11'])
        self.assertRegex(g.calls()[0], r'(?m)^WINDOW CLOSES in 1 d 20 h \(\S+Z\): Dispute of a Customer Care refund, walmart, %s, '
                         r'number 8$' % SELLER)
        told = {a['number']: a for a in json.loads(g.calls('command')[0])['alerts']}
        self.assertEqual((told['8']['kind'], told['8']['window'], told['8']['marketplace'], told['8']['hours_before'],
                          told['8']['closes']), ('window', 'dispute', 'walmart', 72, stamp(g.now + 89 * HOUR // 2)))
        g.stop()
        g.start()
        g.turns()
        self.assertEqual((len(g.calls()), len(g.audit('alert'))), (1, 7))

    def test_next_level_and_done(self):
        """A level that was told is not told again, the next one is; one that is done meanwhile is not."""
        g = self.gateway(OUR + '\nwindows = { 72h }')
        for n in (1, 2):
            g.records.inbound(g.now - DAY, 'm%d' % n, n, milestones=[fact('refund', str(n), g.now - 30 * HOUR)])
        g.run()
        self.assertTrue(wait_for(g.calls), g.log())
        self.assertTrue(wait_for(lambda: self.windows(g) == [('1', 'dispute', 72), ('2', 'dispute', 72)]), g.log())
        self.assertEqual(g.postern('milestone', 'add', 'dispute', '--order', '2', '--at', stamp(g.now - 60), '--why', 'filed')[0], 0)
        g.set_alerts('interval = 1s\nwindows = { 72h, 1d }\n' + OUR)
        self.assertTrue(g.control('reload')['ok'])
        self.assertTrue(wait_for(lambda: len(g.calls()) == 2), g.log())
        g.turns()
        self.assertEqual(self.windows(g), [('1', 'dispute', 24), ('1', 'dispute', 72), ('2', 'dispute', 72)])
        self.assertEqual((len(g.calls()), 'number 2' in g.calls()[1]), (2, False))

    def test_given_by_another_gateway(self):
        """What the log of another gateway has is not given again: the key is the same."""
        g = self.gateway(OUR)
        g.records.inbound(g.now - DAY, 'm1', 1, milestones=[fact('refund', '1', g.now - 3 * HOUR)])
        g.records.inbound(g.now - 60, 'letter', 4, **WARNING)
        key = 'window:walmart:1:dispute:' + stamp(g.now - 3 * HOUR)[:10]
        g.records.add(g.now - 50, 'a1', 'alert', way='mail', kind='window', key=key, hours_before=72)
        g.records.add(g.now - 40, 'a2', 'alert', way='mail', kind='warning', key='warning:letter', ref='letter')
        g.run()
        g.turns(3)
        self.assertEqual((g.calls(), len(g.audit('alert'))), ([], 2))


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
        self.assertEqual(self.doctor(g)['level'], 'problem')
        self.assertIn('ended with status 75', self.doctor(g)['text'])
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
        self.assertEqual(self.doctor(g)['level'], 'ok')
        g.set_alerts('interval = 1s')
        self.assertTrue(g.control('reload')['ok'])
        self.assertEqual(self.doctor(g)['level'], 'warning')

    def doctor(self, g):
        return next(c for c in json.loads(g.postern('doctor', '--json')[1])['checks'] if c['check'] == 'alerts')

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
        g = self.gateway('timeout = 8s\nCOMMAND')
        g.says('command', 'hang')
        g.waiting(1, 60)
        g.run()
        self.assertEqual(g.answer(9)['action'], 'pass')
        # Nobody has given it up meanwhile.
        self.assertEqual((g.alerts()['failures'], g.alerts()['last_run']), (0, None))
        self.assertTrue(wait_for(lambda: g.alerts()['failures'] >= 1), g.log())
        self.assertIn('did not end within 8000 ms and was killed', g.alerts()['error'])
        # Before it would end by itself.
        self.assertEqual(g.stop(signal.SIGTERM), 0)

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
