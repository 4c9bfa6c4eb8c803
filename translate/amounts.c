#include "translate/amounts.h"

#include "base/capability.h"
#include "base/i64.h"
#include "mesos/resources.h"
#include "translate/volumes.h"
#include "translate/written.h"

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

static int64_t bounded(__int128 thousandths)
{
	return thousandths > MESOS_SCALAR_MAX_MILLI ? MESOS_SCALAR_MAX_MILLI : (int64_t)thousandths;
}

/* Thousandths of a megabyte, rounded up. */
static int64_t megabytes(int64_t bytes)
{
	return bounded(((__int128)bytes * 1000 + MEGABYTE - 1) / MEGABYTE);
}

/* ---- cpu and memory, which a pod may have as a whole ---- */

enum scalar { CPUS, MEM };

/* 0: none. */
static int64_t said(const struct kube_amounts *a, enum scalar scalar)
{
	int64_t amount = scalar == CPUS ? a->cpu_milli : a->memory;
	return amount <= 0 ? 0 : scalar == CPUS ? bounded(amount) : megabytes(amount);
}

static int64_t pod_request(const struct kube_pod *pod, enum scalar scalar)
{
	return pod->resources ? said(&pod->resources->requests, scalar) : 0;
}

static int64_t pod_limit(const struct kube_pod *pod, enum scalar scalar)
{
	return pod->resources ? said(&pod->resources->limits, scalar) : 0;
}

static bool is_plain_init(const struct kube_pod *pod, const struct kube_container *c)
{
	return !c->sidecar && c >= pod->init_containers && c < pod->init_containers + pod->n_init_containers;
}

static const struct kube_container *nth(const struct kube_pod *pod, size_t i)
{
	return i < pod->n_init_containers ? &pod->init_containers[i] : &pod->containers[i - pod->n_init_containers];
}

/* Does `other` run while `c` does? Sidecars before an init container do, and all of them with the ordinary ones. */
static bool at_once(const struct kube_pod *pod, const struct kube_container *c, const struct kube_container *other)
{
	return is_plain_init(pod, c) ? other == c || (other->sidecar && other < c) : !is_plain_init(pod, other);
}

static bool runs_alone(const struct kube_pod *pod, const struct kube_container *c)
{
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		if (nth(pod, i) != c && at_once(pod, c, nth(pod, i))) {
			return false;
		}
	}
	return true;
}

/* What a container has that requests nothing. */
static int64_t share(const struct kube_pod *pod, const struct kube_container *c, enum scalar scalar, int64_t otherwise)
{
	int64_t left = pod_request(pod, scalar), sharers = 0;
	bool shares = false; /* an ephemeral one does not */
	for (size_t i = 0; left > 0 && i < pod->n_init_containers + pod->n_containers; i++) {
		const struct kube_container *other = nth(pod, i);
		if (!at_once(pod, c, other)) {
			continue;
		}
		int64_t requested = said(&other->requests, scalar);
		if (!requested && other != c && is_plain_init(pod, c)) {
			requested = share(pod, other, scalar, otherwise); /* a sidecar keeps its part */
		}
		left -= requested;
		sharers += !requested;
		shares = shares || other == c;
	}
	return shares && left / sharers > 0 ? left / sharers : otherwise;
}

static int64_t limit(const struct kube_pod *pod, const struct kube_container *c, enum scalar scalar)
{
	int64_t own = said(&c->limits, scalar), whole = pod_limit(pod, scalar);
	return own || !whole || !runs_alone(pod, c) ? own : whole;
}

static int64_t amount(const struct kube_pod *pod, const struct kube_container *c, enum scalar scalar, int64_t otherwise)
{
	int64_t requested = said(&c->requests, scalar), most = limit(pod, c, scalar);
	if (requested) {
		return requested;
	}
	int64_t part = share(pod, c, scalar, otherwise);
	return most ? i64_min(part, most) : part;
}

struct amounts container_limits(const struct kube_pod *pod, const struct kube_container *c)
{
	return (struct amounts){.cpus = limit(pod, c, CPUS), .mem = limit(pod, c, MEM)};
}

struct amounts container_amounts(const struct kube_pod *pod, const struct kube_container *c,
				 const struct translate_config *config)
{
	const struct amounts *otherwise = &config->container_default;
	int64_t disk = i64_max(c->requests.ephemeral_storage, c->limits.ephemeral_storage);
	disk = disk > 0 ? megabytes(disk) : otherwise->disk;
	return (struct amounts){
	    .cpus = amount(pod, c, CPUS, otherwise->cpus),
	    .mem = amount(pod, c, MEM, otherwise->mem),
	    .disk = bounded((__int128)disk + megabytes(volumes_disk(c))),
	    .gpus = c->requests.gpus > 0 ? bounded((__int128)c->requests.gpus * 1000) : otherwise->gpus,
	};
}

/* ---- the pod ---- */

struct amounts containers_amounts(const struct kube_pod *pod, const struct translate_config *config)
{
	struct amounts most = {0}, together = {0};
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		struct amounts own = container_amounts(pod, nth(pod, i), config);
		if (is_plain_init(pod, nth(pod, i))) {
			amounts_add(&own, together); /* beside those that go on */
			raise_to(&most, own);
		} else {
			amounts_add(&together, own);
		}
	}
	raise_to(&most, together); /* init containers have ended before the others start */
	return most;
}

bool pod_has_pause(const struct kube_pod *pod)
{
	const struct kube_container *c = &pod->containers[0];
	enum pod_restart_policy policy = c->own_restart_policy ? c->restart_policy : pod->restart_policy;
	return pod->n_containers > 1 || pod->n_init_containers || policy != POD_RESTART_NEVER || c->n_restart_rules ||
	       pod_writes(pod);
}

/* What the pod requests and no container takes. */
static struct amounts untaken(const struct kube_pod *pod, const struct translate_config *config)
{
	struct amounts taken = {0};
	if (pod->resources) {
		taken = containers_amounts(pod, config);
	}
	return (struct amounts){
	    .cpus = i64_max(pod_request(pod, CPUS) - taken.cpus, 0),
	    .mem = i64_max(pod_request(pod, MEM) - taken.mem, 0),
	};
}

struct amounts pause_amounts(const struct kube_pod *pod, const struct translate_config *config)
{
	struct amounts a = config->pause;
	amounts_add(&a, untaken(pod, config));
	return a;
}

struct amounts executor_amounts(const struct kube_pod *pod, const struct translate_config *config)
{
	struct amounts a = config->executor, recorded;
	if (pod->executor && executor_read(pod->executor, &recorded)) {
		return recorded;
	}
	if (pod->overhead) {
		const struct kube_amounts *o = pod->overhead;
		a.cpus = bounded((__int128)a.cpus + said(o, CPUS));
		a.mem = bounded((__int128)a.mem + said(o, MEM));
		a.disk = bounded((__int128)a.disk + megabytes(i64_max(o->ephemeral_storage, 0)));
	}
	if (pod->resources && !pod_has_pause(pod)) {
		amounts_add(&a, untaken(pod, config));
	}
	return a;
}

/* ---- limits ---- */

bool pod_has_limits(const struct kube_pod *pod)
{
	return pod_limit(pod, CPUS) || pod_limit(pod, MEM);
}

static const char *const names[] = {[CPUS] = "cpu", [MEM] = "memory"};

/* A master refuses a limit below the request. */
static int check_own(const struct kube_pod *pod, const struct kube_container *c, enum scalar scalar,
		     const struct translate_config *config, struct err *e)
{
	struct amounts taken = container_amounts(pod, c, config);
	int64_t most = limit(pod, c, scalar);
	if (!most || most >= (scalar == CPUS ? taken.cpus : taken.mem)) {
		return 0;
	}
	const char *kind =
	    c >= pod->containers && c < pod->containers + pod->n_containers ? "containers" : "initContainers";
	return said(&c->limits, scalar)
		   ? err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].resources.limits.%s: below the request",
			     kind, c->name, names[scalar])
		   : err_set(e, ERR_UNSUPPORTED, "not supported: spec.resources.limits.%s: below the request",
			     names[scalar]);
}

/* The limit of the pod, for those that run at once with `c`. */
static int check_whole(const struct kube_pod *pod, const struct kube_container *c, enum scalar scalar, struct err *e)
{
	__int128 sum = 0;
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		const struct kube_container *other = nth(pod, i);
		if (!at_once(pod, c, other)) {
			continue;
		}
		int64_t most = limit(pod, other, scalar);
		if (!most) {
			return err_set(
			    e, ERR_UNSUPPORTED,
			    "not supported: spec.resources.limits.%s: container %s runs beside others without "
			    "a limit of its own, and Mesos limits each task alone",
			    names[scalar], other->name);
		}
		sum += most;
	}
	return sum <= pod_limit(pod, scalar)
		   ? 0
		   : err_set(e, ERR_UNSUPPORTED,
			     "not supported: spec.resources.limits.%s: the limits of containers that run at once are "
			     "more, and Mesos limits each task alone",
			     names[scalar]);
}

int pod_limits_check(const struct kube_pod *pod, const struct translate_config *config, struct err *e)
{
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		for (enum scalar scalar = CPUS; scalar <= MEM; scalar++) {
			const struct kube_container *c = nth(pod, i);
			if (check_own(pod, c, scalar, config, e) ||
			    (pod_limit(pod, scalar) && check_whole(pod, c, scalar, e))) {
				return -1;
			}
		}
	}
	return 0;
}
