#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Plays the scenarios (all, or those that are named) with the programs of the build directory, which is the working directory.
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
# Memory of GLib from malloc(), which the sanitizers know.
G_SLICE=always-malloc
export G_SLICE
"$here/../built-config" "$dir" >"$dir/postern.conf" || exit 1
cp -r "$here/site" "$dir/site" || exit 1
[ $# -gt 0 ] || set -- "$here"/*.scn
tests/replay/replay "$dir/postern.conf" "$here" "$dir" "$@"
