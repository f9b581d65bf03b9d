# SPDX-License-Identifier: BSD-2-Clause
"""For tests of the desk's commands: a posternd with Walmart's shipped profile, mail to it, and logs written by hand."""
import hashlib
import json
import os
import pathlib
import stat
import subprocess
import sys
import time

SRC = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SRC / "tests/milter"))
from harness import BUILD, Daemon, wait_for  # noqa: E402

POSTERN = os.path.join(BUILD, "postern")
SELLER = "agent@bestgadgets.example"
ORDER = "4342076435326"
RULE = '''
rule "hold-token" { plugin = "daemontest"  direction = "outbound"  action = "hold"  word = "hold-token"  advice = "x" }
'''


def relay(n):
    return "%032x@relay.walmart.com" % n


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds(text):
    return int(time.mktime(time.strptime(text + "UTC", "%Y-%m-%dT%H:%M:%SZ%Z"))) - time.timezone


class Desk(Daemon):
    """A running daemon over SQLite; "postern" answers with (exit status, what it printed, what it complained of)."""

    def __init__(self, extra="", **kwargs):
        plugin = 'plugin "sla" { path = "%s" }\n' % os.path.join(BUILD, "plugins/sla/.libs/sla.so")
        super().__init__(store="sqlite", extra=plugin + extra, **kwargs)
        for name in ("walmart.conf", "common.conf"):
            self.write("shipped/marketplaces/" + name, (SRC / "rules/marketplaces" / name).read_text())
        self.write("shipped/inbound/sla.conf", (SRC / "rules/inbound/sla.conf").read_text())
        os.symlink(SRC / "rules/lists", os.path.join(self.dir, "shipped/lists"))
        self.write("site/rules.d/50-test.conf", RULE)

    def program(self, name, script):
        path = os.path.join(self.dir, name)
        self.write(name, "#!/bin/sh\n" + script)
        os.chmod(path, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        return path

    def postern(self, *args, **kwargs):
        command = [POSTERN, args[0], "--config", self.config, *map(str, args[1:])]
        run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **kwargs)
        return run.returncode, run.stdout, run.stderr

    def json(self, *args, status=0):
        code, out, err = self.postern(*args, "--json")
        assert code == status and err == "", (args, code, out, err)
        return json.loads(out)

    def applied(self):
        """The last message's record, once the store has it too."""
        record = self.audit("message")[-1]
        assert wait_for(lambda: self.status()["store"]["applied_seq"] >= record["seq"])
        return record

    def receive(self, n, subject="Where is my parcel", body="When will it come?", name="Maria Silva"):
        headers = [("From", '"%s" <%s>' % (name, relay(n))), ("To", SELLER), ("Subject", subject),
                   ("Message-ID", "<%d.%s@walmart.example>" % (n, time.monotonic_ns())), ("MIME-Version", "1.0"),
                   ("Content-Type", "text/plain; charset=utf-8")]
        with self.client() as m:
            m.open()
            reply = m.message("<%s>" % relay(n), ["<%s>" % SELLER], headers, body + "\r\n", auth=None)
        assert reply.verdict == "pass", reply
        return self.applied()

    def answer(self, n, body="It comes on Thursday.", queue_id="4ZQ1AB0000", people=()):
        headers = [("From", SELLER), ("To", relay(n)), ("Subject", "Re: your question"), ("MIME-Version", "1.0"),
                   ("Message-ID", "<%d.%s@bestgadgets.example>" % (n, time.monotonic_ns())),
                   ("Content-Type", "text/plain; charset=utf-8")]
        with self.client() as m:
            m.open()
            m.message("<%s>" % SELLER, ["<%s>" % relay(k) for k in (n, *people)], headers, body + "\r\n",
                      queue_id=queue_id)
        return self.applied()


class Log:
    """An audit log with events of chosen seconds, and the store made of it."""

    def __init__(self, desk):
        self.desk, self.lines, self.prev = desk, [], ""

    def add(self, time_, id_, event, **members):
        record = {"time": stamp(time_), "id": id_, "event": event, **members, "seq": len(self.lines) + 1,
                  "prev": self.prev}
        text = json.dumps(record, separators=(",", ":"))[:-1]
        self.prev = hashlib.sha256(text.encode()).hexdigest()
        self.lines.append(text + ',"hash":"%s"}\n' % self.prev)

    def inbound(self, time_, id_, n, due=None, **members):
        sla = {"change": "starts", "clock": "inquiry", "due": stamp(due), "unit": "burst"} if due else {"change": "none"}
        self.add(time_, id_, "message", **{"direction": "in", "marketplace": "walmart", "shop": SELLER, "action": "pass",
                 "from": relay(n), "from_name": "Customer %d" % n, "subject": "Question %d" % n, "digest": id_, "sla": sla,
                 "answers": False, "labels": ["Response-Needed"], "ids": [], "threads": ["walmart:" + relay(n)], **members})

    def outbound(self, time_, id_, n, agent=SELLER, action="pass", **members):
        self.add(time_, id_, "message", **{"direction": "out", "marketplace": "walmart", "shop": SELLER, "agent": agent,
                 "action": action, "from": SELLER, "subject": "Re: Question %d" % n, "digest": id_, "answers": True,
                 "labels": [], "ids": [], "threads": ["walmart:" + relay(n)], **members})

    def build(self):
        self.desk.write("state/audit/audit-%012d.jsonl" % 1, "".join(self.lines))
        code, out, err = self.desk.postern("rebuild")
        assert code == 0, (out, err)
