#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern held, with a running posternd and mail programs that are scripts: what is shown, in which order it is recorded."""
import base64
import json
import os
import pwd
import subprocess
import sys
import time
import unittest

from desk import BUILD, POSTERN, Desk, relay

RELEASED = 'echo "postsuper: Released from hold: 1 message" >&2\n'
DELETED = 'echo "postsuper: Deleted: 1 message" >&2\n'
MESSAGE = """From: Agent <agent@bestgadgets.example>
To: %s
Subject: =?utf-8?Q?Ihre_Bestellung_=C3=BCber_hold-token?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

%s
--b
Content-Type: application/pdf; name="label.pdf"
Content-Disposition: attachment; filename="label.pdf"

%%PDF-1.4
--b--
"""
TEXT = "Dear Ms Silva, Hold-Token stands here; hold-tokens do not.\nA \x1b[31mred word.\n"


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Held(unittest.TestCase):
    def setUp(self):
        self.d = Desk(extra=self.section())
        self.addCleanup(self.d.clean)
        self.d.program("postsuper", 'echo "$@" >>"%s/calls"\ncase $1 in -H) %s;; -d) %s;; esac\n' % (
            self.d.dir, RELEASED, DELETED))
        self.d.program("postcat", 'cat "%s/message"\n' % self.d.dir)
        self.d.program("sendmail", 'echo "$@" >"%s/mail"; cat >>"%s/mail"\n' % (self.d.dir, self.d.dir))
        self.queue({})
        self.d.settings["extra"] = self.d.settings["extra"] % self.d.settings
        self.d.write_config()
        self.d.start()

    @staticmethod
    def section(more=""):
        return ('desk { postsuper = "%(dir)s/postsuper"  postqueue = "%(dir)s/postqueue"  postcat = "%(dir)s/postcat"'
                '  sendmail = "%(dir)s/sendmail" ' + more + ' }')

    def again(self, more):
        """Another section desk, in force at once."""
        self.d.settings["extra"] = self.d.settings["extra"].rpartition("desk {")[0] + self.section(more) % self.d.settings
        self.d.write_config()
        self.assertTrue(self.d.control("reload")["ok"])

    def queue(self, entries):
        """What postqueue -j shows: queue id to queue name."""
        self.d.write("queue", "".join(json.dumps({"queue_name": name, "queue_id": id, "arrival_time": int(time.time())}) + "\n"
                                      for id, name in entries.items()))
        self.d.program("postqueue", 'if [ "$1" = -j ]; then cat "%s/queue"; else echo "$@" >>"%s/calls"; fi\n' % (
            self.d.dir, self.d.dir))

    def hold(self, n=1, queue_id="4ZQ1AB2020", body="hold-token"):
        self.d.receive(n)
        held = self.d.answer(n, body=body, queue_id=queue_id)
        self.assertEqual(held["action"], "hold")
        self.d.write("message", MESSAGE % (relay(n), b64(TEXT)))
        self.queue({queue_id: "hold"})
        return held["id"]

    def refused(self, hint, *args, status=2):
        code, out, err = self.d.postern("held", *args)
        self.assertEqual((code, out), (status, ""), (args, out, err))
        self.assertIn(hint, err)

    def done(self, *args, status=0):
        code, out, err = self.d.postern("held", *args)
        self.assertEqual((code, err), (status, ""), (args, out, err))
        return out

    def verbs(self):
        return [event["verb"] for event in self.d.audit("desk")]

    def file(self, name):
        try:
            with open(os.path.join(self.d.dir, name), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # ---- show -----------------------------------------------------------------------------

    def test_show_tells_time_reasons_and_marks_what_was_found(self):
        held = self.hold()
        out = self.done("show", held)
        self.assertRegex(out.splitlines()[0], "^%s +4[78] h .* left" % held)
        for word in ("envelope    <agent@bestgadgets.example> to " + relay(1), "rule hold-token", "4ZQ1AB2020",
                     "Subject: Ihre Bestellung über >>hold-token<<", ">>Hold-Token<< stands here; hold-tokens do not.",
                     "label.pdf, application/pdf", "postern held release " + held, "\\x1B[31mred"):
            self.assertIn(word, out)
        self.assertNotIn("\x1b", out)
        shown = self.d.json("held", "show", held)
        self.assertEqual([p["attachment"] for p in shown["parts"]], [False, True])
        self.assertEqual(shown["parts"][0]["marked"], ["Hold-Token"])
        self.assertEqual(shown["record"]["id"], held)
        self.assertGreater(shown["seconds_left"], 47 * 3600)
        self.assertEqual(self.done("show", held, "--raw"), MESSAGE % (relay(1), b64(TEXT)))
        self.refused("exclude each other", "show", held, "--raw", "--json")

    def test_show_on_a_terminal_is_coloured_and_harmless(self):
        held = self.hold()
        master, slave = os.openpty()
        for arguments, wanted in ((["show", held], b"\x1b[1;31mHold-Token\x1b[0m stands"), (["show", held, "--raw"], b"Subject")):
            self.d.write("message", MESSAGE % (relay(1), b64(TEXT)) + "\x1b]0;evil\x07")
            with subprocess.Popen([POSTERN, "held", "--config", self.d.config, *arguments], stdout=slave) as process:
                self.assertEqual(process.wait(30), 0)
            seen = os.read(master, 65536)
            self.assertIn(wanted, seen)
            self.assertNotIn(b"\x1b]0;", seen)
            self.assertNotIn(b"\x1b[31mred", seen)
        os.close(master)
        os.close(slave)

    def test_show_without_the_message_shows_the_record(self):
        held = self.hold()
        self.d.program("postcat", 'echo "postcat: fatal: open queue file: No such file" >&2; exit 1\n')
        out = self.done("show", held)
        self.assertIn("rule hold-token", out)
        self.assertIn("its text can't be shown", out)
        self.assertIn("No such file", out)
        self.refused("No such file", "show", held, "--raw")
        self.refused("no such message", "show", held[:-1] + ("0" if held[-1] != "0" else "1"))
        self.refused("no id", "show", "x")
        self.refused("was not held but got 'pass'", "show", self.d.answer(2)["id"])

    # ---- list ------------------------------------------------------------------------------

    def test_list_filters_counts_and_looks_into_the_queue(self):
        first = self.hold(1, "4ZQ1AB0001")
        second = self.hold(2, "4ZQ1AB0002")
        self.queue({"4ZQ1AB0001": "hold", "4ZQ1AB0002": "deferred", "4ZQ1AB0009": "hold"})
        entries = {e["id"]: e for e in self.d.json("held", "list")}
        self.assertEqual((entries[first]["queue"], entries[second]["queue"]), ("held", "released"))
        self.assertEqual((entries[first]["rules"], len(entries[first]["rule_ids"])), (["hold-token"], 1))
        out = self.done("list")
        self.assertIn("2 held, 1 not on hold any more", out)
        self.assertIn("no longer on hold", out)
        self.assertIn("1 more on hold", out)
        for args, count in ((["--rule", "hold-token"], 2), (["--rule", entries[first]["rule_ids"][0]], 2), (["--rule", "x"], 0),
                            (["--agent", entries[first]["agent"].upper()], 2), (["--agent", "x"], 0), (["--shop", "x"], 0),
                            (["--older", "1h"], 0), (["--older", "1s"], 2)):
            time.sleep(1.1 if args[-1] == "1s" else 0)
            self.assertEqual(len(self.d.json("held", "list", *args)), count, args)
        self.refused("span like", "list", "--older", "soon")
        self.d.program("postqueue", 'echo "postqueue: fatal: no queue" >&2; exit 69\n')
        code, out, err = self.d.postern("held", "list")
        self.assertEqual(code, 0)
        self.assertIn("is not known", err)
        self.assertIn("no queue", err)
        self.assertNotIn("no longer", out)

    def test_a_decision_that_was_recorded_only_is_found(self):
        held = self.hold()
        self.done("release", held, "--why", "x", "--by-hand")
        self.assertTrue(wait(lambda: "recorded as decided, but still on hold: release" in self.done("list")))

    # ---- refuse ------------------------------------------------------------------------------

    def test_refuse_deletes_and_tells_the_sender(self):
        held = self.hold()
        self.refused("--why", "refuse", held)
        out = self.done("refuse", held, "--why", "no tokens, please")
        self.assertIn("a mail went to agent@bestgadgets.example", out)
        self.assertEqual(self.file("calls"), "-d 4ZQ1AB2020 hold\n")
        mail = self.file("mail")
        self.assertTrue(mail.startswith("-i -f <> agent@bestgadgets.example\nFrom: Postern <postmaster>\n"), mail[:100])
        for word in ("Auto-Submitted: auto-replied", "Reason: no tokens, please", "rule hold-token", "What to do: x",
                     "Subject: =?utf-8?B?", held):
            self.assertIn(word, mail)
        self.assertEqual(self.verbs(), ["refusing", "refuse", "told"])
        self.assertEqual(self.d.json("inbox")[0]["state"], "open")
        self.refused("recorded already", "refuse", held, "--why", "x")
        self.assertIn("refused by", self.done("show", held))

    def redact(self):
        key, config = os.path.join(self.d.dir, "redact.key"), os.path.join(self.d.dir, "postern.conf")
        with open(key, "w", encoding="ascii") as f:
            f.write("0123456789abcdef" * 4 + "\n")
        os.chmod(key, 0o600)
        with open(config, encoding="utf-8") as f:
            text = f.read()
        with open(config, "w", encoding="utf-8") as f:
            f.write(text.replace('/state/audit"', '/state/audit"  redact_addresses = yes  redact_key_file = "%s" ' % key))
        self.assertTrue(self.d.control("reload")["ok"])

    def test_a_log_without_addresses_is_enough(self):
        """The sender is the one whom the message names; without the message nobody can be told."""
        self.redact()
        held = self.hold()
        self.assertNotIn("agent@", json.dumps(self.d.audit("message")[-1]))
        self.d.program("postcat", "exit 1\n")
        self.refused("the log hides who sent it", "refuse", held, "--why", "no tokens")
        self.assertEqual(self.verbs(), ["refusing", "kept"])
        self.assertEqual(self.file("calls"), "")
        self.d.program("postcat", 'cat "%s/message"\n' % self.d.dir)
        self.done("refuse", held, "--why", "no tokens")
        self.assertTrue(self.file("mail").startswith("-i -f <> agent@bestgadgets.example\n"))

    def test_a_sender_who_was_not_told_is_told_later(self):
        held = self.hold()
        self.d.program("sendmail", 'echo "no space" >&2; exit 75\n')
        self.refused("its sender was not told", "refuse", held, "--why", "first reason")
        self.assertEqual(self.verbs(), ["refusing", "refuse"])
        self.queue({})
        self.d.program("postcat", "exit 1\n")
        self.assertIn("its sender was not told: refuse", self.done("list"))
        self.d.program("sendmail", 'echo "$@" >"%s/mail"; cat >>"%s/mail"\n' % (self.d.dir, self.d.dir))
        self.done("refuse", held, "--why", "second reason")
        self.assertIn("Reason: first reason", self.file("mail"))
        self.assertEqual(self.verbs(), ["refusing", "refuse", "told"])
        self.assertIn("nothing is held", self.done("list"))

    def test_what_can_not_be_deleted_stays_held(self):
        held = self.hold()
        self.d.program("postsuper", 'echo "postsuper: fatal: superuser only" >&2; exit 1\n')
        self.refused("superuser only", "refuse", held, "--why", "x")
        self.assertEqual(self.verbs(), ["refusing", "kept"])
        self.assertEqual(self.file("mail"), "")
        self.assertEqual(self.d.json("held", "list")[0]["queue"], "held")
        self.done("refuse", held, "--why", "x", "--by-hand", "--no-mail")
        self.assertEqual(self.verbs(), ["refusing", "kept", "refuse"])
        self.assertEqual(self.file("mail"), "")

    def test_a_command_that_died_is_found_and_ended(self):
        """Killed between what the mail server did and its record."""
        held = self.hold()
        self.d.program("postsuper", 'echo "$@" >>"%s/calls"; kill -9 $PPID\n' % self.d.dir)
        code, out, _ = self.d.postern("held", "refuse", held, "--why", "no tokens")
        self.assertEqual((code, out), (-9, ""))
        self.queue({})
        self.d.program("postcat", "exit 1\n")
        out = self.done("list")
        self.assertIn("begun and not ended: refuse", out)
        self.assertIn("no longer in the queue", out)
        self.assertEqual(self.d.json("inbox")[0]["state"], "open")
        self.done("refuse", held, "--why", "no tokens", "--by-hand")
        self.assertIn("Reason: no tokens", self.file("mail"))
        self.assertEqual(self.verbs(), ["refusing", "refuse", "told"])
        self.assertIn("nothing is held", self.done("list"))

    # ---- sendmail's queue -----------------------------------------------------------------------

    def quarantine(self, control, body, queue_id="6AMEaWBA019089"):
        """Files of a quarantined message, as sendmail writes them."""
        self.d.write(control + "/hf" + queue_id, "V8\nT1795358215\nqPostern\nS<agent@bestgadgets.example>\nRPFD:<x@y.example>\n"
                     "H?P?Return-Path: <\x81g>\nH??Received: from a\n\tby b; Sun, 22 Nov 2026 14:36:55 GMT\nH?D?Date: today\n"
                     "H??Subject: about\n hold-token\n.\n")
        self.d.write(body + "/df" + queue_id, "The hold-token is here.\n")
        return [os.path.join(self.d.dir, name) for name in (control + "/hf" + queue_id, body + "/df" + queue_id)]

    def test_sendmail_may_have_several_and_split_queues(self):
        self.again('mta = sendmail  sendmail_queue = "%(dir)s/mqueue"')
        held = self.hold(queue_id="6AMEaWBA019089")
        self.refused("there is no such directory", "show", held, "--raw")
        for control, body in (("mqueue", "mqueue"), ("mqueue/qf", "mqueue/df"), ("mqueue/q1", "mqueue/q1"),
                              ("mqueue/q1/qf", "mqueue/q1/df")):
            files = self.quarantine(control, body)
            self.assertEqual(self.done("show", held, "--raw"), "Received: from a\n\tby b; Sun, 22 Nov 2026 14:36:55 GMT\n"
                             "Date: today\nSubject: about\n hold-token\n\nThe hold-token is here.\n")
            self.assertEqual(self.d.json("held", "list")[0]["queue"], "held")
            for path in files:
                os.unlink(path)
            self.assertEqual(self.d.json("held", "list")[0]["queue"], "gone")
        self.again('mta = sendmail  sendmail_queue = "%(dir)s/mqueue/q*"')
        files = self.quarantine("mqueue/q2/qf", "mqueue/q2/df")
        self.done("refuse", held, "--why", "x")
        self.assertFalse(any(map(os.path.exists, files)))

    def test_sendmail_ends_a_quarantine_or_says_nothing(self):
        self.again('mta = sendmail  sendmail_queue = "%(dir)s/mqueue"')
        held = self.hold(queue_id="6AMEaWBA019089")
        self.quarantine("mqueue", "mqueue")
        self.d.program("sendmail", 'echo "Processing mqueue:"; echo "No changes"\n')
        self.refused("no quarantined message", "release", held, "--why", "x")
        self.d.program("sendmail", 'echo "$@" >>"%s/calls"; echo \'6AMEaWBA019089: Removed quarantine of "x"\'\n' % self.d.dir)
        self.done("release", held, "--why", "x")
        self.assertEqual(self.file("calls"), "-v -qQ -qI6AMEaWBA019089 -Q\n-qI6AMEaWBA019089\n")
        self.assertEqual(self.verbs(), ["releasing", "kept", "releasing", "release"])

    # ---- two persons ----------------------------------------------------------------------------

    def test_one_person_is_not_two(self):
        held = self.hold()
        self.again("four_eyes = all  four_eyes_expire = 2h")
        out = self.done("release", held, "--why", "x", status=1)
        self.assertIn("postern held approve " + held, out)
        self.assertEqual(self.file("calls"), "")
        event = self.d.audit("desk")[-1]
        self.assertEqual((event["verb"], event["wish"], event["ref"]), ("request", "release", held))
        self.refused("a second person has to approve", "approve", held)
        self.refused("say 'postern held approve", "release", held, "--why", "x")
        self.refused("decide on that first", "refuse", held, "--why", "x")
        self.assertIn("for a second person", self.done("list"))
        self.assertIn("wants to release it", self.done("show", held))
        self.assertIn("withdrawn", self.done("withdraw", held))
        self.refused("nothing to approve", "approve", held)
        self.assertTrue(self.d.json("held", "refuse", held, "--why", "x", status=1)["pending"])
        self.done("release", held, "--why", "x", "--by-hand")
        self.assertTrue(self.d.audit("desk")[-1]["unapproved"])

    @unittest.skipUnless(os.getuid() == 0 and open("/proc/self/loginuid").read() == "4294967295",
                         "needs root that nobody logged in for")
    def test_root_is_whom_sudo_names(self):
        held = self.hold()
        self.again("four_eyes = release")
        told = {"login_uid": pwd.getpwnam("news").pw_uid, "sudo_uid": pwd.getpwnam("games").pw_uid}
        answer = self.d.control(None, raw=json.dumps({"command": "desk", "verb": "releasing", "ref": held, "why": "x",
                                                      "from": told}).encode() + b"\n")
        self.assertTrue(answer["pending"])
        self.assertEqual(self.d.audit("desk")[-1]["by"], "news")
        self.done("withdraw", held)
        env = {**os.environ, "SUDO_UID": str(pwd.getpwnam("games").pw_uid), "SUDO_USER": "games"}
        run = subprocess.run([POSTERN, "held", "--config", self.d.config, "release", held, "--why", "x"], env=env,
                             capture_output=True, check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        event = self.d.audit("desk")[-1]
        self.assertEqual((event["by"], event["uid"], event["person"], event["from"]["sudo_user"], event["from"]["told"]),
                         ("games", 0, pwd.getpwnam("games").pw_uid, "games", True))
        run = subprocess.run([POSTERN, "held", "--config", self.d.config, "approve", held], env=env, capture_output=True,
                             text=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("you (games)", run.stderr)
        self.done("approve", held)
        event = self.d.audit("desk")[-1]
        self.assertEqual((event["verb"], event["by"], event["approved_by"], event["requested_by"], len(event["overrides"])),
                         ("release", "root", "root", "games", 1))

    @unittest.skipUnless(os.getuid() == 0, "needs another user to be")
    def test_only_reviewers_decide(self):
        held = self.hold()
        script = ("import os, socket, sys; os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[4])); "
                  "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\\n'); "
                  "print(s.recv(65536).decode())")
        os.chmod(os.path.join(self.d.dir, "control.sock"), 0o666)

        def ask(name):
            user = pwd.getpwnam(name)
            request = json.dumps({"command": "desk", "verb": "releasing", "ref": held, "why": "x"})
            return json.loads(subprocess.check_output([sys.executable, "-c", script, os.path.join(self.d.dir, "control.sock"),
                                                       request, str(user.pw_gid), str(user.pw_uid)], text=True))
        self.assertFalse(ask("games")["ok"])
        self.d.settings["milter"] = "desk_users = { news }"
        self.again('reviewers = { "@games" }')
        self.assertIn("desk.reviewers", ask("news")["error"])
        self.assertTrue(ask("games")["ok"])
        self.again("")
        self.assertTrue(ask("news")["ok"])
        self.assertFalse(ask("games")["ok"])

    def test_calls_with_mistakes_are_refused(self):
        for args, hint in (((), "say 'list'"), (("show",), "say 'list'"), (("list", "x"), "say 'list'"), (("free", "x"), "there are list"),
                           (("release", "x"), "--why"), (("list", "--oldr", "1h"), "did you mean '--older'")):
            self.refused(hint, *args)


def wait(done, seconds=60):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True


if __name__ == "__main__":
    os.chdir(BUILD)
    unittest.main(argv=[sys.argv[0], "-v"])
