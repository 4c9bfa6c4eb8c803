#include "kube/watch.h"

#include <string.h>

#include "base/js.h"
#include "kube/parse.h"

void watch_init(struct watch_decoder *d, size_t line_max)
{
	*d = (struct watch_decoder){.line_max = line_max ? line_max : WATCH_LINE_MAX};
	buf_init(&d->line, d->line_max);
}

void watch_done(struct watch_decoder *d)
{
	buf_done(&d->line);
}

/* Adds to the line; `n` may already be too much for it. */
static int keep(struct watch_decoder *d, const char *p, size_t n)
{
	if (!buf_fits(&d->line, n)) {
		return err_set(&d->failed, ERR_LIMIT, "watch line %lu is over %zu bytes", d->lines + 1, d->line_max);
	}
	if (buf_append(&d->line, p, n) < 0) {
		return err_set(&d->failed, ERR_MEMORY, "watch line %lu: memory is short", d->lines + 1);
	}
	return 0;
}

/* What an ERROR event says. */
static int server_error(const json_t *status, struct err *e)
{
	const char *reason = js_str(status, "reason"), *message = js_str(status, "message");
	int code = (int)js_int(status, "code", 500);
	err_set(e, err_code_of_http(code), "ERROR event %d%s%.64s: %.300s", code, reason ? " " : "",
		reason ? reason : "", message ? message : "without a message");
	if (e) {
		e->http_status = code;
	}
	return -1;
}

static int type_of(const char *name, enum watch_type *ret)
{
	static const char *const names[] = {[WATCH_ADDED] = "ADDED",
					    [WATCH_MODIFIED] = "MODIFIED",
					    [WATCH_DELETED] = "DELETED",
					    [WATCH_BOOKMARK] = "BOOKMARK"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum watch_type)i;
			return 0;
		}
	}
	return -1;
}

static int event_of(const json_t *root, struct watch_event *ret, struct err *e)
{
	const char *type = js_str(root, "type");
	json_t *object = js_obj(root, "object");
	if (!type) {
		return err_set(e, ERR_PROTOCOL, "an event without type");
	}
	if (!object) {
		return err_set(e, ERR_PROTOCOL, "event %.32s without object", type);
	}
	if (strcmp(type, "ERROR") == 0) {
		return server_error(object, e);
	}
	if (type_of(type, &ret->type) < 0) {
		return err_set(e, ERR_PROTOCOL, "event of unknown type \"%.32s\"", type);
	}
	ret->object = json_incref(object);
	return 1;
}

static bool is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strchr(" \t\r", p[i]) || !p[i]) {
			return false;
		}
	}
	return true;
}

/* 0: nothing on this line. */
static int decode_line(struct watch_decoder *d, const char *line, size_t n, struct watch_event *ret)
{
	struct err *e = &d->failed;
	d->lines++;
	if (is_blank(line, n)) {
		return 0;
	}
	json_t *root = kube_parse(line, n, e);
	if (!root) {
		e->code = e->code == ERR_MEMORY ? ERR_MEMORY : ERR_PROTOCOL;
		return err_wrap(e, "watch line %lu of %zu bytes", d->lines, n);
	}
	int r = event_of(root, ret, e);
	json_decref(root);
	if (r < 0 && !e->http_status) {
		err_wrap(e, "watch line %lu", d->lines);
	}
	return r;
}

static int next(struct watch_decoder *d, const char **p, size_t *n, struct watch_event *ret)
{
	const char *end;
	while (*n && (end = memchr(*p, '\n', *n)) != NULL) {
		const char *line = *p;
		size_t len = (size_t)(end - line);
		*p = end + 1;
		*n -= len + 1;
		if ((d->line.len || len > d->line_max) && keep(d, line, len) < 0) {
			return -1;
		}
		int r = d->line.len ? decode_line(d, d->line.data, d->line.len, ret) : decode_line(d, line, len, ret);
		buf_clear(&d->line);
		if (r) {
			return r;
		}
	}
	if (*n && keep(d, *p, *n) < 0) {
		return -1;
	}
	*p += *n;
	*n = 0;
	return 0;
}

int watch_next(struct watch_decoder *d, const char **p, size_t *n, struct watch_event *ret, struct err *e)
{
	int r = d->failed.code != ERR_NONE ? -1 : next(d, p, n, ret);
	if (r < 0) {
		buf_done(&d->line);
		*p += *n;
		*n = 0;
		if (e) {
			*e = d->failed;
		}
	}
	return r;
}

int watch_end(const struct watch_decoder *d, struct err *e)
{
	if (d->line.len) {
		return err_set(e, ERR_PROTOCOL, "the watch ended inside line %lu, after %zu bytes of it", d->lines + 1,
			       d->line.len);
	}
	return 0;
}
