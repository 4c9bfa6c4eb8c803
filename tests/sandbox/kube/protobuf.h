/* Request bodies in Kubernetes' protobuf form, turned into JSON: newer kubectl send some objects only so.
 *
 * Knows the kinds that kubectl itself makes (namespaces, config maps, secrets, service accounts, jobs, evictions,
 * access reviews, token requests, priority classes, delete options), and of those the fields that it fills. A kind or a
 * filled field beyond that is an error, never left out. Field numbers: the generated.proto files of k8s.io/api and
 * k8s.io/apimachinery. Pure.
 */
#ifndef SANDBOX_KUBE_PROTOBUF_H
#define SANDBOX_KUBE_PROTOBUF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tests/sandbox/http.h"

#define PROTOBUF_MEDIA_TYPE "application/vnd.kubernetes.protobuf"
#define PROTOBUF_DEPTH_MAX 16

/* The object, with apiVersion and kind; a new reference. NULL with ERR_UNSUPPORTED or ERR_INVALID. */
json_t *protobuf_object(const void *bytes, size_t n, struct err *e);

/* Calls `handler` with the request, its body turned into JSON if it came in protobuf and can be. Otherwise as it is:
 * the handler then refuses the media type. */
void protobuf_front(sandbox_handler handler, void *model, int64_t now_ms, const struct sandbox_request *req,
		    struct sandbox_response *res);

#endif
