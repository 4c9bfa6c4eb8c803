/* Comparing recorded events with ours; part of mesos_replay.h, which includes it. */
#ifndef TESTS_SANDBOX_MESOS_COMPARE_H
#define TESTS_SANDBOX_MESOS_COMPARE_H

/* Resources in an order of their own. */
static inline json_t *compare_resources(const json_t *resources)
{
	json_t *o = json_object();
	size_t i;
	json_t *resource;
	json_array_foreach (resources, i, resource) {
		CLEANUP_JSON json_t *copy = json_deep_copy(resource);
		json_t *scalar = js_obj(copy, "scalar");
		if (scalar) {
			json_object_set_new(scalar, "value",
					    json_integer((json_int_t)(js_num(scalar, "value", 0) * 1000 + 0.5)));
		}
		CLEANUP_FREE char *key =
		    xasprintf("%s/%s", js_str(copy, "name"), js_str(copy, "role") ? js_str(copy, "role") : "");
		json_object_set(o, key, copy);
	}
	return o;
}

static inline json_t *compare_offer_shape(const json_t *offer)
{
	json_t *o = json_deep_copy(offer), *executors = json_object(), *id;
	size_t i;
	/* Real ones are in the order of a hash. */
	json_array_foreach (js_arr(offer, "executor_ids"), i, id) {
		json_object_set_new(executors, js_str(id, "value"), json_true());
	}
	json_object_set_new(o, "executor_ids", executors);
	json_object_del(o, "id");
	json_object_set_new(o, "resources", compare_resources(js_arr(offer, "resources")));
	return o;
}

/* Takes one of our pending offers like this one. */
static inline bool compare_take_offer(struct replay *r, struct replay_stream *st, const json_t *recorded,
				      const char *recorded_id)
{
	CLEANUP_JSON json_t *want = compare_offer_shape(recorded);
	size_t i, k;
	json_t *event, *offer;
	json_array_foreach (st->pending, i, event) {
		json_t *offers = js_arr(js_obj(event, "offers"), "offers");
		json_array_foreach (offers, k, offer) {
			CLEANUP_JSON json_t *have = compare_offer_shape(offer);
			if (!json_equal(want, have)) {
				continue;
			}
			replay_map(r, recorded_id, js_str_at(offer, "id", "value", NULL));
			json_array_remove(offers, k);
			if (json_array_size(offers) == 0) {
				json_array_remove(st->pending, i);
			}
			return true;
		}
	}
	return false;
}

static inline bool compare_offers(struct replay *r, struct replay_stream *st, json_t *event)
{
	json_t *offers = js_arr(js_obj(event, "offers"), "offers");
	while (json_array_size(offers) > 0) {
		json_t *offer = json_array_get(offers, 0);
		if (!compare_take_offer(r, st, offer, js_str_at(offer, "id", "value", NULL))) {
			return false;
		}
		json_array_remove(offers, 0);
	}
	return true;
}

/* Without what differs from run to run. */
static inline json_t *compare_event_shape(const json_t *event)
{
	json_t *o = json_deep_copy(event);
	json_t *status = js_at(o, "update", "status", NULL), *container = js_obj(status, "container_status");
	json_object_del(js_at(o, "subscribed", "master_info", NULL), "id");
	if (!status) {
		return o;
	}
	const char *state = js_str(status, "state");
	json_object_del(status, "timestamp");
	json_object_set_new(status, "uuid", json_boolean(js_str(status, "uuid") != NULL));
	if (js_obj(status, "unreachable_time")) {
		json_object_set_new(status, "unreachable_time", json_true());
	}
	if (container) {
		json_t *id = js_obj(container, "container_id");
		json_object_set_new(container, "container_id", json_boolean(js_obj(id, "parent") != NULL));
		/* Real agents add these when they happen to know them already, or still. */
		if (strcmp(state, "TASK_RUNNING") != 0) {
			json_object_del(container, "executor_pid");
			json_object_del(container, "network_infos");
		} else if (js_int(container, "executor_pid", 0)) {
			json_object_set_new(container, "executor_pid", json_true());
		}
	}
	return o;
}

/* Which recorded container is which of ours. */
static inline void compare_learn_container(struct replay *r, const json_t *recorded, const json_t *own)
{
	const json_t *from = js_at(recorded, "update", "status", "container_status", "container_id", NULL);
	const json_t *to = js_at(own, "update", "status", "container_status", "container_id", NULL);
	for (; from && to; from = js_obj(from, "parent"), to = js_obj(to, "parent")) {
		replay_map(r, js_str(from, "value"), js_str(to, "value"));
	}
}

static inline bool compare_event(struct replay *r, struct replay_stream *st, const json_t *event, const struct step *s)
{
	CLEANUP_JSON json_t *want = compare_event_shape(event);
	CLEANUP_JSON json_t *raw = js_parse(s->text, strlen(s->text), NULL);
	const char *task = js_str_at(event, "update", "status", "task_id", "value", NULL);
	size_t i;
	json_t *own;
	json_array_foreach (st->pending, i, own) {
		CLEANUP_JSON json_t *have = compare_event_shape(own);
		const char *of = js_str_at(own, "update", "status", "task_id", "value", NULL);
		if (json_equal(want, have)) {
			const char *recorded = js_str_at(raw, "update", "status", "uuid", NULL);
			const char *uuid = js_str_at(own, "update", "status", "uuid", NULL);
			if (recorded && uuid) {
				replay_map(r, recorded, uuid);
			}
			compare_learn_container(r, raw, own);
			json_array_remove(st->pending, i);
			return true;
		}
		/* Updates of one task come in order. */
		if (task && of && strcmp(task, of) == 0) {
			return false;
		}
	}
	return false;
}

#endif
