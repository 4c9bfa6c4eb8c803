#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/types.h"
#include "mesos/wire.h"

void mesos_event_free(struct mesos_event *event)
{
	if (!event) {
		return;
	}
	for (size_t i = 0; i < event->n_offers; i++) {
		mesos_offer_free(event->offers[i]);
	}
	for (size_t i = 0; i < event->n_bad_offers; i++) {
		free(event->bad_offers[i]);
	}
	free(event->offers);
	free(event->bad_offers);
	for (size_t i = 0; i < event->n_inverse; i++) {
		free(event->inverse_ids[i]);
		free(event->inverse_agents[i]);
	}
	free(event->inverse_ids);
	free(event->inverse_agents);
	free(event->framework_id);
	mesos_task_status_free(event->status);
	free(event->text);
	free(event->agent_id);
	free(event->executor_id);
	free(event);
}

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static int decode_subscribed(const json_t *o, struct mesos_event *event, struct err *e)
{
	const json_t *body = js_obj(o, "subscribed");
	const char *id = wire_id(body, "framework_id");
	if (!id) {
		return err_set(e, ERR_INVALID, "no framework id");
	}
	event->framework_id = xstrdup(id);
	double seconds;
	if (wire_double(json_object_get(body, "heartbeat_interval_seconds"), &seconds) && seconds > 0) {
		event->heartbeat_s = seconds;
	}
	return 0;
}

/* 1 when an offer was bad. */
static int decode_offers(const json_t *o, struct mesos_event *event, struct err *e)
{
	const json_t *array = js_arr(js_obj(o, "offers"), "offers");
	size_t n = json_array_size(array);
	event->offers = n ? xcalloc(n < MESOS_OFFERS_MAX ? n : MESOS_OFFERS_MAX, sizeof(*event->offers)) : NULL;
	size_t bad_cap = 0;
	int bad = 0;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(array, i);
		struct err *first = bad ? NULL : e;
		struct mesos_offer *offer = NULL;
		if (i < MESOS_OFFERS_MAX) {
			offer = mesos_offer_decode(one, first);
		} else {
			err_set(first, ERR_LIMIT, "%zu offers, at most %d are taken", n, MESOS_OFFERS_MAX);
		}
		if (offer) {
			event->offers[event->n_offers++] = offer;
			continue;
		}
		bad = 1;
		const char *id = wire_id(one, "id");
		if (id) {
			event->bad_offers =
			    mem_grow(event->bad_offers, &bad_cap, event->n_bad_offers + 1, sizeof(*event->bad_offers));
			event->bad_offers[event->n_bad_offers++] = xstrdup(id);
		}
	}
	return bad;
}

static int decode_inverse_offers(const json_t *o, struct mesos_event *event, struct err *e)
{
	(void)e;
	const json_t *array = js_arr(js_obj(o, "inverse_offers"), "inverse_offers");
	size_t n = json_array_size(array), i;
	n = n < MESOS_OFFERS_MAX ? n : MESOS_OFFERS_MAX;
	event->inverse_ids = xcalloc(n + 1, sizeof(char *));
	event->inverse_agents = xcalloc(n + 1, sizeof(char *));
	for (i = 0; i < n; i++) {
		const json_t *one = json_array_get(array, i);
		const char *id = wire_id(one, "id"), *agent = wire_id(one, "agent_id");
		if (id && agent) {
			event->inverse_ids[event->n_inverse] = xstrdup(id);
			event->inverse_agents[event->n_inverse++] = xstrdup(agent);
		}
	}
	return 0;
}

static int decode_inverse_rescind(const json_t *o, struct mesos_event *event, struct err *e)
{
	const char *id = wire_id(js_obj(o, "rescind_inverse_offer"), "inverse_offer_id");
	if (!id) {
		return err_set(e, ERR_INVALID, "no offer id");
	}
	event->text = xstrdup(id);
	return 0;
}

static int decode_rescind(const json_t *o, struct mesos_event *event, struct err *e)
{
	const char *id = wire_id(js_obj(o, "rescind"), "offer_id");
	if (!id) {
		return err_set(e, ERR_INVALID, "no offer id");
	}
	event->text = xstrdup(id);
	return 0;
}

static int decode_update(const json_t *o, struct mesos_event *event, struct err *e)
{
	event->status = mesos_task_status_decode(js_at(o, "update", "status", NULL), e);
	return event->status ? 0 : -1;
}

static int decode_failure(const json_t *o, struct mesos_event *event, struct err *e)
{
	(void)e;
	const json_t *body = js_obj(o, "failure");
	event->agent_id = dup_or_null(wire_id(body, "agent_id"));
	event->executor_id = dup_or_null(wire_id(body, "executor_id"));
	int64_t status;
	if (wire_i64(json_object_get(body, "status"), &status) && status >= INT32_MIN && status <= INT32_MAX) {
		event->has_exit_status = true;
		event->exit_status = (int)status;
	}
	return 0;
}

static int decode_error(const json_t *o, struct mesos_event *event, struct err *e)
{
	(void)e;
	const char *message = js_str_at(o, "error", "message", NULL);
	event->text = xstrndup(message ? message : "", MESOS_MESSAGE_MAX);
	return 0;
}

/* What a scheduler that makes no use of the content needs: that it came. */
static int decode_nothing(const json_t *o, struct mesos_event *event, struct err *e)
{
	(void)o;
	(void)event;
	(void)e;
	return 0;
}

static const struct {
	const char *name;
	int (*decode)(const json_t *o, struct mesos_event *event, struct err *e);
} TYPES[] = {
    [MESOS_EVENT_SUBSCRIBED] = {"SUBSCRIBED", decode_subscribed},
    [MESOS_EVENT_OFFERS] = {"OFFERS", decode_offers},
    [MESOS_EVENT_INVERSE_OFFERS] = {"INVERSE_OFFERS", decode_inverse_offers},
    [MESOS_EVENT_RESCIND] = {"RESCIND", decode_rescind},
    [MESOS_EVENT_RESCIND_INVERSE_OFFER] = {"RESCIND_INVERSE_OFFER", decode_inverse_rescind},
    [MESOS_EVENT_UPDATE] = {"UPDATE", decode_update},
    [MESOS_EVENT_UPDATE_OPERATION_STATUS] = {"UPDATE_OPERATION_STATUS", decode_nothing},
    [MESOS_EVENT_MESSAGE] = {"MESSAGE", decode_nothing},
    [MESOS_EVENT_FAILURE] = {"FAILURE", decode_failure},
    [MESOS_EVENT_ERROR] = {"ERROR", decode_error},
    [MESOS_EVENT_HEARTBEAT] = {"HEARTBEAT", decode_nothing},
};

static int decode_tree(const json_t *o, struct mesos_event *event, struct err *e)
{
	const char *type = js_str(o, "type");
	if (!type) {
		return err_set(e, ERR_INVALID, "event without a type");
	}
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (strcmp(type, TYPES[i].name) == 0) {
			event->type = (enum mesos_event_type)i;
			int rc = TYPES[i].decode(o, event, e);
			if (rc != 0) {
				err_wrap(e, "%s event", type);
			}
			return rc;
		}
	}
	event->type = MESOS_EVENT_UNKNOWN;
	event->text = xstrdup(type);
	return 0;
}

int mesos_event_decode(const char *json, size_t n, struct mesos_event **ret, struct err *e)
{
	json_t *o CLEANUP_JSON = wire_parse(json, n, e);
	if (!o) {
		return err_wrap(e, "event");
	}
	struct mesos_event *event = xcalloc(1, sizeof(*event));
	int rc = decode_tree(o, event, e);
	if (rc < 0) {
		mesos_event_free(event);
		return -1;
	}
	*ret = event;
	return rc;
}
