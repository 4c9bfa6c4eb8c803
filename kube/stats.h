/* What the pods of a node use, and how a kubelet tells it: /stats/summary, /metrics/resource and /metrics/cadvisor.
 *
 * Pure. What is not known is left out, never shown as 0. Names, labels and units are those of a Kubernetes 1.36 kubelet
 * (k8s.io/kubelet/pkg/apis/stats/v1alpha1, pkg/kubelet/metrics/collectors, cAdvisor), as metrics-server since 0.6 and
 * Prometheus scrape them.
 */
#ifndef KUBE_STATS_H
#define KUBE_STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define KUBE_STATS_TEXT_MAX ((size_t)16 << 20) /* bytes of an answer */

/* Seconds of cpu since the beginning, bytes, or counts. */
enum kube_figure {
	FIGURE_CPU,
	FIGURE_CPU_USER,
	FIGURE_CPU_SYSTEM,
	FIGURE_CFS_PERIODS,
	FIGURE_CFS_THROTTLED,
	FIGURE_CFS_THROTTLED_S,
	FIGURE_WORKING_SET,
	FIGURE_MEMORY,
	FIGURE_RSS,
	FIGURE_CACHE,
	FIGURE_MAPPED,
	FIGURE_SWAP,
	FIGURE_LIMIT,
	FIGURE_DISK,
	FIGURE_PROCESSES,
	FIGURE_THREADS,
	KUBE_FIGURES
};

struct kube_usage {
	int64_t time_ms;	 /* when it was measured; 0: nothing was, and no figure is known */
	double of[KUBE_FIGURES]; /* less than 0: not known */
};

/* All borrowed. */
struct kube_stats_container {
	const char *name, *image, *id; /* id: of the runtime */
	int64_t start_ms;	       /* 0: not known */
	struct kube_usage usage;
};

struct kube_stats_pod {
	const char *ns, *name, *uid, *id; /* id: of what holds its containers */
	int64_t start_ms;
	struct kube_usage usage; /* of the whole */
	const struct kube_stats_container *containers;
	size_t n_containers;
};

struct kube_stats {
	const char *node;
	struct kube_usage usage;
	const struct kube_stats_pod *pods;
	size_t n_pods;
};

struct kube_usage kube_usage_unknown(void);

/* v1alpha1 Summary, a new reference. */
json_t *kube_stats_summary(const struct kube_stats *stats, bool only_cpu_and_memory);

/* Prometheus' text format 0.0.4. -1: `out` is full. stats NULL: they could not be had. */
int kube_stats_resource(const struct kube_stats *stats, struct buf *out);
int kube_stats_cadvisor(const struct kube_stats *stats, struct buf *out);

#endif
