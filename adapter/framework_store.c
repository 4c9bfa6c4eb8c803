/* The framework id, kept in a ConfigMap: the one thing that neither a pod nor Mesos would tell after a restart. */
#include <stdlib.h>

#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/mem.h"

#define KEY "frameworkId"

enum { STAGE_PATCH, STAGE_CREATE };

void framework_load(struct shell *shell, kube_done on_done)
{
	struct kube_request request = {.path = shell->state_path};
	kube_call(shell->kube, &request, on_done, shell);
}

const char *framework_loaded(const struct kube_result *result)
{
	const char *id = js_str_at(result->body, "data", KEY, NULL);
	return id && *id ? id : NULL;
}

static void on_stored(void *arg, const struct kube_result *result);

static void patch(struct pending *p)
{
	CLEANUP_JSON json_t *body = json_pack("{s:{s:s}}", "data", KEY, p->effect->text);
	CLEANUP_FREE char *text = js_text(body);
	struct kube_request request = {
	    .method = "PATCH",
	    .path = p->shell->state_path,
	    .content_type = "application/merge-patch+json",
	    .body = text,
	    .body_len = strlen(text),
	};
	p->stage = STAGE_PATCH;
	kube_call(p->shell->kube, &request, on_stored, p);
}

static void create(struct pending *p)
{
	CLEANUP_JSON json_t *body =
	    json_pack("{s:s,s:s,s:{s:s},s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata", "name",
		      p->shell->settings->state_name, "data", KEY, p->effect->text);
	CLEANUP_FREE char *text = js_text(body);
	struct kube_request request = {
	    .method = "POST",
	    .path = p->shell->state_collection,
	    .body = text,
	    .body_len = strlen(text),
	};
	p->stage = STAGE_CREATE;
	kube_call(p->shell->kube, &request, on_stored, p);
}

static void on_stored(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	if (p->stage == STAGE_PATCH && result->err.code == ERR_NOT_FOUND) {
		create(p);
		return;
	}
	pending_done(p, result->err.code == ERR_NONE ? NULL : &result->err);
}

void framework_store(struct shell *shell, struct effect *effect)
{
	patch(pending_new(shell, effect));
}
