/* The Kubernetes side of the shell: effects as API calls, and the pods that the watch shows. */
#include <stdlib.h>
#include <string.h>

#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"
#include "kube/node.h"
#include "kube/objects.h"

#define JSON_TYPE "application/json"
#define STRATEGIC_TYPE "application/strategic-merge-patch+json"

enum { NODE_CREATE, NODE_CLAIM, NODE_PATCH, NODE_READ, NODE_TAINTS, NODE_STATUS };

/* What a node has decides what comes next, and the version that a status made tells it from another's. */
static bool is_read(const char *resource, const char *subresource)
{
	return strcmp(resource, "nodes") == 0 || (subresource && strcmp(subresource, "status") == 0);
}

static void call_in(struct pending *p, const char *ns, const char *method, const char *resource, const char *name,
		    const char *subresource, const char *type, const json_t *body, kube_done on_done)
{
	CLEANUP_FREE char *path = kube_path("v1", ns, resource, name, subresource);
	CLEANUP_FREE char *text = body ? js_text(body) : NULL;
	struct kube_request request = {
	    .method = method,
	    .path = path,
	    .content_type = type,
	    .body = text,
	    .body_len = text ? strlen(text) : 0,
	    .only_refusals = !is_read(resource, subresource),
	};
	kube_call(p->shell->kube, &request, on_done, p);
}

static void call(struct pending *p, const char *method, const char *resource, const char *name, const char *subresource,
		 const char *type, const json_t *body, kube_done on_done)
{
	call_in(p, p->effect->ns, method, resource, name, subresource, type, body, on_done);
}

static void on_done(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	p->version = js_str_at(result->body, "metadata", "resourceVersion", NULL);
	p->retry_after_ms = result->retry_after_ms;
	pending_done(p, result->err.code == ERR_NONE ? NULL : &result->err);
}

static void on_node(void *arg, const struct kube_result *result);

static void node_call(struct pending *p, int stage, const json_t *body)
{
	const char *subresource = stage == NODE_STATUS ? "status" : NULL;
	p->stage = stage;
	call(p, "PATCH", "nodes", p->effect->node, subresource, STRATEGIC_TYPE, body, on_node);
}

/* The taints of an agent that is away, as they shall be; then the status. */
static void on_node_known(struct pending *p, const json_t *node)
{
	CLEANUP_JSON json_t *taints =
	    kube_node_taints_patch(node, p->effect->type == EFFECT_MARK_NODE ? p->effect->body : NULL);
	if (taints) {
		node_call(p, NODE_TAINTS, taints);
	} else {
		node_call(p, NODE_STATUS, p->effect->body_status);
	}
}

/* It exists. One of another adapter, or of a machine with a kubelet, is left alone. */
static void claim(struct pending *p, const json_t *node)
{
	CLEANUP_JSON json_t *body = kube_node_claim_patch(node, p->effect->body_patch);
	struct err others;
	if (body) {
		node_call(p, NODE_PATCH, body);
		return;
	}
	err_set(&others, ERR_CONFLICT, "node %s is none of ours", p->effect->node);
	pending_done(p, &others);
}

/* Create the node; where it exists already, bring it up to date: first what it is, then how it is. */
static void on_node(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	bool worked = result->err.code == ERR_NONE;
	if (p->stage == NODE_CREATE && result->err.code == ERR_CONFLICT) {
		p->stage = NODE_CLAIM;
		call(p, "GET", "nodes", p->effect->node, NULL, NULL, NULL, on_node);
	} else if (p->stage == NODE_CLAIM && worked) {
		claim(p, result->body);
	} else if (p->stage == NODE_PATCH && worked) {
		on_node_known(p, result->body);
	} else if (p->stage == NODE_TAINTS && worked) {
		node_call(p, NODE_STATUS, p->effect->body_status);
	} else {
		on_done(p, result);
	}
}

static void cordon(struct pending *p, const json_t *node)
{
	CLEANUP_JSON json_t *body = kube_node_cordon_patch(node, p->effect->text);
	if (body) {
		node_call(p, NODE_TAINTS, body);
	} else {
		node_call(p, NODE_STATUS, p->effect->body_status);
	}
}

/* A node that is gone, or that stands for another agent by now, is not ours to mark or to delete. */
static void on_node_read(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	bool there = result->err.code == ERR_NONE && kube_node_is_of(result->body, p->effect->agent_id);
	if (!there && (result->err.code == ERR_NONE || result->err.code == ERR_NOT_FOUND)) {
		pending_done(p, NULL);
	} else if (!there) {
		on_done(p, result);
	} else if (p->effect->type == EFFECT_CORDON_NODE) {
		cordon(p, result->body);
	} else if (p->effect->type == EFFECT_MARK_NODE) {
		on_node_known(p, result->body);
	} else {
		CLEANUP_JSON json_t *body = kube_node_delete_body(result->body);
		call(p, "DELETE", "nodes", p->effect->node, NULL, JSON_TYPE, body, on_done);
	}
}

void shell_post_event(struct pending *p, kube_done done)
{
	call(p, "POST", "events", NULL, NULL, JSON_TYPE, p->effect->body, done);
}

static void on_fetched(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	p->object = result->body;
	on_done(p, result);
}

static void fetch(struct pending *p)
{
	const struct kube_source_ref ref = {p->effect->source, p->effect->ns, p->effect->name};
	CLEANUP_FREE char *path = kube_source_path(&ref);
	CLEANUP_JSON json_t *body = kube_source_body(&ref);
	CLEANUP_FREE char *text = body ? js_text(body) : NULL;
	struct kube_request request = {
	    .method = body ? "POST" : NULL, .path = path, .body = text, .body_len = text ? strlen(text) : 0};
	kube_call(p->shell->kube, &request, on_fetched, p);
}

void shell_perform_kube(struct shell *shell, struct effect *effect)
{
	struct pending *p = pending_new(shell, effect);
	switch (effect->type) {
	case EFFECT_FETCH:
		fetch(p);
		break;
	case EFFECT_BIND:
		call(p, "POST", "pods", effect->name, "binding", JSON_TYPE, effect->body, on_done);
		break;
	case EFFECT_CLAIM_VOLUME:
		call_in(p, NULL, "PATCH", "persistentvolumes", effect->text, NULL, STRATEGIC_TYPE, effect->body,
			on_done);
		break;
	case EFFECT_CLAIM_NODE:
		call(p, "PATCH", "persistentvolumeclaims", effect->text, NULL, STRATEGIC_TYPE, effect->body, on_done);
		break;
	case EFFECT_ADOPT_POD:
	case EFFECT_PATCH_STATUS:
		call(p, "PATCH", "pods", effect->name, "status", STRATEGIC_TYPE, effect->body, on_done);
		break;
	case EFFECT_DELETE_POD:
	case EFFECT_EVICT_POD:
		call(p, "DELETE", "pods", effect->name, NULL, JSON_TYPE, effect->body, on_done);
		break;
	case EFFECT_UPSERT_NODE:
		p->stage = NODE_CREATE;
		call(p, "POST", "nodes", NULL, NULL, JSON_TYPE, effect->body, on_node);
		break;
	case EFFECT_NODE_STATUS:
		call(p, "PATCH", "nodes", effect->node, "status", STRATEGIC_TYPE, effect->body_status, on_done);
		break;
	default: /* EFFECT_MARK_NODE, EFFECT_DELETE_NODE: the others are not for Kubernetes */
		p->stage = NODE_READ;
		call(p, "GET", "nodes", effect->node, NULL, NULL, NULL, on_node_read);
		break;
	}
}

void shell_observe_kube(void *arg, const char *method, int status, int64_t took_ms)
{
	const struct shell *shell = arg;
	metrics_observe(shell->metrics, METRIC_KUBERNETES_SECONDS, LABELS(method, metric_code_class(status)),
			(double)took_ms / 1000);
}

/* ---- pods ---- */

static void gone(struct shell *shell, const char *uid)
{
	struct core_event event = {.type = CORE_POD_GONE, .uid = uid};
	if (uid && shell->core) {
		shell_feed(shell, &event);
	} else if (uid) {
		pod_cache_drop(&shell->cache, uid);
	}
}

static void on_object(void *arg, enum kube_change change, const json_t *object)
{
	struct shell *shell = arg;
	struct err e = {0};
	if (change == KUBE_DELETED) {
		gone(shell, js_str_at(object, "metadata", "uid", NULL));
		return;
	}
	struct core_event event = {.type = CORE_POD_CHANGED, .pod = kube_pod_decode(object, &e)};
	if (!event.pod) {
		log_error("a pod is malformed", "error", e.text, NULL);
		event.pod = kube_pod_decode_names(object, e.text);
	}
	if (event.pod && shell->core) {
		shell_feed(shell, &event);
	} else if (event.pod) {
		pod_cache_put(&shell->cache, event.pod);
	}
}

static void on_vanished(void *arg, const char *namespace_, const char *name, const char *uid)
{
	(void)namespace_;
	(void)name;
	gone(arg, uid);
}

void shell_kube_reloaded(void *arg, const struct err *failure)
{
	(void)arg;
	fact_credentials("Kubernetes", failure);
}

static void on_synced(void *arg, const char *resource_version)
{
	struct shell *shell = arg;
	struct core_event event = {.type = CORE_PODS_SYNCED};
	log_info("pods are listed", "pods", NUMSTR(reflector_count(shell->pods)), "resourceVersion", resource_version,
		 NULL);
	metrics_add(shell->metrics, METRIC_POD_LISTS, NULL, 1);
	shell->listed = true;
	if (shell->core && shell_foreign_listed(shell)) {
		shell_feed(shell, &event);
	}
}

void shell_compare_pods(uv_timer_t *timer)
{
	struct shell *shell = timer->data;
	struct core_event known = {.type = CORE_PODS_KNOWN};
	const char **uids = reflector_uids(shell->pods, &known.n_uids);
	uids = shell_foreign_add_uids(shell, uids, &known.n_uids);
	known.uids = uids;
	shell_feed(shell, &known);
	free(uids);
}

static void on_error(void *arg, const struct err *err)
{
	const struct shell *shell = arg;
	metrics_add(shell->metrics, METRIC_WATCH_FAILURES, NULL, 1);
	log_warn("the watch of pods was interrupted", "error", err->text, NULL);
}

const struct reflector_handlers shell_pod_handlers = {
    .on_object = on_object,
    .on_vanished = on_vanished,
    .on_synced = on_synced,
    .on_error = on_error,
};
