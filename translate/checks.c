#include "translate/checks.h"

#include <stdlib.h>
#include <string.h>

#include "base/grpc_health.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/wire.h"
#include "translate/expand.h"
#include "translate/request.h"

#define NEVER_KILL 2147483647 /* failures until the executor would act */

static bool same_words(const struct kube_handler *a, const struct kube_handler *b)
{
	bool same = a->n_command == b->n_command;
	for (size_t i = 0; same && i < a->n_command; i++) {
		same = !strcmp(a->command[i], b->command[i]);
	}
	return same;
}

/* One asking answers for both. */
static bool same_question(const struct kube_probe *a, const struct kube_probe *b)
{
	const struct kube_handler *x = &a->handler, *y = &b->handler;
	if (x->type != y->type || a->timeout_s != b->timeout_s) {
		return false;
	}
	if (x->type == HANDLER_EXEC) {
		return same_words(x, y);
	}
	return x->port == y->port && (x->type == HANDLER_TCP || (x->https == y->https && !strcmp(x->path, y->path)));
}

/* A check, unlike a health check, knows no https. */
static bool fits_check(const struct kube_probe *p)
{
	return p->handler.type != HANDLER_HTTP || !p->handler.https;
}

/* The executor hands the URL to curl, which takes brackets and braces for patterns. */
static bool plain_path(const char *path)
{
	for (const char *s = path; *s; s++) {
		if (*s <= ' ' || *s > '~' || strchr("[]{}\\#", *s)) {
			return false;
		}
	}
	return true;
}

/* What an executor has no words for. */
static bool is_beyond_mesos(const struct kube_handler *h)
{
	return h->type == HANDLER_GRPC || h->host || h->n_headers || (h->type == HANDLER_HTTP && !plain_path(h->path));
}

/* A third question: a command can be run by an executor only, everything else can be asked from elsewhere. */
static bool can_be_ours(const struct kube_probe *p)
{
	return p && p->handler.type != HANDLER_EXEC;
}

static void assign_readiness(const struct kube_container *c, struct checks *a)
{
	const struct kube_probe *live = c->probes[PROBE_LIVENESS], *ready = c->probes[PROBE_READINESS];
	if (fits_check(ready)) {
		a->by[PROBE_READINESS] = PROBE_BY_CHECK;
	} else if (!live || same_question(live, ready)) {
		a->by[PROBE_READINESS] = PROBE_BY_HEALTH;
	} else {
		a->by[PROBE_READINESS] = PROBE_BY_ADAPTER;
	}
}

static int assign_startup(const struct kube_container *c, struct checks *a, struct err *e)
{
	const struct kube_probe *start = c->probes[PROBE_STARTUP], *live = c->probes[PROBE_LIVENESS];
	const struct kube_probe *ready = c->probes[PROBE_READINESS];
	bool check_free = a->by[PROBE_READINESS] != PROBE_BY_CHECK;
	bool health_free = !live && a->by[PROBE_READINESS] != PROBE_BY_HEALTH;
	if (check_free && fits_check(start)) {
		a->by[PROBE_STARTUP] = PROBE_BY_CHECK;
	} else if (health_free) {
		a->by[PROBE_STARTUP] = PROBE_BY_HEALTH;
	} else if (ready && same_question(start, ready)) {
		a->by[PROBE_STARTUP] = a->by[PROBE_READINESS];
	} else if (live && same_question(start, live)) {
		a->by[PROBE_STARTUP] = PROBE_BY_HEALTH;
	} else if (live && ready && same_question(live, ready) && fits_check(start)) {
		a->by[PROBE_READINESS] = PROBE_BY_HEALTH;
		a->by[PROBE_STARTUP] = PROBE_BY_CHECK;
	} else if (can_be_ours(start)) {
		a->by[PROBE_STARTUP] = PROBE_BY_ADAPTER;
	} else if (can_be_ours(ready)) {
		a->by[PROBE_READINESS] = PROBE_BY_ADAPTER;
		a->by[PROBE_STARTUP] = PROBE_BY_CHECK;
	} else if (can_be_ours(live)) {
		a->by[PROBE_LIVENESS] = PROBE_BY_ADAPTER;
		a->by[PROBE_STARTUP] = PROBE_BY_HEALTH;
	} else {
		return err_set(e, ERR_UNSUPPORTED,
			       "startupProbe: Mesos makes two checks of a container, and the other probes are other "
			       "commands");
	}
	return 0;
}

/* Before the startup probe has succeeded, a failing liveness probe must not end anything; and an executor knows no
 * hooks. */
static bool executor_kills(const struct kube_container *c)
{
	const struct kube_probe *live = c->probes[PROBE_LIVENESS];
	return live && !is_beyond_mesos(&live->handler) && !c->probes[PROBE_STARTUP] && !c->hooks[HOOK_POST_START] &&
	       !c->hooks[HOOK_PRE_STOP];
}

int checks_assign(const struct kube_container *c, struct checks *ret, struct err *e)
{
	struct checks a = {0};
	struct kube_container rest = *c; /* with what is left to Mesos */
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		const struct kube_probe *p = c->probes[kind];
		if (p && is_beyond_mesos(&p->handler)) {
			a.by[kind] = PROBE_BY_ADAPTER;
			rest.probes[kind] = NULL;
		}
	}
	if (rest.probes[PROBE_LIVENESS]) {
		a.by[PROBE_LIVENESS] = PROBE_BY_HEALTH;
	}
	if (rest.probes[PROBE_READINESS]) {
		assign_readiness(&rest, &a);
	}
	if (rest.probes[PROBE_STARTUP] && assign_startup(&rest, &a, e)) {
		return -1;
	}
	a.kills = executor_kills(c);
	*ret = a;
	return 0;
}

bool check_succeeded(const struct kube_handler *handler, int result)
{
	switch (handler->type) {
	case HANDLER_EXEC:
		return result == 0;
	case HANDLER_HTTP:
		return result >= 200 && result < 400;
	case HANDLER_TCP:
		return result == 1;
	case HANDLER_GRPC:
		break;
	}
	return false;
}

int64_t checks_grace(const struct kube_container *c, int64_t otherwise)
{
	const struct kube_probe *live = c->probes[PROBE_LIVENESS];
	return executor_kills(c) && live->grace_s >= 0 ? live->grace_s : otherwise;
}

/* ---- writing ---- */

/* What all probes that share it ask, and as often as the most eager of them. */
static const struct kube_probe *shared(const struct kube_container *c, const struct checks *a, enum probe_source source,
				       struct kube_probe *ret)
{
	const struct kube_probe *any = NULL;
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		const struct kube_probe *p = c->probes[kind];
		if (!p || a->by[kind] != source) {
			continue;
		}
		if (!any) {
			*ret = *p;
		}
		any = p;
		ret->delay_s = p->delay_s < ret->delay_s ? p->delay_s : ret->delay_s;
		ret->period_s = p->period_s < ret->period_s ? p->period_s : ret->period_s;
	}
	return any ? ret : NULL;
}

/* Only literal values are filled in, as by the kubelet; those of other kinds are empty there. */
static json_t *command_json(const struct kube_container *c, const struct kube_handler *h, struct err *e)
{
	static const struct kube_pod nobody = {.ns = ""};
	struct kube_container like = {
	    .name = c->name, .command = h->command, .n_command = h->n_command, .working_dir = c->working_dir};
	struct expanded x;
	struct kube_env *env = xcalloc(c->n_env, sizeof(*env));
	for (size_t i = 0; i < c->n_env; i++) {
		env[i] = (struct kube_env){c->env[i].name, c->env[i].value, NULL};
	}
	like.env = env;
	like.n_env = c->n_env;
	int bad = expand_container(&nobody, &like, NULL, &x, e);
	free(env);
	if (bad) {
		return NULL;
	}
	json_t *o = json_object(), *arguments = json_array();
	for (size_t i = 0; i < x.n_command; i++) {
		json_array_append_new(arguments, wire_new_string(x.command[i]));
	}
	json_object_set_new(o, "shell", json_false());
	json_object_set_new(o, "value", wire_new_string(x.command[0]));
	json_object_set_new(o, "arguments", arguments);
	expanded_done(&x);
	return o;
}

static json_t *timed(const struct kube_probe *p, const char *type)
{
	json_t *o = json_object();
	json_object_set_new(o, "type", json_string(type));
	json_object_set_new(o, "delay_seconds", json_integer(p->delay_s));
	json_object_set_new(o, "interval_seconds", json_integer(p->period_s));
	json_object_set_new(o, "timeout_seconds", json_integer(p->timeout_s));
	return o;
}

static void put_http(json_t *o, const struct kube_handler *h, bool scheme)
{
	json_t *http = json_object();
	json_object_set_new(http, "port", json_integer(h->port));
	json_object_set_new(http, "path", wire_new_string(h->path));
	if (scheme) {
		json_object_set_new(http, "scheme", json_string(h->https ? "https" : "http"));
	}
	json_object_set_new(o, "http", http);
}

json_t *checks_question(const struct kube_handler *h, const char *pod_ip)
{
	const char *host = h->host ? h->host : pod_ip;
	json_t *o = json_pack("{s:o,s:i}", "host", wire_new_string(host), "port", h->port);
	if (h->type == HANDLER_TCP) {
		return o;
	}
	CLEANUP_FREE char *url =
	    request_url(h->https, host, h->port, h->type == HANDLER_GRPC ? GRPC_HEALTH_PATH : h->path);
	json_object_set_new(o, "url", wire_new_string(url));
	if (h->type == HANDLER_GRPC) {
		json_object_set_new(o, "service", wire_new_string(h->service));
	} else {
		json_object_set_new(o, "headers", request_headers(h->headers, h->n_headers));
	}
	return o;
}

/* What both kinds of checks have; a check puts its command one floor deeper. */
static json_t *check_json(const struct kube_container *c, const struct kube_probe *p, bool health, struct err *e)
{
	static const char *const types[] = {
	    [HANDLER_EXEC] = "COMMAND", [HANDLER_HTTP] = "HTTP", [HANDLER_TCP] = "TCP", [HANDLER_GRPC] = ""};
	json_t *o = timed(p, types[p->handler.type]);
	switch (p->handler.type) {
	case HANDLER_EXEC: {
		json_t *command = command_json(c, &p->handler, e), *outer = health ? command : json_object();
		if (!command) {
			json_decref(o);
			return NULL;
		}
		if (!health) {
			json_object_set_new(outer, "command", command);
		}
		json_object_set_new(o, "command", outer);
		break;
	}
	case HANDLER_HTTP:
		put_http(o, &p->handler, health);
		break;
	case HANDLER_TCP: {
		json_t *tcp = json_object();
		json_object_set_new(tcp, "port", json_integer(p->handler.port));
		json_object_set_new(o, "tcp", tcp);
		break;
	}
	case HANDLER_GRPC:
		break; /* no check of Mesos */
	}
	return o;
}

static int put_check(const struct kube_container *c, const struct checks *a, json_t *task, struct err *e)
{
	struct kube_probe numbers;
	const struct kube_probe *p = shared(c, a, PROBE_BY_CHECK, &numbers);
	json_t *o = p ? check_json(c, p, false, e) : NULL;
	if (o) {
		json_object_set_new(task, "check", o);
	}
	return p && !o ? -1 : 0;
}

static int put_health_check(const struct kube_container *c, const struct checks *a, json_t *task, struct err *e)
{
	struct kube_probe numbers;
	const struct kube_probe *p = shared(c, a, PROBE_BY_HEALTH, &numbers);
	json_t *o = p ? check_json(c, p, true, e) : NULL;
	if (o) {
		json_object_set_new(o, "grace_period_seconds", json_integer(0));
		json_object_set_new(o, "consecutive_failures",
				    json_integer(a->kills ? c->probes[PROBE_LIVENESS]->failure : NEVER_KILL));
		json_object_set_new(task, "health_check", o);
	}
	return p && !o ? -1 : 0;
}

int checks_put(const struct kube_container *c, json_t *task, struct err *e)
{
	struct checks a;
	return checks_assign(c, &a, e) || put_check(c, &a, task, e) || put_health_check(c, &a, task, e) ? -1 : 0;
}
