/* A pod's status while it is composed: report.c and conditions.c. */
#ifndef ADAPTER_DRAFT_H
#define ADAPTER_DRAFT_H

#include "adapter/core_state.h"

struct draft {
	struct kube_pod_report report;
	struct kube_container_report *containers;
	struct kube_resources *resources; /* of each */
	char **texts; /* to free */
	size_t n_texts, cap_texts;
};

/* The text lives as long as the draft. */
const char *draft_keep(struct draft *d, char *text);

/* conditions.c: of a pod that is bound, its containers and phase stand in the draft; and of one that is not */
void put_conditions(struct core *core, struct pod *pod, struct draft *d);
void put_unschedulable(struct core *core, struct pod *pod, struct draft *d);
/* Others have words of their own for why a pod is disrupted; those are not ours to take back. */
bool disruption_is_ours(const char *reason);
/* Its condition says that it was drained. */
bool drain_is_told(const struct kube_pod *spec);
bool any_main_started(const struct pod *pod);

#endif
