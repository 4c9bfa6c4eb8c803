/* The life of one run of one container, as Mesos tells it, and its words on the Kubernetes side.
 *
 * Pure: a run takes task statuses one after the other and never moves backwards. Exit codes stand only in the message
 * of a status ("Command exited with status 3", "Command terminated with signal Killed").
 */
#ifndef TRANSLATE_RUN_H
#define TRANSLATE_RUN_H

#include <stdbool.h>

#include "kube/pod_status.h"
#include "mesos/types.h"

#define RUN_CANNOT_START 128 /* exit code of what never ran, as container runtimes answer */

enum run_state {
	RUN_NONE,      /* never launched */
	RUN_LAUNCHING, /* ACCEPT sent; STAGING or STARTING heard, or nothing yet */
	RUN_RUNNING,
	RUN_ENDED, /* ended by itself or because we asked */
	RUN_LOST,  /* GONE, LOST, DROPPED, ERROR: it never ran, or nobody will ever say how it ended */
};

struct run {
	int number; /* n of UID.container.n */
	enum run_state state;
	bool unreachable; /* its agent is; not dead */
	bool kill_sent;
	bool never_ran; /* lost: the launch itself was refused (an offer gone meanwhile, ...), so no process existed */
	int exit_code, signal;		 /* ended; signal 0: none */
	const char *reason;		 /* static text: "Completed", "Error", "OOMKilled", "ContainerCannotRun", … */
	char *message;			 /* owned; may be NULL */
	char *container_id;		 /* owned; "mesos://…", may be NULL */
	int64_t started_ms, finished_ms; /* 0: unknown */
};

void run_done(struct run *run);
/* Take one status; true when anything changed. A status that would move backwards changes nothing. now_ms is used where
 * the status has no timestamp. */
bool run_update(struct run *run, const struct mesos_task_status *status, int64_t now_ms);
bool run_live(const struct run *run); /* LAUNCHING or RUNNING: something may be running */
bool run_over(const struct run *run); /* ENDED or LOST */
/* Its agent could not get the image, or has not got a path that is to be mounted … */
bool run_not_pulled(const struct run *run);
bool run_not_mounted(const struct run *run);
bool run_not_prepared(const struct run *run); /* … one of both: so nothing of it ever ran */

/* Exit code and signal out of a status message; false when it has neither. */
bool run_parse_exit(const char *message, int *ret_exit_code, int *ret_signal);

/* The run as a container state. */
struct kube_run run_report(const struct run *run);

#endif
