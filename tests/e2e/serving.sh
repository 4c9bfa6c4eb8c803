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

# old_certificate: one that nearly expired, with its key.
old_certificate() {
	local ca=$work/ca
	mkdir -p "$ca" && : >"$ca/index.txt" && echo 01 >"$ca/serial"
	printf '%s\n' '[ca]' 'default_ca=c' '[c]' "new_certs_dir=$ca" "database=$ca/index.txt" "serial=$ca/serial" 'default_md=sha256' \
		'policy=p' 'copy_extensions=copy' '[p]' 'commonName=supplied' >"$ca/conf"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=nearly-over -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$ca/key" -out "$ca/csr" &&
		openssl ca -batch -selfsign -notext -config "$ca/conf" -startdate 20200101000000Z \
			-enddate "$(date -u -d '+1 day' +%Y%m%d%H%M%SZ)" -keyfile "$ca/key" -in "$ca/csr" -out "$ca/cert" &&
		cat "$ca/cert" "$ca/key" >"$work/pki/kubelet-server.pem"
}

shown_by_node() {
	shown "$(field node agent1 .status.daemonEndpoints.kubeletEndpoint.Port)"
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
check "a certificate that is nearly over" old_certificate
csr_names >"$work/before"
start
eventually "the next one is asked for" count_is 3
eventually_says "meanwhile the present one is shown" 'CN *= *nearly-over' shown_by_node
k certificate approve "$(csr_names | grep -vxFf "$work/before")" >/dev/null
eventually_says "and then the next" 'CN *= *system:node:kube-mesos-adapter' shown_by_node
adapter_stop
refuses "a directory that is none is said at once" 'kubelet-cert-dir: /nothing: No such file' "$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter" --master "$SANDBOX_MESOS" --kubelet-address 127.0.0.1:0 --kubelet-cert-dir /nothing
e2e_end
