#include "tests/sandbox/control.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

static void answer(struct sandbox_response *res, int status, json_t *document)
{
	CLEANUP_FREE char *text = js_text(document);
	res->status = status;
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_printf(&res->body, "%s\n", text);
	json_decref(document);
}

static void refuse(struct sandbox_response *res, int status, const char *message)
{
	answer(res, status, json_pack("{s:s}", "message", message));
}

static void order_agent(struct control *c, const char *rest, struct sandbox_response *res)
{
	static const struct {
		const char *word;
		enum agent_order order;
	} orders[] = {
	    {"kill", AGENT_KILL},
	    {"stop", AGENT_STOP},
	    {"start", AGENT_START},
	    {"partition", AGENT_PARTITION},
	    {"heal", AGENT_HEAL},
	    {"gone", AGENT_GONE},
	    {"drain", AGENT_DRAIN},
	    {"deactivate", AGENT_DEACTIVATE},
	    {"reactivate", AGENT_REACTIVATE},
	    {"maintain", AGENT_MAINTAIN},
	    {"unmaintain", AGENT_UNMAINTAIN},
	    {"refuse", AGENT_REFUSE},
	    {"accept", AGENT_ACCEPT},
	};
	const char *slash = strchr(rest, '/');
	CLEANUP_FREE char *name = slash ? xstrndup(rest, (size_t)(slash - rest)) : xstrdup(rest);
	struct err e = {0};
	for (size_t i = 0; slash && i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(slash + 1, orders[i].word) != 0) {
			continue;
		}
		if (serve_mesos_order(c->mesos, name, orders[i].order, &e) < 0) {
			refuse(res, e.code == ERR_NOT_FOUND ? 404 : 500, e.text);
		} else {
			answer(res, 200, json_object());
		}
		return;
	}
	refuse(res, 404,
	       "expected /sandbox/agents/NAME/ and kill, stop, start, partition, heal, gone, drain, deactivate, "
	       "reactivate, "
	       "maintain, unmaintain, refuse or accept");
}

/* ?times=N */
static size_t times_of(const char *query)
{
	return strncmp(query, "times=", 6) == 0 ? strtoul(query + 6, NULL, 10) : 1;
}

static void inject(struct front *front, const struct sandbox_request *req, struct sandbox_response *res)
{
	if (front_inject(front, req->body, req->body_len, times_of(req->query)) == 0) {
		refuse(res, 409, "no stream takes that now");
		return;
	}
	answer(res, 200, json_object());
}

static void order_master(struct control *c, const char *word, int64_t now_ms, const struct sandbox_request *req,
			 struct sandbox_response *res)
{
	struct mesos_cluster *cluster = serve_mesos_cluster(c->mesos);
	if (strcmp(word, "restart") == 0) {
		mesos_master_restart(cluster, now_ms);
	} else if (strcmp(word, "silent") == 0 || strcmp(word, "speak") == 0) {
		mesos_master_silent(cluster, word[1] == 'i');
	} else if (strcmp(word, "inject") == 0) {
		inject(serve_mesos_front(c->mesos), req, res);
		return;
	} else {
		refuse(res, 404, "expected /sandbox/master/ and restart, silent, speak or inject");
		return;
	}
	answer(res, 200, json_object());
}

static void order_kube(struct control *c, const char *word, const struct sandbox_request *req,
		       struct sandbox_response *res)
{
	struct apiserver *server = serve_kube_server(c->kube);
	struct err e = {0};
	if (strcmp(word, "down") == 0) {
		front_down(serve_kube_front(c->kube));
	} else if (strcmp(word, "up") == 0) {
		if (front_up(serve_kube_front(c->kube), &e) < 0) {
			refuse(res, 500, e.text);
			return;
		}
	} else if (strcmp(word, "cut") == 0) {
		apiserver_cut_watches(server);
	} else if (strcmp(word, "compact") == 0) {
		apiserver_compact(server);
	} else if (strcmp(word, "busy") == 0) {
		serve_kube_fault(c->kube, SERVE_KUBE_BUSY);
	} else if (strcmp(word, "broken") == 0) {
		serve_kube_fault(c->kube, SERVE_KUBE_BROKEN);
	} else if (strcmp(word, "fine") == 0) {
		serve_kube_fault(c->kube, SERVE_KUBE_FINE);
	} else if (strcmp(word, "inject") == 0) {
		inject(serve_kube_front(c->kube), req, res);
		return;
	} else {
		refuse(res, 404, "expected /sandbox/kube/ and down, up, cut, compact, busy, broken, fine or inject");
		return;
	}
	answer(res, 200, json_object());
}

static void order_credentials(struct control *c, const char *word, struct sandbox_response *res)
{
	static const char *const words[] = {[PKI_ADD] = "add", [PKI_SWITCH] = "switch", [PKI_RETIRE] = "retire"};
	struct err e = {0};
	for (int i = 0; i < 3; i++) {
		enum pki_step step = (enum pki_step)i;
		if (strcmp(word, words[i]) != 0) {
			continue;
		}
		if (pki_take_step(c->pki, step, &e) < 0 || serve_kube_reissue(c->kube, step, &e) < 0 ||
		    serve_mesos_reissue(c->mesos, step, &e) < 0) {
			refuse(res, e.code == ERR_CONFLICT ? 409 : 500, e.text);
		} else {
			answer(res, 200, json_object());
		}
		return;
	}
	refuse(res, 404, "expected /sandbox/credentials/ and add, switch or retire");
}

static void show(struct control *c, struct sandbox_response *res)
{
	struct mesos_cluster *cluster = serve_mesos_cluster(c->mesos);
	json_t *agents = json_array();
	for (size_t i = 0; i < mesos_cluster_agent_count(cluster); i++) {
		const struct mesos_agent *a = mesos_cluster_agent_at(cluster, i);
		json_array_append_new(agents, json_pack("{s:s, s:s, s:i, s:b}", "hostname", mesos_agent_hostname(a),
							"id", mesos_agent_id(a), "port", mesos_agent_port(a), "running",
							mesos_agent_running(a)));
	}
	answer(res, 200,
	       json_pack("{s:o, s:I, s:I}", "agents", agents, "watches",
			 (json_int_t)apiserver_watch_count(serve_kube_server(c->kube)), "refused",
			 (json_int_t)serve_kube_refused(c->kube)));
}

static const char *after(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

void control_handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct control *c = arg;
	const char *rest;
	if (strcmp(req->path, "/sandbox") == 0 && strcmp(req->method, "GET") == 0) {
		show(c, res);
	} else if (!after(req->path, "/sandbox/")) {
		refuse(res, 404, "everything is under /sandbox/");
	} else if (strcmp(req->method, "POST") != 0) {
		refuse(res, 405, "orders are given by POST");
	} else if ((rest = after(req->path, "/sandbox/agents/"))) {
		order_agent(c, rest, res);
	} else if ((rest = after(req->path, "/sandbox/master/"))) {
		order_master(c, rest, now_ms, req, res);
	} else if ((rest = after(req->path, "/sandbox/kube/"))) {
		order_kube(c, rest, req, res);
	} else if ((rest = after(req->path, "/sandbox/credentials/"))) {
		order_credentials(c, rest, res);
	} else {
		refuse(res, 404,
		       "expected /sandbox/agents/, /sandbox/master/, /sandbox/kube/ or /sandbox/credentials/");
	}
}
