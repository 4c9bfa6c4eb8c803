#include "mesos/master_info.h"

#include <stdlib.h>
#include <string.h>

#include "base/authority.h"
#include "base/mem.h"
#include "mesos/wire.h"

#define LABEL "json.info_"
#define SEQUENCE_DIGITS 10 /* as ZooKeeper writes it; beyond 2^31 it goes on at -2^31 */

static bool sequence_of(const char *name, int32_t *ret)
{
	const char *last = strrchr(name, '_');
	const char *text = last ? last + 1 : name;
	const char *digits = text + (*text == '-');
	size_t n = strspn(digits, "0123456789");
	if (n == 0 || n > SEQUENCE_DIGITS || digits[n]) {
		return false;
	}
	long long value = strtoll(text, NULL, 10);
	*ret = (int32_t)value;
	return value >= INT32_MIN && value <= INT32_MAX;
}

const char *master_info_leader(const char *const *names, size_t n)
{
	const char *leader = NULL;
	int32_t lowest = 0, sequence;
	for (size_t i = 0; i < n; i++) {
		if (sequence_of(names[i], &sequence) && (!leader || sequence < lowest)) {
			leader = names[i];
			lowest = sequence;
		}
	}
	return leader;
}

/* Borrowed; NULL when it is missing or empty. */
static const char *text_of(const json_t *o, const char *key)
{
	const char *text = js_str(o, key);
	return text && *text ? text : NULL;
}

int master_info_url(const char *name, const char *data, size_t n, bool tls, char **ret_url, struct err *e)
{
	if (strncmp(name, LABEL, strlen(LABEL)) != 0) {
		return err_set(e, ERR_UNSUPPORTED,
			       "announces itself in another form than " LABEL "…, as Mesos before "
			       "0.24 did");
	}
	if (n > MASTER_INFO_MAX) {
		return err_set(e, ERR_LIMIT, "has %zu bytes of data, at most %zu are read", n, MASTER_INFO_MAX);
	}
	json_t *info CLEANUP_JSON = wire_parse(data, n, e);
	if (!info) {
		return err_wrap(e, "has no JSON");
	}
	const json_t *address = js_obj(info, "address");
	const char *host = text_of(address, tls ? "hostname" : "ip");
	if (!host) {
		host = text_of(address, tls ? "ip" : "hostname");
	}
	int64_t port = 0;
	if (!host || !wire_i64(json_object_get(address, "port"), &port)) {
		return err_set(e, ERR_INVALID, "has no address with hostname or ip, and port");
	}
	if (strlen(host) > MASTER_HOST_MAX) {
		return err_set(e, ERR_LIMIT, "has an address longer than %d bytes", MASTER_HOST_MAX);
	}
	CLEANUP_FREE char *authority = xasprintf(strchr(host, ':') ? "[%s]:%lld" : "%s:%lld", host, (long long)port);
	if (authority_parse(authority, strlen(authority), NULL, NULL, e) < 0) {
		return err_wrap(e, "address \"%.128s\"", authority);
	}
	*ret_url = xasprintf("%s://%s", tls ? "https" : "http", authority);
	return 0;
}
