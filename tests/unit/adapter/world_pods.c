/* The API server of the world: its pods, as people and the core change them. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/unit/adapter/world.h"

json_t *world_json(const char *text)
{
	CLEANUP_FREE char *copy = xstrdup(text);
	struct err e;
	for (char *s = copy; (s = strchr(s, '\'')) != NULL;) {
		*s = '"';
	}
	json_t *o = js_parse(copy, strlen(copy), &e);
	if (!o) {
		fail_msg("%s: %s", copy, e.text);
	}
	return o;
}

static size_t place_of(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_pods; i++) {
		if (!strcmp(js_str_at(w->pods[i], "metadata", "name", NULL), name)) {
			return i;
		}
	}
	return w->n_pods;
}

json_t *world_object(struct world *w, const char *name)
{
	size_t i = place_of(w, name);
	return i < w->n_pods ? w->pods[i] : NULL;
}

void world_show(struct world *w, const char *name)
{
	struct err e;
	struct core_event event = {.type = CORE_POD_CHANGED};
	json_t *o = world_object(w, name);
	assert_non_null(o);
	event.pod = kube_pod_decode(o, &e);
	if (!event.pod) {
		fail_msg("%s", e.text);
	}
	world_event(w, &event);
	assert_null(event.pod);
}

/* As admission does. */
static void default_tolerations(json_t *spec)
{
	if (!js_arr(spec, "tolerations")) {
		json_object_set_new(spec, "tolerations",
				    world_json("[{'key':'node.kubernetes.io/unreachable','operator':'Exists',"
					       "'effect':'NoExecute','tolerationSeconds':300}]"));
	}
}

void world_pod(struct world *w, const char *name, const char *spec)
{
	char created[TIME_TEXT_MAX];
	CLEANUP_FREE char *text = xasprintf("{'metadata':{'namespace':'default','name':'%s','uid':'uid-%s',"
					    "'creationTimestamp':'%s'},"
					    "'spec':{'schedulerName':'mesos'%s%s},'status':{'phase':'Pending'}}",
					    name, name, time_text(w->now, created), *spec ? "," : "", spec);
	assert_true(w->n_pods < WORLD_PODS_MAX);
	w->pods[w->n_pods] = world_json(text);
	default_tolerations(js_obj(w->pods[w->n_pods++], "spec"));
	world_show(w, name);
}

void world_app(struct world *w, const char *name, const char *container, const char *spec)
{
	CLEANUP_FREE char *text = xasprintf("'containers':[{'name':'app','image':'busybox'%s%s}]%s%s",
					    *container ? "," : "", container, *spec ? "," : "", spec);
	world_pod(w, name, text);
}

void world_delete(struct world *w, const char *name, int grace_s)
{
	char when[TIME_TEXT_MAX];
	json_t *metadata = js_obj(world_object(w, name), "metadata");
	json_object_set_new(metadata, "deletionTimestamp",
			    json_string(time_text(w->now + (int64_t)grace_s * 1000, when)));
	json_object_set_new(metadata, "deletionGracePeriodSeconds", json_integer(grace_s));
	world_show(w, name);
}

static void remove_pod(struct world *w, size_t i)
{
	json_decref(w->pods[i]);
	w->n_pods--;
	memmove(&w->pods[i], &w->pods[i + 1], (w->n_pods - i) * sizeof(json_t *));
}

void world_vanish(struct world *w, const char *name)
{
	CLEANUP_FREE char *uid = xasprintf("uid-%s", name);
	struct core_event event = {.type = CORE_POD_GONE, .uid = uid};
	size_t i = place_of(w, name);
	if (i < w->n_pods) {
		remove_pod(w, i);
	}
	world_event(w, &event);
}

/* ---- what the core writes ---- */

/* The index of the condition of this type, or that behind the last. */
static size_t index_of_type(const json_t *list, const char *type)
{
	size_t i = 0;
	while (i < json_array_size(list) && strcmp(js_str(json_array_get(list, i), "type"), type) != 0) {
		i++;
	}
	return i;
}

static void merge_condition(json_t *list, json_t *one)
{
	size_t i = index_of_type(list, js_str(one, "type"));
	if (js_str(one, "$patch")) {
		json_array_remove(list, i);
	} else if (i < json_array_size(list)) {
		json_object_update(json_array_get(list, i), one);
	} else {
		json_array_append_new(list, json_deep_copy(one));
	}
}

/* A strategic merge, as far as the core's patches need one: conditions merge by type, null removes, all else is set. */
static void merge_status(json_t *status, const json_t *patch)
{
	const char *key;
	json_t *value, *one;
	size_t i;
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		if (json_is_null(value)) {
			json_object_del(status, key);
		} else if (strcmp(key, "conditions") != 0) {
			json_object_set_new(status, key, json_deep_copy(value));
		} else {
			if (!js_arr(status, key)) {
				json_object_set_new(status, key, json_array());
			}
			json_array_foreach (value, i, one) {
				merge_condition(js_arr(status, key), one);
			}
		}
	}
}

static void annotate(json_t *pod, const json_t *body)
{
	json_t *metadata = js_obj(pod, "metadata"), *more = js_at(body, "metadata", "annotations", NULL);
	json_t *annotations = js_obj(metadata, "annotations");
	if (annotations) {
		json_object_update(annotations, more);
	} else {
		json_object_set_new(metadata, "annotations", json_deep_copy(more));
	}
}

static void apply_binding(json_t *pod, const json_t *binding)
{
	json_object_set_new(js_obj(pod, "spec"), "nodeName", json_string(js_str_at(binding, "target", "name", NULL)));
	annotate(pod, binding);
}

void world_apply(struct world *w, const struct effect *f)
{
	json_t *pod = f->name && f->uid ? world_object(w, f->name) : NULL;
	if (!pod) {
		return;
	}
	assert_string_equal(js_str_at(pod, "metadata", "uid", NULL), f->uid);
	if (f->type == EFFECT_BIND) {
		apply_binding(pod, f->body);
	} else if (f->type == EFFECT_ADOPT_POD) {
		annotate(pod, f->body);
	} else if (f->type == EFFECT_PATCH_STATUS) {
		merge_status(js_obj(pod, "status"), js_obj(f->body, "status"));
	} else if (f->type == EFFECT_DELETE_POD) {
		assert_int_equal(js_int(f->body, "gracePeriodSeconds", -1), 0);
		assert_string_equal(js_str_at(f->body, "preconditions", "uid", NULL), f->uid);
	} else if (f->type == EFFECT_EVICT_POD) {
		assert_null(json_object_get(f->body, "gracePeriodSeconds"));
		assert_string_equal(js_str_at(f->body, "preconditions", "uid", NULL), f->uid);
	}
}

/* ---- what is stored ---- */

const char *world_phase(struct world *w, const char *name)
{
	return js_str_at(world_object(w, name), "status", "phase", NULL);
}

static json_t *list_by_name(const json_t *list, const char *name)
{
	size_t i;
	json_t *o;
	json_array_foreach (list, i, o) {
		if (!strcmp(js_str(o, "name"), name)) {
			return o;
		}
	}
	return NULL;
}

json_t *world_container(struct world *w, const char *name, const char *container)
{
	json_t *status = js_obj(world_object(w, name), "status");
	json_t *o = list_by_name(js_arr(status, "containerStatuses"), container);
	return o ? o : list_by_name(js_arr(status, "initContainerStatuses"), container);
}

json_t *world_condition(struct world *w, const char *name, const char *type)
{
	const json_t *list = js_arr(js_obj(world_object(w, name), "status"), "conditions");
	return json_array_get(list, index_of_type(list, type));
}
