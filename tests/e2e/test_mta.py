# SPDX-License-Identifier: BSD-2-Clause
"""What mail servers do by themselves: bounces, local mail, signatures, smuggling."""
import json
import os
import re
import subprocess
import unittest

import case
import mta
import samples

BAD = "Look at https://www.bestgadgets.shop/ for more.\n"


class Doors(case.Case):
    """The doors besides SMTP (dangers 6, 36)."""

    def test_own_bounce(self):
        """A bounce that Postfix makes, with the forbidden text in it, gets out."""
        self.up(server={"settings": {"internal_mail_filter_classes": "bounce, notify"}})
        answer = mta.send(self.server.in_port, case.BUYER, ["x@refused.example"], case.reply(BAD))
        self.assertEqual(answer.code, 250)
        mail = mta.wait_for("the bounce", self.sink.mails)[0]
        self.assertEqual(mail.sender.split()[0], "<>")
        self.assertIn(b"bestgadgets.shop", mail.data)
        self.server.flush()

    def test_null_sender(self):
        """An empty sender by SMTP is no notice of the mail server's: nobody exempts himself."""
        self.up()
        self.assertEqual(self.send_out(case.reply(BAD), sender="").code, 550)
        self.assertEqual(self.send_out(case.reply(), sender="").code, 250)

    def test_inbound_bounce(self):
        """A bounce from outside is never refused."""
        self.up()
        data = case.reply(BAD, headers="Auto-Submitted: auto-replied\n")
        answer = mta.send(self.server.in_port, "", [case.SELLER], data)
        self.assertEqual(answer.code, 250)

    def test_local_submission(self):
        """sendmail(1) on this machine: no client, addresses without brackets."""
        self.up(daemon={"settings": {"direction": {"trusted_networks": ["127.0.0.0/8"]}}})
        self.server.submit(case.SELLER, [case.BUYER], case.reply(BAD, token="local-bad"))
        self.server.submit(case.SELLER, [case.BUYER], case.reply(token="local-good"))
        mta.wait_for("the good one", lambda: "local-good" in case.tokens_in(self.sink.mails()))
        events = [event for event in self.daemon.events() if event["event"] == "message"]
        self.assertEqual(sorted(event["action"] for event in events), ["pass", "reject"])
        self.server.flush()
        delivered = self.sink.mails()
        self.assertNotIn("local-bad", case.tokens_in(
            mail for mail in delivered if mail.sender.startswith("<" + case.SELLER)))

    def test_several_in_one_connection(self):
        """20 messages and resets on one connection, each judged on its own (danger 12)."""
        self.up()
        with mta.Client(self.server.out_port) as client:
            for number in range(20):
                client.smtp.docmd("MAIL", "FROM:<%s>" % case.SELLER)
                client.smtp.docmd("RCPT", "TO:<%s>" % case.BUYER)
                client.smtp.docmd("RSET")
                bad = number % 2
                answer = client.send(case.SELLER, [case.BUYER], case.reply(
                    BAD if bad else case.GOOD, token="one-%02d" % number))
                self.assertEqual(answer.code, 550 if bad else 250)
        events = [event for event in self.daemon.events() if event["event"] == "message"]
        self.assertEqual([event["action"] for event in events], ["pass", "reject"] * 10)
        queue_ids = [event.get("queue_id") for event in events if event.get("queue_id")]
        self.assertEqual(len(queue_ids), len(set(queue_ids)), "a queue id of another message")


class Shipped(case.Case):
    """The lines of contrib/postfix/main.cf, as README tells to use them."""

    def lines(self):
        text = mta.read_text(os.path.join(mta.SOURCE, "contrib", "postfix", "main.cf"))
        return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in text.splitlines()
                    if line and not line.startswith("#"))

    def doctor_is_content(self):
        """postern doctor understands both settings, as this server has them."""
        path = os.path.join(self.server.root, "usr/sbin") + ":" + os.environ["PATH"]
        done = subprocess.run(
            [self.daemon.prefix.postern, "--config", self.daemon.config, "doctor", "--json",
             "--postfix", self.server.etc], env={**self.server.environment(), "PATH": path},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        levels = {check["check"]: check["level"] for check in json.loads(done.stdout)["checks"]}
        self.assertEqual(levels.get("smtpd_milters"), "ok", done.stdout)
        self.assertEqual(levels.get("non_smtpd_milters"), "ok", done.stdout)

    def test_chroot(self):
        """A chrooted smtpd finds the socket below its queue directory."""
        settings = self.lines()
        relative = settings["smtpd_milters"].partition(":")[2]
        folder = self.place.folder("postfix-queue", os.path.dirname(relative), mode=0o750)
        mta.shutil.chown(folder, mta.OWNER, mta.OWNER)
        self.daemon = mta.Posternd(self.place, self.prefix, socket_path=os.path.join(
            self.place.join("postfix-queue"), relative)).start()
        self.attach(settings=settings, chroot=True)
        self.doctor_is_content()
        self.assertEqual(self.send_out(case.reply()).code, 250)
        self.assertEqual(self.send_out(case.reply(BAD)).code, 550)
        self.daemon.stop()
        self.assertEqual(self.send_out(case.reply()).code, 451)


class Signatures(case.Case):
    """DKIM signatures made before still hold after tagging (danger 62)."""

    def setUp(self):
        super().setUp()
        self.key = self.place.join("key.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.key, "1024"], check=True,
                       capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout"], check=True,
                                capture_output=True, text=True).stdout
        body = "".join(public.split("\n")[1:-2])
        self.record = ("v=DKIM1; k=rsa; p=" + body).encode()
        self.up()

    def sign(self, data, header, body):
        import dkim
        with open(self.key, "rb") as file:
            key = file.read()
        return dkim.sign(data, b"sel", b"relay.walmart.com", key,
                         canonicalize=(header, body),
                         include_headers=[b"from", b"to", b"subject", b"date"]) + data

    def verifies(self, data):
        import dkim
        return dkim.verify(data, dnsfunc=lambda *_, **__: self.record)

    def test_signatures_hold(self):
        seen = 0
        for sample in [one for one in samples.load() if not one.outbound]:
            for ways in ((b"simple", b"simple"), (b"relaxed", b"relaxed")):
                data = self.sign(re.sub(rb"\r?\n", b"\r\n", sample.data), *ways)
                self.assertTrue(self.verifies(data), "the test's own signature")
                before = set(self.sink.names())
                answer = mta.send(self.server.in_port, sample.sender, sample.recipients, data)
                self.assertEqual(answer.code, 250)
                mail = mta.wait_for("delivery", lambda: samples.find_mail(
                    self.sink, samples.queue_id_of(answer), before))
                with self.subTest("%s %s" % (sample.name, ways[0].decode())):
                    self.assertTrue(self.verifies(mail.data))
                    seen += bool(samples.postern_headers(mail.data))
        self.assertGreater(seen, 5, "hardly a message was tagged: the test shows nothing")

    def test_forged_headers(self):
        """Six spellings of our own header, none survives (danger 61)."""
        self.up_again()
        forged = ("X-Postern-Id: forged\nx-postern-label: forged\nX-POSTERN-SLA-DUE: forged\n"
                  "X-Postern-Label:\n\tforged\nX-Postern-Id: forged\nX-Postern-New-One:forged\n")
        for sample in [one for one in samples.load() if not one.outbound][:3]:
            mail = self.deliver(sample, forged.encode() + sample.data)
            self.assertNotIn(b"forged", mail.data.lower().split(b"\r\n\r\n")[0])

    def up_again(self):
        self.sink.clear()

    def deliver(self, sample, data):
        before = set(self.sink.names())
        answer = mta.send(self.server.in_port, sample.sender, sample.recipients, data)
        self.assertEqual(answer.code, 250)
        return mta.wait_for("delivery", lambda: samples.find_mail(
            self.sink, samples.queue_id_of(answer), before))


class Smuggling(case.Case):
    """A second message smuggled behind a bare LF dot (danger 59)."""

    def smuggle(self, forbid):
        self.up(server={"settings": {"smtpd_forbid_bare_newline": forbid,
                                     "smtpd_forbid_unauth_pipelining": "no"}})
        outer = mta.to_wire(case.reply(token="outer"))[:-3]
        inner = mta.to_wire(case.reply(BAD, token="inner"))
        with mta.Client(self.server.out_port) as client:
            for line in ("MAIL FROM:<%s>" % case.SELLER, "RCPT TO:<%s>" % case.BUYER, "DATA"):
                client.smtp.docmd(line)
            client.smtp.send(outer + b"\n.\nMAIL FROM:<" + case.SELLER.encode() +
                             b">\r\nRCPT TO:<" + case.BUYER.encode() + b">\r\nDATA\r\n" + inner)
            codes = []
            try:
                while len(codes) < 5:
                    client.smtp.sock.settimeout(60 if forbid == "no" else 3)
                    codes.append(client.smtp.getreply()[0])
            except (OSError, mta.smtplib.SMTPException):
                pass
        self.server.flush()
        return codes

    def test_judged_on_its_own(self):
        """Where Postfix lets it through, the second is judged and refused."""
        codes = self.smuggle("no")
        self.assertIn(550, codes)
        self.assertNotIn("inner", case.tokens_in(self.sink.mails()))

    def test_shipped_setting(self):
        """With the settings that README gives there is no second message."""
        self.smuggle("yes")
        self.assertNotIn("inner", case.tokens_in(self.sink.mails()))


if __name__ == "__main__":
    unittest.main()
