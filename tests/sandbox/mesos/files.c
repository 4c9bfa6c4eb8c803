/* The sandboxes' files over HTTP: /files/browse, read, download, and LIST_FILES, READ_FILE.
 *
 * Paths are the real ones, or /frameworks/FID/executors/EID/runs/latest and below; all else does not exist for a
 * client, and no link leads out of the agent's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define READ_MAX ((int64_t)64 << 10)	 /* per answer, as the real agent's 16 pages */
#define DOWNLOAD_MAX ((size_t)256 << 20) /* bytes */
#define BROWSE_MAX 10000		 /* entries */

/* The value of a query field with its escapes undone; free() it. NULL when it is missing. */
static char *query_value(const char *query, const char *name)
{
	size_t n = strlen(name);
	for (const char *s = query; *s; s += strcspn(s, "&"), s += *s == '&') {
		if (strncmp(s, name, n) != 0 || s[n] != '=') {
			continue;
		}
		const char *from = s + n + 1;
		size_t len = strcspn(from, "&"), to = 0;
		char *out = xmalloc(len + 1);
		for (size_t i = 0; i < len; i++) {
			char hex[3] = {0};
			if (from[i] == '%' && i + 2 < len) {
				memcpy(hex, from + i + 1, 2);
				out[to++] = (char)strtol(hex, NULL, 16);
				i += 2;
			} else {
				out[to++] = (char)(from[i] == '+' ? ' ' : from[i]);
			}
		}
		out[to] = 0;
		return out;
	}
	return NULL;
}

/* Where it really is; free() it. NULL when a client may not know. */
static char *resolve(const struct mesos_agent *a, const char *path)
{
	const char *root = a->c->config.state_dir;
	if (!root) {
		return NULL;
	}
	CLEANUP_FREE char *own = xasprintf("%s/agents/%s/slaves", root, a->hostname);
	CLEANUP_FREE char *asked = strncmp(path, "/frameworks/", 12) == 0 && strstr(path, "/runs/latest")
				       ? xasprintf("%s/%s%s", own, a->id, path)
				       : xstrdup(path);
	CLEANUP_FREE char *top = realpath(own, NULL);
	char *real = asked[0] == '/' ? realpath(asked, NULL) : NULL;
	size_t n = top ? strlen(top) : 0;
	if (real && top && strncmp(real, top, n) == 0 && real[n] == '/') {
		return real;
	}
	free(real);
	return NULL;
}

static void mode_text(mode_t mode, char out[11])
{
	const char *letters = "rwxrwxrwx";
	out[0] = S_ISDIR(mode) ? 'd' : '-';
	for (int i = 0; i < 9; i++) {
		out[i + 1] = mode & (0400U >> i) ? letters[i] : '-';
	}
	out[10] = 0;
}

static json_t *owner(uid_t uid)
{
	const struct passwd *p = getpwuid(uid);
	CLEANUP_FREE char *number = xasprintf("%u", (unsigned)uid);
	return json_string(p ? p->pw_name : number);
}

static json_t *group(gid_t gid)
{
	const struct group *g = getgrgid(gid);
	CLEANUP_FREE char *number = xasprintf("%u", (unsigned)gid);
	return json_string(g ? g->gr_name : number);
}

static json_t *entry_json(const char *path, const struct stat *st, bool v1)
{
	char mode[11];
	json_t *o = json_pack("{s:s,s:I,s:I,s:o,s:o}", "path", path, "nlink", (json_int_t)st->st_nlink, "size",
			      (json_int_t)st->st_size, "uid", owner(st->st_uid), "gid", group(st->st_gid));
	mode_text(st->st_mode, mode);
	json_object_set_new(o, "mode", v1 ? json_integer(st->st_mode) : json_string(mode));
	json_object_set_new(o, "mtime",
			    v1 ? cluster_nanoseconds((int64_t)st->st_mtime * 1000) : json_real((double)st->st_mtime));
	return o;
}

static int visible(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* The entries of a directory; none for a file; NULL when there is no such thing. */
static json_t *list(const struct mesos_agent *a, const char *path, bool v1)
{
	CLEANUP_FREE char *real = resolve(a, path);
	struct dirent **names = NULL;
	json_t *all = json_array();
	if (!real) {
		json_decref(all);
		return NULL;
	}
	int n = scandir(real, &names, visible, alphasort);
	for (int i = 0; i < n; i++) {
		CLEANUP_FREE char *shown = xasprintf("%s/%s", path, names[i]->d_name);
		CLEANUP_FREE char *at = xasprintf("%s/%s", real, names[i]->d_name);
		struct stat st;
		if (i < BROWSE_MAX && stat(at, &st) == 0) {
			json_array_append_new(all, entry_json(shown, &st, v1));
		}
		free(names[i]);
	}
	free(names);
	return all;
}

/* Up to `length` bytes from `offset`: 0, or -1 and the answer is given. Offset -1 asks for the size alone. */
static int read_part(const struct mesos_agent *a, const char *path, int64_t offset, int64_t length,
		     struct buf *ret_data, int64_t *ret_size, struct sandbox_response *res)
{
	CLEANUP_FREE char *real = resolve(a, path);
	struct stat st;
	int fd = real ? open(real, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) != 0) {
		api_text(res, 404, "");
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		close(fd);
		api_text(res, 400, "Cannot read a directory.\n");
		return -1;
	}
	int64_t want = length < 0 || length > READ_MAX ? READ_MAX : length;
	char *data = xmalloc((size_t)want + 1);
	ssize_t got = offset >= 0 && offset < st.st_size ? pread(fd, data, (size_t)want, offset) : 0;
	(void)buf_append(ret_data, data, got > 0 ? (size_t)got : 0);
	free(data);
	close(fd);
	*ret_size = st.st_size;
	return 0;
}

/* Text for JSON: bytes that are no UTF-8 become U+FFFD. */
static json_t *json_text(const struct buf *b)
{
	json_t *s = json_stringn(buf_str(b), b->len);
	CLEANUP_BUF struct buf safe = BUF_INIT(READ_MAX * 3 + 3);
	for (size_t i = 0; !s && i < b->len; i++) {
		size_t n = 1;
		json_t *one = NULL;
		for (; n <= 4 && i + n <= b->len && !(one = json_stringn(b->data + i, n)); n++) {
		}
		(void)(one ? buf_append(&safe, b->data + i, n) : buf_puts(&safe, "\xef\xbf\xbd"));
		i += one ? n - 1 : 0;
		json_decref(one);
	}
	return s ? s : json_stringn(buf_str(&safe), safe.len);
}

static char *path_asked(const struct sandbox_request *req, struct sandbox_response *res)
{
	char *path = query_value(req->query, "path");
	if (!path) {
		api_text(res, 400, "Expecting 'path=value' in query.\n");
	}
	return path;
}

void files_browse(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res)
{
	CLEANUP_FREE char *path = path_asked(req, res);
	json_t *all = path ? list(a, path, false) : NULL;
	if (all) {
		api_json(res, 200, all);
	} else if (path) {
		api_text(res, 404, "");
	}
}

void files_read(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res)
{
	CLEANUP_FREE char *path = path_asked(req, res);
	CLEANUP_FREE char *offset = query_value(req->query, "offset");
	CLEANUP_FREE char *length = query_value(req->query, "length");
	CLEANUP_BUF struct buf data = BUF_INIT(READ_MAX + 1);
	int64_t from = offset ? strtoll(offset, NULL, 10) : -1, size;
	if (!path || read_part(a, path, from, length ? strtoll(length, NULL, 10) : -1, &data, &size, res)) {
		return;
	}
	api_json(res, 200,
		 json_pack("{s:o,s:I}", "data", json_text(&data), "offset", (json_int_t)(from < 0 ? size : from)));
}

void files_download(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res)
{
	CLEANUP_FREE char *path = path_asked(req, res);
	CLEANUP_FREE char *real = path ? resolve(a, path) : NULL;
	char chunk[16384];
	ssize_t n;
	if (!path) {
		return;
	}
	int fd = real ? open(real, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		api_text(res, 404, "404 Not Found.");
		return;
	}
	CLEANUP_FREE char *name =
	    xasprintf("attachment; filename=%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && res->body.len < DOWNLOAD_MAX) {
		(void)buf_append(&res->body, chunk, (size_t)n);
	}
	close(fd);
	res->status = 200;
	sandbox_response_header(res, "Content-Disposition", name);
	sandbox_response_header(res, "Content-Type", "application/octet-stream");
}

void files_call_list(struct mesos_agent *a, const json_t *call, struct sandbox_response *res)
{
	json_t *all = list(a, js_str_at(call, "list_files", "path", NULL), true);
	if (!all) {
		api_text(res, 404, "");
		return;
	}
	json_t *answer = json_array_size(all) > 0 ? json_pack("{s:O}", "file_infos", all) : json_object();
	json_decref(all);
	api_json(res, 200, json_pack("{s:s,s:o}", "type", "LIST_FILES", "list_files", answer));
}

void files_call_read(struct mesos_agent *a, const json_t *call, struct sandbox_response *res)
{
	const json_t *read_file = js_obj(call, "read_file");
	CLEANUP_BUF struct buf data = BUF_INIT(READ_MAX + 1);
	int64_t size = 0;
	if (read_part(a, js_str(read_file, "path"), js_int(read_file, "offset", 0), js_int(read_file, "length", -1),
		      &data, &size, res)) {
		return;
	}
	CLEANUP_FREE char *text = ids_base64_encode(buf_str(&data), data.len);
	api_json(
	    res, 200,
	    json_pack("{s:s,s:{s:I,s:s}}", "type", "READ_FILE", "read_file", "size", (json_int_t)size, "data", text));
}
