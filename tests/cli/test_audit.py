#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The audit log of a running daemon: signed, verified on a copy elsewhere, and what is recorded of the gateway itself."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from desk import BUILD, POSTERN, Desk, wait_for  # noqa: E402


class Elsewhere:
    """A copy of the log, and what was kept: no configuration is near."""

    def __init__(self, daemon):
        self.dir = os.path.join(daemon.dir, "elsewhere")
        self.log = os.path.join(self.dir, "log")
        os.makedirs(self.dir, exist_ok=True)
        shutil.rmtree(self.log, ignore_errors=True)
        shutil.copytree(os.path.join(daemon.dir, "state/audit"), self.log)
        shutil.copy(os.path.join(daemon.dir, "state/audit.pub"), self.dir)
        self.key = os.path.join(self.dir, "audit.pub")

    def file(self):
        return pathlib.Path(self.log, "audit-%012d.jsonl" % 1)

    def verify(self, *args, key=True):
        args = [*args, "--public-key", self.key] if key else args
        run = subprocess.run([POSTERN, "audit", "verify", "--json", "--dir", self.log, *args], cwd=self.dir,
                             capture_output=True, text=True, check=False, timeout=60)
        return run.returncode, json.loads(run.stdout)


class Audit(unittest.TestCase):
    def setUp(self):
        self.d = Desk()
        self.addCleanup(self.d.clean)
        self.d.start()

    def stopped(self):
        self.assertEqual(self.d.stop(), 0)
        return Elsewhere(self.d)

    def test_the_key_is_private_and_lies_beside_the_log(self):
        secret = os.path.join(self.d.dir, "state/audit.key")
        self.assertEqual(stat.S_IMODE(os.stat(secret).st_mode), 0o600)
        self.assertEqual([name for name in os.listdir(os.path.join(self.d.dir, "state/audit")) if "key" in name], [])
        key = self.d.json("audit", "key")["public_key"]
        self.assertRegex(key, "^[0-9a-f]{64}$")
        self.assertIn(key, self.d.log())
        self.assertEqual([e["public_key"] for e in self.d.audit("key")], [key])
        self.assertNotIn(pathlib.Path(secret).read_text().strip(), self.d.log())

    def test_a_copy_is_verified_with_the_public_key_alone(self):
        self.d.receive(1)
        there = self.stopped()
        code, report = there.verify()
        self.assertEqual((code, report["ok"], report["trusted"], report["unsigned"]), (0, True, True, 0))
        self.assertEqual(report["events"], len(self.d.audit()))
        code, report = there.verify(key=False)
        self.assertEqual((code, report["ok"], report["trusted"]), (0, True, False))
        code, report = there.verify("--public-key", "ab" * 32, key=False)
        self.assertEqual((code, report["ok"]), (1, False))
        self.assertIn("unknown key", report["reason"])

    def test_the_first_bad_record_is_named(self):
        self.d.receive(1)
        there = self.stopped()
        lines = there.file().read_text().splitlines(True)
        number = next(i for i, line in enumerate(lines) if '"event":"message"' in line)
        there.file().write_text("".join(lines[:number] + [lines[number].replace("Maria", "Marie")] + lines[number + 1:]))
        code, report = there.verify()
        self.assertEqual((code, report["line"], report["record"]), (1, number + 1, number + 1))
        self.assertIn("edited", report["reason"])
        run = subprocess.run([POSTERN, "audit", "verify", "--dir", there.log], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stdout, r"^BROKEN .*/audit-0{11}1\.jsonl:%d: record %d: edited" % (number + 1, number + 1))

    def test_a_kept_checkpoint_shows_a_log_of_yesterday(self):
        early = Elsewhere(self.d)
        yesterday = early.file().read_bytes()
        self.d.receive(1)
        there = self.stopped()
        kept = os.path.join(there.dir, "kept")
        code, line, _ = self.d.postern("audit", "checkpoint")
        pathlib.Path(kept).write_text(line)
        self.assertEqual(code, 0)
        self.assertEqual(there.verify("--checkpoint", kept)[0], 0)
        there.file().write_bytes(yesterday)
        self.assertEqual(there.verify()[0], 0)
        code, report = there.verify("--checkpoint", kept)
        self.assertEqual(code, 1)
        self.assertRegex(report["reason"], "^cut off: the log ends with record %d" % yesterday.count(b"\n"))
        code, report = there.verify("--checkpoint", json.loads(line)["head"])
        self.assertEqual(code, 1)
        self.assertIn("cut off or replaced", report["reason"])

    def test_a_kept_checkpoint_that_was_edited_is_an_error(self):
        there = self.stopped()
        kept = os.path.join(there.dir, "kept")
        _, line, _ = self.d.postern("audit", "checkpoint")
        pathlib.Path(kept).write_text("\n" + re.sub('"head_seq":[0-9]+', '"head_seq":1', line))
        code, report = there.verify("--checkpoint", kept)
        self.assertEqual(code, 2)
        self.assertIn("kept:2: this checkpoint was edited", report["error"])
        pathlib.Path(kept).write_text("{}\n")
        self.assertIn("no checkpoint in it", there.verify("--checkpoint", kept)[1]["error"])

    def test_the_store_shows_a_log_that_was_cut(self):
        self.d.receive(1)
        self.assertEqual(self.d.stop(), 0)
        path = pathlib.Path(self.d.dir, "state/audit/audit-%012d.jsonl" % 1)
        path.write_text("".join(path.read_text().splitlines(True)[:-3]))
        code, out, _ = self.d.postern("audit", "verify")
        self.assertEqual(code, 1)
        self.assertIn("but the store has seen record", out)

    def test_another_key_shows(self):
        self.d.stop()
        for name in ("audit.key", "audit.pub"):
            os.rename(os.path.join(self.d.dir, "state", name), os.path.join(self.d.dir, name))
        self.d.start()
        there = self.stopped()
        was = self.d.audit("key")[0]["public_key"]
        self.assertEqual(self.d.audit("key")[1]["was"], was)
        self.assertIn("the signing key was changed from " + was, self.d.log())
        code, report = there.verify()
        self.assertEqual(code, 1)
        self.assertIn("was the key changed? then give both", report["reason"])
        self.assertEqual(there.verify("--public-key", was)[0], 0)

    def test_a_key_that_others_may_read_is_refused(self):
        self.d.stop()
        os.chmod(os.path.join(self.d.dir, "state/audit.key"), 0o644)
        self.d.start(wait=False)
        self.assertNotEqual(self.d.process.wait(60), 0)
        self.assertIn("others may read", self.d.log())

    def test_commands_are_recorded_with_who_and_why(self):
        code, _, err = self.d.postern("reload", "--why", "a new list", env={**os.environ, "SSH_CLIENT": "192.0.2.7 1 22"})
        self.assertEqual((code, err), (0, ""))
        self.d.postern("stop", "--why", "a new kernel")
        self.assertTrue(wait_for(lambda: self.d.process.poll() is not None))
        reload, stop = self.d.audit("reload")[0], self.d.audit("stop")[0]
        for event, why in ((reload, "a new list"), (stop, "a new kernel")):
            self.assertEqual((event["why"], event["uid"]), (why, os.getuid()))
            self.assertTrue(event["by"])
        self.assertEqual((reload["from"]["ssh"], reload["from"]["told"]), ("192.0.2.7", True))

    def test_a_signal_is_recorded_as_one(self):
        self.assertEqual(self.d.stop(), 0)
        self.assertEqual(self.d.audit("stop")[0]["from"], {"signal": "TERM"})

    def test_what_judges_is_recorded_by_digest(self):
        start = self.d.audit("start")[0]
        self.assertEqual({p["name"] for p in start["plugins"]}, {"daemontest", "sla"})
        for plugin in start["plugins"]:
            self.assertRegex(plugin["sha256"], "^[0-9a-f]{64}$")
        self.d.postern("reload")
        self.d.write("site/rules.d/50-test.conf", "# nothing\n")
        self.d.write("site/rules.d/60-more.conf", "# more\n")
        self.d.postern("reload")
        self.d.write("site/rules.d/60-more.conf", "# more\nnonsense\n")
        self.d.postern("reload")
        same, other, bad = self.d.audit("reload")
        self.assertEqual((same["config_digest"], same["changed"]), (start["config_digest"], []))
        self.assertNotEqual(other["config_digest"], start["config_digest"])
        self.assertEqual([os.path.basename(name) for name in other["changed"]], ["50-test.conf", "60-more.conf"])
        self.assertEqual((bad["ok"], bad["generation"]), (False, 3))
        self.assertIn("60-more.conf:2", bad["error"])

    def test_a_rebuild_is_recorded_and_signed(self):
        self.d.receive(1)
        self.d.stop()
        self.assertEqual(self.d.postern("rebuild")[0], 0)
        event = self.d.audit("rebuild")[0]
        self.assertEqual(event["uid"], os.getuid())
        self.assertEqual(self.d.audit()[-1]["event"], "checkpoint")
        self.assertEqual(self.d.postern("audit", "verify")[0], 0)

    def test_without_a_log_there_is_an_answer(self):
        run = subprocess.run([POSTERN, "audit", "verify", "--dir", "/nowhere"], cwd=BUILD, capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("/nowhere", run.stderr)
        run = subprocess.run([POSTERN, "audit", "checkpoint", "--dir", self.d.dir], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no checkpoint", run.stderr)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main(verbosity=2)
