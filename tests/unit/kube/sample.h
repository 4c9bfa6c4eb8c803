/* Pods for tests: recorded ones from tests/data/kubernetes/pods, and made ones. */
#ifndef TESTS_UNIT_KUBE_SAMPLE_H
#define TESTS_UNIT_KUBE_SAMPLE_H

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod.h"

static inline json_t *sample_tree(const char *name)
{
	CLEANUP_FREE char *path = xasprintf("%s/kubernetes/pods/%s.json", TEST_DATA, name);
	json_error_t je;
	json_t *o = json_load_file(path, 0, &je);
	if (!o) {
		fprintf(stderr, "%s: %s\n", path, je.text);
		abort();
	}
	return o;
}

/* JSON with ' for ". */
static inline json_t *sample_json(const char *text)
{
	CLEANUP_FREE char *copy = xstrdup(text);
	struct err e;
	for (char *s = copy; (s = strchr(s, '\'')) != NULL;) {
		*s = '"';
	}
	json_t *o = js_parse(copy, strlen(copy), &e);
	if (!o) {
		fprintf(stderr, "%s: %s\n", copy, e.text);
		abort();
	}
	return o;
}

static inline struct kube_pod *sample_decode(json_t *owned, struct err *e)
{
	struct kube_pod *pod = kube_pod_decode(owned, e);
	json_decref(owned);
	return pod;
}

static inline struct kube_pod *sample_pod(const char *name)
{
	struct err e;
	struct kube_pod *pod = sample_decode(sample_tree(name), &e);
	if (!pod) {
		fprintf(stderr, "%s: %s\n", name, e.text);
		abort();
	}
	return pod;
}

#define SAMPLE_UID "0a1b2c3d-0000-4000-8000-000000000001"

/* A pod "default/web" whose spec has these members, such as "'containers':[...]". NULL with the error. */
static inline struct kube_pod *sample_spec(const char *members, struct err *e)
{
	CLEANUP_FREE char *text =
	    xasprintf("{'metadata':{'namespace':'default','name':'web','uid':'%s'},'spec':{%s}}", SAMPLE_UID, members);
	return sample_decode(sample_json(text), e);
}

/* A pod with one container "app" that has these members besides. */
static inline struct kube_pod *sample_container(const char *members, struct err *e)
{
	CLEANUP_FREE char *spec =
	    xasprintf("'containers':[{'name':'app','image':'busybox'%s%s}]", *members ? "," : "", members);
	return sample_spec(spec, e);
}

/* Takes HOSTNAME out of the environment of a Mesos command, for tests of anything else: every container has it. */
static inline void sample_take_host_name(json_t *command)
{
	json_t *variables = js_at(command, "environment", "variables", NULL), *variable;
	size_t i;
	json_array_foreach (variables, i, variable) {
		if (!strcmp(js_str(variable, "name"), "HOSTNAME")) {
			json_array_remove(variables, i);
			break;
		}
	}
	if (!json_array_size(variables)) {
		json_object_del(command, "environment");
	}
}

#endif
