#!/usr/bin/env bash
# Pods on Mesos, end to end: the real adapter between the sandbox's API server and its Mesos, driven by real kubectl.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# pod NAME RESTART_POLICY SHELL_SCRIPT: one container that runs the script.
pod() {
	cat <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {app: $1}}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  restartPolicy: $2
	  terminationGracePeriodSeconds: 5
	  containers:
	  - name: main
	    image: debian:12-slim
	    command: [sh, -c, '$3']
	    resources: {requests: {cpu: 100m, memory: 32Mi}}
	END
}

run() {
	pod "$@" | k apply -f -
}

phase_is() {
	[ "$(field pod "$1" .status.phase)" = "$2" ]
}

# The standard output of a container's task, as the agent keeps it.
stdout_of() {
	local uid
	uid=$(field pod "$1" .metadata.uid)
	cat "$work"/state/agents/*/slaves/*/frameworks/*/executors/"$uid"/runs/*/tasks/"$uid.${2:-main}.${3:-0}"/stdout
}

# Live processes whose command line holds a word.
alive() {
	pgrep -f -- "$1"
}

none_alive() {
	! alive "$1"
}

check_nodes() {
	eventually_says "each agent that offered something is a node" '^agent' k get nodes
	run warm Never 'exit 0' >/dev/null
	eventually "a pod that ends well has Succeeded" phase_is warm Succeeded
	says "its node is the agent it ran on" '^agent' field pod warm .spec.nodeName
	says "kubectl shows it as Completed" '^warm +0/1 +Completed +0' k get pod warm
	says "the binding told the agent's id" '.+-S[0-9]+$' field pod warm '.metadata.annotations.mesos\.apache\.org/agent-id'
	says "the framework id is kept in Kubernetes" '^[0-9a-f-]+' k get configmap -n kube-mesos-adapter kube-mesos-adapter -o 'jsonpath={.data.frameworkId}'
}

# says_of POD STATUS: somebody else writes into its status; prints the pod.
says_of() {
	curl -sS -m 20 --cacert "$work/state/ca.crt" -X PATCH -H 'Content-Type: application/merge-patch+json' \
		-H "Authorization: Bearer $(sed -nE 's/.*token: *//p' "$work/state/kubeconfig-token" | head -n 1)" \
		-d "{\"status\":$2}" "$SANDBOX_KUBE/api/v1/namespaces/default/pods/$1/status"
}

check_ends() {
	run three Never 'echo to stdout; exit 3' >/dev/null
	eventually "a pod that fails has Failed" phase_is three Failed
	says "with its exit code" '^3$' field pod three '.status.containerStatuses[0].state.terminated.exitCode'
	says "and the reason Error" '^Error$' field pod three '.status.containerStatuses[0].state.terminated.reason'
	says "somebody else says that it runs" '"phase": *"Running"' says_of three '{"phase":"Running"}'
	eventually "which is put right" phase_is three Failed
	says "and the times at which it started and finished" 'T.*Z 20..-.*T.*Z$' k get pod three -o 'jsonpath={.status.containerStatuses[0].state.terminated.startedAt} {.status.containerStatuses[0].state.terminated.finishedAt}'
	says "its output is in the task's sandbox" '^to stdout$' stdout_of three
	# Kubernetes makes one $ of two, so the shell sees $$.
	run killed Never 'kill -9 $$$$' >/dev/null
	eventually "a pod that a signal ends has Failed" phase_is killed Failed
	says "with 128 plus the signal" '^137$' field pod killed '.status.containerStatuses[0].state.terminated.exitCode'
	run retry OnFailure 'test -e /tmp/kma-e2e-'$$' || { touch /tmp/kma-e2e-'$$'; exit 1; }' >/dev/null
	eventually "OnFailure runs it again until it ends well" phase_is retry Succeeded
	says "and counts the restart" '^1$' field pod retry '.status.containerStatuses[0].restartCount'
	rm -f "/tmp/kma-e2e-$$"
}

check_crash() {
	run crash Always 'echo try; exit 7' >/dev/null
	eventually_says "a container that keeps failing is in CrashLoopBackOff" '^crash +0/1 +CrashLoopBackOff' k get pod crash
	eventually_says "its restarts are counted" '^[2-9]$' field pod crash '.status.containerStatuses[0].restartCount'
	says "its last end is kept" '^7$' field pod crash '.status.containerStatuses[0].lastState.terminated.exitCode'
	says "the pod counts as Running, as with a kubelet" '^Running$' field pod crash .status.phase
	says "each run has its own output" '^try$' stdout_of crash main 1
	eventually_says "describe tells of the back-off" 'BackOff.*restarting failed container main' k describe pod crash
	check "a crashing pod is deleted" k delete pod crash --timeout=20s
}

check_several() {
	k apply -f - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: many}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  terminationGracePeriodSeconds: 3
	  initContainers:
	  - {name: first, image: x, command: [sh, -c, 'echo first; sleep 0.3']}
	  - {name: second, image: x, command: [sh, -c, 'echo second']}
	  containers:
	  - {name: a, image: x, command: [sh, -c, 'echo a; exec sleep 1000'], env: [{name: WORD, value: hello}]}
	  - {name: b, image: x, command: [sh, -c, 'echo \$0 \$1', \$(WORD), b], env: [{name: WORD, value: hello}]}
	END
	eventually_says "init containers come first, then the others" '^many +[12]/2 +(Running|CrashLoopBackOff)' k get pod many
	says "both init containers ended well" '^0 0$' k get pod many -o 'jsonpath={.status.initContainerStatuses[*].state.terminated.exitCode}'
	says "the first was over before the second began" '^ordered$' ordered many
	eventually_says "variables in arguments are expanded" '^hello b$' stdout_of many b
	eventually_says "one container restarts, the other runs on" '^0$' k get pod many -o 'jsonpath={.status.containerStatuses[?(@.name=="a")].restartCount}'
	eventually_says "the restarting one is counted" '^[1-9]' k get pod many -o 'jsonpath={.status.containerStatuses[?(@.name=="b")].restartCount}'
	check "it is deleted" k delete pod many --timeout=20s
}

ordered() {
	local first second
	first=$(field pod "$1" '.status.initContainerStatuses[0].state.terminated.finishedAt')
	second=$(field pod "$1" '.status.initContainerStatuses[1].state.terminated.startedAt')
	[[ ! $first > $second ]] && echo ordered
}

check_reasons() {
	pod giant Never 'exit 0' | sed 's/cpu: 100m/cpu: "900"/' | k apply -f - >/dev/null
	eventually_says "a pod that fits nowhere says which resource is short, and where" 'cpus short on [0-9]+' field pod giant '.status.conditions[?(@.type=="PodScheduled")].message'
	eventually_says "and so does an Event" 'FailedScheduling.*cpus short on' k describe pod giant
	pod picky Never 'exit 0' | sed 's/^  containers:/  nodeSelector: {rack: nowhere}\n  containers:/' | k apply -f - >/dev/null
	eventually_says "a nodeSelector that no agent matches is named" 'nodeSelector rack=nowhere does not match' field pod picky '.status.conditions[?(@.type=="PodScheduled")].message'
	pod odd Never 'exit 0' | sed 's/^    resources/    securityContext: {runAsUser: 1000}\n    resources/' | k apply -f - >/dev/null
	eventually_says "a field that is not translated is refused by name" 'spec.containers\[main\].securityContext.runAsUser' field pod odd '.status.conditions[?(@.type=="PodScheduled")].message'
	eventually_says "and by an Event" 'Warning +Unsupported' k describe pod odd
	pod imaged Never 'exit 0' | sed '/command:/d' | k apply -f - >/dev/null
	eventually "a container without command fails in the sandbox, which has no images" phase_is imaged Failed
	says "and says so" 'image' field pod imaged '.status.containerStatuses[0].state.terminated.message'
	check "pods that never ran are deleted" k delete pod giant picky odd imaged --timeout=20s
}

# through a subresource NAME POD, changed by a jq program; others write the pod too, so it may take a second attempt
through() {
	k get pod "$2" -o json | jq "$3" >"$work/changed.json"
	k replace --raw "/api/v1/namespaces/default/pods/$2/$1" -f "$work/changed.json"
}

# What a pod is given while it runs.
check_changes() {
	run changed Always 'exec sleep 1000' >/dev/null
	eventually "a pod runs that is to be changed" phase_is changed Running
	check "its container is given another image" k set image pod/changed main=debian:13-slim
	eventually_says "it runs again with that" '^1 debian:13-slim$' k get pod changed -o 'jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].image}'
	eventually "it is given more cpu" through resize changed '.spec.containers[0].resources.requests.cpu = "200m"'
	eventually_says "which is answered as infeasible" '^Infeasible$' field pod changed '.status.conditions[?(@.type=="PodResizePending")].reason'
	says "and what it has is told" '^100m$' field pod changed '.status.containerStatuses[0].allocatedResources.cpu'
	eventually "it is given a container more" through ephemeralcontainers changed '.spec.ephemeralContainers = [{name: "debugger", image: "x", command: ["sh", "-c", "exit 3"], terminationMessagePolicy: "File"}]'
	eventually_says "which runs, and how it ends is told" '^3$' field pod changed '.status.ephemeralContainerStatuses[0].state.terminated.exitCode'
	says "and nothing else of the pod changes" '^1 Running True$' k get pod changed -o 'jsonpath={.status.containerStatuses[0].restartCount} {.status.phase} {.status.conditions[?(@.type=="Ready")].status}'
	says "that the changes were seen is told" '^4 4$' k get pod changed -o 'jsonpath={.metadata.generation} {.status.observedGeneration}'
	check "it is deleted" k delete pod changed --timeout=20s
}

check_deletion() {
	run polite Always 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
	eventually "it runs" phase_is polite Running
	local log
	log=$(echo "$work"/state/agents/*/slaves/*/frameworks/*/executors/"$(field pod polite .metadata.uid)"/runs/*/tasks/*main.0/stdout)
	eventually "and has said so" grep -q '^up$' $log
	check "delete waits for its end" k delete pod polite --timeout=20s
	says "it was asked before it was killed" '^bye$' cat $log
	run stubborn Always 'trap "" TERM; while :; do sleep 0.1; : kma-stubborn-'$$'; done' >/dev/null
	eventually "one that ignores the request runs" phase_is stubborn Running
	check "its delete ends when the grace period does" k delete pod stubborn --grace-period=1 --timeout=20s
	eventually "and its process is gone" none_alive "kma-stubborn-$$"
	run forced Always 'while :; do sleep 0.1; : kma-forced-'$$'; done' >/dev/null
	eventually "another runs" phase_is forced Running
	check "delete --force returns at once" k delete pod forced --grace-period=0 --force
	eventually "its process is killed all the same" none_alive "kma-forced-$$"
}

replicaset() {
	cat <<-END
	apiVersion: apps/v1
	kind: ReplicaSet
	metadata: {name: web}
	spec:
	  replicas: 6
	  selector: {matchLabels: {app: web}}
	  template:
	    metadata: {labels: {app: web}}
	    spec:
	      schedulerName: mesos
	      automountServiceAccountToken: false
	      terminationGracePeriodSeconds: 1
	      containers: [{name: main, image: x, command: [sh, -c, 'exec sleep 31536001.$$'], resources: {requests: {cpu: 100m, memory: 32Mi}}}]
	END
}

all_ready() {
	[ "$(k get rs web -o 'jsonpath={.status.readyReplicas}')" = "$1" ]
}

processes_are() {
	[ "$(pgrep -cfx "sleep 31536001[.]$$")" -eq "$1" ]
}

uids() {
	k get pods -l app=web --field-selector=status.phase=Running -o 'jsonpath={range .items[*]}{.metadata.uid}{"\n"}{end}' | sort
}

check_replicas() {
	replicaset | k apply -f - >/dev/null
	eventually "all pods of a replica set get ready" all_ready 6
	eventually "one process each" processes_are 6
	says "they are spread over the agents" '^[2-9]$' spread
}

spread() {
	k get pods -l app=web -o 'jsonpath={range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | wc -l
}

# What a crash of ours must not do: end a task, double one, or lose an update.
check_restart() {
	local before
	before=$(uids)
	kill -9 "$adapter_pid"
	wait "$adapter_pid" 2>/dev/null
	check "tasks go on while the adapter is dead" processes_are 6
	run while-away Never 'exit 0' >/dev/null
	adapter_start
	eventually "a pod made meanwhile is run after the restart" phase_is while-away Succeeded
	check "no task was ended or doubled by it" processes_are 6
	check "the same pods run" test "$before" = "$(uids)"
	check "kill -9 one of the tasks" pkill -9 -o -fx "sleep 31536001[.]$$"
	eventually_says "it is restarted by the adapter that did not launch it" '1' k get pods -l app=web -o 'jsonpath={.items[*].status.containerStatuses[0].restartCount}'
	eventually "and there are six again" processes_are 6
}

check_interruptions() {
	check "watches are cut" control kube/cut
	run after-cut Never 'exit 0' >/dev/null
	eventually "a pod made after a cut watch is run" phase_is after-cut Succeeded
	check "the watch history is forgotten (410)" control kube/compact
	check "and the watches cut" control kube/cut
	run after-410 Never 'exit 0' >/dev/null
	eventually "a pod made after 410 is run" phase_is after-410 Succeeded
	check "the API server goes away" control kube/down
	check "tasks go on meanwhile" processes_are 6
	check "it comes back" control kube/up
	run after-down Never 'exit 0' >/dev/null
	eventually "a pod made after that is run" phase_is after-down Succeeded
	check "the Mesos master restarts" control master/restart
	run after-master Never 'exit 0' >/dev/null
	eventually "a pod made after that is run" phase_is after-master Succeeded
	check "nothing was lost or doubled" processes_are 6
	check "the adapter lives" adapter_runs
}

unreachable='key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute'

taints_of() {
	k get node "$1" -o 'jsonpath={range .spec.taints[*]}{.key}:{.effect} {end}'
	echo
}

reachable() {
	! taints_of "$1" | grep unreachable
}

ready_of() {
	k get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}/{.status.conditions[?(@.type=="Ready")].reason}'
	echo
}

# A partition: marked while it lasts, evicted when the toleration ends, and nothing lives twice.
check_partition() {
	local node
	for seconds in 1 600; do
		pod "tolerates-$seconds" Always "exec sleep 315370$seconds.$$" |
			sed "s|^  containers:|  tolerations: [{$unreachable, tolerationSeconds: $seconds}]\n  nodeSelector: {kubernetes.io/hostname: agent1}\n  containers:|" | k apply -f - >/dev/null
		eventually "a pod that tolerates $seconds s of an unreachable agent runs" phase_is "tolerates-$seconds" Running
	done
	node=agent1
	check "the agent is cut off" control "agents/$node/partition"
	eventually_says "its node is Unknown" '^Unknown/MesosAgentUnreachable$' ready_of "$node"
	eventually_says "and tainted" 'node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute' taints_of "$node"
	eventually_says "the pod whose toleration ends is evicted" '.' field pod tolerates-1 .metadata.deletionTimestamp
	says "and says why" '^DeletionByTaintManager$' field pod tolerates-1 '.status.conditions[?(@.type=="DisruptionTarget")].reason'
	eventually_says "so does an Event" 'TaintManagerEviction.*Marking for deletion' k describe pod tolerates-1
	check "it stays, because it may live" k get pod tolerates-1
	says "which it does" '^1$' pgrep -cfx "sleep 3153701[.]$$"
	says "the other is left alone" '^$' field pod tolerates-600 .metadata.deletionTimestamp
	check "the agent is back" control "agents/$node/heal"
	eventually "the evicted pod ends" gone pod tolerates-1
	eventually_says "the node is Ready" '^True/' ready_of "$node"
	check "and no longer tainted" reachable "$node"
	eventually_says "the other pod is Ready again" '^True$' field pod tolerates-600 '.status.conditions[?(@.type=="Ready")].status'
	check "it is deleted" k delete pod tolerates-600 --timeout=20s
}

# Nothing runs there, and no pod needs an offer: the master is asked.
check_idle_partition() {
	check "an agent without pods is cut off" control agents/agent3/partition
	eventually_says "its node is Unknown" '^Unknown/' ready_of agent3
	check "it is back" control agents/agent3/heal
	eventually_says "its node is Ready" '^True/' ready_of agent3
	check "and no longer tainted" reachable agent3
}

check_agent_loss() {
	local node
	node=$(k get pods -l app=web -o 'jsonpath={.items[0].spec.nodeName}')
	check "an agent loses power" control "agents/$node/kill"
	eventually_says "its pods are not ready, and say that the agent is unreachable" 'NodeUnreachable' k get pods -l app=web -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].reason}'
	check "the operator marks it gone" control "agents/$node/gone"
	eventually "the work moves to the other agents" all_ready 6
	eventually "as many processes as wanted" processes_are 6
	k delete pods --field-selector "spec.nodeName=$node" --timeout=20s >/dev/null # finished ones keep their node
	eventually "the node that does not come back is deleted" gone node "$node"
	check "the replica set is deleted" k delete rs web --timeout=30s
	eventually "its pods are gone" none_left
	eventually "their processes too" processes_are 0
}

none_left() {
	[ -z "$(k get pods -l app=web -o name)" ]
}

sandbox_start --agents 3
adapter_start
check_nodes
check_ends
check_crash
check_several
check_reasons
check_changes
check_deletion
check_partition
check_idle_partition
check_replicas
check_restart
check_interruptions
check_agent_loss
check "the adapter lives to the end" adapter_runs
adapter_stop
e2e_end
