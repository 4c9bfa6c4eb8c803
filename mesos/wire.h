/* Reading the JSON of Mesos with the leniency of Mesos itself: numbers may be quoted, integers may be written as reals,
 * null counts as absent. Strings are borrowed from the tree. All are NULL-safe.
 */
#ifndef MESOS_WIRE_H
#define MESOS_WIRE_H

#include "base/js.h"

/* js_parse, but bytes that are not UTF-8, and escaped NULs, become '?': Mesos passes on whatever a task says. */
json_t *wire_parse(const char *text, size_t n, struct err *e);

/* The text of an id message ({"value": "..."}) under `key`; NULL when missing or empty. */
const char *wire_id(const json_t *o, const char *key);

/* A finite number. False when it is none. */
bool wire_double(const json_t *v, double *ret);
bool wire_u64(const json_t *v, uint64_t *ret);
bool wire_i64(const json_t *v, int64_t *ret);

/* New references; bytes that are not ASCII become '?' in a text that is not UTF-8. */
json_t *wire_new_string(const char *s);
json_t *wire_new_id(const char *id);		      /* {"value": id} */
json_t *wire_new_secret(const void *bytes, size_t n); /* {"type": "VALUE", ...}; no other copy is left in memory */

#endif
