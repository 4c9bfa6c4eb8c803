#include "translate/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/wire.h"
#include "translate/volume_nest.h"

#define FILE_OF_EXECUTOR "stdout" /* there is one, before any task */

/* A volume on the file, around or inside of it hides it, or is hidden. */
static bool has_file(const struct kube_container *c)
{
	return c->message_path && !mount_touching(c, c->message_path);
}

int message_check(const struct kube_container *c, const char *kind, struct err *e)
{
	if (!c->message_path || has_file(c) || !strcmp(c->message_path, KUBE_MESSAGE_PATH)) {
		return 0;
	}
	return err_set(e, ERR_UNSUPPORTED,
		       "not supported: spec.%s[%s].terminationMessagePath: a volume is mounted on %.128s, and a file "
		       "cannot be mounted on, around or inside it",
		       kind, c->name, mount_touching(c, c->message_path)->path);
}

static void put(json_t *volumes, const char *at, const char *mode, const char *type, const char *path)
{
	json_array_append_new(volumes, json_pack("{s:s,s:o,s:{s:s,s:{s:s,s:s}}}", "mode", mode, "container_path",
						 wire_new_string(at), "source", "type", "SANDBOX_PATH", "sandbox_path",
						 "type", type, "path", path));
}

/* The first leaves an empty file in the task's sandbox: the point to mount the other file on. */
void message_put(const struct kube_container *c, json_t *volumes)
{
	if (!has_file(c)) {
		return;
	}
	put(volumes, MESSAGE_FILE, "RO", "PARENT", FILE_OF_EXECUTOR);
	put(volumes, c->message_path, "RW", "SELF", MESSAGE_FILE);
}

struct message_sources message_sources(const struct kube_container *c, const struct run *run)
{
	bool ran = run->state == RUN_ENDED && run->container_id && strcmp(run->reason, "ContainerCannotRun") != 0 &&
		   !run_not_prepared(run);
	return (struct message_sources){.file = ran && has_file(c),
					.log = ran && c->message_of_log && run->exit_code != 0};
}

/* Where the last lines begin. */
static size_t last_lines(const char *text, size_t n)
{
	size_t lines = 0;
	for (size_t i = n; i > 0; i--) {
		if (text[i - 1] == '\n' && i < n && ++lines == MESSAGE_LOG_LINES_MAX) {
			return i;
		}
	}
	return 0;
}

/* Both together, as a text: a NUL is no part of one. */
static char *join(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t n = n_a + n_b;
	char *text = xmalloc(n + 1);
	memcpy(text, a, n_a);
	memcpy(text + n_a, b, n_b);
	for (char *gap; (gap = memchr(text, 0, n)) != NULL;) {
		*gap = '?';
	}
	text[n] = 0;
	return text;
}

char *message_of_file(const char *bytes, size_t n)
{
	return join(bytes, n, "", 0);
}

/* Length of this line, if the agent's launcher wrote it; else 0. */
static size_t launcher_line(const char *text, size_t n)
{
	static const char *const begins[] = {"Preparing rootfs at '", "Marked '/' as rslave\n",
					     "Executing pre-exec command '", "Overwriting environment variable '",
					     "Changing root to /"};
	const char *end = n ? memchr(text, '\n', n) : NULL;
	for (size_t i = 0; end && i < sizeof(begins) / sizeof(*begins); i++) {
		size_t most = strlen(begins[i]);
		if (n >= most && !memcmp(text, begins[i], most)) {
			return (size_t)(end - text) + 1;
		}
	}
	return 0;
}

/* An agent's launcher writes to stderr before it becomes the container. The first line may be the rest of one. */
static size_t launcher_lines(const char *text, size_t n)
{
	size_t at = 0, own;
	const char *end = n == MESSAGE_LOG_MAX ? memchr(text, '\n', n) : NULL;
	size_t next = end ? (size_t)(end - text) + 1 : 0;
	if (!launcher_line(text, n) && launcher_line(text + next, n - next)) {
		at = next;
	}
	while ((own = launcher_line(text + at, n - at)) != 0) {
		at += own;
	}
	return at;
}

char *message_of_log(const char *out, size_t n_out, const char *err, size_t n_err)
{
	err = n_err ? err : "";
	size_t launchers = launcher_lines(err, n_err);
	n_err -= launchers;
	char *text = join(n_out ? out : "", n_out, err + launchers, n_err);
	size_t n = n_out + n_err, from = n > MESSAGE_LOG_MAX ? n - MESSAGE_LOG_MAX : 0;
	from += last_lines(text + from, n - from);
	memmove(text, text + from, n - from + 1);
	return text;
}

void message_add(struct run *run, const char *message, size_t n_containers)
{
	size_t most = MESSAGE_POD_MAX / n_containers;
	if (!*message) {
		return;
	}
	char *text = xasprintf("%s%s%s", run->message ? run->message : "", run->message ? ": " : "", message);
	if (strlen(text) > most) {
		text[most] = 0;
	}
	free(run->message);
	run->message = text;
}
