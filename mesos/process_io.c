#include "mesos/process_io.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "mesos/container_id.h"
#include "mesos/wire.h"

static enum process_io_type type_of(const char *name)
{
	if (name && strcmp(name, "STDOUT") == 0) {
		return PROCESS_IO_STDOUT;
	}
	return name && strcmp(name, "STDERR") == 0 ? PROCESS_IO_STDERR : PROCESS_IO_OTHER;
}

int process_io_decode(const char *record, size_t n, struct process_io *ret, struct err *e)
{
	CLEANUP_JSON json_t *message = wire_parse(record, n, e);
	if (!message) {
		return err_wrap(e, "process I/O of a container");
	}
	const char *type = js_str(message, "type");
	if (!type) {
		return err_set(e, ERR_PROTOCOL, "process I/O of a container: a message without a type");
	}
	const json_t *data = js_obj(message, "data");
	struct process_io io = {.type = strcmp(type, "DATA") == 0 ? type_of(js_str(data, "type")) : PROCESS_IO_OTHER};
	if (io.type != PROCESS_IO_OTHER) {
		const char *text = js_str(data, "data");
		io.bytes = base64_decode(text ? text : "", text ? strlen(text) : 0, &io.n, e);
		if (!io.bytes) {
			return err_wrap(e, "process I/O of a container");
		}
	}
	*ret = io;
	return 0;
}

void process_io_done(struct process_io *io)
{
	free(io->bytes);
	*io = (struct process_io){0};
}

static char *input_call(const char *type, const char *member, json_t *value)
{
	CLEANUP_JSON json_t *call = json_pack("{s:s,s:{s:s,s:o}}", "type", "ATTACH_CONTAINER_INPUT",
					      "attach_container_input", "type", type, member, value);
	return js_text(call);
}

static char *process_io_call(json_t *process_io)
{
	return input_call("PROCESS_IO", "process_io", process_io);
}

char *process_io_attach(const char *container_id)
{
	return input_call("CONTAINER_ID", "container_id", container_id_json(container_id));
}

char *process_io_input(const void *bytes, size_t n)
{
	CLEANUP_FREE char *text = base64_encode(bytes, n);
	return process_io_call(json_pack("{s:s,s:{s:s,s:s}}", "type", "DATA", "data", "type", "STDIN", "data", text));
}

char *process_io_resize(uint16_t columns, uint16_t rows)
{
	return process_io_call(json_pack("{s:s,s:{s:s,s:{s:{s:i,s:i}}}}", "type", "CONTROL", "control", "type",
					 "TTY_INFO", "tty_info", "window_size", "rows", (int)rows, "columns",
					 (int)columns));
}

char *process_io_heartbeat(int64_t interval_ms)
{
	return process_io_call(json_pack("{s:s,s:{s:s,s:{s:{s:I}}}}", "type", "CONTROL", "control", "type", "HEARTBEAT",
					 "heartbeat", "interval", "nanoseconds", (json_int_t)interval_ms * 1000000));
}
