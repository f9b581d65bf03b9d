# SPDX-License-Identifier: BSD-2-Clause
"""The protocol: versions, masks, orders, disconnects, sizes, macros. Numbers are rows of the table of dangers."""
import itertools
import random
import threading

import lockstep
import milterclient as mc
from harness import HEADERS, SELLER, Daemon, DaemonCase, buyer, wait_for


class Protocol(DaemonCase):
    # Whoever comes is judged, however slow the machine.
    daemon_settings = {'milter': 'max_judging = 64', 'limits': 'headers = 20000'}

    def test_versions_and_masks_same_verdict(self):
        """11: every version, with and without SKIP, NR and LEADSPC, gives the same verdicts."""
        for version in (2, 3, 4, 6):
            for mask in (0, mc.SKIP, mc.LEADSPC, 0x1fffff):
                steps = mc.STEPS[version] & (mask | mc.STEPS[4] if mask else 0)
                if version == 6:
                    steps |= mask
                for word, want in (('fine', 'pass'), ('forbidden-token', 'reject'), ('hold-token', 'held'),
                                   ('tag-token', 'tagged')):
                    r = self.d.send('Dear buyer, %s.\r\n' % word, version=version, steps=steps)
                    got = 'held' if r.held else 'tagged' if r.inserted else r.verdict
                    self.assertEqual(got, want, (version, hex(steps), word, r))

    def test_every_set_of_steps(self):
        """11, 19: each set of the steps that we may ask for, offered alone: the same verdicts, and only what was offered is used."""
        bits = (mc.NOUNKNOWN, mc.SKIP, mc.LEADSPC, mc.NR_CONN, mc.NR_HELO, mc.NR_RCPT, mc.NR_HDR)
        words = itertools.cycle((('fine', 'pass'), ('forbidden-token', 'reject'), ('hold-token', 'held'), ('tag-token', 'tagged')))
        for offered in range(1 << len(bits)):
            steps = sum(bit for i, bit in enumerate(bits) if offered >> i & 1)
            with self.d.client() as m:
                m.open(steps=steps)
                self.assertEqual(m.steps & ~steps, 0)
                for word, want in itertools.islice(words, 2):
                    r = m.message(SELLER, [buyer()], HEADERS, 'Dear buyer, %s.\r\n' % word)
                    got = 'held' if r.held else 'tagged' if r.inserted else r.verdict
                    self.assertEqual(got, want, (hex(steps), word, r))
                    for _, value in r.inserted:
                        self.assertEqual(value.startswith(' '), bool(steps & mc.LEADSPC), hex(steps))

    def test_every_set_of_actions(self):
        """10: each set of actions that an MTA may offer: what can't be done is refused or put off, never left out."""
        for actions in range(1, mc.ALL_ACTIONS + 1):
            if actions & (mc.CHGBODY | mc.ADDRCPT | mc.DELRCPT | mc.CHGFROM | mc.ADDRCPT_PAR) not in (0, 0xce):
                continue
            with self.d.client() as m:
                m.open(actions=actions)
                self.assertEqual(m.actions & ~actions, 0)
                add, hold = actions & mc.ADDHDRS, actions & mc.QUARANTINE
                for word, want in (('fine', 'pass'), ('forbidden-token', 'reject'), ('hold-token', 'held' if hold else 'reject'),
                                   ('tag-token', 'tagged' if add else 'defer')):
                    r = m.message(SELLER, [buyer()], HEADERS, 'Dear buyer, %s.\r\n' % word)
                    got = 'held' if r.held else 'tagged' if r.inserted else r.verdict
                    self.assertEqual(got, want, (hex(actions), word, r))
            # Another connection: libmilter keeps {auth_authen} of the last message until macros are sent again.
            with self.d.client() as m:
                m.open(actions=actions)
                r = m.message('<x@example.net>', ['<us@shop.example>'], [('X-Postern-Rule', 'forged')], 'x', auth=None)
                self.assertEqual((r.verdict, bool(r.changed)), ('pass', True) if actions & mc.CHGHDRS else ('defer', False), hex(actions))

    def test_negotiates_only_what_is_needed(self):
        """31: no reply per header, no unknown commands; actions are a subset of what is needed."""
        with self.d.client() as m:
            m.negotiate()
            self.assertEqual(m.actions & ~(mc.ADDHDRS | mc.CHGHDRS | mc.QUARANTINE | mc.SETSYMLIST), 0)
            for bit in (mc.NR_HDR, mc.NOUNKNOWN, mc.SKIP, mc.LEADSPC, mc.NR_CONN, mc.NR_HELO):
                self.assertTrue(m.steps & bit, hex(bit))

    def test_many_headers_are_fast(self):
        """31: 10,000 header fields, none of which is answered: they cost no round trips."""
        headers = [('X-Filler-%d' % i, 'x' * 40) for i in range(10000)] + HEADERS
        with self.d.client() as m:
            m.open()
            m.macros('M', auth_authen='seller')
            m.mail(SELLER)
            m.rcpt(buyer())
            m.data()
            for name, value in headers:
                self.assertIsNone(m.header(name, value))
            self.assertEqual(m.eoh().code, 'c')
            self.assertEqual(m.buffer, b'')
            m.body('forbidden-token\r\n')
            self.assertEqual(m.eom().verdict, 'reject')
        self.assertEqual(self.d.audit('message')[-1]['subject'], 'Your order')

    def test_quarantine_not_offered(self):
        """10: without quarantine a hold becomes a reject, with the reason in the reply."""
        r = self.d.send('hold-token\r\n', actions=mc.ADDHDRS | mc.CHGHDRS)
        self.assertEqual(r.verdict, 'reject', r)
        self.assertFalse(r.held)

    def test_headers_not_offered(self):
        """9, 10: a tag that the MTA does not take gives 451, a log line and a counter; never a silently untagged message."""
        before = self.d.status()['errors']['protocol']
        r = self.d.send('tag-token\r\n', actions=mc.QUARANTINE)
        self.assertEqual(r.verdict, 'defer', r)
        self.assertIn('451', r.text)
        self.assertGreater(self.d.status()['errors']['protocol'], before)
        self.assertIn('adding headers', self.d.log())
        self.assertEqual(self.d.send('fine\r\n', actions=0).verdict, 'pass')
        self.assertEqual(self.d.send('forbidden-token\r\n', actions=0).verdict, 'reject')

    def test_sequences(self):
        """12: several messages, RSET, MAIL after MAIL, EHLO between, abort after the end, no connect."""
        with self.d.client() as m:
            m.open()
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject')
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'fine').verdict, 'pass')
            m.abort()  # after the end of message
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'tag-token').inserted[0][0], 'X-Postern-Rule')
            m.mail(SELLER)
            m.rcpt(buyer())
            m.abort()  # RSET after RCPT
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'fine').verdict, 'pass')
            m.helo('second.example')
            m.macros('M', auth_authen='seller')
            m.mail(SELLER)
            m.rcpt(buyer())
            m.data()
            m.header('Subject', 'x')
            m.eoh()
            m.body('forbidden-token')
            m.abort()  # in the body: the place is free at once, not only when the connection ends
            self.assertTrue(wait_for(lambda: self.d.status()['transactions']['live'] == 0))
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'fine').verdict, 'pass')
            m.macros('M', auth_authen='seller')
            m.mail('<first@shop.example>')
            m.rcpt(buyer(1200))
            m.mail('<second@shop.example>')  # MAIL after MAIL: the first is over, and nothing of it is in the second
            m.rcpt(buyer(1201))
            m.abort()
            m.mail('<first@shop.example>')
            m.rcpt(buyer(1200))
            self.assertEqual(m.message('<second@shop.example>', [buyer(1201)], HEADERS, 'forbidden-token').verdict, 'reject')
            event = self.d.audit('message')[-1]
            self.assertEqual((event['sender'], event['recipients']), ('second@shop.example', [buyer(1201)[1:-1]]))
            m.mail(SELLER)
            m.rcpt(buyer())
            m.data()
            m.abort()  # after the answer to DATA
            m.helo('third.example')
            m.helo('fourth.example')
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject')
            self.assertEqual(self.d.audit('message')[-1]['helo'], 'fourth.example')
        with self.d.client() as m:
            m.negotiate()  # neither connect nor HELO
            self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject')

    def test_disconnect_at_every_stage(self):
        """13: a disconnect or QUIT after any step leaves nothing behind."""
        def steps(m):
            yield
            yield m.negotiate()
            yield m.connect()
            yield m.helo()
            yield m.macros('M', auth_authen='seller')
            yield m.mail(SELLER)
            yield m.rcpt(buyer())
            yield m.data()
            yield m.header('Subject', 'x')
            yield m.eoh()
            yield m.body('forbidden-token')
            yield m.send('E')
        for stop, polite in itertools.product(range(12), (False, True)):
            m = self.d.client()
            for _ in itertools.islice(steps(m), stop + 1):
                pass
            m.quit() if polite else m.close()
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['live'] == 0))
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['sessions'] == 0),
                        self.d.status()['transactions'])
        self.assertEqual(self.d.send('fine').verdict, 'pass')

    def test_random_orders(self):
        """13: commands in any order do no harm; the right message is judged right after."""
        rng = random.Random(7)
        for _ in range(150):
            m = self.d.client()
            m.sock.settimeout(0.3)
            try:
                if rng.random() < 0.9:
                    m.negotiate(rng.choice((2, 3, 4, 6)))
                for _ in range(rng.randrange(12)):
                    command = rng.choice('CHMRTLNBEAQDUKZ')
                    m.send(command, rng.choice((b'', b'\0', b'a\0b\0', b'4\0\0', SELLER.encode() + b'\0', b'x' * 300)))
            except (mc.Closed, OSError):
                pass
            m.close()
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['sessions'] == 0))
        self.assertEqual(self.d.status()['transactions']['live'], 0)
        self.assertEqual(self.d.status()['restarts'], 0)
        self.assertEqual(self.d.send('forbidden-token').verdict, 'reject')

    def test_macros_do_not_stay(self):
        """14: the queue id of one message is never that of the next."""
        with self.d.client() as m:
            m.open()
            m.message(SELLER, [buyer(7001)], HEADERS, 'fine', queue_id='FIRST1')
            m.message(SELLER, [buyer(7002)], HEADERS, 'fine', queue_id=None)
            m.message(SELLER, [buyer(7003)], HEADERS, 'fine', queue_id='THIRD3')
            # Not even an empty list of macros, as an MTA that has none to tell of may do.
            m.mail(SELLER)
            m.rcpt(buyer(7004))
            m.data()
            for name, value in HEADERS:
                m.header(name, value)
            m.eoh()
            m.body('fine')
            m.eom()
        ids = {tuple(e['recipients']): e.get('queue_id') for e in self.d.audit('message')}
        got = [ids[(buyer(n)[1:-1],)] for n in (7001, 7002, 7003, 7004)]
        self.assertEqual(got[0], 'FIRST1')
        self.assertFalse(got[1], got)
        self.assertEqual(got[2], 'THIRD3')
        self.assertFalse(got[3], got)

    def test_empty_auth_is_no_auth(self):
        """15: an empty or absent {auth_authen} is nobody; mail to a customer is judged all the same."""
        for auth in '', None, 'seller':
            with self.d.client() as m:
                m.open()
                m.macros('M', **({} if auth is None else {'auth_authen': auth}))
                m.mail(SELLER)
                m.rcpt(buyer())
                m.data()
                m.header('Subject', 'x')
                m.eoh()
                m.body('forbidden-token')
                self.assertEqual(m.eom().code, 'y', auth)
            event = self.d.audit('message')[-1]
            self.assertEqual((event['direction'], event.get('account')), ('out', auth or None))

    def test_marketplace_mail_from_a_trusted_client_is_inbound(self):
        """A program that fetches mail from a mailbox hands it in locally: it still starts its clock."""
        with self.d.client() as m:
            m.open(address='127.0.0.1')
            m.mail(buyer())
            m.rcpt(SELLER)
            m.data()
            m.header('From', '<%s>' % buyer())
            m.eoh()
            m.body('Where is my order?')
            m.eom()
        self.assertEqual(self.d.audit('message')[-1]['direction'], 'in')

    def test_envelope_forms(self):
        """16: every form of address; none crashes, and a marketplace's recipient is found in all."""
        senders = ('<a@b.example>', 'a@b.example', '', '<>', '<"a b\\"c"@d.example>', '<ü@bücher.example>', '<a@b.example',
                   'a' * 100000, 'a' * 1000000, '<@x.example,@y.example:a@b.example>', '%s%n@b.example', '\udcff@b.example')
        for sender in senders:
            with self.d.client() as m:
                m.open()
                r = m.message(sender, [buyer()], HEADERS, 'forbidden-token')
                self.assertIn(r.verdict, ('reject', 'pass', 'defer'), sender[:40])
                if sender not in ('', '<>'):
                    self.assertEqual(r.verdict, 'reject', sender[:40])
        for recipient in (buyer(), buyer()[1:-1], buyer().upper()):
            self.assertEqual(self.d.send('forbidden-token', [recipient]).verdict, 'reject', recipient)
        for recipient in ('', '<>', '<' + 'b' * 100000 + '@relay.walmart.com>'):
            self.assertIn(self.d.send('fine', [recipient]).verdict, ('pass', 'reject', 'defer'))
        with self.d.client() as m:
            m.open()
            m.macros('M', auth_authen='seller')
            m.mail(SELLER, 'SIZE=1234', 'BODY=8BITMIME')
            m.rcpt(buyer(), 'NOTIFY=NEVER')
            m.data()
            m.eoh()
            m.body('forbidden-token')
            self.assertEqual(m.eom().verdict, 'reject')
        self.assertEqual(self.d.status()['restarts'], 0)

    def test_empty_argument_vector(self):
        """16: MAIL and RCPT without any argument do no harm."""
        for command in 'MR':
            with self.d.client() as m:
                m.open()
                if command == 'R':
                    m.mail(SELLER)
                m.sock.settimeout(1)
                try:
                    m.send(command)
                    m.send('N')
                    m.eom()
                except (mc.Closed, OSError):
                    pass
        self.assertEqual(self.d.send('forbidden-token').verdict, 'reject')

    def test_families(self):
        """17: IPv4, IPv6, local, unknown and broken addresses."""
        for kwargs in ({'family': '4'}, {'family': '6', 'address': '2001:db8::1'}, {'family': 'L', 'address': '/tmp/x'},
                       {'family': 'U'}, {'host': 'localhost', 'family': 'U'}, {'family': '6', 'address': 'IPv6:::1'}):
            with self.d.client() as m:
                m.negotiate()
                m.connect(**kwargs)
                m.helo()
                self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'forbidden-token').verdict, 'reject', kwargs)
        with self.d.client(timeout=1) as m:
            try:
                m.open(family='4', address='not-an-address')
            except (mc.Closed, OSError):
                pass
        self.assertEqual(self.d.send('fine').verdict, 'pass')

    def test_big_headers(self):
        """20: a header of more than 64 KiB gets a verdict, the connection stays."""
        for size in (60000, 65520, 65536, 200000, 900000):
            with self.d.client() as m:
                m.open()
                r = m.message(SELLER, [buyer()], HEADERS + [('X-Big', 'x' * size)], 'forbidden-token')
                self.assertEqual(r.verdict, 'reject', size)
                self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'fine').verdict, 'pass', size)

    def test_chunk_borders(self):
        """21: a word across two pieces of the body, at every place, and in the end-of-message packet."""
        word = b'forbidden-token'
        with self.d.client() as m:
            m.open()
            for before in range(65535 - len(word) - 1, 65537):
                line = b'words of filler here\r\n'
                body = (line * (before // len(line) + 1))[:before - 1] + b' ' + word + b' end\r\n'
                r = m.message(SELLER, [buyer()], HEADERS, body)
                self.assertEqual(r.verdict, 'reject', before)
            m.macros('M', auth_authen='seller')
            m.mail(SELLER)
            m.rcpt(buyer())
            m.data()
            for name, value in HEADERS:
                m.header(name, value)
            m.eoh()
            m.body('so far so good, forbidden-')
            self.assertEqual(m.eom(b'token in the last packet\r\n').verdict, 'reject')

    def test_token_isolation(self):
        """1: interleaved sessions, each message has a word of its own; no verdict shows another's."""
        failures = []

        def session(number):
            try:
                with self.d.client() as m:
                    m.open()
                    for i in range(6):
                        word = 'forbidden-token-s%di%dx' % (number, i)
                        headers = HEADERS[:2] + [('Subject', 'about ' + str(number))] + HEADERS[3:]
                        r = m.message('<s%d@shop.example>' % number, [buyer(number * 100 + i)], headers,
                                      'filler\r\n' * 50 + word + '\r\n', queue_id='Q%dx%d' % (number, i), chunk=97)
                        if r.verdict == 'defer' and '4.3.2' in r.text:
                            continue
                        if r.verdict != 'reject' or word not in r.text:
                            failures.append((word, r))
            except Exception as e:  # pylint: disable=broad-except
                failures.append((number, repr(e)))

        threads = [threading.Thread(target=session, args=(n,)) for n in range(40)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(failures, [])
        seen = 0
        for event in self.d.audit('message'):
            sender = event.get('sender', '')
            if not sender.startswith('s') or not sender[1].isdigit():
                continue
            number = sender[1:].split('@')[0]
            text = str(event)
            self.assertIn('forbidden-token-s%si' % number, text)
            self.assertTrue(event['queue_id'].startswith('Q%sx' % number), event)
            self.assertEqual(len(set(w for w in text.replace("'", ' ').split() if w.startswith('forbidden-token-s'))), 1)
            seen += 1
        self.assertGreater(seen, 100)

    def test_lockstep(self):
        """1: 200 sessions, every step of all before the next step of any; ten messages each in tests/faults/crowd.py."""
        self.assertEqual(lockstep.wrong(self.d, 200, 2), [])

    def test_not_a_milter(self):
        """A peer that speaks SMTP or HTTP does no harm."""
        for noise in (b'EHLO x\r\n', b'GET / HTTP/1.0\r\n\r\n', b'\xff' * 64, b'\0' * 64):
            m = self.d.client(timeout=0.5)
            m.sock.sendall(noise)
            m.close()
        self.assertEqual(self.d.send('fine').verdict, 'pass')
