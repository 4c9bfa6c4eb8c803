/* Names, labels, annotations, and which checks each kind takes. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define SUBDOMAIN_MAX 253
#define LABEL_MAX 63

static bool lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool alnum(char c)
{
	return lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_label(const char *s, size_t n)
{
	if (n == 0 || !lower_alnum(s[0]) || !lower_alnum(s[n - 1])) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!lower_alnum(s[i]) && s[i] != '-') {
			return false;
		}
	}
	return true;
}

static bool is_subdomain(const char *s)
{
	while (true) {
		size_t n = strcspn(s, ".");
		if (!is_label(s, n)) {
			return false;
		}
		if (!s[n]) {
			return true;
		}
		s += n + 1;
	}
}

const char *dns_label_problem(const char *name)
{
	if (strlen(name) > LABEL_MAX) {
		return "must be no more than 63 bytes";
	}
	return is_label(name, strlen(name))
		   ? NULL
		   : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
		     "start and "
		     "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
		     "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
}

static const char *subdomain_problem(const char *name)
{
	if (strlen(name) > SUBDOMAIN_MAX) {
		return "must be no more than 253 bytes";
	}
	return is_subdomain(name)
		   ? NULL
		   : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
		     "and must "
		     "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
		     "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

/* Role names are path segments; most others are subdomains, some labels. */
const char *name_problem(const struct kube_resource *r, const char *name)
{
	static const char *const LABELS[] = {"namespaces", "services"};
	if (strncmp(r->group, "rbac.", 5) == 0) {
		return strchr(name, '/') || strchr(name, '%') ? "may not contain '/' or '%'" : NULL;
	}
	for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
		if (strcmp(r->plural, LABELS[i]) == 0) {
			return dns_label_problem(name);
		}
	}
	return subdomain_problem(name);
}

const char *name_part_problem(const char *name)
{
	static const char *const RULE =
	    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
	    "alphanumeric "
	    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
	    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
	size_t n = strlen(name);
	if (n > LABEL_MAX) {
		return "name part must be no more than 63 bytes";
	}
	if (n == 0 || !alnum(name[0]) || !alnum(name[n - 1])) {
		return RULE;
	}
	for (size_t i = 0; i < n; i++) {
		if (!alnum(name[i]) && !strchr("-_.", name[i])) {
			return RULE;
		}
	}
	return NULL;
}

/* "name" or "example.com/name"; each problem is a cause of its own. */
void validate_qualified_name(const char *name, const char *field, struct causes *causes)
{
	const char *slash = strchr(name, '/');
	const char *part = slash ? slash + 1 : name;
	if (slash) {
		char CLEANUP_FREE *prefix = xstrndup(name, (size_t)(slash - name));
		const char *problem = prefix[0] ? subdomain_problem(prefix) : "must be non-empty";
		if (problem) {
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": prefix part %s", name, problem);
		}
	}
	if (!part[0]) {
		cause_add(causes, "Invalid", field, "Invalid value: \"%s\": name part must be non-empty", name);
	}
	const char *problem = name_part_problem(part);
	if (problem) {
		cause_add(causes, "Invalid", field, "Invalid value: \"%s\": %s", name, problem);
	}
}

static bool label_value_ok(const char *value)
{
	return !value[0] || name_part_problem(value) == NULL;
}

void validate_labels(const json_t *labels, const char *field, struct causes *causes)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)labels, key, value) {
		validate_qualified_name(key, field, causes);
		if (!label_value_ok(json_string_value(value))) {
			cause_add(
			    causes, "Invalid", field,
			    "Invalid value: \"%s\": a valid label must be an empty string or consist of alphanumeric "
			    "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
			    "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
			    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
			    json_string_value(value));
		}
	}
}

static void annotations(const json_t *object, struct causes *causes)
{
	size_t total = 0;
	const char *key;
	json_t *value;
	json_object_foreach (js_at(object, "metadata", "annotations", NULL), key, value) {
		char CLEANUP_FREE *lower = xstrdup(key);
		for (char *p = lower; *p; p++) {
			*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
		}
		validate_qualified_name(lower, "metadata.annotations", causes);
		total += strlen(key) + json_string_length(value);
	}
	if (total > LABELS_BYTES_MAX) {
		cause_add(causes, "TooLong", "metadata.annotations", "Too long: may not be more than %d bytes",
			  LABELS_BYTES_MAX);
	}
}

static void owners(const json_t *object, struct causes *causes)
{
	static const char *const NEEDED[] = {"apiVersion", "kind", "name", "uid"};
	size_t i;
	json_t *owner;
	json_array_foreach (js_at(object, "metadata", "ownerReferences", NULL), i, owner) {
		for (size_t k = 0; k < 4; k++) {
			const char *value = js_str(owner, NEEDED[k]);
			if (!value || !value[0]) {
				char CLEANUP_FREE *field = xasprintf("metadata.ownerReferences[%zu].%s", i, NEEDED[k]);
				cause_add(causes, "Invalid", field, "Invalid value: \"\": must not be empty");
			}
		}
	}
}

void validate_meta(const struct kube_resource *r, const json_t *object, struct causes *causes)
{
	const char *name = meta_str(object, "name");
	if (!name[0]) {
		cause_add(causes, "Required", "metadata.name", "Required value: name or generateName is required");
	} else {
		const char *problem = name_problem(r, name);
		if (problem) {
			cause_add(causes, "Invalid", "metadata.name", "Invalid value: \"%s\": %s", name, problem);
		}
	}
	validate_labels(js_at(object, "metadata", "labels", NULL), "metadata.labels", causes);
	annotations(object, causes);
	owners(object, causes);
}

/* Once in each of the two places where Kubernetes looks. */
static void meta_update(const json_t *old, const json_t *object, struct causes *causes)
{
	static const char *const FIXED[] = {"name", "namespace", "uid", "creationTimestamp"};
	for (size_t i = 0; i < 4; i++) {
		const char *value = meta_str(object, FIXED[i]);
		if (strcmp(value, meta_str(old, FIXED[i])) != 0) {
			char CLEANUP_FREE *field = xasprintf("metadata.%s", FIXED[i]);
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": field is immutable", value);
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": field is immutable", value);
		}
	}
	if (!meta_str(old, "deletionTimestamp")[0]) {
		return;
	}
	size_t i;
	json_t *finalizer;
	json_array_foreach (js_at(object, "metadata", "finalizers", NULL), i, finalizer) {
		bool known = false;
		size_t j;
		json_t *former;
		json_array_foreach (js_at(old, "metadata", "finalizers", NULL), j, former) {
			known = known || json_equal(finalizer, former);
		}
		if (!known) {
			cause_add(causes, "Forbidden", "metadata.finalizers",
				  "Forbidden: no new finalizers can be added if the object is being deleted, found new "
				  "finalizers "
				  "[]string{\"%s\"}",
				  json_string_value(finalizer));
		}
	}
}

static bool is(const struct call *c, const char *plural)
{
	return strcmp(c->r->plural, plural) == 0;
}

void validate_create(struct call *c, const json_t *object, struct causes *causes)
{
	validate_meta(c->r, object, causes);
	if (is(c, "pods")) {
		validate_pod(object, causes);
		validate_ephemeral_create(object, causes);
	} else if (is(c, "nodes")) {
		validate_node(object, causes);
	} else if (is(c, "events")) {
		validate_event(object, c->r->group[0] != 0, causes);
	} else if (is(c, "certificatesigningrequests")) {
		validate_csr(object, causes);
	} else if (is(c, "leases")) {
		validate_lease(object, causes);
	} else {
		validate_workload(c->r, object, causes);
		validate_storage(c->r, object, causes);
	}
}

void validate_update(struct call *c, const json_t *old, const json_t *object, struct causes *causes)
{
	meta_update(old, object, causes);
	validate_labels(js_at(object, "metadata", "labels", NULL), "metadata.labels", causes);
	if (is(c, "pods") && strcmp(c->sub, "status") == 0) {
		annotations(object, causes);
		validate_pod_status(old, object, causes);
	} else if (is(c, "pods") && c->sub[0]) {
		validate_pod(object, causes); /* only what the subresource is for was taken over */
		validate_ephemeral_update(old, object, causes);
	} else if (is(c, "pods")) {
		/* Kubernetes checks a pod's annotations four times over on an update. */
		for (int i = 0; i < 4; i++) {
			annotations(object, causes);
		}
		validate_pod_update(old, object, causes);
	} else if (is(c, "nodes")) {
		annotations(object, causes);
		validate_node(object, causes);
		validate_node_update(old, object, causes);
	} else if (is(c, "leases")) {
		annotations(object, causes);
		validate_lease(object, causes);
	} else {
		annotations(object, causes);
		validate_workload(c->r, object, causes);
		validate_storage(c->r, object, causes);
	}
}
