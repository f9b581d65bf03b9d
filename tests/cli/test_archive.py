#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern archive with a running posternd: what is there, what goes, what must not, and what a crash leaves."""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import time
import unittest

from desk import ORDER, SELLER, Desk, Log, relay
from harness import wait_for

DAY = 86400
NOW = int(time.time())


def archive(more=""):
    return 'archive { enabled = yes  dir = "%%(dir)s/archive"  %s }\n' % more


class Archive(Desk):
    def __init__(self, more="", extra="", **kwargs):
        super().__init__(extra="", **kwargs)
        self.settings["extra"] += (archive(more) + extra) % self.settings
        self.write_config()

    def path(self, digest):
        return os.path.join(self.dir, "archive", digest[:2], digest[2:] + ".zst")

    def files(self):
        return sorted(glob.glob(self.dir + "/archive/??/*"))

    def store_raw(self, raw, age=40 * DAY):
        """A file as posternd makes it, and its digest."""
        digest = hashlib.sha256(raw).hexdigest()
        path = self.path(digest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(self.dir + "/raw", "wb") as f:
            f.write(raw)
        subprocess.run(["zstd", "-q", "-f", self.dir + "/raw", "-o", path], check=True)
        os.chmod(path, 0o600)
        os.utime(path, (NOW - age, NOW - age))
        return digest

    def events(self, type_):
        return self.audit(type_)

    def whole(self):
        return self.json("audit", "verify")["ok"]


def raw_mail(n):
    return b"From: %d@x.example\r\n\r\nmessage %d\r\n" % (n, n)


class Aged(unittest.TestCase):
    """A log of 40 days ago; 30 days for outgoing mail, 60 for incoming, held ones for ever."""

    def setUp(self):
        self.d = Archive("retain_outgoing = 30  retain_incoming = 60  retain_refused = 10  purge_interval = 0")
        self.log = Log(self.d)
        self.digests = {}

    def tearDown(self):
        self.d.clean()

    def message(self, n, days=40, class_="outgoing", raw=None, **members):
        digest = self.d.store_raw(raw or raw_mail(n), days * DAY)
        self.digests[n] = digest
        add = self.log.inbound if class_ == "incoming" else self.log.outbound
        add(NOW - days * DAY + n, "M%019d" % n, n, size=100, archive=digest, archive_class=class_, sender=SELLER,
            recipients=[relay(n)], recipient_count=1, **members)

    def start(self):
        self.log.build()
        self.d.start()

    def there(self, n):
        return os.path.exists(self.d.path(self.digests[n]))

    def dry_run(self):
        answer = self.d.json("archive", "purge", "--dry-run")
        return {int(m["id"][1:]): m for m in answer["messages"]}, answer

    def test_days_of_each_class(self):
        self.message(1)
        self.message(2, days=20)
        self.message(3, class_="incoming")
        self.message(4, class_="incoming", days=70)
        self.message(5, class_="held", days=400)
        self.message(6, class_="refused", days=11)
        self.start()
        planned, answer = self.dry_run()
        self.assertEqual({n: m["fate"] for n, m in planned.items()}, {1: "goes", 4: "goes", 6: "goes"})
        self.assertEqual((answer["goes"], answer["on_hold"]), (3, 0))
        self.assertTrue(all(self.there(n) for n in self.digests))
        code, out, err = self.d.postern("archive", "purge", "--dry-run")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("3 messages (300 bytes) would go, 0 are kept by legal holds", out)
        self.assertEqual(self.d.audit("purge"), [])

        answer = self.d.json("archive", "purge", "--why", "spring")
        self.assertEqual((answer["purged"], answer["removed"]), (3, 3))
        self.assertEqual([n for n in self.digests if self.there(n)], [2, 3, 5])
        events = {e["class"]: e for e in self.d.audit("purge")}
        self.assertEqual(sorted(events), ["incoming", "outgoing", "refused"])
        self.assertEqual((events["outgoing"]["digests"], events["outgoing"]["count"], events["outgoing"]["why"],
                          events["outgoing"]["uid"], events["outgoing"]["days"]),
                         ([self.digests[1]], 1, "spring", os.getuid(), 30))
        self.assertTrue(self.d.whole())
        verify = self.d.json("archive", "verify")
        self.assertEqual((verify["ok"], verify["messages"], verify["purged"]), (True, 3, 3))
        self.assertTrue(self.d.json("archive", "show", "M%019d" % 1)["purged"])
        code, _, err = self.d.postern("archive", "get", "M%019d" % 1)
        self.assertEqual(code, 2)
        self.assertIn("is not there", err)
        # Again: nothing to do, nothing recorded.
        self.assertEqual(self.d.json("archive", "purge")["purged"], 0)
        self.assertEqual(len(self.d.audit("purge")), 3)

    def test_a_legal_hold_keeps_by_order_thread_and_address(self):
        self.message(1, order=ORDER)
        self.message(2)
        self.message(3, threads=["walmart:" + relay(3)])
        self.message(4)
        # Of the same thread as 1, without the order's number in it.
        self.message(5, threads=["walmart:" + relay(1)])
        self.start()
        code, _, err = self.d.postern("archive", "hold", "--order", ORDER)
        self.assertEqual(code, 2)
        self.assertIn("--why", err)
        held = self.d.json("archive", "hold", "--order", ORDER, "--why", "claim 117")
        self.assertEqual((held["ok"], held["applied"], held["messages"]), (True, True, 2))
        self.d.json("archive", "hold", "--thread", "walmart:" + relay(3), "--why", "arbitration")
        self.d.json("archive", "hold", "--address", relay(4).upper(), "--why", "data request")
        self.d.json("archive", "hold", "--address", relay(4), "--why", "police")
        event = self.d.audit("legal-hold")[0]
        self.assertEqual((event["order"], event["why"], event["uid"]), (ORDER, "claim 117", os.getuid()))
        planned, answer = self.dry_run()
        self.assertEqual({n: m["fate"] for n, m in planned.items()},
                         {1: "on hold", 2: "goes", 3: "on hold", 4: "on hold", 5: "on hold"})
        self.assertEqual((planned[1]["hold"], planned[1]["order"], planned[1]["why"]), (held["id"], ORDER, "claim 117"))
        self.assertEqual(planned[4]["holds"], 2)
        self.assertEqual((answer["goes"], answer["on_hold"]), (1, 4))
        out = self.d.postern("archive", "purge", "--dry-run")[1]
        self.assertIn("legal hold %s, order %s: claim 117" % (held["id"], ORDER), out)
        self.assertIn("(and 1 more)", out)

        answer = self.d.json("archive", "purge")
        self.assertEqual((answer["purged"], answer["on_hold"]), (1, 4))
        self.assertEqual([n for n in self.digests if self.there(n)], [1, 3, 4, 5])
        self.assertTrue(self.d.whole())
        self.assertEqual([h["id"] for h in self.d.json("archive", "show", "M%019d" % 1)["holds"]], [held["id"]])
        self.assertEqual({m["id"] for m in self.d.json("archive", "list", "--order", ORDER)}, {"M%019d" % 1, "M%019d" % 5})

        # A rebuild knows the same holds.
        before = self.d.json("archive", "holds", "--all")
        self.d.stop()
        self.assertEqual(self.d.postern("rebuild")[0], 0)
        self.d.start()
        self.assertEqual(self.d.json("archive", "holds", "--all"), before)
        self.assertEqual(self.d.json("archive", "purge")["purged"], 0)

        code, _, err = self.d.postern("archive", "release-hold", "--address", relay(4), "--why", "over")
        self.assertEqual(code, 2)
        self.assertIn("several legal holds are about that", err)
        for hold in self.d.json("archive", "holds", "--address", relay(4)):
            self.d.json("archive", "release-hold", hold["id"], "--why", "over")
        answer = self.d.json("archive", "release-hold", "--order", ORDER, "--why", "settled")
        self.assertEqual(answer["ref"], held["id"])
        event = self.d.audit("legal-release")[-1]
        self.assertEqual((event["ref"], event["order"], event["why"], event["uid"]),
                         (held["id"], ORDER, "settled", os.getuid()))
        self.assertIn("no such legal hold", self.d.postern("archive", "release-hold", "--order", ORDER, "--why", "x")[2])
        self.assertEqual([h.get("thread") for h in self.d.json("archive", "holds")], ["walmart:" + relay(3)])
        self.assertEqual(self.d.json("archive", "purge")["purged"], 3)
        self.assertEqual([n for n in self.digests if self.there(n)], [3])
        self.assertTrue(self.d.whole())
        self.assertTrue(self.d.json("archive", "verify")["ok"])

    def test_a_shared_file_stays_as_long_as_one_needs_it(self):
        same = b"To: all\r\n\r\nthe same\r\n"
        self.message(1, raw=same)
        self.message(2, raw=same, days=5)
        both = b"To: all\r\n\r\nboth over\r\n"
        self.message(3, raw=both)
        self.message(4, raw=both, days=35)
        kept = b"To: all\r\n\r\none on hold\r\n"
        self.message(5, raw=kept)
        self.message(6, raw=kept, order=ORDER)
        self.start()
        self.d.json("archive", "hold", "--order", ORDER, "--why", "x")
        planned, answer = self.dry_run()
        self.assertEqual({n: m["fate"] for n, m in planned.items()},
                         {1: "shared", 3: "goes", 4: "goes", 5: "on hold", 6: "on hold"})
        self.assertEqual(planned[1]["shared_with"], "M%019d" % 2)
        answer = self.d.json("archive", "purge")
        self.assertEqual((answer["purged"], answer["removed"], answer["shared"]), (2, 1, 1))
        self.assertEqual(self.d.audit("purge")[0]["count"], 1)
        self.assertTrue(self.there(1) and not self.there(3) and self.there(5))
        self.assertTrue(self.d.json("archive", "verify")["ok"])

    def test_a_crash_between_tombstone_and_removal_is_repaired(self):
        self.message(1)
        self.message(2)
        self.start()
        for n in (1, 2):
            shutil.copy2(self.d.path(self.digests[n]), self.d.dir + "/copy%d" % n)
        self.d.json("archive", "purge")
        self.assertFalse(self.there(1) or self.there(2))
        # As after a crash: the tombstone is there, and so are the files.
        self.d.stop()
        for n in (1, 2):
            shutil.copy2(self.d.dir + "/copy%d" % n, self.d.path(self.digests[n]))
        verify = self.d.json("archive", "verify", status=1)
        self.assertEqual([f["fault"] for f in verify["faults"]], ["left over", "left over"])
        self.d.start()
        self.assertFalse(self.there(1) or self.there(2))
        self.assertIn("were still there, and are removed now", self.d.log())
        self.assertTrue(self.d.json("archive", "verify")["ok"])
        self.assertEqual(len(self.d.audit("purge")), 1)
        self.assertTrue(self.d.whole())

    def test_a_purged_message_that_comes_again_is_kept_again(self):
        self.message(1)
        self.start()
        self.d.json("archive", "purge")
        self.d.receive(7)
        event = self.d.answer(7)
        raw = subprocess.run(["zstd", "-dc", self.d.path(event["archive"])], stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(hashlib.sha256(raw).hexdigest(), event["archive"])
        self.d.stop()
        # The same file in a second life: purged, then stored and recorded anew.
        log = Log(self.d)
        log.outbound(NOW - 50 * DAY, "A%019d" % 1, 1, archive=event["archive"], archive_class="outgoing", size=1)
        log.add(NOW - 10 * DAY, "P%019d" % 1, "purge", digests=[event["archive"]], upto=1, count=1, **{"class": "outgoing"})
        log.outbound(NOW - 5 * DAY, "A%019d" % 2, 1, archive=event["archive"], archive_class="outgoing", size=1)
        log.build()
        for path in self.d.files():
            if path != self.d.path(event["archive"]):
                os.unlink(path)
        self.d.start()
        self.assertTrue(os.path.exists(self.d.path(event["archive"])))
        self.assertTrue(self.d.json("archive", "verify")["ok"])
        self.assertEqual([m["purged"] for m in self.d.json("archive", "list", "--all")], [False, True])
        self.assertEqual(self.d.json("archive", "purge")["purged"], 0)

    def test_verify_names_what_is_wrong(self):
        for n in range(1, 5):
            self.message(n, days=5)
        self.start()
        self.assertTrue(self.d.json("archive", "verify")["ok"])
        os.unlink(self.d.path(self.digests[1]))
        with open(self.d.path(self.digests[2]), "r+b") as f:
            f.truncate(10)
        os.replace(self.d.path(self.digests[3]), self.d.path(self.digests[4]))
        self.d.write("archive/ab/" + "c" * 62 + ".zst", "who am I")
        verify = self.d.json("archive", "verify", status=1)
        faults = sorted((f["fault"], f.get("id", "-")) for f in verify["faults"])
        self.assertEqual(faults, [("damaged", "M%019d" % 2), ("damaged", "M%019d" % 4), ("missing", "M%019d" % 1),
                                  ("missing", "M%019d" % 3), ("stranger", "-")])
        code, out, _ = self.d.postern("archive", "verify")
        self.assertEqual(code, 1)
        self.assertIn("NOT WHOLE: 4 messages in 4 files, 0 files purged, 5 faults", out)
        quick = self.d.json("archive", "verify", "--quick", status=1)
        self.assertEqual(len(quick["faults"]), 3)
        code, _, err = self.d.postern("archive", "get", "M%019d" % 2)
        self.assertEqual(code, 2)
        self.assertIn("damaged", err)

    def test_many_go_in_batches(self):
        for n in range(1, 1203):
            self.message(n, raw=b"x" if n > 1100 else None)
        self.message(2000, order=ORDER)
        self.start()
        self.d.json("archive", "hold", "--order", ORDER, "--why", "x")
        answer = self.d.json("archive", "purge")
        self.assertEqual((answer["purged"], answer["removed"], answer["on_hold"]), (1202, 1101, 1))
        self.assertEqual(len(self.d.files()), 1)
        self.assertTrue(all(len(e["digests"]) <= 500 for e in self.d.audit("purge")))
        self.assertTrue(self.d.whole() and self.d.json("archive", "verify")["ok"])
        sums = {s["class"]: s for s in self.d.json("archive", "stats")}
        self.assertEqual((sums["outgoing"]["messages"], sums["outgoing"]["purged"]), (1, 1202))


class Daily(unittest.TestCase):
    def test_the_daemon_purges_by_itself(self):
        d = Archive("retain_outgoing = 30  purge_interval = 1s")
        try:
            log, digest = Log(d), d.store_raw(raw_mail(1))
            log.outbound(NOW - 40 * DAY, "M%019d" % 1, 1, archive=digest, archive_class="outgoing", size=1)
            log.build()
            d.start()
            self.assertTrue(wait_for(lambda: not os.path.exists(d.path(digest))))
            event = d.audit("purge")[0]
            self.assertEqual((event["by"], event["why"]), ("posternd", "kept for 30 days"))
            self.assertNotIn("uid", event)
            self.assertTrue(wait_for(lambda: d.status()["archive"]["purge"]["last_run"] is not None))
        finally:
            d.clean()


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Archive('key_file = "%(dir)s/archive.key"')
        cls.d.write("archive.key", "# 2026\n" + "5a" * 32 + "\n")
        os.chmod(cls.d.dir + "/archive.key", 0o600)
        cls.d.start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def test_list_show_get_and_stats(self):
        first = self.d.receive(1, subject="Where is order " + ORDER, body="Where is order %s?" % ORDER)
        second = self.d.answer(1)
        self.assertEqual((first["archive_class"], second["archive_class"]), ("incoming", "outgoing"))
        self.assertEqual([m["id"] for m in self.d.json("archive", "list", "--limit", 2)], [second["id"], first["id"]])
        self.assertEqual([m["id"] for m in self.d.json("archive", "list", "--class", "incoming", "--thread", first["threads"][0])],
                         [first["id"]])
        code, out, err = self.d.postern("archive", "list")
        self.assertEqual((code, err), (0, ""))
        self.assertIn(first["id"], out)
        shown = self.d.json("archive", "show", first["id"])
        self.assertEqual((shown["digest"], shown["class"], shown["purged"]), (first["archive"], "incoming", False))
        self.assertNotIn("kept_until", shown)
        self.assertIn("for ever", self.d.postern("archive", "show", first["id"])[1])

        path = self.d.dir + "/out.eml"
        self.assertEqual(self.d.postern("archive", "get", first["id"], "-o", path), (0, "", ""))
        with open(path, "rb") as f:
            raw = f.read()
        self.assertEqual(hashlib.sha256(raw).hexdigest(), first["archive"])
        self.assertTrue(raw.startswith(b'From: "Maria Silva" <') and raw.endswith(b"\r\n\r\nWhere is order %s?\r\n" % ORDER.encode()))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        code, _, err = self.d.postern("archive", "get", first["id"], "-o", path)
        self.assertEqual(code, 2)
        self.assertIn("File exists", err)
        self.assertEqual(self.d.postern("archive", "get", first["archive"])[1].encode(), raw.replace(b"\r\n", b"\n"))
        sums = {s["class"]: s["messages"] for s in self.d.json("archive", "stats")}
        self.assertGreaterEqual(sums["incoming"], 1)
        self.assertIn("incoming", self.d.postern("archive", "stats")[1])
        # Sealed: neither names nor contents tell.
        self.assertTrue(all(p.endswith(".sealed") for p in self.d.files()))
        self.assertFalse(any(first["archive"][2:] in p for p in self.d.files()))
        self.assertTrue(self.d.json("archive", "verify")["ok"])
        self.assertTrue(self.d.status()["archive"]["encrypted"])

    def test_without_its_key_nothing_is_shown_and_nothing_called_lost(self):
        first = self.d.receive(2)
        with open(self.d.config) as f:
            text = f.read()
        other = self.d.dir + "/other.conf"
        self.d.write("other.key", "77" * 32 + "\n")
        os.chmod(self.d.dir + "/other.key", 0o600)
        self.d.write("other.conf", text.replace("archive.key", "other.key"))
        try:
            self.d.config, config = other, self.d.config
            code, _, err = self.d.postern("archive", "get", first["id"])
            self.assertEqual(code, 2)
            self.assertIn("which archive.key_file does not have", err)
            verify = self.d.json("archive", "verify", status=1)
            self.assertIn("unreadable", {f["fault"] for f in verify["faults"]})
            self.assertNotIn("missing", {f["fault"] for f in verify["faults"]})
        finally:
            self.d.config = config

    def test_what_is_wrong_is_said(self):
        for hint, args in (("did you mean 'purge'", ("prge",)), ("say list", ()), ("no archived message", ("show", "M1")),
                           ("one id", ("show",)), ("only one of", ("list", "--order", "1", "--thread", "x")),
                           ("--class is one of", ("list", "--class", "lost")), ("--since", ("list", "--since", "soon")),
                           ("hold needs one of", ("hold", "--why", "x")),
                           ("needs the id", ("release-hold", "--why", "x")),
                           ("no such legal hold", ("release-hold", "H1", "--why", "x"))):
            code, out, err = self.d.postern("archive", *args)
            self.assertEqual((code, out), (2, ""), args)
            self.assertIn(hint, err)
        self.assertEqual(self.d.postern("archive", "--help")[0], 0)

    def test_requests_that_are_none(self):
        for request in ({}, {"verb": "burn"}, {"verb": "hold", "why": "x"}, {"verb": "hold", "order": 5, "why": "x"},
                        {"verb": "hold", "order": "1"}, {"verb": "hold", "order": "1", "thread": "2", "why": "x"},
                        {"verb": "hold", "order": "1\u0000", "why": "x"}, {"verb": "hold", "order": "1", "why": "y" * 501},
                        {"verb": "release-hold", "ref": "x", "order": "1", "why": "x"}):
            answer = self.d.control(None, raw=json.dumps({"command": "archive", **request}).encode() + b"\n")
            self.assertFalse(answer["ok"], request)
        self.assertEqual([e for e in self.d.audit("legal-hold") if e["why"] in ("x", "y" * 501)], [])
        answer = self.d.control(None, raw=b'{"command":"archive","verb":"purge","after":{"class":99,"time":-5}}\n')
        self.assertEqual((answer["ok"], answer["purged"]), (True, 0))


class Redacted(unittest.TestCase):
    def test_a_hold_by_address_finds_the_token(self):
        d = Archive()
        try:
            text = d.settings["extra"]
            d.write("redact.key", "0123456789abcdef0123456789abcdef")
            with open(d.config) as f:
                config = f.read()
            d.write("postern.conf", config.replace('state/audit" }', 'state/audit"  redact_addresses = yes  redact_key_file = "%s/redact.key" }' % d.dir))
            self.assertTrue(text)
            d.start()
            d.receive(1)
            held = d.json("archive", "hold", "--address", relay(1), "--why", "asked by " + relay(1))
            self.assertEqual(held["messages"], 1)
            event = d.audit("legal-hold")[0]
            self.assertNotIn(relay(1), json.dumps(event))
            self.assertTrue(event["address"].startswith("a:"))
            self.assertEqual(d.json("archive", "release-hold", "--address", relay(1), "--why", "x")["ref"], held["id"])
            # The log hides the address; the message itself is what was sent.
            first = d.audit("message")[0]
            self.assertIn(relay(1), d.postern("archive", "get", first["id"])[1])
        finally:
            d.clean()


if __name__ == "__main__":
    unittest.main()
