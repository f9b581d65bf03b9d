# SPDX-License-Identifier: BSD-2-Clause
"""A log, an archive and a store about one order, whose every second is known: what test_evidence.py makes packs of."""
import base64
import hashlib
import os
import subprocess

from desk import ORDER, SELLER, Desk, Log, relay, stamp

H, D = 3600, 86400
T = 1772355600  # 2026-03-01T09:00:00Z
NAME = "María Müller-Silva"
PHONE = "+1 (415) 555-0134"
TRACKING = "1Z999AA10123456784"
STREET = "12 Ocean View Drive"
PRIVATE = "maria.private@silva-family.example"
CARE = "customercare@walmart.com"
HOSTILE = "<script>alert(1)</script><img src=http://127.0.0.1:%d/x onerror=alert(2)>"
ASKED = """Hello,

my order %s never came. Tracking %s says it is "delivered", but nothing is here. 我的包裹在哪里？请尽快回复。
Please call me at %s or write to %s.

%s
%s
""" % (ORDER, TRACKING, PHONE, PRIVATE, NAME, STREET)
ANSWERED = """Hello María,

I am sorry that PO %s did not arrive. We opened a trace with the carrier (%s) this morning and send a new lamp today by
express; it arrives on Wednesday. Für die Umstände möchten wir uns entschuldigen.

Best regards,
Anna Lindqvist

On Sun, 1 Mar 2026, María Müller-Silva wrote:
> Hello,
> my order %s never came.
""" % (ORDER, TRACKING, ORDER)


def mail(sender, recipient, subject, body, number, encoding="8bit", extra="", attachment=None):
    """A raw message as an MTA gives it: CRLF, and bytes that are kept as they are."""
    text = body.encode()
    if encoding == "base64":
        text = base64.encodebytes(text)
    head = "From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%d.maria@walmart.example>\nDate: Sun, 01 Mar 2026 09:00:00 +0000\n" \
        "MIME-Version: 1.0\n%s" % (sender, recipient, subject, number, extra)
    part = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: %s\n\n" % encoding
    if attachment is None:
        raw = (head + part).encode() + text
    else:
        raw = (head + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' + part).encode() + text + (
            '\n--b\nContent-Type: image/jpeg; name="%s"\nContent-Disposition: attachment; filename="%s"\n'
            'Content-Transfer-Encoding: base64\n\n' % (attachment, attachment)).encode() + base64.encodebytes(
            b"\xff\xd8picture of maria.private") + b"\n--b--\n"
    return raw.replace(b"\n", b"\r\n")


class Story:
    """All of it below .desk.dir; the daemon is not started."""

    def __init__(self, port=9):
        self.desk = Desk(extra='archive { enabled = yes  dir = "%(dir)s/archive" }\n')
        self.desk.settings["extra"] = self.desk.settings["extra"].replace("%(dir)s", self.desk.dir)
        self.desk.write_config()
        os.makedirs(self.desk.dir + "/state/audit")
        os.makedirs(self.desk.dir + "/archive")
        code, out, err = self.desk.postern("audit", "key", "--make")
        assert code == 0, (out, err)
        self.public = out.split()[-1].strip()
        self.log = Log(self.desk)
        self.raw = {}
        self.hostile = HOSTILE % port
        self.fill()
        self.log.build()

    def clean(self):
        self.desk.clean()

    def put(self, id_, raw, stored=True):
        """The member "archive" of the message's record, and its file."""
        digest = hashlib.sha256(raw).hexdigest()
        self.raw[id_] = raw
        if stored:
            path = os.path.join(self.desk.dir, "archive", digest[:2])
            os.makedirs(path, exist_ok=True)
            subprocess.run(["zstd", "-q", "-f", "--stream-size=%d" % len(raw), "-o", os.path.join(path, digest[2:] + ".zst")], input=raw, check=True)
        return digest

    def inbound(self, time, id_, raw, n=1, due=None, stored=True, **members):
        if due:
            members["sla"] = {"change": "starts", "clock": "inquiry", "due": stamp(due), "since": "2022-03-18T00:00:00Z",
                              "source": "Message Center guide: 48 hours", "unit": "burst"}
        self.log.inbound(time, id_, n, due=due, archive=self.put(id_, raw, stored), archive_class="incoming",
                         size=len(raw), **{"order": ORDER, "ids": [{"kind": "po", "value": ORDER}], "recipients": [SELLER],
                                           "from_name": NAME, "client": "mail.silva-family.example [203.0.113.77]", **members})

    def outbound(self, time, id_, raw, n=1, **members):
        self.log.outbound(time, id_, n, **{"archive": self.put(id_, raw), "archive_class": "outgoing", "order": ORDER,
                                           "ids": [{"kind": "po", "value": ORDER}], "recipients": [relay(n)],
                                           "size": len(raw), "agent": "anna", **members})

    def fill(self):
        buyer, log = '"%s" <%s>' % (NAME, relay(1)), self.log
        log.add(T - D, "START", "start", generation=1, config_digest="c0" * 32, plugins_digest="b1" * 32)
        subject = "Where is PO %s?" % ORDER
        self.inbound(T, "IN1", mail(buyer, SELLER, subject, ASKED, 1, "base64", attachment="door-%s.jpg" % PRIVATE),
                     due=T + 2 * D, subject=subject, ids=[{"kind": "po", "value": ORDER}, {"kind": "tracking", "value": TRACKING}])
        log.add(T + D, "AL1", "alert", thread="walmart:" + relay(1), level=50, opened=stamp(T), due=stamp(T + 2 * D), way="mail")
        finding = {"rule": "external-links", "rule_id": "MP-LINK", "plugin": "links", "action": "hold", "monitored": False,
                   "error": False, "where": "text", "evidence": "https://lamps.bestgadgets.example/" + self.hostile,
                   "advice": "Remove links that leave the marketplace.", "policy": "Walmart G10", "score": 100}
        held = ANSWERED.replace("Best regards", "See https://lamps.bestgadgets.example/new?c=%s\n\nBest regards" % PRIVATE)
        self.outbound(T + 25 * H, "OUT1", mail(SELLER, relay(1), "Re: " + subject, held, 2), subject="Re: " + subject,
                      action="hold", findings=[finding], queue_id="4ZQ1AB0001", plugins_digest="b1" * 32, generation=1)
        log.add(T + 26 * H, "REF1", "desk", verb="refuse", by="chief", uid=1001, why="the link to our shop", ref="OUT1",
                threads=["walmart:" + relay(1)])
        self.outbound(T + 27 * H, "OUT2", mail(SELLER, relay(1), "Re: " + subject, ANSWERED, 3), subject="Re: " + subject)
        late = mail('"Customer Care" <%s>' % CARE, SELLER, "Customer Care: PO " + ORDER,
                    "Please tell the customer %s where PO %s is.\n" % (NAME, ORDER), 4)
        self.inbound(T + 4 * D, "IN2", late, due=T + 6 * D, subject="Customer Care: PO " + ORDER, from_name="Customer Care",
                     **{"from": CARE, "labels": ["Response-Needed", "Customer-Care"]})
        self.outbound(T + 6 * D + 2 * H, "OUT3", mail(SELLER, CARE, "Re: Customer Care", "The new lamp arrived yesterday.\n", 5),
                      subject="Re: Customer Care: PO " + ORDER, agent="bob")
        self.inbound(T + 7 * D, "IN3", mail(buyer, SELLER, self.hostile, self.hostile + "\u202e thanks\n", 6), subject=self.hostile)
        self.inbound(T + 8 * D, "IN4", mail(buyer, SELLER, "gone", "gone\n", 7), stored=False, subject="Thanks again")
        log.add(T + 9 * D, "PU1", "purge", digests=[hashlib.sha256(self.raw["IN4"]).hexdigest()], why="retention",
                **{"class": "incoming", "count": 1})
        log.inbound(T + 9 * D + H, "IN5", 1, subject="Never kept", order=ORDER, from_name=NAME)
        log.add(T + 10 * D, "MS1", "desk", verb="milestone", by="root", uid=0, why="notice of 11 March", threads=[],
                marketplace="walmart", order=ORDER, milestones=[
                    {"name": "delivered", "subject": ORDER, "time": stamp(T - 2 * D)},
                    {"name": "refund", "subject": ORDER, "time": stamp(T + 9 * D + 12 * H)}])
        # What is not about the order: another customer's mail.
        self.log.inbound(T + 10 * D, "OTHER", 2, due=T + 12 * D, from_name="Somebody Else", subject="Other")
        log.add(T + 11 * D, "RL1", "reload", generation=2)
