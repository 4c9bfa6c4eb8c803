#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/container_id.h"
#include "mesos/types.h"
#include "mesos/wire.h"

static const struct {
	const char *name;
	bool terminal;
} STATES[] = {
    [TASK_STAGING] = {"TASK_STAGING", false},
    [TASK_STARTING] = {"TASK_STARTING", false},
    [TASK_RUNNING] = {"TASK_RUNNING", false},
    [TASK_KILLING] = {"TASK_KILLING", false},
    [TASK_FINISHED] = {"TASK_FINISHED", true},
    [TASK_FAILED] = {"TASK_FAILED", true},
    [TASK_KILLED] = {"TASK_KILLED", true},
    [TASK_ERROR] = {"TASK_ERROR", true},
    [TASK_LOST] = {"TASK_LOST", true},
    [TASK_DROPPED] = {"TASK_DROPPED", true},
    [TASK_UNREACHABLE] = {"TASK_UNREACHABLE", false},
    [TASK_GONE] = {"TASK_GONE", true},
    [TASK_GONE_BY_OPERATOR] = {"TASK_GONE_BY_OPERATOR", true},
    [TASK_UNKNOWN] = {"TASK_UNKNOWN", false},
};
#define N_STATES (sizeof(STATES) / sizeof(STATES[0]))

const char *mesos_task_state_name(enum mesos_task_state state)
{
	return STATES[state].name;
}

int mesos_task_state_parse(const char *name, enum mesos_task_state *ret)
{
	for (size_t i = 0; name && i < N_STATES; i++) {
		if (strcmp(name, STATES[i].name) == 0) {
			*ret = (enum mesos_task_state)i;
			return 0;
		}
	}
	return -1;
}

bool mesos_task_state_terminal(enum mesos_task_state state)
{
	return STATES[state].terminal;
}

void mesos_task_status_free(struct mesos_task_status *status)
{
	if (!status) {
		return;
	}
	free(status->task_id);
	free(status->agent_id);
	free(status->executor_id);
	free(status->source);
	free(status->reason);
	free(status->message);
	free(status->container_id);
	free(status->ip);
	free(status);
}

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* Cut between characters, so that it stays UTF-8. */
static char *dup_message(const char *s)
{
	if (!s) {
		return NULL;
	}
	size_t n = strlen(s);
	if (n > MESOS_MESSAGE_MAX) {
		n = MESOS_MESSAGE_MAX;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80) {
			n--;
		}
	}
	return xstrndup(s, n);
}

static const char *first_ip(const json_t *container_status)
{
	size_t i, j;
	json_t *network, *address;
	json_array_foreach (js_arr(container_status, "network_infos"), i, network) {
		json_array_foreach (js_arr(network, "ip_addresses"), j, address) {
			const char *ip = js_str(address, "ip_address");
			if (ip && *ip) {
				return ip;
			}
		}
	}
	return NULL;
}

static int decode_uuid(const json_t *o, char out[MESOS_UUID_TEXT_MAX], struct err *e)
{
	const char *uuid = js_str(o, "uuid");
	size_t n = uuid ? strlen(uuid) : 0;
	if (n >= MESOS_UUID_TEXT_MAX) {
		return err_set(e, ERR_LIMIT, "uuid of %zu characters", n);
	}
	memcpy(out, uuid ? uuid : "", n + 1);
	return 0;
}

/* Seconds as a double, up to the year 9999; anything else is no time at all. */
static int64_t decode_timestamp(const json_t *o)
{
	double seconds;
	if (!wire_double(json_object_get(o, "timestamp"), &seconds) || seconds <= 0 || seconds > 253402300799.0) {
		return 0;
	}
	return llround(seconds * 1000);
}

/* {"nanoseconds": 1795342796704000000}, as a number or a text. */
static int64_t decode_unreachable_time(const json_t *o)
{
	double ns;
	if (!wire_double(json_object_get(js_obj(o, "unreachable_time"), "nanoseconds"), &ns) || ns <= 0 ||
	    ns > 9.2e18) {
		return 0;
	}
	return llround(ns / 1e6);
}

/* {"type": "HTTP", "http": {"status_code": 200}} */
static void decode_check(const json_t *o, struct mesos_task_status *s)
{
	const json_t *check = js_obj(o, "check_status");
	const json_t *exit_code = json_object_get(js_obj(check, "command"), "exit_code");
	const json_t *status_code = json_object_get(js_obj(check, "http"), "status_code");
	const json_t *succeeded = json_object_get(js_obj(check, "tcp"), "succeeded");
	double number;
	s->has_check = check != NULL;
	s->check_result = -1;
	if (json_is_boolean(succeeded)) {
		s->check_result = json_is_true(succeeded);
	} else if (wire_double(exit_code ? exit_code : status_code, &number) && number >= 0 && number <= INT_MAX) {
		s->check_result = (int)number;
	}
}

static int decode_into(const json_t *o, struct mesos_task_status *s, struct err *e)
{
	const char *state = js_str(o, "state");
	if (mesos_task_state_parse(state, &s->state) < 0) {
		return err_set(e, ERR_UNSUPPORTED, "unknown state \"%.64s\"", state ? state : "");
	}
	if (decode_uuid(o, s->uuid, e) < 0) {
		return -1;
	}
	const json_t *container = js_obj(o, "container_status");
	s->agent_id = dup_or_null(wire_id(o, "agent_id"));
	s->executor_id = dup_or_null(wire_id(o, "executor_id"));
	s->source = dup_or_null(js_str(o, "source"));
	s->reason = dup_or_null(js_str(o, "reason"));
	s->message = dup_message(js_str(o, "message"));
	s->container_id = container_id_join(js_obj(container, "container_id"));
	s->ip = dup_or_null(first_ip(container));
	s->timestamp_ms = decode_timestamp(o);
	s->unreachable_ms = decode_unreachable_time(o);
	decode_check(o, s);
	s->has_healthy = json_is_boolean(json_object_get(o, "healthy"));
	s->healthy = js_bool(o, "healthy", false);
	return 0;
}

struct mesos_task_status *mesos_task_status_decode(const json_t *object, struct err *e)
{
	const char *id = wire_id(object, "task_id");
	if (!id) {
		err_set(e, ERR_INVALID, "task status without a task id");
		return NULL;
	}
	struct mesos_task_status *s = xcalloc(1, sizeof(*s));
	s->task_id = xstrdup(id);
	if (decode_into(object, s, e) < 0) {
		err_wrap(e, "status of task %.128s", id);
		mesos_task_status_free(s);
		return NULL;
	}
	return s;
}
