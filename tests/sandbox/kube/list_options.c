#include "tests/sandbox/kube/list_options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/base64url.h"

#define CONTINUE_VERSION "meta.k8s.io/v1"

void list_options_done(struct list_options *o)
{
	selector_free(o->labels);
	selector_free(o->fields);
	o->labels = o->fields = NULL;
}

static int parse_rv(struct call *c, bool watch, struct list_options *o)
{
	char *end;
	o->rv = strtoll(o->rv_text, &end, 10);
	if (!*end && o->rv >= 0) {
		return 0;
	}
	const char *why = "strconv.ParseUint: parsing";
	if (watch) {
		return refuse(&c->refusal, 500, NULL, NULL,
			      "resourceVersion: Invalid value: \"%s\": %s \"%s\": invalid syntax", o->rv_text, why,
			      o->rv_text);
	}
	return refuse_bad_request(
	    &c->refusal, "invalid resource version: resourceVersion: Invalid value: \"%s\": %s \"%s\": invalid syntax",
	    o->rv_text, why, o->rv_text);
}

static const char *match_problem(const struct list_options *o, const struct query *q, bool watch)
{
	if (watch && query_get(q, "sendInitialEvents")) {
		return strcmp(o->match, "NotOlderThan") == 0
			   ? NULL
			   : "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
	}
	if (!o->match[0]) {
		return NULL;
	}
	if (watch) {
		return "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
	}
	if (!o->rv_text[0]) {
		return "resourceVersionMatch is forbidden unless resourceVersion is provided";
	}
	if (strcmp(o->match, "Exact") == 0 && o->rv == 0) {
		return "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
	}
	return NULL;
}

static int check_match(struct call *c, const struct list_options *o, bool watch)
{
	struct causes causes = {0};
	const char *problem = match_problem(o, &c->query, watch);
	if (problem) {
		cause_add(&causes, "Forbidden", "resourceVersionMatch", "Forbidden: %s", problem);
	} else if (o->match[0] && strcmp(o->match, "Exact") != 0 && strcmp(o->match, "NotOlderThan") != 0) {
		cause_add(&causes, "NotSupported", "resourceVersionMatch",
			  "Unsupported value: \"%s\": supported values: \"Exact\", \"NotOlderThan\"", o->match);
	}
	return causes_refuse(&causes, "ListOptions", "meta.k8s.io", "", &c->refusal);
}

static const char *text_of(const struct query *q, const char *name)
{
	const char *value = query_get(q, name);
	return value ? value : "";
}

int list_options_parse(struct call *c, bool watch, struct list_options *ret)
{
	struct list_options *o = ret;
	*o = (struct list_options){.rv_text = text_of(&c->query, "resourceVersion"),
				   .match = text_of(&c->query, "resourceVersionMatch"),
				   .continued = text_of(&c->query, "continue"),
				   .limit = strtoll(text_of(&c->query, "limit"), NULL, 10),
				   .initial_events = query_true(&c->query, "sendInitialEvents"),
				   .bookmarks = query_true(&c->query, "allowWatchBookmarks"),
				   .timeout_ms = strtoll(text_of(&c->query, "timeoutSeconds"), NULL, 10) * 1000};
	if (label_selector_parse(query_get(&c->query, "labelSelector"), &o->labels, &c->refusal) < 0 ||
	    field_selector_parse(c->r, query_get(&c->query, "fieldSelector"), &o->fields, &c->refusal) < 0 ||
	    parse_rv(c, watch, o) < 0) {
		return -1;
	}
	return check_match(c, o, watch);
}

bool list_selects(const struct list_options *o, const char *name_space, const json_t *object)
{
	return (!name_space[0] || strcmp(meta_str(object, "namespace"), name_space) == 0) &&
	       selector_matches_labels(o->labels, object) && selector_matches_fields(o->fields, object);
}

char *continue_make(int64_t rv, const char *start)
{
	json_t *token = json_object();
	set_str(token, "v", CONTINUE_VERSION);
	json_object_set_new(token, "rv", json_integer(rv));
	json_object_set_new(token, "start", json_stringn(start, strlen(start) + 1));
	char CLEANUP_FREE *text = js_text(token);
	json_decref(token);
	return base64url_encode(text, strlen(text));
}

int continue_parse(const char *token, int64_t *ret_rv, char **ret_start, struct refusal *r)
{
	size_t n = 0;
	char CLEANUP_FREE *bytes = base64url_decode(token, &n);
	if (!bytes) {
		return refuse_bad_request(r, "invalid continue token: continue key is not valid: illegal base64 data");
	}
	json_t CLEANUP_JSON *t = json_loadb(bytes, n, JSON_ALLOW_NUL, NULL);
	if (!t) {
		unsigned char first = (unsigned char)bytes[0];
		char utf8[3] = {(char)first, 0, 0};
		if (first >= 0x80) {
			utf8[0] = (char)(0xc0 | (first >> 6));
			utf8[1] = (char)(0x80 | (first & 0x3f));
		}
		return refuse_bad_request(
		    r,
		    "invalid continue token: continue key is not valid: invalid character '%s' looking for "
		    "beginning of value",
		    utf8);
	}
	const char *version = js_str(t, "v");
	const char *start = js_str(t, "start");
	if (!version || strcmp(version, CONTINUE_VERSION) != 0 || !start || !start[0]) {
		return refuse_bad_request(r,
					  "invalid continue token: continue key is not valid: incorrect encoded start "
					  "resourceVersion (version meta.k8s.io/v1)");
	}
	*ret_rv = js_int(t, "rv", 0);
	*ret_start = xstrdup(start[0] == '/' ? start + 1 : start);
	return 0;
}
