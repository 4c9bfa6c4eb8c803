#include "tests/sandbox/runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

#define EXIT_CANNOT_EXECUTE 233 /* what Mesos' launcher says */
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct process {
	struct list link;
	char *container_id;
	pid_t pid;
};

struct process_runner {
	uv_signal_t children;
	struct mesos_cluster *cluster;
	struct list processes;
	struct map by_container;
};

static int64_t wall_clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* mkdir -p */
static int make_directories(const char *path, struct err *e)
{
	CLEANUP_FREE char *copy = xstrdup(path);
	for (char *p = copy + 1;; p++) {
		char c = *p;
		if (c != '/' && c != 0) {
			continue;
		}
		*p = 0;
		if (mkdir(copy, 0755) != 0 && errno != EEXIST) {
			return err_set(e, ERR_IO, "Failed to create directory '%s': %s", copy, strerror(errno));
		}
		*p = c;
		if (c == 0) {
			return 0;
		}
	}
}

static int make_parent(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	return parent[0] ? make_directories(parent, e) : 0;
}

static int make_file(const struct task_mount *m, struct err *e)
{
	int fd = open(m->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		return err_set(e, ERR_IO, "Failed to create '%s': %s", m->path, strerror(errno));
	}
	for (size_t at = 0; at < m->content_len;) {
		ssize_t n = write(fd, m->content + at, m->content_len - at);
		if (n <= 0) {
			close(fd);
			return err_set(e, ERR_IO, "Failed to write '%s': %s", m->path, strerror(errno));
		}
		at += (size_t)n;
	}
	close(fd);
	return 0;
}

static int make_mount(const struct task_mount *m, struct err *e)
{
	if (make_parent(m->path, e)) {
		return -1;
	}
	if (m->kind == TASK_MOUNT_CONTENT) {
		return make_file(m, e);
	}
	if (m->kind == TASK_MOUNT_LINK && make_directories(m->target, e)) {
		return -1;
	}
	(void)unlink(m->path);
	return symlink(m->target, m->path) == 0
		   ? 0
		   : err_set(e, ERR_IO, "Failed to link '%s' to '%s': %s", m->path, m->target, strerror(errno));
}

static int prepare(const struct task_spec *spec, struct err *e)
{
	if (spec->user && !getpwnam(spec->user)) {
		return err_set(
		    e, ERR_INVALID,
		    "Failed to create nested sandbox '%s': Failed to chown directory to '%s': No such user '%s'",
		    spec->sandbox ? spec->sandbox : "", spec->user, spec->user);
	}
	if (spec->sandbox && make_directories(spec->sandbox, e)) {
		return -1;
	}
	for (size_t i = 0; i < spec->n_mounts; i++) {
		if (make_mount(&spec->mounts[i], e)) {
			return -1;
		}
	}
	return 0;
}

/* -1 when it cannot be opened. Appended to, as a restarted container's would be. */
static int output(const struct task_spec *spec, const char *name)
{
	CLEANUP_FREE char *path = spec->sandbox ? xasprintf("%s/%s", spec->sandbox, name) : xstrdup("/dev/null");
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The environment with a PATH; free() it. */
static const char **environment(const struct task_spec *spec)
{
	size_t n = 0;
	bool has_path = false;
	while (spec->env[n]) {
		has_path = has_path || strncmp(spec->env[n], "PATH=", 5) == 0;
		n++;
	}
	const char **env = xcalloc(n + 2, sizeof(*env));
	for (size_t i = 0; i < n; i++) {
		env[i] = spec->env[i];
	}
	env[n] = has_path ? NULL : DEFAULT_PATH;
	return env;
}

static const char *path_of(const char *const *env)
{
	for (; *env; env++) {
		if (strncmp(*env, "PATH=", 5) == 0) {
			return *env + 5;
		}
	}
	return "";
}

/* The file in the container's own PATH; free() it. */
static char *look_up(const char *file, const char *path)
{
	if (strchr(file, '/')) {
		return xstrdup(file);
	}
	while (*path) {
		size_t n = strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", (int)n, path, file);
		if (access(full, X_OK) == 0) {
			return full;
		}
		free(full);
		path += n + (path[n] == ':');
	}
	return xstrdup(file);
}

struct image {
	const char *directory, *file;
	const char *const *argv, *const *env;
	int in, out, err;
};

/* In the child, between fork and exec: system calls only. */
static _Noreturn void become(const struct image *im)
{
	static const char why[] = "Failed to execute command: ";
	sigset_t none;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int s = 1; s < NSIG; s++) {
		signal(s, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(im->in, 0) < 0 || dup2(im->out, 1) < 0 || dup2(im->err, 2) < 0 ||
	    (im->directory && chdir(im->directory) != 0)) {
		_exit(EXIT_CANNOT_EXECUTE);
	}
	close_range(3, ~0U, 0);
	execve(im->file, (char *const *)(uintptr_t)im->argv, (char *const *)(uintptr_t)im->env);
	const char *text = strerrordesc_np(errno);
	if (write(2, why, sizeof(why) - 1) < 0 || write(2, text, strlen(text)) < 0 || write(2, "\n", 1) < 0) {
		_exit(EXIT_CANNOT_EXECUTE);
	}
	_exit(EXIT_CANNOT_EXECUTE);
}

/* With all signals blocked, so that none meets our own handlers in the child. */
static pid_t fork_quietly(void)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork();
	if (pid != 0) {
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	return pid;
}

static void close_open(int fd)
{
	if (fd >= 0) {
		close(fd);
	}
}

static pid_t spawn(const struct task_spec *spec, struct err *e)
{
	const char *const shell[] = {"sh", "-c", spec->shell, NULL};
	const char **env = environment(spec);
	CLEANUP_FREE char *file = spec->shell ? xstrdup("/bin/sh") : look_up(spec->file, path_of(env));
	struct image im = {.directory = spec->sandbox,
			   .file = file,
			   .argv = spec->shell ? shell : spec->argv,
			   .env = env,
			   .in = open("/dev/null", O_RDONLY | O_CLOEXEC),
			   .out = output(spec, "stdout"),
			   .err = output(spec, "stderr")};
	pid_t pid = im.in < 0 || im.out < 0 || im.err < 0 ? -1 : fork_quietly();
	if (pid == 0) {
		become(&im);
	}
	if (pid < 0) {
		err_set(e, ERR_IO, "Failed to fork: %s", strerror(errno));
	}
	close_open(im.in);
	close_open(im.out);
	close_open(im.err);
	free(env);
	return pid;
}

static int start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct process_runner *r = ctx;
	if (prepare(spec, e)) {
		return -1;
	}
	pid_t pid = spawn(spec, e);
	if (pid < 0) {
		return -1;
	}
	struct process *p = xcalloc(1, sizeof(*p));
	p->container_id = xstrdup(spec->container_id);
	p->pid = pid;
	list_push(&r->processes, &p->link);
	map_put(&r->by_container, p->container_id, p);
	*ret_pid = pid;
	return 0;
}

/* The session of a process from /proc/PID/stat: "pid (name) state ppid pgrp session ..."; the name may hold anything.
 */
static pid_t session_of(const char *pid)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0) {
		close(fd);
	}
	text[n > 0 ? n : 0] = 0;
	const char *after = strrchr(text, ')');
	int session = -1;
	if (!after || sscanf(after + 1, " %*c %*d %*d %d", &session) != 1) {
		return -1;
	}
	return session;
}

/* To every process of the session, whatever group it made for itself. */
static void signal_tree(pid_t session, int signo)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	if (kill(-session, signo) != 0) {
		(void)kill(session, signo); /* not a session yet */
	}
	while (proc && (d = readdir(proc)) != NULL) {
		char *end;
		long pid = strtol(d->d_name, &end, 10);
		if (*end == 0 && pid != session && session_of(d->d_name) == session && getpgid((pid_t)pid) != session) {
			(void)kill((pid_t)pid, signo);
		}
	}
	if (proc) {
		closedir(proc);
	}
}

static void send_signal(void *ctx, const char *container_id, int signo)
{
	struct process_runner *r = ctx;
	const struct process *p = map_get(&r->by_container, container_id);
	if (p) {
		signal_tree(p->pid, signo);
	}
}

static void process_free(struct process_runner *r, struct process *p)
{
	map_del(&r->by_container, p->container_id);
	list_remove(&p->link);
	free(p->container_id);
	free(p);
}

static void reap(struct process_runner *r)
{
	struct list ended;
	list_init(&ended);
	LIST_EACH (&r->processes, l) {
		struct process *p = LIST_ENTRY(l, struct process, link);
		siginfo_t info = {0};
		if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == p->pid) {
			list_remove(l);
			list_push(&ended, l);
		}
	}
	/* The cluster may start others while it hears of these. */
	while (!list_empty(&ended)) {
		struct process *p = LIST_ENTRY(ended.next, struct process, link);
		CLEANUP_FREE char *id = xstrdup(p->container_id);
		int status = 0;
		/* Not waited for yet, so the number of the session cannot have been given to anybody else. */
		signal_tree(p->pid, SIGKILL);
		(void)waitpid(p->pid, &status, 0);
		process_free(r, p);
		if (r->cluster) {
			mesos_cluster_exited(r->cluster, id, status, wall_clock_ms());
		}
	}
}

static void on_child(uv_signal_t *handle, int signo)
{
	(void)signo;
	reap(handle->data);
}

struct process_runner *process_runner_new(uv_loop_t *loop, struct err *e)
{
	struct process_runner *r = xcalloc(1, sizeof(*r));
	list_init(&r->processes);
	int rc = uv_signal_init(loop, &r->children);
	r->children.data = r;
	if (rc == 0 && (rc = uv_signal_start(&r->children, on_child, SIGCHLD)) == 0) {
		uv_unref((uv_handle_t *)&r->children);
		return r;
	}
	err_set(e, ERR_IO, "watch child processes: %s", uv_strerror(rc));
	free(r);
	return NULL;
}

void process_runner_attach(struct process_runner *r, struct mesos_cluster *c)
{
	r->cluster = c;
}

struct task_runner process_runner_seam(struct process_runner *r)
{
	return (struct task_runner){.ctx = r, .start = start, .signal = send_signal};
}

size_t process_runner_count(const struct process_runner *r)
{
	return r->by_container.count;
}

static void closed(uv_handle_t *handle)
{
	struct process_runner *r = handle->data;
	map_done(&r->by_container);
	free(r);
}

void process_runner_free(struct process_runner *r)
{
	if (!r) {
		return;
	}
	r->cluster = NULL;
	while (!list_empty(&r->processes)) {
		struct process *p = LIST_ENTRY(r->processes.next, struct process, link);
		signal_tree(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		process_free(r, p);
	}
	uv_close((uv_handle_t *)&r->children, closed);
}
