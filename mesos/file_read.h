/* Parts of a file in a sandbox, by READ_FILE of an agent's v1 API, whose answer is exact for any bytes.
 *
 * Source: mesos/v1/agent/agent.proto (Call.ReadFile), recording 15.
 */
#ifndef MESOS_FILE_READ_H
#define MESOS_FILE_READ_H

#include "mesos/agent.h"

#define MESOS_FILE_READ_MAX ((size_t)256 << 10) /* bytes in one answer */
#define MESOS_FILE_READ_TIMEOUT_MS 30000

/* The directory of a container by its id, "EXECUTOR.TASK", of the latest run of that executor. free() it; NULL: no such
 * id. */
char *mesos_sandbox_of(const char *framework_id, const char *executor_id, const char *container_id);

struct mesos_file_read;

/* Once, unless cancelled. bytes: NULL when it failed; size: of the whole file. why->code ERR_NOT_FOUND: there is no
 * such file (any more). */
typedef void (*mesos_file_done)(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why);

/* From `offset`, at most n bytes. NULL when the agent's address makes no URL. */
struct mesos_file_read *mesos_file_read(const struct mesos_agent *agent, const char *path, int64_t offset, size_t n,
					mesos_file_done on_done, void *arg, struct err *e);
void mesos_file_cancel(struct mesos_file_read *read);

#endif
