/* Calls to one API server: authentication, JSON answers, errors as sentences, bounded concurrency.
 *
 * Every call ends in exactly one on_done, never from within kube_call itself, unless it is cancelled. All that can go
 * wrong arrives there, a full queue included. Nothing is retried, with the exception below: 429 and 503 are ERR_BUSY
 * with retry_after_ms and the caller's to repeat.
 *
 * A 429 says that we ask too much, whoever it was told: no further call leaves before the time that it names (or
 * KUBE_QUIET_MS) and a little more by chance. Streams are apart, and so are urgent calls: these leave at once, whatever
 * else waits.
 *
 * Who we are and whom we trust may change: before a request the files that the configuration was read from are looked
 * at, at most once in KUBE_LOOK_MS, and when one is another one all are read again. A 401 or a failure of TLS looks at
 * once, and if that changed anything the request is sent again, once. Connections of before are not used for new
 * requests, and when CA, certificate or key changed, streams end as if the server had ended them. Files that cannot be
 * read, or do not go together yet, change nothing: what is in hand may still be good, and if not the server says so.
 *
 * Life cycle: the client borrows http client and config; free it before them. kube_client_free cancels what is in
 * flight.
 */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/http_client.h"
#include "kube/kubeconfig.h"

#define KUBE_CALLS_IN_FLIGHT 32		  /* streams do not count */
#define KUBE_CALLS_WAITING 10000	  /* more answer ERR_LIMIT */
#define KUBE_BODY_MAX ((size_t)16 << 20)  /* of one answer */
#define KUBE_TIMEOUT_MS 30000		  /* from being sent to the end of the answer */
#define KUBE_QUIET_MS 1000		  /* after a 429 that names no time */
#define KUBE_LOOK_MS 1000		  /* between two looks at the files of the configuration */
#define KUBE_STREAM_HEAD_TIMEOUT_MS 60000 /* a watch that is not answered at all */
#define KUBE_QUERY_MAX ((size_t)16 << 10)

struct kube_client;
struct kube_call;

/* Copied. */
struct kube_request {
	const char *method;	  /* NULL: GET */
	const char *path;	  /* "/api/v1/namespaces/default/pods/web-1"; escaped where needed */
	const char *query;	  /* without "?", escaped (kube_query_add); NULL: none */
	const char *content_type; /* NULL: application/json */
	const void *body;
	size_t body_len;
	bool only_refusals;	 /* a good answer is not looked into: the result has no body */
	int64_t timeout_ms;	 /* 0: KUBE_TIMEOUT_MS; a stream: none */
	int64_t idle_timeout_ms; /* for streams: no byte for so long is ERR_TIMEOUT; 0: none */
	bool urgent;		 /* few and small: a lease that must be renewed in time */
};

struct kube_result {
	/* "PATCH /api/v1/...: HTTP 409 Conflict: Operation cannot be fulfilled ...", with http_status; ERR_NONE for
	 * 2xx. */
	struct err err;
	int status;	    /* 0: no answer */
	const json_t *body; /* NULL when it is no JSON, or not wanted; json_incref what is kept */
	const char *text;   /* as it came, never NULL */
	size_t text_len;
	int64_t retry_after_ms; /* asked for by the server; 0: not */
};

/* The result lives for the call only. */
typedef void (*kube_done)(void *arg, const struct kube_result *result);
typedef void (*kube_data)(void *arg, const char *bytes, size_t n);

struct kube_client *kube_client_new(struct http_client *http, const struct kube_config *config);
void kube_client_free(struct kube_client *client);
/* For the log: the files were read again (`failure` NULL), or could not be, told once for the same failure. May come
 * from within kube_call; must not call the client. */
void kube_client_on_reload(struct kube_client *client, void (*told)(void *arg, const struct err *failure), void *arg);
/* For metrics: hears of each call that was sent and has ended, streams apart. status 0: no answer; took_ms without the
 * time that it waited to be sent. Must not call the client. */
typedef void (*kube_observer)(void *arg, const char *method, int status, int64_t took_ms);
void kube_client_observe(struct kube_client *client, kube_observer observer, void *arg);
uv_loop_t *kube_client_loop(const struct kube_client *client);
const char *kube_client_server(const struct kube_client *client);

/* Asked right before a request that changes something (any but GET) leaves, see may_send of base/http_client.h. */
void kube_client_guard(struct kube_client *client, bool (*may)(void *arg), void *arg);

/* Never NULL. */
struct kube_call *kube_call(struct kube_client *client, const struct kube_request *request, kube_done on_done,
			    void *arg);
/* A long answer, such as a watch: on_data gets the bytes of a 2xx answer as they come; then on_done, without body. */
struct kube_call *kube_stream(struct kube_client *client, const struct kube_request *request, kube_data on_data,
			      kube_done on_done, void *arg);
/* No handler of this call runs any more (the server may still act on the request). NULL-safe. */
void kube_call_cancel(struct kube_call *call);

/* Append "key=value", escaped, with "&" between. */
void kube_query_add(struct buf *query, const char *key, const char *value);

#endif
