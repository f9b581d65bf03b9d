# SPDX-License-Identifier: BSD-2-Clause
"""What several gateways recorded against what their databases hold: events lost, events doubled; and the table of that."""
import collections
import os
import sqlite3
import time

TAKEN = ("pass", "tag")
Count = collections.namedtuple("Count", "messages lost doubled")


def stored(path):
    """Each message of a database: id of its record, Message-ID, and whether it counts."""
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=10)
    try:
        return [(id_, message_id.strip("<>"), counts) for id_, message_id, counts in
                db.execute("SELECT id, message_id, counts FROM message WHERE type = 0")]
    finally:
        db.close()


def count(records, databases):
    """
    records: the "message" events of all logs; databases: paths. Lost: an event that a database lacks, or a message that
    was let through and counts nowhere in it. Doubled: an event that nobody recorded or that is there twice, or a message
    that counts more than once, however often it was tried.
    """
    known = {record["id"] for record in records}
    taken = {record["message_id"].strip("<>") for record in records if record["action"] in TAKEN}
    lost = doubled = len(records) - len(known)
    for path in databases:
        rows = stored(path)
        ids, times = collections.Counter(row[0] for row in rows), collections.Counter()
        for _, message_id, counts in rows:
            times[message_id] += counts
        lost += len(known - set(ids)) + sum(times[message_id] == 0 for message_id in taken)
        doubled += len(set(ids) - known) + sum(times[message_id] > 1 for message_id in times) + sum(n > 1 for n in ids.values())
    return Count(len(records), lost, doubled)


class Row:
    """A line of the table that closes "make check-redis", written when the count is known."""

    def __init__(self, what):
        self.what, self.begun, self.more = what, time.monotonic(), []

    def note(self, text):
        self.more.append(text)

    def tell(self, counted):
        good = counted.lost == 0 and counted.doubled == 0 and counted.messages > 0
        line = "%-7s %-48s %5d messages, events lost %d, doubled %d (%d s)%s" % (
            "ok" if good else "FAILED", self.what, *counted, time.monotonic() - self.begun,
            "".join("; " + text for text in self.more))
        tell(line)


def tell(line):
    """Into the table, or, when one file is run by itself, to see."""
    path = os.environ.get("POSTERN_TABLE")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    else:
        print("| " + line, flush=True)
