#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The response rate of 500 events at five moments: by the library, and by a script that goes another way.
set -eu
here=${srcdir:-.}/tests/unit/desk
command -v python3 >/dev/null || { echo "python3 is missing: the rate is compared with a script's" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

day=86400
# 1 October, 1 November and 1 December 2026, 22 December; 14, 30, 60 and 90 days, and everything.
moments="1790812800/$((14 * day)) 1793491200/$((30 * day)) 1796083200/$((60 * day)) 1797897600/$((90 * day)) 1800000000/$((400 * day))"
# As well every six hours, so that each kind of event was at some time the last one.
moment=1788220800
while [ "$moment" -lt 1800000000 ]; do
	moments="$moments $moment/$((14 * day))"
	moment=$((moment + 21600))
done

# And at the due seconds of some, and the second after.
moments="$moments $(awk -F '\t' '$2 == "inquiry" && ++n % 3 == 0 { printf "%d/86400 %d/86400 ", $4, $4 + 1 }' "$here/rate-events.tsv")"

PYTHONDONTWRITEBYTECODE=1 python3 "$here/make-rate-events.py" >"$dir/events.tsv"
cmp "$dir/events.tsv" "$here/rate-events.tsv"
[ "$(wc -l <"$here/rate-events.tsv")" -eq 500 ]
# shellcheck disable=SC2086
PYTHONDONTWRITEBYTECODE=1 python3 "$here/rate-oracle.py" "$here/rate-events.tsv" $moments >"$dir/oracle"
# shellcheck disable=SC2086
tests/unit/desk/rate_of "$here/rate-events.tsv" $moments >"$dir/library"
diff "$dir/oracle" "$dir/library"
# And both did not change together.
head -n 5 "$dir/oracle" | diff "$here/rate-expected.txt" -
