#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the header and postern.pc into an empty place and builds the template there, outside of the tree.
set -eu
top=${top_srcdir:-$(dirname "$0")/../..}
top=$(cd "$top" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/include/postern" "$work/pkgconfig"
cp "$top/plugins/include/postern/plugin.h" "$work/include/postern/"
sed -e "s|@includedir@|$work/include|" -e "s|@plugindir@|$work/plugins|" -e 's|@PACKAGE_VERSION@|0|' \
	-e '/@/d' "$top/postern.pc.in" >"$work/pkgconfig/postern.pc"
cp -r "$top/plugins/template" "$work/mine"
chmod -R u+w "$work/mine"
cd "$work/mine"
PKG_CONFIG_PATH=$work/pkgconfig
export PKG_CONFIG_PATH
make -s check CFLAGS="-O1 -Wall -Wextra -Wpedantic -Werror"
make -s install CFLAGS="-O1 -Wall -Wextra -Wpedantic -Werror"
# It exports the one name, and needs nobody but the C library.
nm -D --defined-only "$work/plugins/example.so" | grep -q ' postern_plugin$'
! nm -D --undefined-only "$work/plugins/example.so" | grep -i postern
