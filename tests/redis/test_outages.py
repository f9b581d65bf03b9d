# SPDX-License-Identifier: BSD-2-Clause
"""
Each way in which Redis may fail a running posternd: one that judges on (outage = judge) and one that defers share it.
What each answers, that it comes in time, and that both are well again by themselves, without a restart.
"""
import os
import time

import counted
import servers
import test_gateways
from gateways import wait_for

IN_TIME = 20  # seconds for a message whose rule asks a Redis that answers nothing: timeout is two seconds


class Outage(test_gateways.Case):
    def setUp(self):
        self.server = servers.Server("maxmemory-policy noeviction")
        self.addCleanup(self.server.remove)
        self.redis = ""

    def open(self, *where):
        self.redis, common = "outage = judge " + self.redis, self.redis
        self.judge = self.gateway(where)
        self.redis = "outage = defer " + common
        self.defer = self.gateway(where)

    def gateways(self):
        return self.judge, self.defer

    def counts(self, gateway, text):
        """A message whose rule counts in Redis: verdict, what was recorded, seconds."""
        begun = time.monotonic()
        reply, record = gateway.reply(1, "counted-token %s\r\n" % text)
        return reply.verdict, record["action"], time.monotonic() - begun

    def well(self):
        return all(g.share["healthy"] for g in self.gateways())

    def outage(self, name, reason, begin, end):
        """All that is asked of every kind of outage; reason is of the status of both."""
        row = counted.Row("Redis " + name)
        self.judge.receive(1)
        self.assertTrue(self.defer.knows(1))
        self.assertEqual([self.counts(g, "before")[:2] for g in self.gateways()], [("pass", "pass")] * 2)
        flow = self.flow(*self.gateways())
        flow.more(20)
        begin()
        try:
            self.during(reason, flow)
        finally:
            end()
        row.note("well again after %.1f s" % self.recover())
        flow.more(20)
        row.note("%.0f messages a second" % flow.stop())
        self.afterwards()
        self.everything(*self.gateways(), row=row)

    def during(self, reason, flow):
        for gateway in self.gateways():
            self.assertTrue(wait_for(lambda g=gateway: not g.share["publish"]["healthy"]), gateway.share)
            self.assertRegex(gateway.share["publish"]["error"], reason)
        flow.more(20, self.judge)
        flow.more(20, self.defer)
        verdict, action, seconds = self.counts(self.judge, "meanwhile")
        self.assertEqual((verdict, action), ("pass", "pass"))
        self.assertLess(seconds, IN_TIME)
        verdict, action, seconds = self.counts(self.defer, "meanwhile")
        self.assertEqual((verdict, action), ("defer", "defer"))
        self.assertLess(seconds, IN_TIME)

    def recover(self):
        begun = time.monotonic()
        self.assertTrue(wait_for(lambda: self.well() and self.counts(self.defer, "again")[0] in ("pass", "hold")),
                        [g.share for g in self.gateways()])
        seconds = time.monotonic() - begun
        self.assertLess(seconds, test_gateways.WELL)
        return seconds

    def afterwards(self):
        """Counted once each, what was counted during the outage too: three before it ends, so that the next are too many."""
        self.assertTrue(wait_for(lambda: not self.judge.late()))
        self.counts(self.judge, "after")
        self.assertEqual([self.counts(g, "after")[1] for g in self.gateways()], ["hold", "hold"])
        self.assertTrue(all(g.process.poll() is None for g in self.gateways()))


class Refused(Outage):
    def test_readonly(self):
        """As after a failover: the server became a replica, and answers READONLY."""
        self.open(self.server.address)
        self.outage("turned replica (READONLY)", r"\(readonly\)",
                    lambda: self.server.cli("REPLICAOF", "127.0.0.1", servers.free_port()),
                    lambda: self.server.cli("REPLICAOF", "NO", "ONE"))

    def test_full(self):
        self.open(self.server.address)
        self.outage("full (OOM)", r"\(memory\).*maxmemory", lambda: self.server.cli("CONFIG", "SET", "maxmemory", "1"),
                    lambda: self.server.cli("CONFIG", "SET", "maxmemory", "0"))

    def test_password(self):
        """Changed in Redis, and then in the file: it is read again, nobody restarts anything."""
        path = os.path.join(self.server.folder, "password")

        def write(word):
            with open(path, "w", encoding="ascii") as file:
                file.write(word + "\n")
            os.chmod(path, 0o600)

        def change():
            self.server.cli("CONFIG", "SET", "requirepass", "second")
            self.server.password = "second"
            self.server.cli("CLIENT", "KILL", "TYPE", "normal")
        write("first")
        self.server.cli("CONFIG", "SET", "requirepass", "first")
        self.server.password = "first"
        self.redis = 'password_file = "%s"' % path
        self.open(self.server.address)
        self.outage("wants another password", r"\(password\)", change, lambda: write("second"))


class Silent(Outage):
    def test_hangs(self):
        self.open(self.server.address)
        self.outage("hanging (SIGSTOP)", r"\((timeout|unreachable)\)", self.server.pause, self.server.resume)

    def test_slow(self):
        """Each answer comes, and later than anybody waits for it."""
        way = servers.Slow(self.server)
        self.addCleanup(way.close)
        self.open(way.address)

        def delay(seconds):
            way.seconds = seconds
        self.outage("slow (answers after 3 s)", r"\((timeout|unreachable)\)", lambda: delay(3.0), lambda: delay(0.0))


if __name__ == "__main__":
    test_gateways.unittest.main()
