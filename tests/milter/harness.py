# SPDX-License-Identifier: BSD-2-Clause
"""A posternd of the build tree with a configuration of its own, for one test."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from milterclient import Closed, Milter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import schema  # noqa: E402

BUILD = os.environ.get('POSTERN_BUILD', os.getcwd())
DAEMON = os.path.join(BUILD, 'posternd')
PLUGIN = os.path.join(BUILD, 'tests/milter/.libs/daemontest.so')
RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../rules')
SELLER = '<seller@shop.example>'
BUYER = '<%032x@relay.walmart.com>'
HEADERS = [('From', 'seller@shop.example'), ('To', 'buyer@relay.walmart.com'), ('Subject', 'Your order'),
           ('MIME-Version', '1.0'), ('Content-Type', 'text/plain; charset=utf-8')]

CONFIG = '''
milter {
    socket = "%(socket)s"
    control_socket = "%(dir)s/control.sock"
    pid_file = "%(dir)s/posternd.pid"
    log_level = "debug"
    %(milter)s
}
direction { trusted_networks = { } }
%(extra)s
rules { shipped = "%(dir)s/shipped"  site = "%(dir)s/site" }
store { type = "%(store)s"  path = "%(dir)s/state/postern.db" }
audit { dir = "%(dir)s/state/audit" }
limits { spool_dir = "%(dir)s/spool"  %(limits)s }
plugin "daemontest" { path = "%(plugin)s" }
'''
MARKET = '''
marketplace "walmart" {
    title = "Walmart"
    domains = { "relay.walmart.com" }
    relay_domains = { "relay.walmart.com" }
    clock "inquiry" { kind = "wall"  hours = 48  since = "2022-03-18"  source = "test" }
    kind "buyer" { from = '@relay'  labels = { "Response-Needed" }  clock = "inquiry" }
}
'''
RULE = '''
rule "%(word)s" {
    plugin = "daemontest"
    direction = "%(direction)s"
    action = "%(action)s"
    word = "%(word)s"
    fd_file = "%(dir)s/fds"
    advice = "%(advice)s"
}
'''


def buyer(n=1):
    return BUYER % n


class Daemon:
    """Started by start(); all that it writes is below .dir."""

    def __init__(self, milter='', limits='', tcp=False, store='memory', args=(), advice='Leave it out.', extra='', rules='', lists=()):
        self.dir = tempfile.mkdtemp(prefix='postern-', dir='/tmp')
        os.chmod(self.dir, 0o755)
        self.args = list(args)
        if tcp:
            with socket.socket() as s:
                s.bind(('127.0.0.1', 0))
                self.address = ('127.0.0.1', s.getsockname()[1])
            self.socket = 'inet:%d@127.0.0.1' % self.address[1]
        else:
            self.address = os.path.join(self.dir, 'postern.sock')
            self.socket = 'unix:' + self.address
        self.plugin = os.path.join(self.dir, 'daemontest.so')
        shutil.copy(PLUGIN, self.plugin)
        os.chmod(self.plugin, 0o644)
        for name in ('shipped/marketplaces', 'shipped/outbound', 'shipped/inbound', 'site', 'spool'):
            os.makedirs(os.path.join(self.dir, name))
        self.config = os.path.join(self.dir, 'postern.conf')
        self.settings = {'dir': self.dir, 'socket': self.socket, 'milter': milter, 'limits': limits,
                         'plugin': self.plugin, 'store': store, 'extra': extra}
        self.write_config()
        self.write('shipped/marketplaces/walmart.conf', MARKET)
        for name in lists:
            os.makedirs(os.path.join(self.dir, 'shipped/lists'), exist_ok=True)
            shutil.copy(os.path.join(RULES, 'lists', name + '.tsv'), os.path.join(self.dir, 'shipped/lists'))
        if lists:
            shutil.copy(os.path.join(RULES, 'marketplaces/common.conf'), os.path.join(self.dir, 'shipped/marketplaces'))
        all_rules = ''
        for word, action, direction in (('forbidden-token', 'reject', 'outbound'), ('hold-token', 'hold', 'outbound'),
                                        ('tag-token', 'tag', 'outbound'), ('in-token', 'tag', 'inbound')):
            all_rules += RULE % {'word': word, 'action': action, 'direction': direction, 'dir': self.dir, 'advice': advice}
        self.write('site/rules.d/50-test.conf', all_rules + rules)
        self.process = None
        self.log_path = os.path.join(self.dir, 'log')

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)

    def write_config(self):
        self.write('postern.conf', CONFIG % self.settings)

    def start(self, wait=True, umask=0o022):
        def prepare():
            os.umask(umask)
        with open(self.log_path, 'a') as log:
            self.process = subprocess.Popen([DAEMON, '-c', self.config] + self.args, stderr=log, stdout=log,
                                            preexec_fn=prepare)
        if wait:
            self.wait_up()
        return self

    def wait_up(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError('posternd ended: ' + self.log())
            try:
                if self.control('ping').get('ok'):
                    return
            except (OSError, ValueError):
                time.sleep(0.02)
        raise AssertionError('posternd is not up: ' + self.log())

    def control(self, command, raw=None):
        with socket.socket(socket.AF_UNIX) as s:
            # A blocking connect waits for room in the listener's queue.
            s.connect(os.path.join(self.dir, 'control.sock'))
            s.settimeout(60)
            s.sendall(raw if raw is not None else json.dumps({'command': command}).encode() + b'\n')
            data = b''
            while not data.endswith(b'\n'):
                more = s.recv(65536)
                if not more:
                    break
                data += more
        return json.loads(data)

    def variant(self):
        """The sanitizer that posternd was built with, or ''."""
        with open(os.path.join(BUILD, 'config.h')) as f:
            found = re.search(r'#define POSTERN_SANITIZER "(.*)"', f.read())
        return found.group(1) if found else ''

    def status(self):
        return self.control('status')

    def worker_pid(self):
        return self.status()['worker_pid']

    def client(self, **kwargs):
        return Milter(self.address, **kwargs)

    def send(self, body, recipients=None, version=6, actions=None, steps=None, headers=None, **kwargs):
        with self.client() as m:
            m.open(version, actions, steps)
            return m.message(SELLER, recipients or [buyer()], HEADERS if headers is None else headers, body, **kwargs)

    def log(self):
        if not os.path.exists(self.log_path):
            return ''
        with open(self.log_path, errors='replace') as f:
            return f.read()

    def audit(self, event=None):
        records = []
        for path in sorted(glob.glob(os.path.join(self.dir, 'state/audit/audit-*.jsonl'))):
            # The last line may be half written.
            with open(path) as f:
                records += [json.loads(line) for line in f.read().split('\n')[:-1]]
        return [r for r in records if event is None or r['event'] == event]

    def stop(self, sig=signal.SIGTERM):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError('posternd did not stop: ' + self.log())

    def clean(self, crashes=False):
        """crashes: a sanitizer may have had reason to complain."""
        try:
            self.stop()
            if not crashes:
                check_log(self.log())
            schema.check_log(os.path.join(self.dir, 'state/audit'))
        finally:
            if not os.environ.get('POSTERN_KEEP'):
                shutil.rmtree(self.dir, ignore_errors=True)


class DaemonCase(unittest.TestCase):
    """One daemon for all tests of the class; settings in .daemon_settings."""
    daemon_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.d = Daemon(**cls.daemon_settings)
        cls.d.start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()


def check_log(log):
    """A sanitizer's report fails the test, whatever the answers were."""
    assert not re.search(r'(ERROR|WARNING): \w+Sanitizer', log) and 'runtime error:' not in log, log


def is_gone(pid):
    """Ended; also when nobody has asked yet how (where process 1 doesn't, it stays a zombie)."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


def wait_for(condition, seconds=60):
    """Whether it comes true; it ends as soon as it does, so a busy machine needs only patience."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if condition():
                return True
        except (OSError, ValueError, Closed):
            pass
        time.sleep(0.02)
    return False
