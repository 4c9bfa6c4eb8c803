/* Lengths of time as people write them: "250ms", "10s", "1h30m", "7d"; units ms, s, m, h, d, each at most once and
 * larger ones first. In milliseconds, never negative. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

#define DURATION_MAX_MS ((int64_t)3650 * 24 * 3600 * 1000) /* ten years */
#define DURATION_TEXT_MAX 32

/* "0" needs no unit. -1 when the text is no such length or is longer than DURATION_MAX_MS. */
int duration_parse(const char *text, int64_t *ret_ms);

/* The shortest text that duration_parse reads as this: "1h30m", "0s". Returns out. */
const char *duration_text(int64_t ms, char out[DURATION_TEXT_MAX]);

#endif
