#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: tests/bench/audit_verify.py [MEGABYTES [ROUNDS]]    (make bench-audit)

How long "postern audit verify" takes over a log, as a ratio to sha256sum over the same files in the same run. The
log is written once, with the public key given and without it, and read by all three in turns, each round in another
order; the files are in the page cache for all of them. Prints the median of each round's ratio, and the rounds.
"""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RECORD = 1400


def run(command):
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit("%s: exit status %d\n%s%s" % (command[0], done.returncode, done.stdout, done.stderr))
    return took


def measure(directory, rounds):
    log, files = os.path.join(directory, "audit"), sorted(glob.glob(os.path.join(directory, "audit/*.jsonl")))
    verify = ["./postern", "audit", "verify", "--dir", log]
    commands = {"sha256sum": ["sha256sum", *files], "with key": verify + ["--public-key", os.path.join(directory, "audit.pub")],
                "without key": verify}
    names, ratios = list(commands), {name: [] for name in commands}
    for command in commands.values():
        run(command)
    for n in range(rounds):
        took = {name: run(commands[name]) for name in names[n % 3:] + names[:n % 3]}
        for name in names:
            ratios[name].append(took[name] / took["sha256sum"])
    size = sum(os.path.getsize(name) for name in files)
    print("%d MB in %d files, %d rounds, ratio to sha256sum (median, each round):" % (size >> 20, len(files), rounds))
    for name in names[1:]:
        print("  verify %-12s %.2f   %s" % (name, statistics.median(ratios[name]), " ".join("%.2f" % r for r in ratios[name])))


def main(megabytes=256, rounds=9):
    directory = tempfile.mkdtemp(prefix="postern-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        run(["tests/bench/audit_log", directory, str((int(megabytes) << 20) // RECORD)])
        measure(directory, int(rounds))
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
