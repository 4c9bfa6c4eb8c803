/* /healthz, /livez and /readyz of the miniature API server: always well, but with the same answers as the real ones.
 *
 * With ?verbose one line per check, ?exclude=NAME marks one as excluded; /livez/NAME asks for one alone. Pure.
 */
#ifndef SANDBOX_KUBE_HEALTH_H
#define SANDBOX_KUBE_HEALTH_H

#include <stdbool.h>

#include "tests/sandbox/http.h"

/* False when the path is another; `res` is then untouched. */
bool health_handle(const struct sandbox_request *req, struct sandbox_response *res);

#endif
