/* The hooks of a container. */
#include <limits.h>
#include <string.h>

#include "base/js.h"
#include "kube/pod_read.h"

const char *const kube_hook_keys[KUBE_HOOKS] = {[HOOK_POST_START] = "postStart", [HOOK_PRE_STOP] = "preStop"};

static int read_http(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
		     struct kube_hook *h)
{
	h->type = HOOK_HTTP;
	return pod_read_page(r, o, &h->path, &h->https) || reader_check_fields(r, POD_SCOPE_HOOK_HTTP, at, o) ||
		       pod_read_host(r, at, o, &h->host) || pod_read_headers(r, at, o, &h->headers, &h->n_headers) ||
		       pod_read_port(r, at, o, c, &h->port)
		   ? -1
		   : 0;
}

static int read_sleep(struct pod_reader *r, const struct where *at, json_t *o, struct kube_hook *h)
{
	h->type = HOOK_SLEEP;
	return reader_check_fields(r, POD_SCOPE_SLEEP, at, o) || read_int(r, at, o, "seconds", 0, INT_MAX, &h->sleep_s)
		   ? -1
		   : 0;
}

static int read_hook(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
		     struct kube_hook *h)
{
	struct where exec_at = {.up = at, .key = "exec"}, http_at = {.up = at, .key = "httpGet"};
	struct where sleep_at = {.up = at, .key = "sleep"};
	json_t *exec, *http, *sleep;
	if (reader_check_fields(r, POD_SCOPE_HOOK, at, o) || read_object(r, at, o, "exec", &exec) ||
	    read_object(r, at, o, "httpGet", &http) || read_object(r, at, o, "sleep", &sleep)) {
		return -1;
	}
	if (exec) {
		h->type = HOOK_EXEC;
		return pod_read_exec(r, POD_SCOPE_HOOK_EXEC, &exec_at, exec, &h->command, &h->n_command);
	}
	if (http) {
		return read_http(r, &http_at, http, c, h);
	}
	if (sleep) {
		return read_sleep(r, &sleep_at, sleep, h);
	}
	bool told = json_object_size(json_object_get(o, "tcpSocket")) > 0;
	return told ? 0 : reader_refuse(r, at, "it does nothing that is known");
}

int pod_read_hooks(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where lifecycle_at = {.up = at, .key = "lifecycle"};
	json_t *lifecycle;
	if (read_object(r, at, o, "lifecycle", &lifecycle) ||
	    reader_check_fields(r, POD_SCOPE_LIFECYCLE, &lifecycle_at, lifecycle)) {
		return -1;
	}
	for (int kind = 0; kind < KUBE_HOOKS; kind++) {
		struct where here = {.up = &lifecycle_at, .key = kube_hook_keys[kind]};
		json_t *hook;
		if (read_object(r, &lifecycle_at, lifecycle, kube_hook_keys[kind], &hook)) {
			return -1;
		}
		if (!hook || !json_object_size(hook)) {
			continue;
		}
		struct kube_hook *h = reader_alloc(r, 1, sizeof(*h));
		if (!h || read_hook(r, &here, hook, c, h)) {
			return -1;
		}
		c->hooks[kind] = h;
	}
	return 0;
}
