/* Event streams of schedulers: RecordIO records of JSON, one buffer per subscriber. */
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

static int append(const char *text, size_t n, void *to)
{
	return buf_append(to, text, n);
}

/* 15 digits are enough for thousandths and milliseconds, and print 0.1 as 0.1. */
static int dump(const json_t *v, struct buf *to)
{
	return json_dump_callback(v, append, to, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

void stream_record(struct sandbox_stream *s, json_t *event)
{
	CLEANUP_BUF struct buf text = BUF_INIT(MESOS_STREAM_PENDING_MAX);
	if (dump(event, &text) || buf_printf(&s->out, "%zu\n", text.len) || buf_append(&s->out, text.data, text.len)) {
		s->cut = true;
	}
	json_decref(event);
	sandbox_stream_wake(s);
}

void framework_send(struct framework *f, json_t *event)
{
	if (!f->connected || !f->stream) {
		json_decref(event);
		return;
	}
	stream_record(f->stream, event);
	if (f->stream->cut) {
		framework_disconnect(f, true);
	}
}

void framework_send_error(struct sandbox_stream *s, const char *message)
{
	stream_record(s, json_pack("{s:s,s:{s:s}}", "type", "ERROR", "error", "message", message));
}

static void peer_gone(struct sandbox_stream *s)
{
	struct framework *f = s->model;
	s->closed = NULL;
	if (f && f->stream == s) {
		framework_disconnect(f, false);
	}
}

struct sandbox_stream *stream_open(struct framework *f)
{
	struct sandbox_stream *s = sandbox_stream_new(MESOS_STREAM_PENDING_MAX);
	s->model = f;
	s->closed = f ? peer_gone : NULL;
	return s;
}

void stream_end(struct framework *f, bool cut)
{
	struct sandbox_stream *s = f->stream;
	if (!s) {
		return;
	}
	f->stream = NULL;
	s->model = NULL;
	s->closed = NULL;
	s->cut = s->cut || cut;
	s->ended = true;
	sandbox_stream_wake(s);
	sandbox_stream_unref(s);
}
