/* Statistics as metrics for Prometheus. */
#include "kube/stats.h"

#include "base/metrics.h"

#define MILLI 1000.0

/* Whose figure a family shows. */
enum level { LEVEL_NODE, LEVEL_POD, LEVEL_CONTAINER };

enum { FIGURE_START = KUBE_FIGURES };

struct family {
	const char *name, *help;
	enum metric_type type;
	enum level level;
	int figure;
	const char *more; /* a label */
};

struct page {
	struct buf *out;
	const struct family *family;
	bool begun; /* the family's head is there */
	bool ids;   /* labels of cAdvisor */
	int failed;
};

static const struct family resource[] = {
    {"node_cpu_usage_seconds_total", "Cpu time that the node's pods used, in core-seconds", METRIC_COUNTER, LEVEL_NODE,
     FIGURE_CPU, NULL},
    {"node_memory_working_set_bytes", "Working sets of the node's pods, in bytes", METRIC_GAUGE, LEVEL_NODE,
     FIGURE_WORKING_SET, NULL},
    {"container_start_time_seconds", "Start of the container since 1970, in seconds", METRIC_GAUGE, LEVEL_CONTAINER,
     FIGURE_START, NULL},
    {"container_cpu_usage_seconds_total", "Cpu time that the container used, in core-seconds", METRIC_COUNTER,
     LEVEL_CONTAINER, FIGURE_CPU, NULL},
    {"container_memory_working_set_bytes", "Working set of the container, in bytes", METRIC_GAUGE, LEVEL_CONTAINER,
     FIGURE_WORKING_SET, NULL},
    {"container_swap_usage_bytes", "Swap that the container uses, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_SWAP,
     NULL},
    {"pod_cpu_usage_seconds_total", "Cpu time that the pod used, in core-seconds", METRIC_COUNTER, LEVEL_POD,
     FIGURE_CPU, NULL},
    {"pod_memory_working_set_bytes", "Working set of the pod, in bytes", METRIC_GAUGE, LEVEL_POD, FIGURE_WORKING_SET,
     NULL},
    {"pod_swap_usage_bytes", "Swap that the pod uses, in bytes", METRIC_GAUGE, LEVEL_POD, FIGURE_SWAP, NULL},
};

#define TOTAL ",cpu=\"total\""

static const struct family cadvisor[] = {
    {"container_cpu_usage_seconds_total", "Cpu time used, in core-seconds", METRIC_COUNTER, LEVEL_CONTAINER, FIGURE_CPU,
     TOTAL},
    {"container_cpu_user_seconds_total", "Cpu time used in user mode, in core-seconds", METRIC_COUNTER, LEVEL_CONTAINER,
     FIGURE_CPU_USER, NULL},
    {"container_cpu_system_seconds_total", "Cpu time used in the kernel, in core-seconds", METRIC_COUNTER,
     LEVEL_CONTAINER, FIGURE_CPU_SYSTEM, NULL},
    {"container_cpu_cfs_periods_total", "Enforcement periods that have passed", METRIC_COUNTER, LEVEL_CONTAINER,
     FIGURE_CFS_PERIODS, NULL},
    {"container_cpu_cfs_throttled_periods_total", "Enforcement periods with throttling", METRIC_COUNTER,
     LEVEL_CONTAINER, FIGURE_CFS_THROTTLED, NULL},
    {"container_cpu_cfs_throttled_seconds_total", "Time that was waited while throttled", METRIC_COUNTER,
     LEVEL_CONTAINER, FIGURE_CFS_THROTTLED_S, NULL},
    {"container_memory_working_set_bytes", "Working set, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_WORKING_SET,
     NULL},
    {"container_memory_usage_bytes", "Memory with the page cache, in bytes", METRIC_GAUGE, LEVEL_CONTAINER,
     FIGURE_MEMORY, NULL},
    {"container_memory_rss", "Anonymous memory, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_RSS, NULL},
    {"container_memory_cache", "Page cache, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_CACHE, NULL},
    {"container_memory_mapped_file", "Files mapped into memory, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_MAPPED,
     NULL},
    {"container_memory_swap", "Swap used, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_SWAP, NULL},
    {"container_spec_memory_limit_bytes", "Memory limit, in bytes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_LIMIT, NULL},
    {"container_processes", "Processes", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_PROCESSES, NULL},
    {"container_threads", "Threads", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_THREADS, NULL},
    {"container_start_time_seconds", "Start since 1970, in seconds", METRIC_GAUGE, LEVEL_CONTAINER, FIGURE_START, NULL},
};

struct kube_usage kube_usage_unknown(void)
{
	struct kube_usage u = {0};
	for (size_t i = 0; i < KUBE_FIGURES; i++) {
		u.of[i] = -1;
	}
	return u;
}

/* ---- lines ---- */

static void head(struct page *p)
{
	if (!p->begun) {
		p->begun = true;
		p->failed |= buf_printf(p->out, "# HELP %s %s\n# TYPE %s %s\n", p->family->name, p->family->help,
					p->family->name, metric_type_name(p->family->type));
	}
}

static void put_label(struct page *p, char before, const char *name, const char *value)
{
	p->failed |= buf_printf(p->out, "%c%s=\"", before, name);
	p->failed |= metric_escape(p->out, value, true);
	p->failed |= buf_putc(p->out, '"');
}

/* Without a container: of the whole pod. Labels in the order of their names. */
static void put_labels(struct page *p, const struct kube_stats_pod *pod, const struct kube_stats_container *c)
{
	char before = '{';
	if (!pod) {
		return;
	}
	if (c || p->ids) {
		put_label(p, before, "container", c ? c->name : "");
		before = ',';
	}
	if (p->family->more) {
		p->failed |= buf_puts(p->out, p->family->more);
	}
	if (p->ids) {
		put_label(p, before, "id", c ? c->id : pod->id);
		put_label(p, before, "image", c ? c->image : "");
	}
	put_label(p, before, "namespace", pod->ns);
	put_label(p, ',', "pod", pod->name);
	p->failed |= buf_putc(p->out, '}');
}

/* A time stands at what was measured, not at what is so. */
static void put_sample(struct page *p, const struct kube_usage *u, int64_t start_ms, const struct kube_stats_pod *pod,
		       const struct kube_stats_container *c)
{
	char text[METRIC_NUMBER_MAX];
	bool is_start = p->family->figure == FIGURE_START;
	double value = is_start ? (start_ms > 0 ? (double)start_ms / MILLI : -1) : u->of[p->family->figure];
	if (value < 0 || (!is_start && !u->time_ms)) {
		return;
	}
	head(p);
	p->failed |= buf_puts(p->out, p->family->name);
	put_labels(p, pod, c);
	p->failed |= buf_printf(p->out, " %s", metric_number(value, text));
	if (!is_start) {
		p->failed |= buf_printf(p->out, " %lld", (long long)u->time_ms);
	}
	p->failed |= buf_putc(p->out, '\n');
}

static void put_pod(struct page *p, const struct kube_stats_pod *pod)
{
	if (p->family->level == LEVEL_POD || (p->ids && pod->id)) {
		put_sample(p, &pod->usage, pod->start_ms, pod, NULL);
	}
	for (size_t i = 0; p->family->level == LEVEL_CONTAINER && i < pod->n_containers; i++) {
		const struct kube_stats_container *c = &pod->containers[i];
		put_sample(p, &c->usage, c->start_ms, pod, c);
	}
}

static void put_family(struct page *p, const struct kube_stats *stats)
{
	p->begun = false;
	if (p->family->level == LEVEL_NODE) {
		put_sample(p, &stats->usage, 0, NULL, NULL);
		return;
	}
	for (size_t i = 0; i < stats->n_pods; i++) {
		put_pod(p, &stats->pods[i]);
	}
}

static int print(struct page *p, const struct family *families, size_t n, const struct kube_stats *stats,
		 const char *error)
{
	for (size_t i = 0; stats && i < n; i++) {
		p->family = &families[i];
		put_family(p, stats);
	}
	p->failed |= buf_printf(p->out, "# HELP %s 1 if the figures could not be had, else 0\n# TYPE %s gauge\n%s %d\n",
				error, error, error, !stats);
	return p->failed ? -1 : 0;
}

int kube_stats_resource(const struct kube_stats *stats, struct buf *out)
{
	struct page p = {.out = out};
	return print(&p, resource, sizeof(resource) / sizeof(resource[0]), stats, "resource_scrape_error");
}

int kube_stats_cadvisor(const struct kube_stats *stats, struct buf *out)
{
	struct page p = {.out = out, .ids = true};
	return print(&p, cadvisor, sizeof(cadvisor) / sizeof(cadvisor[0]), stats, "container_scrape_error");
}
