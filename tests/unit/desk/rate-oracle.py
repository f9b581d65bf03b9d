#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The response rate of a file of events at given moments, straight from its definition.

Nothing is folded: for each moment and each message it is asked anew what is true of it at that moment. An inquiry is a first unanswered message; its
moment is the second of its answer when that was in time, else the second after its due second; it counts when its moment
lies in (now - window, now]; spam does not, nor what was done in time.
"""
import sys


def read(path):
    events = set()
    with open(path, encoding="ascii") as file:
        for line in file:
            thread, kind, at, due, name, ref, unit = line.rstrip("\n").split("\t")
            events.add((thread, kind, int(at), int(due), name, ref, unit))
    return events


class Thread:
    def __init__(self, events, now):
        self.events = [e for e in events if e[2] <= now]
        self.now = now

    def of(self, *kinds):
        return sorted((e for e in self.events if e[1] in kinds), key=lambda e: (e[2], e[4]))

    def reached(self, answer, when):
        """Whether the customer has this answer, as was known at a time."""
        names = {answer[4], answer[5]} - {""}
        return not any(f[5] in names and f[2] <= when for f in self.of("failed"))

    def end(self, opened, when):
        """What ended the wait of a message of that second, as was known at a time: (second, how) or None."""
        answers = [a[2] for a in self.of("answer", "released") if opened <= a[2] <= when and self.reached(a, when)]
        marks = [(m[2], m[1]) for m in self.of("done", "spam") if opened <= m[2] <= when and not
                 any(opened <= a[2] < m[2] and self.reached(a, m[2]) for a in self.of("answer", "released"))]
        mark = min(marks, default=None)
        answer = min(answers, default=None)
        if mark is None or (answer is not None and (answer <= mark[0] or mark[1] == "spam")):
            return None if answer is None else (answer, "answered")
        return mark

    def inquiries(self):
        """(due, end) of each message that was the first to wait."""
        messages = self.of("inquiry")
        waiting = []
        for message in messages:
            opened, due, unit = message[2], message[3], message[6]
            if unit == "first" and message is not messages[0]:
                continue
            if unit == "burst" and any(self.end(before, opened) is None and due >= before_due for before, before_due in waiting):
                continue
            waiting.append((opened, due))
        return [(due, self.end(opened, self.now)) for opened, due in waiting]


def rate(events, now, window):
    counted = in_time = still = 0
    for name in {e[0] for e in events}:
        for due, end in Thread([e for e in events if e[0] == name], now).inquiries():
            if end is not None and (end[1] == "spam" or end[1] == "done" and end[0] <= due):
                continue
            kept = end is not None and end[1] == "answered" and end[0] <= due
            moment = end[0] if kept else due + 1
            still += moment > now
            if now - window < moment <= now:
                counted += 1
                in_time += kept
    return counted, in_time, counted - in_time, still


def main():
    events = read(sys.argv[1])
    for pair in sys.argv[2:]:
        now, window = map(int, pair.split("/"))
        print(pair, *rate(events, now, window))


if __name__ == "__main__":
    main()
