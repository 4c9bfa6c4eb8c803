/* Our nodes as the watch shows them, and the renewal of their Leases. */
#include <stdlib.h>
#include <string.h>

#include "adapter/shell_state.h"
#include "base/clock.h"
#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"
#include "kube/node.h"
#include "kube/objects.h"

#define NODE_LEASES_IN_FLIGHT 32
#define LEASE_TICK_MS 20
#define MERGE_TYPE "application/merge-patch+json"
#define JSON_TYPE "application/json"

/* ---- the watch ---- */

static void on_object(void *arg, enum kube_change change, const json_t *object)
{
	struct kube_node_seen node;
	struct core_event event = {.type = CORE_NODE_CHANGED, .node = &node};
	if (kube_node_read(object, &node) < 0) {
		return;
	}
	if (change == KUBE_DELETED) {
		event = (struct core_event){.type = CORE_NODE_GONE, .uid = node.uid};
	}
	shell_feed(arg, &event);
	shell_foreign_node(arg, node.name);
}

static void on_vanished(void *arg, const char *namespace_, const char *name, const char *uid)
{
	(void)namespace_;
	(void)name;
	struct core_event event = {.type = CORE_NODE_GONE, .uid = uid};
	shell_feed(arg, &event);
}

static void on_synced(void *arg, const char *resource_version)
{
	struct shell *shell = arg;
	struct core_event event = {.type = CORE_NODES_SYNCED};
	log_info("nodes are listed", "nodes", NUMSTR(reflector_count(shell->nodes)), "resourceVersion",
		 resource_version, NULL);
	shell_feed(shell, &event);
	shell_foreign_start(shell);
}

static void on_error(void *arg, const struct err *err)
{
	const struct shell *shell = arg;
	metrics_add(shell->metrics, METRIC_WATCH_FAILURES, NULL, 1);
	log_warn("the watch of nodes was interrupted", "error", err->text, NULL);
}

/* ---- leases ---- */

/* One renewal under way. */
struct renewal {
	struct list link;
	struct shell *shell;
	char *node, *uid;
};

static void renewal_free(struct renewal *r)
{
	list_remove(&r->link);
	r->shell->n_renewals--;
	free(r->node);
	free(r->uid);
	free(r);
}

/* A renewal that failed comes again with the node's next turn; a lease lasts for several. */
static void on_renewed(void *arg, const struct kube_result *result)
{
	struct renewal *r = arg;
	bool failed = result->err.code != ERR_NONE;
	metrics_add(r->shell->metrics, METRIC_EFFECTS,
		    LABELS(effect_name(EFFECT_RENEW_LEASE), failed ? "failure" : "success"), 1);
	if (failed) {
		log_debug("the lease of a node was not renewed", "node", r->node, "error", result->err.text, NULL);
	}
	renewal_free(r);
}

static void call(struct renewal *r, const char *method, const char *type, json_t *body, kube_done on_done)
{
	bool create = strcmp(method, "POST") == 0;
	CLEANUP_JSON json_t *own = body;
	CLEANUP_FREE char *text = js_text(own);
	CLEANUP_FREE char *path =
	    kube_path("coordination.k8s.io/v1", NODE_LEASE_NAMESPACE, "leases", create ? NULL : r->node, NULL);
	struct kube_request request = {
	    .method = method,
	    .path = path,
	    .content_type = type,
	    .body = text,
	    .body_len = strlen(text),
	    .timeout_ms = NODE_LEASE_EVERY_MS,
	    .only_refusals = true,
	};
	kube_call(r->shell->nodes_kube, &request, on_done, r);
}

static void on_patched(void *arg, const struct kube_result *result)
{
	struct renewal *r = arg;
	if (result->err.code == ERR_NOT_FOUND) {
		call(r, "POST", JSON_TYPE, kube_node_lease_body(r->node, r->uid, clock_wall_ms()), on_renewed);
	} else {
		on_renewed(arg, result);
	}
}

static void renew(struct shell *shell, const char *node, const char *uid)
{
	struct renewal *r = xcalloc(1, sizeof(*r));
	r->shell = shell;
	r->node = xstrdup(node);
	r->uid = xstrdup(uid);
	list_push(&shell->renewals, &r->link);
	shell->n_renewals++;
	call(r, "PATCH", MERGE_TYPE, kube_node_lease_patch(node, clock_wall_ms()), on_patched);
}

static void on_lease_timer(uv_timer_t *timer)
{
	struct shell *shell = timer->data;
	const char *node, *uid;
	while (shell_may_act(shell) && shell->n_renewals < NODE_LEASES_IN_FLIGHT &&
	       node_leases_next(&shell->node_leases, (int64_t)uv_now(shell->loop), &node, &uid)) {
		renew(shell, node, uid);
	}
	shell_wind_leases(shell);
}

void shell_wind_leases(struct shell *shell)
{
	int64_t at = node_leases_deadline(&shell->node_leases), wait = at - (int64_t)uv_now(shell->loop);
	if (at == INT64_MAX) {
		uv_timer_stop(shell->lease_timer);
	} else {
		uv_timer_start(shell->lease_timer, on_lease_timer,
			       wait > LEASE_TICK_MS ? (uint64_t)wait : LEASE_TICK_MS, 0);
	}
}

/* ---- life ---- */

void shell_nodes_start(struct shell *shell)
{
	static const struct reflector_handlers handlers = {
	    .on_object = on_object, .on_vanished = on_vanished, .on_synced = on_synced, .on_error = on_error};
	struct reflector_spec spec = {.path = "/api/v1/nodes", .label_selector = LABEL_NODE_ROLE};
	shell->nodes = reflector_new(shell->kube, &spec, &handlers, shell);
	shell->nodes_kube = kube_client_new(shell->http, shell->kube_config);
	kube_client_guard(shell->nodes_kube, shell_may_act, shell);
	kube_client_observe(shell->nodes_kube, shell_observe_kube, shell);
}

void shell_nodes_stop(struct shell *shell)
{
	uv_timer_stop(shell->lease_timer);
	shell_foreign_stop(shell);
	reflector_free(shell->nodes);
	kube_client_free(shell->nodes_kube);
	shell->nodes = NULL;
	shell->nodes_kube = NULL;
	LIST_EACH (&shell->renewals, link) {
		renewal_free(LIST_ENTRY(link, struct renewal, link));
	}
	node_leases_done(&shell->node_leases);
	node_leases_init(&shell->node_leases);
}
