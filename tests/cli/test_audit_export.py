#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern audit export: what a collector that starts it gets, once and again."""
import csv
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SRC = pathlib.Path(__file__).resolve().parents[2]
POSTERN = os.path.join(os.getcwd(), "postern")


class Case(unittest.TestCase):
    """A log written by hand: a file every four records."""

    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="postern-")
        self.addCleanup(self.tmp.cleanup)
        self.dir = pathlib.Path(self.tmp.name)
        (self.dir / "audit").mkdir()
        self.config = self.dir / "postern.conf"
        self.config.write_text('audit { dir = "%s/audit" }\n' % self.dir)
        self.cursor = str(self.dir / "cursor")
        self.prev, self.seq, self.lines = "", 0, []

    def add(self, event="message", day=1, **members):
        self.seq += 1
        record = {"seq": self.seq, "time": "2026-11-%02dT12:00:00Z" % day, "id": "ID%d" % self.seq, "event": event}
        record.update(members, prev=self.prev)
        body = json.dumps(record, separators=(",", ":"), ensure_ascii=False)[:-1]
        self.prev = hashlib.sha256(body.encode()).hexdigest()
        self.lines.append('%s,"hash":"%s"}' % (body, self.prev))
        with open(self.dir / "audit" / ("audit-%012d.jsonl" % (self.seq - (self.seq - 1) % 4)), "a", encoding="utf-8") as f:
            f.write(self.lines[-1] + "\n")

    def fill(self, count=10):
        for i in range(count):
            self.add(day=i + 1, action="reject" if i % 3 == 0 else "pass", direction="out",
                     sender="a@shop.example", recipients=["b@relay.walmart.com", "c@relay.walmart.com"],
                     subject='=HYPERLINK("x"), "%d"' % i,
                     findings=[{"rule": "links"}, {"rule": "phone"}] if i % 3 == 0 else [])

    def run_export(self, *args, code=0):
        done = subprocess.run([POSTERN, "--config", str(self.config), "audit", "export", *args], capture_output=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return (done.stdout if code == 0 else done.stdout + done.stderr).decode()

    def seqs(self, *args):
        return [json.loads(line)["seq"] for line in self.run_export(*args).splitlines()]


class Export(Case):
    def test_lines(self):
        self.fill()
        self.assertEqual(self.run_export().splitlines(), self.lines)
        self.assertEqual(self.run_export("--json").splitlines(), self.lines)

    def test_from(self):
        self.fill()
        self.assertEqual(self.seqs("--from", "7"), [7, 8, 9, 10])
        self.assertEqual(self.seqs("--from", "99"), [])
        self.assertEqual(self.seqs("--from", "2026-11-08"), [8, 9, 10])
        self.assertEqual(self.seqs("--from", "2026-11-08T12:00:01Z"), [9, 10])
        # It counts when its message came: after the first one of that time a record of before belongs to it.
        self.add(day=2)
        self.assertEqual(self.seqs("--from", "2026-11-09"), [9, 10, 11])
        for wrong in ("yesterday", "0", "-3", "2026-13-01"):
            self.assertIn("record's number or a time", self.run_export("--from", wrong, code=2))

    def test_filters(self):
        self.fill()
        self.add("desk", verb="done")
        self.assertEqual(self.seqs("--event", "desk"), [11])
        self.assertEqual(self.seqs("--action", "reject"), [1, 4, 7, 10, 11])
        self.assertEqual(self.seqs("--action", "reject", "--event", "message"), [1, 4, 7, 10])
        self.assertEqual(self.seqs("--event", "message", "--event", "desk", "--from", "9"), [9, 10, 11])

    def test_table(self):
        self.fill(2)
        text = self.run_export("--format", "csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([row["seq"] for row in rows], ["1", "2"])
        self.assertEqual(rows[0]["rules"], "links phone")
        self.assertEqual(rows[0]["recipients"], "b@relay.walmart.com c@relay.walmart.com")
        self.assertEqual(rows[0]["subject"], '\'=HYPERLINK("x"), "0"')

    def test_syslog(self):
        self.fill(2)
        lines = self.run_export("--format", "syslog").splitlines()
        self.assertRegex(lines[0], r'^<20>1 2026-11-01T12:00:00Z \S+ postern - message-reject \[postern@32473 seq="1" id="ID1" '
                         r'event="message" action="reject" rule="links" rule="phone" direction="out" ')
        self.assertRegex(lines[0], r'subject="=HYPERLINK\(\\"x\\"\), \\"0\\""')
        self.assertTrue(lines[1].startswith("<22>1 "))

    def test_cursor(self):
        """A second call goes on; one that was killed gives again what it did not note, and nothing is missing."""
        self.fill(5)
        self.assertEqual(self.seqs("--cursor", self.cursor, "--from", "3"), [3, 4, 5])
        self.assertEqual(self.seqs("--cursor", self.cursor, "--from", "3"), [])
        self.fill(3)
        self.assertEqual(self.seqs("--cursor", self.cursor, "--event", "desk"), [])
        self.fill(2)
        self.assertEqual(self.seqs("--cursor", self.cursor), [9, 10])
        self.assertTrue(self.run_export("--cursor", self.cursor + "2", "--format", "csv").startswith("seq,"))
        self.assertEqual(self.run_export("--cursor", self.cursor + "2", "--format", "csv"), "")

    def test_bad_cursor(self):
        self.fill(2)
        pathlib.Path(self.cursor).write_text("12")
        self.assertIn("no position of an export", self.run_export("--cursor", self.cursor, code=2))
        self.assertIn("No such file", self.run_export("--cursor", "/nonexistent/cursor", code=2))

    def test_unread_is_not_noted(self):
        """What nobody took is not noted as given."""
        self.fill(600)
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([POSTERN, "--config", str(self.config), "audit", "export", "--cursor", self.cursor],
                                  stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"can't write", done.stderr)
        self.assertFalse(os.path.exists(self.cursor))

    def test_damage(self):
        self.fill()
        path = self.dir / "audit" / "audit-000000000005.jsonl"
        text = path.read_text()
        path.write_text(text.replace("ID6", "ID5"))
        self.assertIn("audit verify", self.run_export(code=2))
        path.unlink()
        self.assertIn("are missing", self.run_export(code=2))
        self.config.write_text('audit { dir = "%s/elsewhere" }\n' % self.dir)
        self.assertIn("No such file", self.run_export(code=2))

    def test_usage(self):
        for args, says in ((("--format", "xml"), "json, syslog or csv"), (("7",), "takes options only"),
                           (("--form", "csv", "--curser", "x"), "did you mean '--cursor'")):
            self.assertIn(says, self.run_export(*args, code=2))
        self.assertIn("--follow", self.run_export("--help"))

    def test_follow(self):
        """What comes while it runs; it ends when nobody reads any more."""
        self.fill(3)
        process = subprocess.Popen([POSTERN, "--config", str(self.config), "audit", "export", "--follow", "--cursor",
                                    self.cursor], stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        got = [process.stdout.readline() for _ in range(3)]
        self.fill(6)
        got += [process.stdout.readline() for _ in range(6)]
        self.assertEqual([line.decode().rstrip("\n") for line in got], self.lines)
        process.stdout.close()
        process.wait(60)
        self.assertEqual(json.loads(pathlib.Path(self.cursor).read_text()), {"seq": 9})


if __name__ == "__main__":
    unittest.main()
