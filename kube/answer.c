#include "kube/answer.h"

#include <string.h>

#include "base/i64.h"
#include "base/js.h"
#include "kube/parse.h"

static bool is_json(const struct http_head *head)
{
	const char *type = http_header(head, "Content-Type");
	return type && strncmp(type, "application/json", strlen("application/json")) == 0;
}

/* Bytes of the first line that are worth showing. */
static int first_line(const char *text)
{
	int n = 0;
	while (n < KUBE_REFUSAL_LINE_MAX && (unsigned char)text[n] >= 0x20) {
		n++;
	}
	return n;
}

static void refusal(struct kube_answer *a, const char *text)
{
	struct kube_result *r = &a->result;
	const char *reason = js_str(a->body, "reason"), *message = js_str(a->body, "message");
	enum err_code code = err_code_of_http(r->status);
	if (message) {
		err_set(&r->err, code, "HTTP %d%s%.64s: %s", r->status, reason && *reason ? " " : "",
			reason ? reason : "", message);
	} else if (first_line(text)) {
		err_set(&r->err, code, "HTTP %d: %.*s", r->status, first_line(text), text);
	} else {
		err_set(&r->err, code, "HTTP %d", r->status);
	}
	int64_t after_s = js_int(js_obj(a->body, "details"), "retryAfterSeconds", 0);
	if (!r->retry_after_ms && after_s > 0) {
		r->retry_after_ms = i64_min(after_s, HTTP_RETRY_AFTER_MAX_S) * 1000;
	}
}

void kube_answer_init(struct kube_answer *a, const char *method, const char *path, const struct http_result *http,
		      bool want_body)
{
	struct kube_result *r = &a->result;
	*a = (struct kube_answer){.result = {.err = http->err,
					     .status = http->head.status,
					     .text = http->body,
					     .text_len = http->body_len,
					     .retry_after_ms = http_retry_after_ms(&http->head)}};
	if (r->err.code == ERR_NONE) {
		bool refused = r->status / 100 != 2;
		if (http->body_len && (want_body || refused) && is_json(&http->head)) {
			a->body = kube_parse(http->body, http->body_len, refused ? NULL : &r->err);
			if (!a->body && !refused) {
				r->err.code = r->err.code == ERR_MEMORY ? ERR_MEMORY : ERR_PROTOCOL;
				err_wrap(&r->err, "its answer");
			}
		}
		if (refused) {
			refusal(a, http->body);
		}
	}
	if (r->err.code != ERR_NONE) {
		err_wrap(&r->err, "%.16s %.300s", method, path);
		r->err.http_status = r->status;
	}
	r->body = a->body;
}

void kube_answer_done(struct kube_answer *a)
{
	js_unref(&a->body);
	a->body = NULL;
}
