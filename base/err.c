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
