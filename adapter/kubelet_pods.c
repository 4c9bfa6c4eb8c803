/* pods, runningpods and configz: which pods a node has, which of them run, and how this kubelet is set up.
 *
 * The core remembers of a pod what it needs, not the whole: pods are handed through as the API server lists them for
 * the node, so they are those bound to it, and no older than its cache. What runs the core knows itself.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/node.h"

/* A request that waits for the API server. */
struct listing {
	struct kubelet_job job;
	struct kubelet_exchange *exchange;
	struct kube_call *call;
};

static void listing_free(struct listing *l)
{
	kube_call_cancel(l->call);
	free(l);
}

static void gone(struct kubelet_exchange *x)
{
	listing_free(kubelet_exchange_data(x));
}

static void on_listed(void *arg, const struct kube_result *result)
{
	struct listing *l = arg;
	struct kubelet_exchange *x = l->exchange;
	l->call = NULL;
	listing_free(l);
	if (result->err.code != ERR_NONE) {
		kubelet_exchange_refuse(x, result->err.code == ERR_BUSY ? 503 : 500, result->err.text);
	} else {
		kubelet_exchange_answer(x, 200, "application/json", result->text, result->text_len);
	}
}

void kubelet_pods(struct kubelet *k, struct kubelet_exchange *x)
{
	const char *node = kubelet_find_node(k, x);
	if (!node) {
		return;
	}
	CLEANUP_BUF struct buf query = BUF_INIT(KUBE_QUERY_MAX);
	CLEANUP_FREE char *selector = xasprintf("spec.nodeName=%s", node);
	kube_query_add(&query, "fieldSelector", selector);
	kube_query_add(&query, "resourceVersion", "0");
	struct kube_request request = {.path = "/api/v1/pods", .query = buf_str(&query), .only_refusals = true};
	struct listing *l = xcalloc(1, sizeof(*l));
	l->job.gone = gone;
	l->exchange = x;
	kubelet_exchange_set_data(x, l);
	l->call = kube_call(k->cfg.kube, &request, on_listed, l);
}

/* As a kubelet makes pods of what its runtime says: names and images. */
static void add_running(void *arg, const struct core_pod_look *pod)
{
	json_t *containers = json_array();
	for (size_t i = 0; i < pod->n_containers; i++) {
		json_array_append_new(containers, json_pack("{s:s,s:s,s:{}}", "name", pod->containers[i].name, "image",
							    pod->containers[i].image, "resources"));
	}
	if (!pod->n_containers) {
		json_decref(containers);
		return;
	}
	json_array_append_new(arg,
			      json_pack("{s:{s:s,s:s,s:s},s:{s:o},s:{}}", "metadata", "name", pod->name, "namespace",
					pod->ns, "uid", pod->uid, "spec", "containers", containers, "status"));
}

void kubelet_running_pods(struct kubelet *k, struct kubelet_exchange *x)
{
	const char *node = kubelet_find_node(k, x);
	if (!node) {
		return;
	}
	json_t *items = json_array();
	core_each_pod(*k->cfg.core, node, NULL, add_running, items);
	kubelet_answer_json(
	    x, json_pack("{s:s,s:s,s:{},s:o}", "kind", "PodList", "apiVersion", "v1", "metadata", "items", items));
}

static void put(json_t *o, const char *key, const char *text)
{
	if (text) {
		json_object_set_new(o, key, json_string(text));
	}
}

/* The fields of a KubeletConfiguration that are true of us; what it leaves out has no meaning here. */
void kubelet_configz(struct kubelet *k, struct kubelet_exchange *x)
{
	const struct settings *s = k->cfg.settings;
	json_t *x509 = json_object();
	put(x509, "clientCAFile", s->kubelet_client_ca_file);
	json_t *config = json_pack("{s:s,s:s,s:s,s:i,s:{s:o,s:{s:b,s:s},s:{s:b}},s:{s:s,s:{s:s,s:s}},s:i}", "kind",
				   "KubeletConfiguration", "apiVersion", "kubelet.config.k8s.io/v1beta1", "address",
				   s->kubelet_host, "port", (int)kubelet_port_number(k->port), "authentication", "x509",
				   x509, "webhook", "enabled", 1, "cacheTTL", "2m0s", "anonymous", "enabled", 0,
				   "authorization", "mode", "Webhook", "webhook", "cacheAuthorizedTTL", "2m0s",
				   "cacheUnauthorizedTTL", "10s", "nodeLeaseDurationSeconds", NODE_LEASE_DURATION_S);
	put(config, "tlsCertFile", s->kubelet_cert_file);
	put(config, "tlsPrivateKeyFile", s->kubelet_key_file);
	kubelet_answer_json(x, json_pack("{s:o}", "kubeletconfig", config));
}
