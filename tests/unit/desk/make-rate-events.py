#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes rate-events.tsv: 500 events of a shop over four months, the same in each run.

A line is thread, kind, time, due, id, ref, unit; times in seconds UTC. Some come twice, and the lines are shuffled.
"""
import random

START = 1788220800  # 2026-09-01
HOUR = 3600


def thread_events(dice, thread, unit, make_id):
    """The story of one thread, in its order."""
    at = START + dice.randrange(110 * 24 * HOUR)
    term = dice.choice((24, 48, 48, 48)) * HOUR
    for _ in range(dice.randrange(1, 4)):
        yield thread, "inquiry", at, at + term, make_id(), "", unit
        opened = at
        for _ in range(dice.choice((0, 0, 1, 2))):
            at += dice.randrange(1, 6 * HOUR)
            yield thread, "inquiry", at, at + term, make_id(), "", unit
        # Now and then to the second.
        at = dice.choice((at + dice.randrange(1, 20 * HOUR), at + dice.randrange(1, 20 * HOUR), opened + term, opened + term + 1,
                          at + term + dice.randrange(10 * 24 * HOUR)))
        at = max(at, opened + 12 * HOUR + 1)
        end = dice.randrange(20)
        if end < 11:
            answer = make_id()
            yield thread, "answer", at, 0, answer, "", unit
            if dice.randrange(5) == 0:
                at += dice.randrange(1, 4 * HOUR)
                yield thread, "failed", at, 0, make_id(), answer, unit
                if dice.randrange(3) > 0:
                    at += dice.randrange(1, 40 * HOUR)
                    yield thread, "answer", at, 0, make_id(), "", unit
        elif end < 14:
            held = make_id()
            yield thread, "held", at, 0, held, "", unit
            at += dice.randrange(1, 8 * HOUR)
            yield thread, dice.choice(("released", "released", "refused")), at, 0, make_id(), held, unit
        elif end < 16:
            yield thread, "done", at, 0, make_id(), "", unit
        elif end == 16:
            yield thread, "spam", at, 0, make_id(), "", unit
            if dice.randrange(2) == 0:
                at += dice.randrange(1, 20 * HOUR)
                yield thread, "answer", at, 0, make_id(), "", unit
        elif end == 17:
            yield thread, "other", at, 0, make_id(), "", unit
        else:
            return
        at += dice.randrange(HOUR, 20 * 24 * HOUR)


def main():
    dice = random.Random(20261122)
    lines, number = [], 0

    def make_id():
        nonlocal number
        number += 1
        return "e%03d" % number

    thread = 0
    while len(lines) < 480:
        unit = dice.choice(("burst", "burst", "burst", "message", "first"))
        for event in thread_events(dice, "t%03d" % thread, unit, make_id):
            lines.append("\t".join(map(str, event)))
        thread += 1
    lines = lines[:480]
    lines += [dice.choice(lines) for _ in range(20)]
    dice.shuffle(lines)
    for line in lines:
        print(line)


if __name__ == "__main__":
    main()
