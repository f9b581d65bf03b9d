#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each allocation of "postern scan" fails in turn: an error or the same verdict, never a milder one, and no crash.

usage: memory.py [CALLS]      (how many of a scan's allocations, spread evenly; in the build directory)"""
import json
import os
import signal
import subprocess
import sys
import tempfile

from faults import CALLERS, STRICT
from gateway import BUILD, SOURCE, told
from preload import ONE, Faults

SAMPLES = ('03-html-link-base64', '08-english-above-spanish-quote', '35-program')


class Scan:
    def __init__(self, folder):
        self.folder, self.faults = folder, Faults(folder, CALLERS)
        os.mkdir(os.path.join(folder, 'site'))
        self.config = os.path.join(folder, 'postern.conf')
        with open(self.config, 'w') as f:
            f.write(subprocess.check_output([SOURCE / 'tests/built-config', folder], text=True, cwd=BUILD))

    def run(self, sample, nth):
        """What came of it, and its answer, with the nth allocation failing; nth above all of them counts."""
        self.faults.fail(1, nth=nth, malloc=0)
        done = subprocess.run([os.path.join(BUILD, 'postern'), 'scan', '--config', self.config, '--json', '--direction', 'out',
                               SOURCE / 'contrib/samples' / (sample + '.eml')], capture_output=True, check=False, cwd=BUILD,
                              env=dict(os.environ, **self.faults.env), timeout=120)
        calls = ONE.unpack_from(self.faults.map, self.faults.place('malloc'))[3]
        self.faults.stop()
        try:
            return done, json.loads(done.stdout.splitlines()[0]), calls
        except (ValueError, IndexError):
            return done, {}, calls


def judge(sample, nth, usual, done, answer):
    """What is wrong with an answer, or None."""
    if done.returncode < 0:
        return '%s, allocation %d: killed by %s' % (sample, nth, signal.Signals(-done.returncode).name)
    action = answer.get('action')
    if done.returncode == 2 and (done.stderr or answer.get('error')):
        return None
    if action is None or done.returncode not in (0, 1):
        return '%s, allocation %d: exit %d without a reason: %s' % (sample, nth, done.returncode, done.stderr)
    if STRICT[action] < STRICT[usual]:
        return '%s, allocation %d: %s instead of %s' % (sample, nth, action, usual)
    return None


def main(argv):
    share = int(argv[1]) if len(argv) > 1 else 100
    wrong, tried, refused = [], 0, 0
    with tempfile.TemporaryDirectory(prefix='postern-memory-') as folder:
        scan = Scan(folder)
        for sample in SAMPLES:
            _, usual, calls = scan.run(sample, 2**60)
            for nth in range(1, calls, max(1, calls // share)):
                done, answer, _ = scan.run(sample, nth)
                problem = judge(sample, nth, usual['action'], done, answer)
                wrong += [problem] if problem else []
                tried, refused = tried + 1, refused + (done.returncode == 2)
    print('memory: %d allocations of %d scans failed in turn, %d ended with an error' % (tried, len(SAMPLES), refused))
    return told(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
