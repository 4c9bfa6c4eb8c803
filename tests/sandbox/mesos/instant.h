/* A task runner without processes: what is started runs until told to end. For tests, simulations and benchmarks.
 *
 * SIGTERM ends a container at once, unless it is made stubborn; SIGKILL always does. Ends are reported from inside
 * signal, as the seam allows. The cluster is set after its creation, which needs the runner.
 */
#ifndef SANDBOX_MESOS_INSTANT_H
#define SANDBOX_MESOS_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sandbox/mesos/cluster.h"

struct instant_runner;

struct instant_runner *instant_runner_new(void);
/* NULL-safe. After the cluster. */
void instant_runner_free(struct instant_runner *r);
void instant_runner_attach(struct instant_runner *r, struct mesos_cluster *c);
struct task_runner instant_runner_seam(struct instant_runner *r);

/* The task ends now, with a wait status as from waitpid (exit code 3: 3 << 8; signal 9: 9). -1 when it does not run. */
int instant_runner_finish(struct instant_runner *r, const char *task_id, int wait_status, int64_t now_ms);
/* Whether SIGTERM is ignored by tasks started from now on. */
void instant_runner_stubborn(struct instant_runner *r, bool stubborn);
/* Everything started from now on ends at once with exit code 0. */
void instant_runner_finish_at_once(struct instant_runner *r, bool at_once);
/* What checks of tasks end with; 0, well, unless told otherwise. */
void instant_runner_check(struct instant_runner *r, int wait_status);
size_t instant_runner_count(const struct instant_runner *r);
bool instant_runner_runs(const struct instant_runner *r, const char *task_id);

#endif
