# SPDX-License-Identifier: BSD-2-Clause
"""Private mail servers for the tests and the demonstration.

A Place is a folder of its own with what runs in it: a sink that takes
delivered mail, posternd, Postfix or sendmail. Everything listens on loopback
at free ports and is stopped with the place. The machine's own mail server is
neither used nor touched: the programs come from the folder that contrib/deps
unpacked (POSTERN_MTA).
"""
import collections
import grp
import json
import os
import pwd
import random
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
MTA = os.environ.get("POSTERN_MTA", "/usr/local/lib/postern-mta")
OWNER, DROP = "postern-mta", "postern-drop"


class HarnessError(Exception):
    """Something of the harness, not of what is tested, went wrong."""


def free_port():
    """A port that no outgoing connection of the machine takes before its server does."""
    for port in random.sample(range(10000, 32000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise HarnessError("200 ports in vain: none is free")


def wait_for(what, done, seconds=60.0, pause=0.02):
    """Calls done() until it is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = done()
        if value:
            return value
        if time.monotonic() > end:
            raise HarnessError("waited %g s in vain for %s" % (seconds, what))
        time.sleep(pause)


def port_open(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Place:
    """A folder below /var/tmp that unprivileged daemons can reach."""

    def __init__(self, name="test"):
        base = "/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir()
        self.path = tempfile.mkdtemp(prefix="postern-%s." % name, dir=base)
        os.chmod(self.path, 0o755)
        self.parts = []
        self.log_offset = 0

    def join(self, *names):
        return os.path.join(self.path, *names)

    def folder(self, *names, mode=0o755, owner=None):
        path = self.join(*names)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if owner:
            shutil.chown(path, owner)
        return path

    def add(self, part):
        self.parts.append(part)
        return part

    def stop(self):
        for part in reversed(self.parts):
            part.stop()
        self.parts = []

    def close(self):
        self.stop()
        self.sweep()
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep(self):
        """What a signal kept from being noted: processes that name this folder."""
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    if self.path.encode() in file.read() and \
                       os.getsid(int(name)) == int(name):
                        kill_session(int(name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def spawn(argv, log, **options):
    """A process in its own session, its output in the file log."""
    with open(log, "ab") as out:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT,
                                start_new_session=True, **options)


def session_members(sid):
    """Processes of the session that one of our processes leads."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.getsid(int(name)) == sid:
                    found.append(int(name))
            except (ProcessLookupError, PermissionError):
                pass
    return found


def end(process, seconds=60.0):
    """TERM, then KILL for what is left of the process's session."""
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    kill_session(process.pid)
    process.poll()


def kill_session(sid):
    """KILL until nothing of it is left."""
    for _ in range(50):
        members = [pid for pid in session_members(sid) if not is_zombie(pid)]
        if not members:
            break
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)


def is_zombie(pid):
    try:
        return read_text("/proc/%d/stat" % pid).rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return True


Mail = collections.namedtuple("Mail", "sender recipients data")


class Sink:
    """Where the mail server delivers to."""

    def __init__(self, place):
        self.folder = place.folder("sink")
        self.port = free_port()
        self.process = None
        place.add(self)
        self.process = spawn([sys.executable, os.path.join(HERE, "sink.py"),
                              str(self.port), self.folder],
                             place.join("sink.log"))
        wait_for("the sink", lambda: port_open(self.port))

    def names(self):
        return sorted(name for name in os.listdir(self.folder)
                      if name.endswith(".eml"))

    def mails(self):
        return [self.read(name) for name in self.names()]

    def read(self, name):
        base = os.path.join(self.folder, name)
        with open(base, "rb") as file:
            data = file.read()
        envelope = json.loads(read_text(base[:-4] + ".json"))
        return Mail(envelope["from"], envelope["to"], data)

    def clear(self):
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))

    def stop(self):
        end(self.process)


Reply = collections.namedtuple("Reply", "code lines stage")


def reply_of(code, text, stage):
    return Reply(code, text.decode("utf-8", "surrogateescape").split("\n"), stage)


class Client:
    """One SMTP connection; send() may be called many times."""

    def __init__(self, port, helo="client.postern.test", timeout=180):
        self.smtp = smtplib.SMTP("127.0.0.1", port, local_hostname=helo,
                                 timeout=timeout)
        self.smtp.ehlo_or_helo_if_needed()

    def send(self, sender, recipients, data):
        """The reply that decided; a refused recipient decides too."""
        smtp = self.smtp
        code, text = smtp.docmd("MAIL", "FROM:<%s>" % sender)
        if code != 250:
            return self.failed(code, text, "MAIL")
        for recipient in recipients:
            code, text = smtp.docmd("RCPT", "TO:<%s>" % recipient)
            if code != 250:
                return self.failed(code, text, "RCPT")
        code, text = smtp.docmd("DATA")
        if code != 354:
            return self.failed(code, text, "DATA")
        smtp.send(to_wire(data))
        code, text = smtp.getreply()
        return reply_of(code, text, "end of message")

    def failed(self, code, text, stage):
        if code != 421:
            self.smtp.docmd("RSET")
        return reply_of(code, text, stage)

    def close(self):
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def to_wire(data):
    """CRLF line ends, dots doubled, the final dot."""
    data = re.sub(rb"\r?\n", b"\r\n", data)
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"


def send(port, sender, recipients, data, **options):
    with Client(port, **options) as client:
        return client.send(sender, recipients, data)


class Prefix:
    """An installed Postern: DESTDIR and the prefix it was configured with."""

    def __init__(self, destdir, prefix):
        self.root = destdir.rstrip("/") + prefix
        self.posternd = os.path.join(self.root, "sbin", "posternd")
        self.postern = os.path.join(self.root, "bin", "postern")
        self.extract = os.path.join(self.root, "libexec", "postern", "postern-extract")
        self.plugins = os.path.join(self.root, "lib", "postern", "plugins")
        self.rules = os.path.join(self.root, "share", "postern", "rules")

    def copy_to(self, place):
        """A copy that belongs to root and that daemons without rights can reach."""
        copy = Prefix(place.path, "/postern")
        shutil.copytree(self.root, copy.root)
        subprocess.run(["chmod", "-R", "go+rX,go-w", copy.root], check=True)
        return copy

    @staticmethod
    def from_environment():
        destdir = os.environ.get("POSTERN_DESTDIR", "")
        prefix = os.environ.get("POSTERN_PREFIX")
        if not prefix:
            raise HarnessError("POSTERN_PREFIX is not set: use make check-e2e")
        return Prefix(destdir, prefix)


def conf_value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "{ %s }" % ", ".join('"%s"' % item for item in value)
    return '"%s"' % value


def conf_section(name, values):
    """Lines of a section; a value that is a dictionary is a section in it."""
    lines = ["%s {" % name]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["    " + line for line in conf_section(key, value)]
        elif value is not None:
            lines.append("    %s = %s" % (key, conf_value(value)))
    return lines + ["}"]


class Posternd:
    """The daemon with a configuration, state and audit log of its own."""

    def __init__(self, place, prefix, tcp=False, plugins=(), settings=None,
                 extra="", site_rules=None, socket_path=None, name="gate"):
        """plugins: "NAME=PATH" of those besides the installed ones."""
        self.place, self.prefix, self.name = place, prefix, name
        self.state = place.folder(name, mode=0o750, owner=OWNER)
        shutil.chown(self.state, OWNER, OWNER)
        self.run = place.folder(name + "-run", mode=0o755)
        shutil.chown(self.run, OWNER, OWNER)
        self.audit = place.folder(name, "audit", mode=0o750, owner=OWNER)
        self.spool = place.folder(name, "spool", mode=0o700, owner=OWNER)
        self.etc = place.folder(name + "-etc")
        self.plugin_dir = place.folder(name + "-plugins")
        self.control = os.path.join(self.run, "control")
        self.port = free_port() if tcp else 0
        self.socket_path = socket_path or os.path.join(self.run, "milter")
        self.config = os.path.join(self.etc, "postern.conf")
        self.log = place.join(name + ".log")
        self.process = None
        installed = sorted(name[:-3] for name in os.listdir(prefix.plugins) if name.endswith(".so"))
        self.write_config([*installed, *plugins], settings or {}, extra)
        for path, text in (site_rules or {}).items():
            self.site_file(path, text)
        place.add(self)

    # What the MTA connects to, as Postern and as Postfix spell it.
    @property
    def socket(self):
        if self.port:
            return "inet:%d@127.0.0.1" % self.port
        return "unix:" + self.socket_path

    @property
    def postfix_milter(self):
        if self.port:
            return "inet:127.0.0.1:%d" % self.port
        return self.socket

    def site_file(self, path, text):
        path = os.path.join(self.etc, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def sections(self):
        return {
            "milter": {
                "socket": self.socket, "socket_mode": "0660",
                "socket_group": OWNER, "user": OWNER, "group": OWNER,
                "control_socket": self.control,
            },
            "direction": {
                "authenticated_outbound": True,
                "trusted_networks": [],
                "outbound_daemons": ["ORIGINATING"],
                "inbound_daemons": ["MX"],
                "authserv_ids": ["mx.postern.test"],
            },
            "rules": {"shipped": self.prefix.rules, "site": self.etc},
            "store": {"type": "sqlite",
                      "path": os.path.join(self.state, "store.db")},
            "audit": {"dir": self.audit},
            "extract": {"program": self.prefix.extract},
            "limits": {"spool_dir": self.spool},
        }

    def write_config(self, plugins, settings, extra):
        sections = self.sections()
        for name, values in settings.items():
            sections.setdefault(name, {}).update(values)
        lines = []
        for name, values in sections.items():
            lines += conf_section(name, values)
        for plugin in plugins:
            name, _, path = plugin.partition("=")
            lines += ['plugin "%s" {' % name,
                      '    path = "%s"' % (path or self.install_plugin(name)), "}"]
        with open(self.config, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n" + extra)

    def install_plugin(self, name):
        """A copy of its own, so that a test may replace it."""
        target = os.path.join(self.plugin_dir, name + ".so")
        shutil.copy(os.path.join(self.prefix.plugins, name + ".so"), target)
        return target

    def start(self, wait=True, env=None, wrap=()):
        self.process = spawn([*wrap, self.prefix.posternd, "--config", self.config],
                             self.log, env={**os.environ, **(env or {})})
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        def ready():
            if self.process.poll() is not None:
                raise HarnessError("posternd ended with %d:\n%s" %
                                   (self.process.returncode, self.log_tail()))
            return self.healthy()
        wait_for("posternd\n" + self.log_tail(), ready, seconds)

    def healthy(self):
        """Answers a milter option negotiation, so it is really there."""
        try:
            with self.connect() as peer:
                peer.sendall(b"\0\0\0\x0dO" + b"\0\0\0\x06" +
                             b"\0\0\x01\xff" + b"\0\x1f\xff\xff")
                return peer.recv(5)[4:5] == b"O"
        except OSError:
            return False

    def connect(self):
        if self.port:
            peer = socket.socket()
            target = ("127.0.0.1", self.port)
        else:
            peer = socket.socket(socket.AF_UNIX)
            target = self.socket.partition(":")[2]
        peer.settimeout(60)
        try:
            peer.connect(target)
        except OSError:
            peer.close()
            raise
        return peer

    def log_tail(self, lines=20):
        try:
            return "\n".join(read_text(self.log).splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"

    def worker(self):
        """Process id of the child that judges; the supervisor's without one."""
        path = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        children = [int(pid) for pid in read_text(path).split()
                    if not is_zombie(int(pid))]
        return children[0] if children else self.process.pid

    def cli(self, *arguments, check=None, timeout=60):
        """Runs postern; a CompletedProcess with text output."""
        done = subprocess.run([self.prefix.postern, "--config", self.config, *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=timeout, check=False)
        if check is not None and done.returncode not in (check, ):
            raise HarnessError("postern %s: exit %d\n%s%s" % (
                " ".join(arguments), done.returncode, done.stdout, done.stderr))
        return done

    def scan(self, *arguments):
        done = self.cli("scan", "--json", *arguments)
        if done.returncode not in (0, 1):
            raise HarnessError("postern scan: exit %d\n%s" %
                               (done.returncode, done.stderr))
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def events(self):
        """The audit log's events, in order."""
        found = []
        for name in sorted(os.listdir(self.audit)):
            if name.endswith(".jsonl"):
                with open(os.path.join(self.audit, name), "rb") as file:
                    for line in file:
                        if line.endswith(b"\n"):
                            found.append(json.loads(line))
        return found

    def kill(self, pid=None):
        """kill -9 of the supervisor (default) or another of its processes."""
        os.kill(pid or self.process.pid, signal.SIGKILL)

    def stop(self):
        end(self.process)
        self.process = None


class Postfix:
    """Two listeners: out_port for submissions, in_port for mail from outside."""

    KIND = "postfix"

    def __init__(self, place, milters, sink_port, settings=None, out_port=0,
                 non_smtpd=True, chroot=False, name="postfix"):
        self.root = os.path.join(MTA, "postfix")
        if not os.path.exists(os.path.join(self.root, "usr/lib/postfix/sbin/master")):
            raise HarnessError("no Postfix in %s: run contrib/deps test" % self.root)
        self.place, self.sink_port = place, sink_port
        self.milters = " ".join(milters)
        self.chroot = "y" if chroot else "n"
        self.etc = place.folder(name + "-etc")
        self.queue = place.folder(name + "-queue")
        self.data = place.folder(name + "-data", owner=OWNER)
        self.log = place.join(name + ".log")
        self.out_port, self.in_port = out_port or free_port(), free_port()
        self.process = None
        self.make_queue()
        self.write_main(settings or {}, non_smtpd)
        self.write_master()
        place.add(self)

    def make_queue(self):
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush",
                     "hold", "incoming", "private", "saved", "trace"):
            path = os.path.join(self.queue, name)
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o700)
            shutil.chown(path, OWNER)
        os.makedirs(os.path.join(self.queue, "pid"), exist_ok=True)
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            path = os.path.join(self.queue, name)
            os.makedirs(path, exist_ok=True)
            shutil.chown(path, OWNER, DROP)
            os.chmod(path, mode)

    @property
    def libraries(self):
        return os.path.join(self.root, "usr/lib/postfix")

    def write_main(self, settings, non_smtpd):
        relay = "smtp:[127.0.0.1]:%d" % self.sink_port
        values = {
            "compatibility_level": "3.6",
            "mail_owner": OWNER, "setgid_group": DROP, "default_privs": "nobody",
            "queue_directory": self.queue, "data_directory": self.data,
            "command_directory": os.path.join(self.root, "usr/sbin"),
            "daemon_directory": os.path.join(self.root, "usr/lib/postfix/sbin"),
            "shlib_directory": self.libraries, "meta_directory": self.etc,
            "maillog_file": self.log, "maillog_file_prefixes": self.place.path,
            # The programs find their libraries where they were unpacked.
            "import_environment": "MAIL_CONFIG=%s LD_LIBRARY_PATH=%s" %
                                  (self.etc, self.libraries),
            "export_environment": "TZ MAIL_CONFIG LD_LIBRARY_PATH",
            "myhostname": "mx.postern.test", "mydestination": "",
            "mynetworks": "127.0.0.0/8", "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4", "alias_maps": "", "alias_database": "",
            "local_recipient_maps": "", "local_transport": "error:no local mail",
            "default_transport": relay, "relay_transport": relay,
            "smtpd_recipient_restrictions": "permit_mynetworks, reject",
            "smtp_host_lookup": "native", "disable_dns_lookups": "yes",
            "smtpd_peername_lookup": "no",
            "smtpd_milters": self.milters,
            "non_smtpd_milters": self.milters if non_smtpd else "",
            "milter_default_action": "tempfail",
            "message_size_limit": "60000000", "mailbox_size_limit": "0",
            "smtpd_forbid_bare_newline": "yes",
            "smtpd_forbid_unauth_pipelining": "yes",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_error_sleep_time": "0", "smtpd_hard_error_limit": "1000",
            "smtpd_soft_error_limit": "1000",
        }
        values.update(settings)
        with open(os.path.join(self.etc, "main.cf"), "w", encoding="utf-8") as out:
            for key, value in values.items():
                if value is not None:
                    out.write("%s = %s\n" % (key, value))

    def write_master(self):
        services = ["pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup",
                    "qmgr unix n - n 300 1 qmgr", "rewrite unix - - n - - trivial-rewrite",
                    "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
                    "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify",
                    "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap",
                    "smtp unix - - n - - smtp", "relay unix - - n - - smtp",
                    "showq unix n - n - - showq", "error unix - - n - - error",
                    "retry unix - - n - - error", "discard unix - - n - - discard",
                    "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
                    "tlsmgr unix - - n 1000? 1 tlsmgr",
                    "postlog unix-dgram n - n - 1 postlogd"]
        for port, daemon in ((self.out_port, "ORIGINATING"), (self.in_port, "MX")):
            services.append("127.0.0.1:%d inet n - %s - - smtpd\n"
                            "  -o milter_macro_daemon_name=%s" % (port, self.chroot, daemon))
        with open(os.path.join(self.etc, "master.cf"), "w", encoding="utf-8") as out:
            out.write("\n".join(services) + "\n")

    def environment(self):
        return {**os.environ, "MAIL_CONFIG": self.etc,
                "LD_LIBRARY_PATH": self.libraries}

    def command(self, name, *arguments, **options):
        program = os.path.join(self.root, "usr/sbin", name)
        return subprocess.run([program, *arguments], env=self.environment(),
                              capture_output=True, check=False, timeout=60, **options)

    def start(self):
        master = os.path.join(self.root, "usr/lib/postfix/sbin/master")
        self.process = spawn([master, "-c", self.etc], self.place.join("postfix.out"),
                             env={**self.environment(), "MAIL_LOGTAG": "postfix"})
        wait_for("Postfix\n", lambda: self.alive() and port_open(self.out_port) and
                 port_open(self.in_port))
        return self

    def alive(self):
        if self.process.poll() is not None:
            raise HarnessError("Postfix ended:\n%s%s" % (
                read_text(self.place.join("postfix.out")), self.log_text()))
        return True

    def log_text(self):
        return read_text(self.log) if os.path.exists(self.log) else ""

    def listing(self):
        """The queue, as postqueue -j has it: one object for each message."""
        done = self.command("postqueue", "-j", text=True)
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def held(self):
        return [item for item in self.listing() if item["queue_name"] == "hold"]

    def waiting(self):
        return [item for item in self.listing() if item["queue_name"] != "hold"]

    def flush(self, seconds=30):
        """Until all that is not held has been delivered."""
        wait_for("Postfix's queue to drain", lambda: not self.waiting(), seconds, 0.1)

    def empty(self):
        self.command("postsuper", "-d", "ALL")

    def submit(self, sender, recipients, data):
        """Local submission by sendmail(1)."""
        return self.command("sendmail", "-i", "-f", sender, *recipients,
                            input=re.sub(rb"\r\n", b"\n", data))

    def stop(self):
        end(self.process)
        self.process = None


class Sendmail:
    """The same two listeners by a private sendmail."""

    KIND = "sendmail"

    def __init__(self, place, milters, sink_port, settings=None, timeouts=None,
                 name="sendmail"):
        self.root = os.path.join(MTA, "sendmail")
        self.program = os.path.join(self.root, "usr/libexec/sendmail/sendmail")
        if not os.path.exists(self.program):
            raise HarnessError("no sendmail in %s: run contrib/deps test" % self.root)
        self.place, self.sink_port = place, sink_port
        self.milters, self.timeouts = milters, timeouts or "S:30s;R:30s;E:1m"
        self.etc = place.folder(name + "-etc", mode=0o755)
        self.queue = place.folder(name + "-queue", mode=0o700)
        self.log = place.join(name + ".log")
        self.out_port, self.in_port = free_port(), free_port()
        self.process = None
        self.write_cf(settings or {})
        place.add(self)

    def write_cf(self, settings):
        cf = os.path.join(self.root, "usr/share/sendmail/cf")
        lines = [
            "divert(-1)", "divert(0)dnl", "VERSIONID(`postern test')",
            "OSTYPE(`linux')dnl", "FEATURE(`nouucp', `reject')dnl",
            "FEATURE(`nocanonify')dnl", "FEATURE(`promiscuous_relay')dnl",
            "FEATURE(`accept_unresolvable_domains')dnl",
            "FEATURE(`accept_unqualified_senders')dnl",
            "FEATURE(`no_default_msa')dnl",
            "undefine(`ALIAS_FILE')dnl",
            "define(`confDOMAIN_NAME', `mx.postern.test')dnl",
            "define(`confPID_FILE', `%s/pid')dnl" % self.etc,
            "define(`STATUS_FILE', `%s/statistics')dnl" % self.etc,
            "define(`HELP_FILE', `')dnl", "define(`QUEUE_DIR', `%s')dnl" % self.queue,
            "define(`confDONT_PROBE_INTERFACES', `True')dnl",
            "define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit,"
            "GroupWritableDirPathSafe')dnl",
            "define(`confTO_IDENT', `0')dnl", "define(`confDELIVERY_MODE', `i')dnl",
            "define(`confRUN_AS_USER', `root')dnl",
            "define(`confMILTER_LOG_LEVEL', `9')dnl",
            "define(`confBAD_RCPT_THROTTLE', `0')dnl",
            # A busy machine is not to make it refuse or queue; nobody is asked for names.
            "define(`confREFUSE_LA', `10000')dnl", "define(`confQUEUE_LA', `10000')dnl",
            "define(`confSERVICE_SWITCH_FILE', `%s/switch')dnl" % self.etc,
            "define(`SMART_HOST', `esmtp:[127.0.0.1]')dnl",
            "define(`ESMTP_MAILER_ARGS', `TCP $h %d')dnl" % self.sink_port,
            "define(`RELAY_MAILER_ARGS', `TCP $h %d')dnl" % self.sink_port,
        ]
        for port, daemon in ((self.out_port, "ORIGINATING"), (self.in_port, "MX")):
            lines.append("DAEMON_OPTIONS(`Family=inet, Addr=127.0.0.1, Port=%d, "
                         "Name=%s')dnl" % (port, daemon))
        for number, milter in enumerate(self.milters):
            lines.append("INPUT_MAIL_FILTER(`filter%d', `S=%s, F=T, T=%s')dnl" %
                         (number, milter, self.timeouts))
        lines += ["define(`%s', `%s')dnl" % pair for pair in settings.items()]
        lines += ["MAILER(`smtp')dnl", ""]
        source = os.path.join(self.etc, "sendmail.mc")
        with open(source, "w", encoding="utf-8") as out:
            out.write("\n".join(lines))
        done = subprocess.run(["m4", "-D_CF_DIR_=%s/" % cf, cf + "/m4/cf.m4", source],
                              capture_output=True, text=True, check=False, cwd=cf)
        if done.returncode or not done.stdout:
            raise HarnessError("m4: " + done.stderr)
        with open(os.path.join(self.etc, "sendmail.cf"), "w", encoding="utf-8") as out:
            out.write(done.stdout)
        with open(os.path.join(self.etc, "switch"), "w", encoding="utf-8") as out:
            out.write("hosts files\naliases files\n")
        for name in ("local-host-names", "trusted-users", "relay-domains"):
            open(os.path.join(self.etc, name), "w").close()

    def arguments(self, *more):
        return [self.program, "-C", os.path.join(self.etc, "sendmail.cf"),
                "-O", "LogLevel=9", *more]

    def environment(self):
        """Without a dot in the machine's name sendmail sleeps for a minute."""
        shim = os.path.join(self.etc, "hostname.so")
        if not os.path.exists(shim):
            code = ("#include <string.h>\nint gethostname(char *name, size_t size)"
                    "{ strncpy(name, \"mx.postern.test\", size); return 0; }\n")
            subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", shim, "-"],
                           input=code, text=True, check=True)
        return {**os.environ, "LD_PRELOAD": shim}

    def start(self):
        self.process = spawn(self.arguments("-bD", "-q1s"), self.log,
                             env=self.environment())
        wait_for("sendmail", lambda: self.alive() and port_open(self.out_port) and
                 port_open(self.in_port))
        return self

    def alive(self):
        if self.process.poll() is not None:
            raise HarnessError("sendmail ended:\n" + read_text(self.log))
        return True

    def log_text(self):
        return read_text(self.log)

    def held(self):
        """Quarantined messages: their queue files begin with hf."""
        return [name for name in os.listdir(self.queue) if name.startswith("hf")]

    def waiting(self):
        return [name for name in os.listdir(self.queue) if name[:2] in ("qf", "df")
                and not os.path.exists(os.path.join(self.queue, "hf" + name[2:]))]

    def flush(self, seconds=30):
        wait_for("sendmail's queue to drain", lambda: not self.waiting(), seconds, 0.1)

    def stop(self):
        end(self.process)
        self.process = None


def accounts_present():
    try:
        pwd.getpwnam(OWNER)
        grp.getgrnam(DROP)
        return True
    except KeyError:
        return False
