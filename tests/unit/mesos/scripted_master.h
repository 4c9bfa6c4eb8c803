/* A master on loopback that does what a test's script says, and a scheduler whose story is written down as lines of
 * text. */
#ifndef TESTS_UNIT_MESOS_SCRIPTED_MASTER_H
#define TESTS_UNIT_MESOS_SCRIPTED_MASTER_H

#include <string.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "mesos/scheduler.h"
#include "tests/unit/err_name.h"
#include "tests/unit/mesos/data.h"

#define STREAM_ID "stream-1"
#define SUBSCRIBED(heartbeat)                                                                                          \
	"{\"type\":\"SUBSCRIBED\",\"subscribed\":{\"framework_id\":{\"value\":\"f-1\"},\"heartbeat_interval_"          \
	"seconds\":" heartbeat "}}"
#define STORY_DEADLINE_MS 60000

struct story;
struct master;

struct connection {
	struct list link;
	uv_tcp_t tcp;
	struct master *master;
	struct buf in;
	unsigned number; /* of the connection at its master, from 1 */
	char *dribble;	 /* sent byte by byte, one each turn of the loop */
	size_t dribbled, dribble_n;
	uv_idle_t idle;
};

struct request {
	const char *head, *body; /* NUL-terminated */
	json_t *call;		 /* of the body */
	const char *type;	 /* of the call */
};

typedef void (*script)(struct story *story, struct connection *c, const struct request *r);

struct master {
	struct story *story;
	uv_tcp_t listener;
	int port;
	unsigned connections, requests, subscribes;
	script script;
	struct list open;
};

/* What happened, in lines: "event SUBSCRIBED f-1", "trouble busy: …", "call 2: ok". */
struct story {
	uv_loop_t loop;
	struct master masters[2];
	struct http_client *http;
	struct mesos_scheduler *scheduler;
	struct buf lines;
	uv_timer_t deadline;
	const char *until; /* the loop stops when the lines contain this */
	struct err last;   /* of trouble or disconnection or call */
	void (*on_line)(struct story *story, const char *line);
	bool in_function; /* callbacks must not come now */
};

/* The master's side */

static inline void freed_write(uv_write_t *w, int status)
{
	(void)status;
	free(w->data);
	free(w);
}

static inline void send_bytes(struct connection *c, const void *bytes, size_t n)
{
	uv_write_t *w = xcalloc(1, sizeof(*w));
	w->data = xmalloc(n + 1);
	memcpy(w->data, bytes, n);
	uv_buf_t b = uv_buf_init(w->data, (unsigned)n);
	if (uv_is_closing((uv_handle_t *)&c->tcp) || uv_write(w, (uv_stream_t *)&c->tcp, &b, 1, freed_write) < 0) {
		freed_write(w, 0);
	}
}

static inline void send_text(struct connection *c, const char *text)
{
	send_bytes(c, text, strlen(text));
}

static inline void answer(struct connection *c, const char *status, const char *headers, const char *body)
{
	CLEANUP_FREE char *text =
	    xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), headers, body);
	send_text(c, text);
}

static inline void accept_call(struct connection *c)
{
	answer(c, "202 Accepted", "", "");
}

#define STREAM_HEAD                                                                                                    \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: " STREAM_ID                                 \
	"\r\nContent-Type: application/json\r\n\r\n"

static inline char *chunk_of_record(const char *json)
{
	CLEANUP_FREE char *record = xasprintf("%zu\n%s", strlen(json), json);
	return xasprintf("%zx\r\n%s\r\n", strlen(record), record);
}

static inline void send_record(struct connection *c, const char *json)
{
	CLEANUP_FREE char *chunk = chunk_of_record(json);
	send_text(c, chunk);
}

static inline void begin_stream(struct connection *c, const char *first_event)
{
	send_text(c, STREAM_HEAD);
	send_record(c, first_event);
}

static inline void end_stream(struct connection *c)
{
	send_text(c, "0\r\n\r\n");
}

static inline void free_connection(uv_handle_t *h)
{
	struct connection *c = h->data;
	list_remove(&c->link);
	buf_done(&c->in);
	free(c->dribble);
	free(c);
}

static inline void close_tcp(uv_handle_t *idle)
{
	struct connection *c = idle->data;
	uv_close((uv_handle_t *)&c->tcp, free_connection);
}

static inline void hang_up(struct connection *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->idle)) {
		uv_close((uv_handle_t *)&c->idle, close_tcp);
	}
}

static inline void dribble_one(uv_idle_t *idle)
{
	struct connection *c = idle->data;
	if (c->dribbled == c->dribble_n) {
		uv_idle_stop(idle);
		return;
	}
	send_bytes(c, c->dribble + c->dribbled++, 1);
}

/* Takes the text. */
static inline void dribble(struct connection *c, char *text)
{
	c->dribble = text;
	c->dribble_n = strlen(text);
	uv_idle_start(&c->idle, dribble_one);
}

/* True when a whole request was taken out of the buffer. */
static inline bool take_request(struct connection *c)
{
	const char *end = c->in.data ? strstr(c->in.data, "\r\n\r\n") : NULL;
	const char *length = c->in.data ? strcasestr(c->in.data, "\r\nContent-Length:") : NULL;
	if (!end || !length) {
		return false;
	}
	size_t head_n = (size_t)(end + 4 - c->in.data), body_n = strtoul(length + 17, NULL, 10);
	if (c->in.len < head_n + body_n) {
		return false;
	}
	CLEANUP_FREE char *head = xstrndup(c->in.data, head_n);
	CLEANUP_FREE char *body = xstrndup(c->in.data + head_n, body_n);
	buf_consume(&c->in, head_n + body_n);
	json_t *call CLEANUP_JSON = json_of(body);
	struct request r = {.head = head, .body = body, .call = call, .type = js_str(call, "type")};
	c->master->requests++;
	c->master->subscribes += strcmp(r.type, "SUBSCRIBE") == 0;
	c->master->script(c->master->story, c, &r);
	return true;
}

static inline void alloc_bytes(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	(void)h;
	*buf = uv_buf_init(xmalloc(suggested), (unsigned)suggested);
}

static inline void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = stream->data;
	if (n > 0) {
		assert_int_equal(buf_append(&c->in, buf->base, (size_t)n), 0);
		while (!uv_is_closing((uv_handle_t *)&c->idle) && take_request(c)) {
		}
	}
	free(buf->base);
	if (n < 0) {
		hang_up(c);
	}
}

static inline void on_connection(uv_stream_t *listener, int status)
{
	assert_int_equal(status, 0);
	struct connection *c = xcalloc(1, sizeof(*c));
	c->master = listener->data;
	c->number = ++c->master->connections;
	list_push(&c->master->open, &c->link);
	buf_init(&c->in, 1 << 20);
	uv_tcp_init(listener->loop, &c->tcp);
	uv_idle_init(listener->loop, &c->idle);
	c->tcp.data = c->idle.data = c;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->tcp), 0);
	uv_tcp_nodelay(&c->tcp, 1);
	uv_read_start((uv_stream_t *)&c->tcp, alloc_bytes, on_bytes);
}

static inline void master_init(struct master *m, struct story *story, script how)
{
	*m = (struct master){.story = story, .script = how};
	list_init(&m->open);
	struct sockaddr_storage address;
	int n = sizeof(address);
	uv_ip4_addr("127.0.0.1", 0, (struct sockaddr_in *)&address);
	uv_tcp_init(&story->loop, &m->listener);
	m->listener.data = m;
	assert_int_equal(uv_tcp_bind(&m->listener, (struct sockaddr *)&address, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&m->listener, 16, on_connection), 0);
	uv_tcp_getsockname(&m->listener, (struct sockaddr *)&address, &n);
	m->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
}

/* The scheduler's side */

static inline void tell(struct story *story, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	assert_false(story->in_function);
	assert_int_equal(buf_printf(&story->lines, "%s\n", line), 0);
	if (story->on_line) {
		story->on_line(story, line);
	}
	if (story->until && strstr(buf_str(&story->lines), story->until)) {
		uv_stop(&story->loop);
	}
}

static inline void note_event(void *arg, struct mesos_event *event)
{
	static const char *const names[] = {"SUBSCRIBED",
					    "OFFERS",
					    "INVERSE_OFFERS",
					    "RESCIND",
					    "RESCIND_INVERSE_OFFER",
					    "UPDATE",
					    "UPDATE_OPERATION_STATUS",
					    "MESSAGE",
					    "FAILURE",
					    "ERROR",
					    "HEARTBEAT",
					    "UNKNOWN"};
	const char *detail = event->framework_id ? event->framework_id
			     : event->text	 ? event->text
			     : event->n_offers	 ? event->offers[0]->id
			     : event->status	 ? event->status->task_id
						 : "";
	tell(arg, "event %s %s", names[event->type], detail);
}

static inline void note_disconnected(void *arg, const struct err *why)
{
	struct story *story = arg;
	story->last = *why;
	tell(arg, "disconnected: %s", err_code_name(why->code));
}

static inline void note_trouble(void *arg, const struct err *what)
{
	struct story *story = arg;
	story->last = *what;
	tell(arg, "trouble: %s", err_code_name(what->code));
}

static inline void note_credentials(void *arg, const struct err *failure)
{
	struct story *story = arg;
	if (failure) {
		story->last = *failure;
	}
	tell(arg, "credentials: %s", failure ? err_code_name(failure->code) : "ok");
}

static inline void note_agents(void *arg, struct agent_list *list, const struct err *failure)
{
	struct story *story = arg;
	if (failure) {
		story->last = *failure;
	}
	tell(arg, "agents: %s %zu", failure ? err_code_name(failure->code) : "ok", failure ? 0 : list->n);
}

struct noted_call {
	struct story *story;
	char name[16];
};

static inline void note_done(void *arg, const struct err *failure)
{
	struct noted_call *call = arg;
	struct story *story = call->story;
	if (failure) {
		story->last = *failure;
	}
	CLEANUP_FREE struct noted_call *owned = call;
	tell(story, "call %s: %s", owned->name, failure ? err_code_name(failure->code) : "ok");
}

static inline void make_call(struct story *story, const char *name)
{
	struct noted_call *call = xcalloc(1, sizeof(*call));
	call->story = story;
	snprintf(call->name, sizeof(call->name), "%s", name);
	bool outer = story->in_function;
	story->in_function = true;
	mesos_scheduler_call(story->scheduler, mesos_call_kill("f-1", name, NULL, -1), note_done, call);
	story->in_function = outer;
}

static inline struct mesos_scheduler_config story_config(void)
{
	static const char *const roles[] = {"kubernetes"};
	return (struct mesos_scheduler_config){
	    .framework = {.name = "test", .user = "root", .roles = roles, .n_roles = 1, .failover_timeout_s = 60},
	    .connect_timeout_ms = 2000,
	    .backoff_min_ms = 1,
	    .backoff_max_ms = 20};
}

/* Both masters are in the list when `second` is given. */
static inline void story_begin(struct story *story, struct mesos_scheduler_config config, script first, script second)
{
	static const struct mesos_scheduler_handlers handlers = {note_event, note_disconnected, note_trouble,
								 note_credentials, note_agents};
	*story = (struct story){0};
	uv_loop_init(&story->loop);
	buf_init(&story->lines, 1 << 24);
	uv_timer_init(&story->loop, &story->deadline);
	master_init(&story->masters[0], story, first);
	master_init(&story->masters[1], story, second ? second : first);
	CLEANUP_FREE char *a = xasprintf("http://127.0.0.1:%d", story->masters[0].port);
	CLEANUP_FREE char *b = xasprintf("http://127.0.0.1:%d/", story->masters[1].port);
	const char *const urls[] = {a, b};
	config.masters = urls;
	config.n_masters = second ? 2 : 1;
	struct err e = {0};
	story->http = http_client_new(&story->loop, NULL, &e);
	assert_non_null(story->http);
	story->scheduler = mesos_scheduler_new(story->http, &config, &handlers, story, &e);
	if (!story->scheduler) {
		fail_msg("%s", e.text);
	}
}

static inline void start(struct story *story, const char *framework_id)
{
	bool outer = story->in_function;
	story->in_function = true;
	mesos_scheduler_start(story->scheduler, framework_id);
	story->in_function = outer;
}

static inline void too_late(uv_timer_t *timer)
{
	struct story *story = timer->data;
	fail_msg("\"%s\" never came; the story so far:\n%s", story->until, buf_str(&story->lines));
}

static inline void run_until(struct story *story, const char *text)
{
	if (strstr(buf_str(&story->lines), text)) {
		return;
	}
	story->until = text;
	story->deadline.data = story;
	uv_timer_start(&story->deadline, too_late, STORY_DEADLINE_MS, 0);
	uv_run(&story->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&story->deadline);
	story->until = NULL;
}

static inline void master_done(struct master *m)
{
	uv_close((uv_handle_t *)&m->listener, NULL);
	LIST_EACH (&m->open, link) {
		hang_up(LIST_ENTRY(link, struct connection, link));
	}
}

static inline void story_end(struct story *story)
{
	mesos_scheduler_free(story->scheduler);
	http_client_free(story->http);
	uv_close((uv_handle_t *)&story->deadline, NULL);
	master_done(&story->masters[0]);
	master_done(&story->masters[1]);
	assert_int_equal(uv_run(&story->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&story->loop), 0);
	buf_done(&story->lines);
}

static inline void assert_story(struct story *story, const char *lines)
{
	assert_string_equal(buf_str(&story->lines), lines);
}

#endif
