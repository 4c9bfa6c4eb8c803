/* The program `sandbox`: see sandbox_options_help() and the header of serve_kube.h, serve_mesos.h and control.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/options.h"
#include "tests/sandbox/pki.h"
#include "tests/sandbox/serve_kube.h"
#include "tests/sandbox/serve_mesos.h"
#include "tests/sandbox/ticker.h"

#define EXIT_BAD_INPUT 2
#define ENV_MAX ((size_t)1 << 20)

struct sandbox {
	uv_loop_t loop;
	uv_signal_t signals[2];
	struct ticker ticker;
	struct pki *pki;
	struct serve_kube *kube;
	struct serve_mesos *mesos;
	struct control control;
	struct front *control_front;
};

static void on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	uv_stop(signal->loop);
}

static void begin_loop(struct sandbox *s)
{
	static const int numbers[] = {SIGTERM, SIGINT};
	uv_loop_init(&s->loop);
	ticker_init(&s->ticker, &s->loop);
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&s->loop, &s->signals[i]);
		uv_signal_start(&s->signals[i], on_signal, numbers[i]);
	}
}

/* The last turns of the loop let every handle close. */
static void end(struct sandbox *s)
{
	ticker_close(&s->ticker);
	for (int i = 0; i < 2; i++) {
		uv_close((uv_handle_t *)&s->signals[i], NULL);
	}
	front_free(s->control_front);
	serve_kube_free(s->kube);
	serve_mesos_free(s->mesos);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
	pki_free(s->pki);
}

static int begin_serving(struct sandbox *s, const struct sandbox_options *o, struct err *e)
{
	s->pki = pki_new(front_now(), e);
	if (!s->pki) {
		return -1;
	}
	struct serve_kube_options kube = {.dir = o->dir,
					  .port = o->kube_port,
					  .fast = o->fast,
					  .proxy_loopback = o->proxy_loopback,
					  .verify_kubelets = o->verify_kubelets,
					  .metrics_server = o->metrics_server,
					  .kubelet_authority = o->kubelet_authority,
					  .pki = s->pki};
	s->kube = serve_kube_new(&s->loop, &s->ticker, &kube, e);
	s->mesos = s->kube ? serve_mesos_new(&s->loop, &s->ticker, o, s->pki, e) : NULL;
	if (!s->mesos) {
		return -1;
	}
	s->control = (struct control){s->pki, s->kube, s->mesos};
	struct front_options control = {
	    .name = "control", .port = o->control_port, .handler = control_handle, .model = &s->control};
	s->control_front = front_new(&s->loop, &control, e);
	return s->control_front ? 0 : -1;
}

/* What a shell needs to know, to be sourced. */
static int write_env(const struct sandbox *s, const struct sandbox_options *o, struct err *e)
{
	CLEANUP_BUF struct buf b = BUF_INIT(ENV_MAX);
	CLEANUP_FREE char *path = xasprintf("%s/env", o->dir);
	buf_printf(&b, "SANDBOX_PID=%ld\n", (long)getpid());
	buf_printf(&b, "KUBECONFIG='%s/kubeconfig'\n", o->dir);
	buf_printf(&b, "SANDBOX_ADAPTER_KUBECONFIG='%s/kubeconfig-adapter'\n", o->dir);
	buf_printf(&b, "SANDBOX_KUBE=https://127.0.0.1:%u\n", front_port(serve_kube_front(s->kube)));
	buf_printf(&b, "SANDBOX_MESOS=%s://127.0.0.1:%u\n", o->mesos_tls ? "https" : "http",
		   serve_mesos_port(s->mesos));
	buf_printf(&b, "SANDBOX_CONTROL=http://127.0.0.1:%u\n", front_port(s->control_front));
	serve_mesos_list(s->mesos, "SANDBOX_AGENT_", &b);
	return file_replace(path, buf_str(&b), e);
}

static int run(const struct sandbox_options *o)
{
	struct sandbox s = {0};
	struct err e = {0};
	int code = EXIT_SUCCESS;
	begin_loop(&s);
	if (begin_serving(&s, o, &e) < 0 || write_env(&s, o, &e) < 0) {
		fprintf(stderr, "sandbox: %s\n", e.text);
		code = EXIT_BAD_INPUT;
	} else {
		printf("sandbox is ready: kubernetes 127.0.0.1:%u, mesos 127.0.0.1:%u, control 127.0.0.1:%u, files in "
		       "%s\n",
		       front_port(serve_kube_front(s.kube)), serve_mesos_port(s.mesos), front_port(s.control_front),
		       o->dir);
		fflush(stdout);
		uv_run(&s.loop, UV_RUN_DEFAULT);
	}
	end(&s);
	return code;
}

int main(int argc, char **argv)
{
	struct sandbox_options o;
	struct err e = {0};
	int code = EXIT_SUCCESS;
	if (sandbox_options_parse(&o, argc, argv, &e) < 0) {
		fprintf(stderr, "sandbox: %s\n", e.text);
		code = EXIT_BAD_INPUT;
	} else if (o.help) {
		fputs(sandbox_options_help(), stdout);
	} else {
		code = run(&o);
	}
	sandbox_options_done(&o);
	return code;
}
