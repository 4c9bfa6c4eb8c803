/* An image as Mesos takes it, of a container or of a volume.
 *
 * Source: mesos/v1/mesos.proto Image.
 */
#ifndef TRANSLATE_IMAGE_H
#define TRANSLATE_IMAGE_H

#include <jansson.h>
#include <stdbool.h>

/* A new reference. pull_always: a cached one will not do. */
json_t *image_json(const char *name, bool pull_always);

#endif
