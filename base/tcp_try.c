#include "base/tcp_try.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define SENTENCE_MAX 512

struct tcp_try {
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_getaddrinfo_t look_up;
	uv_connect_t connect;
	unsigned in_use; /* handles that are open, and the look-up */
	bool over;
	tcp_tried on_done;
	void *arg;
	char *where; /* "host:port" */
	int error;   /* it could not even begin */
};

static void let_go(struct tcp_try *t)
{
	if (!--t->in_use) {
		free(t->where);
		free(t);
	}
}

static void on_closed(uv_handle_t *handle)
{
	let_go(handle->data);
}

void tcp_try_cancel(struct tcp_try *t)
{
	if (t && !t->over) {
		t->over = true;
		(void)uv_cancel((uv_req_t *)&t->look_up);
		uv_close((uv_handle_t *)&t->tcp, on_closed);
		uv_close((uv_handle_t *)&t->timer, on_closed);
	}
}

static void tell(struct tcp_try *t, const char *what, int error)
{
	char text[SENTENCE_MAX];
	snprintf(text, sizeof(text), "%s %s: %s", what, t->where, error < 0 ? uv_strerror(error) : "");
	tcp_tried on_done = t->on_done;
	void *arg = t->arg;
	tcp_try_cancel(t);
	on_done(arg, error < 0 ? text : NULL);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct tcp_try *t = connect->data;
	if (!t->over) {
		tell(t, "dial tcp", status);
	}
}

static void dial(struct tcp_try *t, const struct sockaddr *at)
{
	int error = uv_tcp_connect(&t->connect, &t->tcp, at, on_connected);
	if (error < 0) {
		tell(t, "dial tcp", error);
	}
}

static void on_found(uv_getaddrinfo_t *look_up, int status, struct addrinfo *found)
{
	struct tcp_try *t = look_up->data;
	if (!t->over && status < 0) {
		tell(t, "look up", status);
	} else if (!t->over) {
		dial(t, found->ai_addr);
	}
	uv_freeaddrinfo(found);
	let_go(t);
}

static void on_timer(uv_timer_t *timer)
{
	struct tcp_try *t = timer->data;
	tell(t, "dial tcp", t->error < 0 ? t->error : UV_ETIMEDOUT);
}

struct tcp_try *tcp_try_start(uv_loop_t *loop, const char *host, uint16_t port, int64_t timeout_ms, tcp_tried on_done,
			      void *arg)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct tcp_try *t = xcalloc(1, sizeof(*t));
	char service[8];
	t->on_done = on_done;
	t->arg = arg;
	t->where = xasprintf("%s:%u", host, port);
	snprintf(service, sizeof(service), "%u", port);
	uv_tcp_init(loop, &t->tcp);
	uv_timer_init(loop, &t->timer);
	t->tcp.data = t->timer.data = t->look_up.data = t->connect.data = t;
	t->in_use = 2;
	t->error = uv_getaddrinfo(loop, &t->look_up, on_found, host, service, &hints);
	t->in_use += t->error == 0;
	uv_timer_start(&t->timer, on_timer, t->error < 0 ? 0 : (uint64_t)timeout_ms, 0);
	return t;
}
