/* A miniature Kubernetes API server as a pure model: requests in, answers and watch lines out.
 *
 * No sockets, clock, threads or randomness of its own: time is an argument (milliseconds since 1970, never backwards)
 * and uids come from a generator seeded at creation, so equal calls give equal answers. Not thread-safe. Behaves like
 * kube-apiserver 1.36 with a service account controller at hand: names, codes and messages follow recorded exchanges.
 *
 * Requests reach it by apiserver_handle (a sandbox_handler: model = the server). A watch answers with a stream; the
 * model keeps one reference until it ended it, the peer closed it, or the server is freed.
 */
#ifndef SANDBOX_KUBE_APISERVER_H
#define SANDBOX_KUBE_APISERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sandbox/http.h"
#include "tests/sandbox/kube/kubelet.h"
#include "tests/sandbox/kube/registry.h"

struct apiserver;
struct metrics_model;
struct schema;

#define APISERVER_BODY_MAX 3145728		/* bytes of a request; beyond: 413 */
#define APISERVER_WATCH_PENDING_MAX (64u << 20) /* bytes a slow watcher may leave unread before it is cut */
#define APISERVER_WATCHES_MAX 10000		/* open at a time; beyond: 429 */
#define APISERVER_HISTORY_DEFAULT 4096		/* changes kept for watches to resume from */
#define APISERVER_OBJECTS_MAX 200000		/* beyond: 507 */
#define APISERVER_TOKENS_MAX 100000 /* of service accounts that are good; beyond, the oldest is not any more */

/* A bearer token. Members of the group system:masters may do everything; others what their grants say. */
struct apiserver_token {
	const char *token, *user;
	const char *groups; /* comma-separated, "" for none; system:authenticated is added */
	int64_t expires_ms; /* 0: never */
};

/* What a user or a group may do; comma-separated lists, "*" is everything. */
struct apiserver_grant {
	const char *subject;	/* a user's or a group's name */
	const char *verbs;	/* "get,list,watch" */
	const char *groups;	/* API groups; "" is core, "*" all */
	const char *resources;	/* "pods,pods/status" */
	const char *name_space; /* NULL: everywhere */
};

/* Everything is borrowed and must outlive the server. Zero means the default. */
struct apiserver_config {
	const struct apiserver_token *tokens;
	size_t n_tokens;
	const struct apiserver_grant *grants;
	size_t n_grants;
	uint64_t seed;
	const char *root_ca;		   /* PEM; every namespace gets it as the ConfigMap kube-root-ca.crt */
	size_t history;			   /* changes kept; a watch from before them is 410 */
	int64_t bookmark_interval_ms;	   /* default one minute */
	int64_t event_ttl_ms;		   /* default one hour */
	bool no_service_account_admission; /* pods get no service account, token volume or default tolerations */
	const struct schema *schema;	   /* borrowed, of several servers; NULL: one of its own */
	kubelet_carrier kubelet;	   /* takes what is asked of kubelets; NULL: none is ever reached */
	void *kubelet_arg;
	struct metrics_model *metrics; /* answers the group metrics.k8s.io; NULL: it is not there */
	bool proxy_anywhere;	       /* nodes/NAME/proxy takes loopback and link-local addresses too */
};

/* With the namespaces default, kube-system, kube-public and kube-node-lease, each with its default service account. */
struct apiserver *apiserver_new(const struct apiserver_config *config, int64_t now_ms);
void apiserver_free(struct apiserver *s);

void apiserver_handle(void *model, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res);

/* When apiserver_tick has something to do next (watches that time out, bookmarks, events that expire); INT64_MAX:
 * never. */
int64_t apiserver_next_deadline(const struct apiserver *s);
void apiserver_tick(struct apiserver *s, int64_t now_ms);

/* For controllers in the same process: a request as system:masters, without HTTP. `path` may carry a query;
 * `content_type` NULL means application/json; `body` (borrowed) may be NULL. Returns the status; `*ret_body` is a new
 * reference or NULL. Never a watch. */
int apiserver_do(struct apiserver *s, int64_t now_ms, const char *method, const char *path, const char *content_type,
		 const json_t *body, json_t **ret_body);

enum apiserver_change { APISERVER_ADDED, APISERVER_MODIFIED, APISERVER_DELETED };

/* Called for every change, in order, after it was stored. `object` (complete, with kind) is borrowed and must not be
 * changed. The callback must not call the server; it notes what it needs. One subscriber. */
typedef void (*apiserver_changed)(void *arg, enum apiserver_change change, const struct kube_resource *resource,
				  const json_t *object);
void apiserver_subscribe(struct apiserver *s, apiserver_changed callback, void *arg);

/* What a controller reads without a copy: borrowed, valid until the next call that writes; NULL when there is none.
 * `stored_as` is the plural of the resource; `name_space` is "" for cluster-wide ones. */
const json_t *apiserver_peek(const struct apiserver *s, const char *stored_as, const char *name_space,
			     const char *name);
/* Calls `each` for every object of a resource ("" as namespace: of all namespaces) in the order of namespace and name.
 */
void apiserver_each(const struct apiserver *s, const char *stored_as, const char *name_space,
		    void (*each)(void *arg, const json_t *object), void *arg);

/* Faults. */
void apiserver_compact(struct apiserver *s); /* forget history: older resourceVersions and continue tokens are 410 */
void apiserver_cut_watches(struct apiserver *s); /* every watch ends as if the connection broke */
/* The present resourceVersion, and whether what was stored at an earlier one is remembered. */
int64_t apiserver_version(const struct apiserver *s);
bool apiserver_remembers(const struct apiserver *s, int64_t version);
/* As `etcdutl snapshot restore --bump-revision --mark-compacted` does it: everything is as it was at that version,
 * which is remembered; the version itself goes on, all watches are cut, and have to list anew. */
void apiserver_restore(struct apiserver *s, int64_t version);
/* What was stored then, as apiserver_each: calls `each` for every object of a resource. */
void apiserver_each_then(const struct apiserver *s, const char *stored_as, int64_t version,
			 void (*each)(void *arg, const json_t *object), void *arg);
size_t apiserver_watch_count(const struct apiserver *s);

#endif
