#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern replay: every form of stored mail, what changes and what does not, and files that can't be read.

Also what postern check and scan say of exemptions. Runs the postern of the build directory, which is the
working directory.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

# LeakSanitizer's own tracer crashes on the thread-local memory of plugins that are loaded twice; test_cli looks for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

SRC = pathlib.Path(__file__).resolve().parents[2]
RELAY = "0123456789ABCDEF0123456789ABCDEF@relay.walmart.com"


def mail(text, date="Sun, 15 Nov 2026 10:00:00 +0100", received=None):
    received = f"Received: from a by b; {received}\n" if received else ""
    return (f"{received}From: Best Gadgets <agent@bestgadgets.example>\nTo: {RELAY}\nDate: {date}\nSubject: Re: Your order\n\n"
            f"Dear Maria,\n\nI am sorry that your package is late.\n\n{text}\n")


GOOD = mail("I have asked the carrier today, and it will arrive on Thursday.")
LINK = mail("See https://www.bestgadgets.shop/x for the manual.")
QUOTED = mail("From here on it is easy: open the lid.\n\nFrom the shop we ship on 12 May.\n\n>From me to you.")


class Replay(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)
        self.dir = pathlib.Path(self.tmp.name)
        (self.dir / "site").mkdir()
        (self.dir / "mail").mkdir()
        (self.dir / "trial/rules.d").mkdir(parents=True)
        self.config = self.dir / "postern.conf"
        self.config.write_text(subprocess.check_output([SRC / "tests/built-config", self.dir], text=True))
        self.rules('rule "external-links" { action = "hold" }')

    def rules(self, text):
        (self.dir / "trial/rules.d/t.conf").write_text(text + "\n")

    def write(self, name, text):
        path = self.dir / "mail" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_postern(self, *args):
        return subprocess.run(["./postern", args[0], "--config", self.config, *map(str, args[1:])], capture_output=True,
                              text=True, timeout=600, check=False)

    def replay(self, *args):
        return self.run_postern("replay", "--rules", self.dir / "trial", *args)

    def summary(self, *args):
        run = self.replay("--json", *args)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        return run.returncode, lines[:-1], lines[-1]["summary"]

    def test_a_changed_action_is_shown_with_its_reason(self):
        path = self.write("link.eml", LINK)
        run = self.replay(path)
        self.assertEqual((run.returncode, run.stderr), (1, ""))
        self.assertIn(f"{path}: reject -> hold\n  ~ reject, now: MP-LINK hold, in link: 'https://www.bestgadgets.shop/x'", run.stdout)
        self.assertRegex(run.stdout, r"(?m)^newly rejected 0, deferred 0, held 1, tagged 0, passed 0$")
        self.assertRegex(run.stdout, r"(?m)^external-links +\d+ +\d+ +1 +1$")

    def test_nothing_changes_is_0(self):
        self.write("good.eml", GOOD)
        run = self.replay(self.dir / "mail")
        self.assertEqual(run.returncode, 0)
        self.assertIn("1 messages in ", run.stdout)
        self.assertIn("0 change, 1 do not", run.stdout)

    def test_findings_gained_and_lost(self):
        self.write("link.eml", LINK)
        self.rules('rule "external-links" { enabled = no }')
        code, changed, summary = self.summary(self.dir / "mail")
        self.assertEqual(code, 1)
        self.assertEqual([changed[0]["before"]["action"], changed[0]["after"]["action"]], ["reject", "pass"])
        self.assertEqual({f["rule_id"] for f in changed[0]["lost"]}, {"MP-LINK"})
        self.assertEqual(changed[0]["gained"], [])
        self.assertEqual(summary["newly"]["passed"], 1)
        self.assertEqual(summary["rules"][0]["findings_after"], 0)

    def test_mboxes_of_each_kind_of_quoting(self):
        begin = "From agent@bestgadgets.example Sun Nov 15 10:00:00 2026\n"
        bodies = (GOOD, LINK, QUOTED.replace("\nFrom ", "\n>From ").replace("\n>From me", "\n>>From me"), LINK)
        path = self.write("sent", "".join(begin + body + "\n" for body in bodies))
        code, changed, summary = self.summary(path)
        self.assertEqual((code, summary["messages"], summary["changed"]), (1, 4, 2))
        self.assertEqual([c["message"] for c in changed], [2, 4])
        # Unquoted "From " lines of a text are no beginnings; CRLF and a missing last empty line do not matter.
        path = self.write("crlf", (begin + QUOTED + "\n" + begin + LINK.rstrip("\n")).replace("\n", "\r\n"))
        self.assertEqual(self.summary(path)[2]["messages"], 2)
        # The same in a folder, beside a file that is none.
        self.write("notes.txt", "From time to time I write notes.\n")
        code, _, summary = self.summary(self.dir / "mail")
        self.assertEqual((summary["messages"], summary["skipped"]), (6, 1))

    def test_maildirs_with_flags_and_folders(self):
        for part in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp", "tmp", ".imap/cache"):
            (self.dir / "mail" / part).mkdir(parents=True, exist_ok=True)
        self.write("cur/1.a:2,S", LINK)
        self.write("cur/2.a:2,DS", LINK)
        self.write("cur/3.a:2,ST", LINK)
        self.write("new/4.a", GOOD)
        self.write("tmp/5.a", LINK)
        self.write(".Sent/cur/6.a:2,RS", LINK)
        self.write("dovecot.index", b"\0\1\2")
        code, changed, summary = self.summary(self.dir / "mail")
        self.assertEqual((code, summary["messages"], summary["changed"]), (1, 3, 2))
        self.assertEqual(summary["skipped"], 4)
        self.assertEqual({os.path.basename(c["file"]) for c in changed}, {"1.a:2,S", "6.a:2,RS"})
        self.assertEqual(self.summary(self.dir / "mail/cur")[2]["messages"], 1)

    def test_what_can_not_be_read_is_told_and_counted(self):
        self.write("link.eml", LINK)
        (self.dir / "mail/gone.eml").symlink_to("nowhere")
        (self.dir / "mail/loop").symlink_to(".")
        os.mkfifo(self.dir / "mail/pipe.eml")
        run = self.replay("--json", self.dir / "mail", self.dir / "absent")
        summary = json.loads(run.stdout.splitlines()[-1])["summary"]
        self.assertEqual(run.returncode, 2)
        self.assertEqual((summary["messages"], summary["changed"]), (1, 1))
        self.assertIn("gone.eml: No such file", run.stderr)
        self.assertIn("absent: No such file", run.stderr)
        self.assertEqual((summary["unreadable"], run.stderr.count("\n"), summary["skipped"]), (2, 2, 2))

    def test_since_limit_and_dates(self):
        self.write("1.eml", mail("See https://www.bestgadgets.shop/x", "Mon, 02 Nov 2026 23:30:00 -0800"))
        self.write("2.eml", mail("See https://www.bestgadgets.shop/x", "Mon, 02 Nov 1998 09:00 GMT", "Tue, 3 Nov 2026 08:00:00 +0000"))
        self.write("3.eml", mail("See https://www.bestgadgets.shop/x", "yesterday"))
        for since, messages in (("2026-11-03T07:30:00Z", 3), ("2026-11-03T07:30:01Z", 2), ("2026-11-04", 1)):
            _, _, summary = self.summary("--since", since, self.dir / "mail")
            self.assertEqual((summary["messages"], summary["older"], summary["undated"]), (messages, 3 - messages, 1))
        self.assertEqual(self.summary("--limit", 2, self.dir / "mail")[2]["messages"], 2)
        # An exemption of that day holds for the mail of that day.
        self.rules('rule "external-links" { exempt_senders = { "@bestgadgets.example until 2026-11-03" } }')
        _, changed, _ = self.summary("--dated", self.dir / "mail")
        self.assertEqual([os.path.basename(c["file"]) for c in changed], ["1.eml", "2.eml"])
        self.assertEqual(changed[0]["after"]["exempt"][0]["until"], "2026-11-03")

    def test_two_configurations(self):
        self.write("link.eml", LINK)
        other = self.dir / "other.conf"
        other.write_text(self.config.read_text().replace("rules {", "rules { monitor = yes"))
        run = self.run_postern("replay", "--against", other, self.dir / "mail")
        self.assertEqual(run.returncode, 1)
        self.assertIn("link.eml: pass (would reject) -> reject", run.stdout)

    def test_wrong_calls(self):
        self.write("link.eml", LINK)
        broken = self.dir / "broken"
        (broken / "rules.d").mkdir(parents=True)
        (broken / "rules.d/x.conf").write_text('rule "external-links" { acton = hold }\n')
        (self.dir / "empty").mkdir()
        for args, hint in ((("--rules", broken), "x.conf:1: unknown key 'acton'"), (("--rules", self.dir / "empty"), "has no rules.d"),
                           (("--rules", broken, "--limit", "0"), "above 0"), (("--since", "soon"), "2026-11-01"),
                           (("--dated", "--at", "2026-11-01"), "exclude")):
            run = self.run_postern("replay", *args, self.dir / "mail")
            self.assertEqual(run.returncode, 2, args)
            self.assertIn(hint, run.stderr)
        run = subprocess.run(["./postern", "replay", self.dir], capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("nothing to compare", run.stderr)

    def test_names_and_texts_can_do_a_terminal_no_harm(self):
        self.write("a\033[2Jb.eml", LINK.replace("shop/x", "shop/\033[2J"))
        self.assertNotIn("\033", self.replay(self.dir / "mail").stdout)

    def test_exemptions_are_shown(self):
        rules = self.dir / "site/rules.d"
        rules.mkdir()
        (rules / "x.conf").write_text('rule "external-links" {\n exempt_senders = { "a@seller.example until 2020-01-31",\n'
                                      ' "@bestgadgets.example until 2999-12-31" }\n}\n')
        run = self.run_postern("check")
        self.assertEqual(run.returncode, 0)
        self.assertIn('x.conf:2: rule "external-links": exempt_senders: a@seller.example is over since the end of 2020-01-31',
                      run.stderr)
        self.assertRegex(run.stdout, r"(?m)^exempt or on trial\n  external-links +exempt_senders: @bestgadgets.example until 2999-12-31$")
        self.assertEqual(len(json.loads(self.run_postern("check", "--json").stdout)["exemptions"]), 2)
        run = self.run_postern("scan", self.write("link.eml", LINK))
        self.assertEqual(run.returncode, 0)
        self.assertIn("not judged by rule external-links: exempt_senders has @bestgadgets.example until 2999-12-31", run.stdout)


if __name__ == "__main__":
    unittest.main()
