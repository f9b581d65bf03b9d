#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the milter tests against the posternd of the build directory, which is the working directory.
here=$(cd "$(dirname "$0")" && pwd)
POSTERN_BUILD=${POSTERN_BUILD:-$(pwd)}
# What is named there is in other programs' code; each has its reason.
TSAN_OPTIONS="suppressions=$here/../tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
# Memory of GLib from malloc(), which the sanitizers know.
G_SLICE=always-malloc
export POSTERN_BUILD TSAN_OPTIONS G_SLICE
# The system's own, which has the modules of the packages.
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3) || { echo "python3 is missing: the milter tests need it" >&2; exit 1; }
# Arguments as those of "unittest discover".
[ $# -eq 0 ] || set -- discover -s "$here" -p 'test_*.py' "$@"
PYTHONDONTWRITEBYTECODE=1 exec "$python" "$here/../run_classes.py" "$here" "$@"
