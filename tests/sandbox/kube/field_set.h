/* Sets of fields as FieldsV1 writes them: {"f:spec":{"f:replicas":{}}, …}; "k:{…}" are list elements by key, "v:…"
 * elements of sets.
 *
 * All results are new references.
 */
#ifndef SANDBOX_KUBE_FIELD_SET_H
#define SANDBOX_KUBE_FIELD_SET_H

#include "tests/sandbox/kube/schema.h"

/* The fields of an object that an applier may own: all but kind, apiVersion and what identifies it. */
json_t *field_set_of(const struct schema_type *t, const json_t *object);
json_t *field_set_minus(const json_t *a, const json_t *b);
json_t *field_set_union(const json_t *a, const json_t *b);
/* Those of `set` whose values differ between two objects. */
json_t *field_set_changed(const struct schema_type *t, const json_t *set, const json_t *before, const json_t *after);
/* Takes the fields out of the object (changed in place; its trees must not be shared). */
void field_set_remove(const struct schema_type *t, const json_t *set, json_t *object);
/* The paths of a set, ".status.capacity.cpu", appended to an array of strings. */
void field_set_paths(const json_t *set, json_t *paths);

/* The index of the list's element that the keys in `element` name, or SIZE_MAX. */
size_t field_element(const struct schema_field *f, const json_t *list, const json_t *element);

#endif
