#include "mesos/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/mem.h"
#include "mesos/agent_question.h"
#include "mesos/call_queue.h"
#include "mesos/master_url.h"
#include "mesos/recordio.h"
#include "mesos/scheduler_settings.h"

/* An interval that a master announces is taken within these. */
#define HEARTBEAT_MIN_S 0.01
#define HEARTBEAT_MAX_S 3600.0
/* An offer that cannot be read will not be readable soon. */
#define BAD_OFFER_REFUSE_S 300.0

enum phase {
	PHASE_IDLE,	  /* not started */
	PHASE_RESTART,	  /* begin anew in the next turn */
	PHASE_MOVE,	  /* the same, when the former session's end has been told */
	PHASE_LEADERLESS, /* until there is a master to try */
	PHASE_WAIT,	  /* until the next attempt */
	PHASE_SUBSCRIBE,  /* SUBSCRIBE sent, SUBSCRIBED not seen */
	PHASE_SESSION,
};

struct mesos_scheduler {
	struct http_client *http;
	struct scheduler_settings settings;
	struct mesos_scheduler_handlers handlers;
	void *arg;

	enum phase phase;
	uv_timer_t timer; /* each phase but IDLE and LEADERLESS ends with it, or earlier */
	struct backoff backoff;
	size_t turn;	 /* which master is next */
	unsigned hops;	 /* redirects in this attempt */
	char *first_url; /* this attempt or session began with */
	char *url;	 /* of this attempt or session */
	char *stream_id; /* from the answer's head */
	struct http_call *stream;
	struct recordio records;
	struct err ending;	   /* set by a record that ends the session; acted upon when the decoder returned */
	uint64_t silence_ms;	   /* that ends the session */
	uint64_t subscribed_at_ms; /* on the loop's clock */
	uint64_t looked_at_ms;	   /* at the files of the credentials */
	uint64_t generation;	   /* of their content */
	struct err look_failure;   /* told last */

	struct call_queue calls;
	struct agent_question *question; /* NULL: none is under way */
	bool freed;
	unsigned open_handles;
};

static void subscribe(struct mesos_scheduler *s);
static void on_timer(uv_timer_t *timer);

static void set_phase(struct mesos_scheduler *s, enum phase phase, uint64_t timeout_ms)
{
	s->phase = phase;
	uv_timer_start(&s->timer, on_timer, timeout_ms, 0);
}

static void drop_stream(struct mesos_scheduler *s)
{
	http_call_cancel(s->stream);
	s->stream = NULL;
	agent_question_free(s->question);
	s->question = NULL;
}

/* The attempt failed, or the session ended: say so, and try again later. */
static void end_attempt(struct mesos_scheduler *s, const struct err *why)
{
	bool was_session = s->phase == PHASE_SESSION;
	drop_stream(s);
	if (!was_session) {
		s->turn++;
	} else if (uv_now(s->timer.loop) - s->subscribed_at_ms >= (uint64_t)s->settings.backoff_max_ms) {
		backoff_reset(&s->backoff); /* a session that ends at once is a failure too */
	}
	set_phase(s, PHASE_WAIT, (uint64_t)backoff_next_ms(&s->backoff));
	call_queue_end(&s->calls);
	call_queue_tell(&s->calls);
	if (!s->freed) {
		(was_session ? s->handlers.on_disconnected : s->handlers.on_trouble)(s->arg, why);
	}
}

static void begin_session(struct mesos_scheduler *s, const struct mesos_event *event)
{
	double interval = event->heartbeat_s > 0 ? event->heartbeat_s : MESOS_HEARTBEAT_S;
	interval = interval < HEARTBEAT_MIN_S	? HEARTBEAT_MIN_S
		   : interval > HEARTBEAT_MAX_S ? HEARTBEAT_MAX_S
						: interval;
	s->silence_ms = (uint64_t)(interval * 1000 * MESOS_HEARTBEATS_MISSED);
	s->subscribed_at_ms = uv_now(s->timer.loop);
	scheduler_settings_framework_id(&s->settings, event->framework_id);
	call_queue_begin(&s->calls, s->url, s->stream_id);
	set_phase(s, PHASE_SESSION, s->silence_ms);
}

/* The messages of a master that mean more than "something is wrong with your framework". */
static enum err_code code_of_error_event(const char *message)
{
	if (strcmp(message, "Framework has been removed") == 0) {
		return ERR_EXPIRED;
	}
	return strcmp(message, "Framework failed over") == 0 ? ERR_CONFLICT : ERR_INVALID;
}

static void take_event(struct mesos_scheduler *s, struct mesos_event *event)
{
	switch (event->type) {
	case MESOS_EVENT_HEARTBEAT:
		return;
	case MESOS_EVENT_SUBSCRIBED:
		if (s->phase == PHASE_SUBSCRIBE) {
			begin_session(s, event);
		}
		break;
	case MESOS_EVENT_ERROR:
		err_set(&s->ending, code_of_error_event(event->text), "%s: %s", s->url, event->text);
		break;
	default:
		if (s->phase != PHASE_SESSION) {
			err_set(&s->ending, ERR_PROTOCOL, "%s: an event came before SUBSCRIBED", s->url);
			return;
		}
	}
	if (event->n_bad_offers > 0) {
		char *decline = mesos_call_decline(s->settings.framework.id, (const char *const *)event->bad_offers,
						   event->n_bad_offers, BAD_OFFER_REFUSE_S);
		mesos_scheduler_call(s, decline, NULL, NULL);
	}
	s->handlers.on_event(s->arg, event);
}

/* A handler may have freed or started us anew. */
static bool listening(const struct mesos_scheduler *s)
{
	return !s->freed && (s->phase == PHASE_SUBSCRIBE || s->phase == PHASE_SESSION);
}

static bool on_record(void *arg, const char *record, size_t n)
{
	struct mesos_scheduler *s = arg;
	struct mesos_event *event = NULL;
	struct err e = {0};
	if (s->phase == PHASE_SESSION) {
		uv_timer_start(&s->timer, on_timer, s->silence_ms, 0);
	}
	if (mesos_event_decode(record, n, &event, &e) != 0) {
		err_wrap(&e, "%s", s->url);
		if (e.code == ERR_MEMORY) { /* what it said must not be lost: the next session tells it again */
			s->ending = e;
			return false;
		}
		s->handlers.on_trouble(s->arg, &e);
	}
	if (event && listening(s)) {
		take_event(s, event);
	}
	mesos_event_free(event);
	return listening(s) && s->ending.code == ERR_NONE;
}

static void on_stream_head(void *arg, const struct http_head *head)
{
	struct mesos_scheduler *s = arg;
	if (head->status < 200 || head->status > 299) {
		return;
	}
	const char *id = http_header(head, "Mesos-Stream-Id");
	if (!id) {
		struct err e;
		err_set(&e, ERR_PROTOCOL, "%s: the answer to SUBSCRIBE has no Mesos-Stream-Id", s->url);
		end_attempt(s, &e);
		return;
	}
	free(s->stream_id);
	s->stream_id = xstrdup(id);
}

static void on_stream_data(void *arg, const char *bytes, size_t n)
{
	struct mesos_scheduler *s = arg;
	struct err e = {0};
	int rc = recordio_feed(&s->records, bytes, n, on_record, s, &e);
	if (!listening(s)) {
		return;
	}
	if (rc < 0) {
		err_wrap(&e, "%s", s->url);
		end_attempt(s, &e);
	} else if (s->ending.code != ERR_NONE) {
		e = s->ending;
		end_attempt(s, &e);
	}
}

/* 0 when the redirect is being followed. */
static int follow(struct mesos_scheduler *s, const struct http_head *head, struct err *e)
{
	const char *location = http_header(head, "Location");
	char *url;
	if (!location) {
		return err_set(e, ERR_PROTOCOL, "%s: HTTP 307 without a Location", s->url);
	}
	if (++s->hops > MESOS_REDIRECTS_MAX) {
		return err_set(e, ERR_PROTOCOL, "%s: more than %d redirects, the last to %.200s", s->url,
			       MESOS_REDIRECTS_MAX, location);
	}
	if (master_url_of_redirect(s->url, location, &url, e) < 0) {
		return err_wrap(e, "%s", s->url);
	}
	free(s->url);
	s->url = url;
	subscribe(s);
	return 0;
}

static void on_stream_done(void *arg, const struct http_result *result)
{
	struct mesos_scheduler *s = arg;
	s->stream = NULL;
	struct err why = result->err;
	int status = result->head.status;
	if (why.code != ERR_NONE) {
		err_wrap(&why, "%s", s->url);
	} else if (status == 307) {
		if (follow(s, &result->head, &why) == 0) {
			return;
		}
	} else if (status < 200 || status > 299) {
		call_refusal(&why, s->url, result);
	} else if (recordio_end(&s->records, &why) < 0) {
		err_wrap(&why, "%s", s->url);
	} else {
		err_set(&why, ERR_IO, "%s: the master closed the stream", s->url);
	}
	end_attempt(s, &why);
}

static void tell_credentials(struct mesos_scheduler *s, const struct err *failure)
{
	if (s->handlers.on_credentials) {
		s->handlers.on_credentials(s->arg, failure);
	}
}

static void look(struct mesos_scheduler *s)
{
	struct err e;
	s->looked_at_ms = uv_now(s->timer.loop);
	int changed = scheduler_settings_look(&s->settings, &e);
	if (changed < 0 && strcmp(e.text, s->look_failure.text) != 0) {
		s->look_failure = e;
		tell_credentials(s, &e);
	} else if (changed >= 0) {
		err_clear(&s->look_failure);
	}
	if (changed > 0) {
		s->generation++;
		tell_credentials(s, NULL);
	}
}

static uint64_t look_for_a_call(void *arg, bool thoroughly)
{
	struct mesos_scheduler *s = arg;
	if (thoroughly || uv_now(s->timer.loop) - s->looked_at_ms >= MESOS_LOOK_MS) {
		look(s);
	}
	return s->generation;
}

static void subscribe(struct mesos_scheduler *s)
{
	static const struct http_handlers handlers = {
	    .on_head = on_stream_head, .on_data = on_stream_data, .on_done = on_stream_done};
	static const struct http_header headers[] = {{"Content-Type", "application/json"},
						     {"Accept", "application/json"}};
	CLEANUP_FREE char *text = mesos_call_subscribe(&s->settings.framework);
	look(s);
	struct http_spec spec = s->settings.stream;
	spec.url = s->url;
	spec.headers = headers;
	spec.n_headers = 2;
	spec.body = text;
	spec.body_len = strlen(text);
	recordio_done(&s->records);
	recordio_init(&s->records, MESOS_RECORD_MAX);
	err_clear(&s->ending);
	set_phase(s, PHASE_SUBSCRIBE, (uint64_t)s->settings.subscribe_timeout_ms);
	struct err e;
	s->stream = http_call_start(s->http, &spec, &handlers, s, &e);
	if (!s->stream) {
		end_attempt(s, &e);
	}
}

static void begin_attempt(struct mesos_scheduler *s)
{
	const struct scheduler_settings *settings = &s->settings;
	if (settings->n_masters == 0) {
		s->phase = PHASE_LEADERLESS;
		return;
	}
	free(s->first_url);
	free(s->url);
	s->first_url = xstrdup(settings->masters[s->turn % settings->n_masters]);
	s->url = xstrdup(s->first_url);
	s->hops = 0;
	subscribe(s);
}

/* The session is dropped already; its calls are told before its end is. */
static void move(struct mesos_scheduler *s)
{
	struct err why;
	err_set(&why, ERR_IO, "%s: another master leads now", s->url);
	set_phase(s, PHASE_RESTART, 0);
	call_queue_tell(&s->calls);
	if (!s->freed) {
		s->handlers.on_disconnected(s->arg, &why);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct mesos_scheduler *s = timer->data;
	struct err e;
	switch (s->phase) {
	case PHASE_IDLE:
	case PHASE_LEADERLESS:
		break;
	case PHASE_MOVE:
		move(s);
		break;
	case PHASE_RESTART:
	case PHASE_WAIT:
		begin_attempt(s);
		break;
	case PHASE_SUBSCRIBE:
		err_set(&e, ERR_TIMEOUT, "%s: no SUBSCRIBED within %lld ms", s->url,
			(long long)s->settings.subscribe_timeout_ms);
		end_attempt(s, &e);
		break;
	case PHASE_SESSION:
		err_set(&e, ERR_TIMEOUT, "%s: heartbeat lost: no record for %llu ms", s->url,
			(unsigned long long)s->silence_ms);
		end_attempt(s, &e);
		break;
	}
}

struct mesos_scheduler *mesos_scheduler_new(struct http_client *http, const struct mesos_scheduler_config *config,
					    const struct mesos_scheduler_handlers *handlers, void *arg, struct err *e)
{
	struct mesos_scheduler *s = xcalloc(1, sizeof(*s));
	if (scheduler_settings_init(&s->settings, config, e) < 0) {
		free(s);
		return NULL;
	}
	s->http = http;
	s->handlers = *handlers;
	s->arg = arg;
	backoff_init(&s->backoff, s->settings.backoff_min_ms, s->settings.backoff_max_ms, RANDOM_SYSTEM);
	recordio_init(&s->records, MESOS_RECORD_MAX);
	call_queue_init(&s->calls, http, &s->settings.call, MESOS_CALLS_QUEUED_MAX, look_for_a_call, s);
	s->settings.stream.may_send = s->settings.call.may_send = config->may_act;
	s->settings.stream.may_send_arg = s->settings.call.may_send_arg = arg;
	uv_timer_init(http_client_loop(http), &s->timer);
	s->timer.data = s;
	s->looked_at_ms = uv_now(s->timer.loop);
	s->open_handles = 2;
	return s;
}

static void closed_one(struct mesos_scheduler *s)
{
	if (--s->open_handles > 0) {
		return;
	}
	recordio_done(&s->records);
	scheduler_settings_done(&s->settings);
	free(s->first_url);
	free(s->url);
	free(s->stream_id);
	free(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
	closed_one(handle->data);
}

static void on_queue_closed(uv_handle_t *handle)
{
	closed_one(LIST_ENTRY(handle->data, struct mesos_scheduler, calls));
}

void mesos_scheduler_free(struct mesos_scheduler *s)
{
	if (!s || s->freed) {
		return;
	}
	s->freed = true;
	drop_stream(s);
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
	call_queue_close(&s->calls, on_queue_closed);
}

void mesos_scheduler_start(struct mesos_scheduler *s, const char *framework_id)
{
	if (s->freed) {
		return;
	}
	scheduler_settings_framework_id(&s->settings, framework_id);
	drop_stream(s);
	call_queue_end(&s->calls);
	set_phase(s, PHASE_RESTART, 0);
}

int mesos_scheduler_lead(struct mesos_scheduler *s, const char *master, struct err *e)
{
	if (scheduler_settings_lead(&s->settings, master, e) < 0) {
		return -1;
	}
	if (!master || s->freed || s->phase == PHASE_IDLE || s->phase == PHASE_RESTART || s->phase == PHASE_MOVE) {
		return 0;
	}
	bool another = !s->first_url || strcmp(s->first_url, s->settings.masters[0]) != 0;
	bool under_way = s->phase == PHASE_SUBSCRIBE || s->phase == PHASE_SESSION;
	if (under_way && !another) {
		return 0;
	}
	if (another) {
		backoff_reset(&s->backoff);
	}
	drop_stream(s);
	call_queue_end(&s->calls);
	set_phase(s, s->phase == PHASE_SESSION ? PHASE_MOVE : PHASE_RESTART, 0);
	return 0;
}

void mesos_scheduler_call(struct mesos_scheduler *s, char *text, void (*done)(void *arg, const struct err *failure),
			  void *arg)
{
	call_queue_add(&s->calls, text, done, arg);
}

static void on_agents(void *arg, struct agent_list *list, const struct err *failure)
{
	struct mesos_scheduler *s = arg;
	struct agent_question *answered = s->question;
	s->question = NULL;
	s->handlers.on_agents(s->arg, list, failure);
	agent_question_free(answered);
}

int mesos_scheduler_ask_agents(struct mesos_scheduler *s, struct err *e)
{
	if (s->phase != PHASE_SESSION) {
		return err_set(e, ERR_IO, "not subscribed to a master");
	}
	if (s->question) {
		return err_set(e, ERR_BUSY, "the master has not answered yet");
	}
	look_for_a_call(s, false);
	s->question = agent_question_new(s->http, &s->settings.call, s->url, on_agents, s, e);
	return s->question ? 0 : -1;
}
