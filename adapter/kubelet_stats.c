/* stats/summary, metrics/resource and metrics/cadvisor: the core knows which containers a node's pods have, the agent
 * what they use.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "kube/stats.h"
#include "translate/usage.h"

/* A request that waits for the agent. */
struct asked {
	struct kubelet_job job;
	struct kubelet *k;
	struct kubelet_exchange *exchange;
	char *node;
	struct agent_stats_wait *wait;
};

/* The statistics of one node while they are put together. */
struct gathered {
	const struct mesos_containers *containers;
	struct map executors; /* ours, by their id: of struct mesos_container */
	struct kube_stats_pod *pods;
	size_t n, cap;
	double working_set; /* of all; less than 0: of none */
};

static void asked_free(struct asked *a)
{
	agent_stats_cancel(a->wait);
	free(a->node);
	free(a);
}

static void gone(struct kubelet_exchange *x)
{
	asked_free(kubelet_exchange_data(x));
}

/* ---- figures ---- */

static struct kube_stats_container container_of(const struct gathered *g, const struct core_container_look *look)
{
	const char *id = kubelet_container_id(look->run);
	const struct mesos_container *c = map_get(&g->containers->by_id, id);
	return (struct kube_stats_container){
	    .name = look->name,
	    .image = look->image,
	    .id = id ? id : "",
	    .start_ms = look->run->started_ms,
	    .usage = c ? usage_of_container(&c->usage) : kube_usage_unknown(),
	};
}

static void add_pod(void *arg, const struct core_pod_look *look)
{
	struct gathered *g = arg;
	const struct mesos_container *executor = map_get(&g->executors, look->uid);
	struct kube_stats_container *containers = xcalloc(look->n_containers + 1, sizeof(*containers));
	for (size_t i = 0; i < look->n_containers; i++) {
		containers[i] = container_of(g, &look->containers[i]);
	}
	if (!executor && !look->n_containers) {
		free(containers);
		return; /* nothing of it runs */
	}
	g->pods = mem_grow(g->pods, &g->cap, g->n + 1, sizeof(*g->pods));
	g->pods[g->n++] = (struct kube_stats_pod){
	    .ns = look->ns,
	    .name = look->name,
	    .uid = look->uid,
	    .id = executor ? executor->id : NULL,
	    .start_ms = look->start_ms,
	    .usage = executor ? usage_of_container(&executor->usage) : kube_usage_unknown(),
	    .containers = containers,
	    .n_containers = look->n_containers,
	};
}

/* All of the framework's executors count, also those that no pod explains. */
static void take_executors(struct gathered *g, const char *framework_id)
{
	g->working_set = -1;
	for (size_t i = 0; i < g->containers->n; i++) {
		struct mesos_container *c = &g->containers->all[i];
		if (!framework_id || !c->framework_id || !c->executor_id ||
		    strcmp(c->framework_id, framework_id) != 0) {
			continue;
		}
		struct kube_usage u = usage_of_container(&c->usage);
		map_put(&g->executors, c->executor_id, c);
		if (u.of[FIGURE_WORKING_SET] >= 0) {
			g->working_set = u.of[FIGURE_WORKING_SET] + (g->working_set < 0 ? 0 : g->working_set);
		}
	}
}

static struct kube_usage node_usage(const struct gathered *g, const struct agent_figures *figures)
{
	struct kube_usage u = kube_usage_unknown();
	u.time_ms = figures->at_ms;
	u.of[FIGURE_CPU] = figures->cpu_s;
	u.of[FIGURE_WORKING_SET] = g->working_set < 0 ? 0 : g->working_set;
	return u;
}

static void gathered_done(struct gathered *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free((void *)(uintptr_t)g->pods[i].containers);
	}
	free(g->pods);
	map_done(&g->executors);
}

/* ---- answers ---- */

static void answer_text(struct kubelet_exchange *x, int (*print)(const struct kube_stats *stats, struct buf *out),
			const struct kube_stats *stats)
{
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	if (print(stats, &out) < 0) {
		kubelet_exchange_refuse(x, 500, "the statistics of the node are too long");
	} else {
		kubelet_exchange_answer(x, 200, METRICS_TYPE, out.data, out.len);
	}
}

static void answer(struct kubelet_exchange *x, const struct kube_stats *stats)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	if (r->verb == KUBELET_STATS_SUMMARY) {
		json_t *summary = kube_stats_summary(stats, r->only_cpu_and_memory);
		kubelet_answer_json(x, summary);
	} else {
		answer_text(x, r->verb == KUBELET_METRICS_CADVISOR ? kube_stats_cadvisor : kube_stats_resource, stats);
	}
}

/* As a kubelet: metrics say themselves that they could not be had. */
static void answer_none(struct kubelet_exchange *x, const struct err *why)
{
	switch (kubelet_exchange_request(x)->verb) {
	case KUBELET_METRICS_RESOURCE:
		answer_text(x, kube_stats_resource, NULL);
		break;
	case KUBELET_METRICS_CADVISOR:
		answer_text(x, kube_stats_cadvisor, NULL);
		break;
	default:
		kubelet_exchange_refuse(x, why->code == ERR_BUSY ? 503 : 500, why->text);
	}
}

static void check_agent_of(struct kubelet *k, const char *node)
{
	struct core_node_look look;
	if (core_look_node(*k->cfg.core, node, &look, NULL) == 0) {
		kubelet_check_soon(k, look.agent_id);
	}
}

static void told(void *arg, const struct agent_figures *figures, const struct err *why)
{
	struct asked *a = arg;
	struct kubelet_exchange *x = a->exchange;
	struct kubelet *k = a->k;
	CLEANUP_FREE char *node = a->node;
	a->node = NULL;
	a->wait = NULL;
	asked_free(a);
	if (!figures) {
		check_agent_of(k, node);
		log_debug("an agent does not say what runs there", "node", node, "error", why->text, NULL);
		answer_none(x, why);
		return;
	}
	struct gathered g = {.containers = figures->containers};
	take_executors(&g, *k->cfg.framework_id);
	core_each_pod(*k->cfg.core, node, add_pod, &g);
	struct kube_stats stats = {.node = node, .usage = node_usage(&g, figures), .pods = g.pods, .n_pods = g.n};
	answer(x, &stats);
	gathered_done(&g);
}

void kubelet_stats(struct kubelet *k, struct kubelet_exchange *x)
{
	struct core_node_look look;
	char url[AGENT_URL_MAX];
	if (!kubelet_find_node(k, x, &look) || !kubelet_node_url(x, &look, url)) {
		return;
	}
	struct mesos_agent agent = kubelet_agent(k, url);
	struct asked *a = xcalloc(1, sizeof(*a));
	a->job.gone = gone;
	a->k = k;
	a->exchange = x;
	a->node = xstrdup(look.node);
	kubelet_exchange_set_data(x, a);
	struct agent_stats_wait *wait = agent_stats_ask(k->stats, look.agent_id, &agent, told, a);
	if (wait) {
		a->wait = wait;
	}
}
