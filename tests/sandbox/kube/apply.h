/* Server-side apply: merging by the schema's keys, and who owns which field.
 *
 * Owners are kept in metadata.managedFields as Kubernetes keeps them (FieldsV1), but only for managers that applied; a
 * field whose value another writer changes leaves its owner's set.
 */
#ifndef SANDBOX_KUBE_APPLY_H
#define SANDBOX_KUBE_APPLY_H

#include "tests/sandbox/kube/model.h"

/* Merges `applied` into `live` (NULL: it is created) for the call's fieldManager. A new reference, with managedFields
 * set, or NULL with a refusal (422 without a manager, 409 with the fields that others own and `force` is not set). */
json_t *apply_merge(struct call *c, const struct schema_type *t, const json_t *live, const json_t *applied);

/* After a write that was no apply: takes fields whose values changed out of the sets in object's managedFields. */
void apply_forget_changed(const struct schema_type *t, const json_t *old, json_t *object);

#endif
