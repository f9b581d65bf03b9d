# SPDX-License-Identifier: BSD-2-Clause
"""Two gateways and several Redis: Sentinels with a primary that dies under load, a Cluster whose slots move."""
import re
import time

import counted
import servers
import test_cluster
import test_gateways
import test_hostile
import test_sentinel

SHOP = "postern:1:{agent@bestgadgets.example}:events"


class Several(test_gateways.Case):
    fixture = None

    def setUp(self):
        self.redises = self.fixture("setUp")
        self.addCleanup(self.redises.doCleanups)
        self.redises.setUp()


class Sentinels(Several):
    fixture = test_sentinel.Sentinel
    redis = "mode = sentinel  sentinel_name = shop"

    def test_primary_killed_under_load(self):
        """What the dead primary took and its replica did not have is published again."""
        row = counted.Row("primary killed, Sentinels name the next one")
        a, b = self.begin()
        flow = self.flow(a, b)
        flow.more(40)
        self.redises.primary.kill()
        self.switch(flow, row, a, b)

    def test_planned_failover_under_load(self):
        """The old primary becomes a replica while both write to it."""
        row = counted.Row("planned failover, the old primary a replica")
        a, b = self.begin()
        flow = self.flow(a, b)
        flow.more(40)
        self.redises.sentinels[0].cli("SENTINEL", "FAILOVER", "shop")
        self.switch(flow, row, a, b)
        servers.wait_for("the old primary as a replica", lambda: self.redises.primary.info("role") == "slave")

    def begin(self):
        return [self.gateway([s.address for s in self.redises.sentinels]) for _ in range(2)]

    def switch(self, flow, row, a, b):
        begun = flow.taken()
        servers.wait_for("failover", self.redises.new_primary)
        row.note("%d of them before the next primary" % (flow.taken() - begun))
        begun = time.monotonic()
        self.assertTrue(servers.wait_for("recovery", lambda: self.well(a, b)))
        row.note("well again after %.1f s" % (time.monotonic() - begun))
        self.assertLess(time.monotonic() - begun, test_gateways.WELL)
        flow.more(40)
        row.note("%.0f messages a second" % flow.stop())
        self.everything(a, b, row=row)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))

    def well(self, *gateways):
        return all(g.share["healthy"] and g.share["redis"]["primary"] == self.redises.replica.address for g in gateways)

    def test_lost_writes(self):
        """A replica that had not got the last events becomes primary."""
        row = counted.Row("primary killed with what no replica had")
        where = [s.address for s in self.redises.sentinels]
        a = self.gateway(where)
        a.receive(1)
        self.assertTrue(a.published())
        self.redises.replica.pause()
        self.redises.primary.cli("CLIENT", "KILL", "TYPE", "replica")
        a.receive(2)
        self.assertTrue(a.published())
        self.redises.primary.kill()
        self.redises.replica.resume()
        servers.wait_for("failover", self.redises.new_primary)
        b = self.gateway(where)
        self.assertTrue(b.knows(2))
        self.assertIn("Redis has lost events", a.log())
        self.everything(a, b, row=row)
        self.assertEqual(b.share["gaps"], [])


class Parted(test_gateways.Case):
    """Two primaries for a while, as a failover has it: each gateway is told of its own by a Sentinel that obeys the test."""
    redis = "mode = sentinel  sentinel_name = shop"

    def sentinel(self, server):
        fake = test_hostile.Fake(b"")
        self.addCleanup(fake.close)
        self.point(fake, server)
        return fake

    @staticmethod
    def point(fake, server):
        port = b"%d" % server.port
        fake.answer = b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%s\r\n" % (len(port), port)

    def test_no_gap_where_none_is(self):
        """What the next primary has from before a reader came to it is read, though the reader was further in the old one."""
        row = counted.Row("two primaries for a while")
        old = servers.Server()
        self.addCleanup(old.remove)
        new = servers.Server("replicaof 127.0.0.1 %d" % old.port, "repl-diskless-sync-delay 0")
        self.addCleanup(new.remove)
        servers.wait_for("replication", lambda: new.info("master_link_status") == "up")
        first, second = self.sentinel(old), self.sentinel(old)
        a, b = self.gateway([first.address]), self.gateway([second.address])
        a.receive(1)
        self.assertTrue(b.knows(1))
        servers.wait_for("the copy", lambda: "1" in new.cli("XLEN", SHOP).split())
        new.cli("REPLICAOF", "NO", "ONE")
        self.point(first, new)
        old.cli("CLIENT", "KILL", "TYPE", "normal")
        servers.wait_for("a at the next one", lambda: a.share["redis"]["primary"] == new.address and a.share["healthy"])
        a.receive(2)
        self.assertTrue(a.published())
        b.receive(3)
        self.assertTrue(b.published())
        a.receive(4)
        self.assertTrue(a.published())
        # It reads its own, too, and so its place is behind what a published there.
        sent = int(b.share["redis"]["calls"])
        servers.wait_for("b's reader", lambda: int(b.share["redis"]["calls"]) > sent + 10)
        self.point(second, new)
        old.cli("CLIENT", "KILL", "TYPE", "normal")
        self.assertTrue(b.knows(2) and b.knows(4) and a.knows(3))
        self.everything(a, b, row=row)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))


class Cluster(Several):
    fixture = test_cluster.Cluster
    redis = "mode = cluster"

    def errors(self, node, kind):
        """How many commands a node has answered by MOVED or ASK."""
        found = re.search(r"errorstat_%s:count=(\d+)" % kind, node.cli("INFO", "errorstats"))
        return int(found.group(1)) if found else 0

    def met(self, node, kind, before):
        servers.wait_for("an answer %s to a gateway" % kind, lambda: self.errors(node, kind) > before)

    def move(self, flow):
        """The shop's slot goes to the next node, while both write to it and read from it; each step is met by one of them."""
        slot = self.redises.slot(SHOP)
        source = self.redises.owner(slot)
        target = self.redises.nodes[(self.redises.nodes.index(source) + 1) % len(self.redises.nodes)]
        asked, moved = self.errors(source, "ASK"), self.errors(source, "MOVED")
        self.redises.begin_move(slot, source, target)
        flow.more(10)
        self.redises.move_keys(slot, source, target)
        self.met(source, "ASK", asked)
        flow.more(10)
        self.redises.end_move(slot, target)
        self.met(source, "MOVED", moved)
        flow.more(10)
        return self.errors(source, "ASK") - asked, self.errors(source, "MOVED") - moved

    def test_slot_moves_under_load(self):
        row = counted.Row("Cluster of three, the shop's slot moved twice")
        a, b = (self.gateway([self.redises.nodes[0].address]) for _ in range(2))
        flow = self.flow(a, b)
        flow.more(20)
        moves = [self.move(flow) for _ in range(2)]
        row.note("%d ASK and %d MOVED followed" % tuple(sum(numbers) for numbers in zip(*moves)))
        row.note("%.0f messages a second" % flow.stop())
        actions = [g.reply(100, "counted-token\r\n")[1]["action"] for g in (a, b, a, b)]
        self.assertEqual(actions, ["pass", "pass", "pass", "hold"])
        self.everything(a, b, row=row)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))
