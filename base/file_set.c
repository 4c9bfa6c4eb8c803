#include "base/file_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"

struct file_seen {
	char *path;
	struct stat stat;
};

void file_set_done(struct file_set *set)
{
	if (!set) {
		return;
	}
	for (size_t i = 0; i < set->n; i++) {
		free(set->items[i].path);
	}
	free(set->items);
	*set = (struct file_set){0};
}

char *file_set_read(struct file_set *set, const char *path, size_t max, size_t *ret_len, struct err *e)
{
	struct stat before;
	/* Looked at before it is read: a change in between is then noticed the next time. */
	bool there = stat(path, &before) == 0;
	char *text = file_read(path, max, ret_len, e);
	if (text && there) {
		set->items = mem_grow(set->items, &set->cap, set->n + 1, sizeof(*set->items));
		set->items[set->n++] = (struct file_seen){xstrdup(path), before};
	}
	return text;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_set_changed(const struct file_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct stat *then = &set->items[i].stat;
		struct stat now;
		if (stat(set->items[i].path, &now) < 0 || now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
		    now.st_size != then->st_size || !same_time(now.st_mtim, then->st_mtim) ||
		    !same_time(now.st_ctim, then->st_ctim)) {
			return true;
		}
	}
	return false;
}
