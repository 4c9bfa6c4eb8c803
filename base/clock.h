/* The two clocks, and the only place where they are read; what is tested in virtual time replaces this file when it is
 * linked. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970. May be set, back or forth. */
int64_t clock_wall_ms(void);

/* Milliseconds since a point that no other process need share. Never set; goes on while the process is stopped or the
 * machine sleeps. */
int64_t clock_steady_ms(void);

#endif
