#include "translate/need.h"

#include <string.h>

#include "base/capability.h"
#include "base/i64.h"
#include "base/js.h"
#include "mesos/resources.h"
#include "translate/checks.h"
#include "translate/expand.h"
#include "translate/volumes.h"
#include "translate/written.h"

#define REFUSED_LIST_MAX 460
#define MEGABYTE ((int64_t)1 << 20)

void translate_config_init(struct translate_config *config)
{
	*config = (struct translate_config){
	    .executor = {.cpus = 10, .mem = 32000, .disk = 1000},
	    .pause = {.cpus = 1, .mem = 1000},
	    .container_default = {.cpus = 100, .mem = 32000},
	    .rights = {.bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL},
	};
}

static int64_t bounded(__int128 thousandths)
{
	return thousandths > MESOS_SCALAR_MAX_MILLI ? MESOS_SCALAR_MAX_MILLI : (int64_t)thousandths;
}

/* Thousandths of a megabyte, rounded up. */
static int64_t megabytes(int64_t bytes)
{
	return bounded(((__int128)bytes * 1000 + MEGABYTE - 1) / MEGABYTE);
}

struct amounts container_amounts(const struct kube_container *c, const struct translate_config *config)
{
	struct amounts a = config->container_default;
	int64_t disk = i64_max(c->requests.ephemeral_storage, c->limits.ephemeral_storage);
	if (c->requests.cpu_milli > 0) {
		a.cpus = bounded(c->requests.cpu_milli);
	} else if (c->limits.cpu_milli > 0) {
		a.cpus = i64_min(a.cpus, bounded(c->limits.cpu_milli));
	}
	if (c->requests.memory > 0) {
		a.mem = megabytes(c->requests.memory);
	} else if (c->limits.memory > 0) {
		a.mem = i64_min(a.mem, megabytes(c->limits.memory));
	}
	if (disk > 0) {
		a.disk = megabytes(disk);
	}
	a.disk = bounded((__int128)a.disk + megabytes(volumes_disk(c)));
	if (c->requests.gpus > 0) {
		a.gpus = bounded((__int128)c->requests.gpus * 1000);
	}
	return a;
}

struct amounts executor_amounts(const struct kube_pod *pod, const struct translate_config *config)
{
	struct amounts a = config->executor;
	if (pod->overhead) {
		const struct kube_amounts *o = pod->overhead;
		a.cpus = bounded((__int128)a.cpus + i64_max(o->cpu_milli, 0));
		a.mem = bounded((__int128)a.mem + megabytes(i64_max(o->memory, 0)));
		a.disk = bounded((__int128)a.disk + megabytes(i64_max(o->ephemeral_storage, 0)));
	}
	return a;
}

void amounts_add(struct amounts *to, struct amounts a)
{
	to->cpus += a.cpus;
	to->mem += a.mem;
	to->disk += a.disk;
	to->gpus += a.gpus;
}

static void raise_to(struct amounts *to, struct amounts a)
{
	to->cpus = i64_max(to->cpus, a.cpus);
	to->mem = i64_max(to->mem, a.mem);
	to->disk = i64_max(to->disk, a.disk);
	to->gpus = i64_max(to->gpus, a.gpus);
}

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

/* A master refuses a limit below the request. */
static int check_limits(const struct kube_container *c, const struct translate_config *config, const char *kind,
			struct err *e)
{
	struct amounts a = container_amounts(c, config);
	bool cpu = c->limits.cpu_milli > 0 && bounded(c->limits.cpu_milli) < a.cpus;
	bool memory = c->limits.memory > 0 && megabytes(c->limits.memory) < a.mem;
	if (cpu || memory) {
		return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].resources.limits.%s: below the request",
			       kind, c->name, cpu ? "cpu" : "memory");
	}
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

static bool may_restart(const struct kube_pod *pod, const struct kube_container *c)
{
	enum pod_restart_policy policy = c->own_restart_policy ? c->restart_policy : pod->restart_policy;
	return policy != POD_RESTART_NEVER || c->n_restart_rules;
}

static bool has_pause(const struct kube_pod *pod)
{
	return pod->n_containers > 1 || pod->n_init_containers || may_restart(pod, &pod->containers[0]) ||
	       pod_writes(pod);
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
	if (container_writes(&c->container) && !has_pause(pod)) {
		return err_set(e, ERR_UNSUPPORTED,
			       "not supported: spec.ephemeralContainers[%s].volumeMounts: files of a volume have to be "
			       "written beside a pause, and the pod has none",
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
	return check_limits(c, config, kind, e);
}

int pod_need_make(const struct kube_pod *pod, const struct translate_config *config, struct pod_need *ret,
		  struct err *e)
{
	struct pod_need need = {0};
	struct amounts together = {0};
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
		struct amounts own = container_amounts(&pod->init_containers[i], config);
		if (pod->init_containers[i].sidecar) {
			amounts_add(&together, own);
		} else {
			amounts_add(&own, together); /* beside those that go on */
			raise_to(&need.total, own);
		}
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		if (check_container(pod, &need, &pod->containers[i], config, "containers", e)) {
			return -1;
		}
		amounts_add(&together, container_amounts(&pod->containers[i], config));
	}
	raise_to(&need.total, together); /* init containers have ended before the others start */
	need.pause = has_pause(pod);
	amounts_add(&need.total, executor_amounts(pod, config));
	if (need.pause) {
		amounts_add(&need.total, config->pause);
	}
	*ret = need;
	return 0;
}
