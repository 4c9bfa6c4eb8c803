/* Codes of errors as text, for what tests tell and compare. */
#ifndef TESTS_UNIT_ERR_NAME_H
#define TESTS_UNIT_ERR_NAME_H

#include "base/err.h"

static inline const char *err_code_name(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return "none";
	case ERR_INVALID:
		return "invalid";
	case ERR_UNSUPPORTED:
		return "unsupported";
	case ERR_LIMIT:
		return "limit";
	case ERR_MEMORY:
		return "memory";
	case ERR_NOT_FOUND:
		return "not-found";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_EXPIRED:
		return "expired";
	case ERR_AUTH:
		return "unauthenticated";
	case ERR_DENIED:
		return "denied";
	case ERR_BUSY:
		return "busy";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_IO:
		return "io";
	case ERR_PROTOCOL:
		return "protocol";
	}
	return "unknown";
}

#endif
