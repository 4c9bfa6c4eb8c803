/* /openapi/v2 and /openapi/v3 of the miniature API server: valid documents that say as little as clients can live with.
 *
 * Versions 2 (the protobuf form of gnostic that kubectl asks for; in JSON it is empty) and 3 say for every resource
 * that PATCH takes ?dryRun and ?fieldValidation, by which kubectl knows what the server does. No schemas of fields, so
 * kubectl skips its own validation. Pure.
 */
#ifndef SANDBOX_KUBE_OPENAPI_H
#define SANDBOX_KUBE_OPENAPI_H

#include <stdbool.h>

#include "tests/sandbox/http.h"

/* False when the path is another, or a document that does not exist; `res` is then untouched. */
bool openapi_handle(const struct sandbox_request *req, struct sandbox_response *res);

#endif
