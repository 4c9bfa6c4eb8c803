#include "base/authority.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int parse_port(const char *text, uint16_t *ret, struct err *e)
{
	size_t n = strspn(text, "0123456789");
	long port = n > 0 && n <= 5 && !text[n] ? strtol(text, NULL, 10) : 0;
	if (port < 1 || port > UINT16_MAX) {
		return err_set(e, ERR_INVALID, "port \"%.32s\" is not from 1 to 65535", text);
	}
	*ret = (uint16_t)port;
	return 0;
}

/* Cuts the text after the host; what follows (":port" or nothing) is returned, NULL when there is no good host. */
static char *cut_host(char *text, char **ret_host, struct err *e)
{
	if (text[0] == '[') {
		char *end = strchr(text, ']');
		if (!end || end == text + 1 ||
		    strspn(text + 1, "0123456789abcdefABCDEF:.") != (size_t)(end - text - 1) ||
		    (end[1] && end[1] != ':')) {
			err_set(e, ERR_INVALID, "has no valid IPv6 address in its brackets");
			return NULL;
		}
		*end = '\0';
		*ret_host = text + 1;
		return end + 1;
	}
	char *colon = strrchr(text, ':');
	char *rest = colon ? colon : text + strlen(text);
	for (const char *p = text; p < rest; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-._", *p)) {
			err_set(e, ERR_INVALID, "has no valid host name");
			return NULL;
		}
	}
	if (rest == text) {
		err_set(e, ERR_INVALID, "has no host");
		return NULL;
	}
	*ret_host = text;
	return rest;
}

int authority_parse(const char *text, size_t n, char **ret_host, uint16_t *ret_port, struct err *e)
{
	CLEANUP_FREE char *copy = xstrndup(text, n);
	char *host;
	uint16_t port = 0;
	char *rest = cut_host(copy, &host, e);
	if (!rest || (*rest && parse_port(rest + 1, &port, e) < 0)) {
		return -1;
	}
	*rest = '\0';
	if (ret_host) {
		*ret_host = xstrdup(host);
	}
	if (ret_port) {
		*ret_port = port;
	}
	return 0;
}
