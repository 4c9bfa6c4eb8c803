/* One YAML document as a JSON tree (libyaml).
 *
 * Quoted and block scalars are strings. Plain scalars follow the YAML 1.2 core schema: null, ~ and nothing are null;
 * true/false (also True, TRUE) are booleans; decimal, 0x and 0o integers; decimal fractions and exponents. All else is
 * a string, so are yes/no/on/off, .inf, .nan and numbers with leading zeros. `!!str` makes a string of any scalar;
 * other tags are refused, as are aliases, duplicate keys, keys that are not scalars, NUL characters and a second
 * document. An empty document is null.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

#define YAML_TEXT_MAX ((size_t)4 << 20)
#define YAML_DEPTH_MAX 64
#define YAML_NODES_MAX 100000

/* A new reference, or NULL with "NAME:LINE:COLUMN: what is wrong". `name` is the file's, for errors only. */
json_t *yaml_parse(const char *text, size_t n, const char *name, struct err *e);
/* The same for a file. */
json_t *yaml_load(const char *path, struct err *e);

#endif
