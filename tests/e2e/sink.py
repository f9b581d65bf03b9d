#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An SMTP server that takes all but recipients at refused.example: each message becomes a file.

sink.py PORT DIR: DIR/<number>.eml holds the message as received, the file of
the same name ending in .json its envelope. The .eml appears under its name
only when it is whole, before the 250 goes out. PORT 0: a free one, printed.
"""
import itertools
import json
import os
import socketserver
import sys
import threading

counter = itertools.count(1)
lock = threading.Lock()


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def handle(self):
        self.reset()
        self.say("220 sink ESMTP")
        while True:
            line = self.rfile.readline(65536)
            if not line:
                return
            verb = line[:4].upper().strip()
            rest = line.decode("utf-8", "replace").rstrip("\r\n")
            if verb == b"EHLO":
                self.say("250-sink")
                self.say("250-8BITMIME")
                self.say("250-SMTPUTF8")
                self.say("250 DSN")
            elif verb == b"MAIL":
                self.reset()
                self.sender = rest.partition(":")[2].strip()
                self.say("250 2.1.0 ok")
            elif verb == b"RCPT" and "@refused.example" in rest:
                self.say("550 5.1.1 nobody of that name")
            elif verb == b"RCPT":
                self.recipients.append(rest.partition(":")[2].strip())
                self.say("250 2.1.5 ok")
            elif verb == b"DATA":
                self.say("354 go ahead")
                self.say("250 2.0.0 kept as %s" % self.keep(self.read_data()))
                self.reset()
            elif verb == b"RSET":
                self.reset()
                self.say("250 2.0.0 ok")
            elif verb == b"QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    def reset(self):
        self.sender, self.recipients = "", []

    def read_data(self):
        data = bytearray()
        while True:
            line = self.rfile.readline()
            if not line:
                raise ConnectionError("client left within a message")
            if line == b".\r\n":
                return bytes(data)
            data += line[1:] if line.startswith(b".") else line

    def keep(self, data):
        with lock:
            name = "%06d" % next(counter)
        base = os.path.join(self.server.folder, name)
        with open(base + ".json", "w", encoding="utf-8") as out:
            json.dump({"from": self.sender, "to": self.recipients}, out)
        with open(base + ".tmp", "wb") as out:
            out.write(data)
        os.rename(base + ".tmp", base + ".eml")
        return name


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    port, folder = int(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    with Server(("127.0.0.1", port), Session) as server:
        server.folder = folder
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
