#include "tests/sandbox/http.h"

#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"

#define BODY_MAX ((size_t)256 << 20)

const char *sandbox_request_header(const struct sandbox_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0) {
			return req->headers[i].value;
		}
	}
	return NULL;
}

void sandbox_response_init(struct sandbox_response *res)
{
	*res = (struct sandbox_response){.status = 200, .body = BUF_INIT(BODY_MAX)};
}

void sandbox_response_done(struct sandbox_response *res)
{
	for (size_t i = 0; i < res->n_headers; i++) {
		free((char *)(uintptr_t)res->headers[i].name);
		free((char *)(uintptr_t)res->headers[i].value);
	}
	res->n_headers = 0;
	buf_done(&res->body);
	sandbox_stream_unref(res->stream);
	sandbox_later_unref(res->later);
	res->stream = NULL;
	sandbox_upload_unref(res->upload);
	res->upload = NULL;
	res->later = NULL;
}

void sandbox_response_header(struct sandbox_response *res, const char *name, const char *value)
{
	if (res->n_headers < SANDBOX_RESPONSE_HEADERS_MAX) {
		res->headers[res->n_headers++] = (struct sandbox_header){xstrdup(name), xstrdup(value)};
	}
}

struct sandbox_stream *sandbox_stream_new(size_t max_pending)
{
	struct sandbox_stream *s = xcalloc(1, sizeof(*s));
	buf_init(&s->out, max_pending);
	s->references = 1;
	return s;
}

struct sandbox_stream *sandbox_stream_ref(struct sandbox_stream *s)
{
	s->references++;
	return s;
}

void sandbox_stream_unref(struct sandbox_stream *s)
{
	if (s && --s->references == 0) {
		buf_done(&s->out);
		free(s);
	}
}

void sandbox_stream_wake(struct sandbox_stream *s)
{
	if (s->wake) {
		s->wake(s);
	}
}

struct sandbox_upload *sandbox_upload_new(void)
{
	struct sandbox_upload *u = xcalloc(1, sizeof(*u));
	sandbox_response_init(&u->answer);
	u->references = 1;
	return u;
}

struct sandbox_upload *sandbox_upload_ref(struct sandbox_upload *u)
{
	u->references++;
	return u;
}

void sandbox_upload_unref(struct sandbox_upload *u)
{
	if (u && --u->references == 0) {
		sandbox_response_done(&u->answer);
		free(u);
	}
}

void sandbox_upload_wake(struct sandbox_upload *u)
{
	if (u->wake) {
		u->wake(u);
	}
}

void sandbox_upload_answer(struct sandbox_upload *u)
{
	u->answered = true;
	sandbox_upload_wake(u);
}

struct sandbox_later *sandbox_later_new(void)
{
	struct sandbox_later *l = xcalloc(1, sizeof(*l));
	l->references = 1;
	return l;
}

struct sandbox_later *sandbox_later_ref(struct sandbox_later *l)
{
	l->references++;
	return l;
}

void sandbox_later_unref(struct sandbox_later *l)
{
	if (l && --l->references == 0) {
		free(l);
	}
}

void sandbox_later_answer(struct sandbox_later *l, struct sandbox_response *res)
{
	if (l->ways) {
		l->ways->answer(l, res);
	}
}

long sandbox_later_receive(struct sandbox_later *l, char *to, size_t max)
{
	return l->ways ? l->ways->receive(l, to, max) : SANDBOX_CLOSED;
}

long sandbox_later_send(struct sandbox_later *l, const char *bytes, size_t n)
{
	return l->ways ? l->ways->send(l, bytes, n) : SANDBOX_CLOSED;
}

void sandbox_later_await(struct sandbox_later *l, bool to_receive, bool to_send)
{
	if (l->ways) {
		l->ways->await(l, to_receive, to_send);
	}
}

void sandbox_later_release(struct sandbox_later *l)
{
	if (l->ways) {
		l->ways->release(l);
	}
}
