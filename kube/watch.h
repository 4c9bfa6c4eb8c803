/* The lines of a Kubernetes watch: bytes in, events out. Pure.
 *
 * Follows metav1.WatchEvent: one JSON object a line, {"type":"ADDED|MODIFIED|DELETED|BOOKMARK|ERROR","object":{...}}.
 * An ERROR event is an error with the code of its Status (410: ERR_EXPIRED). After an error a decoder stays in error:
 * the stream cannot be trusted any more and its reader lists again.
 */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define WATCH_LINE_MAX ((size_t)32 << 20)

enum watch_type { WATCH_ADDED, WATCH_MODIFIED, WATCH_DELETED, WATCH_BOOKMARK };

struct watch_event {
	enum watch_type type;
	json_t *object; /* a reference of the receiver's */
};

struct watch_decoder {
	struct buf line; /* the beginning of a line whose end has not come */
	size_t line_max;
	unsigned long lines; /* begun so far, for errors */
	struct err failed;
};

/* `line_max` 0: WATCH_LINE_MAX. */
void watch_init(struct watch_decoder *d, size_t line_max);
void watch_done(struct watch_decoder *d);

/* Takes bytes from *p, moving *p and *n on, until an event is whole. 1: `ret` is one; 0: all bytes are taken; -1:
 * ERR_PROTOCOL (malformed line), ERR_LIMIT (too long), ERR_MEMORY, or what an ERROR event says, with http_status. */
int watch_next(struct watch_decoder *d, const char **p, size_t *n, struct watch_event *ret, struct err *e);

/* At the end of the stream: -1 ERR_PROTOCOL when it ended inside a line. */
int watch_end(const struct watch_decoder *d, struct err *e);

#endif
