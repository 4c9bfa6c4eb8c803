/* How masters announce themselves in ZooKeeper: one ephemeral sequential node each, "json.info_0000000042", whose data
 * is the master's MasterInfo as JSON. The lowest number leads. Pure.
 *
 * Source: Mesos docs/high-availability-framework-guide.md; src/zookeeper/group.cpp (names),
 * src/master/contender/zookeeper.cpp (data), MasterInfo and Address in include/mesos/mesos.proto.
 */
#ifndef MESOS_MASTER_INFO_H
#define MESOS_MASTER_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MASTER_INFO_MAX ((size_t)64 << 10) /* data of a node */
#define MASTER_HOST_MAX 255		   /* its host name or address */

/* The leader's name among the group's children (borrowed), NULL when no master is there: a name counts when what
 * follows its last "_" is a whole number of 32 bits. Others, as the registry's "log_replicas", do not. */
const char *master_info_leader(const char *const *names, size_t n);

/* Where the master is that announced `data` under `name`: "http://host:port", free() it; master_url_of_config takes it.
 * MasterInfo does not say whether that port speaks TLS, so the caller does. Without TLS the host is the address that
 * the master announced, as in Mesos' own drivers; with TLS its host name, for certificates are made out to names. */
int master_info_url(const char *name, const char *data, size_t n, bool tls, char **ret_url, struct err *e);

#endif
