#!/usr/bin/env bash
# The API server is away, or refuses what changes something: pods go on, and what happened is told afterwards.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# job NAME SHELL_SCRIPT
job() {
	k apply -f - <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {app: outage}}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  restartPolicy: Never
	  terminationGracePeriodSeconds: 1
	  containers: [{name: main, image: x, command: [sh, -c, '$2'], resources: {requests: {cpu: 10m, memory: 8Mi}}}]
	END
}

phases_are() {
	local n=$1 phase=$2
	[ "$(k get pods -l app=outage -o 'jsonpath={range .items[*]}{.status.phase}{"\n"}{end}' | grep -cx "$phase")" -eq "$n" ]
}

waits_for_file='while [ ! -e '$work'/go ]; do sleep 0.1; done'
JOBS=40

start_jobs() {
	local i
	rm -f "$work/go"
	for i in $(seq $JOBS); do
		job "$1-$i" "$waits_for_file; exit $((i % 2))"
	done >/dev/null
	eventually "$JOBS pods run" phases_are $JOBS Running
}

end_jobs() {
	eventually "all have their ends: half of them well" phases_are $((JOBS / 2)) Succeeded
	eventually "and half not" phases_are $((JOBS / 2)) Failed
	says "with their exit codes" '^1$' field pod "$1-7" '.status.containerStatuses[0].state.terminated.exitCode'
	eventually "and Mesos was told that all is stored" acknowledged "$2" $JOBS
	check "they are deleted" k delete pods -l app=outage --timeout=30s
}

refused() {
	curl -sSf "$SANDBOX_CONTROL/sandbox" | sed -n 's/.*"refused": *\([0-9]*\).*/\1/p'
}

lines() {
	wc -l <"$work/adapter.log"
}

# acknowledged LINE N: after that line of the log, updates of so many tasks were.
acknowledged() {
	[ "$(tail -n "+$1" "$work/adapter.log" | grep -w acknowledge | grep -o 'task=[^ ]*' | sort -u | wc -l)" -ge "$2" ]
}

failed_since() {
	tail -n "+$1" "$work/adapter.log" | grep -c 'failed.*what="*patch status' || true
}

check_outage() {
	start_jobs away
	local before
	before=$(lines)
	check "the API server goes away" control kube/down
	touch "$work/go" # now they end
	sleep 8          # in which it may not try too often
	check "the adapter lives" adapter_runs
	says "it does not try for each of them again and again" '^([0-9]|[1-6][0-9])$' failed_since "$before"
	check "the API server is back" control kube/up
	end_jobs away "$before"
}

check_busy() {
	local before n line
	start_jobs busy
	before=$(refused)
	line=$(lines)
	check "the API server answers 429 to whatever changes something" control kube/busy
	touch "$work/go"
	sleep 4 # four times Retry-After, in which it may not try too often
	n=$(($(refused) - before))
	says "the adapter obeys Retry-After" '^([1-9]|[1-9][0-9])$' echo "$n"
	check "it takes everything again" control kube/fine
	end_jobs busy "$line"
}

# failed_more LINE N: since that line more than N patches did.
failed_more() {
	[ "$(failed_since "$1")" -gt "$2" ]
}

check_broken() {
	local line n
	start_jobs broken
	line=$(lines)
	check "the API server answers 500 to whatever changes something" control kube/broken
	touch "$work/go"
	eventually "that is noticed" failed_more "$line" 0
	n=$(failed_since "$line")
	eventually "it tries again" failed_more "$line" "$n"
	check "it works again" control kube/fine
	end_jobs broken "$line"
}

sandbox_start --agents 2
adapter_start
check_outage
check_busy
check_broken
check "the adapter lives to the end" adapter_runs
adapter_stop
e2e_end
