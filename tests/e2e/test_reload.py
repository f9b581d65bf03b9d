# SPDX-License-Identifier: BSD-2-Clause
"""New code and new rules under load, nothing lost or deferred (danger 4, 34)."""
import os
import shutil
import signal
import time
import unittest

import case
import mta


class Reload(case.Case):
    def advice(self):
        answer = self.send_out(case.reply("Hello, PROBEWORD.\n"))
        self.assertEqual(answer.code, 550, answer)
        return " ".join(answer.lines)

    def settled(self, load):
        load.stop()
        self.assertEqual(load.refused, [], "refused or deferred under load")
        self.assertEqual(load.broken, 0)
        self.server.flush(60)
        delivered = case.tokens_in(self.sink.mails())
        self.assertEqual(sorted(delivered), sorted(token for token, _ in load.accepted))
        self.verify_chain()

    def replace(self, how):
        target = self.up_probe(built_in="advice of build one")
        other = case.build_probe(self.prefix, self.place.join("probe-two.so"),
                                 "advice of build two")
        self.assertIn("build one", self.advice())
        with self.load() as load:
            load.wait_accepted(30)
            how(other, target)
            load.wait_accepted(30)
            self.assertIn("build one", self.advice(), "changed without a reload")
            done = self.daemon.cli("reload")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("build two", self.advice())
            load.wait_accepted(30)
            self.settled(load)

    def test_replaced_by_cp(self):
        """cp writes into the file that is loaded."""
        def copy(other, target):
            with open(other, "rb") as source, open(target, "r+b") as out:
                out.truncate(0)
                shutil.copyfileobj(source, out)
        self.replace(copy)

    def test_replaced_by_mv(self):
        self.replace(os.rename)

    def test_sighup(self):
        """100 times: same process, no deferral, and rules are read anew (danger 4)."""
        self.up_probe(advice="First advice.")
        with self.load() as load:
            load.wait_accepted(10)
            for number in range(100):
                if number == 50:
                    self.daemon.site_file("rules.d/probe.conf", case.PROBE_RULE % (
                        "reject", case.quoted("Second advice.")))
                self.daemon.process.send_signal(signal.SIGHUP)
                time.sleep(0.03)
            load.wait_accepted(10)
            self.assertIsNone(self.daemon.process.poll())
            mta.wait_for("the new advice", lambda: "Second advice." in self.advice(), 60)
            self.settled(load)

    def test_broken_reload(self):
        """The old rules stay, and file and line are said."""
        self.up_probe(advice="First advice.")
        self.daemon.site_file("rules.d/probe.conf",
                              'rule "probe" {\n    plugin = "probe"\n    acton = "reject"\n}\n')
        done = self.daemon.cli("reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, r"probe\.conf:3: .*acton")
        self.assertIn("First advice.", self.advice())

    def test_broken_start(self):
        """A broken configuration is no start, with file and line."""
        self.daemon = mta.Posternd(self.place, self.prefix, extra="limits {\n    parst = 3\n}\n")
        self.daemon.start(wait=False)
        self.assertNotEqual(self.daemon.process.wait(60), 0)
        self.assertRegex(self.daemon.log_tail(), r"postern\.conf:\d+: ")


if __name__ == "__main__":
    unittest.main()
