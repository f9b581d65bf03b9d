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
if [ $# -eq 0 ]; then
	# First what has to fail, each with its place and reason: a runner that lets all pass proves nothing.
	tests/replay/replay "$dir/postern.conf" "$here" "$dir" "$here"/broken/*.scn >"$dir/broken"
	for file in "$here"/broken/*.scn; do
		reason=$(sed -n '1s/^# fails: //p' "$file")
		[ -n "$reason" ] && [ "$(grep -cF "$reason" "$dir/broken")" -eq 2 ] && continue
		echo "FAIL $file:1: not said by both kinds of store: $reason"
		cat "$dir/broken"
		exit 1
	done
	set -- "$here"/*.scn
fi
REPLAY_EVENTS="$dir/events" tests/replay/replay "$dir/postern.conf" "$here" "$dir" "$@" || exit 1
# Whatever a scenario makes the desk and the engine record.
PYTHONDONTWRITEBYTECODE=1 python3 "$here/../schema.py" "$dir/events"
