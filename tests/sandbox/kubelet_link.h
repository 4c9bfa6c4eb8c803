/* Carries the API server's calls to kubelets: a TLS connection each, on libuv's loop.
 *
 * A log and a proxied answer go to the client as they come, one piece after the other; a connection that becomes SPDY
 * or a WebSocket is passed on byte for byte, both ways, until one side closes, or translated (translation.h). Who does not read holds the other side:
 * at most KUBELET_LINK_PENDING_MAX bytes wait in each direction. A client that leaves ends the connection to the
 * kubelet.
 *
 * The client certificate is shown when the kubelet asks for one; the kubelet's own is verified only when there is an
 * authority to verify it with. ALPN offers what the real API server offers, h2 included for logs; a kubelet that takes
 * that is an error here, as HTTP/2 is not spoken.
 */
#ifndef SANDBOX_KUBELET_LINK_H
#define SANDBOX_KUBELET_LINK_H

#include <uv.h>

#include "base/err.h"
#include "tests/sandbox/kube/kubelet.h"
#include "tests/sandbox/pki.h"

#define KUBELET_LINK_PENDING_MAX ((size_t)256 << 10)

struct kubelet_links;

/* `pair`: the client certificate; `authority`: PEM, NULL: kubelets are not verified. Copied. */
struct kubelet_links *kubelet_links_new(uv_loop_t *loop, const struct pki_pair *pair, const char *authority,
					struct err *e);
/* Another certificate for connections from now on. */
int kubelet_links_certificate(struct kubelet_links *links, const struct pki_pair *pair, struct err *e);
/* Call once the front is freed, which tells every call that its client left. Finishes inside the loop. NULL-safe. */
void kubelet_links_free(struct kubelet_links *links);
size_t kubelet_links_count(const struct kubelet_links *links);

/* A kubelet_carrier; `arg` is the links. */
void kubelet_links_carry(void *arg, struct kubelet_call *call, struct sandbox_response *res);

#endif
