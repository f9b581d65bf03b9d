# SPDX-License-Identifier: BSD-2-Clause
"""Servers that are none, or that were taken over: each answer ends in a fault within the deadline."""
import socket
import threading

import case


class Fake:
    """Answers each connection's first bytes with something, and then stays silent or closes."""

    def __init__(self, answer, repeat=1, close=False):
        self.answer, self.repeat, self.close_after = answer, repeat, close
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open = []
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            while connection.recv(65536):
                for _ in range(self.repeat):
                    connection.sendall(self.answer)
                if self.close_after:
                    connection.close()
                    return
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for connection in self.open:
            connection.close()


class Hostile(case.Case):
    def outcome(self, answer, mode="single", ms=1500, words=("GET", "k"), **options):
        fake = Fake(answer, **options)
        self.addCleanup(fake.close)
        client = self.client(mode, fake.address, name="shop") if mode == "sentinel" else self.client(mode, fake.address)
        result = client.command(*words, key="k", ms=ms)
        self.assertLess(result["ms"], ms + 30000)
        return result

    def test_no_redis(self):
        self.expect(self.outcome(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "reply", "no reply of Redis")
        self.expect(self.outcome(b"\x00\x01\x02"), "reply")
        self.expect(self.outcome(b"%2\r\n+a\r\n:1\r\n"), "reply")

    def test_escapes_do_not_leave(self):
        result = self.expect(self.outcome(b"-ERR \x1b[2J\x07 evil\r\n"), "command", "evil")
        self.assertNotIn("\x1b", result["reason"])

    def test_size(self):
        self.expect(self.outcome(b"*2147483647\r\n"), "reply", "beyond the limits")
        self.expect(self.outcome(b"*1000001\r\n"), "reply", "beyond the limits")
        self.expect(self.outcome(b"*-2\r\n"), "reply")
        self.expect(self.outcome(b"$-2\r\n"), "reply")
        self.expect(self.outcome(b"$99999999999999999999\r\n"), "reply")
        self.expect(self.outcome(b":99999999999999999999\r\n"), "reply")
        self.expect(self.outcome(b"$2147483647\r\nab", ms=300), "timeout")
        self.expect(self.outcome(b"*1000\r\n" + b"*1000\r\n" * 2000, ms=3000), "reply")

    def test_flood(self):
        self.expect(self.outcome(b"$134217728\r\n" + b"x" * (128 << 20), ms=20000), "reply", "beyond the limits")

    def test_nesting(self):
        self.expect(self.outcome(b"*1\r\n" * 20), "reply")
        self.expect(self.outcome(b"*1\r\n" * 100000), "reply")

    def test_nothing(self):
        self.expect(self.outcome(b"", ms=300), "timeout")
        self.expect(self.outcome(b"", close=True), "unreachable", "closed")
        self.expect(self.outcome(b"$5\r\nab", close=True), "unreachable", "closed")

    def test_more_than_asked_for(self):
        """The rest belongs to no call: the next one has a new connection."""
        fake = Fake(b"+one\r\n+two\r\n")
        self.addCleanup(fake.close)
        client = self.client("single", fake.address)
        for _ in range(3):
            self.assertEqual(client.command("GET", "k")["reply"], "one")
        self.assertEqual(client.status()["connects"], 3)

    def test_redirections_without_end(self):
        fake = Fake(b"")
        self.addCleanup(fake.close)
        port = int(fake.address.split(":")[1])
        slots = b"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % port
        moved = b"-MOVED 5 127.0.0.1:%d\r\n" % port
        ask = b"-ASK 5 127.0.0.1:%d\r\n" % port

        def serve(connection, answer):
            while True:
                data = connection.recv(65536)
                if not data:
                    return
                connection.sendall(slots if b"SLOTS" in data else b"+OK\r\n" if b"ASKING" in data and b"GET" not in data
                                   else answer)
        for answer in (moved, ask):
            fake.serve = lambda connection, a=answer: serve(connection, a)
            client = self.client("cluster", fake.address)
            self.expect(client.command("GET", "k", key="k"), "cluster_down")
            self.assertGreater(client.status()["redirects"], 5)

    def test_maps_that_make_no_sense(self):
        for answer in (b"*0\r\n", b"+OK\r\n", b"*1\r\n:1\r\n", b"*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n",
                       b"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
                       b"*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
                       b"*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$3\r\na b\r\n:1\r\n",
                       b"*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:70000\r\n"):
            result = self.outcome(answer, mode="cluster")
            self.assertIn(result["fault"], ("reply", "cluster_down"), answer)

    def test_addresses_that_are_none(self):
        for answer in (b"*2\r\n$3\r\na b\r\n$1\r\n1\r\n", b"*2\r\n$1\r\na\r\n$5\r\n99999\r\n", b"*1\r\n$1\r\na\r\n", b":1\r\n",
                       b"*2\r\n$0\r\n\r\n$4\r\n6379\r\n"):
            self.expect(self.outcome(answer, mode="sentinel"), "reply", "no address")


if __name__ == "__main__":
    case.unittest.main()
