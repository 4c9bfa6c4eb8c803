/* Tokens of service accounts for pods: TokenRequest, as one more thing that is fetched by name (kube/source.h).
 *
 * Source: authentication.k8s.io/v1 TokenRequest, bound to a pod.
 */
#ifndef KUBE_TOKEN_H
#define KUBE_TOKEN_H

#include <jansson.h>
#include <stdint.h>

#include "kube/source.h"

/* The name of a KUBE_SOURCE_TOKEN: all that is asked for. "" as audience: the API server's; 0 seconds: as long as it
 * likes. free() it. */
char *kube_token_name(const char *account, const char *pod, const char *uid, int64_t seconds, const char *audience);

/* Of such a name: what is POSTed where; free() and json_decref() them. */
char *kube_token_path(const struct kube_source_ref *ref);
json_t *kube_token_body(const struct kube_source_ref *ref);

#endif
