/* Files that were read and may be replaced while the program runs: certificates, keys, tokens.
 *
 * A set remembers of each file which one it was (device, inode, size, times), not its content. Blocks, so only for
 * local files. Follows symbolic links, which is how Kubernetes replaces the files of a volume.
 */
#ifndef BASE_FILE_SET_H
#define BASE_FILE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct file_seen;

/* Zeroed: empty. */
struct file_set {
	struct file_seen *items;
	size_t n, cap;
};

/* NULL-safe; the set is empty afterwards. */
void file_set_done(struct file_set *set);

/* As file_read (base/file.h), and what could be read belongs to the set from then on. */
char *file_set_read(struct file_set *set, const char *path, size_t max, size_t *ret_len, struct err *e);

/* Is any of the files another one now, written to since, or gone? */
bool file_set_changed(const struct file_set *set);

#endif
