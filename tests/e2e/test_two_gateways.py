# SPDX-License-Identifier: BSD-2-Clause
"""Two gateways, each a Postfix and a posternd, and one Redis: killed in turn while mail flows, nothing lost, nothing twice."""
import collections
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
import unittest

import case
import mta

sys.path.append(os.path.join(mta.SOURCE, "tests", "redis"))
import servers  # noqa: E402

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
        shared = {"servers": [redis.address], "timeout": "500ms", "connect_timeout": "300ms", "outage": "judge"}
        self.daemon = mta.Posternd(place, prefix, name="gate-" + name, settings={"store": {"type": "redis", "redis": shared}})
        self.daemon.start()
        self.server = mta.Postfix(place, [self.daemon.postfix_milter], sink.port, name="postfix-" + name).start()

    def receive(self, n):
        return mta.send(self.server.in_port, relay(n), [case.SELLER], inquiry(n).encode(), timeout=20)

    def reply(self, n):
        return mta.send(self.server.out_port, case.SELLER, [relay(n)], answer(n).encode(), timeout=20)

    def cut(self):
        """As a power cut: Postfix and posternd, supervisor and worker, have no last word."""
        for part in (self.server, self.daemon):
            process = part.process
            mta.kill_session(process.pid)
            process.wait(10)
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
        """Of each message that was let through: id of its record, and what the sender called it."""
        return {event["id"]: token_of(event["message_id"]) for event in self.daemon.events()
                if event["event"] == "message" and event["action"] in ("pass", "tag")}

    def stored(self):
        """Id, token and whether it counts, of each message in the database; inquiries of each thread."""
        db = sqlite3.connect("file:%s/store.db?mode=ro" % self.daemon.state, uri=True, timeout=10)
        try:
            messages = db.execute("SELECT id, message_id, counts FROM message").fetchall()
            inquiries = db.execute("SELECT count(*) FROM inquiry GROUP BY thread").fetchall()
        finally:
            db.close()
        return [(id_, token_of(text), counts) for id_, text, counts in messages], [row[0] for row in inquiries]


def token_of(message_id):
    return message_id.strip("<>").partition("@")[0]


class Load:
    """Customers write to one gateway and are answered by the other; who gets no 250 tries the next one, as an MTA would."""

    def __init__(self, *gateways):
        self.gateways, self.ended, self.lock = gateways, threading.Event(), threading.Lock()
        self.accepted, self.again = collections.Counter(), 0
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(len(gateways))]
        for thread in self.threads:
            thread.start()

    def work(self, first):
        n = 100 + first
        while not self.ended.is_set():
            # Also the last inquiry is answered, so that in the end no clock runs.
            self.until_taken(lambda gateway, n=n: gateway.receive(n), first)
            self.until_taken(lambda gateway, n=n: gateway.reply(n), first + 1)
            n += len(self.gateways)

    def until_taken(self, send, first):
        for attempt in range(first, 10**6):
            gateway = self.gateways[attempt % len(self.gateways)]
            try:
                taken = send(gateway).code == 250
            except (OSError, EOFError, mta.smtplib.SMTPException):
                taken = False
            with self.lock:
                self.accepted[gateway.name] += taken
                self.again += not taken
            if taken:
                return
            time.sleep(0.02)

    def more(self, count, *gateways):
        """Waits until so many more were taken, by those gateways alone or all."""
        def taken():
            return sum(self.accepted[g.name] for g in gateways or self.gateways)
        goal = taken() + count
        mta.wait_for("%d more messages" % count, lambda: taken() >= goal, 60)

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)


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
            mta.wait_for("%s on %s" % (state, gateway.name), lambda g=gateway: g.thread(n).get("state") == state, 20, 0.1)

    def healthy(self):
        return all(g.shared()["healthy"] for g in (self.a, self.b))

    def caught_up(self, *gateways):
        """What the other one has on record by now is in their databases."""
        want = set(self.a.recorded()) | set(self.b.recorded())
        for gateway in gateways:
            mta.wait_for("%s to catch up" % gateway.name, lambda g=gateway: want <= {row[0] for row in g.stored()[0]}, 30, 0.1)

    def test_in_through_one_out_through_the_other(self):
        """The reply stops the clock on both, and both tell the same story."""
        self.assertEqual(self.a.receive(1).code, 250)
        self.wait_state(1, "open")
        opened = self.a.thread(1)
        self.assertEqual(self.b.thread(1), opened)
        self.assertIn(opened["hours_left"], (47, 48))
        self.assertEqual(self.b.reply(1).code, 250)
        self.wait_state(1, "answered")
        self.assertEqual(self.a.thread(1), self.b.thread(1))
        story = self.a.story(1)
        self.assertEqual([line[:2] for line in story], [("in", "pass"), ("out", "pass")])
        self.assertEqual(self.b.story(1), story)
        self.assertEqual([len(g.recorded()) for g in (self.a, self.b)], [1, 1])
        self.b.server.flush()
        self.assertIn("out-1", case.tokens_in(self.sink.mails()))

    def test_killed_in_turn(self):
        load = Load(self.a, self.b)
        try:
            load.more(self.MORE)
            self.round("posternd and Postfix of A", load, self.kill_gateway, self.a)
            self.round("posternd and Postfix of B", load, self.kill_gateway, self.b)
            self.round("Redis", load, self.kill_redis)
            self.round("Redis, back empty, and A", load, self.kill_both)
            load.more(self.MORE)
        finally:
            load.stop()
        mta.wait_for("both to be well", self.healthy, 20, 0.1)
        self.caught_up(self.a, self.b)
        self.settle(load)

    def round(self, name, load, kill, *arguments):
        before = sum(load.accepted.values())
        more = kill(load, *arguments)
        self.rows.append("killed: %-30s %4d messages meanwhile%s" % (name, sum(load.accepted.values()) - before, more or ""))

    def kill_gateway(self, load, victim):
        other = self.b if victim is self.a else self.a
        victim.cut()
        load.more(self.MORE, other)
        victim.start()
        self.caught_up(victim)
        load.more(self.MORE, victim)

    def recover(self):
        """Seconds until both share again, without a restart."""
        begun = time.monotonic()
        self.redis.start()
        mta.wait_for("both to be well", self.healthy, 20, 0.05)
        return time.monotonic() - begun

    def kill_redis(self, load):
        self.redis.kill()
        mta.wait_for("both to notice", lambda: not any(g.shared()["healthy"] for g in (self.a, self.b)), 20, 0.1)
        load.more(self.MORE, self.a)
        load.more(self.MORE, self.b)
        return ", shared again %.1f s after its start" % self.recover()

    def kill_both(self, load):
        """A starts while there is no Redis, and what that one had is gone."""
        self.redis.kill()
        self.a.cut()
        load.more(self.MORE, self.b)
        self.a.start()
        load.more(self.MORE, self.a)
        for name in os.listdir(self.redis.folder):
            if name.startswith("appendonly"):
                shutil.rmtree(os.path.join(self.redis.folder, name))
        return ", shared again %.1f s after its start" % self.recover()

    def settle(self, load):
        """Counted from both logs and both databases."""
        records = {**self.a.recorded(), **self.b.recorded()}
        self.assertEqual(len(records), len(self.a.recorded()) + len(self.b.recorded()), "ids are unique")
        tokens, taken = set(records.values()), sum(load.accepted.values())
        lost = doubled = 0
        for gateway in (self.a, self.b):
            messages, inquiries = gateway.stored()
            counted = collections.Counter()
            for _, token, counts in messages:
                counted[token] += counts
            self.assertEqual({row[0] for row in messages} - set(records), set(), "nothing that nobody recorded")
            lost += len(set(records) - {row[0] for row in messages}) + sum(counted[token] == 0 for token in tokens)
            doubled += sum(counted[token] > 1 for token in tokens) + sum(number > 1 for number in inquiries)
            self.assertEqual(gateway.shared()["gaps"], [])
            self.daemon = gateway.daemon
            self.verify_chain()
        self.report(load, taken, records, lost, doubled)
        self.assertEqual((lost, doubled), (0, 0))
        self.assertGreaterEqual(len(tokens), taken, "each message that a Postfix took is on record")
        inbox = self.a.inbox()
        self.assertEqual(self.b.inbox(), inbox)
        self.assertEqual({row["state"] for row in inbox.values()}, {"answered"})

    def report(self, load, taken, records, lost, doubled):
        self.rows.append("two gateways: %d messages taken (%d by A, %d by B, %d tried again), %d records in two logs; "
                         "events lost %d, doubled %d" % (taken, load.accepted["a"], load.accepted["b"], load.again,
                                                         len(records), lost, doubled))
        print("\n" + "\n".join("| " + row for row in self.rows), flush=True)


if __name__ == "__main__":
    unittest.main()
