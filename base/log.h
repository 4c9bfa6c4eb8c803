/* Structured log: one line a fact, a sentence and then key=value pairs, on stderr.
 *
 *   log_info("pod bound", "pod", "default/web-1", "node", "agent-2", NULL);
 *
 * Values are strings; NUMSTR() makes one of an integer. Values with spaces or control characters are quoted, so a line
 * stays one line whatever a peer sent; each is cut after 1,024 bytes; a pair whose value is NULL is left out. Nothing
 * secret is ever passed here.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/buf.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* For the whole process; set once at start. Default: info, text. */
void log_setup(enum log_level least, enum log_format format);

void log_debug(const char *sentence, ...) __attribute__((sentinel));
void log_info(const char *sentence, ...) __attribute__((sentinel));
void log_warn(const char *sentence, ...) __attribute__((sentinel));
void log_error(const char *sentence, ...) __attribute__((sentinel));

#define NUMSTR_MAX 24
const char *log_number(int64_t value, char out[NUMSTR_MAX]);
#define NUMSTR(value) log_number((int64_t)(value), (char[NUMSTR_MAX]){0})

#endif
