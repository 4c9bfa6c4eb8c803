/* Checks and health checks of tasks, as the executors of Mesos make them (src/checks): one process for each asking, the
 * next so long after the end of the last. A check tells of results that differ from the one before, a health check of
 * every failure and of the first success after it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define OUTPUT_MAX 256
#define PAUSED_MS 1000 /* while its agent's process is away an executor does not check; then this often it looks */

struct checker {
	struct task *task;
	const json_t *info; /* CheckInfo or HealthCheck, of the task's */
	bool health;
	struct timer timer;	  /* the next asking, or the end of patience with the present one */
	struct container *asking; /* NULL: none is under way */
	bool timed_out;
	struct buf output;
	unsigned count;
	int64_t begin_ms;
	bool succeeded_once;
	int failures;	/* one after the other */
	json_t *result; /* of a check: CheckStatusInfo, the last that was told */
};

static const char *type_of(const struct checker *k)
{
	const char *type = js_str(k->info, "type");
	return type ? type : "COMMAND";
}

static int64_t ms_of(const struct checker *k, const char *key, double otherwise)
{
	return (int64_t)(js_num(k->info, key, otherwise) * 1000);
}

static struct checker *checker_of(struct timer *t)
{
	return (struct checker *)(void *)((char *)t - offsetof(struct checker, timer));
}

static void ask(struct timer *t, int64_t now);

static void again(struct checker *k)
{
	struct mesos_cluster *c = k->task->agent->c;
	timer_set(&c->timers, &k->timer, c->now + ms_of(k, "interval_seconds", 10), ask);
}

/* ---- what is told ---- */

static json_t *no_result(const struct checker *k)
{
	static const struct {
		const char *type, *key;
	} keys[] = {{"COMMAND", "command"}, {"HTTP", "http"}, {"TCP", "tcp"}};
	json_t *o = json_pack("{s:s}", "type", type_of(k));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].type, type_of(k)) == 0) {
			json_object_set_new(o, keys[i].key, json_object());
		}
	}
	return o;
}

/* What it answered; without a number when there was no answer. */
static json_t *check_result(const struct checker *k, int wait_status)
{
	json_t *o = no_result(k);
	bool exited = WIFEXITED(wait_status) && !k->timed_out;
	int code = exited ? WEXITSTATUS(wait_status) : -1;
	if (strcmp(type_of(k), "TCP") == 0 && !k->timed_out) {
		json_object_set_new(js_obj(o, "tcp"), "succeeded", json_boolean(code == 0));
	} else if (strcmp(type_of(k), "HTTP") == 0 && code == 0) {
		json_object_set_new(js_obj(o, "http"), "status_code",
				    json_integer(k->output.len ? strtol(buf_str(&k->output), NULL, 10) : 200));
	} else if (strcmp(type_of(k), "COMMAND") == 0 && exited) {
		json_object_set_new(js_obj(o, "command"), "exit_code", json_integer(code));
	}
	return o;
}

static bool is_good(const json_t *result)
{
	int64_t status = js_int(js_obj(result, "http"), "status_code", -1);
	return js_bool(js_obj(result, "tcp"), "succeeded", false) || (status >= 200 && status < 400) ||
	       js_int(js_obj(result, "command"), "exit_code", -1) == 0;
}

void checks_add_to_status(const struct task *t, const char *state, json_t *status)
{
	bool running = strcmp(state, "TASK_RUNNING") == 0;
	if (t->check) {
		json_object_set_new(status, "check_status",
				    running && t->check->result ? json_incref(t->check->result) : no_result(t->check));
	} else if (js_obj(t->info, "check")) {
		struct checker none = {.info = js_obj(t->info, "check")};
		json_object_set_new(status, "check_status", no_result(&none));
	}
	if (running && t->has_healthy) {
		json_object_set_new(status, "healthy", json_boolean(t->healthy));
	}
}

static void tell(struct task *t, const char *reason)
{
	task_update(t, agent_status(t, "TASK_RUNNING", NULL, "SOURCE_EXECUTOR", reason));
}

static void check_done(struct checker *k, json_t *result)
{
	json_t *before = k->result ? json_incref(k->result) : no_result(k);
	json_decref(k->result);
	k->result = result;
	if (!json_equal(before, result)) {
		tell(k->task, "REASON_TASK_CHECK_STATUS_UPDATED");
	}
	json_decref(before);
	again(k);
}

static void health_failed(struct checker *k)
{
	struct task *t = k->task;
	int64_t grace_ms = ms_of(k, "grace_period_seconds", 10);
	if (!k->succeeded_once && grace_ms > 0 && t->agent->c->now - k->begin_ms <= grace_ms) {
		again(k);
		return;
	}
	k->failures++;
	t->has_healthy = true;
	t->healthy = false;
	tell(t, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED");
	if (k->failures >= js_int(k->info, "consecutive_failures", 3)) {
		t->executor->unhealthy = true;
		executor_kill_task(t, -1);
		return;
	}
	again(k);
}

static void health_done(struct checker *k, bool good)
{
	struct task *t = k->task;
	if (!good) {
		health_failed(k);
		return;
	}
	if (!k->succeeded_once || k->failures > 0) {
		k->succeeded_once = t->has_healthy = t->healthy = true;
		k->failures = 0;
		tell(t, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED");
	}
	again(k);
}

void checker_output(struct checker *k, const char *bytes, size_t n)
{
	buf_append(&k->output, bytes, n < OUTPUT_MAX - k->output.len ? n : OUTPUT_MAX - k->output.len);
}

void checker_lost(struct checker *k)
{
	k->asking = NULL;
}

void checker_exited(struct checker *k, int wait_status)
{
	struct task *t = k->task;
	timer_stop(&t->agent->c->timers, &k->timer);
	if (!t->executor) {
		return;
	}
	json_t *result = check_result(k, wait_status);
	if (k->health) {
		bool good = is_good(result);
		json_decref(result);
		health_done(k, good);
	} else {
		check_done(k, result);
	}
}

/* ---- asking ---- */

/* As CommandInfo. */
static json_t *command_of(const struct checker *k)
{
	int64_t port = js_int(js_obj(k->info, "http"), "port", js_int(js_obj(k->info, "tcp"), "port", 0));
	const char *path = js_str(js_obj(k->info, "http"), "path"), *scheme = js_str(js_obj(k->info, "http"), "scheme");
	if (strcmp(type_of(k), "HTTP") == 0) {
		CLEANUP_FREE char *url =
		    xasprintf("%s://127.0.0.1:%lld%s", scheme ? scheme : "http", (long long)port, path ? path : "");
		return json_pack("{s:b,s:s,s:[s,s,s,s,s,s,s,s,s,s]}", "shell", 0, "value", "curl", "arguments", "curl",
				 "-s", "-S", "-L", "-k", "-w", "%{http_code}", "-o", "/dev/null", url);
	}
	if (strcmp(type_of(k), "TCP") == 0) {
		CLEANUP_FREE char *number = xasprintf("%lld", (long long)port);
		return json_pack("{s:b,s:s,s:[s,s,s,s,s]}", "shell", 0, "value", "bash", "arguments", "bash", "-c",
				 "exec 3<>\"/dev/tcp/127.0.0.1/$1\"", "mesos-tcp-connect", number);
	}
	const json_t *command = js_obj(k->info, "command");
	return json_incref(k->health ? (json_t *)command : js_obj(command, "command"));
}

static void patience_over(struct timer *timer, int64_t now)
{
	struct checker *k = checker_of(timer);
	(void)now;
	k->timed_out = true;
	container_signal(k->asking, SIGKILL);
}

static void ask(struct timer *timer, int64_t now)
{
	struct checker *k = checker_of(timer);
	struct task *t = k->task;
	struct mesos_cluster *c = t->agent->c;
	if (!t->executor || !t->container) {
		return;
	}
	if (!t->agent->up) {
		timer_set(&c->timers, timer, now + PAUSED_MS, ask);
		return;
	}
	json_t *command = command_of(k);
	CLEANUP_FREE char *id = xasprintf("%s.%s-%u", t->container_id, k->health ? "health" : "check", k->count++);
	int64_t timeout_ms = ms_of(k, "timeout_seconds", 20);
	buf_clear(&k->output);
	k->timed_out = false;
	k->asking = container_start_check(t, k, id, command, strcmp(type_of(k), "COMMAND") == 0);
	json_decref(command);
	if (!k->asking) {
		again(k); /* as with a passing trouble of the agent */
	} else if (timeout_ms > 0) {
		timer_set(&c->timers, timer, now + timeout_ms, patience_over);
	}
}

static struct checker *checker_new(struct task *t, const json_t *info, bool health)
{
	struct mesos_cluster *c = t->agent->c;
	if (!info) {
		return NULL;
	}
	struct checker *k = xcalloc(1, sizeof(*k));
	*k = (struct checker){
	    .task = t, .info = info, .health = health, .begin_ms = c->now, .output = BUF_INIT(OUTPUT_MAX)};
	timer_set(&c->timers, &k->timer, c->now + ms_of(k, "delay_seconds", 15), ask);
	return k;
}

void checks_start(struct task *t)
{
	t->check = checker_new(t, js_obj(t->info, "check"), false);
	t->health_check = checker_new(t, js_obj(t->info, "health_check"), true);
}

static void checker_free(struct checker *k)
{
	if (!k) {
		return;
	}
	timer_stop(&k->task->agent->c->timers, &k->timer);
	if (k->asking) {
		k->asking->checker = NULL;
		container_signal(k->asking, SIGKILL);
	}
	json_decref(k->result);
	buf_done(&k->output);
	free(k);
}

void checks_stop(struct task *t)
{
	checker_free(t->check);
	checker_free(t->health_check);
	t->check = t->health_check = NULL;
}
