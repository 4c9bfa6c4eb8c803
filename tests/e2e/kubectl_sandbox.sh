#!/bin/bash
# Real kubectl against the sandbox's API server, without the adapter.
#
#   kubectl_sandbox.sh [SANDBOX [KUBECTL...]]
#
# SANDBOX is the built program. Without KUBECTL: that of the environment, or Debian's, and the kubectl on PATH when that is another
# version. Each meets a sandbox of its own.
set -euo pipefail

if [ $# -gt 0 ]; then
	BUILD_DIR=$(dirname "$1")/..
	shift
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

watch_pid=

# The kubectl under test as somebody other than the administrator.
as() {
	local who=$1
	shift
	"$KUBECTL" --kubeconfig "$work/state/kubeconfig-$who" "$@"
}

in_file() {
	grep -Eq -- "$1" "$2"
}

count_is() {
	local wanted=$1
	shift
	[ "$("$@" -o name | wc -l)" -eq "$wanted" ]
}

# absent KIND NAME: the server says so.
absent() {
	! k get "$@" >"$work/absent" 2>&1 && grep -q NotFound "$work/absent"
}

pod() {
	cat <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {app: $1, tier: test}}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  containers:
	  - {name: main, image: "busybox:1.36", command: [sleep, "60"], resources: {requests: {cpu: 100m, memory: 32Mi}}}
	END
}

bind_pod() {
	echo "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"$1\"},\"target\":{\"kind\":\"Node\",\"name\":\"node-1\"}}" |
		k create --raw "/api/v1/namespaces/$ns/pods/$1/binding" -f -
}

run_pod() {
	k get pod "$1" -o json | jq '.status.phase = "Running" | .status.conditions = [{type: "Ready", status: "True"}] |
		.status.startTime = "2026-01-01T00:00:00Z" | .status.podIP = "10.1.2.3" | .status.podIPs = [{ip: "10.1.2.3"}] |
		.status.containerStatuses = [{name: "main", image: "busybox:1.36", imageID: "", ready: true, started: true,
			restartCount: 0, state: {running: {startedAt: "2026-01-01T00:00:00Z"}}}]' |
		k replace --raw "/api/v1/namespaces/$ns/pods/$1/status" -f -
}

make_node() {
	k apply -f - <<-END
	apiVersion: v1
	kind: Node
	metadata: {name: node-1, labels: {rack: r1}}
	END
	k get node node-1 -o json | jq '.status.conditions = [{type: "Ready", status: "True"}] |
		.status.addresses = [{type: "InternalIP", address: "127.0.0.1"}]' |
		k replace --raw /api/v1/nodes/node-1/status -f -
}

check_reading() {
	says "version names the server" 'v1\.36' k version
	says "api-resources lists replica sets" 'replicasets +rs +apps/v1 +true +ReplicaSet' k api-resources
	says "api-versions lists batch/v1" '^batch/v1$' k api-versions
	says "get namespaces prints the table" '^default +Active +[0-9]+' k get namespaces
	says "get --raw /readyz is ok" '^ok$' k get --raw /readyz
	says "auth can-i asks the server" '^yes$' k auth can-i create pods
	refuses "an unknown resource is no resource" "doesn't have a resource type" k get widgets
	refuses "an unknown pod is NotFound" 'NotFound.*pods "none" not found' k get pod none
}

check_pods() {
	says "create -f makes a pod" '^pod/a created' k create -f - < <(pod a)
	refuses "creating it again is AlreadyExists" 'AlreadyExists' k create -f - < <(pod a)
	says "get prints READY and STATUS" '^a +0/1 +Pending +0 ' k get pod a
	says "get -o wide prints the node" '^a +0/1 +Pending .*<none> +<none>' k get pod a -o wide
	says "get -o json is the object" '"schedulerName": "mesos"' k get pod a -o json
	says "get -o yaml is the object" '^ +schedulerName: mesos' k get pod a -o yaml
	says "get -o name" '^pod/a$' k get pod a -o name
	says "get -o jsonpath" '^mesos$' k get pod a -o 'jsonpath={.spec.schedulerName}{"\n"}'
	says "get -o custom-columns" '^a +mesos$' k get pod a -o custom-columns=N:.metadata.name,S:.spec.schedulerName
	says "get -o go-template" '^a:mesos$' k get pod a -o 'go-template={{.metadata.name}}:{{.spec.schedulerName}}{{"\n"}}'
	says "get --show-labels" 'app=a,tier=test' k get pods --show-labels
	says "get --sort-by works on whole objects" '^a ' k get pods --sort-by=.metadata.name
	says "get -A prints namespaces" "^$ns +a " k get pods -A
	says "get all finds pods by category" '^pod/a ' k get all
	refuses "a pod without containers is refused with the field" 'spec.containers: Required value' k create -f - < <(pod bad | sed '/containers:/,$d')
}

check_selectors() {
	check "a second pod" k create -f - < <(pod b)
	check "-l equality" count_is 1 k get pods -l app=b
	check "-l set" count_is 2 k get pods -l 'app in (a,b),tier'
	check "-l inequality" count_is 1 k get pods -l 'app!=a'
	check "--field-selector metadata.name" count_is 1 k get pods --field-selector metadata.name=a
	check "--field-selector spec.schedulerName" count_is 2 k get pods --field-selector spec.schedulerName=mesos
	check "--field-selector status.phase!=" count_is 0 k get pods --field-selector status.phase!=Pending
	refuses "an unknown field selector is refused" 'field label not supported: spec.foo' k get pods --field-selector spec.foo=x
	check "--chunk-size pages through" count_is 2 k get pods --chunk-size=1
}

check_apply() {
	says "apply creates" 'configmap/c created' k apply -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"1","y":"2"}}'
	says "apply of the same is unchanged" 'configmap/c unchanged' k apply -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"1","y":"2"}}'
	says "apply of another is configured" 'configmap/c configured' k apply -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"3"}}'
	says "apply removed what was left out" '^\{"x":"3"\}$' k get configmap c -o 'jsonpath={.data}{"\n"}'
	says "apply --server-side" 'serverside-applied' k apply --server-side -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"s"},"data":{"x":"1"}}'
	says "it has managed fields of kind Apply" 'Apply' k get configmap s -o 'jsonpath={.metadata.managedFields[*].operation}'
	says "apply --dry-run=server changes nothing" 'configmap/c configured \(server dry run\)' k apply --dry-run=server -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"9"}}'
	says "create configmap" 'configmap/l created' k create configmap l --from-literal=k=v
	says "create secret" 'secret/l created' k create secret generic l --from-literal=k=v
	says "get prints several kinds" 'secret/l +Opaque +1' k get configmaps,secrets
	says "diff shows the difference" '^\+ +x: "4"' differs
}

differs() {
	k diff -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"4"}}' && return 1
	[ $? -eq 1 ]
}

check_patches() {
	says "patch --type strategic" 'pod/a patched' k patch pod a -p '{"metadata":{"labels":{"s":"1"}}}'
	says "patch --type merge" 'pod/a patched' k patch pod a --type merge -p '{"metadata":{"labels":{"m":"1"}}}'
	says "patch --type json" 'pod/a patched' k patch pod a --type json -p '[{"op":"add","path":"/metadata/labels/j","value":"1"}]'
	says "all three arrived" '^111$' k get pod a -o 'jsonpath={.metadata.labels.s}{.metadata.labels.m}{.metadata.labels.j}{"\n"}'
	refuses "a patch of the spec is refused" 'pod updates may not change fields' k patch pod a -p '{"spec":{"schedulerName":"x"}}'
	if k patch --help | grep -q -- --subresource; then
		says "patch --subresource=status" 'pod/b patched' k patch pod b --subresource=status --type merge -p '{"status":{"message":"hello"}}'
		says "the status arrived" '^hello$' k get pod b -o 'jsonpath={.status.message}{"\n"}'
	fi
	says "label" 'pod/a labeled' k label pod a colour=red
	refuses "label without --overwrite" 'already has a value' k label pod a colour=blue
	says "label --overwrite" 'pod/a (labeled|not labeled)' k label pod a colour=blue --overwrite
	says "annotate" 'pod/a annotated' k annotate pod a note=x
	says "annotate removes" 'pod/a annotated' k annotate pod a note-
}

check_running() {
	check "a node" make_node
	says "get nodes prints Ready" '^node-1 +Ready +<none>' k get nodes
	says "get nodes -l" '^node-1' k get nodes -l rack=r1
	check "binding puts the pod on the node" bind_pod a
	refuses "binding twice is refused" 'already assigned to node|Conflict' bind_pod a
	says "the pod is on the node" '^node-1$' k get pod a -o 'jsonpath={.spec.nodeName}{"\n"}'
	check "the pod's status is put" run_pod a
	says "get prints Running" '^a +1/1 +Running +0 ' k get pod a
	says "wait sees the condition" 'pod/a condition met' k wait --for=condition=Ready pod/a --timeout=10s
	refuses "wait gives up" 'timed out' k wait --for=condition=Ready pod/b --timeout=1s
	says "describe pod" '^Node: +node-1' k describe pod a
	says "describe node lists the pod" "^ +$ns +a " k describe node node-1
	check "cordon" k cordon node-1
	says "get prints SchedulingDisabled" '^node-1 +Ready,SchedulingDisabled' k get nodes
	check "uncordon" k uncordon node-1
}

make_event() {
	local uid
	uid=$(k get pod a -o 'jsonpath={.metadata.uid}')
	k create -f - <<-END
	apiVersion: v1
	kind: Event
	metadata: {name: a.1, namespace: $ns}
	involvedObject: {kind: Pod, namespace: $ns, name: a, uid: $uid}
	reason: Greeting
	message: hello from the event
	type: Normal
	source: {component: test}
	firstTimestamp: "$(date -u +%FT%TZ)"
	lastTimestamp: "$(date -u +%FT%TZ)"
	count: 1
	END
}

check_events() {
	check "an event is created" make_event
	says "get events prints it" 'Normal +Greeting +pod/a +hello from the event' k get events
	says "get events by field" 'Greeting' k get events --field-selector involvedObject.name=a
	says "describe shows it" 'Greeting.*hello from the event' k describe pod a
	if k events --help >/dev/null 2>&1; then
		says "events prints it" 'Greeting +Pod/a +hello from the event' k events
	fi
}

check_watch() {
	: >"$work/watch"
	k get pods -w >"$work/watch" 2>&1 &
	watch_pid=$!
	eventually "get -w begins with what is there" in_file '^a +1/1 +Running' "$work/watch"
	check "a pod is created meanwhile" k create -f - < <(pod w)
	eventually "get -w shows the new pod" in_file '^w +0/1 +Pending' "$work/watch"
	check "that pod is deleted" k delete pod w --wait=false
	kill "$watch_pid" 2>/dev/null || true
	wait "$watch_pid" 2>/dev/null || true
	watch_pid=
}

check_deletion() {
	says "delete of an unscheduled pod" 'pod "b" deleted' k delete pod b
	check "it is gone" absent pod b
	says "delete without waiting" 'pod "a" deleted' k delete pod a --wait=false --grace-period=20
	says "a scheduled pod is Terminating first" '^a +1/1 +Terminating' k get pod a
	says "delete --force" 'force deleted' k delete pod a --grace-period=0 --force
	check "then it is gone" absent pod a
	says "delete by label" 'configmap "l" deleted|No resources found' k delete configmap -l none=none
	says "delete of all of a kind" 'configmap "c" deleted' k delete configmaps --all
}

replicaset() {
	cat <<-END
	apiVersion: apps/v1
	kind: ReplicaSet
	metadata: {name: web}
	spec:
	  replicas: 2
	  selector: {matchLabels: {app: web}}
	  template:
	    metadata: {labels: {app: web}}
	    spec:
	      schedulerName: mesos
	      containers: [{name: main, image: "busybox:1.36", command: [sleep, "60"]}]
	END
}

check_replicaset() {
	says "apply makes a replica set" 'replicaset.apps/web created' k apply -f - < <(replicaset)
	eventually "it has two pods" count_is 2 k get pods -l app=web
	says "scale" 'replicaset.apps/web scaled' k scale rs web --replicas=3
	eventually "it has three pods" count_is 3 k get pods -l app=web
	eventually "get prints DESIRED and CURRENT" rs_line '^web +3 +3 +0 '
	check "one of them is deleted" k delete "$(k get pods -l app=web -o name | head -1)"
	eventually "it is replaced" count_is 3 k get pods -l app=web
	says "scale down" 'scaled' k scale rs/web --replicas=1 --current-replicas=3
	eventually "one pod is left" count_is 1 k get pods -l app=web
	says "describe rs shows what it did" 'SuccessfulCreate.*Created pod: web-' k describe rs web
	check "delete the replica set" k delete rs web
	eventually "its pods are gone" count_is 0 k get pods -l app=web
}

rs_line() {
	k get rs | grep -Eq -- "$1"
}

job() {
	cat <<-END
	apiVersion: batch/v1
	kind: Job
	metadata: {name: once}
	spec:
	  template:
	    spec:
	      restartPolicy: Never
	      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
	END
}

finish_job_pod() {
	local name
	name=$(k get pods -l job-name=once -o 'jsonpath={.items[0].metadata.name}')
	k get pod "$name" -o json | jq '.status.phase = "Succeeded"' |
		k replace --raw "/api/v1/namespaces/$ns/pods/$name/status" -f -
}

check_job() {
	says "apply makes a job" 'job.batch/once created' k apply -f - < <(job)
	eventually "it has a pod" count_is 1 k get pods -l job-name=once
	check "the pod succeeds" finish_job_pod
	says "wait sees the job complete" 'condition met' k wait --for=condition=complete job/once --timeout=10s
	says "get prints COMPLETIONS" '^once .*1/1' k get jobs
}

check_identity() {
	says "a token opens the door" '^default' as token get namespaces
	refuses "a wrong token is Unauthorized" 'Unauthorized|must be logged in' as anonymous --token=wrong get pods
	refuses "a certificate of another CA is Unauthorized" 'Unauthorized|must be logged in' as foreign get pods
	refuses "an expired certificate is Unauthorized" 'Unauthorized|must be logged in' as expired get pods
	says "nobody is Forbidden" '"message": ?"pods is forbidden: User \\"system:anonymous\\" cannot list' \
		curl -sS --cacert "$work/state/ca.crt" "$SANDBOX_KUBE/api/v1/pods"
	refuses "a user without rights is Forbidden" 'Forbidden.*"plain" cannot list resource "pods"' as plain get pods
	says "the adapter may list pods" 'List' as adapter get --raw /api/v1/pods
	refuses "the adapter may not read secrets" 'Forbidden.*cannot list resource "secrets"' as adapter get secrets -n "$ns"
}

check_namespace() {
	says "create namespace" "namespace/$ns created" k create namespace "$ns"
	k config set-context --current --namespace="$ns" >/dev/null
}

check_namespace_end() {
	check "delete the namespace" k delete namespace "$ns" --timeout=20s
	check "it is gone" absent namespace "$ns"
	check "delete the node" k delete node node-1
}

check_faults() {
	check "the API server goes down" control kube/down
	refuses "then the connection is refused" 'refused' k get namespaces
	check "it comes back" control kube/up
	says "and answers" '^default' k get namespaces
	check "history is compacted" control kube/compact
	check "watches are cut" control kube/cut
	says "the control endpoint shows agents" '"hostname"' curl -sSf "$SANDBOX_CONTROL/sandbox"
}

# Nothing else can be learnt from a sandbox that died.
still_there() {
	kill -0 "$sandbox_pid" 2>/dev/null && return
	cat "$work/sandbox.err"
	echo "the sandbox died in check_$1"
	echo "$passed passed, $((failed + 1)) failed"
	exit 1
}

ends_cleanly() {
	kill "$sandbox_pid"
	wait "$sandbox_pid"
}

# A home of its own for each: kubectl remembers what a server offers by its address.
check_kubectl() {
	local group
	KUBECTL=$1 ns=e2e
	echo "      kubectl $(version_of "$KUBECTL")"
	export HOME=$work/home-$2
	mkdir -p "$HOME"
	sandbox_start
	for group in reading namespace pods selectors apply patches running events watch deletion replicaset job \
		identity namespace_end faults; do
		"check_$group"
		still_there "$group"
	done
	check "the sandbox ends cleanly" ends_cleanly
	sandbox_pid=
	rm -rf "$work/state" "$work/sandbox.out"
}

version_of() {
	"$1" version --client -o json 2>/dev/null | jq -r '.clientVersion | .major + "." + .minor' | tr -d +
}

# Debian's package, unpacked but not installed.
debian_kubectl() {
	local cache=$BUILD_DIR/kubectl-debian
	if [ ! -x "$cache/usr/bin/kubectl" ]; then
		mkdir -p "$cache"
		(cd "$cache" && apt-get download kubernetes-client >/dev/null 2>&1 && dpkg-deb -x kubernetes-client_*.deb .) || return 1
	fi
	echo "$cache/usr/bin/kubectl"
}

if [ $# -eq 0 ]; then
	if [ "$KUBECTL" != kubectl ]; then
		set -- "$KUBECTL"
	elif found=$(debian_kubectl); then
		set -- "$found"
	fi
	if found=$(command -v kubectl) && [ "$(version_of "$found")" != "$([ $# -eq 0 ] || version_of "$1")" ]; then
		set -- "$@" "$found"
	fi
fi
for program; do
	check_kubectl "$program" "$(version_of "$program")"
done
e2e_end
