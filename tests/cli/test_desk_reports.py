#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the desk's commands tell, over logs whose every second is known: inbox, sla, rate, windows, cases, held, digest."""
import csv
import io
import json
import os
import sys
import time
import unittest

from desk import BUILD, ORDER, SELLER, Desk, Log, relay, stamp

H, D = 3600, 86400
NOW = 1772368200  # 2026-03-01T12:30:00Z
OTHER = "shop-two@bestgadgets.example"


def key(n):
    return "walmart:" + relay(n)


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Desk()
        # A queue with nothing in it.
        cls.d.settings["extra"] += 'desk { mta = postfix  postqueue = "%s" }\n' % cls.d.program("postqueue", "")
        cls.d.write_config()
        log = cls.log = Log(cls.d)
        cls.fill(log)
        log.build()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    @classmethod
    def fill(cls, log):
        """Ten answered in time, one late, one never, one that waits; and for another shop nothing but a miss."""
        for n in range(10):
            start = NOW - 10 * D + n * H
            log.inbound(start, "IN%02d" % n, n, due=start + 2 * D, order=ORDER if n == 0 else "")
            log.outbound(start + D, "OUT%02d" % n, n, agent="ann" if n % 2 else "=bob,\"x\"")
        start = NOW - 6 * D
        log.inbound(start, "IN10", 10, due=start + 2 * D, order="4342076435777", ids=[{"kind": "order", "value": "4342076435777"}])
        log.outbound(start + 2 * D + 1, "OUT10", 10, agent="ann")
        log.inbound(NOW - 3 * D, "IN11", 11, due=NOW - D, from_name="Eve\x1b[31m", subject="Late \u202e")
        log.inbound(NOW - H, "IN12", 12, due=NOW + 47 * H)
        log.inbound(NOW - 40 * H, "IN13", 13, due=NOW + 8 * H, shop=OTHER)
        log.outbound(NOW - 30 * H, "OUT13", 13, action="hold", shop=OTHER, queue_id="4ZQ1AB1313")
        log.outbound(NOW - 20 * H, "OUT12", 12, action="hold")  # held before the question came
        log.inbound(NOW - 2 * H, "IN14", 14, labels=["Notice"])
        log.outbound(NOW - 2 * H, "CASE1", 50, threads=["walmart:%s:case:777" % SELLER], case="777", answers=False,
                     subject="Units lost", labels=["Case-Urgent"], ids=[{"kind": "po", "value": "4342076435111"}])
        log.outbound(NOW - 4 * H, "CASE3", 52, threads=["walmart:%s:case:888" % SELLER], case="888", answers=False,
                     subject="Dispute", ids=[{"kind": "po", "value": "4342076435777"}])
        log.inbound(NOW - H, "CASE2", 51, threads=["walmart:%s:case:777" % SELLER], case="777", case_channel="warehouse",
                    labels=["Case-Closed"])
        log.add(NOW - 9 * D, "MS1", "desk", verb="milestone", by="root", uid=0, why="table", threads=[], marketplace="walmart",
                order="4342076435777", milestones=[
                    {"name": "refund", "subject": "4342076435777", "time": stamp(NOW - 5 * H)},
                    {"name": "delivered", "subject": "4342076435222", "time": "2026-01-01T12:00:00Z"}])
        log.add(NOW - 9 * D, "MS2", "desk", verb="milestone", by="root", uid=0, why="table", threads=[], marketplace="walmart",
                order="4342076435333", milestones=[
                    {"name": "delivered", "subject": "4342076435333", "time": stamp(NOW - 100 * D)},
                    {"name": "refund", "subject": "4342076435333", "time": stamp(NOW - 9 * D)}])

    def postern(self, *args):
        return self.d.postern(*args)

    def inbox(self, *args):
        return [row["thread"] for row in self.d.json("inbox", "--at", stamp(NOW), *args)]

    def test_filters_of_the_inbox(self):
        self.assertEqual(set(self.inbox()) - {key(n) for n in range(15)},
                         {"walmart:%s:case:777" % SELLER, "walmart:%s:case:888" % SELLER})
        self.assertEqual(self.inbox("--filter", "overdue"), [key(11)])
        self.assertEqual(set(self.inbox("--filter", "unanswered")), {key(11), key(12), key(13)})
        self.assertEqual(set(self.inbox("--filter", "failed")), {key(12), key(13)})
        self.assertEqual(self.inbox("--filter", "spam"), [])
        self.assertEqual(self.inbox("--order", "4342076435777"), ["walmart:%s:case:888" % SELLER, key(10)])
        self.assertEqual(self.inbox("--customer", "customer 7"), [key(7)])
        self.assertEqual(self.inbox("--subject", "QUESTION 12"), [key(12)])
        self.assertEqual(self.inbox("--shop", OTHER), [key(13)])
        self.assertEqual(self.inbox("--marketplace", "amazon"), [])

    def test_pages_of_the_inbox(self):
        everything = self.inbox()
        paged = [thread for page in range(1, 10) for thread in self.inbox("--limit", 2, "--page", page)]
        self.assertEqual(paged, everything)
        self.assertEqual(self.inbox("--limit", 2, "--page", 99), [])
        for args in (("--limit", "0"), ("--page", "x"), ("--limit", "-1"), ("--page", "99999999999999999999")):
            self.assertEqual(self.postern("inbox", *args)[0], 2)
        self.assertIn("--page 2", self.postern("inbox", "--limit", "2")[1])

    def test_the_inbox_counts_and_shows_the_time_left(self):
        out = self.postern("inbox", "--at", stamp(NOW))[1]
        self.assertEqual(out.splitlines()[0], "%d threads, 3 unanswered, 1 due within 24 h, 1 overdue" % len(self.inbox()))
        self.assertRegex(out, r"(?m)^overdue +-24 h 0 min ")
        self.assertRegex(out, r"(?m)^open +8 h 0 min ")
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)
        self.assertIn("1 threads, 1 unanswered", self.postern("inbox", "--at", stamp(NOW), "--shop", OTHER)[1])

    def test_rate_in_time_late_and_never(self):
        row = next(r for r in self.d.json("rate", "--at", stamp(NOW), status=1) if r["marketplace"] == "walmart")
        # Ten in time, one late, one never; two wait.
        self.assertEqual((row["counted"], row["in_time"], row["missed"], row["open"]), (12, 10, 2, 2))
        self.assertEqual((row["rate_percent"], row["line_percent"], row["below"]), (83.3, 95, True))
        self.assertEqual(row["answers_to_recover"], 28)  # 38 of 40
        self.assertIn("83.3 %", self.postern("rate", "--at", stamp(NOW))[1])

    def test_rate_uses_the_line_of_its_time(self):
        row = next(r for r in self.d.json("rate", "--at", "2024-06-01") if r["marketplace"] == "walmart")
        self.assertEqual((row["line_percent"], row["since"]), (90, "2024-05-18T00:00:00Z"))
        self.assertIsNone(row["rate_percent"])
        self.assertNotIn("misses_left", row)
        self.assertIn("no data", self.postern("rate", "--at", "2024-06-01", "--marketplace", "walmart")[1])

    def test_rate_by_agent_shop_and_day(self):
        rows = {r["agent"]: r for r in self.d.json("rate", "--at", stamp(NOW), "--by", "agent", "--marketplace", "walmart")}
        self.assertEqual((rows["ann"]["counted"], rows["ann"]["in_time"]), (6, 5))
        self.assertEqual(rows['=bob,"x"']["rate_percent"], 100.0)
        rows = {r["shop"]: r for r in self.d.json("rate", "--at", stamp(NOW), "--by", "shop", "--marketplace", "walmart", status=1)}
        self.assertEqual(rows[SELLER]["counted"], 12)
        days = self.d.json("rate", "--at", stamp(NOW), "--by", "day", "--marketplace", "walmart")
        self.assertEqual(sum(r["counted"] for r in days), 12)
        one = self.d.json("rate", "--at", stamp(NOW), "--agent", "ann", status=1)
        self.assertEqual(next(r for r in one if r["marketplace"] == "walmart")["counted"], 6)

    def test_rate_for_a_spreadsheet(self):
        code, out, _ = self.postern("rate", "--at", stamp(NOW), "--by", "agent", "--csv")
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        self.assertEqual(code, 0)
        self.assertIn("'=bob,\"x\"", [r["agent"] for r in rows])  # no formula
        self.assertEqual(next(r for r in rows if r["agent"] == "ann")["counted"], "6")

    def test_rate_windows(self):
        self.assertEqual(self.d.json("rate", "--at", stamp(NOW), "--window", "36h", "--marketplace", "walmart", status=1)[0]["missed"], 1)
        for bad in "14", "d", "-3d", "0d", "14 d", "99999999999999999999d", "3w":
            self.assertEqual(self.postern("rate", "--window=" + bad)[0], 2, bad)
        self.assertIn("did you mean 'walmart'", self.postern("rate", "--marketplace", "walmrt")[2])
        self.assertIn("--by needs", self.postern("rate", "--by", "week")[2])

    def test_sla_names_shops_and_clocks(self):
        told = self.d.json("sla", status=1)
        shops = {a["shop"]: a for a in told["accounts"]}
        self.assertEqual({a["open"] for a in told["accounts"]}, {1, 2})
        self.assertEqual(shops[OTHER]["first_due"], stamp(NOW + 8 * H))
        clock = next(c for c in told["clocks"] if c["marketplace"] == "walmart" and c["clock"] == "inquiry")
        self.assertEqual((clock["hours"], clock["kind"], clock["since"]), (48, "wall", "2022-03-18T00:00:00Z"))
        self.assertIn("48 hours", clock["source"])
        self.assertIn("48 h", self.postern("sla")[1])
        self.assertEqual(len(self.d.json("sla", "--shop", OTHER, status=1)["accounts"]), 1)
        self.assertEqual(self.d.json("sla", "--shop", "nobody")["accounts"], [])

    def test_windows_and_why_a_dispute_would_fail(self):
        shown = {s["subject"]: s for s in self.d.json("windows", "--at", stamp(NOW))}
        self.assertEqual(set(shown), {"4342076435777"})  # the claim closed on 20 February
        subject = shown["4342076435777"]
        window = subject["windows"][0]
        self.assertEqual((window["window"], window["closes"], window["state"]), ("dispute", stamp(NOW + 43 * H), "open"))
        self.assertFalse(subject["refund"]["may_dispute"])
        self.assertEqual(subject["cases"], ["888"])
        self.assertEqual([late["thread"] for late in subject["refund"]["late"]], [key(10)])
        out = self.postern("windows", "--at", stamp(NOW))[1]
        self.assertIn("not answered in time", out)
        everything = {s["subject"]: s for s in self.d.json("windows", "--at", stamp(NOW), "--all")}
        claim = everything["4342076435222"]["windows"][0]
        # Delivered on 1 January: 11 January to 20 February, in Los Angeles.
        self.assertEqual((claim["state"], claim["opens"], claim["closes"]),
                         ("closed", "2026-01-11T08:00:00Z", "2026-02-21T07:59:59Z"))
        self.assertFalse(subject["refund"]["outside_return_window"])
        late = everything["4342076435333"]["refund"]
        self.assertEqual((late["outside_return_window"], late["delivered"]), (True, stamp(NOW - 100 * D)))
        self.assertIn("after the return window: reimbursement possible",
                      self.postern("windows", "--at", stamp(NOW), "--order", "4342076435333")[1])
        early = self.d.json("windows", "--order", "4342076435222", "--at", "2026-01-11T07:59:59Z")
        self.assertEqual(early[0]["windows"][0]["state"], "waiting")
        self.assertIn("no milestone", self.postern("windows", "--order", "1")[1])

    def test_cases_by_number_order_and_frequency(self):
        told = self.d.json("cases")
        self.assertEqual([(c["case"], c["state"], c["questions"], c["replies"], c["urgent"]) for c in told["cases"]],
                         [("777", "closed", 1, 1, 1), ("888", "open", 1, 0, 0)])
        self.assertEqual(told["cases"][0]["channel"], "warehouse")
        self.assertEqual(self.d.json("cases", "--order", "4342076435111")["cases"][0]["case"], "777")
        self.assertEqual(self.d.json("cases", "--case", "778")["cases"], [])
        self.assertEqual(self.d.json("cases", "--since", "2026-03-02")["cases"], [])
        self.assertIn("777", self.postern("cases")[1])
        self.assertEqual(self.postern("cases", "--since", "soon")[0], 2)

    def test_held_replies_the_most_urgent_first(self):
        held = self.d.json("held", "list")
        self.assertEqual([e["id"] for e in held], ["OUT13", "OUT12"])
        self.assertEqual(held[0]["due"], stamp(NOW + 8 * H))
        self.assertEqual([e["id"] for e in self.d.json("held", "list", "--shop", OTHER)], ["OUT13"])
        self.assertIn("OUT13", self.postern("held", "list")[1])

    def test_a_digest_tells_all_of_it(self):
        told = self.d.json("digest")
        self.assertEqual([t["thread"] for t in told["overdue"]], [key(11), key(13), key(12)])  # by now
        self.assertEqual([e["id"] for e in told["held"]], ["OUT13", "OUT12"])
        out = self.postern("digest")[1]
        for word in "OVERDUE", "HELD REPLIES", ORDER[:0], "Customer 12":
            self.assertIn(word, out)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("HELD", self.postern("digest", "--shop", "nobody")[1])
        self.assertEqual(self.postern("digest", "--shop", "nobody", "--if-any"), (0, "", ""))

    def test_a_thread_keeps_its_history(self):
        shown = self.d.json("thread", key(10), "--at", stamp(NOW))
        self.assertEqual([e["id"] for e in shown["timeline"]], ["IN10", "OUT10"])
        self.assertEqual((shown["state"], shown["missed"], shown["inquiries"][0]["in_time"]), ("answered", 1, False))
        self.assertEqual(self.d.json("thread", key(10), "--at", stamp(NOW - 5 * D))["state"], "open")

    def test_wrong_calls(self):
        for args, hint in ((("thread",), "name one thread"), (("sla", "x"), "takes no argument"), (("held", "show"), "release"),
                           (("milestone",), "add NAME"), (("milestone", "add", "x"), "--order"), (("windows", "--at", "x"), "--at"),
                           (("inbox", "--filter", "overdeu"), "did you mean 'overdue'"), (("digest", "x"), "takes no argument")):
            code, out, err = self.postern(*args)
            self.assertEqual((code, out), (2, ""), args)
            self.assertIn(hint, err, args)


if __name__ == "__main__":
    os.chdir(BUILD)
    unittest.main(argv=[sys.argv[0], "-v"])
