/* From a task_spec to a process: its directory, its files, its pipes or its terminal, fork and exec. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/runner_inner.h"
#include "tests/sandbox/runner_root.h"

#define EXIT_CANNOT_EXECUTE 233 /* the part of the launcher's status that fits */
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

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
	int fd = open(m->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
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
	if (m->kind == TASK_MOUNT_BIND || m->kind == TASK_MOUNT_TMPFS) {
		return 0; /* with the root */
	}
	if (m->kind == TASK_MOUNT_DIRECTORY) {
		return make_directories(m->path, e);
	}
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

/* Both sides of what a process reads from and writes to. -1: none; the child's are always there. */
struct ends {
	int child[3];
	int in, out, err;
	int log[2]; /* stdout, stderr */
	int broken, child_broken;
};

static void close_open(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
	*fd = -1;
}

static void ends_done(struct ends *s)
{
	int *all[] = {&s->child[0], &s->child[1], &s->child[2], &s->in,	    &s->out,
		      &s->err,	    &s->log[0],	  &s->log[1],	&s->broken, &s->child_broken};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		close_open(all[i]);
	}
}

static int not_blocking(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Ours does not block, the child's does. */
static int make_pipe(int *reader, int *writer, const int *ours)
{
	int both[2];
	if (pipe2(both, O_CLOEXEC) != 0) {
		return -1;
	}
	*reader = both[0];
	*writer = both[1];
	return not_blocking(*ours);
}

static int make_terminal(struct ends *s)
{
	int master, slave;
	if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
		return -1;
	}
	s->out = master;
	s->child[0] = slave;
	s->in = fcntl(master, F_DUPFD_CLOEXEC, 0);
	s->child[1] = fcntl(slave, F_DUPFD_CLOEXEC, 0);
	s->child[2] = fcntl(slave, F_DUPFD_CLOEXEC, 0);
	if (s->in < 0 || s->child[1] < 0 || s->child[2] < 0 || fcntl(master, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(slave, F_SETFD, FD_CLOEXEC) != 0) {
		return -1;
	}
	return not_blocking(master);
}

static int make_ends(struct ends *s, const struct task_spec *spec)
{
	*s = (struct ends){{-1, -1, -1}, -1, -1, -1, {-1, -1}, -1, -1};
	if (make_pipe(&s->broken, &s->child_broken, &s->broken) < 0) {
		return -1;
	}
	if (spec->io == TASK_IO_FILES) {
		s->child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		s->child[1] = output(spec, "stdout");
		s->child[2] = output(spec, "stderr");
		return s->child[0] < 0 || s->child[1] < 0 || s->child[2] < 0 ? -1 : 0;
	}
	if (spec->log) {
		s->log[0] = output(spec, "stdout");
		s->log[1] = output(spec, "stderr");
	}
	if (spec->io == TASK_IO_TTY) {
		return make_terminal(s);
	}
	return make_pipe(&s->child[0], &s->in, &s->in) || make_pipe(&s->out, &s->child[1], &s->out) ||
		       make_pipe(&s->err, &s->child[2], &s->err)
		   ? -1
		   : 0;
}

struct image {
	const struct task_spec *spec;
	const char *directory, *file;
	const char *const *argv, *const *env;
	const struct ends *ends;
	bool tty;
	/* Another root than the machine's; what fails then is told to the parent. */
	const struct root_plan *root;
	const struct root_of *join;
	int failures;
};

static void say(const char *text)
{
	if (write(2, text, strlen(text)) < 0) {
		_exit(EXIT_CANNOT_EXECUTE);
	}
}

static void change_root(const struct image *im)
{
	char why[ROOT_WHY_MAX];
	if ((im->join && root_join(im->join, why)) || (im->root && root_enter(im->root, why))) {
		(void)!write(im->failures, why, strlen(why));
		_exit(EXIT_CANNOT_EXECUTE);
	}
}

/* A volume may hide the sandbox. */
static int go_home(const struct image *im)
{
	return !im->directory || chdir(im->directory) == 0 || ((im->root || im->join) && chdir("/") == 0) ? 0 : -1;
}

/* In the child, between fork and exec: system calls only. */
static _Noreturn void become(const struct image *im)
{
	sigset_t none;
	setsid();
	change_root(im);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user would end it */
	for (int s = 1; s < NSIG; s++) {
		signal(s, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(im->ends->child[0], 0) < 0 || dup2(im->ends->child[1], 1) < 0 || dup2(im->ends->child[2], 2) < 0 ||
	    (im->tty && ioctl(0, TIOCSCTTY, 0) != 0) || go_home(im) != 0) {
		_exit(EXIT_CANNOT_EXECUTE);
	}
	int broken = im->ends->child_broken;
	if (broken != 3) {
		(void)dup3(broken, 3, O_CLOEXEC);
	}
	close_range(4, ~0U, 0);
	if (process_limit(im->spec)) {
		say("Failed to set process capabilities\n");
		_exit(EXIT_FAILURE);
	}
	execve(im->file, (char *const *)(uintptr_t)im->argv, (char *const *)(uintptr_t)im->env);
	const char *why = strerrordesc_np(errno);
	(void)!write(3, "!", 1);
	say("Failed to execute '");
	say(im->file);
	say("': ");
	say(why);
	say("\n");
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

/* Moves our ends to the process. */
static void take_ends(struct process *p, struct ends *s, bool tty)
{
	p->tty = tty;
	p->broken = s->broken;
	p->in = s->in >= 0 ? channel_new(p, s->in, TASK_STDOUT, -1) : NULL;
	p->out = s->out >= 0 ? channel_new(p, s->out, TASK_STDOUT, s->log[0]) : NULL;
	p->err = s->err >= 0 ? channel_new(p, s->err, TASK_STDERR, s->log[1]) : NULL;
	s->broken = s->in = s->out = s->err = s->log[0] = -1;
	if (p->err) {
		s->log[1] = -1;
	}
	process_read_on(p);
}

/* Where a process sees other files than the machine's. */
struct elsewhere {
	struct root_plan root;
	struct root_of join;
	int failures[2]; /* both ends of a pipe; -1: none */
};

/* It has mounts that want a root, and the machine allows one, or they cannot be spared. */
static bool gets_root(struct process_runner *runner, const struct task_spec *spec)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct task_mount *m = &spec->mounts[i];
		if ((m->kind == TASK_MOUNT_BIND || m->kind == TASK_MOUNT_TMPFS) && !m->spared) {
			return spec->own_root;
		}
	}
	if (spec->own_root && runner->roots == ROOTS_UNKNOWN) {
		runner->roots = root_possible() ? ROOTS_POSSIBLE : ROOTS_IMPOSSIBLE;
	}
	return spec->own_root && runner->roots == ROOTS_POSSIBLE;
}

static int elsewhere_init(struct elsewhere *w, const struct process *p, const struct task_spec *spec, struct image *im,
			  struct err *e)
{
	const struct process *other = spec->root_of ? map_get(&p->runner->by_container, spec->root_of) : NULL;
	CLEANUP_FREE char *base = gets_root(p->runner, spec) ? xasprintf("%s/.root", spec->sandbox) : NULL;
	*w = (struct elsewhere){.join = {-1, -1}, .failures = {-1, -1}};
	im->failures = -1;
	if (base && root_plan_make(&w->root, spec->mounts, spec->n_mounts, base, e)) {
		return -1;
	}
	if (other && other->own_root && root_of_process(other->pid, &w->join, e)) {
		return -1;
	}
	im->root = base ? &w->root : NULL;
	im->join = w->join.mount >= 0 ? &w->join : NULL;
	if ((im->root || im->join) && pipe2(w->failures, O_CLOEXEC) != 0) {
		return err_set(e, ERR_IO, "Failed to make a pipe: %s", strerror(errno));
	}
	im->failures = w->failures[1];
	return 0;
}

static void elsewhere_done(struct elsewhere *w)
{
	root_plan_done(&w->root);
	root_of_done(&w->join);
	close_open(&w->failures[0]);
	close_open(&w->failures[1]);
}

/* Waits until the child has its root, which is a matter of mounts alone. */
static int await_root(struct elsewhere *w, pid_t pid, struct err *e)
{
	char why[ROOT_WHY_MAX];
	close_open(&w->failures[1]);
	ssize_t n = w->failures[0] >= 0 ? read(w->failures[0], why, sizeof(why) - 1) : 0;
	if (n <= 0) {
		return 0;
	}
	why[n] = 0;
	(void)waitpid(pid, NULL, 0);
	return err_set(e, ERR_IO, "%s", why);
}

static int spawn(struct process *p, struct image *im, struct elsewhere *w, struct ends *ends, struct err *e)
{
	p->pid = fork_quietly();
	if (p->pid == 0) {
		become(im);
	}
	if (p->pid < 0) {
		return err_set(e, ERR_IO, "Failed to fork: %s", strerror(errno));
	}
	if (await_root(w, p->pid, e)) {
		return -1;
	}
	p->own_root = im->root || im->join;
	take_ends(p, ends, im->tty);
	return 0;
}

int process_spawn(struct process *p, const struct task_spec *spec, struct err *e)
{
	const char *const shell[] = {"sh", "-c", spec->shell, NULL};
	struct ends ends;
	struct elsewhere elsewhere;
	if (prepare(spec, e)) {
		return -1;
	}
	const char **env = environment(spec);
	CLEANUP_FREE char *file = spec->shell ? xstrdup("/bin/sh") : look_up(spec->file, path_of(env));
	struct image im = {.spec = spec,
			   .directory = spec->sandbox,
			   .file = file,
			   .argv = spec->shell ? shell : spec->argv,
			   .env = env,
			   .ends = &ends,
			   .tty = spec->io == TASK_IO_TTY};
	int bad = make_ends(&ends, spec) < 0 ? err_set(e, ERR_IO, "Failed to make pipes: %s", strerror(errno)) : 0;
	if (!bad) {
		bad = elsewhere_init(&elsewhere, p, spec, &im, e) || spawn(p, &im, &elsewhere, &ends, e);
		elsewhere_done(&elsewhere);
	}
	ends_done(&ends);
	free(env);
	return bad ? -1 : 0;
}
