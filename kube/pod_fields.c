#include "kube/pod_fields.h"

#include <stdlib.h>
#include <string.h>

#include "kube/pod_fields_rows.h"

/* Sorted by scope, then key. */
static const struct pod_field fields[] = {
    HANDLED(SPEC, "activeDeadlineSeconds", "the pod fails when it has been active for so long"),
    PLACEMENT(SPEC, "affinity", "only nodeSelector chooses agents"),
    MEANINGLESS(SPEC, "automountServiceAccountToken", "what it mounts stands in volumes"),
    HANDLED(SPEC, "containers", "each run of each is one Mesos task"),
    HANDLED(SPEC, "dnsConfig",
	    "a file /etc/resolv.conf, with dnsPolicy None; with others it is refused: what the agent's "
	    "resolver says is not known"),
    DEFAULT(SPEC, "dnsPolicy", "ClusterFirst|Default|None|", "containers use the agent's resolver"),
    HANDLED(SPEC, "enableServiceLinks",
	    "variables for the services of the namespace; those of default/kubernetes are always there"),
    HANDLED(SPEC, "ephemeralContainers", "each is one more task of the pod's executor, once"),
    HANDLED(
	SPEC, "hostAliases",
	"a file /etc/hosts, without what the agent's has; refused on a network of CNI, where the pod's own address is "
	"not known before the start"),
    DEFAULT(SPEC, "hostIPC", "false|", "not offered"),
    HANDLED(SPEC, "hostNetwork",
	    "every container is on its agent's network, unless annotation mesos.apache.org/network names one of CNI; "
	    "both are "
	    "refused"),
    DEFAULT(SPEC, "hostPID", "false|", "not offered"),
    DEFAULT(SPEC, "hostUsers", "true|", "user namespaces are not offered"),
    HANDLED(
	SPEC, "hostname",
	"the variable HOSTNAME has it, and on a network of CNI it is the host name; elsewhere that is the agent's, as "
	"with hostNetwork"),
    REFUSED(SPEC, "hostnameOverride", "the host name is the agent's"),
    REFUSED(SPEC, "imagePullSecrets", "the agent pulls with its own credentials"),
    HANDLED(SPEC, "initContainers", "tasks too, one after the other before the containers"),
    HANDLED(SPEC, "nodeName", "set by our binding; a pod that somebody else bound to a node of ours is launched there"),
    HANDLED(SPEC, "nodeSelector", "matched against the attributes and the fault domain of the agent"),
    HANDLED(SPEC, "os", "see below"),
    HANDLED(SPEC, "overhead", "resources of the executor, besides its own"),
    MEANINGLESS(SPEC, "preemptionPolicy", "nothing is preempted"),
    MEANINGLESS(SPEC, "priority", "nothing is preempted, and offers are used in order of arrival"),
    MEANINGLESS(SPEC, "priorityClassName", "as priority"),
    HANDLED(SPEC, "readinessGates", "the pod is ready when these conditions are True, too"),
    REFUSED(SPEC, "resourceClaims", "no dynamic resource allocation"),
    HANDLED(SPEC, "resources", "see below"),
    HANDLED(SPEC, "restartPolicy", "Always, OnFailure, Never; others are refused"),
    REFUSED(SPEC, "runtimeClassName", "one runtime: Mesos containers"),
    HANDLED(SPEC, "schedulerName", "chooses the pods that are ours (option scheduler-name)"),
    HANDLED(SPEC, "schedulingGates", "the pod waits until there are none"),
    REFUSED(SPEC, "schedulingGroup", "no gang scheduling"),
    HANDLED(SPEC, "securityContext", "see below"),
    MEANINGLESS(SPEC, "serviceAccount", "as serviceAccountName"),
    HANDLED(SPEC, "serviceAccountName", "whose tokens projected volumes get"),
    DEFAULT(SPEC, "setHostnameAsFQDN", "false|", "the host name is the agent's"),
    DEFAULT(SPEC, "shareProcessNamespace", "false|", "not offered"),
    HANDLED(
	SPEC, "subdomain",
	"Kubernetes makes the names of a headless service's pods of it; the container's own /etc/hosts lacks its name"),
    HANDLED(SPEC, "terminationGracePeriodSeconds", "grace period of the tasks' kill policy"),
    HANDLED(SPEC, "tolerations",
	    "taints keep others' pods away, ours are bound without regard to them; how long one stays on an agent that "
	    "is unreachable: node.kubernetes.io/unreachable:NoExecute"),
    PLACEMENT(SPEC, "topologySpreadConstraints", "only nodeSelector chooses agents"),
    HANDLED(SPEC, "volumes", "see below"),

    DEFAULT(OS, "name", "linux|", "only linux"),

    HANDLED(OVERHEAD, "cpu", "cpus, in thousandths"),
    HANDLED(OVERHEAD, "ephemeral-storage", "disk"),
    HANDLED(OVERHEAD, "memory", "mem"),

    REFUSED(POD_RESOURCES, "claims", "no dynamic resource allocation"),
    HANDLED(POD_RESOURCES, "limits",
	    "the limit of a container that runs alone; otherwise containers that run at once must have limits of their "
	    "own that are together no more"),
    HANDLED(POD_RESOURCES, "requests",
	    "what the agent must have; containers that request nothing have equal parts of what the others leave"),

    HANDLED(POD_AMOUNT, "cpu", "cpus, in thousandths"),
    HANDLED(POD_AMOUNT, "memory", "mem"),

    HANDLED(HOST_ALIAS, "hostnames", "names of it"),
    HANDLED(HOST_ALIAS, "ip", "an address"),

    HANDLED(DNS, "nameservers", "lines of /etc/resolv.conf"),
    HANDLED(DNS, "options", "a line of it"),
    HANDLED(DNS, "searches", "a line of it"),

    HANDLED(DNS_OPTION, "name", "its name"),
    HANDLED(DNS_OPTION, "value", "after a colon"),

    MEANINGLESS(SCHEDULING_GATE, "name", "the pod waits until there is none, whatever its name"),

    HANDLED(READINESS_GATE, "conditionType", "a condition of the pod"),

    HANDLED(CONTAINER, "args", "arguments of the command"),
    HANDLED(CONTAINER, "command", "what is run, without a shell"),
    HANDLED(CONTAINER, "env", "variables of the task, by the kubelet's rules"),
    HANDLED(CONTAINER, "envFrom", "all that a ConfigMap or Secret holds; what stands in env wins"),
    HANDLED(CONTAINER, "image",
	    "a Docker image for the Mesos containerizer; another one ends the container, and it runs again"),
    HANDLED(CONTAINER, "imagePullPolicy", "Always pulls anew, IfNotPresent may use a cached image; Never is refused"),
    HANDLED(CONTAINER, "lifecycle", "see below"),
    HANDLED(CONTAINER, "livenessProbe", "a health check of Mesos"),
    HANDLED(CONTAINER, "name", "part of the task's id"),
    HANDLED(CONTAINER, "ports", "a host port is taken from the ports that are offered"),
    HANDLED(CONTAINER, "readinessProbe", "a check of Mesos"),
    MEANINGLESS(CONTAINER, "resizePolicy", "it speaks of changes that are never made"),
    HANDLED(CONTAINER, "resources", "see below"),
    HANDLED(CONTAINER, "restartPolicy", "instead of the pod's; an init container with Always is a sidecar"),
    HANDLED(CONTAINER, "restartPolicyRules", "go before restartPolicy"),
    HANDLED(CONTAINER, "securityContext", "see below"),
    HANDLED(CONTAINER, "startupProbe",
	    "a check of Mesos, the one of another probe that asks the same, or asked by the adapter"),
    HANDLED(CONTAINER, "stdin", "input of those who attach; only with `tty`, since Mesos keeps no pipe to others"),
    HANDLED(CONTAINER, "stdinOnce",
	    "when the input of who attaches ends, the container is told (^D); otherwise it is not"),
    HANDLED(
	CONTAINER, "terminationMessagePath",
	"a file of the task's sandbox is mounted there, and read when the container has ended; not where a volume is "
	"mounted on, around or inside it: there the default is given no file, and another path is refused"),
    DEFAULT(CONTAINER, "terminationMessagePolicy", "File|FallbackToLogsOnError|", "there are no others"),
    HANDLED(CONTAINER, "tty", "a terminal, which can be attached to"),
    REFUSED(CONTAINER, "volumeDevices", "no block devices are offered"),
    HANDLED(CONTAINER, "volumeMounts", "volumes of the task, see below"),
    HANDLED(CONTAINER, "workingDir",
	    "with command; /bin/sh of the image goes there and runs it. Without command the image's holds, and others "
	    "are refused"),

    HANDLED(PROBE, "exec", "run inside the container"),
    HANDLED(PROBE, "failureThreshold", "as the kubelet counts"),
    HANDLED(PROBE, "grpc", "asked by the adapter, of the pod's address"),
    HANDLED(PROBE, "httpGet", "asked of the container's loopback address, or by the adapter what Mesos cannot ask"),
    HANDLED(PROBE, "initialDelaySeconds", "delay_seconds"),
    HANDLED(PROBE, "periodSeconds", "interval_seconds"),
    HANDLED(PROBE, "successThreshold", "as the kubelet counts"),
    HANDLED(PROBE, "tcpSocket", "asked of the container's loopback address, or by the adapter what Mesos cannot ask"),
    HANDLED(PROBE, "terminationGracePeriodSeconds", "grace period when the probe ends the container"),
    HANDLED(PROBE, "timeoutSeconds", "timeout_seconds"),

    HANDLED(EXEC, "command", "what is run, without a shell; $(NAME) is expanded"),

    HANDLED(HTTP, "host",
	    "asked by the adapter; 127.0.0.1 by Mesos, without httpHeaders and not on a network of CNI; other loopback "
	    "addresses are refused"),
    HANDLED(HTTP, "httpHeaders", "sent by the adapter"),
    HANDLED(HTTP, "path", "path"),
    HANDLED(HTTP, "port", "port; a name is that of a port of the container"),
    DEFAULT(HTTP, "scheme", "HTTP|HTTPS|", "the certificate is not verified"),

    HANDLED(HEADER, "name", "name of the header"),
    HANDLED(HEADER, "value", "its value"),

    HANDLED(TCP, "host",
	    "asked by the adapter; 127.0.0.1 by Mesos, not on a network of CNI; other loopback addresses are refused"),
    HANDLED(TCP, "port", "port; a name is that of a port of the container"),

    HANDLED(GRPC, "port", "port"),
    HANDLED(GRPC, "service", "whose health is asked for; the server's as a whole if none is named"),

    HANDLED(LIFECYCLE, "postStart", "when the container has started, and before it counts as running"),
    HANDLED(LIFECYCLE, "preStop", "before the container is told to end, within its grace period"),
    REFUSED(LIFECYCLE, "stopSignal", "Mesos ends containers with SIGTERM"),

    HANDLED(HOOK, "exec", "run inside the container, through its agent"),
    HANDLED(HOOK, "httpGet", "asked by the adapter; any answer will do"),
    HANDLED(HOOK, "sleep", "waited for"),
    REFUSED(HOOK, "tcpSocket", "kubelets do not do it either"),

    HANDLED(HOOK_EXEC, "command", "what is run, without a shell"),

    HANDLED(HOOK_HTTP, "host", "the pod's address if none is given; the loopback address is refused"),
    HANDLED(HOOK_HTTP, "httpHeaders", "sent"),
    HANDLED(HOOK_HTTP, "path", "path"),
    HANDLED(HOOK_HTTP, "port", "port; a name is that of a port of the container"),
    DEFAULT(HOOK_HTTP, "scheme", "HTTP|HTTPS|", "the certificate is not verified"),

    HANDLED(SLEEP, "seconds", "seconds"),

    DEFAULT(RULE, "action", "Restart|", "one container at a time is restarted"),
    HANDLED(RULE, "exitCodes", "exit codes for which it runs again"),

    DEFAULT(EXIT_CODES, "operator", "In|NotIn|", "there are no others"),
    HANDLED(EXIT_CODES, "values", "exit codes"),

    HANDLED(PORT, "containerPort", "told in the task's discovery information; only a host port takes something"),
    DEFAULT(PORT, "hostIP", "0.0.0.0|", "ports are those of all addresses"),
    HANDLED(PORT, "hostPort", "taken from the ports that are offered; 64 in a pod"),
    HANDLED(PORT, "name", "told in the task's discovery information"),
    DEFAULT(PORT, "protocol", "TCP|UDP|", "Mesos knows no others"),

    HANDLED(ENV, "name", "name of the variable"),
    HANDLED(ENV, "value", "its value; $(NAME) is expanded"),
    HANDLED(ENV, "valueFrom", "read when the container is started"),

    HANDLED(VALUE_FROM, "configMapKeyRef", "read by GET before each start"),
    HANDLED(VALUE_FROM, "fieldRef", "a field of the pod"),
    REFUSED(VALUE_FROM, "fileKeyRef", "files of an agent are not seen before the start"),
    HANDLED(VALUE_FROM, "resourceFieldRef", "cpu, memory or ephemeral-storage of a container"),
    HANDLED(VALUE_FROM, "secretKeyRef", "read by GET before each start; a variable of type SECRET"),

    HANDLED(CONFIGMAP_KEY, "key", "of its data, not of its binaryData"),
    HANDLED(CONFIGMAP_KEY, "name", "in the pod's namespace"),
    HANDLED(CONFIGMAP_KEY, "optional", "if so, what is missing is left out; else the container waits for it"),

    HANDLED(SECRET_KEY, "key", "of its data"),
    HANDLED(SECRET_KEY, "name", "in the pod's namespace"),
    HANDLED(SECRET_KEY, "optional", "if so, what is missing is left out; else the container waits for it"),

    DEFAULT(FIELD_REF, "apiVersion", "v1|", "there is no other"),
    HANDLED(FIELD_REF, "fieldPath",
	    "metadata.name, .namespace, .uid, .labels['NAME'], .annotations['NAME'], spec.nodeName, "
	    "spec.serviceAccountName, status.hostIP, .hostIPs, .podIP, .podIPs; others are refused"),

    HANDLED(RESOURCE_REF, "containerName", "its own if none is named"),
    HANDLED(RESOURCE_REF, "divisor", "the result is rounded up"),
    HANDLED(RESOURCE_REF, "resource",
	    "limits and requests of cpu, memory and ephemeral-storage; others are refused. A limit that is not set is "
	    "the pod's, or what the node has"),

    HANDLED(ENV_FROM, "configMapRef", "read by GET before each start"),
    HANDLED(ENV_FROM, "prefix", "before each name"),
    HANDLED(ENV_FROM, "secretRef", "read by GET before each start; variables of type SECRET"),

    HANDLED(ENV_CONFIGMAP, "name", "in the pod's namespace"),
    HANDLED(ENV_CONFIGMAP, "optional", "if so, it may be missing; else the container waits for it"),

    HANDLED(ENV_SECRET, "name", "in the pod's namespace"),
    HANDLED(ENV_SECRET, "optional", "if so, it may be missing; else the container waits for it"),

    REFUSED(RESOURCES, "claims", "no dynamic resource allocation"),
    HANDLED(RESOURCES, "limits", "limits of the task; a limit is the request where there is none"),
    HANDLED(RESOURCES, "requests", "resources of the task"),

    HANDLED(AMOUNT, "cpu", "cpus, in thousandths"),
    HANDLED(AMOUNT, "ephemeral-storage", "disk; request and limit are one, the greater"),
    HANDLED(AMOUNT, "memory", "mem"),
    HANDLED(AMOUNT, "nvidia.com/gpu", "gpus, whole ones"),

    HANDLED(TOLERATION, "effect", "as tolerations"),
    HANDLED(TOLERATION, "key", "as tolerations"),
    HANDLED(TOLERATION, "operator", "as tolerations; those that compare numbers tolerate no agent that is unreachable"),
    HANDLED(TOLERATION, "tolerationSeconds", "as tolerations"),
    HANDLED(TOLERATION, "value", "as tolerations"),
};

static const char *const scope_paths[POD_SCOPES] = {
    [POD_SCOPE_SPEC] = "spec",
    [POD_SCOPE_OS] = "spec.os",
    [POD_SCOPE_OVERHEAD] = "spec.overhead",
    [POD_SCOPE_POD_RESOURCES] = "spec.resources",
    [POD_SCOPE_POD_AMOUNT] = "spec.resources.{requests,limits}",
    [POD_SCOPE_HOST_ALIAS] = "spec.hostAliases[]",
    [POD_SCOPE_DNS] = "spec.dnsConfig",
    [POD_SCOPE_DNS_OPTION] = "spec.dnsConfig.options[]",
    [POD_SCOPE_SCHEDULING_GATE] = "spec.schedulingGates[]",
    [POD_SCOPE_READINESS_GATE] = "spec.readinessGates[]",
    [POD_SCOPE_CONTAINER] = "spec.containers[]",
    [POD_SCOPE_PROBE] = "spec.containers[].{startup,liveness,readiness}Probe",
    [POD_SCOPE_EXEC] = "spec.containers[].*Probe.exec",
    [POD_SCOPE_HTTP] = "spec.containers[].*Probe.httpGet",
    [POD_SCOPE_HEADER] = "spec.containers[].*.httpGet.httpHeaders[]",
    [POD_SCOPE_TCP] = "spec.containers[].*Probe.tcpSocket",
    [POD_SCOPE_GRPC] = "spec.containers[].*Probe.grpc",
    [POD_SCOPE_LIFECYCLE] = "spec.containers[].lifecycle",
    [POD_SCOPE_HOOK] = "spec.containers[].lifecycle.{postStart,preStop}",
    [POD_SCOPE_HOOK_EXEC] = "spec.containers[].lifecycle.*.exec",
    [POD_SCOPE_HOOK_HTTP] = "spec.containers[].lifecycle.*.httpGet",
    [POD_SCOPE_SLEEP] = "spec.containers[].lifecycle.*.sleep",
    [POD_SCOPE_RULE] = "spec.containers[].restartPolicyRules[]",
    [POD_SCOPE_EXIT_CODES] = "spec.containers[].restartPolicyRules[].exitCodes",
    [POD_SCOPE_PORT] = "spec.containers[].ports[]",
    [POD_SCOPE_ENV] = "spec.containers[].env[]",
    [POD_SCOPE_VALUE_FROM] = "spec.containers[].env[].valueFrom",
    [POD_SCOPE_CONFIGMAP_KEY] = "spec.containers[].env[].valueFrom.configMapKeyRef",
    [POD_SCOPE_SECRET_KEY] = "spec.containers[].env[].valueFrom.secretKeyRef",
    [POD_SCOPE_FIELD_REF] = "spec.*{env[].valueFrom,downwardAPI.items[]}.fieldRef",
    [POD_SCOPE_RESOURCE_REF] = "spec.*{env[].valueFrom,downwardAPI.items[]}.resourceFieldRef",
    [POD_SCOPE_ENV_FROM] = "spec.containers[].envFrom[]",
    [POD_SCOPE_ENV_CONFIGMAP] = "spec.containers[].envFrom[].configMapRef",
    [POD_SCOPE_ENV_SECRET] = "spec.containers[].envFrom[].secretRef",
    [POD_SCOPE_RESOURCES] = "spec.containers[].resources",
    [POD_SCOPE_AMOUNT] = "spec.containers[].resources.{requests,limits}",
    [POD_SCOPE_TOLERATION] = "spec.tolerations[]",
    [POD_SCOPE_VOLUME] = "spec.volumes[]",
    [POD_SCOPE_EMPTY_DIR] = "spec.volumes[].emptyDir",
    [POD_SCOPE_HOST_PATH] = "spec.volumes[].hostPath",
    [POD_SCOPE_CLAIM] = "spec.volumes[].persistentVolumeClaim",
    [POD_SCOPE_EPHEMERAL] = "spec.volumes[].ephemeral",
    [POD_SCOPE_IMAGE] = "spec.volumes[].image",
    [POD_SCOPE_CONFIGMAP] = "spec.volumes[].configMap",
    [POD_SCOPE_SECRET] = "spec.volumes[].secret",
    [POD_SCOPE_KEY_PATH] = "spec.volumes[].*{configMap,secret}.items[]",
    [POD_SCOPE_DOWNWARD] = "spec.volumes[].downwardAPI",
    [POD_SCOPE_DOWNWARD_FILE] = "spec.volumes[].*downwardAPI.items[]",
    [POD_SCOPE_PROJECTED] = "spec.volumes[].projected",
    [POD_SCOPE_PROJECTION] = "spec.volumes[].projected.sources[]",
    [POD_SCOPE_PROJECTED_OBJECT] = "spec.volumes[].projected.sources[].{configMap,secret}",
    [POD_SCOPE_PROJECTED_DOWNWARD] = "spec.volumes[].projected.sources[].downwardAPI",
    [POD_SCOPE_TOKEN] = "spec.volumes[].projected.sources[].serviceAccountToken",
    [POD_SCOPE_MOUNT] = "spec.containers[].volumeMounts[]",
    [POD_SCOPE_POD_SECURITY] = "spec.securityContext",
    [POD_SCOPE_SECURITY] = "spec.containers[].securityContext",
    [POD_SCOPE_CAPABILITIES] = "spec.containers[].securityContext.capabilities",
    [POD_SCOPE_SECCOMP] = "spec.*securityContext.seccompProfile",
    [POD_SCOPE_EPHEMERAL_CONTAINER] = "spec.ephemeralContainers[]",
};

struct wanted {
	enum pod_scope scope;
	const char *key;
};

/* The rows of one file. */
struct part {
	const struct pod_field *rows;
	size_t n;
};

#define PARTS 4

static void all_parts(struct part ret[PARTS])
{
	ret[0] = (struct part){fields, sizeof(fields) / sizeof(*fields)};
	ret[1] = (struct part){pod_volume_fields, pod_volume_fields_count};
	ret[2] = (struct part){pod_security_fields, pod_security_fields_count};
	ret[3] = (struct part){pod_ephemeral_fields, pod_ephemeral_fields_count};
}

static int compare(const void *wanted, const void *row)
{
	const struct wanted *w = wanted;
	const struct pod_field *f = row;
	return w->scope != f->scope ? (w->scope < f->scope ? -1 : 1) : strcmp(w->key, f->key);
}

const struct pod_field *pod_field_find(enum pod_scope scope, const char *key)
{
	struct wanted w = {scope, key};
	struct part parts[PARTS];
	const struct pod_field *found = NULL;
	all_parts(parts);
	for (size_t i = 0; !found && i < PARTS; i++) {
		found = bsearch(&w, parts[i].rows, parts[i].n, sizeof(*parts[i].rows), compare);
	}
	return found;
}

const struct pod_field *pod_field_at(size_t i)
{
	struct part parts[PARTS];
	size_t k = 0;
	all_parts(parts);
	while (k < PARTS && i >= parts[k].n) {
		i -= parts[k++].n;
	}
	return k < PARTS ? &parts[k].rows[i] : NULL;
}

const char *pod_scope_path(enum pod_scope scope)
{
	return scope_paths[scope];
}
