/* What the API server asks of a kubelet, and what it makes of the answer: pure; whoever has sockets carries it there.
 *
 * The verbs log, exec, attach and portforward of pods, and proxy of nodes, end in a call to the kubelet of the node:
 * where to, and every byte of the request. The server's own refusals never get that far. Wordings and bytes follow
 * recorded sessions of kube-apiserver 1.36 (pkg/registry/core/pod, apimachinery/pkg/util/proxy).
 */
#ifndef SANDBOX_KUBE_KUBELET_H
#define SANDBOX_KUBE_KUBELET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sandbox/http.h"

#define KUBELET_PORT_DEFAULT 10250
#define KUBELET_ERROR_MAX 50000 /* bytes of a refusal that are read */

enum kubelet_errand {
	KUBELET_LOG,	 /* the body is the answer, as text/plain; refusals become a Status */
	KUBELET_UPGRADE, /* 101, or a refusal that is passed on */
	KUBELET_PROXY,	 /* whatever is answered is passed on */
};

/* Of an upgrade: what the client speaks, and the kubelet does not (translation.h). */
enum kubelet_front {
	KUBELET_AS_IT_IS, /* both speak the same */
	KUBELET_STREAMS,  /* a WebSocket of v5.channel.k8s.io, and SPDY/3.1 with v4.channel.k8s.io; the client is told
			     101  before the kubelet is asked */
	KUBELET_TUNNEL,	  /* a WebSocket that carries SPDY/3.1, and that */
};

/* Texts are owned. */
struct kubelet_call {
	enum kubelet_errand errand;
	enum kubelet_front front;
	char *websocket_key; /* the client's, when `front` is another than as it is */
	struct {
		bool in, out, err, tty;
	} streams;  /* that were asked for, of KUBELET_STREAMS */
	char *host; /* a name or an address, without brackets */
	uint16_t port;
	char *method, *url; /* "https://HOST:PORT/PATH?QUERY", for messages */
	char *name;	    /* of the pod or node */
	bool trusts_any;    /* the client asked that the kubelet's certificate is not verified */
	struct buf request; /* head and body */
};

void kubelet_call_free(struct kubelet_call *call); /* NULL-safe */

/* Whoever carries calls (apiserver_config.kubelet). Takes the call; answers `res`, at once or later. */
typedef void (*kubelet_carrier)(void *arg, struct kubelet_call *call, struct sandbox_response *res);

/* The answer to the client when the kubelet could not be asked; `why` as Go says it: "dial tcp 127.0.0.1:10250:
 * connect: connection refused". `dialling`: no connection was made. */
void kubelet_unreachable(const struct kubelet_call *call, const char *why, bool dialling, struct sandbox_response *res);
/* Is this status one that the client gets no body from? Redirects and, of a log, everything but 200 to 206. */
bool kubelet_refuses(const struct kubelet_call *call, int status);
/* The answer to the client for such a status; `location` is that header's, or NULL. */
void kubelet_refused(const struct kubelet_call *call, int status, const char *body, size_t n, const char *location,
		     struct sandbox_response *res);

/* Of KUBELET_STREAMS, a Status as text, for the client's error channel; free(). What the kubelet said on its error
 * stream, "" included; that it could not be asked; that it answered something else than 101. */
char *kubelet_streams_status(const char *said);
char *kubelet_streams_unreachable(const struct kubelet_call *call, const char *why);
char *kubelet_streams_refused(const struct kubelet_call *call, int status, const char *body, size_t n,
			      const char *location);
/* "v4.channel.k8s.io" or whatever the kubelet chose; NULL: a good choice. */
char *kubelet_streams_protocol(const char *chosen);

#endif
