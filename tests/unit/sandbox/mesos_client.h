/* A small scheduler for tests of the Mesos model: subscribes, launches, acknowledges, in a line each. */
#ifndef TESTS_SANDBOX_MESOS_CLIENT_H
#define TESTS_SANDBOX_MESOS_CLIENT_H

#include "tests/unit/sandbox/mesos_rig.h"

struct client {
	struct rig *r;
	struct sandbox_stream *s;
	char *id, *stream_id;
};

/* `info` is put into the FrameworkInfo: "\"checkpoint\":true,\"roles\":[\"web\"]". `caps`: "PARTITION_AWARE
 * MULTI_ROLE". */
static inline char *client_subscribe_call(const char *info, const char *caps, const char *id)
{
	json_t *list = json_array();
	CLEANUP_FREE char *names = xstrdup(caps);
	char *rest = names, *one;
	while ((one = strsep(&rest, " ")) != NULL) {
		if (*one) {
			json_array_append_new(list, json_pack("{s:s}", "type", one));
		}
	}
	CLEANUP_FREE char *types = js_text(list);
	json_decref(list);
	CLEANUP_FREE char *inner = id ? xasprintf(",\"id\":{\"value\":\"%s\"}", id) : xstrdup("");
	CLEANUP_FREE char *outer = id ? xasprintf(",\"framework_id\":{\"value\":\"%s\"}", id) : xstrdup("");
	return xasprintf(
	    "{\"type\":\"SUBSCRIBE\"%s,\"subscribe\":{\"framework_info\":{\"user\":\"root\",\"name\":\"test\"%s%s%s,"
	    "\"capabilities\":%s}}}",
	    outer, info[0] ? "," : "", info, inner, types);
}

static inline json_t *client_next(struct client *k)
{
	return stream_event(k->s);
}

/* The next event must be of this type; a new reference. */
static inline json_t *client_expect(struct client *k, const char *type)
{
	json_t *event = client_next(k);
	if (!event) {
		fail_msg("no event, but %s was expected", type);
	}
	if (strcmp(js_str(event, "type"), type) != 0) {
		CLEANUP_FREE char *text = js_text(event);
		fail_msg("%s was expected, not %s", type, text);
	}
	return event;
}

static inline void client_expect_nothing(struct client *k)
{
	json_t *event = client_next(k);
	if (event) {
		CLEANUP_FREE char *text = js_text(event);
		json_decref(event);
		fail_msg("nothing was expected, not %s", text);
	}
}

static inline void client_resubscribe(struct client *k, const char *info, const char *caps)
{
	CLEANUP_FREE char *call = client_subscribe_call(info, caps, k->id);
	struct rig_answer a = rig_post(k->r, "/api/v1/scheduler", NULL, call);
	assert_int_equal(a.status, 200);
	sandbox_stream_unref(k->s);
	free(k->stream_id);
	k->s = sandbox_stream_ref(a.stream);
	k->stream_id = xstrdup(a.stream_id);
	rig_answer_done(&a);
	json_t *subscribed = client_expect(k, "SUBSCRIBED");
	if (!k->id) {
		k->id = xstrdup(js_str_at(subscribed, "subscribed", "framework_id", "value", NULL));
	}
	json_decref(subscribed);
}

static inline void client_init(struct client *k, struct rig *r, const char *info, const char *caps)
{
	*k = (struct client){.r = r};
	client_resubscribe(k, info, caps);
}

/* As when the connection breaks. */
static inline void client_disconnect(struct client *k)
{
	if (k->s && k->s->closed) {
		k->s->closed(k->s);
	}
	sandbox_stream_unref(k->s);
	k->s = NULL;
}

static inline void client_done(struct client *k)
{
	sandbox_stream_unref(k->s);
	free(k->id);
	free(k->stream_id);
}

/* A call with this field, which holds the text; must answer 202. */
static inline void client_call(struct client *k, const char *type, const char *field, const char *value)
{
	CLEANUP_FREE char *call =
	    xasprintf("{\"type\":\"%s\",\"framework_id\":{\"value\":\"%s\"},\"%s\":%s}", type, k->id, field, value);
	struct rig_answer a = rig_post(k->r, "/api/v1/scheduler", k->stream_id, call);
	if (a.status != 202) {
		fail_msg("%s: %d %s", type, a.status, a.body);
	}
	rig_answer_done(&a);
}

/* The id of the only offer of the next event, which must be OFFERS; free() it. */
static inline char *client_offer(struct client *k, const char **ret_hostname)
{
	json_t *event = client_expect(k, "OFFERS");
	const json_t *offers = js_arr(js_obj(event, "offers"), "offers");
	char *id = xstrdup(js_str_at(json_array_get(offers, 0), "id", "value", NULL));
	assert_int_equal(json_array_size(offers), 1);
	if (ret_hostname) {
		const char *host = js_str(json_array_get(offers, 0), "hostname");
		*ret_hostname = mesos_agent_hostname(mesos_cluster_agent(k->r->c, host));
	}
	json_decref(event);
	return id;
}

/* The amount of a scalar resource in an offer. */
static inline double client_amount(const json_t *offer, const char *name)
{
	size_t i;
	json_t *resource;
	double sum = 0;
	json_array_foreach (js_arr(offer, "resources"), i, resource) {
		sum += strcmp(js_str(resource, "name"), name) == 0 ? js_num(js_obj(resource, "scalar"), "value", 0) : 0;
	}
	return sum;
}

#define CLIENT_EXECUTOR_RESOURCES                                                                                      \
	"[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":0.01}},{\"name\":\"mem\",\"type\":\"SCALAR\","  \
	"\"scalar\":{"                                                                                                 \
	"\"value\":32}},{\"name\":\"disk\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1}}]"

/* One TaskInfo with 0.1 cpus and 32 MB; `more` is put into it. free() it. */
static inline char *client_task(const char *id, const char *agent_id, const char *more)
{
	return xasprintf(
	    "{\"name\":\"%s\",\"task_id\":{\"value\":\"%s\"},\"agent_id\":{\"value\":\"%s\"},\"resources\":[{\"name\":"
	    "\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":0.1}},{\"name\":\"mem\",\"type\":\"SCALAR\",\"scalar\":"
	    "{\"value\":32}}]%s%s}",
	    id, id, agent_id, more[0] ? "," : "", more);
}

#define CLIENT_SLEEP "\"command\":{\"value\":\"sleep 100\"}"

/* A group of these tasks (comma-separated TaskInfos) on an executor, from an offer; nothing is refused. */
static inline void client_launch_group(struct client *k, const char *offer, const char *executor, const char *tasks)
{
	CLEANUP_FREE char *accept = xasprintf(
	    "{\"offer_ids\":[{\"value\":\"%s\"}],\"filters\":{\"refuse_seconds\":0},\"operations\":[{\"type\":"
	    "\"LAUNCH_GROUP\",\"launch_group\":{\"executor\":{\"type\":\"DEFAULT\",\"executor_id\":{\"value\":\"%s\"},"
	    "\"framework_id\":{\"value\":\"%s\"},\"resources\":" CLIENT_EXECUTOR_RESOURCES
	    "},\"task_group\":{\"tasks\":[%s]}}}]}",
	    offer, executor, k->id, tasks);
	client_call(k, "ACCEPT", "accept", accept);
}

static inline void client_acknowledge(struct client *k, const json_t *status)
{
	CLEANUP_FREE char *ack =
	    xasprintf("{\"agent_id\":{\"value\":\"%s\"},\"task_id\":{\"value\":\"%s\"},\"uuid\":\"%s\"}",
		      js_str_at(status, "agent_id", "value", NULL), js_str_at(status, "task_id", "value", NULL),
		      js_str(status, "uuid"));
	client_call(k, "ACKNOWLEDGE", "acknowledge", ack);
}

/* The next event must be an UPDATE of the task to this state; it is acknowledged when it wants to be. A new reference
 * to the status. */
static inline json_t *client_status(struct client *k, const char *task, const char *state)
{
	json_t *event = client_expect(k, "UPDATE");
	json_t *status = json_incref(js_at(event, "update", "status", NULL));
	json_decref(event);
	assert_string_equal(js_str_at(status, "task_id", "value", NULL), task);
	if (strcmp(js_str(status, "state"), state) != 0) {
		CLEANUP_FREE char *text = js_text(status);
		fail_msg("%s was expected, not %s", state, text);
	}
	if (js_str(status, "uuid")) {
		client_acknowledge(k, status);
	}
	return status;
}

/* The same, with the message compared when given. */
static inline void client_update(struct client *k, const char *task, const char *state, const char *message)
{
	json_t *status = client_status(k, task, state);
	if (message) {
		assert_non_null(js_str(status, "message"));
		assert_string_equal(js_str(status, "message"), message);
	}
	json_decref(status);
}

#endif
