/* Where a node's kubelet is. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

/* --kubelet-preferred-address-types as kubeadm sets it. */
static const char *const PREFERRED[] = {"InternalIP", "ExternalIP", "Hostname"};

static const char *address_of_type(const json_t *addresses, const char *type)
{
	size_t i;
	json_t *a;
	json_array_foreach ((json_t *)(uintptr_t)addresses, i, a) {
		const char *t = js_str(a, "type"), *address = js_str(a, "address");
		if (t && address && address[0] && strcmp(t, type) == 0) {
			return address;
		}
	}
	return NULL;
}

static int no_address(struct call *c, const json_t *addresses)
{
	struct buf CLEANUP_BUF known = BUF_INIT((size_t)64 << 10);
	size_t i;
	json_t *a;
	json_array_foreach ((json_t *)(uintptr_t)addresses, i, a) {
		const char *type = js_str(a, "type"), *address = js_str(a, "address");
		buf_printf(&known, "%s{%s %s}", i ? " " : "", type ? type : "", address ? address : "");
	}
	return refuse(&c->refusal, 500, NULL, NULL, "no preferred addresses found; known addresses: [%s]",
		      buf_str(&known));
}

int kubelet_locate(struct call *c, const char *node, struct kubelet_call *call)
{
	const json_t *tree = apiserver_peek(c->s, "nodes", "", node);
	if (!tree) {
		return refuse_not_found(&c->refusal, c->r, node); /* of the resource that was asked for, recorded so */
	}
	const json_t *status = js_obj(tree, "status"), *addresses = js_arr(status, "addresses");
	const char *host = NULL;
	for (size_t i = 0; i < sizeof(PREFERRED) / sizeof(PREFERRED[0]) && !host; i++) {
		host = address_of_type(addresses, PREFERRED[i]);
	}
	if (!host) {
		return no_address(c, addresses);
	}
	int64_t port = js_int(js_at(status, "daemonEndpoints", "kubeletEndpoint", NULL), "Port", 0);
	call->host = xstrdup(host);
	call->port = port > 0 && port <= UINT16_MAX ? (uint16_t)port : KUBELET_PORT_DEFAULT;
	return 0;
}

char *kubelet_authority(const struct kubelet_call *call)
{
	bool six = strchr(call->host, ':') != NULL;
	return xasprintf("%s%s%s:%u", six ? "[" : "", call->host, six ? "]" : "", call->port);
}

void kubelet_call_free(struct kubelet_call *call)
{
	if (call) {
		free(call->host);
		free(call->method);
		free(call->url);
		free(call->name);
		free(call->websocket_key);
		buf_done(&call->request);
		free(call);
	}
}
