#include "mesos/agent_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/wire.h"

#define AGENT_DEPTH 3 /* {"get_agents": {"agents": [ */

void mesos_agent_info_free(struct mesos_agent_info *info)
{
	if (info) {
		mesos_resources_done(&info->total);
		free(info->id);
		free(info->version);
		free(info->ip);
		free(info);
	}
}

void agent_list_init(struct agent_list *list)
{
	*list = (struct agent_list){.one = BUF_INIT(AGENT_LIST_ONE_MAX)};
}

void agent_list_done(struct agent_list *list)
{
	if (!list) {
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		mesos_agent_info_free(list->agents[i]);
	}
	free(list->agents);
	buf_done(&list->one);
	agent_list_init(list);
}

/* "slave(1)@10.0.0.7:5051"; an address of version 6 may stand in brackets. */
static void decode_pid(const char *pid, struct mesos_agent_info *info)
{
	const char *at = pid ? strrchr(pid, '@') : NULL, *colon = at ? strrchr(at, ':') : NULL;
	if (!colon || colon == at + 1) {
		return;
	}
	const char *ip = at + 1;
	size_t n = (size_t)(colon - ip);
	char *end;
	long port = strtol(colon + 1, &end, 10);
	if (*end || port < 1 || port > UINT16_MAX) {
		return;
	}
	bool brackets = n > 2 && ip[0] == '[' && ip[n - 1] == ']';
	info->ip = brackets ? xstrndup(ip + 1, n - 2) : xstrndup(ip, n);
	info->port = (int)port;
}

static struct mesos_agent_info *decode(const json_t *o, const char *id, struct err *e)
{
	struct mesos_agent_info *info = xcalloc(1, sizeof(*info));
	if (mesos_resources_decode(json_object_get(o, "total_resources"), &info->total, e) < 0) {
		err_wrap(e, "agent %.128s", id);
		free(info);
		return NULL;
	}
	const char *drain = js_str_at(o, "drain_info", "state", NULL);
	info->id = xstrdup(id);
	info->version = xstrdup(js_str(o, "version"));
	decode_pid(js_str(o, "pid"), info);
	info->draining = drain && (strcmp(drain, "DRAINING") == 0 || strcmp(drain, "DRAINED") == 0);
	info->deactivated = info->draining || js_bool(o, "deactivated", false);
	return info;
}

static int take_one(struct agent_list *list, struct err *e)
{
	CLEANUP_JSON json_t *o = wire_parse(buf_str(&list->one), list->one.len, e);
	const char *id = wire_id(js_obj(o, "agent_info"), "id");
	buf_clear(&list->one);
	if (!o) {
		return err_wrap(e, "agent %zu of the list", list->n);
	}
	if (!id) {
		return 0; /* of another list */
	}
	if (list->n == AGENT_LIST_MAX) {
		return err_set(e, ERR_LIMIT, "more than %d agents", AGENT_LIST_MAX);
	}
	struct mesos_agent_info *info = decode(o, id, e);
	if (!info) {
		return -1;
	}
	list->agents = mem_grow(list->agents, &list->cap, list->n + 1, sizeof(*list->agents));
	list->agents[list->n++] = info;
	return 0;
}

static void in_text(struct agent_list *list, char c)
{
	if (list->escaped) {
		list->escaped = false;
	} else if (c == '\\') {
		list->escaped = true;
	} else if (c == '"') {
		list->text = false;
	}
}

/* True when an agent is whole with this byte. */
static bool step(struct agent_list *list, char c)
{
	bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
	if (list->text) {
		in_text(list, c);
		return false;
	}
	list->text = c == '"';
	if (opens && ++list->depth == AGENT_DEPTH) {
		list->array = c == '[';
	}
	list->begun = list->begun || opens;
	list->depth -= closes;
	return closes && list->depth == AGENT_DEPTH && list->array;
}

static int feed_byte(struct agent_list *list, char c, struct err *e)
{
	bool closes = c == '}' || c == ']';
	if ((closes && !list->text && !list->depth) || (!list->depth && list->begun && !strchr(" \t\r\n", c))) {
		return err_set(e, ERR_PROTOCOL, "something follows the list of agents");
	}
	bool was_inside = list->depth > AGENT_DEPTH;
	bool whole = step(list, c);
	if (list->array && (was_inside || list->depth > AGENT_DEPTH) && buf_putc(&list->one, c) < 0) {
		return err_set(e, buf_fits(&list->one, 1) ? ERR_MEMORY : ERR_LIMIT,
			       "agent %zu of the list is longer than %zu bytes", list->n, AGENT_LIST_ONE_MAX);
	}
	return whole ? take_one(list, e) : 0;
}

int agent_list_feed(struct agent_list *list, const char *bytes, size_t n, struct err *e)
{
	list->bytes += n;
	if (list->bytes > AGENT_LIST_BYTES_MAX) {
		return err_set(e, ERR_LIMIT, "the list of agents is longer than %zu bytes", AGENT_LIST_BYTES_MAX);
	}
	for (size_t i = 0; i < n; i++) {
		if (feed_byte(list, bytes[i], e) < 0) {
			return -1;
		}
	}
	return 0;
}

int agent_list_end(const struct agent_list *list, struct err *e)
{
	return list->begun && !list->depth ? 0 : err_set(e, ERR_PROTOCOL, "the list of agents is not whole");
}
