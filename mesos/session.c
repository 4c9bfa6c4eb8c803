#include "mesos/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/container_id.h"
#include "mesos/recordio.h"
#include "mesos/terminal.h"

#define END_OF_TRANSMISSION "\x04" /* what a terminal takes for the end of input */
#define API "/api/v1"

struct mesos_session {
	struct mesos_agent agent; /* texts are ours */
	char *url, *user, *password, *container_id;
	char *ca_pem, *cert_pem, *key_pem;
	char **command;
	size_t n_command;
	json_t *linux_info; /* NULL: none */
	bool attach, tty, wants_input, keeps_input;
	const struct mesos_session_handlers *handlers;
	void *arg;
	struct http_call *output, *input, *wait;
	struct recordio records;
	struct buf early; /* input before the container was there: whole records */
	bool running, input_ended, full;
	bool awaits_size;      /* before the launch */
	uv_timer_t *heartbeat; /* before that: what is awaited */
	struct err broken;     /* it could not begin, or a record is none */
};

/* ---- ends ---- */

/* A terminal takes a character for it, and stays open. */
static char *end_of_input(const struct mesos_session *s)
{
	return s->tty ? process_io_input(END_OF_TRANSMISSION, 1) : process_io_input("", 0);
}

static void put_record(struct mesos_session *s, char *record);

/* In order, where others may attach after us; what is still unsent is theirs no more than ours. */
static void stop_input(struct mesos_session *s)
{
	if (!s->attach || !s->input) {
		http_call_cancel(s->input);
		return;
	}
	if (!s->keeps_input && !s->input_ended) {
		put_record(s, end_of_input(s));
	}
	http_call_leave(s->input, MESOS_SESSION_LEAVE_TIMEOUT_MS);
}

static void stop_calls(struct mesos_session *s)
{
	http_call_cancel(s->output);
	stop_input(s);
	http_call_cancel(s->wait);
	s->output = s->input = s->wait = NULL;
	uv_timer_stop(s->heartbeat);
}

static void failed(struct mesos_session *s, const struct err *why)
{
	struct err copy = *why;
	stop_calls(s);
	s->handlers->on_failed(s->arg, &copy);
}

static void on_wait_done(void *arg, const struct http_result *r)
{
	struct mesos_session *s = arg;
	s->wait = NULL;
	stop_calls(s);
	CLEANUP_JSON json_t *answer =
	    r->err.code == ERR_NONE && r->head.status == 200 ? json_loadb(r->body, r->body_len, 0, NULL) : NULL;
	s->handlers->on_exit(s->arg, (int)js_int(js_obj(answer, "wait_nested_container"), "exit_status", -1));
}

static const struct http_handlers wait_handlers = {.on_done = on_wait_done};

static struct http_call *post_json(struct mesos_session *s, const char *path, json_t *call,
				   const struct http_header *headers, size_t n_headers,
				   const struct http_handlers *handlers, int64_t head_timeout_ms, struct err *e)
{
	char url[MESOS_AGENT_URL_MAX];
	struct http_spec spec = mesos_agent_spec(&s->agent, path, url);
	CLEANUP_FREE char *body = js_text(call);
	json_decref(call);
	spec.body = body;
	spec.body_len = strlen(body);
	spec.headers = headers;
	spec.n_headers = n_headers;
	spec.head_timeout_ms = head_timeout_ms;
	return http_call_start(s->agent.http, &spec, handlers, s, e);
}

/* Output has ended, so the process has, or will at once; what of it is known, the agent tells. */
static void wait_for_exit(struct mesos_session *s)
{
	static const struct http_header headers[] = {{"Content-Type", "application/json"},
						     {"Accept", "application/json"}};
	struct err e = {0};
	json_t *call = json_pack("{s:s,s:{s:o}}", "type", "WAIT_NESTED_CONTAINER", "wait_nested_container",
				 "container_id", container_id_json(s->container_id));
	s->wait = post_json(s, API, call, headers, 2, &wait_handlers, MESOS_SESSION_HEAD_TIMEOUT_MS, &e);
	if (!s->wait) {
		failed(s, &e);
	}
}

/* ---- input ---- */

static void weigh_input(struct mesos_session *s)
{
	size_t unsent = s->input ? http_call_unsent(s->input) : s->early.len;
	bool full = s->full ? unsent > MESOS_SESSION_INPUT_LOW : unsent > MESOS_SESSION_INPUT_HIGH;
	if (full != s->full) {
		s->full = full;
		s->handlers->on_input_full(s->arg, full);
	}
}

static void on_input_sent(void *arg)
{
	weigh_input(arg);
}

/* An agent that is done with the container refuses further input; whether that is trouble, the output tells. But one
 * that never took any, say because others give some, says so here only. */
static void on_input_done(void *arg, const struct http_result *r)
{
	struct mesos_session *s = arg;
	s->input = NULL;
	s->input_ended = true;
	uv_timer_stop(s->heartbeat);
	if (s->attach && r->err.code == ERR_NONE && r->head.status / 100 == 4) {
		struct err why = {0};
		mesos_agent_error(r, "give input to the container", &why);
		failed(s, &why);
		return;
	}
	weigh_input(s);
}

/* An answer that comes before the end of our input wants no more of it. */
static void on_input_head(void *arg, const struct http_head *head)
{
	struct mesos_session *s = arg;
	(void)head;
	http_call_send_end(s->input);
}

static const struct http_handlers input_handlers = {
    .on_sent = on_input_sent, .on_head = on_input_head, .on_done = on_input_done};

static void put_record(struct mesos_session *s, char *record)
{
	CLEANUP_BUF struct buf b = BUF_INIT(PROCESS_IO_RECORD_MAX);
	recordio_encode(&b, record, strlen(record));
	free(record);
	if (s->input) {
		http_call_send(s->input, b.data, b.len);
	} else {
		buf_append(&s->early, b.data, b.len);
	}
}

static void on_heartbeat(uv_timer_t *timer)
{
	struct mesos_session *s = timer->data;
	if (s->input && !http_call_unsent(s->input)) {
		put_record(s, process_io_heartbeat(MESOS_SESSION_HEARTBEAT_MS));
	}
}

static void start_input(struct mesos_session *s)
{
	static const struct http_header headers[] = {{"Content-Type", "application/recordio"},
						     {"Message-Content-Type", "application/json"},
						     {"Accept", "application/json"}};
	char url[MESOS_AGENT_URL_MAX];
	struct err e = {0};
	struct http_spec spec = mesos_agent_spec(&s->agent, API, url);
	spec.upload = true;
	spec.headers = headers;
	spec.n_headers = 3;
	s->input = http_call_start(s->agent.http, &spec, &input_handlers, s, &e);
	if (!s->input) {
		failed(s, &e);
		return;
	}
	put_record(s, process_io_attach(s->container_id));
	http_call_send(s->input, s->early.data, s->early.len);
	buf_clear(&s->early);
	uv_timer_start(s->heartbeat, on_heartbeat, MESOS_SESSION_HEARTBEAT_MS, MESOS_SESSION_HEARTBEAT_MS);
	if (s->input_ended) {
		http_call_send_end(s->input);
	}
}

void mesos_session_input(struct mesos_session *s, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n && !s->input_ended) {
		size_t part = n < PROCESS_IO_INPUT_MAX ? n : PROCESS_IO_INPUT_MAX;
		put_record(s, process_io_input(p, part));
		p += part;
		n -= part;
	}
	weigh_input(s);
}

void mesos_session_input_end(struct mesos_session *s)
{
	if (s->input_ended) {
		return;
	}
	if (!s->keeps_input) {
		put_record(s, end_of_input(s));
	}
	s->input_ended = true;
	if (s->input && !s->tty) {
		http_call_send_end(s->input); /* a terminal may still be resized */
	}
}

void mesos_session_hold(struct mesos_session *s, bool hold)
{
	if (s->output) {
		http_call_hold(s->output, hold);
	}
}

/* ---- output ---- */

static bool on_record(void *arg, const char *record, size_t n)
{
	struct mesos_session *s = arg;
	struct process_io io;
	if (process_io_decode(record, n, &io, &s->broken) < 0) {
		return false;
	}
	if (io.type != PROCESS_IO_OTHER && io.n) {
		s->handlers->on_output(s->arg, io.type, io.bytes, io.n);
	}
	process_io_done(&io);
	return true;
}

static void on_output_head(void *arg, const struct http_head *head)
{
	struct mesos_session *s = arg;
	if (head->status == 200) {
		s->running = true;
		if (s->wants_input) {
			start_input(s);
		}
	}
}

static void on_output_data(void *arg, const char *bytes, size_t n)
{
	struct mesos_session *s = arg;
	if (recordio_feed(&s->records, bytes, n, on_record, s, &s->broken) < 0 || s->broken.code != ERR_NONE) {
		failed(s, &s->broken);
	}
}

static void on_output_done(void *arg, const struct http_result *r)
{
	struct mesos_session *s = arg;
	struct err why = {0};
	s->output = NULL;
	if (r->err.code == ERR_NONE && r->head.status == 200) {
		wait_for_exit(s);
		return;
	}
	mesos_agent_error(r, s->attach ? "attach to the container" : "run the command", &why);
	failed(s, &why);
}

static const struct http_handlers output_handlers = {
    .on_head = on_output_head, .on_data = on_output_data, .on_done = on_output_done};

/* ---- launch ---- */

static json_t *launch_call(const struct mesos_session *s, const char *const *command, size_t n)
{
	json_t *words = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(words, json_string(command[i]));
	}
	json_t *launch = json_pack("{s:o,s:{s:b,s:s,s:o}}", "container_id", container_id_json(s->container_id),
				   "command", "shell", 0, "value", command[0], "arguments", words);
	if (s->tty || s->linux_info) {
		json_t *container = json_pack("{s:s}", "type", "MESOS");
		if (s->tty) {
			json_object_set_new(container, "tty_info", json_object());
		}
		if (s->linux_info) {
			json_object_set(container, "linux_info", s->linux_info);
		}
		json_object_set_new(launch, "container", container);
	}
	return json_pack("{s:s,s:o}", "type", "LAUNCH_NESTED_CONTAINER_SESSION", "launch_nested_container_session",
			 launch);
}

static json_t *attach_call(const struct mesos_session *s)
{
	return json_pack("{s:s,s:{s:o}}", "type", "ATTACH_CONTAINER_OUTPUT", "attach_container_output", "container_id",
			 container_id_json(s->container_id));
}

static void on_not_begun(uv_timer_t *timer)
{
	struct mesos_session *s = timer->data;
	failed(s, &s->broken);
}

static void begin(struct mesos_session *s, json_t *call)
{
	static const struct http_header headers[] = {{"Content-Type", "application/json"},
						     {"Accept", "application/recordio"},
						     {"Message-Accept", "application/json"}};
	s->output = post_json(s, API, call, headers, 3, &output_handlers, MESOS_SESSION_HEAD_TIMEOUT_MS, &s->broken);
	if (!s->output) {
		uv_timer_start(s->heartbeat, on_not_begun, 0, 0);
	}
}

static void launch(struct mesos_session *s, uint16_t columns, uint16_t rows)
{
	size_t n;
	char **words = terminal_command((const char *const *)s->command, s->n_command, columns, rows, &n);
	s->awaits_size = false;
	uv_timer_stop(s->heartbeat);
	begin(s, launch_call(s, (const char *const *)words, n));
	texts_free(words, n);
}

static void on_no_size(uv_timer_t *timer)
{
	launch(timer->data, 0, 0);
}

void mesos_session_resize(struct mesos_session *s, uint16_t columns, uint16_t rows)
{
	if (s->tty && (s->input || !s->running)) {
		put_record(s, process_io_resize(columns, rows));
	}
	if (s->awaits_size) {
		launch(s, columns, rows);
	}
}

/* ---- life ---- */

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void copy_agent(struct mesos_session *s, const struct mesos_agent *agent)
{
	s->agent = *agent;
	s->agent.url = s->url = xstrdup(agent->url);
	s->agent.user = s->user = xstrdup(agent->user);
	s->agent.password = s->password = xstrdup(agent->password);
	s->agent.tls.ca_pem = s->ca_pem = xstrdup(agent->tls.ca_pem);
	s->agent.tls.cert_pem = s->cert_pem = xstrdup(agent->tls.cert_pem);
	s->agent.tls.key_pem = s->key_pem = xstrdup(agent->tls.key_pem);
}

static char **copy_words(const char *const *words, size_t n)
{
	char **copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = xstrdup(words[i]);
	}
	return copy;
}

struct mesos_session *mesos_session_start(const struct mesos_agent *agent, const struct mesos_session_spec *spec,
					  const struct mesos_session_handlers *handlers, void *arg)
{
	struct mesos_session *s = xcalloc(1, sizeof(*s));
	copy_agent(s, agent);
	s->container_id = xstrdup(spec->container_id);
	s->attach = !spec->command;
	s->command = copy_words(spec->command, spec->n_command);
	s->n_command = spec->n_command;
	s->linux_info = spec->linux_info ? json_deep_copy(spec->linux_info) : NULL;
	s->tty = spec->tty;
	s->wants_input = spec->input || (spec->tty && !s->attach); /* to resize only, none is kept from others */
	s->keeps_input = spec->keeps_input;
	s->handlers = handlers;
	s->arg = arg;
	recordio_init(&s->records, PROCESS_IO_RECORD_MAX);
	buf_init(&s->early, HTTP_UPLOAD_MAX - PROCESS_IO_RECORD_MAX / 4);
	s->heartbeat = xcalloc(1, sizeof(*s->heartbeat));
	uv_timer_init(http_client_loop(agent->http), s->heartbeat);
	s->heartbeat->data = s;
	if (s->attach) {
		begin(s, attach_call(s));
	} else if (s->tty) {
		s->awaits_size = true;
		uv_timer_start(s->heartbeat, on_no_size, MESOS_SESSION_SIZE_WAIT_MS, 0);
	} else {
		launch(s, 0, 0);
	}
	return s;
}

void mesos_session_free(struct mesos_session *s)
{
	if (!s) {
		return;
	}
	stop_calls(s);
	uv_close((uv_handle_t *)s->heartbeat, timer_closed);
	recordio_done(&s->records);
	buf_done(&s->early);
	free(s->url);
	free(s->user);
	free(s->ca_pem);
	free(s->cert_pem);
	mem_free_secret(s->password);
	mem_free_secret(s->key_pem);
	free(s->container_id);
	texts_free(s->command, s->n_command);
	json_decref(s->linux_info);
	free(s);
}

int mesos_session_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
