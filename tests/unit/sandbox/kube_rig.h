/* A model of the API server for tests, and requests to it in a line. */
#ifndef UNIT_SANDBOX_KUBE_RIG_H
#define UNIT_SANDBOX_KUBE_RIG_H

#include <jansson.h>

#include "tests/sandbox/kube/apiserver.h"

#define RIG_START_MS INT64_C(1795342665000) /* 2026-11-22T10:17:45Z */

struct rig {
	struct apiserver *server;
	int64_t now;
	json_t *answer; /* of the last request; NULL when it was no JSON */
};

/* Tokens "admin" (system:masters), "plain" (nothing), "reader" (get, list and watch pods in default) and "brief" (a
 * master for one second). */
void rig_init(struct rig *r);
void rig_init_config(struct rig *r, struct apiserver_config config);
void rig_done(struct rig *r);

/* As "admin", `body` in JSON with ' for ". Returns the status. */
int rig_send(struct rig *r, const char *method, const char *path, const char *body);
int rig_patch(struct rig *r, const char *type, const char *path, const char *body);
int rig_send_as(struct rig *r, const char *token, const char *method, const char *path);
void rig_pod(struct rig *r, const char *name, const char *node);
/* The stream of a watch; the caller unrefs it. */
struct sandbox_stream *rig_watch(struct rig *r, const char *path);
/* What came since the last time, one word a line: "ADDED web", "BOOKMARK", "ERROR 410". free() it. */
char *rig_events(struct sandbox_stream *s);
const char *rig_str(const struct rig *r, const char *a, const char *b);

#endif
