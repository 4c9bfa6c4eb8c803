#!/usr/bin/env bash
# Volumes: the files are really there, in containers of their own root, and what cannot be had is refused by name.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

PATIENCE=40
sandbox_start --agents 1
# Without an election: a machine that is slow for seconds would end sessions with the lease.
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"

# pod NAME VOLUMES CONTAINERS [INIT-CONTAINERS]: JSON lists; what containers have in common is filled in.
pod() {
	jq -n --arg name "$1" --argjson volumes "$2" --argjson containers "$3" --argjson init "${4:-[]}" '
		def whole: {image: "busybox"} + .;
		{apiVersion: "v1", kind: "Pod", metadata: {name: $name}, spec: {schedulerName: "mesos",
			automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, restartPolicy: "Never",
			tolerations: [{key: "mesos.apache.org/agent", operator: "Exists"}], volumes: $volumes,
			initContainers: ($init | map(whole)), containers: ($containers | map(whole))}}' | k apply -f -
}

# ordinary NAME [OF-CONTAINER OF-SPEC]: what a user writes who thinks of no token.
ordinary() {
	k apply -f - <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: $1}
		spec:
		  schedulerName: mesos
		  terminationGracePeriodSeconds: 1
		  tolerations: [{key: mesos.apache.org/agent, operator: Exists}]
		  containers:
		  - {name: main, image: busybox, command: [sleep, "1000"]${2:-}}
		  ${3:-}
	END
}

# lacks PATTERN FILE
lacks() {
	[ -n "$1" ] && [ -s "$2" ] && ! grep -E -- "$1" "$2"
}

phase_is() {
	[ "$(field pod "$1" .status.phase)" = "$2" ]
}

api=$(k config view -o 'jsonpath={.clusters[0].cluster.server}')
mkdir -p "$work/host/below"
echo from the host >"$work/host/file"

if ! unshare --mount true 2>/dev/null && ! unshare --user --map-root-user --mount true 2>/dev/null; then
	check "a pod with a volume, on a machine that cannot mount it" pod v '[{"name":"v"}]' '[{"name":"main","command":["true"],"volumeMounts":[{"name":"v","mountPath":"/v"}]}]'
	eventually "fails" phase_is v Failed
	says "and says so" 'This machine allows no mount namespace' k get pod v -o yaml
	e2e_end
	exit
fi

# Directories that the pod's containers share

check "a pod whose containers share a directory" pod shared '[{"name":"v","emptyDir":{"sizeLimit":"10Mi"}}]' '[
	{"name":"reader","command":["sh","-c","cat /data/greeting; exec sleep 1000"],
		"volumeMounts":[{"name":"v","mountPath":"/data","readOnly":true}]},
	{"name":"other","command":["sleep","1000"],"volumeMounts":[{"name":"v","mountPath":"/else/where"}]}]' '[
	{"name":"writer","command":["sh","-c","echo hello > /out/greeting"],
		"volumeMounts":[{"name":"v","mountPath":"/out"}]}]'
eventually "it runs" phase_is shared Running
eventually_says "what the init container wrote is read by another" '^hello$' k logs shared -c reader
check "a session sees the mounts of its container" test "$(k exec shared -c other -- cat /else/where/greeting)" = hello
refuses "who mounts it read-only cannot write" 'Read-only file system' k exec shared -c reader -- touch /data/x
check "who does not can" k exec shared -c other -- sh -c 'echo more > /else/where/more'
check "and the other sees it" test "$(k exec shared -c reader -- cat /data/more)" = more
check "nothing of it appears on the machine" test ! -e /else

# Parts of a volume, memory, and directories of the agent

check "a pod with parts of a volume, memory and a directory of the agent" pod parts '[{"name":"v"},
	{"name":"m","emptyDir":{"medium":"Memory","sizeLimit":"3Mi"}},
	{"name":"h","hostPath":{"path":"'"$work"'/host","type":"Directory"}},
	{"name":"f","hostPath":{"path":"'"$work"'/host/file"}}]' '[{"name":"main","command":["sleep","1000"],"volumeMounts":[
	{"name":"v","mountPath":"/one","subPath":"a"},{"name":"v","mountPath":"/two","subPath":"b/c"},
	{"name":"m","mountPath":"/dev/shm"},
	{"name":"h","mountPath":"/from/agent","mountPropagation":"HostToContainer"},
	{"name":"f","mountPath":"/etc/no-such-directory/file","readOnly":true}]}]'
eventually "it runs" phase_is parts Running
check "parts of a volume are apart" k exec parts -- sh -c 'touch /one/x && test ! -e /two/x'
check "memory has the size that was asked for" test "$(k exec parts -- df -k --output=size /dev/shm | tail -n 1 | tr -d ' ')" = 3072
check "a directory of the agent is there" k exec parts -- test -d /from/agent/below
check "and can be written" k exec parts -- sh -c 'echo back > /from/agent/written'
check "which the agent sees" grep -q back "$work/host/written"
check "a file of the agent is there" test "$(k exec parts -- cat /etc/no-such-directory/file)" = 'from the host'
check "a pod with a directory that the agent has not got" pod absent '[{"name":"h","hostPath":{"path":"'"$work"'/late","type":"Directory"}}]' '[
	{"name":"main","command":["true"],"volumeMounts":[{"name":"h","mountPath":"/h"}]}]'
eventually_says "is told of it with the agent's sentence" "FailedMount.*MountVolume.SetUp failed for volume \"h\" : Path '$work/late/\\.' in HOST_PATH volume does not exist" \
	k get events --field-selector involvedObject.name=absent
check "and waits" phase_is absent Pending
mkdir "$work/late"
eventually "until it is there" phase_is absent Succeeded

# Files: ConfigMaps, Secrets, fields of the pod

k create configmap settings --from-literal=mode=fast --from-literal=app.conf='line = 1' >/dev/null
k create secret generic db --from-literal=password=s3cret >/dev/null
check "a pod with files of a ConfigMap, a Secret and its own fields" pod files '[
	{"name":"c","configMap":{"name":"settings","items":[{"key":"app.conf","path":"conf.d/app.conf"}]}},
	{"name":"s","secret":{"secretName":"db"}},
	{"name":"none","configMap":{"name":"not-there","optional":true}},
	{"name":"p","projected":{"sources":[{"configMap":{"name":"settings"}},{"secret":{"name":"db"}},
		{"downwardAPI":{"items":[{"path":"name","fieldRef":{"fieldPath":"metadata.name"}},
			{"path":"cpu","resourceFieldRef":{"containerName":"main","resource":"requests.cpu","divisor":"1m"}}]}}]}}]' '[
	{"name":"main","command":["sleep","1000"],"resources":{"requests":{"cpu":"150m"}},"volumeMounts":[
		{"name":"c","mountPath":"/etc/app"},{"name":"s","mountPath":"/secrets"},{"name":"none","mountPath":"/none"},
		{"name":"s","mountPath":"/one-file","subPath":"password"},{"name":"p","mountPath":"/all"}]}]'
eventually "it runs" phase_is files Running
check "a key of a ConfigMap under its path" test "$(k exec files -- cat /etc/app/conf.d/app.conf)" = 'line = 1'
check "a key of a Secret" test "$(k exec files -- cat /secrets/password)" = s3cret
check "a single file" test "$(k exec files -- cat /one-file)" = s3cret
check "several sources in one directory" test "$(k exec files -- sh -c 'cd /all && ls | xargs')" = 'app.conf cpu mode name password'
check "fields of the pod" test "$(k exec files -- cat /all/name /all/cpu)" = files150
check "they have the mode that was promised" test "$(k exec files -- stat -c %a /secrets/password)" = 644
refuses "and cannot be written" 'Read-only file system' k exec files -- sh -c 'echo x > /secrets/password'
check "an optional one that is missing is an empty directory" k exec files -- sh -c 'test -d /none && test -z "$(ls /none)"'
check "nothing of a Secret reaches the log" lacks "s3cret|$(printf s3cret | base64)" "$work/adapter.log"

check "a pod with a ConfigMap that is missing" pod waits '[{"name":"c","configMap":{"name":"late"}}]' '[
	{"name":"main","command":["sh","-c","cat /c/word; exec sleep 1000"],"volumeMounts":[{"name":"c","mountPath":"/c"}]}]'
eventually_says "waits with the kubelet's words" 'FailedMount.*MountVolume.SetUp failed for volume "c" : configmap "late" not found' \
	k get events --field-selector involvedObject.name=waits
check "and has not begun" phase_is waits Pending
k create configmap late --from-literal=word=came >/dev/null
eventually "until it is there" phase_is waits Running
eventually_says "with what it says" '^came$' k logs waits

# Files with modes that Mesos has not: written beside the pause

k create configmap scripts --from-literal=run='#!/bin/sh
echo it was run' --from-literal=.hidden=dot >/dev/null
check "a pod with a script and a key that only its user may read" pod modes '[
	{"name":"c","configMap":{"name":"scripts","defaultMode":493}},
	{"name":"s","secret":{"secretName":"db","items":[{"key":"password","path":"deep/key","mode":256}]}}]' '[
	{"name":"main","command":["sh","-c","/scripts/run; exec sleep 1000"],"volumeMounts":[{"name":"c","mountPath":"/scripts"},
		{"name":"s","mountPath":"/var/run/keys"},{"name":"c","mountPath":"/opt/tool","subPath":"run"}]}]'
eventually "it runs" phase_is modes Running
eventually_says "its script was run" '^it was run$' k logs modes
check "files have the modes that were asked for" test "$(k exec modes -- stat -L -c %a /scripts/run /scripts/.hidden /run/keys/deep/key | xargs)" = '755 755 400'
check "and their bytes" test "$(k exec modes -- cat /var/run/keys/deep/key)" = s3cret
check "also a single one" test "$(k exec modes -- /opt/tool)" = 'it was run'
refuses "and cannot be written" 'Read-only file system' k exec modes -- sh -c 'echo x > /scripts/run'
check "nothing of it reaches the log" lacks "s3cret|$(printf s3cret | base64)" "$work/adapter.log"

# Files that follow what they are made of

# follows: its labels, so that what is changed is not waited for for a minute: with them all of its files are looked at.
follows() {
	k apply -f - <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: follows, labels: {colour: red}, annotations: {mesos.apache.org/update-files: "true"}}
		spec:
		  schedulerName: mesos
		  terminationGracePeriodSeconds: 1
		  tolerations: [{key: mesos.apache.org/agent, operator: Exists}]
		  volumes:
		  - {name: c, configMap: {name: settings}}
		  - {name: d, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
		  containers:
		  - name: main
		    image: busybox
		    command: [sleep, "1000"]
		    volumeMounts: [{name: c, mountPath: /c}, {name: d, mountPath: /d}]
	END
}

check "a pod whose files follow what they are made of" follows
eventually "it runs" phase_is follows Running
check "it has its files" test "$(k exec follows -- cat /c/mode /d/labels)" = 'fastcolour="red"'
check "and its token" k exec follows -- test -s /var/run/secrets/kubernetes.io/serviceaccount/token
check "a ConfigMap is changed" k patch configmap settings -p '{"data":{"mode":"slow","more":"1"}}'
check "and a label" k label pod follows colour=blue --overwrite
eventually_says "the running container sees both" '^slow1colour="blue"$' k exec follows -- cat /c/mode /c/more /d/labels
check "it was not started again" test "$(field pod follows '.status.containerStatuses[0].restartCount')" = 0
check "who did not ask for it keeps what it has" test "$(k exec files -- cat /all/mode)" = fast
k patch configmap settings -p '{"data":{"mode":"fast","more":null}}' >/dev/null

# Tokens: what every ordinary pod is given

check "an ordinary pod" ordinary usual
eventually "it runs" phase_is usual Running
says "its token is that of its service account" '"message": *"pods is forbidden: User ..?system:serviceaccount:default:default' k exec usual -- sh -c \
	'cd /var/run/secrets/kubernetes.io/serviceaccount && curl -sS --cacert ca.crt -H "Authorization: Bearer $(cat token)" "$0/api/v1/namespaces/$(cat namespace)/pods"' "$api"
check "it reaches no log" lacks "$(k exec usual -- cat /run/secrets/kubernetes.io/serviceaccount/token)" "$work/adapter.log"
check "a pod with a token for somebody else" pod vault '[{"name":"t","projected":{"sources":[
	{"serviceAccountToken":{"path":"vault","audience":"vault","expirationSeconds":600}}]}}]' '[
	{"name":"main","command":["sleep","1000"],"volumeMounts":[{"name":"t","mountPath":"/tokens"}]}]'
eventually "it runs" phase_is vault Running
check "it is there" k exec vault -- test -s /tokens/vault

# Mounts inside a mount

check "a pod with mounts inside a directory" pod nested '[{"name":"v"},{"name":"w"},{"name":"c","configMap":{"name":"settings"}}]' '[
	{"name":"main","command":["sleep","1000"],"volumeMounts":[{"name":"w","mountPath":"/app/cache"},{"name":"v","mountPath":"/app"},
		{"name":"c","mountPath":"/app/etc/app"}]},
	{"name":"other","command":["sleep","1000"],"volumeMounts":[{"name":"v","mountPath":"/v"},{"name":"w","mountPath":"/w"}]}]'
eventually "it runs" phase_is nested Running
check "a directory in it is that of another volume" k exec nested -c main -- sh -c 'touch /app/cache/x /app/y'
check "which others see apart" k exec nested -c other -- sh -c 'test -e /w/x && test -e /v/y && test ! -e /v/cache/x'
check "files in it are there" test "$(k exec nested -c main -- cat /app/etc/app/mode)" = fast
check "and are nobody else's" k exec nested -c other -- test ! -e /v/etc/app
check "an ordinary pod with a directory on /run" ordinary busy ', volumeMounts: [{name: run, mountPath: /run}]' 'volumes: [{name: run}]'
eventually "it runs" phase_is busy Running
check "it has its token" k exec busy -- test -s /var/run/secrets/kubernetes.io/serviceaccount/token
check "and a directory that it can write" k exec busy -- sh -c 'echo 1 > /run/pid'

# Names

check "a pod with names and a resolver of its own" ordinary named '' 'hostAliases: [{ip: 192.0.2.4, hostnames: [foo.test, bar.test]}]
  dnsPolicy: None
  dnsConfig: {nameservers: [192.0.2.53], searches: [one.test, two.test], options: [{name: ndots, value: "2"}]}'
eventually "it runs" phase_is named Running
says "its names stand in /etc/hosts" '^192\.0\.2\.4	foo\.test	bar\.test$' k exec named -- cat /etc/hosts
says "with its own" '	named(	|$)' k exec named -- cat /etc/hosts
says "and resolve" '^192\.0\.2\.4 +foo\.test' k exec named -- getent hosts bar.test
says "its resolver in /etc/resolv.conf" '^nameserver 192\.0\.2\.53$' k exec named -- cat /etc/resolv.conf
says "with its domains" '^search one\.test two\.test$' k exec named -- cat /etc/resolv.conf

# What cannot be had

check "a pod with a volume of a kind that no agent has" pod odd '[{"name":"n","nfs":{"server":"x","path":"/"}}]' '[{"name":"main"}]'
eventually_says "is refused by the field" 'not supported: spec.volumes\[n\].nfs' k get events --field-selector involvedObject.name=odd
says "and in its condition" 'not supported: spec.volumes\[n\].nfs' k get pod odd -o yaml

check "the adapter still runs" adapter_runs
e2e_end
