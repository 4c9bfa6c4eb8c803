#!/usr/bin/env bash
# Metrics and health over HTTP: what is served, when the adapter says that it is ready, and what a wrong address gives.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ask() {
	curl -sS -m 5 -o "$work/answer" -w '%{http_code} %{content_type}\n' "http://$address/$1"
	cat "$work/answer"
}

# value METRIC: of the series that is written exactly so.
value() {
	curl -sSf -m 5 "http://$address/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

served() {
	address=127.0.0.1:$(sed -nE 's/.*metrics and health are served.* port=([0-9]+).*/\1/p' "$work/adapter.log" | tail -n 1)
	[ "$address" != 127.0.0.1: ]
}

# Every name that is exposed stands in the operator's list.
listed() {
	local name
	curl -sSf -m 5 "http://$address/metrics" | awk '$1 == "#" && $2 == "TYPE" { print $3 }' | while read -r name; do
		grep -qF "| \`$name\` |" docs/metrics.md || { echo "$name is not in docs/metrics.md"; return 1; }
	done
}

# How many lines of the metrics have a word.
mentions() {
	curl -sSf -m 5 "http://$address/metrics" | grep -c -- "$1"
}

well_formed() {
	! curl -sSf -m 5 "http://$address/metrics" |
		grep -vE '^# (HELP|TYPE) [a-z_]+ |^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? ([0-9.e+-]+|[+-]Inf|NaN)$'
}

check_health() {
	eventually "an address is served" served
	says "it is alive" '^200 text/plain' ask healthz
	eventually_says "it gets ready" '^200 ' ask readyz
	says "and says of what" '^\[\+\]mesos ok$' ask readyz
	says "other paths are not there" '^404 ' ask secrets
	says "other methods are not allowed" '405' curl -sS -m 5 -o "$work/answer" -w '%{http_code}' -d x "http://$address/metrics"
}

check_metrics() {
	pod hidden sleep 1000 >/dev/null
	eventually_says "a pod that runs is counted" '^1$' value 'kube_mesos_adapter_pods{state="Active"}'
	says "the format is Prometheus'" '^200 text/plain; version=0.0.4' ask metrics
	check "every line is well formed" well_formed
	check "every metric is in the operator's list" listed
	says "its tasks live" '^[12]$' value kube_mesos_adapter_tasks_live
	says "the session is counted" '^1$' value kube_mesos_adapter_subscribed
	says "calls to the API server are timed" '^[1-9]' value 'kube_mesos_adapter_kubernetes_request_duration_seconds_count{verb="PATCH",code="2xx"}'
	says "calls to Mesos too" '^[1-9]' value 'kube_mesos_adapter_mesos_call_duration_seconds_count{call="accept",code="2xx"}'
	says "effects are counted" '^1$' value 'kube_mesos_adapter_effects_total{effect="bind",result="success"}'
	eventually_says "what is stored is acknowledged" '^0$' value kube_mesos_adapter_updates_unacknowledged
	says "the version is told" '^1$' value "kube_mesos_adapter_build_info{version=\"$("$BUILD_DIR/kube-mesos-adapter" --version | sed 's/.* //')\"}"
	refuses "no name of a pod is in any of it" '^0$' mentions hidden
}

check_trouble() {
	check "the Mesos master restarts" control master/restart
	eventually_says "the next session is counted" '^2$' value kube_mesos_adapter_subscriptions_total
	eventually_says "it is ready again" '^200 ' ask readyz
	adapter_stop
	check "the API server goes away" control kube/down
	: >"$work/adapter.log"
	adapter_start
	eventually "an adapter that begins meanwhile serves" served
	says "it is alive" '^200 ' ask healthz
	says "and not ready" '^503 ' ask readyz
	says "and says what is missing" '^\[-\]lease failed: it is not read' ask readyz
	check "the API server comes back" control kube/up
	eventually_says "then it gets ready" '^200 ' ask readyz
}

# ends CODE SENTENCE PATTERN ADDRESS
ends() {
	local want=$1 sentence=$2 pattern=$3 code
	timeout 30 "$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" \
		--metrics-address "$4" >"$work/out" 2>&1
	code=$?
	if [ "$code" -eq "$want" ] && [ "$(wc -l <"$work/out")" -eq 1 ] && grep -Eq -- "$pattern" "$work/out"; then
		ok "$sentence"
	else
		echo "exit code $code" >>"$work/out"
		not_ok "$sentence"
	fi
}

check_addresses() {
	ends 1 "a port in use is one clear error" "option metrics-address: cannot listen on $address: Address already in use" "$address"
	ends 1 "so is an address that this machine has not" 'cannot listen on 192.0.2.1:80: Cannot assign' 192.0.2.1:80
	ends 2 "a name is no address" 'option metrics-address: "localhost:80": has no IP address' localhost:80
	ends 2 "nor is one without a port" 'option metrics-address: "127.0.0.1": must be' 127.0.0.1
	ends 2 "nor one with a port that is none" 'port "70000" is not' 127.0.0.1:70000
	adapter_stop
	adapter_start --metrics-address ''
	eventually "without an address it runs" grep -q 'subscribed to the Mesos master' "$work/adapter.log"
	refuses "and serves nothing" 'Failed to connect|Couldn.t connect' curl -sS -m 5 "http://$address/healthz"
}

# What a pod that is deleted by force leaves behind while the adapter is away.
orphan() {
	adapter_stop
	check "a pod is deleted by force while the adapter is away" k delete pod "$1" --grace-period=0 --force
	: >"$work/adapter.log"
	adapter_start --quarantine 2s "${@:2}"
	eventually "the adapter is back" served
	eventually_says "its tasks are counted as orphans" '^[12]$' value kube_mesos_adapter_orphans
	eventually_says "an Event on the node of their agent tells of them" 'UnexplainedTask.*node/agent' k get events
}

check_orphans() {
	pod kept sleep 1000 >/dev/null
	eventually_says "a pod runs" '^Running$' field pod kept .status.phase
	orphan kept --orphan-policy keep
	eventually "with the policy to keep them they are kept" grep -q 'unexplained task is kept' "$work/adapter.log"
	says "and live" '^[12]$' value kube_mesos_adapter_orphans
	adapter_stop
	: >"$work/adapter.log"
	adapter_start --quarantine 1s
	eventually "the adapter is back" served
	eventually "otherwise they are killed after their quarantine" grep -q 'unexplained task is killed' "$work/adapter.log"
	eventually_says "and are gone" '^0$' value kube_mesos_adapter_orphans
}

sandbox_start --agents 2
adapter_start
check_health
check_metrics
check_trouble
check_orphans
check_addresses
adapter_stop
e2e_end
