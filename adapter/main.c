/* kube-mesos-adapter: Kubernetes pods on Mesos offers. Exit codes: 0 stopped by a signal, 1 could not go on, 2 wrong
 * option. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapter/identity.h"
#include "adapter/monitor.h"
#include "adapter/pod_table.h"
#include "adapter/shell.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"

#define EXIT_WRONG_OPTION 2

struct process {
	uv_loop_t loop;
	uv_signal_t term, interrupt;
	struct shell *shell;
	struct monitor *monitor; /* NULL: nobody may ask */
	bool stopping;
	int code;
};

static void stop(struct process *p)
{
	monitor_free(p->monitor);
	p->monitor = NULL;
	shell_free(p->shell);
	p->shell = NULL;
	uv_close((uv_handle_t *)&p->term, NULL);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
}

static void on_stopped(void *arg)
{
	stop(arg);
}

/* The second signal does not wait. */
static void on_signal(uv_signal_t *handle, int signum)
{
	struct process *p = handle->data;
	log_info("stopping; tasks go on", "signal", NUMSTR(signum), NULL);
	if (p->stopping) {
		stop(p);
		return;
	}
	p->stopping = true;
	shell_stop(p->shell, on_stopped, p);
}

static void fail(struct process *p, const struct err *why)
{
	log_error("cannot go on", "error", why->text, NULL);
	p->code = EXIT_FAILURE;
}

static void on_fatal(void *arg, const struct err *why)
{
	struct process *p = arg;
	fail(p, why);
	uv_stop(&p->loop);
}

static int wrong(const struct err *e)
{
	fprintf(stderr, "kube-mesos-adapter: %s\n", e->text);
	return EXIT_WRONG_OPTION;
}

static char *take_identity(const struct settings *s, const struct kube_config *config, int *ret_fd)
{
	CLEANUP_FREE char *lease = xasprintf("%s/%s", settings_state_namespace(s, config->namespace_), s->state_name);
	return s->leader_elect ? identity_take(lease, ret_fd) : NULL;
}

static int run(const struct settings *settings, const struct kube_config *config)
{
	struct process p = {0};
	struct err e = {0};
	process_allow_descriptors();
	uv_loop_init(&p.loop);
	int name_fd = -1;
	CLEANUP_FREE char *identity = take_identity(settings, config, &name_fd);
	p.shell = shell_new(&p.loop, settings, config, identity, &e);
	if (!p.shell) {
		uv_run(&p.loop, UV_RUN_DEFAULT);
		uv_loop_close(&p.loop);
		return wrong(&e);
	}
	uv_signal_init(&p.loop, &p.term);
	uv_signal_init(&p.loop, &p.interrupt);
	p.term.data = p.interrupt.data = &p;
	uv_signal_start(&p.term, on_signal, SIGTERM);
	uv_signal_start(&p.interrupt, on_signal, SIGINT);
	if (settings->metrics_host) {
		p.monitor = monitor_new(&p.loop, settings, p.shell, &e);
	}
	if (settings->metrics_host && !p.monitor) {
		fail(&p, &e);
	} else {
		shell_start(p.shell, on_fatal, &p);
		uv_run(&p.loop, UV_RUN_DEFAULT);
	}
	if (p.shell) {
		stop(&p);
		uv_run(&p.loop, UV_RUN_DEFAULT);
	}
	uv_loop_close(&p.loop);
	if (name_fd >= 0) {
		close(name_fd);
	}
	return p.code;
}

static int load_kube_config(const struct settings *s, struct kube_config *ret, struct err *e)
{
	if (s->kubeconfig) {
		return kube_config_load(s->kubeconfig, s->context, ret, e);
	}
	return kube_config_in_cluster(NULL, NULL, NULL, ret, e);
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct kube_config config;
	struct err e = {0};
	enum settings_wish wish = settings_load(argc, (const char *const *)argv, &settings, &e);
	if (wish == SETTINGS_WRONG) {
		return wrong(&e);
	}
	if (wish == SETTINGS_LIFECYCLE) {
		pod_table_print(stdout);
		return EXIT_SUCCESS;
	}
	if (wish != SETTINGS_RUN) {
		return settings_print(wish, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	log_setup((enum log_level)settings.log_level, (enum log_format)settings.log_format);
	int code;
	if (load_kube_config(&settings, &config, &e) < 0) {
		code = wrong(&e);
	} else {
		code = run(&settings, &config);
		kube_config_done(&config);
	}
	settings_done(&settings);
	return code;
}
