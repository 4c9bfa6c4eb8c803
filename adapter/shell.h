/* The shell: performs the core's effects on the real clusters and feeds every result back.
 *
 * One loop, nothing blocks. As a standby it lists and watches the pods and writes nothing. As the leader it learns the
 * framework id from Kubernetes, lists the pods anew and subscribes to the master; what comes from either side becomes
 * an event of the core. When it loses the lease it drops all that and stands by again
 * (docs/internals/leader-election.md).
 */
#ifndef ADAPTER_SHELL_H
#define ADAPTER_SHELL_H

#include <uv.h>

#include "adapter/settings.h"
#include "base/metrics.h"
#include "kube/kubeconfig.h"

struct shell;

/* Borrows loop, settings and kube_config. identity: who we are in the election, like no other live process; NULL: there
 * is none, and we lead from the start. */
struct shell *shell_new(uv_loop_t *loop, const struct settings *settings, const struct kube_config *kube_config,
			const char *identity, struct err *e);
/* Begin; on_fatal is called once when going on makes no sense, with the reason. */
void shell_start(struct shell *shell, void (*on_fatal)(void *arg, const struct err *why), void *arg);
/* Stop acting, wait for what is under way, let another one lead: at most a second, then on_stopped, from the loop.
 * Once.
 */
void shell_stop(struct shell *shell, void (*on_stopped)(void *arg), void *arg);
/* Stop at once; the lease stays ours until it expires. Tasks go on: the framework is not torn down. Run the loop until
 * it is empty afterwards. */
void shell_free(struct shell *shell);

/* The metrics, up to date; borrowed. */
const struct metrics *shell_measure(struct shell *shell);
/* Whether it does all it should; appends a line for each thing that is needed, which says what is missing. */
bool shell_ready(const struct shell *shell, struct buf *out);

#endif
