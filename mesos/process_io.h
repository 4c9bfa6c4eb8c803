/* Input and output of a container, as an agent sends and takes it: JSON messages of type ProcessIO. Pure.
 *
 * Source: mesos/v1/agent/agent.proto (ProcessIO, Call.AttachContainerInput); recordings 13 and 14.
 */
#ifndef MESOS_PROCESS_IO_H
#define MESOS_PROCESS_IO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum process_io_type { PROCESS_IO_STDOUT, PROCESS_IO_STDERR, PROCESS_IO_OTHER }; /* OTHER: heartbeats and the like */

#define PROCESS_IO_RECORD_MAX ((size_t)4 << 20) /* bytes of one message of an agent */
#define PROCESS_IO_INPUT_MAX ((size_t)32 << 10) /* bytes of input in one message of ours */

struct process_io {
	enum process_io_type type;
	char *bytes; /* with a NUL after them; NULL for OTHER */
	size_t n;
};

/* One message. -1: it is none. */
int process_io_decode(const char *record, size_t n, struct process_io *ret, struct err *e);
void process_io_done(struct process_io *io);

/* Messages of ATTACH_CONTAINER_INPUT, without their record length; free() them. A container id is joined with points:
 * "executor.task.session". */
char *process_io_attach(const char *container_id);
char *process_io_input(const void *bytes, size_t n); /* n 0: the end of input, where there is no terminal */
char *process_io_resize(uint16_t columns, uint16_t rows);
char *process_io_heartbeat(int64_t interval_ms);

#endif
