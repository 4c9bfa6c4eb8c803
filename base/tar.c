#include "base/tar.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512
#define LONG_NAME "././@LongLink"

enum member {
	MEMBER_FILE = '0',
	MEMBER_LINK = '2',
	MEMBER_DIRECTORY = '5',
	MEMBER_LONG_TARGET = 'K',
	MEMBER_LONG_PATH = 'L'
};

struct header {
	char path[100], mode[8], uid[8], gid[8], size[12], time[12], sum[8], type, target[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* As much of a name as there is room for; what is longer has a member of its own before. */
static void put_name(char *to, const char *name, size_t room)
{
	size_t n = strlen(name);
	memcpy(to, name, n < room ? n : room);
}

static int put_header(struct buf *b, enum member type, const char *path, const char *target, unsigned mode, size_t size)
{
	struct header h = {.type = (char)type, .magic = "ustar", .version = {'0', '0'}};
	unsigned sum = 0;
	put_name(h.path, path, sizeof(h.path));
	put_name(h.target, target, sizeof(h.target));
	snprintf(h.mode, sizeof(h.mode), "%07o", mode & 07777);
	snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	snprintf(h.size, sizeof(h.size), "%011zo", size);
	snprintf(h.time, sizeof(h.time), "%011o", 0);
	memset(h.sum, ' ', sizeof(h.sum)); /* which is what it counts as */
	for (size_t i = 0; i < sizeof(h); i++) {
		sum += ((const unsigned char *)&h)[i];
	}
	snprintf(h.sum, sizeof(h.sum), "%06o", sum);
	return buf_append(b, &h, sizeof(h));
}

static int put_bytes(struct buf *b, const void *bytes, size_t n)
{
	static const char zeros[BLOCK];
	size_t rest = n % BLOCK;
	return buf_append(b, bytes, n) || (rest && buf_append(b, zeros, BLOCK - rest)) ? -1 : 0;
}

/* A member that gives the next one a longer name than a header has room for. */
static int put_long(struct buf *b, enum member type, const char *name, size_t room)
{
	size_t n = strlen(name);
	if (n < room) {
		return 0;
	}
	return put_header(b, type, LONG_NAME, "", 0, n + 1) || put_bytes(b, name, n + 1) ? -1 : 0;
}

static int put_member(struct buf *b, enum member type, const char *path, const char *target, unsigned mode, size_t size)
{
	const struct header *h = NULL;
	return put_long(b, MEMBER_LONG_TARGET, target, sizeof(h->target)) ||
		       put_long(b, MEMBER_LONG_PATH, path, sizeof(h->path)) ||
		       put_header(b, type, path, target, mode, size)
		   ? -1
		   : 0;
}

int tar_put_directory(struct buf *b, const char *path, unsigned mode)
{
	return put_member(b, MEMBER_DIRECTORY, path, "", mode, 0);
}

int tar_put_file(struct buf *b, const char *path, unsigned mode, const void *bytes, size_t n)
{
	return put_member(b, MEMBER_FILE, path, "", mode, n) || put_bytes(b, bytes, n) ? -1 : 0;
}

int tar_put_link(struct buf *b, const char *path, const char *target)
{
	return put_member(b, MEMBER_LINK, path, target, 0777, 0);
}

int tar_end(struct buf *b)
{
	static const char zeros[2 * BLOCK];
	return buf_append(b, zeros, sizeof(zeros));
}
