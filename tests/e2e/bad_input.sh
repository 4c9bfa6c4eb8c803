#!/usr/bin/env bash
# What people and peers get wrong: each gives one clear error, and nothing else is lost.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

adapter() {
	timeout 30 env -u KUBERNETES_SERVICE_HOST "$BUILD_DIR/kube-mesos-adapter" "$@"
}

# wrong SENTENCE PATTERN FLAG...: exit code 2, and one line that matches.
wrong() {
	local sentence=$1 pattern=$2
	shift 2
	adapter "$@" >"$work/out" 2>&1
	local code=$?
	if [ "$code" -eq 2 ] && [ "$(wc -l <"$work/out")" -eq 1 ] && grep -Eq -- "$pattern" "$work/out"; then
		ok "$sentence"
	else
		echo "exit code $code" >>"$work/out"
		not_ok "$sentence"
	fi
}

good_kubeconfig() {
	echo "$work/state/kubeconfig-adapter"
}

check_options() {
	wrong "an unknown flag" 'unknown.*--frobnicate|--frobnicate.*unknown' --frobnicate
	wrong "a flag without its value" '--master' --master
	wrong "no master at all" 'master' --kubeconfig "$(good_kubeconfig)"
	wrong "a master that is no URL" 'master.*(http|URL)' --kubeconfig "$(good_kubeconfig)" --master mesos.example:5050x/y
	wrong "a duration that is none" 'offer-hold.*(soon|duration)' --master "$SANDBOX_MESOS" --offer-hold soon
	wrong "a number out of range" 'executor-cpus' --master "$SANDBOX_MESOS" --executor-cpus 900
	wrong "a log level that does not exist" 'log-level: must be one of' --master "$SANDBOX_MESOS" --log-level loud
	wrong "a role that Mesos does not allow" 'mesos-roles' --master "$SANDBOX_MESOS" --mesos-roles 'a b'
	wrong "a certificate without its key" 'mesos-key-file' --master https://127.0.0.1:1 --mesos-cert-file "$work/state/kubeconfig"
	echo 'no-such-option: 1' >"$work/config.yaml"
	wrong "an unknown option in the file" 'config.yaml.*no-such-option' --config "$work/config.yaml"
	printf 'master: [\n' >"$work/config.yaml"
	wrong "a file that is no YAML" 'config.yaml' --config "$work/config.yaml"
	wrong "a file that does not exist" '/nowhere/config.yaml' --config /nowhere/config.yaml
	wrong "a secret file that does not exist" '/nowhere/secret' --master "$SANDBOX_MESOS" --mesos-principal p --mesos-secret-file /nowhere/secret
	wrong "a CA file that does not exist" '/nowhere/ca' --master https://127.0.0.1:1 --mesos-ca-file /nowhere/ca
}

check_kubeconfigs() {
	wrong "a kubeconfig that does not exist" '/nowhere/kubeconfig' --master "$SANDBOX_MESOS" --kubeconfig /nowhere/kubeconfig
	wrong "a context that does not exist" 'context.*moon' --master "$SANDBOX_MESOS" --kubeconfig "$(good_kubeconfig)" --context moon
	cat >"$work/exec" <<-END
	apiVersion: v1
	kind: Config
	current-context: c
	contexts: [{name: c, context: {cluster: k, user: u}}]
	clusters: [{name: k, cluster: {server: "https://127.0.0.1:1"}}]
	users: [{name: u, user: {exec: {command: login}}}]
	END
	wrong "an exec plug-in" 'exec' --master "$SANDBOX_MESOS" --kubeconfig "$work/exec"
	sed 's/certificate-authority-data: .*/certificate-authority-data: bm90IGEgY2VydGlmaWNhdGU=/' "$(good_kubeconfig)" >"$work/badca"
	wrong "CA data that is no certificate" 'certificate' --master "$SANDBOX_MESOS" --kubeconfig "$work/badca"
	wrong "no kubeconfig outside of a cluster" 'kubeconfig|KUBERNETES_SERVICE_HOST' --master "$SANDBOX_MESOS"
}

# ends SENTENCE PATTERN FLAG...: it runs, and ends with code 1 and one error that matches.
ends() {
	local sentence=$1 pattern=$2
	shift 2
	adapter --master "$SANDBOX_MESOS" --metrics-address '' "$@" >"$work/out" 2>&1
	local code=$?
	if [ "$code" -eq 1 ] && [ "$(grep -c ' error ' "$work/out")" -eq 1 ] && grep -Eq -- "$pattern" "$work/out"; then
		ok "$sentence"
	else
		echo "exit code $code" >>"$work/out"
		not_ok "$sentence"
	fi
}

check_identities() {
	sed 's/token: .*/token: wrong/' "$(good_kubeconfig)" >"$work/badtoken"
	ends "an expired or wrong token" 'Unauthorized|401' --kubeconfig "$work/badtoken"
	ends "a certificate of another CA" 'Unauthorized|401' --kubeconfig "$work/state/kubeconfig-foreign"
	ends "an expired certificate" 'Unauthorized|401' --kubeconfig "$work/state/kubeconfig-expired"
	ends "an account without rights" 'Forbidden|403' --kubeconfig "$work/state/kubeconfig-plain" --state-namespace default
}

pod() {
	cat <<-END
	{"apiVersion":"v1","kind":"Pod","metadata":{"name":"$1"},"spec":{"schedulerName":"mesos","restartPolicy":"Never","automountServiceAccountToken":false,
	"containers":[{"name":"main","image":"x","command":["true"],"resources":{"requests":{"cpu":"100m"}}}]}}
	END
}

create() {
	jq "$1" <<<"$(pod "$2")" | k create --validate=false -f - >/dev/null
}

succeeded() {
	[ "$(field pod "$1" .status.phase)" = Succeeded ]
}

message_of() {
	field pod "$1" '.status.conditions[?(@.type=="PodScheduled")].message'
}

check_pods() {
	create '.spec.containers += [range(199) | {name: "c\(.)", image: "x", command: ["true"]}]' crowd
	create '.spec.containers[0].resources.requests.cpu = "1e15"' greedy
	create '.spec.containers[0].resources.requests.memory = "8Ei"' vast
	create '.' sound
	eventually "a sound pod among bad ones is run" succeeded sound
	eventually_says "a pod with 200 containers is told so" '200 containers, at most 100' message_of crowd
	eventually_says "an absurd number of cpus is told so" 'cpu' message_of greedy
	eventually_says "absurd memory is told so" 'mem' message_of vast
	refuses "a negative quantity does not even come in" 'must be greater than or equal to 0' create '.spec.containers[0].resources.requests.cpu = "-1"' negative
	check "a status of an unknown phase is put by somebody" patch_phase sound Bogus
	create '.' after
	eventually "the next pod is run all the same" succeeded after
	check "the adapter lives" adapter_runs
}

# A record of a master's event stream.
record() {
	printf '%d\n%s' "${#1}" "$1"
}

# bad_bytes SENTENCE PATTERN PEER[?times=N]: standard input goes into the open streams of that peer; one line of the log
# matches, and pods are run all the same.
bad_bytes() {
	local sentence=$1 pattern=$2 order=${3/\?/\/inject?} name=after-$passed
	[[ $3 == *\?* ]] || order=$3/inject
	cat >"$work/bytes"
	: >"$work/adapter.log"
	eventually "$sentence is sent" curl -sSf --data-binary "@$work/bytes" "$SANDBOX_CONTROL/sandbox/$order"
	eventually_says "$sentence is one clear error" "$pattern" cat "$work/adapter.log"
	create '.' "$name"
	eventually "after $sentence pods are run" succeeded "$name"
	says "$sentence is told once" '^1$' grep -Ec -- "$pattern" "$work/adapter.log"
}

check_bytes() {
	bad_bytes "an event of an unknown type" 'type.*TELEPATHY' master < <(record '{"type":"TELEPATHY","telepathy":{}}')
	bad_bytes "half a record" 'session with the Mesos master ended' master <<<$'30\n{"type":"HEARTB'
	bad_bytes "a record of 100 MB" 'session with the Mesos master ended' master <<<$'104857600\n{'
	bad_bytes "half a line" 'watch of pods was interrupted' kube <<<'{"type":"ADDED","object":{'
	bad_bytes "a line of 100 MB" 'watch of pods was interrupted.*over' 'kube?times=100' < <(head -c 1048576 /dev/zero | tr '\0' x)
	check "the adapter lives" adapter_runs
}

# An event of the watch with a pod that no API server would have let in.
watched() { # NAME SPEC
	printf '{"type":"ADDED","object":{"metadata":{"name":"%s","namespace":"default","uid":"uid-%s","resourceVersion":"%s"},"spec":%s}}\n' \
		"$1" "$1" "$(k get pods -o 'jsonpath={.metadata.resourceVersion}')" "$2"
}

check_malformed_pods() {
	watched bent '{"schedulerName":"mesos","containers":3}' >"$work/bytes"
	watched minus '{"schedulerName":"mesos","containers":[{"name":"a","resources":{"requests":{"cpu":"-1"}}}]}' >>"$work/bytes"
	check "malformed pods are watched" curl -sSf --data-binary "@$work/bytes" "$SANDBOX_CONTROL/sandbox/kube/inject"
	eventually_says "one without a list of containers is told so" 'Unsupported.*spec.containers: not a list' events_of bent
	eventually_says "one with a negative quantity is told so" 'Unsupported.*requests.cpu.: must not be negative' events_of minus
	create '.' behind
	eventually "the pod behind them is run" succeeded behind
}

events_of() {
	k get events --field-selector "involvedObject.name=$1"
}

patch_phase() {
	k get pod "$1" -o json | jq ".status.phase = \"$2\"" | k replace --raw "/api/v1/namespaces/default/pods/$1/status" -f -
}

check_silent_master() {
	check "the master falls silent" control master/silent
	adapter_start
	eventually_says "a master that never answers is named" 'trouble with the Mesos master.*no SUBSCRIBED within' cat "$work/adapter.log"
	check "it speaks again" control master/speak
	k delete pod after --wait=false >/dev/null 2>&1
	create '.' patient
	eventually "and pods are run" succeeded patient
	adapter_stop
}

# The certificate authority of the sandbox.
ca() {
	k config view --raw -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}' | base64 -d
}

check_wrong_masters() {
	ca >"$work/ca.pem"
	: >"$work/adapter.log"
	"$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$(good_kubeconfig)" --mesos-ca-file "$work/ca.pem" --metrics-address '' \
		--master "http://127.0.0.1:1,$SANDBOX_KUBE,$SANDBOX_MESOS" >"$work/adapter.log" 2>&1 &
	adapter_pid=$!
	eventually_says "of several masters, the one that is none is passed over" 'trouble with the Mesos master.*127.0.0.1:1' cat "$work/adapter.log"
	eventually_says "and the right one found" 'subscribed to the Mesos master' cat "$work/adapter.log"
	adapter_stop
}

check_secured_mesos() {
	e2e_stop "$sandbox_pid"
	sandbox_start --agents 1 --credential kube:sesame --mesos-tls
	printf sesame >"$work/secret"
	printf wrong >"$work/wrong"
	ca >"$work/ca.pem"
	: >"$work/adapter.log"
	adapter_start
	eventually_says "a master's certificate that nobody vouches for is refused" 'trouble with the Mesos master.*certificate' cat "$work/adapter.log"
	adapter_stop
	adapter_start --mesos-ca-file "$work/ca.pem" --mesos-principal kube --mesos-secret-file "$work/wrong"
	eventually_says "a wrong secret is told" 'trouble with the Mesos master.*401' cat "$work/adapter.log"
	adapter_stop
	adapter_start --mesos-ca-file "$work/ca.pem" --mesos-principal kube --mesos-secret-file "$work/secret"
	create '.' secured
	eventually "with the right ones pods are run" succeeded secured
	check "no secret stands in the log" test "$(grep -Ec 'sesame|wrong' "$work/adapter.log")" -eq 0
	adapter_stop
}

sandbox_start --agents 2
check_options
check_kubeconfigs
check_identities
adapter_start
check_pods
check_malformed_pods
check_bytes
adapter_stop
PATIENCE=45 check_silent_master # it is given 30 s
check_wrong_masters
check_secured_mesos
e2e_end
