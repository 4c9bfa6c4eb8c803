/* stats/summary, metrics/resource and metrics/cadvisor: the core knows which containers a node's pods have, its agents
 * what they use.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "kube/stats.h"
#include "translate/usage.h"

#define ASKED_AT_ONCE 64 /* agents, for one request */

/* What one agent is asked. */
struct part {
	struct asked *asked;
	char *agent_id;
	struct agent_stats_wait *wait;
};

/* A request that waits for the agents of a node: one, or, where one node stands for all of them, each that has pods of
 * ours. The statistics of the node while they are put together: texts are kept until then. */
struct asked {
	struct kubelet_job job;
	struct kubelet *k;
	struct kubelet_exchange *exchange;
	char *node;
	struct part *parts;
	size_t n_parts, cap_parts, next, answered, failed;
	bool asking; /* answers that come at once are no reason to ask the next */
	struct err why;
	int64_t at_ms;
	double cpu_s, working_set; /* of all; working_set less than 0: of none */
	struct kube_stats_pod *pods;
	size_t n, cap;
	char **texts;
	size_t n_texts, cap_texts;
};

/* The answer of one agent. */
struct gathered {
	struct asked *asked;
	const struct mesos_containers *containers;
	struct map executors; /* ours, by their id: of struct mesos_container */
};

static void asked_free(struct asked *a)
{
	for (size_t i = 0; i < a->n_parts; i++) {
		agent_stats_cancel(a->parts[i].wait);
		free(a->parts[i].agent_id);
	}
	for (size_t i = 0; i < a->n; i++) {
		free((void *)(uintptr_t)a->pods[i].containers);
	}
	for (size_t i = 0; i < a->n_texts; i++) {
		free(a->texts[i]);
	}
	free(a->parts);
	free(a->pods);
	free(a->texts);
	free(a->node);
	free(a);
}

static void gone(struct kubelet_exchange *x)
{
	asked_free(kubelet_exchange_data(x));
}

/* ---- figures ---- */

static const char *keep(struct asked *a, const char *text)
{
	if (!text) {
		return NULL;
	}
	a->texts = mem_grow(a->texts, &a->cap_texts, a->n_texts + 1, sizeof(char *));
	return a->texts[a->n_texts++] = xstrdup(text);
}

static struct kube_stats_container container_of(struct gathered *g, const struct core_container_look *look)
{
	const char *id = kubelet_container_id(look->run);
	const struct mesos_container *c = map_get(&g->containers->by_id, id);
	return (struct kube_stats_container){
	    .name = keep(g->asked, look->name),
	    .image = keep(g->asked, look->image),
	    .id = id ? keep(g->asked, id) : "",
	    .start_ms = look->run->started_ms,
	    .usage = c ? usage_of_container(&c->usage) : kube_usage_unknown(),
	};
}

static void add_pod(void *arg, const struct core_pod_look *look)
{
	struct gathered *g = arg;
	struct asked *a = g->asked;
	const struct mesos_container *executor = map_get(&g->executors, look->uid);
	if (!executor && !look->n_containers) {
		return; /* nothing of it runs */
	}
	struct kube_stats_container *containers = xcalloc(look->n_containers + 1, sizeof(*containers));
	for (size_t i = 0; i < look->n_containers; i++) {
		containers[i] = container_of(g, &look->containers[i]);
	}
	a->pods = mem_grow(a->pods, &a->cap, a->n + 1, sizeof(*a->pods));
	a->pods[a->n++] = (struct kube_stats_pod){
	    .ns = keep(a, look->ns),
	    .name = keep(a, look->name),
	    .uid = keep(a, look->uid),
	    .id = executor ? keep(a, executor->id) : NULL,
	    .start_ms = look->start_ms,
	    .usage = executor ? usage_of_container(&executor->usage) : kube_usage_unknown(),
	    .containers = containers,
	    .n_containers = look->n_containers,
	};
}

/* All of the framework's executors count, also those that no pod explains. */
static void take_executors(struct gathered *g, const char *framework_id)
{
	struct asked *a = g->asked;
	for (size_t i = 0; i < g->containers->n; i++) {
		struct mesos_container *c = &g->containers->all[i];
		if (!framework_id || !c->framework_id || !c->executor_id ||
		    strcmp(c->framework_id, framework_id) != 0) {
			continue;
		}
		struct kube_usage u = usage_of_container(&c->usage);
		map_put(&g->executors, c->executor_id, c);
		if (u.of[FIGURE_WORKING_SET] >= 0) {
			a->working_set = u.of[FIGURE_WORKING_SET] + (a->working_set < 0 ? 0 : a->working_set);
		}
	}
}

static void take_figures(struct part *part, const struct agent_figures *figures)
{
	struct asked *a = part->asked;
	struct gathered g = {.asked = a, .containers = figures->containers};
	a->at_ms = figures->at_ms > a->at_ms ? figures->at_ms : a->at_ms;
	a->cpu_s += figures->cpu_s;
	take_executors(&g, *a->k->cfg.framework_id);
	core_each_pod(*a->k->cfg.core, a->node, part->agent_id, add_pod, &g);
	map_done(&g.executors);
}

/* A sum without one of the agents would look as if time went back. */
static struct kube_usage node_usage(const struct asked *a)
{
	struct kube_usage u = kube_usage_unknown();
	u.time_ms = a->at_ms;
	if (!a->failed) {
		u.of[FIGURE_CPU] = a->cpu_s;
		u.of[FIGURE_WORKING_SET] = a->working_set < 0 ? 0 : a->working_set;
	}
	return u;
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

/* ---- questions ---- */

static void answer_asked(struct asked *a)
{
	struct kubelet_exchange *x = a->exchange;
	struct kube_stats stats = {.node = a->node, .usage = node_usage(a), .pods = a->pods, .n_pods = a->n};
	kubelet_exchange_set_data(x, NULL);
	if (a->failed && a->failed == a->n_parts) {
		answer_none(x, &a->why);
	} else {
		answer(x, &stats);
	}
	asked_free(a);
}

static void ask_on(struct asked *a);

static void told(void *arg, const struct agent_figures *figures, const struct err *why)
{
	struct part *part = arg;
	struct asked *a = part->asked;
	part->wait = NULL;
	a->answered++;
	if (figures) {
		take_figures(part, figures);
	} else {
		a->failed++;
		a->why = *why;
		kubelet_check_soon(a->k, part->agent_id);
		log_debug("an agent does not say what runs there", "node", a->node, "agent", part->agent_id, "error",
			  why->text, NULL);
	}
	ask_on(a);
}

static void ask(struct part *part)
{
	struct kubelet *k = part->asked->k;
	struct core_agent_look look;
	struct err unknown = {.code = ERR_BUSY, .text = KUBELET_AGENT_UNKNOWN};
	char url[AGENT_URL_MAX];
	if (core_look_agent(*k->cfg.core, part->agent_id, &look) < 0 || !kubelet_url(&look, url)) {
		told(part, NULL, &unknown);
		return;
	}
	struct mesos_agent agent = kubelet_agent(k, url);
	struct agent_stats_wait *wait = agent_stats_ask(k->stats, part->agent_id, &agent, told, part);
	if (wait) {
		part->wait = wait;
	}
}

/* So many at a time; whoever answers at once does not ask the next itself. */
static void ask_on(struct asked *a)
{
	if (a->asking) {
		return;
	}
	a->asking = true;
	while (a->next < a->n_parts && a->next - a->answered < ASKED_AT_ONCE) {
		ask(&a->parts[a->next++]);
	}
	a->asking = false;
	if (a->answered == a->n_parts) {
		answer_asked(a);
	}
}

static void add_part(void *arg, const struct core_agent_look *look)
{
	struct asked *a = arg;
	a->parts = mem_grow(a->parts, &a->cap_parts, a->n_parts + 1, sizeof(*a->parts));
	a->parts[a->n_parts++] = (struct part){.asked = a, .agent_id = xstrdup(look->agent_id)};
}

void kubelet_stats(struct kubelet *k, struct kubelet_exchange *x)
{
	const char *node = kubelet_find_node(k, x);
	if (!node) {
		return;
	}
	struct asked *a = xcalloc(1, sizeof(*a));
	a->job.gone = gone;
	a->k = k;
	a->exchange = x;
	a->node = xstrdup(node);
	a->working_set = -1;
	core_each_agent_of(*k->cfg.core, node, add_part, a);
	a->at_ms = a->n_parts ? 0 : clock_wall_ms();
	kubelet_exchange_set_data(x, a);
	ask_on(a);
}
