#!/usr/bin/env bash
# What the kubelet port carries: one large file by `kubectl cp` into a container and out again, and many sessions of exec
# at a time, with the memory that the adapter and the sandbox's API server take for it.
#
#     tests/bench/streams.sh [MIB] [SESSIONS]
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD_DIR=${BUILD_DIR:-build/release}
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
# shellcheck source=tests/e2e/lib_streams.sh
. tests/e2e/lib_streams.sh
# shellcheck source=tools/debian.sh
. tools/debian.sh

mib=${1:-1024}
sessions=${2:-200}

cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$1/stat"; }

# timed WHAT COMMAND...
timed() {
	local what=$1 began cpu
	shift
	forget_peaks
	began=$(date +%s.%N)
	cpu=$(cpu_of "$adapter_pid")
	"$@"
	echo "$what: $(echo "$(date +%s.%N) - $began" | bc) s, $(echo "$(cpu_of "$adapter_pid") - $cpu" | bc) s of CPU; $(growth)"
}

debian_node tests/e2e/js
sandbox_start --agents 1
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt" --log-level warn
pod talker sleep 100000 >/dev/null
eventually "a pod runs" phase_is talker Running
head -c $((mib << 20)) /dev/urandom >"$work/big"
timed "$mib MiB into the container" k cp "$work/big" "talker:$work/copied"
cmp "$work/big" "$work/copied"
rm "$work/big"
timed "$mib MiB out of it" k cp "talker:$work/copied" "$work/back"
cmp "$work/copied" "$work/back"
timed "$sessions sessions" node tests/e2e/js/parallel.mjs "$work/state/kubeconfig" talker "$sessions"
