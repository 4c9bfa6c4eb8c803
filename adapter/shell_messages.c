/* The last words of containers, out of the files that an agent keeps of them: a few reads for each, so many at a time,
 * the others wait in order. */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "adapter/shell_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "mesos/file_read.h"
#include "translate/message.h"

#define MESSAGES_IN_FLIGHT 64
#define MESSAGE_TIMEOUT_MS 10000 /* of all reads of one; nobody waits for it any more */
#define MESSAGE_CONNECT_TIMEOUT_MS 5000
#define MESSAGE_FILES 3 /* the message, and the two of a log */
#define TICK_MS 1000

struct part {
	char *bytes;
	size_t n;
};

struct reading {
	struct list link; /* waiting or flying */
	struct shell_messages *q;
	struct pending *p;
	int64_t end_ms; /* of the steady clock */
	char *folder;
	size_t file;  /* which is read … */
	bool renewed; /* credentials were looked at, for an agent did not take them */
	bool again;   /* … for the second time: it is longer than what is wanted of it */
	struct part parts[MESSAGE_FILES];
	struct mesos_file_read *read;
};

struct shell_messages {
	struct shell *shell;
	struct list waiting, flying;
	size_t n_flying;
	uv_timer_t tick;
};

struct shell_messages *shell_messages_new(struct shell *shell)
{
	struct shell_messages *q = xcalloc(1, sizeof(*q));
	q->shell = shell;
	list_init(&q->waiting);
	list_init(&q->flying);
	uv_timer_init(shell->loop, &q->tick);
	q->tick.data = q;
	return q;
}

static void reading_free(struct reading *r)
{
	list_remove(&r->link);
	mesos_file_cancel(r->read);
	for (size_t i = 0; i < MESSAGE_FILES; i++) {
		free(r->parts[i].bytes);
	}
	free(r->folder);
	free(r);
}

void shell_messages_drop(struct shell_messages *q)
{
	LIST_EACH (&q->waiting, link) {
		reading_free(LIST_ENTRY(link, struct reading, link));
	}
	LIST_EACH (&q->flying, link) {
		reading_free(LIST_ENTRY(link, struct reading, link));
	}
	q->n_flying = 0;
	uv_timer_stop(&q->tick);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void shell_messages_free(struct shell_messages *q)
{
	if (q) {
		shell_messages_drop(q);
		uv_close((uv_handle_t *)&q->tick, on_closed);
	}
}

static void pump(struct shell_messages *q);

/* `r` is gone. */
static void tell(struct reading *r, const struct err *failure)
{
	struct shell_messages *q = r->q;
	struct pending *p = r->p;
	const struct part *file = &r->parts[0], *log = &r->parts[p->effect->n_ids];
	CLEANUP_FREE char *text = NULL;
	if (!failure && file->n) {
		text = message_of_file(file->bytes, file->n);
	} else if (!failure && p->effect->n_others) {
		text = message_of_log(log[0].bytes, log[0].n, log[1].bytes, log[1].n);
	}
	q->n_flying--;
	reading_free(r);
	pump(q);
	p->version = text;
	pending_done(p, failure);
}

static const char *file_name(const struct reading *r)
{
	const struct effect *f = r->p->effect;
	return r->file < f->n_ids ? f->ids[r->file] : f->others[r->file - f->n_ids];
}

static size_t most_of(const struct reading *r)
{
	return r->file < r->p->effect->n_ids ? MESSAGE_FILE_MAX : MESSAGE_LOG_MAX;
}

static void read_next(struct reading *r);
static void read_from(struct reading *r, int64_t offset);

/* The end of the file is wanted, and where that begins the first answer tells. */
static void on_part(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	struct reading *r = arg;
	struct part *part = &r->parts[r->file];
	r->read = NULL;
	if (!bytes && why->code == ERR_AUTH && !r->renewed) {
		r->renewed = true;
		shell_agents_look_again(r->q->shell);
		r->again = false;
		read_next(r);
		return;
	}
	if (!bytes && why->code != ERR_NOT_FOUND) {
		tell(r, why);
		return;
	}
	if (bytes && !r->again && size > (int64_t)most_of(r)) {
		r->again = true;
		read_from(r, size - (int64_t)most_of(r));
		return;
	}
	if (bytes) {
		part->bytes = xmalloc(n + 1);
		memcpy(part->bytes, bytes, n);
		part->n = n;
	}
	r->file++;
	r->again = false;
	read_next(r);
}

static void read_from(struct reading *r, int64_t offset)
{
	char url[AGENT_URL_MAX];
	struct mesos_agent agent;
	struct err e = {0};
	CLEANUP_FREE char *path = xasprintf("%s/%s", r->folder, file_name(r));
	if (shell_agent_at(r->q->shell, r->p->effect->agent_id, url, &agent, &e) == 0) {
		agent.connect_timeout_ms = MESSAGE_CONNECT_TIMEOUT_MS;
		r->read = mesos_file_read(&agent, path, offset, most_of(r), on_part, r, &e);
	}
	if (!r->read) {
		r->end_ms = 0; /* the next tick tells so: nothing is answered from within its own start */
	}
}

static void read_next(struct reading *r)
{
	const struct effect *f = r->p->effect;
	bool told = f->n_ids && r->file == f->n_ids && r->parts[0].n;
	if (told || r->file == f->n_ids + f->n_others) {
		tell(r, NULL);
	} else {
		read_from(r, 0);
	}
}

static void begin(struct reading *r)
{
	const struct effect *f = r->p->effect;
	const struct shell *shell = r->q->shell;
	const char *id = strstr(f->text, "//");
	r->folder = id ? mesos_sandbox_of(shell->framework_id, f->uid, id + 2) : NULL;
	if (r->folder) {
		read_next(r);
	} else {
		r->end_ms = 0;
	}
}

static struct reading *first_late(const struct shell_messages *q)
{
	LIST_EACH (&q->flying, link) {
		struct reading *r = LIST_ENTRY(link, struct reading, link);
		if (r->end_ms <= clock_steady_ms()) {
			return r;
		}
	}
	return NULL;
}

static void on_tick(uv_timer_t *timer);

/* Looked at every so often while anything is under way. */
static void wind(struct shell_messages *q)
{
	if (!q->n_flying) {
		uv_timer_stop(&q->tick);
	} else if (!uv_is_active((uv_handle_t *)&q->tick)) {
		uv_timer_start(&q->tick, on_tick, TICK_MS, 0);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct reading *r;
	struct err late = {0};
	err_set(&late, ERR_TIMEOUT, "the files of the container could not be read in time");
	while ((r = first_late(timer->data)) != NULL) {
		tell(r, &late);
	}
	wind(timer->data);
}

static void pump(struct shell_messages *q)
{
	while (q->n_flying < MESSAGES_IN_FLIGHT && !list_empty(&q->waiting)) {
		struct reading *r = LIST_ENTRY(q->waiting.next, struct reading, link);
		list_remove(&r->link);
		list_push(&q->flying, &r->link);
		q->n_flying++;
		r->end_ms = clock_steady_ms() + MESSAGE_TIMEOUT_MS;
		begin(r);
	}
	wind(q);
}

void shell_read_message(struct shell *shell, struct effect *effect)
{
	struct shell_messages *q = shell->messages;
	struct reading *r = xcalloc(1, sizeof(*r));
	r->q = q;
	r->p = pending_new(shell, effect);
	list_push(&q->waiting, &r->link);
	pump(q);
}
