# SPDX-License-Identifier: BSD-2-Clause
"""A Cluster of three: keys find their nodes, slots move under load, a primary dies and its replica takes over."""
import subprocess
import time

import case
import servers

NODES = 3
SLOTS = 16384


class Cluster(case.Case):
    def setUp(self):
        self.nodes = [self.node() for _ in range(NODES)]
        subprocess.run(["redis-cli", "--cluster", "create"] + [n.address for n in self.nodes] + ["--cluster-yes"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=servers.WAIT)
        self.wait_agreed()

    def node(self):
        return self.server("cluster-enabled yes", "cluster-node-timeout 3000", "cluster-port %d" % servers.free_port(),
                           "cluster-replica-validity-factor 0", "repl-diskless-sync-delay 0")

    def wait_agreed(self):
        for node in self.nodes:
            servers.wait_for("the Cluster", lambda n=node: "cluster_state:ok" in n.cli("CLUSTER", "INFO") and
                             "cluster_known_nodes:%d" % len(self.nodes) in n.cli("CLUSTER", "INFO"))

    def open(self, *nodes, **options):
        return self.client("cluster", *[n.address for n in nodes or self.nodes[:1]], **options)

    def slot(self, key):
        return int(self.nodes[0].cli("CLUSTER", "KEYSLOT", key))

    def owner(self, slot, ask=None):
        """The node of ours that has slot."""
        for node in self.nodes:
            if node.process.poll() is None and node is not ask:
                for line in node.cli("CLUSTER", "NODES").splitlines():
                    words = line.split()
                    if "myself" in words[2] and "master" in words[2] and self.covers(words[8:], slot):
                        return node
        return None

    @staticmethod
    def covers(ranges, slot):
        for text in ranges:
            if text.startswith("["):
                continue
            first, _, last = text.partition("-")
            if int(first) <= slot <= int(last or first):
                return True
        return False

    def at(self, key, *words):
        """A question to the node that has key."""
        return self.owner(self.slot(key)).cli(*words)

    def finish(self, client, shops):
        outcome = client.receive()
        print("        load: %(done)d calls, longest %(longest_ms)d ms, longest gap %(gap_ms)d ms, %(faults)s" % outcome)
        self.assertEqual(client.ask("resend"), {"failed": 0})
        self.assertEqual(self.counted(self.at, shops), (outcome["done"], outcome["done"]))
        self.assertGreater(outcome["done"], 0)
        return outcome

    def begin_move(self, slot, source, target):
        target.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", source.cli("CLUSTER", "MYID"))
        source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", target.cli("CLUSTER", "MYID"))

    def move_keys(self, slot, source, target):
        while True:
            keys = source.cli("CLUSTER", "GETKEYSINSLOT", slot, "1").split()
            if not keys:
                return
            source.cli("MIGRATE", "127.0.0.1", target.port, keys[0], "0", "5000", check=False)

    def end_move(self, slot, target):
        for node in [target] + [n for n in self.nodes if n is not target]:
            node.cli("CLUSTER", "SETSLOT", slot, "NODE", target.cli("CLUSTER", "MYID"))

    def test_keys_find_their_nodes(self):
        client = self.open()
        for number in range(60):
            key = "key%d" % number
            self.expect(client.command("SET", key, "v%d" % number, key=key), "fine")
            self.assertEqual(self.at(key, "GET", key), "v%d" % number)
        status = client.status()
        self.assertEqual((status["servers"], status["redirects"]), (NODES, 0))
        self.expect(client.command("PING"), "fine")
        self.expect(client.command("MSET", "a", "1", "b", "2", key="a"), "command", "CROSSSLOT")

    def test_wrong_mode(self):
        key = next(k for k in map(str, range(100)) if self.owner(self.slot(k)) is not self.nodes[0])
        client = self.client("single", self.nodes[0].address)
        self.expect(client.command("GET", key), "cluster_down", "set mode = cluster")
        alone = self.server()
        client = self.client("cluster", alone.address)
        self.expect(client.command("GET", "k", key="k"), "cluster_down", "set mode to single or sentinel")

    def test_slot_moves_step_by_step(self):
        """MIGRATING with the key there, gone, TRYAGAIN with half of the keys gone, and moved."""
        key, other = "{tag}a", "{tag}b"
        slot = self.slot(key)
        source = self.owner(slot)
        target = next(n for n in self.nodes if n is not source)
        client = self.open()
        self.expect(client.command("MSET", key, "1", other, "2", key=key), "fine")
        self.begin_move(slot, source, target)
        self.assertEqual(client.command("GET", key, key=key)["reply"], "1")
        source.cli("MIGRATE", "127.0.0.1", target.port, key, "0", "5000")
        self.assertEqual(client.command("GET", key, key=key)["reply"], "1", "after ASK")
        self.assertEqual(client.script("set", "3", key=key)["reply"], "OK", "EVALSHA and EVAL after ASK")
        self.expect(client.command("MGET", key, other, key=key, ms=300), "cluster_down", "are moving")
        self.assertGreater(client.status()["redirects"], 0)
        self.move_keys(slot, source, target)
        self.assertEqual(client.command("MGET", key, other, key=key)["reply"], ["3", "2"])
        self.end_move(slot, target)
        self.assertEqual(client.command("MGET", key, other, key=key)["reply"], ["3", "2"], "after MOVED")
        before = client.status()["redirects"]
        self.assertEqual(client.command("MGET", key, other, key=key)["reply"], ["3", "2"])
        self.assertEqual(client.status()["redirects"], before, "remembered")

    def test_slot_moves_under_load(self):
        client = self.open(timeout=2000)
        slot = self.slot("{shop0}")
        client.send("load", 8, 6, 3)
        time.sleep(0.5)
        moves = 0
        for _ in range(3):
            source = self.owner(slot)
            target = self.nodes[(self.nodes.index(source) + 1) % NODES]
            self.begin_move(slot, source, target)
            time.sleep(0.2)
            self.move_keys(slot, source, target)
            self.end_move(slot, target)
            moves += 1
        outcome = self.finish(client, 3)
        self.assertEqual(outcome["faults"], {}, "nobody noticed")
        self.assertEqual(moves, 3)
        self.assertGreater(client.status()["redirects"], 0)

    def test_primary_killed_under_load(self):
        replica = self.node()
        slot = self.slot("{shop0}")
        primary = self.owner(slot)
        replica.cli("CLUSTER", "MEET", "127.0.0.1", primary.port, primary.info("") or self.bus_port(primary))
        self.nodes.append(replica)
        self.wait_agreed()
        servers.wait_for("replica", lambda: replica.cli("CLUSTER", "REPLICATE", primary.cli("CLUSTER", "MYID")) == "OK")
        servers.wait_for("replication", lambda: replica.info("master_link_status") == "up")
        client = self.open(*self.nodes[:NODES])
        client.send("load", 8, 9, 4)
        time.sleep(1)
        primary.kill()
        servers.wait_for("takeover", lambda: replica.info("role") == "master" and self.owner(slot) is replica)
        outcome = self.finish(client, 4)
        self.assertNotIn("command", outcome["faults"])
        self.assertFalse(client.status()["down"])

    def bus_port(self, node):
        """redis.conf's cluster-port: MEET can't guess it."""
        with open(node.config, encoding="ascii") as file:
            return next(line.split()[1] for line in file if line.startswith("cluster-port "))

    def test_node_gone_without_replica(self):
        """Its slots are down, and then the Cluster; as soon as it is back, all is well."""
        key = next(k for k in map(str, range(100)) if self.owner(self.slot(k)) is self.nodes[1])
        client = self.open(*self.nodes)
        self.expect(client.command("SET", key, "v", key=key), "fine")
        self.nodes[1].kill()
        self.expect(client.command("GET", key, key=key), "unreachable", self.nodes[1].address)
        other = next(k for k in map(str, range(100)) if self.owner(self.slot(k)) is self.nodes[0])
        servers.wait_for("CLUSTERDOWN", lambda: client.command("GET", other, key=other)["fault"] == "cluster_down")
        self.nodes[1].start()
        servers.wait_for("the Cluster", lambda: "cluster_state:ok" in self.nodes[0].cli("CLUSTER", "INFO"))
        self.recover(client, "GET", other, key=other)
        servers.wait_for("recovery", lambda: client.command("SET", key, "w", key=key)["fault"] == "fine")

    def test_hanging_node(self):
        """The others go on."""
        key = next(k for k in map(str, range(100)) if self.owner(self.slot(k)) is self.nodes[1])
        other = next(k for k in map(str, range(100)) if self.owner(self.slot(k)) is self.nodes[0])
        for node in self.nodes:
            node.cli("CONFIG", "SET", "cluster-node-timeout", "60000")
        client = self.open(*self.nodes, connect_timeout=200)
        self.expect(client.command("SET", key, "v", key=key), "fine")
        self.nodes[1].pause()
        try:
            self.expect(client.command("GET", key, key=key, ms=300), "timeout")
            self.expect(client.command("SET", other, "v", key=other), "fine")
            while client.command("GET", key, key=key, ms=300)["fault"] != "unreachable":
                pass
            self.assertTrue(client.status()["down"])
            self.expect(client.command("SET", other, "v", key=other), "fine")
        finally:
            self.nodes[1].resume()
        self.recover(client, "GET", key, key=key)


if __name__ == "__main__":
    case.unittest.main()
