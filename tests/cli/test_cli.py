#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line as a user meets it: forms, exit codes, JSON, suggestions, harmless output.

Runs the postern of the build directory, which is the working directory.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

SRC = pathlib.Path(__file__).resolve().parents[2]
POSTERN = "./postern"
RELAY = "0123456789ABCDEF0123456789ABCDEF@relay.walmart.com"
COMMANDS = ("scan replay check status reload stop plugin inbox thread sla rate windows milestone cases spam done held "
            "digest report audit rebuild store doctor").split()

GOOD = f"""From: Best Gadgets <agent@bestgadgets.example>
To: {RELAY}
Subject: Re: Your order 4342076435326

Dear Maria,

I am sorry that your package is late. I have asked the carrier today, and it will
arrive on Thursday. Please keep the order number for your records.
""".replace("\n", "\r\n")
BAD = GOOD.replace("Please keep the order", "See https://www.bestgadgets.shop/x and keep the order")
INQUIRY = f"""From: "Maria Silva" <{RELAY}>
To: agent@bestgadgets.example
Subject: Where is my order 4342076435326

Hello, my package has not arrived. When will it come?
""".replace("\n", "\r\n")


def built_plugins():
    return {path.stem for path in pathlib.Path("plugins").glob("*/.libs/*.so")}


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.tmp.name)
        (cls.dir / "site").mkdir()
        cls.config = cls.dir / "postern.conf"
        cls.config.write_text(subprocess.check_output([SRC / "tests/built-config", cls.dir], text=True))
        for name, text in (("good", GOOD), ("bad", BAD), ("inquiry", INQUIRY)):
            (cls.dir / f"{name}.eml").write_bytes(text.encode())

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def postern(self, *args, config=None, stdin=None):
        command = [POSTERN, args[0], "--config", str(config or self.config), *map(str, args[1:])]
        return subprocess.run(command, capture_output=True, input=stdin, timeout=600, check=False)

    def bare(self, *args):
        return subprocess.run([POSTERN, *args], capture_output=True, text=True, timeout=600, check=False)

    def test_help_shows_every_command_and_examples(self):
        run = self.bare("--help")
        self.assertEqual(run.returncode, 0)
        for command in COMMANDS:
            self.assertRegex(run.stdout, rf"(?m)^  {command} ")
            run_one = self.bare(command, "--help")
            self.assertEqual(run_one.returncode, 0, command)
            self.assertIn("Example", run_one.stdout, command)
            self.assertEqual(self.bare("help", command).stdout, run_one.stdout)

    def test_wrong_calls_are_told_what_is_right(self):
        for args, hint in ((("scna",), "'scan'"), (("scan", "--jsno", "x"), "'--json'"), (("scan",), "at least one file"),
                           (("scan", "--direction", "sideways", "x"), "'in' or 'out'"),
                           (("inbox", "--filter", "late"), "overdue"), (("audit", "look"), "say 'verify', 'show"),
                           (("audit", "show", "--last", "-3"), "above 0"), (("--colour",), "--help"),
                           (("scan", "--from"), "needs a value")):
            run = self.bare(*args)
            self.assertEqual(run.returncode, 2, args)
            self.assertIn(hint, run.stderr, args)
            self.assertEqual(run.stdout, "", args)

    def test_check_is_silent_but_for_one_line(self):
        run = self.postern("check")
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertEqual(run.stdout.count(b"\n"), 1)
        told = json.loads(self.postern("check", "--json").stdout)
        self.assertTrue(told["ok"])
        self.assertGreater(told["tests"], 0)

    def test_check_names_file_line_and_suggestion(self):
        broken = self.dir / "broken.conf"
        broken.write_text(self.config.read_text() + "\naudit_log { }\n")
        run = self.postern("check", config=broken)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr.decode(), r"broken\.conf:\d+: ")

    def test_scan_exit_codes(self):
        self.assertEqual(self.postern("scan", self.dir / "good.eml").returncode, 0)
        self.assertEqual(self.postern("scan", self.dir / "good.eml", self.dir / "bad.eml").returncode, 1)
        self.assertEqual(self.postern("scan", self.dir / "bad.eml", self.dir / "none.eml").returncode, 2)

    def test_scan_json_has_the_contract_keys(self):
        run = self.postern("scan", "--json", self.dir / "bad.eml", self.dir / "inquiry.eml")
        bad, inquiry = map(json.loads, run.stdout.splitlines())
        for told in bad, inquiry:
            self.assertLessEqual({"file", "direction", "marketplace", "action", "findings", "labels", "sla", "headers"},
                                 set(told))
            self.assertLessEqual({"due", "hours", "clock"}, set(told["sla"]))
        self.assertEqual((bad["direction"], bad["marketplace"], bad["action"]), ("out", "walmart", "reject"))
        self.assertLessEqual({"rule", "plugin", "action", "where", "evidence", "advice"}, set(bad["findings"][0]))
        self.assertEqual((inquiry["direction"], inquiry["action"]), ("in", "tag" if inquiry["findings"] else "pass"))
        self.assertIn("Response-Needed", inquiry["labels"])
        self.assertEqual((inquiry["sla"]["clock"], inquiry["sla"]["hours"]), ("starts", 48))

    def test_scan_as_of_a_time(self):
        run = self.postern("scan", "--json", "--at", "2026-03-01T10:00:00Z", self.dir / "inquiry.eml")
        self.assertEqual(json.loads(run.stdout)["sla"]["due"], "2026-03-03T10:00:00Z")

    def test_scan_reads_standard_input_and_given_envelope(self):
        run = self.postern("scan", "--json", "--to", "friend@example.org", "--direction", "out", "-", stdin=BAD.encode())
        told = json.loads(run.stdout)
        self.assertEqual((run.returncode, told["marketplace"], told["action"]), (0, None, "pass"))

    def test_scan_output_can_do_a_terminal_no_harm(self):
        evil = BAD.replace("bestgadgets.shop/x", "evil.shop/\x1b]0;owned\x07\u202e").encode()
        run = self.postern("scan", "-", stdin=evil)
        self.assertEqual(run.returncode, 1)
        self.assertNotIn(b"\x1b", run.stdout)
        self.assertNotIn("\u202e".encode(), run.stdout)

    def test_a_costly_list_is_stopped_and_named(self):
        (self.dir / "costly/lists").mkdir(parents=True)
        (self.dir / "costly/rules.d").mkdir()
        (self.dir / "costly/lists/c.tsv").write_text("# a list\n" + "".join(f"(?:a|a)+[0{c}]\t5\n" for c in "bcdefgh" * 70))
        (self.dir / "costly/rules.d/c.conf").write_text('rule "costly" { plugin = marketing direction = outbound action = hold phrases = "lists/c.tsv" on_error = pass }\nrule "marketing" { enabled = no }\n')
        config = self.dir / "costly.conf"
        config.write_text(self.config.read_text().replace("milter {", "milter { deadline = 4s").replace(
            f'"{self.dir}/site"', f'"{self.dir}/costly"'))
        message = self.dir / "costly.eml"
        message.write_bytes((GOOD + ("a" * 15 + " ") * 40000).encode())
        run = self.postern("scan", "--json", message, config=config)
        verdict = json.loads(run.stdout)
        self.assertEqual((run.returncode, verdict["action"]), (1, "defer"))
        late = [f for f in verdict["findings"] if f["rule_id"] == "POSTERN-DEADLINE"]
        self.assertEqual([f["rule"] for f in late], ["costly"])
        self.assertRegex(late[0]["evidence"], r"^c\.tsv:\d+: pattern search took too long: '.*\(\?:a\|a\)\+")
        run = self.postern("check", config=config)
        self.assertIn("c.tsv:2: rule 'costly': phrases: a text can make the repetition '(?:a|a)+' costly", run.stderr.decode())

    def test_a_search_beyond_the_limits_is_no_retry(self):
        """It would end the same at each try; what another phrase finds is told all the same."""
        (self.dir / "beyond/lists").mkdir(parents=True)
        (self.dir / "beyond/rules.d").mkdir()
        (self.dir / "beyond/lists/b.tsv").write_text("# a list\n(?:a|a)+[0b]\t5\nspring bargain\t100\n")
        (self.dir / "beyond/rules.d/b.conf").write_text(
            'rule "beyond" { plugin = marketing direction = outbound action = reject phrases = "lists/b.tsv" }\n'
            'rule "marketing" { enabled = no }\nrule "language" { enabled = no }\n')
        message = self.dir / "beyond.eml"
        for run, also, limit, action, code, id in (
                (400, "", "", "hold", 1, "POSTERN-LIMIT"), (4000, "", "", "hold", 1, "POSTERN-LIMIT"),
                (400, "", "limit_action = tag", "tag", 0, "POSTERN-LIMIT"),
                (400, "Our spring bargain waits for you.", "", "reject", 1, "POSTERN-MORE")):
            with self.subTest(run=run, also=also, limit=limit):
                config = self.dir / "beyond.conf"
                config.write_text(self.config.read_text().replace(f'"{self.dir}/site"', f'"{self.dir}/beyond"').replace(
                    "limits {", "limits { " + limit))
                message.write_bytes((GOOD + "a" * run + " 0\r\n" + also + "\r\n").encode())
                scanned = self.postern("scan", "--json", message, config=config)
                verdict = json.loads(scanned.stdout)
                self.assertEqual((scanned.returncode, verdict["action"]), (code, action), verdict)
                told = {f["rule_id"]: f for f in verdict["findings"] if f["rule"] == "beyond"}
                self.assertEqual(len(told), 1 + bool(also), told)
                self.assertRegex(told[id]["evidence"], r"^b\.tsv:2: its search passes PCRE2's limits: '.*\(\?:a\|a\)\+")

    def test_plugins_explain_themselves(self):
        listed = json.loads(self.postern("plugin", "list", "--json").stdout)
        self.assertEqual({p["name"] for p in listed}, built_plugins())
        shown = self.postern("plugin", "show", "links")
        self.assertIn(b"MP-LINK", shown.stdout)
        self.assertIn(b"allow_domains", shown.stdout)
        self.assertEqual(self.postern("plugin", "show", "nonesuch").returncode, 2)

    def test_a_daemon_that_does_not_run_is_said_so(self):
        for command in "status", "reload", "stop":
            run = self.postern(command)
            self.assertEqual(run.returncode, 2)
            self.assertIn(b"posternd is not running", run.stderr)
            self.assertIn("error", json.loads(self.postern(command, "--json").stdout))

    def test_doctor_finds_the_missing_daemon(self):
        run = self.postern("doctor", "--json")
        told = json.loads(run.stdout)
        levels = {c["check"]: c["level"] for c in told["checks"]}
        self.assertEqual((run.returncode, told["ok"]), (1, False))
        self.assertEqual((levels["posternd"], levels["milter socket"], levels["rules"]), ("problem", "problem", "ok"))
        for check in told["checks"]:
            if check["level"] == "problem":
                self.assertIn("advice", check)

    def doctor(self, *args, config):
        return {c["check"]: c for c in json.loads(self.postern("doctor", "--json", *args, config=config).stdout)["checks"]}

    @unittest.skipIf(os.geteuid() != 0, "needs folders of others")
    def test_doctor_looks_at_folders(self):
        """Each folder is right, then somebody else's, then open to others; the advice is what mends it."""
        self.dir.chmod(0o755)
        postfix, drop = self.dir / "postfix", self.dir / "queue/maildrop"
        postfix.mkdir()
        (postfix / "main.cf").write_text("queue_directory = %s\nmail_owner = nobody\n" % drop.parent)
        drop.mkdir(parents=True)
        folders = {"audit folder": (self.dir / "f/audit", 0o750), "export folder": (self.dir / "f/audit/export", 0o750),
                   "archive folder": (self.dir / "f/archive", 0o700), "spool folder": (self.dir / "f/spool", 0o750)}
        receiver = socket.socket(socket.AF_UNIX)
        self.addCleanup(receiver.close)
        receiver.bind(str(self.dir / "siem"))
        for path, mode in folders.values():
            path.mkdir(parents=True)
            os.chown(path, 65534, -1)
            path.chmod(mode)
        config = self.dir / "folders.conf"
        config.write_text(self.config.read_text().replace("milter {", "milter { user = nobody").replace(
            "%s/audit" % self.dir, "%s/f/audit" % self.dir).replace('spool_dir = "%s"' % self.dir, 'spool_dir = "%s/f/spool"' % self.dir)
            + 'archive { enabled = yes dir = "%s/f/archive" }\nexport "siem" { type = "json" to = "unix:%s/siem" }\n'
            'alerts { mail = { "ops@seller.example" } from = "postern@seller.example" }\n' % (self.dir, self.dir))

        def levels():
            told = self.doctor("--postfix", postfix, config=config)
            return [told[name]["level"] for name in (*folders, "export siem", "drop folder")], told

        drop.chmod(0o1730)
        os.chown(self.dir / "siem", 65534, -1)
        shutil.chown(drop, group="nogroup")
        self.assertEqual(levels()[0], ["ok"] * 6)
        os.chown(self.dir / "siem", 0, 0)
        shutil.chown(drop, group="mail")
        for path, _ in folders.values():
            os.chown(path, 0, 0)
        found, told = levels()
        self.assertEqual(found, ["problem"] * 5 + ["warning"])
        self.assertIn("adduser nobody mail", told["drop folder"]["advice"])
        for name, (path, _) in folders.items():
            self.assertIn("nobody, whom posternd runs as, can't write there", told[name]["text"])
            subprocess.run(told[name]["advice"], shell=True, check=True)
        self.assertEqual(levels()[0], ["ok"] * 4 + ["problem", "warning"])
        for path, mode in folders.values():
            path.chmod(mode | 0o022)
        self.assertEqual(levels()[0][:4], ["problem"] * 4)
        (self.dir / "f/archive").chmod(0o750)
        (self.dir / "f/audit").chmod(0o755)
        (self.dir / "f/spool").chmod(0o1777)
        found, told = levels()
        self.assertEqual((found[0], found[2], found[3]), ("warning", "warning", "ok"))
        (self.dir / "siem").unlink()
        self.assertEqual(self.doctor(config=config)["export siem"]["level"], "warning")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
