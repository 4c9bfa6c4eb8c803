/* The way of a request: who, what, may they, and then the verb. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/discovery.h"
#include "tests/sandbox/kube/metrics.h"
#include "tests/sandbox/kube/rest.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static int find_resource(struct call *c)
{
	c->r = registry_find(c->group, c->version, c->plural);
	if (!c->r || (c->sub[0] && !registry_subresource(c->r, c->sub))) {
		c->r = NULL;
		return refuse_unknown_path(&c->refusal);
	}
	if (!c->r->namespaced && !is(c->plural, "namespaces") && c->name_space[0]) {
		return refuse_unknown_path(&c->refusal);
	}
	if (c->r->namespaced && c->name[0] && !c->name_space[0]) {
		return refuse_unknown_path(&c->refusal);
	}
	c->bucket = store_bucket(&c->s->store, c->r->stored_as);
	return 0;
}

static bool reviewed(const struct kube_resource *r)
{
	return is(r->verbs, "create");
}

/* Does the path take the method at all? */
static bool verb_allowed(const struct call *c)
{
	if (is(c->verb, "create") && c->name[0] && !c->sub[0]) {
		return false;
	}
	if (!c->name[0] && (is(c->verb, "update") || is(c->verb, "patch"))) {
		return false;
	}
	if (c->r->namespaced && !c->name_space[0] && !is(c->verb, "list") && !is(c->verb, "watch") && !reviewed(c->r)) {
		return false;
	}
	const struct kube_subresource *sub = c->sub[0] ? registry_subresource(c->r, c->sub) : NULL;
	return registry_word_in(sub ? sub->verbs : c->r->verbs, c->verb);
}

static int read_flags(struct call *c)
{
	const char *dry = query_get(&c->query, "dryRun");
	if (!dry || !dry[0]) {
		return 0;
	}
	if (!is(dry, "All")) {
		struct causes causes = {0};
		const char *kind = is(c->verb, "create")   ? "CreateOptions"
				   : is(c->verb, "update") ? "UpdateOptions"
				   : is(c->verb, "patch")  ? "PatchOptions"
							   : "DeleteOptions";
		cause_add(&causes, "NotSupported", "dryRun", "Unsupported value: [\"%s\"]: supported values: \"All\"",
			  dry);
		return causes_refuse(&causes, kind, "meta.k8s.io", "", &c->refusal);
	}
	c->dry_run = true;
	return 0;
}

static int subresource(struct call *c)
{
	if (is(c->sub, "binding")) {
		return do_binding(c);
	}
	if (is(c->sub, "eviction")) {
		return do_eviction(c);
	}
	if (is(c->sub, "scale")) {
		return do_scale(c);
	}
	return do_token_request(c);
}

/* What is answered is the kubelet's, in whatever form. */
static bool of_kubelet(const struct call *c)
{
	return is(c->sub, "log") || is(c->sub, "exec") || is(c->sub, "attach") || is(c->sub, "portforward") ||
	       is(c->sub, "proxy");
}

static bool like_the_object(const char *sub)
{
	return !sub[0] || is(sub, "status") || is(sub, "approval") || is(sub, "ephemeralcontainers") || is(sub, "resize") ||
	       is(sub, "finalize");
}

static int dispatch(struct call *c)
{
	static const struct {
		const char *verb;
		int (*run)(struct call *);
	} VERBS[] = {
	    {"get", do_get},	   {"list", do_list},
	    {"watch", do_watch},   {"create", do_create},
	    {"update", do_update}, {"patch", do_patch},
	    {"delete", do_delete}, {"deletecollection", do_deletecollection},
	};
	if (is(c->plural, "bindings")) {
		return do_binding(c);
	}
	if (reviewed(c->r)) {
		return do_review(c);
	}
	if (!like_the_object(c->sub)) {
		return subresource(c);
	}
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++) {
		if (is(VERBS[i].verb, c->verb)) {
			return VERBS[i].run(c);
		}
	}
	return refuse_method(&c->refusal);
}

static int serve_resource(struct call *c)
{
	if (find_resource(c) < 0) {
		return -1;
	}
	if (!verb_allowed(c)) {
		return refuse_method(&c->refusal);
	}
	if (c->req->body_len > APISERVER_BODY_MAX) {
		return refuse(&c->refusal, 413, "RequestEntityTooLarge", NULL, "Request entity too large: limit is %d",
			      APISERVER_BODY_MAX);
	}
	if (of_kubelet(c)) {
		return is(c->plural, "nodes") ? do_node_proxy(c) : do_pod_kubelet(c);
	}
	if (call_negotiate(c) < 0 || read_flags(c) < 0) {
		return -1;
	}
	return dispatch(c);
}

/* 0: answered. */
static int serve(struct call *c)
{
	if (!c->internal && call_authenticate(c) < 0) {
		return -1;
	}
	route_parse(c);
	if (c->is_resource && is(c->req->method, "HEAD")) {
		return refuse_method(&c->refusal);
	}
	if (call_authorize(c) < 0) {
		return -1;
	}
	int answered;
	if (c->s->config.metrics && metrics_serve(c, c->s->config.metrics, &answered)) {
		return answered;
	}
	if (discovery_handle(c->req, c->res)) {
		return 0;
	}
	if (c->is_resource) {
		return serve_resource(c);
	}
	refuse(&c->refusal, 404, NULL, NULL, "404 page not found\n");
	c->refusal.plain = true;
	return -1;
}

void rest_serve(struct call *c)
{
	query_parse(&c->query, c->req->query ? c->req->query : "");
	if (serve(c) < 0) {
		c->shown = SHOWN_OBJECT;
		call_reply_refusal(c);
	}
	refusal_done(&c->refusal);
	json_decref(c->warnings);
	for (size_t i = 0; i < c->who.n_groups; i++) {
		free(c->who.groups[i]);
	}
	query_done(&c->query);
	route_done(c);
}
