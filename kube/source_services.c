/* Services as the variables that the kubelet makes of them: NAME_SERVICE_HOST, NAME_SERVICE_PORT and those of Docker's
 * links. A service without an address of its own (headless, ExternalName) has none. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/source_inner.h"

#define LAST_PORT 65535
#define SERVICE_TEXT_MAX 512

/* Upper case, '-' and '.' as '_', and no digit first. Free it. */
static char *variable_name(const char *name)
{
	char *made = xasprintf("%s%s", isdigit((unsigned char)*name) ? "_" : "", name);
	for (char *c = made; *c; c++) {
		*c = *c == '-' || *c == '.' ? '_' : (char)toupper((unsigned char)*c);
	}
	return made;
}

__attribute__((format(printf, 4, 5))) static int put(struct source_draft *d, const char *prefix, const char *suffix,
						     const char *fmt, ...)
{
	char value[SERVICE_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	CLEANUP_FREE char *key = xasprintf("%s%s", prefix, suffix);
	return source_put(d, key, value, strlen(value), false);
}

struct service_port {
	const char *name;
	char protocol[8], upper[8];
	int number;
};

static int read_port(struct source_draft *d, const json_t *v, struct service_port *ret)
{
	int64_t number = js_int(v, "port", 0);
	const char *protocol = js_str(v, "protocol");
	if (number < 1 || number > LAST_PORT) {
		return err_set(d->e, ERR_INVALID, "spec.ports: a port without a number");
	}
	*ret = (struct service_port){.name = js_str(v, "name"), .number = (int)number};
	snprintf(ret->upper, sizeof(ret->upper), "%s", protocol && *protocol ? protocol : "TCP");
	for (size_t i = 0; ret->upper[i]; i++) {
		ret->protocol[i] = (char)tolower((unsigned char)ret->upper[i]);
	}
	return 0;
}

/* Variables like those of Docker's links. */
static int put_link(struct source_draft *d, const char *name, const char *ip, const struct service_port *port,
		    bool first)
{
	char prefix[SERVICE_TEXT_MAX];
	snprintf(prefix, sizeof(prefix), "%s_PORT_%d_%s", name, port->number, port->upper);
	return (first && put(d, name, "_PORT", "%s://%s:%d", port->protocol, ip, port->number)) ||
	       put(d, prefix, "", "%s://%s:%d", port->protocol, ip, port->number) ||
	       put(d, prefix, "_PROTO", "%s", port->protocol) || put(d, prefix, "_PORT", "%d", port->number) ||
	       put(d, prefix, "_ADDR", "%s", ip);
}

static int put_ports(struct source_draft *d, const char *name, const char *ip, const json_t *ports)
{
	struct service_port port;
	size_t i;
	json_t *v;
	json_array_foreach (ports, i, v) {
		CLEANUP_FREE char *as_name = NULL;
		if (read_port(d, v, &port) || (i == 0 && put(d, name, "_SERVICE_PORT", "%d", port.number))) {
			return -1;
		}
		if (port.name && *port.name) {
			CLEANUP_FREE char *upper = variable_name(port.name);
			as_name = xasprintf("_SERVICE_PORT_%s", upper);
			if (put(d, name, as_name, "%d", port.number)) {
				return -1;
			}
		}
	}
	json_array_foreach (ports, i, v) {
		if (read_port(d, v, &port) || put_link(d, name, ip, &port, i == 0)) {
			return -1;
		}
	}
	return 0;
}

int source_put_service(struct source_draft *d, const json_t *service)
{
	const char *name = js_str_at(service, "metadata", "name", NULL);
	const char *ip = js_str_at(service, "spec", "clusterIP", NULL);
	const char *type = js_str_at(service, "spec", "type", NULL);
	if (!name || !ip || !*ip || !strcmp(ip, "None") || (type && !strcmp(type, "ExternalName"))) {
		return 0;
	}
	CLEANUP_FREE char *upper = variable_name(name);
	return put(d, upper, "_SERVICE_HOST", "%s", ip) ||
	       put_ports(d, upper, ip, js_arr(js_obj(service, "spec"), "ports"));
}

int source_put_services(struct source_draft *d, const json_t *list)
{
	const json_t *items = js_arr(list, "items");
	size_t i;
	json_t *service;
	if (json_array_size(items) > KUBE_SERVICES_MAX) {
		return err_set(d->e, ERR_LIMIT, "more than %d services: set enableServiceLinks: false",
			       KUBE_SERVICES_MAX);
	}
	json_array_foreach (items, i, service) {
		if (source_put_service(d, service)) {
			return -1;
		}
	}
	return 0;
}
