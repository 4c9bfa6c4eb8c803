/* Pods whose node does not exist: nobody is left who would end them. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/controllers_inner.h"

struct search {
	const char *node;
	json_t *found;
};

static void collect(void *arg, const json_t *pod)
{
	struct search *s = arg;
	const char *node = js_str_at(pod, "spec", "nodeName", NULL);
	if (node && strcmp(node, s->node) == 0) {
		json_array_append(s->found, (json_t *)(uintptr_t)pod);
	}
}

static json_t *failed_status(int64_t now_ms)
{
	char now[TIME_TEXT_MAX];
	time_text(now_ms, now);
	return json_pack("{s:{s:s, s:[{s:s, s:s, s:s, s:s, s:s}]}}", "status", "phase", "Failed", "conditions", "type",
			 "DisruptionTarget", "status", "True", "reason", "DeletionByPodGC", "message",
			 "PodGC: node no longer exists", "lastTransitionTime", now);
}

static void end_pod(struct apiserver *server, const json_t *pod, int64_t now_ms)
{
	CLEANUP_FREE char *path =
	    xasprintf("/api/v1/namespaces/%s/pods/%s", js_str_at(pod, "metadata", "namespace", NULL),
		      js_str_at(pod, "metadata", "name", NULL));
	CLEANUP_FREE char *status_path = xasprintf("%s/status", path);
	CLEANUP_JSON json_t *status = failed_status(now_ms), *first = NULL, *second = NULL;
	CLEANUP_JSON json_t *options =
	    json_pack("{s:s, s:s, s:i, s:{s:s}}", "apiVersion", "v1", "kind", "DeleteOptions", "gracePeriodSeconds", 0,
		      "preconditions", "uid", js_str_at(pod, "metadata", "uid", NULL));
	if (!pod_failed(pod) && !pod_succeeded(pod)) {
		apiserver_do(server, now_ms, "PATCH", status_path, "application/strategic-merge-patch+json", status,
			     &first);
	}
	apiserver_do(server, now_ms, "DELETE", path, NULL, options, &second);
}

void podgc_collect(struct apiserver *server, const char *node, int64_t now_ms)
{
	struct search search = {.node = node};
	size_t i;
	json_t *pod;
	if (apiserver_peek(server, "nodes", "", node)) {
		return;
	}
	search.found = json_array();
	apiserver_each(server, "pods", "", collect, &search);
	json_array_foreach (search.found, i, pod) {
		end_pod(server, pod, now_ms);
	}
	json_decref(search.found);
}
