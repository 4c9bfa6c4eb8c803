/* The types of API objects, compiled from the rows of schema_rows.h, and decoding of JSON by them.
 *
 * Decoding does what a typed server does by reading into its structs and writing them out again: fields come in the
 * type's order, unknown fields go (and are reported), null and empty values go unless the type always writes them,
 * times become UTC, quantities take their canonical form. The schema is constant after schema_new.
 */
#ifndef SANDBOX_KUBE_SCHEMA_H
#define SANDBOX_KUBE_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tests/sandbox/kube/registry.h"

#define SCHEMA_DEPTH_MAX 64

enum schema_kind {
	SCHEMA_STRING,
	SCHEMA_BOOL,
	SCHEMA_INT32,
	SCHEMA_INT64,
	SCHEMA_NUMBER,
	SCHEMA_BYTES,
	SCHEMA_ANY,
	SCHEMA_TIME,
	SCHEMA_MICROTIME,
	SCHEMA_QUANTITY,
	SCHEMA_INTSTR,
	SCHEMA_STRUCT,
	SCHEMA_LIST,
	SCHEMA_MAP,
};

struct schema_type;

struct schema_shape {
	enum schema_kind kind;
	bool pointer;
	const struct schema_type *type;	    /* of a struct */
	const struct schema_shape *element; /* of a list or map */
};

#define SCHEMA_KEYS_MAX 3

struct schema_field {
	char *name;
	int number, around; /* in protobuf; `around`: of the message that holds it, 0 for none */
	struct schema_shape *shape;
	bool always;
	bool merges, retain_keys, replaces;
	char *merge_key; /* NULL: none */
	bool apply_map, apply_set, apply_atomic;
	char *keys[SCHEMA_KEYS_MAX];
	size_t n_keys;
};

struct schema_type {
	const char *name;
	struct schema_field *fields;
	size_t n_fields;
	bool atomic;
};

struct schema;

struct schema *schema_new(void);
void schema_free(struct schema *s);
/* NULL when there is none. */
const struct schema_type *schema_find(const struct schema *s, const char *name);
const struct schema_type *schema_of_resource(const struct schema *s, const struct kube_resource *r);
const struct schema_field *schema_field(const struct schema_type *t, const char *name);

/* A new object of the type with kind and apiVersion first when `root` (copied from the input). `unknown` (an array, may
 * be NULL) gets the paths of fields that the type does not have. NULL with a sentence in Go's words when a value has
 * the wrong type. */
json_t *schema_decode(const struct schema_type *t, const json_t *in, bool root, json_t *unknown, struct err *e);

/* The canonical text of a quantity ("0.5" is "500m"). -1 when it is none. */
int quantity_canonical(const char *text, char out[64]);
/* In billionths, rounded up, saturating. -1 when it is none. */
int quantity_nano(const char *text, __int128 *ret_nano);

/* Checks and normalises a time to UTC; `micro` wants exactly six digits of a fraction. -1 with Go's sentence. */
int schema_time(const char *text, bool micro, char out[64], struct err *e);

#endif
