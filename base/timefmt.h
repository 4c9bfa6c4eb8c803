/* Points in time as text, RFC 3339 in UTC, as Kubernetes writes them. Time is int64 milliseconds since 1970 unless
 * said. */
#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H

#include <stdint.h>

#define TIME_TEXT_MAX 32

/* "2026-11-22T10:17:45Z"; metav1.Time. Returns out. */
const char *time_text(int64_t ms, char out[TIME_TEXT_MAX]);
/* "2026-11-22T10:17:45.123000Z"; metav1.MicroTime needs exactly six digits. */
const char *time_text_micro(int64_t ms, char out[TIME_TEXT_MAX]);
/* Any RFC 3339 time, with fraction or offset. -1 when it is none. */
int time_parse(const char *text, int64_t *ret_ms);

#endif
