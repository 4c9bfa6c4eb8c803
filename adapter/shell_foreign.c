/* Pods that others bound: one watch of all of them, of which those that are bound to a node of ours are shown to the
 * core. A field selector knows one node name only, so anything narrower would be a watch per node.
 *
 * It begins when the nodes are listed, for only then it is known whose they are. A pod may be bound to a node that is
 * made later, or made again: the names of such nodes are kept, and when one of them is ours its pods are shown.
 */
#include <stdlib.h>

#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"

#define FOREIGN_NODES_MAX 50000
#define SHOW_LATER_MS 1000 /* nodes that appear together cost one list */

static void keep_name(struct shell *shell, const char *node)
{
	if (shell->foreign_nodes.count < FOREIGN_NODES_MAX && !map_get(&shell->foreign_nodes, node)) {
		char *name = xstrdup(node);
		map_put(&shell->foreign_nodes, name, name);
	}
}

/* Cheap for all the others: nothing of them is decoded. */
static void on_object(void *arg, enum kube_change change, const json_t *object)
{
	struct shell *shell = arg;
	const char *node = js_str_at(object, "spec", "nodeName", NULL);
	if (node && core_has_node(shell->core, node)) {
		shell_pod_handlers.on_object(arg, change, object);
	} else if (node && change != KUBE_DELETED) {
		keep_name(shell, node);
	}
}

/* Which of them are bound there, only their objects say, and those are not kept. */
static void show_again(uv_timer_t *timer)
{
	struct shell *shell = timer->data;
	size_t n, unknown = 0;
	const char **uids = reflector_uids(shell->foreign, &n);
	for (size_t i = 0; i < n; i++) {
		if (!core_has_pod(shell->core, uids[i])) {
			uids[unknown++] = uids[i];
		}
	}
	reflector_tell_again(shell->foreign, uids, unknown);
	free(uids);
}

void shell_foreign_node(struct shell *shell, const char *node)
{
	char *name = map_get(&shell->foreign_nodes, node);
	if (!name || !core_has_node(shell->core, node)) {
		return;
	}
	map_del(&shell->foreign_nodes, node);
	free(name);
	if (!uv_is_active((uv_handle_t *)shell->foreign_timer)) {
		uv_timer_start(shell->foreign_timer, show_again, SHOW_LATER_MS, 0);
	}
}

static void on_vanished(void *arg, const char *namespace_, const char *name, const char *uid)
{
	shell_pod_handlers.on_vanished(arg, namespace_, name, uid);
}

static void on_synced(void *arg, const char *resource_version)
{
	struct shell *shell = arg;
	struct core_event event = {.type = CORE_PODS_SYNCED, .foreign = true};
	log_info("pods that others bound are listed", "pods", NUMSTR(reflector_count(shell->foreign)),
		 "resourceVersion", resource_version, NULL);
	shell->foreign_listed = true;
	if (shell->listed) {
		shell_feed(shell, &event);
	}
}

static void on_error(void *arg, const struct err *err)
{
	const struct shell *shell = arg;
	metrics_add(shell->metrics, METRIC_WATCH_FAILURES, NULL, 1);
	log_warn("the watch of pods that others bound was interrupted", "error", err->text, NULL);
}

void shell_foreign_start(struct shell *shell)
{
	static const struct reflector_handlers handlers = {
	    .on_object = on_object, .on_vanished = on_vanished, .on_synced = on_synced, .on_error = on_error};
	if (!shell->settings->watch_foreign_pods || shell->foreign) {
		return;
	}
	CLEANUP_FREE char *selector =
	    xasprintf("spec.schedulerName!=%s,spec.nodeName!=", shell->settings->scheduler_name);
	struct reflector_spec spec = {.path = "/api/v1/pods", .field_selector = selector};
	shell->foreign = reflector_new(shell->kube, &spec, &handlers, shell);
}

void shell_foreign_stop(struct shell *shell)
{
	reflector_free(shell->foreign);
	shell->foreign = NULL;
	shell->foreign_listed = false;
	uv_timer_stop(shell->foreign_timer);
	char *name;
	for (size_t it = 0; (name = map_next(&shell->foreign_nodes, &it)) != NULL;) {
		free(name);
	}
	map_done(&shell->foreign_nodes);
}

bool shell_foreign_listed(const struct shell *shell)
{
	return shell->foreign_listed || !shell->settings->watch_foreign_pods;
}

const char **shell_foreign_add_uids(const struct shell *shell, const char **uids, size_t *n)
{
	size_t more = 0;
	const char **foreign = shell->foreign ? reflector_uids(shell->foreign, &more) : NULL;
	uids = xreallocarray(uids, *n + more + 1, sizeof(*uids));
	for (size_t i = 0; i < more; i++) {
		if (core_has_pod(shell->core, foreign[i])) {
			uids[(*n)++] = foreign[i];
		}
	}
	free(foreign);
	return uids;
}
