#!/usr/bin/env bash
# The official JavaScript client of Kubernetes (npm: @kubernetes/client-node) does exec, attach, logs and port-forward over
# WebSockets, through the API server and our kubelet port.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
# shellcheck source=tools/debian.sh
. tools/debian.sh

check "the client is there" debian_node tests/e2e/js
sandbox_start --agents 2
# Without an election: a machine that is slow for seconds would end sessions with the lease.
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"

check "a pod that talks" pod talker sh -c 'echo one; echo two; exec sleep 1000'
check "a pod that writes and ends" pod slow sh -c 'for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done'
container='{"tty": true, "stdin": true}' check "a pod on a terminal" pod shell sh -c \
	'until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; echo it is 24 80; read word; echo heard $word'
eventually "it runs" phase_is talker Running
eventually "the other has begun" phase_is slow 'Running|Succeeded'
eventually "and the third" phase_is shell Running

timeout 120 node tests/e2e/js/checks.mjs "$work/state/kubeconfig" "${SANDBOX_CONTROL##*:}" >"$work/checks" 2>&1
check "all of its checks were made" test $? -eq 0
cat "$work/checks"
passed=$((passed + $(grep -c '^ok    ' "$work/checks")))
failed=$((failed + $(grep -c '^FAIL  ' "$work/checks")))
check "the adapter lives" adapter_runs
e2e_end
