#include "translate/need.h"

#include <string.h>

#include "base/js.h"
#include "translate/checks.h"
#include "translate/expand.h"
#include "translate/volumes.h"
#include "translate/written.h"

#define REFUSED_LIST_MAX 460

/* As many paths, with their reasons, as a sentence holds; the others are counted. */
static int refuse_listed(const struct kube_refused *refused, struct err *e)
{
	char list[REFUSED_LIST_MAX] = "";
	size_t at = 0, i = 0;
	while (i < refused->n && at + strlen(refused->paths[i]) + 2 < sizeof(list)) {
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", refused->paths[i]);
		i++;
	}
	size_t more = refused->n - i + refused->more;
	return more ? err_set(e, ERR_UNSUPPORTED, "not supported: %s and %zu more", list, more)
		    : err_set(e, ERR_UNSUPPORTED, "not supported: %s", list);
}

static int add_port(struct pod_need *need, const struct kube_container *c, const struct kube_port *port, size_t own,
		    const char *kind, struct err *e)
{
	for (size_t i = 0; i < need->n_ports; i++) {
		if (need->ports[i] == port->host_port) {
			/* One container may use it for TCP and for UDP; Mesos does not tell the two apart. */
			return i >= own ? 0
					: err_set(e, ERR_UNSUPPORTED,
						  "not supported: spec.%s[%s].ports: host port %d, which another "
						  "container of the pod has",
						  kind, c->name, port->host_port);
		}
	}
	if (need->n_ports == NEED_PORTS_MAX) {
		return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].ports: more than %d host ports", kind,
			       c->name, NEED_PORTS_MAX);
	}
	need->ports[need->n_ports++] = (uint16_t)port->host_port;
	return 0;
}

static int check_contents(const struct kube_pod *pod, const struct kube_container *c,
			  const struct translate_config *config, const char *kind, struct err *e)
{
	struct expanded x;
	if (!*c->image) {
		return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].image: none is given", kind, c->name);
	}
	if (c->n_command && !*c->command[0]) {
		return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].command: its first word is empty", kind,
			       c->name);
	}
	if (expand_container(pod, c, NULL, &x, e)) {
		return err_wrap(e, "not supported: spec.%s[%s]", kind, c->name);
	}
	expanded_done(&x);
	if (volumes_check(pod, c, kind, e) || rights_check(c, &config->rights, kind, e)) {
		return -1;
	}
	CLEANUP_JSON json_t *checks = json_object();
	if (checks_put(c, checks, e)) {
		return err_wrap(e, "not supported: spec.%s[%s]", kind, c->name);
	}
	return 0;
}

int ephemeral_check(const struct kube_pod *pod, size_t i, const struct translate_config *config, struct err *e)
{
	const struct kube_ephemeral *c = &pod->ephemeral[i];
	if (c->malformed) {
		return err_set(e, ERR_INVALID, "%s", c->malformed);
	}
	if (c->refused.n) {
		return refuse_listed(&c->refused, e);
	}
	if (container_writes(&c->container) && !pod_has_pause(pod)) {
		return err_set(e, ERR_UNSUPPORTED,
			       "not supported: spec.ephemeralContainers[%s].volumeMounts: files of a volume have to be "
			       "written beside a pause, and the pod has none",
			       c->container.name);
	}
	if (pod_has_limits(pod)) {
		return err_set(e, ERR_UNSUPPORTED,
			       "not supported: spec.ephemeralContainers[%s]: the pod has limits as a whole, and Mesos "
			       "limits each task alone",
			       c->container.name);
	}
	return source_refs_check(pod, i + 1, e) || check_contents(pod, &c->container, config, "ephemeralContainers", e)
		   ? -1
		   : 0;
}

static int check_container(const struct kube_pod *pod, struct pod_need *need, const struct kube_container *c,
			   const struct translate_config *config, const char *kind, struct err *e)
{
	size_t own = need->n_ports;
	if (check_contents(pod, c, config, kind, e)) {
		return -1;
	}
	for (size_t i = 0; i < c->n_ports; i++) {
		if (c->ports[i].host_port && add_port(need, c, &c->ports[i], own, kind, e)) {
			return -1;
		}
	}
	return 0;
}

int pod_need_make(const struct kube_pod *pod, const struct translate_config *config, struct pod_need *ret,
		  struct err *e)
{
	struct pod_need need = {0};
	if (pod->malformed) {
		return err_set(e, ERR_INVALID, "%s", pod->malformed);
	}
	if (pod->refused.n) {
		return refuse_listed(&pod->refused, e);
	}
	if (source_refs_check(pod, 0, e)) {
		return -1;
	}
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		if (check_container(pod, &need, &pod->init_containers[i], config, "initContainers", e)) {
			return -1;
		}
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		if (check_container(pod, &need, &pod->containers[i], config, "containers", e)) {
			return -1;
		}
	}
	if (pod_limits_check(pod, config, e)) {
		return -1;
	}
	need.pause = pod_has_pause(pod);
	need.total = containers_amounts(pod, config);
	amounts_add(&need.total, executor_amounts(pod, config));
	if (need.pause) {
		amounts_add(&need.total, pause_amounts(pod, config));
	}
	*ret = need;
	return 0;
}
