#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""All of this folder but the soak, and a table of what was tried. usage: run.py [MESSAGES [SEED]]

With fewer than 5,000 messages the rest is shortened in proportion, too."""
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
WHOLE = 5000


def run(*command):
    """Exit status and output, which is shown as it comes."""
    lines = []
    with subprocess.Popen([sys.executable, str(HERE / command[0]), *command[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace') as process:
        for line in process.stdout:
            print(line, end='', flush=True)
            lines.append(line.rstrip())
    return process.returncode, lines


def value(lines, key):
    """What stands behind "key: ", or ""."""
    found = [line[len(key) + 2:] for line in lines if line.startswith(key + ': ')]
    return found[0] if found else ''


def main(argv):
    mail, seed = (argv + ['5000', '1'][len(argv) - 1:])[1:3]
    share = min(1, int(mail) / WHOLE)
    rows, bad, accepted = [], 0, 0
    for key, *command in (('malformed mail', 'malformed.py', mail, seed), ('faults survived', 'faults.py', '%d' % max(20, 100 * share), seed),
                          ('load held', 'load.py', '%d' % max(16, 64 * share)), ('stalled peers', 'stalled.py'),
                          ('crowds held', 'crowd.py', '%d' % max(20, 100 * share)),
                          ('memory', 'memory.py', '%d' % max(20, 100 * share))):
        begun = time.monotonic()
        code, lines = run(*command)
        rows.append('%-6s  %-15s  %3d s  %s' % ('ok' if code == 0 else 'FAILED', key, time.monotonic() - begun, value(lines, key)))
        bad += code != 0
        accepted += int(value(lines, 'accepted') or 0)
    rows.append('%-6s  %-15s         %s' % ('FAILED' if bad else 'ok', 'nothing lost', '%d messages were accepted or held%s' % (
        accepted, '' if bad else ', and each has its record')))
    print('\n' + '\n'.join(rows))
    print('%d passed, %d failed' % (len(rows) - 1 - bad, bad))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
