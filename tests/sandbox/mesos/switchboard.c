/* The output of a container for whoever is attached, as RecordIO records of ProcessIO. A reader too far behind makes
 * the process wait, so that nothing is kept here. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

/* One reader. */
struct output {
	struct list link;
	struct switchboard *board;
	struct sandbox_stream *stream;
	struct timer heartbeat;
	bool owner;
};

struct switchboard *switchboard_new(struct container *k, bool tty)
{
	struct switchboard *b = xcalloc(1, sizeof(*b));
	b->container = k;
	b->tty = tty;
	list_init(&b->outputs);
	return b;
}

static void output_free(struct output *o, bool cut)
{
	timer_stop(&o->board->container->agent->c->timers, &o->heartbeat);
	list_remove(&o->link);
	o->stream->model = NULL;
	o->stream->closed = o->stream->taken = NULL;
	o->stream->cut = cut;
	o->stream->ended = true;
	sandbox_stream_wake(o->stream);
	sandbox_stream_unref(o->stream);
	free(o);
}

static void finish(struct switchboard *b, bool cut)
{
	if (b->input) {
		input_end(b->input, !cut && !b->tty && !b->hurried);
	}
	LIST_EACH (&b->outputs, l) {
		output_free(LIST_ENTRY(l, struct output, link), cut);
	}
}

void switchboard_end(struct switchboard *b)
{
	finish(b, false);
}

void switchboard_free(struct switchboard *b)
{
	if (b) {
		finish(b, true);
		free(b);
	}
}

/* Goes on reading or stops. */
static void adjust(struct switchboard *b)
{
	const struct task_runner *runner = &b->container->agent->c->config.runner;
	bool behind = false;
	LIST_EACH (&b->outputs, l) {
		behind = behind || LIST_ENTRY(l, struct output, link)->stream->out.len > SWITCHBOARD_PENDING_MAX;
	}
	behind = behind && !b->hurried;
	if (behind != b->paused) {
		b->paused = behind;
		runner->pause(runner->ctx, b->container->id, behind);
	}
}

void switchboard_hurry(struct switchboard *b)
{
	b->hurried = true;
	adjust(b);
}

static void on_taken(struct sandbox_stream *s)
{
	const struct output *o = s->model;
	adjust(o->board);
}

/* The reader left. */
static void on_closed(struct sandbox_stream *s)
{
	struct output *o = s->model;
	struct switchboard *b = o->board;
	struct mesos_cluster *c = b->container->agent->c;
	bool owner = o->owner;
	cluster_enter(c, c->now);
	output_free(o, false);
	adjust(b);
	if (owner) {
		container_signal(b->container, SIGKILL);
	}
	cluster_leave(c);
}

static void beat(struct timer *t, int64_t now)
{
	struct output *o = (struct output *)(void *)((char *)t - offsetof(struct output, heartbeat));
	struct mesos_cluster *c = o->board->container->agent->c;
	timer_set(&c->timers, t, now + SWITCHBOARD_HEARTBEAT_MS, beat);
	stream_record(o->stream, json_pack("{s:s,s:{s:s,s:{s:o}}}", "type", "CONTROL", "control", "type", "HEARTBEAT",
					   "heartbeat", "interval", cluster_nanoseconds(SWITCHBOARD_HEARTBEAT_MS)));
}

void switchboard_attach(struct switchboard *b, bool owner, const struct sandbox_request *req,
			struct sandbox_response *res)
{
	const char *accept = sandbox_request_header(req, "Accept");
	struct mesos_cluster *c = b->container->agent->c;
	struct output *o = xcalloc(1, sizeof(*o));
	*o = (struct output){.board = b, .stream = sandbox_stream_new(MESOS_STREAM_PENDING_MAX), .owner = owner};
	o->stream->model = o;
	o->stream->closed = on_closed;
	o->stream->taken = on_taken;
	list_push(&b->outputs, &o->link);
	timer_set(&c->timers, &o->heartbeat, c->now + SWITCHBOARD_HEARTBEAT_MS, beat);
	res->status = 200;
	res->stream = sandbox_stream_ref(o->stream);
	if (accept && strstr(accept, "application/recordio")) {
		sandbox_response_header(res, "Content-Type", "application/recordio");
		sandbox_response_header(res, "Message-Content-Type", "application/json");
	} else {
		sandbox_response_header(res, "Content-Type", "application/json");
	}
}

void switchboard_data(struct switchboard *b, enum task_output source, const char *bytes, size_t n)
{
	CLEANUP_FREE char *text = ids_base64_encode(bytes, n);
	LIST_EACH (&b->outputs, l) {
		stream_record(LIST_ENTRY(l, struct output, link)->stream,
			      json_pack("{s:s,s:{s:s,s:s}}", "type", "DATA", "data", "type",
					source == TASK_STDOUT ? "STDOUT" : "STDERR", "data", text));
	}
	adjust(b);
}

void switchboard_call_output(struct mesos_agent *a, const json_t *call, const struct sandbox_request *req,
			     struct sandbox_response *res)
{
	CLEANUP_FREE char *path = place_path(js_at(call, "attach_container_output", "container_id", NULL));
	struct place p = place_find(a, path);
	struct container *k = place_container(&p);
	if (!p.executor && !k) {
		CLEANUP_FREE char *text = xasprintf("Container %s cannot be found", path);
		api_text(res, 404, text);
	} else if (!k || !k->io) {
		api_text(res, 500, "I/O switchboard server was disabled for this container");
	} else {
		switchboard_attach(k->io, false, req, res);
	}
}
