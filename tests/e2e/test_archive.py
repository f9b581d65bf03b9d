# SPDX-License-Identifier: BSD-2-Clause
"""The archive behind real mail servers: what is kept is what the client sent, byte for byte; a full disk loses nothing."""
import os
import subprocess
import unittest

import case
import mta

ODD = ("X-No-Blank:none\nX-Two-Blanks:  two \nX-Tab:\ttab\nX-Folded: one\n\ttwo\n   three\nX-Long: %s\n"
       "X-Same: 1\nx-same: 2\nX-Empty:\nReceived: from a (b [192.0.2.1])\n\tby c with ESMTP; Mon, 16 Mar 2026 09:12:00 +0000\n"
       "X-Bytes: caf\u00e9\n" % ("y" * 900))
# To 30 forms of a field in all (danger 18).
ODD += ("X-Blanks-Only:   \nX-Tab-Only:\t\nX-Tab-Blank:\t two\nX-Folded-First:\n\tone\nX-Folded-Blank: \n one\nX-Fold-Of-Blanks: one\n \t \n two\n"
        "X-Colon: a:b: c\nX-Colons::\nx-lower: 1\nX-UPPER: 2\nX-1: digit\nX-!#$%&'*+-.^_`|~: letters of a name\nX-Quote: \"a\\\"b\" (c(d))\n"
        "X-Word: =?utf-8?q?caf=C3=A9?=\n =?utf-8?b?w6k=?=\nX-Broken-Word: =?utf-8?q?caf=C3\nX-Percent: %s %n 100%%\nX-Dot:.\nX-Dots: ..\n"
        "X-Escape: \x1b[31m\x07\x7f\nX-Wide: \uff21\u3002\U0001f600\nX-Turn: \u202eabc\u2028def\n")
BODY = case.GOOD + ".\n..\n.dots\n\n  trailing blanks  \n\t\n" + "w" * 900 + "\nend\n\n\n"


class Archive(case.Case):
    def up_archive(self, kind=mta.Postfix, **settings):
        values = {"enabled": True, "dir": self.place.join("archive"), **settings}
        self.up(kind, daemon={"settings": {"archive": values}})

    def raw(self, event):
        path = self.place.join("out.eml")
        # It is found through the store, which gets its records in batches a moment after the log has them.
        mta.wait_for("archive", lambda: self.daemon.cli("archive", "get", event["id"], "-o", path).returncode == 0, 20)
        with open(path, "rb") as file:
            data = file.read()
        os.unlink(path)
        return data

    def kept(self):
        events = [e for e in self.daemon.events() if e["event"] == "message"]
        return events[-1], self.raw(events[-1])

    def wire(self, text):
        return text.replace("\n", "\r\n").encode()

    def verify(self):
        self.verify_chain()
        done = self.daemon.cli("archive", "verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def out_and_in(self, kind):
        self.up_archive(kind)
        text = case.reply(BODY, headers=ODD).decode()
        self.assertEqual(self.send_out(text.encode()).code, 250)
        event, raw = self.kept()
        self.assertIn(event["archive_class"], ("outgoing", "held"))
        self.assertEqual(raw, self.wire(text))
        text = "From: M <%s>\nTo: <%s>\nSubject: Where is it?\nX-Postern-Labels: forged\nMessage-ID: <1@x.example>\n" \
               "Date: Mon, 16 Mar 2026 08:00:00 +0000\n%s\n%s" % (
            case.BUYER, case.SELLER, ODD, "Where is it?\n")
        self.assertEqual(mta.send(self.server.in_port, case.BUYER, [case.SELLER], text.encode()).code, 250)
        event, raw = self.kept()
        self.assertEqual(event["archive_class"], "incoming")
        self.assertEqual(raw, self.wire(text))
        self.verify()

    def test_postfix_byte_for_byte(self):
        self.out_and_in(mta.Postfix)

    def test_sendmail_keeps_lines_and_order(self):
        """sendmail takes leading blanks off a value and knows only some forms of folding; the rest is as it was sent."""
        self.up_archive(mta.Sendmail)
        text = case.reply(case.GOOD, headers="X-Folded: one\n\ttwo\n   three\nX-Same: 1\nx-same: 2\n").decode()
        self.assertEqual(self.send_out(text.encode()).code, 250)
        _, raw = self.kept()
        self.assertEqual(raw, self.wire(text))
        self.verify()

    def test_a_full_disk_defers_and_nothing_is_lost(self):
        disk = self.place.folder("disk")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "none", disk], check=True)
        try:
            self.up_archive(dir=os.path.join(disk, "archive"))
            noise = os.urandom(1500 * 1024).hex()
            lines = "\n".join(noise[i:i + 70] for i in range(0, len(noise), 70))
            answer = self.send_out(case.reply(case.GOOD + "\n" + lines + "\n", token="big"))
            self.assertEqual(answer.code, 451, answer)
            event = [e for e in self.daemon.events() if e["event"] == "message"][-1]
            self.assertEqual(event["action"], "defer")
            self.assertIn("POSTERN-ARCHIVE", [f["rule_id"] for f in event["findings"]])
            self.assertEqual(os.listdir(os.path.join(disk, "archive", "tmp")), [])
            self.assertEqual(self.send_out(case.reply(token="small")).code, 250)
            self.assertEqual(self.raw(self.kept()[0]), self.wire(case.reply(token="small").decode()))
            self.verify()
        finally:
            self.place.stop()
            subprocess.run(["umount", "-l", disk], check=True)


if __name__ == "__main__":
    unittest.main()
