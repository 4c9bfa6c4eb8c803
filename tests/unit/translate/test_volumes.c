/* Volumes of pods: what Kubernetes says, and the exact volumes of the task, or the refusal. */
#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/need.h"
#include "translate/plan.h"
#include "translate/volumes.h"

#define EMPTY_AT(at, path, mode)                                                                                       \
	"{'mode':'" mode "','container_path':'" at                                                                     \
	"','source':{'type':'SANDBOX_PATH','sandbox_path':{'type':'PARENT','path':'" path "'}}}"
#define HOST_AT(at, path, more, mode)                                                                                  \
	"{'mode':'" mode "','container_path':'" at "','source':{'type':'HOST_PATH','host_path':{'path':'" path         \
	"'" more "}}}"

/* A pod with these volumes, and mounts of its container "app" (and of "side", when given). */
static struct kube_pod *pod_with(const char *volumes, const char *mounts, const char *side, struct err *e)
{
	CLEANUP_FREE char *other =
	    side ? xasprintf(",{'name':'side','image':'busybox','volumeMounts':[%s]}", side) : xstrdup("");
	CLEANUP_FREE char *members =
	    xasprintf("'volumes':[%s],'containers':[{'name':'app','image':'busybox','volumeMounts':[%s]}%s]", volumes,
		      mounts, other);
	return sample_spec(members, e);
}

struct row {
	const char *volumes, *mounts;
	const char *expected; /* ContainerInfo.volumes; NULL: none */
};

static void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		struct kube_pod *pod = pod_with(rows[i].volumes, rows[i].mounts, NULL, &e);
		translate_config_init(&config);
		if (!pod || pod_need_make(pod, &config, &need, &e)) {
			fail_msg("%s: %s", rows[i].mounts, e.text);
		}
		CLEANUP_JSON json_t *expected = rows[i].expected ? sample_json(rows[i].expected) : NULL;
		CLEANUP_JSON json_t *made = volumes_json(&pod->containers[0]);
		if (!json_equal(expected, made) && (expected || made)) {
			CLEANUP_FREE char *text = made ? js_text(made) : xstrdup("none");
			fail_msg("%s: %s", rows[i].mounts, text);
		}
		kube_pod_free(pod);
	}
}

static void directories_of_the_pod_and_of_the_agent_become_volumes_of_the_task(void **state)
{
	static const struct row rows[] = {
	    {"{'name':'v','emptyDir':{}}", "", NULL},
	    {"{'name':'v','emptyDir':{}}", "{'name':'v','mountPath':'/data'}",
	     "[" EMPTY_AT("/data", "volumes/v", "RW") "]"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'data/./x//','readOnly':true}",
	     "[" EMPTY_AT("/data/x", "volumes/v", "RO") "]"},
	    {"{'name':'v','emptyDir':{'medium':'','sizeLimit':'1Gi'}}",
	     "{'name':'v','mountPath':'/a','subPath':'one/two'},{'name':'v','mountPath':'/b','subPath':'./one//three/"
	     "'}",
	     "[" EMPTY_AT("/a", "volumes/v/one/two", "RW") "," EMPTY_AT("/b", "volumes/v/one/three", "RW") "]"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/var/run/x'}",
	     "[" EMPTY_AT("/var/run/x", "volumes/v", "RW") "," EMPTY_AT("/run/x", "volumes/v", "RW") "]"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/var/runner','mountPropagation':'None'}",
	     "[" EMPTY_AT("/var/runner", "volumes/v", "RW") "]"},
	    {"{'name':'h','hostPath':{'path':'/srv/x','type':''}}", "{'name':'h','mountPath':'/x','readOnly':true}",
	     "[" HOST_AT("/x", "/srv/x", "", "RO") "]"},
	    {"{'name':'h','hostPath':{'path':'/srv/x/','type':'Directory'}}",
	     "{'name':'h','mountPath':'/x','mountPropagation':'HostToContainer'}",
	     "[" HOST_AT("/x", "/srv/x/.", ",'mount_propagation':{'mode':'HOST_TO_CONTAINER'}", "RW") "]"},
	    {"{'name':'h','hostPath':{'path':'/','type':'DirectoryOrCreate'}}",
	     "{'name':'h','mountPath':'/host','recursiveReadOnly':'IfPossible'}",
	     "[" HOST_AT("/host", "/.", "", "RW") "]"},
	};
	(void)state;
	expect_rows(rows, sizeof(rows) / sizeof(*rows));
}

struct refusal {
	const char *volumes, *mounts, *side;
	const char *sentence;
};

static void what_cannot_be_had_is_refused_by_its_path(void **state)
{
	static const struct refusal rows[] = {
	    {"{'name':'v','nfs':{'server':'a','path':'/'}}", "", NULL, "spec.volumes[v].nfs"},
	    {"{'name':'v','emptyDir':{'medium':'HugePages'}}", "", NULL,
	     "spec.volumes[v].emptyDir.medium (neither \"\" nor Memory)"},
	    {"{'name':'v','hostPath':{'path':'/x','type':'Socket'}}", "", NULL, "spec.volumes[v].hostPath.type"},
	    {"{'name':'v','hostPath':{'path':'/a/../b'}}", "", NULL,
	     "spec.volumes[v].hostPath.path (has \"..\" in it)"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x/../y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/../y].mountPath (has \"..\" in it)"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/'}", NULL,
	     "spec.containers[app].volumeMounts[/] (the root of a container is its image)"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x','subPath':'../y'}", NULL,
	     "spec.containers[app].volumeMounts[/x].subPath (not a path below the volume)"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x','mountPropagation':'Bidirectional'}", NULL,
	     "spec.containers[app].volumeMounts[/x].mountPropagation"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x','recursiveReadOnly':'Enabled'}", NULL,
	     "spec.containers[app].volumeMounts[/x].recursiveReadOnly"},
	    {"{'name':'v'},{'name':'w'}", "{'name':'v','mountPath':'/x'},{'name':'w','mountPath':'/x/'}", NULL,
	     "spec.containers[app].volumeMounts[/x].mountPath: another volume is mounted there"},
	    {"{'name':'v'},{'name':'w'}", "{'name':'v','mountPath':'/x'},{'name':'w','mountPath':'/x/y/z'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y/z].mountPath: it is inside the mount on /x, where an agent cannot "
	     "mount"},
	    {"{'name':'h','hostPath':{'path':'/srv'}}", "{'name':'h','mountPath':'/x','subPath':'y'}", NULL,
	     "spec.containers[app].volumeMounts[/x].subPath: a symbolic link could lead out of the volume; put the "
	     "whole "
	     "path into hostPath.path"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x','subPath':'y'}", "{'name':'v','mountPath':'/whole'}",
	     "spec.containers[app].volumeMounts[/x].subPath: another mount of the volume lies above, and a symbolic "
	     "link "
	     "there could lead out of it"},
	    {"{'name':'v'}", "{'name':'v','mountPath':'/x','subPath':'y/z'}",
	     "{'name':'v','mountPath':'/whole','subPath':'y'}",
	     "spec.containers[app].volumeMounts[/x].subPath: another mount of the volume lies above, and a symbolic "
	     "link "
	     "there could lead out of it"},
	    {"{'name':'m','emptyDir':{'medium':'Memory'}}", "{'name':'m','mountPath':'/cache'}", NULL,
	     "spec.containers[app].volumeMounts[/cache]: memory is offered as /dev/shm of one container, whole and to "
	     "be "
	     "written"},
	    {"{'name':'m','emptyDir':{'medium':'Memory'}}", "{'name':'m','mountPath':'/dev/shm'}",
	     "{'name':'m','mountPath':'/dev/shm'}",
	     "spec.containers[app].volumeMounts[/dev/shm]: memory is offered as /dev/shm of one container, whole and "
	     "to be "
	     "written"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		struct kube_pod *pod = pod_with(rows[i].volumes, rows[i].mounts, rows[i].side, &e);
		CLEANUP_FREE char *whole = xasprintf("not supported: %s", rows[i].sentence);
		translate_config_init(&config);
		size_t n = strlen(whole); /* a reason out of the table may follow */
		if (!pod || !pod_need_make(pod, &config, &need, &e) || strncmp(e.text, whole, n) != 0 ||
		    (e.text[n] && strncmp(e.text + n, " (", 2) != 0)) {
			fail_msg("%s %s: %s", rows[i].volumes, rows[i].mounts, *e.text ? e.text : "taken");
		}
		assert_int_equal(e.code, ERR_UNSUPPORTED);
		kube_pod_free(pod);
	}
}

static void malformed_volumes_name_their_place(void **state)
{
	static const struct refusal rows[] = {
	    {"{'name':'V'}", "", NULL, "pod default/web: spec.volumes[V].name: not a DNS label"},
	    {"{'emptyDir':{}}", "", NULL, "pod default/web: spec.volumes[0].name: missing"},
	    {"{'name':'v'},{'name':'v'}", "", NULL, "pod default/web: spec.volumes[v].name: two volumes are called v"},
	    {"{'name':'v','emptyDir':{'sizeLimit':'much'}}", "", NULL, NULL},
	    {"{'name':'v','hostPath':{}}", "", NULL,
	     "pod default/web: spec.volumes[v].hostPath.path: missing, or not a string"},
	    {"{'name':'v'}", "{'name':'w','mountPath':'/x'}", NULL,
	     "pod default/web: spec.containers[app].volumeMounts[/x].name: no such volume"},
	    {"{'name':'v'}", "{'name':'v'}", NULL,
	     "pod default/web: spec.containers[app].volumeMounts[0].mountPath: missing, or not a string"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		assert_null(pod_with(rows[i].volumes, rows[i].mounts, rows[i].side, &e));
		if (rows[i].sentence) {
			assert_string_equal(e.text, rows[i].sentence);
		}
	}
}

static void memory_is_the_shared_memory_of_its_container(void **state)
{
	static const struct {
		const char *volume, *expected;
	} rows[] = {
	    {"{'name':'m','emptyDir':{'medium':'Memory'}}", "{'ipc_mode':'PRIVATE'}"},
	    {"{'name':'m','emptyDir':{'medium':'Memory','sizeLimit':'1500k'}}", "{'ipc_mode':'PRIVATE','shm_size':2}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kube_pod *pod = pod_with(rows[i].volume, "{'name':'m','mountPath':'/dev/shm'}", NULL, NULL);
		CLEANUP_JSON json_t *made = json_object();
		CLEANUP_JSON json_t *expected = sample_json(rows[i].expected);
		volumes_put_linux(&pod->containers[0], made);
		assert_true(json_equal(made, expected));
		assert_null(volumes_json(&pod->containers[0]));
		assert_int_equal(volumes_disk(&pod->containers[0]), 0);
		kube_pod_free(pod);
	}
}

static void a_size_limit_is_disk_of_the_first_container_that_mounts_it(void **state)
{
	struct translate_config config;
	struct kube_pod *pod =
	    pod_with("{'name':'a','emptyDir':{'sizeLimit':'3Mi'}},{'name':'b','emptyDir':{'sizeLimit':'2Mi'}}",
		     "{'name':'a','mountPath':'/a'},{'name':'a','mountPath':'/again'}",
		     "{'name':'a','mountPath':'/a'},{'name':'b','mountPath':'/b'}", NULL);
	(void)state;
	translate_config_init(&config);
	assert_int_equal(container_amounts(&pod->containers[0], &config).disk, 3000);
	assert_int_equal(container_amounts(&pod->containers[1], &config).disk, 2000);
	kube_pod_free(pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(directories_of_the_pod_and_of_the_agent_become_volumes_of_the_task),
	    cmocka_unit_test(what_cannot_be_had_is_refused_by_its_path),
	    cmocka_unit_test(malformed_volumes_name_their_place),
	    cmocka_unit_test(memory_is_the_shared_memory_of_its_container),
	    cmocka_unit_test(a_size_limit_is_disk_of_the_first_container_that_mounts_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
