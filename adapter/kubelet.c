#include "adapter/kubelet.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "translate/agent_node.h"

#define MESOS_SCHEME "mesos://"
#define PROXIED "/api/v1/nodes/"

/* ---- what the verbs share ---- */

bool kubelet_find(struct kubelet *k, struct kubelet_exchange *x, struct core_look *ret)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	struct err e = {0};
	if (core_look(*k->cfg.core, r->ns, r->pod, r->uid, r->container, ret, &e) < 0) {
		kubelet_exchange_refuse(x, 404, e.text);
		return false;
	}
	return true;
}

const char *kubelet_find_node(struct kubelet *k, struct kubelet_exchange *x)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	struct err e = {0};
	const char *node = core_find_node(*k->cfg.core, r->node ? r->node : kubelet_exchange_node(x), &e);
	if (!node) {
		kubelet_exchange_refuse(x, 404, e.text);
	}
	return node;
}

bool kubelet_url(const struct core_agent_look *look, char url[AGENT_URL_MAX])
{
	if (!look->ip || !look->port) {
		return false;
	}
	bool v6 = strchr(look->ip, ':');
	snprintf(url, AGENT_URL_MAX, "%s://%s%s%s:%d", look->https ? "https" : "http", v6 ? "[" : "", look->ip,
		 v6 ? "]" : "", look->port);
	return true;
}

bool kubelet_agent_known(const struct core_look *look, char url[AGENT_URL_MAX])
{
	struct core_agent_look agent = {.ip = look->agent_ip, .port = look->agent_port, .https = look->agent_https};
	return kubelet_url(&agent, url);
}

bool kubelet_agent_url(struct kubelet_exchange *x, const struct core_look *look, char url[AGENT_URL_MAX])
{
	if (kubelet_agent_known(look, url)) {
		return true;
	}
	kubelet_exchange_refuse(x, 503, KUBELET_AGENT_UNKNOWN);
	return false;
}

void kubelet_answer_json(struct kubelet_exchange *x, json_t *value)
{
	CLEANUP_JSON json_t *own = value;
	CLEANUP_FREE char *text = js_text(own);
	kubelet_exchange_answer(x, 200, "application/json", text, strlen(text));
}

struct mesos_agent kubelet_agent(const struct kubelet *k, const char *url)
{
	return (struct mesos_agent){
	    .http = k->http,
	    .url = url,
	    .user = k->credentials.secret ? k->cfg.settings->principal : NULL,
	    .password = k->credentials.secret,
	    .tls = mesos_credentials_tls(&k->credentials),
	};
}

const char *kubelet_container_id(const struct run *run)
{
	const char *id = run ? run->container_id : NULL;
	return id && strncmp(id, MESOS_SCHEME, strlen(MESOS_SCHEME)) == 0 ? id + strlen(MESOS_SCHEME) : NULL;
}

/* ---- requests ---- */

/* The node's name stands in a pod's own, in the path, or in the path that was proxied; whoever says none asks of all.
 */
static const char *node_of(void *arg, const struct kubelet_request *r, const char *host, const char *uri)
{
	static char name[NODE_NAME_MAX];
	struct kubelet *k = arg;
	(void)host;
	if (r->pod) {
		return core_node_of_pod(*k->cfg.core, r->ns, r->pod);
	}
	if (r->node) {
		return *k->cfg.core && core_has_node(*k->cfg.core, r->node) ? r->node : NULL;
	}
	if (!uri || strncmp(uri, PROXIED, strlen(PROXIED)) != 0) {
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(uri + strlen(PROXIED), "/:"), uri + strlen(PROXIED));
	return *k->cfg.core && core_has_node(*k->cfg.core, name) ? name : NULL;
}

/* Of this program, as a kubelet's are of itself. */
static void answer_metrics(struct kubelet *k, struct kubelet_exchange *x)
{
	CLEANUP_BUF struct buf out = BUF_INIT(METRICS_TEXT_MAX);
	k->cfg.print_metrics(k->cfg.print_arg, &out);
	kubelet_exchange_answer(x, 200, METRICS_TYPE, out.data, out.len);
}

static void on_request(void *arg, struct kubelet_exchange *x)
{
	struct kubelet *k = arg;
	switch (kubelet_exchange_request(x)->verb) {
	case KUBELET_CONTAINER_LOGS:
		kubelet_logs(k, x);
		break;
	case KUBELET_EXEC:
	case KUBELET_ATTACH:
		kubelet_run_session(k, x);
		break;
	case KUBELET_PORT_FORWARD:
		kubelet_forward(k, x);
		break;
	case KUBELET_STATS_SUMMARY:
	case KUBELET_METRICS_RESOURCE:
	case KUBELET_METRICS_CADVISOR:
		kubelet_stats(k, x);
		break;
	case KUBELET_METRICS:
		answer_metrics(k, x);
		break;
	case KUBELET_HEALTHZ:
		kubelet_exchange_answer(x, 200, "text/plain; charset=utf-8", "ok", 2);
		break;
	case KUBELET_RUN:
		kubelet_run(k, x);
		break;
	case KUBELET_PODS:
		kubelet_pods(k, x);
		break;
	case KUBELET_RUNNING_PODS:
		kubelet_running_pods(k, x);
		break;
	case KUBELET_CONFIGZ:
		kubelet_configz(k, x);
		break;
	case KUBELET_VERBS:
		break;
	}
}

static void on_sent(struct kubelet_exchange *x)
{
	const struct kubelet_job *job = kubelet_exchange_data(x);
	if (job && job->sent) {
		job->sent(x);
	}
}

static void on_gone(struct kubelet_exchange *x)
{
	const struct kubelet_job *job = kubelet_exchange_data(x);
	if (job) {
		job->gone(x);
	}
}

static void on_told(void *arg, const char *method, const char *path, int status, const char *user)
{
	(void)arg;
	log_debug("asked at the kubelet port", "method", method, "path", path, "status", NUMSTR(status), "user", user,
		  NULL);
}

static const struct kubelet_port_handlers handlers = {
    .node_of = node_of,
    .on_request = on_request,
    .on_sent = on_sent,
    .on_gone = on_gone,
    .told = on_told,
};

/* ---- life ---- */

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

struct kubelet *kubelet_new(const struct kubelet_config *config, struct err *e)
{
	const struct settings *s = config->settings;
	struct kubelet *k = xcalloc(1, sizeof(*k));
	k->cfg = *config;
	k->look = xcalloc(1, sizeof(*k->look));
	uv_timer_init(config->loop, k->look);
	k->look->data = k;
	k->stats = agent_stats_new(config->framework_id);
	k->auth = kubelet_auth_new(config->kube);
	k->http =
	    http_client_new(config->loop, &(struct http_limits){.connections_per_host = AGENT_CONNECTIONS_MAX}, e);
	k->port =
	    k->http ? kubelet_port_new(config->loop, s->kubelet_host, s->kubelet_port, k->auth, &handlers, k, e) : NULL;
	kubelet_serving_start(k);
	if (!k->port || kubelet_identify(k, e) < 0 || kubelet_read_credentials(k, e) < 0) {
		kubelet_free(k);
		return NULL;
	}
	kubelet_serving_look(k);
	kubelet_watch_files(k);
	kubelet_checks_start(k);
	log_info("the kubelet port is open", "host", s->kubelet_host, "port", NUMSTR(kubelet_port_number(k->port)),
		 NULL);
	return k;
}

void kubelet_free(struct kubelet *k)
{
	if (!k) {
		return;
	}
	kubelet_port_free(k->port);
	kubelet_auth_free(k->auth);
	agent_stats_free(k->stats);
	kubelet_checks_done(k);
	kubelet_serving_done(k);
	http_client_free(k->http);
	file_set_done(&k->files);
	mesos_credentials_done(&k->credentials);
	uv_close((uv_handle_t *)k->look, timer_closed);
	free(k);
}

uint16_t kubelet_number(const struct kubelet *k)
{
	return kubelet_port_number(k->port);
}
