#!/usr/bin/env bash
# Wrong options, files and addresses: one sentence that names the thing, exit code 2, and nothing started.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

adapter=${BUILD_DIR:-build/dev}/kube-mesos-adapter
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
passed=0
failed=0

check() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		sed 's/^/  /' "$home/err"
	fi
}

# refused "part of the sentence" FLAGS...: exit code 2, nothing on stdout, one line on stderr that has the part.
refused() {
	local part=$1 status=0
	shift
	timeout 20 env -u KUBERNETES_SERVICE_HOST "$adapter" "$@" >"$home/out" 2>"$home/err" || status=$?
	[ "$status" -eq 2 ] && [ ! -s "$home/out" ] && [ "$(wc -l <"$home/err")" -eq 1 ] && grep -qF -- "$part" "$home/err"
}

# prints "part" FLAGS...: exit code 0 and the part on stdout.
prints() {
	local part=$1
	shift
	timeout 20 env -u KUBERNETES_SERVICE_HOST "$adapter" "$@" >"$home/out" 2>"$home/err" && grep -qF -- "$part" "$home/out"
}

kubeconfig=$home/kubeconfig
cat >"$kubeconfig" <<'YAML'
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: me, user: {token: secret}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
YAML
master=http://127.0.0.1:1

check "no options at all" refused "option master is required"
check "an unknown option" refused 'unknown option "--nonsense"' --nonsense
check "a stray word" refused 'unexpected argument "word"' --master "$master" word
check "a bad duration" refused 'option --quarantine: wants a duration' --master "$master" --quarantine soon
check "a value out of range" refused 'option --executor-cpus: must be from 0.001 to 4' --master "$master" --executor-cpus 5
check "a bad address" refused 'option master: "m1:5050"' --master m1:5050
check "a ZooKeeper without a port" refused 'option master: "zk://z1,z2:2181/mesos": server "z1" has no port' \
	--master zk://z1,z2:2181/mesos
check "a ZooKeeper without a path" refused 'must end with the path' --master zk://z1:2181
check "a ZooKeeper besides masters" refused "zk:// must be its only value" --master zk://z1:2181/mesos,http://m1:5050
check "a wrong ZooKeeper, without its password" refused '"zk://…@z1/mesos"' --master zk://me:geheim@z1/mesos
check "a missing file" refused 'option --config' --config "$home/none.yaml"
printf 'master: [\n' >"$home/broken.yaml"
check "a broken file" refused "broken.yaml:" --config "$home/broken.yaml"
printf 'master: %s\nmesos-rolls: [a]\n' "$master" >"$home/typo.yaml"
check "a typo in the file" refused 'typo.yaml: unknown option "mesos-rolls"' --config "$home/typo.yaml"
check "no kubeconfig" refused "$home/none" --master "$master" --kubeconfig "$home/none"
check "an unknown context" refused "elsewhere" --master "$master" --kubeconfig "$kubeconfig" --context elsewhere
printf 'no: [kubeconfig\n' >"$home/broken-kubeconfig"
check "a broken kubeconfig" refused "broken-kubeconfig:" --master "$master" --kubeconfig "$home/broken-kubeconfig"
sed 's/token: secret/exec: {command: x}/' "$kubeconfig" >"$home/exec-kubeconfig"
check "a kubeconfig with a plug-in" refused "exec" --master "$master" --kubeconfig "$home/exec-kubeconfig"
printf 'garbage\n' >"$home/garbage.pem"
check "a certificate that is none" refused "garbage.pem" --kubeconfig "$kubeconfig" --master https://127.0.0.1:1 \
	--mesos-ca-file "$home/garbage.pem"
check "outside a cluster without kubeconfig" refused "KUBERNETES_SERVICE_HOST" --master "$master"
check "help" prints "Usage: kube-mesos-adapter" --help
check "version" prints "kube-mesos-adapter 0." --version
check "the reference" prints "# Configuration of kube-mesos-adapter" --help-markdown
check "the reference is the page in docs/" cmp -s "$home/out" docs/configuration.md
check "the life of a pod" prints "|" --lifecycle

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
