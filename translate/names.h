/* Files of names: /etc/hosts of a pod with hostAliases, /etc/resolv.conf of one with a dnsConfig. They are files of
 * Mesos secrets, which an agent mounts last, over its own. Pure.
 *
 * Source: kubelet_pods.go (managedHostsFileContent, hostsEntriesFromHostAliases); isolators network/cni and
 * volume/secret of Mesos 1.12.
 */
#ifndef TRANSLATE_NAMES_H
#define TRANSLATE_NAMES_H

#include "translate/site.h"

#define NAMES_HOSTS "/etc/hosts"
#define NAMES_RESOLVER "/etc/resolv.conf"

/* Their text; free() it. NULL: the container has the agent's, or a volume of its own there. */
char *names_hosts(const struct kube_pod *pod, const struct kube_container *c, const struct pod_site *site);
char *names_resolver(const struct kube_pod *pod, const struct kube_container *c);

/* ERR_UNSUPPORTED: a volume is mounted around one of them. */
int names_check(const struct kube_pod *pod, const struct kube_container *c, const char *kind, struct err *e);

#endif
