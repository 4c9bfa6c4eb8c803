/* The verbs that end at a kubelet. */
#include "tests/sandbox/kube/kubelet.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

static struct kubelet_call *call_new(const struct call *c, enum kubelet_errand errand)
{
	struct kubelet_call *call = xcalloc(1, sizeof(*call));
	call->errand = errand;
	call->method = xstrdup(c->req->method);
	call->name = xstrdup(c->name);
	buf_init(&call->request, KUBELET_REQUEST_MAX);
	return call;
}

/* Takes the call, to which host and request were written. */
static int carry(struct call *c, struct kubelet_call *call, const char *target)
{
	char CLEANUP_FREE *authority = kubelet_authority(call);
	call->url = xasprintf("https://%s%s", authority, target);
	if (c->s->config.kubelet) {
		c->s->config.kubelet(c->s->config.kubelet_arg, call, c->res);
		return 0;
	}
	kubelet_unreachable(call, "dial tcp: no route to host", true, c->res);
	kubelet_call_free(call);
	return 0;
}

/* Containers */

static void list_names(const json_t *spec, const char *list, const char *intro, struct buf *out)
{
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(spec, list), i, container) {
		buf_printf(out, "%s%s", i ? " " : intro, js_str(container, "name"));
	}
	buf_puts(out, json_array_size(js_arr(spec, list)) ? "]" : "");
}

/* The container that is meant, borrowed; NULL with a refusal. */
static const char *container_of(struct call *c, const json_t *spec)
{
	const char *name = query_get(&c->query, "container");
	if (name && name[0]) {
		if (list_has_name(js_arr(spec, "containers"), name, SIZE_MAX) ||
		    list_has_name(js_arr(spec, "initContainers"), name, SIZE_MAX) ||
		    list_has_name(js_arr(spec, "ephemeralContainers"), name, SIZE_MAX)) {
			return name;
		}
		refuse_bad_request(&c->refusal, "container %s is not valid for pod %s", name, c->name);
		return NULL;
	}
	const json_t *containers = js_arr(spec, "containers");
	if (json_array_size(containers) == 1) {
		return js_str(json_array_get(containers, 0), "name");
	}
	struct buf CLEANUP_BUF names = BUF_INIT((size_t)1 << 20);
	list_names(spec, "containers", ", choose one of: [", &names);
	list_names(spec, "initContainers", " or one of the init containers: [", &names);
	refuse_bad_request(&c->refusal, "a container name must be specified for pod %s%s", c->name, buf_str(&names));
	return NULL;
}

/* Pods */

static int get_log(struct call *c, const json_t *spec, const char *node)
{
	struct buf CLEANUP_BUF target = BUF_INIT(KUBELET_REQUEST_MAX);
	const char *container = container_of(c, spec);
	if (!container || kubelet_log_target(c, container, &target) < 0) {
		return -1;
	}
	if (!node[0]) {
		c->res->status = 204;
		sandbox_response_header(c->res, "Cache-Control", "no-cache, private");
		return 0;
	}
	struct kubelet_call *call = call_new(c, KUBELET_LOG);
	if (kubelet_locate(c, node, call) < 0) {
		kubelet_call_free(call);
		return -1;
	}
	call->trusts_any = query_true(&c->query, "insecureSkipTLSVerifyBackend");
	kubelet_log_request(call, buf_str(&target));
	return carry(c, call, buf_str(&target));
}

static void add_stream(struct call *c, const char *api_name, const char *name, struct buf *target)
{
	if (query_true(&c->query, api_name)) {
		kubelet_query_add(target, name, "1");
	}
}

static void stream_target(struct call *c, const char *container, struct buf *target)
{
	buf_printf(target, "/%s/%s/%s/%s", c->sub, c->name_space, c->name, container);
	for (size_t i = 0; i < c->query.n && strcmp(c->sub, "exec") == 0; i++) {
		if (strcmp(c->query.params[i].name, "command") == 0) {
			kubelet_query_add(target, "command", c->query.params[i].value);
		}
	}
	add_stream(c, "stderr", "error", target);
	add_stream(c, "stdin", "input", target);
	add_stream(c, "stdout", "output", target);
	add_stream(c, "tty", "tty", target);
}

static void forward_target(struct call *c, struct buf *target)
{
	struct buf CLEANUP_BUF ports = BUF_INIT((size_t)64 << 10);
	for (size_t i = 0; i < c->query.n; i++) {
		if (strcmp(c->query.params[i].name, "ports") == 0) {
			buf_printf(&ports, "%s%s", ports.len ? "," : "", c->query.params[i].value);
		}
	}
	buf_printf(target, "/portForward/%s/%s", c->name_space, c->name);
	if (ports.len) {
		kubelet_query_add(target, "port", buf_str(&ports));
	}
}

/* Sends the client's request to the target, as an upgrade. */
static int upgrade(struct call *c, const char *node, const char *target)
{
	struct kubelet_call *call = call_new(c, KUBELET_UPGRADE);
	if (kubelet_locate(c, node, call) < 0) {
		kubelet_call_free(call);
		return -1;
	}
	if (!kubelet_asks_upgrade(c->req)) {
		kubelet_call_free(call);
		return refuse_bad_request(&c->refusal, "Upgrade request required");
	}
	if (kubelet_choose_front(c, node, call) < 0) {
		kubelet_call_free(call);
		return -1;
	}
	if (call->front == KUBELET_STREAMS) {
		kubelet_streams_request(call, target);
	} else {
		kubelet_client_request(c, call, target, true);
	}
	return carry(c, call, target);
}

static int open_streams(struct call *c, const json_t *spec, const char *node)
{
	struct buf CLEANUP_BUF target = BUF_INIT(KUBELET_REQUEST_MAX);
	if (strcmp(c->sub, "portforward") == 0) {
		forward_target(c, &target);
	} else {
		const char *container = container_of(c, spec);
		if (!container) {
			return -1;
		}
		stream_target(c, container, &target);
	}
	if (!node[0]) {
		return refuse_bad_request(&c->refusal, "pod %s does not have a host assigned", c->name);
	}
	return upgrade(c, node, buf_str(&target));
}

int do_pod_kubelet(struct call *c)
{
	const struct object *pod = store_get(c->bucket, c->name_space, c->name);
	if (!pod) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	const json_t *spec = js_obj(pod->tree, "spec");
	const char *node = js_str(spec, "nodeName");
	node = node ? node : "";
	if (strcmp(c->sub, "log") == 0) {
		return get_log(c, spec, node);
	}
	/* A WebSocket begins with GET; reading alone must not be enough to run something. */
	if (strcmp(c->verb, "create") != 0) {
		c->verb = "create";
		if (call_authorize(c) < 0) {
			return -1;
		}
	}
	return open_streams(c, spec, node);
}

/* Nodes */

/* As Go's IsGlobalUnicast, for what a node's address may be; names are taken. */
static bool proxyable(const char *host)
{
	struct in_addr four;
	struct in6_addr six;
	if (inet_pton(AF_INET, host, &four) == 1) {
		uint32_t a = ntohl(four.s_addr);
		return a != 0 && a != UINT32_MAX && a >> 24 != 127 && a >> 28 != 14 && a >> 16 != 0xa9fe;
	}
	if (inet_pton(AF_INET6, host, &six) == 1) {
		return !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LOOPBACK(&six) && !IN6_IS_ADDR_MULTICAST(&six) &&
		       !IN6_IS_ADDR_LINKLOCAL(&six);
	}
	return true;
}

/* What follows …/nodes/NAME/proxy in the path as it was sent. */
static const char *rest_of_path(const char *path)
{
	for (int segment = 0; segment < 5 && *path; segment++) {
		path += strspn(path, "/");
		path += strcspn(path, "/");
	}
	return *path ? path : "/";
}

/* NAME, NAME:PORT or https:NAME:PORT: where to. */
static int locate_named(struct call *c, struct kubelet_call *call)
{
	const char *name = strncmp(c->name, "https:", 6) == 0 ? c->name + 6 : c->name;
	char CLEANUP_FREE *node = xstrndup(name, strcspn(name, ":"));
	const char *port = name + strlen(node);
	if (kubelet_locate(c, node, call) < 0) {
		return -1;
	}
	if (port[0] == ':' && port[1]) {
		char *end;
		unsigned long n = strtoul(port + 1, &end, 10);
		if (*end || n == 0 || n > UINT16_MAX) {
			return refuse_bad_request(&c->refusal, "invalid node request \"%s\"", c->name);
		}
		call->port = (uint16_t)n;
	}
	if (!proxyable(call->host) && !c->s->config.proxy_anywhere) {
		return refuse_bad_request(&c->refusal, "address not allowed");
	}
	return 0;
}

int do_node_proxy(struct call *c)
{
	bool upgrades = kubelet_asks_upgrade(c->req);
	struct kubelet_call *call = call_new(c, upgrades ? KUBELET_UPGRADE : KUBELET_PROXY);
	if (locate_named(c, call) < 0) {
		kubelet_call_free(call);
		return -1;
	}
	char CLEANUP_FREE *target =
	    xasprintf("%s%s%s", rest_of_path(c->req->path), c->req->query[0] ? "?" : "", c->req->query);
	kubelet_client_request(c, call, target, upgrades);
	return carry(c, call, target);
}
