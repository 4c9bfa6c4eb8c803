#!/usr/bin/env bash
# Much at a time through the kubelet port: large copies, many sessions, readers who do not read, and ends that vanish.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
# shellcheck source=tests/e2e/lib_streams.sh
. tests/e2e/lib_streams.sh
# shellcheck source=tools/debian.sh
. tools/debian.sh

SIZE_MB=64
ROOM_MB=24 # of growth: buffers and what allocators keep, but no copy of the data
SESSIONS=50

check "the JavaScript client is there" debian_node tests/e2e/js
sandbox_start --agents 2
# Without an election: a machine that is slow for seconds would end sessions with the lease.
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"
agent=agent1
check "a pod" pod talker sleep 1000
eventually "runs" phase_is talker Running

# in_pod WORD...: kubectl as a process of its own.
in_pod() {
	exec "$KUBECTL" --kubeconfig "$work/state/kubeconfig" exec -i talker -- "$@"
}

# The end of a process in a container, and of its client.
client_ended() {
	! kill -0 "$client" 2>/dev/null
}

forget_peaks
check "$SESSIONS sessions at a time" timeout 120 node tests/e2e/js/parallel.mjs "$work/state/kubeconfig" talker "$SESSIONS"

head -c $((SIZE_MB << 20)) /dev/urandom >"$work/big"
forget_peaks
check "cp of $SIZE_MB MB into a container" k cp "$work/big" "talker:$work/copied"
check "and out of it" k cp "talker:$work/copied" "$work/back"
check "brings back what went in" cmp "$work/big" "$work/back"
check "and takes no memory for it" grew_less "$ROOM_MB"

forget_peaks
mkfifo "$work/unread"
exec 9<>"$work/unread" # open, and never read
in_pod cat /dev/zero "$work/mark-out" >"$work/unread" 9>&- &
client=$!
eventually "a command that writes for ever" is_running "cat /dev/zero $work/mark-out"
eventually "waits when its client does not read" stands_still "/proc/$(running "cat /dev/zero $work/mark-out" | head -1)/io"
check "and nobody stores what it wrote" grew_less "$ROOM_MB"
kill -9 "$client"
eventually "it ends with its client" is_gone "cat /dev/zero $work/mark-out"
exec 9<&-

forget_peaks
head -c 1000000000 /dev/zero | in_pod tail -f /dev/null "$work/mark-in" >/dev/null 2>&1 &
client=$!
eventually "a command that does not read its input" is_running "tail -f /dev/null $work/mark-in"
eventually "makes its client wait" stands_still "/proc/$client/io"
check "and nobody stores that either" grew_less "$ROOM_MB"
# Nobody notices here that the client is gone, nor would they with a real API server: its last word is behind what nobody
# reads. When there is room for it, it is heard (tests/unit/kube/test_kubelet_port.c).
kill -9 "$client"
kill "$(running "tail -f /dev/null $work/mark-in" | head -1)"
eventually "it ends" is_gone "tail -f /dev/null $work/mark-in"

in_pod cat /dev/zero "$work/mark-adapter" >/dev/null 2>&1 &
client=$!
eventually "output that flows" is_running "cat /dev/zero $work/mark-adapter"
kill -9 "$adapter_pid"
eventually "ends for the client when the adapter dies" client_ended
eventually "and so does the process" is_gone "cat /dev/zero $work/mark-adapter"
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"
eventually_says "another adapter serves the same pod" '^again$' k exec talker -- echo again

in_pod cat /dev/zero "$work/mark-agent" >/dev/null 2>&1 &
client=$!
eventually "output flows again" is_running "cat /dev/zero $work/mark-agent"
check "the agent dies" control agents/agent1/kill
eventually "that ends for the client too" client_ended
eventually "with the process" is_gone "cat /dev/zero $work/mark-agent"
agent=agent2 check "a pod on another agent" pod other sleep 1000
eventually "is served" phase_is other Running
says "as if nothing was" '^there$' k exec other -- echo there
check "the adapter lives" adapter_runs
e2e_end
