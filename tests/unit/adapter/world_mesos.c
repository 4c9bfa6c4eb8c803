/* The Mesos of the world: what its master says. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world.h"
#include "translate/ids.h"

void world_rescind(struct world *w, const char *id)
{
	world_event(w, &(struct core_event){.type = CORE_RESCINDED, .text = id});
}

void world_agent_failed(struct world *w, const char *agent)
{
	world_event(w, &(struct core_event){.type = CORE_AGENT_FAILED, .text = agent});
}

/* Splits at the separator; false at the end. */
static bool next_word(const char **at, char separator, char *out, size_t max)
{
	if (!*at || !**at) {
		return false;
	}
	const char *end = strchrnul(*at, separator);
	snprintf(out, max, "%.*s", (int)(end - *at), *at);
	*at = *end ? end + 1 : end;
	return true;
}

static json_t *resource_of(const char *word)
{
	char name[64];
	unsigned long first, last;
	const char *at = word;
	next_word(&at, ':', name, sizeof(name));
	if (sscanf(at, "%lu-%lu", &first, &last) == 2) {
		return json_pack("{s:s,s:s,s:{s:[{s:I,s:I}]},s:{s:s}}", "name", name, "type", "RANGES", "ranges",
				 "range", "begin", (json_int_t)first, "end", (json_int_t)last, "allocation_info",
				 "role", "mesos");
	}
	return json_pack("{s:s,s:s,s:{s:f},s:{s:s}}", "name", name, "type", "SCALAR", "scalar", "value",
			 strtod(at, NULL), "allocation_info", "role", "mesos");
}

struct mesos_offer *world_make_offer(const char *id, const char *agent, const char *resources, const char *attributes)
{
	char word[128], key[64];
	struct err e;
	json_t *list = json_array(), *pairs = json_array();
	while (next_word(&resources, ';', word, sizeof(word))) {
		json_array_append_new(list, resource_of(word));
	}
	while (next_word(&attributes, ';', word, sizeof(word))) {
		const char *at = word;
		next_word(&at, '=', key, sizeof(key));
		json_array_append_new(pairs,
				      json_pack("{s:s,s:s,s:{s:s}}", "name", key, "type", "TEXT", "text", "value", at));
	}
	CLEANUP_JSON json_t *o =
	    json_pack("{s:{s:s},s:{s:s},s:{s:s},s:s,s:o,s:o,s:{s:s},s:{s:{s:s,s:i}}}", "id", "value", id, "agent_id",
		      "value", agent, "framework_id", "value", "fw", "hostname", agent, "resources", list, "attributes",
		      pairs, "allocation_info", "role", "mesos", "url", "address", "ip", "10.0.0.1", "port", 5051);
	assert_non_null(o);
	struct mesos_offer *offer = mesos_offer_decode(o, &e);
	if (!offer) {
		fail_msg("%s", e.text);
	}
	return offer;
}

void world_offer(struct world *w, const char *id, const char *agent, const char *resources, const char *attributes)
{
	struct mesos_offer *offers[] = {world_make_offer(id, agent, resources, attributes)};
	world_event(w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
	assert_null(offers[0]);
}

void world_listed(struct world *w, const char *agent, const char *resources, bool deactivated, bool draining)
{
	struct mesos_offer *offer = world_make_offer("o", agent, resources, "");
	struct mesos_agent_info *info = xcalloc(1, sizeof(*info));
	info->id = xstrdup(agent);
	info->version = xstrdup("1.12.0");
	info->ip = xstrdup("10.9.9.9");
	info->port = 5059;
	info->deactivated = deactivated;
	info->draining = draining;
	mesos_resources_copy(&info->total, &offer->resources);
	mesos_offer_free(offer);
	struct mesos_agent_info *agents[] = {info};
	world_event(w, &(struct core_event){.type = CORE_AGENTS_LISTED, .agents = agents, .n_agents = 1});
	mesos_agent_info_free(agents[0]);
}

void world_status(struct world *w, const struct mesos_task_status *status)
{
	world_event(w, &(struct core_event){.type = CORE_UPDATE, .status = status});
}

static char *text_of(const char *s)
{
	return (char *)(uintptr_t)s; /* the core only reads */
}

const char *world_update(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state,
			 const char *message)
{
	static char uuid[MESOS_UUID_TEXT_MAX];
	struct mesos_task_status s = {
	    .task_id = text_of(task_id),
	    .agent_id = text_of(agent),
	    .state = state,
	    .message = text_of(message),
	    .container_id = text_of("c-1"),
	    .ip = text_of("10.1.0.1"),
	    .timestamp_ms = w->now,
	};
	snprintf(uuid, sizeof(uuid), "uuid-%u", ++w->next_uuid);
	memcpy(s.uuid, uuid, sizeof(uuid));
	world_status(w, &s);
	return uuid;
}

void world_answer(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state)
{
	struct mesos_task_status s = {
	    .task_id = text_of(task_id),
	    .agent_id = text_of(agent),
	    .state = state,
	    .source = text_of("SOURCE_MASTER"),
	    .reason = text_of("REASON_RECONCILIATION"),
	    .timestamp_ms = w->now,
	};
	world_status(w, &s);
}

/* ---- tasks ---- */

const char *world_task(const char *name, const char *container, int run)
{
	static char ids[8][TASK_ID_MAX];
	static unsigned next;
	char *out = ids[next++ % 8];
	CLEANUP_FREE char *uid = xasprintf("uid-%s", name);
	task_id_make(uid, container, run, out);
	return out;
}

const char *accepted_task(const struct effect *accept, size_t i)
{
	json_t *group = js_at(json_array_get(accept->body, i), "launch_group", "task_group", NULL);
	return js_str_at(json_array_get(js_arr(group, "tasks"), 0), "task_id", "value", NULL);
}

void world_run(struct world *w, const struct effect *accept)
{
	for (size_t i = 0; i < json_array_size(accept->body); i++) {
		world_update(w, accepted_task(accept, i), accept->agent_id, TASK_RUNNING, NULL);
		world_good_day(w);
	}
}

void world_running(struct world *w, const char *name, const char *container, const char *spec)
{
	CLEANUP_FREE char *offer = xasprintf("o-%s", name);
	world_app(w, name, container, spec);
	world_offer(w, offer, "a1", "cpus:8;mem:8192;disk:10000;ports:31000-31999", "rack=r1");
	world_good_day(w);
	const struct effect *accept = world_last(w, EFFECT_ACCEPT);
	assert_non_null(accept);
	assert_int_equal(accept->n_others, 1);
	world_run(w, accept);
	assert_string_equal(world_phase(w, name), "Running");
	world_nothing(w);
}
