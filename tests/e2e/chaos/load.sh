# Sourced by tests/e2e/chaos.sh: pods of all shapes that come and go until the file $work/stop is there.
# shellcheck shell=bash
#
# Every container writes its task's id into $work/began before anything else. Names are used once, but for those of
# twins, which are deleted and made again. What is about to be deleted is noted in $work/deleted first.

LOAD_OBJECTS=12 # so many at a time, of which some are several pods

SECRET_VALUE="do-not-tell-$SEED"
BEGIN="echo \$MESOS_TASK_ID >>$work/began"

# head KIND/VERSION NAME
load_head() {
	cat <<-END
	---
	apiVersion: ${1#*/}
	kind: ${1%%/*}
	metadata: {name: $2, labels: {chaos: "yes"}}
	END
}

# spec POLICY INDENT CONTAINER...: a pod's spec; a container is "NAME COMMAND...", with init: before the name if it is one.
load_spec() {
	local policy=$1 indent=$2 c name kind=
	shift 2
	{
		cat <<-END
		spec:
		  schedulerName: mesos
		  automountServiceAccountToken: false
		  terminationGracePeriodSeconds: 1
		  restartPolicy: $policy
		  tolerations:
		  - {key: mesos.apache.org/agent, operator: Exists}
		END
		[ $((RANDOM % 2)) -eq 0 ] ||
			echo "  - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2}"
		for c in "$@"; do
			name=${c%% *}
			case $name in
			init:*) [ "$kind" = initContainers ] || echo "  ${kind:=initContainers}:" ;;
			*) [ "$kind" = containers ] || echo "  containers:" && kind=containers ;;
			esac
			cat <<-END
			  - name: ${name#init:}
			    image: x
			    command: [sh, -c, '$BEGIN; ${c#* }']
			    env: [{name: PASSWORD, value: $SECRET_VALUE}]
			    resources: {requests: {cpu: ${cpu:-10m}, memory: 8Mi}}
			END
		done
	} | sed "s/^/$indent/"
}

load_pod() {
	local name=$1
	shift
	load_head Pod/v1 "$name"
	load_spec "$1" '' "${@:2}"
}

# An object of a shape; sets nothing.
load_object() {
	local name=$1 replicas=$((RANDOM % 4 + 1)) policy
	case ${name%%-*} in
	rs)
		load_head ReplicaSet/apps/v1 "$name"
		cat <<-END
		spec:
		  replicas: $replicas
		  selector: {matchLabels: {rs: $name}}
		  template:
		    metadata: {labels: {chaos: "yes", rs: $name}}
		END
		load_spec Always '    ' 'main exec sleep 100000'
		;;
	job)
		policy=Never
		[ $((RANDOM % 2)) -eq 0 ] || policy=OnFailure
		load_head Job/batch/v1 "$name"
		cat <<-END
		spec:
		  completions: $replicas
		  parallelism: 2
		  backoffLimit: 1000
		  template:
		    metadata: {labels: {chaos: "yes"}}
		END
		load_spec "$policy" '    ' 'main sleep 1'
		;;
	crash) load_pod "$name" Always 'main sleep 0.3; exit 3' ;;
	never) load_pod "$name" Never "main sleep 0.$((RANDOM % 10)); exit $((RANDOM % 2 * 7))" ;;
	retry) load_pod "$name" OnFailure "main echo >>$work/retry-$name; [ \$(wc -l <$work/retry-$name) -ge 3 ]" ;;
	twin | always) load_pod "$name" Always 'main exec sleep 100000' ;;
	group) load_pod "$name" Always 'init:prepare sleep 0.2' 'one exec sleep 100000' 'two sleep 2; exit 1' ;;
	deaf) load_pod "$name" Always 'main trap "" TERM; while :; do sleep 0.2; done' ;;
	large) cpu=50 load_pod "$name" Never 'main exit 0' ;;
	esac
}

load_kind() {
	case ${1%%-*} in
	rs) echo replicasets ;;
	job) echo jobs ;;
	*) echo pods ;;
	esac
}

load_create() {
	load_object "$1" | k create --request-timeout=3s -f - >>"$work/load.log" 2>&1
}

load_delete() {
	local how
	echo "$1" >>"$work/deleted"
	case $((RANDOM % 4)) in
	0) how=--force\ --grace-period=0 ;;
	1) how=--grace-period=1 ;;
	*) how= ;;
	esac
	# shellcheck disable=SC2086
	k delete --request-timeout=3s --wait=false --ignore-not-found $how "$(load_kind "$1")" "$1" >>"$work/load.log" 2>&1
}

load_run() {
	local shapes=(rs rs job job crash never never retry always group deaf) live=(large-0 twin-1 twin-2 twin-3) n=0 i name
	RANDOM=$((SEED + 1))
	for name in "${live[@]}"; do
		load_create "$name"
	done
	while [ ! -e "$work/stop" ]; do
		i=$((RANDOM % ${#live[@]}))
		name=${live[i]}
		if [ "${#live[@]}" -lt "$LOAD_OBJECTS" ] || [ $((RANDOM % 3)) -eq 0 ]; then
			n=$((n + 1))
			name=${shapes[RANDOM % ${#shapes[@]}]}-$n
			live+=("$name")
			load_create "$name"
		elif [[ $name == twin-* ]]; then
			load_delete "$name"
			load_create "$name"
		elif [[ $name == rs-* ]] && [ $((RANDOM % 2)) -eq 0 ]; then
			k scale --request-timeout=3s "rs/$name" --replicas=$((RANDOM % 5)) >>"$work/load.log" 2>&1
		elif [[ $name != large-* ]]; then
			load_delete "$name"
			unset 'live[i]'
			live=("${live[@]}")
		fi
		echo "$n" >"$work/made"
		sleep 0.1
	done
}
