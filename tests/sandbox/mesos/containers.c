/* From a TaskInfo to a process: command, environment and volumes for the runner, and the end of it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

/* Strings that live as long as one start. */
struct strings {
	char **v;
	size_t n, cap;
};

static const char *keep(struct strings *s, char *text)
{
	s->v = mem_grow(s->v, &s->cap, s->n + 2, sizeof(*s->v));
	s->v[s->n++] = text;
	s->v[s->n] = NULL;
	return text;
}

static void strings_done(struct strings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i]);
	}
	free(s->v);
}

/* All that one start needs. */
struct start {
	struct task_spec spec;
	struct strings env, argv, paths;
	struct task_mount *mounts;
	size_t n_mounts, cap_mounts;
};

static void start_done(struct start *s)
{
	strings_done(&s->env);
	strings_done(&s->argv);
	strings_done(&s->paths);
	free(s->mounts);
}

char *run_dir_of(const struct mesos_agent *a, const char *framework_id, const char *executor_id,
		 const char *container_id)
{
	const char *root = a->c->config.state_dir;
	return root ? xasprintf("%s/agents/%s/slaves/%s/frameworks/%s/executors/%s/runs/%s", root, a->hostname, a->id,
				framework_id, executor_id, container_id)
		    : NULL;
}

static struct task_mount *add_mount(struct start *s, enum task_mount_kind kind, const char *path)
{
	s->mounts = mem_grow(s->mounts, &s->cap_mounts, s->n_mounts + 1, sizeof(*s->mounts));
	s->mounts[s->n_mounts] = (struct task_mount){.kind = kind, .path = path};
	return &s->mounts[s->n_mounts++];
}

static bool leaves(const char *path)
{
	for (const char *p = strstr(path, ".."); p; p = strstr(p + 2, "..")) {
		if ((p == path || p[-1] == '/') && (p[2] == 0 || p[2] == '/')) {
			return true;
		}
	}
	return false;
}

/* There is no file system of its own to mount into: the volume stands in the sandbox, under its container path. */
static char *add_volume(struct start *s, const struct executor *x, const json_t *volume)
{
	const char *where = js_str(volume, "container_path"), *host = js_str(volume, "host_path");
	const json_t *source = js_obj(volume, "source");
	const json_t *own = js_obj(source, "sandbox_path");
	const char *data = js_str_at(source, "secret", "value", "data", NULL), *path = js_str(own, "path");
	if (leaves(where) || (path && leaves(path)) || where[strspn(where, "/")] == 0) {
		return xasprintf("Invalid volume path '%s'", where);
	}
	const char *at = keep(&s->paths, xasprintf("%s/%s", s->spec.sandbox, where + strspn(where, "/")));
	host = host ? host : js_str_at(source, "host_path", "path", NULL);
	if (data) {
		char bad;
		struct task_mount *m = add_mount(s, TASK_MOUNT_CONTENT, at);
		m->content = keep(&s->paths, ids_base64_decode(data, &m->content_len, &bad));
	} else if (path) {
		const char *type = js_str(own, "type");
		bool parent = type && strcmp(type, "PARENT") == 0;
		add_mount(s, TASK_MOUNT_LINK, at)->target =
		    keep(&s->paths, xasprintf("%s/%s", parent ? x->run_dir : s->spec.sandbox, path));
	} else if (host) {
		add_mount(s, TASK_MOUNT_ALIAS, at)->target = host;
	}
	return NULL;
}

static char *set_directories(struct start *s, const struct task *t)
{
	const struct executor *x = t->executor;
	size_t i;
	json_t *volume;
	if (!x->run_dir) {
		return NULL;
	}
	s->spec.sandbox = x->is_default ? keep(&s->paths, xasprintf("%s/containers/%s", x->run_dir, t->container_id))
					: keep(&s->paths, xstrdup(x->run_dir));
	size_t runs = (size_t)(strrchr(x->run_dir, '/') - x->run_dir);
	add_mount(s, TASK_MOUNT_ALIAS, keep(&s->paths, xasprintf("%.*s/latest", (int)runs, x->run_dir)))->target =
	    x->run_dir;
	if (x->is_default) {
		add_mount(s, TASK_MOUNT_ALIAS, keep(&s->paths, xasprintf("%s/tasks/%s", x->run_dir, t->id)))->target =
		    s->spec.sandbox;
	}
	json_array_foreach (js_arr(js_obj(t->info, "container"), "volumes"), i, volume) {
		char *why = add_volume(s, x, volume);
		if (why) {
			return why;
		}
	}
	return NULL;
}

static void set_environment(struct start *s, const struct task *t)
{
	const json_t *variables = js_arr(js_at(t->info, "command", "environment", NULL), "variables");
	size_t i;
	json_t *variable;
	json_array_foreach (variables, i, variable) {
		const char *value = js_str(variable, "value");
		const char *data = js_str_at(variable, "secret", "value", "data", NULL);
		char bad;
		size_t n;
		CLEANUP_FREE char *secret = data ? ids_base64_decode(data, &n, &bad) : NULL;
		keep(&s->env, xasprintf("%s=%s", js_str(variable, "name"), secret ? secret : value ? value : ""));
	}
	keep(&s->env, xasprintf("MESOS_ALLOCATION_ROLE=%s", t->executor->role));
	keep(&s->env, xasprintf("MESOS_CONTAINER_IP=%s", t->agent->ip));
	keep(&s->env, xasprintf("MESOS_TASK_ID=%s", t->id));
	if (s->spec.sandbox) {
		keep(&s->env, xasprintf("MESOS_SANDBOX=%s", s->spec.sandbox));
	}
	s->spec.env = (const char *const *)s->env.v;
}

/* What to run, or why nothing can be. */
static char *set_command(struct start *s, const struct task *t)
{
	const json_t *command = js_obj(t->info, "command");
	const json_t *arguments = js_arr(command, "arguments");
	const char *value = js_str(command, "value");
	bool shell = js_bool(command, "shell", true);
	bool image = js_at(t->info, "container", "mesos", "image", NULL) != NULL;
	size_t i;
	json_t *argument;
	s->spec.user = js_str(command, "user");
	if (shell && value) {
		s->spec.shell = value;
		return NULL;
	}
	if (image && !value && (shell || json_array_size(arguments) == 0)) {
		return xasprintf(
		    "Images cannot be pulled in the sandbox, and task '%s' has no command of its own to run "
		    "instead of that of its image '%s'",
		    t->id, js_str_at(t->info, "container", "mesos", "image", "docker", "name", NULL) ?: "");
	}
	if (shell || (!value && json_array_size(arguments) == 0)) {
		return xasprintf("Failed to determine the launch command: %s",
				 shell ? "Shell specified but no command value provided" : "No command value provided");
	}
	json_array_foreach (arguments, i, argument) {
		keep(&s->argv, xstrdup(json_string_value(argument)));
	}
	if (json_array_size(arguments) == 0) {
		keep(&s->argv, xstrdup(value));
	}
	s->spec.file = value ? value : s->argv.v[0];
	s->spec.argv = (const char *const *)s->argv.v;
	return NULL;
}

static struct container *container_new(struct task *t)
{
	struct container *k = xcalloc(1, sizeof(*k));
	snprintf(k->id, sizeof(k->id), "%s", t->container_id);
	k->framework_id = xstrdup(t->framework->id);
	k->agent = t->agent;
	k->task = t;
	t->container = k;
	list_push(&t->agent->containers, &k->in_agent);
	map_put(&t->agent->c->containers, k->id, k);
	return k;
}

int container_start(struct task *t, char **ret_failure)
{
	const struct task_runner *runner = &t->agent->c->config.runner;
	const char *type = js_str_at(t->info, "container", "type", NULL);
	struct start s = {.spec = {.container_id = t->container_id, .task_id = t->id, .agent = t->agent->hostname}};
	struct err e = {0};
	char *why = type && strcmp(type, "DOCKER") == 0 ? xstrdup("Docker is not available in the sandbox") : NULL;
	why = why ? why : set_directories(&s, t);
	why = why ? why : set_command(&s, t);
	if (!why) {
		set_environment(&s, t);
		s.spec.mounts = s.mounts;
		s.spec.n_mounts = s.n_mounts;
		s.spec.cpus_milli = resources_milli(&t->resources, "cpus");
		s.spec.mem_bytes = resources_milli(&t->resources, "mem") * 1024 / 1000 * 1024;
		struct container *k = container_new(t);
		if (runner->start(runner->ctx, &s.spec, &t->pid, &e)) {
			t->container = NULL;
			container_free(k);
			why = t->executor->is_default ? xstrdup(e.text)
						      : xasprintf("Failed to launch container: %s", e.text);
		}
	}
	start_done(&s);
	*ret_failure = why;
	return why ? -1 : 0;
}

void container_signal(struct container *k, int signo)
{
	const struct task_runner *runner = &k->agent->c->config.runner;
	runner->signal(runner->ctx, k->id, signo);
}

static void grace_over(struct timer *t, int64_t now)
{
	(void)now;
	container_signal((struct container *)(void *)((char *)t - offsetof(struct container, grace)), SIGKILL);
}

void container_end(struct container *k, int64_t grace_ms)
{
	struct mesos_cluster *c = k->agent->c;
	container_signal(k, SIGTERM);
	timer_set(&c->timers, &k->grace, c->now + grace_ms, grace_over);
}

void container_free(struct container *k)
{
	struct mesos_cluster *c = k->agent->c;
	timer_stop(&c->timers, &k->grace);
	map_del(&c->containers, k->id);
	list_remove(&k->in_agent);
	free(k->framework_id);
	free(k);
}

static char *exit_message(int status)
{
	if (WIFEXITED(status)) {
		return xasprintf("Command exited with status %d", WEXITSTATUS(status));
	}
	return xasprintf("Command terminated with signal %s%s", strsignal(WTERMSIG(status)),
			 WCOREDUMP(status) ? " (core dumped)" : "");
}

void container_exited(struct container *k, int wait_status)
{
	struct task *t = k->task;
	container_free(k);
	if (!t || !t->executor) {
		return;
	}
	CLEANUP_FREE char *message = exit_message(wait_status);
	const char *state = t->killed ? "TASK_KILLED" : wait_status == 0 ? "TASK_FINISHED" : "TASK_FAILED";
	t->container = NULL;
	executor_task_ended(t, state, message);
}
