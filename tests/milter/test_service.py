# SPDX-License-Identifier: BSD-2-Clause
"""The service: signals, reload, stop, sockets, control, failures of what it needs."""
import glob
import grp
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time
import unittest

from harness import BUILD, DAEMON, HEADERS, SELLER, Daemon, DaemonCase, buyer, is_gone, wait_for
from milterclient import Closed


class Load:
    """Threads that send until told to stop; .bad has every answer that is not as it has to be."""

    def __init__(self, daemon, threads=4):
        self.daemon, self.bad, self.sent, self.going = daemon, [], 0, True
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for t in self.threads:
            t.start()

    def run(self):
        while self.going:
            try:
                with self.daemon.client() as m:
                    m.open()
                    for _ in range(10):
                        for body, want in (('fine', 'pass'), ('forbidden-token', 'reject')):
                            r = m.message(SELLER, [buyer()], HEADERS, body)
                            self.sent += 1
                            if r.verdict != want:
                                self.bad.append(r)
            except (Closed, OSError) as e:
                self.bad.append(e)
                time.sleep(0.05)

    def stop(self):
        self.going = False
        for t in self.threads:
            t.join()
        return self.bad


class Signals(unittest.TestCase):
    def check_hangups(self, args):
        d = Daemon(args=args)
        try:
            d.start()
            worker = d.worker_pid()
            load = Load(d)
            self.addCleanup(load.stop)
            for _ in range(100):
                os.kill(d.process.pid, signal.SIGHUP)
                if d.process.pid != worker:
                    os.kill(worker, signal.SIGHUP)  # as "pkill -HUP posternd" does
                time.sleep(0.005)
            self.assertTrue(wait_for(lambda: d.status()['generation'] > 5))
            self.assertTrue(wait_for(lambda: load.sent > 50))
            self.assertEqual(load.stop(), [])
            self.assertEqual(d.worker_pid(), worker)
            self.assertEqual(d.status()['restarts'], 0)
            self.assertTrue(d.audit('reload'))
            self.assertEqual(d.stop(), 0)
        finally:
            d.clean()

    def test_hangups_supervised(self):
        """4, 34: 100 SIGHUP under load: same process, generations grow, no 4xx."""
        self.check_hangups([])

    def test_hangups_alone(self):
        """4: the same without a supervisor: libmilter's own signal thread gets none of them."""
        self.check_hangups(['-n'])

    def test_interrupt_alone(self):
        """4: SIGINT and SIGTERM stop in order, with and without a supervisor."""
        for args in ([], ['-n']):
            for sig in (signal.SIGINT, signal.SIGTERM):
                d = Daemon(args=args).start()
                try:
                    self.assertEqual(d.stop(sig), 0, d.log())
                    self.assertEqual([e['event'] for e in d.audit()[-2:]], ['stop', 'checkpoint'])
                    self.assertFalse(os.path.exists(d.address))
                finally:
                    d.clean()

    def test_stop_with_messages_in_the_body(self):
        """5, 6: SIGTERM with messages in the body: each is finished or gets 4xx, and is in the log as interrupted."""
        d = Daemon().start()
        try:
            live = []
            for n in range(50):
                m = d.client().open()
                m.macros('M', auth_authen='seller')
                m.mail(SELLER)
                m.rcpt(buyer(n))
                m.data()
                m.header('Subject', 'x')
                m.eoh()
                m.body('forbidden-token')
                live.append(m)
            slow = []
            t = threading.Thread(target=lambda: slow.append(d.send('please-sleep-3000')))
            t.start()
            self.assertTrue(wait_for(lambda: d.status()['transactions']['judging'] == 1))
            d.process.send_signal(signal.SIGTERM)
            # Nobody is judged from here on: the gate is shut before anything else.
            self.assertTrue(wait_for(lambda: 'stopping' in d.log()))
            time.sleep(0.3)
            for m in live[:5]:
                try:
                    self.assertEqual(m.eom().verdict, 'defer')
                except Closed:
                    pass
            self.assertEqual(d.stop(), 0, d.log())
            t.join()
            for m in live:
                m.close()
            self.assertEqual(slow[0].verdict, 'pass')
            interrupted = d.audit('interrupted')
            self.assertGreaterEqual(len(interrupted), 45)
            self.assertLessEqual(len(interrupted), 50)
            self.assertEqual({e['stage'] for e in interrupted} - {'body', 'eom'}, set())
            self.assertEqual([e['event'] for e in d.audit()[-2:]], ['stop', 'checkpoint'])
            verified = subprocess.run([os.path.join(BUILD, 'postern'), 'audit', 'verify', '--config', d.config],
                                      capture_output=True, text=True, check=False)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        finally:
            d.clean()


class Reload(DaemonCase):
    def test_reload_changes_rules_and_keeps_them_on_error(self):
        """A reload brings new rules; a broken one changes nothing and names file and line."""
        rules = os.path.join(self.d.dir, 'site/rules.d/50-test.conf')
        with open(rules) as f:
            good = f.read()
        try:
            with open(rules, 'a') as f:
                f.write('rule "new" { plugin = "daemontest" direction = "outbound" action = "reject" word = "fresh-token" }\n')
            self.assertEqual(self.d.send('fresh-token').verdict, 'pass')
            answer = self.d.control('reload')
            self.assertTrue(answer['ok'], answer)
            self.assertEqual(self.d.send('fresh-token').verdict, 'reject')
            generation = answer['generation']
            with open(rules, 'a') as f:
                f.write('rule "broken" { plugni = "x" }\n')
            answer = self.d.control('reload')
            self.assertFalse(answer['ok'])
            self.assertIn('50-test.conf:', answer['error'])
            self.assertEqual(self.d.status()['generation'], generation)
            self.assertFalse(self.d.status()['last_reload']['ok'])
            self.assertEqual(self.d.send('fresh-token').verdict, 'reject')
        finally:
            with open(rules, 'w') as f:
                f.write(good)
            self.assertTrue(self.d.control('reload')['ok'])

    def test_reload_names_what_needs_a_restart(self):
        """What a reload can't bring into force is in its answer."""
        self.d.settings['milter'] = 'socket_mode = "0600"'
        self.d.write_config()
        try:
            self.assertIn('milter.socket_mode', self.d.control('reload')['restart_needed'])
        finally:
            self.d.settings['milter'] = ''
            self.d.write_config()
            self.assertEqual(self.d.control('reload')['restart_needed'], [])

    def test_plugin_replaced_under_load(self):
        """34: the plugin's file is replaced, by mv and by cp over it, and reloaded under load."""
        load = Load(self.d, 2)
        for i in range(10):
            if i % 2:
                shutil.copy(self.d.plugin, self.d.plugin + '.new')
                os.rename(self.d.plugin + '.new', self.d.plugin)
            else:
                with open(self.d.plugin, 'rb') as f:
                    content = f.read()
                with open(self.d.plugin, 'r+b') as f:
                    f.write(content)
            os.chmod(self.d.plugin, 0o644)
            self.assertTrue(self.d.control('reload')['ok'])
        self.assertEqual(load.stop(), [])
        self.assertEqual(self.d.status()['restarts'], 0)


class Control(DaemonCase):
    def test_status(self):
        s = self.d.status()
        for key in ('version', 'pid', 'worker_pid', 'started', 'uptime_s', 'generation', 'config', 'socket', 'postfix_line',
                    'sendmail_line', 'transactions', 'messages', 'errors', 'audit', 'store', 'rules', 'plugins',
                    'opt_outs', 'poison', 'auth_seen', 'last_message', 'last_reload', 'restarts'):
            self.assertIn(key, s)
        self.assertEqual(s['postfix_line'], 'smtpd_milters = ' + self.d.socket)
        self.assertEqual(len(s['plugins'][0]['sha256']), 64)
        self.assertEqual(s['pid'], self.d.process.pid)


class Strangers(unittest.TestCase):
    def check(self, warned, account=None, daemon=None, direction=''):
        d = Daemon()
        try:
            with open(d.config) as f:
                text = f.read()
            d.write('postern.conf', text.replace('trusted_networks = { }', 'trusted_networks = { } ' + direction))
            d.start()
            with d.client() as m:
                m.open()
                for n in range(45):
                    macros = {'auth_authen': account} if account is not None and n == 3 else {}
                    macros.update({'daemon_name': daemon} if daemon and n == 3 else {})
                    m.macros('M', **macros)
                    self.assertEqual(m.message(SELLER, [buyer()], HEADERS, 'fine', auth=None).verdict, 'pass')
            self.assertEqual(d.log().count('none came with an account'), 1 if warned else 0, d.log())
            self.assertEqual(d.status()['auth_seen'], not warned and not direction.startswith('auth'))
        finally:
            d.clean()

    def test_nobody_ever_logs_in(self):
        """15: outbound mail that never has an account or a listener's name: one warning, not one per message."""
        self.check(True)

    def test_empty_account(self):
        """15: an empty {auth_authen} is nobody."""
        self.check(True, account='')

    def test_one_account(self):
        self.check(False, account='seller')

    def test_one_listener(self):
        self.check(False, daemon='SUBMIT', direction='outbound_daemons = { "SUBMIT" }')

    def test_not_wanted(self):
        self.check(False, direction='authenticated_outbound = no')


class Start(unittest.TestCase):
    def test_stop_by_control(self):
        d = Daemon().start()
        try:
            self.assertTrue(d.control('stop')['ok'])
            self.assertEqual(d.process.wait(60), 0)
        finally:
            d.clean()

    def test_bad_configuration(self):
        """A start that fails exits non-zero at once, and says why; nothing restarts in a loop."""
        for setting, text in (('socket = "tcp:8891@localhost"', 'tcp'), ('nonsense = 1', 'nonsense')):
            d = Daemon()
            try:
                d.settings['milter'] = setting if 'nonsense' in setting else ''
                if 'tcp' in setting:
                    d.settings['socket'] = 'tcp:8891@localhost'
                d.write_config()
                d.start(wait=False)
                self.assertEqual(d.process.wait(60), 1)
                self.assertIn(text, d.log())
            finally:
                d.clean()
        d = Daemon()
        try:
            os.unlink(d.plugin)
            d.start(wait=False)
            self.assertEqual(d.process.wait(60), 1)
            self.assertIn('daemontest', d.log())
        finally:
            d.clean()

    def test_problems_are_lines(self):
        """Each problem of a start or a reload is a line of its own in the log."""
        bad = 'rule "one" { plugni = "x" }\nrule "two" { plugin = "daemontest" marketplaces = { "wallmart" } }\n'
        d = Daemon()
        try:
            rules = os.path.join(d.dir, 'site/rules.d/60-bad.conf')
            d.write('site/rules.d/60-bad.conf', bad)
            d.start(wait=False)
            self.assertEqual(d.process.wait(60), 1)
            lines = [l for l in d.log().splitlines() if 'cannot start: ' in l]
            self.assertGreaterEqual(len(lines), 2, lines)
            for line in lines:
                self.assertEqual(line.count('60-bad.conf:'), 1, line)
            self.assertNotIn('x0A', d.log())
            os.unlink(rules)
            d.start()
            d.write('site/rules.d/60-bad.conf', 'rule "two" { plugin = "daemontest"  direction = "outbound"  action = "tag"\n'
                    'marketplaces = { "wallmart", "amazonas" } }\n')
            answer = d.control('reload')
            self.assertFalse(answer['ok'])
            self.assertIn('did you mean "walmart"', answer['error'])
            lines = [l for l in d.log().splitlines() if 'reload failed, generation 1 stays in force: ' in l]
            self.assertEqual(len(lines), 2, lines)
            self.assertIn('there is no marketplace "amazonas"', lines[1])
            self.assertNotIn('x0A', d.log())
        finally:
            d.clean()

    def test_missing_directory(self):
        d = Daemon()
        try:
            d.settings['socket'] = 'unix:%s/no/such/postern.sock' % d.dir
            d.write_config()
            d.start(wait=False)
            self.assertEqual(d.process.wait(60), 1)
            self.assertIn('install -d', d.log())
        finally:
            d.clean()

    def test_check_and_version(self):
        d = Daemon()
        try:
            r = subprocess.run([DAEMON, '--check', '-c', d.config], capture_output=True, text=True, check=False)
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertEqual(r.stdout, 'smtpd_milters = %s\n' % d.socket)
            self.assertEqual(subprocess.run([DAEMON, '--version'], capture_output=True, check=False).returncode, 0)
            self.assertEqual(subprocess.run([DAEMON, '--nonsense'], capture_output=True, check=False).returncode, 2)
        finally:
            d.clean()

    def test_killed_and_second_instance(self):
        """7: kill -9 takes the worker along; a new start is up in seconds; a second instance refuses, the first works."""
        d = Daemon().start()
        try:
            worker = d.worker_pid()
            d.process.kill()
            d.process.wait()
            self.assertTrue(wait_for(lambda: is_gone(worker)))
            self.assertTrue(os.path.exists(d.address))
            d.start()
            second = subprocess.run([DAEMON, '-c', d.config], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn('running posternd', second.stderr)
            self.assertEqual(d.send('forbidden-token').verdict, 'reject')
        finally:
            d.clean()

    def test_socket_access(self):
        """8: mode and group are as configured, whatever the umask."""
        group = grp.getgrgid(os.getegid()).gr_name
        if os.geteuid() == 0:
            group = 'mail'
        for umask, mode in ((0o077, 0o660), (0, 0o660), (0o022, 0o600)):
            d = Daemon(milter='socket_mode = "%04o"\n socket_group = "%s"' % (mode, group)).start(umask=umask)
            try:
                st = os.stat(d.address)
                self.assertEqual(stat.S_IMODE(st.st_mode), mode)
                self.assertEqual(grp.getgrgid(st.st_gid).gr_name, group)
            finally:
                d.clean()

    @unittest.skipIf(os.geteuid() != 0, 'needs root to give it up')
    def test_privileges(self):
        """Started as root with a user: the worker is that user for good; sockets and state are usable."""
        d = Daemon(milter='user = "nobody"\n socket_group = "mail"')
        try:
            os.chmod(os.path.join(d.dir, 'spool'), 0o777)
            d.start()
            worker = d.worker_pid()
            with open('/proc/%d/status' % worker) as f:
                status = {l.split(':')[0]: l.split()[1:] for l in f}
            uid = str(pwd.getpwnam('nobody').pw_uid)
            self.assertEqual(set(status['Uid']), {uid})
            self.assertNotIn('0', status['Gid'])
            self.assertNotIn('0', status['Groups'])
            self.assertEqual(status['NoNewPrivs'], ['1'])
            self.assertEqual(int(status['CapEff'][0], 16), 0)
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(d.dir, 'state/audit')).st_mode), 0o750)
            self.assertEqual(d.send('forbidden-token').verdict, 'reject')
            d.process.kill()
            d.process.wait()
            self.assertTrue(wait_for(lambda: is_gone(worker)))
        finally:
            d.clean()

    def test_notify(self):
        """Readiness is told to the service manager once mail is served."""
        d = Daemon()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(os.path.join(d.dir, 'notify'))
            s.settimeout(60)
            os.environ['NOTIFY_SOCKET'] = os.path.join(d.dir, 'notify')
            try:
                d.start(wait=False)
                self.assertIn(b'READY=1', s.recv(1000))
                self.assertEqual(d.send('fine').verdict, 'pass')
                d.process.send_signal(signal.SIGTERM)
                self.assertIn(b'STOPPING=1', s.recv(1000))
            finally:
                del os.environ['NOTIFY_SOCKET']
                d.clean()


class Outage(unittest.TestCase):
    @unittest.skipIf(not os.path.exists('/dev/full'), 'no /dev/full')
    def test_spool_fails(self):
        """A message that can't be kept gets 451 in the body or at its end, is counted, and harms no other."""
        d = Daemon(limits='spool_memory = "4k"').start()
        try:
            shutil.rmtree(os.path.join(d.dir, 'spool'))
            r = d.send('words\r\n' * 20000)
            self.assertEqual(r.verdict, 'defer', r)
            self.assertEqual(d.status()['errors']['spool'], 1)
            self.assertEqual(d.send('forbidden-token').verdict, 'reject')
            self.assertEqual(d.audit('error')[-1]['error'], 'input')
        finally:
            d.clean()

    def check_store_outage(self, begin, end):
        """The first message is recorded, and may pass; when its record can't be applied the next ones wait."""
        d = Daemon(store='sqlite').start()
        try:
            database = os.path.join(d.dir, 'state/postern.db')
            self.assertEqual(d.send('fine').verdict, 'pass')
            self.assertTrue(wait_for(lambda: d.status()['store']['applied_seq'] == d.status()['audit']['seq']))
            state = begin(database)
            self.assertEqual(d.send('forbidden-token').verdict, 'reject')
            self.assertTrue(wait_for(lambda: 'marketplace mail gets 451' in d.log()), d.log())
            times = []
            for body in ('fine', 'forbidden-token'):
                start = time.monotonic()
                r = d.send(body)
                self.assertEqual((r.verdict, r.text[:9]), ('defer', '451 4.3.0'), r)
                times.append(time.monotonic() - start)
            # The machine may be busy once.
            self.assertLess(min(times), 3)
            self.assertEqual(d.send('fine', ['<x@example.org>']).code, 'a')
            self.assertGreater(d.status()['errors']['store'], 0)
            self.assertFalse(d.status()['store']['healthy'])
            end(database, state)
            self.assertTrue(wait_for(lambda: d.send('fine').verdict == 'pass'))
            self.assertTrue(wait_for(lambda: d.status()['store']['applied_seq'] == d.status()['audit']['seq']))
            self.assertEqual(d.log().count('marketplace mail gets 451'), 1)
            self.assertIn('store: works again', d.log())
            fails, works = d.audit('store')
            self.assertEqual((fails['state'], works['state']), ('fails', 'works'))
            self.assertTrue(fails['error'])
            self.assertGreaterEqual(works['seconds'], 0)
            self.assertEqual(d.status()['restarts'], 0)
        finally:
            d.clean()

    def test_store_locked(self):
        """A store that another process locks: marketplace mail gets 451, other mail passes, then it recovers."""
        def begin(database):
            connection = sqlite3.connect(database, isolation_level=None)
            connection.execute('BEGIN EXCLUSIVE')
            return connection

        def end(_, connection):
            connection.execute('ROLLBACK')
            connection.close()
        self.check_store_outage(begin, end)

    def test_store_moved_away(self):
        """The same for a file that is moved away under the daemon, which could write on to what nobody finds."""
        def begin(database):
            os.rename(database, database + '.gone')

        def end(database, _):
            os.rename(database + '.gone', database)
        self.check_store_outage(begin, end)

    def test_store_removed(self):
        """A removed store is made anew from the audit log by a restart."""
        d = Daemon(store='sqlite').start()
        try:
            for n in range(4):
                d.send('fine %d' % n)
            for path in glob.glob(os.path.join(d.dir, 'state/postern.db*')):
                os.unlink(path)
            d.send('fine')
            self.assertTrue(wait_for(lambda: d.send('fine').verdict == 'defer'))
            d.stop()
            d.start()
            self.assertEqual(d.send('fine').verdict, 'pass')
            self.assertTrue(wait_for(lambda: d.status()['store']['applied_seq'] == d.status()['audit']['seq']))
            with sqlite3.connect(os.path.join(d.dir, 'state/postern.db')) as connection:
                self.assertGreaterEqual(connection.execute('SELECT count(*) FROM message').fetchone()[0], 5)
        finally:
            d.clean()

    def test_store_is_what_the_log_says(self):
        """What the running daemon was handed in memory makes the same database as reading the log does."""
        def tables(path):
            with sqlite3.connect(path) as connection:
                names = [name for name, in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'thread_text%'")]
                # How far the log was read, counters, who this is; a party's number is that of when it was first seen.
                for other in ('applied', 'counter', 'counter_space', 'counter_late', 'gateway', 'party', 'inquiry'):
                    names.remove(other)
                rows = {name: sorted(connection.execute('SELECT * FROM ' + name), key=repr) for name in names}
                rows['inquiry'] = connection.execute(
                    'SELECT i.thread, i.number, i.opened, i.due, i.closed, i.outcome, i.moment, i.in_time, p.marketplace,'
                    ' p.shop, p.agent FROM inquiry i JOIN party p ON p.id = i.party ORDER BY 1, 2').fetchall()
                return rows

        d = Daemon(store='sqlite').start()
        database = os.path.join(d.dir, 'state/postern.db')
        try:
            threads = [threading.Thread(target=lambda t=t: [d.send('%s %d-%d' % (text, t, n)) for n in range(5) for text in
                                                            ('fine', 'forbidden-token')]) for t in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            d.stop()
            live = tables(database)
            self.assertEqual(len(live['message']), 40)
            for path in glob.glob(database + '*'):
                os.unlink(path)
            d.start()
            d.stop()
            self.assertEqual(tables(database), live)
        finally:
            d.clean()

    def test_audit_unwritable(self):
        """Nothing is accepted unrecorded: with a full disk marketplace mail gets 451, other mail passes; then it recovers."""
        d = Daemon()
        mount = os.path.join(d.dir, 'state')
        os.makedirs(mount)
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4M', 'none', mount],
                                               capture_output=True, check=False).returncode != 0:
            d.clean()
            self.skipTest('needs a file system of its own')
        try:
            d.start()
            self.assertEqual(d.send('fine').verdict, 'pass')
            with open(os.path.join(mount, 'filler'), 'wb', buffering=0) as f:
                try:
                    while True:
                        f.write(b'x' * 4096)
                except OSError:
                    pass
            answers = [d.send('fine').verdict for _ in range(6)]
            self.assertEqual(answers[-1], 'defer', answers)
            self.assertEqual(d.send('fine', ['<x@example.org>']).code, 'a')
            s = d.status()
            self.assertGreater(s['errors']['audit'], 0)
            self.assertEqual(d.log().count('audit log: '), 1, d.log())
            os.unlink(os.path.join(mount, 'filler'))
            self.assertTrue(wait_for(lambda: d.send('fine').verdict == 'pass'))
        finally:
            d.stop()
            subprocess.run(['umount', mount], check=False)
            d.clean()
