/* Reading JSON trees (jansson) without a check at every step.
 *
 * Getters answer NULL, or the given default, when the key is missing or of another type; strings and trees are borrowed
 * from their parent. All are NULL-safe.
 *
 * A tree is many times the size of its text. So there must be room for all of it before the first node is made
 * (ERR_MEMORY); after that every node is a small allocation, and aborts. jansson itself does not survive a failure in
 * the middle: it writes past the end of a string that it could not save whole.
 *
 * The nodes of all trees come from the thread's pool (base/pool.h): a tree is dropped by the thread that made it.
 */
#ifndef BASE_JS_H
#define BASE_JS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Parse one JSON value of n bytes; nothing may follow it. A new reference, or NULL with the line and column. */
json_t *js_parse(const char *text, size_t n, struct err *e);
/* What a tree of so many containers, other values and bytes of text takes at most. */
size_t js_tree_bytes(size_t containers, size_t values, size_t text);

json_t *js_obj(const json_t *o, const char *key);
json_t *js_arr(const json_t *o, const char *key);
const char *js_str(const json_t *o, const char *key);
int64_t js_int(const json_t *o, const char *key, int64_t otherwise);
bool js_bool(const json_t *o, const char *key, bool otherwise);
double js_num(const json_t *o, const char *key, double otherwise);

/* Walk objects: js_at(pod, "metadata", "uid", NULL). Borrowed. */
json_t *js_at(const json_t *o, ...) __attribute__((sentinel));
const char *js_str_at(const json_t *o, ...) __attribute__((sentinel));

/* Compact text, free() it. Aborts when memory is short, or for what JSON cannot say. */
char *js_text(const json_t *o);
/* With jansson's flags; any value. */
char *js_dump(const json_t *o, size_t flags);

/* What it returns lies where trees do, not where free() could take it. */
#pragma GCC poison json_dumps

void js_unref(json_t **o);
#define CLEANUP_JSON __attribute__((cleanup(js_unref)))

#endif
