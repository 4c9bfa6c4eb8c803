/* An error: one code, one sentence, set where it happens and wrapped with context on the way up.
 *
 * A function that can fail takes `struct err *` last and returns -1 (or NULL); its `ret_` outputs are then untouched.
 * It never logs the error it returns: the top does, once. `e` may be NULL when the caller does not care.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_NONE = 0,
	ERR_INVALID,	 /* malformed input from a person or a peer */
	ERR_UNSUPPORTED, /* well-formed, but we do not do it */
	ERR_LIMIT,	 /* a limit of ours was reached */
	ERR_MEMORY,	 /* none is left for something of a peer's size; later there may be */
	ERR_NOT_FOUND,	 /* the thing does not exist (HTTP 404) */
	ERR_CONFLICT,	 /* somebody else changed it (HTTP 409) */
	ERR_EXPIRED,	 /* too old to continue from (HTTP 410) */
	ERR_AUTH,	 /* who are you (HTTP 401, TLS) */
	ERR_DENIED,	 /* you may not (HTTP 403) */
	ERR_BUSY,	 /* try later (HTTP 429, 503) */
	ERR_TIMEOUT,	 /* nothing came in time */
	ERR_IO,		 /* the system or the network failed */
	ERR_PROTOCOL,	 /* the peer broke the protocol */
};

/* Longer sentences are cut. */
#define ERR_TEXT_MAX 512

struct err {
	enum err_code code;
	int http_status; /* of the answer that caused it, 0 when there was none */
	char text[ERR_TEXT_MAX];
};

/* Set `e`; always returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put "context: " before the sentence; code stays. Always returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void err_clear(struct err *e);

/* The code that an HTTP status other than 2xx stands for. */
enum err_code err_code_of_http(int status);

#endif
