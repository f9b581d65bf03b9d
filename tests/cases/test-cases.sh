#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Judges all cases with the postern of the build directory, which is the working directory.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/site"
"$here/../built-config" "$dir" > "$dir/postern.conf"
# Whose word on a sender's authenticity counts, for the cases of incoming mail.
echo 'direction { authserv_ids = { "mx.bestgadgets.example" } }' >> "$dir/postern.conf"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/run" --postern ./postern --config "$dir/postern.conf"
