# SPDX-License-Identifier: BSD-2-Clause
"""The control socket: each verb by who asks, as real accounts; and peers that mean harm."""
import grp
import json
import os
import pwd
import socket
import stat
import subprocess
import threading
import time
import unittest

from harness import Daemon, DaemonCase, wait_for

# Runs as somebody else, without the tests' modules: a line of JSON in, a line out, for each request.
ASK = '''
import json, socket, sys
path, answers = sys.argv[1], []
for line in sys.stdin:
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        s.sendall(line.encode())
        answers.append(json.loads(s.makefile().readline()))
print(json.dumps(answers))
'''
PLACES = 64  # CONTROL_CLIENTS_MAX

LOOK = [{'command': 'ping'}, {'command': 'status'}]
THREAD = [{'command': 'desk', 'verb': verb, 'thread': 'no-such-thread', 'why': 'x', 'reason': 'spam'}
          for verb in ('done', 'undone', 'spam', 'unspam')]
FACT = [{'command': 'desk', 'verb': 'milestone', 'why': 'x',
         'milestones': [{'name': 'denial', 'subject': '1', 'time': '2026-03-01'}]}]
HELD = [{'command': 'desk', 'verb': verb, 'ref': 'no-such-message', 'why': 'x'}
        for verb in ('releasing', 'release', 'kept', 'refusing', 'refuse', 'told', 'approve', 'withdraw')]
ARCHIVE = [{'command': 'archive', 'verb': verb, 'order': '1', 'why': 'x'} for verb in ('hold', 'release-hold', 'purge')]
RELOAD = [{'command': 'reload'}]
STOP = [{'command': 'stop'}]


def ask_as(daemon, name, requests, groups=('mail',), quiet=False):
    """The answers that an account gets, in the groups given and no others."""
    user = pwd.getpwnam(name)
    done = subprocess.run(['/usr/bin/python3', '-I', '-c', ASK, os.path.join(daemon.dir, 'control.sock')], text=True,
                          input=''.join(json.dumps(r) + '\n' for r in requests), stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL if quiet else None,
                          user=user.pw_uid, group=user.pw_gid, extra_groups=[grp.getgrnam(g).gr_gid for g in groups])
    return json.loads(done.stdout)


@unittest.skipIf(os.geteuid() != 0, 'needs root to become another user')
class Rights(unittest.TestCase):
    """The table in milter/daemon/README.md, row by row. nobody is the daemon's own user here."""
    MILTER = ('user = "nobody"\n socket_group = "mail"\n control_users = { daemon, "@news" }\n desk_users = { bin, "@lp" }')

    @classmethod
    def setUpClass(cls):
        cls.d = Daemon(milter=cls.MILTER, extra='desk { reviewers = { games, "@irc" } }')
        os.chmod(os.path.join(cls.d.dir, 'spool'), 0o777)
        cls.d.start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def check(self, requests, may, may_not):
        for names, allowed in ((may, True), (may_not, False)):
            for name in names:
                for request, answer in zip(requests, ask_as(self.d, name, requests)):
                    told = answer.get('error', '').startswith('not allowed: ')
                    self.assertEqual(not told, allowed, '%s: %s: %s' % (name, request, answer))
                    self.assertTrue(allowed or not answer['ok'])

    def test_look(self):
        self.check(LOOK, ('root', 'nobody', 'daemon', 'news', 'bin', 'lp', 'games', 'irc', 'man'), ())

    def test_reload(self):
        self.check(RELOAD, ('root', 'nobody', 'daemon', 'news'), ('bin', 'lp', 'games', 'irc', 'man'))

    def test_archive(self):
        self.check(ARCHIVE, ('root', 'nobody', 'daemon', 'news'), ('bin', 'lp', 'games', 'irc', 'man'))

    def test_desk(self):
        self.check(THREAD + FACT, ('root', 'nobody', 'daemon', 'news', 'bin', 'lp', 'games', 'irc'), ('man',))
        self.assertEqual({e['by'] for e in self.d.audit('desk')}, {'root'}, 'one fact is recorded once')

    def test_held(self):
        """Reviewers are named: control_users and desk_users decide nothing."""
        self.check(HELD, ('root', 'nobody', 'games', 'irc'), ('daemon', 'news', 'bin', 'lp', 'man'))

    def test_stop(self):
        self.check(STOP, (), ('bin', 'lp', 'games', 'irc', 'man'))
        self.assertTrue(self.d.control('ping')['ok'])
        for name in ('nobody', 'daemon', 'news'):
            d = Daemon(milter=self.MILTER)
            os.chmod(os.path.join(d.dir, 'spool'), 0o777)
            try:
                d.start()
                self.assertTrue(ask_as(d, name, STOP)[0]['ok'])
                self.assertEqual(d.process.wait(60), 0)
                self.assertEqual(d.audit('stop')[-1]['by'], name)
            finally:
                d.clean()

    def test_root_in_a_request(self):
        """What a client says of itself gives no right and no other name."""
        told = {'from': {'login_uid': 0, 'sudo_uid': 0, 'sudo_user': 'root'}, 'uid': 0, 'by': 'root', 'person': 0}
        for name in ('man', 'bin'):
            answer = ask_as(self.d, name, [dict(STOP[0], **told)])[0]
            self.assertIn('not allowed', answer['error'])
        request = json.loads(json.dumps(dict(FACT[0], **told)))
        request['milestones'][0]['subject'] = '2'
        self.assertTrue(ask_as(self.d, 'bin', [request])[0]['ok'])
        event = self.d.audit('desk')[-1]
        self.assertEqual((event['by'], event['uid']), ('bin', pwd.getpwnam('bin').pw_uid))
        self.assertNotIn('person', event)

    def test_group_of_the_socket(self):
        """Who is not in the socket's group does not even connect."""
        st = os.stat(os.path.join(self.d.dir, 'control.sock'))
        self.assertEqual((stat.S_IMODE(st.st_mode), grp.getgrgid(st.st_gid).gr_name), (0o660, 'mail'))
        with self.assertRaises(subprocess.CalledProcessError):
            ask_as(self.d, 'bin', LOOK, groups=(), quiet=True)

    def test_refusals_in_the_log(self):
        """Who is refused is in the log, and can't fill it."""
        start = time.monotonic()
        line = 'is not allowed to uid %d' % pwd.getpwnam('man').pw_uid

        def refused():
            ask_as(self.d, 'man', STOP * 300)
            return self.d.log().count(line) > 0
        # A refusal within a second of the test's before is only counted.
        self.assertTrue(wait_for(refused), self.d.log())
        lines = self.d.log().count(line)
        self.assertLessEqual(lines, 40 + (time.monotonic() - start))


class Hostile(DaemonCase):
    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.connect(os.path.join(self.d.dir, 'control.sock'))
        s.settimeout(60)
        return s

    def answer(self, s):
        data = b''
        while not data.endswith(b'\n'):
            more = s.recv(65536)
            if not more:
                break
            data += more
        return json.loads(data)

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.d.worker_pid()))

    def test_nonsense(self):
        for raw in (b'\n', b'{}\n', b'[]\n', b'{"command":1}\n', b'{"command":"fly"}\n', b'\xff\n', b'{"command"\n',
                    b'[' * 3000 + b'\n', b'{"command":"ping"}\0\n', b'{"command":"ping\0"}\n', b'{"command":"ping\\u0000"}\n',
                    b'{"command":"ping","command":"stop"}\n', b'{"command":"ping"} {"command":"stop"}\n',
                    b'{"command":"PING"}\n', b'{"command":"desk"}\n', b'{"command":"desk","verb":[]}\n',
                    b'{"command":"archive","verb":{}}\n', b'{"command":"ping",' + b'"a":' * 900 + b'1}\n'):
            answer = self.d.control(None, raw=raw)
            self.assertFalse(answer['ok'], raw)
            self.assertTrue(answer['error'])

    def test_sizes(self):
        """4095 bytes with the line feed are taken, one more is not."""
        for size, ok in ((4095, True), (4096, False), (100000, False)):
            line = b'{"command":"ping"' + b' ' * (size - 19) + b'}\n'
            self.assertEqual(len(line), size)
            s = self.connect()
            try:
                s.sendall(line)
            except OSError:  # closed before it took all
                pass
            self.assertEqual(self.answer(s)['ok'], ok, size)

    def test_no_line(self):
        """Ends before the line does: an answer. Never ends, or comes byte by byte: an answer after a while."""
        s = self.connect()
        s.sendall(b'{"command":"stop"}')
        s.shutdown(socket.SHUT_WR)
        self.assertFalse(self.answer(s)['ok'])
        silent, slow = self.connect(), self.connect()
        ended = threading.Event()

        def drip():
            for byte in b'{"command":"status"' + b' ' * 4000:
                try:
                    slow.send(bytes([byte]))
                except OSError:
                    return
                if ended.wait(0.05):
                    return
        t = threading.Thread(target=drip)
        t.start()
        try:
            self.assertIn('in time', self.answer(silent)['error'])
            self.assertIn('in time', self.answer(slow)['error'])
        finally:
            ended.set()
            t.join()

    def test_nobody_waits_for_a_slow_one(self):
        """Ten connections that say nothing, some that never read: ping is answered before any of them is given up."""
        def waits(s):
            s.setblocking(False)
            try:
                s.recv(1)
            except BlockingIOError:
                return True
            return False

        def overtakes():
            silent = [self.connect() for _ in range(10)]
            for _ in range(5):
                s = self.connect()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                s.sendall(b'{"command":"status"}\n')
            for _ in range(3):
                self.assertTrue(self.d.control('ping')['ok'])
            return all([waits(s) for s in silent])
        # Again when this process was stopped for the seconds that they have.
        self.assertTrue(wait_for(overtakes))

    def test_many(self):
        """More connections than there are places: the oldest goes, whoever sends his line is answered, nothing leaks."""
        before = self.descriptors()
        crowd = [self.connect() for _ in range(3 * PLACES)]
        self.assertTrue(self.d.control('ping')['ok'])
        self.assertLessEqual(self.descriptors(), before + PLACES + 2)
        self.assertEqual(crowd[0].recv(100), b'')
        for s in crowd:
            s.close()
        self.assertTrue(wait_for(lambda: self.descriptors() <= before + 1))
        self.assertEqual(self.d.send('fine').verdict, 'pass')

    def test_gone_before_the_answer(self):
        for _ in range(50):
            s = self.connect()
            s.sendall(b'{"command":"status"}\n')
            s.close()
        self.assertTrue(self.d.control('ping')['ok'])
        self.assertEqual(self.d.status()['restarts'], 0)
