/* What lists and watches are asked with: selectors, resourceVersion, limit, continue. Private to tests/sandbox/kube/.
 */
#ifndef SANDBOX_KUBE_LIST_OPTIONS_H
#define SANDBOX_KUBE_LIST_OPTIONS_H

#include "tests/sandbox/kube/model.h"
#include "tests/sandbox/kube/selectors.h"

struct list_options {
	struct selector *labels, *fields;
	const char *rv_text; /* "" when not given */
	int64_t rv;	     /* 0 for "" and "0" */
	const char *match;   /* resourceVersionMatch, "" when not given */
	int64_t limit;	     /* 0: none */
	const char *continued;
	bool initial_events; /* sendInitialEvents=true */
	bool bookmarks;
	int64_t timeout_ms; /* 0: not given */
};

/* -1 with a refusal; list_options_done either way. */
int list_options_parse(struct call *c, bool watch, struct list_options *ret);
void list_options_done(struct list_options *o);

bool list_selects(const struct list_options *o, const char *name_space, const json_t *object);

/* A token that says where a list goes on. free() it. */
char *continue_make(int64_t rv, const char *start);
/* `*ret_start` is to be freed; `rv` -1 asks for an inconsistent rest. */
int continue_parse(const char *token, int64_t *ret_rv, char **ret_start, struct refusal *r);

/* list.c: a list of `items` (stolen) as of a version, and one stored object as it stands in lists. New references. */
json_t *list_with(const struct call *c, int64_t at, json_t *items);
json_t *list_item(const struct kube_resource *r, json_t *stored);

#endif
