#include "translate/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SIGNAL_MAX 64
#define EXIT_SIGNALLED 128
#define EXIT_KILLED 137		/* by SIGKILL, or nobody knows how */
#define EXIT_NOT_EXECUTABLE 233 /* what the agent's launcher answers for a command that cannot be executed */
#define MESSAGE_MAX 1024
#define NOT_PULLED "ErrImagePull"
#define NOT_MOUNTED "FailedMount"
#define NO_PATH "in HOST_PATH volume does not exist"

#define EXITED "Command exited with status "
#define SIGNALLED "Command terminated with signal "
/* Of every container on a terminal, which Mesos therefore calls FAILED: its switchboard sees the terminal go. */
#define SWITCHBOARD ": 'IOSwitchboard' exited with status "

void run_done(struct run *run)
{
	free(run->message);
	free(run->container_id);
	*run = (struct run){0};
}

bool run_live(const struct run *run)
{
	return run->state == RUN_LAUNCHING || run->state == RUN_RUNNING;
}

bool run_over(const struct run *run)
{
	return run->state == RUN_ENDED || run->state == RUN_LOST;
}

static bool ended_as(const struct run *run, const char *reason)
{
	return run->state == RUN_ENDED && run->reason && !strcmp(run->reason, reason);
}

bool run_not_pulled(const struct run *run)
{
	return ended_as(run, NOT_PULLED);
}

bool run_not_mounted(const struct run *run)
{
	return ended_as(run, NOT_MOUNTED);
}

bool run_not_prepared(const struct run *run)
{
	return run_not_pulled(run) || run_not_mounted(run);
}

/* The names are those of strsignal() on the agent. */
static int signal_of(const char *name, size_t n)
{
	for (int i = 1; i <= SIGNAL_MAX; i++) {
		const char *known = sigdescr_np(i);
		if (known && strlen(known) == n && !strncmp(known, name, n)) {
			return i;
		}
	}
	return 0;
}

static size_t name_length(const char *name)
{
	size_t n = strlen(name);
	const char *core = strstr(name, " (core dumped)"), *colon = strstr(name, ": ");
	if (core && (size_t)(core - name) < n) {
		n = (size_t)(core - name);
	}
	if (colon && (size_t)(colon - name) < n) {
		n = (size_t)(colon - name);
	}
	return n;
}

bool run_parse_exit(const char *message, int *ret_exit_code, int *ret_signal)
{
	const char *at;
	if (message && (at = strstr(message, EXITED))) {
		char *end;
		long code = strtol(at + strlen(EXITED), &end, 10);
		if (end == at + strlen(EXITED) || code < 0 || code > 255) {
			return false;
		}
		*ret_exit_code = (int)code;
		*ret_signal = 0;
		return true;
	}
	if (message && (at = strstr(message, SIGNALLED))) {
		const char *name = at + strlen(SIGNALLED);
		int number = signal_of(name, name_length(name));
		if (number) {
			*ret_exit_code = EXIT_SIGNALLED + number;
			*ret_signal = number;
		}
		return number != 0;
	}
	return false;
}

static bool reason_is(const struct mesos_task_status *status, const char *reason)
{
	return status->reason && !strcmp(status->reason, reason);
}

static bool mentions_image(const char *message)
{
	static const char *const words[] = {"for image '", "image type", "manifest", "pull image",
					    "Failed to fetch image"};
	for (size_t i = 0; message && i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(message, words[i])) {
			return true;
		}
	}
	return false;
}

/* Why it never ran, by the agent's words. */
static const char *cannot_start(const char *message)
{
	if (message && strstr(message, NO_PATH)) {
		return NOT_MOUNTED;
	}
	return mentions_image(message) ? NOT_PULLED : "ContainerCannotRun";
}

static bool says_more(const char *message)
{
	const char *more = strstr(message, ": ");
	return more && strncmp(more, SWITCHBOARD, strlen(SWITCHBOARD)) != 0;
}

/* The first paragraph: what follows are memory statistics. A plain exit status says nothing that is not said already.
 */
static char *message_of(const char *message)
{
	int code, signal;
	if (!message ||
	    (run_parse_exit(message, &code, &signal) && !says_more(message) && code != EXIT_NOT_EXECUTABLE)) {
		return NULL;
	}
	const char *blank = strstr(message, "\n\n");
	size_t n = blank ? (size_t)(blank - message) : strlen(message);
	return xstrndup(message, n < MESSAGE_MAX ? n : MESSAGE_MAX);
}

/* FAILED and KILLED. */
static void set_failure(struct run *run, const struct mesos_task_status *status)
{
	bool told = run_parse_exit(status->message, &run->exit_code, &run->signal);
	bool started = run->state == RUN_RUNNING;
	run->reason = "Error";
	if (reason_is(status, "REASON_CONTAINER_LIMITATION_MEMORY")) {
		run->reason = "OOMKilled";
		run->exit_code = EXIT_KILLED;
	} else if (reason_is(status, "REASON_MAX_COMPLETION_TIME_REACHED")) {
		run->reason = "DeadlineExceeded";
		run->exit_code = told ? run->exit_code : EXIT_KILLED;
	} else if (told) {
		run->reason = run->exit_code == 0		      ? "Completed"
			      : run->exit_code == EXIT_NOT_EXECUTABLE ? "StartError"
								      : "Error";
	} else if (status->state == TASK_KILLED || started) {
		run->exit_code = EXIT_KILLED;
		run->reason = status->state == TASK_KILLED ? "Error" : "ContainerStatusUnknown";
	} else {
		run->exit_code = RUN_CANNOT_START;
		run->reason = cannot_start(status->message);
	}
}

static void set_finish(struct run *run, const struct mesos_task_status *status)
{
	run->exit_code = run->signal = 0;
	run_parse_exit(status->message, &run->exit_code, &run->signal);
	run->reason = run->exit_code ? "Error" : "Completed";
}

/* An ERROR is the master's, as is the refusal of an offer: nothing was ever started. */
static void set_loss(struct run *run, const struct mesos_task_status *status)
{
	bool refused =
	    status->state == TASK_ERROR || status->state == TASK_DROPPED || reason_is(status, "REASON_INVALID_OFFERS");
	run->never_ran = refused && run->state != RUN_RUNNING;
	run->exit_code = run->never_ran ? RUN_CANNOT_START : EXIT_KILLED;
	run->reason = run->never_ran ? "ContainerCannotRun" : "ContainerStatusUnknown";
}

/* What stands in the pod when Mesos gives no message with a loss. */
static char *loss_message(const struct mesos_task_status *status)
{
	return xasprintf("Mesos reports %s%s%s%s and no more: how the container ended is not known",
			 mesos_task_state_name(status->state), status->reason ? " (" : "",
			 status->reason ? status->reason : "", status->reason ? ")" : "");
}

static void end_run(struct run *run, const struct mesos_task_status *status, int64_t now_ms)
{
	bool lost = false;
	switch (status->state) {
	case TASK_FINISHED:
		set_finish(run, status);
		break;
	case TASK_FAILED:
	case TASK_KILLED:
		set_failure(run, status);
		break;
	default:
		set_loss(run, status);
		lost = true;
		break;
	}
	free(run->message);
	run->message = message_of(status->message);
	if (lost && !run->message) {
		run->message = loss_message(status);
	}
	run->finished_ms = status->timestamp_ms ? status->timestamp_ms : now_ms;
	run->unreachable = false;
	run->state = lost ? RUN_LOST : RUN_ENDED;
}

static bool set_container(struct run *run, const char *container_id)
{
	CLEANUP_FREE char *id = container_id && *container_id ? xasprintf("mesos://%s", container_id) : NULL;
	if (!id || (run->container_id && !strcmp(run->container_id, id))) {
		return false;
	}
	free(run->container_id);
	run->container_id = id;
	id = NULL;
	return true;
}

/* A state in which something may be running: forward only, and whoever speaks is reachable. */
static bool go_on(struct run *run, enum run_state state, const struct mesos_task_status *status, int64_t now_ms)
{
	bool changed = set_container(run, status->container_id);
	if (run->unreachable) {
		run->unreachable = false;
		changed = true;
	}
	if (state > run->state) {
		run->state = state;
		changed = true;
		if (state == RUN_RUNNING) {
			run->started_ms = status->timestamp_ms ? status->timestamp_ms : now_ms;
		}
	}
	return changed;
}

static bool lose_sight(struct run *run)
{
	bool changed = !run->unreachable || run->state == RUN_NONE;
	run->unreachable = true;
	if (run->state == RUN_NONE) {
		run->state = RUN_LAUNCHING;
	}
	return changed;
}

bool run_update(struct run *run, const struct mesos_task_status *status, int64_t now_ms)
{
	if (run_over(run)) {
		return false;
	}
	switch (status->state) {
	case TASK_STAGING:
	case TASK_STARTING:
	case TASK_KILLING:
		return go_on(run, RUN_LAUNCHING, status, now_ms);
	case TASK_RUNNING:
		return go_on(run, RUN_RUNNING, status, now_ms);
	case TASK_UNREACHABLE:
		return lose_sight(run);
	case TASK_UNKNOWN:
		return false; /* the master knows neither task nor agent: no news */
	case TASK_FINISHED:
	case TASK_FAILED:
	case TASK_KILLED:
	case TASK_ERROR:
	case TASK_LOST:
	case TASK_DROPPED:
	case TASK_GONE:
	case TASK_GONE_BY_OPERATOR:
		set_container(run, status->container_id);
		end_run(run, status, now_ms);
		return true;
	}
	return false;
}

struct kube_run run_report(const struct run *run)
{
	struct kube_run out = {.state = CONTAINER_WAITING, .reason = "ContainerCreating"};
	if (run->state == RUN_NONE || run->state == RUN_LAUNCHING) {
		out.container_id = run->container_id;
		return out;
	}
	out = (struct kube_run){
	    .state = CONTAINER_RUNNING, .started_ms = run->started_ms, .container_id = run->container_id};
	if (run_over(run)) {
		out.state = CONTAINER_TERMINATED;
		out.reason = run->reason;
		out.message = run->message;
		out.exit_code = run->exit_code;
		out.signal = run->signal;
		out.finished_ms = run->finished_ms;
	}
	return out;
}
