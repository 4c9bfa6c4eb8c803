#!/usr/bin/env bash
# Attacks on the kubelet port of the running program: none gets data, none hurts others.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
# shellcheck source=tools/debian.sh
. tools/debian.sh

CROWD=400 # of each kind: more than there may be connections

ulimit -n "$(ulimit -Hn)"
check "Node.js is there" debian_node tests/e2e/js
sandbox_start --agents 1
# Without an election: a machine that is slow for seconds would end sessions with the lease.
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"
check "a pod with a secret word" pod talker sh -c 'echo sesame; exec sleep 1000'
eventually "runs" phase_is talker Running
eventually "has written it" matches '^sesame$' k logs talker
port=$(field node "$(field pod talker .spec.nodeName)" .status.daemonEndpoints.kubeletEndpoint.Port)

# What a kubeconfig of the sandbox has, decoded into a file: from_config KUBECONFIG KEY FILE
from_config() {
	sed -nE "s/^ *$2: *\"?([^\"]*)\"?\$/\\1/p" "$work/state/$1" | head -1 | base64 -d >"$work/$3"
}

token_of() {
	sed -nE 's/^ *token: *"?([^"]*)"?$/\1/p' "$work/state/$1" | head -1
}

admin=$(token_of kubeconfig-token)
plain=$(token_of kubeconfig-plain)
for who in expired foreign; do
	from_config "kubeconfig-$who" client-certificate-data "$who.crt"
	from_config "kubeconfig-$who" client-key-data "$who.key"
done
logs=/containerLogs/default/talker/main
exec='/exec/default/talker/main?command=cat&command=/etc/passwd&output=1'

# The answer of the port: ask PATH [FLAG...]; its status and body
ask() {
	local path=$1
	shift
	curl -sk --path-as-is -m 60 -w '\n%{http_code}\n' "$@" "https://127.0.0.1:$port$path"
}

# refused SENTENCE STATUSES PATH [FLAG...]: one of these statuses, and nothing that is worth having.
refused() {
	local sentence=$1 statuses=$2
	shift 2
	check "$sentence" is_refused "$statuses" "$@"
}

is_refused() {
	local statuses=$1 answer
	shift
	answer=$(ask "$@")
	echo "$answer"
	grep -Eq "^($statuses)\$" <<<"$answer" && ! grep -Eq 'sesame|root:' <<<"$answer"
}

says "who may reads the word" '^sesame$' ask "$logs" -H "Authorization: Bearer $admin"

# Who is nobody
for path in "$logs" "$exec" /pods /metrics /stats/summary /configz "/run/default/talker/main?cmd=id" /healthz; do
	refused "no certificate: $path" '401|405' "$path"
done
refused "a certificate of another authority" 401 "$logs" --cert "$work/foreign.crt" --key "$work/foreign.key"
refused "a certificate that has expired" 401 "$logs" --cert "$work/expired.crt" --key "$work/expired.key"
refused "a certificate without rights" 403 "$logs" --cert "$work/state/adapter.crt" --key "$work/state/adapter.key"
refused "a wrong token" 401 "$logs" -H 'Authorization: Bearer sesame'
refused "a token of 20,000 bytes" 401 "$logs" -H "Authorization: Bearer $(head -c 20000 /dev/zero | tr '\0' a)"
refused "a token without rights" 403 "$logs" -H "Authorization: Bearer $plain"
refused "nor for exec" 403 "$exec" -H "Authorization: Bearer $plain"
refused "a password" 401 "$logs" -u admin:sesame
refused "a name in a header" 401 "$logs" -H 'X-Remote-User: admin' -H 'X-Remote-Group: system:masters' -H 'Impersonate-User: admin'

# Tricks with paths, by somebody who may
for path in /containerLogs/default/../default/talker/main /containerLogs/default/talker/./main /containerLogs//default/talker/main \
	//containerLogs/default/talker/main /containerLogs/default%2ftalker/main /containerLogs/default/talker/main/ \
	/containerLogs/default/talker/%2e%2e/talker/main /containerLogs/default/talker/main%00 '/containerLogs/default/talker/main;x' \
	/containerlogs/default/talker/main /logs/../../etc/passwd /logs/ /containerLogs/default/talker/..%2f..%2fmain '/containerLogs\default\talker\main'; do
	refused "a path: $path" '404|400' "$path" -H "Authorization: Bearer $admin"
done

# Requests that two readers could understand differently, by somebody who may: raw BEGINNING REST; all of the answer.
raw() {
	printf '%b' "$1" "Authorization: Bearer $admin\r\n" "$2" |
		timeout 30 openssl s_client -quiet -connect "127.0.0.1:$port" 2>/dev/null
}

# one_refusal REQUEST-LINE-AND-HEADERS REST: one answer, an error.
one_refusal() {
	local answer
	answer=$(raw "$1" "$2")
	echo "$answer"
	[ "$(grep -c '^HTTP/1.1 ' <<<"$answer")" -eq 1 ] && grep -q '^HTTP/1.1 [45]' <<<"$answer" && ! grep -q sesame <<<"$answer"
}

get="GET $logs HTTP/1.1\r\nHost: x\r\n"
check "two lengths" one_refusal "$get" 'Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello'
check "a length and chunks" one_refusal "$get" 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
check "chunks" one_refusal "$get" 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
check "chunks under another name" one_refusal "$get" 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'
check "a body" one_refusal "$get" 'Content-Length: 5\r\n\r\nhello'
check "a body without end" one_refusal "$get" 'Content-Length: 99999999999999999999\r\n\r\n'
check "a folded line" one_refusal "$get" 'X-A: b\r\n c\r\n\r\n'
check "lines without CR" one_refusal "GET $logs HTTP/1.1\nHost: x\n" '\r\n\r\n'
check "a CR in a value" one_refusal "$get" 'X-A: b\rc\r\n\r\n'
check "another version" one_refusal "GET $logs HTTP/2.0\r\n" '\r\n'
check "another server's address" one_refusal "GET https://x$logs HTTP/1.1\r\n" '\r\n'
check "no request at all" one_refusal '\r\n\r\n\x16\x03\x01' '\r\n\r\n'
two_requests() {
	[ "$(raw "$get" "\r\nGET $logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $admin\r\n\r\n" | grep -c '^HTTP/1.1 ')" -eq 1 ]
}
check "of two requests in one connection one is answered" two_requests
check "bytes behind an upgrade" one_refusal "POST $exec HTTP/1.1\r\nHost: x\r\n" \
	'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nsmuggled'

# Too much of everything
refused "a head of 100,000 bytes" 431 "$logs" -H "Authorization: Bearer $admin" -H "X-A: $(head -c 100000 /dev/zero | tr '\0' a)"
many=()
for i in {1..120}; do many+=(-H "X-$i: a"); done
refused "120 headers" 431 "$logs" -H "Authorization: Bearer $admin" "${many[@]}"
refused "a path of 70,000 bytes" '414|431' "/exec/default/talker/main?command=$(head -c 70000 /dev/zero | tr '\0' a)" -H "Authorization: Bearer $admin"
words=$(printf '&command=a%.0s' {1..2000})
refused "a command of 2,000 words" 400 "/exec/default/talker/main?output=1$words" -X POST -H "Authorization: Bearer $admin"
refused "a word that is no text" 400 '/exec/default/talker/main?output=1&command=%ff' -X POST -H "Authorization: Bearer $admin"
check "a head without end" bash -c "! (printf 'GET / HTTP/1.1\r\nX: ' && cat /dev/zero) | timeout 60 openssl s_client -quiet -connect 127.0.0.1:$port 2>/dev/null | grep -v '^HTTP/1.1 4' | grep -q sesame"
no_answer() {
	[ -z "$(printf 'GET /pods HTTP/1.1\r\nHost: x\r\n\r\n' | timeout 60 "$@" 2>/dev/null | tr -d '\0' | grep -a 'HTTP/1.1 200')" ]
}
check "without TLS" no_answer bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; cat <&3"
check "TLS 1.1" no_answer openssl s_client -quiet -tls1_1 -cipher ALL:@SECLEVEL=0 -connect "127.0.0.1:$port"

# A crowd that does nothing
timeout 120 node tests/e2e/js/crowd.mjs "$port" "$CROWD" >"$work/crowd" 2>&1 &
crowd=$!
eventually "$((3 * CROWD)) connections that say nothing, or little" grep -q crowded "$work/crowd"
says "keep nobody away" '^sesame$' ask "$logs" -H "Authorization: Bearer $admin"
says "nor kubectl" '^hello$' k exec talker -- echo hello
kill "$crowd"

says "who may still reads the word" '^sesame$' ask "$logs" -H "Authorization: Bearer $admin"
check "the adapter lives" adapter_runs
check "no token stands in its log" bash -c '! grep -q -- "$0" "$1"' "$admin" "$work/adapter.log"
e2e_end
