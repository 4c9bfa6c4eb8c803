/* A connection that became something else: bytes both ways, each direction held by the slower end; as they are, or
 * translated.
 *
 * As in the real API server, the end of one direction is the end of both, once what came before is delivered. Where it
 * translates, the last word is the client's, who closes when everything was said.
 */
#include "tests/sandbox/kubelet_link_inner.h"

static void on_ready(struct sandbox_later *later)
{
	kubelet_link_tunnel_run(later->model);
}

void kubelet_link_tunnel_begin(struct kubelet_link *l)
{
	l->state = LINK_TUNNEL;
	l->later->ready = on_ready;
	if (l->translation && !translation_over(l->translation)) {
		translation_begin(l->translation);
	}
}

/* The client */

/* -1: it is over. */
static int give_kubelet(struct kubelet_link *l, const char *bytes, size_t n)
{
	struct err e = {0};
	if (!l->translation) {
		return buf_append(&l->to_kubelet, bytes, n);
	}
	int r = translation_from_client(l->translation, bytes, n, &e);
	l->client_closed |= translation_left(l->translation);
	return r;
}

/* What the client sends before anything can be made of it waits; that it leaves is noticed. -1: it did. */
static int read_ahead(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	while (buf_fits(&l->early, sizeof(bytes))) {
		long n = sandbox_later_receive(l->later, bytes, sizeof(bytes));
		if (n <= 0) {
			return n == SANDBOX_AGAIN ? 0 : -1;
		}
		buf_append(&l->early, bytes, (size_t)n);
	}
	return 0;
}

static int take_early(struct kubelet_link *l)
{
	int r = give_kubelet(l, l->early.data, l->early.len);
	buf_clear(&l->early);
	return r < 0 ? -1 : 1;
}

/* -1: it is over. */
static int write_kubelet(struct kubelet_link *l)
{
	enum link_io io = l->kubelet_deaf ? LINK_IO_CLOSED : kubelet_link_write(l);
	if (io == LINK_IO_CLOSED || io == LINK_IO_FAILED) {
		l->kubelet_deaf = true;
		buf_clear(&l->to_kubelet);
		return l->translation ? 0 : -1; /* what it said before has to be understood to the end */
	}
	return 0;
}

/* From the client to the kubelet; 1: moved something, 0: nothing more for now, -1: it is over. */
static int move_up(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	if (write_kubelet(l) < 0) {
		return -1;
	}
	if (l->to_kubelet.len || l->client_closed) {
		return l->client_closed && l->to_kubelet.len == 0 ? -1 : 0;
	}
	if (l->translation && !translation_takes(l->translation)) {
		return read_ahead(l);
	}
	if (l->early.len) {
		return take_early(l);
	}
	long n = sandbox_later_receive(l->later, bytes, sizeof(bytes));
	if (n > 0) {
		return give_kubelet(l, bytes, (size_t)n) < 0 ? -1 : 1;
	}
	if (n == SANDBOX_AGAIN) {
		return 0;
	}
	l->client_closed = true;
	return 1;
}

/* -1: it is over. */
static int send_down(struct kubelet_link *l)
{
	while (l->to_client.len) {
		long n = sandbox_later_send(l->later, l->to_client.data, l->to_client.len);
		if (n < 0) {
			return n == SANDBOX_AGAIN ? 0 : -1;
		}
		buf_consume(&l->to_client, (size_t)n);
	}
	return 0;
}

void kubelet_link_client_run(struct kubelet_link *l)
{
	if (send_down(l) < 0 || read_ahead(l) < 0) {
		kubelet_link_end(l);
		return;
	}
	sandbox_later_await(l->later, buf_fits(&l->early, KUBELET_LINK_READ), l->to_client.len > 0);
}

/* The kubelet */

int kubelet_link_give_client(struct kubelet_link *l, const char *bytes, size_t n)
{
	struct err e = {0};
	return l->translation ? translation_from_kubelet(l->translation, bytes, n, &e)
			      : buf_append(&l->to_client, bytes, n);
}

/* Is there anything to expect of it? */
static bool kubelet_goes_on(const struct kubelet_link *l)
{
	return !l->kubelet_closed && !(l->translation && translation_over(l->translation));
}

/* From the kubelet to the client. */
static int move_down(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	size_t n;
	if (send_down(l) < 0 || (!l->translation && l->kubelet_closed && l->to_client.len == 0)) {
		return -1;
	}
	if (l->to_client.len || !kubelet_goes_on(l)) {
		return 0;
	}
	enum link_io io = kubelet_link_read(l, bytes, sizeof(bytes), &n);
	if (io == LINK_IO_AGAIN) {
		return 0;
	}
	if (io == LINK_IO_DONE) {
		return kubelet_link_give_client(l, bytes, n) < 0 ? -1 : 1;
	}
	l->kubelet_closed = true;
	return l->translation && translation_kubelet_closed(l->translation) < 0 ? -1 : 1;
}

/* Both */

static void end(struct kubelet_link *l)
{
	if (l->translation && !l->kubelet_deaf) {
		translation_cancel(l->translation);
		kubelet_link_write(l); /* what does not fit now is not missed: the connection closes */
	}
	kubelet_link_end(l);
}

void kubelet_link_tunnel_run(struct kubelet_link *l)
{
	int up, down;
	do {
		up = move_up(l);
		down = up < 0 ? -1 : move_down(l);
	} while (up > 0 || down > 0);
	if (up < 0 || down < 0) {
		end(l);
		return;
	}
	bool up_waits = l->to_kubelet.len > 0, down_waits = l->to_client.len > 0;
	if (l->poll) {
		kubelet_link_await(l, (down_waits || !kubelet_goes_on(l) ? 0 : UV_READABLE) |
					  (up_waits ? UV_WRITABLE : 0));
	}
	sandbox_later_await(l->later, !up_waits && !l->client_closed && buf_fits(&l->early, KUBELET_LINK_READ),
			    down_waits);
}
