#!/usr/bin/env bash
# docs/limits.md lists every limit of the program, with the value that it has in the source.
#
#   check_limits.sh [TOP]     TOP: the repository (default: this one)
#
# A limit is a macro with a number whose name ends like those in `is_limit` below. A row of the page begins with
# | `NAME` | `file` | value |, where the value may have thousands separators and a unit (KiB, MiB, ms, s, min, h, d).
# Every limit must have its row, and every row its macro, with an equal value.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
export LC_ALL=C

# "file NAME expression" of every macro without parameters that begins with a number, a bracket or another macro.
macros() {
	awk '
		function define(line, name) {
			sub(/^#define[ \t]+/, "", line)
			sub(/[ \t]*\/\*.*$/, "", line)
			if (match(line, /^[A-Z][A-Z0-9_]*[ \t]+/)) {
				name = substr(line, 1, RLENGTH)
				sub(/[ \t]+$/, "", name)
				line = substr(line, RLENGTH + 1)
				if (line ~ /^[0-9(A-Z]/ && line !~ /["{;]/) print FILENAME, name, line
			}
		}
		FNR == 1 { joined = "" }
		/\\$/ && (joined != "" || /^#define/) { sub(/\\$/, " "); joined = joined $0; next }
		joined != "" { define(joined $0); joined = ""; next }
		/^#define/ { define($0) }
	' base/*.[ch] kube/*.[ch] mesos/*.[ch] translate/*.[ch] adapter/*.[ch]
}

is_limit='_(MAX|MAX_MS|MAX_S|MAX_BYTES|MAX_MILLI|TIMEOUT_MS|LIFETIME_S|IN_FLIGHT|WAITING|PER_HOST|HEARTBEATS_MISSED|PER_QUESTION|PER_NODE|ATTEMPTS)$'

declare -A macro row # by "file NAME"

# Sets `number` out of a C expression that may name other macros of the same file, or of any header.
value_of() {
	local file=$1 x=$2 depth=$3 name key
	for key in size_t int64_t uint64_t int; do
		x=${x//"($key)"/}
	done
	while [[ $x =~ ^(.*[0-9])[uUlL]+(.*)$ ]]; do
		x=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
	done
	while [[ $x =~ ([A-Z][A-Z0-9_]+) ]] && [ "$depth" -lt 5 ]; do
		name=${BASH_REMATCH[1]}
		key="$file $name"
		[ -n "${macro[$key]:-}" ] || key=${header[$name]:-}
		[ -n "$key" ] || return 1
		value_of "$file" "${macro[$key]}" $((depth + 1)) || return 1
		x=${x//$name/($number)}
	done
	[[ $x =~ ^([0-9]+)\.0*$ ]] && x=${BASH_REMATCH[1]}
	[[ $x =~ ^[-+*/\<\>()0-9\ ]+$ ]] || return 1
	number=$((x))
}

# Sets `number` out of "64 MiB", "1,000,000", "10 s" (in the unit of the macro's name) or "2^53".
number_of() {
	local name=$1 text=${2//,/} per=1 times=1
	[[ $name == *_MS ]] && per=1000
	[[ $text =~ ^(2\^)?([0-9]+)( ([A-Za-z]+))?$ ]] || return 1
	number=${BASH_REMATCH[2]}
	[ -z "${BASH_REMATCH[1]}" ] || number=$((2 ** number))
	case ${BASH_REMATCH[4]} in
	'' | ms) ;;
	KiB) times=1024 ;;
	MiB) times=$((1024 * 1024)) ;;
	s) times=$per ;;
	min) times=$((per * 60)) ;;
	h) times=$((per * 3600)) ;;
	d) times=$((per * 86400)) ;;
	*) return 1 ;;
	esac
	number=$((number * times))
}

bad=0
complain() {
	echo "docs/limits.md: $1"
	bad=$((bad + 1))
}

declare -A header # NAME to the "file NAME" of a header
order=()
while read -r file name expression; do
	macro[$file $name]=$expression
	order+=("$file $name")
	[[ $file == *.h ]] && header[$name]="$file $name"
done < <(macros)
while IFS='|' read -r _ name file said _; do
	[[ $name =~ \`([A-Z][A-Z0-9_]*)\` ]] || continue
	name=${BASH_REMATCH[1]}
	[[ $file =~ \`([^\`]*)\` ]] || continue
	said=${said# }
	row[${BASH_REMATCH[1]} $name]=${said% }
done <docs/limits.md

for key in "${order[@]}"; do
	name=${key#* }
	if [ -z "${row[$key]:-}" ]; then
		[[ $name =~ $is_limit ]] && complain "$name of ${key% *} (${macro[$key]}) is not listed"
		continue
	fi
	is=unreadable said=unreadable
	value_of "${key% *}" "${macro[$key]}" 0 && is=$number
	number_of "$name" "${row[$key]}" && said=$number
	if [ "$is" = unreadable ] || [ "$is" != "$said" ]; then
		complain "$name of ${key% *} is $is (${macro[$key]}), not $said (${row[$key]})"
	fi
done
for key in "${!row[@]}"; do
	[ -n "${macro[$key]:-}" ] || complain "${key% *} has no ${key#* }"
done
count=${#row[@]}
echo "$count limits are listed, $bad complaints"
[ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
