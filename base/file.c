#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

static enum err_code code_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	default:
		return ERR_IO;
	}
}

static int read_all(int fd, const char *path, struct buf *b, struct err *e)
{
	char chunk[16 << 10];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n == 0) {
			return 0;
		}
		if (n < 0 && errno != EINTR) {
			return err_set(e, code_of(errno), "read %s: %s", path, strerror(errno));
		}
		if (n > 0 && buf_append(b, chunk, (size_t)n) < 0) {
			return buf_fits(b, (size_t)n) ? err_set(e, ERR_MEMORY, "read %s: memory is short", path)
						      : err_set(e, ERR_LIMIT, "read %s: over %zu bytes", path, b->max);
		}
	}
}

char *file_read(const char *path, size_t max, size_t *ret_len, struct err *e)
{
	CLEANUP_BUF struct buf b = BUF_INIT(max);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, code_of(errno), "read %s: %s", path, strerror(errno));
		return NULL;
	}
	int r = read_all(fd, path, &b, e);
	close(fd);
	return r < 0 ? NULL : buf_steal(&b, ret_len);
}

static int write_all(int fd, const char *text)
{
	for (size_t n = strlen(text); n > 0;) {
		ssize_t done = write(fd, text, n);
		if (done < 0 && errno != EINTR) {
			return -1;
		}
		if (done > 0) {
			text += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

int file_replace(const char *path, const char *text, struct err *e)
{
	CLEANUP_FREE char *fresh = xasprintf("%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		return err_set(e, ERR_IO, "create %s: %s", fresh, strerror(errno));
	}
	bool well = write_all(fd, text) == 0;
	well = close(fd) == 0 && well;
	if (!well || rename(fresh, path) < 0) {
		err_set(e, ERR_IO, "write %s: %s", path, strerror(errno));
		unlink(fresh);
		return -1;
	}
	return 0;
}
