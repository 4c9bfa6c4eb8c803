/* Serves a model (http.h) on a loopback port: HTTP/1.1 with keep-alive, plain or TLS, on libuv's loop.
 *
 * Sockets, TLS, chunks and time are the front's; what is said is the model's. The handler is called on the loop's
 * thread, once per request with its whole body (or with none when the body is taken piece by piece, which holds for no
 * more memory than one connection has), and gets the wall clock in milliseconds. Streams are sent chunked,
 * every wake at once; a peer that goes away is noticed although nothing is being sent. A response with status 0 and no
 * stream is never sent: the connection stays silent until the peer gives up. Uses libmicrohttpd (and GnuTLS inside it),
 * without threads. SIGPIPE is ignored from then on, for the whole process.
 *
 * Life: front_new listens; front_free closes everything at once and finishes inside the loop, which must run until
 * then.
 */
#ifndef SANDBOX_FRONT_H
#define SANDBOX_FRONT_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"
#include "tests/sandbox/http.h"

/* A longer request body is answered 413 and never handed over. Real servers refuse far earlier, in the models. */
#define FRONT_BODY_MAX ((size_t)64 << 20)

struct front_options {
	const char *name; /* for messages */
	uint16_t port;	  /* on 127.0.0.1; 0: any free one */
	/* TLS when set, all PEM. A client certificate is asked for and checked against `client_ca`; a bad one does not
	 * break the connection but sets cert_refused. */
	const char *certificate, *key, *client_ca;
	sandbox_handler handler;
	/* Is this the head of a request whose body is to be taken piece by piece? NULL: never. */
	bool (*takes_pieces)(void *model, const struct sandbox_request *head);
	void *model;
};

struct front;

/* Copies the texts. NULL with an error naming the front, say when the port is taken. */
struct front *front_new(uv_loop_t *loop, const struct front_options *options, struct err *e);
/* NULL-safe. Must not be called from inside the front's own handler. */
void front_free(struct front *f);

/* Other certificates for new connections, as a server that reads its files again. Open connections go on; who is at
 * their other end is judged by the new `client_ca` from the next request on. For a front that had some. */
int front_certificates(struct front *f, const char *certificate, const char *key, const char *client_ca, struct err *e);

uint16_t front_port(const struct front *f);

/* Out of service: the port refuses connections and open ones are cut. Harmless when already down; like front_free not
 * from inside its own handler. */
void front_down(struct front *f);
/* Back on the same port. */
int front_up(struct front *f, struct err *e);

/* Bytes that no model says, `times` over, go to the reader of each open stream between two things that its model says.
 * The text is copied. How many streams take it: those that are still at an earlier one do not. */
size_t front_inject(struct front *f, const char *text, size_t n, size_t times);

/* Milliseconds since 1970. */
int64_t front_now(void);

#endif
