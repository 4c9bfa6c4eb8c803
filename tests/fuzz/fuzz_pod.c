/* Any JSON is a pod or one error that names it; decoding does not depend on the tree afterwards. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t touch(const char *s)
{
	return s ? strlen(s) : 0;
}

static size_t touch_hook(const struct kube_hook *h)
{
	size_t sum = touch(h->host) + touch(h->path);
	for (size_t i = 0; i < h->n_command; i++) {
		sum += touch(h->command[i]);
	}
	for (size_t i = 0; i < h->n_headers; i++) {
		sum += touch(h->headers[i].name) + touch(h->headers[i].value);
	}
	return sum;
}

static size_t touch_probe(const struct kube_handler *h)
{
	size_t sum = touch(h->host) + touch(h->path) + touch(h->service);
	for (size_t i = 0; i < h->n_headers; i++) {
		sum += touch(h->headers[i].name) + touch(h->headers[i].value);
	}
	return sum;
}

static size_t touch_names(const struct kube_names *names)
{
	size_t sum = 0;
	for (size_t i = 0; i < names->n_aliases; i++) {
		sum += touch(names->aliases[i].ip);
		for (size_t k = 0; k < names->aliases[i].n_names; k++) {
			sum += touch(names->aliases[i].names[k]);
		}
	}
	for (size_t i = 0; i < names->n_servers; i++) {
		sum += touch(names->servers[i]);
	}
	for (size_t i = 0; i < names->n_searches; i++) {
		sum += touch(names->searches[i]);
	}
	for (size_t i = 0; i < names->n_options; i++) {
		sum += touch(names->options[i].name) + touch(names->options[i].value);
	}
	return sum;
}

static size_t touch_containers(const struct kube_container *c, size_t n)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += touch(c[i].name) + touch(c[i].image);
		for (size_t k = 0; k < c[i].n_env; k++) {
			sum += touch(c[i].env[k].name) + touch(c[i].env[k].value);
		}
		for (size_t k = 0; k < c[i].n_command; k++) {
			sum += touch(c[i].command[k]);
		}
		for (size_t k = 0; k < c[i].n_args; k++) {
			sum += touch(c[i].args[k]);
		}
		for (size_t k = 0; k < c[i].n_ports; k++) {
			sum += touch(c[i].ports[k].name) + touch(c[i].ports[k].protocol);
		}
		sum += touch(c[i].message_path);
		for (size_t k = 0; k < KUBE_PROBES; k++) {
			sum += c[i].probes[k] ? touch_probe(&c[i].probes[k]->handler) : 0;
		}
		for (size_t k = 0; k < KUBE_HOOKS; k++) {
			sum += c[i].hooks[k] ? touch_hook(c[i].hooks[k]) : 0;
		}
	}
	return sum;
}

static size_t touch_statuses(const struct kube_container_status *s, size_t n)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += touch(s[i].name) + touch(s[i].container_id) + touch(s[i].reason) + touch(s[i].message) +
		       touch(s[i].last_container_id);
	}
	return sum;
}

static void check(const struct kube_pod *pod)
{
	size_t sum = touch(pod->ns) + touch(pod->name) + touch(pod->uid) + touch(pod->node_name) +
		     touch(pod->agent_id) + touch_containers(pod->init_containers, pod->n_init_containers) +
		     touch_containers(pod->containers, pod->n_containers) + (pod->names ? touch_names(pod->names) : 0) +
		     touch_statuses(pod->init_statuses, pod->n_init_statuses) +
		     touch_statuses(pod->statuses, pod->n_statuses);
	for (size_t i = 0; i < pod->n_ephemeral; i++) {
		const struct kube_ephemeral *c = &pod->ephemeral[i];
		sum += touch_containers(&c->container, 1) + touch(c->malformed) +
		       (c->status ? touch_statuses(c->status, 1) : 0);
		for (size_t k = 0; k < c->refused.n; k++) {
			sum += touch(c->refused.paths[k]);
		}
	}
	for (size_t i = 0; i < pod->n_node_selector; i++) {
		sum += touch(pod->node_selector[i].name) + touch(pod->node_selector[i].value);
	}
	for (size_t i = 0; i < pod->n_tolerations; i++) {
		sum += touch(pod->tolerations[i].key) + touch(pod->tolerations[i].value);
	}
	for (size_t i = 0; i < pod->refused.n; i++) {
		sum += touch(pod->refused.paths[i]);
	}
	if (!sum || !pod->n_containers || pod->n_containers + pod->n_init_containers > POD_CONTAINERS_MAX ||
	    pod->n_ephemeral > POD_EPHEMERAL_MAX || (pod->refused.more && pod->refused.n != POD_REFUSED_MAX) ||
	    arena_size(pod->arena) > POD_BYTES_MAX + 4096) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	json_t *tree = js_parse((const char *)data, size, NULL);
	if (!tree) {
		return 0;
	}
	struct kube_pod *pod = kube_pod_decode(tree, &e);
	json_decref(tree);
	if (!pod && strncmp(e.text, "pod ", 4)) {
		abort();
	}
	if (pod) {
		check(pod);
	}
	kube_pod_free(pod);
	return 0;
}
