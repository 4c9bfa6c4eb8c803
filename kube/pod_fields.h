/* Every field that can stand in a pod's spec, and what becomes of it. What is not in the table is refused as well.
 *
 * Source: core/v1 PodSpec, Container, Probe, ContainerPort, EnvVar, ResourceRequirements, Toleration, Volume,
 * VolumeMount of Kubernetes 1.36.
 */
#ifndef KUBE_POD_FIELDS_H
#define KUBE_POD_FIELDS_H

#include <stddef.h>
#include <stdio.h>

enum pod_scope {
	POD_SCOPE_SPEC,
	POD_SCOPE_CONTAINER,
	POD_SCOPE_PROBE,
	POD_SCOPE_EXEC,
	POD_SCOPE_HTTP,
	POD_SCOPE_TCP,
	POD_SCOPE_PORT,
	POD_SCOPE_ENV,
	POD_SCOPE_RESOURCES,
	POD_SCOPE_AMOUNT, /* names in requests and limits */
	POD_SCOPE_TOLERATION,
	POD_SCOPE_VOLUME, /* from here on: pod_fields_volumes.c */
	POD_SCOPE_EMPTY_DIR,
	POD_SCOPE_HOST_PATH,
	POD_SCOPE_MOUNT,
	POD_SCOPES,
};

enum pod_field_rule {
	FIELD_HANDLED,		/* translated */
	FIELD_MEANINGLESS,	/* any value is right: `why` says so */
	FIELD_DEFAULT_ONLY,	/* only the values in `accepted` */
	FIELD_CONTENT_REFUSED,	/* an object; each of its members is refused by its own path */
	FIELD_ELEMENTS_REFUSED, /* a list; each of its elements is refused by its own path */
	FIELD_PLACEMENT,	/* refused while the pod has no node; whoever bound it has heeded it */
	FIELD_REFUSED,
};

struct pod_field {
	enum pod_scope scope;
	const char *key;
	enum pod_field_rule rule;
	const char *accepted; /* texts, each ended by '|' */
	const char *why;      /* for a handled one: what becomes of it. No end of sentence, no '|' */
};

/* NULL when there is no such field. */
const struct pod_field *pod_field_find(enum pod_scope scope, const char *key);

/* The rows in order; NULL at the end. */
const struct pod_field *pod_field_at(size_t i);
const char *pod_scope_path(enum pod_scope scope); /* "spec.containers[]" */

/* All of it as a Markdown page: docs/pod-fields.md. */
void pod_fields_print(FILE *out);

#endif
