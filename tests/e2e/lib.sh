# Sourced by the end-to-end tests: the sandbox, the adapter, kubectl, and checks that count.
# shellcheck shell=bash
#
# BUILD_DIR  the build to test (default: build/dev)
# KUBECTL    the kubectl to use (default: the one on PATH)
#
# One line per check; e2e_end prints "N passed, N failed" as the last line and returns whether all passed.

BUILD_DIR=$(realpath "${BUILD_DIR:-$(dirname "${BASH_SOURCE[0]}")/../../build/dev}")
KUBECTL=${KUBECTL:-kubectl}
PATIENCE=${PATIENCE:-20} # seconds until what must come must have come

passed=0
failed=0
work=$(mktemp -d)
sandbox_pid=
adapter_pid=
# kubectl keeps what it learnt of a server by its address, which the next sandbox may have again.
export HOME=$work/home
mkdir -p "$HOME"

e2e_stop() {
	local pid=$1
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null || true
	timeout 30 tail --pid "$pid" -s 0.1 -f /dev/null || kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

e2e_clean() {
	e2e_stop "$adapter_pid"
	e2e_stop "$sandbox_pid"
	if [ "$failed" -gt 0 ] && [ -n "${KEEP:-}" ]; then
		echo "kept: $work"
	else
		rm -rf "$work"
	fi
}
trap e2e_clean EXIT

ok() {
	passed=$((passed + 1))
	echo "ok    $1"
}

not_ok() {
	failed=$((failed + 1))
	echo "FAIL  $1"
	sed 's/^/      | /' "$work/out" | head -20
	if [ -s "$work/adapter.log" ]; then
		tail -n 5 "$work/adapter.log" | cut -c1-300 | sed 's/^/      . /'
	fi
}

# check SENTENCE COMMAND...: the command succeeds.
check() {
	local sentence=$1
	shift
	if "$@" >"$work/out" 2>&1; then ok "$sentence"; else not_ok "$sentence"; fi
}

# says SENTENCE PATTERN COMMAND...: it succeeds and a line of its output matches the extended pattern.
says() {
	local sentence=$1 pattern=$2
	shift 2
	if "$@" >"$work/out" 2>&1 && grep -Eq -- "$pattern" "$work/out"; then ok "$sentence"; else not_ok "$sentence"; fi
}

# refuses SENTENCE PATTERN COMMAND...: it fails and says so.
refuses() {
	local sentence=$1 pattern=$2
	shift 2
	if ! "$@" >"$work/out" 2>&1 && grep -Eq -- "$pattern" "$work/out"; then ok "$sentence"; else not_ok "$sentence"; fi
}

# eventually SENTENCE COMMAND...: it succeeds before patience ends.
eventually() {
	local sentence=$1 end=$((SECONDS + PATIENCE))
	shift
	while [ "$SECONDS" -lt "$end" ]; do
		if "$@" >"$work/out" 2>&1; then
			ok "$sentence"
			return
		fi
		sleep 0.1
	done
	not_ok "$sentence"
}

# eventually_says SENTENCE PATTERN COMMAND...
eventually_says() {
	local sentence=$1 pattern=$2
	shift 2
	eventually "$sentence" matches "$pattern" "$@"
}

matches() {
	local pattern=$1
	shift
	"$@" >"$work/matched" 2>&1
	cat "$work/matched"
	grep -Eq -- "$pattern" "$work/matched"
}

# The kubectl under test, as the administrator.
k() {
	"$KUBECTL" --kubeconfig "$work/state/kubeconfig" "$@"
}

# A field of an object: field KIND NAME JSONPATH
field() {
	k get "$1" "$2" -o "jsonpath={$3}"
	echo
}

# pod NAME COMMAND...: runs it once on a Mesos agent: on that of the environment's choice (`agent`), or on any; `container`
# is JSON that its container has besides.
pod() {
	local name=$1
	shift
	jq -n --arg name "$name" --arg agent "${agent:-}" --argjson container "${container:-{\}}" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name}, spec: {
		schedulerName: "mesos", automountServiceAccountToken: false, terminationGracePeriodSeconds: 1,
		tolerations: [{key: "mesos.apache.org/agent", operator: "Exists"}], restartPolicy: "Never",
		nodeSelector: (if $agent == "" then {} else {"kubernetes.io/hostname": $agent} end),
		containers: [{name: "main", image: "busybox", command: $ARGS.positional} + $container]}}' --args -- "$@" | k apply -f -
}

# bound NAME NODE CPU: a pod of no scheduler of ours that somebody puts on that node, as a DaemonSet does.
bound() {
	k apply -f - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1}
	spec:
	  nodeName: $2
	  automountServiceAccountToken: false
	  terminationGracePeriodSeconds: 5
	  tolerations: [{key: mesos.apache.org/agent, operator: Exists}]
	  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [$2]}]}]}}}
	  containers:
	  - name: main
	    image: debian:12-slim
	    command: [sh, -c, 'echo hello of $1; trap "exit 0" TERM; while true; do sleep 0.1; done']
	    resources: {requests: {cpu: "$3"}}
	END
}

# phase_is POD PATTERN
phase_is() {
	matches "^($2)\$" field pod "$1" .status.phase
}

gone() {
	! k get "$@"
}

control() {
	curl -sSf -X POST "$SANDBOX_CONTROL/sandbox/$1"
}

sandbox_start() {
	: >"$work/sandbox.out" # what one before wrote is not to be taken for its word
	"$BUILD_DIR/tests/sandbox" --dir "$work/state" --fast "$@" >"$work/sandbox.out" 2>"$work/sandbox.err" &
	sandbox_pid=$!
	local end=$((SECONDS + PATIENCE))
	until grep -q '^sandbox is ready' "$work/sandbox.out"; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$sandbox_pid" 2>/dev/null; then
			cat "$work/sandbox.out" "$work/sandbox.err"
			echo "0 passed, 1 failed"
			exit 1
		fi
		sleep 0.05
	done
	# shellcheck disable=SC1091
	. "$work/state/env"
}

# adapter_start [FLAG...]: as the least privileged service account of the sandbox; the system chooses the port of its metrics.
adapter_start() {
	"$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" \
		--log-level debug --backoff-min 1s --metrics-address 127.0.0.1:0 "$@" >>"$work/adapter.log" 2>&1 &
	adapter_pid=$!
}

adapter_stop() {
	e2e_stop "$adapter_pid"
	adapter_pid=
}

adapter_runs() {
	kill -0 "$adapter_pid"
}

# replicas NAME [N]: a ReplicaSet of pods of ours that run until they are told to end.
replicas() {
	k apply -f - >/dev/null <<-END
	apiVersion: apps/v1
	kind: ReplicaSet
	metadata: {name: $1}
	spec:
	  replicas: ${2:-1}
	  selector: {matchLabels: {app: $1}}
	  template:
	    metadata: {labels: {app: $1}}
	    spec:
	      schedulerName: mesos
	      automountServiceAccountToken: false
	      terminationGracePeriodSeconds: 5
	      containers:
	      - name: main
	        image: debian:12-slim
	        command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']
	END
}

e2e_end() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
