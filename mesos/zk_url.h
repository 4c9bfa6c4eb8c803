/* Where in ZooKeeper masters announce themselves, in the form that Mesos takes with --zk and --master:
 * "zk://[user:password@]host1:port1,host2:port2/path".
 *
 * Source: Mesos docs/high-availability.md, include/mesos/zookeeper/url.hpp: the path begins at the first slash, the
 * servers after the last "@" before it. As for Mesos, every server has a port and the path is not "/".
 */
#ifndef MESOS_ZK_URL_H
#define MESOS_ZK_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ZK_SERVERS_MAX 16

struct zk_server {
	char *host; /* name or address, without brackets */
	uint16_t port;
};

struct zk_url {
	char *credentials; /* "user:password" for ZooKeeper's scheme "digest"; NULL: none. Never to be logged */
	struct zk_server servers[ZK_SERVERS_MAX];
	size_t n_servers;
	char *path; /* absolute, without a slash at the end */
};

/* Whether it begins with "zk://". */
bool zk_url_is(const char *text);
/* `ret` needs no initialisation. Each error is the end of a sentence about the text, and shows nothing of the
 * credentials. */
int zk_url_parse(const char *text, struct zk_url *ret, struct err *e);
void zk_url_copy(struct zk_url *to, const struct zk_url *from);
/* NULL-safe. */
void zk_url_done(struct zk_url *url);

#endif
