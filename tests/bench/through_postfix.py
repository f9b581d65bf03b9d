# SPDX-License-Identifier: BSD-2-Clause
"""Messages a second through a whole Postfix: smtp-source, smtpd with each milter, smtp-sink.

One Postfix, a listener for each milter, so that all else is the same. The next run begins when the queue is empty.
"""
import collections
import os
import subprocess
import time

import report
import servers
from servers import mta

SESSIONS = 16
LOADS = {"replies": "out/plain", "private": "private/letter-out"}


class Postfix(mta.Postfix):
    """With a listener for each milter; None: without one."""

    def __init__(self, place, milters, sink_port):
        self.ports = {name: mta.free_port() for name in milters}
        self.by_name = milters
        super().__init__(place, [], sink_port, {"smtpd_client_connection_rate_limit": "0"}, non_smtpd=False)

    def write_master(self):
        super().write_master()
        with open(os.path.join(self.etc, "master.cf"), "a", encoding="utf-8") as out:
            for name, address in self.by_name.items():
                out.write("127.0.0.1:%d inet n - n - - smtpd\n  -o milter_macro_daemon_name=ORIGINATING\n"
                          "  -o smtpd_milters=%s\n" % (self.ports[name], address))

    def version(self):
        return self.command("postconf", "-h", "mail_version", text=True).stdout.strip()


class SmtpSink:
    def __init__(self, place, root, environment):
        self.port = mta.free_port()
        place.add(self)
        program = os.path.join(root, "usr/sbin/smtp-sink")
        self.process = mta.spawn([program, "-u", mta.OWNER, "127.0.0.1:%d" % self.port, "256"],
                                 place.join("smtp-sink.log"), env=environment)
        mta.wait_for("smtp-sink", lambda: mta.port_open(self.port))

    def stop(self):
        mta.end(self.process)


def write_message(place, load, customer):
    """The message of one customer: its file and recipient. Without Message-ID, which would be the same for all."""
    path = os.path.join(servers.HERE, "messages", LOADS[load])
    env = dict(line.split("=", 1) for line in mta.read_text(path + ".env").splitlines())
    text, recipient = mta.read_text(path + ".eml"), env["to"]
    for word in env.get("own", "").split():
        theirs = "%s%08d" % (word[:-8], customer)
        text, recipient = text.replace(word, theirs), recipient.replace(word, theirs)
    path = place.join("%s-%d.eml" % (load, customer % SESSIONS))
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(line for line in text.splitlines(True) if not line.startswith("Message-ID:"))
    return path, env["from"], recipient


def skipped():
    if os.geteuid() != 0:
        return "needs root"
    if not mta.accounts_present() or not os.path.exists(os.path.join(mta.MTA, "postfix")):
        return "needs contrib/deps test"
    return None


def send(place, postfix, port, load, count, first, errors):
    """Messages a second until the last one was taken. Each session has a customer of its own, from first on."""
    messages = [write_message(place, load, first + number) for number in range(SESSIONS)]
    program = os.path.join(postfix.root, "usr/sbin/smtp-source")
    log = place.join("smtp-source.%d.log" % first)
    begun = time.monotonic()
    sessions = [mta.spawn([program, "-d", "-A", "-m", str(count // SESSIONS), "-F", path, "-f", sender, "-t", recipient,
                           "127.0.0.1:%d" % port], log, env=postfix.environment())
                for path, sender, recipient in messages]
    failed = [session.wait(300) for session in sessions]
    took = time.monotonic() - begun
    said = mta.read_text(log)
    if any(failed):
        raise mta.HarnessError("smtp-source: " + said[-1000:])
    refused = [line for line in said.splitlines() if "rejected" in line]
    if refused:
        errors.append("through Postfix, %s: %d messages were refused: %s" % (load, len(refused), refused[0]))
    postfix.flush(120)
    return count // SESSIONS * SESSIONS / took


def summary_of(rates):
    """rates: (load, milter) to messages a second, one for each round."""
    found = []
    for (load, milter), values in rates.items():
        found.append({
            "load": load, "milter": milter, "messages_per_second": report.spread(values),
            "ratio_to_none": report.spread([one / other for one, other in zip(values, rates[load, "none"])]),
            "ratio_to_empty": report.spread([one / other for one, other in zip(values, rates[load, "empty-reads"])])})
    return found


def run(bench):
    reason = skipped()
    if reason:
        return {"skipped": reason}
    place = bench.place
    milters = {"none": ""}
    milters.update((server.name, server.address) for server in bench.servers
                   if server.name not in ("empty-naive", "empty-least", "posternd-no-rules"))
    count = SESSIONS if bench.arguments.smoke else int(400 * bench.arguments.seconds)
    root = os.path.join(mta.MTA, "postfix")
    sink = SmtpSink(place, root, {**os.environ, "LD_LIBRARY_PATH": os.path.join(root, "usr/lib/postfix")})
    postfix = Postfix(place, milters, sink.port).start()
    rates, customer = collections.defaultdict(list), 90000000
    # Its processes start with the first mail.
    send(place, postfix, postfix.ports["none"], "private", 2 * SESSIONS, customer - SESSIONS, bench.errors)
    for number in range(min(bench.arguments.rounds, 3)):
        for load in LOADS:
            names = list(milters)
            for name in names[number % len(names):] + names[:number % len(names)]:
                rates[load, name].append(send(place, postfix, postfix.ports[name], load, count, customer,
                                              bench.errors))
                customer += SESSIONS
    return {"version": postfix.version(), "sessions": SESSIONS, "messages": count, "summary": summary_of(rates),
            "samples": {"%s, %s" % key: values for key, values in rates.items()}}
