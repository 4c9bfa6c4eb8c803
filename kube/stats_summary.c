/* Statistics as the Summary of a kubelet. */
#include "kube/stats.h"

#include "base/timefmt.h"

#define NANO 1e9

static void put(json_t *o, const char *key, double value)
{
	if (value >= 0) {
		json_object_set_new(o, key, json_integer((json_int_t)value));
	}
}

static json_t *timed(int64_t ms)
{
	char text[TIME_TEXT_MAX];
	return json_pack("{s:s}", "time", time_text(ms, text));
}

static double nano(double seconds)
{
	return seconds < 0 ? seconds : seconds * NANO;
}

/* Without a limit that holds nothing is known to be available. */
static double available(const struct kube_usage *u)
{
	return u->of[FIGURE_LIMIT] >= 0 && u->of[FIGURE_WORKING_SET] >= 0
		   ? u->of[FIGURE_LIMIT] - u->of[FIGURE_WORKING_SET]
		   : -1;
}

static void put_cpu(json_t *o, const struct kube_usage *u)
{
	if (u->time_ms && u->of[FIGURE_CPU] >= 0) {
		json_t *cpu = timed(u->time_ms);
		put(cpu, "usageCoreNanoSeconds", nano(u->of[FIGURE_CPU]));
		json_object_set_new(o, "cpu", cpu);
	}
}

static void put_memory(json_t *o, const struct kube_usage *u)
{
	if (u->time_ms && u->of[FIGURE_WORKING_SET] >= 0) {
		json_t *memory = timed(u->time_ms);
		put(memory, "availableBytes", available(u));
		put(memory, "usageBytes", u->of[FIGURE_MEMORY]);
		put(memory, "workingSetBytes", u->of[FIGURE_WORKING_SET]);
		put(memory, "rssBytes", u->of[FIGURE_RSS]);
		json_object_set_new(o, "memory", memory);
	}
}

static void put_swap(json_t *o, const struct kube_usage *u)
{
	if (u->time_ms && u->of[FIGURE_SWAP] >= 0) {
		json_t *swap = timed(u->time_ms);
		put(swap, "swapUsageBytes", u->of[FIGURE_SWAP]);
		json_object_set_new(o, "swap", swap);
	}
}

static void put_rest(json_t *o, const struct kube_usage *u)
{
	put_swap(o, u);
	if (u->time_ms && u->of[FIGURE_DISK] >= 0) {
		json_t *disk = timed(u->time_ms);
		put(disk, "usedBytes", u->of[FIGURE_DISK]);
		json_object_set_new(o, "ephemeral-storage", disk);
	}
	if (u->of[FIGURE_PROCESSES] >= 0) {
		json_t *processes = json_object();
		put(processes, "process_count", u->of[FIGURE_PROCESSES]);
		json_object_set_new(o, "process_stats", processes);
	}
}

/* The field is required; null is what nobody knows. */
static json_t *start(int64_t ms)
{
	char text[TIME_TEXT_MAX];
	return ms > 0 ? json_string(time_text(ms, text)) : json_null();
}

static json_t *container(const struct kube_stats_container *c, bool short_)
{
	json_t *o = json_pack("{s:s,s:o}", "name", c->name, "startTime", start(c->start_ms));
	put_cpu(o, &c->usage);
	put_memory(o, &c->usage);
	if (!short_) {
		put_swap(o, &c->usage);
	}
	return o;
}

static json_t *pod(const struct kube_stats_pod *p, bool short_)
{
	json_t *containers = json_array();
	for (size_t i = 0; i < p->n_containers; i++) {
		json_array_append_new(containers, container(&p->containers[i], short_));
	}
	json_t *o = json_pack("{s:{s:s,s:s,s:s},s:o,s:o}", "podRef", "name", p->name, "namespace", p->ns, "uid", p->uid,
			      "startTime", start(p->start_ms), "containers", containers);
	put_cpu(o, &p->usage);
	put_memory(o, &p->usage);
	if (!short_) {
		put_rest(o, &p->usage);
	}
	return o;
}

json_t *kube_stats_summary(const struct kube_stats *stats, bool only_cpu_and_memory)
{
	json_t *pods = json_array(), *node = json_pack("{s:s,s:n}", "nodeName", stats->node, "startTime");
	for (size_t i = 0; i < stats->n_pods; i++) {
		json_array_append_new(pods, pod(&stats->pods[i], only_cpu_and_memory));
	}
	put_cpu(node, &stats->usage);
	put_memory(node, &stats->usage);
	return json_pack("{s:o,s:o}", "node", node, "pods", pods);
}
