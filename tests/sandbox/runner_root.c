#include "tests/sandbox/runner_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum root_what { ROOT_DIRECTORY, ROOT_FILE, ROOT_LINK, ROOT_BIND, ROOT_TMPFS };

struct root_step {
	enum root_what what;
	char *at;     /* with the base before it */
	char *source; /* text of a link, what is bound, options of a tmpfs */
	bool read_only, follows_host;
	bool makes_point, of_directory;
};

/* Planning, before the fork */

static struct root_step *add_step(struct root_plan *p, enum root_what what, const char *at, char *source)
{
	p->steps = mem_grow(p->steps, &p->cap, p->n + 1, sizeof(*p->steps));
	p->steps[p->n] = (struct root_step){.what = what, .at = xasprintf("%s%s", p->base, at), .source = source};
	return &p->steps[p->n++];
}

static bool is_directory(const char *path)
{
	struct stat s;
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* The path with the machine's symbolic links followed as far as it exists. free() it. */
static char *resolve(const char *path)
{
	char real[PATH_MAX];
	if (realpath(path, real)) {
		return xstrdup(real);
	}
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path) {
		return xstrdup(path);
	}
	CLEANUP_FREE char *parent = xstrndup(path, (size_t)(slash - path));
	CLEANUP_FREE char *above = resolve(parent);
	return xasprintf("%s%s", strcmp(above, "/") ? above : "", slash);
}

/* Directories that are made anew, each before those in it. */
struct anew {
	char **paths;
	size_t n, cap;
};

static bool is_anew(const struct anew *a, const char *path)
{
	for (size_t i = 0; i < a->n; i++) {
		if (!strcmp(a->paths[i], path)) {
			return true;
		}
	}
	return false;
}

static void put_anew(struct anew *a, char *path)
{
	if (is_anew(a, path)) {
		free(path);
		return;
	}
	a->paths = mem_grow(a->paths, &a->cap, a->n + 1, sizeof(*a->paths));
	a->paths[a->n++] = path;
}

static void anew_done(struct anew *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->paths[i]);
	}
	free(a->paths);
}

/* What lies above a mount point that the machine has not got. */
static void open_above(struct anew *a, const char *at)
{
	for (const char *s = strchr(at + 1, '/'); s; s = strchr(s + 1, '/')) {
		put_anew(a, xstrndup(at, (size_t)(s - at)));
	}
}

static void add_entry(struct root_plan *p, const struct anew *a, const char *path)
{
	char text[PATH_MAX];
	struct stat s;
	if (is_anew(a, path) || lstat(path, &s) != 0) {
		return;
	}
	ssize_t n = S_ISLNK(s.st_mode) ? readlink(path, text, sizeof(text) - 1) : -1;
	if (n >= 0) {
		text[n] = 0;
		add_step(p, ROOT_LINK, path, xstrdup(text));
		return;
	}
	add_step(p, S_ISDIR(s.st_mode) ? ROOT_DIRECTORY : ROOT_FILE, path, NULL);
	add_step(p, ROOT_BIND, path, xstrdup(path));
}

static void add_entries(struct root_plan *p, const struct anew *a, const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;
	while (d && (entry = readdir(d)) != NULL) {
		CLEANUP_FREE char *path = xasprintf("%s/%s", strcmp(directory, "/") ? directory : "", entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			add_entry(p, a, path);
		}
	}
	if (d) {
		closedir(d);
	}
}

/* Mount points are made before anything is mounted on any of them, as an agent does. What is missing later, because
 * another mount is there by then, is made in that. */
static int add_point(struct root_plan *p, const struct task_mount *m, const char *at, struct err *e)
{
	if (m->kind == TASK_MOUNT_BIND && access(m->target, F_OK) != 0) {
		return err_set(e, ERR_INVALID, "Path '%s' in HOST_PATH volume does not exist", m->target);
	}
	bool file = m->kind == TASK_MOUNT_BIND && !is_directory(m->target);
	add_step(p, file ? ROOT_FILE : ROOT_DIRECTORY, at, NULL);
	return 0;
}

static void add_mount(struct root_plan *p, const struct task_mount *m, const char *at)
{
	if (m->kind == TASK_MOUNT_TMPFS) {
		add_step(p, ROOT_TMPFS, at,
			 m->size ? xasprintf("mode=1777,size=%lld", (long long)m->size) : xstrdup("mode=1777"));
		return;
	}
	struct root_step *bind = add_step(p, ROOT_BIND, at, xstrdup(m->target));
	bind->read_only = m->read_only;
	bind->follows_host = m->follows_host;
	bind->makes_point = m->makes_point;
	bind->of_directory = is_directory(m->target);
}

static bool is_rooted(const struct task_mount *m)
{
	return m->kind == TASK_MOUNT_BIND || m->kind == TASK_MOUNT_TMPFS;
}

static int add_all(struct root_plan *p, const struct task_mount *mounts, char *const *at, size_t n, struct err *e)
{
	struct anew a = {0};
	int bad = 0;
	put_anew(&a, xstrdup("/"));
	for (size_t i = 0; i < n; i++) {
		if (at[i] && access(at[i], F_OK) != 0) {
			open_above(&a, at[i]);
		}
	}
	for (size_t i = 0; i < a.n; i++) {
		if (i > 0) {
			add_step(p, ROOT_DIRECTORY, a.paths[i], NULL);
		}
		add_entries(p, &a, a.paths[i]);
	}
	for (size_t i = 0; i < n && !bad; i++) {
		bad = at[i] ? add_point(p, &mounts[i], at[i], e) : 0;
	}
	for (size_t i = 0; i < n && !bad; i++) {
		if (at[i]) {
			add_mount(p, &mounts[i], at[i]);
		}
	}
	anew_done(&a);
	return bad;
}

int root_plan_make(struct root_plan *ret, const struct task_mount *mounts, size_t n, const char *base, struct err *e)
{
	struct root_plan p = {.base = xstrdup(base)};
	char **at = xcalloc(n, sizeof(*at));
	if (mkdir(base, 0755) != 0 && errno != EEXIST) {
		err_set(e, ERR_IO, "Failed to create directory '%s': %s", base, strerror(errno));
		free(at);
		root_plan_done(&p);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		at[i] = is_rooted(&mounts[i]) ? resolve(mounts[i].path) : NULL;
	}
	int bad = add_all(&p, mounts, at, n, e);
	for (size_t i = 0; i < n; i++) {
		free(at[i]);
	}
	free(at);
	if (bad) {
		root_plan_done(&p);
		return -1;
	}
	*ret = p;
	return 0;
}

void root_plan_done(struct root_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->steps[i].at);
		free(p->steps[i].source);
	}
	free(p->steps);
	free(p->base);
	*p = (struct root_plan){0};
}

/* In the child: system calls only */

static int failed(char why[ROOT_WHY_MAX], const char *what, const char *path)
{
	const char *const parts[] = {what, " '", path, "': ", strerrordesc_np(errno)};
	size_t at = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		for (const char *s = parts[i] ? parts[i] : "?"; *s && at + 1 < ROOT_WHY_MAX; s++) {
			why[at++] = *s;
		}
	}
	why[at] = 0;
	return -1;
}

static int write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
	if (fd >= 0) {
		close(fd);
	}
	return n < 0 ? -1 : 0;
}

/* "0 ID 1": the user of this process is root inside. */
static const char *id_map(unsigned id, char text[32])
{
	char digits[12];
	size_t n = 0, at = 2;
	memcpy(text, "0 ", 2);
	do {
		digits[n++] = (char)('0' + id % 10);
		id /= 10;
	} while (id);
	while (n) {
		text[at++] = digits[--n];
	}
	memcpy(text + at, " 1", 3);
	return text;
}

static int make_namespace(char why[ROOT_WHY_MAX])
{
	char users[32], groups[32];
	unsigned uid = geteuid(), gid = getegid();
	if (unshare(CLONE_NEWNS) == 0) {
		return 0;
	}
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
		return failed(why, "This machine allows no mount namespace for the volumes of", "a container");
	}
	if (write_map("/proc/self/uid_map", id_map(uid, users)) || write_map("/proc/self/setgroups", "deny") ||
	    write_map("/proc/self/gid_map", id_map(gid, groups))) {
		return failed(why, "Failed to map the user of", "a container");
	}
	return 0;
}

bool root_possible(void)
{
	char why[ROOT_WHY_MAX];
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		_exit(make_namespace(why) ? 1 : 0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		return access(path, F_OK); /* there, and not ours to write */
	}
	return close(fd);
}

/* With what lies above it. */
static int make_point(const struct root_step *s)
{
	for (char *p = strchr(s->at + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		int bad = make_directory(s->at);
		*p = '/';
		if (bad) {
			return -1;
		}
	}
	return s->of_directory ? make_directory(s->at) : make_file(s->at);
}

static int bind_mount(const struct root_step *s)
{
	if (s->makes_point && access(s->at, F_OK) != 0 && make_point(s)) {
		return -1;
	}
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	if (mount(s->source, s->at, NULL, MS_BIND | MS_REC, NULL) != 0) {
		return -1;
	}
	if (!s->follows_host && mount(NULL, s->at, NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		return -1;
	}
	return s->read_only ? mount_setattr(AT_FDCWD, s->at, AT_RECURSIVE, &attr, sizeof(attr)) : 0;
}

static int take_step(const struct root_step *s)
{
	switch (s->what) {
	case ROOT_DIRECTORY:
		return make_directory(s->at);
	case ROOT_FILE:
		return make_file(s->at);
	case ROOT_LINK:
		return symlink(s->source, s->at);
	case ROOT_BIND:
		return bind_mount(s);
	case ROOT_TMPFS:
		return mount("tmpfs", s->at, "tmpfs", MS_NOSUID | MS_NODEV, s->source);
	}
	return -1;
}

/* The new root is not copied when a directory that it stands in is bound into it. */
static int mount_root(const struct root_plan *p, char why[ROOT_WHY_MAX])
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0 ||
	    mount("tmpfs", p->base, "tmpfs", 0, "mode=755") != 0 ||
	    mount(NULL, p->base, NULL, MS_UNBINDABLE, NULL) != 0) {
		return failed(why, "Failed to mount a root on", p->base);
	}
	return 0;
}

int root_enter(const struct root_plan *p, char why[ROOT_WHY_MAX])
{
	mode_t mask = umask(022);
	if (make_namespace(why) || mount_root(p, why)) {
		return -1;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (take_step(&p->steps[i])) {
			return failed(why, "Failed to make the mount", p->steps[i].at + strlen(p->base));
		}
	}
	umask(mask);
	if (chdir(p->base) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
	    chdir("/") != 0) {
		return failed(why, "Failed to change the root to", p->base);
	}
	return 0;
}

/* Namespaces of others */

static int open_namespace(pid_t pid, const char *name)
{
	CLEANUP_FREE char *path = xasprintf("/proc/%d/ns/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool is_ours(int fd, const char *own)
{
	struct stat there, here;
	return fstat(fd, &there) == 0 && stat(own, &here) == 0 && there.st_ino == here.st_ino;
}

int root_of_process(pid_t pid, struct root_of *ret, struct err *e)
{
	struct root_of of = {open_namespace(pid, "user"), open_namespace(pid, "mnt")};
	if (of.user < 0 || of.mount < 0) {
		root_of_done(&of);
		return err_set(e, ERR_IO, "Failed to enter the namespaces of process %d: %s", (int)pid,
			       strerror(errno));
	}
	if (is_ours(of.user, "/proc/self/ns/user")) {
		close(of.user);
		of.user = -1;
	}
	*ret = of;
	return 0;
}

void root_of_done(struct root_of *of)
{
	if (of->user >= 0) {
		close(of->user);
	}
	if (of->mount >= 0) {
		close(of->mount);
	}
	*of = (struct root_of){-1, -1};
}

int root_join(const struct root_of *of, char why[ROOT_WHY_MAX])
{
	if ((of->user >= 0 && setns(of->user, CLONE_NEWUSER) != 0) || setns(of->mount, CLONE_NEWNS) != 0) {
		return failed(why, "Failed to enter the root of", "a container");
	}
	return 0;
}
