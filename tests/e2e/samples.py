# SPDX-License-Identifier: BSD-2-Clause
"""The messages of contrib/samples, and what happens to one sent through an MTA.

Beside NAME.eml lies NAME.env with lines KEY=VALUE:
  title        what the message is
  direction    in or out: which listener gets it
  from, to     envelope (to: separated by spaces)
  expect       action, or several with | between
  rules        rule ids that must be among the findings
  marketplace, hours, label   what an inbound message must be recognised as
  headers      none: no X-Postern header may be added
  forbid       words that must not stand in the delivered headers
A line "@PAD N@" in the message becomes a PDF of one blank page and N random bytes, in base64.
"""
import base64
import collections
import glob
import os
import random
import re

import mta

FOLDER = os.path.join(mta.SOURCE, "contrib", "samples")


class Sample:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-4]
        with open(path, "rb") as file:
            self.data = re.sub(rb"(?m)^@PAD (\d+)@$", pad, file.read())
        self.env = {}
        for line in mta.read_text(path[:-4] + ".env").splitlines():
            key, _, value = line.partition("=")
            self.env[key] = value
        self.title = self.env["title"]
        self.outbound = self.env["direction"] == "out"
        self.sender = self.env["from"]
        self.recipients = self.env["to"].split()
        self.expected = self.env["expect"].split("|")

    def words(self, key):
        return self.env.get(key, "").split()


def pdf(padding):
    """A whole document: what only begins like one is held as damaged."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
               b"<< /Length %d >>\nstream\n%b\nendstream" % (len(padding), padding)]
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"xref\n0 5\n0000000000 65535 f \n%btrailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(data))


def pad(match):
    return base64.encodebytes(pdf(random.Random(1).randbytes(int(match.group(1))))).rstrip(b"\n")


def load():
    return [Sample(path) for path in sorted(glob.glob(os.path.join(FOLDER, "*.eml")))]


Outcome = collections.namedtuple("Outcome", "reply fate mail event headers")


def header_lines(data):
    """The header fields, unfolded, in their order."""
    head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0].decode("utf-8", "replace")
    return re.sub(r"\r?\n[ \t]+", " ", head).splitlines()


def postern_headers(data):
    return [line for line in header_lines(data)
            if line.lower().startswith("x-postern-")]


def messages(daemon):
    return [event for event in daemon.events() if event["event"] == "message"]


def find_mail(sink, queue_id, known):
    for name in sink.names():
        if name not in known:
            mail = sink.read(name)
            if queue_id.encode() in mail.data:
                return mail
    return None


def queue_id_of(reply):
    text = " ".join(reply.lines)
    match = re.search(r"queued as (\w+)", text) or re.match(r"2\.0\.0 (\w{14}) ", text)
    return match.group(1) if match else None


def is_held(server, queue_id):
    if server.KIND == "postfix":
        return any(item["queue_id"] == queue_id for item in server.held())
    return "hf" + queue_id in server.held()


def fate_of(server, sink, reply, known):
    """("delivered", mail), ("held", None), ("rejected", None) or ("deferred", None)."""
    if reply.code >= 500:
        return "rejected", None
    if reply.code >= 400:
        return "deferred", None
    queue_id = queue_id_of(reply)

    def look():
        mail = find_mail(sink, queue_id, known)
        if mail:
            return "delivered", mail
        return ("held", None) if is_held(server, queue_id) else None
    return mta.wait_for("the fate of " + queue_id, look, pause=0.05)


def send(server, sink, daemon, sample):
    """Sends it to the listener of its direction and follows what becomes of it."""
    before, known = len(messages(daemon)), set(sink.names())
    port = server.out_port if sample.outbound else server.in_port
    reply = mta.send(port, sample.sender, sample.recipients, sample.data)
    fate, mail = fate_of(server, sink, reply, known)
    new = messages(daemon)[before:]
    event = new[-1] if new else None
    return Outcome(reply, fate, mail, event,
                   postern_headers(mail.data) if mail else [])


def action_of(outcome):
    """Of the audit record; without one, what the sender saw."""
    if outcome.event:
        return outcome.event["action"]
    return {"rejected": "reject", "deferred": "defer"}.get(outcome.fate, "pass")


FATES = {"pass": "delivered", "tag": "delivered", "hold": "held",
         "reject": "rejected", "defer": "deferred"}


def seen_as(outcome):
    """As action_of, but a message that got a label counts as tagged."""
    action = action_of(outcome)
    labelled = any(line.lower().startswith("x-postern-label:") for line in outcome.headers)
    return "tag" if action == "pass" and labelled else action


def faults(sample, outcome):
    """What differs from the expectation, a sentence each."""
    found = []
    action, seen = action_of(outcome), seen_as(outcome)
    if seen not in sample.expected:
        found.append("%s instead of %s" % (seen, " or ".join(sample.expected)))
    if outcome.fate != FATES[action]:
        found.append("the verdict was %s, but the message was %s" % (action, outcome.fate))
    ids = rule_ids(outcome.event)
    found += ["no finding of %s" % rule for rule in sample.words("rules") if rule not in ids]
    if sample.env.get("headers") == "none" and outcome.headers:
        found.append("headers were added to a mail of no marketplace")
    text = "\n".join(header_lines(outcome.mail.data)) if outcome.mail else ""
    found += ["'%s' stands in the delivered headers" % word
              for word in sample.words("forbid") if word in text]
    return found + inbound_faults(sample, outcome, text)


def inbound_faults(sample, outcome, text):
    event, found = outcome.event or {}, []
    wanted = sample.env.get("marketplace")
    if wanted and event.get("marketplace") != wanted:
        found.append("marketplace %s instead of %s" % (event.get("marketplace"), wanted))
    label = sample.env.get("label")
    if label and label not in (event.get("labels") or []):
        found.append("no label %s" % label)
    hours = sample.env.get("hours")
    if hours and ("X-Postern-SLA-Hours-Left: " + hours not in text or
                  not (event.get("sla") or {}).get("due")):
        found.append("no clock of %s hours" % hours)
    return found


def rule_ids(event):
    return {finding.get("rule_id", finding.get("rule"))
            for finding in (event or {}).get("findings") or []}
