/* The session with the leading master: find it, subscribe, read events, send calls; subscribe again when it breaks.
 *
 * Runs on the loop of the HTTP client. All callbacks come from the loop, never from inside a function of this header.
 * Source: Mesos docs/scheduler-http-api.md.
 */
#ifndef MESOS_SCHEDULER_H
#define MESOS_SCHEDULER_H

#include "base/http_client.h"
#include "mesos/call.h"

#define MESOS_MASTERS_MAX 16
#define MESOS_RECORD_MAX ((size_t)64 << 20) /* one event */
#define MESOS_CALLS_QUEUED_MAX 100000       /* calls waiting for their turn */

struct mesos_scheduler_config {
	const char *const *masters; /* "http://host:port" or "https://…"; tried in turn */
	size_t n_masters;
	struct mesos_framework framework; /* copied */
	const char *user, *password;      /* basic authentication; NULL: none */
	const struct http_tls *tls;       /* NULL: defaults */
	int64_t connect_timeout_ms, backoff_min_ms, backoff_max_ms;
};

struct mesos_scheduler_handlers {
	/* Every event but HEARTBEAT, SUBSCRIBED included (its framework id is remembered for the next subscription). Borrowed:
	 * the handler may take an offer or status by setting its pointer to NULL. */
	void (*on_event)(void *arg, struct mesos_event *event);
	/* The session ended, for the reason in `why` (heartbeat lost, EOF, ERROR event, refused …). Not called for failed attempts
	 * that never got SUBSCRIBED. */
	void (*on_disconnected)(void *arg, const struct err *why);
	/* Something to log: an attempt that failed, a record that could not be read (the session goes on after that). */
	void (*on_trouble)(void *arg, const struct err *what);
};

struct mesos_scheduler;
struct mesos_scheduler *mesos_scheduler_new(struct http_client *http, const struct mesos_scheduler_config *config,
					    const struct mesos_scheduler_handlers *handlers, void *arg, struct err *e);
void mesos_scheduler_free(struct mesos_scheduler *s);

/* Begin; from now on it keeps itself subscribed. framework_id NULL: a new framework. */
void mesos_scheduler_start(struct mesos_scheduler *s, const char *framework_id);
bool mesos_scheduler_subscribed(const struct mesos_scheduler *s);

/* Takes the text (free()d here). Calls are sent in order, one at a time, on the session they were made in; when it ends first,
 * done gets ERR_IO. `done` may be NULL. */
void mesos_scheduler_call(struct mesos_scheduler *s, char *text, void (*done)(void *arg, const struct err *failure),
			  void *arg);

#endif
