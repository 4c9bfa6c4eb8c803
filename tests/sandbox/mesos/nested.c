/* Containers beside tasks: launched, waited for, killed and forgotten over an agent's API. */
#include "tests/sandbox/mesos/nested.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

struct waiter {
	struct list link;
	struct sandbox_stream *stream;
};

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);
	return strncmp(path, above, n) == 0 && path[n] == '.';
}

/* Waiting */

static void waiter_free(struct waiter *w)
{
	list_remove(&w->link);
	w->stream->closed = NULL;
	w->stream->model = NULL;
	sandbox_stream_unref(w->stream);
	free(w);
}

static void waiter_left(struct sandbox_stream *s)
{
	waiter_free(s->model);
}

static json_t *wait_answer(int wait_status)
{
	return json_pack("{s:s,s:{s:i}}", "type", "WAIT_NESTED_CONTAINER", "wait_nested_container", "exit_status",
			 wait_status);
}

static void waiter_tell(struct waiter *w, int wait_status)
{
	json_t *answer = wait_answer(wait_status);
	CLEANUP_FREE char *text = js_text(answer);
	json_decref(answer);
	buf_puts(&w->stream->out, text);
	w->stream->ended = true;
	sandbox_stream_wake(w->stream);
	waiter_free(w);
}

static void wait_for(struct nested *n, struct sandbox_response *res)
{
	if (!n->container) {
		api_json(res, 200, wait_answer(n->wait_status));
		return;
	}
	struct waiter *w = xcalloc(1, sizeof(*w));
	w->stream = sandbox_stream_new(MESOS_STREAM_PENDING_MAX);
	w->stream->model = w;
	w->stream->closed = waiter_left;
	list_push(&n->waiters, &w->link);
	res->status = 200;
	sandbox_response_header(res, "Content-Type", "application/json");
	res->stream = sandbox_stream_ref(w->stream);
}

/* Records */

static struct nested *nested_new(struct mesos_agent *a, const char *path, const json_t *launch, bool session)
{
	struct nested *n = xcalloc(1, sizeof(*n));
	*n = (struct nested){.agent = a,
			     .id = json_incref(js_obj(launch, "container_id")),
			     .path = xstrdup(path),
			     .command = json_incref(js_obj(launch, "command")),
			     .container_info = json_incref(js_obj(launch, "container")),
			     .session = session};
	list_init(&n->waiters);
	list_push(&a->nested, &n->in_agent);
	map_put(&a->nested_by_path, n->path, n);
	a->n_nested++;
	return n;
}

static void nested_free(struct nested *n)
{
	struct mesos_agent *a = n->agent;
	if (n->container) {
		n->container->nested = NULL;
	}
	LIST_EACH (&n->waiters, l) {
		struct waiter *w = LIST_ENTRY(l, struct waiter, link);
		w->stream->cut = true;
		sandbox_stream_wake(w->stream);
		waiter_free(w);
	}
	map_del(&a->nested_by_path, n->path);
	list_remove(&n->in_agent);
	a->n_nested--;
	json_decref(n->id);
	json_decref(n->command);
	json_decref(n->container_info);
	free(n->path);
	free(n->sandbox);
	free(n);
}

void nested_exited(struct nested *n, int wait_status)
{
	n->container = NULL;
	n->wait_status = wait_status;
	nested_kill_below(n->agent, n->path);
	LIST_EACH (&n->waiters, l) {
		waiter_tell(LIST_ENTRY(l, struct waiter, link), wait_status);
	}
}

void nested_kill_below(struct mesos_agent *a, const char *path)
{
	LIST_EACH (&a->nested, l) {
		const struct nested *n = LIST_ENTRY(l, struct nested, in_agent);
		if (n->container && is_below(n->path, path)) {
			container_signal(n->container, SIGKILL);
		}
	}
}

void nested_drop_below(struct mesos_agent *a, const char *path)
{
	nested_kill_below(a, path);
	LIST_EACH (&a->nested, l) {
		struct nested *n = LIST_ENTRY(l, struct nested, in_agent);
		if (is_below(n->path, path)) {
			nested_free(n);
		}
	}
}

/* False when all of them run. */
static bool make_room(struct mesos_agent *a)
{
	LIST_EACH (&a->nested, l) {
		struct nested *n = LIST_ENTRY(l, struct nested, in_agent);
		if (a->n_nested >= NESTED_MAX && !n->container) {
			nested_free(n);
		}
	}
	return a->n_nested < NESTED_MAX;
}

/* Where a ContainerID points */

char *place_path(const json_t *id)
{
	const char *own = js_str(id, "value");
	const json_t *above = js_obj(id, "parent");
	CLEANUP_FREE char *front = above ? place_path(above) : NULL;
	return front ? xasprintf("%s.%s", front, own) : xstrdup(own ? own : "");
}

char *task_path(const struct task *t)
{
	return t->executor->is_default ? xasprintf("%s.%s", t->executor->container_id, t->container_id)
				       : xstrdup(t->container_id);
}

struct place place_find(struct mesos_agent *a, const char *path)
{
	LIST_EACH (&a->executors, lx) {
		struct executor *x = LIST_ENTRY(lx, struct executor, in_agent);
		if (x->is_default && strcmp(x->container_id, path) == 0) {
			return (struct place){.executor = x};
		}
		LIST_EACH (&x->tasks, l) {
			struct task *t = LIST_ENTRY(l, struct task, in_executor);
			CLEANUP_FREE char *own = task_path(t);
			if (t->container && strcmp(own, path) == 0) {
				return (struct place){.executor = x, .task = t};
			}
		}
	}
	return (struct place){.nested = map_get(&a->nested_by_path, path)};
}

struct container *place_container(const struct place *p)
{
	return p->nested ? p->nested->container : p->task ? p->task->container : NULL;
}

char *place_sandbox(const struct place *p)
{
	if (p->nested) {
		return p->nested->sandbox ? xstrdup(p->nested->sandbox) : NULL;
	}
	if (!p->executor->run_dir) {
		return NULL;
	}
	return p->task && p->executor->is_default
		   ? xasprintf("%s/containers/%s", p->executor->run_dir, p->task->container_id)
		   : xstrdup(p->executor->run_dir);
}

/* Calls */

static const struct {
	const char *type, *field;
	bool parent; /* must be there */
} calls[] = {
    {"LAUNCH_NESTED_CONTAINER", "launch_nested_container", true},
    {"LAUNCH_NESTED_CONTAINER_SESSION", "launch_nested_container_session", true},
    {"WAIT_NESTED_CONTAINER", "wait_nested_container", true},
    {"KILL_NESTED_CONTAINER", "kill_nested_container", true},
    {"REMOVE_NESTED_CONTAINER", "remove_nested_container", true},
    {"ATTACH_CONTAINER_OUTPUT", "attach_container_output", false},
};

static size_t call_of(const json_t *call)
{
	size_t i = 0;
	while (i < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[i].type, js_str(call, "type")) != 0) {
		i++;
	}
	return i;
}

static char *container_id_invalid(const char *field, const json_t *id)
{
	for (; id; id = js_obj(id, "parent")) {
		CLEANUP_FREE char *why = id_invalid(js_str(id, "value"));
		if (why) {
			return xasprintf("'%s.container_id' is invalid: %s", field, why);
		}
	}
	return NULL;
}

char *nested_invalid(const json_t *call)
{
	size_t i = call_of(call);
	if (i == sizeof(calls) / sizeof(calls[0])) {
		return NULL;
	}
	const char *field = calls[i].field;
	const json_t *body = js_obj(call, field), *id = js_obj(body, "container_id");
	if (!body) {
		return xasprintf("Expecting '%s' to be present", field);
	}
	char *why = container_id_invalid(field, id);
	if (!why && calls[i].parent && !js_obj(id, "parent")) {
		why = xasprintf("Expecting '%s.container_id.parent' to be present", field);
	}
	bool session = strcmp(calls[i].type, "LAUNCH_NESTED_CONTAINER_SESSION") == 0;
	if (!why && session && !js_bool(js_at(body, "container", "linux_info", NULL), "share_cgroups", true)) {
		why = xasprintf(
		    "'%s.container.linux_info' is invalid: 'share_cgroups' cannot be set to 'false' for nested "
		    "container sessions",
		    field);
	}
	return why;
}

static void say(struct sandbox_response *res, int status, const char *format, const char *path)
{
	CLEANUP_BUF struct buf text = BUF_INIT((size_t)1 << 16);
	const char *at = strstr(format, "%s");
	buf_append(&text, format, (size_t)(at - format));
	buf_puts(&text, path);
	buf_puts(&text, at + 2);
	api_text(res, status, buf_str(&text));
}

static void launch(struct mesos_agent *a, const json_t *body, bool session, const struct sandbox_request *req,
		   struct sandbox_response *res)
{
	const json_t *id = js_obj(body, "container_id");
	CLEANUP_FREE char *path = place_path(id), *above = place_path(js_obj(id, "parent")), *why = NULL;
	struct nested *before = map_get(&a->nested_by_path, path);
	struct place parent = place_find(a, above);
	if (before && before->container) {
		res->status = 202;
		return;
	}
	if (!parent.executor && !place_container(&parent)) {
		say(res, 400, "Parent container %s does not exist", above);
		return;
	}
	if (before) {
		nested_free(before);
	}
	if (!make_room(a)) {
		api_text(res, 500, "Too many nested containers");
		return;
	}
	struct nested *n = nested_new(a, path, body, session);
	if (container_start_nested(n, &parent, &why)) {
		nested_free(n);
		api_text(res, 500, why);
	} else if (session) {
		switchboard_attach(n->container->io, true, req, res);
	} else {
		res->status = 200;
	}
}

static void kill_one(struct nested *n, const json_t *body, const char *path, struct sandbox_response *res)
{
	if (!n || !n->container) {
		say(res, 404, "Container '%s' cannot be found (or is already killed)", path);
		return;
	}
	res->status = 200;
	container_signal(n->container, (int)js_int(body, "signal", SIGKILL));
}

static void remove_one(struct mesos_agent *a, struct nested *n, const char *path, struct sandbox_response *res)
{
	CLEANUP_FREE char *root = xstrndup(path, strcspn(path, "."));
	if (n && n->container) {
		api_text(res, 500, "Nested container has not terminated yet");
		return;
	}
	bool known = false;
	LIST_EACH (&a->executors, l) {
		known = known || strcmp(LIST_ENTRY(l, struct executor, in_agent)->container_id, root) == 0;
	}
	if (!known) {
		api_text(res, 500, "Unknown root container");
		return;
	}
	if (n) {
		nested_free(n);
	}
	res->status = 200;
}

void nested_call(struct mesos_agent *a, const json_t *call, const struct sandbox_request *req,
		 struct sandbox_response *res)
{
	const char *type = js_str(call, "type");
	const json_t *body = js_obj(call, calls[call_of(call)].field);
	CLEANUP_FREE char *path = place_path(js_obj(body, "container_id"));
	struct nested *n = map_get(&a->nested_by_path, path);
	bool session = strcmp(type, "LAUNCH_NESTED_CONTAINER_SESSION") == 0;
	if (session || strcmp(type, "LAUNCH_NESTED_CONTAINER") == 0) {
		launch(a, body, session, req, res);
	} else if (strcmp(type, "KILL_NESTED_CONTAINER") == 0) {
		kill_one(n, body, path, res);
	} else if (strcmp(type, "REMOVE_NESTED_CONTAINER") == 0) {
		remove_one(a, n, path, res);
	} else if (strcmp(type, "ATTACH_CONTAINER_OUTPUT") == 0) {
		switchboard_call_output(a, call, req, res);
	} else if (n) {
		wait_for(n, res);
	} else {
		say(res, 404, "Container %s cannot be found", path);
	}
}
