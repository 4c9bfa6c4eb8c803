/* Reading the protobuf that typed Kubernetes clients send, by the numbers of the schema.
 *
 * A body is "k8s\0" and a message runtime.Unknown that holds kind, apiVersion and the object. Sizes are those of the
 * body: nothing is allocated by what a length says. Source: the protobuf encoding and k8s.io/apimachinery's serializer.
 */
#ifndef SANDBOX_KUBE_PROTO_H
#define SANDBOX_KUBE_PROTO_H

#include "tests/sandbox/kube/schema.h"

#define PROTO_CONTENT_TYPE "application/vnd.kubernetes.protobuf"

/* The object as JSON would have it, not yet decoded by the schema. NULL with a sentence. */
json_t *proto_read(const struct schema_type *t, const char *body, size_t n, struct err *e);

#endif
