#include "adapter/effect.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *effect_name(enum effect_type type)
{
	static const char *const names[] = {
	    [EFFECT_BIND] = "bind",
	    [EFFECT_CLAIM_VOLUME] = "claim volume",
	    [EFFECT_CLAIM_NODE] = "choose the node of a claim",
	    [EFFECT_ADOPT_POD] = "adopt pod",
	    [EFFECT_PATCH_STATUS] = "patch status",
	    [EFFECT_DELETE_POD] = "delete pod",
	    [EFFECT_EVICT_POD] = "evict pod",
	    [EFFECT_UPSERT_NODE] = "upsert node",
	    [EFFECT_NODE_STATUS] = "write status of node",
	    [EFFECT_RENEW_LEASE] = "renew lease",
	    [EFFECT_LEAVE_LEASE] = "leave lease",
	    [EFFECT_CORDON_NODE] = "cordon node",
	    [EFFECT_MARK_NODE] = "mark node",
	    [EFFECT_DELETE_NODE] = "delete node",
	    [EFFECT_EVENT] = "record event",
	    [EFFECT_STORE_FRAMEWORK] = "store framework id",
	    [EFFECT_FETCH] = "fetch",
	    [EFFECT_ACCEPT] = "accept",
	    [EFFECT_DECLINE] = "decline",
	    [EFFECT_ACCEPT_INVERSE] = "accept inverse offers",
	    [EFFECT_DECLINE_INVERSE] = "decline inverse offers",
	    [EFFECT_REVIVE] = "revive",
	    [EFFECT_SUPPRESS] = "suppress",
	    [EFFECT_KILL] = "kill",
	    [EFFECT_SHUTDOWN] = "shut down executor",
	    [EFFECT_ACKNOWLEDGE] = "acknowledge",
	    [EFFECT_RECONCILE] = "reconcile",
	    [EFFECT_PROBE] = "probe",
	    [EFFECT_READ_MESSAGE] = "read message",
	    [EFFECT_RUN_HOOK] = "run hook",
	    [EFFECT_WRITE_FILES] = "write files",
	    [EFFECT_ASK_AGENTS] = "ask for agents",
	    [EFFECT_COMPARE_PODS] = "compare pods",
	    [EFFECT_SHOW_PODS] = "show pods",
	    [EFFECT_REPORT] = "report",
	};
	return names[type];
}

static void free_strings(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(strings[i]);
	}
	free(strings);
}

void effect_free(struct effect *f)
{
	if (!f) {
		return;
	}
	free(f->ns);
	free(f->name);
	free(f->uid);
	free(f->agent_id);
	free(f->node);
	free(f->task_id);
	free(f->text);
	free_strings(f->ids, f->n_ids);
	free_strings(f->others, f->n_others);
	json_decref(f->body);
	json_decref(f->body_patch);
	json_decref(f->body_status);
	if (f->bytes) {
		explicit_bzero(f->bytes, f->n_bytes);
	}
	free(f->bytes);
	free(f);
}

struct effect *effects_add(struct effects *list, enum effect_type type)
{
	struct effect *f = xcalloc(1, sizeof(*f));
	f->type = type;
	list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof(struct effect *));
	list->items[list->n++] = f;
	return f;
}

void effects_done(struct effects *list)
{
	for (size_t i = 0; i < list->n; i++) {
		effect_free(list->items[i]);
	}
	free(list->items);
	*list = (struct effects){0};
}

static void add_string(char ***strings, size_t *n, const char *text)
{
	/* Powers of two, so that no capacity needs keeping. */
	if ((*n & (*n - 1)) == 0) {
		*strings = xreallocarray(*strings, *n ? *n * 2 : 1, sizeof(char *));
	}
	(*strings)[(*n)++] = xstrdup(text ? text : "");
}

void effect_add_id(struct effect *f, const char *text)
{
	add_string(&f->ids, &f->n_ids, text);
}

void effect_add_other(struct effect *f, const char *text)
{
	add_string(&f->others, &f->n_others, text);
}
