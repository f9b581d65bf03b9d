# SPDX-License-Identifier: BSD-2-Clause
"""33, 35: plugins that crash, hang, exit, or start a program."""
import os
import signal
import threading
import unittest

from harness import Daemon, wait_for
from milterclient import Closed


class Crash(unittest.TestCase):
    def setUp(self):
        self.d = Daemon().start()

    def tearDown(self):
        self.d.clean(crashes=True)

    def fatal(self, body):
        """Sends what kills the worker, and waits until mail is served again."""
        before = self.d.status()['restarts']
        try:
            r = self.d.send(body)
            self.fail('the worker survived: %r' % r)
        except (Closed, OSError):
            pass
        self.assertTrue(wait_for(lambda: self.d.status()['restarts'] > before and self.d.send('fine').verdict == 'pass'))

    def check(self, body):
        self.fatal(body)
        self.assertIn("in plugin 'daemontest' while it judged message", self.d.log())
        # The same mail again: held, not judged. Others are judged as ever.
        r = self.d.send(body)
        self.assertEqual(r.verdict, 'pass', r)
        self.assertTrue(r.held, r)
        self.assertEqual(self.d.send('forbidden-token').verdict, 'reject')
        s = self.d.status()
        self.assertEqual((s['restarts'], s['poison'], s['errors']['crash']), (1, 1, 1))
        error = [e for e in self.d.audit('error') if e['error'] == 'crash'][-1]
        self.assertEqual(error['plugin'], 'daemontest')
        self.assertTrue(error['known'])

    def test_segfault(self):
        """33: a wild pointer."""
        self.check('please-crash')

    def test_abort(self):
        """33: abort()."""
        self.check('please-abort')

    def test_exit(self):
        """33: exit(0) in a plugin is a crash, not an orderly stop."""
        self.check('please-exit')

    def test_underscore_exit(self):
        """33: _exit(0), which no handler sees."""
        self.check('please-die')

    def test_stack_overflow(self):
        """33: endless recursion."""
        self.check('please-overflow')

    def test_hang(self):
        """33: a check that never returns is ended, the process with it."""
        self.d.settings['milter'] = 'hang = "4s"\n deadline = "3s"'
        self.d.write_config()
        self.assertTrue(self.d.control('reload')['ok'])
        self.check('please-hang')
        self.assertIn('did not return within', self.d.log())

    def test_blame_among_others(self):
        """33: with others in flight only the one that crashed is blamed."""
        slow = []

        def send_slow(n):
            try:
                slow.append(self.d.send('please-sleep-4000 %d' % n))
            except (Closed, OSError):
                slow.append(None)
        threads = [threading.Thread(target=send_slow, args=(n,)) for n in range(4)]
        for t in threads:
            t.start()
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['judging'] >= 2))
        self.fatal('please-crash')
        for t in threads:
            t.join()
        self.assertEqual(self.d.status()['poison'], 1)
        slow.clear()
        threads = [threading.Thread(target=send_slow, args=(n,)) for n in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([r.held for r in slow], [False] * 4, slow)
        self.assertTrue(self.d.send('please-crash').held)

    def test_killed_from_outside(self):
        """33: kill -9 of the worker blames nobody; the service is up again."""
        os.kill(self.d.worker_pid(), signal.SIGKILL)
        self.assertTrue(wait_for(lambda: self.d.send('fine').verdict == 'pass'))
        self.assertEqual(self.d.status()['poison'], 0)

    def test_several_crashes(self):
        """33: one crash after another: still served."""
        for n in range(3):
            self.fatal('please-crash %d' % n)
        self.assertEqual(self.d.status()['poison'], 3)

    def test_no_inherited_descriptors(self):
        """35: a program that a plugin starts inherits no descriptor of ours."""
        self.assertEqual(self.d.send('please-list-descriptors').verdict, 'pass')
        with open(os.path.join(self.d.dir, 'fds')) as f:
            links = [line.split(' -> ')[1].strip() for line in f if ' -> ' in line]
        self.assertTrue(links)
        ours = [l for l in links if l.startswith(('socket:', 'anon_inode:')) or 'state' in l or 'pid' in l.rsplit('/', 1)[-1]
                and '/proc/' not in l]
        self.assertEqual(ours, [], links)
