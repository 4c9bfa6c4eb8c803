/* From a TaskInfo to a process: command, environment and volumes for the runner, and the end of it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

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

#define VOLUME_TURNS 3

static bool leaves(const char *path)
{
	for (const char *p = strstr(path, ".."); p; p = strstr(p + 2, "..")) {
		if ((p == path || p[-1] == '/') && (p[2] == 0 || p[2] == '/')) {
			return true;
		}
	}
	return false;
}

/* A container with an image has a root of its own, and the volume is mounted there, wherever that is. */
static struct task_mount *mount_in_root(struct start *s, const char *where, const char *target, const json_t *volume)
{
	const char *mode = js_str(volume, "mode");
	const char *propagation = js_str_at(volume, "source", "host_path", "mount_propagation", "mode", NULL);
	struct task_mount *m =
	    add_mount(s, TASK_MOUNT_BIND, keep(&s->paths, xasprintf("/%s", where + strspn(where, "/"))));
	m->target = target;
	m->read_only = mode && strcmp(mode, "RO") == 0;
	m->follows_host = propagation && strcmp(propagation, "HOST_TO_CONTAINER") == 0;
	m->makes_point = !js_at(volume, "source", "secret", NULL);
	s->spec.own_root = true;
	return m;
}

static void add_content(struct start *s, const char *at, const char *data)
{
	char bad;
	struct task_mount *m = add_mount(s, TASK_MOUNT_CONTENT, at);
	m->content = keep(&s->paths, ids_base64_decode(data, &m->content_len, &bad));
}

/* The directory is one of the task's, not of its executor's. */
static bool is_own(const json_t *sandbox_path)
{
	const char *type = js_str(sandbox_path, "type");
	return !type || strcmp(type, "PARENT") != 0;
}

/* One that an executor has from its beginning. */
static bool is_file_of_executor(const json_t *sandbox_path)
{
	const char *path = js_str(sandbox_path, "path");
	return path && !is_own(sandbox_path) && (!strcmp(path, "stdout") || !strcmp(path, "stderr"));
}

/* An earlier volume left it in the task's directory. */
static bool is_file_of_task(const struct start *s, const char *path)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		if (s->mounts[i].kind == TASK_MOUNT_CONTENT && !strcmp(s->mounts[i].path, path)) {
			return true;
		}
	}
	return false;
}

static char *add_volume_in_root(struct start *s, const struct executor *x, const json_t *volume)
{
	const char *where = js_str(volume, "container_path"), *host = js_str(volume, "host_path");
	const json_t *source = js_obj(volume, "source"), *own = js_obj(source, "sandbox_path");
	const char *data = js_str_at(source, "secret", "value", "data", NULL), *path = js_str(own, "path");
	const char *target = host ? host : js_str_at(source, "host_path", "path", NULL);
	bool spared = false;
	if (data) {
		target = keep(&s->paths, xasprintf("%s/.secret%s", s->spec.sandbox, where));
		add_content(s, target, data);
	} else if (path) {
		target = keep(&s->paths, xasprintf("%s/%s", is_own(own) ? s->spec.sandbox : x->run_dir, path));
		bool file = is_own(own) && is_file_of_task(s, target);
		if (!file) {
			add_mount(s, TASK_MOUNT_DIRECTORY, target);
		}
		spared = file;
	}
	if (target &&
	    strcmp(js_str_at(source, "host_path", "mount_propagation", "mode", NULL) ?: "", "BIDIRECTIONAL") == 0) {
		return xasprintf("Cannot setup bidirectional mount propagation for host path '%s' because it is not "
				 "under a shared mount",
				 target);
	}
	if (target) {
		mount_in_root(s, where, target, volume)->spared = spared;
	}
	return NULL;
}

/* Without an image there is no root to mount into: the volume stands in the sandbox, under its container path. */
static char *add_volume_in_sandbox(struct start *s, const struct executor *x, const json_t *volume)
{
	const char *where = js_str(volume, "container_path"), *host = js_str(volume, "host_path");
	const json_t *source = js_obj(volume, "source");
	const json_t *own = js_obj(source, "sandbox_path");
	const char *data = js_str_at(source, "secret", "value", "data", NULL), *path = js_str(own, "path");
	const char *at = keep(&s->paths, xasprintf("%s/%s", s->spec.sandbox, where + strspn(where, "/")));
	host = host ? host : js_str_at(source, "host_path", "path", NULL);
	if (data) {
		add_content(s, at, data);
	} else if (path) {
		add_mount(s, TASK_MOUNT_LINK, at)->target =
		    keep(&s->paths, xasprintf("%s/%s", is_own(own) ? s->spec.sandbox : x->run_dir, path));
	} else if (host) {
		add_mount(s, TASK_MOUNT_ALIAS, at)->target = host;
	}
	return NULL;
}

/* In the order of the isolators, an agent mounts directories of its executors, what is its own, and then secrets. */
static int turn_of(const json_t *volume)
{
	const char *type = js_str_at(volume, "source", "type", NULL) ?: "";
	return !strcmp(type, "SANDBOX_PATH") ? 0 : !strcmp(type, "SECRET") ? 2 : 1;
}

static char *add_volume(struct start *s, const struct executor *x, const json_t *container, const json_t *volume)
{
	const char *where = js_str(volume, "container_path");
	const char *path = js_str_at(volume, "source", "sandbox_path", "path", NULL);
	if (leaves(where) || (path && leaves(path)) || where[strspn(where, "/")] == 0) {
		return xasprintf("Invalid volume path '%s'", where);
	}
	if (js_obj(volume, "image")) {
		return xasprintf("Failed to find archive for image '%s': this sandbox pulls none",
				 js_str_at(volume, "image", "docker", "name", NULL) ?: "");
	}
	bool image = js_at(container, "mesos", "image", NULL);
	bool of_file = js_at(volume, "source", "secret", NULL) ||
		       is_file_of_executor(js_at(volume, "source", "sandbox_path", NULL));
	if (image && where[0] != '/' && of_file) {
		/* A file to mount on; the mount itself is where an image has its sandbox, which nobody has here. */
		add_content(s, keep(&s->paths, xasprintf("%s/%s", s->spec.sandbox, where)), "");
		return NULL;
	}
	return where[0] == '/' && image ? add_volume_in_root(s, x, volume) : add_volume_in_sandbox(s, x, volume);
}

/* A /dev/shm of its own, of so many megabytes. */
static void add_shm(struct start *s, const json_t *container)
{
	const json_t *linux_info = js_obj(container, "linux_info");
	const char *mode = js_str(linux_info, "ipc_mode");
	if (mode && strcmp(mode, "PRIVATE") == 0 && js_at(container, "mesos", "image", NULL)) {
		add_mount(s, TASK_MOUNT_TMPFS, "/dev/shm")->size = js_int(linux_info, "shm_size", 0) << 20;
		s->spec.own_root = true;
	}
}

static void say_latest(struct start *s, const struct executor *x)
{
	size_t runs = (size_t)(strrchr(x->run_dir, '/') - x->run_dir);
	add_mount(s, TASK_MOUNT_ALIAS, keep(&s->paths, xasprintf("%.*s/latest", (int)runs, x->run_dir)))->target =
	    x->run_dir;
}

static char *set_directories(struct start *s, const struct task *t)
{
	const struct executor *x = t->executor;
	const json_t *container = js_obj(t->info, "container");
	size_t i;
	json_t *volume;
	if (!x->run_dir) {
		return NULL;
	}
	struct place own = {.executor = t->executor, .task = (struct task *)(uintptr_t)t};
	s->spec.sandbox = keep(&s->paths, place_sandbox(&own));
	say_latest(s, x);
	if (x->is_default) {
		add_mount(s, TASK_MOUNT_ALIAS, keep(&s->paths, xasprintf("%s/tasks/%s", x->run_dir, t->id)))->target =
		    s->spec.sandbox;
	}
	for (int turn = 0; turn < VOLUME_TURNS; turn++) {
		json_array_foreach (js_arr(container, "volumes"), i, volume) {
			char *why = turn_of(volume) == turn ? add_volume(s, x, container, volume) : NULL;
			if (why) {
				return why;
			}
		}
	}
	add_shm(s, container);
	return NULL;
}

static void add_variables(struct start *s, const json_t *command)
{
	size_t i;
	json_t *variable;
	json_array_foreach (js_arr(js_obj(command, "environment"), "variables"), i, variable) {
		const char *value = js_str(variable, "value");
		const char *data = js_str_at(variable, "secret", "value", "data", NULL);
		char bad;
		size_t n;
		CLEANUP_FREE char *secret = data ? ids_base64_decode(data, &n, &bad) : NULL;
		keep(&s->env, xasprintf("%s=%s", js_str(variable, "name"), secret ? secret : value ? value : ""));
	}
}

static void add_task_environment(struct start *s, const struct task *t)
{
	add_variables(s, js_obj(t->info, "command"));
	keep(&s->env, xasprintf("MESOS_ALLOCATION_ROLE=%s", t->executor->role));
	keep(&s->env, xasprintf("MESOS_CONTAINER_IP=%s", agent_container_ip(t->agent)));
	keep(&s->env, xasprintf("MESOS_TASK_ID=%s", t->id));
}

static void end_environment(struct start *s)
{
	if (s->spec.sandbox) {
		keep(&s->env, xasprintf("MESOS_SANDBOX=%s", s->spec.sandbox));
	}
	s->spec.env = (const char *const *)s->env.v;
}

/* What to run, or why nothing can be. `what` names who has no command: "task 't'". */
static char *set_command(struct start *s, const json_t *command, const json_t *container, const char *what)
{
	const json_t *arguments = js_arr(command, "arguments");
	const char *value = js_str(command, "value");
	bool shell = js_bool(command, "shell", true);
	bool image = js_at(container, "mesos", "image", NULL) != NULL;
	size_t i;
	json_t *argument;
	s->spec.user = js_str(command, "user");
	if (shell && value) {
		s->spec.shell = value;
		return NULL;
	}
	if (image && !value && (shell || json_array_size(arguments) == 0)) {
		return xasprintf("Images cannot be pulled in the sandbox, and %s has no command of its own to run "
				 "instead of that of its image '%s'",
				 what, js_str_at(container, "mesos", "image", "docker", "name", NULL) ?: "");
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

static struct container *container_new(struct mesos_agent *a, const char *id, const char *framework_id)
{
	struct container *k = xcalloc(1, sizeof(*k));
	k->id = xstrdup(id);
	k->framework_id = xstrdup(framework_id);
	k->agent = a;
	list_push(&a->containers, &k->in_agent);
	map_put(&a->c->containers, k->id, k);
	return k;
}

/* How it gets its input and output, if that is no files. */
static void set_io(struct start *s, struct container *k, const json_t *container, bool session)
{
	bool tty = js_obj(container, "tty_info") != NULL;
	if ((tty || session) && k->agent->c->config.runner.write) {
		k->io = switchboard_new(k, tty);
		s->spec.io = tty ? TASK_IO_TTY : TASK_IO_PIPES;
		s->spec.log = !session;
	}
}

/* NULL, or why not, and then there is no container either. */
static char *run(struct start *s, struct container *k, int64_t *ret_pid)
{
	const struct task_runner *runner = &k->agent->c->config.runner;
	struct err e = {0};
	s->spec.container_id = k->id;
	s->spec.agent = k->agent->hostname;
	s->spec.mounts = s->mounts;
	s->spec.n_mounts = s->n_mounts;
	if (runner->start(runner->ctx, &s->spec, ret_pid, &e) == 0) {
		return NULL;
	}
	container_free(k);
	return xstrdup(e.text);
}

static char *run_task(struct start *s, struct task *t)
{
	add_task_environment(s, t);
	end_environment(s);
	s->spec.cpus_milli = resources_milli(&t->resources, "cpus");
	s->spec.mem_bytes = resources_milli(&t->resources, "mem") * 1024 / 1000 * 1024;
	struct container *k = container_new(t->agent, t->container_id, t->framework->id);
	k->task = t;
	t->container = k;
	set_io(s, k, js_obj(t->info, "container"), false);
	CLEANUP_FREE char *why = run(s, k, &t->pid);
	if (!why) {
		return NULL;
	}
	t->container = NULL;
	return xasprintf("%s%s", t->executor->is_default ? "" : "Failed to launch container: ", why);
}

int container_start(struct task *t, char **ret_failure)
{
	const json_t *container = js_obj(t->info, "container");
	const char *type = js_str(container, "type");
	struct start s = {.spec = {.task_id = t->id}};
	CLEANUP_FREE char *what = xasprintf("task '%s'", t->id);
	char *why = type && strcmp(type, "DOCKER") == 0 ? xstrdup("Docker is not available in the sandbox") : NULL;
	why = why ? why : set_directories(&s, t);
	why = why ? why : set_command(&s, js_obj(t->info, "command"), container, what);
	why = why ? why : isolators_apply(&t->agent->isolators, container, &s.spec);
	why = why ? why : run_task(&s, t);
	start_done(&s);
	*ret_failure = why;
	return why ? -1 : 0;
}

struct container *container_start_check(struct task *t, struct checker *checker, const char *id, const json_t *command,
					bool inside)
{
	struct start s = {.spec = {.task_id = t->id, .check = true}};
	struct place own = {.executor = t->executor, .task = t};
	CLEANUP_FREE char *sandbox = place_sandbox(&own);
	char *why = set_command(&s, command, NULL, "check");
	why = why ? why : isolators_apply(&t->agent->isolators, NULL, &s.spec);
	struct container *k = NULL;
	if (!why) {
		int64_t pid;
		s.spec.sandbox = sandbox;
		s.spec.root_of = inside ? t->container->id : NULL;
		s.spec.io = t->agent->c->config.runner.write ? TASK_IO_PIPES : TASK_IO_FILES;
		add_task_environment(&s, t);
		add_variables(&s, command);
		end_environment(&s);
		k = container_new(t->agent, id, t->framework->id);
		k->checker = checker;
		why = run(&s, k, &pid);
	}
	start_done(&s);
	k = why ? NULL : k;
	free(why);
	return k;
}

/* A session sees what its parent sees; any other has a directory of its own below, and its own environment. */
static void set_surroundings(struct start *s, struct nested *n, const struct place *parent)
{
	CLEANUP_FREE char *above = place_sandbox(parent);
	if (above) {
		n->sandbox = n->session ? xstrdup(above) : xasprintf("%s/containers/%s", above, js_str(n->id, "value"));
	}
	s->spec.sandbox = n->sandbox;
	if (n->session && parent->task) {
		add_task_environment(s, parent->task);
	} else if (n->session && parent->nested) {
		add_variables(s, parent->nested->command);
	}
	add_variables(s, n->command);
	end_environment(s);
}

int container_start_nested(struct nested *n, const struct place *parent, char **ret_failure)
{
	const struct container *above = place_container(parent);
	struct start s = {.spec = {.task_id = n->path}};
	CLEANUP_FREE char *what = xasprintf("nested container '%s'", n->path);
	char *why = n->session && !n->agent->c->config.runner.write
			? xstrdup("Containers run without input and output in this sandbox")
			: set_command(&s, n->command, n->container_info, what);
	why = why ? why : isolators_apply(&n->agent->isolators, n->container_info, &s.spec);
	if (!why) {
		set_surroundings(&s, n, parent);
		s.spec.root_of = n->session && above ? above->id : NULL;
		struct container *k =
		    container_new(n->agent, n->path, above ? above->framework_id : parent->executor->framework_id);
		k->nested = n;
		n->container = k;
		set_io(&s, k, n->container_info, n->session);
		why = run(&s, k, &n->pid);
	}
	start_done(&s);
	*ret_failure = why;
	return why ? -1 : 0;
}

void container_signal(struct container *k, int signo)
{
	const struct task_runner *runner = &k->agent->c->config.runner;
	if (k->io && signo == SIGKILL) {
		switchboard_hurry(k->io);
	}
	if (!k->ended) {
		runner->signal(runner->ctx, k->id, signo);
	}
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
	switchboard_free(k->io);
	if (k->nested) {
		k->nested->container = NULL;
	}
	if (k->checker) {
		checker_lost(k->checker);
	}
	map_del(&c->containers, k->id);
	list_remove(&k->in_agent);
	free(k->id);
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

/* What is below a task's process ends with it. */
static void end_below(const struct task *t)
{
	CLEANUP_FREE char *path = task_path(t);
	nested_kill_below(t->agent, path);
}

static void container_gone(struct container *k)
{
	struct task *t = k->task;
	struct checker *checker = k->checker;
	int wait_status = k->wait_status;
	struct nested *n = k->nested;
	/* On a terminal Mesos' own switchboard ends with an error, whatever the task did. */
	bool broken = k->io && k->io->tty;
	if (k->io) {
		switchboard_end(k->io);
	}
	container_free(k);
	if (n) {
		nested_exited(n, wait_status);
	}
	if (checker) {
		checker_exited(checker, wait_status);
	}
	if (!t || !t->executor) {
		return;
	}
	t->container = NULL;
	end_below(t);
	CLEANUP_FREE char *message = exit_message(wait_status);
	CLEANUP_FREE char *longer = xasprintf("%s: 'IOSwitchboard' exited with status 1", message);
	if (t->killed) {
		executor_task_ended(t, "TASK_KILLED", message, NULL);
	} else if (broken) {
		executor_task_ended(t, "TASK_FAILED", longer, "REASON_IO_SWITCHBOARD_EXITED");
	} else {
		executor_task_ended(t, wait_status == 0 ? "TASK_FINISHED" : "TASK_FAILED", message, NULL);
	}
}

static void linger_over(struct timer *t, int64_t now)
{
	(void)now;
	container_gone((struct container *)(void *)((char *)t - offsetof(struct container, grace)));
}

void container_exited(struct container *k, int wait_status)
{
	struct mesos_cluster *c = k->agent->c;
	k->wait_status = wait_status;
	k->ended = true;
	if (k->io && k->io->input && !k->io->tty && !k->io->hurried) {
		timer_set(&c->timers, &k->grace, c->now + MESOS_INPUT_LINGER_MS, linger_over);
	} else {
		container_gone(k);
	}
}

void container_input_over(struct container *k)
{
	if (k->ended) {
		container_gone(k);
	}
}
