# SPDX-License-Identifier: BSD-2-Clause
"""What is done to a message: early answers, headers, replies, progress."""
import calendar
import os
import time

import milterclient as mc
from harness import BUILD, HEADERS, SELLER, Daemon, DaemonCase, buyer, wait_for
from milterclient import Closed

FOREIGN = '<customer@example.org>'


class Message(DaemonCase):
    def test_unconcerned_is_let_through_early(self):
        """Outbound mail without a marketplace is accepted at DATA, unread, counted, not in the audit log."""
        before = self.d.status()['messages']['unconcerned']
        with self.d.client() as m:
            m.open()
            m.macros('M', auth_authen='seller')
            m.mail(SELLER)
            m.rcpt(FOREIGN)
            self.assertEqual(m.data().code, 'a')
            # The next message on the connection is judged all the same.
            self.assertEqual(m.message(SELLER, [FOREIGN, buyer()], HEADERS, 'forbidden-token').verdict, 'reject')
        self.assertEqual(self.d.status()['messages']['unconcerned'], before + 1)
        for version in (2, 3):
            self.assertEqual(self.d.send('forbidden-token', [FOREIGN], version=version).code, 'a', version)

    def test_early_accept_does_not_stick(self):
        """22: what was accepted early does not open the door for the same connection's next message."""
        with self.d.client() as m:
            m.open()
            for _ in range(3):
                self.assertEqual(m.message(SELLER, [FOREIGN], HEADERS, 'forbidden-token').code, 'a')
                self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject')

    def test_forged_headers_are_stripped(self):
        """28: all own headers are removed, any spelling, from the last to the first; others stay."""
        forged = [('X-Postern-Rule', 'a'), ('Subject', 'one'), ('x-postern-rule', 'b'), ('Subject', 'two'),
                  ('X-POSTERN-RULE', 'c\n\tfolded'), ('X-Postern-Label', 'd'), ('From', 'x@example.net')]
        for version in (2, 6):
            with self.d.client() as m:
                m.open(version)
                r = m.message('<x@example.net>', ['<us@shop.example>'], forged, 'hello', auth=None)
            self.assertEqual(r.verdict, 'pass', r)
            rule = [(n.lower(), i) for n, i, v in r.changed if n.lower() == 'x-postern-rule']
            self.assertEqual([i for _, i in rule], [3, 2, 1], r)
            self.assertEqual([i for n, i, _ in r.changed if n.lower() == 'x-postern-label'], [1])
            self.assertTrue(all(v == '' for _, _, v in r.changed))
            self.assertFalse([n for n, _, _ in r.changed if n.lower() == 'subject'])

    def test_inbound_is_tagged(self):
        """19, 27: tags on inbound mail: order, leading space as negotiated, ASCII, no line breaks, at most 998 bytes."""
        for steps, lead in ((0x1fffff, ' '), (0x1fffff & ~mc.LEADSPC, '')):
            headers = [('From', '"in-token \x1b[31m" <%s>' % buyer()[1:-1]), ('Subject', 'in-token\n\tfoo: bar\r evil')]
            with self.d.client() as m:
                m.open(steps=steps)
                r = m.message(buyer(), ['<us@shop.example>'], headers, 'hello in-token\r\n', auth=None)
            self.assertEqual(r.verdict, 'pass', r)
            self.assertTrue(r.inserted, r)
            for name, value in r.inserted:
                self.assertTrue(name.startswith('X-Postern-'), name)
                self.assertTrue(value.startswith(lead) and not value.startswith(lead + ' '), repr(value))
                self.assertTrue(all(' ' <= c <= '~' for c in value), repr(value))
                self.assertLess(len(name) + len(value) + 2, 998)

    def test_header_values(self):
        """18: folding, tabs, 8-bit, a value of nothing: judged, with and without the leading space."""
        for value in ('x', '  two', '\ttab', 'fold\n\tforbidden-token', '', b'\xff\xfe\xc3', 'a' * 5000, 'nul'):
            for steps in (0x1fffff, 0x1fffff & ~mc.LEADSPC):
                r = self.d.send('forbidden-token', headers=HEADERS + [('X-Value', value)], steps=steps)
                self.assertEqual(r.verdict, 'reject', value)

    def test_subject_is_seen(self):
        """18, 19: a word in the subject is found however the subject is written, folded and handed over."""
        for value in ('forbidden-token', ' forbidden-token', '\tforbidden-token', 'x\n\tforbidden-token', b'\xff\xfe forbidden-token',
                      '=?utf-8?Q?forbidden-tok?=\n =?utf-8?Q?en?=', '=?utf-8?B?Zm9yYmlkZGVuLXRva2Vu?=', 'x\r\n forbidden-token',
                      'a' * 5000 + ' forbidden-token'):
            for version, steps in ((2, None), (6, 0x1fffff), (6, 0x1fffff & ~mc.LEADSPC)):
                headers = [h for h in HEADERS if h[0] != 'Subject'] + [('Subject', value)]
                r = self.d.send('fine', headers=headers, version=version, steps=steps)
                self.assertEqual(r.verdict, 'reject', (value, version, steps))

    def test_byte_order_marks_hide_nothing(self):
        """44: a mark of UTF-16 before plain text turns it into another script for us only; real UTF-16 is read as such."""
        for mark in (b'\xff\xfe', b'\xfe\xff', b'\xff\xfe\xff\xfe', b'\0\0\xfe\xff', b'\xff\xfe\0\0', b'\xef\xbb\xbf\xff\xfe'):
            for pad in (b'', b'x'):
                self.assertEqual(self.d.send(mark + pad + b' please forbidden-token\r\n').verdict, 'reject', mark)
                headers = [h for h in HEADERS if h[0] != 'Subject']
                if b'\0' not in mark:
                    r = self.d.send('fine', headers=headers + [('Subject', mark + pad + b' please forbidden-token')])
                    self.assertEqual(r.verdict, 'reject', mark)
        filler = '\u4e2d\u6587' * 2000
        self.assertEqual(self.d.send(b'\xff\xfe' + (filler + ' forbidden-token ').encode('utf-16-le')).verdict, 'reject')

    def test_reply_is_safe(self):
        """25: ASCII, doubled percent signs, code and enhanced code of one class, at most 32 lines of 980 bytes."""
        bodies = ('forbidden-token-100%25', 'forbidden-token \x1b[31m ü %s %n', 'forbidden-token' + 'x' * 5000,
                  'forbidden-token\r\n.\r\n550 x')
        for body in bodies:
            r = self.d.send(body)
            self.assertEqual(r.verdict, 'reject')
            lines = r.text.split('\r\n')
            self.assertLessEqual(len(lines), 32)
            for line in lines:
                self.assertLessEqual(len(line), 980)
                self.assertRegex(line, r'^5\d\d[ -]5\.\d+\.\d+ [ -~]*$')

    def test_hold(self):
        """29: a held message is accepted with quarantine, one line of reason."""
        r = self.d.send('hold-token\r\n')
        self.assertEqual(r.verdict, 'pass')
        reason = [d for k, d in r.mods if k == 'q'][0].rstrip(b'\0')
        self.assertNotIn(b'\n', reason)
        self.assertTrue(all(32 <= c < 127 for c in reason), reason)
        self.assertEqual(self.d.audit('message')[-1]['action'], 'hold')

    def test_reject_beats_hold(self):
        """29: hold and reject together: rejected, not held as well."""
        r = self.d.send('hold-token and forbidden-token')
        self.assertEqual(r.verdict, 'reject')
        self.assertFalse(r.held)

    def test_no_recipient_is_ever_removed(self):
        """26, 30: no such action is asked for: no decision can empty the envelope or write a body that an MTA misreads."""
        with self.d.client() as m:
            m.negotiate()
            self.assertFalse(m.actions & (mc.ADDRCPT | mc.DELRCPT | mc.CHGBODY | mc.CHGFROM | mc.ADDRCPT_PAR))
        r = self.d.send('forbidden-token', [buyer(1), buyer(2), FOREIGN])
        self.assertEqual(r.verdict, 'reject')
        self.assertEqual(len(self.d.audit('message')[-1]['recipients']), 3)

    def test_progress(self):
        """23: a long end of message sends progress about each second."""
        r = self.d.send('please-sleep-4300')
        self.assertEqual(r.verdict, 'pass')
        self.assertGreaterEqual(r.progress, 2)
        # A slow disk may take more than a second once.
        self.assertTrue(wait_for(lambda: self.d.send('fine').progress == 0))

    def test_bounce_is_not_refused(self):
        """36: a bounce or an internal notice is never refused by outbound policy."""
        for sender in ('', '<>'):
            with self.d.client() as m:
                m.negotiate()
                m.connect(host='localhost', family='4', port=0, address='127.0.0.1')
                headers = [h for h in HEADERS if h[0] not in ('Content-Type', 'From')]
                headers += [('From', 'MAILER-DAEMON (Mail Delivery System)'),
                            ('Content-Type', 'multipart/report; report-type=delivery-status; boundary="b"')]
                r = m.message(sender, [buyer()], headers, '--b\r\n\r\nforbidden-token\r\n--b--\r\n', auth=None)
                self.assertEqual(r.verdict, 'pass', (sender, r))

    def test_plugin_error_is_451(self):
        """An error is never 'no finding': 451, counted, in the audit log."""
        before = self.d.status()['errors']['plugin']
        r = self.d.send('please-tempfail')
        self.assertEqual(r.verdict, 'defer', r)
        self.assertIn('451', r.text)
        self.assertGreater(self.d.status()['errors']['plugin'], before)
        self.assertEqual(self.d.audit('message')[-1]['action'], 'defer')

    def test_audited_before_the_reply(self):
        """The decision is in the log when the MTA learns it, under the id in the reply."""
        r = self.d.send('forbidden-token', queue_id='AUDIT9')
        event = self.d.audit('message')[-1]
        self.assertEqual(event['queue_id'], 'AUDIT9')
        self.assertIn(event['id'], r.text)
        self.assertIn('%s: queue=AUDIT9 action=reject' % event['id'], self.d.log())


class Deadline(DaemonCase):
    daemon_settings = {'milter': 'deadline = "1s"\n hang = "30s"'}

    def test_deadline_is_451(self):
        """24: judging past the deadline gives 451 and its own counter."""
        r = self.d.send('please-sleep-1300')
        self.assertEqual(r.verdict, 'defer', r)
        self.assertGreater(self.d.status()['errors']['deadline'], 0)

    def test_late_last_rule_is_451(self):
        """23: the last rule runs over the deadline: 451 as well, not a 250 that nobody waits for any more."""
        before = self.d.status()['errors']['deadline']
        r = self.d.send('please-late-1300')
        self.assertEqual(r.verdict, 'defer', r)
        self.assertEqual(self.d.status()['errors']['deadline'], before + 1)
        finding = self.d.audit('message')[-1]['findings'][-1]
        self.assertEqual((finding['rule_id'], finding['error']), ('POSTERN-DEADLINE', True))


class Incoming(DaemonCase):
    """Mail from a marketplace's customers, with the rule that starts their clock."""
    daemon_settings = {
        'extra': 'plugin "sla" { path = "%s" }\ninbound { subject_tag = "[{hours}h] " }\n'
                 % os.path.join(BUILD, 'plugins/sla/.libs/sla.so'),
        'rules': 'rule "reply-clock" { plugin = "sla" direction = "inbound" action = "tag" }\n',
        'lists': ('labels', 'closings', 'autoreply-headers', 'autoreply-subjects', 'absence-phrases'),
    }

    def test_the_subject_gets_its_tag(self):
        """The tag goes before the value as it came: encoded words and folds stay, the leading space as negotiated."""
        for value in ('Where is it?', '=?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?q?_zwei?='):
            for steps, lead in ((0x1fffff, ' '), (0x1fffff & ~mc.LEADSPC, '')):
                headers = [('From', buyer()[1:-1]), ('Subject', value)]
                with self.d.client() as m:
                    m.open(steps=steps)
                    r = m.message(buyer(), ['<us@shop.example>'], headers, 'hello\r\n', auth=None)
                self.assertEqual(r.verdict, 'pass', r)
                self.assertEqual([(n, i, v) for n, i, v in r.changed], [('Subject', 1, lead + '[48h] ' + value)])

    def test_the_date_field_says_nothing(self):
        """63: the deadline counts from the moment of arrival, whatever the customer's computer believes of the time."""
        dates = ('Thu, 01 Jan 1970 00:00:00 +0000', 'Mon, 01 Jan 2120 00:00:00 +0000', 'Sun, 29 Feb 2026 25:61:61 +9999', '', 'yesterday',
                 'Sun, 08 Mar 2026 02:30:00 -0800', 'Sun, 25 Oct 2026 02:30:00 +0200', 'Tue, 29 Feb 2028 23:59:60 -1200', None)
        for number, date in enumerate(dates):
            headers = [('From', buyer(63 + number)[1:-1]), ('Subject', 'Where is it?')] + ([('Date', date)] if date is not None else [])
            with self.d.client() as m:
                m.open()
                # The daemon reads time(), which may be a tick of the kernel late.
                before = int(time.time() - 0.02)
                r = m.message(buyer(63 + number), ['<us@shop.example>'], headers, 'hello\r\n', auth=None)
                after = int(time.time())
            due = [v.strip() for n, v in r.inserted if n == 'X-Postern-SLA-Due']
            self.assertEqual(len(due), 1, (date, r))
            due = calendar.timegm(time.strptime(due[0], '%Y-%m-%dT%H:%M:%SZ'))
            self.assertTrue(before <= due - 48 * 3600 <= after, (date, due - before))

    def test_a_bounce_is_recorded(self):
        """The null sender's mail is read when it says that a message was not delivered, and only then."""
        headers = [('From', 'MAILER-DAEMON@mx.example'), ('Subject', 'Undelivered'), ('Content-Type',
                   'multipart/report; report-type=delivery-status; boundary=b')]
        body = ('--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n'
                '--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <answer@shop.example>\r\n--b--\r\n')
        with self.d.client() as m:
            m.open()
            r = m.message('<>', ['<us@shop.example>'], headers, body, auth=None)
            self.assertEqual(r.verdict, 'pass', r)
            self.assertIn(('X-Postern-Kind', 'bounce'), [(n, v.strip()) for n, v in r.inserted])
            before = len(self.d.audit('message'))
            self.assertEqual(m.message('<>', ['<us@shop.example>'], [('From', 'a@b.example')], 'x', auth=None).code, 'a')
        event = self.d.audit('message')[-1]
        self.assertEqual(event['failed'], {'refs': ['<answer@shop.example>'], 'reason': 'bounce', 'status': '5.1.1'})
        self.assertEqual(len(self.d.audit('message')), before)


class Outside(DaemonCase):
    """A rule that looks at mail to people at no marketplace."""
    daemon_settings = {
        'extra': 'plugin "outside" { path = "%s" }' % os.path.join(BUILD, 'tests/badplugins/.libs/outside.so'),
        'rules': 'rule "elsewhere" { plugin = "outside" direction = "outbound" action = "reject" policy = "Rule 6" }\n',
    }

    def test_it_is_read_judged_and_recorded(self):
        for version in (2, 6):
            r = self.d.send('something forbidden', [FOREIGN], version=version, auth='seller')
            self.assertEqual(r.verdict, 'reject', r)
            self.assertIn('[FIXTURE] Message not sent', r.text)
            event = self.d.audit('message')[-1]
            self.assertEqual((event['direction'], event['outside'], event.get('marketplace'), event['threads']), ('out', True, None, []))
            self.assertEqual(event['sla']['change'], 'none')
            self.assertFalse(event['answers'])

    def test_only_that_rule_looks(self):
        before = len(self.d.audit('message'))
        r = self.d.send('hold-token', [FOREIGN], auth='seller')
        self.assertEqual((r.verdict, r.inserted), ('pass', []), r)
        self.assertEqual(len(self.d.audit('message')), before + 1)
        # To a marketplace's customer as well: that marketplace's mail, with all rules.
        self.d.send('hold-token', [FOREIGN, buyer()], auth='seller')
        event = self.d.audit('message')[-1]
        self.assertEqual((event['action'], event['marketplace'], event.get('outside')), ('hold', 'walmart', None))
        # What comes in to people here is nobody's answer.
        r = self.d.send('something forbidden', ['<us@shop.example>'], auth=None)
        self.assertEqual(r.verdict, 'pass', r)


class Unwanted(DaemonCase):
    """Mail to people at no marketplace that no rule wants leaves before its body."""
    daemon_settings = {
        'extra': 'plugin "choosy" { path = "%s" }' % os.path.join(BUILD, 'tests/badplugins/.libs/choosy.so'),
        'milter': 'hang = "4s"\n deadline = "3s"',
        'rules': 'rule "elsewhere" { plugin = "choosy" direction = "outbound" action = "reject" policy = "Rule 6" }\n',
    }

    def headers_done(self, m, headers):
        """The answer to their end."""
        m.macros('M', auth_authen='seller')
        m.mail(SELLER)
        m.rcpt(FOREIGN)
        self.assertEqual(m.data().code, 'c')
        for name, value in headers:
            m.header(name, value)
        return m.eoh().code

    def test_it_leaves_at_the_end_of_headers(self):
        before = len(self.d.audit('message'))
        unconcerned = self.d.status()['messages']['unconcerned']
        with self.d.client() as m:
            m.open()
            for _ in range(3):
                self.assertEqual(self.headers_done(m, HEADERS), 'a')
            self.assertEqual(self.headers_done(m, HEADERS + [('X-Choosy', 'want')]), 'c')
            m.body('something forbidden')
            self.assertEqual(m.eom().verdict, 'reject')
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'something forbidden').verdict, 'reject')
        self.assertEqual(self.d.status()['messages']['unconcerned'], unconcerned + 3)
        events = self.d.audit('message')[before:]
        self.assertEqual([e.get('outside') for e in events], [True, None])

    def check_ended(self, word):
        """The daemon does not survive to be asked about that mail; the next time it is judged unasked."""
        headers = HEADERS + [('X-Choosy', word)]
        before = self.d.status()
        with self.assertRaises((Closed, OSError)):
            self.d.send('fine', [FOREIGN], headers=headers)
        self.assertTrue(wait_for(lambda: self.d.status()['restarts'] == before['restarts'] + 1))
        self.assertEqual(self.d.send('something forbidden', [FOREIGN], headers=headers).verdict, 'reject')
        self.assertEqual(self.d.send('fine', [FOREIGN], headers=headers).verdict, 'pass')
        self.assertEqual((self.d.status()['restarts'], self.d.status()['poison']), (before['restarts'] + 1, before['poison'] + 1))

    def test_a_crash_before_the_body(self):
        """33: a plugin that dies when it is asked whether it wants a message."""
        self.check_ended('crash')
        self.assertIn("in plugin 'choosy' while it judged message", self.d.log())

    def test_a_hang_before_the_body(self):
        """33: one that does not come back from that."""
        self.check_ended('hang')
        self.assertIn('did not return within', self.d.log())


class Tcp(DaemonCase):
    daemon_settings = {'tcp': True}

    def test_no_delay(self):
        """Tagged messages over TCP do not wait for Nagle's algorithm: 40 ms each, the quickest of them too.

        Those without a change never wait for it, and take what the disk and other processes take."""
        times = {'tag-token': [], 'fine': []}
        with self.d.client() as m:
            m.open()
            for _ in range(50):
                for body, taken in times.items():
                    start = time.monotonic()
                    self.assertEqual(bool(m.message(SELLER, [buyer()], HEADERS, body).inserted), body == 'tag-token')
                    taken.append(time.monotonic() - start)
        self.assertLess(min(times['tag-token']), min(times['fine']) + 0.03)

    def test_second_instance(self):
        """7: the port is taken: the second refuses to start and says why."""
        second = Daemon()
        second.settings['socket'] = self.d.socket
        second.write_config()
        second.start(wait=False)
        self.assertEqual(second.process.wait(60), 1)
        self.assertIn('in use', second.log())
        second.clean()
        self.assertEqual(self.d.send('fine').verdict, 'pass')
        self.assertIn('smtpd_milters = inet:127.0.0.1:', self.d.status()['postfix_line'])
