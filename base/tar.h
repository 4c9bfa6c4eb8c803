/* An archive for tar, made in a buffer: names of any length and bytes, exact modes.
 *
 * Owners and times are left at 0. -1: the buffer is full. Source: ustar of POSIX, with GNU's members for long names,
 * which GNU tar, busybox and bsdtar read.
 */
#ifndef BASE_TAR_H
#define BASE_TAR_H

#include "base/buf.h"

int tar_put_directory(struct buf *b, const char *path, unsigned mode);
int tar_put_file(struct buf *b, const char *path, unsigned mode, const void *bytes, size_t n);
int tar_put_link(struct buf *b, const char *path, const char *target);
/* After the last member. */
int tar_end(struct buf *b);

#endif
