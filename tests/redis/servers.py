# SPDX-License-Identifier: BSD-2-Clause
"""Redis servers, Sentinels and a Cluster on loopback, each in a temporary folder of its own, and the test client."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

WAIT = 60  # seconds, for what should take one or two; a Sentinel that a busy machine held up does nothing for 30


def program(name):
    """redis-server or redis-sentinel: Debian's redis-tools has them as one program, told apart by its name."""
    found = shutil.which(name) or shutil.which("redis-check-rdb")
    if found is None:
        raise RuntimeError("%s is missing: run contrib/deps test (package redis-tools)" % name)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, seconds=WAIT):
    """What condition gives once that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("%s: not within %d s" % (what, seconds))
        time.sleep(0.05)


class Server:
    """One process. Arguments are redis.conf's, as a list of words."""

    def __init__(self, *config, port=None, sentinel=False, password=None):
        self.port = port or free_port()
        self.password, self.user = password, None
        self.sentinel = sentinel
        self.folder = tempfile.mkdtemp(prefix="postern-redis.")
        self.config = os.path.join(self.folder, "redis.conf")
        lines = ["port %d" % self.port, "bind 127.0.0.1", "dir " + self.folder, "daemonize no", "save \"\"",
                 "logfile " + os.path.join(self.folder, "log")]
        if sentinel:
            lines.remove("save \"\"")
        if password:
            lines.append("requirepass " + password)
            lines.append("masterauth " + password) if not sentinel else None
        with open(self.config, "w", encoding="ascii") as file:
            file.write("\n".join(lines + list(config)) + "\n")
        self.process = None
        self.start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def start(self):
        name = "redis-sentinel" if self.sentinel else "redis-server"
        self.process = subprocess.Popen([name, self.config], executable=program(name),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("start of " + self.address, self.alive)

    def alive(self):
        if self.process.poll() is not None:
            raise AssertionError("%s ended: %s" % (self.address, self.log()[-2000:]))
        answer = self.cli("PING", check=False)
        return "PONG" in answer or "NOAUTH" in answer or "MASTERDOWN" in answer or "LOADING" in answer

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def cli(self, *words, check=True):
        command = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port)]
        if self.password:
            command += ["--no-auth-warning", "-a", self.password] + (["--user", self.user] if self.user else [])
        done = subprocess.run(command + [str(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=WAIT, check=False)
        text = done.stdout.decode("utf-8", "replace").strip()
        if check and (done.returncode != 0 or text.startswith(("ERR", "(error)"))):
            raise AssertionError("%s: %s: %s" % (self.address, " ".join(map(str, words)), text))
        return text

    def info(self, name):
        """Nothing as long as the server is busy with becoming something else."""
        for line in self.cli("INFO", check=False).splitlines():
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
        return ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()  # also when it is stopped
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Slow:
    """A way to a server on which each answer takes .seconds longer."""

    def __init__(self, server):
        self.server, self.seconds = server, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.server.port))
            except OSError:
                return
            for source, target, delayed in ((near, far, False), (far, near, True)):
                threading.Thread(target=self.pass_on, args=(source, target, delayed), daemon=True).start()

    def pass_on(self, source, target, delayed):
        try:
            data = source.recv(65536)
            while data:
                time.sleep(self.seconds if delayed else 0)
                target.sendall(data)
                data = source.recv(65536)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        source.close()  # the other thread closes the other one

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Client:
    """tests/redis/client of the build."""

    def __init__(self, mode, *servers, **options):
        path = os.environ.get("POSTERN_REDIS_CLIENT")
        if not path:
            raise RuntimeError("POSTERN_REDIS_CLIENT is not set: run it with \"make check-redis\"")
        words = ["%s=%s" % item for item in options.items()]
        self.process = subprocess.Popen([path, mode, ",".join(servers)] + words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def send(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the client ended with %s" % self.process.wait())
        return json.loads(line)

    def ask(self, *words):
        self.send(*words)
        return self.receive()

    def command(self, *words, key="-", ms=3000):
        return self.ask("cmd", key, ms, *words)

    def script(self, name, *words, key="k", ms=3000):
        return self.ask("script", key, ms, name, *words)

    def status(self):
        return self.ask("status")

    def close(self):
        """Ends it; sanitizers speak up by its status."""
        self.process.stdin.close()
        try:
            status = self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        if status != 0:
            raise AssertionError("the client ended with status %d" % status)
