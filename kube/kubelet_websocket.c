/* Sessions on a connection of the kubelet port that is upgraded to a WebSocket: exec and attach as messages, and
 * port-forward as a SPDY session whose bytes are the payloads of the messages, or as messages too. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/kubelet_inner.h"

#define TUNNEL_PROTOCOL "SPDY/3.1+" FORWARD_PROTOCOL
#define MESSAGE_PART ((size_t)32 << 10)	  /* of a long message; it is handed on in parts */
#define TUNNEL_MESSAGE ((size_t)16 << 10) /* of a tunnel's bytes in a message of ours */

/* ---- bytes ---- */

static bool on_out(void *arg, const char *bytes, size_t n)
{
	struct kubelet_exchange *x = arg;
	tls_conn_send(x->conn, bytes, n);
	return tls_conn_pending(x->conn) < UPGRADE_SENDING_MAX;
}

static void on_hold(void *arg, bool hold)
{
	struct kubelet_exchange *x = arg;
	tls_conn_hold(x->conn, hold);
}

static void on_over(void *arg)
{
	struct kubelet_exchange *x = arg;
	exchange_over(x);
	upgrade_done(x);
}

/* ---- messages ---- */

static void on_open(void *arg)
{
	struct kubelet_exchange *x = arg;
	tls_conn_deadline(x->conn, 0);
	if (x->messages) {
		remote_ws_start(x->messages);
	} else if (x->ports) {
		forward_ws_start(x->ports);
	}
}

static const char *on_next(void *arg, size_t *ret_n, bool *ret_text)
{
	struct kubelet_exchange *x = arg;
	*ret_text = x->text;
	if (x->messages) {
		return remote_ws_next(x->messages, ret_n);
	}
	if (x->ports) {
		return forward_ws_next(x->ports, ret_n);
	}
	const char *bytes = x->forward ? forward_spdy_pending(x->forward, ret_n) : NULL;
	if (!bytes || !*ret_n) {
		return NULL;
	}
	*ret_n = *ret_n < TUNNEL_MESSAGE ? *ret_n : TUNNEL_MESSAGE;
	return bytes;
}

static void on_sent(void *arg, size_t n)
{
	struct kubelet_exchange *x = arg;
	if (x->messages) {
		remote_ws_sent(x->messages);
	} else if (x->ports) {
		forward_ws_sent(x->ports);
	} else {
		forward_spdy_sent(x->forward, n);
	}
}

static bool on_finished(void *arg)
{
	struct kubelet_exchange *x = arg;
	if (x->messages) {
		return remote_ws_finished(x->messages);
	}
	if (x->ports) {
		return forward_ws_finished(x->ports);
	}
	return !x->forward || forward_spdy_finished(x->forward);
}

static int give_message(struct kubelet_exchange *x)
{
	struct err e = {0};
	int r = x->messages ? remote_ws_message(x->messages, x->message.data, x->message.len, &e)
			    : forward_ws_message(x->ports, x->message.data, x->message.len, &e);
	return r < 0 ? WEB_SOCKET_PROTOCOL_ERROR : 0;
}

/* A long message says the same as several of its channel; base64 must be there whole. */
static int take_message(struct kubelet_exchange *x, const char *bytes, size_t n, bool last)
{
	if (buf_append(&x->message, bytes, n) < 0) {
		return WEB_SOCKET_TOO_BIG;
	}
	if (!last && (x->text || x->message.len < MESSAGE_PART)) {
		return 0;
	}
	char channel = buf_str(&x->message)[0];
	int why = give_message(x);
	if (last) {
		buf_done(&x->message);
	} else {
		buf_clear(&x->message);
		buf_putc(&x->message, channel);
	}
	return why;
}

static int take_tunnel(struct kubelet_exchange *x, const char *bytes, size_t n)
{
	struct err e = {0};
	return forward_spdy_feed(x->forward, bytes, n, &e) < 0 ? WEB_SOCKET_PROTOCOL_ERROR : 0;
}

/* Whoever breaks the protocol hears so, and the process hears at once that the client is gone. */
static int on_receive(void *arg, const char *bytes, size_t n, bool last)
{
	struct kubelet_exchange *x = arg;
	if (!x->messages && !x->ports && !x->forward) {
		return 0;
	}
	int why = x->forward ? take_tunnel(x, bytes, n) : take_message(x, bytes, n, last);
	if (why) {
		upgrade_session_done(x);
	} else {
		web_socket_wake(x->socket);
	}
	return why;
}

static const struct web_socket_owner socket_owner = {on_out,  on_hold, on_over,	    on_open,
						     on_next, on_sent, on_finished, on_receive};

/* ---- the handshake ---- */

bool websocket_wanted(const struct kubelet_exchange *x)
{
	return http_head_has_word(&x->head, "Upgrade", "websocket");
}

/* All protocols that the client offers, in its order. */
static char *offers(const struct kubelet_exchange *x)
{
	CLEANUP_BUF struct buf all = BUF_INIT(HTTP_REQUEST_HEAD_MAX);
	for (size_t i = 0; i < x->head.n_headers; i++) {
		const struct http_request_header *h = &x->head.headers[i];
		if (strcasecmp(h->name, "Sec-WebSocket-Protocol") == 0) {
			buf_printf(&all, "%s%s", all.len ? "," : "", h->value);
		}
	}
	return xstrdup(buf_str(&all));
}

/* What is wrong with the request as an upgrade, or NULL. */
static const char *problem_of(const struct kubelet_exchange *x)
{
	const char *version = http_head_get(&x->head, "Sec-WebSocket-Version");
	const char *key = http_head_get(&x->head, "Sec-WebSocket-Key");
	if (!http_head_has_word(&x->head, "Connection", "upgrade") || x->head.version_1_0) {
		return "unable to upgrade: no Connection: Upgrade of HTTP/1.1";
	}
	if (!version || strcmp(version, "13") != 0) {
		return "unable to upgrade: Sec-WebSocket-Version is not 13";
	}
	if (!key || !web_socket_key_is_valid(key)) {
		return "unable to upgrade: Sec-WebSocket-Key is not 16 bytes in base64";
	}
	return x->in.len ? UPGRADE_TOO_EARLY : NULL;
}

static bool acceptable(struct kubelet_exchange *x)
{
	const char *problem = problem_of(x);
	if (problem) {
		kubelet_exchange_refuse(x, 400, problem);
	}
	return !problem;
}

static bool upgrade(struct kubelet_exchange *x, const char *protocol)
{
	struct err e = {0};
	const char *key = http_head_get(&x->head, "Sec-WebSocket-Key");
	x->socket = web_socket_new(x->port->sockets, key, protocol, &socket_owner, x, &e);
	if (!x->socket) {
		kubelet_exchange_refuse(x, 503, e.text);
		return false;
	}
	x->state = EXCHANGE_UPGRADED;
	buf_init(&x->message, REMOTE_WS_MESSAGE_MAX);
	tls_conn_idle_timeout(x->conn, KUBELET_IDLE_TIMEOUT_MS);
	tls_conn_deadline(x->conn, REMOTE_START_TIMEOUT_MS);
	exchange_told(x, 101);
	return true;
}

struct remote *websocket_remote(struct kubelet_exchange *x, const struct remote_process *process, void *process_arg)
{
	static const struct remote_ws_owner owner = {upgrade_wake, upgrade_hold_input};
	CLEANUP_FREE char *offered = offers(x);
	const struct ws_protocol *protocol = remote_ws_choose(offered);
	if (!acceptable(x)) {
		return NULL;
	}
	if (!protocol) {
		kubelet_exchange_refuse(x, 400,
					"unable to upgrade: none of the protocols in Sec-WebSocket-Protocol is "
					"spoken here: v5.channel.k8s.io, v4.channel.k8s.io, v4.base64.channel.k8s.io, "
					"channel.k8s.io, base64.channel.k8s.io");
		return NULL;
	}
	if (!upgrade(x, protocol->name)) {
		return NULL;
	}
	struct remote_wish wish = upgrade_wish(x, protocol->version);
	x->text = protocol->base64;
	x->messages = remote_ws_new(&wish, protocol, process, process_arg, &owner, x);
	return remote_ws_remote(x->messages);
}

static bool forward_in_messages(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg)
{
	CLEANUP_FREE char *offered = offers(x);
	const struct ws_protocol *protocol = forward_ws_choose(offered);
	if (!protocol) {
		kubelet_exchange_refuse(x, 400,
					"unable to upgrade: none of the protocols in Sec-WebSocket-Protocol forwards "
					"ports here: " TUNNEL_PROTOCOL ", v4.channel.k8s.io, v4.base64.channel.k8s.io");
		return false;
	}
	if (!x->request.n_ports) {
		kubelet_exchange_refuse(x, 400, "query parameter \"port\" is required");
		return false;
	}
	if (!upgrade(x, protocol->name)) {
		return false;
	}
	x->text = protocol->base64;
	x->ports = forward_ws_new(x->request.ports, x->request.n_ports, protocol, dialer, dialer_arg,
				  &upgrade_forward_owner, x);
	return true;
}

static bool forward_in_tunnel(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg)
{
	if (!upgrade(x, TUNNEL_PROTOCOL)) {
		return false;
	}
	x->forward = forward_spdy_new(dialer, dialer_arg, &upgrade_forward_owner, x);
	return true;
}

bool websocket_forward(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg)
{
	if (!acceptable(x)) {
		return false;
	}
	return http_head_has_word(&x->head, "Sec-WebSocket-Protocol", TUNNEL_PROTOCOL)
		   ? forward_in_tunnel(x, dialer, dialer_arg)
		   : forward_in_messages(x, dialer, dialer_arg);
}
