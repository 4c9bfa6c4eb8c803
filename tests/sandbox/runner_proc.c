/* The processes of a session, from /proc. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/runner_inner.h"

/* Of /proc/PID/stat, proc(5). Times in clock ticks, with those of children that were waited for. */
struct proc_stat {
	int session;
	unsigned long user, system;
	long child_user, child_system, rss_pages;
};

/* "pid (name) state ppid pgrp session ..."; the name may hold anything. */
static int proc_stat_read(const char *pid, struct proc_stat *ret)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0) {
		close(fd);
	}
	text[n > 0 ? n : 0] = 0;
	const char *after = strrchr(text, ')');
	struct proc_stat s = {0};
	if (!after ||
	    sscanf(after + 1, " %*c %*d %*d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %*d %*d %*u %*u %ld",
		   &s.session, &s.user, &s.system, &s.child_user, &s.child_system, &s.rss_pages) != 6) {
		return -1;
	}
	*ret = s;
	return 0;
}

/* The next process of the session: its number, or 0 at the end. */
static pid_t next_member(DIR *proc, pid_t session, struct proc_stat *ret)
{
	const struct dirent *d;
	while (proc && (d = readdir(proc)) != NULL) {
		char *end;
		long pid = strtol(d->d_name, &end, 10);
		if (pid > 0 && *end == 0 && proc_stat_read(d->d_name, ret) == 0 && ret->session == session) {
			return (pid_t)pid;
		}
	}
	return 0;
}

void session_signal(pid_t session, int signo)
{
	DIR *proc = opendir("/proc");
	struct proc_stat s;
	pid_t pid;
	if (kill(-session, signo) != 0) {
		(void)kill(session, signo); /* not a session yet */
	}
	while ((pid = next_member(proc, session, &s)) != 0) {
		if (pid != session && getpgid(pid) != session) {
			(void)kill(pid, signo);
		}
	}
	if (proc) {
		closedir(proc);
	}
}

void session_usage(pid_t session, struct task_usage *ret)
{
	DIR *proc = opendir("/proc");
	struct proc_stat s;
	int64_t tick = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	*ret = (struct task_usage){0};
	while (next_member(proc, session, &s) != 0) {
		ret->user_ms += ((int64_t)s.user + s.child_user) * 1000 / tick;
		ret->system_ms += ((int64_t)s.system + s.child_system) * 1000 / tick;
		ret->rss_bytes += s.rss_pages * page;
	}
	if (proc) {
		closedir(proc);
	}
}
