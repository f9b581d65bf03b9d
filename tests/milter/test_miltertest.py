# SPDX-License-Identifier: BSD-2-Clause
"""The scripts of miltertest/: another project's idea of an MTA, against a posternd with the shipped rules."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'faults'))
from gateway import Gateway  # noqa: E402
from harness import wait_for  # noqa: E402

# What is recorded of each script's messages, by queue id.
RECORDED = {
    'stages': {'STAGES1': 'pass'},
    'awaited': {'AWAITED1': 'reject'},
    'actions': {'ACTIONS1': 'reject', 'ACTIONS2': 'hold', 'ACTIONS3': 'pass'},
    'unconcerned': {'UNCONCERNED2': 'reject'},
    'several': {'SEVERAL1': 'reject', 'SEVERAL2': 'pass', 'SEVERAL3': 'reject', **{'AFTER%d' % n: 'pass' for n in range(1, 7)}},
    'hangup': {'HANGUP1': 'reject'},
    'families': {'FAMILY%d' % n: 'reject' for n in range(1, 5)},
    'versions': {**{'V%d%s' % (version, what): action for version in (2, 3, 4, 6)
                    for what, action in (('A', 'reject'), ('B', 'pass'), ('C', 'hold'))},
                 # Without SMFIF_QUARANTINE (4 of these sets) what would be held is refused.
                 **{'A%d%s' % (offered, what): action for offered in range(1, 8)
                    for what, action in (('A', 'reject'), ('B', 'pass'), ('C', 'hold' if offered & 4 else 'reject'))}},
    'chunks': {'BYTES1': 'reject', 'PIECES1': 'reject'},
}


@unittest.skipIf(shutil.which('miltertest') is None, 'miltertest is not installed')
class Scripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Gateway(store='memory').start()

    @classmethod
    def tearDownClass(cls):
        cls.d.clean()

    def run_script(self, name):
        folder = os.path.join(HERE, 'miltertest')
        done = subprocess.run(['miltertest', '-D', 'SOCKET=unix:' + self.d.address, '-D', 'HERE=' + folder,
                               '-D', 'SCRIPT=%s.lua' % name, '-s', os.path.join(folder, 'steps.lua')],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        self.assertTrue(wait_for(lambda: self.d.status()['transactions']['live'] == 0))
        self.assertEqual(self.d.status()['restarts'], 0)
        recorded = {queue_id: [r['action'] for r in records] for queue_id, records in self.d.recorded().items()}
        for queue_id, action in RECORDED[name].items():
            self.assertEqual(recorded.get(queue_id), [action], queue_id)

    def test_every_script_runs(self):
        """A script that nobody runs shows nothing."""
        found = {f[:-4] for f in os.listdir(os.path.join(HERE, 'miltertest')) if f.endswith('.lua')} - {'steps'}
        self.assertEqual(found, set(RECORDED))


for script in RECORDED:
    setattr(Scripts, 'test_' + script, lambda self, name=script: self.run_script(name))
