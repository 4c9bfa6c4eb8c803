/* What a metrics-server makes of the metrics of kubelets, and the API group metrics.k8s.io/v1beta1 that it answers:
 * NodeMetrics and PodMetrics, get and list. Pure.
 *
 * Two scrapes of each node are kept; what is shown is the cpu used between them and the last memory. As metrics-server
 * 0.7 does (pkg/scraper/client/resource/decode.go, pkg/storage): a node or container without cpu time, memory or time
 * is none, and one such container hides its pod; a container that began less than a resolution and at least ten seconds
 * before is measured from its start; the same point again changes nothing; containers that began anew wait for a second
 * point. Label selectors are answered as if there were none.
 */
#ifndef SANDBOX_KUBE_METRICS_H
#define SANDBOX_KUBE_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct call;
struct metrics_model;

struct metrics_model *metrics_model_new(int64_t resolution_ms);
/* NULL-safe. */
void metrics_model_free(struct metrics_model *m);

/* What a node's kubelet answered; text NULL: nothing, and it is not shown. */
void metrics_model_take(struct metrics_model *m, const char *node, const char *text, int64_t now_ms);

/* New references. The lists' items; ns "": of all namespaces. */
json_t *metrics_model_nodes(const struct metrics_model *m);
json_t *metrics_model_pods(const struct metrics_model *m, const char *ns);

/* A request for the group, or for the list of groups, which it joins. False: it is neither. `*ret`: 0, or -1 with a
 * refusal. */
bool metrics_serve(struct call *c, struct metrics_model *m, int *ret);

#endif
