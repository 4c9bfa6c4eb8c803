/* What a client asks before it asks for anything: version, health, API groups, resource lists, OpenAPI.
 *
 * Pure and stateless: every answer is derived from the resource table in registry.h. Who may ask is decided by the caller
 * before (discovery_is_public says which of these paths need no identity).
 *
 * Serves GET of / /version /healthz /livez /readyz (with ?verbose, ?exclude=, and single checks) /api /apis (plain and
 * aggregated: APIGroupDiscoveryList v2, v2beta1) /api/v1 /apis/G /apis/G/V /openapi/v2 /openapi/v3[/...].
 * The OpenAPI documents are minimal: valid, but without schemas of fields, so that clients skip their own validation.
 */
#ifndef SANDBOX_KUBE_DISCOVERY_H
#define SANDBOX_KUBE_DISCOVERY_H

#include <stdbool.h>

#include "tests/sandbox/http.h"

/* True when the request was one of these and `res` is filled (200, 304, 404, 405 or 406); false when it is for another
 * part of the API server, `res` then being untouched. An API group that does not exist is answered here: 404 in plain text. */
bool discovery_handle(const struct sandbox_request *req, struct sandbox_response *res);

/* Paths that system:anonymous may read too: /version, /healthz, /livez, /readyz. */
bool discovery_is_public(const char *path);

#endif
