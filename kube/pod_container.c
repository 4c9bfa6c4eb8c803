#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"

#define CONTAINER_PATH_MAX 4096 /* bytes of a path in a container */
#define CONTAINER_NAME_MAX 63

bool container_name_good(const char *s)
{
	size_t n = strlen(s);
	return n && n <= CONTAINER_NAME_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && s[0] != '-' &&
	       s[n - 1] != '-';
}

static int read_port(struct pod_reader *r, const struct where *at, json_t *v, struct kube_port *port)
{
	int64_t container = 0, host = 0;
	if (!json_is_object(v)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	port->protocol = "TCP";
	if (reader_check_fields(r, POD_SCOPE_PORT, at, v) || read_str(r, at, v, "name", &port->name) ||
	    read_int(r, at, v, "containerPort", 1, 65535, &container) ||
	    read_int(r, at, v, "hostPort", 0, 65535, &host)) {
		return -1;
	}
	if (!container) {
		return reader_error(r, ERR_INVALID, at, "containerPort", "missing");
	}
	const char *protocol = js_str(v, "protocol");
	if (protocol && !strcmp(protocol, "UDP")) {
		port->protocol = "UDP";
	}
	port->container_port = (int)container;
	port->host_port = (int)host;
	return 0;
}

static int read_ports(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where list_at = {.up = at, .key = "ports"};
	json_t *list;
	if (read_list(r, at, o, "ports", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_port *ports = reader_alloc(r, n, sizeof(*ports));
	if (!ports) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct where here = {.up = &list_at, .index = i};
		if (read_port(r, &here, json_array_get(list, i), &ports[i])) {
			return -1;
		}
	}
	c->ports = ports;
	c->n_ports = n;
	return 0;
}

/* "Never" cannot be promised: an agent pulls what it has not got. */
int pod_read_pull_policy(struct pod_reader *r, const struct where *at, json_t *o, const char *key, bool *ret_always)
{
	struct where here = {.up = at, .key = key};
	const char *policy = js_str(o, key);
	*ret_always = policy && !strcmp(policy, "Always");
	if (!policy || !*policy || *ret_always || !strcmp(policy, "IfNotPresent")) {
		return 0;
	}
	return reader_refuse(r, &here, "neither Always nor IfNotPresent");
}

/* Without a terminal nothing keeps the other end of a pipe for those who attach later. */
static int read_terminal(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where here = {.up = at, .key = "stdin"};
	if (read_bool(r, at, o, "tty", &c->tty) || read_bool(r, at, o, "stdin", &c->stdin_open) ||
	    read_bool(r, at, o, "stdinOnce", &c->stdin_once)) {
		return -1;
	}
	return c->stdin_open && !c->tty ? reader_refuse(r, &here, "not without tty") : 0;
}

static int read_command(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where here = {.up = at, .key = "workingDir"};
	if (read_strs(r, at, o, "command", &c->command, &c->n_command) ||
	    read_strs(r, at, o, "args", &c->args, &c->n_args) || read_str(r, at, o, "workingDir", &c->working_dir)) {
		return -1;
	}
	c->working_dir = c->working_dir && *c->working_dir ? c->working_dir : NULL;
	if (!c->working_dir) {
		return 0;
	}
	const char *why = *c->working_dir != '/'			? "not an absolute path"
			  : strlen(c->working_dir) > CONTAINER_PATH_MAX ? "too long"
			  : !c->n_command				? "only together with a command"
									: NULL;
	return why ? reader_refuse(r, &here, why) : 0;
}

/* API servers write the default path into every pod, so it is none of ours to fill in. */
static int read_message(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where here = {.up = at, .key = "terminationMessagePath"};
	const char *policy = js_str(o, "terminationMessagePolicy"), *path = NULL;
	c->message_of_log = policy && !strcmp(policy, "FallbackToLogsOnError");
	if (read_str(r, at, o, "terminationMessagePath", &path)) {
		return -1;
	}
	if (!path || !*path) {
		return 0;
	}
	CLEANUP_FREE char *clean = path_clean(path);
	c->message_path = strcmp(clean, KUBE_MESSAGE_PATH) == 0 ? KUBE_MESSAGE_PATH : reader_copy(r, clean);
	const char *why = *path != '/'			      ? "not an absolute path"
			  : strlen(path) > CONTAINER_PATH_MAX ? "too long"
			  : !clean[1]			      ? "not a file"
			  : path_climbs(path)		      ? "has \"..\" in it"
							      : NULL;
	return !c->message_path ? -1 : why ? reader_refuse(r, &here, why) : 0;
}

int pod_read_container(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o,
		       struct kube_container *c)
{
	c->image = "";
	if (read_str(r, at, o, "name", &c->name)) {
		return -1;
	}
	if (!c->name || !container_name_good(c->name)) {
		return reader_error(r, ERR_INVALID, at, "name", c->name ? "not a DNS label" : "missing");
	}
	return reader_check_fields(r, scope, at, o) || pod_read_security(r, at, o, c) ||
		       read_str(r, at, o, "image", &c->image) || read_command(r, at, o, c) ||
		       pod_read_env(r, at, o, c) || read_ports(r, at, o, c) || pod_read_resources(r, at, o, c) ||
		       pod_read_mounts(r, at, o, c) ||
		       pod_read_pull_policy(r, at, o, "imagePullPolicy", &c->pull_always) ||
		       pod_read_probes(r, at, o, c) || pod_read_restarts(r, at, o, c) || pod_read_hooks(r, at, o, c) ||
		       read_terminal(r, at, o, c) || read_message(r, at, o, c)
		   ? -1
		   : 0;
}

static int read_containers(struct pod_reader *r, const struct where *at, json_t *spec, const char *key,
			   struct kube_container **ret, size_t *ret_n)
{
	struct where list_at = {.up = at, .key = key};
	json_t *list;
	if (read_list(r, at, spec, key, &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	if (n > POD_CONTAINERS_MAX) {
		return reader_error(r, ERR_LIMIT, &list_at, NULL, "%zu containers, at most %d are allowed", n,
				    POD_CONTAINERS_MAX);
	}
	struct kube_container *containers = reader_alloc(r, n, sizeof(*containers));
	if (!containers) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(o, "name"), .index = i};
		if (!json_is_object(o)) {
			return reader_error(r, ERR_INVALID, &here, NULL, "not an object");
		}
		if (pod_read_container(r, POD_SCOPE_CONTAINER, &here, o, &containers[i])) {
			return -1;
		}
	}
	*ret = containers;
	*ret_n = n;
	return 0;
}

static const struct kube_container *nth(const struct kube_pod *pod, size_t i)
{
	return i < pod->n_init_containers ? &pod->init_containers[i] : &pod->containers[i - pod->n_init_containers];
}

/* Names become task ids, so they must differ, ordinary and init containers together. */
static int check_containers(struct pod_reader *r, const struct where *at)
{
	const struct kube_pod *pod = r->pod;
	size_t n = pod->n_init_containers + pod->n_containers;
	if (!pod->n_containers) {
		return reader_error(r, ERR_INVALID, at, "containers", "missing");
	}
	if (n > POD_CONTAINERS_MAX) {
		return reader_error(r, ERR_LIMIT, at, NULL, "%zu containers, at most %d are allowed", n,
				    POD_CONTAINERS_MAX);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(nth(pod, i)->name, nth(pod, k)->name)) {
				return reader_error(r, ERR_INVALID, at, NULL, "two containers are called %s",
						    nth(pod, i)->name);
			}
		}
	}
	return 0;
}

int pod_read_containers(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	if (read_containers(r, at, spec, "initContainers", &pod->init_containers, &pod->n_init_containers) ||
	    read_containers(r, at, spec, "containers", &pod->containers, &pod->n_containers)) {
		return -1;
	}
	pod_mark_first_mounts(pod);
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		struct kube_container *c = &pod->init_containers[i];
		c->sidecar = c->own_restart_policy && c->restart_policy == POD_RESTART_ALWAYS;
	}
	return check_containers(r, at);
}
