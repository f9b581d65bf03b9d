# SPDX-License-Identifier: BSD-2-Clause
"""A posternd of the build tree with all shipped rules and plugins, and messages for it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / 'milter'))
from harness import BUILD, Daemon  # noqa: E402

CONFIG = '''
milter {
    socket = "unix:%(dir)s/postern.sock"
    control_socket = "%(dir)s/control.sock"
    pid_file = "%(dir)s/posternd.pid"
    %(milter)s
}
rules { shipped = "%(rules)s"  site = "%(dir)s/site" }
store { type = "%(store)s"  path = "%(dir)s/state/postern.db" }
audit { dir = "%(dir)s/state/audit"  rotate = 64K }
archive { enabled = yes  dir = "%(dir)s/state/archive" }
extract { program = "%(build)s/postern-extract" }
limits { spool_dir = "%(dir)s/spool"  %(limits)s }
'''
# Beyond it nobody answers any more: the deadline of one message with what a busy machine adds.
ANSWER_SECONDS = 120
# Problems that are told one by one.
TOLD_MAX = 40


class Gateway(Daemon):
    """As Daemon, which its methods are from, but with the shipped rules and a store on disk."""

    def __init__(self, milter='', limits='', store='sqlite', env=None):
        self.dir = tempfile.mkdtemp(prefix='postern-faults-', dir='/tmp')
        os.chmod(self.dir, 0o755)
        self.args, self.process, self.env = [], None, dict(os.environ, **(env or {}))
        self.address = os.path.join(self.dir, 'postern.sock')
        self.log_path = os.path.join(self.dir, 'log')
        self.config = os.path.join(self.dir, 'postern.conf')
        for name in ('site', 'spool', 'state'):
            os.makedirs(os.path.join(self.dir, name))
        built = subprocess.check_output([SOURCE / 'tests/built-config', self.dir], text=True, cwd=BUILD)
        plugins = [line for line in built.splitlines() if line.startswith('plugin ')]
        settings = {'dir': self.dir, 'rules': SOURCE / 'rules', 'build': BUILD, 'store': store, 'milter': milter,
                    'limits': limits}
        self.write('postern.conf', CONFIG % settings + '\n'.join(plugins) + '\n')

    def start(self, wait=True, umask=0o022):
        with open(self.log_path, 'a') as log:
            self.process = subprocess.Popen([os.path.join(BUILD, 'posternd'), '-c', self.config], stderr=log,
                                            stdout=log, env=self.env, umask=umask)
        if wait:
            self.wait_up()
        return self

    def numbers(self):
        """Memory in KiB, threads and open descriptors of the worker."""
        pid = self.worker_pid()
        with open('/proc/%d/status' % pid) as f:
            found = {line.split(':')[0]: int(line.split()[1]) for line in f if line.startswith(('VmRSS', 'Threads'))}
        return found['VmRSS'], found['Threads'], len(os.listdir('/proc/%d/fd' % pid))

    def recorded(self):
        """Verdict records by queue id; without memory there may be one without, of a message that got 451."""
        found = {}
        for record in self.audit('message'):
            found.setdefault(record.get('queue_id'), []).append(record)
        return found

    def postern(self, *args):
        return subprocess.run([os.path.join(BUILD, 'postern'), args[0], '--config', self.config, *args[1:]], check=False,
                              capture_output=True, text=True, timeout=300)

    def discard(self):
        if not os.environ.get('POSTERN_KEEP'):
            shutil.rmtree(self.dir, ignore_errors=True)


def told(wrong):
    """Prints what did not hold, as run.py and the reader want it; the exit status."""
    for problem in wrong[:TOLD_MAX]:
        print('FAILED: ' + problem)
    print('%d failed' % len(wrong))
    return 1 if wrong else 0


def read_env(path):
    """The envelope of a sample: direction, sender, recipients."""
    values = {'to': []}
    with open(path) as f:
        for line in f:
            key, _, value = line.rstrip('\n').partition('=')
            if key == 'to':
                values['to'].append(value)
            else:
                values[key] = value
    return values['direction'], values['from'], values['to']


def seeds(largest=100000):
    """(name, bytes, direction, sender, recipients) of the samples and the cases, in a fixed order."""
    found = []
    for path in sorted((SOURCE / 'contrib/samples').glob('*.eml')):
        found.append((path.name, path.read_bytes()) + read_env(path.with_suffix('.env')))
    relay = ['4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com']
    for path in sorted((SOURCE / 'tests/cases').glob('*.eml')):
        found.append((path.name, path.read_bytes(), 'out', 'care@bestgadgets.example', relay))
    return [seed for seed in found if len(seed[1]) <= largest]


def split(raw):
    """Header fields and body as a mail server hands them over: what is no field begins the body; no NUL in a field."""
    raw = raw.replace(b'\r\n', b'\n')
    fields = []
    while raw:
        line, _, rest = raw.partition(b'\n')
        if line == b'':
            return fields, rest.replace(b'\n', b'\r\n')
        if line[:1] in b' \t' and fields:
            fields[-1][1] += b'\n' + line
        elif re.match(rb'[!-9;-~]+[ \t]*:', line):
            name, _, value = line.partition(b':')
            fields.append([name.strip(), value[1:] if value[:1] == b' ' else value])
        else:
            break
        raw = rest
    return fields, raw.replace(b'\n', b'\r\n')


def hand_over(client, raw, direction, sender, recipients, queue_id):
    """The reply to a whole message."""
    fields, body = split(raw)
    headers = [(name.decode('ascii'), value.replace(b'\0', b'')) for name, value in fields]
    brackets = ['<%s>' % address for address in recipients]
    return client.message('<%s>' % sender, brackets, headers, body, auth='seller' if direction == 'out' else None,
                          queue_id=queue_id)
