/* What a client asks before it asks for anything: version, health, API groups, resource lists, OpenAPI.
 *
 * Pure and stateless: every answer is derived from the resource table in registry.h. Who may ask is decided by the
 * caller before (discovery_is_public says which of these paths need no identity).
 *
 * Serves GET of / /version /healthz /livez /readyz (with ?verbose, ?exclude=, and single checks) /api /apis (plain and
 * aggregated: APIGroupDiscoveryList v2, v2beta1) /api/v1 /apis/G /apis/G/V /openapi/v2 /openapi/v3[/...].
 * The OpenAPI documents are minimal: valid, but without schemas of fields, so that clients skip their own validation.
 */
#ifndef SANDBOX_KUBE_DISCOVERY_H
#define SANDBOX_KUBE_DISCOVERY_H

#include <stdbool.h>

#include "tests/sandbox/http.h"

/* False when the request is for a resource of a group version that exists (/api/v1/..., /apis/G/V/...), `res` then
 * being untouched. All else is answered here: 200, 304, 405, or 404 in plain text, for unknown groups and other paths
 * alike. */
bool discovery_handle(const struct sandbox_request *req, struct sandbox_response *res);

/* Paths that system:anonymous may read too: /version, /healthz, /livez, /readyz. */
bool discovery_is_public(const char *path);

#endif
