/* The API server's insides: its state, and one request on its way through (a call). Private to tests/sandbox/kube/. */
#ifndef SANDBOX_KUBE_MODEL_H
#define SANDBOX_KUBE_MODEL_H

#include "base/list.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/kube/schema.h"
#include "tests/sandbox/kube/status_object.h"
#include "tests/sandbox/kube/store.h"

#define IDENTITY_GROUPS_MAX 32
#define QUERY_PARAMS_MAX 1024	/* each word of a command is one */
#define LABELS_BYTES_MAX 262144 /* of all annotations of an object */

struct apiserver {
	struct apiserver_config config;
	const struct schema *schema;
	struct schema *own_schema;
	struct store store;
	struct map owners;  /* uid -> struct owner: how many dependants (gc.c) */
	struct list issued; /* tokens of service accounts (tokens.c) */
	struct map issued_by_token;
	struct list watches; /* struct watch.link */
	size_t n_watches;
	uint64_t random;	 /* state of the generator of uids and name suffixes */
	int64_t now;		 /* of the call being served */
	int64_t event_expiry_ms; /* no event expires before; INT64_MAX: never */
	apiserver_changed changed;
	void *changed_arg;
};

struct query_param {
	char *name, *value;
};

struct query {
	struct query_param params[QUERY_PARAMS_MAX];
	size_t n;
};

struct identity {
	const char *user;
	char *groups[IDENTITY_GROUPS_MAX];
	size_t n_groups;
};

enum shown_as { SHOWN_OBJECT, SHOWN_TABLE, SHOWN_PARTIAL };

struct call {
	struct apiserver *s;
	int64_t now;
	const struct sandbox_request *req;
	struct sandbox_response *res;
	struct query query;
	struct identity who;

	/* The path, percent-decoded; "" where there is none. */
	char *group, *version, *name_space, *plural, *name, *sub;
	bool is_resource;  /* /api/v1/… or /apis/G/V/… with a resource in it */
	bool watch_prefix; /* /api/v1/watch/… */
	const char *verb;
	const struct kube_resource *r;
	struct bucket *bucket;

	enum shown_as shown;
	bool dry_run;
	json_t *warnings;	/* an array of sentences */
	json_t *managed_fields; /* by server-side apply: to be stored; borrowed */
	bool internal;		/* by apiserver_do: no authorisation, no watch */
	struct refusal refusal;
};

/* query.c */
void query_parse(struct query *q, const char *text);
void query_done(struct query *q);
const char *query_get(const struct query *q, const char *name); /* NULL when absent */
bool query_true(const struct query *q, const char *name);
char *percent_decode(const char *text, size_t n);

/* route.c: fills the path's parts, verb and is_resource. */
void route_parse(struct call *c);
void route_done(struct call *c);

/* authn.c: 0, or -1: 401. */
int call_authenticate(struct call *c);
bool identity_in_group(const struct identity *who, const char *group);
/* authz.c */
bool call_allows(const struct call *c, const struct identity *who, const char *verb, const char *group,
		 const char *resource, const char *name_space);
int call_authorize(struct call *c);

/* accept.c: what the client wants to see; -1: 406. */
int call_negotiate(struct call *c);
/* Steals `object` (an object, a list or a Status). */
void call_reply(struct call *c, int status, json_t *object);
void call_reply_refusal(struct call *c);
/* `object` as a Table, PartialObjectMetadata or itself: a new reference. */
json_t *call_show(enum shown_as as, const char *plural, const char *include, int64_t now, json_t *object,
		  bool with_columns);
void call_warn(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* body.c: the request's body as a decoded object of the call's resource (or of `type`); NULL with a refusal. */
json_t *call_body_object(struct call *c, const struct schema_type *type, const char *kind, const char *group,
			 const char *version);
json_t *call_body_options(struct call *c); /* the body as the tree of DeleteOptions */
json_t *call_body_json(struct call *c, bool yaml);
/* Unknown fields become warnings, a refusal or nothing, as fieldValidation says. */
int report_unknown(struct call *c, const json_t *unknown, const char *kind, const char *version);

/* verbs; each replies or returns -1 with the refusal. */
int do_get(struct call *c);
int do_list(struct call *c);
int do_watch(struct call *c);
int do_create(struct call *c);
int do_update(struct call *c);
int do_patch(struct call *c);
int do_delete(struct call *c);
int do_deletecollection(struct call *c);
int do_binding(struct call *c);
int do_eviction(struct call *c);
int do_scale(struct call *c);
int do_review(struct call *c);
int do_token_request(struct call *c);
/* tokens.c: the user of a token that was issued and is good now; NULL: it is not. */
const char *token_issued_to(struct apiserver *s, const char *token, int64_t now);
void tokens_done(struct apiserver *s);
int do_pod_kubelet(struct call *c); /* kubelet.c: log, exec, attach, portforward */
int do_node_proxy(struct call *c);

/* create.c: admission and storage of a decoded object (stolen). The stored tree is borrowed in `*ret`, or a new
 * reference when dry. */
int create_object(struct call *c, json_t *object, json_t **ret);
bool has_generation(const struct kube_resource *r);
json_t *canonical(const struct apiserver *s, const struct kube_resource *r, json_t *object);
/* namespaces.c: what every namespace gets. */
void populate_namespace(struct apiserver *s, const char *name, int64_t now);
void found_namespaces(struct apiserver *s, int64_t now);
/* update.c: puts `object` (stolen, decoded) in the place of `old`; `*ret` is a new reference. */
int update_object(struct call *c, const json_t *old, json_t *object, json_t **ret);
/* delete.c */
struct delete_options {
	int64_t grace; /* -1: not said */
	bool has_grace;
	const char *uid, *resource_version; /* preconditions, borrowed from the tree */
	const char *propagation;
	json_t *tree;
};
int delete_object(struct call *c, const json_t *old, const struct delete_options *o, json_t **ret, bool *ret_gone);
void delete_options_done(struct delete_options *o);
#define CLEANUP_DELETE_OPTIONS __attribute__((cleanup(delete_options_done)))
int delete_options_of(struct call *c, const json_t *tree, struct delete_options *o);

/* commit.c: storage with everything that hangs on it: watches, subscriber, garbage collection. */
json_t *commit_put(struct apiserver *s, const struct kube_resource *r, json_t *tree); /* steals; borrowed */
void commit_delete(struct apiserver *s, const struct kube_resource *r, const char *name_space, const char *name);
char *make_uid(struct apiserver *s);
void make_suffix(struct apiserver *s, char *out, size_t n);

/* meta.c */
const char *meta_str(const json_t *object, const char *key); /* "" when absent */
json_t *meta_of(json_t *object);			     /* made when absent */
/* A copy that shares everything but the top level and metadata. */
json_t *copy_for_change(const json_t *object);
void set_str(json_t *o, const char *key, const char *value);
void set_default(json_t *o, const char *key, json_t *value); /* steals */

/* events_form.c: events are stored as core/v1. Both give a new reference. */
json_t *event_to_core(const json_t *object);
json_t *event_to_group(const json_t *object);
/* The object as the call's group and version show it; borrowed or new, always a new reference. */
json_t *in_form_of(const struct kube_resource *r, json_t *stored);

/* defaults_*.c, on a decoded object */
void pod_defaults(json_t *pod);
void pod_spec_defaults(json_t *spec);
int pod_admit(struct call *c, json_t *pod);
void workload_defaults(const struct kube_resource *r, json_t *object);
void storage_defaults(const struct kube_resource *r, json_t *object);
void storage_prepare(const struct kube_resource *r, json_t *object);
const char *pod_qos(const json_t *pod);

/* validate_*.c */
void validate_meta(const struct kube_resource *r, const json_t *object, struct causes *causes);
void validate_create(struct call *c, const json_t *object, struct causes *causes);
void validate_update(struct call *c, const json_t *old, const json_t *object, struct causes *causes);
/* Has one of the first `before` elements this name? */
bool list_has_name(const json_t *list, const char *name, size_t before);
void validate_ephemeral(const json_t *spec, const char *path, struct causes *causes);
void validate_ephemeral_create(const json_t *pod, struct causes *causes);
void validate_ephemeral_update(const json_t *old, const json_t *pod, struct causes *causes);
void validate_pod_spec(const json_t *spec, const char *path, struct causes *causes);
void validate_pod(const json_t *pod, struct causes *causes);
void validate_pod_update(const json_t *old, const json_t *pod, struct causes *causes);
void validate_pod_status(const json_t *old, const json_t *pod, struct causes *causes);
void validate_node(const json_t *node, struct causes *causes);
void validate_node_update(const json_t *old, const json_t *node, struct causes *causes);
void validate_event(const json_t *object, bool new_api, struct causes *causes);
void validate_csr(const json_t *csr, struct causes *causes);
void validate_lease(const json_t *lease, struct causes *causes);
void validate_workload(const struct kube_resource *r, const json_t *object, struct causes *causes);
void validate_storage(const struct kube_resource *r, const json_t *object, struct causes *causes);
const char *name_problem(const struct kube_resource *r, const char *name); /* NULL: fine */
const char *dns_label_problem(const char *name);
const char *name_part_problem(const char *name);
void validate_qualified_name(const char *name, const char *field, struct causes *causes);
void validate_labels(const json_t *labels, const char *field, struct causes *causes);

/* watch.c */
void watches_notify(struct apiserver *s, const struct change *change);
void watches_tick(struct apiserver *s, int64_t now_ms);
int64_t watches_deadline(const struct apiserver *s);
void watches_done(struct apiserver *s);

#endif
