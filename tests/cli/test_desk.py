#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the desk is commanded, with a running posternd: marks, held replies, milestones, who may, what is refused."""
import json
import os
import pwd
import signal
import subprocess
import sys
import time
import unittest

from desk import BUILD, ORDER, POSTERN, SELLER, Desk, relay

RELEASED = 'echo "postsuper: $2: released from hold" >&2; echo "postsuper: Released from hold: 1 message" >&2\n'


def key(n):
    return "walmart:" + relay(n)


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Desk(extra='desk { postsuper = "%(dir)s/postsuper"  postqueue = "%(dir)s/postqueue"  sendmail = "%(dir)s/sendmail" }')
        cls.d.settings["extra"] = cls.d.settings["extra"] % cls.d.settings
        cls.d.write_config()
        cls.d.program("postqueue", '[ "$1" = -j ] || echo "$@" >>"%s/postqueue.calls"\n' % cls.d.dir)
        cls.d.program("postsuper", 'echo "$@" >>"%s/postsuper.calls"\n%s' % (cls.d.dir, RELEASED))
        cls.d.program("sendmail", 'echo "$@" >"%s/mail"; cat >>"%s/mail"\n' % (cls.d.dir, cls.d.dir))
        cls.d.start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def row(self, n, *args):
        """The thread's row in the inbox, None when it is not shown."""
        rows = [row for row in self.d.json("inbox", "--limit", 1000, *args) if row["thread"] == key(n)]
        self.assertLessEqual(len(rows), 1)
        return rows[0] if rows else None

    def refused(self, hint, *args):
        code, out, err = self.d.postern(*args)
        self.assertEqual((code, out), (2, ""), args)
        self.assertIn(hint, err)

    def last(self, verb):
        return [e for e in self.d.audit("desk") if e["verb"] == verb][-1]

    def ask(self, request):
        return self.d.control(None, raw=json.dumps({"command": "desk", **request}).encode() + b"\n")

    # ---- marks ----------------------------------------------------------------------------------

    def test_spam_leaves_the_inbox_and_an_answer_lifts_it(self):
        first = self.d.receive(10, subject="Cheap followers")
        self.assertIn("Presale", first["labels"])
        code, out, err = self.d.postern("spam", first["id"], "--reason", "fraud", "--why", "sells followers")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("marked as spam", out)
        event = self.last("spam")
        self.assertEqual((event["reason"], event["why"], event["threads"], event["uid"], event["by"]),
                         ("fraud", "sells followers", [key(10)], os.getuid(), pwd.getpwuid(os.getuid()).pw_name))
        self.assertIsNone(self.row(10))
        self.assertIsNone(self.row(10, "--filter", "unanswered"))
        self.assertTrue(self.row(10, "--filter", "spam")["spam"])
        self.refused("marked as spam already", "spam", key(10), "--reason", "spam")
        self.d.answer(10)
        self.assertTrue(self.row(10) is not None)
        self.assertFalse(self.row(10)["spam"])
        self.refused("is not marked as spam", "spam", key(10), "--undo")

    def test_spam_may_be_taken_back(self):
        self.d.receive(11)
        self.assertEqual(self.d.postern("spam", key(11), "--reason", "inappropriate")[0], 0)
        self.assertEqual(self.d.postern("spam", key(11), "--undo")[0], 0)
        self.assertEqual(self.row(11)["state"], "open")

    def test_spam_is_refused_with_an_order_an_answer_or_another_reason(self):
        self.d.receive(12, subject="Order " + ORDER, body="Where is order %s?" % ORDER)
        self.refused("mail about an order is never spam", "spam", key(12), "--reason", "spam")
        self.d.receive(13)
        self.d.answer(13)
        self.assertTrue(self.row(13)["state"] == "answered")
        self.refused("only an unanswered message", "spam", key(13), "--reason", "spam")
        self.refused("--reason", "spam", key(13))
        self.refused("inappropriate", "spam", key(13), "--reason", "boring")
        self.refused("no such thread", "spam", "walmart:nobody", "--reason", "spam")
        self.refused("no thread has this order", "spam", "999", "--reason", "spam")

    def test_done_stops_the_clock_until_it_is_taken_back(self):
        first = self.d.receive(14, body="Thanks!")
        due = self.row(14)["due"]
        self.refused("--why", "done", key(14))
        code, out, _ = self.d.postern("done", first["id"], "--why", "only thanks")
        self.assertEqual(code, 0)
        self.assertIn("needs no response", out)
        self.assertEqual(self.last("done")["why"], "only thanks")
        self.assertIsNone(self.row(14, "--filter", "unanswered"))
        self.assertTrue(self.row(14)["done"])
        self.refused("already", "done", key(14), "--why", "again")
        answer = self.d.json("done", key(14), "--undo")
        self.assertTrue(answer["ok"] and answer["applied"])
        self.assertEqual((self.row(14)["state"], self.row(14)["due"]), ("open", due))
        self.d.answer(14)
        self.assertTrue(self.row(14)["state"] == "answered")
        self.refused("nothing waits", "done", key(14), "--why", "x")

    def test_an_order_names_its_thread_when_it_has_one(self):
        self.d.receive(15, subject="Order 4342076435999", body="Where is order 4342076435999?")
        self.assertEqual(self.d.postern("done", "4342076435999", "--why", "told by phone")[0], 0)
        self.d.receive(16, subject="Order 4342076435888", body="Where is order 4342076435888?")
        self.d.receive(17, subject="Order 4342076435888", body="Where is order 4342076435888?")
        shown = [json.loads(line) for line in self.d.postern("thread", "4342076435888", "--json")[1].splitlines()]
        if len(shown) > 1:
            self.refused("several threads", "done", "4342076435888", "--why", "x")

    # ---- held replies -----------------------------------------------------------------------------

    def test_a_release_is_an_answer_only_when_the_mail_server_did_it(self):
        self.d.receive(20)
        held = self.d.answer(20, body="hold-token", queue_id="4ZQ1AB2020")
        self.assertEqual(held["action"], "hold")
        self.assertTrue(any(e["id"] == held["id"] for e in self.d.json("held", "list")))
        entry = next(e for e in self.d.json("held", "list") if e["id"] == held["id"])
        self.assertEqual((entry["thread"], entry["state"]), (key(20), "open"))
        self.assertEqual(self.row(20)["state"], "open")
        self.refused("--why", "held", "release", held["id"])

        self.d.program("postsuper", 'echo "postsuper: fatal: use of this command is reserved for the superuser" >&2; exit 1\n')
        self.refused("reserved for the superuser", "held", "release", held["id"], "--why", "it is right")
        self.assertEqual([e["verb"] for e in self.d.audit("desk") if e.get("ref") == held["id"]], ["releasing", "kept"])
        self.assertIn("superuser", self.last("kept")["why"])
        self.assertEqual(self.row(20)["state"], "open")

        self.d.program("postsuper", "exit 0\n")
        self.refused("no such message is on hold", "held", "release", held["id"], "--why", "it is right")
        self.assertEqual(self.row(20)["state"], "open")

        self.d.program("postsuper", 'echo "$@" >>"%s/postsuper.calls"\n%s' % (self.d.dir, RELEASED))
        code, out, err = self.d.postern("held", "release", held["id"], "--why", "it is right")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("released", out)
        with open(os.path.join(self.d.dir, "postsuper.calls")) as f:
            self.assertEqual(f.read().splitlines()[-1], "-H 4ZQ1AB2020")
        with open(os.path.join(self.d.dir, "postqueue.calls")) as f:
            self.assertEqual(f.read(), "-i 4ZQ1AB2020\n")
        event = self.last("release")
        self.assertEqual((event["ref"], event["why"], event["threads"]), (held["id"], "it is right", [key(20)]))
        self.assertEqual(self.row(20)["state"], "answered")
        self.assertFalse(any(e["id"] == held["id"] for e in self.d.json("held", "list")))
        self.refused("release was recorded already", "held", "release", held["id"], "--why", "again")

    def test_a_release_by_hand_is_recorded_without_the_mail_server(self):
        self.d.receive(21)
        held = self.d.answer(21, body="hold-token", queue_id=None)
        self.assertTrue(self.row(21)["failed"] == 1)
        self.refused("--by-hand", "held", "release", held["id"], "--why", "x")
        self.assertEqual(self.d.postern("held", "release", held["id"], "--why", "x", "--by-hand")[0], 0)
        self.assertTrue(self.last("release")["by_hand"])
        self.assertEqual(self.row(21)["state"], "answered")

    def test_only_held_messages_are_released(self):
        first = self.d.receive(22)
        sent = self.d.answer(22)
        self.refused("was not held", "held", "release", sent["id"], "--why", "x")
        self.refused("was not held", "held", "release", first["id"], "--why", "x")
        other = sent["id"][:-1] + ("1" if sent["id"][-1] == "0" else "0")
        self.refused("no such message", "held", "release", other, "--why", "x")
        self.refused("no id of a message", "held", "release", "ALL", "--why", "x")

    # ---- milestones --------------------------------------------------------------------------------

    def test_a_milestone_opens_a_window(self):
        self.d.receive(30, subject="Order 4342076435300", body="Where is order 4342076435300?")
        code, out, err = self.d.postern("milestone", "add", "denial", "--order", "4342076435300", "--at", "2026-03-03",
                                        "--why", "mail of 3 March")
        self.assertEqual((code, out, err), (0, "recorded\n", ""))
        event = self.last("milestone")
        self.assertEqual((event["order"], event["marketplace"], event["milestones"]), (
            "4342076435300", "walmart", [{"name": "denial", "subject": "4342076435300", "time": "2026-03-03T12:00:00Z"}]))
        self.assertIn("known already", self.d.postern("milestone", "add", "denial", "--order", "4342076435300", "--at",
                                                      "2026-03-03", "--why", "again")[1])
        shown = self.d.json("windows", "--order", "4342076435300", "--at", "2026-04-01T00:00:00Z")
        appeal = next(w for w in shown[0]["windows"] if w["window"] == "appeal")
        # Denied on 3 March: 2 April is the last day, in Los Angeles.
        self.assertEqual((appeal["closes"], appeal["state"]), ("2026-04-03T06:59:59Z", "closing"))
        later = self.d.json("windows", "--order", "4342076435300", "--at", "2026-04-03T07:00:00Z")
        self.assertEqual(next(w for w in later[0]["windows"] if w["window"] == "appeal")["state"], "closed")
        self.assertIn("appeal", self.d.postern("windows", "--order", "4342076435300", "--at", "2026-04-01")[1].lower())

    def test_milestones_with_mistakes_are_refused(self):
        for args, hint in ((("denail", "--order", "1", "--at", "2026-03-03"), "did you mean 'denial'"),
                           (("reimbursed", "--order", "1", "--at", "2026-03-03"), "postern-milestone(1) lists"),
                           (("denial", "--order", "a b", "--at", "2026-03-03"), "no number"),
                           (("denial", "--order", "1", "--at", "3 March"), "2026-11-22"),
                           (("Denial", "--order", "1", "--at", "2026-03-03"), "no milestone"),
                           (("denial", "--order", "1", "--at", "2026-03-03", "--marketplace", "wallmart"), "no profile"),
                           (("denial", "--order", "1", "--at", "2026-03-03", "--term", "0"), "from 1 to")):
            self.refused(hint, "milestone", "add", *args, "--why", "x")

    def table(self, text, name="m.csv"):
        path = os.path.join(self.d.dir, name)
        with open(path, "w", newline="") as f:
            f.write(text)
        return path

    def test_a_table_is_imported_once(self):
        rows = "".join("settlement,43420764%05d,2026-03-%02d,,walmart\n" % (n, n % 28 + 1) for n in range(200))
        path = self.table("name,order,time,term_days,marketplace\n" + rows)
        before = len(self.d.audit("desk"))
        self.assertEqual(self.d.postern("milestone", "import", path), (0, "200 recorded, 0 known already, 0 left out\n", ""))
        events = self.d.audit("desk")[before:]
        self.assertGreater(len(events), 1)  # several requests
        self.assertEqual(sum(len(e["milestones"]) for e in events), 200)
        self.assertEqual({e["why"] for e in events}, {"imported from m.csv"})
        self.assertEqual(self.d.postern("milestone", "import", path), (0, "0 recorded, 200 known already, 0 left out\n", ""))
        self.assertEqual(len(self.d.audit("desk")), before + len(events))

    def test_tables_of_spreadsheets_are_read(self):
        path = self.table('\ufefftime;"order";name\r\n2026-03-01;"77001";"denial"\r\n\r\n2026-03-02T10:00:00Z;77002;denial\r\n')
        self.assertEqual(self.d.postern("milestone", "import", path)[1], "2 recorded, 0 known already, 0 left out\n")

    def test_all_mistakes_of_a_table_are_told_and_nothing_is_imported(self):
        path = self.table("name,order,time,term_days\ndenial,78001,2026-03-01,\ndenail,78002,2026-03-01,\n"
                          "denial,78003,1 March,\ndenial,78004,2026-03-01,soon\ndenial,78005,2026-03-01,,extra\n"
                          "denial,78006,2026-03-01,30\n\"denial,78007,2026-03-01,\n")
        before = len(self.d.audit("desk"))
        code, out, err = self.d.postern("milestone", "import", path)
        self.assertEqual((code, out), (2, ""))
        for line, hint in ((3, "did you mean 'denial'"), (4, "2026-11-22"), (5, "term_days"), (6, "header has 4"), (8, "quote")):
            self.assertRegex(err, r"m\.csv:%d: .*%s" % (line, hint))
        self.assertNotRegex(err, r"m\.csv:(2|7):")
        self.assertEqual(len(self.d.audit("desk")), before)
        code, out, err = self.d.postern("milestone", "import", path, "--partial")
        self.assertEqual((code, out), (1, "2 recorded, 0 known already, 5 left out\n"))
        self.assertEqual([m["subject"] for m in self.last("milestone")["milestones"]], ["78001", "78006"])
        told = json.loads(self.d.postern("milestone", "import", path, "--json")[1])
        self.assertEqual([e["line"] for e in told["errors"]], [3, 4, 5, 6, 8])

    def test_what_is_no_table_is_refused(self):
        for text, hint in (("", "is empty"), ("name,order\n", "name, order and time"), ("name,oder,time\n1,2,3\n", "'order'"),
                           ("name,order,time\n", "no line below"), ("name,name,order,time\n", "comes twice")):
            self.refused(hint, "milestone", "import", self.table(text, "bad.csv"))
        self.refused("none.csv", "milestone", "import", "/nowhere/none.csv")
        with open(os.path.join(self.d.dir, "utf16.csv"), "wb") as f:
            f.write("name,order,time\n".encode("utf-16"))
        self.refused("UTF-8", "milestone", "import", os.path.join(self.d.dir, "utf16.csv"))

    # ---- the control socket ---------------------------------------------------------------------------

    def test_bad_requests_are_told_what_is_wrong(self):
        before = len(self.d.audit("desk"))
        for request, hint in (({}, "verb: missing"), ({"verb": "don"}, "did you mean 'done'"), ({"verb": "done"}, "thread"),
                              ({"verb": "done", "thread": key(1), "ref": "x", "why": "x"}, "either"),
                              ({"verb": "done", "thread": key(1)}, "say why"),
                              ({"verb": "done", "thread": 7, "why": "x"}, "thread: has to be text"),
                              ({"verb": "done", "thread": key(1), "why": ""}, "why: is empty"),
                              ({"verb": "done", "thread": key(1), "why": "x" * 501}, "longer than 500"),
                              ({"verb": "spam", "thread": key(1), "reason": "x"}, "reason"),
                              ({"verb": "release", "why": "x"}, "held message"),
                              ({"verb": "milestone", "why": "x"}, "milestones"),
                              ({"verb": "milestone", "why": "x", "milestones": [{"name": "a"}]}, "milestones[0]"),
                              ({"verb": "milestone", "why": "x", "milestones": [7]}, "milestones[0]"),
                              ({"verb": "milestone", "why": "x", "milestones": [
                                  {"name": "denail", "subject": "1", "time": "2026-03-01"}]}, "did you mean 'denial'"),
                              ({"verb": "milestone", "why": "x", "milestones": [
                                  {"name": "denial", "subject": "1", "time": "2026-03-01", "term_days": -1}]}, "term_days"),
                              ({"verb": "milestone", "why": "x", "order": "\n", "milestones": [
                                  {"name": "denial", "subject": "1", "time": "2026-03-01"}]}, "order")):
            answer = self.ask(request)
            self.assertFalse(answer["ok"], request)
            self.assertIn(hint, answer["error"], request)
        self.assertIn("4095 bytes", self.ask({"verb": "done", "thread": "x" * 5000, "why": "x"})["error"])
        self.assertEqual(len(self.d.audit("desk")), before)

    @unittest.skipUnless(os.getuid() == 0, "needs another user to be")
    def test_others_may_not_command_unless_they_are_listed(self):
        d = Desk(milter='socket_mode = 0666')
        try:
            d.start()
            os.chmod(os.path.join(d.dir, "control.sock"), 0o666)
            request = '{"command":"desk","verb":"milestone","why":"x","milestones":[{"name":"denial","subject":"1","time":"2026-03-01"}]}'
            script = ("import os, socket, sys; os.setgid(65534); os.setuid(%d); s = socket.socket(socket.AF_UNIX); "
                      "s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\\n'); print(s.recv(65536).decode())")

            def ask(text):
                out = subprocess.check_output([sys.executable, "-c", script % pwd.getpwnam("nobody").pw_uid,
                                               os.path.join(d.dir, "control.sock"), text], text=True)
                return json.loads(out)
            self.assertIn("milter.desk_users", ask(request)["error"])
            self.assertEqual(d.audit("desk"), [])
            d.settings["milter"] = 'socket_mode = 0666  desk_users = { nobody }'
            d.write_config()
            self.assertTrue(d.control("reload")["ok"])
            self.assertTrue(ask(request)["ok"])
            self.assertEqual((d.audit("desk")[0]["by"], d.audit("desk")[0]["uid"]), ("nobody", pwd.getpwnam("nobody").pw_uid))
            self.assertIn("milter.control_users", ask('{"command":"stop"}')["error"])
        finally:
            d.clean()

    # ---- reading --------------------------------------------------------------------------------------

    def test_a_thread_shows_messages_reasons_and_commands(self):
        first = self.d.receive(40, subject="A \x1b]0;question")
        held = self.d.answer(40, body="hold-token", queue_id="4ZQ1AB4040")
        self.assertEqual(self.d.postern("done", key(40), "--why", "told on the phone")[0], 0)
        self.assertTrue(len(self.d.json("thread", key(40))["timeline"]) == 3)
        shown = self.d.json("thread", held["id"])
        self.assertEqual([e["id"] for e in shown["timeline"]][:2], [first["id"], held["id"]])
        self.assertEqual(shown["timeline"][0]["due"], first["sla"]["due"])
        self.assertEqual(shown["timeline"][1]["findings"][0]["rule"], "hold-token")
        self.assertEqual((shown["timeline"][1]["queue_id"], shown["timeline"][1]["effect"]), ("4ZQ1AB4040", "held"))
        self.assertEqual((shown["timeline"][2]["action"], shown["timeline"][2]["why"]), ("done", "told on the phone"))
        self.assertEqual(shown["inquiries"][0]["outcome"], "done")
        out = self.d.postern("thread", key(40))[1]
        self.assertNotIn("\x1b", out)
        for word in "hold-token", "told on the phone", "4ZQ1AB4040", key(40):
            self.assertIn(word, out)
        self.assertEqual(self.d.postern("thread", "no-such-order")[0], 1)

    def test_the_inbox_watches_with_json(self):
        self.d.receive(41)
        process = subprocess.Popen([POSTERN, "inbox", "--config", self.d.config, "--watch=1", "--json"], text=True,
                                   stdout=subprocess.PIPE)
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 0)
        process.stdout.close()
        for line in lines:
            self.assertLessEqual({"time", "counts", "threads"}, set(line))
            self.assertLessEqual({"total", "unanswered", "due_24h", "overdue"}, set(line["counts"]))
        self.assertLess(lines[0]["time"], lines[1]["time"])

    def test_watching_needs_a_terminal_and_counts_down_on_one(self):
        self.refused("needs a terminal", "inbox", "--watch", "5")
        self.refused("from 1 to", "inbox", "--watch", "0")
        self.refused("leave out --at", "inbox", "--watch", "--at", "2026-01-01")
        self.d.receive(42)
        master, slave = os.openpty()
        process = subprocess.Popen([POSTERN, "inbox", "--config", self.d.config, "--watch", "60"], stdout=slave)
        os.close(slave)
        seen, until = b"", time.monotonic() + 60
        while seen.count(b"read ") < 3 and time.monotonic() < until:
            seen += os.read(master, 65536)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            if not more:
                break
            seen += more
        self.assertEqual(process.wait(60), 0)
        os.close(master)
        self.assertIn(b"read 0 s ago", seen)
        self.assertIn(b"TIME LEFT", seen)
        self.assertTrue(seen.rstrip().endswith(b"\x1b[?25h\x1b[?1049l"), seen[-40:])

    def test_unread_is_explained(self):
        code, out, err = self.d.postern("inbox", "--filter", "unread", "--json")
        self.assertEqual(code, 0)
        self.assertIn("known to the mailbox alone", err)
        self.assertEqual(json.loads(out), self.d.json("inbox", "--filter", "unanswered"))

    def test_a_digest_goes_to_sendmail(self):
        self.d.receive(43, subject="Evil\r\n Bcc: x", name="Eve\x1b[31m")
        code, out, err = self.d.postern("digest", "--mail", "desk@shop.example")
        self.assertEqual((code, out, err), (0, "", ""))
        with open(os.path.join(self.d.dir, "mail")) as f:
            mail = f.read()
        self.assertTrue(mail.startswith("-t -i\nTo: desk@shop.example\nSubject: Postern: "), mail[:80])
        self.assertNotIn("\x1b", mail)
        for bad in "desk@shop.example, x@y.example", "-t", "a\nBcc: x@y.example", "", "Desk <desk@shop.example>":
            self.refused("--mail", "digest", "--mail=" + bad)
        self.d.program("sendmail", 'echo "no queue" >&2; exit 75\n')
        self.refused("exit status 75: no queue", "digest", "--mail", "desk@shop.example")
        self.d.program("sendmail", 'echo "$@" >"%s/mail"; cat >>"%s/mail"\n' % (self.d.dir, self.d.dir))


class Stopped(unittest.TestCase):
    def test_commands_say_that_the_daemon_does_not_run(self):
        d = Desk()
        try:
            for args in (("spam", "walmart:x", "--reason", "spam"), ("done", "walmart:x", "--why", "x"),
                         ("milestone", "add", "denial", "--order", "1", "--at", "2026-03-03", "--why", "x"),
                         ("held", "release", "01K3R4Q7ZK2M5N9P3T6V", "--why", "x")):
                code, out, err = d.postern(*args)
                self.assertEqual((code, out), (2, ""), args)
        finally:
            d.clean()


if __name__ == "__main__":
    os.chdir(BUILD)
    unittest.main(argv=[sys.argv[0], "-v"])
