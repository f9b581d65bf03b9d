# SPDX-License-Identifier: BSD-2-Clause
"""
What the tests ask of every kind of store, asked of one whose events of other gateways came by a real Redis: the unit
tests of the store, and the scenarios as three gateways recorded them.
"""
import os
import re
import shutil
import subprocess
import tempfile

import case
import counted

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Conformance(case.Case):
    def run_with_redis(self, *command):
        """What it printed, and how many events went through Redis."""
        server = self.server("appendonly no")
        # Many small logs: in memory, if there is such a place.
        folder = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        done = subprocess.run(command, cwd=os.environ["POSTERN_BUILD"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=600, check=False,
                              env=dict(os.environ, POSTERN_SPREAD_REDIS=server.address, TMPDIR=folder))
        self.assertEqual(done.returncode, 0, done.stdout[-8000:])
        published = re.search(r"cmdstat_xadd:calls=(\d+)", server.cli("INFO", "commandstats"))
        self.assertIsNotNone(published, "nothing went through Redis")
        return done.stdout, int(published.group(1))

    def test_store(self):
        """tests/unit/store/test_desk, its kind "redis"."""
        text, published = self.run_with_redis("tests/unit/store/test_desk")
        passed = len(re.findall(r"\[ +OK +\] .*\(redis\)", text))
        self.assertGreater(passed, 20)
        counted.tell("ok      the store's unit tests through Redis: %d of kind redis passed, %d events" % (passed, published))

    def test_scenarios(self):
        text, published = self.run_with_redis(os.path.join(TESTS, "replay", "test-replay.sh"))
        line = next(line for line in text.splitlines() if "passed, 0 failed" in line)
        counted.tell("ok      scenarios as three gateways recorded them: %s, %d events" % (line, published))


if __name__ == "__main__":
    case.unittest.main()
