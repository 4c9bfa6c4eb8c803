/* What a client speaks that its kubelet does not. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

#define DECLARED "ExtendWebSocketsToKubelet" /* by nodes that take WebSockets themselves */
#define TUNNEL_SUFFIX ".k8s.io"

static bool declares(const struct call *c, const char *node)
{
	const json_t *tree = apiserver_peek(c->s, "nodes", "", node);
	size_t i;
	json_t *feature;
	json_array_foreach (js_at(tree, "status", "declaredFeatures", NULL), i, feature) {
		const char *name = json_string_value(feature);
		if (name && strcmp(name, DECLARED) == 0) {
			return true;
		}
	}
	return false;
}

bool kubelet_is_tunnel(const char *protocol)
{
	size_t n = strlen(protocol), suffix = strlen(TUNNEL_SUFFIX);
	return strncmp(protocol, KUBELET_TUNNEL_PREFIX, strlen(KUBELET_TUNNEL_PREFIX)) == 0 && n > suffix &&
	       strcmp(protocol + n - suffix, TUNNEL_SUFFIX) == 0;
}

static bool offers_tunnel(const char *protocols)
{
	for (char word[KUBELET_WORD_MAX]; (protocols = kubelet_next_word(protocols, word)) != NULL;) {
		if (kubelet_is_tunnel(word)) {
			return true;
		}
	}
	return false;
}

int kubelet_choose_front(struct call *c, const char *node, struct kubelet_call *call)
{
	const char *protocols = sandbox_request_header(c->req, "Sec-WebSocket-Protocol"),
		   *key = sandbox_request_header(c->req, "Sec-WebSocket-Key");
	bool websocket = kubelet_has_word(sandbox_request_header(c->req, "Upgrade"), "websocket");
	if (!websocket || declares(c, node)) {
		return 0;
	}
	if (strcmp(c->sub, "portforward") == 0) {
		call->front = offers_tunnel(protocols) ? KUBELET_TUNNEL : KUBELET_AS_IT_IS;
	} else if (kubelet_has_word(protocols, "v5.channel.k8s.io")) {
		call->front = KUBELET_STREAMS;
		call->streams.in = query_true(&c->query, "stdin");
		call->streams.out = query_true(&c->query, "stdout");
		call->streams.err = query_true(&c->query, "stderr");
		call->streams.tty = query_true(&c->query, "tty");
	}
	if (call->front == KUBELET_AS_IT_IS) {
		return 0;
	}
	if (!key || !key[0]) {
		return refuse_bad_request(&c->refusal, "a WebSocket needs a Sec-WebSocket-Key");
	}
	call->websocket_key = xstrdup(key);
	free(call->method);
	call->method = xstrdup("POST");
	return 0;
}
