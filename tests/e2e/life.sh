#!/usr/bin/env bash
# The life of containers: probes that really probe, and what follows of them. Times are only bounded from below.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

sandbox_start --agents 2
# Without an election: a machine that is slow for seconds would end sessions with the lease.
adapter_start --no-leader-elect
port=${SANDBOX_CONTROL##*:} # somebody who answers GET /sandbox
flags=$work/flags	    # files that containers look at
mkdir -p "$flags"

# pod NAME SPEC: SPEC is JSON that is put over a pod with one container "main" that sleeps.
pod() {
	jq -n --arg name "$1" --argjson more "$2" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name}, spec: ({
		schedulerName: "mesos", automountServiceAccountToken: false, terminationGracePeriodSeconds: 1,
		containers: [{name: "main", image: "busybox", command: ["sleep", "1000"]}]} * $more)}' | k apply -f -
}

# main MEMBERS [COMMAND...]: as a spec, the one container with these members and this command.
main() {
	local members=$1
	shift
	[ $# -gt 0 ] || set -- sleep 1000
	jq -nc --argjson members "$members" '{containers: [{name: "main", image: "busybox", command: $ARGS.positional} + $members]}' --args -- "$@"
}

status() { # NAME PATH of its first container
	field pod "$1" ".status.containerStatuses[0].$2"
}

condition() { # NAME TYPE
	field pod "$1" ".status.conditions[?(@.type==\"$2\")].status"
}

is() { # WORD COMMAND...
	local word=$1
	shift
	[ "$("$@")" = "$word" ]
}

exists() { # a test for an exec probe
	jq -nc --arg file "$flags/$1" '{exec: {command: ["test", "-e", $file]}}'
}

# probe HANDLER [MEMBERS]: often, and failing at once
probe() {
	jq -nc --argjson handler "$1" --argjson more "${2:-{\}}" '$handler + {periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 30} + $more'
}

open_gate() { # NAME TYPE
	k get pod "$1" -o json | jq --arg type "$2" '.status.conditions += [{type: $type, status: "True"}]' |
		k replace --raw "/api/v1/namespaces/default/pods/$1/status" -f -
}

check_readiness() {
	check "a pod whose command says whether it is ready" pod ready "$(main "{\"readinessProbe\": $(probe "$(exists ready)")}")"
	check "one that is ready when a port is open" pod open "$(main "{\"readinessProbe\": $(probe "{\"tcpSocket\": {\"port\": \"web\"}}"), \"ports\": [{\"containerPort\": $port, \"name\": \"web\"}]}")"
	check "one that is ready when a page is there" pod page "$(main "{\"readinessProbe\": $(probe "{\"httpGet\": {\"port\": $port, \"path\": \"/sandbox\"}}")}")"
	check "one whose page is missing" pod missing "$(main "{\"readinessProbe\": $(probe "{\"httpGet\": {\"port\": $port, \"path\": \"/nosuch\"}}")}")"
	check "one that waits for others' word too" pod gated '{"readinessGates": [{"conditionType": "example.com/go"}]}'
	eventually "an open port makes ready" is True condition open Ready
	eventually "a page makes ready" is True condition page Ready
	eventually_says "a missing page is told by an event" 'Unhealthy.*Readiness probe of container main failed: HTTP probe failed with statuscode: 404' k describe pod missing
	check "and does not make ready" is False condition missing Ready
	says "kubectl shows it" '^missing +0/1 +Running' k get pod missing
	eventually "the sandbox of one that is not ready stands" is True condition ready PodReadyToStartContainers
	check "nor is one whose command fails" is False condition ready ContainersReady
	eventually "it has started all the same" is true status ready started
	touch "$flags/ready"
	eventually "it is ready when the command succeeds" is True condition ready Ready
	check "its container says so" is true status ready ready
	rm "$flags/ready"
	eventually "and unready when it fails again" is False condition ready Ready
	eventually "containers alone are not enough for a gate" is True condition gated ContainersReady
	says "which is what the pod waits for" 'gate "example.com/go" does not exist' field pod gated '.status.conditions[?(@.type=="Ready")].message'
	eventually "somebody opens the gate" open_gate gated example.com/go
	eventually "the pod is ready" is True condition gated Ready
}

check_liveness() {
	touch "$flags/alive"
	check "a pod that is asked whether it lives" pod alive "$(main "{\"livenessProbe\": $(probe "$(exists alive)")}")"
	check "one that starts slowly" pod slow "$(main "{\"startupProbe\": $(probe "$(exists slow)" '{"failureThreshold": 1000}'), \"livenessProbe\": $(probe "$(exists slow)")}")"
	check "one that never starts" pod never "$(main "{\"startupProbe\": $(probe "$(exists never)" '{"failureThreshold": 2, "timeoutSeconds": 1}')}")"
	eventually "it is ready" is True condition alive Ready
	check "and did not run anew" is 0 status alive restartCount
	rm "$flags/alive"
	eventually_says "when it fails it is ended" 'Killing.*Container main failed liveness probe, will be restarted' k describe pod alive
	touch "$flags/alive"
	eventually_says "and runs again" '^[1-9]' status alive restartCount
	eventually_says "its end is kept" '^(137|143)$' status alive lastState.terminated.exitCode
	check "before it has started, it is not ended" is 0 status slow restartCount
	check "and neither started" is false status slow started
	check "nor ready" is False condition slow Ready
	touch "$flags/slow"
	eventually "then it has started, and is ready" is True condition slow Ready
	rm "$flags/slow"
	eventually_says "from then on it is ended when it fails" '^[1-9]' status slow restartCount
	eventually_says "who never starts is ended" 'Killing.*Container main failed startup probe, will be restarted' k describe pod never
}

check_hooks() {
	local say="trap 'echo told >>$flags/hook; exit 0' TERM; echo begun >>$flags/hook; while :; do sleep 0.1; done" before
	check "a pod that sleeps before it ends" pod hook "$(main '{"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}' sh -c "$say" | jq -c '.terminationGracePeriodSeconds = 30')"
	eventually "it runs" grep -q begun "$flags/hook"
	eventually "and is ready" is True condition hook Ready
	before=$(date +%s%N)
	check "it is deleted" k delete pod hook --timeout=40s
	check "but was told to end no sooner than three seconds later" test $((($(date +%s%N) - before) / 1000000)) -ge 3000
	check "and it was told" grep -q told "$flags/hook"
}

# Hooks that are commands: they write where the container writes, too.
check_commands() {
	local say="trap 'echo told >>$flags/ran; exit 0' TERM; echo begun >$flags/begun; while :; do sleep 0.1; done"
	jq -n --arg say "$say" --arg flags "$flags" '{terminationGracePeriodSeconds: 30, containers: [
		{name: "main", image: "busybox", workingDir: $flags, command: ["sh", "-c", $say], lifecycle: {
			postStart: {exec: {command: ["sh", "-c", "echo post >>ran; until test -e go; do sleep 0.1; done"]}},
			preStop: {exec: {command: ["sh", "-c", "echo pre >>ran"]}}}},
		{name: "next", image: "busybox", command: ["sh", "-c", "echo next >>" + $flags + "/ran; exec sleep 1000"]}]}' >"$work/commands.json"
	check "a pod with hooks that are commands" pod hooked "$(cat "$work/commands.json")"
	check "one whose hook fails at first" pod unhooked "$(main "{\"lifecycle\": {\"postStart\": $(exists hookable)}}")"
	check "one whose hook asks for a page" pod asking "$(main "{\"lifecycle\": {\"postStart\": {\"httpGet\": {\"port\": $port, \"path\": \"/sandbox\"}}}}")"
	eventually "the hook is run when the container has started" grep -q post "$flags/ran"
	eventually "so has the container" test -e "$flags/begun"
	check "it waits until the hook has ended" is ContainerCreating status hooked state.waiting.reason
	check "and so does the next one" is "" k get pod hooked -o 'jsonpath={.status.containerStatuses[?(@.name=="next")].state.running}'
	check "the adapter stops" adapter_stop
	check "and another one begins" adapter_start --no-leader-elect
	eventually "which runs the hook again, for nobody stored its end" grep -Pzq 'post\npost' "$flags/ran"
	touch "$flags/go"
	eventually "then all are ready" is True condition hooked Ready
	eventually "the next one has begun, too" grep -q next "$flags/ran"
	eventually_says "a hook that fails is told" 'FailedPostStartHook.*status 1' k describe pod unhooked
	eventually_says "its container is ended" '^(137|143)$' status unhooked lastState.terminated.exitCode
	touch "$flags/hookable"
	eventually "it runs when the hook succeeds" is True condition unhooked Ready
	says "in another run" '^[1-9]' status unhooked restartCount
	eventually "a page that is there will do" is True condition asking Ready
	check "the pod is deleted" k delete pod hooked --timeout=40s
	says "the other hook was run before the container was told to end" '^(post )+next pre told $' tr '\n' ' ' <"$flags/ran"
}

began_in_order() {
	[ "$(head -4 "$flags/order" | tr '\n' ' ')" = "begin one begin two begin three begin main " ]
}

# Two containers that write their names, and a sidecar before each; all write when they begin and when they are told to end.
check_order() {
	local say="trap 'echo end \$0 >>$flags/order; exit 0' TERM; echo begin \$0 >>$flags/order; while :; do sleep 0.1; done"
	jq -n --arg say "$say" --arg file "$flags/order" '{initContainers: [
		{name: "one", image: "busybox", restartPolicy: "Always", command: ["sh", "-c", $say, "one"]},
		{name: "two", image: "busybox", command: ["sh", "-c", "echo begin $$0 >>" + $file, "two"]},
		{name: "three", image: "busybox", restartPolicy: "Always", command: ["sh", "-c", $say, "three"]}],
		terminationGracePeriodSeconds: 30,
		containers: [{name: "main", image: "busybox", command: ["sh", "-c", $say, "main"]}]}' >"$work/order.json"
	check "a pod with sidecars" pod order "$(cat "$work/order.json")"
	eventually "is ready" is True condition order Ready
	eventually "they began one after the other" began_in_order
	says "kubectl counts the sidecars" '^order +3/3 +Running' k get pod order
	check "it is deleted" k delete pod order --timeout=30s
	check "the sidecars ended last, in reverse order" test "$(tail -3 "$flags/order" | tr '\n' ' ')" = "end main end three end one "
	check "a job with a sidecar" pod job '{"restartPolicy": "Never", "initContainers": [{"name": "side", "image": "busybox", "restartPolicy": "Always", "command": ["sleep", "1000"]}], "containers": [{"name": "main", "image": "busybox", "command": ["true"]}]}'
	eventually "is done when its container is" is Succeeded field pod job .status.phase
}

check_restarts() {
	check "a pod whose container runs again after one exit code only" pod rule "$(main "{\"restartPolicy\": \"Never\", \"restartPolicyRules\": [{\"action\": \"Restart\", \"exitCodes\": {\"operator\": \"In\", \"values\": [42]}}]}" sh -c "test ! -e $flags/rule || exit 7; touch $flags/rule; exit 42" | jq -c '.restartPolicy = "Never"')"
	check "a pod with a deadline" pod short '{"activeDeadlineSeconds": 2}'
	eventually "the one fails with the other code" is Failed field pod rule .status.phase
	says "in its second run" '^1 7$' k get pod rule -o 'jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.terminated.exitCode}'
	eventually "the other when its time is over" is DeadlineExceeded field pod short .status.reason
	check "which is an end" is Failed field pod short .status.phase
}

last_words() { # NAME
	k get pod "$1" -o 'jsonpath={.status.containerStatuses[0].state.terminated.message}'
}

check_messages() {
	local once='.restartPolicy = "Never"'
	check "a pod that says why it ends" pod words "$(main '{}' sh -c 'echo -n the disk >/dev/termination-log; exit 3' | jq -c "$once")"
	check "one that says so in a file of its choice" pod elsewhere "$(main '{"terminationMessagePath": "/srv/why/file"}' sh -c 'seq 2000 >/srv/why/file' | jq -c "$once")"
	check "one whose log has to do" pod log "$(main '{"terminationMessagePolicy": "FallbackToLogsOnError"}' sh -c 'echo first; echo second >&2; exit 1' | jq -c "$once")"
	check "one that ended well, so its log says nothing" pod well "$(main '{"terminationMessagePolicy": "FallbackToLogsOnError"}' echo hello | jq -c "$once")"
	check "one that fails once" pod again "$(main '{}' sh -c "test -s /dev/termination-log && exit 2; test -e $flags/again && exec sleep 1000; touch $flags/again; echo once >/dev/termination-log; exit 1")"
	eventually_says "its words stand in its status" '^the disk$' last_words words
	eventually "so do the others, the last 4096 bytes" test_words elsewhere "$(seq 2000 | tail -c 4096)"
	eventually "the end of its log does, standard output first" test_words log "first
second"
	eventually "the one that ended well" is Succeeded field pod well .status.phase
	check "said nothing" test_words well ""
	eventually "the one that failed runs again, with a file of its own" is True condition again Ready
	says "and its words are kept" '^once$' status again lastState.terminated.message
}

test_words() { # NAME TEXT
	[ "$(last_words "$1")" = "$2" ]
}

# A server that a probe of the adapter asks: probed NAME PROBES PORT FILE
probed() {
	pod "$1" "$(main "$2" "$BUILD_DIR/tests/probe_server" "$3" "$4")"
}

check_probes_of_the_adapter() {
	local one two
	one=$("$BUILD_DIR/tests/probe_server") two=$("$BUILD_DIR/tests/probe_server")
	local ask="{\"readinessProbe\": $(probe "{\"grpc\": {\"port\": $one, \"service\": \"db\"}}"), \"livenessProbe\": $(probe "{\"httpGet\": {\"port\": $one, \"httpHeaders\": [{\"name\": \"X-Probe\", \"value\": \"yes\"}]}}" '{"failureThreshold": 1000}')}"
	check "a pod that is asked in gRPC, and with a header" probed health "$ask" "$one" "$flags/health"
	check "one that is asked without the header it wants" probed stranger "{\"readinessProbe\": $(probe "{\"httpGet\": {\"port\": $two, \"httpHeaders\": [{\"name\": \"X-Other\", \"value\": \"yes\"}]}}")}" "$two" "$flags/health"
	check "one that is asked at another host" pod elsewhere-asked "$(main "{\"readinessProbe\": $(probe "{\"tcpSocket\": {\"port\": $port, \"host\": \"0.0.0.0\"}}")}")"
	eventually "another host answers" is True condition elsewhere-asked Ready
	eventually_says "a server that does not serve is told by an event" 'Unhealthy.*Readiness probe of container main failed: service unhealthy \(responded with "NOT_SERVING"\)' k describe pod health
	check "and is not ready" is False condition health Ready
	touch "$flags/health"
	eventually "it is ready when it serves" is True condition health Ready
	eventually_says "who wants another header is not ready" 'Unhealthy.*HTTP probe failed with statuscode: 400' k describe pod stranger
	k describe pod health >"$work/health"
	check "and the one that gets its header does not complain" is 0 grep -c 'Liveness probe.*statuscode' "$work/health"
	rm "$flags/health"
	eventually "it is unready when it serves no more" is False condition health Ready
}

check_refusals() {
	check "a probe that nobody can make" pod local "$(main '{"readinessProbe": {"tcpSocket": {"port": 1, "host": "localhost"}}}')"
	eventually_says "is refused by its name" 'spec.containers\[main\].readinessProbe.tcpSocket.host' field pod local '.status.conditions[?(@.type=="PodScheduled")].message'
}

check_readiness
check_liveness
check_order
check_hooks
check_commands
check_restarts
check_messages
check_probes_of_the_adapter
check_refusals
check "the adapter lives" adapter_runs
e2e_end
