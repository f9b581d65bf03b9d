#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern report, compared with an oracle that counts the same log another way, and as people read it."""
import collections
import csv
import email
import email.policy
import io
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import report_log
from desk import SELLER, Desk
from report_log import D, NUMBERS, Oracle, Writer, seconds_of

SRC = pathlib.Path(__file__).resolve().parents[2]
ZONE = "America/Los_Angeles"  # its clocks go back on 2026-11-01
START, END = seconds_of("2026-10-05T07:00:00Z"), seconds_of("2026-11-23T08:00:00Z")
PERIOD = ("--from", "2026-10-05", "--to", "2026-11-22", "--zone", ZONE)


class Site:
    """A configuration and a log, without a daemon."""

    def __init__(self, text):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)
        self.config = self.dir / "postern.conf"
        (self.dir / "audit").mkdir()
        self.config.write_text('audit { dir = "%s" }\n' % (self.dir / "audit"))
        self.write(text, 250)

    def write(self, text, lines):
        """In files of so many records."""
        for path in (self.dir / "audit").iterdir():
            path.unlink()
        rows = text.splitlines(keepends=True)
        for first in range(0, len(rows), lines):
            (self.dir / ("audit/audit-%012d.jsonl" % (first + 1))).write_text("".join(rows[first:first + lines]))

    def report(self, *args, status=0):
        run = subprocess.run(["./postern", "report", "--config", self.config, *map(str, args)], capture_output=True, text=True,
                             timeout=300, check=False)
        assert run.returncode == status, (args, run.returncode, run.stdout, run.stderr)
        return run.stdout if status == 0 else run.stderr

    def json(self, *args):
        return json.loads(self.report("--json", *args))

    def csv(self, *args):
        run = subprocess.run(["./postern", "report", "--config", self.config, "--csv", *map(str, args)], capture_output=True,
                             timeout=300, check=True)
        return list(csv.DictReader(io.StringIO(run.stdout.decode(), newline="")))


class Counting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        begin = seconds_of("2026-08-01T00:00:00Z")
        writer, cls.records = report_log.by_chance(20261122, 4000, begin, seconds_of("2026-12-10T00:00:00Z"))
        cls.text = writer.text()
        cls.site = Site(cls.text)

    @classmethod
    def tearDownClass(cls):
        cls.site.tmp.cleanup()

    def setUp(self):
        self.site.write(self.text, 250)

    def compare(self, *args, **query):
        oracle, got = Oracle(self.records, START, END, ZONE, **query), self.site.json(*PERIOD, *args)
        self.assertGreater(oracle.total["messages"], 50)
        self.assertEqual({n: got["totals"][n] for n in NUMBERS}, oracle.total.all())
        for by in "rule", "agent", "account", "shop", "marketplace", "week", "day":
            want = {key[1]: count.all() for key, count in oracle.by.items() if key[0] == by and len(key) == 2}
            have = {row[by]: {n: row[n] for n in NUMBERS} for row in got[by + "s"]}
            if by == "rule":  # compared with all that was judged
                for count in want.values():
                    count["messages"] = oracle.total["messages"]
            self.assertEqual({name: n for name, n in have.items() if any(n.values()) and (by != "week" or name in want)}, want)
        self.compare_weeks(oracle, got)
        self.assertEqual(collections.Counter((o["override"], o["rule"], o["entry"], o["until"]) for o in got["overrides"]
                                             for _ in range(o["messages"])), oracle.overrides)
        self.assertEqual([(d["time"], d["id"], d["decision"] == "released", tuple(sorted(filter(None, d["rules"].split(", ")))))
                          for d in got["decisions"]], oracle.decisions)
        return oracle, got

    def compare_weeks(self, oracle, got):
        labels = [week["week"] for week in got["weeks"]]
        for by in "rule", "agent", "account", "shop", "marketplace":
            for row in got[by + "s"]:
                self.assertEqual(row["violations_by_week"], [oracle.by[by, row[by], label]["violations"] for label in labels])

    def test_as_the_oracle_counts(self):
        oracle, got = self.compare()
        # The log has all that makes counting hard, or this would say little.
        self.assertGreater(oracle.total["messages"], 1000)
        for number in NUMBERS:
            self.assertGreater(oracle.total[number], 5, number)
        starts = {d["id"] for d in got["decisions"] if seconds_of(d["time"]) >= START}
        held = {r["id"]: seconds_of(r["time"]) for r in self.records if r.get("action") == "hold"}
        self.assertTrue([i for i in starts if held[i] < START - 8 * D], "held long before the period")

    def test_as_the_oracle_counts_with_filters(self):
        self.compare("--marketplace", "Walmart", marketplace="walmart")
        self.compare("--rule", "phone", rule="phone")
        self.compare("--rule", "MP-LINK", rule="MP-LINK")
        self.compare("--agent", "ann@shop.example", agent="ann@shop.example")
        self.compare("--direction", "in", direction="in")

    def test_same_log_same_bytes(self):
        forms = (), ("--json",), ("--csv",), ("--html", "-"), ("--by", "override")
        once = [self.site.report(*PERIOD, *form) for form in forms]
        self.assertEqual([self.site.report(*PERIOD, *form) for form in forms], once)
        self.site.write(self.text, 100000)  # wherever its files end
        self.assertEqual([self.site.report(*PERIOD, *form) for form in forms], once)

    def test_csv_has_everything(self):
        rows, got = self.site.csv(*PERIOD), self.site.json(*PERIOD)
        self.assertEqual(rows[0]["by"], "total")
        self.assertEqual({n: int(rows[0][n]) for n in NUMBERS}, {n: got["totals"][n] for n in NUMBERS})
        for by in "rule", "agent", "account", "shop", "marketplace", "week", "day":
            whole = [row for row in rows if row["by"] == by and row["week"] == ""]
            self.assertEqual([int(row["violations"]) for row in whole], [row["violations"] for row in got[by + "s"]])
            self.assertEqual([row for row in self.site.csv(*PERIOD, "--by", by) if row["week"] == ""], whole)
        links = [row for row in rows if row["by"] == "rule" and row["name"] == "external-links" and row["week"]]
        self.assertEqual([int(row["violations"]) for row in links],
                         next(row["violations_by_week"] for row in got["rules"] if row["rule"] == "external-links"))
        self.assertEqual({row["rule_ids"] for row in links}, {"MP-LINK, MP-LINK-HIDDEN"} if links[0]["rule_ids"].startswith(
            "MP-LINK,") else {"MP-LINK-HIDDEN, MP-LINK"})
        overrides = self.site.csv(*PERIOD, "--by", "override")
        self.assertEqual(sum(int(row["messages"]) for row in overrides),
                         len(got["decisions"]) + sum(o["messages"] for o in got["overrides"]))

    def test_text_of_strangers_does_no_harm(self):
        rows = self.site.csv(*PERIOD)
        self.assertIn("'=cmd|' /C calc'!A0", {row["name"] for row in rows})
        self.assertFalse([row for row in rows if row["name"][:1] in tuple("=+-@")])
        self.assertFalse([row for row in self.site.csv(*PERIOD, "--by", "override") if row["why"][:1] == "="])
        for text in self.site.report(*PERIOD), self.site.report(*PERIOD, "--by", "agent"), self.site.report(*PERIOD, "--html", "-"):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u202e", text)
        page = self.site.report(*PERIOD, "--html", "-")
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", page)
        self.assertIn("default-src 'none'; style-src 'sha256-", page)
        self.assertFalse(re.findall(r"(?i)(?:src|href|url)\s*[=(]", page), "nothing is fetched")


SCREEN = """\
Postern report, 2026-11-09 to 2026-11-24, UTC, outgoing mail
7 messages judged, 4 with violations (57.1 per 100): 1 refused, 2 held, 1 tagged
Week 2026-W47: 60.0 per 100 after 50.0 in W46: worse

WEEK       MESSAGES    VIOL.    /100  █ held or refused ░ only tagged
2026-W46          2        1    50.0  ██████████████████████████████████
2026-W47          5        3    60.0  ███████████████████████████░░░░░░░░░░░░░
2026-W48*         -        -       -

RULE                      W47  W46  VIOL. REFUSED  HELD TAGGED  /100  TREND
external-links              1    1      2       2     -      -  28.6  ██
language                    2    -      2       -     2      -  28.6  ·█
spelling                    1    -      1       -     -      1  14.3  ·█

AGENT                     W47  W46  VIOL. REFUSED  HELD TAGGED  /100  TREND
bob                         3    -      3       -     2      -  66.7  ·█
ann                         1    1      2       1     -      1  50.0  ██

SHOP                      W47  W46  VIOL. REFUSED  HELD TAGGED  /100  TREND
one                         4    1      5       1     2      1  57.1  ▂█

OVERRIDES (all: --by override)
1 held message was released, 1 refused by people
2026-11-24 denied   by lea: language: "no"  01NG8KYR000000000007
2026-11-18 released by root: language, external-links: French title  01NFRF9R000000000005
1 message had an exemption, 1 was held instead of refused, 1 had findings without effect

Response times and misses: postern rate, postern sla. A message: postern audit show ID
"""


class Forms(unittest.TestCase):
    """A small log, as people read it."""

    @classmethod
    def setUpClass(cls):
        log = Writer()

        def mail(day, agent, action="pass", found=(), **members):
            findings = [{"rule": rule, "rule_id": "X", "action": does, "monitored": trial, "error": False}
                        for rule, does, trial in found]
            return log.add(seconds_of(day), "message", direction="out", marketplace="walmart", shop="one", agent=agent, action=action,
                           monitor=False, findings=findings, labels=[], threads=[], **members)["id"]

        def decide(day, verb, ref, **members):
            log.add(seconds_of(day), "desk", verb=verb, ref=ref, threads=[], uid=0, **members)

        link, words, typo = ("external-links", "reject", False), ("language", "hold", False), ("spelling", "tag", False)
        mail("2026-11-09T00:00:00Z", "ann", "defer", digest="a")
        mail("2026-11-09T00:10:00Z", "ann", "reject", [link, link], digest="a")
        mail("2026-11-15T23:59:59Z", "bob")
        mail("2026-11-16T00:00:00Z", "ann", "tag", [typo])
        first = mail("2026-11-17T09:00:00Z", "bob", "hold", [words, link], hold_sender="bob")
        decide("2026-11-18T09:00:00Z", "release", first, by="root", why="French title")
        mail("2026-11-18T10:00:00Z", "ann", found=[("trial", "hold", True)])
        second = mail("2026-11-22T23:00:00Z", "bob", "hold", [words])
        mail("2026-11-22T23:10:00Z", "ann", exempt=[{"rule": "spelling", "by": "exempt_senders", "entry": "ann"}])
        decide("2026-11-24T09:00:00Z", "refuse", second, by="lea", why='"no"')
        cls.site = Site(log.text())
        cls.args = ("--from", "2026-11-09", "--to", "2026-11-24", "--zone", "UTC")

    @classmethod
    def tearDownClass(cls):
        cls.site.tmp.cleanup()

    def test_the_screen(self):
        self.maxDiff = None
        out = self.site.report(*self.args)
        self.assertEqual(re.sub(r"01N\w{17}", "ID", out), re.sub(r"01N\w{17}", "ID", SCREEN))
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_whole_tables(self):
        self.assertRegex(self.site.report(*self.args, "--by", "override"), r"(?m)^hold_senders +1  \(all rules\): bob$")
        self.assertRegex(self.site.report(*self.args, "--by", "day"), r"(?m)^2026-11-17 +2 +- +1 +- +100\.0$")
        self.assertRegex(self.site.report(*self.args, "--by", "week"), r"(?m)^2026-W47  +5 +3 +60\.0")
        self.assertRegex(self.site.report(*self.args, "--by", "account"), r"(?m)^\(none\) ")

    def test_days_and_seconds_of_the_period(self):
        def judged(*args):
            return self.site.json(*args)["totals"]["messages"]
        self.assertEqual(judged("--zone", "UTC", "--from", "2026-11-15", "--to", "2026-11-16"), 2)
        self.assertEqual(judged("--zone", "UTC", "--from", "2026-11-16", "--to", "2026-11-16"), 1)
        self.assertEqual(judged("--zone", "UTC", "--from", "2026-11-15", "--to", "2026-11-16T00:00:00Z"), 1)
        self.assertEqual(judged("--zone", "Asia/Shanghai", "--from", "2026-11-16", "--to", "2026-11-16"), 2)
        # A mail whose last attempt lies behind the period is none of it.
        self.assertEqual(judged("--zone", "UTC", "--from", "2026-11-09", "--to", "2026-11-09T00:05:00Z"), 0)

    def test_weeks_around_new_year(self):
        weeks = self.site.json("--zone", "UTC", "--from", "2026-12-21", "--to", "2027-01-05")["weeks"]
        self.assertEqual([w["week"] for w in weeks], ["2026-W52", "2026-W53", "2027-W01"])
        self.assertEqual([w["whole"] for w in weeks], [True, True, False])
        weeks = self.site.json("--zone", "Europe/Berlin", "--from", "2024-12-30", "--to", "2025-04-06")["weeks"]
        self.assertEqual((weeks[0]["week"], weeks[0]["from"]), ("2025-W01", "2024-12-29T23:00:00Z"))
        lengths = {w["week"]: seconds_of(w["to"]) - seconds_of(w["from"]) for w in weeks}
        self.assertEqual({w for w, n in lengths.items() if n != 7 * D}, {"2025-W13"})  # clocks go forward

    def test_a_period_without_mail(self):
        self.assertIn("no message was judged", self.site.report("--from", "2020-01-01", "--to", "2020-02-01"))
        self.assertIn("No message was judged", self.site.report("--from", "2020-01-01", "--to", "2020-02-01", "--html", "-"))
        self.assertIsNone(self.site.json("--from", "2020-01-01", "--to", "2020-02-01")["totals"]["per_hundred"])

    def test_a_page_in_a_file(self):
        path = self.site.dir / "report.html"
        self.assertEqual(self.site.report(*self.args, "--html", path), "")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        page = path.read_text()
        self.assertIn("<td>French title</td>", page)
        self.assertIn('<svg viewBox=', page)
        self.assertIn("/nowhere", self.site.report(*self.args, "--html", "/nowhere/x.html", status=2))

    def test_by_mail(self):
        out = self.site.dir / "mail.eml"
        program = self.site.dir / "sendmail"
        program.write_text("#!/bin/sh\ncat > '%s'\n" % out)
        program.chmod(0o755)
        config = self.site.config.read_text()
        self.site.config.write_text(config + 'desk { sendmail = "%s" }\n' % program)
        try:
            self.site.report(*self.args, "--mail", "compliance@shop.example")
        finally:
            self.site.config.write_text(config)
        mail = email.message_from_bytes(out.read_bytes(), policy=email.policy.default)
        self.assertEqual(mail["To"], "compliance@shop.example")
        self.assertEqual(mail["Subject"], "Postern 2026-W47: 60.0 violations per 100 messages (50.0 before), 2 held or refused, "
                                          "1 released")
        text, page = mail.iter_parts()
        self.assertEqual(text.get_content().strip(), self.site.report(*self.args).strip())
        self.assertEqual(page.get_content().strip(), self.site.report(*self.args, "--html", "-").strip())
        self.assertLessEqual(max(map(len, out.read_bytes().splitlines())), 998)

    def test_wrong_calls(self):
        for args, hint in ((("--by", "person"), "rule, agent"), (("--from", "yesterday"), "2026-11-22"), (("--csv", "--json"), "exclude"),
                           (("--zone", "Europe/Berlni"), "did you mean 'Europe/Berlin'"), (("--direction", "up"), "in or out"),
                           (("--from", "2026-11-02", "--to", "2026-11-01"), "before"), (("x",), "no argument"),
                           (("--from", "2001-01-01", "--to", "2026-01-01"), "ten years"), (("--mail", "a b@c"), "one address")):
            self.assertIn(hint, self.site.report(*args, status=2), args)

    def test_a_broken_log_gives_no_report(self):
        path = self.site.dir / "audit/audit-000000000001.jsonl"
        text = path.read_text()
        path.write_text(text.replace('"agent":"bob"', '"agent":"ann"', 1))
        try:
            self.assertIn("postern audit verify", self.site.report(*self.args, status=2))
        finally:
            path.write_text(text)


class Daemon(unittest.TestCase):
    """Over a log that a daemon wrote, so that the names in it are those that the report looks for."""

    def test_what_a_daemon_recorded(self):
        desk = Desk()
        try:
            desk.start()
            desk.receive(1)
            desk.answer(1)
            held = desk.answer(2, body="hold-token", queue_id=None)
            self.assertEqual(desk.postern("held", "release", held["id"], "--why", "=it may", "--by-hand")[0], 0)
            report = desk.json("report", "--zone", "UTC")
            incoming = desk.json("report", "--direction", "in")
        finally:
            desk.clean()
        totals, rule, decision = report["totals"], report["rules"][0], report["decisions"][0]
        self.assertEqual([totals[n] for n in ("messages", "violating", "held", "released")], [2, 1, 1, 1])
        self.assertEqual([rule[n] for n in ("rule", "messages", "violations", "held", "released")], ["hold-token", 2, 1, 1, 1])
        self.assertTrue(rule["rule_ids"])
        self.assertEqual([len(report[n]) for n in ("agents", "shops", "marketplaces")], [1, 1, 1])
        self.assertEqual((report["shops"][0]["shop"], report["marketplaces"][0]["marketplace"]), (SELLER, "walmart"))
        self.assertEqual({n: decision[n] for n in ("id", "why", "rules", "decision", "by_hand")},
                         {"id": held["id"], "why": "=it may", "rules": "hold-token", "decision": "released", "by_hand": True})
        self.assertEqual(incoming["totals"]["messages"], 1)


if __name__ == "__main__":
    unittest.main()
