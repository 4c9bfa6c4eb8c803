/* A client that speaks WebSocket and a kubelet that speaks SPDY/3.1, brought together as kube-apiserver 1.36 does it
 * for nodes that do not declare to take WebSockets themselves (apiserver/pkg/util/proxy, StreamTranslatorHandler and
 * TunnelingHandler). Pure: bytes in from both sides, bytes out to both.
 *
 * Streams (exec, attach): the client's messages of v5.channel.k8s.io become the streams of a remote command and back.
 * The API server is a client of the kubelet of its own then: it opens one stream after the other, each when the one
 * before is replied to, takes nothing from its client until all are there, and words the status that the client gets
 * when all output has ended. Tunnel (port-forward): the payloads of the messages are the SPDY connection.
 *
 * Both buffers out are the owner's: it takes nothing from a side while much waits for the other.
 */
#ifndef SANDBOX_TRANSLATION_H
#define SANDBOX_TRANSLATION_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/sandbox/kube/kubelet.h"

#define TRANSLATION_STATUS_MAX ((size_t)64 << 10) /* what a kubelet says on its error stream */
#define TRANSLATION_RESIZE_MAX ((size_t)4 << 10)  /* a message about a terminal's size */

struct translation;

/* For a call whose front is not KUBELET_AS_IT_IS. */
struct translation *translation_new(const struct kubelet_call *call, struct buf *to_client, struct buf *to_kubelet);
void translation_free(struct translation *t); /* NULL-safe */

/* Both sides have switched protocols. */
void translation_begin(struct translation *t);
/* May bytes of the client be given now? Not before all streams are open. */
bool translation_takes(const struct translation *t);
/* -1: a peer broke its protocol, or its buffer is full; the end of both connections. */
int translation_from_client(struct translation *t, const char *bytes, size_t n, struct err *e);
int translation_from_kubelet(struct translation *t, const char *bytes, size_t n, struct err *e);
/* The kubelet closed its connection. */
int translation_kubelet_closed(struct translation *t);
/* Of streams, instead of what the kubelet would say: this Status, whose text is taken. */
int translation_fail(struct translation *t, char *status);

/* Everything was said: only the client's close is waited for, the kubelet is not needed any more. */
bool translation_over(const struct translation *t);
/* The client sent its last: a CLOSE. */
bool translation_left(const struct translation *t);
/* The client is gone before it was over: what the kubelet is told. */
void translation_cancel(struct translation *t);

#endif
