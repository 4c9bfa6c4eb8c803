#include "kube/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "kube/answer.h"

struct kube_client {
	struct http_client *http;
	const struct kube_config *config; /* the one in use */
	struct kube_config reloaded;	  /* unless it is the one that we were born with */
	uint64_t generation;		  /* of its content */
	int64_t looked_ms;
	struct err reload_failure; /* told last */
	void (*on_reload)(void *arg, const struct err *failure);
	void *reload_arg;
	kube_observer observer;
	void *observer_arg;
	struct list waiting, flying, streams;
	struct list ended; /* by us, or refused before a request was sent; told in the next turn */
	size_t n_waiting, n_flying;
	bool (*may_write)(void *arg); /* NULL: always */
	void *guard_arg;
	int64_t quiet_until_ms;
	/* These outlive the client until the loop has closed them. */
	uv_idle_t *turn;
	uv_timer_t *quiet;
};

struct kube_call {
	struct list link;
	struct kube_client *client;
	struct http_call *http;
	char *method, *path, *query, *content_type;
	void *body;
	size_t body_len;
	int64_t timeout_ms, idle_timeout_ms;
	int64_t sent_ms;
	kube_data on_data; /* of a stream */
	kube_done on_done;
	void *arg;
	uint64_t generation; /* of the configuration that it was sent with */
	bool only_refusals, retried, ended;
	struct err refusal;
};

static int64_t now_of(const struct kube_client *c)
{
	return (int64_t)uv_now(http_client_loop(c->http));
}

/* ---- who we are, and whom we trust ---- */

static bool same_tls(const struct kube_config *a, const struct kube_config *b)
{
	return text_equal(a->ca_pem, b->ca_pem) && text_equal(a->cert_pem, b->cert_pem) &&
	       text_equal(a->key_pem, b->key_pem) && text_equal(a->tls_server_name, b->tls_server_name) &&
	       a->insecure == b->insecure;
}

static void on_turn(uv_idle_t *turn);

/* As if the server had ended them; told in the next turn. */
static void end_streams(struct kube_client *c)
{
	LIST_EACH (&c->streams, link) {
		struct kube_call *call = LIST_ENTRY(link, struct kube_call, link);
		http_call_cancel(call->http);
		call->http = NULL;
		list_remove(link);
		list_push(&c->ended, link);
		uv_idle_start(c->turn, on_turn);
	}
}

static void tell_reload(struct kube_client *c, const struct err *failure)
{
	if (c->on_reload) {
		c->on_reload(c->reload_arg, failure);
	}
}

static void take_config(struct kube_client *c, struct kube_config *fresh)
{
	bool tls = same_tls(c->config, fresh), all = tls && text_equal(c->config->token, fresh->token);
	kube_config_done(&c->reloaded);
	c->reloaded = *fresh;
	c->config = &c->reloaded;
	if (!tls) {
		end_streams(c);
	}
	if (!all) {
		c->generation++;
		tell_reload(c, NULL);
	}
}

static void look(struct kube_client *c)
{
	struct kube_config fresh;
	struct err e;
	c->looked_ms = now_of(c);
	if (!file_set_changed(&c->config->files)) {
		return;
	}
	if (kube_config_reload(c->config, &fresh, &e) == 0) {
		err_clear(&c->reload_failure);
		take_config(c, &fresh);
	} else if (strcmp(e.text, c->reload_failure.text) != 0) {
		c->reload_failure = e;
		tell_reload(c, &e);
	}
}

static void look_now_and_then(struct kube_client *c)
{
	if (now_of(c) - c->looked_ms >= KUBE_LOOK_MS) {
		look(c);
	}
}

/* ---- one call ---- */

static void call_free(struct kube_call *call)
{
	free(call->method);
	free(call->path);
	free(call->query);
	free(call->content_type);
	free(call->body);
	free(call);
}

static struct kube_call *call_new(struct kube_client *c, const struct kube_request *q, kube_data on_data,
				  kube_done on_done, void *arg)
{
	struct kube_call *call = xcalloc(1, sizeof(*call));
	call->client = c;
	call->method = xstrdup(q->method ? q->method : "GET");
	call->path = xstrdup(q->path);
	call->query = xstrdup(q->query);
	call->content_type = xstrdup(q->content_type ? q->content_type : "application/json");
	call->body_len = q->body_len;
	call->body = xmalloc(q->body_len);
	if (q->body_len) {
		memcpy(call->body, q->body, q->body_len);
	}
	call->timeout_ms = q->timeout_ms ? q->timeout_ms : on_data ? 0 : KUBE_TIMEOUT_MS;
	call->idle_timeout_ms = q->idle_timeout_ms;
	call->only_refusals = q->only_refusals;
	call->on_data = on_data;
	call->on_done = on_done;
	call->arg = arg;
	list_init(&call->link);
	return call;
}

static void pump(struct kube_client *c);

/* Out of the client's lists; another may take its place. */
static void detach(struct kube_call *call)
{
	struct kube_client *c = call->client;
	list_remove(&call->link);
	if (call->http && !call->on_data) {
		c->n_flying--;
	} else if (!call->http && !call->on_data && call->refusal.code == ERR_NONE) {
		c->n_waiting--;
	}
	call->http = NULL;
	call->ended = true;
}

static void observe(const struct kube_call *call, int status)
{
	const struct kube_client *c = call->client;
	if (c->observer && call->http && !call->on_data) {
		c->observer(c->observer_arg, call->method, status, now_of(c) - call->sent_ms);
	}
}

static void on_quiet_over(uv_timer_t *timer)
{
	pump(timer->data);
}

static void be_quiet(struct kube_client *c, int64_t asked_ms)
{
	int64_t ms = asked_ms ? asked_ms : KUBE_QUIET_MS;
	int64_t until = now_of(c) + random_between(&RANDOM_SYSTEM, ms, ms + ms / 4);
	if (until > c->quiet_until_ms) {
		c->quiet_until_ms = until;
		uv_timer_start(c->quiet, on_quiet_over, (uint64_t)(until - now_of(c)), 0);
	}
}

/* The last thing done with the call, and maybe with the client. */
static void finish(struct kube_call *call, const struct http_result *http)
{
	struct kube_client *c = call->client;
	struct kube_answer answer;
	kube_answer_init(&answer, call->method, call->path, http, !call->only_refusals);
	observe(call, http->head.status);
	if (answer.result.status == 429) {
		be_quiet(c, answer.result.retry_after_ms);
	}
	detach(call);
	pump(c);
	call->on_done(call->arg, &answer.result);
	kube_answer_done(&answer);
	call_free(call);
}

static int start(struct kube_call *call, struct err *e);
static void refuse(struct kube_call *call);

/* After a 401 or a failure of TLS: is there another configuration to try? */
static bool try_again(struct kube_call *call)
{
	struct kube_client *c = call->client;
	struct err e;
	if (call->retried) {
		return false;
	}
	list_remove(&call->link); /* a change ends streams; this one has ended already */
	look(c);
	list_push(call->on_data ? &c->streams : &c->flying, &call->link);
	call->retried = call->generation != c->generation;
	return call->retried && start(call, &e) == 0;
}

static void on_http_done(void *arg, const struct http_result *http)
{
	struct kube_call *call = arg;
	bool doubted = http->head.status == 401 || http->err.code == ERR_AUTH;
	if (!doubted || !try_again(call)) {
		finish(call, http);
	}
}

static void on_http_data(void *arg, const char *bytes, size_t n)
{
	struct kube_call *call = arg;
	call->on_data(call->arg, bytes, n);
}

static struct http_tls tls_of(const struct kube_config *config)
{
	return (struct http_tls){.ca_pem = config->ca_pem,
				 .cert_pem = config->cert_pem,
				 .key_pem = config->key_pem,
				 .server_name = config->tls_server_name,
				 .insecure = config->insecure};
}

/* Sets call->http. */
static int start(struct kube_call *call, struct err *e)
{
	struct kube_client *c = call->client;
	struct http_header headers[3] = {{"Accept", "application/json"}};
	size_t n = 1;
	CLEANUP_FREE char *bearer = NULL;
	CLEANUP_FREE char *url = xasprintf("%s%s%s%s", c->config->server, call->path, call->query ? "?" : "",
					   call->query ? call->query : "");
	call->generation = c->generation;
	call->sent_ms = now_of(c);
	if (call->body_len) {
		headers[n++] = (struct http_header){"Content-Type", call->content_type};
	}
	if (c->config->token) {
		bearer = xasprintf("Bearer %s", c->config->token);
		headers[n++] = (struct http_header){"Authorization", bearer};
	}
	struct http_spec spec = {.method = call->method,
				 .url = url,
				 .headers = headers,
				 .n_headers = n,
				 .body = call->body,
				 .body_len = call->body_len,
				 .timeout_ms = call->timeout_ms,
				 .head_timeout_ms = call->on_data ? KUBE_STREAM_HEAD_TIMEOUT_MS : 0,
				 .idle_timeout_ms = call->idle_timeout_ms,
				 .max_body = KUBE_BODY_MAX,
				 .may_send = strcmp(call->method, "GET") != 0 ? c->may_write : NULL,
				 .may_send_arg = c->guard_arg,
				 .tls = tls_of(c->config)};
	struct http_handlers handlers = {.on_data = call->on_data ? on_http_data : NULL, .on_done = on_http_done};
	struct http_call *http = http_call_start(c->http, &spec, &handlers, call, e);
	if (!http) {
		return -1;
	}
	call->http = http;
	return 0;
}

/* ---- the queue ---- */

static void on_turn(uv_idle_t *turn)
{
	struct kube_client *c = turn->data;
	uv_idle_stop(turn);
	/* A handler may refuse more, or free the client: then turn->data is NULL. */
	while (turn->data && !list_empty(&c->ended)) {
		struct kube_call *call = LIST_ENTRY(c->ended.next, struct kube_call, link);
		struct http_result http = {.err = call->refusal, .body = ""};
		http.head.status = call->refusal.code == ERR_NONE ? 200 : 0;
		finish(call, &http);
	}
}

static void refuse(struct kube_call *call)
{
	list_remove(&call->link);
	list_push(&call->client->ended, &call->link);
	uv_idle_start(call->client->turn, on_turn);
}

static void fly(struct kube_call *call, struct list *where)
{
	list_remove(&call->link);
	look_now_and_then(call->client);
	if (start(call, &call->refusal) < 0) {
		refuse(call);
	} else {
		list_push(where, &call->link);
	}
}

static void pump(struct kube_client *c)
{
	while (now_of(c) >= c->quiet_until_ms && c->n_flying < KUBE_CALLS_IN_FLIGHT && !list_empty(&c->waiting)) {
		struct kube_call *call = LIST_ENTRY(c->waiting.next, struct kube_call, link);
		c->n_waiting--;
		fly(call, &c->flying);
		c->n_flying += call->http != NULL;
	}
}

struct kube_call *kube_call(struct kube_client *c, const struct kube_request *q, kube_done on_done, void *arg)
{
	struct kube_call *call = call_new(c, q, NULL, on_done, arg);
	if (q->urgent) {
		fly(call, &c->flying);
		c->n_flying += call->http != NULL;
		return call;
	}
	if (c->n_waiting >= KUBE_CALLS_WAITING) {
		err_set(&call->refusal, ERR_LIMIT, "%d calls to the API server are waiting already",
			KUBE_CALLS_WAITING);
		refuse(call);
		return call;
	}
	list_push(&c->waiting, &call->link);
	c->n_waiting++;
	pump(c);
	return call;
}

struct kube_call *kube_stream(struct kube_client *c, const struct kube_request *q, kube_data on_data, kube_done on_done,
			      void *arg)
{
	struct kube_call *call = call_new(c, q, on_data, on_done, arg);
	fly(call, &c->streams);
	return call;
}

void kube_call_cancel(struct kube_call *call)
{
	if (!call || call->ended) {
		return;
	}
	struct kube_client *c = call->client;
	http_call_cancel(call->http);
	detach(call);
	call_free(call);
	pump(c);
}

/* ---- the client ---- */

struct kube_client *kube_client_new(struct http_client *http, const struct kube_config *config)
{
	struct kube_client *c = xcalloc(1, sizeof(*c));
	c->http = http;
	c->config = config;
	c->looked_ms = now_of(c);
	list_init(&c->waiting);
	list_init(&c->flying);
	list_init(&c->streams);
	list_init(&c->ended);
	c->turn = xcalloc(1, sizeof(*c->turn));
	uv_idle_init(http_client_loop(http), c->turn);
	c->turn->data = c;
	c->quiet = xcalloc(1, sizeof(*c->quiet));
	uv_timer_init(http_client_loop(http), c->quiet);
	c->quiet->data = c;
	return c;
}

void kube_client_guard(struct kube_client *c, bool (*may)(void *arg), void *arg)
{
	c->may_write = may;
	c->guard_arg = arg;
}

static void drop_all(struct list *calls)
{
	LIST_EACH (calls, link) {
		struct kube_call *call = LIST_ENTRY(link, struct kube_call, link);
		http_call_cancel(call->http);
		call_free(call);
	}
	list_init(calls);
}

static void on_handle_closed(uv_handle_t *h)
{
	free(h);
}

void kube_client_free(struct kube_client *c)
{
	if (!c) {
		return;
	}
	drop_all(&c->waiting);
	drop_all(&c->flying);
	drop_all(&c->streams);
	drop_all(&c->ended);
	c->turn->data = NULL;
	uv_close((uv_handle_t *)c->turn, on_handle_closed);
	uv_close((uv_handle_t *)c->quiet, on_handle_closed);
	kube_config_done(&c->reloaded);
	free(c);
}

void kube_client_on_reload(struct kube_client *c, void (*told)(void *arg, const struct err *failure), void *arg)
{
	c->on_reload = told;
	c->reload_arg = arg;
}

void kube_client_observe(struct kube_client *c, kube_observer observer, void *arg)
{
	c->observer = observer;
	c->observer_arg = arg;
}

uv_loop_t *kube_client_loop(const struct kube_client *c)
{
	return http_client_loop(c->http);
}

const char *kube_client_server(const struct kube_client *c)
{
	return c->config->server;
}
