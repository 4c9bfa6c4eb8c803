#!/usr/bin/env bash
# Claims: a pod waits until its claim is bound, goes where the volume can be reached, finds what another one wrote there.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

PATIENCE=90 # what does not do yet is read again after up to a minute
sandbox_start --agents 2
adapter_start --no-leader-elect --kubelet-address 127.0.0.1:0 --kubelet-client-ca-file "$work/state/ca.crt"
mkdir -p "$work/disks/one" "$work/disks/two" "$work/disks/three"

# volume NAME MORE: of 1 GiB, with these members of its spec as JSON.
volume() {
	jq -n --arg name "$1" --argjson more "$2" '{apiVersion: "v1", kind: "PersistentVolume", metadata: {name: $name},
		spec: ({capacity: {storage: "1Gi"}, accessModes: ["ReadWriteOnce"], storageClassName: "disks"} + $more)}' | k apply -f -
}

# on NODE: what a local volume says of where it is.
on() {
	jq -cn --arg node "$1" '{required: {nodeSelectorTerms: [{matchExpressions: [
		{key: "kubernetes.io/hostname", operator: "In", values: [$node]}]}]}}'
}

# claim NAME [CLASS [MODE]]
claim() {
	jq -n --arg name "$1" --arg class "${2:-disks}" --arg mode "${3:-ReadWriteOnce}" '{apiVersion: "v1",
		kind: "PersistentVolumeClaim", metadata: {name: $name}, spec: {accessModes: [$mode], storageClassName: $class,
		resources: {requests: {storage: "100Mi"}}}}' | k apply -f -
}

# mounting NAME CLAIM COMMAND [VOLUME-MORE [SPEC-MORE]]: a pod with the claim on /data.
mounting() {
	jq -n --arg name "$1" --arg claim "$2" --arg command "$3" --argjson more "${4:-{\}}" --argjson spec "${5:-{\}}" '{
		apiVersion: "v1", kind: "Pod", metadata: {name: $name}, spec: ($spec + {schedulerName: "mesos", automountServiceAccountToken: false,
		terminationGracePeriodSeconds: 1, restartPolicy: "Never",
		tolerations: [{key: "mesos.apache.org/agent", operator: "Exists"}],
		volumes: [{name: "data", persistentVolumeClaim: ({claimName: $claim} + $more)}],
		containers: [{name: "main", image: "busybox", command: ["sh", "-c", $command],
			volumeMounts: [{name: "data", mountPath: "/data"}]}]})}' | k apply -f -
}

if ! unshare --mount true 2>/dev/null && ! unshare --user --map-root-user --mount true 2>/dev/null; then
	echo "this machine allows no mount namespace, so nothing can be mounted"
	e2e_end
	exit
fi

# What there is to wait for

check "a pod whose claim is missing" mounting first data 'echo kept > /data/word; exec sleep 1000'
eventually_says "waits as kube-scheduler says it" 'FailedScheduling +pod/first +persistentvolumeclaim "data" not found' k get events
eventually_says "and in its condition" 'persistentvolumeclaim "data" not found' k get pod first -o 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}'
check "the claim" claim data
eventually_says "is not bound, and that is said" 'FailedScheduling +pod/first +pod has unbound immediate PersistentVolumeClaims' k get events
check "a local volume on one node" volume one '{"local":{"path":"'"$work"'/disks/one"},"nodeAffinity":'"$(on agent2)"'}'
eventually "the pod runs" phase_is first Running
check "where the volume is" test "$(field pod first .spec.nodeName)" = agent2
eventually_says "what it writes is on the disk" '^kept$' cat "$work/disks/one/word"
says "kubectl shows the claim" '^data +Bound +one +1Gi +RWO +disks +<unset> ' k get pvc
says "kubectl shows the volume" '^one +1Gi +RWO +Retain +Bound +default/data +disks +<unset> ' k get pv
check "the pod goes" k delete pod first
check "another pod with the claim" mounting second data 'cat /data/word; exec sleep 1000' '{"readOnly":true}'
eventually "it runs" phase_is second Running
check "where the volume is" test "$(field pod second .spec.nodeName)" = agent2
eventually_says "it finds what the first one wrote" '^kept$' k logs second
refuses "and cannot write, as its volume says" 'Read-only file system' k exec second -- touch /data/x

# Where no pod can go

check "a volume on a node that is not there" volume far '{"local":{"path":"/far"},"nodeAffinity":'"$(on nowhere)"',"storageClassName":"far"}'
check "a claim of it" claim far far
check "a pod with it" mounting far far 'exec sleep 1000'
eventually_says "waits, and says for what" "0/2 agents fit: 2 didn't match PersistentVolume's node affinity" k get events
check "it has no node" test -z "$(field pod far .spec.nodeName)"

# One pod at a time

check "a volume for one pod" volume three '{"hostPath":{"path":"'"$work"'/disks/three","type":"Directory"},"accessModes":["ReadWriteOncePod"]}'
check "a claim for one pod" claim single disks ReadWriteOncePod
check "a pod with it" mounting holder single 'echo mine > /data/word; exec sleep 1000'
eventually "it runs" phase_is holder Running
check "a second one" mounting rival single 'cat /data/word; exec sleep 1000'
eventually_says "waits" 'ReadWriteOncePod access mode' k get events --field-selector involvedObject.name=rival
check "the first one goes" k delete pod holder
eventually "then the second one runs" phase_is rival Running
eventually_says "with what was there" '^mine$' k logs rival

# Claims that wait for a pod

k apply -f - >/dev/null <<-END
	apiVersion: storage.k8s.io/v1
	kind: StorageClass
	metadata: {name: local-storage}
	provisioner: kubernetes.io/no-provisioner
	volumeBindingMode: WaitForFirstConsumer
END
mkdir -p "$work/disks/a1" "$work/disks/a2"
for i in 1 2; do
	check "a disk of agent$i" volume "disk-$i" '{"storageClassName":"local-storage","local":{"path":"'"$work/disks/a$i"'"},"nodeAffinity":'"$(on "agent$i")"'}'
done
check "a claim of the class" claim late local-storage
says "is not bound" '^late +Pending ' k get pvc late
check "a pod with it that wants a node" mounting picky late 'echo here > /data/word; exec sleep 1000' '{}' '{"nodeSelector":{"kubernetes.io/hostname":"agent1"}}'
eventually "runs" phase_is picky Running
says "the claim got the disk of that node" '^late +Bound +disk-1 ' k get pvc late
eventually_says "on which it writes" '^here$' cat "$work/disks/a1/word"
check "a second claim" claim later local-storage
check "and a pod that wants nothing" mounting other later 'exec sleep 1000'
eventually "runs" phase_is other Running
check "where the other disk is" test "$(field pod other .spec.nodeName)" = agent2
check "a third claim" claim last local-storage
check "and a pod" mounting third last 'exec sleep 1000'
eventually_says "find no disk, and that is said" "2 didn't find available persistent volumes to bind" \
	k get events --field-selector involvedObject.name=third
mkdir -p "$work/disks/a3"
check "until one comes" volume disk-3 '{"storageClassName":"local-storage","local":{"path":"'"$work/disks/a3"'"},"nodeAffinity":'"$(on agent1)"'}'
eventually "with which it runs" phase_is third Running

# What cannot be had

check "a volume that no agent can mount" volume share '{"nfs":{"server":"files","path":"/srv"},"storageClassName":"shares"}'
check "a claim of it" claim share shares
check "a pod with it" mounting share share 'exec sleep 1000'
eventually_says "is told why" 'persistentvolume "share" of persistentvolumeclaim "share": not supported: spec.nfs: no driver of Kubernetes runs on an agent' k get events

check "the adapter still runs" adapter_runs
e2e_end
