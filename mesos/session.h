/* A command run beside a task, inside its container (exec), or the input and output of the task itself (attach),
 * through its agent: LAUNCH_NESTED_CONTAINER_SESSION or ATTACH_CONTAINER_OUTPUT, then ATTACH_CONTAINER_INPUT and
 * WAIT_NESTED_CONTAINER.
 *
 * The container of a command ends when its session does, on purpose of Mesos: who cancels leaves no process behind.
 * Input of attach is ended in order, also by who cancels: after a connection that breaks, Mesos lets no other input in.
 * A command on a terminal is launched when its size is known (mesos_session_resize), or MESOS_SESSION_SIZE_WAIT_MS have
 * passed without one; terminal.h tells why it must be.
 * Input and output wait for each other; nothing is stored beyond HTTP_UPLOAD_MAX.
 *
 * Source: mesos/v1/agent/agent.proto, the Operator HTTP API of Mesos, recordings 13 and 14.
 */
#ifndef MESOS_SESSION_H
#define MESOS_SESSION_H

#include <jansson.h>
#include <stdbool.h>

#include "mesos/agent.h"
#include "mesos/process_io.h"

#define MESOS_SESSION_INPUT_HIGH ((size_t)512 << 10) /* unsent input: whoever sends it is told to wait … */
#define MESOS_SESSION_INPUT_LOW ((size_t)128 << 10)  /* … until so little is left */
#define MESOS_SESSION_HEARTBEAT_MS 30000
#define MESOS_SESSION_SIZE_WAIT_MS 2000	    /* for the first size of a command's terminal */
#define MESOS_SESSION_LEAVE_TIMEOUT_MS 5000 /* for an agent to take the end of attach's input */
#define MESOS_SESSION_HEAD_TIMEOUT_MS 60000 /* for the agent to launch the container */

struct mesos_session_spec {
	const char *container_id;   /* joined with points; of a command: a new id below its task's container */
	const char *const *command; /* the words, the first is the program; NULL: attach */
	size_t n_command;
	bool input, tty;
	bool keeps_input;	  /* of attach: the end of our input is not the container's */
	const json_t *linux_info; /* of a command's container; NULL: as the agent gives it to all */
};

/* Of these only the last two may free the session. */
struct mesos_session_handlers {
	void (*on_output)(void *arg, enum process_io_type type, const char *bytes, size_t n);
	void (*on_input_full)(void *arg, bool full);
	/* Once, the last: the wait status as waitpid gives it, -1 when nobody knows. */
	void (*on_exit)(void *arg, int wait_status);
	/* Once, instead of on_exit. */
	void (*on_failed)(void *arg, const struct err *why);
};

/* What a shell makes of a wait status that somebody knows: 128 more than the signal. */
int mesos_session_exit_code(int wait_status);

struct mesos_session;

/* Copies what it needs but the agent's client, which must outlive it, and files of its TLS settings: only PEM texts
 * count. Never NULL, and nothing is told before the loop's next turn. */
struct mesos_session *mesos_session_start(const struct mesos_agent *agent, const struct mesos_session_spec *spec,
					  const struct mesos_session_handlers *handlers, void *arg);
/* Nothing more is told; a command's container ends. NULL-safe. */
void mesos_session_free(struct mesos_session *s);

/* After the end of input these do nothing. */
void mesos_session_input(struct mesos_session *s, const void *bytes, size_t n);
void mesos_session_input_end(struct mesos_session *s);
void mesos_session_resize(struct mesos_session *s, uint16_t columns, uint16_t rows);
/* The output has to wait. */
void mesos_session_hold(struct mesos_session *s, bool hold);

#endif
