#include "mesos/containers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "mesos/container_id.h"

#define WHAT "ask what runs on the agent"
#define COUNT_END 9e18	 /* beyond it a count is none */
#define SECONDS_END 1e12 /* beyond it a time is none */

struct mesos_containers_call {
	struct http_call *call;
	mesos_containers_answer on_answer;
	void *arg;
};

/* ---- the answer ---- */

static double seconds(const json_t *o, const char *key)
{
	double n = js_num(o, key, -1);
	return isfinite(n) && n >= 0 && n < SECONDS_END ? n : -1;
}

/* Counts may be written as "15.0". */
static int64_t count(const json_t *o, const char *key)
{
	double n = js_num(o, key, -1);
	return isfinite(n) && n >= 0 && n < COUNT_END ? (int64_t)n : -1;
}

static struct mesos_usage usage_of(const json_t *o)
{
	double at = seconds(o, "timestamp");
	return (struct mesos_usage){
	    .time_ms = at > 0 ? (int64_t)(at * 1000) : 0,
	    .cpu_user_s = seconds(o, "cpus_user_time_secs"),
	    .cpu_system_s = seconds(o, "cpus_system_time_secs"),
	    .memory = count(o, "mem_total_bytes"),
	    .memory_rss = count(o, "mem_rss_bytes"),
	    .memory_cache = count(o, "mem_cache_bytes"),
	    .memory_mapped = count(o, "mem_mapped_file_bytes"),
	    .memory_swap = count(o, "mem_swap_bytes"),
	    .memory_limit = count(o, "mem_limit_bytes"),
	    .disk = count(o, "disk_used_bytes"),
	    .cfs_periods = count(o, "cpus_nr_periods"),
	    .cfs_throttled = count(o, "cpus_nr_throttled"),
	    .cfs_throttled_s = seconds(o, "cpus_throttled_time_secs"),
	    .processes = count(o, "processes"),
	    .threads = count(o, "threads"),
	};
}

/* The status knows the parents; the entry itself only the last part. */
static char *id_of(const json_t *o)
{
	const json_t *whole = js_at(o, "container_status", "container_id", NULL);
	return container_id_join(whole ? whole : js_obj(o, "container_id"));
}

static void take(struct mesos_containers *c, const json_t *o)
{
	struct mesos_container *to = &c->all[c->n];
	char *id = id_of(o);
	if (!id) {
		return;
	}
	*to = (struct mesos_container){
	    .id = id,
	    .framework_id = xstrdup(js_str_at(o, "framework_id", "value", NULL)),
	    .executor_id = xstrdup(js_str_at(o, "executor_id", "value", NULL)),
	    .usage = usage_of(js_obj(o, "resource_statistics")),
	};
	map_put(&c->by_id, to->id, to);
	c->n++;
}

int mesos_containers_parse(const char *text, size_t n, struct mesos_containers *ret, struct err *e)
{
	CLEANUP_JSON json_t *answer = js_parse(text, n, e);
	const json_t *list = js_arr(js_obj(answer, "get_containers"), "containers");
	if (!answer) {
		return err_wrap(e, WHAT);
	}
	/* An agent where nothing runs may leave the list out. */
	if (!list && !js_obj(answer, "get_containers")) {
		return err_set(e, ERR_PROTOCOL, WHAT ": the Mesos agent's answer is none");
	}
	if (json_array_size(list) > MESOS_CONTAINERS_MAX) {
		return err_set(e, ERR_LIMIT, WHAT ": more than %d containers", MESOS_CONTAINERS_MAX);
	}
	struct mesos_containers c = {.all = xcalloc(json_array_size(list) + 1, sizeof(*c.all))};
	for (size_t i = 0; i < json_array_size(list); i++) {
		take(&c, json_array_get(list, i));
	}
	*ret = c;
	return 0;
}

void mesos_containers_done(struct mesos_containers *c)
{
	if (!c) {
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		free(c->all[i].id);
		free(c->all[i].framework_id);
		free(c->all[i].executor_id);
	}
	free(c->all);
	map_done(&c->by_id);
	*c = (struct mesos_containers){0};
}

/* ---- the call ---- */

static void on_done(void *arg, const struct http_result *r)
{
	struct mesos_containers_call *call = arg;
	mesos_containers_answer on_answer = call->on_answer;
	void *on_arg = call->arg;
	struct mesos_containers c = {0};
	struct err why = {0};
	free(call);
	if (r->err.code != ERR_NONE || r->head.status != 200) {
		mesos_agent_error(r, WHAT, &why);
	} else {
		mesos_containers_parse(r->body, r->body_len, &c, &why);
	}
	on_answer(on_arg, why.code == ERR_NONE ? &c : NULL, &why);
	mesos_containers_done(&c);
}

static const struct http_handlers handlers = {.on_done = on_done};

struct mesos_containers_call *mesos_containers_ask(const struct mesos_agent *agent, mesos_containers_answer on_answer,
						   void *arg, struct err *e)
{
	struct mesos_containers_call *call = xcalloc(1, sizeof(*call));
	call->on_answer = on_answer;
	call->arg = arg;
	call->call = mesos_agent_post(agent, "{\"type\":\"GET_CONTAINERS\",\"get_containers\":{\"show_nested\":true}}",
				      MESOS_CONTAINERS_TIMEOUT_MS, MESOS_CONTAINERS_BODY_MAX, &handlers, call, e);
	if (!call->call) {
		free(call);
		return NULL;
	}
	return call;
}

void mesos_containers_cancel(struct mesos_containers_call *call)
{
	if (call) {
		http_call_cancel(call->call);
		free(call);
	}
}
