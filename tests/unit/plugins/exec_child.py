#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A child of the plugin "exec" that misbehaves as its argument says."""
import os
import sys
import time

MODE = sys.argv[1]


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def starts():
    if MODE == "die-early":
        sys.stderr.write("no database\n")
        sys.exit(3)
    if MODE == "hang-early":
        time.sleep(60)
    for line in sys.stdin:
        if line == "config|ready\n":
            break
    say({"bad-version": "register|protocol|9\n", "bad-hello": "hello\n"}.get(MODE, "register|protocol|1\n"))
    if MODE == "die-registering":
        sys.exit(4)
    if MODE == "flood-early":
        say("register|report|text\n" * 20000)
    if MODE == "no-report":
        say("register|ready\n")
    for report in "message", "envelope", "header", "text", "url", "address", "id", "attachment":
        say("register|report|%s\n" % report)
    say("register|profile|language\nregister|ready\n")


def once(path):
    """Whether this is the first time for all children of the test."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def judge(number, told):
    finding = "finding|%s|MP-EXEC|text|0|70|%%41bc|Do not.\n" % number
    if MODE == "die":
        sys.exit(5)
    if MODE == "die-once" and once(sys.argv[2]):
        sys.exit(5)
    if MODE == "hang":
        time.sleep(60)
    if MODE == "other":
        say("result|%d|ok\n" % (int(number) + 1))
    elif MODE == "flood":
        say(finding * 50000)
    elif MODE == "binary":
        sys.stdout.buffer.write(b"\0\xff\xfe\x80\nresult|" + number.encode() + b"|ok\n")
        sys.stdout.flush()
    elif MODE == "half":
        say("result|%s|ok" % number)
        sys.exit(0)
    elif MODE == "after":
        say("result|%s|ok\nfinding|%s|MP-EXEC|text|0|70|x|\n" % (number, number))
    elif MODE == "error":
        say("result|%s|error|the list is gone\n" % number)
    elif MODE == "nowhere":
        say("finding|%s|MP-EXEC|text|7|70|x|\nresult|%s|ok\n" % (number, number))
    elif MODE == "badid":
        say("finding|%s|MP-LINK|text|0|70|x|\nresult|%s|ok\n" % (number, number))
    elif MODE == "badcode":
        say("finding|%s|MP-EXEC|text|0|70|%%4|\nresult|%s|ok\n" % (number, number))
    elif MODE == "echo":
        told = "".join(told).replace("%", "%25").replace("|", "%7C").replace("\n", "%0A")
        say("finding|%s|MP-EXEC1|message|0|50|x|%s\nlabel|%s|Seen\nresult|%s|ok\n" % (number, told[:900], number, number))
    elif MODE == "world":
        fds = sorted(int(f) for f in os.listdir("/proc/self/fd"))[:-1]
        status = open("/proc/self/status").read()
        bits = "fds=%s env=%s nnp=%s user=%s" % (fds, sorted(os.environ), "NoNewPrivs:\t1" in status, os.getuid() != 0)
        say("finding|%s|MP-EXEC|message|0|50|x|%s\nresult|%s|ok\n" % (number, bits, number))
    elif MODE == "stderr":
        sys.stderr.write("noise\n" * 1000)
        sys.stderr.flush()
        say("result|%s|ok\n" % number)
    else:
        say(finding + "result|%s|ok\n" % number)


def main():
    starts()
    told = []
    for line in sys.stdin:
        if line.startswith("judge|"):
            judge(line[6:].strip(), told)
            told = []
        else:
            told.append(line)


main()
