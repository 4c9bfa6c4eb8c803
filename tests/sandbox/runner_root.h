/* A root of its own for a container with an image: the machine's files as they are, and volumes mounted where the
 * machine has no such directories. Not for others than the process runner.
 *
 * The root is a tmpfs in a mount namespace of the container, with what stands in the machine's root bound into it. A
 * directory in which a mount point is missing is made anew there, with all that it holds bound one by one, so nothing
 * is ever created on the machine itself. As root, or else in a user namespace. Everything is planned before the fork;
 * the child only makes system calls.
 */
#ifndef SANDBOX_RUNNER_ROOT_H
#define SANDBOX_RUNNER_ROOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "tests/sandbox/mesos/task_runner.h"

#define ROOT_WHY_MAX 512 /* text of what a child could not do */

struct root_step;

/* What a child has to do. Owned. */
struct root_plan {
	char *base; /* directory that the new root is mounted on, for the child only */
	struct root_step *steps;
	size_t n, cap;
};

/* `base` is created. The mounts' sources must exist: "Path '...' in HOST_PATH volume does not exist". */
int root_plan_make(struct root_plan *ret, const struct task_mount *mounts, size_t n, const char *base, struct err *e);
void root_plan_done(struct root_plan *plan);

/* Does this machine allow a mount namespace? Tried by a child of its own. */
bool root_possible(void);

/* In the child. 0, or -1 with a sentence. */
int root_enter(const struct root_plan *plan, char why[ROOT_WHY_MAX]);

/* The namespaces of a process, to be entered by the child of another one. */
struct root_of {
	int user, mount; /* -1: none */
};

int root_of_process(pid_t pid, struct root_of *ret, struct err *e);
void root_of_done(struct root_of *of);
/* In the child. */
int root_join(const struct root_of *of, char why[ROOT_WHY_MAX]);

#endif
