#!/usr/bin/env bash
# Agents as nodes, end to end: what kubectl shows of them, their leases, cordon and drain.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

node_of() {
	k get pods -l "app=$1" -o 'jsonpath={.items[?(@.status.phase=="Running")].spec.nodeName}'
	echo
}

lease_of() {
	k get lease -n kube-node-lease "$1" -o "jsonpath={$2}"
	echo
}

renewed_since() {
	[ "$(lease_of "$1" .spec.renewTime)" '>' "$2" ]
}

moved() {
	local now
	now=$(node_of "$1")
	[ -n "$now" ] && [ "$now" != "$2" ]
}

check_shown() {
	eventually_says "an agent is a node that is Ready, with a role" '^agent1 +Ready +mesos-agent' k get nodes
	says "its labels are found by selectors" '^agent1' k get nodes -l 'kubernetes.io/os=linux,kubernetes.io/hostname=agent1,node-role.kubernetes.io/mesos-agent'
	says "describe shows its conditions" 'NetworkUnavailable +False .* MesosAgentConnected' k describe node agent1
	says "capacity and allocatable are what the agent offers" '^2 2 110$' k get node agent1 -o 'jsonpath={.status.capacity.cpu} {.status.allocatable.cpu} {.status.capacity.pods}'
	says "and names the adapter as its kubelet" '^v[0-9.]+-mesos$' field node agent1 .status.nodeInfo.kubeletVersion
}

check_leases() {
	eventually_says "its lease lasts for 40 s" '^40$' lease_of agent1 .spec.leaseDurationSeconds
	says "and belongs to the node" "^$(field node agent1 .metadata.uid)\$" lease_of agent1 '.metadata.ownerReferences[0].uid'
	local then
	then=$(lease_of agent1 .spec.renewTime)
	eventually "it is renewed" renewed_since agent1 "$then"
}

check_cordon() {
	replicas web
	eventually_says "a pod runs" '^agent' node_of web
	local node
	node=$(node_of web)
	check "its node is cordoned" k cordon "$node"
	k scale rs web --replicas=0 >/dev/null
	eventually_says "the pod is gone" '^No resources' k get pods -l app=web
	k scale rs web --replicas=1 >/dev/null
	eventually "the next one runs elsewhere" moved web "$node"
	local other
	other=$(node_of web)
	k uncordon "$node" >/dev/null
	check "drain evicts its pods" k drain "$other" --timeout=20s
	eventually "and it runs on the first node again" moved web "$other"
	check "every node is cordoned" k cordon "$node"
	k delete rs web --timeout=20s >/dev/null
	replicas wait
	eventually_says "a pod that fits on none says that they are cordoned" 'agents fit.*cordoned' k describe pod -l app=wait
	k uncordon "$node" >/dev/null
	eventually "it runs once a node is uncordoned" moved wait "$other"
}

check_bound() {
	bound set agent1 100m
	eventually_says "a pod that others bound runs on its node's agent" '^set +1/1 +Running' k get pod set
	says "its agent is kept with it" '.+-S[0-9]+$' field pod set '.metadata.annotations.mesos\.apache\.org/agent-id'
	bound huge agent1 3
	eventually_says "one that its agent can never take fails as a kubelet fails it" '^huge +0/1 +OutOfcpu' k get pod huge
	says "in the kubelet's words" 'requested: 3011, used: [0-9]+, capacity: 2000' field pod huge .status.message
	eventually_says "also in an event" 'OutOfcpu.*enough resource: cpu' k describe pod huge
	bound large agent1 1950m
	eventually_says "one for which there is no room says what it waits for" 'waits for more cpus' field pod large '.status.containerStatuses[0].state.waiting.message'
	eventually_says "also in an event" 'FailedScheduling.*waits for more cpus' k describe pod large
	adapter_stop
	adapter_start
	eventually_says "after a restart of the adapter it goes on" '^set +1/1 +Running +0' k get pod set
	check "it ends when it is deleted" k delete pod set large huge --timeout=20s
	k run elsewhere --image=x --restart=Never --overrides='{"spec":{"nodeName":"agent9"}}' >/dev/null
	says "a pod on a node that is none of ours is left alone" '^elsewhere +0/1 +Pending' k get pod elsewhere
}

# A second adapter, with another scheduler name, on the same agents.
check_two() {
	local pid=$adapter_pid second
	"$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" --scheduler-name other \
		--state-name other --framework-name other --metrics-address 127.0.0.1:0 >"$work/other.log" 2>&1 &
	second=$!
	eventually_says "another adapter has nodes of its own for the same agents" '^agent1-[0-9a-f]+ +Ready' k get nodes
	says "a node says whose it is" '^mesos$' field node agent1 '.metadata.annotations.mesos\.apache\.org/adapter'
	says "and can be told from machines with a kubelet" '^agent1 ' k get nodes -l type=virtual-kubelet
	k apply -f - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: theirs}
	spec:
	  schedulerName: other
	  automountServiceAccountToken: false
	  terminationGracePeriodSeconds: 5
	  containers:
	  - name: main
	    image: debian:12-slim
	    command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']
	END
	eventually_says "its pods run on its nodes" 'agent.-[0-9a-f]+$' k get pod theirs -o 'jsonpath={.status.phase} {.spec.nodeName}'
	eventually_says "and run" '^Running$' field pod theirs .status.phase
	bound ours agent1 100m
	eventually_says "each runs what is bound to its own nodes" '^ours +1/1 +Running +0' k get pod ours
	says "and leaves alone what is not" '^theirs +1/1 +Running +0' k get pod theirs
	check "no adapter looked at the other's pod" nobody_took theirs ours
	check "both end" k delete pod theirs ours --timeout=20s
	e2e_stop "$second"
	adapter_pid=$pid
}

# nobody_took THEIRS OURS: by the log of the other one.
nobody_took() {
	! grep -q "pod=default/$1" "$work/adapter.log" && ! grep -q "pod=default/$2" "$work/other.log"
}

check_deleted() {
	check "somebody deletes a node" k delete node agent1
	eventually_says "it comes again, for its agent is there" '^agent1 +Ready' k get nodes
}

lists_of_others() {
	grep -c 'pods that others bound are listed' "$work/adapter.log"
}

listed_again() {
	[ "$(lists_of_others)" -gt "$1" ]
}

check_early() {
	local lists
	k delete rs wait --timeout=20s >/dev/null
	eventually_says "nothing is left on the agents" '^No resources' k get pods -l app=wait
	adapter_stop
	control agents/agent1/deactivate >/dev/null
	k delete node agent1 >/dev/null
	bound early agent1 100m
	lists=$(lists_of_others)
	adapter_start
	eventually "a pod is bound to a node that nobody knows yet" listed_again "$lists"
	control agents/agent1/reactivate >/dev/null
	eventually_says "it runs when the node is there" '^early +1/1 +Running' k get pod early
	check "and ends" k delete pod early --timeout=20s
}

sandbox_start --agents 2
adapter_start
check_shown
check_leases
check_cordon
check_bound
check_two
check_deleted
check_early
check "the adapter still runs" adapter_runs
e2e_end
