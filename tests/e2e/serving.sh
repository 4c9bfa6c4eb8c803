#!/usr/bin/env bash
# The kubelet port's certificate from Kubernetes: asked for, approved by kubectl, shown to an API server that checks it, and kept.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

start() {
	adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt" --kubelet-cert-dir "$work/pki"
}

csr_names() {
	k get csr -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}'
}

count_is() {
	[ "$(csr_names | wc -l)" -eq "$1" ]
}

csr() {
	k get csr "$name" -o "jsonpath={$1}"
	echo
}

phase_is() {
	[ "$(field pod "$1" .status.phase)" = "$2" ]
}

shown() {
	openssl s_client -connect "127.0.0.1:$1" -showcerts </dev/null 2>/dev/null | openssl x509 -noout -subject -ext subjectAltName,extendedKeyUsage
}

mkdir "$work/pki"
sandbox_start --agents 1 --verify-kubelets
start
k apply -f - >/dev/null <<-END
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec:
  schedulerName: mesos
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  tolerations: [{key: mesos.apache.org/agent, operator: Exists}]
  containers: [{name: main, image: x, command: [sh, -c, 'echo hello; exec sleep 1000']}]
END
eventually "the port asks for a certificate" count_is 1
name=$(csr_names)
says "of the signer for kubelets" '^kubernetes.io/kubelet-serving$' csr .spec.signerName
says "for what a kubelet needs" '^\["digital signature","server auth"\]$' csr .spec.usages
says "with a name that tells whose it is" '^kube-mesos-adapter-' csr .metadata.name
eventually "a pod runs" phase_is talker Running
refuses "an API server that checks kubelets refuses what nobody signed" 'x509|certificate' k logs talker
check "somebody approves the request" k certificate approve "$name"
eventually_says "then it reads logs" '^hello$' k logs talker
port=$(field node agent1 .status.daemonEndpoints.kubeletEndpoint.Port)
says "the certificate is a kubelet's" 'CN *= *system:node:kube-mesos-adapter' shown "$port"
says "for the port's address" 'IP Address:127.0.0.1' shown "$port"
says "it is kept where only its owner reads" '^600$' stat -c %a "$work/pki/kubelet-server.pem"
adapter_stop
start
eventually_says "after a restart it is shown again" '^hello$' k logs talker
check "without another request" count_is 1
adapter_stop
echo garbage >"$work/pki/kubelet-server.pem"
start
eventually "one that is broken is asked for anew" count_is 2
name=$(csr_names | grep -v "^$name\$")
check "which somebody denies" k certificate deny "$name"
eventually_says "that stands in the log" 'gives no certificate.*Denied' cat "$work/adapter.log"
adapter_stop
refuses "a directory that is none is said at once" 'kubelet-cert-dir: /nothing: No such file' "$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" --kubelet-address 127.0.0.1:0 --kubelet-cert-dir /nothing
e2e_end
