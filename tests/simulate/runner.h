/* Tasks without processes, in virtual time: what a container does stands in its command (users.c writes it).
 *
 *   sim serve             runs until it is told to end
 *   sim exit MS CODE      ends after so long, each time
 *   sim crash MS CODE N   does so in its first N runs, and serves in later ones
 *   sim broken            cannot be started
 *
 *   /bin/sh ...           writes files beside a pause: as a hook
 *   sim hook WHICH        of a hook: ends soon, now and then with an error
 *
 * With the word "stubborn" after it, SIGTERM is not heard. Anything else (the pause task) serves. Once the world is
 * calm nothing fails any more: what would have ended badly serves, or ends well when its pod ends at all.
 *
 * The runner knows best what lives: it sees at once when a container has two live copies.
 */
#ifndef SIMULATE_RUNNER_H
#define SIMULATE_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/sandbox/mesos/task_runner.h"

struct sim;
struct runner;

struct runner *runner_new(struct sim *sim);
/* After the cluster. */
void runner_free(struct runner *r);
struct task_runner runner_seam(struct runner *r);

/* Has a postStart hook that is a command ended well in the container ("mesos://...")? */
bool runner_hooked(const struct sim *sim, const char *container_id);

bool runner_lives(const struct runner *r, const char *task_id);
/* Calls `each` for all that live, checks of them left out: those are of Mesos, and end in a moment when their task has.
 * It must change nothing. */
void runner_each(const struct runner *r, void (*each)(void *arg, const char *task_id), void *arg);
/* One that lives is killed by the kernel, or with it all of its pod. */
void runner_crash(struct runner *r, bool whole_pod);

#endif
