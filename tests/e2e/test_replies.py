# SPDX-License-Identifier: BSD-2-Clause
"""What senders see: reply texts, holds, through Postfix and sendmail (dangers 4, 5, 25, 29)."""
import re
import unittest

import case
import mta

# Advice that an administrator may write, and the ASCII that must arrive.
ADVICE = [
    ("Leave out 100% of it, also %41 and %s%n.", "Leave out 100% of it, also %41 and %s%n."),
    ("Répondez s'il vous plaît – in English.", None),
    ("Write " + "a long advice " * 100, None),
    ("One\\nTwo\\r\\n250 ok", None),
]


class Replies(case.Case):
    def refused(self, kind, advice):
        self.up_probe(kind, advice=advice)
        return self.send_out(case.reply("Hello, PROBEWORD 50%% off %41 caf\u00e9 \u202e \x1b[31m.\n"))

    def check_lines(self, answer):
        self.assertEqual(answer.code, 550)
        self.assertLessEqual(len(answer.lines), 32)
        for line in answer.lines:
            self.assertRegex(line, r"^5\.7\.1 ")
            self.assertLessEqual(len(line), 980)
            self.assertTrue(line.isascii() and line.isprintable(), repr(line))
        text = " ".join(answer.lines)
        self.assertIn("TEST-PROBE", text)
        self.assertIn("PROBEWORD 50%% off %41", text)
        event = [event for event in self.daemon.events() if event["event"] == "message"][-1]
        self.assertIn(event["id"], text)
        return re.sub(r"\s+", " ", text.replace("5.7.1 ", ""))

    def both(self, advice, wanted):
        texts = []
        for kind in (mta.Postfix, mta.Sendmail):
            answer = self.refused(kind, advice)
            text = self.check_lines(answer)
            event = [event for event in self.daemon.events() if event["event"] == "message"][-1]
            texts.append([line.replace(event["id"], "ID") for line in answer.lines])
            if wanted:
                self.assertIn(wanted, text)
            self.place.stop()
            self.sink = mta.Sink(self.place)
            self.clean()
        self.assertEqual(texts[0], texts[1])

    def clean(self):
        for name in ("gate", "gate-etc"):
            mta.shutil.rmtree(self.place.join(name), ignore_errors=True)

    def test_percent(self):
        self.both(*ADVICE[0])

    def test_utf8(self):
        self.both(*ADVICE[1])

    def test_long(self):
        self.both(*ADVICE[2])

    def test_line_breaks(self):
        self.both(*ADVICE[3])

    def test_hold(self):
        """Held by both, and the client is told 250."""
        for kind in (mta.Postfix, mta.Sendmail):
            with self.subTest(kind.KIND):
                self.up_probe(kind, action="hold")
                answer = self.send_out(case.reply("Hello, PROBEWORD.\n"))
                self.assertEqual(answer.code, 250, answer)
                mta.wait_for("a held message", lambda: len(self.server.held()) == 1)
                self.assertEqual(self.sink.names(), [])
                self.place.stop()
                self.sink = mta.Sink(self.place)
                self.clean()

    def test_several_recipients(self):
        """The strictest verdict wins for all, and the reply says so."""
        self.up_probe()
        answer = self.send_out(case.reply("Hello, PROBEWORD.\n"),
                               [case.BUYER, "warehouse@partner.example"])
        self.assertEqual(answer.code, 550)
        self.assertRegex(" ".join(answer.lines), r"(?i)\b(2|two|all|none of the|every)\b.*recipient")

    def test_direction(self):
        """The same bad text is no business of ours when it comes in."""
        self.up()
        body = "Look at https://www.bestgadgets.shop/ please.\n"
        self.assertEqual(self.send_out(case.reply(body)).code, 550)
        answer = mta.send(self.server.in_port, case.BUYER, [case.SELLER], case.reply(body))
        self.assertEqual(answer.code, 250)


if __name__ == "__main__":
    unittest.main()
