#include "kube/pod_fields.h"

#include <stdlib.h>
#include <string.h>

#define HANDLED(scope, key)                                                                                            \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_HANDLED, NULL, NULL                                                      \
	}
#define MEANINGLESS(scope, key, why)                                                                                   \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_MEANINGLESS, NULL, why                                                   \
	}
#define DEFAULT(scope, key, accepted, why)                                                                             \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_DEFAULT_ONLY, accepted, why                                              \
	}
#define CONTENT(scope, key, why)                                                                                       \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_CONTENT_REFUSED, NULL, why                                               \
	}
#define REFUSED(scope, key, why)                                                                                       \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_REFUSED, NULL, why                                                       \
	}

/* Sorted by scope, then key. */
static const struct pod_field fields[] = {
    REFUSED(SPEC, "activeDeadlineSeconds", "nothing here ends a pod by time"),
    REFUSED(SPEC, "affinity", "only nodeSelector chooses agents"),
    MEANINGLESS(SPEC, "automountServiceAccountToken", "what it mounts stands in volumes"),
    HANDLED(SPEC, "containers"),
    REFUSED(SPEC, "dnsConfig", "containers use the agent's resolver"),
    DEFAULT(SPEC, "dnsPolicy", "ClusterFirst|Default|", "containers use the agent's resolver"),
    MEANINGLESS(SPEC, "enableServiceLinks", "no service variables are made, whatever it says"),
    REFUSED(SPEC, "ephemeralContainers", "a running pod gets no more containers"),
    REFUSED(SPEC, "hostAliases", "/etc/hosts is the agent's"),
    DEFAULT(SPEC, "hostIPC", "false|", "not offered"),
    HANDLED(SPEC, "hostNetwork"),
    DEFAULT(SPEC, "hostPID", "false|", "not offered"),
    DEFAULT(SPEC, "hostUsers", "true|", "user namespaces are not offered"),
    REFUSED(SPEC, "hostname", "the host name is the agent's"),
    REFUSED(SPEC, "hostnameOverride", "the host name is the agent's"),
    REFUSED(SPEC, "imagePullSecrets", "the agent pulls with its own credentials"),
    HANDLED(SPEC, "initContainers"),
    HANDLED(SPEC, "nodeName"),
    HANDLED(SPEC, "nodeSelector"),
    HANDLED(SPEC, "os"),
    REFUSED(SPEC, "overhead", "it belongs to runtime classes"),
    MEANINGLESS(SPEC, "preemptionPolicy", "nothing is preempted"),
    MEANINGLESS(SPEC, "priority", "nothing is preempted, and offers are used in order of arrival"),
    MEANINGLESS(SPEC, "priorityClassName", "as priority"),
    REFUSED(SPEC, "readinessGates", "readiness is that of the containers"),
    REFUSED(SPEC, "resourceClaims", "no dynamic resource allocation"),
    REFUSED(SPEC, "resources", "resources are those of the containers"),
    HANDLED(SPEC, "restartPolicy"),
    REFUSED(SPEC, "runtimeClassName", "one runtime: Mesos containers"),
    HANDLED(SPEC, "schedulerName"),
    HANDLED(SPEC, "schedulingGates"),
    REFUSED(SPEC, "schedulingGroup", "no gang scheduling"),
    CONTENT(SPEC, "securityContext", "not offered: a pod is never run weaker than it asks"),
    MEANINGLESS(SPEC, "serviceAccount", "as serviceAccountName"),
    MEANINGLESS(SPEC, "serviceAccountName", "what it gives stands in volumes"),
    DEFAULT(SPEC, "setHostnameAsFQDN", "false|", "the host name is the agent's"),
    DEFAULT(SPEC, "shareProcessNamespace", "false|", "not offered"),
    REFUSED(SPEC, "subdomain", "the host name is the agent's"),
    HANDLED(SPEC, "terminationGracePeriodSeconds"),
    HANDLED(SPEC, "tolerations"),
    REFUSED(SPEC, "topologySpreadConstraints", "only nodeSelector chooses agents"),
    HANDLED(SPEC, "volumes"),
    REFUSED(SPEC, "workloadRef", "no gang scheduling"),

    HANDLED(CONTAINER, "args"),
    HANDLED(CONTAINER, "command"),
    HANDLED(CONTAINER, "env"),
    REFUSED(CONTAINER, "envFrom", "only literal variables"),
    HANDLED(CONTAINER, "image"),
    HANDLED(CONTAINER, "imagePullPolicy"),
    REFUSED(CONTAINER, "lifecycle", "no hooks"),
    REFUSED(CONTAINER, "livenessProbe", "no probes"),
    HANDLED(CONTAINER, "name"),
    HANDLED(CONTAINER, "ports"),
    REFUSED(CONTAINER, "readinessProbe", "no probes"),
    MEANINGLESS(CONTAINER, "resizePolicy", "it speaks of changes that are never made"),
    HANDLED(CONTAINER, "resources"),
    REFUSED(CONTAINER, "restartPolicy", "the pod's holds for all; no sidecars"),
    REFUSED(CONTAINER, "restartPolicyRules", "the pod's policy holds for all"),
    CONTENT(CONTAINER, "securityContext", "not offered: a container is never run weaker than it asks"),
    REFUSED(CONTAINER, "startupProbe", "no probes"),
    DEFAULT(CONTAINER, "stdin", "false|", "no standard input"),
    DEFAULT(CONTAINER, "stdinOnce", "false|", "no standard input"),
    DEFAULT(CONTAINER, "terminationMessagePath", "/dev/termination-log|",
	    "no termination messages; the default is harmless"),
    DEFAULT(CONTAINER, "terminationMessagePolicy", "File|", "no termination messages; the default is harmless"),
    DEFAULT(CONTAINER, "tty", "false|", "no terminals"),
    REFUSED(CONTAINER, "volumeDevices", "no volumes"),
    HANDLED(CONTAINER, "volumeMounts"),
    REFUSED(CONTAINER, "workingDir", "the image's holds"),

    HANDLED(PORT, "containerPort"),
    DEFAULT(PORT, "hostIP", "0.0.0.0|", "ports are those of all addresses"),
    HANDLED(PORT, "hostPort"),
    HANDLED(PORT, "name"),
    DEFAULT(PORT, "protocol", "TCP|UDP|", "Mesos knows no others"),

    HANDLED(ENV, "name"),
    HANDLED(ENV, "value"),
    REFUSED(ENV, "valueFrom", "only literal variables"),

    REFUSED(RESOURCES, "claims", "no dynamic resource allocation"),
    HANDLED(RESOURCES, "limits"),
    HANDLED(RESOURCES, "requests"),

    HANDLED(AMOUNT, "cpu"),
    HANDLED(AMOUNT, "ephemeral-storage"),
    HANDLED(AMOUNT, "memory"),
    HANDLED(AMOUNT, "nvidia.com/gpu"),

    HANDLED(TOLERATION, "effect"),
    HANDLED(TOLERATION, "key"),
    DEFAULT(TOLERATION, "operator", "Equal|Exists|", "other operators compare numbers"),
    HANDLED(TOLERATION, "tolerationSeconds"),
    HANDLED(TOLERATION, "value"),
};

static const char *const scope_paths[POD_SCOPES] = {
    [POD_SCOPE_SPEC] = "spec",
    [POD_SCOPE_CONTAINER] = "spec.containers[]",
    [POD_SCOPE_PORT] = "spec.containers[].ports[]",
    [POD_SCOPE_ENV] = "spec.containers[].env[]",
    [POD_SCOPE_RESOURCES] = "spec.containers[].resources",
    [POD_SCOPE_AMOUNT] = "spec.containers[].resources.limits",
    [POD_SCOPE_TOLERATION] = "spec.tolerations[]",
};

struct wanted {
	enum pod_scope scope;
	const char *key;
};

static int compare(const void *wanted, const void *row)
{
	const struct wanted *w = wanted;
	const struct pod_field *f = row;
	return w->scope != f->scope ? (w->scope < f->scope ? -1 : 1) : strcmp(w->key, f->key);
}

const struct pod_field *pod_field_find(enum pod_scope scope, const char *key)
{
	struct wanted w = {scope, key};
	return bsearch(&w, fields, sizeof(fields) / sizeof(*fields), sizeof(*fields), compare);
}

const struct pod_field *pod_field_at(size_t i)
{
	return i < sizeof(fields) / sizeof(*fields) ? &fields[i] : NULL;
}

const char *pod_scope_path(enum pod_scope scope)
{
	return scope_paths[scope];
}
