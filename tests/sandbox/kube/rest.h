/* Serving one request. Private to tests/sandbox/kube/. */
#ifndef SANDBOX_KUBE_REST_H
#define SANDBOX_KUBE_REST_H

#include "tests/sandbox/kube/model.h"

/* `c` has s, now, req, res and internal set, all else zero; everything it allocates is freed again. */
void rest_serve(struct call *c);

#endif
