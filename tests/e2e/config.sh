#!/usr/bin/env bash
# What a container is started with, end to end: ConfigMaps, Secrets, fields, services; what is missing, and what is refused.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# configured NAME ENVIRONMENT [SPEC]: a pod that prints its environment; both in YAML's flow style.
configured() {
	k apply -f - <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {app: blue}}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  restartPolicy: Never
	  terminationGracePeriodSeconds: 1
	  ${3:-hostNetwork: false}
	  containers:
	  - name: main
	    image: busybox
	    command: [sh, -c, 'env | sort; echo "arg \$0"', '\$(GREETING)']
	    ports: [{name: http, containerPort: 8080}]
	    resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {memory: 64Mi}}
	    ${2//$'\t'/}
	END
}

# The standard output of its container, as the agent keeps it.
stdout_of() {
	local uid
	uid=$(field pod "$1" .metadata.uid)
	cat "$work"/state/agents/*/slaves/*/frameworks/*/executors/"$uid"/runs/*/tasks/"$uid.main.0"/stdout
}

# prints POD LINE...: its output has each of these lines.
prints() {
	local pod=$1
	shift
	eventually "$pod ends well" phase_is "$pod" Succeeded
	stdout_of "$pod" >"$work/printed"
	for line in "$@"; do
		check "$pod has $line" grep -Fxq -- "$line" "$work/printed"
	done
}

waiting() {
	field pod "$1" ".status.containerStatuses[0].state.waiting.$2"
}

objects() {
	k create configmap settings --from-literal=MODE=fast --from-literal=greeting=hello
	k create secret generic db --from-literal=USER=me --from-literal=PASS=s3cret-e2e
	k create service clusterip web --tcp=80:8080
}

check_values() {
	configured full 'envFrom: [{configMapRef: {name: settings}}, {prefix: DB_, secretRef: {name: db}}]
	    env:
	    - {name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}
	    - {name: MODE, value: "not $(MODE)"}
	    - {name: URL, value: "$(DB_USER):$(DB_PASS)@db"}
	    - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['"'app'"']"}}}
	    - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
	    - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
	    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
	    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
	    - {name: MAYBE, valueFrom: {secretKeyRef: {name: none, key: k, optional: true}}}' >/dev/null
	prints full 'arg hello' 'MODE=not fast' 'greeting=hello' 'DB_PASS=s3cret-e2e' 'URL=me:s3cret-e2e@db' 'APP=blue' 'POD=full' \
		'LIMIT=64' HOSTNAME=full 'WEB_SERVICE_PORT=80' "WEB_SERVICE_HOST=$(field service web .spec.clusterIP)" \
		"NODE=$(field pod full .spec.nodeName)" "IP=$(field pod full .status.podIP)"
	check "an optional value that is missing is left out" lacks '^MAYBE=' "$work/printed"
	check "no Secret stands in the adapter's log" lacks 's3cret-e2e|czNjcmV0LWUyZQ' "$work/adapter.log"
	configured bare 'env: [{name: GREETING, value: hi}]' "$(printf 'enableServiceLinks: false\n  hostname: db-0\n  subdomain: db')" >/dev/null
	prints bare 'arg hi' HOSTNAME=db-0
	check "without service links there are no variables of services" lacks '^WEB_' "$work/printed"
	configured whole 'env: [{name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}]' \
		"$(printf 'overhead: {cpu: 100m}\n  resources: {requests: {cpu: 200m, memory: 64Mi}, limits: {cpu: 500m, memory: 64Mi}}')" >/dev/null
	prints whole CPUS=500
	says "resources of the pod as a whole decide its class" '^Burstable$' field pod whole .status.qosClass
}

lacks() {
	! grep -E -- "$1" "$2"
}

check_missing() {
	configured early 'env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: late, key: word}}}]' >/dev/null
	eventually_says "without its ConfigMap a container waits" '^CreateContainerConfigError$' waiting early reason
	says "in the kubelet's words" '^configmap "late" not found$' waiting early message
	eventually_says "and with an event" 'Failed.*Error: configmap "late" not found' k get events --field-selector involvedObject.name=early
	k create configmap late --from-literal=other=x >/dev/null
	eventually_says "a key that is missing is told, too" '^couldn.t find key word in ConfigMap default/late$' waiting early message
	k patch configmap late -p '{"data":{"word":"at last"}}' >/dev/null
	prints early 'arg at last'
}

check_example() {
	k apply -f "$(dirname "$0")/../../examples/workloads/web-config.yaml" >/dev/null
	eventually_says "the example of a web server is started with its settings and its password" 'Started.*pod/site-.*container httpd' \
		k get events
	k delete replicaset site --wait=false >/dev/null
}

check_refused() {
	configured odd 'securityContext: {runAsUser: 1000}' 'dnsPolicy: ClusterFirstWithHostNet' >/dev/null
	eventually_says "what cannot be is refused with field and reason" \
		'spec.dnsPolicy \(containers use the agent.s resolver\), spec.containers\[main\].securityContext.runAsUser \(Mesos takes the name' \
		k get events --field-selector involvedObject.name=odd
	configured wide '' 'resources: {limits: {memory: 32Mi}}' >/dev/null
	eventually_says "a limit of a pod that cannot be kept is refused" \
		'spec.resources.limits.memory: the limits of containers that run at once are more' \
		k get events --field-selector involvedObject.name=wide
	says "and in the condition" 'not supported: spec.dnsPolicy \(' field pod odd '.status.conditions[?(@.type=="PodScheduled")].message'
}

sandbox_start
adapter_start
objects >/dev/null
check_values
check_missing
check_example
check_refused
e2e_end
