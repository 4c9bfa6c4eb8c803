/* Small files, whole. Blocks, so only for local configuration, certificates and tokens. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/* The bytes with a NUL after them, free() them; `ret_len` may be NULL. Errors name the path: ERR_NOT_FOUND, ERR_DENIED,
 * ERR_LIMIT (more than `max` bytes), ERR_MEMORY, ERR_IO. */
char *file_read(const char *path, size_t max, size_t *ret_len, struct err *e);

/* The text becomes the file's content in one step, readable by its owner only. Errors name the path. */
int file_replace(const char *path, const char *text, struct err *e);

#endif
