/* The health check of gRPC: what is asked of grpc.health.v1.Health/Check, and what an answer says. Pure.
 *
 * Source: grpc/health/v1/health.proto; "gRPC over HTTP2" (a message has five bytes before it: whether it is compressed,
 * and its length).
 */
#ifndef BASE_GRPC_HEALTH_H
#define BASE_GRPC_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define GRPC_HEALTH_PATH "/grpc.health.v1.Health/Check"
#define GRPC_SERVICE_MAX 4096 /* bytes of a name */
#define GRPC_ANSWER_MAX 4096  /* bytes of an answer, its five included */
#define GRPC_OK 0
#define GRPC_DEADLINE_EXCEEDED 4
#define GRPC_UNIMPLEMENTED 12

/* The body of the request for this service ("": the server as a whole), no longer than GRPC_SERVICE_MAX. */
void grpc_health_ask(const char *service, struct buf *ret);

/* The status in the body of an answer; 0 when it has none. -1: it is no answer. */
int grpc_health_read(const char *bytes, size_t n, int64_t *ret_status, struct err *e);
/* SERVING. */
bool grpc_health_good(int64_t status);
/* "NOT_SERVING", …; "UNKNOWN" for numbers without a name. */
const char *grpc_health_name(int64_t status);

#endif
