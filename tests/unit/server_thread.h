/* A tiny_server on a thread of its own, for tests that must not share memory, time or a loop with the other end. Its
 * handler runs there. */
#ifndef TESTS_SERVER_THREAD_H
#define TESTS_SERVER_THREAD_H

#include "tests/unit/tiny_server.h"

struct server_thread {
	struct tiny_server server; /* `port` may be read */
	uv_thread_t thread;
	uv_loop_t loop;
	uv_async_t stop;
	uv_sem_t ready;
	void (*on_request)(struct tiny_conn *conn, const struct tiny_request *request);
	void *arg;
};

static inline void server_thread_end(uv_async_t *stop)
{
	struct server_thread *t = stop->data;
	tiny_stop(&t->server);
	uv_close((uv_handle_t *)stop, NULL);
}

static inline void server_thread_run(void *arg)
{
	struct server_thread *t = arg;
	uv_loop_init(&t->loop);
	tiny_start(&t->server, &t->loop, NULL, t->on_request, t->arg);
	uv_async_init(&t->loop, &t->stop, server_thread_end);
	t->stop.data = t;
	uv_sem_post(&t->ready);
	uv_run(&t->loop, UV_RUN_DEFAULT);
	uv_loop_close(&t->loop);
}

static inline void server_thread_start(struct server_thread *t,
				       void (*on_request)(struct tiny_conn *conn, const struct tiny_request *request),
				       void *arg)
{
	*t = (struct server_thread){.on_request = on_request, .arg = arg};
	uv_sem_init(&t->ready, 0);
	uv_thread_create(&t->thread, server_thread_run, t);
	uv_sem_wait(&t->ready);
}

static inline void server_thread_stop(struct server_thread *t)
{
	uv_async_send(&t->stop);
	uv_thread_join(&t->thread);
	uv_sem_destroy(&t->ready);
}

#endif
