# SPDX-License-Identifier: BSD-2-Clause
"""200 messages one after another on one connection, over TCP and unix milter sockets.

Speaks the milter protocol itself, so that only posternd and the socket are
measured. Prints both times and their ratio; status 1 when TCP takes twice as
long or more. Rounds alternate and the best of each counts.
"""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import case  # noqa: E402
import mta   # noqa: E402

MESSAGES, ROUNDS = 200, 3


class Peer:
    """As much of a milter client as is needed."""

    def __init__(self, daemon):
        self.peer = daemon.connect()
        self.peer.settimeout(60)
        if daemon.port:
            self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.peer.makefile("rb")
        self.put(b"O", struct.pack("!III", 6, 0x1ff, 0x1fffff))
        answer = self.get()
        assert answer[:1] == b"O", answer
        self.steps = struct.unpack("!III", answer[1:13])[2]

    def put(self, command, data=b""):
        self.peer.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def get(self):
        size, = struct.unpack("!I", self.file.read(4))
        return self.file.read(size)

    # A step is left out when the daemon did not ask for it (no_bit), and
    # not answered when it said so (no_reply_bit).
    def step(self, command, data, no_bit, no_reply_bit):
        if self.steps & no_bit:
            return
        self.put(command, data)
        if not self.steps & no_reply_bit:
            answer = self.get()
            assert answer[:1] in b"cs", (command, answer)

    def connection(self):
        self.put(b"D", b"C{daemon_name}\0ORIGINATING\0j\0mx.postern.test\0")
        self.step(b"C", b"localhost\x004" + struct.pack("!H", 25) + b"127.0.0.1\0", 0x01, 0x1000)
        self.step(b"H", b"client\0", 0x02, 0x2000)

    def message(self, number):
        head, _, body = case.reply(token="bench-%d" % number).partition(b"\n\n")
        self.step(b"M", b"<%s>\0" % case.SELLER.encode(), 0x04, 0x4000)
        self.step(b"R", b"<%s>\0" % case.BUYER.encode(), 0x08, 0x8000)
        self.put(b"D", b"Ti\0bench%d\0" % number)
        self.step(b"T", b"", 0x200, 0x10000)
        for line in head.split(b"\n"):
            name, _, value = line.partition(b":")
            if not self.steps & 0x100000:
                value = value.lstrip()
            self.step(b"L", name + b"\0" + value + b"\0", 0x20, 0x80)
        self.step(b"N", b"", 0x40, 0x40000)
        self.step(b"B", body.replace(b"\n", b"\r\n"), 0x10, 0x80000)
        self.put(b"E")
        while True:
            answer = self.get()[:1]
            if answer in b"acrtyd":
                assert answer in b"ac", answer
                return


def measure(daemon):
    peer = Peer(daemon)
    peer.connection()
    begun = time.monotonic()
    for number in range(MESSAGES):
        peer.message(number)
    return time.monotonic() - begun


def main():
    with mta.Place("bench") as place:
        prefix = mta.Prefix.from_environment().copy_to(place)
        unix = mta.Posternd(place, prefix, name="unix").start()
        tcp = mta.Posternd(place, prefix, name="tcp", tcp=True).start()
        times = [(measure(unix), measure(tcp)) for _ in range(ROUNDS)]
    best_unix, best_tcp = min(one for one, _ in times), min(two for _, two in times)
    ratio = best_tcp / best_unix
    print("bench: %d messages: unix %.3f s (%.2f ms each), TCP %.3f s (%.2f ms each), ratio %.2f"
          % (MESSAGES, best_unix, best_unix * 1000 / MESSAGES, best_tcp,
             best_tcp * 1000 / MESSAGES, ratio))
    return 0 if ratio < 2 else 1


if __name__ == "__main__":
    sys.exit(main())
