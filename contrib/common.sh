# SPDX-License-Identifier: BSD-2-Clause
# Read by contrib/demo and contrib/check: a copy of the sources to build in,
# so that nothing is written to the checkout outside its _build folders.
# Expects $source (the checkout).

# copy_source FOLDER: the checkout's own files, times kept.
copy_source() {
	mkdir -p "$1"
	if [ -e "$source/.git" ] && command -v git >/dev/null 2>&1; then
		(cd "$source" && git -c safe.directory='*' ls-files -co --exclude-standard |
		    while IFS= read -r file; do
			[ ! -e "$file" ] || printf '%s\n' "$file"
		    done | tar -cf - -T -) | tar -xf - -C "$1"
	else
		tar -cf - -C "$source" --exclude='./_build*' --exclude='*.o' \
		    --exclude='*.lo' --exclude='.libs' --exclude='config.status' . |
		    tar -xf - -C "$1"
	fi
	if [ ! -e "$1/configure" ] || [ "$1/configure.ac" -nt "$1/configure" ]; then
		(cd "$1" && autoreconf -fi)
	fi
}

processors() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}
