/* Sessions on a connection of the kubelet port that is upgraded to SPDY/3.1, and what all sessions have in common. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/kubelet_inner.h"

#define PROTOCOL_HEADER "X-Stream-Protocol-Version"

/* ---- bytes ---- */

static const char *session_pending(const struct kubelet_exchange *x, size_t *ret_n)
{
	return x->remote ? remote_spdy_pending(x->remote, ret_n) : forward_spdy_pending(x->forward, ret_n);
}

static bool session_finished(const struct kubelet_exchange *x)
{
	return x->remote ? remote_spdy_finished(x->remote) : forward_spdy_finished(x->forward);
}

static void flush(struct kubelet_exchange *x)
{
	size_t n;
	const char *bytes = session_pending(x, &n);
	size_t busy = tls_conn_pending(x->conn);
	size_t room = busy < UPGRADE_SENDING_MAX ? UPGRADE_SENDING_MAX - busy : 0;
	size_t part = n < room ? n : room;
	if (part) {
		tls_conn_send(x->conn, bytes, part);
		if (x->remote) {
			remote_spdy_sent(x->remote, part);
		} else {
			forward_spdy_sent(x->forward, part);
		}
	}
	session_pending(x, &n);
	if (session_finished(x) && !n && x->state == EXCHANGE_UPGRADED) {
		exchange_over(x);
	}
}

void upgrade_flush(struct kubelet_exchange *x)
{
	if (!x->socket) {
		flush(x);
	} else if (tls_conn_pending(x->conn) < UPGRADE_SENDING_MAX) {
		web_socket_go_on(x->socket);
	}
}

void upgrade_wake(void *arg)
{
	struct kubelet_exchange *x = arg;
	if (x->state != EXCHANGE_UPGRADED) {
		return;
	}
	if (x->socket) {
		web_socket_wake(x->socket);
	} else {
		flush(x);
	}
}

void upgrade_hold_input(void *arg, bool hold)
{
	struct kubelet_exchange *x = arg;
	if (x->state != EXCHANGE_UPGRADED) {
		return;
	}
	if (x->socket) {
		web_socket_hold(x->socket, hold);
	} else {
		tls_conn_hold(x->conn, hold);
	}
}

static void feed(struct kubelet_exchange *x, const char *bytes, size_t n)
{
	struct err e = {0};
	int r = x->remote ? remote_spdy_feed(x->remote, bytes, n, &e) : forward_spdy_feed(x->forward, bytes, n, &e);
	if (x->state != EXCHANGE_UPGRADED) {
		return;
	}
	if (x->remote && remote_started(remote_spdy_remote(x->remote))) {
		tls_conn_deadline(x->conn, 0);
	}
	flush(x);
	if (r < 0 && x->state == EXCHANGE_UPGRADED) {
		exchange_over(x); /* it broke the protocol: what was said is sent */
		upgrade_done(x);
	}
}

void upgrade_data(struct kubelet_exchange *x, const char *bytes, size_t n)
{
	if (x->socket) {
		web_socket_feed(x->socket, bytes, n);
	} else {
		feed(x, bytes, n);
	}
}

void upgrade_session_done(struct kubelet_exchange *x)
{
	void (*on_over)(void *arg) = x->on_over;
	remote_spdy_free(x->remote);
	remote_ws_free(x->messages);
	forward_spdy_free(x->forward);
	forward_ws_free(x->ports);
	x->remote = NULL;
	x->messages = NULL;
	x->forward = NULL;
	x->ports = NULL;
	x->on_over = NULL;
	buf_done(&x->message);
	if (on_over) {
		on_over(x->over_arg);
	}
}

void upgrade_done(struct kubelet_exchange *x)
{
	struct web_socket *socket = x->socket;
	x->socket = NULL;
	web_socket_free(socket);
	upgrade_session_done(x);
}

/* ---- the handshake ---- */

static bool is_upgrade(const struct kubelet_exchange *x)
{
	return http_head_has_word(&x->head, "Connection", "upgrade") &&
	       http_head_has_word(&x->head, "Upgrade", "SPDY/3.1");
}

/* The first of the client's protocols, in its order, that is spoken over SPDY. */
static const char *choose(const struct kubelet_exchange *x, bool (*known)(const char *protocol))
{
	for (size_t i = 0; i < x->head.n_headers; i++) {
		const struct http_request_header *h = &x->head.headers[i];
		if (strcasecmp(h->name, PROTOCOL_HEADER) == 0 && known(h->value)) {
			return h->value;
		}
	}
	return NULL;
}

static bool known_remote(const char *protocol)
{
	int version = remote_version(protocol);
	return version >= 1 && version <= 4;
}

static bool known_forward(const char *protocol)
{
	return strcmp(protocol, FORWARD_PROTOCOL) == 0;
}

static void refuse_protocols(struct kubelet_exchange *x, const char *accepted)
{
	CLEANUP_FREE char *headers = xasprintf("%sContent-Length: 0\r\nConnection: close\r\n", accepted);
	exchange_say(x, 403, headers, NULL, 0);
	exchange_over(x);
}

/* The protocol that was agreed upon, or NULL and a refusal was sent. */
static const char *agree(struct kubelet_exchange *x, bool (*known)(const char *protocol), const char *accepted)
{
	if (!is_upgrade(x)) {
		kubelet_exchange_refuse(x, 400,
					"unable to upgrade: missing upgrade headers in request: SPDY/3.1 and "
					"WebSockets are spoken here");
		return NULL;
	}
	if (x->in.len) {
		kubelet_exchange_refuse(x, 400, UPGRADE_TOO_EARLY);
		return NULL;
	}
	if (!http_head_get(&x->head, PROTOCOL_HEADER)) {
		CLEANUP_FREE char *sentence = xasprintf("unable to upgrade: header " PROTOCOL_HEADER
							" does not exist in request with %zu headers",
							x->head.n_headers);
		kubelet_exchange_refuse(x, 400, sentence);
		return NULL;
	}
	const char *protocol = choose(x, known);
	if (!protocol) {
		refuse_protocols(x, accepted);
		return NULL;
	}
	CLEANUP_FREE char *headers =
	    xasprintf("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" PROTOCOL_HEADER ": %s\r\n", protocol);
	exchange_say(x, 101, headers, NULL, 0);
	x->state = EXCHANGE_UPGRADED;
	tls_conn_idle_timeout(x->conn, KUBELET_IDLE_TIMEOUT_MS);
	return protocol;
}

struct remote_wish upgrade_wish(const struct kubelet_exchange *x, int version)
{
	return (struct remote_wish){
	    .input = x->request.input,
	    .output = x->request.output,
	    .error = x->request.error,
	    .tty = x->request.tty,
	    .version = version,
	};
}

struct remote *kubelet_exchange_remote(struct kubelet_exchange *x, const struct remote_process *process,
				       void *process_arg)
{
	static const struct remote_spdy_owner owner = {upgrade_wake, upgrade_hold_input};
	static const char accepted[] = "X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"
				       "X-Accepted-Stream-Protocol-Versions: v3.channel.k8s.io\r\n"
				       "X-Accepted-Stream-Protocol-Versions: v2.channel.k8s.io\r\n"
				       "X-Accepted-Stream-Protocol-Versions: channel.k8s.io\r\n";
	if (websocket_wanted(x)) {
		return websocket_remote(x, process, process_arg);
	}
	const char *protocol = agree(x, known_remote, accepted);
	if (!protocol) {
		return NULL;
	}
	struct remote_wish wish = upgrade_wish(x, remote_version(protocol));
	x->remote = remote_spdy_new(&wish, process, process_arg, &owner, x);
	tls_conn_deadline(x->conn, REMOTE_START_TIMEOUT_MS);
	return remote_spdy_remote(x->remote);
}

const struct forward_owner upgrade_forward_owner = {upgrade_wake, upgrade_hold_input};

static bool spdy_forward(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg)
{
	if (!agree(x, known_forward, "X-Accepted-Stream-Protocol-Versions: " FORWARD_PROTOCOL "\r\n")) {
		return false;
	}
	x->forward = forward_spdy_new(dialer, dialer_arg, &upgrade_forward_owner, x);
	return true;
}

bool kubelet_exchange_forward(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg,
			      void (*on_over)(void *dialer_arg))
{
	bool agreed =
	    websocket_wanted(x) ? websocket_forward(x, dialer, dialer_arg) : spdy_forward(x, dialer, dialer_arg);
	if (agreed) {
		x->on_over = on_over;
		x->over_arg = dialer_arg;
	}
	return agreed;
}
