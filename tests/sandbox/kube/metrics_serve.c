/* The group metrics.k8s.io as an API server with an aggregated metrics-server answers it. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/discovery.h"
#include "tests/sandbox/kube/metrics.h"
#include "tests/sandbox/kube/model.h"

#define GROUP "metrics.k8s.io"
#define VERSION "v1beta1"

static const struct kube_resource NODES = {.group = GROUP, .version = VERSION, .plural = "nodes"};
static const struct kube_resource PODS = {.group = GROUP, .version = VERSION, .plural = "pods", .namespaced = true};

static void answer(struct call *c, json_t *document)
{
	CLEANUP_JSON json_t *own = document;
	CLEANUP_FREE char *text = js_text(own);
	c->res->status = 200;
	buf_clear(&c->res->body);
	buf_puts(&c->res->body, text);
}

static json_t *group(void)
{
	return json_pack("{s:s,s:[{s:s,s:s}],s:{s:s,s:s}}", "name", GROUP, "versions", "groupVersion",
			 GROUP "/" VERSION, "version", VERSION, "preferredVersion", "groupVersion", GROUP "/" VERSION,
			 "version", VERSION);
}

static json_t *aggregated_resource(const char *plural, const char *kind, const char *scope)
{
	return json_pack("{s:s,s:{s:s,s:s,s:s},s:s,s:s,s:[s,s]}", "resource", plural, "responseKind", "group", GROUP,
			 "version", VERSION, "kind", kind, "scope", scope, "singularResource", "", "verbs", "get",
			 "list");
}

static json_t *aggregated_group(void)
{
	return json_pack("{s:{s:s},s:[{s:s,s:s,s:[o,o]}]}", "metadata", "name", GROUP, "versions", "version", VERSION,
			 "freshness", "Current", "resources", aggregated_resource("nodes", "NodeMetrics", "Cluster"),
			 aggregated_resource("pods", "PodMetrics", "Namespaced"));
}

/* The list of groups in either form, with one more. */
static void join_groups(struct call *c)
{
	discovery_handle(c->req, c->res);
	CLEANUP_JSON json_t *list = json_loadb(c->res->body.data, c->res->body.len, 0, NULL);
	if (js_arr(list, "groups")) {
		json_array_append_new(js_arr(list, "groups"), group());
	} else if (js_arr(list, "items")) {
		json_array_append_new(js_arr(list, "items"), aggregated_group());
	} else {
		return;
	}
	answer(c, json_incref(list));
}

static json_t *resource(const char *plural, bool namespaced, const char *kind)
{
	return json_pack("{s:s,s:s,s:b,s:s,s:[s,s]}", "name", plural, "singularName", "", "namespaced", namespaced,
			 "kind", kind, "verbs", "get", "list");
}

static void answer_json(struct call *c, json_t *document)
{
	sandbox_response_header(c->res, "Content-Type", "application/json");
	answer(c, document);
}

static int answer_one(struct call *c, const struct kube_resource *r, json_t *items)
{
	CLEANUP_JSON json_t *own = items;
	size_t i;
	json_t *o;
	json_array_foreach (own, i, o) {
		if (strcmp(meta_str(o, "name"), c->name) == 0) {
			answer_json(c, json_incref(o));
			return 0;
		}
	}
	return refuse_not_found(&c->refusal, r, c->name);
}

static int answer_objects(struct call *c, struct metrics_model *m)
{
	bool nodes = strcmp(c->plural, "nodes") == 0;
	if ((!nodes && strcmp(c->plural, "pods") != 0) || c->sub[0]) {
		return refuse_unknown_path(&c->refusal);
	}
	if (strcmp(c->verb, "get") != 0 && strcmp(c->verb, "list") != 0) {
		return refuse_method(&c->refusal);
	}
	json_t *items = nodes ? metrics_model_nodes(m) : metrics_model_pods(m, c->name_space);
	if (c->name[0]) {
		return answer_one(c, nodes ? &NODES : &PODS, items);
	}
	answer_json(c, json_pack("{s:s,s:s,s:{},s:o}", "kind", nodes ? "NodeMetricsList" : "PodMetricsList",
				 "apiVersion", GROUP "/" VERSION, "metadata", "items", items));
	return 0;
}

bool metrics_serve(struct call *c, struct metrics_model *m, int *ret)
{
	const char *path = c->req->path;
	*ret = 0;
	if (strcmp(path, "/apis") == 0) {
		join_groups(c);
	} else if (strcmp(path, "/apis/" GROUP) == 0) {
		json_t *o = group();
		json_object_update_new(o, json_pack("{s:s,s:s}", "kind", "APIGroup", "apiVersion", "v1"));
		answer_json(c, o);
	} else if (strcmp(path, "/apis/" GROUP "/" VERSION) == 0) {
		answer_json(c,
			    json_pack("{s:s,s:s,s:s,s:[o,o]}", "kind", "APIResourceList", "apiVersion", "v1",
				      "groupVersion", GROUP "/" VERSION, "resources",
				      resource("nodes", false, "NodeMetrics"), resource("pods", true, "PodMetrics")));
	} else if (c->is_resource && strcmp(c->group, GROUP) == 0 && strcmp(c->version, VERSION) == 0) {
		*ret = answer_objects(c, m);
	} else {
		return false;
	}
	return true;
}
