#include "mesos/master_url.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define API_PATH "/api/v1/scheduler"

/* Length of "http://" or "https://" at the start, 0 when there is neither. */
static size_t scheme_length(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);
		if (strncasecmp(url, schemes[i], n) == 0) {
			return n;
		}
	}
	return 0;
}

static bool has_space_or_control(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s <= ' ' || *s == 0x7f) {
			return true;
		}
	}
	return false;
}

static int check(const char *what, const char *url, struct err *e)
{
	size_t scheme = scheme_length(url);
	if (strlen(url) > MASTER_URL_MAX) {
		return err_set(e, ERR_LIMIT, "%s is longer than %d bytes", what, MASTER_URL_MAX);
	}
	if (scheme == 0) {
		return err_set(e, ERR_INVALID, "%s \"%.200s\" starts with neither http:// nor https://", what, url);
	}
	if (strcspn(url + scheme, "/?#") == 0 || has_space_or_control(url)) {
		return err_set(e, ERR_INVALID, "%s \"%.200s\" is not a URL", what, url);
	}
	return 0;
}

int master_url_of_config(const char *text, char **ret, struct err *e)
{
	if (check("master", text, e) < 0) {
		return -1;
	}
	if (strpbrk(text, "?#@")) {
		return err_set(e, ERR_INVALID, "master \"%.200s\" must not have a query, fragment or credentials",
			       text);
	}
	size_t n = strlen(text);
	while (text[n - 1] == '/') {
		n--;
	}
	*ret = xasprintf("%.*s" API_PATH, (int)n, text);
	return 0;
}

int master_url_of_redirect(const char *from, const char *location, char **ret, struct err *e)
{
	size_t scheme = scheme_length(from);
	size_t host = strcspn(from + scheme, "/");
	CLEANUP_FREE char *url = NULL;
	if (strncmp(location, "//", 2) == 0) {
		url = xasprintf("%.*s%s", (int)scheme, from, location + 2);
	} else if (location[0] == '/') {
		url = xasprintf("%.*s%s", (int)(scheme + host), from, location);
	} else {
		url = xstrdup(location);
	}
	if (check("redirect to", url, e) < 0) {
		return -1;
	}
	if (scheme == strlen("https://") && scheme_length(url) != scheme) {
		return err_set(e, ERR_DENIED, "redirect to \"%.200s\" would leave TLS", url);
	}
	bool whole = strpbrk(url + scheme_length(url), "/?#");
	*ret = whole ? xstrdup(url) : xasprintf("%s" API_PATH, url);
	return 0;
}
