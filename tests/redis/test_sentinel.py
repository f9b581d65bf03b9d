# SPDX-License-Identifier: BSD-2-Clause
"""Sentinel: the primary is found, dies, hangs, is replaced; nothing is lost and nothing counts twice."""
import os
import time

import case
import servers


class Sentinel(case.Case):
    def setUp(self):
        self.primary = self.server("repl-diskless-sync-delay 0")
        self.replica = self.server("replicaof 127.0.0.1 %d" % self.primary.port, "repl-diskless-sync-delay 0")
        servers.wait_for("replication", lambda: self.replica.info("master_link_status") == "up")
        self.sentinels = [self.server(
            "sentinel monitor shop 127.0.0.1 %d 2" % self.primary.port, "sentinel down-after-milliseconds shop 2000",
            "sentinel failover-timeout shop 3000", sentinel=True) for _ in range(3)]
        for sentinel in self.sentinels:
            servers.wait_for("Sentinels to know each other", lambda s=sentinel: "num-other-sentinels\n2" in
                             s.cli("SENTINEL", "MASTER", "shop") and "num-slaves\n1" in s.cli("SENTINEL", "MASTER", "shop"))

    def open(self, **options):
        return self.client("sentinel", *[s.address for s in self.sentinels], name="shop", **options)

    def new_primary(self):
        answer = self.sentinels[0].cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop").split()
        return int(answer[1]) == self.replica.port and self.replica.info("role") == "master"

    def finish(self, client):
        """What was acknowledged and not yet copied died with the primary; who sends it again has each of them once."""
        outcome = client.receive()
        print("        load: %(done)d calls, longest %(longest_ms)d ms, longest gap %(gap_ms)d ms, %(faults)s" % outcome)
        self.assertEqual(client.ask("resend"), {"failed": 0})
        ids, counts = self.counted(lambda key, *words: self.replica.cli(*words), 4)
        self.assertEqual((ids, counts), (outcome["done"], outcome["done"]))
        self.assertGreater(outcome["done"], 0)
        return outcome

    def test_primary_killed_under_load(self):
        client = self.open()
        client.send("load", 8, 8, 4)
        time.sleep(1)
        self.primary.kill()
        servers.wait_for("failover", self.new_primary)
        outcome = self.finish(client)
        self.assertLessEqual(set(outcome["faults"]), {"unreachable", "readonly", "timeout"})
        status = client.status()
        self.assertEqual((status["primary"], status["switches"]), (self.replica.address, 1))
        self.assertFalse(status["down"])

    def test_primary_hangs_and_comes_back_as_replica(self):
        client = self.open(timeout=500, connect_timeout=200)
        client.send("load", 4, 9, 4)
        time.sleep(1)
        self.primary.pause()
        try:
            servers.wait_for("failover", self.new_primary)
        finally:
            self.primary.resume()
        servers.wait_for("old primary as replica", lambda: self.primary.info("role") == "slave")
        self.finish(client)

    def test_planned_failover(self):
        client = self.open()
        client.send("load", 4, 5, 4)
        time.sleep(1)
        self.sentinels[0].cli("SENTINEL", "FAILOVER", "shop")
        servers.wait_for("failover", self.new_primary)
        self.finish(client)

    def test_sentinels_gone(self):
        """The known primary goes on; a new client has no way to know it."""
        client = self.open(connect_timeout=200)
        self.expect(client.command("SET", "k", "v"), "fine")
        self.sentinels[0].kill()
        self.sentinels[1].pause()
        self.expect(client.command("GET", "k"), "fine")
        self.expect(self.open(connect_timeout=200).command("GET", "k", ms=2000), "fine")
        self.sentinels[1].kill()
        self.sentinels[2].kill()
        self.expect(client.command("GET", "k"), "fine")
        lost = self.open(connect_timeout=200)
        while not lost.status()["down"]:
            self.expect(lost.command("GET", "k"), "unreachable")
        self.sentinels[2].start()
        self.recover(lost)

    def test_sentinel_that_is_wrong(self):
        """It names a replica: that says so itself, and the next Sentinel is asked."""
        liar = self.server("sentinel monitor shop 127.0.0.1 %d 1" % self.primary.port, sentinel=True)
        other = self.server("replicaof 127.0.0.1 %d" % self.primary.port)
        servers.wait_for("replication", lambda: other.info("master_link_status") == "up")
        liar.kill()
        fake = os.path.join(liar.folder, "redis.conf")
        with open(fake, "w", encoding="ascii") as file:
            file.write("port %d\nbind 127.0.0.1\ndir %s\nlogfile %s/log\nsentinel monitor shop 127.0.0.1 %d 9\n" % (
                liar.port, liar.folder, liar.folder, other.port))
        liar.start()
        client = self.client("sentinel", liar.address, self.sentinels[0].address, name="shop")
        self.expect(client.command("SET", "k", "v"), "fine")
        self.assertEqual(client.status()["primary"], self.primary.address)

    def test_unknown_name(self):
        client = self.client("sentinel", *[s.address for s in self.sentinels], name="shp")
        self.expect(client.command("PING"), "unreachable", "knows no 'shp': see sentinel_name")

    def test_passwords(self):
        word = self.password_file(self.primary, "inner")
        for server in (self.primary, self.replica):
            server.cli("CONFIG", "SET", "masterauth", "inner")
            server.cli("CONFIG", "SET", "requirepass", "inner")
            server.password = "inner"
        guarded = self.server("sentinel monitor shop 127.0.0.1 %d 1" % self.primary.port,
                              "sentinel auth-pass shop inner", sentinel=True, password="outer")
        client = self.client("sentinel", guarded.address, name="shop", password_file=word)
        self.expect(client.command("SET", "k", "v"), "password", guarded.address)
        client = self.client("sentinel", guarded.address, name="shop", password_file=word,
                             sentinel_password_file=self.password_file(guarded, "outer"))
        self.expect(client.command("SET", "k", "v"), "fine")
        client = self.client("sentinel", guarded.address, name="shop",
                             sentinel_password_file=self.password_file(guarded, "outer"))
        self.expect(client.command("SET", "k", "v"), "password", self.primary.address)


if __name__ == "__main__":
    case.unittest.main()
