/* Files of volumes that the core wants written: a command beside the pause of their pod, through its agent, with an
 * archive for its input. The core bounds how many there are at a time; none takes longer than FILES_TIMEOUT_MS. What is
 * told of a failure are the command's own words about it, which hold names at most.
 *
 * They are not awaited when we stop: who leads next writes them again.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/mem.h"
#include "mesos/session.h"
#include "translate/written.h"

#define FILES_TIMEOUT_MS 60000
#define FILES_WORDS_MAX 256
#define FILES_CONNECTIONS_PER_HOST 64 /* up to three of a write, of which the core has fewer than 20 */
#define FILES_PIECE ((size_t)64 << 10)

struct shell_files {
	struct http_client *http; /* as long as a session lasts, so do its connections */
	struct list writes;
};

struct file_write {
	struct list link;
	struct shell *shell;
	struct effect *effect;
	struct mesos_session *session;
	size_t sent;
	bool full;
	char words[FILES_WORDS_MAX];
	size_t n_words;
	uv_timer_t timer;
	struct err refusal; /* it could not begin */
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct effect *write_free(struct file_write *w)
{
	struct effect *effect = w->effect;
	mesos_session_free(w->session);
	list_remove(&w->link);
	uv_close((uv_handle_t *)&w->timer, on_closed);
	return effect;
}

static void finish(struct file_write *w, const struct err *failure)
{
	struct err copy = failure ? *failure : (struct err){0};
	struct shell *shell = w->shell;
	struct effect *effect = write_free(w);
	pending_done(pending_new(shell, effect), failure ? &copy : NULL);
}

/* ---- the command ---- */

/* A piece at a time, until the session has enough. */
static void feed(struct file_write *w)
{
	const struct effect *f = w->effect;
	while (!w->full && w->sent < f->n_bytes) {
		size_t left = f->n_bytes - w->sent, n = left < FILES_PIECE ? left : FILES_PIECE;
		const char *piece = f->bytes + w->sent;
		w->sent += n;
		mesos_session_input(w->session, piece, n);
	}
	if (w->sent == f->n_bytes) {
		mesos_session_input_end(w->session);
	}
}

static void on_input_full(void *arg, bool full)
{
	struct file_write *w = arg;
	w->full = full;
	if (!full && w->session) {
		feed(w);
	}
}

static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	struct file_write *w = arg;
	for (size_t i = 0; i < n && type == PROCESS_IO_STDERR && w->n_words + 1 < sizeof(w->words); i++) {
		w->words[w->n_words++] = (char)(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : ' ');
	}
}

static void on_exit_(void *arg, int wait_status)
{
	struct file_write *w = arg;
	struct err e = {0};
	int code = wait_status < 0 ? -1 : mesos_session_exit_code(wait_status);
	while (w->n_words && w->words[w->n_words - 1] == ' ') {
		w->words[--w->n_words] = '\0';
	}
	if (wait_status < 0) {
		err_set(&e, ERR_INVALID, "the Mesos agent does not say whether its files were written");
	} else if (code) {
		err_set(&e, ERR_INVALID, "its files could not be written: %s (status %d)", w->words, code);
	}
	finish(w, code ? &e : NULL);
}

static void on_failed(void *arg, const struct err *why)
{
	struct file_write *w = arg;
	if (why->code == ERR_AUTH) {
		shell_agents_look_again(w->shell);
	}
	finish(w, why);
}

static int begin(struct file_write *w, struct err *e)
{
	static const struct mesos_session_handlers handlers = {on_output, on_input_full, on_exit_, on_failed};
	char url[AGENT_URL_MAX];
	struct mesos_agent agent;
	struct run pause = {.container_id = w->effect->text};
	const char *parent = kubelet_container_id(&pause);
	struct shell_files *files = w->shell->files;
	const struct http_limits limits = {.connections_per_host = FILES_CONNECTIONS_PER_HOST};
	files->http = files->http ? files->http : http_client_new(w->shell->loop, &limits, e);
	if (!files->http || shell_agent_at(w->shell, w->effect->agent_id, url, &agent, e) < 0) {
		return -1;
	}
	if (!parent) {
		return err_set(e, ERR_BUSY, "Mesos has not told the id of the container of its pause");
	}
	CLEANUP_FREE char *id = kubelet_session_id(parent);
	CLEANUP_JSON json_t *linux_info = rights_beside(NULL, &w->shell->settings->translate.rights);
	struct mesos_session_spec spec = {.container_id = id,
					  .command = written_command,
					  .n_command = WRITTEN_COMMAND_WORDS,
					  .input = true,
					  .linux_info = linux_info};
	agent.http = files->http;
	w->session = mesos_session_start(&agent, &spec, &handlers, w);
	feed(w);
	return 0;
}

/* ---- life ---- */

void shell_files_drop(struct shell *shell)
{
	if (!shell->files) {
		return;
	}
	LIST_EACH (&shell->files->writes, link) {
		effect_free(write_free(LIST_ENTRY(link, struct file_write, link)));
	}
	http_client_free(shell->files->http);
	free(shell->files);
	shell->files = NULL;
}

static void on_time(uv_timer_t *timer)
{
	struct file_write *w = timer->data;
	struct err late = {0};
	err_set(&late, ERR_TIMEOUT, "its files were not written in time");
	finish(w, w->refusal.code ? &w->refusal : &late);
}

static struct shell_files *files_new(void)
{
	struct shell_files *files = xcalloc(1, sizeof(*files));
	list_init(&files->writes);
	return files;
}

/* Steps do not nest, so what cannot begin is told later. */
void shell_write_files(struct shell *shell, struct effect *effect)
{
	struct file_write *w = xcalloc(1, sizeof(*w));
	shell->files = shell->files ? shell->files : files_new();
	*w = (struct file_write){.shell = shell, .effect = effect};
	uv_timer_init(shell->loop, &w->timer);
	w->timer.data = w;
	list_push(&shell->files->writes, &w->link);
	uv_timer_start(&w->timer, on_time, begin(w, &w->refusal) < 0 ? 0 : FILES_TIMEOUT_MS, 0);
}
