/* Every field that can stand in a pod's spec, and what becomes of it. What is not in the table is refused as well. A
 * row that is not FIELD_HANDLED decides for all that lies below its field; below a handled one each member has a row.
 *
 * Source: core/v1 PodSpec, Container, Probe, ContainerPort, EnvVar, ResourceRequirements, Toleration, Volume,
 * VolumeMount, PodSecurityContext, SecurityContext of Kubernetes 1.36.
 */
#ifndef KUBE_POD_FIELDS_H
#define KUBE_POD_FIELDS_H

#include <stddef.h>

enum pod_scope {
	POD_SCOPE_SPEC,
	POD_SCOPE_OS,
	POD_SCOPE_OVERHEAD, /* names in it */
	POD_SCOPE_POD_RESOURCES,
	POD_SCOPE_POD_AMOUNT, /* names in their requests and limits */
	POD_SCOPE_HOST_ALIAS,
	POD_SCOPE_DNS,
	POD_SCOPE_DNS_OPTION,
	POD_SCOPE_SCHEDULING_GATE,
	POD_SCOPE_READINESS_GATE,
	POD_SCOPE_CONTAINER,
	POD_SCOPE_PROBE,
	POD_SCOPE_EXEC,
	POD_SCOPE_HTTP,
	POD_SCOPE_HEADER, /* of a request, of a probe or a hook */
	POD_SCOPE_TCP,
	POD_SCOPE_GRPC,
	POD_SCOPE_LIFECYCLE,
	POD_SCOPE_HOOK,
	POD_SCOPE_HOOK_EXEC,
	POD_SCOPE_HOOK_HTTP,
	POD_SCOPE_SLEEP,
	POD_SCOPE_RULE,
	POD_SCOPE_EXIT_CODES,
	POD_SCOPE_PORT,
	POD_SCOPE_ENV,
	POD_SCOPE_VALUE_FROM,
	POD_SCOPE_CONFIGMAP_KEY,
	POD_SCOPE_SECRET_KEY,
	POD_SCOPE_FIELD_REF,
	POD_SCOPE_RESOURCE_REF,
	POD_SCOPE_ENV_FROM,
	POD_SCOPE_ENV_CONFIGMAP,
	POD_SCOPE_ENV_SECRET,
	POD_SCOPE_RESOURCES,
	POD_SCOPE_AMOUNT, /* names in requests and limits */
	POD_SCOPE_TOLERATION,
	POD_SCOPE_VOLUME,
	POD_SCOPE_EMPTY_DIR,
	POD_SCOPE_HOST_PATH,
	POD_SCOPE_CLAIM,
	POD_SCOPE_EPHEMERAL,
	POD_SCOPE_IMAGE,
	POD_SCOPE_CONFIGMAP,
	POD_SCOPE_SECRET,
	POD_SCOPE_KEY_PATH,
	POD_SCOPE_DOWNWARD,
	POD_SCOPE_DOWNWARD_FILE,
	POD_SCOPE_PROJECTED,
	POD_SCOPE_PROJECTION,
	POD_SCOPE_PROJECTED_OBJECT,
	POD_SCOPE_PROJECTED_DOWNWARD,
	POD_SCOPE_TOKEN,
	POD_SCOPE_MOUNT,
	POD_SCOPE_POD_SECURITY,
	POD_SCOPE_SECURITY,
	POD_SCOPE_CAPABILITIES,
	POD_SCOPE_SECCOMP, /* of a pod, or of a container */
	POD_SCOPE_EPHEMERAL_CONTAINER,
	POD_SCOPES,
};

enum pod_field_rule {
	FIELD_HANDLED,	    /* translated */
	FIELD_MEANINGLESS,  /* any value is right: `why` says so */
	FIELD_DEFAULT_ONLY, /* only the values in `accepted` */
	FIELD_PLACEMENT,    /* refused while the pod has no node; whoever bound it has heeded it */
	FIELD_REFUSED,
};

struct pod_field {
	enum pod_scope scope;
	const char *key;
	enum pod_field_rule rule;
	const char *accepted; /* texts, each ended by '|' */
	const char *why;      /* follows the path in a refusal; for a handled one: what becomes of it. No end of
				 sentence, no '|' */
};

/* NULL when there is no such field. */
const struct pod_field *pod_field_find(enum pod_scope scope, const char *key);

/* For docs/pod-fields.md and for tests: the rows in order; NULL at the end. */
const struct pod_field *pod_field_at(size_t i);
const char *pod_scope_path(enum pod_scope scope); /* "spec.containers[]" */

#endif
