#!/usr/bin/env bash
# kubectl debug: containers that a running pod on a Mesos agent is given, with the kubectl of Kubernetes 1.36; Debian's speaks to
# an older form of the API.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
# shellcheck source=tests/e2e/lib_streams.sh
. tests/e2e/lib_streams.sh
# shellcheck source=tools/debian.sh
. tools/debian.sh

check "kubectl 1.36 is there" recent_kubectl "$PWD/build/tools"
KUBECTL=$(tail -n 1 "$work/out")

sandbox_start --agent 'agent1;isolation=linux/capabilities'
# Without an election: a machine that is slow for seconds would end sessions with the lease.
flags=(--no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt" --agent-isolation linux/capabilities)
adapter_start "${flags[@]}"

# debug NAME OPTION...: adds the container NAME to the pod `app`.
debug() {
	local name=$1
	shift
	k debug app --image=busybox --container="$name" "$@"
}

# of NAME PATH: of the status of the pod's ephemeral container.
of() {
	field pod app ".status.ephemeralContainerStatuses[?(@.name==\"$1\")]$2"
}

goes_on() {
	matches '^0 True Running$' k get pod app -o 'jsonpath={.status.containerStatuses[0].restartCount} {.status.conditions[?(@.type=="Ready")].status} {.status.phase}'
}

mark=$work/mark # in command lines of this run only
check "a pod" pod app sh -c "until [ -e $work/done ]; do sleep 0.1; done"
eventually "runs" phase_is app Running

check "debug adds a container to it" debug first -- sh -c "echo hello; exec tail -f /dev/null $mark"
eventually_says "which runs" 'startedAt' of first .state.running
eventually_says "and can be read" '^hello$' k logs app -c first
says "and be entered" '^inside$' k exec app -c first -- echo inside
check "and its pod goes on" goes_on

# What is typed before the shell is there waits in its terminal.
eventually_says "debug -it answers what is typed" '^typed 42' bash -c 'echo "echo typed \$((40 + 2)); exit 7" | timeout 60 "$@"' - "$KUBECTL" --kubeconfig "$work/state/kubeconfig" debug app -it --image=busybox --container=second -- sh
eventually_says "how it ended is told" '^7$' of second .state.terminated.exitCode
says "and what it said" 'typed 42' k logs app -c second

check "debug of one container's processes" debug third --target=main --profile=baseline -- true
eventually_says "is answered with the reason why not" 'spec.ephemeralContainers\[third\].targetContainerName \(the containers of a pod share no process namespace\)' of third .state.waiting.message
eventually_says "and by an event" 'Warning +Unsupported .*Ephemeral container third is not run' k describe pod app
check "and its pod goes on" goes_on

refuses "what was added cannot be changed" 'existing ephemeral containers "first" may not be changed' k patch pod app --subresource=ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"first","image":"other"}]}}'
refuses "nor may it have ports" 'ports: Forbidden: cannot be set for an Ephemeral Container' k patch pod app --subresource=ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"x","image":"x","ports":[{"containerPort":80}]}]}}'

id=$(of first .containerID)
adapter_stop
check "one is added while no adapter is there" debug fourth --profile=baseline -- sh -c "exec tail -f /dev/null $mark-4"
adapter_start "${flags[@]}"
eventually_says "the next one launches it" 'startedAt' of fourth .state.running
says "and leaves alone what runs" "^$id\$" of first .containerID
check "once" test "$(running "tail -f /dev/null $mark" | wc -l)" -eq 2
says "and runs nothing again that ended" '^7 0$' k get pod app -o 'jsonpath={.status.ephemeralContainerStatuses[1].state.terminated.exitCode} {.status.ephemeralContainerStatuses[1].restartCount}'

touch "$work/done"
eventually "when its containers are done the pod has succeeded" phase_is app Succeeded
check "and what it was given is gone" is_gone "tail -f /dev/null $mark"
says "which says how it ended" '^(137|143)$' of first .state.terminated.exitCode
check "it is deleted" k delete pod app --timeout=20s
check "the adapter runs to the end" adapter_runs

e2e_end
