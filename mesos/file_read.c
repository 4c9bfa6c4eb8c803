#include "mesos/file_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"

char *mesos_sandbox_of(const char *framework_id, const char *executor_id, const char *container_id)
{
	const char *dot = strchr(container_id, '.');
	if (!dot || strchr(dot + 1, '.')) {
		return NULL;
	}
	return xasprintf("/frameworks/%s/executors/%s/runs/latest/containers/%s", framework_id, executor_id, dot + 1);
}

struct mesos_file_read {
	struct http_call *call;
	mesos_file_done on_done;
	void *arg;
};

static void tell(struct mesos_file_read *read, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	mesos_file_done on_done = read->on_done;
	void *arg = read->arg;
	free(read);
	on_done(arg, bytes, n, size, why);
}

static void on_done(void *arg, const struct http_result *r)
{
	struct mesos_file_read *read = arg;
	struct err why = {0};
	if (r->err.code != ERR_NONE || r->head.status != 200) {
		mesos_agent_error(r, "read a file of the sandbox", &why);
		tell(read, NULL, 0, 0, &why);
		return;
	}
	CLEANUP_JSON json_t *answer = json_loadb(r->body, r->body_len, 0, NULL);
	const json_t *file = js_obj(answer, "read_file");
	const char *text = js_str(file, "data");
	size_t n = 0;
	CLEANUP_FREE char *bytes = file ? base64_decode(text ? text : "", text ? strlen(text) : 0, &n, &why) : NULL;
	if (!bytes) {
		err_set(&why, ERR_PROTOCOL, "read a file of the sandbox: the Mesos agent's answer is none");
	}
	tell(read, bytes, n, js_int(file, "size", 0), &why);
}

static const struct http_handlers handlers = {.on_done = on_done};

struct mesos_file_read *mesos_file_read(const struct mesos_agent *agent, const char *path, int64_t offset, size_t n,
					mesos_file_done on_done_, void *arg, struct err *e)
{
	CLEANUP_JSON json_t *call =
	    json_pack("{s:s,s:{s:s,s:I,s:I}}", "type", "READ_FILE", "read_file", "path", path, "offset",
		      (json_int_t)offset, "length", (json_int_t)(n < MESOS_FILE_READ_MAX ? n : MESOS_FILE_READ_MAX));
	CLEANUP_FREE char *body = js_text(call);
	struct mesos_file_read *read = xcalloc(1, sizeof(*read));
	read->on_done = on_done_;
	read->arg = arg;
	read->call = mesos_agent_post(agent, body, MESOS_FILE_READ_TIMEOUT_MS, 0, &handlers, read, e);
	if (!read->call) {
		free(read);
		return NULL;
	}
	return read;
}

void mesos_file_cancel(struct mesos_file_read *read)
{
	if (read) {
		http_call_cancel(read->call);
		free(read);
	}
}
