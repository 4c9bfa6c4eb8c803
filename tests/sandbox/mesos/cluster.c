/* The cluster: its making and end, its clock, and the master's front door. */
#include "tests/sandbox/mesos/cluster.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

/* The end of a container, told while the model was at work. */
struct exit_report {
	struct list link;
	char *container_id;
	int wait_status;
};

double cluster_seconds(int64_t ms)
{
	return (double)ms / 1000.0;
}

json_t *cluster_nanoseconds(int64_t ms)
{
	return json_pack("{s:I}", "nanoseconds", (json_int_t)ms * 1000000);
}

json_t *cluster_master_info(const struct mesos_cluster *c)
{
	struct in_addr ip = {0};
	(void)inet_pton(AF_INET, c->config.ip, &ip);
	CLEANUP_FREE char *pid = xasprintf("master@%s:%d", c->config.ip, c->config.port);
	return json_pack("{s:s,s:I,s:i,s:s,s:s,s:s,s:{s:s,s:s,s:i},s:[{s:s},{s:s},{s:s}]}", "id", c->master_id, "ip",
			 (json_int_t)ip.s_addr, "port", c->config.port, "pid", pid, "hostname",
			 c->config.master_hostname, "version", MESOS_VERSION, "address", "hostname",
			 c->config.master_hostname, "ip", c->config.ip, "port", c->config.port, "capabilities", "type",
			 "AGENT_UPDATE", "type", "AGENT_DRAINING", "type", "QUOTA_V2");
}

static int64_t or_else(int64_t value, int64_t otherwise)
{
	return value > 0 ? value : otherwise;
}

static void free_credentials(const struct mesos_cluster_config *config)
{
	for (size_t i = 0; i < config->n_credentials; i++) {
		free((char *)(uintptr_t)config->credentials[i].principal);
		free((char *)(uintptr_t)config->credentials[i].secret);
	}
	free((void *)(uintptr_t)config->credentials);
}

static void copy_credentials(struct mesos_cluster_config *to, const struct mesos_credential *from, size_t n)
{
	struct mesos_credential *all = xcalloc(n + 1, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		all[i] = (struct mesos_credential){xstrdup(from[i].principal), xstrdup(from[i].secret)};
	}
	to->credentials = all;
	to->n_credentials = n;
}

void mesos_cluster_credentials(struct mesos_cluster *c, const struct mesos_credential *credentials, size_t n)
{
	free_credentials(&c->config);
	copy_credentials(&c->config, credentials, n);
}

static void copy_config(struct mesos_cluster_config *to, const struct mesos_cluster_config *from)
{
	*to = *from;
	to->master_hostname = xstrdup(from->master_hostname ? from->master_hostname : "mesos-master");
	to->ip = xstrdup(from->ip ? from->ip : "127.0.0.1");
	to->port = from->port > 0 ? from->port : 5050;
	to->heartbeat_ms = or_else(from->heartbeat_ms, 15000);
	to->allocation_ms = or_else(from->allocation_ms, 1000);
	to->ping_timeout_ms = or_else(from->ping_timeout_ms, 75000);
	to->update_retry_ms = or_else(from->update_retry_ms, 10000);
	to->recovery_ms = or_else(from->recovery_ms, 500);
	to->reregister_ms = or_else(from->reregister_ms, 1000);
	to->state_dir = from->state_dir ? xstrdup(from->state_dir) : NULL;
	copy_credentials(to, from->credentials, from->n_credentials);
}

struct mesos_cluster *mesos_cluster_new(const struct mesos_cluster_config *config, struct err *e)
{
	if (!config->runner.start || !config->runner.signal) {
		err_set(e, ERR_INVALID, "a Mesos cluster needs a task runner");
		return NULL;
	}
	if (config->state_dir && config->state_dir[0] != '/') {
		err_set(e, ERR_INVALID, "the state directory '%s' is not absolute", config->state_dir);
		return NULL;
	}
	struct mesos_cluster *c = xcalloc(1, sizeof(*c));
	copy_config(&c->config, config);
	c->ids.state = config->seed;
	c->now = c->started_ms = config->now_ms;
	list_init(&c->frameworks);
	list_init(&c->removed);
	list_init(&c->agents);
	list_init(&c->retired);
	list_init(&c->inverse);
	list_init(&c->exits);
	ids_uuid(&c->ids, c->master_id);
	timer_set(&c->timers, &c->allocation, c->now + c->config.allocation_ms, allocation_tick);
	return c;
}

/* "rack:r1;idx:1;span:[1-5]": text, scalar or ranges by their look, as agents read it. */
static json_t *parse_attributes(const char *text, struct err *e)
{
	json_t *all = json_array();
	for (const char *s = text ? text : ""; *s;) {
		size_t n = strcspn(s, ";");
		const char *colon = memchr(s, ':', n);
		if (!colon) {
			json_decref(all);
			err_set(e, ERR_INVALID, "attributes '%s': expected NAME:VALUE at '%.*s'", text, (int)n, s);
			return NULL;
		}
		CLEANUP_FREE char *name = xstrndup(s, (size_t)(colon - s));
		CLEANUP_FREE char *value = xstrndup(colon + 1, n - (size_t)(colon + 1 - s));
		char *after;
		double number = strtod(value, &after);
		json_t *o =
		    after != value && *after == 0
			? json_pack("{s:s,s:s,s:{s:f}}", "name", name, "type", "SCALAR", "scalar", "value", number)
			: json_pack("{s:s,s:s,s:{s:s}}", "name", name, "type", "TEXT", "text", "value", value);
		json_array_append_new(all, o);
		s += n + (s[n] == ';');
	}
	return all;
}

struct mesos_agent *mesos_cluster_add_agent(struct mesos_cluster *c, const struct mesos_agent_config *config,
					    int64_t now_ms, struct err *e)
{
	struct resources total = {0};
	struct isolators isolators;
	if (c->n_agents >= MESOS_AGENTS_MAX) {
		err_set(e, ERR_LIMIT, "more than %d agents", MESOS_AGENTS_MAX);
		return NULL;
	}
	if (!config->hostname || map_get(&c->agents_by_host, config->hostname) || !config->region != !config->zone) {
		err_set(e, ERR_INVALID, "agent '%s': needs a host name of its own, and region and zone together",
			config->hostname ? config->hostname : "");
		return NULL;
	}
	json_t *attributes = parse_attributes(config->attributes, e);
	if (!attributes || isolators_init(&isolators, &config->isolation, e) ||
	    resources_parse(config->resources, &total, e)) {
		json_decref(attributes);
		err_wrap(e, "agent '%s'", config->hostname);
		return NULL;
	}
	cluster_enter(c, now_ms);
	struct mesos_agent *a = xcalloc(1, sizeof(*a));
	*a = (struct mesos_agent){.c = c,
				  .index = c->n_agents,
				  .id = xasprintf("%s-S%llu", c->master_id, (unsigned long long)c->next_agent++),
				  .hostname = xstrdup(config->hostname),
				  .ip = xstrdup(config->ip ? config->ip : "127.0.0.1"),
				  .container_ip = config->container_ip ? xstrdup(config->container_ip) : NULL,
				  .region = config->region ? xstrdup(config->region) : NULL,
				  .zone = config->zone ? xstrdup(config->zone) : NULL,
				  .port = config->port,
				  .isolators = isolators,
				  .attributes = attributes,
				  .total = total,
				  .registered_ms = now_ms,
				  .powered = true,
				  .up = true};
	resources_copy(&a->free, &total);
	list_init(&a->executors);
	list_init(&a->tasks);
	list_init(&a->offers);
	list_init(&a->containers);
	list_init(&a->nested);
	list_push(&c->agents, &a->link);
	c->agent_array = mem_grow(c->agent_array, &c->cap_agents, c->n_agents + 1, sizeof(struct mesos_agent *));
	c->agent_array[c->n_agents++] = a;
	map_put(&c->agents_by_id, a->id, a);
	map_put(&c->agents_by_host, a->hostname, a);
	allocate(c);
	cluster_leave(c);
	return a;
}

struct mesos_agent *mesos_cluster_agent(struct mesos_cluster *c, const char *hostname)
{
	return map_get(&c->agents_by_host, hostname);
}

size_t mesos_cluster_agent_count(const struct mesos_cluster *c)
{
	return c->n_agents;
}

struct mesos_agent *mesos_cluster_agent_at(struct mesos_cluster *c, size_t i)
{
	return i < c->n_agents ? c->agent_array[i] : NULL;
}

const char *mesos_agent_hostname(const struct mesos_agent *a)
{
	return a->hostname;
}

const char *mesos_agent_id(const struct mesos_agent *a)
{
	return a->id;
}

int mesos_agent_port(const struct mesos_agent *a)
{
	return a->port;
}

bool mesos_agent_running(const struct mesos_agent *a)
{
	return a->powered && a->up;
}

void cluster_enter(struct mesos_cluster *c, int64_t now_ms)
{
	c->now = now_ms > c->now ? now_ms : c->now;
	c->busy = true;
}

void cluster_leave(struct mesos_cluster *c)
{
	while (!c->silent && !list_empty(&c->exits)) {
		struct exit_report *r = LIST_ENTRY(c->exits.next, struct exit_report, link);
		struct container *k = map_get(&c->containers, r->container_id);
		list_remove(&r->link);
		if (k) {
			container_exited(k, r->wait_status);
		}
		free(r->container_id);
		free(r);
	}
	c->busy = false;
}

void mesos_cluster_exited(struct mesos_cluster *c, const char *container_id, int wait_status, int64_t now_ms)
{
	struct exit_report *r = xcalloc(1, sizeof(*r));
	*r = (struct exit_report){.container_id = xstrdup(container_id), .wait_status = wait_status};
	list_push(&c->exits, &r->link);
	if (!c->busy) {
		cluster_enter(c, now_ms);
		cluster_leave(c);
	}
}

void mesos_cluster_output(struct mesos_cluster *c, const char *container_id, enum task_output source, const char *bytes,
			  size_t n, int64_t now_ms)
{
	const struct container *k = map_get(&c->containers, container_id);
	cluster_enter(c, now_ms);
	if (k && k->io) {
		switchboard_data(k->io, source, bytes, n);
	} else if (k && k->checker && source == TASK_STDOUT) {
		checker_output(k->checker, bytes, n);
	}
	cluster_leave(c);
}

void mesos_cluster_writable(struct mesos_cluster *c, const char *container_id, int64_t now_ms)
{
	const struct container *k = map_get(&c->containers, container_id);
	cluster_enter(c, now_ms);
	if (k && k->io && k->io->input) {
		input_writable(k->io->input);
	}
	cluster_leave(c);
}

int64_t mesos_cluster_next_deadline(const struct mesos_cluster *c)
{
	return c->silent ? INT64_MAX : timers_next(&c->timers);
}

void mesos_cluster_tick(struct mesos_cluster *c, int64_t now_ms)
{
	if (c->silent) {
		return;
	}
	cluster_enter(c, now_ms);
	timers_run(&c->timers, c->now);
	cluster_leave(c);
}

static void recovered(struct timer *t, int64_t now)
{
	struct mesos_cluster *c =
	    (struct mesos_cluster *)(void *)((char *)t - offsetof(struct mesos_cluster, recovery));
	(void)now;
	c->master = MASTER_LEADING;
}

void mesos_master_restart(struct mesos_cluster *c, int64_t now_ms)
{
	cluster_enter(c, now_ms);
	c->master = MASTER_RECOVERING;
	c->started_ms = c->now;
	ids_uuid(&c->ids, c->master_id);
	c->next_framework = c->next_offer = 0;
	frameworks_master_restarted(c);
	agents_master_restarted(c);
	timer_set(&c->timers, &c->recovery, c->now + c->config.recovery_ms, recovered);
	cluster_leave(c);
}

void mesos_master_set_leader(struct mesos_cluster *c, const char *host_port, int64_t now_ms)
{
	mesos_master_restart(c, now_ms);
	timer_stop(&c->timers, &c->recovery);
	free(c->leader);
	c->leader = host_port ? xstrdup(host_port) : NULL;
	c->master = host_port ? MASTER_STANDBY : MASTER_LEADING;
}

void mesos_master_silent(struct mesos_cluster *c, bool silent)
{
	c->silent = silent;
}

static void redirect(const struct mesos_cluster *c, const char *path, const char *query, struct sandbox_response *res)
{
	CLEANUP_FREE char *own = xasprintf("%s:%d", c->config.master_hostname, c->config.port);
	CLEANUP_FREE char *to = path ? xasprintf("//%s/master%s%s%s", c->leader, path, query[0] ? "?" : "", query)
				     : xasprintf("//%s", c->leader ? c->leader : own);
	res->status = 307;
	sandbox_response_header(res, "Location", to);
}

static bool is_under(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(path, prefix, n) == 0 && (path[n] == 0 || path[n] == '/');
}

static void get_state(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *principal;
	if (api_authenticate(c, req, res, "mesos-master-readonly", &principal) == 0) {
		api_json(res, 200, state_v0(c));
	}
}

static void route(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *path = is_under(req->path, "/master") ? req->path + strlen("/master") : req->path;
	if (is_under(path, "/health")) {
		res->status = 200;
	} else if (is_under(path, "/version")) {
		api_json(res, 200, api_version());
	} else if (is_under(path, "/redirect")) {
		redirect(c, NULL, "", res);
	} else if (c->master == MASTER_STANDBY) {
		redirect(c, path, req->query, res);
	} else if (c->master == MASTER_RECOVERING) {
		api_text(res, 503, "Master has not finished recovery");
	} else if (is_under(path, "/api/v1/scheduler")) {
		scheduler_handle(c, req, res);
	} else if (is_under(path, "/api/v1")) {
		operator_handle(c, req, res);
	} else if (is_under(path, "/state")) {
		get_state(c, req, res);
	} else {
		api_text(res, 404, "404 Not Found.");
	}
}

void mesos_master_handle(void *cluster, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct mesos_cluster *c = cluster;
	if (c->silent) {
		res->status = 0;
		return;
	}
	cluster_enter(c, now_ms);
	route(c, req, res);
	cluster_leave(c);
}

static void agent_free(struct mesos_agent *a)
{
	while (!list_empty(&a->containers)) {
		struct container *k = LIST_ENTRY(a->containers.next, struct container, in_agent);
		container_signal(k, 9);
		container_free(k);
	}
	while (!list_empty(&a->executors)) {
		executor_drop(LIST_ENTRY(a->executors.next, struct executor, in_agent));
	}
	timer_stop(&a->c->timers, &a->lost);
	timer_stop(&a->c->timers, &a->comeback);
	map_done(&a->nested_by_path);
	resources_done(&a->total);
	resources_done(&a->free);
	inverse_forget(a->c, NULL, a);
	json_decref(a->unavailability);
	json_decref(a->attributes);
	isolators_done(&a->isolators);
	free(a->id);
	free(a->hostname);
	free(a->ip);
	free(a->container_ip);
	free(a->region);
	free(a->zone);
	free(a);
}

static void config_done(struct mesos_cluster_config *config)
{
	free_credentials(config);
	free((char *)(uintptr_t)config->master_hostname);
	free((char *)(uintptr_t)config->ip);
	free((char *)(uintptr_t)config->state_dir);
}

static void free_lists(struct mesos_cluster *c)
{
	while (!list_empty(&c->frameworks)) {
		framework_remove(LIST_ENTRY(c->frameworks.next, struct framework, link));
	}
	while (!list_empty(&c->removed)) {
		struct framework *f = LIST_ENTRY(c->removed.next, struct framework, link);
		list_remove(&f->link);
		framework_free(f);
	}
	LIST_EACH (&c->agents, l) {
		agent_free(LIST_ENTRY(l, struct mesos_agent, link));
	}
	LIST_EACH (&c->retired, l) {
		struct retired_agent *r = LIST_ENTRY(l, struct retired_agent, link);
		free(r->id);
		free(r);
	}
	LIST_EACH (&c->exits, l) {
		struct exit_report *r = LIST_ENTRY(l, struct exit_report, link);
		free(r->container_id);
		free(r);
	}
}

void mesos_cluster_free(struct mesos_cluster *c)
{
	if (!c) {
		return;
	}
	c->busy = true; /* ends that are reported from now on are not looked at */
	free_lists(c);
	json_decref(c->schedule);
	map_done(&c->frameworks_by_id);
	map_done(&c->agents_by_id);
	map_done(&c->agents_by_host);
	map_done(&c->offers);
	map_done(&c->containers);
	free(c->agent_array);
	free(c->leader);
	timers_done(&c->timers);
	config_done(&c->config);
	free(c);
}
