#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the milter tests against the posternd of the build directory, which is the working directory.
here=$(cd "$(dirname "$0")" && pwd)
POSTERN_BUILD=${POSTERN_BUILD:-$(pwd)}
export POSTERN_BUILD
command -v python3 >/dev/null || { echo "python3 is missing: the milter tests need it" >&2; exit 1; }
PYTHONDONTWRITEBYTECODE=1 exec python3 -m unittest discover -s "$here" -p 'test_*.py' "$@"
