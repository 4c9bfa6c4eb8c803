/* The half of a metrics-server that has sockets: asks the kubelet of every node for /metrics/resource, again and again.
 *
 * As metrics-server with --kubelet-insecure-tls and --kubelet-use-node-status-port: address and port that the node
 * names, the path of its annotation metrics.k8s.io/resource-metrics-path, a bearer token, one call a node at a time.
 */
#ifndef SANDBOX_SCRAPER_H
#define SANDBOX_SCRAPER_H

#include <uv.h>

#include "base/err.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/kube/metrics.h"

struct scraper;

/* All borrowed; `*token` may become another one. */
struct scraper *scraper_new(uv_loop_t *loop, const struct apiserver *server, struct metrics_model *model,
			    char *const *token, int64_t every_ms, struct err *e);
/* Finishes inside the loop. NULL-safe. */
void scraper_free(struct scraper *s);

#endif
