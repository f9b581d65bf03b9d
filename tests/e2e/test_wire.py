# SPDX-License-Identifier: BSD-2-Clause
"""How mail servers hand a message over: in pieces, pipelined, with addresses beyond ASCII (dangers 12, 16, 21)."""
import json
import re
import unittest

import case
import mta

LINK = "https://www.bestgadgets.shop/jars"
LINE = "the glass jar fits onto the metal base with the rubber ring below its lid\n"
BAD = "Look at %s for more.\n" % LINK


class Smtp:
    """A connection whose commands go out as they are written: several at once, if wanted."""

    def __init__(self, port):
        self.sock = mta.socket.create_connection(("127.0.0.1", port), timeout=120)
        self.file = self.sock.makefile("rb")
        self.greeting = self.reply()
        self.sock.sendall(b"EHLO client.postern.test\r\n")
        self.extensions = self.reply()[1]

    def reply(self):
        """Code and text; an end of file is a code of 0."""
        lines = []
        while True:
            line = self.file.readline()
            lines.append(line[4:].decode("utf-8", "surrogateescape").rstrip("\r\n"))
            if line[3:4] != b"-":
                return int(line[:3] or 0), "\n".join(lines)

    def ask(self, *commands):
        """All of them in one write; their replies."""
        self.sock.sendall("".join(command + "\r\n" for command in commands).encode("utf-8", "surrogateescape"))
        return [self.reply() for _ in commands]

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def envelope(sender=case.SELLER, recipient=case.BUYER, parameters=""):
    return "MAIL FROM:<%s>%s" % (sender, parameters), "RCPT TO:<%s>" % recipient


class Pieces(case.Case):
    """Bodies of more than 200 KB: both mail servers cut them (danger 21)."""

    def place_link(self, offset, size):
        """A body of that size, whose link begins about there."""
        text = LINE * (size // len(LINE) + 1)
        return text[:offset] + " " + LINK + " " + text[offset:]

    def cut(self, kind):
        self.up(kind)
        for offset in (0, 65480, 65500, 65520, 131040, 200000):
            answer = self.send_out(case.reply(self.place_link(offset, 210000), token="big-%d" % offset))
            self.assertEqual(answer.code, 550, (offset, answer))
            self.assertIn("MP-LINK", " ".join(answer.lines))
        good = case.reply(case.GOOD + LINE * 3200, token="big-good")
        answer = self.send_out(good)
        self.assertEqual(answer.code, 250, answer)
        self.server.flush()
        mails = self.sink.mails()
        self.assertEqual(case.tokens_in(mails), ["big-good"])
        self.assertTrue(mails[0].data.endswith(mta.to_wire(good)[-200000:-3]))
        self.verify_chain()

    def test_postfix(self):
        self.cut(mta.Postfix)

    def test_sendmail(self):
        self.cut(mta.Sendmail)

    def test_bdat(self):
        """Postfix takes a message in pieces of the client's making, too: CHUNKING (RFC 3030)."""
        self.up()
        data = mta.to_wire(case.reply(BAD))[:-3]
        at = data.index(LINK.encode())
        with Smtp(self.server.out_port) as smtp:
            self.assertIn("CHUNKING", smtp.extensions)
            for cut in (at + 5, at + 15):
                smtp.ask(*envelope())
                for piece, last in ((data[:cut], ""), (data[cut:], " LAST")):
                    smtp.sock.sendall(b"BDAT %d%s\r\n" % (len(piece), last.encode()) + piece)
                    code = smtp.reply()[0]
                self.assertEqual(code, 550)


class Unread(case.Case):
    """Mail to people at no marketplace that no rule wants leaves at its headers, on a connection that goes on."""

    SUPPLIER = "sam@supplier.example"
    FRIEND = "john@gmail.com"
    ORDER = "Sorry for the delay, your order 114-5652017-6650426 was lost. We refund you.\n"

    def letter(self, recipient, body, token):
        if recipient == case.BUYER:
            return case.reply(body, token=token)
        data = case.reply(body, subject="Glass jars", token=token)
        return data.replace(case.BUYER.encode(), recipient.encode(), 1)

    def between(self, kind):
        self.up(kind)
        big = LINE * 3200
        turns = ((self.SUPPLIER, BAD, 250), (case.BUYER, BAD, 550), (self.SUPPLIER, big, 250), (self.FRIEND, self.ORDER, 550),
                 (self.FRIEND, case.GOOD, 250), (self.SUPPLIER, self.ORDER, 250), (case.BUYER, case.GOOD, 250))
        with mta.Client(self.server.out_port) as client:
            for number, (recipient, body, code) in enumerate(turns):
                answer = client.send(case.SELLER, [recipient], self.letter(recipient, body, "turn-%d" % number))
                self.assertEqual(answer.code, code, (number, answer))
        self.server.flush()
        events = [event for event in self.daemon.events() if event["event"] == "message"]
        self.assertEqual([(event["recipients"], event["action"]) for event in events],
                         [([recipient], "reject" if code == 550 else "pass") for recipient, _, code in turns
                          if recipient != self.SUPPLIER])
        mails = {case.tokens_in([mail])[0]: mail.data for mail in self.sink.mails()}
        self.assertEqual(sorted(mails), ["turn-%d" % number for number, turn in enumerate(turns) if turn[2] == 250])
        self.assertTrue(mails["turn-2"].endswith(mta.to_wire(big.encode())[:-3]))
        status = json.loads(self.daemon.cli("status", "--json", check=0).stdout)
        self.assertEqual(status["messages"]["unconcerned"], 3)
        self.verify_chain()

    def test_postfix(self):
        self.between(mta.Postfix)

    def test_sendmail(self):
        self.between(mta.Sendmail)


class Pipelined(case.Case):
    """Several messages of one connection, commands sent ahead, resets between (danger 12)."""

    def pipeline(self, kind):
        self.up(kind)
        wanted, codes = [], []
        with Smtp(self.server.out_port) as smtp:
            self.assertIn("PIPELINING", smtp.extensions)
            ahead = [*envelope(), "RSET", *envelope(), "DATA"]
            self.assertEqual([code for code, _ in smtp.ask(*ahead)], [250, 250, 250, 250, 250, 354])
            for number in range(12):
                body = BAD if number % 3 == 1 else case.GOOD
                wanted.append(550 if number % 3 == 1 else 250)
                # The end of a message and the next one's envelope in one write.
                smtp.sock.sendall(mta.to_wire(case.reply(body, token="pipe-%02d" % number)) +
                                  "".join(line + "\r\n" for line in ahead).encode())
                codes.append(smtp.reply()[0])
                self.assertEqual([smtp.reply()[0] for _ in ahead], [250, 250, 250, 250, 250, 354], number)
        self.assertEqual(codes, wanted)
        self.server.flush()
        events = [event for event in self.daemon.events() if event["event"] == "message"]
        self.assertEqual([event["action"] for event in events], ["reject" if code == 550 else "pass" for code in wanted])
        self.assertEqual([event["message_id"] for event in events],
                         ["<pipe-%02d@bestgadgets.example>" % number for number in range(12)])
        self.assertEqual(sorted(case.tokens_in(self.sink.mails())),
                         ["pipe-%02d" % number for number in range(12) if wanted[number] == 250])
        ids = [event["queue_id"] for event in events]
        self.assertEqual(len(ids), len(set(ids)))
        self.verify_chain()

    def test_postfix(self):
        self.pipeline(mta.Postfix)

    def test_sendmail(self):
        self.pipeline(mta.Sendmail)


class Utf8(case.Case):
    """Addresses of RFC 6531. Postfix knows them; Debian's sendmail 8.17 is built without USE_EAI and does not."""
    US, THEM = "jürgen@bücher.example", "用户@例え.jp"
    PARAMETERS = " BODY=8BITMIME SMTPUTF8"

    def message(self, body, sender, to, token):
        return ("From: Jürgen Müller <%s>\nTo: %s\nSubject: Re: Größe, order 4342076435326\nDate: Mon, 16 Mar 2026 09:12:44 +0000\n"
                "Message-ID: <%s@bestgadgets.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s"
                % (sender, to, token, body)).encode()

    def send(self, port, sender, recipients, data):
        """The reply that decided."""
        with Smtp(port) as smtp:
            for command in (envelope(sender, parameters=self.PARAMETERS)[0], *("RCPT TO:<%s>" % one for one in recipients)):
                code, text = smtp.ask(command)[0]
                if code != 250:
                    return code, text
            self.assertEqual(smtp.ask("DATA")[0][0], 354)
            smtp.sock.sendall(mta.to_wire(data))
            return smtp.reply()

    def event(self):
        return [event for event in self.daemon.events() if event["event"] == "message"][-1]

    def test_postfix(self):
        self.up(server={"settings": {"smtputf8_enable": "yes"}})
        with Smtp(self.server.out_port) as smtp:
            self.assertIn("SMTPUTF8", smtp.extensions)
        self.outgoing()
        self.incoming()
        self.server.flush()
        delivered = {token: mail for mail in self.sink.mails() for token in case.tokens_in([mail])}
        self.assertEqual(sorted(delivered), ["u-good", "u-in"])
        self.assertIn(self.US, delivered["u-good"].sender)
        self.assertIn("SMTPUTF8", delivered["u-good"].sender)
        self.assertIn(self.THEM, delivered["u-in"].recipients[0])
        self.assertIn("From: Jürgen Müller <%s>" % self.US, delivered["u-good"].data.decode())
        self.verify_chain()

    def outgoing(self):
        port = self.server.out_port
        code, text = self.send(port, self.US, [case.BUYER], self.message(case.GOOD, self.US, case.BUYER, "u-good"))
        self.assertEqual(code, 250, text)
        code, text = self.send(port, self.US, [case.BUYER], self.message(BAD, self.US, case.BUYER, "u-bad"))
        self.assertEqual(code, 550, text)
        self.assertTrue(text.isascii(), text)
        event = self.event()
        self.assertEqual((event["sender"], event["from"], event["from_name"]), (self.US, self.US, "Jürgen Müller"))
        # A stranger beside the customer: held.
        code, text = self.send(port, self.US, [case.BUYER, self.THEM], self.message(case.GOOD, self.US, self.THEM, "u-held"))
        self.assertEqual(code, 250, text)
        self.assertEqual((self.event()["action"], self.event()["recipients"]), ("hold", [case.BUYER, self.THEM]))
        self.assertEqual(len(self.server.held()), 1)
        # The customer's domain in other letters.
        for domain in ("relay.ｗａｌｍａｒｔ.com", "relay。walmart.com"):
            recipient = case.BUYER.partition("@")[0] + "@" + domain
            code, text = self.send(port, self.US, [recipient], self.message(BAD, self.US, recipient, "u-spelt"))
            self.assertEqual(code, 550, (domain, text))
            self.assertIn("MP-LINK", text)

    def incoming(self):
        data = self.message("Where is my order 4342076435326?\n", case.BUYER, self.THEM, "u-in")
        code, text = self.send(self.server.in_port, case.BUYER, [self.THEM], data)
        self.assertEqual(code, 250, text)
        event = self.event()
        self.assertEqual((event["direction"], event["marketplace"], event["recipients"]), ("in", "walmart", [self.THEM]))
        for command in (("inbox", "--filter", "all"), ("thread", event["threads"][0]), ("audit", "show")):
            shown = mta.wait_for("the store", lambda command=command: re.search("Größe", self.daemon.cli(*command, check=0).stdout))
            self.assertTrue(shown, command)

    def test_sendmail(self):
        """It announces nothing, refuses such an address, and says so in ASCII; other mail in the connection is judged."""
        self.up(mta.Sendmail)
        with Smtp(self.server.out_port) as smtp:
            self.assertNotIn("SMTPUTF8", smtp.extensions)
            code, text = smtp.ask("MAIL FROM:<%s>%s" % (self.US, self.PARAMETERS))[0]
            self.assertGreaterEqual(code, 500, text)
        self.assertEqual(self.send_out(self.message(BAD, case.SELLER, case.BUYER, "s-bad")).code, 550)
        self.assertEqual(self.event()["from_name"], "Jürgen Müller")


if __name__ == "__main__":
    unittest.main()
