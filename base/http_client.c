#include <signal.h>
#include <stdlib.h>

#include "base/http_inner.h"
#include "base/mem.h"


static struct http_client *client_of(struct curl_loop *l)
{
	return LIST_ENTRY(l, struct http_client, loop);
}

static void add_starting(struct http_client *c)
{
	while (!list_empty(&c->starting)) {
		struct http_call *call = LIST_ENTRY(c->starting.next, struct http_call, link);
		list_remove(&call->link);
		list_push(&c->running, &call->link);
		call->added = true;
		if (curl_multi_add_handle(c->loop.multi, call->easy) != CURLM_OK) {
			call->added = false;
			err_set(&call->err, ERR_IO, "%s: libcurl does not take the call", call->where);
			http_call_end(call);
		}
	}
}

static void take_finished(struct http_client *c)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(c->loop.multi, &left)) != NULL;) {
		struct http_call *call = NULL;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &call);
		if (m->msg == CURLMSG_DONE && call) {
			http_call_finished(call, m->data.result);
		}
	}
}

static void tell(struct http_call *call)
{
	struct http_result result = {.err = call->err, .body = buf_str(&call->body), .body_len = call->body.len};
	if (call->head_done) {
		result.head = (struct http_head){call->status, call->headers, call->n_headers};
	}
	call->handlers.on_done(call->arg, &result);
}

static void sweep(struct http_client *c)
{
	while (!list_empty(&c->ending)) {
		struct http_call *call = LIST_ENTRY(c->ending.next, struct http_call, link);
		list_remove(&call->link);
		if (call->added) {
			curl_multi_remove_handle(c->loop.multi, call->easy);
			call->added = false;
		}
		if (!call->mute) {
			tell(call);
			list_remove(&call->link); /* on_done may have cancelled it */
		}
		http_call_free(call);
	}
}

static void turn(struct curl_loop *l)
{
	struct http_client *c = client_of(l);
	add_starting(c);
	http_stream_turn(c);
	take_finished(c);
	sweep(c);
	if (c->freed) {
		curl_loop_close(l);
	}
}

static void closed(struct curl_loop *l)
{
	free(client_of(l));
}

/* A write to a connection that the peer closed must be an error, not the end of the process. */
static void ignore_sigpipe(void)
{
	struct sigaction present;
	if (sigaction(SIGPIPE, NULL, &present) == 0 && present.sa_handler == SIG_DFL) {
		sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	}
}

struct http_client *http_client_new(uv_loop_t *loop, const struct http_limits *limits, struct err *e)
{
	struct http_client *c = xcalloc(1, sizeof(*c));
	c->limits = limits ? *limits : (struct http_limits){0};
	if (!c->limits.connections_per_host) {
		c->limits.connections_per_host = HTTP_CONNECTIONS_PER_HOST;
	}
	if (!c->limits.head_max) {
		c->limits.head_max = HTTP_HEAD_MAX;
	}
	list_init(&c->starting);
	list_init(&c->running);
	list_init(&c->ending);
	list_init(&c->again);
	ignore_sigpipe();
	if (curl_loop_init(&c->loop, loop, turn, closed, e) < 0) {
		free(c);
		return NULL;
	}
	curl_multi_setopt(c->loop.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)c->limits.connections_per_host);
	curl_multi_setopt(c->loop.multi, CURLMOPT_MAXCONNECTS, (long)HTTP_CONNECTIONS_KEPT_MAX);
	return c;
}

static void cancel_all(struct list *calls)
{
	LIST_EACH (calls, link) {
		http_call_cancel(LIST_ENTRY(link, struct http_call, link));
	}
}

void http_client_free(struct http_client *c)
{
	if (c && !c->freed) {
		cancel_all(&c->starting);
		cancel_all(&c->running);
		LIST_EACH (&c->ending, link) {
			LIST_ENTRY(link, struct http_call, link)->mute = true;
		}
		c->freed = true;
		curl_loop_schedule(&c->loop);
	}
}

uv_loop_t *http_client_loop(const struct http_client *c)
{
	return c->loop.uv;
}

struct http_call *http_call_start(struct http_client *c, const struct http_spec *spec,
				  const struct http_handlers *handlers, void *arg, struct err *e)
{
	struct http_call *call = http_call_new(c, spec, handlers, arg, e);
	if (call) {
		list_push(&c->starting, &call->link);
		http_call_start_timer(call);
		curl_loop_schedule(&c->loop);
	}
	return call;
}

void http_call_cancel(struct http_call *call)
{
	if (call) {
		call->mute = true;
		http_call_end(call);
	}
}
