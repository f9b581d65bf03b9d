# SPDX-License-Identifier: BSD-2-Clause
"""Rules that are programs, in the running daemon: many messages at once, reload, hang, and an end with the daemon."""
import glob
import os
import shutil
import signal
import threading
import unittest

from harness import BUILD, Daemon, is_gone, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
RULE = '''
rule "program" { plugin = "exec"  direction = "outbound"  action = "reject"  user = "nobody"
    command = { "%(dir)s/%(program)s", %(arguments)s }  children = 4  timeout = %(timeout)s }
'''


class ExecDaemon(Daemon):
    def __init__(self, program, arguments, timeout=60):
        # All of a test at once: nobody is turned away for being late.
        super().__init__(milter='max_judging = 64', extra='plugin "exec" { path = "%s" }' % '@EXEC@')
        path = os.path.join(self.dir, 'exec.so')
        shutil.copy(os.path.join(BUILD, 'plugins/exec/.libs/exec.so'), path)
        os.chmod(path, 0o644)
        self.settings['extra'] = self.settings['extra'].replace('@EXEC@', path)
        self.write_config()
        shutil.copy(os.path.join(HERE, program), self.dir)
        self.program = os.path.join(self.dir, os.path.basename(program))
        os.chmod(self.program, 0o755)
        self.write('site/rules.d/60-exec.conf', RULE % {'dir': self.dir, 'program': os.path.basename(program),
                                                       'arguments': arguments, 'timeout': timeout})

    def children(self):
        found = []
        for path in glob.glob('/proc/[0-9]*/cmdline'):
            try:
                with open(path) as f:
                    if self.program in f.read():
                        found.append(int(path.split('/')[2]))
            except OSError:
                pass
        return found


class Words(unittest.TestCase):
    def run_program(self, program, arguments):
        d = ExecDaemon(program, arguments)
        try:
            d.start()
            self.assertTrue(wait_for(lambda: len(d.children()) == 4), d.children())
            results = {}

            def send(n):
                results[n] = d.send('It has a guarantee, number %d.' % n if n % 2 else 'It was sent, number %d.' % n).verdict

            threads = [threading.Thread(target=send, args=(n,)) for n in range(50)]
            for t in threads:
                t.start()
            for _ in range(3):
                self.assertTrue(d.control('reload')['ok'])
            for t in threads:
                t.join()
            self.assertEqual(results, {n: 'reject' if n % 2 else 'pass' for n in range(50)})
            # Those of the generation in force: the others' ended with the last message that they judged.
            self.assertTrue(wait_for(lambda: len(d.children()) == 4), d.children())
            # A worker that is killed takes its children along; the next one has its own.
            old = d.children()
            os.kill(d.worker_pid(), signal.SIGKILL)
            self.assertTrue(wait_for(lambda: all(is_gone(pid) for pid in old)))
            d.wait_up()
            self.assertEqual(d.send('It has a guarantee.').verdict, 'reject')
            old = d.children()
            d.stop()
            self.assertTrue(wait_for(lambda: all(is_gone(pid) for pid in old)))
        finally:
            d.clean()

    def test_python(self):
        self.run_program('../../plugins/exec/examples/words.py', '"guarantee"')

    def test_shell(self):
        self.run_program('../../plugins/exec/examples/words.sh', '"guarantee"')


class Fails(unittest.TestCase):
    def test_hang(self):
        """A program that hangs costs its timeout, then 451; the log says why."""
        d = ExecDaemon('../unit/plugins/exec_child.py', '"hang"', timeout=0.5)
        try:
            d.start()
            reply = d.send('Hello.')
            self.assertEqual(reply.verdict, 'defer', reply)
            self.assertIn("plugin 'exec' failed: exec_child.py: it gave no answer in time", d.log())
            self.assertIn("('exec_child.py: it gave no answer in time')", str(reply))
            finding = d.audit('message')[-1]['findings'][0]
            self.assertEqual((finding['rule'], finding['rule_id'], finding['error']), ('program', 'POSTERN-ERROR', True))
            self.assertEqual(finding['evidence'], 'exec_child.py: it gave no answer in time')
        finally:
            d.clean()

    def test_reasons(self):
        """A child that dies, or talks nonsense, is named in the audit record; so is what it says itself."""
        for mode, reason in (('die', 'it ended without an answer'), ('badcode', 'its answer is wrong: a finding needs '),
                             ('error', "it can't judge now: the list is gone")):
            d = ExecDaemon('../unit/plugins/exec_child.py', '"%s"' % mode)
            try:
                d.start()
                self.assertEqual(d.send('Hello.').verdict, 'defer')
                evidence = d.audit('message')[-1]['findings'][0]['evidence']
                self.assertTrue(evidence.startswith('exec_child.py: ' + reason), evidence)
            finally:
                d.clean()

    def test_refused(self):
        """A reload with a program that does not work changes nothing."""
        d = ExecDaemon('../unit/plugins/exec_child.py', '"good"')
        try:
            d.start()
            path = os.path.join(d.dir, 'site/rules.d/60-exec.conf')
            with open(path) as f:
                text = f.read()
            d.write('site/rules.d/60-exec.conf', text.replace('"good"', '"die-early"'))
            answer = d.control('reload')
            self.assertFalse(answer['ok'], answer)
            self.assertIn('no database', str(answer))
            self.assertEqual(d.send('Hello Abc.').verdict, 'reject')
        finally:
            d.clean()


if __name__ == '__main__':
    unittest.main()
