/* What the files of the front share: one connection's peer, one exchange, the front itself. Not for others. */
#ifndef SANDBOX_FRONT_INNER_H
#define SANDBOX_FRONT_INNER_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "base/list.h"
#include "tests/sandbox/front.h"

/* front_tls.c. Made from the options; takes those of before, which go with it. */
struct front_tls *front_tls_new(const struct front_options *options, struct front_tls *before, struct err *e);
void front_tls_free(struct front_tls *tls);
/* For a connection that begins. */
void front_tls_show(const struct front_tls *tls, gnutls_session_t session);
/* Is it, at this moment, the chain of a client that may come in? */
bool front_tls_trusts(const struct front_tls *tls, const gnutls_datum_t *der, unsigned n);

/* Who is at the other end of a connection; learnt from TLS at its first request. */
struct front_peer {
	const struct front_tls *checked; /* by these; NULL: not yet */
	bool refused;
	char *common_name;
	char **organisations;
	size_t n_organisations;
};

struct front_peer *front_peer_new(void);
void front_peer_free(struct front_peer *p);
/* Reads and verifies the client certificate, again when the front's certificates are others; nothing without TLS. */
void front_peer_check(struct front_peer *p, const struct front_tls *tls, struct MHD_Connection *connection);

/* One request and its answer. Born with the request line, freed when microhttpd is done with it. */
struct front_exchange {
	struct front *front;
	struct MHD_Connection *connection;
	char *path, *query;
	struct buf body;
	bool begun, too_long;
	struct sandbox_stream *stream;	 /* one reference */
	struct sandbox_upload *upload;	 /* one reference */
	bool whole, told;		 /* the body has come to its end; the answer is on the wire */
	struct sandbox_later *later;	 /* one reference; NULL once it is over */
	struct sandbox_response *answer; /* that came later; NULL before */
	bool upgraded;			 /* to the model's own protocol; stays suspended */
	struct buf head;		 /* of the 101, not yet sent */
	struct list link;		 /* among the front's streams */
	uv_poll_t *watch;		 /* notices that the peer went away while there is nothing to send */
	bool suspended, gone, silent;
	char *injected;					  /* NULL: nothing */
	size_t injected_len, injected_times, injected_at; /* at: of len * times */
};

struct front {
	uv_loop_t *loop;
	struct front_options options; /* its texts are owned */
	uint16_t port;
	struct front_tls *tls;	   /* NULL: plain */
	struct MHD_Daemon *daemon; /* NULL when down */
	uv_poll_t *poll;	   /* of the daemon's epoll descriptor; freed by its close */
	uv_timer_t timer;
	bool running, again;
	struct list streams;
};

/* Let microhttpd run at the next turn of the loop. */
void front_kick(struct front *f);

/* Answer with the stream (takes the reference). */
enum MHD_Result front_stream_begin(struct front_exchange *x, struct sandbox_response *res);
/* Never answer; the connection stays until the peer or the front ends it. */
void front_stream_silence(struct front_exchange *x);
/* The exchange is over; tells the model if it was the peer who left. */
void front_stream_end(struct front_exchange *x);
/* False when something injected earlier is still being sent, or there is no stream. */
bool front_stream_inject(struct front_exchange *x, const char *text, size_t n, size_t times);
/* Break it off as if the connection had failed. */
void front_stream_break(struct front_exchange *x);

int front_socket(const struct front_exchange *x);
/* front_stream.c: nothing is read or sent until resumed; a peer that goes away resumes. */
void front_suspend(struct front_exchange *x);
void front_resume(struct front_exchange *x);

/* front_upload.c: the body is taken piece by piece, and answered (takes the reference). */
void front_upload_begin(struct front_exchange *x, struct sandbox_response *res);
enum MHD_Result front_upload_data(struct front_exchange *x, const char *bytes, size_t *n);
enum MHD_Result front_upload_whole(struct front_exchange *x);
void front_upload_end(struct front_exchange *x);

/* Queues a response that is here, from which it takes body and stream. */
enum MHD_Result front_answer(struct front_exchange *x, struct sandbox_response *res);

/* front_later.c. Answer when the model does (takes the reference). */
void front_later_begin(struct front_exchange *x, struct sandbox_response *res);
/* The answer has come, or the peer has gone. */
enum MHD_Result front_later_send(struct front_exchange *x);
/* The exchange is over. */
void front_later_end(struct front_exchange *x);

/* A response of microhttpd gets the model's headers. */
void front_headers(struct MHD_Response *to, const struct sandbox_response *from);

#endif
