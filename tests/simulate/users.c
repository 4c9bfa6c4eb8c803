#include "tests/simulate/users.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod.h"
#include "tests/simulate/sim.h"

#define PODS_MIN 4
#define PODS_MAX 20
#define PAUSE_MS 20000 /* at most, between two deeds */

struct users {
	struct sim *sim;
	struct sim_event turn;
	uint64_t pods; /* how many there shall be */
	uint64_t next;
	bool resting;
};

static uint64_t any(const struct users *u, uint64_t below)
{
	return sim_random(u->sim, SIM_USERS, below);
}

static bool often(const struct users *u, unsigned thousandths)
{
	return sim_chance(u->sim, SIM_USERS, thousandths);
}

/* ---- shapes ---- */

static json_t *command(const struct users *u, const char *act, int n_numbers, const uint64_t *numbers)
{
	json_t *list = json_pack("[s,s]", "sim", act);
	for (int i = 0; i < n_numbers; i++) {
		CLEANUP_FREE char *text = xasprintf("%llu", (unsigned long long)numbers[i]);
		json_array_append_new(list, json_string(text));
	}
	if (often(u, 150)) {
		json_array_append_new(list, json_string("stubborn"));
	}
	return list;
}

static json_t *serves(const struct users *u)
{
	return command(u, "serve", 0, NULL);
}

static json_t *ends(const struct users *u, uint64_t code)
{
	return command(u, "exit", 2, (const uint64_t[]){50 + any(u, 30000), code});
}

static json_t *crashes(const struct users *u)
{
	return command(u, "crash", 3, (const uint64_t[]){50 + any(u, 5000), 1 + any(u, 3), 1 + any(u, 4)});
}

/* One of the kinds, asked for in one of the ways. */
static json_t *probe(const struct users *u)
{
	static const char *const ways[] = {"{\"exec\":{\"command\":[\"ask\"]}}", "{\"tcpSocket\":{\"port\":80}}",
					   "{\"httpGet\":{\"port\":80,\"path\":\"/\"}}"};
	const char *way = ways[any(u, 3)];
	json_t *o = js_parse(way, strlen(way), NULL);
	json_object_set_new(o, "initialDelaySeconds", json_integer((json_int_t)any(u, 3)));
	json_object_set_new(o, "periodSeconds", json_integer((json_int_t)(1 + any(u, 10))));
	json_object_set_new(o, "failureThreshold", json_integer((json_int_t)(1 + any(u, 4))));
	return o;
}

static void put_probes(const struct users *u, json_t *container)
{
	static const char *const kinds[] = {"readinessProbe", "livenessProbe", "startupProbe"};
	size_t first = any(u, 3), n = often(u, 300) ? 1 + any(u, 2) : 0;
	for (size_t i = 0; i < n; i++) {
		json_object_set_new(container, kinds[(first + i) % 3], probe(u));
	}
}

static json_t *hook(const struct users *u, const char *which)
{
	switch (sim_random(u->sim, SIM_HOOKS, 4)) {
	case 0:
		return json_pack("{s:{s:i}}", "sleep", "seconds", (int)sim_random(u->sim, SIM_HOOKS, 20));
	case 1:
		return json_pack("{s:{s:i,s:s}}", "httpGet", "port", 80, "path", "/hook");
	default:
		return json_pack("{s:{s:[s,s,s]}}", "exec", "command", "sim", "hook", which);
	}
}

static void put_hooks(const struct users *u, json_t *container)
{
	static const char *const kinds[] = {"postStart", "preStop"};
	for (size_t i = 0; i < 2; i++) {
		if (sim_chance(u->sim, SIM_HOOKS, 120)) {
			if (!js_obj(container, "lifecycle")) {
				json_object_set_new(container, "lifecycle", json_object());
			}
			json_object_set_new(js_obj(container, "lifecycle"), kinds[i], hook(u, kinds[i]));
		}
	}
}

static json_t *container(const struct users *u, const char *name, json_t *words)
{
	CLEANUP_FREE char *cpu = xasprintf("%llum", (unsigned long long)(50 + any(u, 10) * 50));
	CLEANUP_FREE char *mem = xasprintf("%lluMi", (unsigned long long)(16 + any(u, 8) * 16));
	return json_pack("{s:s,s:s,s:o,s:{s:{s:s,s:s}}}", "name", name, "image", "sim", "command", words, "resources",
			 "requests", "cpu", cpu, "memory", mem);
}

static json_t *server_words(const struct users *u)
{
	return often(u, 200) ? crashes(u) : often(u, 50) ? command(u, "broken", 0, NULL) : serves(u);
}

static json_t *job_words(const struct users *u, bool once)
{
	return often(u, 300) ? (once ? ends(u, 1 + any(u, 9)) : crashes(u)) : ends(u, 0);
}

/* One that would never end after its crashes is no job, so those that crash are servers of the last run. */
static json_t *containers(const struct users *u, const char *policy)
{
	json_t *list = json_array();
	uint64_t n = 1 + any(u, 100) / 60 + any(u, 100) / 85;
	for (uint64_t i = 0; i < n; i++) {
		CLEANUP_FREE char *name = xasprintf("c%llu", (unsigned long long)i);
		bool server = policy[0] == 'A';
		json_t *o = container(u, name, server ? server_words(u) : job_words(u, policy[0] == 'N'));
		put_probes(u, o);
		put_hooks(u, o);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *init_containers(const struct users *u)
{
	json_t *list = json_array();
	uint64_t n = often(u, 300) ? 1 + any(u, 2) : 0;
	for (uint64_t i = 0; i < n; i++) {
		CLEANUP_FREE char *name = xasprintf("i%llu", (unsigned long long)i);
		bool sidecar = often(u, 350);
		json_t *o = container(u, name, sidecar ? server_words(u) : ends(u, often(u, 100) ? 1 : 0));
		if (sidecar) {
			json_object_set_new(o, "restartPolicy", json_string("Always"));
			put_probes(u, o);
			put_hooks(u, o);
		}
		json_array_append_new(list, o);
	}
	return list;
}

/* Some stay when their agent is away, for a while or for ever. */
static json_t *tolerations(const struct users *u)
{
	json_t *list = json_pack("[{s:s,s:s}]", "key", "mesos.apache.org/agent", "operator", "Exists");
	if (often(u, 600)) {
		json_t *away = json_pack("{s:s,s:s,s:s}", "key", "node.kubernetes.io/unreachable", "operator", "Exists",
					 "effect", "NoExecute");
		if (often(u, 500)) {
			json_object_set_new(away, "tolerationSeconds", json_integer((json_int_t)any(u, 300)));
		}
		json_array_append_new(list, away);
	}
	return list;
}

/* Of thousandths of a cpu. */
static char *cpus(const struct users *u)
{
	return xasprintf("%llum", (unsigned long long)(50 + sim_random(u->sim, SIM_WHOLE, 10) * 50));
}

/* Some cost more than their containers, or request something as a whole, which may be more than those do. */
static void put_whole(const struct users *u, json_t *spec)
{
	CLEANUP_FREE char *overhead = cpus(u), *whole = cpus(u);
	if (sim_chance(u->sim, SIM_WHOLE, 100)) {
		json_object_set_new(spec, "overhead", json_pack("{s:s,s:s}", "cpu", overhead, "memory", "16Mi"));
	}
	if (sim_chance(u->sim, SIM_WHOLE, 150)) {
		json_object_set_new(spec, "resources", json_pack("{s:{s:s}}", "requests", "cpu", whole));
	}
}

/* Some have files with a mode that Mesos has not. */
static void put_files(const struct users *u, json_t *spec)
{
	size_t i;
	json_t *c;
	if (!sim_chance(u->sim, SIM_FILES, 120)) {
		return;
	}
	json_object_set_new(spec, "volumes",
			    json_pack("[{s:s,s:{s:i,s:[{s:s,s:{s:s}}]}}]", "name", SIM_WRITTEN, "downwardAPI",
				      "defaultMode", 256, "items", "path", "labels", "fieldRef", "fieldPath",
				      "metadata.labels"));
	json_array_foreach (js_arr(spec, "containers"), i, c) {
		if (i == 0 || sim_chance(u->sim, SIM_FILES, 500)) {
			json_object_set_new(c, "volumeMounts",
					    json_pack("[{s:s,s:s}]", "name", SIM_WRITTEN, "mountPath", "/files"));
		}
	}
}

static json_t *spec(const struct users *u)
{
	static const char *const policies[] = {"Always", "Always", "OnFailure", "Never"};
	static const int graces[] = {0, 2, 5, 30};
	const char *policy = policies[any(u, 4)];
	json_t *o =
	    json_pack("{s:s,s:b,s:s,s:i,s:o,s:o,s:o}", "schedulerName", "mesos", "automountServiceAccountToken", 0,
		      "restartPolicy", policy, "terminationGracePeriodSeconds", graces[any(u, 4)], "tolerations",
		      tolerations(u), "initContainers", init_containers(u), "containers", containers(u, policy));
	if (often(u, 150)) {
		CLEANUP_FREE char *rack = xasprintf("r%llu", (unsigned long long)any(u, 3));
		json_object_set_new(o, "nodeSelector", json_pack("{s:s}", "rack", rack));
	}
	if (often(u, 150)) {
		int port = 31000 + (int)any(u, 4);
		json_object_set_new(json_array_get(js_arr(o, "containers"), 0), "ports",
				    json_pack("[{s:i,s:i}]", "containerPort", port, "hostPort", port));
	}
	put_whole(u, o);
	put_files(u, o);
	return o;
}

/* ---- deeds ---- */

static int request(const struct users *u, const char *method, const char *path, const json_t *body)
{
	json_t *answer = NULL;
	int status = apiserver_do(u->sim->kube, u->sim->now, method, path, NULL, body, &answer);
	sim_trace(u->sim, "users", "%s %s: %d", method, path, status);
	json_decref(answer);
	return status;
}

/* Where one node stands for all agents, some are bound to it by others, as DaemonSets and kube-scheduler do. */
static void bind_some(const struct users *u, json_t *spec)
{
	struct sim *sim = u->sim;
	if (sim->options.mode == SIM_MODE_AGENT || !sim_chance(sim, SIM_MODES, 300)) {
		return;
	}
	json_object_set_new(spec, "nodeName", json_string(SIM_NODE_OF_ALL));
	if (sim_chance(sim, SIM_MODES, 500)) {
		json_object_set_new(spec, "schedulerName", json_string("default-scheduler"));
	}
}

static void create(struct users *u, const char *name)
{
	CLEANUP_JSON json_t *pod = json_pack("{s:s,s:s,s:{s:s},s:o}", "apiVersion", "v1", "kind", "Pod", "metadata",
					     "name", name, "spec", spec(u));
	bind_some(u, js_obj(pod, "spec"));
	request(u, "POST", "/api/v1/namespaces/" SIM_NAMESPACE "/pods", pod);
	u->sim->created++;
}

static void create_next(struct users *u)
{
	CLEANUP_FREE char *name = xasprintf("p%llu", (unsigned long long)u->next++);
	create(u, name);
}

static void create_owner(struct users *u, const char *kind, const char *plural, json_t *more)
{
	CLEANUP_FREE char *path =
	    xasprintf("/apis/%s/namespaces/" SIM_NAMESPACE "/%s", kind[0] == 'J' ? "batch/v1" : "apps/v1", plural);
	CLEANUP_FREE char *name = xasprintf("%.3s%llu", plural, (unsigned long long)u->next++);
	json_t *pod = spec(u);
	json_object_set_new(pod, "restartPolicy", json_string(kind[0] == 'J' ? "OnFailure" : "Always"));
	json_object_del(pod, "nodeSelector");
	json_t *template = json_pack("{s:{s:{s:s}},s:o}", "metadata", "labels", "app", name, "spec", pod);
	json_t *words = json_array_get(js_arr(pod, "containers"), 0);
	json_object_set_new(words, "command", kind[0] == 'J' ? ends(u, 0) : serves(u));
	json_object_set_new(pod, "containers", json_pack("[O]", words));
	json_object_set_new(more, "template", template);
	CLEANUP_JSON json_t *owner =
	    json_pack("{s:s,s:s,s:{s:s},s:o}", "apiVersion", kind[0] == 'J' ? "batch/v1" : "apps/v1", "kind", kind,
		      "metadata", "name", name, "spec", more);
	if (kind[0] != 'J') {
		json_object_set_new(more, "selector", json_pack("{s:{s:s}}", "matchLabels", "app", name));
	}
	request(u, "POST", path, owner);
}

static void create_something(struct users *u)
{
	uint64_t dice = any(u, 100);
	if (dice < 6) {
		create_owner(u, "ReplicaSet", "replicasets", json_pack("{s:i}", "replicas", 1 + (int)any(u, 4)));
	} else if (dice < 12) {
		create_owner(u, "Job", "jobs", json_pack("{s:i,s:i}", "completions", 2, "parallelism", 2));
	} else {
		create_next(u);
	}
}

struct choice {
	uint64_t left;
	char name[256];
	const json_t *pod;
	size_t n;
};

static void choose(void *arg, const json_t *pod)
{
	struct choice *choice = arg;
	choice->n++;
	if (choice->left-- == 0) {
		snprintf(choice->name, sizeof(choice->name), "%s", js_str_at(pod, "metadata", "name", NULL));
		choice->pod = pod;
	}
}

static size_t count(const struct users *u)
{
	struct choice all = {.left = UINT64_MAX};
	apiserver_each(u->sim->kube, "pods", SIM_NAMESPACE, choose, &all);
	return all.n;
}

void users_delete(struct users *u)
{
	size_t n = count(u);
	if (!n) {
		return;
	}
	struct choice choice = {.left = any(u, n)};
	apiserver_each(u->sim->kube, "pods", SIM_NAMESPACE, choose, &choice);
	bool force = often(u, 250);
	CLEANUP_FREE char *path = xasprintf("/api/v1/namespaces/" SIM_NAMESPACE "/pods/%s", choice.name);
	CLEANUP_JSON json_t *options = json_pack("{s:s,s:s}", "apiVersion", "v1", "kind", "DeleteOptions");
	if (force) {
		json_object_set_new(options, "gracePeriodSeconds", json_integer(0));
	}
	request(u, "DELETE", path, options);
	if (force && choice.name[0] == 'p' && often(u, 500)) {
		create(u, choice.name);
	}
}

/* A copy of any pod, to be changed; NULL: there is none. `sub`: where to PUT it, after its name. */
static json_t *any_pod(const struct users *u, enum sim_topic topic, const char *sub, char **ret_path)
{
	struct sim *sim = u->sim;
	size_t n = count(u);
	if (!n) {
		return NULL;
	}
	struct choice choice = {.left = sim_random(sim, topic, n)};
	apiserver_each(sim->kube, "pods", SIM_NAMESPACE, choose, &choice);
	*ret_path = xasprintf("/api/v1/namespaces/" SIM_NAMESPACE "/pods/%s%s", choice.name, sub);
	return json_deep_copy(choice.pod);
}

/* One pod's first container is given another image. */
static void change_image(const struct users *u)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_JSON json_t *pod = any_pod(u, SIM_CHANGES, "", &path);
	if (pod) {
		CLEANUP_FREE char *image = xasprintf("x:%llu", (unsigned long long)sim_random(u->sim, SIM_CHANGES, 3));
		json_object_set_new(json_array_get(js_arr(js_obj(pod, "spec"), "containers"), 0), "image",
				    json_string(image));
		request(u, "PUT", path, pod);
	}
}

/* One that requests something as a whole gets another size. */
static void change_whole(const struct users *u)
{
	CLEANUP_FREE char *path = NULL, *whole = cpus(u);
	CLEANUP_JSON json_t *pod = any_pod(u, SIM_WHOLE, "/resize", &path);
	json_t *requests = js_at(pod, "spec", "resources", "requests", NULL);
	if (requests) {
		json_object_set_new(requests, "cpu", json_string(whole));
		request(u, "PUT", path, pod);
	}
}

/* One that is bound names a network, too late. */
static void change_network(const struct users *u)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_JSON json_t *pod = any_pod(u, SIM_WHOLE, "", &path);
	json_t *annotations = js_at(pod, "metadata", "annotations", NULL);
	if (js_str(annotations, ANNOTATION_AGENT_ID)) {
		json_object_set_new(annotations, ANNOTATION_NETWORK, json_string("late"));
		request(u, "PUT", path, pod);
	}
}

/* kubectl debug of one pod. */
static void debug_one(const struct users *u)
{
	struct sim *sim = u->sim;
	CLEANUP_FREE char *path = NULL;
	CLEANUP_JSON json_t *pod = any_pod(u, SIM_DEBUG, "/ephemeralcontainers", &path);
	if (!pod) {
		return;
	}
	CLEANUP_FREE char *name =
	    xasprintf("%c%llu", SIM_EPHEMERAL, (unsigned long long)sim_random(sim, SIM_DEBUG, 1000));
	CLEANUP_FREE char *takes = xasprintf("%llu", (unsigned long long)sim_random(sim, SIM_DEBUG, 60000));
	const char *act = sim_chance(sim, SIM_DEBUG, 500) ? "serve" : "exit";
	json_t *spec = js_obj(pod, "spec"), *list = js_arr(spec, "ephemeralContainers");
	if (!list) {
		list = json_array();
		json_object_set_new(spec, "ephemeralContainers", list);
	}
	json_t *debugger = json_pack("{s:s,s:s,s:[s,s,s,s]}", "name", name, "image", "sim", "command", "sim", act,
				     takes, sim_chance(sim, SIM_DEBUG, 500) ? "0" : "1");
	if (sim_chance(sim, SIM_DEBUG, 100)) {
		json_object_set_new(debugger, "stdin", json_true()); /* which cannot be had without a terminal */
	}
	json_array_append_new(list, debugger);
	request(u, "PUT", path, pod);
}

static void on_turn(void *arg)
{
	struct users *u = arg;
	if (u->resting) {
		return;
	}
	if (sim_chance(u->sim, SIM_CHANGES, 200)) {
		change_image(u);
	}
	if (sim_chance(u->sim, SIM_WHOLE, 100)) {
		change_whole(u);
	}
	if (sim_chance(u->sim, SIM_WHOLE, 100)) {
		change_network(u);
	}
	if (sim_chance(u->sim, SIM_DEBUG, 200)) {
		debug_one(u);
	}
	if (count(u) < u->pods) {
		for (uint64_t n = 1 + any(u, 4); n > 0; n--) {
			create_something(u);
		}
	} else if (often(u, 700)) {
		users_delete(u);
	}
	sim_at(u->sim, &u->turn, u->sim->now + (int64_t)any(u, any(u, 2) ? PAUSE_MS : 500));
}

struct users *users_new(struct sim *sim)
{
	struct users *u = xcalloc(1, sizeof(*u));
	*u = (struct users){.sim = sim, .turn = {.fire = on_turn, .arg = u}};
	u->pods = PODS_MIN + any(u, PODS_MAX - PODS_MIN + 1);
	sim_at(sim, &u->turn, sim->now);
	return u;
}

void users_rest(struct users *u)
{
	u->resting = true;
}

void users_free(struct users *u)
{
	if (u) {
		sim_cancel(u->sim, &u->turn);
		free(u);
	}
}
