/* The three patch languages, as pure functions on trees: a new reference, or NULL with a refusal.
 *
 * JSON patch (RFC 6902), JSON merge patch (RFC 7396), and Kubernetes' strategic merge patch, which merges lists by the
 * keys that the schema names and knows the directives $patch, $setElementOrder/…, $deleteFromPrimitiveList/… and
 * $retainKeys.
 */
#ifndef SANDBOX_KUBE_PATCHES_H
#define SANDBOX_KUBE_PATCHES_H

#include "tests/sandbox/kube/schema.h"
#include "tests/sandbox/kube/status_object.h"

#define PATCH_OPERATIONS_MAX 10000
#define PATCH_DEPTH_MAX 64

json_t *patch_json(const json_t *document, const json_t *operations, struct refusal *r);
json_t *patch_merge(const json_t *document, const json_t *patch);
json_t *patch_strategic(const struct schema_type *t, const json_t *document, const json_t *patch, struct refusal *r);

#endif
