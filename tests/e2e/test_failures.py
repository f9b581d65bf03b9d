# SPDX-License-Identifier: BSD-2-Clause
"""Fail closed: what can't be recorded is not accepted."""
import errno
import os
import shutil
import subprocess
import unittest

import case
import mta


class DiskFull(case.Case):
    """The audit log on a file system of 256 KiB (needs root, as CI has)."""

    def setUp(self):
        super().setUp()
        self.assertEqual(os.getuid(), 0, "this test mounts a small file system: run it as root")
        self.daemon = mta.Posternd(self.place, self.prefix)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0750", "tmpfs",
                        self.daemon.audit], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.daemon.audit], check=False)
        shutil.chown(self.daemon.audit, mta.OWNER, mta.OWNER)
        self.daemon.start()
        self.attach()

    def test_audit_disk_full(self):
        """451, nothing accepted, and it goes on by itself when there is room."""
        ballast = os.path.join(self.daemon.audit, "ballast")
        out = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(out, b"x" * 4096)
        except OSError as error:
            self.assertEqual(error.errno, errno.ENOSPC)
        os.close(out)
        codes = {}
        with mta.Client(self.server.out_port) as client:
            # What room the last page has may still take a few.
            for number in range(40):
                token = "full-%02d" % number
                codes[token] = client.send(case.SELLER, [case.BUYER],
                                           case.reply(token=token)).code
        self.assertTrue(set(codes.values()) <= {250, 451}, codes)
        self.assertEqual(set(list(codes.values())[20:]), {451})
        self.server.flush()
        accepted = [token for token, code in codes.items() if code == 250]
        self.assertEqual(sorted(case.tokens_in(self.sink.mails())), accepted)
        os.unlink(ballast)
        mta.wait_for("mail to flow again",
                     lambda: self.send_out(case.reply(token="after")).code == 250)
        text = str(self.daemon.events())
        self.assertEqual([token for token in accepted if token not in text], [])
        self.verify_chain()


class Unreachable(case.Case):
    def test_audit_not_writable(self):
        """The daemon does not start on a log that it can't write."""
        self.daemon = mta.Posternd(self.place, self.prefix)
        shutil.chown(self.daemon.audit, "root", "root")
        os.chmod(self.daemon.audit, 0o500)
        self.daemon.start(wait=False)
        self.assertNotEqual(self.daemon.process.wait(60), 0)
        self.assertIn("audit", self.daemon.log_tail())

    def test_store_out_of_reach(self):
        """A store that is damaged under the running daemon: 451, counted, recovers."""
        self.up()
        self.assertEqual(self.send_out(case.reply(token="before")).code, 250)
        holder = subprocess.Popen(
            ["/usr/bin/python3", "-c",
             "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);"
             "c.execute('BEGIN EXCLUSIVE');print('locked',flush=True);sys.stdin.read()",
             os.path.join(self.daemon.state, "store.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(holder.stdout.readline(), b"locked\n")
        answer = self.send_out(case.reply(token="during"))
        recorded = "during" in str(self.daemon.events())
        # The log is the truth and the store follows: accepting is right only with a record.
        self.assertTrue(answer.code == 451 or (answer.code == 250 and recorded), answer)
        holder.communicate()
        mta.wait_for("mail to flow again",
                     lambda: self.send_out(case.reply(token="after")).code == 250)
        self.verify_chain()

    def test_daemon_gone(self):
        """Without posternd Postfix defers, as README says."""
        self.up()
        self.daemon.stop()
        self.assertEqual(self.send_out(case.reply()).code, 451)


if __name__ == "__main__":
    unittest.main()
