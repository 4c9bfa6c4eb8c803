/* What an HTTP front hands to a model and gets back: plain data, no sockets.
 *
 * The models of the sandbox (API server, Mesos master, Mesos agent) are state machines behind this interface; the front
 * in front.h serves them on loopback, and a simulation can call them directly.
 *
 * Life cycle: the front fills a request, which lives for the call only, and an empty response; the model fills the
 * response. A long answer (a watch, a scheduler's event stream) is a stream that model and front share, a long request
 * an upload.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct sandbox_response;

struct sandbox_header {
	const char *name, *value;
};

struct sandbox_request {
	const char *method;
	const char *path;  /* as sent, percent signs and all, without the query */
	const char *query; /* as sent, "" when there is none */
	const struct sandbox_header *headers;
	size_t n_headers;
	const char *body; /* NULL: it follows, piece by piece, if the response has an upload */
	size_t body_len;
	/* The verified TLS client certificate's subject; NULL and 0 without one. */
	const char *cert_common_name;
	const char *const *cert_organisations;
	size_t n_cert_organisations;
	bool cert_refused; /* a certificate came, but no CA of ours signed it or it has expired */
};

/* An answer that goes on. The model appends to `out` and calls sandbox_stream_wake; the front takes bytes from `out`.
 * Created by the model (which sets `closed`), freed by sandbox_stream_unref from both sides. */
struct sandbox_stream {
	struct buf out; /* its maximum is the model's limit for a slow reader */
	bool ended;	/* set by the model: finish properly once `out` is empty */
	bool cut;	/* set by the model: close the connection without a last chunk, at once */
	bool sized;	/* set by the model at the beginning: `size` bytes will come, which is told instead of chunks */
	uint64_t size;
	void (*wake)(struct sandbox_stream *s); /* set by the front */
	void *front;
	void (*closed)(
	    struct sandbox_stream *s); /* set by the model, called once when the peer went away; may be NULL */
	void (*taken)(struct sandbox_stream *s); /* set by the model: the front took bytes from `out`; may be NULL */
	void *model;
	int references;
};

/* An answer that is not known yet, and what the connection may become. Created by the model in its handler, freed by
 * sandbox_later_unref from both sides. The model answers once, not from within the handler. When that answer's status
 * is 101, the connection is the model's from then on: it receives, sends and awaits, until it releases it. */
struct sandbox_later {
	/* Set by the model: what was awaited may be possible now. */
	void (*ready)(struct sandbox_later *l);
	/* Once, when the front has nothing to offer any more: the peer left before the answer was sent, or the front
	 * goes down. NULL: the model does not care. */
	void (*closed)(struct sandbox_later *l);
	void *model;
	const struct sandbox_later_front *ways; /* NULL without a front */
	void *front;
	int references;
};

/* Set by the front; see sandbox_later_*. */
struct sandbox_later_front {
	void (*answer)(struct sandbox_later *l, struct sandbox_response *res);
	long (*receive)(struct sandbox_later *l, char *to, size_t max);
	long (*send)(struct sandbox_later *l, const char *bytes, size_t n);
	void (*await)(struct sandbox_later *l, bool to_receive, bool to_send);
	void (*release)(struct sandbox_later *l);
};

#define SANDBOX_RESPONSE_HEADERS_MAX 32

struct sandbox_response {
	int status;
	struct sandbox_header headers[SANDBOX_RESPONSE_HEADERS_MAX]; /* both strings owned by the response */
	size_t n_headers;
	struct buf body;
	struct sandbox_stream *stream; /* one reference, NULL for a plain answer */
	struct sandbox_later *later;   /* one reference, NULL when the answer is here */
	struct sandbox_upload
	    *upload; /* one reference; then the answer comes through it, and all else here is unused */
};

/* A request body that is taken as it comes, for as long as it goes on. Created by the model, freed by
 * sandbox_upload_unref from both sides. The model answers once, when it likes: before the end too. */
struct sandbox_upload {
	/* Set by the model. The number of bytes taken; after fewer than n the front reads no more until
	 * sandbox_upload_wake. Not called after the answer. */
	size_t (*data)(struct sandbox_upload *u, int64_t now_ms, const char *bytes, size_t n);
	/* Set by the model, called once: nothing follows. Whole, and an answer is waited for; or the peer went away.
	 * Not called after the answer. */
	void (*over)(struct sandbox_upload *u, int64_t now_ms, bool whole);
	void *model;
	bool answered;
	struct sandbox_response answer;		/* plain; filled by the model, which then calls sandbox_upload_answer */
	void (*wake)(struct sandbox_upload *u); /* set by the front */
	void *front;
	int references;
};

typedef void (*sandbox_handler)(void *model, int64_t now_ms, const struct sandbox_request *req,
				struct sandbox_response *res);

/* Case-insensitive; NULL when there is none. */
const char *sandbox_request_header(const struct sandbox_request *req, const char *name);

void sandbox_response_init(struct sandbox_response *res);
void sandbox_response_done(struct sandbox_response *res);
/* Copies both; the last headers beyond the maximum are dropped. */
void sandbox_response_header(struct sandbox_response *res, const char *name, const char *value);

/* One reference. */
struct sandbox_stream *sandbox_stream_new(size_t max_pending);
struct sandbox_stream *sandbox_stream_ref(struct sandbox_stream *s);
void sandbox_stream_unref(struct sandbox_stream *s);
void sandbox_stream_wake(struct sandbox_stream *s);

/* One reference. */
struct sandbox_upload *sandbox_upload_new(void);
struct sandbox_upload *sandbox_upload_ref(struct sandbox_upload *u);
void sandbox_upload_unref(struct sandbox_upload *u);
void sandbox_upload_wake(struct sandbox_upload *u);
void sandbox_upload_answer(struct sandbox_upload *u);

/* One reference. */
struct sandbox_later *sandbox_later_new(void);
struct sandbox_later *sandbox_later_ref(struct sandbox_later *l);
void sandbox_later_unref(struct sandbox_later *l);
/* Takes what is in `res`. */
void sandbox_later_answer(struct sandbox_later *l, struct sandbox_response *res);
/* After 101. How many bytes, at most `max` or `n`; SANDBOX_AGAIN: none for now; SANDBOX_CLOSED: never again. After
 * SANDBOX_AGAIN the same bytes are to be sent again. */
#define SANDBOX_AGAIN (-1L)
#define SANDBOX_CLOSED (-2L)
long sandbox_later_receive(struct sandbox_later *l, char *to, size_t max);
long sandbox_later_send(struct sandbox_later *l, const char *bytes, size_t n);
/* Calls `ready` when there may be something to receive, or room to send, until said otherwise. */
void sandbox_later_await(struct sandbox_later *l, bool to_receive, bool to_send);
/* Closes the connection; what was sent is delivered. `closed` is not called. */
void sandbox_later_release(struct sandbox_later *l);

#endif
