#!/usr/bin/env bash
# Two adapters, of which one leads: what becomes of pods when it dies, stops, sleeps, or loses the API server.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Generous, for machines that are busy; what was measured is printed.
CRASH_LIMIT_MS=${CRASH_LIMIT_MS:-15000}
HANDOVER_LIMIT_MS=${HANDOVER_LIMIT_MS:-8000}
SLEEP=$((31000000 + $$ % 4000 * 1000)) # seconds that the processes of our pods sleep, each a number of its own

declare -A pid=()
pods=0

# start NAME [FLAG...]: an adapter with a log of its own.
start() {
	local name=$1
	shift
	ln -sfn "adapter-$name.log" "$work/adapter.log"
	: >>"$work/adapter-$name.log"
	adapter_start "$@"
	pid[$name]=$adapter_pid
	adapter_pid=
}

# end NAME SIGNAL: send it, and wait for the end.
end() {
	kill "-$2" "${pid[$1]}"
	wait "${pid[$1]}" 2>/dev/null
	ended=$?
	unset "pid[$1]"
}

clean() {
	local p
	for p in "${pid[@]}"; do
		kill -9 "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	e2e_clean
}
trap clean EXIT

# said NAME PATTERN TIMES: its log has so many such lines.
said() {
	local n
	n=$(grep -Ec -- "$2" "$work/adapter-$1.log")
	echo "$n lines match $2"
	[ "$n" -eq "$3" ]
}

# says_no_more NAME FROM PATTERN: after its line FROM there is none.
says_no_more() {
	! tail -n "+$(($2 + 1))" "$work/adapter-$1.log" | grep -E -- "$3"
}

lines() {
	wc -l <"$work/adapter-$1.log"
}

holder() {
	k get lease -n kube-mesos-adapter kube-mesos-adapter -o 'jsonpath={.spec.holderIdentity}{"\n"}'
}

# pods_now N: that many more pods, each a process of its own that notes when it began.
pods_now() {
	local i
	for ((i = 0; i < $1; i++)); do
		pods=$((pods + 1))
		cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: p$pods, labels: {app: failover}}
		spec:
		  schedulerName: mesos
		  automountServiceAccountToken: false
		  terminationGracePeriodSeconds: 1
		  containers:
		  - name: main
		    image: x
		    command: [sh, -c, 'date +%s%N >>$work/began-$pods; exec sleep $((SLEEP + pods))']
		    resources: {requests: {cpu: 10m, memory: 8Mi}}
		END
	done | k create -f - >/dev/null
	pods=$((pods + $1)) # the loop ran in a shell of its own
}

processes() {
	pgrep -af "^sleep $((SLEEP / 1000))[0-9]{3}\$"
}

# Each pod has one process, and each began once.
each_runs_once() {
	local i n
	n=$(processes | wc -l)
	echo "$n processes of $pods pods"
	for ((i = 1; i <= pods; i++)); do
		[ "$(cat "$work/began-$i" 2>/dev/null | wc -l)" -eq 1 ] || echo "p$i began $(cat "$work/began-$i" 2>/dev/null | wc -l) times"
	done
	[ "$n" -eq "$pods" ] && [ "$(processes | awk '{print $3}' | sort -u | wc -l)" -eq "$pods" ] &&
		[ "$(cat "$work"/began-* | wc -l)" -eq "$pods" ]
}

all_running() {
	[ "$(k get pods -l app=failover --field-selector=status.phase=Running -o name | wc -l)" -eq "$pods" ]
}

some_run() {
	[ "$(processes | wc -l)" -ge "$1" ]
}

exists() {
	[ -s "$1" ]
}

now_ns() {
	date +%s%N
}

# new_pod_within MS SINCE SENTENCE: a pod made now is launched, measured from SINCE.
new_pod_within() {
	local limit=$1 since=$2 sentence=$3 took
	pods_now 1
	eventually "$sentence" exists "$work/began-$pods"
	took=$((($(head -n 1 "$work/began-$pods") - since) / 1000000))
	check "    after $took ms (at most $limit)" test "$took" -le "$limit"
}

check_standby() {
	start a
	eventually "a single adapter leads at once" said a ' info +leading ' 1
	says "it holds the lease" "^$(uname -n)_[0-9a-f]{16}$" holder
	start b
	eventually "a second one sees that another leads" said b ' info +another one leads ' 1
	eventually "it knows the pods" said b 'pods are listed' 1
	pods_now 1
	eventually "a pod is run" exists "$work/began-1"
	check "by the first" said a 'pod bound' 1
	check "and the second does nothing" said b 'leading|pod bound|task|subscribed|node' 0
}

check_crash() {
	local since
	pods_now 30
	eventually "pods are being launched" some_run 3
	since=$(now_ns)
	end a KILL
	new_pod_within "$CRASH_LIMIT_MS" "$since" "kill -9 of the leader: the other launches a new pod"
	eventually "all pods run" all_running
	eventually "each of them once" each_runs_once
	check "the new leader lists the pods anew" said b 'pods are listed' 2
}

check_handover() {
	local since before
	start a
	eventually "who comes back stands by" said a ' info +another one leads ' 1
	before=$(holder)
	pods_now 30
	eventually "pods are being launched" some_run $((pods - 25))
	since=$(now_ns)
	end b TERM
	check "the leader ends well when it is told to" test "$ended" -eq 0
	new_pod_within "$HANDOVER_LIMIT_MS" "$since" "SIGTERM of the leader: the other launches a new pod"
	check "another holder has the lease" test "$before" != "$(holder)"
	eventually "all pods run" all_running
	eventually "each of them once" each_runs_once
}

check_sleeper() {
	local from
	start b
	eventually "who comes back stands by" said b ' info +another one leads ' 2
	kill -STOP "${pid[a]}"
	eventually "the leader sleeps beyond its lease: the other leads" said b ' info +leading ' 2
	pods_now 5
	eventually "and runs pods" all_running
	from=$(lines a)
	kill -CONT "${pid[a]}"
	eventually "who wakes up sees that it leads no more" said a 'the lease is lost; standing by' 1
	eventually "and stands by" said a ' info +another one leads ' 2
	pods_now 2
	eventually "pods made after that run" all_running
	check "it does nothing more" says_no_more a "$from" 'pod bound|task|subscribed|node|leading'
	check "nor does it disturb the other" said b 'session with the Mesos master ended' 0
	eventually "each pod runs once" each_runs_once
}

# Any moment is as good as another: what is under way differs from round to round.
check_crashes() {
	local round since
	end a TERM
	for round in 1 2 3 4 5; do
		pods_now 6
		eventually "round $round: some of its pods run" some_run $((pods - 5 + round % 3))
		end b KILL
		check "running tasks go on" some_run $((pods - 6))
		start b
	done
	since=$(now_ns)
	new_pod_within "$HANDOVER_LIMIT_MS" "$since" "who is started again in its place need not wait for its own lease"
	eventually "after five crashes all pods run" all_running
	eventually "each of them once" each_runs_once
}

check_outage() {
	local led
	led=$(grep -c ' info  leading ' "$work/adapter-b.log")
	check "the API server goes away" control kube/down
	eventually "the leader stops acting when it cannot renew its lease" said b 'the lease is lost; standing by' 1
	check "tasks go on" each_runs_once
	check "the API server comes back" control kube/up
	eventually "the adapter leads again" said b ' info +leading ' $((led + 1))
	pods_now 2
	eventually "pods made after that run" all_running
	eventually "each pod runs once" each_runs_once
}

# Whoever has our framework id and does not ask for the lease: Mesos lets the last one in, and nobody fights.
check_strangers() {
	start elected
	eventually "an adapter leads" said elected 'subscribed to the Mesos master' 1
	start stranger --no-leader-elect
	eventually "one without the lease takes its framework: it stands back" said elected 'although we hold the lease; standing back' 1
	start other --no-leader-elect
	wait "${pid[stranger]}"
	check "of two without the lease the first one gives up" test $? -eq 1
	unset 'pid[stranger]'
	says "and says why" 'cannot go on.*Framework failed over' cat "$work/adapter-stranger.log"
	check "the one with the lease did not subscribe again" said elected 'subscribed to the Mesos master' 1
	check "the last one keeps its session" said other 'session with the Mesos master ended' 0
	end other TERM
	end elected TERM
	check "the one that stood back ends well" test "$ended" -eq 0
}

none_left() {
	[ "$(processes | wc -l)" -eq 0 ]
}

sandbox_start --agents 3
check_standby
check_crash
check_handover
check_sleeper
check_crashes
check_outage
check "all pods are deleted" k delete pods -l app=failover --timeout=30s
eventually "their processes are gone" none_left
end b TERM
check "the last one ends well" test "$ended" -eq 0
says "and leaves the lease to nobody" '^$' holder
check_strangers
e2e_end
