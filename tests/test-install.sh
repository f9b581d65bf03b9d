#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What "make install" leaves is complete and works: run in the build directory, it installs below a folder of its own
# (DESTDIR) and looks there for each plugin, rule and list of the source tree; "postern check" and a scan of a PDF then
# use nothing else.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
umask 022
# Its flags would make this run another "check" where it was started with -j.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
"${MAKE:-make}" install DESTDIR="$dir/root" >"$dir/log" 2>&1 || { tail -n 30 "$dir/log"; exit 1; }

failed=0
fault() {
	echo "FAIL: $*"
	failed=1
}
# place FILE: the folder below root that has it.
place() {
	found=$(find "$dir/root" -type f -name "$1" | head -n 1)
	[ -n "$found" ] || { echo "FAIL: $1 is not installed" >&2; exit 1; }
	dirname "$found"
}
plugins=$(place links.so)
rules=$(dirname "$(place walmart.conf)")
programs=$(place postern-extract)
config=$(place postern.conf)/postern.conf

count=0
for built in plugins/*/.libs/*.so; do
	name=$(basename "$built" .so)
	count=$((count + 1))
	[ -f "$plugins/$name.so" ] || fault "plugin $name is not installed"
	grep -q "^plugin \"$name\"" "$config" || fault "the installed configuration does not load plugin $name"
	grep -q "\[$name\]\|plugins/.*$name\|(folder" "$source/plugins/README.md" || fault "plugins/README.md does not name $name"
done
[ "$count" -ge 20 ] || fault "only $count plugins were built"
for module in milter/extract/program/.libs/*.so; do
	[ -f "$programs/$(basename "$module")" ] || fault "$(basename "$module") is not installed"
done
for folder in marketplaces outbound inbound lists schema; do
	for file in "$source/rules/$folder"/*; do
		case $file in
		*/Makefile.inc|*/README.md) continue ;;
		esac
		cmp -s "$file" "$rules/$folder/$(basename "$file")" || fault "rules/$folder/$(basename "$file") is not installed"
	done
done

# The same configuration, with the places below root.
mkdir "$dir/site"
sed -e '/^rules {/,/^}/d' -e '/^extract {/,/^}/d' -e "s|path *= *\"[^\"]*/\([a-z]*\.so\)\"|path = \"$plugins/\1\"|" "$config" >"$dir/postern.conf"
cat >>"$dir/postern.conf" <<CONF
rules { shipped = "$rules" site = "$dir/site" }
extract { program = "$programs/postern-extract" }
CONF
postern=$(find "$dir/root" -type f -path "*/bin/postern")
"$postern" check --config "$dir/postern.conf" >"$dir/out" 2>&1 || fault "postern check: $(cat "$dir/out")"
grep -q 'rule tests hold' "$dir/out" || fault "no rule was tested: $(cat "$dir/out")"
"$postern" scan --config "$dir/postern.conf" --direction out "$source/tests/cases/att-10-pdf-text.eml" >"$dir/out" 2>&1 || true
grep -q MP-PROMO "$dir/out" || fault "the text of a PDF is not read: $(cat "$dir/out")"

# The unit: what it leaves open weighs 2.0 at most, and each point is explained in it.
unit=$(find "$dir/root" contrib -name postern.service | head -n 1)
if [ -n "$unit" ] && systemd-analyze security --offline=true --threshold=20 --json=short "$unit" >"$dir/unit" 2>"$dir/out"; then
	for point in $(sed 's/},{/}\n{/g' "$dir/unit" | sed -n '/"exposure":"/s/.*"json_field":"\([^"]*\)".*/\1/p'); do
		grep -q "^#.* $point=" "$unit" || fault "postern.service leaves $point open and does not say why"
	done
elif command -v systemd-analyze >/dev/null; then
	fault "systemd-analyze security: ${unit:-no unit}: $(cat "$dir/out" "$dir/unit")"
fi
# The AppArmor profile: for programs where they were installed, and well-formed.
profile=$(find "$dir/root" contrib -name usr.sbin.posternd | head -n 1)
if command -v apparmor_parser >/dev/null || [ -x /usr/sbin/apparmor_parser ]; then
	PATH=$PATH:/usr/sbin apparmor_parser -QK "$profile" >"$dir/out" 2>&1 || fault "apparmor_parser: $(cat "$dir/out")"
fi
for program in sbin/posternd postern-extract; do
	grep -q "/$program" "$profile" || fault "the AppArmor profile does not know $program"
done

[ "$failed" -eq 0 ] && echo "$count plugins, $(find "$rules" -type f | wc -l) files of rules"
exit "$failed"
