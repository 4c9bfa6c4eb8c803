/* ATTACH_CONTAINER_INPUT: a body of RecordIO records that goes on for as long as the client likes. The first names the
 * container, the others are input and sizes of its terminal. What the process does not read now is not taken from the
 * client either, but for one record. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/calls.h"
#include "tests/sandbox/mesos/nested.h"

#define LENGTH_MAX 20 /* digits of a record's length */

struct input {
	struct mesos_agent *agent;
	struct sandbox_upload *upload;
	struct switchboard *board; /* NULL: not known yet, or no longer */
	struct buf length, record;
	size_t expected; /* bytes of the record under way; 0: its length is being read */
	char *pending;	 /* bytes that the process has not taken yet; NULL: none */
	size_t pending_len, pending_at;
	bool whole; /* the client has said all */
};

/* Who writes no longer; the container may end with that. */
static void disconnect(struct input *in)
{
	struct switchboard *b = in->board;
	in->board = NULL;
	if (b) {
		b->input = NULL;
		container_input_over(b->container);
	}
}

static void input_free(struct input *in)
{
	in->upload->model = NULL;
	sandbox_upload_unref(in->upload);
	buf_done(&in->length);
	buf_done(&in->record);
	free(in->pending);
	free(in);
}

/* The end of `in`. */
static void answer(struct input *in, int status, const char *text)
{
	struct sandbox_upload *u = in->upload;
	if (status == 200) {
		u->answer.status = 200;
	} else {
		api_text(&u->answer, status, text);
	}
	sandbox_upload_ref(u);
	disconnect(in);
	input_free(in);
	sandbox_upload_answer(u);
	sandbox_upload_unref(u);
}

void input_end(struct input *in, bool well)
{
	in->board->input = NULL;
	in->board = NULL;
	answer(in, well ? 200 : 500, "Disconnected");
}

/* Records: 0, or -1 and the input is over */

static int refuse(struct input *in, int status, const char *text)
{
	if (in->board) {
		in->board->input_taken = false;
	}
	answer(in, status, text);
	return -1;
}

static int missing(struct input *in, const char *field)
{
	CLEANUP_FREE char *text = xasprintf("Expecting '%s' to be present", field);
	return refuse(in, 400, text);
}

static int flush(struct input *in)
{
	const struct task_runner *runner = &in->agent->c->config.runner;
	while (in->pending) {
		ssize_t n = runner->write(runner->ctx, in->board->container->id, in->pending + in->pending_at,
					  in->pending_len - in->pending_at);
		if (n < 0) {
			return refuse(in, 500, "Failed writing to stdin: Broken pipe");
		}
		if (n == 0) {
			return 0;
		}
		in->pending_at += (size_t)n;
		if (in->pending_at == in->pending_len) {
			free(in->pending);
			in->pending = NULL;
		}
	}
	return 0;
}

static int take_data(struct input *in, const json_t *data)
{
	const struct task_runner *runner = &in->agent->c->config.runner;
	const char *type = js_str(data, "type"), *text = js_str(data, "data");
	char bad;
	if (!type || strcmp(type, "STDIN") != 0) {
		return type ? refuse(in, 400, "Expecting 'process_io.data.type' to be 'STDIN'")
			    : missing(in, "process_io.data.type");
	}
	if (!text) {
		return missing(in, "process_io.data.data");
	}
	if (text[0] == 0) {
		if (!in->board->tty) {
			runner->end_input(runner->ctx, in->board->container->id);
		}
		return 0;
	}
	in->pending = ids_base64_decode(text, &in->pending_len, &bad);
	in->pending_at = 0;
	return flush(in);
}

static int take_control(struct input *in, const json_t *control)
{
	const struct task_runner *runner = &in->agent->c->config.runner;
	const char *type = js_str(control, "type");
	if (!type) {
		return missing(in, "process_io.control.type");
	}
	if (strcmp(type, "HEARTBEAT") == 0) {
		return js_obj(control, "heartbeat") ? 0 : missing(in, "process_io.control.heartbeat");
	}
	const json_t *size = js_at(control, "tty_info", "window_size", NULL);
	if (!size) {
		return missing(in,
			       js_obj(control, "tty_info") ? "tty_info.window_size" : "process_io.control.tty_info");
	}
	if (!in->board->tty) {
		return refuse(in, 400, "Unable to set the window size: Inappropriate ioctl for device");
	}
	runner->resize(runner->ctx, in->board->container->id, (unsigned)js_int(size, "rows", 0),
		       (unsigned)js_int(size, "columns", 0));
	return 0;
}

static int take_io(struct input *in, const json_t *io)
{
	const char *type = js_str(io, "type");
	if (!type) {
		return missing(in, io ? "process_io.type" : "attach_container_input.process_io");
	}
	bool data = strcmp(type, "DATA") == 0;
	const json_t *what = js_obj(io, data ? "data" : "control");
	if (!what) {
		return missing(in, data ? "process_io.data" : "process_io.control");
	}
	return data ? take_data(in, what) : take_control(in, what);
}

static int connect_to(struct input *in, const json_t *container_id)
{
	CLEANUP_FREE char *path = place_path(container_id);
	struct place p = place_find(in->agent, path);
	struct container *k = place_container(&p);
	if (!p.executor && !k) {
		CLEANUP_FREE char *text = xasprintf("Unknown container %s", path);
		return refuse(in, 500, text);
	}
	if (!k || !k->io) {
		return refuse(in, 500, "I/O switchboard server was disabled for this container");
	}
	if (k->io->input_taken) {
		return refuse(in, 409, "Multiple input connections are not allowed");
	}
	in->board = k->io;
	in->board->input = in;
	in->board->input_taken = true;
	return 0;
}

static int take_call(struct input *in, const json_t *call)
{
	const char *type = js_str(call, "type");
	const json_t *attach = js_obj(call, "attach_container_input");
	if (!type || !attach) {
		CLEANUP_FREE char *text = xasprintf("Failed to validate agent::Call: Expecting '%s' to be present",
						    type ? "attach_container_input" : "type");
		return refuse(in, 400, text);
	}
	if (strcmp(type, "ATTACH_CONTAINER_INPUT") != 0) {
		CLEANUP_FREE char *text =
		    xasprintf("Streaming 'Content-Type' application/recordio is not supported for %s call", type);
		return refuse(in, 415, text);
	}
	const char *what = js_str(attach, "type");
	bool names = what && strcmp(what, "CONTAINER_ID") == 0;
	if (in->board) {
		return names ? refuse(in, 400,
				      "Expecting 'attach_container_input.type' to be 'PROCESS_IO' instead of: "
				      "'CONTAINER_ID'")
			     : take_io(in, js_obj(attach, "process_io"));
	}
	const json_t *id = js_obj(attach, "container_id");
	return names && id ? connect_to(in, id)
			   : refuse(in, 400, "Expecting 'attach_container_input.type' to be CONTAINER_ID");
}

static int take_record(struct input *in)
{
	struct err e = {0};
	CLEANUP_JSON json_t *body = proto_parse(buf_str(&in->record), in->record.len, &e);
	CLEANUP_JSON json_t *call = body ? proto_convert(&mesos_agent_call, body, "Call", &e) : NULL;
	in->expected = 0;
	buf_clear(&in->length);
	buf_clear(&in->record);
	return call ? take_call(in, call) : refuse(in, 400, e.text);
}

static int take_length(struct input *in, char c)
{
	if (c != '\n') {
		return isdigit((unsigned char)c) && buf_putc(&in->length, c) == 0
			   ? 0
			   : refuse(in, 400, "Failed to decode the length of a record");
	}
	in->expected = strtoull(buf_str(&in->length), NULL, 10);
	return in->expected > 0 && in->expected <= INPUT_RECORD_MAX
		   ? 0
		   : refuse(in, 400, "A record is empty or longer than the sandbox takes");
}

static size_t on_data(struct sandbox_upload *u, int64_t now_ms, const char *bytes, size_t n)
{
	struct input *in = u->model;
	struct mesos_cluster *c = in->agent->c;
	size_t at = 0;
	int over = 0;
	cluster_enter(c, now_ms);
	while (over == 0 && at < n && !in->pending) {
		if (in->expected == 0) {
			over = take_length(in, bytes[at++]);
			continue;
		}
		size_t want = in->expected - in->record.len, have = n - at < want ? n - at : want;
		if (buf_append(&in->record, bytes + at, have) < 0) {
			over = refuse(in, 500, "Out of memory");
			break;
		}
		at += have;
		over = in->record.len == in->expected ? take_record(in) : 0;
	}
	cluster_leave(c);
	return at;
}

static void end_well(struct input *in)
{
	if (!in->board) {
		(void)refuse(in, 400, "Received EOF while reading request body");
		return;
	}
	in->board->input_taken = false;
	answer(in, 200, NULL);
}

static void on_over(struct sandbox_upload *u, int64_t now_ms, bool whole)
{
	struct input *in = u->model;
	struct mesos_cluster *c = in->agent->c;
	cluster_enter(c, now_ms);
	in->whole = whole;
	if (!whole) {
		disconnect(in);
		input_free(in);
	} else if (!in->pending) {
		end_well(in);
	}
	cluster_leave(c);
}

void input_writable(struct input *in)
{
	if (!in->pending || flush(in) < 0 || in->pending) {
		return;
	}
	if (in->whole) {
		end_well(in);
	} else {
		sandbox_upload_wake(in->upload);
	}
}

void input_begin(struct mesos_agent *a, const struct sandbox_request *head, struct sandbox_response *res)
{
	const char *type = sandbox_request_header(head, "Message-Content-Type");
	if (!type) {
		api_text(res, 400, "Expecting 'Message-Content-Type' to be set for streaming requests");
		return;
	}
	if (strcmp(type, "application/json") != 0) {
		api_text(res, 415, "Expecting 'Message-Content-Type' of application/json or application/x-protobuf");
		return;
	}
	struct input *in = xcalloc(1, sizeof(*in));
	*in = (struct input){.agent = a,
			     .upload = sandbox_upload_new(),
			     .length = BUF_INIT(LENGTH_MAX),
			     .record = BUF_INIT(INPUT_RECORD_MAX)};
	in->upload->model = in;
	in->upload->data = on_data;
	in->upload->over = on_over;
	res->upload = sandbox_upload_ref(in->upload);
}
