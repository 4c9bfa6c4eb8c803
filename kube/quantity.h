/* Kubernetes quantities ("100m", "64Mi", "1e3", "0.5") in exact thousandths.
 *
 * Source: k8s.io/apimachinery resource.Quantity. Finer than a thousandth is rounded up, away from zero.
 */
#ifndef KUBE_QUANTITY_H
#define KUBE_QUANTITY_H

#include <stdint.h>

#include "base/err.h"

#define QUANTITY_LENGTH_MAX 128 /* bytes of text; longer ones are no quantities */

/* ERR_INVALID for what is no quantity, ERR_LIMIT beyond int64 thousandths (about 9.2e15 units). Negative ones parse. */
int quantity_parse(const char *text, int64_t *ret_milli, struct err *e);

#define QUANTITY_TEXT_MAX 32
/* Canonical decimal text: "2", "1500m". Returns out. */
const char *quantity_text(int64_t milli, char out[QUANTITY_TEXT_MAX]);
/* Bytes with a binary suffix where exact: "64Mi", "1000". Returns out. */
const char *quantity_text_bytes(int64_t bytes, char out[QUANTITY_TEXT_MAX]);

#endif
