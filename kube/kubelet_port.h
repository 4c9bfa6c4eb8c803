/* The kubelet port: HTTPS for all our nodes, as API servers, metrics-server and kubectl through them ask it.
 *
 * Each connection is one request: head within a deadline, who asks and whether they may (kubelet_auth.h), then an
 * answer or an upgrade, then both sides close. Nothing reaches the owner that is not authenticated and authorised.
 *
 * Owner and exchange: on_request hands one over; the owner answers it at once or later, until on_gone. After an answer
 * was ended, or an upgrade taken, the exchange is not the owner's any more.
 */
#ifndef KUBE_KUBELET_PORT_H
#define KUBE_KUBELET_PORT_H

#include "base/tls_server.h"
#include "kube/forward_spdy.h"
#include "kube/kubelet_auth.h"
#include "kube/kubelet_request.h"
#include "kube/remote.h"

#define KUBELET_HEAD_TIMEOUT_MS 10000
#define KUBELET_IDLE_TIMEOUT_MS (4 * 3600 * 1000) /* of exec, attach and port-forward, as a kubelet's */
#define KUBELET_ANSWER_TIMEOUT_MS 60000		  /* a client that does not read an answer */
#define KUBELET_PENDING_HIGH ((size_t)256 << 10)  /* of a long answer: ask kubelet_exchange_pending before more */

struct kubelet_exchange;

struct kubelet_port_handlers {
	/* Whose node is it about? NULL: of all. uri: X-Forwarded-Uri of a proxied request, or NULL; host: of the
	 * request. */
	const char *(*node_of)(void *arg, const struct kubelet_request *request, const char *host, const char *uri);
	void (*on_request)(void *arg, struct kubelet_exchange *x);
	void (*on_sent)(struct kubelet_exchange *x); /* of a long answer: some has left */
	void (*on_gone)(struct kubelet_exchange *x); /* the client is gone; not after the end of an answer */
	/* For log and metrics: each request once it has its first answer. status 101: an upgrade. user NULL: nobody. */
	void (*told)(void *arg, const char *method, const char *path, int status, const char *user);
};

struct kubelet_port;

/* Listens when this returns, and refuses everybody until kubelet_port_identity. Borrows auth and handlers. */
struct kubelet_port *kubelet_port_new(uv_loop_t *loop, const char *host, uint16_t port, struct kubelet_auth *auth,
				      const struct kubelet_port_handlers *handlers, void *arg, struct err *e);
/* Everything is closed; on_gone is called for what the owner still has. NULL-safe. */
void kubelet_port_free(struct kubelet_port *port);
uint16_t kubelet_port_number(const struct kubelet_port *port);
/* PEM; may be changed while it runs. client_ca NULL: only tokens count. */
int kubelet_port_identity(struct kubelet_port *port, const char *certificate, const char *key, const char *client_ca,
			  struct err *e);

const struct kubelet_request *kubelet_exchange_request(const struct kubelet_exchange *x);
const char *kubelet_exchange_node(const struct kubelet_exchange *x); /* as node_of said; NULL: all */
void kubelet_exchange_set_data(struct kubelet_exchange *x, void *data);
void *kubelet_exchange_data(const struct kubelet_exchange *x);

/* A whole answer: that was all. */
void kubelet_exchange_answer(struct kubelet_exchange *x, int status, const char *type, const void *body, size_t n);
/* As the kubelet words its refusals: text, one sentence; to who asked for an upgrade it is the message of a Status. */
void kubelet_exchange_refuse(struct kubelet_exchange *x, int status, const char *sentence);

/* A long answer, 200. */
void kubelet_exchange_begin(struct kubelet_exchange *x, const char *type);
void kubelet_exchange_write(struct kubelet_exchange *x, const void *bytes, size_t n);
size_t kubelet_exchange_pending(const struct kubelet_exchange *x);
void kubelet_exchange_end(struct kubelet_exchange *x);
/* It broke: the client sees that the answer is not whole. */
void kubelet_exchange_cut(struct kubelet_exchange *x);

/* exec and attach: answers 101 and hands the client's streams to the process; the returned remote is spoken to until it
 * is over or cancelled. NULL: the request is no upgrade that is spoken here, which was answered. */
struct remote *kubelet_exchange_remote(struct kubelet_exchange *x, const struct remote_process *process,
				       void *process_arg);
/* port-forward: the same with a dialer. False: answered with a refusal. `dialer_arg` must outlive the session, which
 * ends with on_over. */
bool kubelet_exchange_forward(struct kubelet_exchange *x, const struct forward_dialer *dialer, void *dialer_arg,
			      void (*on_over)(void *dialer_arg));

#endif
