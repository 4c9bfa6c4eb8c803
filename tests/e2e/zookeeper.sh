#!/usr/bin/env bash
# Masters found in ZooKeeper: Debian's server, masters announced as Mesos does, and the real adapter with real kubectl.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ZOOKEEPER_JARS=/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar
zookeeper_pid=
other_pid=
declare -A announcer # NAME to its pid

clean() {
	local pid
	for pid in "$zookeeper_pid" "$other_pid" "${announcer[@]}"; do
		e2e_stop "$pid"
	done
	e2e_clean
}
trap clean EXIT

# ---- ZooKeeper ----

# A port that nobody has now; ZooKeeper itself cannot choose one.
free_port() {
	local port
	while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
	echo "$port"
}

# Sessions of at most two seconds, so that they end while somebody watches.
zookeeper_start() {
	mkdir -p "$work/zookeeper"
	cat >"$work/zoo.cfg" <<-END
	tickTime=250
	minSessionTimeout=500
	maxSessionTimeout=2000
	dataDir=$work/zookeeper
	clientPortAddress=127.0.0.1
	clientPort=$zookeeper_port
	admin.enableServer=false
	END
	java -Xmx64m -XX:TieredStopAtLevel=1 -cp "$ZOOKEEPER_JARS" org.apache.zookeeper.server.quorum.QuorumPeerMain \
		"$work/zoo.cfg" >>"$work/zookeeper.log" 2>&1 &
	zookeeper_pid=$!
}

zookeeper_kill() {
	kill -9 "$zookeeper_pid"
	wait "$zookeeper_pid" 2>/dev/null
	zookeeper_pid=
}

# announce NAME DATA [URL]: a master that lives until `withdraw NAME`.
announce() {
	"$BUILD_DIR/tests/zk_announce" "${3:-$zk}" "$2" >"$work/announced.$1" 2>>"$work/announce.log" &
	announcer[$1]=$!
	eventually "a master ($1) announces itself" grep -q json.info_ "$work/announced.$1"
}

withdraw() {
	e2e_stop "${announcer[$1]}"
	unset "announcer[$1]"
}

port_of() {
	echo "${1##*:}"
}

# ---- what the adapter says ----

# lines N PATTERN: the log has so many lines of that kind.
lines() {
	[ "$(grep -cE -- "$2" "$work/adapter.log")" -eq "$1" ]
}

at_least() {
	[ "$(grep -cE -- "$2" "$work/adapter.log")" -ge "$1" ]
}

LEADER='ZooKeeper names the leading Mesos master'
TROUBLE='trouble with ZooKeeper'
SUBSCRIBED='subscribed to the Mesos master'

pod() {
	k apply -f - <<-END >/dev/null
	apiVersion: v1
	kind: Pod
	metadata: {name: $1}
	spec:
	  schedulerName: mesos
	  automountServiceAccountToken: false
	  restartPolicy: Never
	  terminationGracePeriodSeconds: 1
	  containers: [{name: main, image: x, command: [sh, -c, '$2'], resources: {requests: {cpu: 100m, memory: 32Mi}}}]
	END
}

phase_is() {
	[ "$(field pod "$1" .status.phase)" = "$2" ]
}

lasting_runs() {
	[ "$(pgrep -cf "kma-lasting-$$")" -eq 1 ]
}

# ---- checks ----

check_start() {
	# Without an election: who slept for long shall wake up with the same detector.
	adapter_start --no-leader-elect
	eventually "a ZooKeeper that is not there is trouble" at_least 3 "$TROUBLE.*Connection refused"
	zookeeper_start
	eventually "when it is there and no master, that is said" lines 1 'ZooKeeper names no leading Mesos master'
	check "attempts had growing pauses" test "$(grep -cE "$TROUBLE" "$work/adapter.log")" -le $((SECONDS * 4))
	announce first "{\"address\":{\"hostname\":\"localhost\",\"ip\":\"127.0.0.1\",\"port\":$(port_of "$master")}}"
	eventually "the first master that announces itself is found" lines 1 "$LEADER.*http://127.0.0.1:"
	eventually "and subscribed with" lines 1 "$SUBSCRIBED"
	pod lasting "while :; do sleep 0.1; : kma-lasting-$$; done"
	eventually "a pod runs" phase_is lasting Running
}

# The second address is the same master's under its other name, so that all that changes is who is spoken to.
check_change() {
	announce second "{\"address\":{\"hostname\":\"localhost\",\"port\":$(port_of "$master")}}"
	check "a master that waits changes nothing" lines 1 "$LEADER"
	withdraw first
	eventually "when the leader goes, the next one leads" lines 1 "$LEADER.*http://localhost:"
	eventually "the session is dropped in its favour" lines 1 'session with the Mesos master ended.*another master leads now'
	eventually "and begun with it" lines 2 "$SUBSCRIBED"
	pod after-change 'exit 0'
	eventually "a pod made after that is run" phase_is after-change Succeeded
	check "the one from before still runs, once" lasting_runs
}

check_outage() {
	zookeeper_kill
	eventually "ZooKeeper dies, which is said" at_least 1 "$TROUBLE.*127.0.0.1:$zookeeper_port"
	pod while-away 'exit 0'
	eventually "a pod made meanwhile is run" phase_is while-away Succeeded
	check "the session was not touched" lines 2 "$SUBSCRIBED"
	: >"$work/zookeeper.log"
	zookeeper_start
	announce third "{\"address\":{\"hostname\":\"localhost\",\"ip\":\"127.0.0.1\",\"port\":$(port_of "$master")}}"
	withdraw second
	eventually "after its restart changes are noticed again" at_least 3 "$SUBSCRIBED"
	eventually "the session from before its death is forgotten" session_expired
}

session_expired() {
	grep -q 'Expiring session' "$work/zookeeper.log"
}

# Longer than a session: the server has forgotten the adapter when it wakes up.
check_expiry() {
	local troubles
	troubles=$(grep -cE "$TROUBLE" "$work/adapter.log")
	: >"$work/zookeeper.log"
	kill -STOP "$adapter_pid"
	eventually "the adapter sleeps for longer than its session" session_expired
	kill -CONT "$adapter_pid"
	eventually "when it wakes up it learns of that" at_least $((troubles + 1)) "$TROUBLE"
	pod after-expiry 'exit 0'
	eventually "pods are run" phase_is after-expiry Succeeded
	announce fourth "{\"address\":{\"hostname\":\"localhost\",\"port\":$(port_of "$master")}}"
	withdraw third
	eventually "and changes are noticed" lines 2 "$LEADER.*http://localhost:"
}

check_unreadable() {
	announce broken '{"address": 5050}'
	announce fifth "{\"address\":{\"hostname\":\"localhost\",\"ip\":\"127.0.0.1\",\"port\":$(port_of "$master")}}"
	withdraw fourth
	eventually "a leader that cannot be read is said once" lines 1 "$TROUBLE.*json.info_.*has no address with hostname or ip, and port"
	eventually "and nobody leads" lines 2 'ZooKeeper names no leading Mesos master'
	withdraw broken
	eventually "until it goes" lines 3 "$LEADER.*http://127.0.0.1:"
	check "the pod of the beginning still runs, once" lasting_runs
}

check_another_cluster() {
	local other
	"$BUILD_DIR/tests/sandbox" --dir "$work/other" --fast --agent 'other1;cpus:2;mem:2048;disk:10240' >"$work/other.out" 2>&1 &
	other_pid=$!
	eventually "a second Mesos starts" grep -q '^sandbox is ready' "$work/other.out"
	# shellcheck disable=SC1091
	other=$(. "$work/other/env" && echo "$SANDBOX_MESOS")
	announce other "{\"address\":{\"ip\":\"127.0.0.1\",\"port\":$(port_of "$other")}}"
	withdraw fifth
	eventually "when its master leads" lines 1 "$LEADER.*$other"
	eventually "the session moves there" at_least 6 "$SUBSCRIBED"
	pod elsewhere 'exit 0'
	eventually_says "and its agents run what is made then" '^other1$' field pod elsewhere .spec.nodeName
	eventually "to the end" phase_is elsewhere Succeeded
}

check_password() {
	local where=127.0.0.1:$zookeeper_port/guarded/mesos
	announce guarded "{\"address\":{\"ip\":\"127.0.0.1\",\"port\":$(port_of "$master")}}" "zk://me:geheim@$where"
	adapter_stop
	SANDBOX_MESOS=zk://me:falsch@$where
	adapter_start --no-leader-elect
	eventually "a wrong password is named" lines 1 "$TROUBLE.*cannot read /guarded/mesos: not authenticated"
	adapter_stop
	SANDBOX_MESOS=zk://me:geheim@$where
	adapter_start --no-leader-elect
	eventually "with the right one the master is found" lines 4 "$LEADER.*http://127.0.0.1:$(port_of "$master")( |\$)"
	check "no password is in the log" not grep -qE 'geheim|falsch' "$work/adapter.log"
}

not() {
	! "$@"
}

if ! type -P java >/dev/null || [ ! -e "${ZOOKEEPER_JARS%%:*}" ]; then
	echo "FAIL  java and Debian's libzookeeper-java are needed (tools/debian.sh)"
	echo "0 passed, 1 failed"
	exit 1
fi
sandbox_start --agents 2
master=$SANDBOX_MESOS
zookeeper_port=$(free_port)
zk=zk://127.0.0.1:$zookeeper_port/test/mesos
SANDBOX_MESOS=$zk # what adapter_start gives as --master
check_start
check_change
check_outage
check_expiry
check_unreadable
check_another_cluster
check "the adapter lives" adapter_runs
says "it took less than a tenth of one processor" '^yes$' sh -c "ps -o etimes=,cputimes= -p $adapter_pid | awk '{ print (\$2 <= 1 + \$1 / 10) ? \"yes\" : \$0 }'"
check_password
adapter_stop
e2e_end
