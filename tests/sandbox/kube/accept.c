#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"
#include "tests/sandbox/kube/table.h"

#define WARNINGS_MAX 8

/* One media range of Accept, "type/subtype;key=value;…", without its parameters' order mattering. */
static bool range_is(const char *range, size_t n, const char *type)
{
	size_t len = strcspn(range, ";,");
	while (len && range[len - 1] == ' ') {
		len--;
	}
	return len <= n && len == strlen(type) && strncasecmp(range, type, len) == 0;
}

static bool range_has(const char *range, size_t n, const char *parameter)
{
	char CLEANUP_FREE *text = xstrndup(range, n);
	return strstr(text, parameter) != NULL;
}

static bool acceptable(const char *range, size_t n, enum shown_as *ret_shown)
{
	if (range_is(range, n, "application/json")) {
		if (range_has(range, n, "as=Table")) {
			*ret_shown = SHOWN_TABLE;
		} else if (range_has(range, n, "as=PartialObjectMetadata")) {
			*ret_shown = SHOWN_PARTIAL;
		} else {
			*ret_shown = SHOWN_OBJECT;
		}
		return !range_has(range, n, "as=") || range_has(range, n, "g=meta.k8s.io");
	}
	*ret_shown = SHOWN_OBJECT;
	return range_is(range, n, "*/*") || range_is(range, n, "application/*");
}

int call_negotiate(struct call *c)
{
	const char *accept = sandbox_request_header(c->req, "Accept");
	if (!accept || !accept[0]) {
		return 0;
	}
	for (const char *p = accept; *p;) {
		p += strspn(p, " ,");
		size_t n = strcspn(p, ",");
		if (n && acceptable(p, n, &c->shown)) {
			return 0;
		}
		p += n;
	}
	bool streams = strcmp(c->verb, "list") == 0 || strcmp(c->verb, "watch") == 0;
	c->shown = SHOWN_OBJECT;
	return refuse(&c->refusal, 406, "NotAcceptable", json_object(),
		      "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
		      "application/vnd.kubernetes.protobuf%s",
		      streams ? ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
			      : "");
}

static json_t *partial(json_t *object)
{
	json_t *out = json_object();
	json_t *items = json_object_get(object, "items");
	set_str(out, "kind", items ? "PartialObjectMetadataList" : "PartialObjectMetadata");
	set_str(out, "apiVersion", "meta.k8s.io/v1");
	json_t *meta = json_object_get(object, "metadata");
	json_object_set_new(out, "metadata", meta ? json_incref(meta) : json_object());
	if (items) {
		json_t *list = json_array();
		size_t i;
		json_t *item;
		json_array_foreach (items, i, item) {
			json_array_append_new(list, partial(item));
		}
		json_object_set_new(out, "items", list);
	}
	return out;
}

json_t *call_show(enum shown_as as, const char *plural, const char *include, int64_t now, json_t *object,
		  bool with_columns)
{
	const char *kind = js_str(object, "kind");
	if (as == SHOWN_OBJECT || (kind && strcmp(kind, "Status") == 0)) {
		return json_incref(object);
	}
	if (as == SHOWN_PARTIAL) {
		return partial(object);
	}
	json_t *table = table_of(plural, object, now, with_columns);
	table_include(table, object, include);
	return table;
}

static bool wants_pretty(const struct call *c)
{
	const char *asked = query_get(&c->query, "pretty");
	if (asked) {
		return strcmp(asked, "false") != 0 && strcmp(asked, "0") != 0;
	}
	const char *agent = sandbox_request_header(c->req, "User-Agent");
	return agent && (strncmp(agent, "curl", 4) == 0 || strncmp(agent, "Wget", 4) == 0 ||
			 strncmp(agent, "Mozilla/5.0", 11) == 0);
}

static void write_json(struct call *c, const json_t *value)
{
	char *text = js_dump(value, wants_pretty(c) ? JSON_INDENT(2) : JSON_COMPACT);
	buf_puts(&c->res->body, text);
	buf_putc(&c->res->body, '\n');
	free(text);
}

static void common_headers(struct call *c, const char *content_type)
{
	sandbox_response_header(c->res, "Cache-Control", "no-cache, private");
	sandbox_response_header(c->res, "Content-Type", content_type);
	size_t i;
	json_t *sentence;
	json_array_foreach (c->warnings, i, sentence) {
		if (i < WARNINGS_MAX) {
			sandbox_response_header(c->res, "Warning", json_string_value(sentence));
		}
	}
}

void call_reply(struct call *c, int status, json_t *object)
{
	json_t *as =
	    call_show(c->shown, c->r ? c->r->plural : "", query_get(&c->query, "includeObject"), c->now, object, true);
	c->res->status = status;
	common_headers(c, "application/json");
	write_json(c, as);
	json_decref(as);
	json_decref(object);
}

void call_reply_refusal(struct call *c)
{
	struct refusal *r = &c->refusal;
	c->res->status = r->code;
	if (r->nosniff) {
		sandbox_response_header(c->res, "X-Content-Type-Options", "nosniff");
	}
	if (r->retry_after) {
		char seconds[16];
		snprintf(seconds, sizeof(seconds), "%d", r->retry_after);
		sandbox_response_header(c->res, "Retry-After", seconds);
	}
	if (r->plain) {
		common_headers(c, "text/plain; charset=utf-8");
		buf_puts(&c->res->body, r->message);
		return;
	}
	if (strcmp(c->req->method, "HEAD") == 0) {
		common_headers(c, "application/json");
		return;
	}
	json_t *status = refusal_status(r);
	common_headers(c, "application/json");
	write_json(c, status);
	json_decref(status);
}

/* RFC 7234 wants `299 - "text"` with quotes and backslashes escaped. */
void call_warn(struct call *c, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0) {
		abort();
	}
	va_end(ap);
	struct buf CLEANUP_BUF out = BUF_INIT(4096);
	buf_puts(&out, "299 - \"");
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\') {
			buf_putc(&out, '\\');
		}
		buf_putc(&out, *p < ' ' && *p > 0 ? ' ' : *p);
	}
	buf_putc(&out, '"');
	free(text);
	if (!c->warnings) {
		c->warnings = json_array();
	}
	json_array_append_new(c->warnings, json_string(buf_str(&out)));
}
