# SPDX-License-Identifier: BSD-2-Clause
"""Receivers of audit events for test_export.py: of the test's own, rsyslogd and systemd-journald."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from harness import wait_for


class Stream:
    """Accepts connections at a path or a port and keeps what comes; one that hangs accepts and never reads."""

    def __init__(self, where, reads=True, buffer=0):
        self.where, self.reads = where, reads
        self.data = []  # of each connection
        self.connections = []
        self.lock = threading.Lock()
        if isinstance(where, tuple):
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            if os.path.exists(where):
                os.unlink(where)
            self.listener = socket.socket(socket.AF_UNIX)
        if buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.listener.bind(where)
        self.listener.listen()
        self.where = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(connection)
                self.data.append(b'')
                index = len(self.data) - 1
            if self.reads:
                threading.Thread(target=self.read, args=(connection, index), daemon=True).start()

    def read(self, connection, index):
        while True:
            try:
                piece = connection.recv(65536)
            except OSError:
                piece = b''
            if not piece:
                connection.close()
                return
            with self.lock:
                self.data[index] += piece

    def lines(self):
        """Whole lines of all connections; a rest that a connection's end cut off is none."""
        with self.lock:
            return [line for data in self.data for line in data.split(b'\n')[:-1]]

    def events(self):
        return [json.loads(line) for line in self.lines()]

    def frames(self):
        """Messages with octet counting."""
        found = []
        with self.lock:
            for data in self.data:
                while True:
                    number = re.match(rb'(\d+) ', data)
                    if not number or len(data) < number.end() + int(number.group(1)):
                        break
                    end = number.end() + int(number.group(1))
                    found.append(data[number.end():end])
                    data = data[end:]
        return found

    def close(self):
        """As a process that dies: what was not read is gone."""
        # Wakes accept() up, which close() alone does not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RD if not self.reads else socket.SHUT_RDWR)
                except OSError:
                    pass
                connection.close()
        if not isinstance(self.where, tuple):
            os.unlink(self.where)


class Datagrams:
    """A datagram socket that is read when it is asked."""

    def __init__(self, where, family=socket.AF_UNIX):
        self.where = where
        if family == socket.AF_UNIX and os.path.exists(where):
            os.unlink(where)
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(where)
        self.socket.setblocking(False)
        self.where = self.socket.getsockname()
        self.got = []

    def messages(self):
        while True:
            try:
                self.got.append(self.socket.recv(1 << 18))
            except BlockingIOError:
                return self.got

    def close(self):
        self.socket.close()


class Rsyslog:
    """A private rsyslogd with its own configuration; it writes what it understood as JSON lines."""

    def __init__(self, inputs):
        self.dir = tempfile.mkdtemp(prefix='postern-rsyslog-', dir='/tmp')
        self.out = os.path.join(self.dir, 'out')
        with open(os.path.join(self.dir, 'conf'), 'w') as f:
            f.write('''
global(workDirectory="%(dir)s" maxMessageSize="64k")
module(load="mmpstrucdata")
%(inputs)s
template(name="parsed" type="list" option.jsonf="on") {
    property(outname="pri" name="pri" format="jsonf")
    property(outname="severity" name="syslogseverity" format="jsonf")
    property(outname="facility" name="syslogfacility-text" format="jsonf")
    property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="app" name="app-name" format="jsonf")
    property(outname="procid" name="procid" format="jsonf")
    property(outname="msgid" name="msgid" format="jsonf")
    property(outname="sd" name="$!rfc5424-sd" format="jsonf")
    property(outname="raw" name="structured-data" format="jsonf")
    property(outname="protocol" name="protocol-version" format="jsonf")
    property(outname="msg" name="msg" format="jsonf")
}
ruleset(name="all") {
    action(type="mmpstrucdata")
    action(type="omfile" file="%(out)s" template="parsed")
}
''' % {'dir': self.dir, 'out': self.out, 'inputs': inputs.replace('DIR', self.dir)})
        self.process = None

    def start(self):
        with open(os.path.join(self.dir, 'log'), 'a') as log:
            self.process = subprocess.Popen(['rsyslogd', '-n', '-f', os.path.join(self.dir, 'conf'), '-i',
                                             os.path.join(self.dir, 'pid')], stdout=log, stderr=log)
        return self

    def log(self):
        with open(os.path.join(self.dir, 'log'), errors='replace') as f:
            return f.read()

    def events(self):
        if not os.path.exists(self.out):
            return []
        with open(self.out, 'rb') as f:
            events = [json.loads(line) for line in f.read().split(b'\n')[:-1]]
        # mmpstrucdata's own JSON, in a string.
        return [dict(e, sd=json.loads(e['sd']) if e['sd'] else {}) for e in events]

    def stop(self, sig=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(sig)
            self.process.wait(60)
        self.process = None

    def clean(self):
        self.stop()
        if not os.environ.get('POSTERN_KEEP'):
            shutil.rmtree(self.dir, ignore_errors=True)


JOURNALD = '/lib/systemd/systemd-journald'
# In a mount namespace of its own the journal's places are empty directories, and nothing of the machine's is touched.
PRIVATE = '''mount -t tmpfs none /run && mount -t tmpfs none /var/log && mkdir -p /run/systemd /run/log/journal &&
exec %s %s'''


class Journald:
    """A real systemd-journald in a mount namespace of its own; needs root."""
    NAMESPACE = 'postern-test'

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='postern-journald-', dir='/tmp')
        with open(os.path.join(self.dir, 'log'), 'a') as log:
            self.process = subprocess.Popen(['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                                             PRIVATE % (JOURNALD, self.NAMESPACE)], stdout=log, stderr=log)
        self.root = '/proc/%d/root' % self.process.pid
        self.socket = '%s/run/systemd/journal.%s/socket' % (self.root, self.NAMESPACE)

    @staticmethod
    def missing():
        if os.geteuid() != 0:
            return 'needs root'
        if not os.path.exists(JOURNALD) or not shutil.which('journalctl') or not shutil.which('unshare'):
            return 'systemd-journald, journalctl or unshare is missing'
        done = subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False)
        return 'no mount namespaces here' if done.returncode != 0 else None

    def wait(self):
        return wait_for(lambda: os.path.exists(self.socket))

    def log(self):
        with open(os.path.join(self.dir, 'log'), errors='replace') as f:
            return f.read()

    def events(self):
        out = []
        # Of a namespace's journal journalctl takes the directory itself, not the one above it.
        for path in glob.glob(os.path.join(self.root, '*/log/journal/*.' + self.NAMESPACE)):
            done = subprocess.run(['journalctl', '--directory', path, '--no-pager', '-o', 'json', '--all',
                                   'SYSLOG_IDENTIFIER=postern-audit'], capture_output=True, text=True, check=False)
            out += [json.loads(line) for line in done.stdout.splitlines()]
        return out

    def clean(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
