#include "translate/network.h"

#include <string.h>

#include "base/mem.h"
#include "mesos/wire.h"

#define HOSTNAME_MAX 63 /* what Linux takes, and what the kubelet cuts names to */

static json_t *protocol_json(const struct kube_port *port)
{
	return json_string(strcmp(port->protocol, "UDP") ? "tcp" : "udp");
}

static void map_ports(json_t *mappings, const struct kube_container *containers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < containers[i].n_ports; k++) {
			const struct kube_port *port = &containers[i].ports[k];
			if (port->host_port) {
				json_t *mapping = json_object();
				json_object_set_new(mapping, "host_port", json_integer(port->host_port));
				json_object_set_new(mapping, "container_port", json_integer(port->container_port));
				json_object_set_new(mapping, "protocol", protocol_json(port));
				json_array_append_new(mappings, mapping);
			}
		}
	}
}

char *network_host_name(const struct kube_pod *pod)
{
	char *name = xstrndup(pod->hostname ? pod->hostname : pod->name, HOSTNAME_MAX);
	size_t n = strlen(name);
	while (n && (name[n - 1] == '-' || name[n - 1] == '.')) {
		name[--n] = '\0';
	}
	return name;
}

json_t *network_executor_container(const struct kube_pod *pod, const struct pod_site *site)
{
	const char *joined = site->network ? site->network : pod->network;
	if (!joined || !*joined) {
		return NULL;
	}
	json_t *container = json_object(), *networks = json_array(), *network = json_object(), *mappings = json_array();
	CLEANUP_FREE char *name = network_host_name(pod);
	map_ports(mappings, pod->init_containers, pod->n_init_containers);
	map_ports(mappings, pod->containers, pod->n_containers);
	json_object_set_new(network, "name", wire_new_string(joined));
	if (json_array_size(mappings)) {
		json_object_set(network, "port_mappings", mappings);
	}
	json_decref(mappings);
	json_array_append_new(networks, network);
	json_object_set_new(container, "type", json_string("MESOS"));
	json_object_set_new(container, "hostname", wire_new_string(name));
	json_object_set_new(container, "network_infos", networks);
	return container;
}

json_t *network_discovery(const struct kube_pod *pod, const struct kube_container *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->n_ports; i++) {
		json_t *port = json_object();
		json_object_set_new(port, "number", json_integer(c->ports[i].container_port));
		if (c->ports[i].name && *c->ports[i].name) {
			json_object_set_new(port, "name", wire_new_string(c->ports[i].name));
		}
		json_object_set_new(port, "protocol", protocol_json(&c->ports[i]));
		json_array_append_new(list, port);
	}
	if (!json_array_size(list)) {
		json_decref(list);
		return NULL;
	}
	json_t *discovery = json_object(), *ports = json_object();
	json_object_set_new(ports, "ports", list);
	json_object_set_new(discovery, "visibility", json_string("CLUSTER"));
	json_object_set_new(discovery, "name", wire_new_string(pod->name));
	json_object_set_new(discovery, "ports", ports);
	return discovery;
}
