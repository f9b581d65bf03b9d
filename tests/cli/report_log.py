# SPDX-License-Identifier: BSD-2-Clause
"""For tests of the report: an audit log made by chance, and the same counts made another way: all events in memory, slowly."""
import collections
import datetime
import hashlib
import json
import random
import time
import zoneinfo

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
D = 86400
RETRY = 7 * D
STRICT = ("pass", "tag", "hold", "defer", "reject")
PROGRESS = {"defer": 0, "reject": 1}
NUMBERS = ("messages violating violations tagged held refused deferred trial failed exempt released denied").split()
RULES = {"external-links": ("MP-LINK", "MP-LINK-HIDDEN"), "phone": ("MP-PHONE",), "marketing": ("MP-PROMO",),
         "spelling": ("MP-SPELL",), "language": ("MP-LANG",), "<b>&\"'": ("X-\u202e1",)}
AGENTS = ["ann@shop.example", "bob@shop.example", "=cmd|' /C calc'!A0", "eve\x1b[31m@shop.example", "<script>alert(1)</script>"]


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds_of(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Writer:
    """Chained records of chosen seconds."""

    def __init__(self):
        self.lines, self.prev, self.serial = [], "", 0

    def id(self, seconds):
        self.serial += 1
        head = "".join(DIGITS[seconds >> shift & 31] for shift in range(35, -1, -5))
        return head + "".join(DIGITS[self.serial >> shift & 31] for shift in range(55, -1, -5))

    def add(self, seconds, event, **members):
        record = {"time": stamp(seconds), "id": members.pop("id", None) or self.id(seconds), "event": event, **members,
                  "seq": len(self.lines) + 1, "prev": self.prev}
        text = json.dumps(record, separators=(",", ":"))[:-1]
        self.prev = hashlib.sha256(text.encode()).hexdigest()
        self.lines.append(text + ',"hash":"%s"}\n' % self.prev)
        return record

    def text(self):
        return "".join(self.lines)


# ---- by chance -----------------------------------------------------------------------

def finding(chance, rule, **members):
    action = chance.choice(("tag", "tag", "hold", "reject", "pass"))
    return {"rule": rule, "rule_id": chance.choice(RULES[rule]), "plugin": "p", "action": action,
            "monitored": chance.random() < 0.1, "error": False, "where": "text", "evidence": "x", "score": 1, **members}


def message(chance):
    """What stays the same when a mail is tried again, and what a judgement adds."""
    out = chance.random() < 0.85
    agent = chance.choice(AGENTS)
    same = {"direction": "out" if out else "in", "marketplace": chance.choice(("walmart", "amazon", "ebay")),
            "shop": chance.choice(("one@shop.example", "two@shop.example")), "answers": True, "labels": [], "ids": [], "threads": []}
    if out:
        same["agent"] = agent
    if chance.random() < 0.7:
        same["account"] = agent.split("@")[0]
    if chance.random() < 0.97:
        same["digest"] = hashlib.sha256(chance.randbytes(8)).hexdigest()
    return same


def judgement(chance):
    findings = [finding(chance, rule) for rule in chance.choices(list(RULES), k=chance.choice((0, 0, 0, 1, 1, 2, 3)))]
    members = {"findings": findings, "monitor": chance.random() < 0.03}
    if chance.random() < 0.03:
        findings.append({"rule": "postern", "rule_id": "POSTERN-DEADLINE", "action": "defer", "monitored": False, "error": True})
    asked = [f["action"] for f in findings if not f["monitored"]]
    action = max(asked, key=STRICT.index, default="pass")
    if action == "reject" and chance.random() < 0.2:
        action = "hold"
        members["hold_sender"] = chance.choice(("desk@shop.example", "shop.example"))
    if members["monitor"]:
        if action != "pass":
            members["would"] = action
        action = "pass"
    members["action"] = action
    if chance.random() < 0.1:
        members["exempt"] = [{"rule": chance.choice(list(RULES)), "by": chance.choice(("exempt_senders", "exempt_recipients")),
                              "entry": chance.choice(("care@shop.example", "*@walmart.com")),
                              **({"until": "2026-12-31"} if chance.random() < 0.5 else {})}
                             for _ in range(chance.choice((1, 1, 2)))]
    return members


def by_chance(seed, count, begin, end):
    """(Writer, its records): mails, further attempts at some of them, and people's decisions about held ones."""
    chance = random.Random(seed)
    planned = []
    for _ in range(count):
        at = chance.randrange(begin, end)
        same = message(chance)
        planned.append((at, "message", {**same, **judgement(chance)}))
        while chance.random() < 0.15:
            at += chance.choice((60, 3600, 4000, D, 3 * D, RETRY - 1, RETRY, RETRY + 1, 8 * D, 16 * D))
            planned.append((at, "message", {**same, **judgement(chance)}))
    planned += [(chance.randrange(begin, end), chance.choice(("start", "alert", "label")), {"kind": "rate"}) for _ in range(50)]
    writer, records, decisions = Writer(), [], []
    planned.sort(key=lambda p: p[0])
    for at, event, members in planned:
        while decisions and decisions[0][0] <= at:
            records.append(writer.add(decisions[0][0], "desk", **decisions.pop(0)[1]))
        records.append(writer.add(at, event, **members))
        if members.get("action") == "hold" and chance.random() < 0.6:
            decisions.append((at + chance.choice((60, 3600, 2 * D, 9 * D, 25 * D)), {
                "verb": chance.choice(("release", "release", "refuse", "kept")), "by": chance.choice(("root", "=lea")), "uid": 0,
                "why": chance.choice(("the link is the carrier's", "<i>\u202ewhy</i>", "=1+1")), "ref": records[-1]["id"],
                "threads": [], **({"by_hand": True} if chance.random() < 0.2 else {})}))
            decisions.sort(key=lambda d: d[0])
    return writer, records


# ---- the same counts, made slowly --------------------------------------------------------

class Count(collections.Counter):
    def all(self):
        return {name: self[name] for name in NUMBERS}


class Oracle:
    def __init__(self, records, start, end, zone, direction="out", marketplace=None, rule=None, agent=None):
        self.zone, self.start, self.end, self.rule = zoneinfo.ZoneInfo(zone), start, end, rule
        self.total, self.by = Count(), collections.defaultdict(Count)
        self.overrides, self.decisions = collections.Counter(), []
        mine = [r for r in records if r["event"] == "message" and r["direction"] == direction and
                (marketplace is None or r["marketplace"] == marketplace) and (agent is None or self.agent(r) == agent)]
        for record in self.winners([r for r in mine if seconds_of(r["time"]) >= start - RETRY]):
            if start <= seconds_of(record["time"]) < end:
                self.judge(record)
        held = {r["id"]: r for r in mine if r["action"] == "hold"}
        for record in records:
            if record["event"] == "desk" and record["verb"] in ("release", "refuse") and record["ref"] in held and \
                    start <= seconds_of(record["time"]) < end:
                self.decide(record, held[record["ref"]])

    @staticmethod
    def agent(record):
        return record.get("agent") or record.get("account", "") if record["direction"] == "out" else ""

    @staticmethod
    def winners(records):
        clusters, alone = {}, []
        for record in records:
            digest, at = record.get("digest"), seconds_of(record["time"])
            if not digest:
                alone.append(record)
                continue
            mails = clusters.setdefault(digest, [])
            if not mails or at - mails[-1][0] > RETRY:
                mails.append((at, []))
            mails[-1][1].append(record)
        return alone + [max(attempts, key=lambda r: PROGRESS.get(r["action"], 2))
                        for mails in clusters.values() for _, attempts in mails]

    def add(self, seconds, record, numbers):
        local = datetime.datetime.fromtimestamp(seconds, self.zone)
        week = "%d-W%02d" % local.isocalendar()[:2]
        self.total.update(numbers)
        for by, name in (("agent", self.agent(record)), ("account", record.get("account", "")), ("shop", record["shop"]),
                         ("marketplace", record["marketplace"])):
            self.by[by, name].update(numbers)
            self.by[by, name, week].update(numbers)
        self.by["week", week].update(numbers)
        self.by["day", local.strftime("%Y-%m-%d")].update(numbers)

    def add_rule(self, seconds, name, numbers):
        week = "%d-W%02d" % datetime.datetime.fromtimestamp(seconds, self.zone).isocalendar()[:2]
        self.by["rule", name].update(numbers)
        self.by["rule", name, week].update(numbers)

    def findings(self, record):
        return [f for f in record["findings"] if self.rule in (None, f["rule"], f["rule_id"])]

    def strictest(self, record):
        """Of each rule what it asks for: only what has an effect."""
        rules = {}
        if record["monitor"]:
            return rules
        for f in self.findings(record):
            if not f["monitored"] and not f["error"] and f["action"] != "pass":
                rules[f["rule"]] = max(rules.get(f["rule"], "pass"), f["action"], key=STRICT.index)
        return rules

    def judge(self, record):
        at, rules = seconds_of(record["time"]), self.strictest(record)
        failed = {f["rule"] for f in self.findings(record) if f["error"]}
        trial = {f["rule"] for f in self.findings(record) if not f["error"] and (f["monitored"] or record["monitor"])}
        exempt = {e["rule"] for e in record.get("exempt", []) if self.rule in (None, e["rule"])}
        became = {"tag": "tagged", "hold": "held", "reject": "refused", "defer": "deferred", "pass": "passed"}
        action = max(rules.values(), key=STRICT.index, default="pass") if self.rule else record["action"]
        self.add(at, record, {"messages": 1, "violating": bool(rules), "violations": len(rules), became[action]: 1,
                              "trial": bool(trial), "failed": bool(failed), "exempt": bool(exempt)})
        for name, action in rules.items():
            self.add_rule(at, name, {"violating": 1, "violations": 1, became[action]: 1})
        for kind, names in (("trial", trial), ("failed", failed), ("exempt", exempt)):
            for name in names:
                self.add_rule(at, name, {kind: 1})
        keys = {(e["by"], e["rule"], e["entry"], e.get("until", "")) for e in record.get("exempt", [])
                if self.rule in (None, e["rule"])}
        keys |= {("trial", f["rule"], "", "") for f in self.findings(record)
                 if f["monitored"] and not f["error"] and not record["monitor"]}
        if not self.rule or rules or trial:
            keys |= {("hold_senders", "", record["hold_sender"], "")} if "hold_sender" in record else set()
            keys |= {("monitor", "", "", "")} if record["monitor"] and "would" in record else set()
        self.overrides.update(keys)

    def decide(self, record, held):
        against = [name for name, action in self.strictest(held).items() if STRICT.index(action) >= STRICT.index("hold")]
        if self.rule and not against:
            return
        numbers = {"released" if record["verb"] == "release" else "denied": 1}
        self.add(seconds_of(record["time"]), held, numbers)
        for name in against:
            self.add_rule(seconds_of(record["time"]), name, numbers)
        self.decisions.append((record["time"], record["ref"], record["verb"] == "release", tuple(sorted(against))))
