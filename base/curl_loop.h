/* libcurl's multi interface (socket action) on a libuv loop; the lower half of base/http_client.
 *
 * Two rules of libcurl shape it. No curl_multi_* is called from inside one of its callbacks, so whatever a callback
 * wants is left for `on_turn`, which runs with the loop's next turn. And a descriptor must leave epoll before it is
 * closed, so connections are closed by us (curl_loop_prepare).
 *
 * Embedded in its owner, which must stay until on_closed.
 */
#ifndef BASE_CURL_LOOP_H
#define BASE_CURL_LOOP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"

struct curl_sock;

struct curl_loop {
	uv_loop_t *uv;
	CURLM *multi;
	uv_timer_t timer;	  /* libcurl's one timer */
	uv_idle_t turn;		  /* active: on_turn is wanted */
	struct curl_sock **socks; /* by descriptor */
	size_t n_socks;
	size_t n_handles; /* not closed yet */
	bool closing;
	void (*on_turn)(struct curl_loop *l);
	void (*on_closed)(struct curl_loop *l);
};

int curl_loop_init(struct curl_loop *l, uv_loop_t *uv, void (*on_turn)(struct curl_loop *l),
		   void (*on_closed)(struct curl_loop *l), struct err *e);
/* With no easy handle left in the multi handle, and not from inside a callback of libcurl. on_closed follows. */
void curl_loop_close(struct curl_loop *l);

/* on_turn will run soon, once. */
void curl_loop_schedule(struct curl_loop *l);

/* Options that every easy handle of this loop needs. */
void curl_loop_prepare(struct curl_loop *l, CURL *easy);

#endif
