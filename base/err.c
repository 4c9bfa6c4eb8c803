#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		e->code = code;
		e->http_status = 0;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	if (e) {
		char context[ERR_TEXT_MAX];
		char whole[ERR_TEXT_MAX * 2 + 2];
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(context, sizeof(context), fmt, ap);
		va_end(ap);
		snprintf(whole, sizeof(whole), "%s: %s", context, e->text);
		whole[sizeof(e->text) - 1] = '\0';
		memcpy(e->text, whole, sizeof(e->text));
	}
	return -1;
}

void err_clear(struct err *e)
{
	if (e) {
		e->code = ERR_NONE;
		e->http_status = 0;
		e->text[0] = '\0';
	}
}

const char *err_code_name(enum err_code code)
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

enum err_code err_code_of_http(int status)
{
	switch (status) {
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_DENIED;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	case 410:
		return ERR_EXPIRED;
	case 413:
		return ERR_LIMIT;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	case 429:
	case 503:
		return ERR_BUSY;
	default:
		return status >= 500 ? ERR_IO : ERR_INVALID;
	}
}
