/* A connection that became something else: bytes both ways, each direction held by the slower end.
 *
 * As in the real API server, the end of one direction is the end of both, once what came before is delivered.
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
}

/* From the client to the kubelet; 1: moved something, 0: nothing more for now, -1: it is over. */
static int move_up(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	enum link_io io = kubelet_link_write(l);
	if (io == LINK_IO_CLOSED || io == LINK_IO_FAILED) {
		return -1;
	}
	if (l->to_kubelet.len || l->client_closed) {
		return l->client_closed && l->to_kubelet.len == 0 ? -1 : 0;
	}
	long n = sandbox_later_receive(l->later, bytes, sizeof(bytes));
	if (n > 0) {
		buf_append(&l->to_kubelet, bytes, (size_t)n);
		return 1;
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

/* From the kubelet to the client. */
static int move_down(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	size_t n;
	if (send_down(l) < 0 || (l->kubelet_closed && l->to_client.len == 0)) {
		return -1;
	}
	if (l->to_client.len || l->kubelet_closed) {
		return 0;
	}
	enum link_io io = kubelet_link_read(l, bytes, sizeof(bytes), &n);
	if (io == LINK_IO_AGAIN) {
		return 0;
	}
	if (io != LINK_IO_DONE) {
		l->kubelet_closed = true;
		return 1;
	}
	buf_append(&l->to_client, bytes, n);
	return 1;
}

void kubelet_link_tunnel_run(struct kubelet_link *l)
{
	int up, down;
	do {
		up = move_up(l);
		down = up < 0 ? -1 : move_down(l);
	} while (up > 0 || down > 0);
	if (up < 0 || down < 0) {
		kubelet_link_end(l);
		return;
	}
	bool up_waits = l->to_kubelet.len > 0, down_waits = l->to_client.len > 0;
	kubelet_link_await(l, (down_waits || l->kubelet_closed ? 0 : UV_READABLE) | (up_waits ? UV_WRITABLE : 0));
	sandbox_later_await(l->later, !up_waits && !l->client_closed, down_waits);
}
