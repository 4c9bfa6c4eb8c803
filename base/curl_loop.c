#include "base/curl_loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct curl_sock {
	uv_poll_t poll;
	struct curl_loop *loop;
	curl_socket_t fd;
};

static void handle_gone(struct curl_loop *l)
{
	if (--l->n_handles == 0 && l->closing) {
		free(l->socks);
		l->socks = NULL;
		l->on_closed(l);
	}
}

static void on_handle_closed(uv_handle_t *h)
{
	handle_gone(h->data);
}

static void on_sock_closed(uv_handle_t *h)
{
	struct curl_sock *s = h->data;
	struct curl_loop *l = s->loop;
	free(s);
	handle_gone(l);
}

static void on_idle(uv_idle_t *turn)
{
	struct curl_loop *l = turn->data;
	uv_idle_stop(turn);
	l->on_turn(l);
}

void curl_loop_schedule(struct curl_loop *l)
{
	if (!l->closing) {
		uv_idle_start(&l->turn, on_idle);
	}
}

static void act(struct curl_loop *l, curl_socket_t fd, int events)
{
	int running;
	curl_multi_socket_action(l->multi, fd, events, &running);
	curl_loop_schedule(l);
}

static void on_timer(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *l = arg;
	(void)multi;
	if (l->closing) {
		return 0;
	}
	if (timeout_ms < 0) {
		uv_timer_stop(&l->timer);
	} else {
		uv_update_time(l->uv);
		uv_timer_start(&l->timer, on_timer, (uint64_t)timeout_ms, 0);
	}
	return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct curl_sock *s = poll->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	act(s->loop, s->fd, flags);
}

static struct curl_sock *sock_of(struct curl_loop *l, curl_socket_t fd)
{
	return fd >= 0 && (size_t)fd < l->n_socks ? l->socks[fd] : NULL;
}

static struct curl_sock *sock_new(struct curl_loop *l, curl_socket_t fd)
{
	if ((size_t)fd >= l->n_socks) {
		size_t n = l->n_socks;
		l->socks = mem_grow(l->socks, &l->n_socks, (size_t)fd + 1, sizeof(*l->socks));
		for (; n < l->n_socks; n++) {
			l->socks[n] = NULL;
		}
	}
	struct curl_sock *s = xcalloc(1, sizeof(*s));
	s->loop = l;
	s->fd = fd;
	if (uv_poll_init_socket(l->uv, &s->poll, fd) < 0) {
		free(s);
		return NULL;
	}
	s->poll.data = s;
	l->n_handles++;
	l->socks[fd] = s;
	return s;
}

static void sock_forget(struct curl_loop *l, curl_socket_t fd)
{
	struct curl_sock *s = sock_of(l, fd);
	if (s) {
		l->socks[fd] = NULL;
		uv_close((uv_handle_t *)&s->poll, on_sock_closed);
	}
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct curl_loop *l = arg;
	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
		sock_forget(l, fd);
		return 0;
	}
	struct curl_sock *s = sock_of(l, fd);
	if (!s) {
		s = sock_new(l, fd);
	}
	/* An error here would end every transfer of the multi handle; one that cannot be polled runs into its time-out.
	 */
	if (s) {
		int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
		uv_poll_start(&s->poll, events, on_poll);
	}
	return 0;
}

static int close_socket(void *arg, curl_socket_t fd)
{
	sock_forget(arg, fd);
	return close(fd);
}

void curl_loop_prepare(struct curl_loop *l, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, l);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A cancelled look-up must not block the loop until the resolver's thread ends. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

int curl_loop_init(struct curl_loop *l, uv_loop_t *uv, void (*turn)(struct curl_loop *l),
		   void (*on_closed)(struct curl_loop *l), struct err *e)
{
	*l = (struct curl_loop){.uv = uv, .on_turn = turn, .on_closed = on_closed};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(l->multi = curl_multi_init())) {
		return err_set(e, ERR_IO, "libcurl does not start");
	}
	uv_timer_init(uv, &l->timer);
	uv_idle_init(uv, &l->turn);
	l->timer.data = l->turn.data = l;
	l->n_handles = 2;
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return 0;
}

void curl_loop_close(struct curl_loop *l)
{
	l->closing = true;
	curl_multi_cleanup(l->multi);
	for (size_t fd = 0; fd < l->n_socks; fd++) {
		sock_forget(l, (curl_socket_t)fd);
	}
	uv_close((uv_handle_t *)&l->timer, on_handle_closed);
	uv_close((uv_handle_t *)&l->turn, on_handle_closed);
	curl_global_cleanup();
}
