# SPDX-License-Identifier: BSD-2-Clause
"""Two gateways, each a Postfix and a posternd, and one Redis: killed in turn while mail flows, nothing lost, nothing twice."""
import json
import os
import shutil
import signal
import sys
import time
import unittest

import case
import mta

sys.path.append(os.path.join(mta.SOURCE, "tests", "redis"))
import counted  # noqa: E402
import servers  # noqa: E402
from flow import Flow  # noqa: E402

INQUIRY = ("From: \"Customer %(n)d\" <%(relay)s>\nTo: <%(seller)s>\nSubject: Order 43420764%(n)05d: broken jar\n"
           "Date: Mon, 16 Mar 2026 08:00:00 +0000\nMessage-ID: <%(token)s@relay.walmart.com>\nMIME-Version: 1.0\n"
           "Content-Type: text/plain; charset=utf-8\n\nHello, the jar of my blender arrived broken. Can you send me a new one?\n")
REPLY = ("From: Best Gadgets <%(seller)s>\nTo: %(relay)s\nSubject: Re: Order 43420764%(n)05d: broken jar\n"
         "Date: Mon, 16 Mar 2026 09:12:44 +0000\nMessage-ID: <%(token)s@bestgadgets.example>\n"
         "In-Reply-To: <in-%(n)d@relay.walmart.com>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%(body)s")


def relay(n):
    return "%032X@relay.walmart.com" % n


def inquiry(n):
    return INQUIRY % {"n": n, "relay": relay(n), "seller": case.SELLER, "token": "in-%d" % n}


def answer(n):
    return REPLY % {"n": n, "relay": relay(n), "seller": case.SELLER, "token": "out-%d" % n, "body": case.GOOD}


class Gateway:
    """A machine of its own: Postfix, posternd, a log and a database."""

    def __init__(self, place, prefix, sink, redis, name):
        self.name = name
        shared = {"servers": [redis.address], "timeout": "2s", "connect_timeout": "1s", "outage": "judge"}
        self.daemon = mta.Posternd(place, prefix, name="gate-" + name, settings={"store": {"type": "redis", "redis": shared}})
        self.daemon.start()
        self.database = os.path.join(self.daemon.state, "store.db")
        self.server = mta.Postfix(place, [self.daemon.postfix_milter], sink.port, name="postfix-" + name).start()

    def inquire(self, n):
        """Whether Postfix took the customer's mail."""
        return mta.send(self.server.in_port, relay(n), [case.SELLER], inquiry(n).encode(), timeout=60).code == 250

    def answer_to(self, n):
        return mta.send(self.server.out_port, case.SELLER, [relay(n)], answer(n).encode(), timeout=60).code == 250

    def cut(self):
        """As a power cut: Postfix and posternd, supervisor and worker, have no last word."""
        for part in (self.server, self.daemon):
            process = part.process
            mta.kill_session(process.pid)
            process.wait(60)
            assert process.returncode == -signal.SIGKILL, process.returncode

    def start(self):
        self.daemon.start()
        self.server.start()

    def inbox(self):
        """All lines of the inbox, by thread."""
        rows = json.loads(self.daemon.cli("inbox", "--filter", "all", "--limit", "100000", "--json", check=0).stdout)
        return {row["thread"]: row for row in rows}

    def thread(self, n):
        """The customer's line of the inbox; {} without one."""
        return self.inbox().get("walmart:" + relay(n).lower(), {})

    def story(self, n):
        """The customer's thread, message by message; those of one second in any order."""
        shown = json.loads(self.daemon.cli("thread", self.thread(n)["thread"], "--json", check=0).stdout)
        return sorted((line["direction"], line["action"], line["effect"], line["id"]) for line in shown["timeline"])

    def shared(self):
        return json.loads(self.daemon.cli("status", "--json", check=0).stdout)["store"]["shared"]

    def recorded(self):
        return [event for event in self.daemon.events() if event["event"] == "message"]


class TwoGateways(case.Case):
    MORE = 20  # messages in each round

    def setUp(self):
        super().setUp()
        self.redis = servers.Server("appendonly yes", "appendfsync always")
        self.addCleanup(self.redis.remove)
        self.a, self.b = (Gateway(self.place, self.prefix, self.sink, self.redis, name) for name in "ab")
        self.daemon, self.server = self.a.daemon, self.a.server  # whose logs a failure shows
        self.rows = []

    def wait_state(self, n, state, *gateways):
        for gateway in gateways or (self.a, self.b):
            mta.wait_for("%s on %s" % (state, gateway.name), lambda g=gateway: g.thread(n).get("state") == state, 60, 0.1)

    def healthy(self):
        return all(g.shared()["healthy"] for g in (self.a, self.b))

    def wait_healthy(self):
        """A machine that is busy with other things may need longer than an idle one."""
        try:
            mta.wait_for("both to be well", self.healthy, 60, 0.05)
        except mta.HarnessError:
            self.fail("not well after a minute: %r" % [g.shared() for g in (self.a, self.b)])

    def records(self):
        return self.a.recorded() + self.b.recorded()

    def caught_up(self, *gateways):
        """What both have on record by now is in their databases."""
        want = {record["id"] for record in self.records()}
        for gateway in gateways:
            mta.wait_for("%s to catch up" % gateway.name,
                         lambda g=gateway: want <= {row[0] for row in counted.stored(g.database)}, 60, 0.1)

    def test_in_through_one_out_through_the_other(self):
        """The reply stops the clock on both, and both tell the same story."""
        self.assertTrue(self.a.inquire(1))
        self.wait_state(1, "open")
        opened = self.a.thread(1)
        self.assertEqual(self.b.thread(1), opened)
        self.assertIn(opened["hours_left"], (47, 48))
        self.assertTrue(self.b.answer_to(1))
        self.wait_state(1, "answered")
        self.assertEqual(self.a.thread(1), self.b.thread(1))
        story = self.a.story(1)
        self.assertEqual([line[:2] for line in story], [("in", "pass"), ("out", "pass")])
        self.assertEqual(self.b.story(1), story)
        self.assertEqual([len(g.recorded()) for g in (self.a, self.b)], [1, 1])
        self.b.server.flush()
        self.assertIn("out-1", case.tokens_in(self.sink.mails()))

    def test_killed_in_turn(self):
        flow = Flow(self.a, self.b)
        self.addCleanup(flow.ended.set)
        flow.more(self.MORE)
        self.round("posternd and Postfix of A", flow, self.kill_gateway, self.a)
        self.round("posternd and Postfix of B", flow, self.kill_gateway, self.b)
        self.round("Redis", flow, self.kill_redis)
        self.round("Redis, back empty, and A", flow, self.kill_both)
        flow.more(self.MORE)
        speed = flow.stop()
        self.wait_healthy()
        self.caught_up(self.a, self.b)
        self.settle(flow, speed)

    def round(self, name, flow, kill, *arguments):
        before = flow.taken()
        more = kill(flow, *arguments)
        self.rows.append("killed: %-30s %4d messages meanwhile%s" % (name, flow.taken() - before, more or ""))

    def kill_gateway(self, flow, victim):
        other = self.b if victim is self.a else self.a
        victim.cut()
        flow.more(self.MORE, other)
        victim.start()
        self.caught_up(victim)
        flow.more(self.MORE, victim)

    def recover(self):
        """Seconds until both share again, without a restart."""
        begun = time.monotonic()
        self.redis.start()
        self.wait_healthy()
        return time.monotonic() - begun

    def kill_redis(self, flow):
        self.redis.kill()
        mta.wait_for("both to notice", lambda: not any(g.shared()["healthy"] for g in (self.a, self.b)), 60, 0.1)
        flow.more(self.MORE, self.a)
        flow.more(self.MORE, self.b)
        return ", shared again %.1f s after its start" % self.recover()

    def kill_both(self, flow):
        """A starts while there is no Redis, and what that one had is gone."""
        self.redis.kill()
        self.a.cut()
        flow.more(self.MORE, self.b)
        self.a.start()
        flow.more(self.MORE, self.a)
        for name in os.listdir(self.redis.folder):
            if name.startswith("appendonly"):
                shutil.rmtree(os.path.join(self.redis.folder, name))
        return ", shared again %.1f s after its start" % self.recover()

    def settle(self, flow, speed):
        """Counted from both logs and both databases."""
        records = self.records()
        found = counted.count(records, [self.a.database, self.b.database])
        self.rows.append("two gateways: %d messages taken (%d by A, %d by B, %d tried again, %.0f a second), "
                         "%d records in two logs; events lost %d, doubled %d" % (flow.taken(), flow.taken(self.a), flow.taken(self.b), flow.again,
                                                         speed, *found))
        print("\n" + "\n".join("| " + row for row in self.rows), flush=True)
        self.assertEqual((found.lost, found.doubled), (0, 0))
        # Who was killed may have recorded what nobody was told of, and then it came again; never the other way round.
        let_through = {record["message_id"] for record in records if record["action"] in counted.TAKEN}
        self.assertEqual(len(let_through), flow.taken())
        for gateway in (self.a, self.b):
            self.daemon = gateway.daemon
            self.verify_chain()
            self.assertEqual(gateway.shared()["gaps"], [])
        inbox = self.a.inbox()
        self.assertEqual(self.b.inbox(), inbox)
        self.assertEqual({row["state"] for row in inbox.values()}, {"answered"})


if __name__ == "__main__":
    unittest.main()
