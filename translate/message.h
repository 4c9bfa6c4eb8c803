/* Termination messages: the last words of a container, for its status.
 *
 * They are what it wrote into a file, or, with FallbackToLogsOnError, the end of its log when it failed without any.
 * The file is one of the task's own sandbox, so each run has a new one, and who may read the agent's files can read it
 * after the end. An agent mounts a directory of a sandbox, or a file that is there before; and there is one, empty,
 * where it made a point to mount another file of the executor's on. Pure. docs/internals/termination-messages.md.
 *
 * Source: kubelet, kuberuntime_container.go (getTerminationMessage, readLastStringFromContainerLogs) and
 * normalizeStatus; isolator volume/sandbox_path of Mesos 1.12.
 */
#ifndef TRANSLATE_MESSAGE_H
#define TRANSLATE_MESSAGE_H

#include <jansson.h>

#include "base/err.h"
#include "kube/pod.h"
#include "translate/run.h"

#define MESSAGE_FILE "termination-log" /* in the task's sandbox */
#define MESSAGE_FILE_MAX 4096	       /* bytes of the file, the last ones */
#define MESSAGE_LOG_MAX 2048	       /* bytes of the log, the last ones … */
#define MESSAGE_LOG_LINES_MAX 80       /* … of the last lines */
#define MESSAGE_POD_MAX 12288	       /* bytes of all containers of a pod: each has its part */

/* ERR_UNSUPPORTED: an agent cannot put a file there; `kind` is "containers" or "initContainers". */
int message_check(const struct kube_container *c, const char *kind, struct err *e);

/* Appends to ContainerInfo.volumes, of a container that was checked, what puts the file there. */
void message_put(const struct kube_container *c, json_t *volumes);

/* Which files of its sandbox tell of a run that ended. */
struct message_sources {
	bool file; /* MESSAGE_FILE */
	bool log;  /* stdout and stderr, if that is empty */
};
struct message_sources message_sources(const struct kube_container *c, const struct run *run);

/* The message in these bytes; free() it. Of a log: the last MESSAGE_LOG_MAX bytes, or all, of stdout and of stderr,
 * of which what the agent itself wrote into it is left out. */
char *message_of_file(const char *bytes, size_t n);
char *message_of_log(const char *out, size_t n_out, const char *err, size_t n_err);

/* Adds it to the message of a run that ended, cut to the part of a container of a pod with so many. */
void message_add(struct run *run, const char *message, size_t n_containers);

#endif
