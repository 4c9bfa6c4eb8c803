#include <string.h>

#include "base/js.h"
#include "kube/pod_read.h"

#define TOO_LARGE "it takes more memory than is left to its pod"

static bool is_called(const struct kube_container *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Names become task ids. The API server lets nobody use one twice. */
static bool name_taken(const struct kube_pod *pod, const char *name)
{
	for (size_t i = 0; i < pod->n_ephemeral; i++) {
		if (strcmp(pod->ephemeral[i].container.name, name) == 0) {
			return true;
		}
	}
	return is_called(pod->containers, pod->n_containers, name) ||
	       is_called(pod->init_containers, pod->n_init_containers, name);
}

static const struct kube_container_status *status_of(const struct pod_reader *r, const char *name)
{
	for (size_t i = 0; i < r->n_ephemeral_statuses; i++) {
		if (strcmp(r->ephemeral_statuses[i].name, name) == 0) {
			return &r->ephemeral_statuses[i];
		}
	}
	return NULL;
}

/* Only its name is needed of one that cannot be decoded. False: not even that can be had. */
static bool read_one(struct pod_reader *r, const struct where *at, json_t *o, struct kube_ephemeral *c)
{
	struct err *outer = r->e, why = {0};
	const char *name = js_str(o, "name");
	r->e = &why;
	r->refused = &c->refused;
	if (pod_read_container(r, POD_SCOPE_EPHEMERAL_CONTAINER, at, o, &c->container)) {
		const char *copy = reader_copy(r, why.text);
		c->container = (struct kube_container){.name = reader_copy(r, name), .image = ""};
		c->malformed = copy ? copy : TOO_LARGE;
	}
	r->e = outer;
	r->refused = &r->pod->refused;
	c->status = status_of(r, name);
	return c->container.name != NULL;
}

/* What has no name that could be its own is left out, and what is more than POD_EPHEMERAL_MAX. */
void pod_read_ephemeral(struct pod_reader *r, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	struct where spec_at = {.key = "spec"}, list_at = {.up = &spec_at, .key = "ephemeralContainers"};
	struct err *outer = r->e, ignored = {0};
	json_t *list = js_arr(spec, "ephemeralContainers");
	size_t all = json_array_size(list), n = all < POD_LIST_MAX ? all : POD_LIST_MAX;
	size_t room = n < POD_EPHEMERAL_MAX ? n : POD_EPHEMERAL_MAX;
	r->e = &ignored;
	pod->ephemeral = n ? reader_alloc(r, room, sizeof(*pod->ephemeral)) : NULL;
	r->e = outer;
	pod->ephemeral_more = all - n;
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		const char *name = js_str(o, "name");
		struct where here = {.up = &list_at, .name = name, .index = i};
		if (!name || !container_name_good(name) || name_taken(pod, name)) {
			continue;
		}
		if (!pod->ephemeral || pod->n_ephemeral == room ||
		    !read_one(r, &here, o, &pod->ephemeral[pod->n_ephemeral])) {
			pod->ephemeral_more++;
		} else {
			pod->n_ephemeral++;
		}
	}
}
