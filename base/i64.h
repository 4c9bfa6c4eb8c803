/* Of two amounts, or of two points in time. */
#ifndef BASE_I64_H
#define BASE_I64_H

#include <stdint.h>

static inline int64_t i64_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t i64_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
