#include "tests/sandbox/kube/status_object.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"

#define MESSAGE_MAX ((size_t)8 << 20)

void refusal_done(struct refusal *r)
{
	free(r->message);
	json_decref(r->details);
	*r = (struct refusal){0};
}

static char *vtext(const char *fmt, va_list ap)
{
	char *text = NULL;
	if (vasprintf(&text, fmt, ap) < 0) {
		abort();
	}
	return text;
}

static int refuse_text(struct refusal *r, int code, const char *reason, json_t *details, char *message)
{
	refusal_done(r);
	*r = (struct refusal){.code = code, .reason = reason, .message = message, .details = details};
	return -1;
}

int refuse(struct refusal *r, int code, const char *reason, json_t *details, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *message = vtext(fmt, ap);
	va_end(ap);
	return refuse_text(r, code, reason, details, message);
}

int refuse_bad_request(struct refusal *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *message = vtext(fmt, ap);
	va_end(ap);
	return refuse_text(r, 400, "BadRequest", NULL, message);
}

json_t *status_details(const char *name, const char *group, const char *kind)
{
	json_t *d = json_object();
	if (name && name[0]) {
		json_object_set_new(d, "name", json_string(name));
	}
	if (group && group[0]) {
		json_object_set_new(d, "group", json_string(group));
	}
	if (kind && kind[0]) {
		json_object_set_new(d, "kind", json_string(kind));
	}
	return d;
}

int refuse_not_found(struct refusal *r, const struct kube_resource *res, const char *name)
{
	char gr[160];
	return refuse(r, 404, "NotFound", status_details(name, res->group, res->plural), "%s \"%s\" not found",
		      registry_group_resource(res, gr), name);
}

int refuse_unknown_path(struct refusal *r)
{
	return refuse(r, 404, "NotFound", json_object(), "the server could not find the requested resource");
}

int refuse_method(struct refusal *r)
{
	return refuse(r, 405, "MethodNotAllowed", json_object(),
		      "the server does not allow this method on the requested resource");
}

int refuse_exists(struct refusal *r, const struct kube_resource *res, const char *name, bool terminating)
{
	char gr[160];
	return refuse(r, 409, "AlreadyExists", status_details(name, res->group, res->plural),
		      "%s%s \"%s\" already exists", terminating ? "object is being deleted: " : "",
		      registry_group_resource(res, gr), name);
}

int refuse_conflict(struct refusal *r, const struct kube_resource *res, const char *sub, const char *name,
		    const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char CLEANUP_FREE *why = vtext(fmt, ap);
	va_end(ap);
	char gr[160];
	char CLEANUP_FREE *kind = xasprintf("%s%s%s", res->plural, sub ? "/" : "", sub ? sub : "");
	return refuse(r, 409, "Conflict", status_details(name, res->group, kind),
		      "Operation cannot be fulfilled on %s%s%s \"%s\": %s", registry_group_resource(res, gr),
		      sub ? "/" : "", sub ? sub : "", name, why);
}

int refuse_stale(struct refusal *r, const struct kube_resource *res, const char *name)
{
	return refuse_conflict(
	    r, res, NULL, name,
	    "the object has been modified; please apply your changes to the latest version and try again");
}

int refuse_forbidden(struct refusal *r, const struct kube_resource *res, const char *name, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char CLEANUP_FREE *why = vtext(fmt, ap);
	va_end(ap);
	char gr[160];
	char CLEANUP_FREE *quoted = name && name[0] ? xasprintf(" \"%s\"", name) : xstrdup("");
	return refuse(r, 403, "Forbidden", status_details(name, res->group, res->plural), "%s%s is forbidden: %s",
		      registry_group_resource(res, gr), quoted, why);
}

json_t *refusal_status(const struct refusal *r)
{
	json_t *s = json_pack("{s:s, s:s, s:{}, s:s, s:s}", "kind", "Status", "apiVersion", "v1", "metadata", "status",
			      "Failure", "message", r->message ? r->message : "");
	if (!s) { /* a message that is not UTF-8 */
		s = json_pack("{s:s, s:s, s:{}, s:s, s:s}", "kind", "Status", "apiVersion", "v1", "metadata", "status",
			      "Failure", "message", "invalid request");
	}
	if (r->reason) {
		json_object_set_new(s, "reason", json_string(r->reason));
	}
	if (r->details) {
		json_object_set(s, "details", r->details);
	}
	json_object_set_new(s, "code", json_integer(r->code));
	return s;
}

void cause_add(struct causes *c, const char *reason, const char *field, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char CLEANUP_FREE *message = vtext(fmt, ap);
	va_end(ap);
	char CLEANUP_FREE *word = xasprintf("FieldValue%s", reason);
	if (!c->list) {
		c->list = json_array();
	}
	json_array_append_new(c->list,
			      json_pack("{s:s, s:s, s:s}", "reason", word, "message", message, "field", field));
}

/* "field: message", or "[a, b]" of several; equal ones once. */
static void sentence(const json_t *causes, struct buf *out)
{
	json_t *seen = json_object();
	size_t i;
	json_t *cause;
	struct buf CLEANUP_BUF list = BUF_INIT(MESSAGE_MAX);
	json_array_foreach ((json_t *)(uintptr_t)causes, i, cause) {
		char CLEANUP_FREE *one = xasprintf("%s: %s", js_str(cause, "field"), js_str(cause, "message"));
		if (!json_object_get(seen, one)) {
			buf_printf(&list, "%s%s", list.len ? ", " : "", one);
			json_object_set_new(seen, one, json_true());
		}
	}
	bool several = json_object_size(seen) > 1;
	buf_printf(out, "%s%s%s", several ? "[" : "", buf_str(&list), several ? "]" : "");
	json_decref(seen);
}

int causes_refuse(struct causes *c, const char *kind, const char *group, const char *name, struct refusal *r)
{
	if (!c->list) {
		return 0;
	}
	struct buf CLEANUP_BUF text = BUF_INIT(MESSAGE_MAX);
	sentence(c->list, &text);
	json_t *details = status_details(name, group, kind);
	json_object_set_new(details, "causes", c->list);
	c->list = NULL;
	return refuse(r, 422, "Invalid", details, "%s%s%s \"%s\" is invalid: %s", kind, group[0] ? "." : "", group,
		      name, buf_str(&text));
}
