/* Each manifest under examples/ says what becomes of its pods, and that is what becomes of them: "# On Mesos:
 * launches." or
 * "# On Mesos: refused for FIELD."; "launches where agents have ...": isolators of the option agent-isolation, without
 * which it is refused. Those in examples/ itself launch. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/yaml.h"
#include "kube/claim.h"
#include "tests/unit/kube/sample.h"
#include "tests/unit/translate/master.h"
#include "tests/unit/unit.h"
#include "translate/plan.h"

#define FILE_MAX ((size_t)4 << 20)
#define ROLE "kubernetes"
#define SAYS "# On Mesos: "
#define REFUSED "refused for "
#define ISOLATED "launches where agents have "
#define UNSAID "agents are not said to have the isolator"
#define EXAMPLES TEST_DATA "/../../examples"
#define WORKLOADS_AT_LEAST 10

/* The pod that the object is, or makes; NULL: none. Borrowed. */
static json_t *template_of(const json_t *object)
{
	const char *kind = js_str(object, "kind");
	if (!strcmp(kind, "Pod")) {
		return (json_t *)(uintptr_t)object;
	}
	return strcmp(kind, "CronJob") ? js_at(object, "spec", "template", NULL)
				       : js_at(object, "spec", "jobTemplate", "spec", "template", NULL);
}

/* Sources of which the pod says something must exist; for a check of the plan all do, with any key. */
static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	static const struct kube_datum items[] = {
	    {"key", (const unsigned char *)"v", 1, false},	  {"user", (const unsigned char *)"u", 1, false},
	    {"password", (const unsigned char *)"p", 1, false},	  {CLAIM_UID, (const unsigned char *)"c", 1, false},
	    {CLAIM_VOLUME, (const unsigned char *)"v", 1, false}, {VOLUME_CLAIM, (const unsigned char *)"c", 1, false},
	    {VOLUME_PATH, (const unsigned char *)"/d", 2, false}};
	static const struct kube_source source = {
	    .kind = KUBE_SOURCE_SECRET, .items = items, .n = sizeof(items) / sizeof(*items)};
	(void)arg;
	return ref->kind == KUBE_SOURCE_SERVICES || ref->kind == KUBE_SOURCE_SERVICE ? NULL : &source;
}

static void offered(struct mesos_resources *ret)
{
	CLEANUP_JSON json_t *array =
	    sample_json("[{'name':'ports','type':'RANGES','ranges':{'range':[{'begin':1,'end':65535}]},"
			"'allocation_info':{'role':'" ROLE "'}}]");
	static const char *const scalars[] = {"cpus", "mem", "disk", "gpus"};
	mesos_resources_init(ret);
	assert_int_equal(mesos_resources_decode(array, ret, NULL), 0);
	for (size_t i = 0; i < sizeof(scalars) / sizeof(*scalars); i++) {
		mesos_resources_put_scalar(ret, scalars[i], 1000000000, ROLE);
	}
}

/* All containers in one plan, which a master takes. */
static int plan(const struct kube_pod *pod, bool isolated, struct err *e)
{
	static const struct pod_site site = {
	    "agent-1", "10.0.0.1", "10.0.0.1", 4000, (int64_t)4 << 30, (int64_t)9 << 30, .sources = {find, NULL}};
	const struct plan_target target = {"fw-0", "fw-S0", ROLE, true, &site};
	struct plan_item items[POD_CONTAINERS_MAX + 1] = {{NULL, 0}};
	struct translate_config config;
	struct mesos_resources pool;
	struct pod_need need;
	struct master master;
	size_t n = 1;
	translate_config_init(&config);
	config.rights.capabilities = config.rights.seccomp = isolated;
	config.rights.seccomp_profile = "default.json";
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		items[n++] = (struct plan_item){&pod->init_containers[i], 0};
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		items[n++] = (struct plan_item){&pod->containers[i], 0};
	}
	offered(&pool);
	master_init(&master, "fw-0", "fw-S0", &pool);
	CLEANUP_JSON json_t *operations = json_array();
	int bad =
	    pod_need_make(pod, &config, &need, e) || plan_append(pod, items, n, &target, &config, &pool, operations, e);
	if (!bad && !master_accepts(&master, operations)) {
		bad = err_set(e, ERR_INVALID, "the master says: %s", master.violation);
	}
	master_done(&master);
	mesos_resources_done(&pool);
	return bad;
}

static void put_claims(const json_t *object, const char *pod, json_t *spec)
{
	size_t i;
	json_t *template, *volumes = json_incref(js_arr(spec, "volumes"));
	volumes = volumes ? volumes : json_array();
	json_array_foreach (js_at(object, "spec", "volumeClaimTemplates", NULL), i, template) {
		const char *name = js_str_at(template, "metadata", "name", NULL);
		CLEANUP_FREE char *claim = xasprintf("%s-%s", name, pod);
		json_array_append_new(
		    volumes, json_pack("{s:s, s:{s:s}}", "name", name, "persistentVolumeClaim", "claimName", claim));
	}
	json_object_set_new(spec, "volumes", volumes);
}

/* What the controller of a StatefulSet writes into each of its pods. */
static void put_identity(const json_t *object, json_t *pod)
{
	json_t *spec = js_obj(pod, "spec"), *metadata = js_obj(pod, "metadata");
	if (!strcmp(js_str(object, "kind"), "StatefulSet")) {
		CLEANUP_FREE char *name = xasprintf("%s-0", js_str_at(object, "metadata", "name", NULL));
		json_object_set_new(metadata, "name", json_string(name));
		json_object_set_new(spec, "hostname", json_string(name));
		json_object_set(spec, "subdomain", js_at(object, "spec", "serviceName", NULL));
		put_claims(object, name, spec);
	}
}

/* One object of a file; true when it makes pods. */
static bool check_object(const char *name, const char *text, const char *refused, bool isolated)
{
	struct err e = {0};
	CLEANUP_JSON json_t *object = yaml_parse(text, strlen(text), name, &e);
	if (!object) {
		fail_msg("%s", e.text);
	}
	json_t *template = template_of(object);
	if (!js_obj(template, "spec")) {
		return false;
	}
	CLEANUP_JSON json_t *pod_object = json_deep_copy(template);
	json_t *metadata = js_obj(pod_object, "metadata");
	json_object_set_new(metadata, "name", json_string("example"));
	json_object_set_new(metadata, "namespace", json_string("default"));
	json_object_set_new(metadata, "uid", json_string(SAMPLE_UID));
	put_identity(object, pod_object);
	struct kube_pod *pod = kube_pod_decode(pod_object, &e);
	int bad = pod ? plan(pod, isolated, &e) : -1;
	struct err unsaid = {0};
	if (pod && isolated && (!plan(pod, false, &unsaid) || !strstr(unsaid.text, UNSAID))) {
		fail_msg("%s wants no isolator: %s", name, unsaid.text);
	}
	if (!refused && bad) {
		fail_msg("%s: %s", name, e.text);
	}
	if (refused && (!bad || e.code != ERR_UNSUPPORTED || !strstr(e.text, refused))) {
		fail_msg("%s is not refused for %s: %s", name, refused, bad ? e.text : "it launches");
	}
	kube_pod_free(pod);
	return true;
}

static void check_file(const char *folder, const char *name, bool must_say)
{
	struct err e = {0};
	CLEANUP_FREE char *path = xasprintf("%s/%s", folder, name);
	CLEANUP_FREE char *text = file_read(path, FILE_MAX, NULL, &e);
	CLEANUP_FREE char *refused = NULL;
	if (!text) {
		fail_msg("%s", e.text);
	}
	const char *says = strstr(text, SAYS);
	assert_true(says || !must_say);
	if (says && !strncmp(says + strlen(SAYS), REFUSED, strlen(REFUSED))) {
		const char *field = says + strlen(SAYS) + strlen(REFUSED);
		refused = xstrndup(field, strcspn(field, "\n") - 1); /* without the full stop */
	}
	size_t pods = 0;
	for (char *at = text, *next; at; at = next) {
		next = strstr(at, "\n---\n");
		if (next) {
			next[1] = '\0';
			next += strlen("\n---\n");
		}
		pods += check_object(name, at, refused, says && strstr(says, ISOLATED));
	}
	assert_true(pods > 0);
}

static size_t check_folder(const char *folder, bool must_say)
{
	size_t n = 0;
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		const char *dot = strrchr(entry->d_name, '.');
		if (dot && !strcmp(dot, ".yaml")) {
			check_file(folder, entry->d_name, must_say);
			n++;
		}
	}
	closedir(dir);
	return n;
}

static void examples_launch(void **state)
{
	(void)state;
	assert_true(check_folder(EXAMPLES, false) > 0);
}

static void workloads_launch_or_are_refused_as_they_say(void **state)
{
	(void)state;
	assert_true(check_folder(EXAMPLES "/workloads", true) >= WORKLOADS_AT_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(examples_launch),
	    cmocka_unit_test(workloads_launch_or_are_refused_as_they_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
