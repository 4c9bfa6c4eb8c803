/* A command inside of a pod's network that passes bytes on to a port, for pods whose address cannot be reached from
 * here: a session with the agent, as exec makes one. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "adapter/kubelet_way.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/session.h"

/* What the file system of that container has. Bash cannot end one direction alone: the connection is over when the pod
 * ends it, or when the client goes. */
static const char script[] = "if command -v socat >/dev/null 2>&1; then exec socat STDIO \"TCP:localhost:$1\"; fi\n"
			     "if command -v nc >/dev/null 2>&1; then exec nc localhost \"$1\"; fi\n"
			     "if command -v bash >/dev/null 2>&1; then exec bash -c '"
			     "exec 3<>\"/dev/tcp/localhost/$1\" 4<&0 || exit 1; cat <&4 >&3 & cat <&3; kill $! "
			     "2>/dev/null; exit 0' relay \"$1\"; fi\n"
			     "echo 'neither socat nor nc nor bash is there to pass the bytes on' >&2; exit 127\n";

struct relay {
	struct way way;
	struct mesos_session *session;
	struct buf words;
};

static struct relay *relay(struct way *way)
{
	return LIST_ENTRY(way, struct relay, way);
}

static void relay_free(struct way *way)
{
	struct relay *r = relay(way);
	mesos_session_free(r->session);
	buf_done(&r->words);
	free(r);
}

static void failed(struct relay *r, const char *why)
{
	const struct way_owner *owner = r->way.owner;
	void *arg = r->way.arg;
	CLEANUP_FREE char *sentence = xstrdup(why);
	relay_free(&r->way);
	owner->on_failed(arg, sentence);
}

static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	struct relay *r = arg;
	if (type != PROCESS_IO_STDERR) {
		r->way.owner->on_data(r->way.arg, bytes, n);
	} else if (r->words.len < WAY_WORDS_MAX) {
		size_t room = WAY_WORDS_MAX - r->words.len;
		buf_append(&r->words, bytes, n < room ? n : room);
	}
}

static void on_input_full(void *arg, bool full)
{
	struct relay *r = arg;
	r->way.owner->on_full(r->way.arg, full);
}

static void on_exit_(void *arg, int wait_status)
{
	struct relay *r = arg;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) {
		const struct way_owner *owner = r->way.owner;
		void *owner_arg = r->way.arg;
		relay_free(&r->way);
		owner->on_end(owner_arg);
		return;
	}
	while (r->words.len && strchr("\r\n", r->words.data[r->words.len - 1])) {
		r->words.data[--r->words.len] = '\0';
	}
	failed(r, r->words.len ? buf_str(&r->words) : "the connection broke");
}

static void on_failed(void *arg, const struct err *why)
{
	failed(arg, why->text);
}

static const struct mesos_session_handlers handlers = {on_output, on_input_full, on_exit_, on_failed};

static void way_send(struct way *way, const void *bytes, size_t n)
{
	mesos_session_input(relay(way)->session, bytes, n);
}

static void way_end(struct way *way)
{
	mesos_session_input_end(relay(way)->session);
}

static void way_hold(struct way *way, bool hold)
{
	mesos_session_hold(relay(way)->session, hold);
}

static const struct way_kind kind = {way_send, way_end, way_hold, relay_free};

struct way *way_relay(struct kubelet *k, const char *url, const char *container_id, uint16_t port,
		      const struct way_owner *owner, void *arg)
{
	struct relay *r = xcalloc(1, sizeof(*r));
	r->way = (struct way){&kind, owner, arg};
	buf_init(&r->words, WAY_WORDS_MAX);
	CLEANUP_FREE char *id = kubelet_session_id(container_id), *number = xasprintf("%u", port);
	const char *command[] = {"/bin/sh", "-c", script, "relay", number};
	CLEANUP_JSON json_t *linux_info = rights_beside(NULL, &k->cfg.settings->translate.rights);
	struct mesos_session_spec spec = {
	    .container_id = id, .command = command, .n_command = 5, .input = true, .linux_info = linux_info};
	struct mesos_agent agent = kubelet_agent(k, url);
	r->session = mesos_session_start(&agent, &spec, &handlers, r);
	return &r->way;
}
