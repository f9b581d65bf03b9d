# SPDX-License-Identifier: BSD-2-Clause
"""Held mail in both mail servers: hold, list, show, refuse with a mail, release, by one person and by two."""
import json
import os
import pwd
import subprocess
import unittest

import case
import mta
from test_desk import FOREIGN, INQUIRY

# Two accounts that every Debian has and nobody works as.
ANNA, BEN = "games", "news"


class Held(case.Case):
    """One kind of mail server; the classes below name it."""
    kind = None
    archived = False

    def up_held(self, **desk):
        """Postern uses the mail server's own commands, which are told where this one is."""
        names = ["postsuper", "postqueue", "postcat", "sendmail"] if self.kind is mta.Postfix else ["sendmail"]
        wrappers = {name: self.place.join(name) for name in names}
        settings = {"desk": {**wrappers, "mta": self.kind.KIND, **desk}, "milter": {"desk_users": [ANNA, BEN]},
                    "archive": {"enabled": self.archived, "dir": self.place.join("gate", "archive")}}
        if self.kind is mta.Sendmail:
            settings["desk"]["sendmail_queue"] = self.place.join("sendmail-queue")
        self.up(self.kind, daemon={"settings": settings})
        for name, path in wrappers.items():
            with open(path, "w", encoding="utf-8") as out:
                out.write("#!/bin/sh\n" + self.wrapper(name))
            os.chmod(path, 0o755)

    def wrapper(self, name):
        if self.kind is mta.Postfix:
            return "MAIL_CONFIG='%s' LD_LIBRARY_PATH='%s' exec '%s' \"$@\"\n" % (
                self.server.etc, self.server.libraries, os.path.join(self.server.root, "usr/sbin", name))
        env = self.server.environment()
        return "LD_PRELOAD='%s' exec %s \"$@\"\n" % (env["LD_PRELOAD"], " ".join(
            "'%s'" % word for word in self.server.arguments()))

    def person(self, user, *arguments):
        """As self.daemon.cli, by another user."""
        def become():
            os.setgroups([])
            os.setgid(pwd.getpwnam(mta.OWNER).pw_gid)
            os.setuid(pwd.getpwnam(user).pw_uid)
        env = {key: value for key, value in os.environ.items() if not key.startswith("SUDO_")}
        return subprocess.run([self.prefix.postern, "--config", self.daemon.config, *arguments], capture_output=True,
                              text=True, check=False, timeout=60, preexec_fn=become, env=env, stdin=subprocess.DEVNULL)

    def cli(self, *arguments, code=0):
        done = self.daemon.cli(*arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def listed(self):
        return json.loads(self.cli("held", "list", "--json").splitlines()[0])

    def hold(self, token="reply-1"):
        answer = mta.send(self.server.in_port, case.BUYER, [case.SELLER], INQUIRY.encode())
        self.assertEqual(answer.code, 250, answer)
        reply = case.reply(FOREIGN, token=token, headers="In-Reply-To: <inquiry-1@relay.walmart.com>\n"
                           "References: <inquiry-1@relay.walmart.com>\n")
        self.assertEqual(self.send_out(reply).code, 250)
        mta.wait_for("a held message", lambda: len(self.server.held()) == 1)
        # Before the store has it, it is listed only while the mail server holds it, and without a state.
        mta.wait_for("the store to have it", lambda: ["state" in entry for entry in self.listed()] == [True], pause=0.2)
        return [event for event in self.daemon.events() if event.get("action") == "hold"][-1]["id"]

    def state(self):
        threads = json.loads(self.cli("inbox", "--json"))
        return (threads["threads"] if isinstance(threads, dict) else threads)[0]["state"]

    def verbs(self):
        return [event["verb"] for event in self.daemon.events() if event.get("event") == "desk"]

    def last(self, verb):
        return [event for event in self.daemon.events() if event.get("verb") == verb][-1]

    # ---- one person -----------------------------------------------------------------------

    def test_list_show_and_refuse(self):
        self.up_held()
        held = self.hold()
        entry = self.listed()[0]
        self.assertEqual((entry["id"], entry["queue"], entry["rules"]), (held, "held", ["language"]))
        self.assertEqual(json.loads(self.cli("held", "list", "--json", "--rule", "links")), [])
        self.assertEqual(json.loads(self.cli("held", "list", "--json", "--older", "1h")), [])
        self.assertEqual(len(json.loads(self.cli("held", "list", "--json", "--agent", entry["agent"]))), 1)
        text = self.cli("held", "show", held)
        self.assertRegex(text.splitlines()[0], r"4[78] h .*left")
        for word in "language", "Hola Maria", "debería llegar el jueves", case.SELLER, case.BUYER, ">>", "<<":
            self.assertIn(word, text)
        shown = json.loads(self.cli("held", "show", held, "--json"))
        self.assertEqual(shown["source"], "queue")
        self.assertTrue(shown["parts"][0]["marked"])
        raw = self.cli("held", "show", held, "--raw")
        self.assertIn("Message-ID: <reply-1@bestgadgets.example>", raw)
        self.assertIn("No hace falta", raw)

        self.sink.clear()
        said = self.cli("held", "refuse", held, "--why", "please answer in English: the customer wrote English")
        self.assertIn("a mail went to " + case.SELLER, said)
        mta.wait_for("a mail to the sender", self.sink.mails)
        self.server.flush()
        mails = self.sink.mails()
        self.assertEqual(len(mails), 1, mails)
        self.assertEqual(mails[0].sender.split()[0], "<>")
        self.assertEqual([word.split()[0] for word in mails[0].recipients], ["<%s>" % case.SELLER])
        data = mails[0].data.decode()
        for word in ("Auto-Submitted: auto-replied", "In-Reply-To: <reply-1@bestgadgets.example>",
                     "Subject: Not sent: Re: Order", "<inquiry-1@relay.walmart.com>", "please answer in English", "rule language", "What to do:"):
            self.assertIn(word, data)
        self.assertEqual(len(self.server.held()), 0)
        self.assertEqual(self.verbs(), ["refusing", "refuse", "told"])
        self.assertEqual(self.state(), "open")
        self.assertEqual(self.listed(), [])
        self.assertIn("refuse was recorded already", self.cli("held", "release", held, "--why", "x", code=2))
        self.verify_chain()

    def test_release(self):
        self.up_held()
        held = self.hold()
        self.cli("held", "release", held, "--why", "the customer wrote Spanish before")
        mta.wait_for("the reply to arrive", lambda: "reply-1" in case.tokens_in(self.sink.mails()))
        self.assertEqual(len(self.server.held()), 0)
        self.assertTrue(self.last("release")["overrides"])
        self.assertEqual(self.state(), "answered")
        self.assertEqual(self.listed(), [])
        reply = [mail for mail in self.sink.mails() if b"reply-1@" in mail.data][0]
        self.assertIn("debería".encode(), reply.data)
        self.verify_chain()

    def test_what_was_taken_out_by_hand_is_found(self):
        self.up_held()
        held = self.hold()
        self.take_out()
        self.assertEqual(self.listed()[0]["queue"], "gone")
        text = self.cli("held", "list")
        self.assertIn("no longer in the queue", text)
        self.assertIn("--by-hand", text)
        self.assertIn("is recorded as held as before", self.cli("held", "release", held, "--why", "x", code=2))
        self.assertEqual(self.state(), "open")
        self.cli("held", "refuse", held, "--why", "deleted by hand", "--by-hand", "--no-mail")
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.state(), "open")

    def test_the_archive_has_it_when_the_queue_has_not(self):
        self.archived = True
        self.up_held()
        held = self.hold()
        self.assertEqual(json.loads(self.cli("held", "show", held, "--json"))["source"], "archive")
        self.cli("held", "refuse", held, "--why", "in English, please", "--no-mail")
        text = self.cli("held", "show", held)
        self.assertIn("Hola Maria", text)
        self.assertIn("refused by", text)
        self.assertIn("Message-ID: <reply-1@bestgadgets.example>", self.cli("held", "show", held, "--raw"))

    def take_out(self):
        raise NotImplementedError

    # ---- two persons ------------------------------------------------------------------------

    def test_two_persons(self):
        self.up_held(four_eyes="release")
        held = self.hold()
        done = self.person(ANNA, "held", "release", held, "--why", "the customer speaks Spanish")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("a second person", done.stdout)
        self.assertEqual(len(self.server.held()), 1)
        self.assertIn("waits for a second person: release, by " + ANNA, self.cli("held", "list"))
        for verb in ("approve", held), ("release", held, "--why", "again"):
            done = self.person(ANNA, "held", *verb)
            self.assertEqual(done.returncode, 2)
            self.assertIn("second person", done.stderr)
        # Ben may approve; he may not use the queue, so root carries it out.
        done = self.person(BEN, "held", "approve", held)
        self.assertEqual(done.returncode, 2)
        self.assertIn("that you approve is recorded", done.stderr)
        self.assertEqual(len(self.server.held()), 1)
        self.assertEqual(self.state(), "open")
        self.cli("held", "release", held, "--why", "anna asked, ben approved")
        event = self.last("release")
        self.assertEqual((event["requested_by"], event["approved_by"], event["uid"]), (ANNA, BEN, 0))
        mta.wait_for("the reply to arrive", lambda: "reply-1" in case.tokens_in(self.sink.mails()))
        self.assertEqual(self.state(), "answered")
        self.verify_chain()

    def test_root_is_a_second_person(self):
        self.up_held(four_eyes="all")
        held = self.hold()
        self.assertEqual(self.person(ANNA, "held", "refuse", held, "--why", "wrong language").returncode, 1)
        self.assertIn("withdraw", self.cli("held", "release", held, "--why", "x", code=2))
        self.cli("held", "withdraw", held)
        self.assertIn("a second person", self.cli("held", "refuse", held, "--why", "wrong language", code=1))
        self.assertIn("second person", self.cli("held", "approve", held, code=2))
        self.cli("held", "withdraw", held)
        self.assertEqual(self.person(ANNA, "held", "release", held, "--why", "all right").returncode, 1)
        self.cli("held", "approve", held, "--why", "I agree")
        mta.wait_for("the reply to arrive", lambda: "reply-1" in case.tokens_in(self.sink.mails()))
        self.assertEqual(self.verbs(), ["request", "withdraw", "request", "withdraw", "request", "approve", "releasing",
                                        "release"])
        self.verify_chain()


class HeldPostfix(Held):
    kind = mta.Postfix

    def take_out(self):
        self.server.empty()


class HeldSendmail(Held):
    kind = mta.Sendmail

    def take_out(self):
        for name in os.listdir(self.server.queue):
            os.unlink(os.path.join(self.server.queue, name))

    def test_a_refusal_waits_for_sendmail(self):
        """sendmail works on the message: nothing of it is deleted."""
        self.up_held()
        held = self.hold()
        name = os.path.join(self.server.queue, self.server.held()[0])
        holder = subprocess.Popen(["flock", "-x", name, "sleep", "60"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        mta.wait_for("the lock", lambda: subprocess.run(["flock", "-n", name, "true"], check=False).returncode)
        self.assertIn("is at work on it", self.cli("held", "refuse", held, "--why", "x", "--no-mail", code=2))
        self.assertEqual(self.verbs(), ["refusing", "kept"])
        self.assertEqual(len(self.server.held()), 1)


def load_tests(loader, tests, _pattern):
    del tests
    suite = unittest.TestSuite()
    for kind in HeldPostfix, HeldSendmail:
        suite.addTests(loader.loadTestsFromTestCase(kind))
    return suite


if __name__ == "__main__":
    unittest.main()
