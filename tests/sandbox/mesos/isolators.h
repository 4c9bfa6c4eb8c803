/* The isolators linux/capabilities, linux/seccomp and linux/nnp of an agent: what they make of a LinuxInfo, and what
 * they refuse. Without them a LinuxInfo says nothing. Inside the model only. Source: isolators/linux/capabilities.cpp,
 * seccomp.cpp and nnp.cpp of Mesos 1.12.
 *
 * Profiles have names only: no filter is installed.
 */
#ifndef SANDBOX_MESOS_ISOLATORS_H
#define SANDBOX_MESOS_ISOLATORS_H

#include <jansson.h>

#include "base/err.h"
#include "tests/sandbox/mesos/cluster.h"

struct isolators {
	bool capabilities, seccomp, no_new_privs;
	bool has_effective, has_bounding; /* the agent's flags are given */
	uint64_t effective, bounding;
	char *profiles; /* with a comma before and after each; NULL: none */
};

/* -1: an isolator or capability that there is none of, or sets that do not go together. */
int isolators_init(struct isolators *ret, const struct mesos_isolation *config, struct err *e);
void isolators_done(struct isolators *i);

/* NULL, or why the container cannot be launched; free() it. ContainerInfo may be NULL. */
char *isolators_apply(const struct isolators *i, const json_t *container, struct task_spec *spec);

#endif
