#!/bin/bash
# Pods a second from `create` to the last phase, end to end: the real adapter, the sandbox's API server over TLS and its
# Mesos over HTTP on loopback, with tasks that end at once.
#
#     tests/bench/end_to_end.sh [PODS] [AGENTS]
#
# The sandbox shares the machine with the adapter and is not built for speed, so the rate is a lower bound for the
# adapter; its own CPU time and memory are what count.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD_DIR=${BUILD_DIR:-build/release}
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

pods=${1:-2000}
agents=${2:-100}

status_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status"; }
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / hz }' "/proc/$1/stat"; }
succeeded() { k get --raw '/api/v1/pods?fieldSelector=status.phase%3DSucceeded' | grep -o '"phase":"Succeeded"' | wc -l; }

# One List of pods, for one kubectl create.
manifest() {
	local i
	echo '{"apiVersion":"v1","kind":"List","items":['
	for ((i = 0; i < pods; i++)); do
		[ "$i" -eq 0 ] || echo ,
		cat <<-POD
			{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p$i","labels":{"app":"bench"}},"spec":{
			"schedulerName":"mesos","restartPolicy":"Never","automountServiceAccountToken":false,
			"tolerations":[{"key":"mesos.apache.org/agent","operator":"Exists"}],
			"containers":[{"name":"main","image":"busybox","command":["true"],
			"resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}}
		POD
	done
	echo ']}'
}

sandbox_start --instant --agents "$agents"
manifest >"$work/pods.json"
k create -f "$work/pods.json" >/dev/null
before=$(date +%s.%N)
adapter_start --log-level warn
until [ "$(succeeded)" -ge "$pods" ]; do
	adapter_runs
	sleep 0.2
done
after=$(date +%s.%N)
awk -v n="$pods" -v a="$agents" -v t="$(echo "$after - $before" | bc)" -v cpu="$(cpu_of "$adapter_pid")" \
	-v scpu="$(cpu_of "$sandbox_pid")" -v rss="$(status_of "$adapter_pid" VmHWM)" 'BEGIN {
	printf "%d pods on %d agents: %.1f s, %.0f pods/s\n", n, a, t, n / t
	printf "adapter: %.1f s of CPU, %.2f ms a pod, %.0f MB at most\n", cpu, 1000 * cpu / n, rss / 1024
	printf "sandbox, with the creation of the pods: %.1f s of CPU\n", scpu
}'
