/* /openapi/v2 and /openapi/v3 of the miniature API server: valid documents that say as little as clients can live with.
 *
 * Version 2 (JSON, or the protobuf form of gnostic that kubectl asks for) describes nothing, so that kubectl skips its
 * own validation. Version 3 describes for every resource that PATCH takes ?fieldValidation, by which kubectl knows that
 * the server validates. No schemas of fields. Pure.
 */
#ifndef SANDBOX_KUBE_OPENAPI_H
#define SANDBOX_KUBE_OPENAPI_H

#include <stdbool.h>

#include "tests/sandbox/http.h"

/* False when the path is another, or a document that does not exist; `res` is then untouched. */
bool openapi_handle(const struct sandbox_request *req, struct sandbox_response *res);

#endif
