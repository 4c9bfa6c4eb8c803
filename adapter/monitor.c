#include "adapter/monitor.h"

#include <stdlib.h>

#include "base/http_server.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"

#define HEALTH_TEXT_MAX 1024
#define SERVICE_UNAVAILABLE 503

struct monitor {
	struct shell *shell;
	struct http_server *server;
};

static void answer_metrics(void *arg, struct http_reply *reply)
{
	const struct monitor *monitor = arg;
	reply->type = METRICS_TYPE;
	metrics_print(shell_measure(monitor->shell), &reply->body);
}

/* Whoever reads this has been served by the loop, so it turns. */
static void answer_health(void *arg, struct http_reply *reply)
{
	(void)arg;
	buf_puts(&reply->body, "ok\n");
}

static void answer_ready(void *arg, struct http_reply *reply)
{
	const struct monitor *monitor = arg;
	if (!shell_ready(monitor->shell, &reply->body)) {
		reply->status = SERVICE_UNAVAILABLE;
	}
}

static void on_trouble(void *arg, const struct err *e)
{
	(void)arg;
	log_warn("trouble with the port for metrics and health", "error", e->text, NULL);
}

static const struct http_route routes[] = {
    {"/metrics", METRICS_TEXT_MAX, answer_metrics},
    {"/healthz", HEALTH_TEXT_MAX, answer_health},
    {"/readyz", HEALTH_TEXT_MAX, answer_ready},
};

struct monitor *monitor_new(uv_loop_t *loop, const struct settings *settings, struct shell *shell, struct err *e)
{
	struct monitor *monitor = xcalloc(1, sizeof(*monitor));
	struct http_server_config config = {
	    .host = settings->metrics_host,
	    .port = settings->metrics_port,
	    .routes = routes,
	    .n_routes = sizeof(routes) / sizeof(routes[0]),
	    .trouble = on_trouble,
	    .arg = monitor,
	};
	monitor->shell = shell;
	monitor->server = http_server_new(loop, &config, e);
	if (!monitor->server) {
		free(monitor);
		err_wrap(e, "option metrics-address");
		return NULL;
	}
	log_info("metrics and health are served", "host", settings->metrics_host, "port",
		 NUMSTR(http_server_port(monitor->server)), NULL);
	return monitor;
}

void monitor_free(struct monitor *monitor)
{
	if (monitor) {
		http_server_free(monitor->server);
		free(monitor);
	}
}
