#!/usr/bin/env bash
# Every test that docs/failure-model.md names exists, and every line of its tables names one or says that there is none.
#
#   check_failures.sh [TOP]     TOP: the repository (default: this one)
#
# In the last column a path in `backticks` is followed by what is in it: tests of cmocka, functions of a script, faults of
# the simulation.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

page=docs/failure-model.md
bad=0
named=0

complain() {
	echo "$page: $1"
	bad=$((bad + 1))
}

exists() {
	case $1 in
	*.sh) grep -Eq "^$2\(\) \{" "$1" ;;
	*.h) grep -Eq "^\s$2," "$1" ;;
	*) grep -Eq "^static void $2\(void \*\*state\)" "$1" && [ "$(grep -cw "$2" "$1")" -ge 2 ] ;;
	esac
}

check_row() {
	local what=$1 shown=$2 word file=
	while IFS= read -r word; do
		if [[ $word == */* ]]; then
			file=$word
			[ -f "$file" ] || complain "$what: there is no $file"
		elif [ -z "$file" ]; then
			complain "$what: $word is in no file"
		else
			named=$((named + 1))
			exists "$file" "$word" || complain "$what: $file has no $word"
		fi
	done < <(grep -oE '`[^` ]+`' <<<"$shown" | tr -d '`')
	[ -n "$file" ] || [[ $shown == *"not tested"* ]] || complain "$what: no test is named, and it does not say so"
}

while IFS='|' read -r _ what _ _ shown; do
	[[ $what == *---* || $what == " what fails " || -z $shown ]] || check_row "${what# }" "$shown"
done < <(grep '^|' "$page")
echo "$named tests are named, $bad complaints"
[ "$bad" -eq 0 ] && [ "$named" -gt 0 ]
