# SPDX-License-Identifier: BSD-2-Clause
"""Two gateways and several Redis: Sentinels with a primary that dies under load, a Cluster whose slots move."""
import time

import servers
import test_cluster
import test_gateways
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
        where = [s.address for s in self.redises.sentinels]
        a, b = (self.gateway(where) for _ in range(2))
        join = self.load([a, b], 80)
        time.sleep(0.3)
        self.redises.primary.kill()
        servers.wait_for("failover", self.redises.new_primary)
        begun = time.monotonic()
        self.assertTrue(servers.wait_for("recovery", lambda: a.share["healthy"] and b.share["healthy"]))
        self.assertLess(time.monotonic() - begun, 5)
        join()
        self.everything(a, b)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))

    def test_lost_writes(self):
        """A replica that had not got the last events becomes primary."""
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
        self.everything(a, b)
        self.assertEqual(b.share["gaps"], [])


class Cluster(Several):
    fixture = test_cluster.Cluster
    redis = "mode = cluster"

    def test_slot_moves_under_load(self):
        where = [self.redises.nodes[0].address]
        a, b = (self.gateway(where) for _ in range(2))
        join = self.load([a, b], 80)
        slot = self.redises.slot(SHOP)
        for _ in range(2):
            source = self.redises.owner(slot)
            target = self.redises.nodes[(self.redises.nodes.index(source) + 1) % len(self.redises.nodes)]
            self.redises.begin_move(slot, source, target)
            time.sleep(0.2)
            self.redises.move_keys(slot, source, target)
            self.redises.end_move(slot, target)
        join()
        actions = [g.reply(100, "counted-token\r\n")[1]["action"] for g in (a, b, a, b)]
        self.assertEqual(actions, ["pass", "pass", "pass", "hold"])
        self.everything(a, b)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))
