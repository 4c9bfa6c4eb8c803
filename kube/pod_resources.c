/* Requests and limits of containers, and what a pod costs besides them. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"
#include "kube/quantity.h"

/* Whole units of a quantity, rounded up; cpu stays in thousandths. */
static int read_amount(struct pod_reader *r, const struct where *at, const char *name, json_t *v,
		       struct kube_amounts *out)
{
	struct err why;
	int64_t milli;
	struct where here = {.up = at, .name = name};
	CLEANUP_FREE char *number = json_is_number(v) ? js_text(v) : NULL;
	if (quantity_parse(number ? number : json_string_value(v), &milli, &why)) {
		return reader_error(r, why.code, &here, NULL, "%s", why.text);
	}
	if (milli < 0) {
		return reader_error(r, ERR_INVALID, &here, NULL, "must not be negative");
	}
	int64_t whole = milli / 1000 + (milli % 1000 != 0);
	if (!strcmp(name, "cpu")) {
		out->cpu_milli = milli;
	} else if (!strcmp(name, "memory")) {
		out->memory = whole;
	} else if (!strcmp(name, "ephemeral-storage")) {
		out->ephemeral_storage = whole;
	} else if (!strcmp(name, "nvidia.com/gpu")) {
		if (milli % 1000) {
			return reader_error(r, ERR_INVALID, &here, NULL, "must be a whole number");
		}
		out->gpus = whole;
	}
	return 0;
}

/* `other`: why a name that has no row of `scope` is refused. */
static int read_amounts(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o, const char *key,
			const char *other, struct kube_amounts *out)
{
	struct where here = {.up = at, .key = key};
	json_t *object, *v;
	const char *name;
	*out = (struct kube_amounts){-1, -1, -1, -1};
	if (read_object(r, at, o, key, &object)) {
		return -1;
	}
	json_object_foreach (object, name, v) {
		struct where element = {.up = &here, .name = name};
		if (!pod_field_find(scope, name)) {
			if (reader_refuse(r, &element,
					  strncmp(name, "hugepages-", 10) ? other : "Mesos has no huge pages")) {
				return -1;
			}
		} else if (read_amount(r, &here, name, v, out)) {
			return -1;
		}
	}
	return 0;
}

static void default_to(int64_t *request, int64_t limit)
{
	if (*request < 0) {
		*request = limit;
	}
}

int pod_read_resources(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	static const char other[] = "no resource of an agent";
	struct where here = {.up = at, .key = "resources"};
	json_t *resources;
	if (read_object(r, at, o, "resources", &resources) ||
	    reader_check_fields(r, POD_SCOPE_RESOURCES, &here, resources) ||
	    read_amounts(r, POD_SCOPE_AMOUNT, &here, resources, "requests", other, &c->requests) ||
	    read_amounts(r, POD_SCOPE_AMOUNT, &here, resources, "limits", other, &c->limits)) {
		return -1;
	}
	default_to(&c->requests.cpu_milli, c->limits.cpu_milli);
	default_to(&c->requests.memory, c->limits.memory);
	default_to(&c->requests.ephemeral_storage, c->limits.ephemeral_storage);
	default_to(&c->requests.gpus, c->limits.gpus);
	return 0;
}

int pod_read_overhead(struct pod_reader *r, const struct where *spec_at, json_t *spec)
{
	struct kube_amounts overhead;
	if (read_amounts(r, POD_SCOPE_OVERHEAD, spec_at, spec, "overhead", "an executor has none", &overhead)) {
		return -1;
	}
	if (overhead.cpu_milli <= 0 && overhead.memory <= 0 && overhead.ephemeral_storage <= 0) {
		return 0;
	}
	struct kube_amounts *kept = reader_alloc(r, 1, sizeof(*kept));
	if (!kept) {
		return -1;
	}
	*kept = overhead;
	r->pod->overhead = kept;
	return 0;
}

/* Does any container request something of it? */
static bool any_requests(const struct kube_pod *pod, int64_t (*of)(const struct kube_amounts *a))
{
	bool any = false;
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		any = any || of(&pod->init_containers[i].requests) >= 0;
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		any = any || of(&pod->containers[i].requests) >= 0;
	}
	return any;
}

static int64_t cpu_of(const struct kube_amounts *a)
{
	return a->cpu_milli;
}

static int64_t memory_of(const struct kube_amounts *a)
{
	return a->memory;
}

int pod_read_whole(struct pod_reader *r, const struct where *spec_at, json_t *spec)
{
	static const char other[] = "only cpu and memory are those of a pod";
	struct where here = {.up = spec_at, .key = "resources"};
	struct kube_resources whole;
	json_t *resources;
	if (read_object(r, spec_at, spec, "resources", &resources) ||
	    reader_check_fields(r, POD_SCOPE_POD_RESOURCES, &here, resources) ||
	    read_amounts(r, POD_SCOPE_POD_AMOUNT, &here, resources, "requests", other, &whole.requests) ||
	    read_amounts(r, POD_SCOPE_POD_AMOUNT, &here, resources, "limits", other, &whole.limits)) {
		return -1;
	}
	if (!any_requests(r->pod, cpu_of)) {
		default_to(&whole.requests.cpu_milli, whole.limits.cpu_milli);
	}
	if (!any_requests(r->pod, memory_of)) {
		default_to(&whole.requests.memory, whole.limits.memory);
	}
	if (whole.requests.cpu_milli < 0 && whole.requests.memory < 0 && whole.limits.cpu_milli < 0 &&
	    whole.limits.memory < 0) {
		return 0;
	}
	struct kube_resources *kept = reader_alloc(r, 1, sizeof(*kept));
	if (!kept) {
		return -1;
	}
	*kept = whole;
	r->pod->resources = kept;
	return 0;
}
