#!/usr/bin/env bash
# kubectl logs, exec, attach, cp and port-forward against pods on Mesos agents, through the API server and our kubelet port.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

# Containers of one agent say that they have an address of their own, where nothing listens.
isolation='isolation=linux/capabilities,linux/seccomp;seccomp-profiles=default.json'
sandbox_start --agent "agent1;$isolation" --agent "agent2;$isolation" --agent "apart;cpus:4;mem:4096;disk:10000;ports:[31000-32000];container-ip=127.0.0.9;$isolation"
# Without an election: a machine that is slow for seconds would end sessions with the lease.
flags=(--no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"
	--agent-isolation 'linux/capabilities,linux/seccomp' --agent-seccomp-profile default.json)
adapter_start "${flags[@]}"

agent=agent1 # where pods go, unless a check says otherwise

# test_count N PATTERN: so many processes of this machine have the pattern in their command line (kubectl's own apart).
test_count() {
	[ "$(pgrep -f "^$2" | wc -l)" -eq "$1" ]
}

# Each attaches when it gets to it, and hears what is typed from then on.
typed_and_heard() {
	echo one >&9
	grep -q '^heard one' "$1"
}

typed_bye() {
	echo bye | k attach -i shell
	phase_is shell Failed
}

check "a pod that talks" pod talker sh -c 'echo one; echo two; echo three; echo bad >&2; exec sleep 1000'
check "a pod that ends" pod short sh -c 'echo last words; exit 3'
eventually "it runs" phase_is talker Running
eventually "the other has ended" phase_is short Failed

eventually_says "logs" '^three$' k logs talker
eventually_says "logs bring stderr too" '^bad$' k logs talker
check "logs --tail" test "$(k logs talker --tail=1)" = bad
check "logs --limit-bytes" test "$(k logs talker --limit-bytes=3)" = one
says "logs of a pod that has ended" '^last words$' k logs short
says "logs --since a time before it began" '^one$' k logs talker --since=1h
refuses "logs --timestamps says why not" 'Mesos keeps what a container writes without times' k logs talker --timestamps
refuses "logs --previous of the first run" 'previous terminated container "main" in pod "talker" not found' k logs talker --previous

check "exec" test "$(k exec talker -- echo hello)" = hello
check "exec with an exit code" bash -c '"$0" --kubeconfig "$1" exec talker -- sh -c "exit 7"; [ $? -eq 7 ]' "$KUBECTL" "$work/state/kubeconfig"
check "exec -i" test "$(echo through | k exec -i talker -- cat)" = through
says "exec keeps the streams apart" '^err$' bash -c '"$0" --kubeconfig "$1" exec talker -- sh -c "echo out; echo err >&2" 2>&1 >/dev/null' "$KUBECTL" "$work/state/kubeconfig"
# in_terminal COMMAND...: on a terminal of 33 rows and 101 columns.
in_terminal() {
	script -qec "stty rows 33 columns 101; $(printf '%q ' "$KUBECTL" --kubeconfig "$work/state/kubeconfig" "$@")" /dev/null </dev/null
}
eventually_says "exec -it has the size of the terminal from its beginning" '33 101' in_terminal exec -it talker -- sh -c 'stty size'
refuses "exec in a pod that has ended says so" 'not running|completed pod' k exec short -- true

container=$(jq -n --arg dir "$work/in here" '{workingDir: $dir}') check "a pod that works in a directory of its own" pod worker sh -c 'pwd; exec sleep 1000'
eventually "it runs there" phase_is worker Running
eventually_says "that is made" "^$work/in here\$" k logs worker
check "exec works there, too" test "$(k exec worker -- pwd)" = "$work/in here"

check "a pod that writes and ends" pod slow sh -c 'for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done'
eventually "it runs too" phase_is slow Running
says "logs -f ends with the container and misses nothing" '^6$' bash -c '"$0" --kubeconfig "$1" logs -f slow | grep -c "^line "' "$KUBECTL" "$work/state/kubeconfig"

head -c 20000000 /dev/urandom >"$work/big"
check "cp into a container" k cp "$work/big" talker:copied
check "cp out of it" k cp talker:copied "$work/back"
check "what came back is what went in" cmp "$work/big" "$work/back"

"$KUBECTL" --kubeconfig "$work/state/kubeconfig" exec talker -- sh -c "exec sleep 4711.$$" >"$work/exec.out" 2>&1 &
client=$!
eventually "a command that goes on" test_count 1 "sleep 4711[.]$$"
kill "$client"
eventually "ends with its client" test_count 0 "sleep 4711[.]$$"

# forward POD PORT: sets `client` and `port`, where the pod's port is to be had.
forward() {
	: >"$work/forwarded" # what the last one wrote is not to be taken for its word
	"$KUBECTL" --kubeconfig "$work/state/kubeconfig" port-forward "$1" ":$2" >"$work/forwarded" 2>"$work/forward.err" &
	client=$!
	eventually "port-forward to $1 listens" grep -q '^Forwarding from 127' "$work/forwarded"
	port=$(sed -nE 's/^Forwarding from 127\.0\.0\.1:([0-9]+) .*/\1/p' "$work/forwarded")
}

forward talker "${SANDBOX_CONTROL##*:}"
says "port-forward" '"agents"' curl -sS "http://127.0.0.1:$port/sandbox"
says "port-forward again over the same session" '"agents"' curl -sS "http://127.0.0.1:$port/sandbox"
kill "$client"

agent=apart check "a pod whose address nobody reaches" pod hidden sleep 1000
eventually "runs" phase_is hidden Running
says "its address is its own" '^127\.0\.0\.9$' field pod hidden .status.podIP
forward hidden "${SANDBOX_CONTROL##*:}"
says "port-forward goes through the inside of the pod" '"agents"' curl -sS "http://127.0.0.1:$port/sandbox"
says "and again" '"agents"' curl -sS "http://127.0.0.1:$port/sandbox"
kill "$client"
forward hidden 1
check "where nothing listens the connection ends" bash -c '! curl -sS -m 20 "http://127.0.0.1:$0/"' "$port"
eventually "and both ways are named" grep -Eq 'dial 127\.0\.0\.9: connection refused; from inside of the pod: .*[Rr]efused' "$work/forward.err"
kill "$client"

# Rights. Where the sandbox itself may not limit capabilities, processes keep what it has.
own=0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
if [ $((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 8 & 1)) = 1 ]; then may=1; else may=0; fi
# sets MASK: the lines of /proc that tell of a process with those capabilities.
sets() {
	local set=$((own & (may ? $1 : own)))
	printf 'CapEff:\t%016x\nCapBnd:\t%016x\n' "$set" "$set"
}
look='/^Cap(Eff|Bnd):/p' few='{"securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "seccompProfile": {"type": "RuntimeDefault"}}'
check "a command in a container that says nothing has what container runtimes give" test "$(k exec talker -- sed -En "$look" /proc/self/status)" = "$(sets 0xa80425fb)"
container="$few, \"lifecycle\": {\"postStart\": {\"exec\": {\"command\": [\"sh\", \"-c\", \"sed -En '$look' /proc/self/status > hook.new; mv hook.new hook\"]}}}}" \
	check "a pod that gives up all capabilities but one" pod few sh -c "sed -En '$look' /proc/self/status > main.new; mv main.new main; exec sleep 1000"
eventually "it runs" phase_is few Running
eventually_says "with that alone" "$(sets 0x400 | head -n 1)" k exec few -- cat main
check "and no other to get" test "$(k exec few -- cat main)" = "$(sets 0x400)"
eventually_says "so do its hooks" "$(sets 0x400 | tail -n 1)" k exec few -- cat hook
check "and commands inside of it" test "$(k exec few -- sed -En "$look" /proc/self/status)" = "$(sets 0x400)"
container='{"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "none.json"}}}' check "a pod with a seccomp profile that the agent has not got" pod filtered true
eventually "fails" phase_is filtered Failed
says "with the agent's sentence" "Failed to read Seccomp profile file '/etc/mesos/seccomp/none.json'" field pod filtered '.status.containerStatuses[0].state.terminated.message'
container='{"securityContext": {"allowPrivilegeEscalation": false}}' check "a pod that wants what no agent is said to have" pod tight true
eventually_says "is refused by the field, with the option" 'spec.containers\[main\].securityContext.allowPrivilegeEscalation \(agents are not said to have the isolator linux/nnp: option agent-isolation\)' \
	k get events --field-selector involvedObject.name=tight

refuses "attach to a container without a terminal says why not" 'error attaching to container|unable to upgrade' timeout 20 "$KUBECTL" --kubeconfig "$work/state/kubeconfig" attach talker
refuses "and with input, that it takes none" 'takes no input: its spec does not say "stdin" and "tty"' bash -c 'echo x | timeout 20 "$0" --kubeconfig "$1" attach -i talker' "$KUBECTL" "$work/state/kubeconfig"
echo_until_bye='while read line; do echo "heard $line"; [ "$line" != bye ] || exit 4; done'
container='{"tty": true, "stdin": true}' check "a pod on a terminal" pod shell sh -c "$echo_until_bye"
container='{"tty": true, "stdin": true, "stdinOnce": true}' check "another, whose input ends with its client" pod once sh -c "$echo_until_bye; echo ended"
eventually "it is there" phase_is shell Running
eventually "and the other" phase_is once Running
"$KUBECTL" --kubeconfig "$work/state/kubeconfig" attach shell >"$work/watched" 2>&1 &
client=$!
mkfifo "$work/keys"
"$KUBECTL" --kubeconfig "$work/state/kubeconfig" attach -i shell <"$work/keys" >"$work/attached" 2>&1 &
typist=$!
exec 9>"$work/keys" # open until the typist is gone
eventually "what is typed arrives" typed_and_heard "$work/attached"
eventually "also with who only watches" typed_and_heard "$work/watched"
kill "$typist"
exec 9>&-
eventually "who attaches after them types on" typed_bye
eventually "the container ends as it did" phase_is shell Failed
says "with its exit code" '^4 Error $' field pod shell '.status.containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.message'
wait "$client"
says "who only watched saw all of it" '^heard bye' cat "$work/watched"
says "the end of input is told where it is asked for" '^ended' bash -c 'echo two | "$0" --kubeconfig "$1" attach -i once' "$KUBECTL" "$work/state/kubeconfig"
eventually "and ends the container, well though Mesos calls that a failure" phase_is once Succeeded
says "nodes name the port" "$(field pod talker .spec.nodeName)" k get nodes
adapter_port=$(field node "$(field pod talker .spec.nodeName)" .status.daemonEndpoints.kubeletEndpoint.Port)
says "nobody gets anything from it" '401' curl -sk -o /dev/null -w '%{http_code}' "https://127.0.0.1:$adapter_port/pods"
says "a token without rights neither" '403|401' curl -sk -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(sed -nE 's/.*token: *//p' "$work/state/kubeconfig-plain" | head -1)" "https://127.0.0.1:$adapter_port/exec/default/talker/main?command=id&output=1"
port_ready() {
	k get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="KubeletPortReady")].reason}: {.status.conditions[?(@.type=="KubeletPortReady")].message}'
	echo
}
adapter_stop
control agents/agent2/refuse >/dev/null
adapter_start "${flags[@]}"
eventually_says "a node whose agent refuses us says which verbs do not work, and why" '^CredentialsRefused: logs, exec, .* do not work: .* 401' port_ready agent2
control agents/agent2/accept >/dev/null
eventually_says "and that they do once it does not" '^AgentAnswers: ' port_ready agent2
check "the adapter lives" adapter_runs
e2e_end
