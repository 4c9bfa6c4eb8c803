/* Which nodes a NodeSelector is about: a list of terms, of which one has to match; a term's expressions match all
 * together, and an empty term matches nothing.
 *
 * Source: core/v1 NodeSelector; nodeaffinity of k8s.io/component-helpers.
 */
#ifndef KUBE_NODE_TERMS_H
#define KUBE_NODE_TERMS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

#define NODE_EXPRESSIONS_MAX 1000 /* of one selector, with all their values counted */

struct kube_node_terms;

/* ERR_INVALID naming the place, ERR_LIMIT. kube_node_terms_free() it. */
struct kube_node_terms *kube_node_terms_decode(const json_t *selector, struct err *e);
void kube_node_terms_free(struct kube_node_terms *terms);

/* `label`: the value that the node has of this label, NULL when it has none; valid until the next call. */
bool kube_node_terms_match(const struct kube_node_terms *terms, const char *node_name,
			   const char *(*label)(void *arg, const char *key), void *arg);

#endif
