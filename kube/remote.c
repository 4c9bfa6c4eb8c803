#include "kube/remote.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/text.h"

struct remote {
	struct remote_wish wish;
	const struct remote_carrier *carrier;
	void *carrier_arg;
	const struct remote_process *process;
	void *process_arg;
	bool open[REMOTE_CHANNELS];
	bool started, input_ended, output_held, over;
	struct buf size; /* a terminal size that is not complete */
};

int remote_version(const char *protocol)
{
	static const char *const names[] = {"channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io",
					    "v4.channel.k8s.io", "v5.channel.k8s.io"};
	for (int i = 0; i < 5; i++) {
		if (strcmp(protocol, names[i]) == 0) {
			return i + 1;
		}
	}
	return 0;
}

struct remote *remote_new(const struct remote_wish *wish, const struct remote_carrier *carrier, void *carrier_arg,
			  const struct remote_process *process, void *process_arg)
{
	struct remote *r = xcalloc(1, sizeof(*r));
	r->wish = *wish;
	r->carrier = carrier;
	r->carrier_arg = carrier_arg;
	r->process = process;
	r->process_arg = process_arg;
	buf_init(&r->size, REMOTE_RESIZE_MAX);
	return r;
}

void remote_free(struct remote *r)
{
	if (!r) {
		return;
	}
	remote_gone(r);
	buf_done(&r->size);
	free(r);
}

bool remote_started(const struct remote *r)
{
	return r->started;
}

/* ---- the client ---- */

bool remote_expects(const struct remote *r, enum remote_channel channel)
{
	switch (channel) {
	case REMOTE_STDIN:
		return r->wish.input;
	case REMOTE_STDOUT:
		return r->wish.output;
	case REMOTE_STDERR:
		return r->wish.error && !r->wish.tty;
	case REMOTE_ERROR:
		return true;
	case REMOTE_RESIZE:
		return r->wish.tty && r->wish.version >= 3;
	case REMOTE_CHANNELS:
		break;
	}
	return false;
}

static bool all_open(const struct remote *r)
{
	for (int c = 0; c < REMOTE_CHANNELS; c++) {
		if (remote_expects(r, (enum remote_channel)c) && !r->open[c]) {
			return false;
		}
	}
	return true;
}

void remote_open(struct remote *r, enum remote_channel channel)
{
	r->open[channel] = true;
	if (!r->started && !r->over && all_open(r)) {
		r->started = true;
		r->process->start(r->process_arg);
	}
}

/* Go's clients write "Width", the one for JavaScript "width", and a kubelet takes either. */
static int64_t side_of(const json_t *size, const char *name, const char *lower_case)
{
	return js_int(size, name, js_int(size, lower_case, -1));
}

static void take_size(struct remote *r, const json_t *size)
{
	int64_t columns = side_of(size, "Width", "width"), rows = side_of(size, "Height", "height");
	if (columns >= 0 && columns <= UINT16_MAX && rows >= 0 && rows <= UINT16_MAX) {
		r->process->resize(r->process_arg, (uint16_t)columns, (uint16_t)rows);
	}
}

/* Objects one after the other, split anywhere. What is none, or too long to be one, is dropped: a terminal of the wrong
 * size is no reason to end a session. */
static void take_sizes(struct remote *r, const char *bytes, size_t n)
{
	if (buf_append(&r->size, bytes, n) < 0) {
		buf_clear(&r->size);
		return;
	}
	for (char *end; (end = memchr(r->size.data, '}', r->size.len)) != NULL;) {
		size_t len = (size_t)(end + 1 - r->size.data);
		CLEANUP_JSON json_t *size = json_loadb(r->size.data, len, 0, NULL);
		take_size(r, size);
		buf_consume(&r->size, len);
	}
}

void remote_data(struct remote *r, enum remote_channel channel, const char *bytes, size_t n)
{
	if (r->over || !r->started || !remote_expects(r, channel) || !n) {
		return;
	}
	if (channel == REMOTE_RESIZE) {
		take_sizes(r, bytes, n);
	} else if (channel == REMOTE_STDIN && !r->input_ended) {
		r->process->input(r->process_arg, bytes, n);
	}
}

void remote_end(struct remote *r, enum remote_channel channel)
{
	if (channel == REMOTE_STDIN && r->wish.input && r->started && !r->input_ended && !r->over) {
		r->input_ended = true;
		r->process->input_end(r->process_arg);
	}
}

static void weigh_output(struct remote *r)
{
	size_t pending = r->carrier->pending(r->carrier_arg);
	if (r->over) {
		return;
	}
	if (!r->output_held && pending > REMOTE_PENDING_HIGH) {
		r->output_held = true;
		r->process->hold_output(r->process_arg, true);
	} else if (r->output_held && pending <= REMOTE_PENDING_LOW) {
		r->output_held = false;
		r->process->hold_output(r->process_arg, false);
	}
}

void remote_drained(struct remote *r)
{
	weigh_output(r);
}

void remote_gone(struct remote *r)
{
	bool cancel = r->started && !r->over;
	r->over = true;
	if (cancel) {
		r->process->cancel(r->process_arg);
	}
}

/* ---- the process ---- */

void remote_output(struct remote *r, enum remote_channel channel, const void *bytes, size_t n)
{
	if (r->over || !remote_expects(r, channel) || !n) {
		return;
	}
	r->carrier->send(r->carrier_arg, channel, bytes, n);
	weigh_output(r);
}

void remote_input_full(struct remote *r, bool full)
{
	if (!r->over) {
		r->carrier->hold_input(r->carrier_arg, full);
	}
}

/* Up to v3 the channel carries text, and any text means failure. */
static void say(struct remote *r, json_t *status, const char *text)
{
	if (r->wish.version >= 4) {
		CLEANUP_FREE char *body = js_text(status);
		r->carrier->send(r->carrier_arg, REMOTE_ERROR, body, strlen(body));
	} else if (text) {
		r->carrier->send(r->carrier_arg, REMOTE_ERROR, text, strlen(text));
	}
	r->over = true;
	r->carrier->finish(r->carrier_arg);
}

void remote_exited(struct remote *r, int code)
{
	char digits[16];
	if (r->over) {
		return;
	}
	if (code == 0) {
		CLEANUP_JSON json_t *well = json_pack("{s:s}", "status", "Success");
		say(r, well, NULL);
		return;
	}
	snprintf(digits, sizeof(digits), "%d", code & 0xff);
	CLEANUP_FREE char *text = xasprintf("command terminated with non-zero exit code: exit status %s", digits);
	CLEANUP_JSON json_t *status =
	    json_pack("{s:s,s:s,s:s,s:{s:[{s:s,s:s}]}}", "status", "Failure", "message", text, "reason",
		      "NonZeroExitCode", "details", "causes", "reason", "ExitCode", "message", digits);
	say(r, status, text);
}

void remote_failed(struct remote *r, const char *sentence)
{
	if (r->over) {
		return;
	}
	CLEANUP_FREE char *text = xasprintf("Internal error occurred: %s", sentence);
	CLEANUP_JSON json_t *status =
	    json_pack("{s:s,s:o,s:s,s:i}", "status", "Failure", "message", kube_text(text, REMOTE_SENTENCE_MAX),
		      "reason", "InternalError", "code", 500);
	say(r, status, text);
}
