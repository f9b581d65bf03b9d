# SPDX-License-Identifier: BSD-2-Clause
"""The load generator against a milter that writes down what it is told: does it speak as Postfix does?

Run in the build directory, after make tests/bench/load/load.
"""
import json
import os
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "messages")
NOHELO, NODATA, NR_CONN, NR_HDR, SKIP, LEADSPC = 0x02, 0x200, 0x1000, 0x80, 0x400, 0x100000


class Milter(threading.Thread):
    """Answers each step with what `answers` has for its letter, "c" without; steps in `silent` get no answer."""

    def __init__(self, path, steps=0, silent="", symlists=b"", answers=None):
        super().__init__(daemon=True)
        self.steps, self.silent, self.symlists, self.answers = steps, silent + "DAQ", symlists, answers or {}
        self.heard, self.reads, self.path = [], [], path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self.start()

    def run(self):
        with self.listener:
            while True:
                with self.listener.accept()[0] as peer:
                    self.serve(peer)

    def serve(self, peer):
        data = b""
        while True:
            more = peer.recv(1 << 20)
            if not more:
                return
            data += more
            letters = ""
            while len(data) >= 4 and len(data) >= 4 + struct.unpack(">I", data[:4])[0]:
                size = 4 + struct.unpack(">I", data[:4])[0]
                packet, data = data[4:size], data[size:]
                letters += chr(packet[0])
                self.answer(peer, packet)
            self.reads.append(letters)

    def settle(self):
        """Until all that was sent so far is read: peers are served one after the other."""
        with socket.socket(socket.AF_UNIX) as last:
            last.settimeout(60)
            last.connect(self.path)
            last.shutdown(socket.SHUT_WR)
            last.recv(1)

    def answer(self, peer, packet):
        letter = chr(packet[0])
        self.heard.append((letter, packet[1:]))
        if letter == "O":
            answers = [b"O" + struct.pack(">III", 6, 0x1ff, self.steps) + self.symlists]
        elif letter in self.silent:
            answers = []
        else:
            answers = self.answers.get(letter, [b"c"])
        if answers:
            peer.sendall(b"".join(struct.pack(">I", len(one)) + one for one in answers))

    def of(self, letter):
        return [data for heard, data in self.heard if heard == letter]


class Load(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_load(self, *arguments, folder="out", status=0, **milter):
        path = os.path.join(self.folder.name, "milter")
        self.milter = Milter(path, **milter)
        done = subprocess.run(["tests/bench/load/load", "-s", "unix:" + path, "-c", "1", *arguments,
                               folder if "/" in folder else os.path.join(FOLDER, folder)],
                              capture_output=True, text=True, timeout=60, check=False)
        self.milter.settle()
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def letters(self):
        return "".join(letter for letter, _ in self.milter.heard)

    def message(self, body):
        for name, text in (("m.eml", b"From: a@example.com\nMessage-ID: <old@example.com>\n\n" + body),
                           ("m.env", b"direction=in\nfrom=a@example.com\nto=b12345678@example.com\nown=b12345678\n")):
            with open(os.path.join(self.folder.name, name), "wb") as out:
                out.write(text)
        return self.folder.name + "/"

    def test_all_steps_in_order(self):
        found = self.run_load("-n", "1", folder=self.message(b"Hello\n.\n"))
        self.assertEqual(self.letters().replace("D", ""), "OCHMRTLLNBEAQ")
        self.assertEqual(self.milter.of("B"), [b"Hello\r\n.\r\n"])
        self.assertEqual(self.milter.of("M"), [b"<a@example.com>\0"])
        self.assertEqual((found["messages"], found["answers"]["accepted"], found["errors"]), (1, 1, 0))

    def test_unwanted_steps_are_left_out_and_unanswered_ones_not_waited_for(self):
        self.run_load("-n", "1", folder=self.message(b"Hello\n"), steps=NOHELO | NODATA | NR_CONN | NR_HDR | LEADSPC,
                      silent="CL")
        self.assertEqual(self.letters().replace("D", ""), "OCMRLLNBEAQ")
        self.assertEqual(self.milter.of("L")[0], b"From\0 a@example.com\0")
        # One write up to what is answered, macros before each step.
        self.assertEqual(self.milter.reads, ["O", "DCDM", "DR", "DLLDN", "B", "DE", "AQ"])

    def test_only_macros_that_were_asked_for(self):
        wanted = struct.pack(">I", 2) + b"{auth_authen} {daemon_name} {if_addr}\0" + struct.pack(">I", 5) + b"j\0"
        self.run_load("-n", "1", symlists=wanted)
        macros = {data[:1]: data[1:].split(b"\0")[:-1] for data in self.milter.of("D")}
        self.assertEqual(macros[b"M"], [b"{auth_authen}", b"seller", b"{daemon_name}", b"ORIGINATING"])
        self.assertEqual(macros[b"E"], [b"j", b"mx.bench.example"])
        self.assertEqual(macros[b"N"][0], b"i")
        self.assertNotIn(b"H", macros)

    def test_each_message_is_another_one(self):
        self.run_load("-n", "17", "-k", "5", "-f", "8", folder=self.message(b"Hello\n"))
        ids = {data for data in self.milter.of("L") if data.startswith(b"Message-ID")}
        self.assertEqual((len(ids), self.letters().count("O")), (17, 4))
        queue_ids = {data for data in self.milter.of("D") if data[:1] == b"E"}
        self.assertEqual(len(queue_ids), 17)
        recipients = self.milter.of("R")
        self.assertEqual([recipients.count(b"<b%08d@example.com>\0" % number) for number in range(4)], [0, 8, 8, 1])

    def test_large_body_in_chunks_until_the_milter_has_enough(self):
        folder = self.message(b"0123456789\n" * 20000)
        self.run_load("-n", "1", folder=folder)
        self.assertEqual([len(chunk) for chunk in self.milter.of("B")], [65535, 65535, 65535, 240000 - 3 * 65535])
        os.unlink(os.path.join(self.folder.name, "milter"))
        self.run_load("-n", "1", folder=folder, steps=SKIP, answers={"B": [b"s"]})
        self.assertEqual(len(self.milter.of("B")), 1)

    def test_answers_are_counted(self):
        found = self.run_load("-n", "3", answers={"E": [b"p", b"i\0\0\0\0X-A\0b\0", b"qwhy\0", b"c"]})
        self.assertEqual({name: count for name, count in found["answers"].items() if count},
                         {"accepted": 3, "held": 3, "headers_added": 3, "progress": 3})

    def test_refusals_and_early_answers(self):
        for letter, answer, name in (
                ("E", b"y550 5.7.1 no\0", "rejected"), ("R", b"r", "rejected"), ("N", b"a", "accepted"),
                ("E", b"y451 4.3.0 later\0", "tempfailed"), ("M", b"t", "tempfailed"), ("E", b"d", "discarded")):
            found = self.run_load("-n", "2", "-k", "2", answers={letter: [answer]})
            early = 0 if letter == "E" else 2
            self.assertEqual((found["answers"][name], found["answers"]["early"]), (2, early), answer)
            os.unlink(os.path.join(self.folder.name, "milter"))

    def test_unexpected_answers_are_errors(self):
        self.assertEqual(self.run_load("-n", "2", "-e", folder="refused", status=1)["unexpected"], 2)
        os.unlink(os.path.join(self.folder.name, "milter"))
        found = self.run_load("-n", "2", status=2, answers={"H": [b"x"]})
        self.assertEqual((found["messages"], found["errors"]), (0, 2))


if __name__ == "__main__":
    unittest.main()
