/* Hooks that the core wants run: a command inside a container, through its agent; or a request. At most HOOKS_MAX at a
 * time, the others wait in order; none takes longer than HOOK_LONGEST_MS. What they say is dropped: it may be secret.
 *
 * They are not awaited when we stop: who leads next runs them again.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/session.h"

#define HOOKS_IN_FLIGHT 1000
#define HOOK_LONGEST_MS 3600000 /* of one that nothing else limits: postStart */
#define HOOK_USER_AGENT "kube-lifecycle/kube-mesos-adapter"

struct shell_hooks {
	struct http_client *http; /* their connections last as long as they do */
	struct list waiting, flying;
	size_t n_flying;
};

struct hook_run {
	struct list link;
	struct shell *shell;
	struct effect *effect;
	struct mesos_session *session; /* a command */
	struct http_call *call;	       /* a request */
	uv_timer_t timer;	       /* its limit, waiting included */
	bool begun;
	struct err refusal; /* it could not begin */
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct effect *run_free(struct hook_run *run)
{
	struct effect *effect = run->effect;
	mesos_session_free(run->session);
	http_call_cancel(run->call);
	list_remove(&run->link);
	run->shell->hooks->n_flying -= run->begun;
	uv_close((uv_handle_t *)&run->timer, on_closed);
	return effect;
}

static void pump(struct shell *shell);

static void finish(struct hook_run *run, const struct err *failure)
{
	struct err copy = failure ? *failure : (struct err){0};
	struct shell *shell = run->shell;
	struct effect *effect = run_free(run);
	pump(shell);
	pending_done(pending_new(shell, effect), failure ? &copy : NULL);
}

/* ---- a command ---- */

static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	(void)arg;
	(void)type;
	(void)bytes;
	(void)n;
}

static void on_input_full(void *arg, bool full)
{
	(void)arg;
	(void)full;
}

static void on_exit_(void *arg, int wait_status)
{
	struct hook_run *run = arg;
	struct err e = {0};
	int code = wait_status < 0 ? -1 : mesos_session_exit_code(wait_status);
	if (wait_status < 0) {
		err_set(&e, ERR_INVALID, "the Mesos agent does not say how its command ended");
	} else if (code) {
		err_set(&e, ERR_INVALID, "its command exited with status %d", code);
	}
	finish(run, code ? &e : NULL);
}

static void on_failed(void *arg, const struct err *why)
{
	struct hook_run *run = arg;
	if (why->code == ERR_AUTH) {
		shell_agents_look_again(run->shell);
	}
	finish(run, why);
}

static int begin_command(struct hook_run *run, const json_t *command, const json_t *linux_info, struct err *e)
{
	static const struct mesos_session_handlers handlers = {on_output, on_input_full, on_exit_, on_failed};
	char url[AGENT_URL_MAX];
	struct mesos_agent agent;
	struct run of = {.container_id = run->effect->text};
	const char *parent = kubelet_container_id(&of);
	if (shell_agent_at(run->shell, run->effect->agent_id, url, &agent, e) < 0) {
		return -1;
	}
	agent.http = run->shell->hooks->http;
	if (!parent) {
		return err_set(e, ERR_BUSY, "Mesos has not told the id of the container");
	}
	CLEANUP_FREE char *id = kubelet_session_id(parent);
	size_t n = json_array_size(command);
	CLEANUP_FREE const char **words = xcalloc(n + 1, sizeof(*words));
	for (size_t i = 0; i < n; i++) {
		words[i] = json_string_value(json_array_get(command, i));
	}
	struct mesos_session_spec spec = {
	    .container_id = id, .command = words, .n_command = n, .linux_info = linux_info};
	run->session = mesos_session_start(&agent, &spec, &handlers, run);
	return 0;
}

/* ---- a request ---- */

static void on_body(void *arg, const char *bytes, size_t n)
{
	(void)arg;
	(void)bytes;
	(void)n;
}

/* As of a kubelet, any answer will do. */
static void on_answer(void *arg, const struct http_result *r)
{
	struct hook_run *run = arg;
	struct err e = r->err;
	run->call = NULL;
	e.code = ERR_INVALID; /* it is the hook that failed, not the way to it */
	finish(run, r->head.status ? NULL : &e);
}

static int begin_request(struct hook_run *run, const char *url, const json_t *headers, struct err *e)
{
	static const struct http_handlers handlers = {.on_data = on_body, .on_done = on_answer};
	CLEANUP_FREE struct http_header *all = xcalloc(json_array_size(headers) + 1, sizeof(*all));
	size_t n = shell_put_headers(headers, HOOK_USER_AGENT, all);
	struct http_spec spec = {.url = url, .headers = all, .n_headers = n, .tls = {.insecure = true}};
	run->call = http_call_start(run->shell->hooks->http, &spec, &handlers, run, e);
	return run->call ? 0 : -1;
}

/* ---- life ---- */

void shell_hooks_drop(struct shell *shell)
{
	if (!shell->hooks) {
		return;
	}
	struct list *const lists[] = {&shell->hooks->waiting, &shell->hooks->flying};
	for (size_t i = 0; i < 2; i++) {
		LIST_EACH (lists[i], link) {
			effect_free(run_free(LIST_ENTRY(link, struct hook_run, link)));
		}
	}
	http_client_free(shell->hooks->http);
	free(shell->hooks);
	shell->hooks = NULL;
}

static void on_time(uv_timer_t *timer)
{
	struct hook_run *run = timer->data;
	struct err late = {0};
	err_set(&late, ERR_LIMIT, "it has not ended in time");
	finish(run, run->refusal.code ? &run->refusal : &late);
}

/* With the first one. */
static int make_client(struct shell *shell, struct err *e)
{
	const struct http_limits limits = {.connections_per_host = HOOKS_IN_FLIGHT};
	struct shell_hooks *hooks = shell->hooks;
	hooks->http = hooks->http ? hooks->http : http_client_new(shell->loop, &limits, e);
	return hooks->http ? 0 : -1;
}

static int begin(struct hook_run *run, struct err *e)
{
	const json_t *body = run->effect->body;
	const json_t *command = js_arr(body, "command");
	if (make_client(run->shell, e) < 0) {
		return -1;
	}
	return command ? begin_command(run, command, js_obj(body, "linux_info"), e)
		       : begin_request(run, js_str(body, "url"), js_arr(body, "headers"), e);
}

static struct shell_hooks *hooks_new(void)
{
	struct shell_hooks *hooks = xcalloc(1, sizeof(*hooks));
	list_init(&hooks->waiting);
	list_init(&hooks->flying);
	return hooks;
}

/* Steps do not nest, so what cannot begin is told later. */
static void pump(struct shell *shell)
{
	struct shell_hooks *hooks = shell->hooks;
	while (hooks->n_flying < HOOKS_IN_FLIGHT && !list_empty(&hooks->waiting)) {
		struct hook_run *run = LIST_ENTRY(hooks->waiting.next, struct hook_run, link);
		list_remove(&run->link);
		list_push(&hooks->flying, &run->link);
		hooks->n_flying++;
		run->begun = true;
		if (begin(run, &run->refusal) < 0) {
			uv_timer_start(&run->timer, on_time, 0, 0);
		}
	}
}

void shell_run_hook(struct shell *shell, struct effect *effect)
{
	int64_t limit = effect->grace_ms && effect->grace_ms < HOOK_LONGEST_MS ? effect->grace_ms : HOOK_LONGEST_MS;
	struct hook_run *run = xcalloc(1, sizeof(*run));
	shell->hooks = shell->hooks ? shell->hooks : hooks_new();
	*run = (struct hook_run){.shell = shell, .effect = effect};
	uv_timer_init(shell->loop, &run->timer);
	run->timer.data = run;
	list_push(&shell->hooks->waiting, &run->link);
	uv_timer_start(&run->timer, on_time, (uint64_t)limit, 0);
	pump(shell);
}
