/* What the files of the process runner share. Not for others. */
#ifndef SANDBOX_RUNNER_INNER_H
#define SANDBOX_RUNNER_INNER_H

#include <sys/types.h>

#include "base/list.h"
#include "base/map.h"
#include "tests/sandbox/runner.h"

/* One end of a pipe or terminal, ours. */
struct channel {
	uv_poll_t poll;
	struct process *process;
	enum task_output source; /* of one that is read */
	int fd;
	int log; /* what is read goes to this file as well; -1: none */
};

struct process {
	struct list link;
	struct process_runner *runner;
	char *container_id;
	pid_t pid;			/* and number of the session */
	int broken;			/* can be read from when the file could not be executed */
	struct channel *in, *out, *err; /* NULL: none, or at their end; a terminal has no `err` */
	bool tty, paused;
	bool own_root; /* or that of another container */
	bool reaped;   /* but something may still stand in its pipes */
	int wait_status;
};

struct process_runner {
	uv_signal_t children;
	uv_timer_t later; /* what must not happen inside a call of the model */
	uv_timer_t look;  /* for ends, once in a while */
	int open_handles;
	struct mesos_cluster *cluster;
	struct list processes;
	struct map by_container;
	enum { ROOTS_UNKNOWN, ROOTS_POSSIBLE, ROOTS_IMPOSSIBLE } roots; /* of containers */
};

int64_t runner_now(void);

/* runner_spawn.c: forks; `p` gets its pid and its channels. */
int process_spawn(struct process *p, const struct task_spec *spec, struct err *e);

/* runner_io.c */
struct channel *channel_new(struct process *p, int fd, enum task_output source, int log); /* takes both */
void channel_free(struct channel *c);							  /* NULL-safe */
void process_read_on(struct process *p);						  /* or not, as `paused` says */
/* What still stands in the pipes of one that has ended. True when there is no more; false: paused. */
bool process_drain(struct process *p);
ssize_t process_write(struct process *p, const char *bytes, size_t n);
void process_resize(struct process *p, unsigned rows, unsigned columns);

/* runner_rights.c: in the child. -1 with errno. */
int process_limit(const struct task_spec *spec);

/* runner_proc.c */
/* To every process of the session, whatever group it made for itself. */
void session_signal(pid_t session, int signo);
void session_usage(pid_t session, struct task_usage *ret);

#endif
