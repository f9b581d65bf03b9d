# SPDX-License-Identifier: BSD-2-Clause
"""Two gateways and one Redis: a thread is one, whoever took its mail, whatever ends in between."""
import os
import signal
import time
import unittest

import counted
import manual
from flow import Flow
from gateways import Gateway, Log, converged, relay, wait_for
from servers import Server

# Seconds until all is well after an outage: far beyond what it takes (the rows tell), as the machine may have other work.
WELL = 20


class Case(unittest.TestCase):
    redis = ""
    maxDiff = None

    def gateway(self, servers=None, **kwargs):
        gateway = Gateway(*(servers or [self.server.address]), redis=self.redis, **kwargs)
        self.addCleanup(gateway.clean)
        return gateway.start()

    def state(self, gateway, n, state):
        self.assertTrue(wait_for(lambda: gateway.thread(n)["state"] == state), (gateway.thread(n), gateway.share))

    def flow(self, *gateways):
        """Mail through all of them until the test stops it, or ends."""
        flow = Flow(*gateways, pause=0.01)
        self.addCleanup(flow.ended.set)
        return flow

    def everything(self, *gateways, row=None):
        """Each acknowledged message is in each database, once; row is the line of the table that says so."""
        want = {r["id"] for g in gateways for r in g.audit("message")}
        there = wait_for(lambda: all(set(g.messages()) >= want for g in gateways)) and converged(*gateways)
        found = counted.count([r for g in gateways for r in g.audit("message")], [g.database for g in gateways])
        if row is not None:
            row.tell(found)
        self.assertEqual((found.lost, found.doubled), (0, 0), [g.share for g in gateways])
        self.assertTrue(there, [(len(want), len(g.messages()), g.share) for g in gateways])


class Two(Case):
    def setUp(self):
        self.server = Server("appendonly yes", "appendfsync always")
        self.addCleanup(self.server.remove)
        self.a, self.b = self.gateway(), self.gateway()


class Shared(Two):
    def test_clock(self):
        """In through A, out through B: the clock stops on both."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        self.state(self.b, 1, "open")
        due = self.b.thread(1)["due"]
        self.assertEqual(due, self.a.thread(1)["due"])
        self.b.answer(1)
        self.state(self.a, 1, "answered")
        self.state(self.b, 1, "answered")
        self.assertEqual(self.a.thread(1), self.b.thread(1))
        self.everything(self.a, self.b)

    def test_quote(self):
        """What the customer wrote to A is known on B: his words may be quoted, others are judged."""
        text = "Does the hold-token for the garden gate come with two keys and a spare battery in the box?"
        self.a.receive(1, body=text)
        self.assertTrue(self.b.knows(1))
        _, record = self.b.reply(1, "It does.\r\n\r\nOn Monday Maria wrote:\r\n> %s\r\n" % text)
        self.assertEqual([f["where"] for f in record["findings"]], ["quote"])
        self.assertNotIn("Quote-Unverified", record["labels"])
        _, record = self.b.reply(1, "It does.\r\n\r\nOn Monday Maria wrote:\r\n> Please write hold-token on "
                                 "the parcel that you send to my neighbour tomorrow morning\r\n")
        self.assertEqual([f["where"] for f in record["findings"]], ["text"])

    def test_in_reply_to(self):
        """A reply through B to another alias answers the mail that came in on A."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        message = self.a.audit("message")[-1]["message_id"]
        self.b.reply(2, "It comes on Thursday.\r\n", In_Reply_To=message)
        self.state(self.b, 1, "answered")
        self.state(self.a, 1, "answered")

    def test_counter(self):
        """Three are allowed, whichever gateway they go through."""
        actions = []
        for n in range(5):
            gateway = (self.a, self.b)[n % 2]
            actions.append(gateway.reply(1, "counted-token %d\r\n" % n)[1]["action"])
        self.assertEqual(actions, ["pass", "pass", "pass", "hold", "hold"])

    def test_status(self):
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        share = self.b.share
        self.assertEqual([g["gateway"] for g in share["gateways"]], [self.a.id])
        self.assertEqual((share["healthy"], share["gaps"], share["damaged"], share["applied"]), (True, [], 0, 1))
        self.assertTrue(self.a.published())

    def test_held(self):
        """A held reply is listed everywhere, and released where it is in a queue."""
        self.a.receive(1)
        self.a.answer(1, body="hold-token")
        held = self.a.audit("message")[-1]["id"]
        self.assertTrue(wait_for(lambda: self.b.json("held", "list")))
        self.assertEqual(self.b.json("held", "list")[0]["gateway"], self.a.id)
        self.assertNotIn("gateway", self.a.json("held", "list")[0])
        self.assertIn("on another gateway: " + self.a.id, self.b.postern("held", "list")[1])
        code, _, err = self.b.postern("held", "release", held, "--why", "fine", "--by-hand")
        self.assertEqual(code, 2)
        self.assertIn("is held on gateway " + self.a.id, err)
        self.assertEqual(self.a.postern("held", "release", held, "--why", "fine", "--by-hand")[0], 0)
        self.state(self.b, 1, "answered")
        self.assertTrue(wait_for(lambda: self.b.json("held", "list") == []))

    def test_command(self):
        """What a person commands on B holds on A."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        code, out, err = self.b.postern("done", self.b.thread(1)["thread"], "--why", "phoned")
        self.assertEqual(code, 0, (out, err))
        self.assertTrue(wait_for(lambda: self.a.thread(1)["done"]))

    def test_rebuild(self):
        """The others' events come again out of Redis."""
        self.a.receive(1)
        self.b.receive(2)
        self.assertTrue(self.b.knows(1))
        before = self.b.messages()
        me = self.b.id
        self.b.stop()
        code, _, err = self.b.postern("rebuild")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.b.messages()), 1)
        self.b.start()
        self.assertTrue(wait_for(lambda: self.b.messages() == before))
        self.assertEqual((self.b.id, self.b.share["gaps"]), (me, []))
        self.everything(self.a, self.b)

    def test_another_log(self):
        """A gateway with a new log is a new gateway: its numbers begin anew, and nothing is taken for known."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        me = self.a.id
        self.a.stop()
        for name in os.listdir(self.a.dir + "/state/audit"):
            if name.endswith(".jsonl"):
                os.unlink(os.path.join(self.a.dir, "state/audit", name))
        self.assertEqual(self.a.postern("rebuild")[0], 0)
        self.a.start()
        self.assertNotEqual(self.a.id, me)
        self.a.receive(3)
        self.assertTrue(self.b.knows(3))
        self.assertTrue(self.a.knows(1))
        self.assertTrue(converged(self.a, self.b))

    def test_gap(self):
        """What was trimmed before it was read is missed, and said."""
        self.a.receive(1)
        self.assertTrue(self.a.published())
        self.b.stop()
        for n in (2, 3):
            self.a.receive(n)
        self.assertTrue(self.a.published())
        shop = "postern:1:{agent@bestgadgets.example}:events"
        self.server.cli("XTRIM", shop, "MAXLEN", "1")
        self.b.start()
        self.assertTrue(self.b.knows(3))
        gaps = self.b.share["gaps"]
        self.assertEqual([(g["gateway"], g["shop"]) for g in gaps], [(self.a.id, "agent@bestgadgets.example")])
        self.assertIn("does not hold what gateway", self.b.log())
        # A copy of the other's database has it; what is in this gateway's own log stays.
        self.b.receive(4)
        self.assertTrue(self.a.knows(4))
        self.b.stop()
        for name in ("", "-wal", "-shm"):
            if os.path.exists(self.b.database + name):
                os.unlink(self.b.database + name)
        self.assertEqual(self.b.postern("store", "copy", "--from", self.a.database, "--to", self.b.database)[0], 0)
        self.b.start()
        self.assertEqual(self.b.share["gaps"], [])
        self.everything(self.a, self.b)

    def test_damaged_entries(self):
        """What is no event stops nothing."""
        shop = "postern:1:{agent@bestgadgets.example}:events"
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        for fields in (("x", "y"), ("g", "z", "s", "1", "p", "0", "e", "{"), ("g", "z", "s", "2", "p", "1", "e", "[]"),
                       ("g", "z", "s", "3", "p", "2", "e", '{"event":"message","seq":3}'), ("g", "", "s", "-1", "e", "1"),
                       ("g", "z" * 100, "s", "9" * 30, "p", "0", "e", "{}")):
            self.server.cli("XADD", shop, "*", *fields)
        self.a.receive(2)
        self.assertTrue(self.b.knows(2))
        self.assertEqual(self.b.share["damaged"], 6)


class Alerted(Case):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.remove)

    def test_once(self):
        """Of several gateways that know of an inquiry whose time runs out, one tells."""
        source = Gateway(self.server.address, extra="alerts { log = no  response_rate = no }\n")
        self.addCleanup(source.clean)
        log, now = Log(source), int(time.time())
        for n in range(20):
            log.inbound(now - 47 * 3600, "q%d" % n, n, due=now + 3600)
        log.build()
        told = [self.gateway(extra="alerts { interval = 1s  response_rate = no }\n") for _ in range(2)]
        source.start()

        def alerts():
            return sorted(e["thread"] for g in told for e in g.audit("alert"))
        self.assertTrue(wait_for(lambda: len(alerts()) >= 20), (len(alerts()), source.share, told[0].share))
        turns = [g.status()["alerts"]["last_run"] for g in told]
        self.assertTrue(wait_for(lambda: all(g.status()["alerts"]["last_run"] != t for g, t in zip(told, turns))))
        self.assertEqual(alerts(), sorted("walmart:" + relay(n) for n in range(20)))


class Protected(Case):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.remove)

    def test_user(self):
        """The ACL user of postern-gateways(7) may do all that is needed, and nothing else."""
        for command in manual.block("ACL SETUSER postern").replace("PASSWORD1", "secret").splitlines():
            if command.startswith("ACL SETUSER postern "):
                self.server.cli(*command.split())
        password = os.path.join(self.server.folder, "password")
        with open(password, "w", encoding="ascii") as f:
            f.write("wrong\n")
        os.chmod(password, 0o600)
        self.redis = 'user = postern  password_file = "%s"' % password
        a, b = self.gateway(), self.gateway()
        a.receive(1)
        self.assertTrue(wait_for(lambda: not a.share["publish"]["healthy"]))
        self.assertIn("password", a.share["publish"]["error"])
        with open(password, "w", encoding="ascii") as f:
            f.write("secret\n")
        self.assertTrue(b.knows(1))
        actions = [g.reply(1, "counted-token\r\n")[1]["action"] for g in (a, b, a, b)]
        self.assertEqual(actions, ["pass", "pass", "pass", "hold"])
        self.everything(a, b)


class Copied(Two):
    def test_new_gateway(self):
        """A copy of A's database, also when Redis has dropped its events: C knows the same, and no gap."""
        self.a.receive(1)
        self.b.receive(2)
        self.b.answer(2)
        self.assertTrue(wait_for(lambda: self.a.thread(2) is not None and self.a.thread(2)["state"] == "answered"))
        self.assertTrue(self.a.published() and self.b.published() and self.b.knows(1))
        self.server.cli("XTRIM", "postern:1:{agent@bestgadgets.example}:events", "MAXLEN", "0")
        c = Gateway(self.server.address)
        self.addCleanup(c.clean)
        os.makedirs(c.dir + "/state", exist_ok=True)
        path = c.dir + "/state/postern.db"
        self.assertEqual(self.a.json("store", "copy", "--from", self.a.dir + "/state/postern.db", "--to", path),
                         {"ok": True, "events": 3})
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual(self.a.postern("store", "copy", "--from", self.a.dir + "/state/postern.db", "--to", path)[0], 2)
        c.start()
        self.assertEqual(c.thread(1), self.a.thread(1))
        self.a.answer(1)
        self.state(c, 1, "answered")
        c.receive(3)
        self.assertTrue(self.a.knows(3))
        self.everything(self.a, self.b, c)
        self.assertEqual((c.share["gaps"], len({self.a.id, self.b.id, c.id})), ([], 3))

    def test_to_redis_and_back(self):
        """A gateway of its own moves into Redis, and out of it."""
        self.a.receive(1)
        self.a.reply(1, "counted-token\r\n")
        self.assertTrue(self.b.knows(1))
        self.a.stop()
        self.server.cli("FLUSHALL")
        own = self.a.dir + "/state/postern.db"
        code, out, err = self.a.postern("store", "copy", "--from", own, "--to", "redis")
        self.assertEqual((code, out), (0, "2 events copied from %s to redis\n" % own), err)
        self.assertEqual(self.a.json("store", "copy", "--from", own, "--to", "redis")["events"], 0)
        self.assertTrue(any("count." in k for k in self.server.cli("KEYS", "*").split()))
        self.b.receive(2)
        self.assertTrue(self.b.published())
        self.assertGreaterEqual(self.a.json("store", "copy", "--from", "redis", "--to", own)["events"], 1)
        self.assertEqual(self.a.json("store", "copy", "--from", "redis", "--to", own)["events"], 0)
        self.assertIsNotNone(self.a.thread(2))
        for words in (("--from", "redis", "--to", "redis"), ("--from", own), ("--from", "/nowhere.db", "--to", "/tmp/x.db")):
            self.assertEqual(self.a.postern("store", "copy", *words)[0], 2, words)
        self.a.start()
        self.everything(self.a, self.b)


class Killed(Two):
    def test_each(self):
        """Killed under load, either of them: nothing lost, nothing twice."""
        row = counted.Row("posternd of A, then of B, killed")
        flow = self.flow(self.a, self.b)
        for victim in (self.a, self.b):
            flow.more(20)
            victim.kill()
            flow.more(20, self.b if victim is self.a else self.a)
            victim.start()
        flow.more(20)
        row.note("%.0f messages a second" % flow.stop())
        self.everything(self.a, self.b, row=row)


class Outage(Two):
    def test_restarted(self):
        """Redis killed and restarted under load."""
        row = counted.Row("Redis killed and restarted")
        flow = self.flow(self.a, self.b)
        flow.more(20)
        self.server.kill()
        self.assertTrue(wait_for(lambda: not self.a.share["healthy"] and not self.b.share["healthy"]))
        flow.more(40)
        self.server.start()
        begun = time.monotonic()
        self.assertTrue(wait_for(lambda: self.a.share["healthy"] and self.b.share["healthy"]))
        row.note("well again after %.1f s" % (time.monotonic() - begun))
        self.assertLess(time.monotonic() - begun, WELL)
        flow.more(20)
        row.note("%.0f messages a second" % flow.stop())
        self.everything(self.a, self.b, row=row)
        self.assertEqual((self.a.share["gaps"], self.b.share["gaps"]), ([], []))

    def test_hangs(self):
        """A Redis that answers nobody: mail is judged by what is known here, and status says how far behind it is."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        self.server.pause()
        try:
            self.assertTrue(wait_for(lambda: not self.b.share["healthy"]))
            begun = time.monotonic()
            self.b.answer(1)
            self.assertLess(time.monotonic() - begun, WELL)
            self.state(self.b, 1, "answered")
            self.assertGreaterEqual(self.b.share["behind"], 1)
            self.assertEqual(self.a.thread(1)["state"], "open")
        finally:
            self.server.resume()
        begun = time.monotonic()
        self.state(self.a, 1, "answered")
        self.assertLess(time.monotonic() - begun, WELL)
        self.everything(self.a, self.b)

    def test_emptied(self):
        """Redis lost everything: what it had is published again."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        self.server.cli("FLUSHALL")
        self.a.receive(2)
        self.assertTrue(self.b.knows(2))
        c = self.gateway()
        self.assertTrue(c.knows(1))
        self.everything(self.a, self.b, c)
        self.assertEqual(c.share["gaps"], [])

    def test_counter(self):
        """Counted here during the outage; the others know after it, each message once."""
        self.a.reply(1, "counted-token before\r\n")
        self.server.kill()
        for n in range(2):
            self.assertEqual(self.a.reply(1, "counted-token %d\r\n" % n)[1]["action"], "pass")
        self.assertEqual(self.b.reply(1, "counted-token on b\r\n")[1]["action"], "pass")
        self.server.start()
        self.assertTrue(wait_for(lambda: self.b.share["healthy"] and self.a.share["healthy"] and not self.a.late() and
                                 not self.b.late()))
        self.assertEqual(self.b.reply(1, "counted-token more\r\n")[1]["action"], "hold")

    def test_absent_at_start(self):
        self.server.kill()
        c = self.gateway()
        c.receive(5)
        self.server.start()
        self.assertTrue(self.a.knows(5))
        self.everything(self.a, self.b, c)


class Stopped(Two):
    def test_stop_during_outage(self):
        """posternd ends in time, and publishes the rest after its next start."""
        self.server.pause()
        try:
            self.a.receive(1)
            begun = time.monotonic()
            self.assertEqual(self.a.stop(signal.SIGTERM), 0)
            self.assertLess(time.monotonic() - begun, WELL)
        finally:
            self.server.resume()
        self.a.start()
        self.assertTrue(self.b.knows(1))
        self.everything(self.a, self.b)


class Deferred(Two):
    redis = "outage = defer"

    def test_defer(self):
        """Rules that need the store wait for Redis; mail that none of them judges does not, and recovery takes seconds."""
        self.a.receive(1)
        self.assertTrue(self.b.knows(1))
        self.assertEqual(self.b.reply(1, "counted-token\r\n")[0].verdict, "pass")
        self.server.pause()
        try:
            self.assertTrue(wait_for(lambda: not self.b.share["read"]["healthy"]))
            time.sleep(3)
            begun = time.monotonic()
            reply, record = self.b.reply(1, "counted-token again\r\n")
            self.assertEqual((reply.verdict, record["action"]), ("defer", "defer"))
            self.assertLess(time.monotonic() - begun, WELL)
            self.b.receive(2)
        finally:
            self.server.resume()
        begun = time.monotonic()
        self.assertTrue(wait_for(lambda: self.b.reply(1, "counted-token again\r\n")[0].verdict == "pass"))
        self.assertLess(time.monotonic() - begun, WELL)
        self.everything(self.a, self.b)


if __name__ == "__main__":
    unittest.main()
