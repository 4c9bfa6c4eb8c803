/* Comparing what the model says with what was recorded, where values differ from server to server.
 *
 * A difference is one sentence with the path. uids, resourceVersions and continue tokens must map one to one in a whole
 * script; times that a server makes must be times; names that a server makes up must begin alike; managedFields are not
 * compared.
 */
#ifndef UNIT_SANDBOX_KUBE_COMPARE_H
#define UNIT_SANDBOX_KUBE_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct compare {
	json_t *ours; /* recorded value -> ours, of uids, versions and tokens */
};

void compare_init(struct compare *c);
void compare_done(struct compare *c);
/* From now on, this recorded value stands for that one of ours. */
void compare_map(struct compare *c, const char *recorded, const char *ours);
/* 0, or -1 with the difference. */
int compare_json(struct compare *c, const json_t *recorded, const json_t *ours, struct err *e);
/* The text with every mapped recorded value replaced: uids anywhere, versions where they are versions. free() it. */
char *compare_translate(const struct compare *c, const char *text);

#endif
