/* The status of a pod as we report it, and its JSON for a PATCH of pods/NAME/status.
 *
 * A value to fill, compare and encode; strings are borrowed. Source: core/v1 PodStatus.
 */
#ifndef KUBE_POD_STATUS_H
#define KUBE_POD_STATUS_H

#include "kube/pod.h"

/* One of the three states, for `state` and for `lastState`. */
struct kube_run {
	enum container_state state;
	const char *reason, *message;	 /* may be NULL */
	int exit_code, signal;		 /* terminated; signal 0: none */
	int64_t started_ms, finished_ms; /* 0: unknown, encoded as null */
	const char *container_id;	 /* "mesos://…", may be NULL */
};

struct kube_container_report {
	const char *name, *image;
	struct kube_run now;
	bool has_last;
	struct kube_run last; /* always terminated */
	int restart_count;
	bool ready, started;
	const struct kube_resources *resources; /* what it has, or is to have; NULL: nothing is said of that */
};

struct kube_condition {
	enum kube_condition_type type;
	enum kube_condition_status status;
	const char *reason, *message; /* may be NULL */
	int64_t since_ms;	      /* lastTransitionTime */
};

struct kube_pod_report {
	enum pod_phase phase;
	const char *reason, *message; /* of the pod; may be NULL */
	const char *host_ip, *pod_ip; /* may be NULL */
	int64_t start_ms;	      /* 0: not started */
	int64_t observed_generation;  /* of the spec that this is said of, by every condition too; 0: not counted */
	struct kube_condition conditions[KUBE_CONDITION_TYPES];
	size_t n_conditions;
	bool resize_over; /* PodResizePending, which may be stored, is taken back */
	struct kube_container_report *init_containers, *containers, *ephemeral;
	size_t n_init_containers, n_containers, n_ephemeral;
};

extern const char *const kube_phase_names[POD_PHASE_UNKNOWN + 1];
extern const char *const kube_condition_names[KUBE_CONDITION_TYPES];
extern const char *const kube_condition_status_names[CONDITION_UNKNOWN + 1];

/* Equal for reports that store the same, whatever order their conditions have, and never 0. Times count in seconds, as
 * they are stored; a text that is cut or mended on its way counts as it is here, so its pod is written once more than
 * it needs. */
uint64_t kube_pod_report_hash(const struct kube_pod_report *report);

/* The body of a PATCH (application/strategic-merge-patch+json) that makes the stored status this one, guarded by
 * metadata.uid so that a pod of the same name is never touched. podIPs are replaced, not merged; what is NULL here and
 * may stand in the stored status is cleared. A new reference. */
json_t *kube_pod_status_patch(const char *uid, const struct kube_pod_report *report);

#endif
