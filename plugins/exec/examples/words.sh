#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One word that must not be written, as argument: words.sh guarantee. See postern-exec(7).
# A word of letters and digits stands in the encoded text as it is: nothing is decoded here.
LC_ALL=C
word=$1
found=
while IFS= read -r line && [ "$line" != 'config|ready' ]; do :; done
printf 'register|protocol|1\nregister|report|text\nregister|ready\n'
# At most a hundred findings are taken.
while IFS='|' read -r type number report index segment media text; do
	case $type in
	report)
		case $report/$segment in
		text/subject | text/new) ;;
		*) continue ;;
		esac
		case $text in
		*"$word"*) found=${found:-$index} ;;
		esac
		;;
	judge)
		[ -z "$found" ] || printf 'finding|%s|MP-EXEC|text|%s|80|%s|Say it without this word.\n' "$number" "$found" "$word"
		printf 'result|%s|ok\n' "$number"
		found=
		;;
	esac
done
