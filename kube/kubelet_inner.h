/* What kube/kubelet_port.c (connections, requests, answers), kube/kubelet_upgrade.c (sessions over SPDY) and
 * kube/kubelet_websocket.c (sessions over WebSockets) share; for nobody else.
 */
#ifndef KUBE_KUBELET_INNER_H
#define KUBE_KUBELET_INNER_H

#include "base/buf.h"
#include "base/http_head.h"
#include "base/list.h"
#include "base/web_socket.h"
#include "kube/forward_ws.h"
#include "kube/kubelet_port.h"
#include "kube/remote_spdy.h"
#include "kube/remote_ws.h"

#define UPGRADE_SENDING_MAX ((size_t)64 << 10) /* of a session, given to the network at a time; the rest waits */
#define UPGRADE_TOO_EARLY "unable to upgrade: bytes before the upgrade was answered"

struct kubelet_port {
	struct tls_server *tls;
	struct kubelet_auth *auth;
	const struct kubelet_port_handlers *handlers;
	void *arg;
	struct list exchanges;
	struct web_sockets *sockets;
};

enum exchange_state {
	EXCHANGE_HEAD,	   /* the request is coming */
	EXCHANGE_CHECK,	   /* may they? */
	EXCHANGE_OWNED,	   /* the owner has it */
	EXCHANGE_STREAMS,  /* … and has begun a long answer */
	EXCHANGE_UPGRADED, /* a session goes on */
	EXCHANGE_OVER,	   /* what is left is being sent */
};

struct kubelet_exchange {
	struct list link;
	struct kubelet_port *port;
	struct tls_conn *conn;
	enum exchange_state state;
	struct buf in; /* the head, and what came with it */
	struct http_request_head head;
	struct kubelet_request request;
	char *node, *user;
	struct kubelet_check *check;
	void *data;
	/* A session: one of these four, and with a WebSocket below it unless it is `remote`, or `forward` without. */
	struct remote_spdy *remote;
	struct remote_ws *messages;
	struct forward_spdy *forward;
	struct forward_ws *ports;
	struct web_socket *socket;
	struct buf message; /* of the WebSocket: what has come of it */
	bool text;	    /* messages of ours are text */
	void (*on_over)(void *arg);
	void *over_arg;
};

/* The head of an answer and its body, when it has one of known length. */
void exchange_say(struct kubelet_exchange *x, int status, const char *headers, const void *body, size_t n);

/* For log and metrics. */
void exchange_told(struct kubelet_exchange *x, int status);

/* What is pending is sent, then the connection closes. */
void exchange_over(struct kubelet_exchange *x);

/* kubelet_upgrade.c */
void upgrade_data(struct kubelet_exchange *x, const char *bytes, size_t n);
void upgrade_flush(struct kubelet_exchange *x);
void upgrade_session_done(struct kubelet_exchange *x); /* it is over; a WebSocket still says why */
void upgrade_done(struct kubelet_exchange *x);
/* Owner's functions of every kind of session. */
extern const struct forward_owner upgrade_forward_owner;
void upgrade_wake(void *arg);
void upgrade_hold_input(void *arg, bool hold);
struct remote_wish upgrade_wish(const struct kubelet_exchange *x, int version);

/* kubelet_websocket.c */
bool websocket_wanted(const struct kubelet_exchange *x);
struct remote *websocket_remote(struct kubelet_exchange *x, const struct remote_process *process, void *process_arg);
/* port-forward over a WebSocket, as a SPDY session in a tunnel or in its old form. False: a refusal was sent. */
bool websocket_forward(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg);

#endif
