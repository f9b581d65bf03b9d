# SPDX-License-Identifier: BSD-2-Clause
"""A customer's thread through Postfix: in, a held reply, its release, a bounce; the inbox at each step."""
import json
import os
import unittest

import case
import mta

INQUIRY = """From: "Maria Silva" <%s>
To: <%s>
Subject: Order 4342076435326: broken jar
Date: Mon, 16 Mar 2026 08:00:00 +0000
Message-ID: <inquiry-1@relay.walmart.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hello, the jar of my blender (PO 4342076435326) arrived broken. Can you send me a new one?
Maria
""" % (case.BUYER, case.SELLER)
# Held by the rule "language": Walmart is answered in English.
FOREIGN = ("Hola Maria,\n\nlamentamos mucho que la jarra de su batidora haya llegado rota. Hoy mismo le hemos enviado una\n"
           "jarra nueva, que debería llegar el jueves. No hace falta que devuelva la anterior.\n\nUn saludo,\nJenny\n")
BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@mx.postern.test>
To: <%s>
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Mar 2026 10:00:00 +0000
Message-ID: <bounce-1@mx.postern.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=us-ascii

The message below could not be delivered: mailbox unavailable.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.postern.test

Final-Recipient: rfc822; %s
Action: failed
Status: 5.2.1
Diagnostic-Code: smtp; 550 5.2.1 mailbox unavailable

--=_b
Content-Type: message/rfc822

%s
--=_b--
"""


class Desk(case.Case):
    def up_desk(self):
        """Postern releases by Postfix's own command, which is told where this Postfix is."""
        wrappers = {name: self.place.join(name) for name in ("postsuper", "postqueue")}
        self.up(daemon={"settings": {"desk": wrappers}})
        for name, path in wrappers.items():
            with open(path, "w", encoding="utf-8") as out:
                out.write("#!/bin/sh\nMAIL_CONFIG='%s' LD_LIBRARY_PATH='%s' exec '%s' \"$@\"\n" % (
                    self.server.etc, self.server.libraries, os.path.join(self.server.root, "usr/sbin", name)))
            os.chmod(path, 0o755)

    def inbox(self):
        """The one thread, once the store has what the log has."""
        threads = json.loads(self.daemon.cli("inbox", "--json", check=0).stdout)
        threads = threads["threads"] if isinstance(threads, dict) else threads
        return threads[0] if len(threads) == 1 else {}

    def wait_inbox(self, **wanted):
        def fits():
            thread = self.inbox()
            return thread if all(thread.get(key) == value for key, value in wanted.items()) else None
        try:
            return mta.wait_for("the inbox to show %r" % wanted, fits, pause=0.1)
        except mta.HarnessError:
            self.fail("the inbox shows %r, not %r; last on record: %r" % (
                self.inbox(), wanted, self.daemon.events()[-1]))

    def deliver(self, sender, data):
        answer = mta.send(self.server.in_port, sender, [case.SELLER], data)
        self.assertEqual(answer.code, 250, answer)

    def held_reply(self):
        reply = case.reply(FOREIGN, token="reply-1", headers="In-Reply-To: <inquiry-1@relay.walmart.com>\n")
        self.assertEqual(self.send_out(reply).code, 250)
        mta.wait_for("a held message", lambda: len(self.server.held()) == 1)
        return [event for event in self.daemon.events() if event.get("action") == "hold"][-1], reply

    def test_life_of_a_thread(self):
        self.up_desk()
        self.deliver(case.BUYER, INQUIRY.encode())
        opened = self.wait_inbox(state="open", failed=0)
        self.assertIn("Response-Needed", opened["labels"])
        self.assertIn(opened["hours_left"], (47, 48))

        held, reply = self.held_reply()
        self.assertEqual(self.wait_inbox(state="open", failed=1)["due"], opened["due"])

        done = self.daemon.cli("held", "release", held["id"], "--why", "the customer wrote Spanish first")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.flush()
        self.assertEqual(len(self.server.held()), 0)
        self.assertIn("reply-1", case.tokens_in(self.sink.mails()))
        self.assertIn("answered", self.wait_inbox(state="answered"))

        self.deliver("", (BOUNCE % (case.SELLER, case.BUYER, reply.decode())).encode())
        again = self.wait_inbox(state="open")
        self.assertEqual(again["due"], opened["due"])
        self.verify_chain()

    def test_failed_release_stops_no_clock(self):
        """Postfix no longer has the message: nothing was released, and nothing says so."""
        self.up_desk()
        self.deliver(case.BUYER, INQUIRY.encode())
        held, _ = self.held_reply()
        self.server.empty()
        done = self.daemon.cli("held", "release", held["id"], "--why", "late")
        self.assertNotEqual(done.returncode, 0)
        self.wait_inbox(state="open")


if __name__ == "__main__":
    unittest.main()
