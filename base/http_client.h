/* An HTTP/1.1 client on a libuv loop: many calls at once, nothing blocks.
 *
 * One call is one request and one answer. Redirects, statuses and bodies are the caller's to judge: a call fails only
 * when no whole answer came. No handler ever runs from within http_call_start, http_call_cancel or http_client_free;
 * from within a handler all three may be called, for any call. Proxies in the environment are ignored.
 *
 * A kept-alive connection that the peer had already closed is replaced once by a new one, so a request may be sent
 * again when the peer closed before it answered a single byte.
 *
 * Life cycle: http_client_free cancels what is in flight; its memory goes when the loop has run its closing handles, so
 * run the loop once more (uv_run until it returns 0) before closing it. The client sets SIGPIPE to be ignored, since
 * TLS writes would raise it.
 */
#ifndef BASE_HTTP_CLIENT_H
#define BASE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

#define HTTP_CONNECTIONS_PER_HOST 64	 /* further calls wait for one to become free */
#define HTTP_CONNECTIONS_KEPT_MAX 64	 /* that nobody uses, of all hosts */
#define HTTP_HEAD_MAX ((size_t)64 << 10) /* bytes of status line and headers */
#define HTTP_BODY_MAX ((size_t)16 << 20) /* collected bodies, unless the spec says otherwise */
#define HTTP_REFUSAL_MAX                                                                                               \
	((size_t)64 << 10) /* kept of a streamed call's body when its status is not 2xx; the rest is dropped */
#define HTTP_UPLOAD_MAX ((size_t)4 << 20) /* of a streamed request, not yet taken by the network */
#define HTTP_CONNECT_TIMEOUT_MS 10000
#define HTTP_RETRY_AFTER_MAX_S 3600
#define HTTP_CONNECTION_LIFETIME_S 600 /* a kept connection is not used again after that; certificates change */

struct http_limits { /* 0: the default above */
	size_t connections_per_host;
	size_t head_max;
};

struct http_header {
	const char *name, *value;
};

/* All optional. PEM text wins over a file. Without a CA the system's store is used. */
struct http_tls {
	const char *ca_pem, *ca_file;
	const char *cert_pem, *cert_file; /* client certificate, chain allowed */
	const char *key_pem, *key_file;
	const char *server_name; /* expected in the certificate instead of the URL's host */
	bool insecure;		 /* verify nothing */
};

/* Everything is copied by http_call_start. */
struct http_spec {
	const char *method; /* NULL: GET */
	const char *url;    /* http:// or https://; credentials in it are refused */
	const struct http_header *headers;
	size_t n_headers;
	const void *body;
	size_t body_len;
	bool upload;		    /* the body is streamed, chunked, with http_call_send; method POST */
	int64_t connect_timeout_ms; /* 0: HTTP_CONNECT_TIMEOUT_MS; name look-up and TLS included */
	int64_t head_timeout_ms;    /* from the start until the answer's head is there; 0: none */
	int64_t timeout_ms;	    /* from the start to the end, waiting for a connection included; 0: none */
	int64_t idle_timeout_ms;    /* no byte of the answer for so long; 0: none */
	bool fresh;		    /* on a connection of its own, which is closed after it */
	bool http2;	 /* from its first byte; trailers of the answer are among the headers that on_done is told */
	size_t max_body; /* of a collected body; 0: HTTP_BODY_MAX */
	struct http_tls tls;
	const char *user, *password; /* basic authentication when user is set */
	/* Asked when a connection is there and the request is about to leave on it, each time that it does, however
	 * long it waited: on a no it does not, and the call fails with ERR_DENIED. Must not call the client. NULL:
	 * always. */
	bool (*may_send)(void *arg);
	void *may_send_arg;
};

struct http_head {
	int status; /* 0: no answer */
	const struct http_header *headers;
	size_t n_headers;
};

struct http_result {
	struct err err; /* ERR_NONE: a whole answer came, whatever its status; ERR_MEMORY: there was none for it */
	struct http_head head;
	const char *body; /* never NULL, NUL after it; empty when it was streamed */
	size_t body_len;
};

/* All arguments live for the call of the handler only. */
struct http_handlers {
	/* The final status (1xx are skipped) and headers; optional. */
	void (*on_head)(void *arg, const struct http_head *head);
	/* The body of a 2xx answer as it comes, any split; optional: without it, and for other statuses, it is
	 * collected. */
	void (*on_data)(void *arg, const char *bytes, size_t n);
	/* Exactly once unless cancelled; the call is gone when it returns. */
	void (*on_done)(void *arg, const struct http_result *result);
	/* Something of a streamed request was taken: look at http_call_unsent; optional. */
	void (*on_sent)(void *arg);
};

struct http_client;
struct http_call;

/* `limits` may be NULL. NULL only when libcurl cannot start. */
struct http_client *http_client_new(uv_loop_t *loop, const struct http_limits *limits, struct err *e);
void http_client_free(struct http_client *client);
uv_loop_t *http_client_loop(const struct http_client *client);

/* NULL when the spec itself is wrong (URL, method, header with a line break); then no handler is ever called. */
struct http_call *http_call_start(struct http_client *client, const struct http_spec *spec,
				  const struct http_handlers *handlers, void *arg, struct err *e);
/* No handler of this call runs any more. NULL-safe. */
void http_call_cancel(struct http_call *call);

/* More of a streamed request. -1: HTTP_UPLOAD_MAX would be passed, nothing is taken. May be called from handlers. */
int http_call_send(struct http_call *call, const void *bytes, size_t n);
/* The streamed request is whole. */
void http_call_send_end(struct http_call *call);
size_t http_call_unsent(const struct http_call *call);
/* The same, and the call is left to itself: no handler of it runs any more, whatever is answered is dropped, and it is
 * cut when it is not over within so many milliseconds. */
void http_call_leave(struct http_call *call, int64_t within_ms);
/* Hand over nothing more of the answer until released; the peer has to wait then, and no time-out runs for its silence.
 * on_data may be called once more, with what is on its way. May be called from handlers. */
void http_call_hold(struct http_call *call, bool hold);

/* Where a redirect from `url` leads, if that is the same host; free() it. NULL: elsewhere, or nowhere. */
char *http_redirect(const char *url, const char *location);

/* The first header of that name, any case; NULL when there is none. */
const char *http_header(const struct http_head *head, const char *name);
/* Retry-After in milliseconds (delta seconds only, at most an hour); 0 when there is none. */
int64_t http_retry_after_ms(const struct http_head *head);

#endif
