/* exec and attach: the client's streams on one side, a session with the agent on the other. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "adapter/kubelet_state.h"
#include "base/mem.h"
#include "mesos/session.h"
#include "translate/working_dir.h"

struct exec {
	struct kubelet *k;
	char url[AGENT_URL_MAX];
	char *container_id;
	char **command; /* NULL: attach */
	size_t n_command;
	json_t *linux_info; /* of the command; NULL: none */
	bool input, tty, keeps_input;
	struct remote *remote;
	struct mesos_session *session; /* NULL: not begun */
};

static void exec_free(struct exec *x)
{
	mesos_session_free(x->session);
	texts_free(x->command, x->n_command);
	json_decref(x->linux_info);
	free(x->container_id);
	free(x);
}

/* ---- what the agent tells ---- */

static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	struct exec *x = arg;
	remote_output(x->remote, type == PROCESS_IO_STDERR ? REMOTE_STDERR : REMOTE_STDOUT, bytes, n);
}

static void on_input_full(void *arg, bool full)
{
	remote_input_full(((struct exec *)arg)->remote, full);
}

static void on_exit_(void *arg, int wait_status)
{
	struct exec *x = arg;
	struct remote *remote = x->remote;
	bool attach = !x->command;
	exec_free(x);
	if (attach) {
		remote_exited(remote, 0); /* how the container ended, its status tells */
	} else if (wait_status < 0) {
		remote_failed(remote,
			      "error executing command in container: the Mesos agent does not say how it ended");
	} else {
		remote_exited(remote, mesos_session_exit_code(wait_status));
	}
}

static void on_failed(void *arg, const struct err *why)
{
	struct exec *x = arg;
	struct remote *remote = x->remote;
	CLEANUP_FREE char *sentence =
	    xasprintf("error %s container: %s", x->command ? "executing command in" : "attaching to", why->text);
	exec_free(x);
	remote_failed(remote, sentence);
}

static const struct mesos_session_handlers session_handlers = {on_output, on_input_full, on_exit_, on_failed};

/* ---- what the client does ---- */

static void process_start(void *arg)
{
	struct exec *x = arg;
	struct mesos_session_spec spec = {
	    .container_id = x->container_id,
	    .command = (const char *const *)x->command,
	    .n_command = x->n_command,
	    .input = x->input,
	    .tty = x->tty,
	    .keeps_input = x->keeps_input,
	    .linux_info = x->linux_info,
	};
	struct mesos_agent agent = kubelet_agent(x->k, x->url);
	x->session = mesos_session_start(&agent, &spec, &session_handlers, x);
}

static void process_input(void *arg, const void *bytes, size_t n)
{
	struct exec *x = arg;
	if (x->session) {
		mesos_session_input(x->session, bytes, n);
	}
}

static void process_input_end(void *arg)
{
	struct exec *x = arg;
	if (x->session) {
		mesos_session_input_end(x->session);
	}
}

static void process_resize(void *arg, uint16_t columns, uint16_t rows)
{
	struct exec *x = arg;
	if (x->session) {
		mesos_session_resize(x->session, columns, rows);
	}
}

static void process_hold(void *arg, bool hold)
{
	struct exec *x = arg;
	if (x->session) {
		mesos_session_hold(x->session, hold);
	}
}

static void process_cancel(void *arg)
{
	exec_free(arg);
}

static const struct remote_process process = {
    .start = process_start,
    .input = process_input,
    .input_end = process_input_end,
    .resize = process_resize,
    .hold_output = process_hold,
    .cancel = process_cancel,
};

/* ---- requests ---- */

char *kubelet_session_id(const char *container_id)
{
	unsigned char random[16];
	char hex[2 * sizeof(random) + 1];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		abort();
	}
	for (size_t i = 0; i < sizeof(random); i++) {
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	}
	return xasprintf("%s.exec-%s", container_id, hex);
}

/* Who attaches finds a terminal or none, whatever they ask for; and their leaving is the end of its input only if the
 * container's spec says so. */
static struct exec *exec_new(struct kubelet *k, const struct kubelet_request *r, const struct core_look *look,
			     const char *container_id)
{
	struct exec *x = xcalloc(1, sizeof(*x));
	x->k = k;
	x->input = r->input;
	if (r->verb == KUBELET_EXEC) {
		x->tty = r->tty;
		x->container_id = kubelet_session_id(container_id);
		x->command = working_dir_command(look->spec->working_dir, (const char *const *)r->command, r->n_command,
						 &x->n_command);
		x->linux_info = rights_beside(look->spec, &k->cfg.settings->translate.rights);
	} else {
		x->tty = look->spec->tty;
		x->keeps_input = !look->spec->stdin_once;
		x->container_id = xstrdup(container_id);
	}
	return x;
}

bool kubelet_find_running(struct kubelet *k, struct kubelet_exchange *x, const char *context, struct core_look *ret,
			  char url[AGENT_URL_MAX])
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	if (!kubelet_find(k, x, ret)) {
		return false;
	}
	if (!ret->present || ret->present->state != RUN_RUNNING || !kubelet_container_id(ret->present)) {
		CLEANUP_FREE char *sentence =
		    xasprintf("%scontainer %s of pod %s is not running", context, r->container, r->pod);
		kubelet_exchange_refuse(x, 500, sentence);
		return false;
	}
	return kubelet_agent_url(x, ret, url);
}

void kubelet_run_session(struct kubelet *k, struct kubelet_exchange *exchange)
{
	const struct kubelet_request *r = kubelet_exchange_request(exchange);
	struct core_look look;
	char url[AGENT_URL_MAX];
	if (!kubelet_find_running(k, exchange, "unable to upgrade connection: ", &look, url)) {
		return;
	}
	if (r->verb == KUBELET_ATTACH && r->input && !look.spec->stdin_open) {
		CLEANUP_FREE char *sentence = xasprintf("container %s of pod %s takes no input: its spec does not say "
							"\"stdin\" and \"tty\"",
							r->container, r->pod);
		kubelet_exchange_refuse(exchange, 400, sentence);
		return;
	}
	struct exec *x = exec_new(k, r, &look, kubelet_container_id(look.present));
	memcpy(x->url, url, sizeof(url));
	x->remote = kubelet_exchange_remote(exchange, &process, x);
	if (!x->remote) {
		exec_free(x);
	}
}
