/* What the files of kubelet_link.h share. Not for others. */
#ifndef SANDBOX_KUBELET_LINK_INNER_H
#define SANDBOX_KUBELET_LINK_INNER_H

#include <openssl/ssl.h>

#include "base/list.h"
#include "tests/sandbox/http_answer.h"
#include "tests/sandbox/kubelet_link.h"
#include "tests/sandbox/translation.h"

#define KUBELET_LINK_READ ((size_t)32 << 10) /* more than a TLS record: afterwards OpenSSL holds nothing back */

struct kubelet_links {
	uv_loop_t *loop;
	SSL_CTX *tls;
	char *authority; /* NULL: none */
	struct list links;
	size_t n;
	uv_timer_t soon; /* dials for new ones */
};

enum link_state {
	LINK_NEW,
	LINK_RESOLVING,
	LINK_CONNECTING,
	LINK_HANDSHAKE,
	LINK_ANSWER,  /* the request is on its way, the head of the answer not yet there */
	LINK_REFUSAL, /* the body of an answer that the client does not get as it is */
	LINK_BODY,
	LINK_TUNNEL,
};

struct kubelet_link {
	struct kubelet_links *links;
	struct list link;
	enum link_state state;
	struct kubelet_call *call;
	struct sandbox_later *later;   /* one reference; NULL once the answer is given and no upgrade */
	struct sandbox_stream *stream; /* one reference, of LINK_BODY */

	uv_getaddrinfo_t *look_up; /* NULL: none is running; goes on when the link ends */
	int fd;
	uv_poll_t *poll; /* of fd */
	SSL *ssl;
	bool tls_wants_write;
	struct buf to_kubelet, to_client; /* not yet sent */
	struct http_answer answer;
	struct buf refusal; /* its body, of LINK_REFUSAL */

	struct translation *translation; /* NULL: what passes, passes as it is */
	struct buf early;		 /* of the client, before the translation takes any */

	bool switched; /* the client was told 101 */
	bool client_closed, kubelet_closed;
	bool kubelet_deaf; /* nothing can be sent to it, though what it sent may still be read */
};

/* kubelet_link.c */
void kubelet_link_end(struct kubelet_link *l);
/* Answers that the kubelet could not be asked, and ends. */
void kubelet_link_fail(struct kubelet_link *l, bool dialling, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Which events of the kubelet's socket are of interest now. */
void kubelet_link_await(struct kubelet_link *l, int events);
/* What can be done now. May end the link. */
void kubelet_link_run(struct kubelet_link *l);

/* kubelet_link_dial.c */
void kubelet_link_dial(struct kubelet_link *l);
/* The connection is there or failed. -1: the link has ended. */
int kubelet_link_connected(struct kubelet_link *l);

/* kubelet_link_tls.c */
SSL_CTX *kubelet_tls_context(const struct pki_pair *pair, const char *authority, struct err *e);
void kubelet_link_tls_begin(struct kubelet_link *l);
/* 1: done, 0: later, -1: the link has ended. */
int kubelet_link_handshake(struct kubelet_link *l);
enum link_io { LINK_IO_DONE, LINK_IO_AGAIN, LINK_IO_CLOSED, LINK_IO_FAILED };
/* Sends what of `to_kubelet` can be sent. */
enum link_io kubelet_link_write(struct kubelet_link *l);
enum link_io kubelet_link_read(struct kubelet_link *l, char *to, size_t max, size_t *ret_n);

/* kubelet_link_front.c: what clients are told whose WebSocket is translated. */
void kubelet_link_answer_websocket(struct kubelet_link *l, const char *protocol);
/* The last that the client hears, a Status on its error channel; taken. May end the link. */
void kubelet_link_last_words(struct kubelet_link *l, char *status);

/* kubelet_link_tunnel.c: the client was told 101. Before the kubelet was, only kubelet_link_client_run. */
void kubelet_link_tunnel_begin(struct kubelet_link *l);
void kubelet_link_tunnel_run(struct kubelet_link *l);
void kubelet_link_client_run(struct kubelet_link *l);
/* Bytes that the kubelet sent. -1: it is over. */
int kubelet_link_give_client(struct kubelet_link *l, const char *bytes, size_t n);

#endif
