#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""All of this folder but the soak, and a table of what was tried. usage: run.py [MESSAGES [SEED]]"""
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    """Exit status and output, which is shown as it comes."""
    lines = []
    with subprocess.Popen([sys.executable, str(HERE / command[0]), *command[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace') as process:
        for line in process.stdout:
            print(line, end='', flush=True)
            lines.append(line.rstrip())
    return process.returncode, lines


def main(argv):
    mail, seed = (argv + ['5000', '1'][len(argv) - 1:])[1:3]
    rows, bad = [], 0
    for command in (('malformed.py', mail, seed), ('faults.py', '100', seed), ('load.py',), ('crowd.py',), ('memory.py',)):
        begun = time.monotonic()
        code, lines = run(*command)
        said = [line for line in lines if line.startswith(('malformed mail:', 'faults survived:', 'load held:', 'crowds held:', 'memory:'))]
        rows.append('%-7s %s (%d s)' % ('ok' if code == 0 else 'FAILED', said[0] if said else command[0], time.monotonic() - begun))
        bad += code != 0
    print('\n' + '\n'.join(rows))
    print('%d passed, %d failed' % (len(rows) - bad, bad))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
