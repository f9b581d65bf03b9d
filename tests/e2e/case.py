# SPDX-License-Identifier: BSD-2-Clause
"""What the end-to-end tests share."""
import contextlib
import os
import subprocess
import sys
import threading
import unittest

import mta
import samples

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import schema  # noqa: E402

SELLER = "care@bestgadgets.example"
BUYER = "4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com"
GOOD = ("Hello Maria,\n\nI am sorry that your blender arrived with a cracked jar. We have "
        "shipped a\nnew one today, and it should be with you by Thursday.\n\nKind regards,\nJenny\n")
PROBE_RULE = """rule "probe" {
    plugin = "probe"
    direction = "both"
    action = "%s"
    advice = %s
}
"""


def reply(body=GOOD, subject="Re: Order 4342076435326: broken jar", token="1", headers=""):
    return ("From: Best Gadgets <%s>\nTo: %s\nSubject: %s\n"
            "Date: Mon, 16 Mar 2026 09:12:44 +0000\nMessage-ID: <%s@bestgadgets.example>\n%s"
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s" %
            (SELLER, BUYER, subject, token, headers, body)).encode()


def build_probe(prefix, target, advice=None):
    """Compiles the test plugin beside target and moves it there."""
    source = os.path.join(mta.HERE, "plugins", "probe.c")
    flags = ['-DADVICE="%s"' % advice] if advice else []
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                    "-fPIC", "-shared", "-I", os.path.join(prefix.root, "include"),
                    *flags, "-o", target, source], check=True)
    os.chmod(target, 0o755)
    return target


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


class Load:
    """Threads that keep sending replies, each with a token of its own."""

    def __init__(self, server, threads=4, prefix="load"):
        self.server, self.prefix = server, prefix
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.accepted, self.refused, self.broken = [], [], 0
        self.number = 0
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def next_token(self):
        with self.lock:
            self.number += 1
            return "%s-%06d" % (self.prefix, self.number)

    def work(self):
        while not self.ended.is_set():
            try:
                with mta.Client(self.server.out_port) as client:
                    for _ in range(20):
                        if self.ended.is_set() or not self.one(client):
                            break
            except (OSError, EOFError, mta.smtplib.SMTPException):
                with self.lock:
                    self.broken += 1

    def one(self, client):
        token = self.next_token()
        answer = client.send(SELLER, [BUYER], reply(token=token))
        with self.lock:
            (self.accepted if answer.code == 250 else self.refused).append((token, answer))
        return answer.code != 421

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        return self

    def wait_accepted(self, more, seconds=60):
        goal = len(self.accepted) + more
        mta.wait_for("%d more accepted messages" % more,
                     lambda: len(self.accepted) >= goal, seconds)


def tokens_in(mails):
    """Message ids of delivered mails, without the domain."""
    found = []
    for mail in mails:
        for line in samples.header_lines(mail.data):
            if line.lower().startswith("message-id:"):
                found.append(line.split("<")[1].split("@")[0])
    return found


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.place = mta.Place("e2e")
        self.addCleanup(self.finish)
        self.prefix = mta.Prefix.from_environment().copy_to(self.place)
        self.sink = mta.Sink(self.place)
        self.daemon = self.server = None

    def finish(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", []) if error) \
            or not getattr(self._outcome, "success", True)
        if failed and self.daemon:
            print("\n--- posternd's log\n" + self.daemon.log_tail(40), flush=True)
        if failed and self.server:
            print("--- %s's log\n%s" % (self.server.KIND, "\n".join(
                self.server.log_text().splitlines()[-15:])), flush=True)
        self.place.close()

    def up(self, kind=mta.Postfix, daemon=None, server=None):
        """posternd and a mail server in front of it."""
        self.daemon = mta.Posternd(self.place, self.prefix, **(daemon or {})).start()
        self.attach(kind, **(server or {}))

    def attach(self, kind=mta.Postfix, **options):
        milter = self.daemon.postfix_milter if kind is mta.Postfix else self.daemon.socket
        self.server = kind(self.place, [milter], self.sink.port, **options).start()

    def up_probe(self, kind=mta.Postfix, action="reject", advice="Leave the word out.",
                 built_in=None, server=None, **daemon):
        """As up, with only the test's plugin."""
        target = build_probe(self.prefix, os.path.join(self.place.path, "probe.so"), built_in)
        rules = {"rules.d/probe.conf": PROBE_RULE % (action, quoted(advice))}
        rules.update(daemon.pop("site_rules", {}))
        self.up(kind, {"plugins": ["probe=" + target], "site_rules": rules, **daemon}, server)
        return target

    def verify_chain(self):
        done = self.daemon.cli("audit", "verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        schema.check_log(self.daemon.audit)

    def send_out(self, data, recipients=(BUYER,), sender=SELLER):
        return mta.send(self.server.out_port, sender, list(recipients), data)

    @contextlib.contextmanager
    def load(self, threads=4):
        load = Load(self.server, threads)
        try:
            yield load
        finally:
            load.stop()
