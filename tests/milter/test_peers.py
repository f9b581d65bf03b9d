# SPDX-License-Identifier: BSD-2-Clause
"""Mail servers that stall by dripping, by not reading, by never ending a message: cut off, their place free (danger 24)."""
import os
import select
import threading
import time

import milterclient as mc
from harness import HEADERS, SELLER, DaemonCase, buyer, wait_for


class Stalling(DaemonCase):
    daemon_settings = {'milter': 'command_timeout = "1s"\n message_timeout = "4s"\n max_transactions = 3\n max_judging = 3'}

    def setUp(self):
        self.cut = self.cut_off()

    def cut_off(self):
        return self.d.status()['transactions']['cut_off']

    def check_freed(self, count):
        """The connections were ended by us, nothing of them stays, and mail flows."""
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['sessions'] == 0), self.d.status())
        self.assertEqual(self.d.status()['transactions']['live'], 0)
        self.assertEqual(self.cut_off() - self.cut, count)
        # Again when this process itself was stopped for a second, and so is cut off.
        self.assertTrue(wait_for(lambda: self.d.send('forbidden-token').verdict == 'reject'))


class Loris(Stalling):
    def drip(self, m):
        """A byte every 100 ms, of a command of 1,000: ten within each read's own time. True: the connection was ended."""
        try:
            for byte in b'\0\0\3\xe8L' + b'x' * 400:
                m.sock.sendall(bytes([byte]))
                if select.select([m.sock], [], [], 0.1)[0]:
                    return m.sock.recv(1) == b''
        except OSError:
            return True
        return False

    def test_dripping(self):
        """24: a byte now and then, at each stage: ended, though no single read ever waits for long."""
        def begun(m, *steps):
            m.open()
            for step, *arguments in steps:
                getattr(m, step)(*arguments)
            return m
        mail, rcpt = ('mail', SELLER), ('rcpt', buyer())
        clients = [self.d.client(), begun(self.d.client()), begun(self.d.client(), mail),
                   begun(self.d.client(), mail, rcpt, ('data',)),
                   begun(self.d.client(), mail, rcpt, ('data',), ('header', 'Subject', 'x'), ('eoh',), ('body', 'x'))]
        # Their places are all that there are.
        with self.d.client() as m:
            self.assertIn('451 4.3.2', m.open().mail(SELLER).text)
        ended = []
        threads = [threading.Thread(target=lambda m=m: ended.append(self.drip(m))) for m in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(ended, [True] * len(clients))
        for m in clients:
            m.close()
        self.check_freed(len(clients))
        self.assertIn('was cut off: it did not finish a command within milter.command_timeout', self.d.log())
        self.assertIn('process %d of user %d' % (os.getpid(), os.getuid()), self.d.log())

    def test_silent(self):
        """24: connected, and nothing more."""
        with self.d.client() as m:
            self.assertEqual(m.sock.recv(1), b'')
        self.check_freed(1)
        self.assertIn('it sent nothing within milter.command_timeout', self.d.log())

    def test_endless_message(self):
        """24: each command is whole and in time, but the message never ends."""
        with self.d.client() as m:
            m.open()
            m.mail(SELLER)
            with self.assertRaises((mc.Closed, OSError)):
                for n in range(600):
                    m.rcpt(buyer(n % 50))
                    time.sleep(0.1)
        self.check_freed(1)
        self.assertIn('it did not finish a message within milter.message_timeout', self.d.log())

    def test_deaf(self):
        """24: a peer that never reads its answers keeps neither thread nor place."""
        with self.d.client() as m:
            m.negotiate(steps=0)
            m.connect()
            m.mail(SELLER)
            m.rcpt(buyer())
            m.data()
            m.sock.settimeout(0.2)
            try:
                for _ in range(200000):
                    m.send('L', b'X-Filler\0value\0')
            except OSError:
                pass
            # Nothing is read meanwhile: the end shows here only.
            self.assertTrue(wait_for(lambda: self.cut_off() > self.cut))
        self.check_freed(1)
        self.assertIn('it did not take its answers', self.d.log())


class LorisPatience(Stalling):
    def test_patience(self):
        """A mail server keeps a connection open between messages, and lets its client think within one."""
        with self.d.client() as m:
            m.open()
            m.mail(SELLER)
            m.rcpt(buyer())
            time.sleep(1.5)
            m.data()
            for name, value in HEADERS:
                m.header(name, value)
            m.eoh()
            m.body('forbidden-token')
            self.assertEqual(m.eom().verdict, 'reject')
            # Longer than both.
            time.sleep(4.5)
            self.assertEqual(m.mail(SELLER).code, 'c')
        self.check_freed(0)

    def test_judging_is_our_time(self):
        """What our own work takes is not the mail server's fault."""
        self.assertEqual(self.d.send('please-sleep-5000').verdict, 'pass')
        self.check_freed(0)


class LorisTcp(DaemonCase):
    daemon_settings = {'milter': 'command_timeout = "1s"', 'tcp': True}

    def test_dripping(self):
        """24: over TCP, too, and the log has the address."""
        with self.d.client() as m:
            m.open()
            m.mail(SELLER)
            port = m.sock.getsockname()[1]
            m.sock.sendall(b'\0\0\3')
            self.assertEqual(m.sock.recv(1), b'')
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['live'] == 0))
        self.assertIn('the mail server (127.0.0.1 port %d) was cut off' % port, self.d.log())

    def test_reload(self):
        """A new limit holds for the connections that are open."""
        with self.d.client() as m:
            m.open()
            self.d.settings['milter'] = 'command_timeout = "1h"'
            self.d.write_config()
            self.assertTrue(self.d.control('reload')['ok'])
            m.sock.sendall(b'\0\0')
            self.assertEqual(select.select([m.sock], [], [], 3)[0], [])
            self.d.settings['milter'] = 'command_timeout = "1s"'
            self.d.write_config()
            self.assertTrue(self.d.control('reload')['ok'])
            self.assertEqual(m.sock.recv(1), b'')
