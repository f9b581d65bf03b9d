#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the tests of a folder, two classes at a time: they wait more than they work.

usage: run_classes.py FOLDER [ARGUMENT...]

With arguments, which are unittest's, one process. Lines that a test prints with "| " in front are shown, whatever became of it.
"""
import concurrent.futures
import functools
import os
import re
import subprocess
import sys
import unittest

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


def run_class(folder, name):
    try:
        done = subprocess.run([sys.executable, '-m', 'unittest', name], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace', timeout=SECONDS, check=False,
                              env=dict(os.environ, PYTHONDONTWRITEBYTECODE='1'))
        return name, done.returncode, done.stdout
    except subprocess.TimeoutExpired as e:
        return name, 1, '%s\n%s: took more than %d s\n' % (e.stdout, name, SECONDS)


def total(pattern, text):
    return sum(int(n) for n in re.findall(pattern, text))


def main(folder, *arguments):
    folder = os.path.abspath(folder)
    sys.path.insert(0, folder)
    if arguments:
        os.chdir(folder)
        return subprocess.call([sys.executable, '-m', 'unittest', *arguments])
    names = sorted(set(classes(unittest.defaultTestLoader.discover(folder, 'test_*.py'))))
    ran = bad = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        for name, code, text in pool.map(functools.partial(run_class, folder), names):
            print('%s: %s' % ('ok' if code == 0 else 'FAILED', name))
            print(''.join(re.findall(r'(?m)^\| .*\n', text)) if code == 0 else '', end='')
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
    sys.exit(main(*sys.argv[1:]))
