#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Words that must not be written, as arguments: words.py guarantee cheapest. See postern-exec(7)."""
import re
import sys
import urllib.parse


def decode(field):
    return urllib.parse.unquote(field, errors="replace")


def encode(field):
    return "".join(c if " " <= c < "\x7f" and c not in "|%" else urllib.parse.quote(c, safe="") for c in field)


def say(*fields):
    print("|".join(fields), flush=True)


def main():
    words = re.compile("|".join(map(re.escape, sys.argv[1:])) or "(?!)", re.IGNORECASE)
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")
    for line in sys.stdin:
        if line == "config|ready\n":
            break
    say("register", "protocol", "1")
    say("register", "report", "text")
    say("register", "ready")
    found = []
    for line in sys.stdin:
        fields = line.rstrip("\n").split("|")
        if fields[0] == "judge":
            for index, word in found:
                say("finding", fields[1], "MP-EXEC", "text", index, "90", encode(word), "Say it without this word.")
            say("result", fields[1], "ok")
            found = []
        elif fields[2] == "text" and fields[4] in ("subject", "new"):
            found += [(fields[3], m.group()) for m in words.finditer(decode(fields[6]))][:20]
    return 0


if __name__ == "__main__":
    sys.exit(main())
