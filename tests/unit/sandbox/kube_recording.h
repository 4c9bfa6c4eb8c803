/* One recorded HTTP exchange with kube-apiserver, read from tests/data/kubernetes/recordings/. */
#ifndef UNIT_SANDBOX_KUBE_RECORDING_H
#define UNIT_SANDBOX_KUBE_RECORDING_H

#include <stddef.h>

#include "base/buf.h"
#include "tests/sandbox/http.h"

#define RECORDING_HEADERS_MAX 32

struct recording {
	char *head; /* the bytes that the parts below point into */
	char *method, *path, *query;
	struct sandbox_header headers[RECORDING_HEADERS_MAX];
	size_t n_headers;
	struct buf body;

	int status;
	char *response_head;
	struct sandbox_header response_headers[RECORDING_HEADERS_MAX];
	size_t n_response_headers;
	struct buf response_body; /* chunks joined */
};

/* `name` is "errors/10-404-pod". Fails the running test when there is none. */
void recording_read(struct recording *r, const char *name);
void recording_done(struct recording *r);
/* Of the response; NULL when absent. */
const char *recording_header(const struct recording *r, const char *name);

#endif
