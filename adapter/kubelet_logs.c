/* containerLogs, from the files stdout and stderr of the container's sandbox.
 *
 * Mesos keeps what a container writes without times, and the two streams apart. So stdout comes before stderr, a
 * followed log brings what is new of either as it comes, and times that nobody knows are refused instead of made up.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "mesos/file_read.h"

#define POLL_MS 500 /* between two looks at a followed log */

struct file {
	char *path;
	int64_t from;	  /* the first byte that is wanted; moves while the end is searched */
	int64_t at, size; /* sent so far; as last heard */
	bool missing;
};

struct logs {
	struct kubelet_job job;
	struct kubelet *k;
	struct kubelet_exchange *exchange;
	char url[AGENT_URL_MAX];
	struct file files[2]; /* stdout, stderr */
	size_t n_files, now;
	int64_t lines; /* still to be found from the end; -1: all are wanted */
	int64_t left;  /* bytes that may be sent; -1: any */
	char *ns, *pod, *uid, *container;
	int run;
	bool begun, last_look;
	struct mesos_file_read *read;
	uv_timer_t *poll;
};

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void logs_free(struct logs *l)
{
	mesos_file_cancel(l->read);
	uv_close((uv_handle_t *)l->poll, timer_closed);
	for (size_t i = 0; i < 2; i++) {
		free(l->files[i].path);
	}
	free(l->ns);
	free(l->pod);
	free(l->uid);
	free(l->container);
	free(l);
}

static void gone(struct kubelet_exchange *x)
{
	logs_free(kubelet_exchange_data(x));
}

static void end(struct logs *l)
{
	struct kubelet_exchange *x = l->exchange;
	if (!l->begun) {
		kubelet_exchange_begin(x, "text/plain");
	}
	logs_free(l);
	kubelet_exchange_end(x);
}

static void failed(struct logs *l, const struct err *why)
{
	struct kubelet_exchange *x = l->exchange;
	bool begun = l->begun;
	logs_free(l);
	if (begun) {
		log_warn("a log could not be read to its end", "error", why->text, NULL);
		kubelet_exchange_cut(x);
	} else {
		kubelet_exchange_refuse(x, 500, why->text);
	}
}

static void read_part(struct logs *l, int64_t offset, size_t n, mesos_file_done on_done)
{
	struct err e = {0};
	struct mesos_agent agent = kubelet_agent(l->k, l->url);
	l->read = mesos_file_read(&agent, l->files[l->now].path, offset, n, on_done, l, &e);
	if (!l->read) {
		failed(l, &e);
	}
}

/* A file that is not there yet, or not any more, is an empty one; anything else ends the log. False: it ended. */
static bool heard(struct logs *l, const char *bytes, const struct err *why)
{
	l->read = NULL;
	if (bytes || why->code == ERR_NOT_FOUND) {
		l->files[l->now].missing = !bytes;
		return true;
	}
	failed(l, why);
	return false;
}

/* ---- sending ---- */

static void send_on(struct logs *l);

static bool still_runs(const struct logs *l)
{
	struct core_look look;
	return core_look(*l->k->cfg.core, l->ns, l->pod, l->uid, l->container, &look, NULL) == 0 && look.present &&
	       look.present->number == l->run && run_live(look.present);
}

static void on_poll(uv_timer_t *t)
{
	struct logs *l = t->data;
	l->now = 0;
	send_on(l);
}

/* Everything that there is was sent. */
static void rest(struct logs *l)
{
	if (!kubelet_exchange_request(l->exchange)->log.follow || l->last_look) {
		end(l);
		return;
	}
	l->last_look = !still_runs(l); /* it may have written something before it ended */
	uv_timer_start(l->poll, on_poll, POLL_MS, 0);
}

static void on_part(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	struct logs *l = arg;
	if (!heard(l, bytes, why)) {
		return;
	}
	struct file *f = &l->files[l->now];
	if (size < f->at) {
		f->at = 0; /* rotated: it begins anew */
	}
	size_t part = l->left >= 0 && (int64_t)n > l->left ? (size_t)l->left : n;
	kubelet_exchange_write(l->exchange, bytes, part);
	f->at += (int64_t)n;
	l->left -= l->left >= 0 ? (int64_t)part : 0;
	if (l->left == 0) {
		end(l);
		return;
	}
	if (!n || f->at >= size) {
		l->now++;
	}
	send_on(l);
}

static void send_on(struct logs *l)
{
	if (l->read || kubelet_exchange_pending(l->exchange) > KUBELET_PENDING_HIGH) {
		return; /* sent comes back to it */
	}
	if (l->now >= l->n_files) {
		rest(l);
		return;
	}
	read_part(l, l->files[l->now].at, MESOS_FILE_READ_MAX, on_part);
}

static void sent(struct kubelet_exchange *x)
{
	struct logs *l = kubelet_exchange_data(x);
	if (l->begun && !uv_is_active((uv_handle_t *)l->poll)) {
		send_on(l);
	}
}

static void begin(struct logs *l)
{
	l->begun = true;
	l->now = 0;
	kubelet_exchange_begin(l->exchange, "text/plain");
	send_on(l);
}

/* ---- the last lines: read backwards, the last file first ---- */

static void search(struct logs *l);

static void on_block(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	struct logs *l = arg;
	if (!heard(l, bytes, why)) {
		return;
	}
	struct file *f = &l->files[l->now];
	for (size_t i = n; i > 0; i--) {
		bool last_byte = f->from + (int64_t)i == f->size;
		if (bytes[i - 1] == '\n' && !last_byte && --l->lines == 0) {
			f->at = f->from + (int64_t)i;
			begin(l);
			return;
		}
	}
	(void)size;
	search(l);
}

static void next_file(struct logs *l)
{
	struct file *f = &l->files[l->now];
	f->at = 0;
	l->lines -= f->size > 0; /* its first line has no break before it */
	if (l->lines <= 0 || l->now == 0) {
		begin(l);
		return;
	}
	l->now--;
	l->files[l->now].from = l->files[l->now].size;
	search(l);
}

static void search(struct logs *l)
{
	struct file *f = &l->files[l->now];
	if (f->from == 0) {
		next_file(l);
		return;
	}
	int64_t n = f->from < (int64_t)MESOS_FILE_READ_MAX ? f->from : (int64_t)MESOS_FILE_READ_MAX;
	f->from -= n;
	read_part(l, f->from, (size_t)n, on_block);
}

/* ---- how long they are ---- */

static void on_size(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	struct logs *l = arg;
	(void)n;
	if (!heard(l, bytes, why)) {
		return;
	}
	struct file *f = &l->files[l->now];
	f->size = f->from = f->at = bytes ? size : 0;
	if (++l->now < l->n_files) {
		read_part(l, 0, 0, on_size);
		return;
	}
	if (l->lines == 0) {
		begin(l); /* from the end: nothing of what there is */
		return;
	}
	l->now = l->n_files - 1;
	search(l);
}

/* ---- requests ---- */

/* Only what is sure: everything since the container began, or since later than now. */
static bool times_known(struct kubelet_exchange *x, const struct run *run, int64_t now_ms)
{
	const struct kubelet_log_options *o = &kubelet_exchange_request(x)->log;
	int64_t since = o->since_s >= 0 ? now_ms - o->since_s * 1000 : o->since_ms;
	if (o->timestamps) {
		kubelet_exchange_refuse(x, 400, "timestamps: Mesos keeps what a container writes without times");
		return false;
	}
	if (since >= 0 && (!run->started_ms || since > run->started_ms)) {
		kubelet_exchange_refuse(x, 400,
					"since: Mesos keeps what a container writes without times; only a time "
					"before the container started can be asked for");
		return false;
	}
	return true;
}

/* The run that is meant; NULL: refused. */
static const struct run *choose_run(struct kubelet_exchange *x, const struct core_look *look)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	const struct run *run = r->log.previous ? look->last : look->present;
	CLEANUP_FREE char *sentence = NULL;
	if (r->log.previous && !run) {
		sentence =
		    xasprintf("previous terminated container \"%s\" in pod \"%s\" not found", r->container, r->pod);
	} else if (!run || (!kubelet_container_id(run) && run_live(run))) {
		sentence = xasprintf("container \"%s\" in pod \"%s\" is waiting to start: %s", r->container, r->pod,
				     look->waiting);
	} else if (!kubelet_container_id(run)) {
		sentence = xasprintf("container \"%s\" in pod \"%s\" has no log: Mesos gave it no container",
				     r->container, r->pod);
	}
	if (sentence) {
		kubelet_exchange_refuse(x, 400, sentence);
		return NULL;
	}
	return run;
}

/* "executor.task" of a run becomes the folder of its sandbox. Agents name only the latest sandbox of an executor, so
 * what ran in an earlier one cannot be found. */
static char *folder(const struct kubelet *k, const struct core_look *look, const struct run *run)
{
	const char *id = kubelet_container_id(run), *now = kubelet_container_id(look->present);
	return now && strncmp(now, id, strcspn(id, ".") + 1) != 0
		   ? NULL
		   : mesos_sandbox_of(*k->cfg.framework_id, look->uid, id);
}

static struct logs *logs_new(struct kubelet *k, struct kubelet_exchange *x, const char *dir)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	struct logs *l = xcalloc(1, sizeof(*l));
	l->job = (struct kubelet_job){sent, gone};
	l->k = k;
	l->exchange = x;
	l->lines = r->log.tail;
	l->left = r->log.limit_bytes;
	l->ns = xstrdup(r->ns);
	l->pod = xstrdup(r->pod);
	l->container = xstrdup(r->container);
	if (r->log.stream != KUBELET_LOG_STDERR) {
		l->files[l->n_files++].path = xasprintf("%s/stdout", dir);
	}
	if (r->log.stream != KUBELET_LOG_STDOUT) {
		l->files[l->n_files++].path = xasprintf("%s/stderr", dir);
	}
	l->poll = xcalloc(1, sizeof(*l->poll));
	uv_timer_init(k->cfg.loop, l->poll);
	l->poll->data = l;
	kubelet_exchange_set_data(x, l);
	return l;
}

void kubelet_logs(struct kubelet *k, struct kubelet_exchange *x)
{
	struct core_look look;
	char url[AGENT_URL_MAX];
	if (!kubelet_find(k, x, &look)) {
		return;
	}
	const struct run *run = choose_run(x, &look);
	if (!run || !times_known(x, run, clock_wall_ms()) || !kubelet_agent_url(x, &look, url)) {
		return;
	}
	CLEANUP_FREE char *dir = folder(k, &look, run);
	if (!dir) {
		kubelet_exchange_refuse(
		    x, 404, "the log belongs to an earlier sandbox of the pod, which Mesos agents do not name");
		return;
	}
	struct logs *l = logs_new(k, x, dir);
	memcpy(l->url, url, sizeof(url));
	l->uid = xstrdup(look.uid);
	l->run = run->number;
	if (l->lines >= 0) {
		read_part(l, 0, 0, on_size);
	} else {
		begin(l);
	}
}
