# SPDX-License-Identifier: BSD-2-Clause
"""Several posternd that share by Redis, and what a test asks of them."""
import os
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
from desk import SELLER, Desk, Log, relay, wait_for  # noqa: E402,F401
from milterclient import Closed  # noqa: E402

CONFIG = '''
    redis { servers = { %s }  timeout = %dms  connect_timeout = %dms  %s }
'''

COUNTED = '''
rule "counted" {
    plugin = "daemontest"  direction = "outbound"  action = "hold"  word = "counted-token"  most = 3  advice = "x"
}
'''


class Gateway(Desk):
    """A posternd with a database and an audit log of its own, and the same Redis as the others."""

    def __init__(self, *servers, redis="", extra="", timeout=2000, **kwargs):
        self.shared = CONFIG % (", ".join('"%s"' % s for s in servers), timeout, timeout * 3 // 5, redis)
        super().__init__(extra=extra + 'desk { mta = postfix  postqueue = "%(dir)s/postqueue" }\n', **kwargs)
        self.settings["extra"] = self.settings["extra"] % self.settings
        self.write_config()
        self.write("site/rules.d/60-counted.conf", COUNTED)

    def write_config(self):
        self.program("postqueue", "")
        self.settings["store"] = "redis"
        super().write_config()
        with open(self.config) as f:
            text = f.read()
        text = text.replace('state/postern.db" }', 'state/postern.db"' + self.shared + "}")
        with open(self.config, "w") as f:
            f.write(text)

    def reply(self, n, body, **headers):
        """A reply with headers of its own; what the MTA was told, and the record."""
        message_id = "<%s@bestgadgets.example>" % time.monotonic_ns()
        fields = [("From", SELLER), ("To", relay(n)), ("Subject", "Re: your question"), ("MIME-Version", "1.0"),
                  ("Message-ID", message_id),
                  ("Content-Type", "text/plain; charset=utf-8")]
        fields += [(name.replace("_", "-"), value) for name, value in headers.items()]
        with self.client() as m:
            m.open()
            reply = m.message("<%s>" % SELLER, ["<%s>" % relay(n)], fields, body)
        # Not simply the last one: other mail may flow.
        return reply, next(r for r in reversed(self.audit("message")) if r["message_id"] == message_id)

    def hand(self, n, sender, recipient, message_id, body, **login):
        """A message that is the same each time; whether it was let through."""
        fields = [("From", sender), ("To", recipient), ("Subject", "Your order %d" % n), ("MIME-Version", "1.0"),
                  ("Message-ID", message_id), ("Content-Type", "text/plain; charset=utf-8")]
        try:
            with self.client(timeout=60) as m:
                m.open()
                return m.message("<%s>" % sender, ["<%s>" % recipient], fields, body, **login).verdict == "pass"
        except Closed:
            return False

    def inquire(self, n):
        return self.hand(n, relay(n), SELLER, "<in-%d@walmart.example>" % n, "When will it come?\r\n", auth=None)

    def answer_to(self, n):
        return self.hand(n, SELLER, relay(n), "<out-%d@bestgadgets.example>" % n, "It comes on Thursday.\r\n")

    @property
    def name(self):
        return self.dir

    @property
    def database(self):
        return self.dir + "/state/postern.db"

    @property
    def share(self):
        return self.status()["store"]["shared"]

    @property
    def id(self):
        return self.share["gateway"]

    def thread(self, n):
        """What the store says of a customer's thread, or None."""
        threads = [line for line in self.json("inbox", "--filter", "all") if relay(n) in line["thread"]]
        return threads[0] if threads else None

    def knows(self, n):
        return wait_for(lambda: self.thread(n) is not None)

    def published(self):
        return wait_for(lambda: self.share["behind"] == 0 and self.share["healthy"])

    def messages(self):
        """How many messages of each thread its database has."""
        db = sqlite3.connect("file:%s?mode=ro" % self.database, uri=True, timeout=10)
        try:
            rows = db.execute("SELECT id, count(*) FROM message GROUP BY id").fetchall()
        finally:
            db.close()
        return dict(rows)

    def late(self):
        """Counts that Redis has not got yet."""
        db = sqlite3.connect("file:%s?mode=ro" % self.database, uri=True, timeout=10)
        try:
            return db.execute("SELECT count(*) FROM counter_late").fetchone()[0]
        finally:
            db.close()

    def kill(self):
        """As a power cut: no warning, no last word."""
        self.process.kill()
        self.process.wait()


def converged(*gateways, seconds=60):
    """All have the same messages, each once."""
    def same():
        have = [g.messages() for g in gateways]
        return all(h == have[0] for h in have) and all(v == 1 for v in have[0].values())
    return wait_for(same, seconds)
