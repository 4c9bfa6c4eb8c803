#!/bin/sh
# repeats.sh SIMULATE: two runs of one seed have the same trace, however they end.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for seed in 1 2 3; do
	"$1" --seed $seed --trace >"$dir/first" 2>/dev/null || :
	"$1" --seed $seed --trace >"$dir/second" 2>/dev/null || :
	[ -s "$dir/first" ] || { echo "seed $seed has no trace"; exit 1; }
	cmp "$dir/first" "$dir/second" || { echo "seed $seed: two runs, two traces"; exit 1; }
done
