#!/usr/bin/env bash
# What pods use: kubectl top through a metrics-server that scrapes our kubelet port, and the port's own answers about nodes.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

sandbox_start --agents 2 --metrics-server --node-proxy-loopback
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"

# ask PATH: of the kubelet port itself, as the metrics-server does.
ask() {
	curl -sSk -m 20 -H "Authorization: Bearer $(cat "$work/state/metrics.token")" "https://127.0.0.1:$port$1"
}

# node PATH: through the API server, as the administrator.
node() {
	k get --raw "/api/v1/nodes/agent1/proxy$1"
}

# node_jq PATH FILTER
node_jq() {
	node "$1" | jq -r "$2"
}

other_pods() {
	k get --raw /api/v1/nodes/agent2/proxy/pods | jq '.items | length'
}

# value METRIC: of the first line that begins so.
value() {
	ask /nodes/agent1/metrics/resource | awk -v name="$1" 'index($0, name) == 1 { print $2; exit }'
}

positive() {
	awk -v n="$(value "$1")" 'BEGIN { exit !(n > 0) }'
}

# run_in POD COMMAND: as the administrator, at the port.
run_in() {
	curl -sSk -m 20 -X POST -H "Authorization: Bearer $(sed -nE 's/.*token: *//p' "$work/state/kubeconfig-token" | head -1)" \
		"https://127.0.0.1:$port/run/default/$1/main?cmd=$2"
	echo
}

agent=agent1 # where pods go
check "a pod that computes" pod busy sh -c 'while :; do :; done'
check "a pod that sleeps" pod idle sh -c 'exec sleep 1000'
eventually "it runs" phase_is busy Running
eventually "both do" phase_is idle Running
eventually "the other agent is a node as well" k get node agent2
port=$(field node agent1 .status.daemonEndpoints.kubeletEndpoint.Port)

says "a node says where its metrics are" '^/nodes/agent1/metrics/resource$' field node agent1 '.metadata.annotations.metrics\.k8s\.io/resource-metrics-path'
eventually "cpu time of a container is measured" positive 'container_cpu_usage_seconds_total{container="main",namespace="default",pod="busy"}'
eventually "its memory too" positive 'container_memory_working_set_bytes{container="main",namespace="default",pod="busy"}'
eventually "and those of the pod" positive 'pod_cpu_usage_seconds_total{namespace="default",pod="busy"}'
eventually "and of the node" positive node_cpu_usage_seconds_total
says "measures have a time" '^node_memory_working_set_bytes [0-9.e+]+ [0-9]{13}$' ask /nodes/agent1/metrics/resource
says "nothing failed" '^resource_scrape_error 0$' ask /nodes/agent1/metrics/resource
says "a start has none" '^container_start_time_seconds\{container="main",namespace="default",pod="busy"\} [0-9.e+]+$' ask /nodes/agent1/metrics/resource
says "cAdvisor's metrics name the image" '^container_memory_rss\{container="main",id="[^"]+",image="busybox",namespace="default",pod="busy"\}' ask /nodes/agent1/metrics/cadvisor
says "the program's own metrics are there" '^kube_mesos_adapter_' ask /metrics
says "with several nodes a name is needed" 'which of 2 nodes' ask /metrics/resource
says "a node that is none is said" 'node "agent7" does not exist' ask /nodes/agent7/metrics/resource
says "metrics are all that a metrics-server may read" 'Forbidden' ask /nodes/agent1/stats/summary
says "the summary, through the API server" '^busy [1-9][0-9]+$' node_jq /stats/summary '.pods[] | "\(.podRef.name) \(.cpu.usageCoreNanoSeconds)"'
says "is of that node" '^agent1$' node_jq /stats/summary .node.nodeName

says "pods are those of the node" '^default/idle mesos$' node_jq /pods '.items[] | "\(.metadata.namespace)/\(.metadata.name) \(.spec.schedulerName)"'
says "running pods are those that run" '^PodList busy main busybox$' node_jq /runningpods/ '.kind as $k | .items[] | "\($k) \(.metadata.name) \(.spec.containers[0].name) \(.spec.containers[0].image)"'
says "another node has none" '^0$' other_pods
says "configz" '^KubeletConfiguration Webhook$' node_jq /configz '.kubeletconfig | "\(.kind) \(.authorization.mode)"'
says "run" '^one two$' run_in busy 'echo+one+two'
says "run of what fails says so" "command 'cat /nothing' exited with 1: .*No such file" run_in busy 'cat+/nothing'
says "run of a pod that is none" 'pod "nobody" does not exist' run_in nobody true

eventually_says "top pod" '^busy +[1-9][0-9]*m +[0-9]+Mi' k top pod busy
eventually_says "top pod --containers" '^busy +main +[1-9][0-9]*m' k top pod --containers
eventually_says "top node" '^agent1 +[1-9][0-9]*m +[0-9]+% +[0-9]+Mi +[0-9]+%' k top node
check "the pod ends" k delete pod busy --timeout=20s
check "the adapter lives" adapter_runs
e2e_end
