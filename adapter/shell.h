/* The shell: performs the core's effects on the real clusters and feeds every result back.
 *
 * One loop, nothing blocks. It learns the framework id from Kubernetes first, then lists and watches the pods and
 * subscribes to the master; what comes from either side becomes an event of the core.
 */
#ifndef ADAPTER_SHELL_H
#define ADAPTER_SHELL_H

#include <uv.h>

#include "adapter/settings.h"
#include "base/metrics.h"
#include "kube/kubeconfig.h"

struct shell;

/* Borrows loop, settings and kube_config. */
struct shell *shell_new(uv_loop_t *loop, const struct settings *settings, const struct kube_config *kube_config,
			struct err *e);
/* Begin; on_fatal is called once when going on makes no sense, with the reason. */
void shell_start(struct shell *shell, void (*on_fatal)(void *arg, const struct err *why), void *arg);
/* Stop at once. Tasks go on: the framework is not torn down. Run the loop until it is empty afterwards. */
void shell_free(struct shell *shell);

/* The metrics, up to date; borrowed. */
const struct metrics *shell_measure(struct shell *shell);
/* Whether it does all it should; appends a line for each thing that is needed, which says what is missing. */
bool shell_ready(const struct shell *shell, struct buf *out);

#endif
