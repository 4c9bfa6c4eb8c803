#!/usr/bin/env bash
# Agents that Mesos' operators are about to take away, end to end: maintenance, draining, deactivation; kubectl drain.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Where pods of this ReplicaSet run, in lines.
nodes_of() {
	k get pods -l "app=$1" -o 'jsonpath={range .items[?(@.status.phase=="Running")]}{.spec.nodeName}{"\n"}{end}'
}

# runs_on NAME NODE: and nowhere else.
runs_on() {
	[ "$(nodes_of "$1" | sort -u)" = "$2" ]
}

# A need for offers, so that what Mesos has to say of agents comes now and not within a minute.
need=0
new_pods() {
	need=$((need + 1))
	k run "need-$need" --image=debian:12-slim --restart=Never --overrides='{"spec":{"schedulerName":"mesos","automountServiceAccountToken":false}}' \
		--command -- true >/dev/null
}

mesos() {
	curl -sSf -X POST -H 'Content-Type: application/json' -H 'Accept: application/json' -d "$1" "$SANDBOX_MESOS/api/v1"
}

taint_of() {
	k get node "$1" -o 'jsonpath={.spec.unschedulable} {.spec.taints[?(@.key=="mesos.apache.org/leaves")].value}'
	echo
}

check_maintenance() {
	replicas web 2
	eventually_says "a pod runs" '^agent' nodes_of web
	check "maintenance of an agent is scheduled" control agents/agent1/maintain
	eventually_says "its node is cordoned and tainted" '^true maintenance$' taint_of agent1
	eventually_says "an event says why" 'MaintenanceScheduled' k get events
	replicas new 2
	eventually "new pods go elsewhere" runs_on new agent2
	# Evictions: those of this kubectl are of a version that API servers take, and serve no longer.
	check "kubectl drain empties the node" k drain agent1 --timeout=20s
	eventually "its pods are elsewhere" runs_on web agent2
	k delete rs new --timeout=20s >/dev/null
	check "the schedule is cleared" control agents/agent1/unmaintain
	new_pods
	eventually_says "the taint is gone" '^(true)? ?$' taint_of agent1
	k uncordon agent1 >/dev/null
}

check_inverse() {
	eventually "pods run on the second agent" runs_on web agent2
	check "its maintenance is scheduled" control agents/agent2/maintain
	eventually_says "the inverse offer is declined while pods are there" '"status":"DECLINE"' mesos '{"type":"GET_MAINTENANCE_STATUS"}'
	check "nothing is killed for it" runs_on web agent2
	control agents/agent2/unmaintain >/dev/null
	new_pods
	eventually_says "the node is as before" '^ $' taint_of agent2
}

check_draining() {
	check "Mesos drains that agent" control agents/agent2/drain
	eventually_says "its node is not ready, and cordoned" '^agent2 +NotReady,SchedulingDisabled' k get nodes
	eventually "the pods are replaced on the other agent" runs_on web agent1
	says "those that were killed say why" 'Terminated' k get pods -l app=web -o 'jsonpath={.items[*].status.reason}'
	says "its condition tells disruption from failure" 'TerminationByKubelet' k get pods -l app=web -o yaml
	eventually_says "Mesos calls it drained" '"state":"DRAINED"' mesos '{"type":"GET_AGENTS"}'
	adapter_stop
	adapter_start
	eventually_says "a restart of the adapter changes nothing" '^true draining$' taint_of agent2
	check "the agent is reactivated" control agents/agent2/reactivate
	new_pods
	eventually_says "its node is ready again" '^agent2 +Ready ' k get nodes
}

check_deactivated() {
	check "an agent is deactivated" control agents/agent1/deactivate
	PATIENCE=45 eventually_says "its node is cordoned, and ready, for its tasks go on" '^agent1 +Ready,SchedulingDisabled' k get nodes
	check "they do" runs_on web agent1
	eventually_says "an event says so" 'AgentDeactivated' k get events
}

sandbox_start --agents 2
adapter_start
check_maintenance
check_inverse
check_draining
check_deactivated
check "the adapter still runs" adapter_runs
e2e_end
