#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Packs of evidence: what is in them, the same bytes each time, changes found, nobody known in a redacted one."""
import base64
import csv
import email
import glob
import hashlib
import html
import io
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import unittest

from desk import ORDER, SELLER, Desk, relay, stamp
from evidence import D, H, NAME, PHONE, PRIVATE, STREET, T, TRACKING, Story

AS_OF = T + 10 * D


def tree(path):
    """Every byte, mode and time of a folder."""
    found = {}
    for name in sorted([path, *glob.glob(path + "/**", recursive=True)]):
        info = os.lstat(name)
        content = pathlib.Path(name).read_bytes() if stat.S_ISREG(info.st_mode) else None
        found[os.path.relpath(name, path)] = (info.st_mode, int(info.st_mtime), content)
    return found


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.story = Story()
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        cls.story.clean()

    def postern(self, *args):
        return self.story.desk.postern("evidence", *args)

    def dir(self):
        type(self).count += 1
        return "%s/out-%d" % (self.story.desk.dir, self.count)

    def make(self, *args, scope=("--order", ORDER), status=0):
        out = self.dir()
        code, text, err = self.postern(*scope, *args, "-o", out)
        self.assertEqual((code, err), (status, ""), text)
        return out

    def verify(self, path, *args):
        code, out, err = self.postern("verify", path, "--json", *args)
        self.assertEqual(err, "")
        return code, json.loads(out)


class Contents(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pack = cls.story.desk.dir + "/pack"
        code, out, err = cls.story.desk.postern("evidence", "--order", ORDER, "-o", cls.pack)
        assert code == 0, (out, err)

    def read(self, name):
        with open(os.path.join(self.pack, name), encoding="utf-8", newline="") as f:
            return f.read()

    def json(self, name):
        return json.loads(self.read(name))

    def test_raw_messages_are_the_archives_bytes(self):
        listed = {m["id"]: m for m in self.json("messages.json")}
        self.assertEqual(sorted(listed), ["IN1", "IN2", "IN3", "IN4", "IN5", "OUT1", "OUT2", "OUT3"])
        for id_ in ("IN1", "IN2", "IN3", "OUT1", "OUT2", "OUT3"):
            with open(os.path.join(self.pack, listed[id_]["file"]), "rb") as f:
                self.assertEqual(f.read(), self.story.raw[id_])
        self.assertEqual(len(glob.glob(self.pack + "/messages/*")), 6)

    def test_what_is_not_there_is_said_with_its_tombstone(self):
        listed = {m["id"]: m for m in self.json("messages.json")}
        self.assertEqual((listed["IN4"]["state"], listed["IN4"]["tombstone"]["id"]), ("purged", "PU1"))
        self.assertEqual(listed["IN5"]["state"], "not archived")
        self.assertNotIn("file", listed["IN4"])
        self.assertEqual([(m["id"], m["state"]) for m in self.json("manifest.json")["absent"]],
                         [("IN4", "purged"), ("IN5", "not archived")])
        self.assertIn("deleted from the archive", self.read("summary.html"))

    def test_a_file_that_is_gone_or_damaged_is_said_too(self):
        digest = hashlib.sha256(self.story.raw["OUT3"]).hexdigest()
        path = os.path.join(self.story.desk.dir, "archive", digest[:2], digest[2:] + ".zst")
        with open(path, "rb") as f:
            content = f.read()
        try:
            for change, state in ((lambda: os.remove(path), "missing"),
                                  (lambda: pathlib.Path(path).write_bytes(content[:-3] + b"xyz"), "damaged")):
                change()
                with open(self.make() + "/messages.json", encoding="utf-8") as f:
                    message = {m["id"]: m for m in json.load(f)}["OUT3"]
                self.assertEqual(message["state"], state)
                self.assertNotIn("file", message)
                self.assertTrue(message["reason"])
        finally:
            with open(path, "wb") as f:
                f.write(content)

    def test_timeline(self):
        rows = list(csv.DictReader(io.StringIO(self.read("timeline.csv"))))
        seen = [(row["time"], row["event"], row["id"] or row["ref"]) for row in rows]
        self.assertEqual(seen, sorted(seen, key=lambda row: row[0]))
        for row in ((stamp(T), "message", "IN1"), (stamp(T + D), "alert", "AL1"), (stamp(T + 25 * H), "message", "OUT1"),
                    (stamp(T + 26 * H), "desk", "REF1"), (stamp(T + 6 * D + 1), "deadline", "IN2"),
                    (stamp(T + 9 * D), "purge", "PU1"), (stamp(T - 2 * D), "milestone", "MS1"),
                    (stamp(T + 10 * D), "desk", "MS1")):
            self.assertIn(row, seen)
        self.assertNotIn("OTHER", self.read("timeline.csv"))
        first = next(row for row in rows if row["id"] == "IN1")
        self.assertEqual((first["local"], first["due"]), ("2026-03-01 01:00:00 -08:00", stamp(T + 2 * D)))
        # After the second Sunday of March the clocks of California are another hour off.
        self.assertEqual(next(row["local"] for row in rows if row["id"] == "IN4"), "2026-03-09 02:00:00 -07:00")
        self.assertEqual(next(row["action"] for row in rows if row["id"] == "OUT1"), "hold")
        self.assertIn("MP-LINK", next(row["details"] for row in rows if row["id"] == "OUT1"))

    def test_response_times_and_their_reckoning(self):
        rows = self.json("response-times.json")
        self.assertEqual([(r["id"], r["due"], r.get("closed"), r["in_time"], r["missed"], r.get("took_seconds"))
                          for r in rows], [("IN1", stamp(T + 2 * D), stamp(T + 27 * H), True, False, 27 * H),
                                           ("IN2", stamp(T + 6 * D), stamp(T + 6 * D + 2 * H), False, True, 50 * H)])
        self.assertEqual((rows[0]["clock"], rows[0]["since"], rows[0]["source"], rows[0]["allowed_seconds"]),
                         ("inquiry", "2022-03-18T00:00:00Z", "Message Center guide: 48 hours", 48 * H))
        table = list(csv.DictReader(io.StringIO(self.read("response-times.csv"))))
        self.assertEqual([(r["id"], r["in_time"]) for r in table], [("IN1", "yes"), ("IN2", "no")])

    def test_verdicts_with_values_then_in_force(self):
        verdicts = {v["id"]: v for v in self.json("verdicts.json")["verdicts"]}
        held = verdicts["OUT1"]
        self.assertEqual((held["action"], held["findings"][0]["rule_id"], held["plugins_digest"]),
                         ("hold", "MP-LINK", "b1" * 32))
        self.assertEqual((held["setup"]["event"], held["setup"]["config_digest"]), ("start", "c0" * 32))
        values = {v["name"]: v for v in held["values"]}
        self.assertEqual((values["policy.MP-LINK"]["value"], values["policy.MP-LINK"]["since"]),
                         ("Walmart G10", "2022-03-18T00:00:00Z"))
        self.assertEqual(values["response_rate_percent"]["value"], "95")

    def test_records_are_the_logs_own_lines(self):
        with open(glob.glob(self.story.desk.dir + "/state/audit/audit-*.jsonl")[0], encoding="utf-8") as f:
            log = f.read().splitlines()
        lines = self.read("audit/records.jsonl").splitlines()
        self.assertTrue(lines and all(line in log for line in lines))
        ids = [json.loads(line)["id"] for line in lines]
        self.assertNotIn("OTHER", ids)
        self.assertIn("REF1", ids)
        context = [json.loads(line) for line in self.read("audit/context.jsonl").splitlines()]
        self.assertEqual([event["event"] for event in context], ["start", "checkpoint"])
        self.assertEqual(context[0]["id"], "START")

    def test_refund_and_windows(self):
        subject = self.json("windows.json")[0]
        self.assertEqual(subject["refund"]["state"], "issued")
        self.assertFalse(subject["refund"]["answered_in_time"])
        self.assertIn("dispute", json.dumps(subject["windows"]).lower())

    def test_nothing_hostile_gets_into_the_page(self):
        page = self.read("summary.html")
        self.assertNotIn("<script", page)
        self.assertNotIn("<img", page)
        self.assertNotIn("\u202e", page)
        self.assertIn(html.escape(self.story.hostile), page)
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
        style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.assertEqual(policy, "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'" % digest)
        self.assertEqual(re.findall(r'(?:src|href)="([^"]*)"', page),
                         ["messages/%03d-%s.eml" % (n, way) for n, way in
                          ((1, "in"), (2, "out"), (3, "out"), (4, "in"), (5, "out"), (6, "in"))])

    def test_a_cell_is_no_formula(self):
        for row in csv.reader(io.StringIO(self.read("timeline.csv"))):
            for cell in row:
                self.assertNotRegex(cell, r"^[=+@-]")

    def test_modes_and_times_do_not_depend_on_the_maker(self):
        found = tree(self.pack)
        self.assertEqual({mode for mode, _, content in found.values() if content is not None}, {0o100600})
        self.assertEqual({mode for mode, _, content in found.values() if content is None}, {0o40700})
        self.assertEqual({time for _, time, _ in found.values()}, {AS_OF})
        self.assertEqual([n for n in glob.glob(self.story.desk.dir + "/*") if ".tmp-" in n], [])

    def test_verify_txt_works_as_it_says(self):
        commands = [line.strip() for line in self.read("VERIFY.txt").splitlines() if line.startswith("       ")]
        run = subprocess.run(commands[0], shell=True, cwd=self.pack, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, "")
        run = subprocess.run(commands[1], shell=True, cwd=self.pack, capture_output=True, text=True, check=False)
        self.assertIn("Signature Verified Successfully", run.stdout, run.stderr)
        run = subprocess.run(commands[2], shell=True, cwd=self.pack, capture_output=True, text=True, check=False)
        self.assertEqual(run.stdout.strip(), self.json("manifest.json")["public_key"])
        self.assertEqual(run.stdout.strip(), self.story.public)
        loop = "\n".join(commands[3:8])
        self.assertTrue(loop.startswith("while") and loop.endswith("records.jsonl"), loop)
        for shell in ("sh", "bash"):
            run = subprocess.run([shell, "-c", loop], cwd=self.pack, capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))
        changed = loop.replace("audit/records.jsonl", "../changed.jsonl")
        with open(self.story.desk.dir + "/changed.jsonl", "w", encoding="utf-8") as f:
            f.write(self.read("audit/records.jsonl").replace('"action":"hold"', '"action":"pass"'))
        run = subprocess.run(["sh", "-c", changed], cwd=self.pack, capture_output=True, text=True, check=False)
        self.assertEqual(json.loads(run.stdout)["id"], "OUT1")


class Scopes(Case):
    def ids(self, pack):
        with open(pack + "/messages.json", encoding="utf-8") as f:
            return [m["id"] for m in json.load(f)]

    def test_twice_the_same_bytes(self):
        first, second = self.make(), self.make()
        self.assertEqual(tree(first), tree(second))
        empty = self.dir()
        os.mkdir(empty)
        code, _, err = self.postern("--order", ORDER, "-o", empty)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(tree(first), tree(empty))

    def test_at_a_time_the_log_may_grow(self):
        pack = self.make("--at", stamp(T + 5 * D))
        self.assertEqual(self.ids(pack), ["IN1", "OUT1", "OUT2", "IN2"])
        with open(pack + "/response-times.json", encoding="utf-8") as f:
            last = json.load(f)[1]
        self.assertEqual((last["outcome"], last["missed"], last["waiting_seconds"]), ("open", False, D))
        with open(pack + "/summary.html", encoding="utf-8") as f:
            self.assertIn("still waits, due", f.read())

    def test_thread_customer_and_period(self):
        self.assertEqual(self.ids(self.make(scope=("--thread", "OTHER"))), ["OTHER"])
        self.assertEqual(self.ids(self.make(scope=("--thread", "walmart:" + relay(2)))), ["OTHER"])
        self.assertEqual(self.ids(self.make(scope=("--customer", "somebody"))), ["OTHER"])
        period = ("--from", stamp(T + 4 * D), "--to", stamp(T + 7 * D))
        self.assertEqual(self.ids(self.make(scope=period)), ["IN2", "OUT3"])
        self.assertEqual(self.ids(self.make(*period)), ["IN2", "OUT3"])

    def test_what_is_not_known_makes_no_directory(self):
        out = self.dir()
        self.assertEqual(self.postern("--order", "1234567890123", "-o", out)[:2], (1, "nothing is known of that\n"))
        self.assertFalse(os.path.exists(out))

    def test_an_unsigned_pack_says_so(self):
        pack = self.make("--unsigned")
        self.assertFalse(os.path.exists(pack + "/SHA256SUMS.sig"))
        with open(pack + "/VERIFY.txt", encoding="utf-8") as f:
            self.assertIn("not signed", f.read())
        code, report = self.verify(pack)
        self.assertEqual((code, report["signed"]), (0, False))
        self.assertEqual(self.verify(pack, "--public-key", self.story.public)[0], 1)

    def test_wrong_calls(self):
        out = self.dir()
        full = self.make()
        for args in (("--order", ORDER), ("-o", out), ("--order", ORDER, "--thread", "x", "-o", out),
                     ("--order", ORDER, "-o", out, "--redact"), ("--order", ORDER, "-o", out, "--from", "yesterday"),
                     ("--order", ORDER, "-o", out, "--hide", "x"), ("verify",), ("verify", out + "/none"),
                     ("--order", ORDER, "-o", full), ("--order", ORDER, "-o", out, "--sign-key", "/nonexistent"),
                     ("--order", ORDER, "-o", "/proc/none/x")):
            code, _, err = self.postern(*args)
            self.assertEqual(code, 2, args)
            self.assertTrue(err.startswith("postern"), (args, err))
        self.assertFalse(os.path.exists(out))


class Running(unittest.TestCase):
    """Beside a daemon, with mail that came through it: its own records, its own archive."""

    def test_mail_of_a_daemon(self):
        desk = Desk(extra="")
        desk.settings["extra"] += 'archive { enabled = yes  dir = "%s/archive" }\n' % desk.dir
        desk.write_config()
        try:
            desk.start()
            desk.receive(1, subject="Where is PO %s" % ORDER)
            held = desk.answer(1, body="hold-token")
            self.assertEqual(held["action"], "hold")
            desk.answer(1)
            out = desk.dir + "/pack"
            code, text, err = desk.postern("evidence", "--order", ORDER, "-o", out)
            self.assertEqual((code, err), (0, ""), text)
            with open(out + "/messages.json", encoding="utf-8") as f:
                messages = json.load(f)
            self.assertEqual([m["state"] for m in messages], ["archived"] * 3)
            for message in messages:
                content = pathlib.Path(out, message["file"]).read_bytes()
                self.assertEqual(hashlib.sha256(content).hexdigest(), message["archive"])
            with open(out + "/verdicts.json", encoding="utf-8") as f:
                setup = json.load(f)["verdicts"][1]["setup"]
            self.assertEqual((setup["event"], len(setup["config_digest"])), ("start", 64))
            self.assertTrue(setup["plugins"])
            code, text, err = desk.postern("evidence", "verify", out, "--public-key", desk.dir + "/state/audit.pub")
            self.assertEqual((code, err), (0, ""), text)
        finally:
            desk.clean()


class Tampering(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pack = cls.story.desk.dir + "/pack"
        code, out, err = cls.story.desk.postern("evidence", "--order", ORDER, "-o", cls.pack)
        assert code == 0, (out, err)

    def copy(self):
        path = self.dir()
        shutil.copytree(self.pack, path, symlinks=True)
        return path

    def problems(self, path, *args):
        code, report = self.verify(path, *args)
        self.assertEqual(code, 0 if report["ok"] else 1)
        return [p["file"] for p in report["problems"]]

    def test_whole(self):
        code, report = self.verify(self.pack, "--public-key", self.story.public)
        self.assertEqual((code, report["ok"], report["trusted"], report["messages"]), (0, True, True, 6))
        code, out, _ = self.postern("verify", self.pack)
        self.assertTrue(code == 0 and out.startswith("whole"), out)

    def test_one_byte_of_each_file(self):
        for name in [n for n in tree(self.pack) if os.path.isfile(os.path.join(self.pack, n))]:
            path = self.copy()
            with open(os.path.join(path, name), "r+b") as f:
                content = bytearray(f.read())
                content[len(content) // 2] ^= 1
                f.seek(0)
                f.write(content)
            problems = self.problems(path)
            self.assertTrue(problems, name)
            if name not in ("SHA256SUMS", "public-key.pem"):
                self.assertIn(name, problems)

    def test_files_gone_added_cut_and_linked(self):
        path = self.copy()
        os.remove(path + "/messages/001-in.eml")
        self.assertEqual(self.problems(path), ["messages/001-in.eml"])
        path = self.copy()
        with open(path + "/messages/.hidden", "w", encoding="utf-8") as f:
            f.write("x")
        self.assertEqual(self.problems(path), ["messages/.hidden"])
        path = self.copy()
        os.truncate(path + "/timeline.csv", 10)
        self.assertEqual(self.problems(path), ["timeline.csv"])
        path = self.copy()
        os.rename(path + "/timeline.csv", path + "/../moved-%d" % self.count)
        os.symlink("../moved-%d" % self.count, path + "/timeline.csv")
        self.assertEqual(self.problems(path), ["timeline.csv"])
        path = self.copy()
        os.remove(path + "/SHA256SUMS.sig")
        self.assertIn("SHA256SUMS.sig", self.problems(path))
        os.remove(path + "/SHA256SUMS")
        self.assertIn("SHA256SUMS", self.problems(path))

    def resum(self, path):
        """What somebody without the key can do: make the sums fit again."""
        with open(path + "/SHA256SUMS", encoding="utf-8") as f:
            lines = f.read().splitlines()
        for i, line in enumerate(lines[1:], 1):
            name = line[66:]
            with open(os.path.join(path, name), "rb") as f:
                lines[i] = hashlib.sha256(f.read()).hexdigest() + "  " + name
        with open(path + "/SHA256SUMS", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def test_new_sums_do_not_fit_the_signature(self):
        path = self.copy()
        with open(path + "/messages/002-out.eml", "ab") as f:
            f.write(b"more\r\n")
        self.resum(path)
        problems = self.problems(path)
        self.assertIn("SHA256SUMS.sig", problems)
        self.assertIn("messages/002-out.eml", problems)  # the record says which bytes it was
        self.assertIn("manifest.json", problems)

    def test_another_key_is_found_with_the_right_one(self):
        key = self.story.desk.dir + "/other"
        code, out, err = self.story.desk.postern("audit", "key", "--make")
        self.assertEqual(code, 0, err)
        with open(key, "w", encoding="utf-8") as f:
            f.write("11" * 32 + "\n")
        os.chmod(key, 0o600)
        path = self.make("--sign-key", key)
        self.assertEqual(self.problems(path), [])
        self.assertEqual(self.problems(path, "--public-key", self.story.public), ["public-key.pem"])

    def test_names_that_lead_out_are_refused(self):
        path = self.copy()
        with open(path + "/SHA256SUMS", "a", encoding="utf-8") as f:
            f.write("%s  ../../etc/passwd\n" % ("0" * 64))
        code, report = self.verify(path)
        self.assertEqual(code, 1)
        self.assertTrue(any("no name" in p["problem"] for p in report["problems"]), report)


class Redacted(Case):
    KNOWN = (NAME, "María", "Müller", "Silva", "Lindqvist", "anna", PHONE, "415) 555", TRACKING, STREET, PRIVATE,
             "maria.private", "silva-family", ORDER, ORDER[:9], SELLER, "bestgadgets", relay(1), "203.0.113.77",
             "door-", "chief")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.story.desk.dir + "/redact.key"
        with open(cls.key, "w", encoding="utf-8") as f:
            f.write("a secret of twenty-six bytes\n")
        cls.tokens = cls.story.desk.dir + "/tokens.csv"
        cls.pack = cls.story.desk.dir + "/redacted"
        code, out, err = cls.story.desk.postern("evidence", "--order", ORDER, "-o", cls.pack, "--redact", "--key-file", cls.key,
                                                "--tokens", cls.tokens)
        assert code == 0, (out, err)

    def texts(self):
        """Every file's name and content, and what it decodes to."""
        for name, (_, _, content) in tree(self.pack).items():
            yield name, name
            if content is None:
                continue
            text = content.decode("utf-8", "replace")
            yield name, text
            yield name, html.unescape(text)
            if name.endswith(".eml"):
                message = email.message_from_bytes(content)
                yield name, "\n".join("%s: %s" % pair for pair in message.items())
                for part in message.walk():
                    yield name, (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
            if name.endswith(".json"):
                yield name, json.dumps(json.loads(text), ensure_ascii=False)
            for piece in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text):
                try:
                    yield name, base64.b64decode(piece + "=" * (-len(piece) % 4)).decode("utf-8", "replace")
                except ValueError:
                    pass

    def test_nobody_known_is_found_anywhere(self):
        for name, text in self.texts():
            plain = re.sub(r"[^0-9a-z]", "", text.lower())
            for known in self.KNOWN:
                self.assertNotIn(known.lower(), text.lower(), (name, known))
            for digits in (re.sub(r"\D", "", PHONE), ORDER, TRACKING.lower()):
                self.assertNotIn(digits, plain, name)

    def test_this_test_finds_them_in_the_other_pack(self):
        whole = self.make()
        kept, self.pack = self.pack, whole
        try:
            found = {known for known in self.KNOWN for _, text in self.texts() if known.lower() in text.lower()}
        finally:
            self.pack = kept
        self.assertEqual(set(self.KNOWN) - found, set())

    def test_the_story_stays(self):
        with open(self.pack + "/messages/003-out.eml", encoding="utf-8") as f:
            self.assertIn("We opened a trace with the carrier", f.read())
        with open(self.pack + "/messages/004-in.eml", encoding="utf-8") as f:
            self.assertIn("Customer Care", f.read())
        with open(self.pack + "/response-times.json", encoding="utf-8") as f:
            self.assertEqual(json.load(f)[1]["took_seconds"], 50 * H)
        with open(self.pack + "/messages.json", encoding="utf-8") as f:
            first = json.load(f)[0]
        self.assertEqual((first["archive"], first["attachments"][0]["type"]),
                         (hashlib.sha256(self.story.raw["IN1"]).hexdigest(), "image/jpeg"))
        self.assertEqual(self.verify(self.pack)[0], 0)

    def test_the_same_token_everywhere(self):
        with open(self.tokens, encoding="utf-8") as f:
            tokens = {row["value"]: row["token"] for row in csv.DictReader(f)}
        self.assertEqual(stat.S_IMODE(os.stat(self.tokens).st_mode), 0o600)
        order = tokens[ORDER]
        for name in ("summary.html", "timeline.csv", "messages/001-in.eml", "messages/003-out.eml",
                     "audit/records-redacted.json", "manifest.json", "windows.json"):
            with open(os.path.join(self.pack, name), encoding="utf-8") as f:
                self.assertTrue(order in f.read(), name)
        self.assertIn(relay(1), tokens)
        again = self.make("--redact", "--key-file", self.key)
        self.assertEqual(tree(again), tree(self.pack))

    def test_another_key_gives_other_tokens(self):
        key = self.story.desk.dir + "/second.key"
        with open(key, "w", encoding="utf-8") as f:
            f.write("another secret of some length\n")
        pack = self.make("--redact", "--key-file", key)
        with open(pack + "/manifest.json", encoding="utf-8") as f, open(self.pack + "/manifest.json", encoding="utf-8") as g:
            self.assertNotEqual(json.load(f)["scope"]["order"], json.load(g)["scope"]["order"])

    def test_what_the_caller_names_goes_too(self):
        pack = self.make("--redact", "--key-file", self.key, "--hide", "New LAMP")
        for name, (_, _, content) in tree(pack).items():
            self.assertNotIn(b"new lamp", (content or b"").lower(), name)

    def test_the_table_never_goes_into_the_pack(self):
        out = self.dir()
        code, _, err = self.postern("--order", ORDER, "-o", out, "--redact", "--key-file", self.key, "--tokens", out + "/t.csv")
        self.assertEqual(code, 2)
        self.assertIn("inside", err)
        with open(self.story.desk.dir + "/short.key", "w", encoding="utf-8") as f:
            f.write("short\n")
        code, _, err = self.postern("--order", ORDER, "-o", out, "--redact", "--key-file", self.story.desk.dir + "/short.key")
        self.assertEqual(code, 2)
        self.assertIn("16 characters", err)
        self.assertFalse(os.path.exists(out))


if __name__ == "__main__":
    unittest.main()
