/* A request that the adapter itself makes of a pod, for a probe or a hook. Pure. */
#ifndef TRANSLATE_REQUEST_H
#define TRANSLATE_REQUEST_H

#include <jansson.h>

#include "kube/pod.h"

/* An address may be of IPv6; in the path, characters that no URL has are escaped. free() it. */
char *request_url(bool https, const char *host, int port, const char *path);
/* [[name, value], …] */
json_t *request_headers(const struct kube_pair *headers, size_t n);

#endif
