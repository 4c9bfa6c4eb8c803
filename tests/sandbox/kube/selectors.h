/* Label and field selectors, as the API's query parameters write them.
 *
 * Labels: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 * Fields: `path=value`, `==`, `!=`, joined by commas; which paths exist depends on the resource.
 */
#ifndef SANDBOX_KUBE_SELECTORS_H
#define SANDBOX_KUBE_SELECTORS_H

#include "tests/sandbox/kube/registry.h"
#include "tests/sandbox/kube/status_object.h"

#define SELECTOR_TERMS_MAX 64

struct selector; /* NULL selects everything */

/* `*ret` is NULL for an empty text. -1: 400 in the refusal. */
int label_selector_parse(const char *text, struct selector **ret, struct refusal *r);
int field_selector_parse(const struct kube_resource *res, const char *text, struct selector **ret, struct refusal *r);
void selector_free(struct selector *s);

/* `object` in its stored form. */
bool selector_matches_labels(const struct selector *s, const json_t *object);
bool selector_matches_fields(const struct selector *s, const json_t *object);

#endif
