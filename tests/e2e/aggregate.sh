#!/usr/bin/env bash
# One node for all agents (--node-mode aggregate), end to end: pods, the kubelet's verbs, agents that come and go, restarts,
# and the change from and to a node each.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

aggregate_start() {
	adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt" "$@"
}

agent_of() {
	field pod "$1" '.metadata.annotations.mesos\.apache\.org/agent-id'
}

sleeper() {
	pod "$1" sh -c "echo hello of $1; exec sleep 1000" >/dev/null
}

nodes() {
	k get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {end}'
	echo
}

cpus() {
	field node mesos "$1"
}

check_shown() {
	eventually_says "all agents are one node that is Ready" '^mesos +Ready +mesos-agent' k get nodes
	says "and there is no other" '^mesos $' nodes
	eventually_says "it is as large as both agents" '^4 220$' k get node mesos -o 'jsonpath={.status.capacity.cpu} {.status.capacity.pods}'
	says "it says whose it is, and is no agent's" '^mesos $' k get node mesos -o 'jsonpath={.metadata.annotations.mesos\.apache\.org/adapter} {.metadata.annotations.mesos\.apache\.org/agent-id}'
	eventually_says "one lease stands for it" '^40$' k get lease -n kube-node-lease mesos -o 'jsonpath={.spec.leaseDurationSeconds}'
}

check_pods() {
	agent=agent1 sleeper one
	agent=agent2 sleeper two
	eventually "a pod runs that asks for an agent" phase_is one Running
	eventually "and another on the other agent" phase_is two Running
	says "both are bound to the node" '^mesos mesos$' k get pods one two -o 'jsonpath={.items[0].spec.nodeName} {.items[1].spec.nodeName}'
	check "on different agents" [ "$(agent_of one)" != "$(agent_of two)" ]
	says "an event names the agent" "Successfully assigned default/one to mesos, Mesos agent $(agent_of one)" k describe pod one
	eventually_says "logs find the agent of the pod" '^hello of one$' k logs one
	eventually_says "of the other pod too" '^hello of two$' k logs two
	says "so does exec" '^here$' k exec two -- echo here
}

check_stats() {
	eventually_says "statistics of the node have the pods of both agents" '^one two$' running_pods
	check "metrics of the node can be scraped" k get --raw /api/v1/nodes/mesos/proxy/metrics/resource
}

running_pods() {
	k get --raw /api/v1/nodes/mesos/proxy/stats/summary | jq -r '[.pods[].podRef.name] | sort | join(" ")'
}

check_bound() {
	bound set mesos 100m
	eventually_says "a pod that others bound to the node runs" '^set +1/1 +Running' k get pod set
	says "its agent is kept with it" '.+-S[0-9]+$' agent_of set
	eventually_says "logs work" '^hello of set$' k logs set
	bound wide mesos 3
	eventually_says "one that fits no agent, and both together, waits and says why" '0/2 agents fit: cpus short on 2' field pod wide '.status.containerStatuses[0].state.waiting.message'
	says "it has no agent" '^$' agent_of wide
	check "it ends when it is deleted" k delete pod wide --timeout=20s
}

check_crash() {
	kill -9 "$adapter_pid"
	wait "$adapter_pid" 2>/dev/null
	aggregate_start --node-mode aggregate
	sleeper three
	eventually "after kill -9 of the adapter a new pod runs" phase_is three Running
	says "the others have gone on" '^0 0 0$' k get pods one two set -o 'jsonpath={.items[0].status.containerStatuses[0].restartCount} {.items[1].status.containerStatuses[0].restartCount} {.items[2].status.containerStatuses[0].restartCount}'
	eventually_says "and can be spoken to" '^here$' k exec set -- echo here
	says "the node is as large as before" '^4$' cpus .status.capacity.cpu
	check "pods end when they are deleted" k delete pod three set --timeout=20s
}

check_drained() {
	check "Mesos drains an agent" control agents/agent2/drain
	eventually "what runs there has failed" phase_is two Failed
	eventually_says "an event on the node names the agent" 'AgentDraining.*agent2' k get events
	says "the node is not cordoned" '^ $' k get node mesos -o 'jsonpath={.spec.unschedulable} {.spec.taints[?(@.key=="mesos.apache.org/leaves")].value}'
	k delete pod two --timeout=20s >/dev/null
	sleeper four
	eventually "new pods run on the other" phase_is four Running
	says "which is the one of the first" "^$(agent_of one)\$" agent_of four
	k delete pod four --timeout=20s >/dev/null
	control agents/agent2/reactivate >/dev/null
}

check_lost() {
	agent=agent2 sleeper five
	eventually "a pod runs on the second agent again" phase_is five Running
	check "that agent is gone for good" control agents/agent2/gone
	eventually "its pod is removed" gone pod five
	eventually_says "the node stays, and is smaller" '^2$' cpus .status.capacity.cpu
	says "it is Ready" '^mesos +Ready' k get nodes
	says "and the other pod has gone on" '^one +1/1 +Running +0' k get pod one
}

# As the first agent is alone now.
check_mode() {
	adapter_stop
	aggregate_start --node-mode agent
	eventually_says "in the other mode the agent has a node" '^agent1 +Ready' k get nodes
	eventually_says "the node for all is kept and cordoned" '^mesos +Ready,SchedulingDisabled' k get nodes
	says "its pod has gone on" '^one +1/1 +Running +0' k get pod one
	eventually_says "and can be spoken to" '^here$' k exec one -- echo here
	agent=agent1 sleeper six
	eventually_says "a new pod is bound to the node of its agent" '^Running agent1$' k get pod six -o 'jsonpath={.status.phase} {.spec.nodeName}'
	k delete pod one --timeout=20s >/dev/null
	PATIENCE=40 eventually "when no pod is bound to it the node for all is deleted" gone node mesos
	adapter_stop
	aggregate_start --node-mode aggregate
	eventually_says "and back: there is the one node again" '^mesos +Ready' k get nodes
	eventually_says "the agent's is kept and cordoned" '^agent1 +Ready,SchedulingDisabled' k get nodes
	bound late agent1 100m
	eventually_says "what others bind there still runs" '^late +1/1 +Running' k get pod late
	says "beside what ran there" '^six +1/1 +Running +0' k get pod six
	k delete pod six late --timeout=20s >/dev/null
	PATIENCE=40 eventually "without pods it is deleted" gone node agent1
}

sandbox_start --agents 2 --node-proxy-loopback
aggregate_start --node-mode aggregate
check_shown
check_pods
check_stats
check_bound
check_crash
check_drained
check_lost
check_mode
check "the adapter still runs" adapter_runs
e2e_end
