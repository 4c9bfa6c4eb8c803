/* Runs tasks as real processes of this machine (task_runner.h), for the sandbox with its agents on loopback.
 *
 * Each container is a session of its own, so that its whole tree can be signalled; when its first process ends, the
 * rest is killed, as Mesos does with a container. What makes itself a session of its own escapes: there are no cgroups
 * here. Input and output are files, pipes or a terminal; a process that is not read waits, as one that does not read
 * makes its writer wait. No limits are enforced and the user is not changed: a name that is not known here is refused.
 * Should the sandbox itself die, the first processes are killed by the kernel.
 *
 * On libuv's loop, in its thread: SIGCHLD is watched, only own children are waited for.
 */
#ifndef SANDBOX_RUNNER_H
#define SANDBOX_RUNNER_H

#include <uv.h>

#include "base/err.h"
#include "tests/sandbox/mesos/cluster.h"

struct process_runner;

struct process_runner *process_runner_new(uv_loop_t *loop, struct err *e);
/* The cluster that hears of ends; it needs the seam for its creation, hence the two steps. NULL: nobody. */
void process_runner_attach(struct process_runner *r, struct mesos_cluster *c);
struct task_runner process_runner_seam(struct process_runner *r);
size_t process_runner_count(const struct process_runner *r);
/* After the cluster. Kills what still runs, without a word. The memory goes when the loop has closed the handle.
 * NULL-safe. */
void process_runner_free(struct process_runner *r);

#endif
