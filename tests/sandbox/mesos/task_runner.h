/* How the model of a Mesos agent has processes run for it: the one seam between the pure model and the world.
 *
 * The cluster's owner gives a runner at creation. The model calls start and signal; the runner answers an end, whenever
 * it comes (from inside start or signal too), with mesos_cluster_exited. One container is one process tree.
 * tests/sandbox/runner.h runs real processes, tests/sandbox/mesos/instant.h none.
 */
#ifndef SANDBOX_MESOS_TASK_RUNNER_H
#define SANDBOX_MESOS_TASK_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Something that stands in the sandbox of a container before its process starts; paths are absolute. */
struct task_mount {
	enum task_mount_kind {
		TASK_MOUNT_LINK,   /* `path` is a symbolic link to the directory `target`, which is created when missing
				    */
		TASK_MOUNT_ALIAS,  /* `path` is a symbolic link with the text `target`; replaced when it exists */
		TASK_MOUNT_CONTENT /* `path` is a file with `content`, readable by its owner only */
	} kind;
	const char *path, *target;
	const char *content;
	size_t content_len;
};

/* Borrowed for the call. */
struct task_spec {
	const char *container_id; /* unique in the cluster */
	const char *task_id;
	const char *agent;   /* host name */
	const char *sandbox; /* absolute directory, created when missing: the process's working directory; NULL without
				a state directory, and then there are no stdout and stderr files either */
	const char *shell;   /* run by /bin/sh -c; NULL: run `file` with `argv` */
	const char *file;    /* looked up in PATH */
	const char *const *argv; /* ends with NULL */
	const char *const
	    *env;	  /* "NAME=value", ends with NULL; nothing else is inherited except PATH when it is missing */
	const char *user; /* must be known here, but is not switched to; NULL: none asked for */
	const struct task_mount *mounts;
	size_t n_mounts;
	int64_t cpus_milli, mem_bytes; /* of the task; for runners that can enforce them, 0 when not asked for */
};

struct task_runner {
	void *ctx;
	/* 0 and the pid, or -1 and why: the container then failed to launch and no end will be reported. A file that
	 * cannot be executed is no failure here: the process ends with status 233 (127 is the shell's), and stderr says
	 * why. */
	int (*start)(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e);
	/* To every process of the container. Unknown or ended containers are none of its trouble. */
	void (*signal)(void *ctx, const char *container_id, int signo);
};

#endif
