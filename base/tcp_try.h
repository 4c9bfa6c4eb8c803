/* Does a TCP connection come about? It is closed at once, and nothing is sent. */
#ifndef BASE_TCP_TRY_H
#define BASE_TCP_TRY_H

#include <stdint.h>
#include <uv.h>

struct tcp_try;

/* Once, unless cancelled, and never from within tcp_try_start. failure NULL: it did; else a sentence. */
typedef void (*tcp_tried)(void *arg, const char *failure);

/* host: an address, or a name, which is looked up first. */
struct tcp_try *tcp_try_start(uv_loop_t *loop, const char *host, uint16_t port, int64_t timeout_ms, tcp_tried on_done,
			      void *arg);
/* NULL-safe. Memory goes when the loop has run its closing handles. */
void tcp_try_cancel(struct tcp_try *t);

#endif
