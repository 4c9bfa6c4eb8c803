/* A container's id, nested in its parents': joined with points for people, as an object on the wire. */
#ifndef MESOS_CONTAINER_ID_H
#define MESOS_CONTAINER_ID_H

#include <jansson.h>

/* {"value":"c","parent":{"value":"b","parent":{"value":"a"}}} of "a.b.c"; a new reference. */
json_t *container_id_json(const char *joined);

/* "a.b.c"; free() it. NULL when it is none, or nested deeper than MESOS_CONTAINER_DEPTH_MAX. */
char *container_id_join(const json_t *id);

#endif
