#!/usr/bin/env bash
# Authorities, client certificates, tokens and the Mesos secret are exchanged three times while pods come and go: no pod
# fails, nothing is restarted, and no secret stands in a log. One adapter comes by certificate, another by token.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

other_pid=
load_pid=
end_all() {
	e2e_stop "$load_pid"
	e2e_stop "$other_pid"
	e2e_clean
}
trap end_all EXIT

# adapter KIND SCHEDULER FLAG...: sets `started`.
adapter() {
	local kind=$1 scheduler=$2
	shift 2
	"$BUILD_DIR/kube-mesos-adapter" --kubeconfig "$work/state/kubeconfig-adapter-$kind" --master "$SANDBOX_MESOS" \
		--scheduler-name "$scheduler" --state-name "$scheduler" --framework-name "$scheduler" --log-level debug \
		--mesos-principal kube --mesos-secret-file "$work/state/mesos-secret" \
		--mesos-ca-file "$work/state/ca.crt" --no-leader-elect --metrics-address 127.0.0.1:0 "$@" >"$work/$kind.log" 2>&1 &
	started=$!
}

pod() {
	cat <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {load: "yes"}}
	spec:
	  schedulerName: $2
	  automountServiceAccountToken: false
	  restartPolicy: Never
	  containers: [{name: main, image: x, command: [sh, -c, 'exit 0'], resources: {requests: {cpu: 10m, memory: 8Mi}}}]
	---
	END
}

# A pod for each adapter, again and again, until the file `stop` is there.
load() {
	local n=0
	while [ ! -e "$work/stop" ]; do
		n=$((n + 1))
		{
			pod "c$n" by-certificate
			pod "t$n" by-token
		} | k create -f - >>"$work/load.log" 2>&1 || echo "create $n failed" >>"$work/load.errors"
		echo "$n" >"$work/created.new"
		mv "$work/created.new" "$work/created"
		sleep 0.2
	done
}

count() {
	k get pods -l load=yes --field-selector="status.phase=$1" -o name | wc -l
}

# Pods that were made from now on have ended well, two a round.
progress() {
	local before
	before=$(cat "$work/created")
	eventually "$1" succeeded_up_to $((before + 2))
}

succeeded_up_to() {
	[ "$(k get pod "c$1" -o 'jsonpath={.status.phase}')" = Succeeded ] &&
		[ "$(k get pod "t$1" -o 'jsonpath={.status.phase}')" = Succeeded ]
}

# How often an adapter has read credentials again: times_read KIND OF
times_read() {
	grep -c "credentials were read again.*$2" "$work/$1.log"
}

# Remembers how often each has been read, before a step of which read_since is to tell.
count_reads() {
	local kind of
	for kind in certificate token; do
		for of in Kubernetes Mesos; do
			times_read "$kind" "$of" >"$work/read-$kind-$of"
		done
	done
}

# By both adapters, for Kubernetes and Mesos each.
read_since() {
	local kind of
	for kind in certificate token; do
		for of in Kubernetes Mesos; do
			[ "$(times_read "$kind" "$of")" -gt "$(cat "$work/read-$kind-$of")" ] || return 1
		done
	done
}

# What is handed out now, to be looked for in the logs, and tried when it has been retired.
remember() {
	cp "$work/state/adapter.token" "$work/token-$1"
	cp "$work/state/mesos-secret" "$work/secret-$1"
	cp "$work/state/adapter.crt" "$work/crt-$1"
	cp "$work/state/adapter.key" "$work/key-$1"
}

pods_as() {
	curl -sS --cacert "$work/state/ca.crt" -o /dev/null -w '%{http_code}\n' "$@" "$SANDBOX_KUBE/api/v1/pods?limit=1"
}

step() {
	count_reads
	check "generation $1: $2" control "credentials/$3"
}

gently() {
	step "$1" "another authority is trusted" add
	eventually "both adapters have read that" read_since
	progress "pods run while two are trusted"
	step "$1" "it is the one in use" switch
	eventually "both adapters have read them" read_since
	remember "$1"
	progress "pods run with the new certificates, tokens and secret"
	step "$1" "the old one is trusted no more" retire
	progress "pods run after that"
}

at_once() {
	step "$1" "another authority" add
	step "$1" "is in use" switch
	remember "$1"
	step "$1" "and trusted alone, all at once" retire
	progress "pods run after that"
}

# A status that met a newer version of its pod is no matter of credentials: it is written again.
no_failed_calls() {
	! grep -E ' failed what=|was interrupted|session with the Mesos master ended|cannot be read again' \
		"$work/certificate.log" "$work/token.log" | grep -v 'HTTP 409 Conflict'
}

no_secrets() {
	local file
	for file in "$work"/token-* "$work"/secret-*; do
		! grep -F -f "$file" "$work"/*.log "$work/sandbox.out" || return 1
	done
	! grep -E 'PRIVATE KEY|Bearer |Basic ' "$work/certificate.log" "$work/token.log"
}

all_succeeded() {
	[ "$(count Succeeded)" -eq $((2 * $(cat "$work/created"))) ]
}

sandbox_start --agents 2 --credential kube:sesame-of-the-start --mesos-tls
remember 0
adapter certificate by-certificate --mesos-cert-file "$work/state/adapter.crt" --mesos-key-file "$work/state/adapter.key"
adapter_pid=$started
adapter token by-token
other_pid=$started
echo 0 >"$work/created"
load &
load_pid=$!
progress "pods run for both adapters"
gently 1
says "the token of before is refused" '^401$' pods_as -H "Authorization: Bearer $(cat "$work/token-0")"
says "and so is the certificate of before" '^401$' pods_as --cert "$work/crt-0" --key "$work/key-0"
says "the present ones are good" '^200$' pods_as -H "Authorization: Bearer $(cat "$work/state/adapter.token")"
gently 2
at_once 3
check "not one call failed and no watch was interrupted in all that" no_failed_calls
check "the master restarts and asks again who we are" control master/restart
progress "pods run after that"
touch "$work/stop"
wait "$load_pid"
load_pid=
eventually "every pod ended well" all_succeeded
says "none failed" '^0$' count Failed
check "none could not be made" test ! -s "$work/load.errors"
check "the adapter with the certificate is the one of the start" adapter_runs
check "the one with the token too" kill -0 "$other_pid"
check "no secret stands in a log" no_secrets
e2e_end
