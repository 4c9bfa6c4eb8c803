#!/usr/bin/env bash
# kubectl logs, exec, attach, cp and port-forward against pods on Mesos agents, through the API server and our kubelet port.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

KUBECTL_OPTIONS=(--request-timeout=60s)

sandbox_start --agents 2
adapter_start --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"

# pod NAME COMMAND...
pod() {
	local name=$1
	shift
	jq -n --arg name "$name" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name}, spec: {
		schedulerName: "mesos", automountServiceAccountToken: false, terminationGracePeriodSeconds: 1,
		tolerations: [{key: "mesos.apache.org/agent", operator: "Exists"}], restartPolicy: "Never",
		containers: [{name: "main", image: "busybox", command: $ARGS.positional}]}}' --args -- "$@" | k apply -f -
}

phase_is() {
	[ "$(field pod "$1" .status.phase)" = "$2" ]
}

check "a pod that talks" pod talker sh -c 'echo one; echo two; echo three; echo bad >&2; exec sleep 1000'
check "a pod that ends" pod short sh -c 'echo last words; exit 3'
eventually "it runs" phase_is talker Running
eventually "the other has ended" phase_is short Failed

says "logs" '^three$' k logs talker
says "logs bring stderr too" '^bad$' k logs talker
check "logs --tail" test "$(k logs talker --tail=1)" = bad
check "logs --limit-bytes" test "$(k logs talker --limit-bytes=3)" = one
says "logs of a pod that has ended" '^last words$' k logs short
says "logs --since a time before it began" '^one$' k logs talker --since=1h
refuses "logs --timestamps says why not" 'Mesos keeps what a container writes without times' k logs talker --timestamps
refuses "logs --previous of the first run" 'previous terminated container "main" in pod "talker" not found' k logs talker --previous

check "exec" test "$(k exec talker -- echo hello)" = hello
check "exec with an exit code" bash -c '"$0" --kubeconfig "$1" exec talker -- sh -c "exit 7"; [ $? -eq 7 ]' "$KUBECTL" "$work/state/kubeconfig"
check "exec -i" test "$(echo through | k exec -i talker -- cat)" = through
says "exec keeps the streams apart" '^err$' bash -c '"$0" --kubeconfig "$1" exec talker -- sh -c "echo out; echo err >&2" 2>&1 >/dev/null' "$KUBECTL" "$work/state/kubeconfig"
refuses "exec in a pod that has ended says so" 'not running|completed pod' k exec short -- true
e2e_end
