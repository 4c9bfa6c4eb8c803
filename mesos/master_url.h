/* Where a master's scheduler API is, from configuration and from redirects. All return text to free() in *ret. */
#ifndef MESOS_MASTER_URL_H
#define MESOS_MASTER_URL_H

#include "base/err.h"

#define MASTER_URL_MAX 2048

/* "http://host:port" (or https, a path before the API's allowed) with the API's path after it. */
int master_url_of_config(const char *text, char **ret, struct err *e);

/* Where a 307 of `from` leads: a whole URL, "//host:port/path" as masters say it, or a path. Only http and https, and
 * never from https to http, for the password would follow. */
int master_url_of_redirect(const char *from, const char *location, char **ret, struct err *e);

#endif
