#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the milter tests, two classes at a time: they wait more than they work. Arguments: as unittest's, one process."""
import concurrent.futures
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROCESSES = 2
# Ended when it runs longer; far beyond what a slow machine with a sanitizer needs.
SECONDS = 900


def classes(suite):
    """Names of the test classes, as module.Class."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from classes(test)
        else:
            yield '.'.join(test.id().split('.')[:2])


def run_class(name):
    try:
        done = subprocess.run([sys.executable, '-m', 'unittest', name], cwd=HERE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace', timeout=SECONDS, check=False,
                              env=dict(os.environ, PYTHONDONTWRITEBYTECODE='1'))
        return name, done.returncode, done.stdout
    except subprocess.TimeoutExpired as e:
        return name, 1, '%s\n%s: took more than %d s\n' % (e.stdout, name, SECONDS)


def total(pattern, text):
    return sum(int(n) for n in re.findall(pattern, text))


def main():
    sys.path.insert(0, HERE)
    if len(sys.argv) > 1:
        os.chdir(HERE)
        return subprocess.call([sys.executable, '-m', 'unittest', 'discover', '-s', HERE, '-p', 'test_*.py'] + sys.argv[1:])
    names = sorted(set(classes(unittest.defaultTestLoader.discover(HERE, 'test_*.py'))))
    ran = bad = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        for name, code, text in pool.map(run_class, names):
            print('%s: %s' % ('ok' if code == 0 else 'FAILED', name))
            ran += total(r'(?m)^Ran (\d+) tests? in', text)
            skipped += total(r'skipped=(\d+)', text)
            failed += total(r'(?:failures|errors)=(\d+)', text)
            if code != 0 or 'skipped=' in text:
                # Not its summary: the counts stand below, once.
                print(re.sub(r'(?m)^(Ran \d+ tests? in|OK|FAILED).*\n', '', text))
            bad += code != 0
    print('Ran %d tests in %d classes' % (ran, len(names)))
    if bad:
        print('FAILED (failures=%d, skipped=%d)' % (max(failed, bad), skipped))
    else:
        print('OK (skipped=%d)' % skipped)
    return 1 if bad or ran == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
