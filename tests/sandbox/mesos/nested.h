/* What runs beside tasks on an agent, and the input and output of containers: the part of the agent's API that needs
 * processes with pipes or terminals. Inside the model only. Source: v1/agent.proto, recorded answers of Mesos 1.12.
 */
#ifndef SANDBOX_MESOS_NESTED_H
#define SANDBOX_MESOS_NESTED_H

#include "tests/sandbox/mesos/model.h"

#define NESTED_MAX 10000			    /* per agent; the oldest that have ended are forgotten then */
#define SWITCHBOARD_PENDING_MAX ((size_t)256 << 10) /* bytes a reader may be behind before the process has to wait */
#define SWITCHBOARD_HEARTBEAT_MS 30000
#define INPUT_RECORD_MAX ((size_t)4 << 20) /* bytes of one record of ATTACH_CONTAINER_INPUT */

/* A container launched over the API. Its record outlives it, until REMOVE_NESTED_CONTAINER or the end of its root. */
struct nested {
	struct list in_agent;
	struct mesos_agent *agent;
	json_t *id;		/* ContainerID */
	char *path;		/* the ids from the root on, with dots between */
	json_t *command;	/* CommandInfo */
	json_t *container_info; /* ContainerInfo, NULL: none */
	bool session;		/* runs in the directory and environment of its parent; dies with its client */
	char *sandbox;		/* NULL without a state directory */
	int64_t pid;
	struct container *container; /* NULL: it has ended */
	int wait_status;
	struct list waiters; /* of WAIT_NESTED_CONTAINER */
};

/* What a ContainerID names; all NULL: nothing. */
struct place {
	struct executor *executor;
	struct task *task;     /* with its executor; of a command executor always */
	struct nested *nested; /* alone */
};

/* The ids of a ContainerID from the root on, with dots between. free() it. */
char *place_path(const json_t *container_id);
/* Of a task that has an executor. free() it. */
char *task_path(const struct task *t);
struct place place_find(struct mesos_agent *a, const char *path);
/* The process there, NULL: none. */
struct container *place_container(const struct place *p);
/* The directory that the process there runs in; NULL: none. */
char *place_sandbox(const struct place *p);

/* containers.c. -1 and free() why. */
int container_start_nested(struct nested *n, const struct place *parent, char **ret_failure);

/* nested.c */
void nested_call(struct mesos_agent *a, const json_t *call, const struct sandbox_request *req,
		 struct sandbox_response *res);
/* The field of the call that is missing or wrong as a sentence, free() it; NULL for others and good ones. */
char *nested_invalid(const json_t *call);
void nested_exited(struct nested *n, int wait_status);
/* Kills all that runs below; what there is to know of it stays known. */
void nested_kill_below(struct mesos_agent *a, const char *path);
/* And is forgotten. */
void nested_drop_below(struct mesos_agent *a, const char *path);

/* agent_containers.c: the answer to GET_CONTAINERS. */
json_t *agent_containers(struct mesos_agent *a, const json_t *call);

/* switchboard.c: who reads and writes a container's input and output. Belongs to its container. */
struct input;

struct switchboard {
	struct container *container;
	bool tty;
	struct list outputs;
	struct input *input; /* that is connected */
	bool input_taken;    /* stays so when the client of an input went away without an end */
	bool paused;	     /* a reader is too far behind */
	bool hurried;	     /* killed: nobody is waited for any more */
};

struct switchboard *switchboard_new(struct container *k, bool tty);
/* Readers and writer are cut off. NULL-safe. */
void switchboard_free(struct switchboard *b);
/* The process has ended, and so do the streams. */
void switchboard_end(struct switchboard *b);
void switchboard_hurry(struct switchboard *b);
/* A reader from now on, answered 200; with `owner` the container dies when it leaves. */
void switchboard_attach(struct switchboard *b, bool owner, const struct sandbox_request *req,
			struct sandbox_response *res);
void switchboard_data(struct switchboard *b, enum task_output source, const char *bytes, size_t n);
/* "Container x cannot be found" and the like, or the reader is attached. */
void switchboard_call_output(struct mesos_agent *a, const json_t *call, const struct sandbox_request *req,
			     struct sandbox_response *res);

/* input.c: the body of ATTACH_CONTAINER_INPUT */
void input_begin(struct mesos_agent *a, const struct sandbox_request *head, struct sandbox_response *res);
void input_writable(struct input *in);
/* The container is gone: 200, or 500 "Disconnected". */
void input_end(struct input *in, bool well);

#endif
