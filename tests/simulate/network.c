/* The network: base/http_client.h, where requests and answers travel in virtual time to the models and back, and where
 * weather may befall them on the way.
 *
 * A call of the adapter is an exchange here, and may outlive the one who made it: what was sent arrives, or not,
 * however dead the sender is by then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/http_client.h"
#include "base/i64.h"
#include "base/mem.h"
#include "tests/simulate/sim.h"

#define REQUESTS_PER_MINUTE 6000 /* of one adapter: more is a flood */

enum stage {
	STAGE_REQUEST, /* on its way to the server */
	STAGE_SILENCE, /* the server has it and does not answer */
	STAGE_ANSWER,  /* on its way to the client */
	STAGE_STREAM,  /* the answer has begun and goes on */
	STAGE_BREAK,   /* the client will see it break */
	STAGE_CLOSE,   /* the server will see the client go */
};

struct http_client {
	struct sim_adapter *adapter;
	struct list calls;
};

struct http_call {
	struct list link, mine; /* all exchanges; those of a client */
	struct sim *sim;
	struct sim_adapter *adapter;
	struct http_handlers handlers;
	void *arg;
	bool muted;  /* the client does not listen any more */
	bool unsent; /* made by somebody who was dead already */
	bool denied; /* may_send said no */
	unsigned inside;
	bool kube;
	char *host, *method, *path, *query, *body;
	size_t body_len;
	struct sandbox_header *headers;
	size_t n_headers;
	enum stage stage;
	struct sim_event travel, timeout;
	struct sandbox_response res;
	struct sandbox_stream *stream;
	bool head_told;
	int64_t head_deadline, deadline, idle_ms, idle_deadline;
};

/* ---- travelling ---- */

static struct weather *weather_of(const struct http_call *x)
{
	return x->kube ? &x->sim->kube_weather : &x->sim->mesos_weather;
}

static void travel(struct http_call *x, enum stage stage)
{
	const struct weather *w = weather_of(x);
	int64_t at = x->sim->now + (int64_t)sim_random(x->sim, SIM_NETWORK, (uint64_t)w->latency_ms + 1);
	if (w->blocked_until_ms > at) {
		at = w->blocked_until_ms + (int64_t)sim_random(x->sim, SIM_NETWORK, (uint64_t)w->latency_ms + 1);
	}
	x->stage = stage;
	sim_at(x->sim, &x->travel, at);
}

static void wind_timeout(struct http_call *x)
{
	int64_t at = i64_min(x->deadline, x->head_told ? x->idle_deadline : x->head_deadline);
	if (at != INT64_MAX && !x->muted) {
		sim_at(x->sim, &x->timeout, at);
	} else {
		sim_cancel(x->sim, &x->timeout);
	}
}

static void stream_leave(struct http_call *x)
{
	struct sandbox_stream *s = x->stream;
	x->stream = NULL;
	if (!s) {
		return;
	}
	s->wake = NULL;
	s->front = NULL;
	if (!s->cut && !s->ended && s->closed) {
		s->closed(s);
	}
	sandbox_stream_unref(s);
}

/* A request that goes on ends with its connection. */
static void upload_leave(struct http_call *x)
{
	struct sandbox_upload *u = x->res.upload;
	if (u && !u->answered) {
		u->over(u, x->sim->now, false);
	}
}

static void exchange_free(struct http_call *x)
{
	stream_leave(x);
	upload_leave(x);
	sim_cancel(x->sim, &x->travel);
	sim_cancel(x->sim, &x->timeout);
	list_remove(&x->link);
	list_remove(&x->mine);
	sandbox_response_done(&x->res);
	for (size_t i = 0; i < x->n_headers; i++) {
		free((char *)(uintptr_t)x->headers[i].name);
		free((char *)(uintptr_t)x->headers[i].value);
	}
	free(x->headers);
	free(x->host);
	free(x->method);
	free(x->path);
	free(x->query);
	free(x->body);
	free(x);
}

/* The client's end is gone; what the server has of it may remain for a while. */
static void abandon(struct http_call *x)
{
	sim_cancel(x->sim, &x->timeout);
	list_remove(&x->mine);
	if (x->stage == STAGE_REQUEST && !x->unsent) {
		return; /* it arrives all the same */
	}
	if (x->stream) {
		travel(x, STAGE_CLOSE);
		return;
	}
	exchange_free(x);
}

/* ---- the client's end ---- */

static void tell_done(struct http_call *x, const struct err *failure)
{
	struct http_result result = {.body = ""};
	if (failure) {
		result.err = *failure;
	}
	if (x->head_told || !failure) {
		result.head = (struct http_head){.status = x->res.status,
						 .headers = (const struct http_header *)(const void *)x->res.headers,
						 .n_headers = x->res.n_headers};
	}
	if (!failure && !(x->handlers.on_data && x->res.status / 100 == 2)) {
		result.body = buf_str(&x->res.body);
		result.body_len = x->res.body.len;
	}
	x->muted = true;
	list_remove(&x->mine);
	x->handlers.on_done(x->arg, &result);
}

static void tell_data(struct http_call *x, struct buf *bytes)
{
	size_t n;
	CLEANUP_FREE char *data = buf_steal(bytes, &n);
	if (n && x->handlers.on_data) {
		x->handlers.on_data(x->arg, data, n);
	}
}

static void tell_head(struct http_call *x)
{
	const struct http_head head = {.status = x->res.status,
				       .headers = (const struct http_header *)(const void *)x->res.headers,
				       .n_headers = x->res.n_headers};
	x->head_told = true;
	if (x->handlers.on_head) {
		x->handlers.on_head(x->arg, &head);
	}
}

static void tell_answer(struct http_call *x)
{
	struct err cut = {.code = ERR_IO, .text = "connection reset by peer"};
	struct sandbox_stream *s = x->stream;
	if (!x->head_told) {
		tell_head(x);
	}
	x->idle_deadline = x->idle_ms ? x->sim->now + x->idle_ms : INT64_MAX;
	if (s) {
		if (!x->muted && !s->cut) {
			tell_data(x, &s->out);
		}
		if (!x->muted && (s->cut || (s->ended && !s->out.len))) {
			tell_done(x, s->cut ? &cut : NULL);
		}
		return;
	}
	if (!x->muted && x->handlers.on_data && x->res.status / 100 == 2) {
		tell_data(x, &x->res.body);
	}
	if (!x->muted) {
		tell_done(x, NULL);
	}
}

/* Something reaches the client. */
static void tell(struct http_call *x, const struct err *failure)
{
	struct sim_adapter *adapter = x->adapter;
	x->inside++;
	adapter_enter(adapter);
	if (failure) {
		tell_done(x, failure);
	} else {
		tell_answer(x);
	}
	adapter_leave(adapter);
	x->inside--;
	if (x->muted) {
		abandon(x);
	} else {
		wind_timeout(x);
	}
}

/* It runs later, and finds what has come meanwhile. */
static bool stalled(struct http_call *x, struct sim_event *event)
{
	int64_t until = x->adapter->stalled_until_ms;
	if (x->muted || until <= x->sim->now) {
		return false;
	}
	sim_at(x->sim, event, until);
	return true;
}

static void on_timeout(void *arg)
{
	struct http_call *x = arg;
	if (stalled(x, &x->timeout)) {
		return;
	}
	struct err e = {.code = ERR_TIMEOUT, .text = "no answer in time"};
	tell(x, &e);
}

/* ---- the server's end ---- */

static void on_wake(struct sandbox_stream *s)
{
	struct http_call *x = s->front;
	if (x->stage == STAGE_STREAM && !x->travel.link.place) {
		travel(x, STAGE_STREAM);
	}
}

static void refuse(struct http_call *x, int status, const char *reason)
{
	sandbox_response_done(&x->res);
	sandbox_response_init(&x->res);
	x->res.status = status;
	sandbox_response_header(&x->res, "Content-Type", "application/json");
	if (status == 429) {
		sandbox_response_header(&x->res, "Retry-After", "1");
	}
	buf_printf(&x->res.body,
		   "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"%s\","
		   "\"message\":\"misfortune\",\"code\":%d}",
		   reason, status);
}

static bool is_write(const struct http_call *x)
{
	return strcmp(x->method, "GET") != 0;
}

/* True when the API server has no ear for it. */
static bool refused(struct http_call *x)
{
	struct sim *sim = x->sim;
	const struct weather *w = weather_of(x);
	if (sim_chance(sim, SIM_NETWORK, w->refused_500)) {
		refuse(x, 500, "InternalError");
	} else if (sim_chance(sim, SIM_NETWORK, w->refused_429)) {
		refuse(x, 429, "TooManyRequests");
	} else if (is_write(x) && strcmp(x->method, "DELETE") != 0 && sim_chance(sim, SIM_NETWORK, w->refused_409)) {
		refuse(x, 409, "Conflict");
	} else {
		return false;
	}
	return true;
}

static void redirect(struct http_call *x)
{
	CLEANUP_FREE char *to = xasprintf("//master%zu:5050/master%s", x->sim->leader, x->path);
	x->res.status = 307;
	sandbox_response_header(&x->res, "Location", to);
}

/* NULL: it is another host. */
static struct mesos_agent *agent_of(const struct http_call *x)
{
	unsigned n = 0;
	bool is_agent =
	    sscanf(x->host, SIM_AGENT_IP ":", &n) == 1 && n && n <= mesos_cluster_agent_count(x->sim->mesos);
	return is_agent ? mesos_cluster_agent_at(x->sim->mesos, n - 1) : NULL;
}

static void handle(struct http_call *x)
{
	struct sim *sim = x->sim;
	struct sandbox_request req = {
	    .method = x->method,
	    .path = x->path,
	    .query = x->query,
	    .headers = x->headers,
	    .n_headers = x->n_headers,
	    .body = x->body,
	    .body_len = x->body_len,
	};
	CLEANUP_FREE char *leader = xasprintf("master%zu:5050", sim->leader);
	sandbox_response_done(&x->res);
	sandbox_response_init(&x->res);
	if (x->kube) {
		stored_remove(sim, x->method, x->path, x->body, x->body_len);
		apiserver_handle(sim->kube, sim->now, &req, &x->res);
		stored_check(sim, x->method, x->path);
	} else if (strcmp(x->host, leader) == 0) {
		stored_acknowledged(sim, x->body, x->body_len);
		mesos_master_handle(sim->mesos, sim->now, &req, &x->res);
	} else if (agent_of(x)) {
		mesos_agent_handle(agent_of(x), sim->now, &req, &x->res);
	} else {
		redirect(x);
	}
}

static void serve(struct http_call *x)
{
	struct sim *sim = x->sim;
	const struct weather *w = weather_of(x);
	if (x->kube && refused(x)) {
		return;
	}
	handle(x);
	if (x->kube && !x->res.stream && sim_chance(sim, SIM_NETWORK, w->sent_twice)) {
		handle(x);
	}
	if (x->kube && !x->res.stream && is_write(x) && sim_chance(sim, SIM_NETWORK, w->performed_500)) {
		refuse(x, 500, "InternalError");
	}
}

static void take_stream(struct http_call *x)
{
	x->stream = x->res.stream;
	x->res.stream = NULL;
	if (x->stream) {
		x->stream->front = x;
		x->stream->wake = on_wake;
	}
}

static void arrive(struct http_call *x)
{
	struct sim *sim = x->sim;
	const struct weather *w = weather_of(x);
	if (w->down || sim_chance(sim, SIM_NETWORK, w->request_lost)) {
		travel(x, STAGE_BREAK);
		return;
	}
	serve(x);
	take_stream(x);
	sim_trace(sim, x->kube ? "kube" : "mesos", "%s %s%s%s: %d", x->method, x->path, *x->query ? "?" : "", x->query,
		  x->res.status);
	if (!x->res.status) {
		x->stage = STAGE_SILENCE;
	} else if (!x->stream && sim_chance(sim, SIM_NETWORK, w->answer_lost)) {
		travel(x, STAGE_BREAK);
	} else {
		travel(x, STAGE_ANSWER);
	}
	if (x->muted) {
		abandon(x);
	}
}

static void on_travel(void *arg)
{
	struct http_call *x = arg;
	struct err broken = {.code = ERR_IO, .text = "connection reset by peer"};
	struct err denied = {.code = ERR_DENIED, .text = "not sent"};
	if (x->stage != STAGE_REQUEST && x->stage != STAGE_CLOSE && stalled(x, &x->travel)) {
		return;
	}
	switch (x->stage) {
	case STAGE_REQUEST:
		arrive(x);
		break;
	case STAGE_ANSWER:
	case STAGE_STREAM:
		x->stage = STAGE_STREAM;
		tell(x, NULL);
		break;
	case STAGE_BREAK:
		if (x->muted) {
			exchange_free(x);
		} else {
			tell(x, x->denied ? &denied : &broken);
		}
		break;
	case STAGE_CLOSE:
		exchange_free(x);
		break;
	case STAGE_SILENCE:
		break;
	}
}

void network_cut(struct sim *sim, bool kube)
{
	LIST_EACH (&sim->exchanges, link) {
		struct http_call *x = LIST_ENTRY(link, struct http_call, link);
		if (x->kube != kube || x->muted) {
			continue;
		}
		if (x->stage == STAGE_REQUEST && sim_random(sim, SIM_NETWORK, 2)) {
			continue; /* it comes through; the answer may be had */
		}
		stream_leave(x);
		x->stage = STAGE_BREAK;
		sim_at(sim, &x->travel, sim->now);
	}
}

void network_done(struct sim *sim)
{
	LIST_EACH (&sim->exchanges, link) {
		exchange_free(LIST_ENTRY(link, struct http_call, link));
	}
}

/* ---- base/http_client.h ---- */

struct http_client *http_client_new(uv_loop_t *loop, const struct http_limits *limits, struct err *e)
{
	struct http_client *client = xcalloc(1, sizeof(*client));
	(void)limits;
	(void)e;
	client->adapter = loop->data;
	list_init(&client->calls);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client) {
		return;
	}
	LIST_EACH (&client->calls, link) {
		http_call_cancel(LIST_ENTRY(link, struct http_call, mine));
	}
	free(client);
}

uv_loop_t *http_client_loop(const struct http_client *client)
{
	return &client->adapter->loop;
}

static void copy_headers(struct http_call *x, const struct http_spec *spec)
{
	x->headers = xcalloc(spec->n_headers + 1, sizeof(*x->headers));
	for (size_t i = 0; i < spec->n_headers; i++) {
		x->headers[x->n_headers++] =
		    (struct sandbox_header){xstrdup(spec->headers[i].name), xstrdup(spec->headers[i].value)};
	}
}

static void split_url(struct http_call *x, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t host_len = strcspn(host, "/");
	const char *path = host + host_len, *query = strchr(path, '?');
	x->host = xstrndup(host, host_len);
	x->path = query ? xstrndup(path, (size_t)(query - path)) : xstrdup(path);
	x->query = xstrdup(query ? query + 1 : "");
	x->kube = strcmp(x->host, "kube") == 0;
}

static int64_t after(const struct sim *sim, int64_t ms)
{
	return ms ? sim->now + ms : INT64_MAX;
}

static void count(struct sim_adapter *adapter, const struct http_call *x)
{
	struct sim *sim = adapter->sim;
	int64_t minute = sim->now / SIM_MINUTE;
	sim->requests++;
	/* Renewals of leases and heartbeats of nodes are all that happens when nothing happens. */
	bool beat = strstr(x->path, "/leases") || (strstr(x->path, "/nodes/") && strstr(x->path, "/status"));
	sim->writes += x->kube && is_write(x) && !beat;
	if (adapter->minute != minute) {
		adapter->minute = minute;
		adapter->requests = 0;
	}
	if (++adapter->requests > REQUESTS_PER_MINUTE) {
		sim_violated(sim, "flood: more than %d requests in a minute", REQUESTS_PER_MINUTE);
	}
	if (adapter->calls_to_live && --adapter->calls_to_live == 0) {
		adapter->dying = true;
	}
}

struct http_call *http_call_start(struct http_client *client, const struct http_spec *spec,
				  const struct http_handlers *handlers, void *arg, struct err *e)
{
	struct sim_adapter *adapter = client->adapter;
	struct sim *sim = adapter->sim;
	struct http_call *x = xcalloc(1, sizeof(*x));
	(void)e;
	*x = (struct http_call){
	    .sim = sim,
	    .adapter = adapter,
	    .handlers = *handlers,
	    .arg = arg,
	    .method = xstrdup(spec->method ? spec->method : "GET"),
	    .body = xstrndup(spec->body_len ? spec->body : "", spec->body_len),
	    .body_len = spec->body_len,
	    .travel = {.fire = on_travel, .arg = x},
	    .timeout = {.fire = on_timeout, .arg = x},
	    .head_deadline = after(sim, spec->head_timeout_ms),
	    .deadline = after(sim, spec->timeout_ms),
	    .idle_ms = spec->idle_timeout_ms,
	    .idle_deadline = INT64_MAX,
	};
	split_url(x, spec->url);
	copy_headers(x, spec);
	sandbox_response_init(&x->res);
	list_push(&sim->exchanges, &x->link);
	list_push(&client->calls, &x->mine);
	count(adapter, x);
	x->unsent = adapter->dying;
	x->denied = spec->may_send && !spec->may_send(spec->may_send_arg);
	if (!x->unsent) {
		travel(x, x->denied ? STAGE_BREAK : STAGE_REQUEST);
		wind_timeout(x);
	}
	return x;
}

void http_call_cancel(struct http_call *x)
{
	if (!x || x->muted) {
		return;
	}
	x->muted = true;
	list_remove(&x->mine);
	/* Of what a dying process has just sent, some never leaves the machine. */
	if (x->adapter->dying && x->stage == STAGE_REQUEST && sim_random(x->sim, SIM_NETWORK, 2)) {
		x->unsent = true;
	}
	if (!x->inside) {
		abandon(x);
	}
}

/* ---- streamed requests: what is sent is taken, and goes nowhere ---- */

int http_call_send(struct http_call *x, const void *bytes, size_t n)
{
	(void)x;
	(void)bytes;
	(void)n;
	return 0;
}

void http_call_send_end(struct http_call *x)
{
	(void)x;
}

size_t http_call_unsent(const struct http_call *x)
{
	(void)x;
	return 0;
}

void http_call_hold(struct http_call *x, bool hold)
{
	(void)x;
	(void)hold;
}

void http_call_leave(struct http_call *x, int64_t within_ms)
{
	(void)within_ms;
	http_call_cancel(x);
}
