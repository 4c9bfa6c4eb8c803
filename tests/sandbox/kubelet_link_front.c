/* Clients that speak WebSocket where the kubelet speaks SPDY. */
#include <stdlib.h>

#include "base/mem.h"
#include "tests/sandbox/kubelet_link_inner.h"
#include "tests/sandbox/websocket.h"

static void on_ready(struct sandbox_later *later)
{
	kubelet_link_client_run(later->model);
}

void kubelet_link_answer_websocket(struct kubelet_link *l, const char *protocol)
{
	struct sandbox_response res;
	char CLEANUP_FREE *accept = websocket_accept(l->call->websocket_key);
	sandbox_response_init(&res);
	res.status = 101;
	sandbox_response_header(&res, "Upgrade", "websocket");
	sandbox_response_header(&res, "Connection", "Upgrade");
	sandbox_response_header(&res, "Sec-WebSocket-Accept", accept);
	sandbox_response_header(&res, "Sec-WebSocket-Protocol", protocol);
	l->translation = translation_new(l->call, &l->to_client, &l->to_kubelet);
	l->switched = true;
	l->later->ready = on_ready;
	sandbox_later_answer(l->later, &res);
	sandbox_later_await(l->later, true, true);
	sandbox_response_done(&res);
}

void kubelet_link_last_words(struct kubelet_link *l, char *status)
{
	l->kubelet_closed = l->kubelet_deaf = true;
	translation_fail(l->translation, status);
	kubelet_link_tunnel_begin(l);
	kubelet_link_tunnel_run(l);
}
