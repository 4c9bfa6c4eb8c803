/* How the model of a Mesos agent has processes run for it: the one seam between the pure model and the world.
 *
 * The cluster's owner gives a runner at creation. The model calls start and signal; the runner answers an end, whenever
 * it comes (from inside start or signal too), with mesos_cluster_exited. One container is one process tree.
 * tests/sandbox/runner.h runs real processes, tests/sandbox/mesos/instant.h none.
 *
 * With pipes or a terminal the runner tells what comes out with mesos_cluster_output, never from inside a call of the
 * model, and nothing of it after mesos_cluster_exited; everything before. Nothing is kept in between: what the model
 * does not want now (pause) stays in the kernel's pipe, and then the process waits.
 */
#ifndef SANDBOX_MESOS_TASK_RUNNER_H
#define SANDBOX_MESOS_TASK_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Something that stands in the sandbox of a container, or in its root, before its process starts; paths are absolute.
 */
struct task_mount {
	enum task_mount_kind {
		TASK_MOUNT_LINK,  /* `path` is a symbolic link to the directory `target`, which is created when missing
				   */
		TASK_MOUNT_ALIAS, /* `path` is a symbolic link with the text `target`; replaced when it exists */
		TASK_MOUNT_CONTENT,   /* `path` is a file with `content`, of mode 0644 as Mesos writes secrets */
		TASK_MOUNT_DIRECTORY, /* `path` is a directory, created when missing */
		/* In the container's own root, whatever the machine has there: */
		TASK_MOUNT_BIND, /* `path` is the file or directory `target` of the machine, which must exist */
		TASK_MOUNT_TMPFS /* `path` is an empty file system in memory */
	} kind;
	const char *path, *target;
	const char *content;
	size_t content_len;
	int64_t size;	   /* of a tmpfs, in bytes; 0: the kernel's default */
	bool read_only;	   /* of TASK_MOUNT_BIND */
	bool follows_host; /* what the machine mounts later below `target` is seen */
	bool spared;	   /* a machine that allows no root of its own may do without this one */
	bool makes_point;  /* what is missing of `path` is made when it is mounted, inside of earlier mounts too */
};

enum task_io {
	TASK_IO_FILES, /* stdin is empty, stdout and stderr are files in the sandbox */
	TASK_IO_PIPES,
	TASK_IO_TTY, /* of no size until it gets one */
};

enum task_output { TASK_STDOUT, TASK_STDERR }; /* a terminal has stdout only */

/* Of all processes of a container together. */
struct task_usage {
	int64_t user_ms, system_ms, rss_bytes;
};

/* The status of a container whose file could not be executed. As Mesos' launcher notes it, which says 1001: no wait
 * status, but read as one it is an exit with 233. */
#define TASK_CANNOT_EXECUTE (1001 << 8)

/* Borrowed for the call. */
struct task_spec {
	const char *container_id; /* unique in the cluster */
	const char *task_id;
	bool check;	     /* it is no task but a check of one: to end soon */
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
	bool own_root;	     /* with the mounts of TASK_MOUNT_BIND and TASK_MOUNT_TMPFS in it */
	const char *root_of; /* the container whose root it shares; NULL: the machine's, or its own */
	bool has_bounding,
	    has_effective; /* capabilities, as base/capability.h has them; false: as the machine has it */
	uint64_t bounding, effective;
	bool no_new_privs;
	enum task_io io;
	bool log;		       /* what comes from pipes or the terminal goes to the files as well */
	int64_t cpus_milli, mem_bytes; /* of the task; for runners that can enforce them, 0 when not asked for */
};

struct task_runner {
	void *ctx;
	/* 0 and the pid, or -1 and why: the container then failed to launch and no end will be reported. A file that
	 * cannot be executed is no failure here: the container ends with TASK_CANNOT_EXECUTE (127 is the shell's), and
	 * stderr says why. */
	int (*start)(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e);
	/* To every process of the container. Unknown or ended containers are none of its trouble. */
	void (*signal)(void *ctx, const char *container_id, int signo);

	/* All NULL: this runner has neither pipes nor terminals. */
	/* To stdin: how many bytes were taken, -1 when nobody will read any. After fewer than n:
	 * mesos_cluster_writable. */
	ssize_t (*write)(void *ctx, const char *container_id, const char *bytes, size_t n);
	void (*end_input)(void *ctx, const char *container_id); /* not of a terminal */
	void (*resize)(void *ctx, const char *container_id, unsigned rows, unsigned columns);
	void (*pause)(void *ctx, const char *container_id, bool paused);
	/* 0, or -1: nothing is known of it. May be NULL alone. */
	int (*usage)(void *ctx, const char *container_id, struct task_usage *ret);
};

#endif
