/* The session with the leading master: subscribe, read events, send calls; subscribe again when it breaks.
 *
 * Runs on the loop of the HTTP client. All callbacks come from the loop, never from inside a function of this header
 * (mesos_scheduler_free excepted); every function may be called from within a callback.
 *
 * The masters, from the configuration or told later, are tried in turn with growing, random pauses; a standby's 307 is
 * followed at once. A session ends when
 * the stream does, when no whole record came for MESOS_HEARTBEATS_MISSED heartbeat intervals, and with an ERROR event. The
 * codes of what ended it: ERR_EXPIRED "Framework has been removed" (start again with NULL, for a new framework; until
 * then the old id is tried again and again), ERR_CONFLICT another scheduler took over our framework id, ERR_INVALID
 * another ERROR event or HTTP 400, ERR_AUTH 401, ERR_DENIED 403, ERR_BUSY 503 (the master is recovering), ERR_TIMEOUT
 * silence, ERR_LIMIT a record over MESOS_RECORD_MAX, ERR_MEMORY none for a record, ERR_PROTOCOL a broken stream, ERR_IO
 * all else, also that another master leads now.
 *
 * The files of the credentials are looked at before each attempt, before a call at most once in MESOS_LOOK_MS, and
 * after a call that ended with 401 or a failure of TLS, which is sent again, once, if that changed anything. A session
 * that stands is kept: the master asks who we are when it begins.
 *
 * Source: Mesos docs/scheduler-http-api.md.
 */
#ifndef MESOS_SCHEDULER_H
#define MESOS_SCHEDULER_H

#include "base/http_client.h"
#include "mesos/agent_list.h"
#include "mesos/call.h"
#include "mesos/credentials.h"

#define MESOS_MASTERS_MAX 16
#define MESOS_RECORD_MAX ((size_t)64 << 20) /* one event */
#define MESOS_CALLS_QUEUED_MAX 100000	    /* calls waiting for their turn; more get ERR_LIMIT */
#define MESOS_REDIRECTS_MAX 5		    /* 307 after 307 in one attempt */
#define MESOS_HEARTBEATS_MISSED 5
#define MESOS_HEARTBEAT_S 15.0 /* assumed when the master does not say */
#define MESOS_SUBSCRIBE_TIMEOUT_MS 30000
#define MESOS_CALL_TIMEOUT_MS 60000
#define MESOS_LOOK_MS 1000

struct mesos_scheduler_config {
	const char *const *masters;	  /* "http://host:port" or "https://…"; tried in turn */
	size_t n_masters;		  /* 0: wait for mesos_scheduler_lead */
	struct mesos_framework framework; /* copied */
	const char *user;		  /* basic authentication, with the secret of the files; NULL: none */
	struct mesos_files files;	  /* copied */
	int64_t connect_timeout_ms, backoff_min_ms, backoff_max_ms;
	int64_t subscribe_timeout_ms; /* from SUBSCRIBE to SUBSCRIBED; 0: MESOS_SUBSCRIBE_TIMEOUT_MS */
	int64_t call_timeout_ms;      /* for the answer to a call; 0: MESOS_CALL_TIMEOUT_MS */
	/* Asked right before SUBSCRIBE and before each call, however long it waited, with the handlers' arg: on a no it
	 * is not sent, and fails with ERR_DENIED. A SUBSCRIBE ends the session of whoever else has our framework id.
	 * NULL: always. */
	bool (*may_act)(void *arg);
};

struct mesos_scheduler_handlers { /* all must be set but the last two */
	/* Every event but HEARTBEAT, SUBSCRIBED included (its framework id is remembered for the next subscription).
	 * Borrowed: the handler may take an offer or status by setting its pointer to NULL. */
	void (*on_event)(void *arg, struct mesos_event *event);
	/* The session ended, for the reason in `why` (heartbeat lost, EOF, ERROR event, refused …); all its calls are
	 * done by then. Not called for failed attempts that never got SUBSCRIBED. */
	void (*on_disconnected)(void *arg, const struct err *why);
	/* Something to log: an attempt that failed, a record that could not be read (the session goes on after that; an
	 * offer that could not is declined here). */
	void (*on_trouble)(void *arg, const struct err *what);
	/* For the log: the files of the credentials were read again (`failure` NULL), or could not be, told once for
	 * the same failure. May come from within mesos_scheduler_call; must not call the scheduler. */
	void (*on_credentials)(void *arg, const struct err *failure);
	/* The answer to mesos_scheduler_ask_agents; `failure` NULL: `list` is what the master told, whose agents may be
	 * taken by setting their pointers to NULL. ERR_AUTH, ERR_DENIED: it does not tell us. */
	void (*on_agents)(void *arg, struct agent_list *list, const struct err *failure);
};

struct mesos_scheduler;
/* NULL when the configuration is wrong (ERR_INVALID, ERR_LIMIT), or a file of the credentials. */
struct mesos_scheduler *mesos_scheduler_new(struct http_client *http, const struct mesos_scheduler_config *config,
					    const struct mesos_scheduler_handlers *handlers, void *arg, struct err *e);
/* Calls not yet done get ERR_IO from here, and make no new ones. The master keeps the framework: this is no TEARDOWN.
 * Memory goes when the loop has run its closing handles. NULL-safe. */
void mesos_scheduler_free(struct mesos_scheduler *s);

/* Begin; from now on it keeps itself subscribed. framework_id NULL: a new framework. Called again it drops the session
 * (without on_disconnected) and begins anew. */
void mesos_scheduler_start(struct mesos_scheduler *s, const char *framework_id);
/* A detector found the leader: from now on only this master is tried. NULL: none leads; a session goes on while it
 * lasts, and no other is begun. An attempt or a session that began with another master is dropped in favour of this one
 * (on_disconnected comes from the loop's next turn), and a pause ends. -1 when it is no URL; then nothing changes. */
int mesos_scheduler_lead(struct mesos_scheduler *s, const char *master, struct err *e);

/* Ask the master of this session for all its agents (GET_AGENTS of the operator API). No answer comes when the session
 * ends first. -1: there is no session (ERR_IO), the last question is not answered yet (ERR_BUSY), or it could not be
 * asked. */
int mesos_scheduler_ask_agents(struct mesos_scheduler *s, struct err *e);

/* Takes the text (free()d here). Calls are sent in order, one at a time, on the session they were made in; when it ends
 * first, done gets ERR_IO. An answer other than 200 or 202 is an error with the HTTP status and what the master said;
 * the calls after it are sent all the same. `failure` is NULL when it was accepted. `done` may be NULL. */
void mesos_scheduler_call(struct mesos_scheduler *s, char *text, void (*done)(void *arg, const struct err *failure),
			  void *arg);

#endif
