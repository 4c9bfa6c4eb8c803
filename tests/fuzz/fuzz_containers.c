/* An agent's answer to GET_CONTAINERS, and what of it a kubelet would tell. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "kube/stats.h"
#include "translate/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct mesos_containers *c)
{
	struct kube_stats_container *containers = xcalloc(c->n + 1, sizeof(*containers));
	struct kube_stats_pod pod = {.ns = "ns", .name = "p", .uid = "u", .id = "e", .containers = containers};
	struct kube_stats stats = {.node = "n", .usage = kube_usage_unknown(), .pods = &pod, .n_pods = 1};
	for (; pod.n_containers < c->n; pod.n_containers++) {
		containers[pod.n_containers] =
		    (struct kube_stats_container){.name = "c",
						  .image = "i",
						  .id = c->all[pod.n_containers].id,
						  .usage = usage_of_container(&c->all[pod.n_containers].usage)};
	}
	pod.usage = c->n ? containers[0].usage : kube_usage_unknown();
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	json_t *summary = kube_stats_summary(&stats, false);
	if (!summary || kube_stats_resource(&stats, &out) < 0 || kube_stats_cadvisor(&stats, &out) < 0) {
		abort();
	}
	json_decref(summary);
	free(containers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mesos_containers c;
	struct err e = {0};
	if (mesos_containers_parse((const char *)data, size, &c, &e) < 0) {
		if (e.code == ERR_NONE) {
			abort();
		}
		return 0;
	}
	for (size_t i = 0; i < c.n; i++) {
		if (!map_get(&c.by_id, c.all[i].id)) {
			abort();
		}
	}
	if (c.n < 100) {
		show(&c);
	}
	mesos_containers_done(&c);
	return 0;
}
