/* Checks of single values that the table of options cannot express. Each error is the end of a sentence about the
 * value. */
#ifndef ADAPTER_SETTINGS_CHECK_H
#define ADAPTER_SETTINGS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* http://host[:port] or https://…, nothing after it but a slash. */
int check_master_url(const char *url, struct err *e);
/* A role as Mesos allows it (src/common/roles.cpp): no white space, no ".", "..", "*" or leading "-" as a part. */
int check_mesos_role(const char *role, struct err *e);
/* A DNS-1123 subdomain: names of most Kubernetes objects. */
int check_kube_name(const char *name, struct err *e);
/* A DNS-1123 label: namespaces. */
int check_kube_label(const char *name, struct err *e);
/* "key:Effect"; both are newly allocated. */
int check_taint(const char *text, char **ret_key, char **ret_effect, struct err *e);
/* "key=value" */
int check_label(const char *text, struct err *e);
bool check_ip(const char *text);
/* "IP:port", "[IPv6]:port" or ":port" (every address); port 0 is one that the system chooses. *ret_host is newly
 * allocated. */
int check_listen_address(const char *text, char **ret_host, uint16_t *ret_port, struct err *e);
/* A regular file that can be read. */
int check_readable(const char *path, struct err *e);

#endif
