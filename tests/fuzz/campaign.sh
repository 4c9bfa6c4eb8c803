#!/usr/bin/env bash
# Runs fuzz targets one after the other and takes what they found over into the corpora.
#
#   tests/fuzz/campaign.sh RUNS SECONDS [TARGET...]     a target ends with whichever comes first; default: all targets
#
# BUILD_DIR  the build of preset `fuzz` (default: build/fuzz); missing programs are built
# LOG_DIR    one log per target (default: BUILD_DIR/fuzz-logs); what crashes a target lies there as TARGET-crash-...,
#            -leak-..., -timeout-..., -oom-...
# KEEP=1     leave tests/fuzz/corpus as it is
#
# A line per target: runs, seconds, runs per second, coverage (edges), files of the corpus, crashes. A target that
# crashed is not minimised: fix it, put the input into its corpus, run it again. Exit code 1 when any did.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C

INPUT_MAX=4096     # bytes
INPUT_SECONDS=10   # longer is a crash
MEMORY_MAX_MB=2048 # more is a crash

if [[ ! ${1:-} =~ ^[0-9]+$ || ! ${2:-} =~ ^[0-9]+$ ]]; then
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
	exit 2
fi
runs=$1
seconds=$2
shift 2
if [ $# -eq 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		set -- "$@" "$(basename "$source" .c)"
	done
fi
build=$(realpath -m "${BUILD_DIR:-build/fuzz}")
logs=$(realpath -m "${LOG_DIR:-$build/fuzz-logs}")
mkdir -p "$logs"
# Short stacks of allocations and little quarantine: a fifth faster, a tenth of the memory. Set it for more.
export ASAN_OPTIONS=${ASAN_OPTIONS:-malloc_context_size=1:quarantine_size_mb=4}
export UBSAN_OPTIONS=print_stacktrace=1

# number NAME LOG: one of libFuzzer's final statistics.
number() {
	sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

# The edges seen last.
coverage() {
	sed -nE 's/^#[0-9]+.* cov: ([0-9]+).*/\1/p' "$1" | tail -n 1
}

# Replaces a corpus by as few and small files as reach the same edges, from itself and from what was found.
minimise() {
	local target=$1 corpus=$2 found=$3 fresh
	fresh=$(mktemp -d)
	if "$build/tests/$target" -merge=1 -use_counters=0 -max_len="$INPUT_MAX" "$fresh" "$corpus" "$found" >"$logs/$target.merge.log" 2>&1 &&
		[ -n "$(ls -A "$fresh")" ]; then
		keep_names "$corpus" "$fresh"
	fi
	rm -rf "$fresh"
}

# A file whose content was there before keeps its name, and so does one that a person named.
keep_names() {
	local corpus=$1 fresh=$2 file sum
	for file in "$corpus"/*; do
		[ -f "$file" ] || continue
		sum=$(sha1sum <"$file" | cut -d' ' -f1)
		if [ -e "$fresh/$sum" ]; then
			rm "$fresh/$sum"
		elif [[ $(basename "$file") =~ ^[0-9a-f]{40}$ ]]; then
			rm "$file"
		fi
	done
	find "$fresh" -type f -exec mv -t "$corpus" {} +
}

campaign() {
	local target=$1 corpus=tests/fuzz/corpus/${1#fuzz_} found log began took crashes
	log=$logs/$target.log
	found=$(mktemp -d)
	began=$SECONDS
	"$build/tests/$target" -runs="$runs" -max_total_time="$seconds" -max_len="$INPUT_MAX" -timeout="$INPUT_SECONDS" \
		-rss_limit_mb="$MEMORY_MAX_MB" -print_final_stats=1 -artifact_prefix="$logs/$target-" \
		"$found" "$corpus" >"$log" 2>&1
	took=$((SECONDS - began))
	crashes=$(find "$logs" -name "$target-*-*" -newer "$build/campaign.begin" | wc -l)
	if [ "$crashes" -eq 0 ] && [ -z "${KEEP:-}" ]; then
		minimise "$target" "$corpus" "$found"
	fi
	rm -rf "$found"
	printf '%-20s %10s runs %6d s %8s runs/s %6s edges %5d files %3d crashes\n' "$target" \
		"$(number number_of_executed_units "$log")" "$took" "$(number average_exec_per_sec "$log")" \
		"$(coverage "$log")" "$(find "$corpus" -type f | wc -l)" "$crashes"
	[ "$crashes" -eq 0 ]
}

if ! { cmake --preset fuzz && cmake --build "$build" --target "$@"; } >"$logs/build.log"; then
	tail -n 20 "$logs/build.log"
	exit 2
fi
touch "$build/campaign.begin"
status=0
for target in "$@"; do
	campaign "$target" || status=1
done
exit $status
