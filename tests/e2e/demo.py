# SPDX-License-Identifier: BSD-2-Clause
"""The part of contrib/demo that comes after building: see there."""
import argparse
import collections
import json
import os
import shutil
import signal
import sys
import textwrap

import mta
import samples

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import schema  # noqa: E402

STATE = os.path.join(os.environ.get("POSTERN_BUILD", "."), "running.json")


def wrapped(text, indent="      "):
    return textwrap.fill(text, 96, initial_indent=indent, subsequent_indent=indent + "  ",
                         break_long_words=False, break_on_hyphens=False)


def shown(text):
    """Nothing that a terminal would obey."""
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in text)


def show(number, sample, outcome, faults):
    print("%2d. %s" % (number, sample.title))
    print("    %s, %s -> %s, %s bytes" % (
        "outgoing" if sample.outbound else "incoming", sample.sender or "<>",
        ", ".join(sample.recipients), format(len(sample.data), ",")))
    print("    the sender saw:")
    for line in outcome.reply.lines:
        print(wrapped("%d %s" % (outcome.reply.code, shown(line))))
    if outcome.fate == "delivered":
        print("    the receiver got:")
        for line in outcome.headers or ["(no header added)"]:
            print(wrapped(shown(line)))
    elif outcome.fate == "held":
        print("    held in the queue for a person to look at:")
        for finding in (outcome.event or {}).get("findings") or []:
            print(wrapped("%s in %s: %s" % (finding["rule_id"], finding["where"],
                                            shown(finding["evidence"]))))
    show_clock(outcome)
    for fault in faults:
        print("    NOT AS EXPECTED: %s" % fault)
    print()


def show_clock(outcome):
    sla = (outcome.event or {}).get("sla") or {}
    if sla.get("due"):
        print("    clock: '%s' starts, an answer is due %s (%s)" % (
            sla.get("clock"), sla["due"], sla.get("source", "")))
    elif sla.get("change") == "stops":
        print("    clock: stops, this is an answer")
    elif sla.get("change") == "runs":
        print("    clock: runs on, this is no answer")


def show_command(daemon, title, *arguments, lines=None):
    print("--- %s: postern %s" % (title, " ".join(arguments)))
    done = daemon.cli(*arguments)
    out = (done.stdout + done.stderr).splitlines()
    if lines and len(out) > lines:
        out = out[:lines] + ["... %d more lines" % (len(out) - lines)]
    print("\n".join(shown(line) for line in out))
    print()
    return done


def run(place, prefix, port):
    print("Starting a sink, posternd and a private Postfix in %s" % place.path)
    sink = mta.Sink(place)
    daemon = mta.Posternd(place, prefix).start()
    server = mta.Postfix(place, [daemon.postfix_milter], sink.port, out_port=port).start()
    print("Postfix takes outgoing mail at port %d and incoming mail at port %d of 127.0.0.1\n"
          % (server.out_port, server.in_port))
    return sink, daemon, server


def judge_all(server, sink, daemon):
    counts, bad = collections.Counter(), []
    for number, sample in enumerate(samples.load(), 1):
        outcome = samples.send(server, sink, daemon, sample)
        faults = samples.faults(sample, outcome)
        show(number, sample, outcome, faults)
        counts[samples.seen_as(outcome)] += 1
        if faults:
            bad.append(sample.name)
    return counts, bad


def summary(daemon, counts, bad):
    inbox = show_command(daemon, "who waits for an answer", "inbox")
    log = show_command(daemon, "the audit log", "audit", "show")
    verify = show_command(daemon, "is the log whole", "audit", "verify")
    if any(done.returncode for done in (inbox, log, verify)):
        bad.append("postern's commands")
    records = len(daemon.events())
    _, unfit = schema.check([daemon.audit])
    bad += ["an audit record: %s" % text for text in unfit[:3]]
    total = sum(counts.values())
    if bad:
        print("Not as expected: %s" % ", ".join(bad))
    print("%d messages: %d passed, %d tagged, %d held, %d rejected%s" % (
        total, counts["pass"], counts["tag"], counts["hold"], counts["reject"],
        ", %d deferred" % counts["defer"] if counts["defer"] else ""))
    if verify.returncode == 0:
        print("audit chain verifies: %d records" % records)
    else:
        print("THE AUDIT CHAIN DOES NOT VERIFY")
    return not bad and verify.returncode == 0


def keep(place, daemon, server):
    with open(STATE, "w", encoding="utf-8") as out:
        json.dump({"place": place.path,
                   "sessions": [part.process.pid for part in place.parts]}, out)
    print("""
Everything still runs. To send a message of your own, as a seller:
  swaks --server 127.0.0.1:%d --from care@bestgadgets.example \\
        --to 4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com \\
        --header 'Subject: Re: Order 4342076435326' \\
        --body 'Hello Maria, please visit www.bestgadgets.shop for your refund.'
and as a customer: the same with --server 127.0.0.1:%d and the addresses exchanged.
What was delivered lies in   %s
To look:
  %s --config %s inbox
  %s --config %s audit show
  MAIL_CONFIG=%s LD_LIBRARY_PATH=%s %s/usr/sbin/postqueue -p
To stop:
  contrib/demo --stop""" % (
        server.out_port, server.in_port, place.join("sink"), daemon.prefix.postern,
        daemon.config, daemon.prefix.postern, daemon.config, server.etc,
        server.libraries, server.root))


def belongs_to(pid, path):
    try:
        return path.encode() in open("/proc/%d/cmdline" % pid, "rb").read()
    except FileNotFoundError:
        return False


def stop_kept():
    """Ends what --keep left running; only what still belongs to it."""
    if not os.path.exists(STATE):
        print("demo: nothing is running")
        return 0
    with open(STATE, encoding="utf-8") as file:
        state = json.load(file)
    for sid in reversed(state["sessions"]):
        if not belongs_to(sid, state["place"]):
            continue
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for pid in mta.session_members(sid):
                try:
                    os.kill(pid, sign)
                except ProcessLookupError:
                    pass
            mta.wait_for("an end", lambda: sign == signal.SIGTERM or
                         not mta.session_members(sid), 5)
    shutil.rmtree(state["place"], ignore_errors=True)
    os.unlink(STATE)
    print("demo: stopped")
    return 0


def interrupted(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="contrib/demo")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if options.stop:
        return stop_kept()
    if os.path.exists(STATE):
        stop_kept()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    sys.stdout.reconfigure(line_buffering=True, errors="replace")
    place, kept = mta.Place("demo"), False
    try:
        prefix = mta.Prefix.from_environment().copy_to(place)
        sink, daemon, server = run(place, prefix, options.port)
        counts, bad = judge_all(server, sink, daemon)
        good = summary(daemon, counts, bad)
        if options.keep:
            keep(place, daemon, server)
            kept = True
        return 0 if good else 1
    except mta.HarnessError as error:
        print("demo: %s" % error, file=sys.stderr)
        return 1
    finally:
        if not kept:
            place.close()


if __name__ == "__main__":
    sys.exit(main())
