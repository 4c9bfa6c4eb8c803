#!/usr/bin/env bash
# Two adapters, of which one leads, while pods of all shapes come and go and everything around them is killed, cut off,
# stopped and garbled at random. What must hold is looked at from outside all the while, and once more when all is calm.
#
#   CHAOS_SECONDS   how long faults come (default: 60; a night: 600)
#   CHAOS_SEED      what faults and pods are drawn from (default: another one each time; printed)
#
# The draws repeat with the seed, what they meet does not: processes are real, and so is the time.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

CHAOS_SECONDS=${CHAOS_SECONDS:-60}
SEED=${CHAOS_SEED:-$((SRANDOM % 100000))}
AGENTS=4
CALM_PATIENCE=120 # seconds until everything is as it should be again
MESOS_SECRET=mesos-secret-$SEED
FDS_MORE=72               # descriptors that an adapter may have more at the end; 64 connections to a host are kept
MEMORY_MORE=$((24 << 10)) # KiB, likewise
grep -qa __asan_init "$BUILD_DIR/kube-mesos-adapter" && MEMORY_MORE=$((320 << 10)) # freed memory is kept for a while

# shellcheck source=tests/e2e/chaos/load.sh
. "$(dirname "$0")/chaos/load.sh"
jq_dir=$(realpath "$(dirname "$0")/chaos")

declare -A pid=()    # of the adapters a and b; empty while there is none
declare -A end_of=() # what is wrong at present, to the command that ends it
declare -A end_at=() # and when, in ms
declare -A ended=()  # adapters that were told to end, to the status they may end with
helpers=()
faults=0
trouble=$work/trouble # a line for whatever was seen and should not be
touch "$trouble" "$work/began" "$work/deleted" "$work/watched" "$work/faults" "$work/scans"

now_ms() {
	local us=${EPOCHREALTIME/[.,]/}
	ms=$((us / 1000))
}

seen() {
	now_ms
	echo "$((ms - began)) $*" >>"$trouble"
}

# Adapters

start() {
	"$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" \
		--mesos-principal chaos --mesos-secret-file "$work/secret" --log-level debug --backoff-min 300ms --backoff-max 2s \
		--quarantine 3s --metrics-address 127.0.0.1:0 >>"$work/adapter-$1.log" 2>&1 &
	pid[$1]=$!
}

# No adapter ends but when it was told to, and then as it should.
look_after() {
	local name status
	for name in a b; do
		[ -n "${pid[$name]:-}" ] && ! kill -0 "${pid[$name]}" 2>/dev/null || continue
		wait "${pid[$name]}" 2>>"$work/notices"
		status=$?
		[ "$status" -ne 143 ] || [ "${ended[$name]:-}" != 0 ] || status=0 # told to before it listened
		[ "$status" = "${ended[$name]:-none}" ] || seen "adapter $name ended with $status, not ${ended[$name]:-told to}"
		unset "ended[$name]"
		start "$name"
	done
}

adapter_kill() {
	ended[$1]=137
	kill -9 "${pid[$1]}"
}

adapter_end() {
	ended[$1]=0
	kill "${pid[$1]}"
}

# Faults. Each is a name of what it hits, for one thing has one fault at a time, and says how it ends.

# fault WHAT MS BEGIN END: both are commands; END after that many ms at most
fault() {
	now_ms
	faults=$((faults + 1))
	echo "$((ms - began)) $1: $3${4:+, then $4}" >>"$work/faults"
	eval "$3" >>"$work/control.log" 2>&1
	if [ -n "$4" ]; then
		end_of[$1]=$4
		end_at[$1]=$((ms + RANDOM % $2 + 300))
	fi
}

inject() {
	local bytes
	case $((RANDOM % 4)) in
	0) bytes='{"type":"MODIFIED","object":{"kind":"Pod"' ;;
	1) bytes=$(printf '1000000\n{"type":') ;;
	2) bytes=$(printf '\001\377}}]]garbage\n\n\n') ;;
	3) bytes=$(printf '%070000d' 7) ;;
	esac
	curl -sSf -X POST --data-binary "$bytes" "$SANDBOX_CONTROL/sandbox/$1/inject"
}

draw() {
	local agent=agent$((RANDOM % AGENTS + 1)) adapter=a what
	[ $((RANDOM % 2)) -eq 0 ] || adapter=b
	local kinds=(adapter adapter adapter kube kube kube kube master master agent agent agent agent)
	what=${kinds[RANDOM % ${#kinds[@]}]}
	case $what in
	adapter) what="adapter $adapter" ;;
	agent) what="agent $agent" ;;
	esac
	[ -z "${end_of[$what]:-}" ] || return 0
	case $what in
	adapter*)
		[ -z "${ended[$adapter]:-}" ] || return 0 # it is about to end
		case $((RANDOM % 4)) in
		0 | 1) fault "$what" 1 "adapter_kill $adapter" '' ;;
		2) fault "$what" 6000 "kill -STOP ${pid[$adapter]}" "kill -CONT ${pid[$adapter]}" ;;
		3) fault "$what" 1 "adapter_end $adapter" '' ;;
		esac
		;;
	kube)
		case $((RANDOM % 6)) in
		0) fault kube 6000 'control kube/down' 'control kube/up' ;;
		1) fault kube 1 'control kube/cut' '' ;;
		2) fault kube 1 'control kube/compact; control kube/cut' '' ;;
		3) fault kube 1 'inject kube' '' ;;
		4) fault kube 4000 'control kube/busy' 'control kube/fine' ;;
		5) fault kube 4000 'control kube/broken' 'control kube/fine' ;;
		esac
		;;
	master)
		case $((RANDOM % 3)) in
		0) fault master 1 'control master/restart' '' ;;
		1) fault master 8000 'control master/silent' 'control master/speak' ;;
		2) fault master 1 'inject master' '' ;;
		esac
		;;
	agent*)
		case $((RANDOM % 5)) in
		0) fault "$what" 5000 "control agents/$agent/kill" "control agents/$agent/gone; control agents/$agent/start" ;;
		1) fault "$what" 5000 "control agents/$agent/stop" "control agents/$agent/start" ;;
		2 | 3) fault "$what" 6000 "control agents/$agent/partition" "control agents/$agent/heal" ;;
		4) fault "$what" 3000 "control agents/$agent/gone" "control agents/$agent/start" ;;
		esac
		;;
	esac
}

# Faults whose time is over end; all of them with "all".
end_faults() {
	local what
	for what in "${!end_of[@]}"; do
		if [ "${1:-}" = all ] || [ "$ms" -ge "${end_at[$what]}" ]; then
			echo "$((ms - began)) $what: ${end_of[$what]}" >>"$work/faults"
			eval "${end_of[$what]}" >>"$work/control.log" 2>&1 || seen "cannot end: ${end_of[$what]}"
			unset "end_of[$what]" "end_at[$what]"
		fi
	done
}

storm() {
	local until=$((began + CHAOS_SECONDS * 1000)) next=0
	RANDOM=$SEED
	while now_ms && [ "$ms" -lt "$until" ]; do
		end_faults
		look_after
		if [ "$ms" -ge "$next" ]; then
			draw
			next=$((ms + RANDOM % 1200))
		fi
		sleep 0.1
	done
	end_faults all
}

# What is seen from outside

# Sets tasks[ID] to the process of each task that lives: the leaders of the sessions in the sandbox's directory.
declare -A tasks=()
scan() {
	local proc stat variable id
	local -a fields environ
	tasks=()
	for proc in /proc/[0-9]*; do
		# The session of a process is the sixth field; none of ours has a space in its name.
		{ read -r stat <"$proc/stat"; } 2>/dev/null || continue
		read -ra fields <<<"$stat"
		[ "${fields[0]}" = "${fields[5]}" ] && [ "${fields[2]}" != Z ] || continue
		{ mapfile -d '' -t environ <"$proc/environ"; } 2>/dev/null || continue
		[[ " ${environ[*]}" == *" MESOS_SANDBOX=$work/"* ]] || continue
		for variable in "${environ[@]}"; do
			[[ $variable == MESOS_TASK_ID=* ]] || continue
			id=${variable#*=}
			tasks[$id]="${tasks[$id]:-} ${proc#/proc/}"
		done
	done
}

# The container of a UID, its pause as well, has one process at a time. Seen twice, both must live when the second is seen.
look_for_twins() {
	local id container
	local -A of=()
	scan
	for id in "${!tasks[@]}"; do
		container=${id%.*}
		of[$container]="${of[$container]:-}${tasks[$id]}"
	done
	for container in "${!of[@]}"; do
		# shellcheck disable=SC2086
		set -- ${of[$container]}
		# All of them, still: what ended while the others were looked for is no twin.
		[ $# -lt 2 ] || ! all_live "$@" || seen "container $container has processes $*"
	done
	echo "${#tasks[@]}" >>"$work/scans"
}

all_live() {
	local p stat
	local -a fields
	for p in "$@"; do
		{ read -r stat <"/proc/$p/stat"; } 2>/dev/null || return 1
		read -ra fields <<<"$stat"
		[ "${fields[2]}" != Z ] || return 1
	done
}

scans() {
	while [ ! -e "$work/calm" ]; do
		look_for_twins
		sleep 0.2
	done
}

# A watch of the pods, as lines; begun anew whenever it breaks. In one piece: of more than one, kubectl shows lists.
watch_pods() {
	while [ ! -e "$work/calm" ]; do
		timeout $((CHAOS_SECONDS + CALM_PATIENCE)) "$KUBECTL" --kubeconfig "$work/state/kubeconfig" get pods --watch \
			--chunk-size=0 --output-watch-events -o json 2>>"$work/watch.log" |
			jq -c --unbuffered '.type as $type | .object | [$type, .metadata.uid, .metadata.name, .status.phase,
				[(.status.initContainerStatuses // [])[], (.status.containerStatuses // [])[]
				| [.name, .restartCount, (.state | keys[0]), .containerID]],
				(.metadata.deletionTimestamp == null and (.metadata.ownerReferences | not)
				and .status.reason != "NodeLost"
				and ([.status.conditions[]? | select(.type == "DisruptionTarget")] == []))]' 2>>"$work/watch.log" \
				>>"$work/watched"
		sleep 0.3
	done
}

mesos_state() {
	curl -sSf --max-time 5 -u "chaos:$MESOS_SECRET" -H 'Content-Type: application/json' \
		-d '{"type":"GET_STATE"}' "$SANDBOX_MESOS/api/v1" | jq .get_state
}

# Says what is not as it should be, and fails if anything is not.
settled() {
	local kind
	scan
	for kind in pods replicasets jobs nodes; do
		k get "$kind" --request-timeout=5s -o json >"$work/$kind.json" || return 1
	done
	mesos_state >"$work/mesos.json" || return 1
	printf '%s\n' "${!tasks[@]}" | jq -R 'select(. != "")' | jq -s . >"$work/processes.json"
	jq -rn --argfile pods "$work/pods.json" --argfile sets "$work/replicasets.json" --argfile jobs "$work/jobs.json" \
		--argfile nodes "$work/nodes.json" --argfile mesos "$work/mesos.json" --argfile processes "$work/processes.json" \
		-f "$jq_dir/settled.jq" >"$work/unsettled" 2>&1
	cat "$work/unsettled"
	[ ! -s "$work/unsettled" ]
}

settled_and_watched() {
	look_after
	settled
}

# Tasks and executors are gone, and with them their processes.
nothing_left() {
	scan
	mesos_state >"$work/mesos.json" || return 1
	jq -e '((.get_tasks.tasks // []) | map(select(.state | test("STAGING|STARTING|RUNNING|KILLING")))) == []
		and (.get_executors.executors // []) == []' "$work/mesos.json" >/dev/null &&
		[ "${#tasks[@]}" -eq 0 ] && [ "$(k get pods -o name | wc -l)" -eq 0 ]
}

no_trouble() {
	cat "$trouble"
	[ ! -s "$trouble" ]
}

each_began_once() {
	LC_ALL=C sort "$work/began" | uniq -d
	[ -s "$work/began" ] && [ -z "$(LC_ALL=C sort "$work/began" | uniq -d)" ]
}

nothing_went_back() {
	jq -rn -f "$jq_dir/watched.jq" <(jq -c '.[0:5]' "$work/watched") | tee "$work/went-back"
	[ "$(wc -l <"$work/went-back")" -eq 1 ]
}

no_finished_lost() {
	jq -c 'select(.[5] and .[0] != "DELETED" and (.[3] == "Succeeded" or .[3] == "Failed")) | .[1:4]' "$work/watched" >"$work/finished"
	jq -rn --argfile now "$work/pods.json" --rawfile deleted "$work/deleted" -f "$jq_dir/finished.jq" "$work/finished" | tee "$work/lost"
	[ ! -s "$work/lost" ] && [ -s "$work/finished" ]
}

no_secrets() {
	local secret
	for secret in "$MESOS_SECRET" "$SECRET_VALUE" $(grep -E '(token|-data): ' "$work/state/kubeconfig-adapter" | awk '{print $2}'); do
		! grep -lF -- "$secret" "$work"/adapter-*.log || return 1
	done
}

# fds and memory of the larger of the two adapters
size() {
	local name n
	fds=0 memory=0
	for name in a b; do
		n=$(find "/proc/${pid[$name]}/fd" -mindepth 1 | wc -l)
		[ "$n" -le "$fds" ] || fds=$n
		n=$(awk '/^VmRSS/ {print $2}' "/proc/${pid[$name]}/status")
		[ "$n" -le "$memory" ] || memory=$n
	done
}

started() {
	grep -q 'another one leads' "$work"/adapter-[ab].log && grep -q 'pod bound' "$work"/adapter-[ab].log
}

finish() {
	local p
	# A child of ours that is told to end before it became an adapter would come here, too.
	[ "$BASHPID" = "$$" ] || return 0
	for p in "${pid[@]}"; do
		kill -9 "$p" 2>/dev/null
	done
	for p in "${helpers[@]}"; do
		kill "$p" 2>/dev/null
	done
	wait "${helpers[@]}" "${pid[@]}" 2>/dev/null
	e2e_clean
}
trap finish EXIT

check_calm() {
	PATIENCE=$CALM_PATIENCE
	eventually "all is as it should be: pods, tasks, processes, resources, nodes" settled_and_watched
	touch "$work/calm"
	size
	check "no container had two processes, no adapter ended unasked" no_trouble
	check "no task began twice" each_began_once
	check "no phase and no count of restarts went back" nothing_went_back
	cat "$work/went-back"
	check "no pod that had ended was lost" no_finished_lost
	check "an adapter has $fds descriptors, $fds_before before" test "$fds" -le $((fds_before + FDS_MORE))
	check "and $memory KiB of memory, $memory_before before" test "$memory" -le $((memory_before + MEMORY_MORE))
}

check_end() {
	local name
	k delete replicasets,jobs,pods --all --wait=false >"$work/load.log"
	eventually "all pods are deleted: nothing is left of them" nothing_left
	for name in a b; do
		kill "${pid[$name]}"
		wait "${pid[$name]}"
		check "adapter $name ends well" test $? -eq 0
		unset "pid[$name]"
	done
	check "no secret stands in a log" no_secrets
}

echo "seed $SEED, $CHAOS_SECONDS s of faults"
now_ms
began=$ms
printf %s "$MESOS_SECRET" >"$work/secret"
sandbox_start --agents "$AGENTS" --credential "chaos:$MESOS_SECRET"
start a
start b
load_run &
helpers+=($!)
eventually "one leads, one stands by, pods come" started
size
fds_before=$fds memory_before=$memory
watch_pods &
helpers+=($!)
scans &
helpers+=($!)
now_ms
began=$ms
storm 2>>"$work/notices" # where the shell tells who was killed
touch "$work/stop"
wait "${helpers[0]}"
echo "      $faults faults, $(cat "$work/made") objects made, $(wc -l <"$work/began") tasks began"
check_calm
check_end
if [ "$failed" -gt 0 ]; then
	echo "seed $SEED; faults by the millisecond:"
	cat "$work/faults"
	for name in a b; do
		echo "adapter $name, at last:"
		grep -v ' debug ' "$work/adapter-$name.log" | tail -n 40 | cut -c1-300
	done
fi
e2e_end
