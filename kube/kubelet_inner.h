/* What kube/kubelet_port.c (connections, requests, answers) and kube/kubelet_upgrade.c (sessions) share; for nobody
 * else.
 */
#ifndef KUBE_KUBELET_INNER_H
#define KUBE_KUBELET_INNER_H

#include "base/buf.h"
#include "base/http_head.h"
#include "base/list.h"
#include "kube/kubelet_port.h"
#include "kube/remote_spdy.h"

struct kubelet_port {
	struct tls_server *tls;
	struct kubelet_auth *auth;
	const struct kubelet_port_handlers *handlers;
	void *arg;
	struct list exchanges;
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
	struct remote_spdy *remote;
	struct forward_spdy *forward;
	void (*on_over)(void *arg);
	void *over_arg;
};

/* The head of an answer and its body, when it has one of known length. */
void exchange_say(struct kubelet_exchange *x, int status, const char *headers, const void *body, size_t n);

/* What is pending is sent, then the connection closes. */
void exchange_over(struct kubelet_exchange *x);

/* kubelet_upgrade.c */
void upgrade_data(struct kubelet_exchange *x, const char *bytes, size_t n);
void upgrade_flush(struct kubelet_exchange *x);
void upgrade_done(struct kubelet_exchange *x); /* the session is over */

#endif
