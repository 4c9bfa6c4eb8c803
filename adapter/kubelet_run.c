/* run: a command without input, whose output is the answer once it has ended. */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/session.h"
#include "translate/working_dir.h"

struct running {
	struct kubelet_job job;
	struct kubelet_exchange *exchange;
	struct mesos_session *session;
	struct buf out, error;
	bool too_long;
};

static void running_free(struct running *r)
{
	mesos_session_free(r->session);
	buf_done(&r->out);
	buf_done(&r->error);
	free(r);
}

static void gone(struct kubelet_exchange *x)
{
	running_free(kubelet_exchange_data(x));
}

/* Of what is too long the rest is dropped, so that the command can end. */
static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	struct running *r = arg;
	if (buf_append(type == PROCESS_IO_STDERR ? &r->error : &r->out, bytes, n) < 0) {
		r->too_long = true;
	}
}

static void on_input_full(void *arg, bool full)
{
	(void)arg;
	(void)full;
}

static char *line_of(const struct kubelet_request *request)
{
	char *line = xstrdup(request->command[0]);
	for (size_t i = 1; i < request->n_command; i++) {
		char *longer = xasprintf("%s %s", line, request->command[i]);
		free(line);
		line = longer;
	}
	return line;
}

/* What is wrong with the end, free() it; NULL: nothing. */
static char *complaint(const struct running *r, int wait_status)
{
	CLEANUP_FREE char *line = line_of(kubelet_exchange_request(r->exchange));
	if (wait_status < 0) {
		return xasprintf("command '%s': the Mesos agent does not say how it ended", line);
	}
	if (r->too_long) {
		return xasprintf("command '%s' wrote more than %zu bytes", line, KUBELET_RUN_OUTPUT_MAX);
	}
	int code = mesos_session_exit_code(wait_status);
	return code ? xasprintf("command '%s' exited with %d: %s", line, code, buf_str(&r->error)) : NULL;
}

/* Standard output, then what came as errors, as a kubelet answers. */
static void on_exit_(void *arg, int wait_status)
{
	struct running *r = arg;
	struct kubelet_exchange *x = r->exchange;
	CLEANUP_FREE char *wrong = complaint(r, wait_status);
	if (wrong) {
		kubelet_exchange_refuse(x, 500, wrong);
	} else {
		CLEANUP_BUF struct buf all = BUF_INIT(2 * KUBELET_RUN_OUTPUT_MAX);
		buf_append(&all, buf_str(&r->out), r->out.len);
		buf_append(&all, buf_str(&r->error), r->error.len);
		kubelet_exchange_answer(x, 200, "text/plain; charset=utf-8", buf_str(&all), all.len);
	}
	running_free(r);
}

static void on_failed(void *arg, const struct err *why)
{
	struct running *r = arg;
	kubelet_exchange_refuse(r->exchange, 500, why->text);
	running_free(r);
}

static const struct mesos_session_handlers handlers = {on_output, on_input_full, on_exit_, on_failed};

void kubelet_run(struct kubelet *k, struct kubelet_exchange *x)
{
	const struct kubelet_request *request = kubelet_exchange_request(x);
	struct core_look look;
	char url[AGENT_URL_MAX];
	if (!kubelet_find_running(k, x, "", &look, url)) {
		return;
	}
	CLEANUP_FREE char *id = kubelet_session_id(kubelet_container_id(look.present));
	CLEANUP_JSON json_t *linux_info = rights_beside(look.spec, &k->cfg.settings->translate.rights);
	struct mesos_session_spec spec = {.container_id = id, .linux_info = linux_info};
	char **command = working_dir_command(look.spec->working_dir, (const char *const *)request->command,
					     request->n_command, &spec.n_command);
	spec.command = (const char *const *)command;
	struct mesos_agent agent = kubelet_agent(k, url);
	struct running *r = xcalloc(1, sizeof(*r));
	r->job.gone = gone;
	r->exchange = x;
	buf_init(&r->out, KUBELET_RUN_OUTPUT_MAX);
	buf_init(&r->error, KUBELET_RUN_OUTPUT_MAX);
	kubelet_exchange_set_data(x, r);
	r->session = mesos_session_start(&agent, &spec, &handlers, r);
	texts_free(command, spec.n_command);
}
