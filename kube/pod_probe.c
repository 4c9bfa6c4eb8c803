/* The probes of a container. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/grpc_health.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"

#define PORT_MAX 65535 /* a TCP port */

const char *const kube_probe_keys[KUBE_PROBES] = {
    [PROBE_STARTUP] = "startupProbe", [PROBE_LIVENESS] = "livenessProbe", [PROBE_READINESS] = "readinessProbe"};

/* As the kubelet: a name is that of a port of the container, or else a number in quotes. 0: neither. */
static int named_port(const struct kube_container *c, const char *name)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		if (c->ports[i].name && !strcmp(c->ports[i].name, name)) {
			return c->ports[i].container_port;
		}
	}
	char *end;
	long number = strtol(name, &end, 10);
	return *name && !*end && number >= 1 && number <= PORT_MAX ? (int)number : 0;
}

int pod_read_port(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c, int *ret)
{
	struct where here = {.up = at, .key = "port"};
	json_t *v = json_object_get(o, "port");
	int64_t number = 0;
	if (json_is_string(v)) {
		*ret = named_port(c, json_string_value(v));
		return *ret ? 0 : reader_refuse(r, &here, "the container has no port of that name");
	}
	if (read_int(r, at, o, "port", 1, PORT_MAX, &number)) {
		return -1;
	}
	*ret = (int)number;
	return number ? 0 : reader_error(r, ERR_INVALID, at, "port", "missing");
}

int pod_read_exec(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o,
		  const char *const **ret, size_t *ret_n)
{
	struct where command_at = {.up = at, .key = "command"};
	if (reader_check_fields(r, scope, at, o) || read_strs(r, at, o, "command", ret, ret_n)) {
		return -1;
	}
	return *ret_n && *(*ret)[0] ? 0 : reader_refuse(r, &command_at, "nothing to run");
}

int pod_read_page(struct pod_reader *r, json_t *o, const char **ret_path, bool *ret_https)
{
	const char *scheme = js_str(o, "scheme"), *path = js_str(o, "path");
	CLEANUP_FREE char *whole = xasprintf("%s%s", path && path[0] == '/' ? "" : "/", path ? path : "");
	*ret_https = scheme && !strcmp(scheme, "HTTPS");
	*ret_path = reader_copy(r, whole);
	return *ret_path ? 0 : -1;
}

/* 127.0.0.1 is what Mesos asks, where the pod is on its agent's network: the agent's, as the kubelet's is the node's.
 */
static int read_host(struct pod_reader *r, const struct where *at, json_t *o, struct kube_handler *h)
{
	const char *host = js_str(o, "host");
	bool own = host && !strcmp(host, "127.0.0.1") && !r->pod->network && !h->n_headers;
	return own ? 0 : pod_read_host(r, at, o, &h->host);
}

static int read_http(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
		     struct kube_handler *h)
{
	h->type = HANDLER_HTTP;
	return pod_read_page(r, o, &h->path, &h->https) || reader_check_fields(r, POD_SCOPE_HTTP, at, o) ||
		       pod_read_headers(r, at, o, &h->headers, &h->n_headers) || read_host(r, at, o, h) ||
		       pod_read_port(r, at, o, c, &h->port)
		   ? -1
		   : 0;
}

static int read_tcp(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
		    struct kube_handler *h)
{
	h->type = HANDLER_TCP;
	return reader_check_fields(r, POD_SCOPE_TCP, at, o) || read_host(r, at, o, h) ||
		       pod_read_port(r, at, o, c, &h->port)
		   ? -1
		   : 0;
}

static int read_grpc(struct pod_reader *r, const struct where *at, json_t *o, struct kube_handler *h)
{
	int64_t port = 0;
	h->type = HANDLER_GRPC;
	h->service = "";
	if (reader_check_fields(r, POD_SCOPE_GRPC, at, o) || read_int(r, at, o, "port", 1, PORT_MAX, &port) ||
	    read_str(r, at, o, "service", &h->service)) {
		return -1;
	}
	h->port = (int)port;
	if (strlen(h->service) > GRPC_SERVICE_MAX) {
		return reader_error(r, ERR_LIMIT, at, "service", "longer than %d", GRPC_SERVICE_MAX);
	}
	return port ? 0 : reader_error(r, ERR_INVALID, at, "port", "missing");
}

static int read_handler(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
			struct kube_handler *h)
{
	struct where exec_at = {.up = at, .key = "exec"}, http_at = {.up = at, .key = "httpGet"};
	struct where tcp_at = {.up = at, .key = "tcpSocket"}, grpc_at = {.up = at, .key = "grpc"};
	json_t *exec, *http, *tcp, *grpc;
	if (read_object(r, at, o, "exec", &exec) || read_object(r, at, o, "httpGet", &http) ||
	    read_object(r, at, o, "tcpSocket", &tcp) || read_object(r, at, o, "grpc", &grpc)) {
		return -1;
	}
	if (exec) {
		h->type = HANDLER_EXEC;
		return pod_read_exec(r, POD_SCOPE_EXEC, &exec_at, exec, &h->command, &h->n_command);
	}
	if (http) {
		return read_http(r, &http_at, http, c, h);
	}
	if (tcp) {
		return read_tcp(r, &tcp_at, tcp, c, h);
	}
	if (grpc) {
		return read_grpc(r, &grpc_at, grpc, h);
	}
	return reader_refuse(r, at, "it asks for nothing that is known");
}

static int read_probe(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c,
		      struct kube_probe *p)
{
	*p = (struct kube_probe){.period_s = 10, .timeout_s = 1, .success = 1, .failure = 3, .grace_s = -1};
	return reader_check_fields(r, POD_SCOPE_PROBE, at, o) ||
		       read_int(r, at, o, "initialDelaySeconds", 0, INT_MAX, &p->delay_s) ||
		       read_int(r, at, o, "periodSeconds", 1, INT_MAX, &p->period_s) ||
		       read_int(r, at, o, "timeoutSeconds", 1, INT_MAX, &p->timeout_s) ||
		       read_int(r, at, o, "successThreshold", 1, INT_MAX, &p->success) ||
		       read_int(r, at, o, "failureThreshold", 1, INT_MAX, &p->failure) ||
		       read_int(r, at, o, "terminationGracePeriodSeconds", 0, INT_MAX, &p->grace_s) ||
		       read_handler(r, at, o, c, &p->handler)
		   ? -1
		   : 0;
}

int pod_read_probes(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		struct where here = {.up = at, .key = kube_probe_keys[kind]};
		json_t *probe;
		if (read_object(r, at, o, kube_probe_keys[kind], &probe)) {
			return -1;
		}
		if (!probe || !json_object_size(probe)) {
			continue;
		}
		struct kube_probe *p = reader_alloc(r, 1, sizeof(*p));
		if (!p || read_probe(r, &here, probe, c, p)) {
			return -1;
		}
		c->probes[kind] = p;
	}
	return 0;
}
