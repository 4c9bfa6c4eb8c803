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

/* What there is besides the pod. */
static const struct {
	enum kube_source_kind kind;
	const char *name, *object;
} objects[] = {
    {KUBE_SOURCE_CONFIGMAP, "settings", "{'data':{'a':'one','b.conf':'two'},'binaryData':{'raw':'AAE='}}"},
    {KUBE_SOURCE_CONFIGMAP, "empty", "{}"},
    {KUBE_SOURCE_SECRET, "db", "{'data':{'password':'czNjcmV0'}}"},
    {KUBE_SOURCE_TOKEN, "default web " SAMPLE_UID " 3607 ", "{'status':{'token':'t0k'}}"},
    {KUBE_SOURCE_TOKEN, "robot web " SAMPLE_UID " 0 a vault", "{'status':{'token':'v'}}"},
    {KUBE_SOURCE_CLAIM, "data",
     "{'metadata':{'uid':'c1','annotations':{'pv.kubernetes.io/bind-completed':'yes'}},'spec':{'volumeName':'disk'}}"},
    {KUBE_SOURCE_CLAIM, "logs",
     "{'metadata':{'uid':'c2','annotations':{'pv.kubernetes.io/bind-completed':'yes'}},'spec':{'volumeName':'srv'}}"},
    {KUBE_SOURCE_VOLUME, "disk", "{'spec':{'local':{'path':'/disks/1'},'claimRef':{'uid':'c1'}}}"},
    {KUBE_SOURCE_VOLUME, "srv", "{'spec':{'hostPath':{'path':'/srv'},'claimRef':{'uid':'c2'}}}"},
};
#define OBJECTS (sizeof(objects) / sizeof(*objects))

static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	struct kube_source **decoded = arg;
	for (size_t i = 0; i < OBJECTS; i++) {
		if (ref->kind == objects[i].kind && !strcmp(ref->name, objects[i].name) &&
		    !strcmp(ref->ns, ref->kind == KUBE_SOURCE_VOLUME ? "" : "default")) {
			return decoded[i];
		}
	}
	return NULL;
}

/* The volumes of the pod's first container. */
static int make(const struct kube_pod *pod, json_t **ret, struct err *e)
{
	struct kube_source *decoded[OBJECTS];
	struct pod_site site = {.cpu_milli = 4000, .memory = 1 << 30, .sources = {find, decoded}};
	struct expanded x;
	for (size_t i = 0; i < OBJECTS; i++) {
		CLEANUP_JSON json_t *o = sample_json(objects[i].object);
		decoded[i] = kube_source_decode(objects[i].kind, o, e);
		assert_non_null(decoded[i]);
	}
	int bad = expand_container(pod, &pod->containers[0], &site, &x, e);
	if (!bad) {
		bad = volumes_make(pod, &pod->containers[0], &x, &site, ret, e);
		assert_int_equal(volumes_make(pod, &pod->containers[0], &x, &site, NULL, e), bad);
		expanded_done(&x);
	}
	for (size_t i = 0; i < OBJECTS; i++) {
		kube_source_free(decoded[i]);
	}
	return bad;
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
		CLEANUP_JSON json_t *expected = sample_json(rows[i].expected ? rows[i].expected : "[]"), *made = NULL;
		if (make(pod, &made, &e)) {
			fail_msg("%s: %s", rows[i].mounts, e.text);
		}
		if (!json_equal(expected, made)) {
			CLEANUP_FREE char *text = js_text(made);
			fail_msg("%s %s: %s", rows[i].volumes, rows[i].mounts, text);
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
	    {"{'name':'i','image':{'reference':'m:1','pullPolicy':'IfNotPresent'}}",
	     "{'name':'i','mountPath':'/model'}",
	     "[{'mode':'RO','container_path':'/model','image':{'type':'DOCKER','docker':{'name':'m:1'}}}]"},
	    {"{'name':'i','image':{'reference':'m','pullPolicy':'Always'}}",
	     "{'name':'i','mountPath':'/model','readOnly':true}",
	     "[{'mode':'RO','container_path':'/"
	     "model','image':{'type':'DOCKER','docker':{'name':'m'},'cached':false}}]"},
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

#define FILE_AT(at, data)                                                                                              \
	"{'mode':'RO','container_path':'" at                                                                           \
	"','source':{'type':'SECRET','secret':{'type':'VALUE','value':{'data':'" data "'}}}}"
#define TOKEN_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define TOKEN_DIR_TOO "/run/secrets/kubernetes.io/serviceaccount"

static void files_become_secrets_with_their_bytes(void **state)
{
	static const struct row rows[] = {
	    {"{'name':'c','configMap':{'name':'settings','defaultMode':420}}", "{'name':'c','mountPath':'/etc/c'}",
	     "[" FILE_AT("/etc/c/a", "b25l") "," FILE_AT("/etc/c/b.conf", "dHdv") "," FILE_AT("/etc/c/raw",
											      "AAE=") "]"},
	    {"{'name':'c','configMap':{'name':'settings','items':[{'key':'a','path':'x/./y','mode':292},{'key':'raw',"
	     "'path':'z'}]}}",
	     "{'name':'c','mountPath':'/etc/c'}",
	     "[" FILE_AT("/etc/c/x/y", "b25l") "," FILE_AT("/etc/c/z", "AAE=") "]"},
	    {"{'name':'s','secret':{'secretName':'db'}}", "{'name':'s','mountPath':'/key','subPath':'password'}",
	     "[" FILE_AT("/key", "czNjcmV0") "]"},
	    {"{'name':'c','configMap':{'name':'settings','items':[{'key':'a','path':'x/"
	     "y'},{'key':'raw','path':'xx'}]}}",
	     "{'name':'c','mountPath':'/etc/c','subPath':'x'}", "[" FILE_AT("/etc/c/y", "b25l") "]"},
	    {"{'name':'c','configMap':{'name':'empty'}}", "{'name':'c','mountPath':'/etc/c'}",
	     "[" EMPTY_AT("/etc/c", "volumes/c", "RO") "]"},
	    {"{'name':'c','configMap':{'name':'nothing','optional':true}},{'name':'s','secret':{'secretName':'db'}}",
	     "{'name':'c','mountPath':'/etc/c'},{'name':'s','mountPath':'/etc/c/s'}",
	     "[" FILE_AT("/etc/c/s/password", "czNjcmV0") "]"},
	    {"{'name':'c','configMap':{'name':'settings','optional':true,'items':[{'key':'no','path':'no'},{'key':'a',"
	     "'path':'a'}]}}",
	     "{'name':'c','mountPath':'/etc/c'}", "[" FILE_AT("/etc/c/a", "b25l") "]"},
	    {"{'name':'t','projected':{'defaultMode':420,'sources':[{'serviceAccountToken':{'expirationSeconds':3607,"
	     "'path':'token'}},{'secret':{'name':'db','items':[{'key':'password','path':'ca.crt'}]}},{'downwardAPI':{"
	     "'items':[{'path':'namespace','fieldRef':{'apiVersion':'v1','fieldPath':'metadata.namespace'}}]}},"
	     "{'configMap':{'name':'settings','items':[{'key':'a','path':'ca.crt'}]}}]}}",
	     "{'name':'t','mountPath':'" TOKEN_DIR "','readOnly':true}",
	     "[" FILE_AT(TOKEN_DIR "/token", "dDBr") "," FILE_AT(TOKEN_DIR_TOO "/token", "dDBr") "," FILE_AT(
		 TOKEN_DIR "/ca.crt", "b25l") "," FILE_AT(TOKEN_DIR_TOO "/ca.crt",
							  "b25l") "," FILE_AT(TOKEN_DIR "/namespace",
									      "ZGVmYXVsdA==") "," FILE_AT(TOKEN_DIR_TOO
													  "/namespace",
													  "ZGVmYXVsdA=="
													  "") "]"},
	    {"{'name':'d','downwardAPI':{'items':[{'path':'name','fieldRef':{'fieldPath':'metadata.name'}},{'path':'"
	     "cpu',"
	     "'resourceFieldRef':{'containerName':'app','resource':'limits.cpu'}}]}}",
	     "{'name':'d','mountPath':'/d'}", "[" FILE_AT("/d/name", "d2Vi") "," FILE_AT("/d/cpu", "NA==") "]"},
	};
	(void)state;
	expect_rows(rows, sizeof(rows) / sizeof(*rows));
}

#define OWN_AT(at, path)                                                                                               \
	"{'mode':'RW','container_path':'" at                                                                           \
	"','source':{'type':'SANDBOX_PATH','sandbox_path':{'type':'SELF','path':'" path "'}}}"

static void a_mount_inside_another_stands_in_a_directory_of_the_tasks_own(void **state)
{
	static const struct row rows[] = {
	    {"{'name':'v'},{'name':'w'}", "{'name':'w','mountPath':'/x/y'},{'name':'v','mountPath':'/x'}",
	     "[" EMPTY_AT("/x", "volumes/v", "RW") "," OWN_AT("/x/y", "mounts/1/y") "," EMPTY_AT("/x/y", "volumes/w",
												 "RW") "]"},
	    {"{'name':'v'},{'name':'h','hostPath':{'path':'/srv/f'}},{'name':'u'}",
	     "{'name':'v','mountPath':'/x'},{'name':'h','mountPath':'/x/y/f','readOnly':true},{'name':'u',"
	     "'mountPath':'/x/y/u'},{'name':'u','mountPath':'/x/y/u/in'}",
	     "[" EMPTY_AT("/x", "volumes/v", "RW") "," OWN_AT("/x/y", "mounts/0/y") "," HOST_AT(
		 "/x/y/f", "/srv/f", "",
		 "RO") "," EMPTY_AT("/x/y/u", "volumes/u",
				    "RW") "," OWN_AT("/x/y/u/in", "mounts/2/in") "," EMPTY_AT("/x/y/u/in", "volumes/u",
											      "RW") "]"},
	    {"{'name':'v'},{'name':'c','configMap':{'name':'settings','items':[{'key':'a','path':'d/a'}]}}",
	     "{'name':'v','mountPath':'/etc/app'},{'name':'c','mountPath':'/etc/app/conf.d'}",
	     "[" EMPTY_AT("/etc/app", "volumes/v", "RW") "," OWN_AT("/etc/app/conf.d", "mounts/0/conf.d") "," FILE_AT(
		 "mounts/0/conf.d/d/a", "") "," FILE_AT("/etc/app/conf.d/d/a", "b25l") "]"},
	    {"{'name':'r'},{'name':'t','projected':{'sources':[{'secret':{'name':'db'}}]}}",
	     "{'name':'r','mountPath':'/run'},{'name':'t','mountPath':'/var/run/secrets/k'}",
	     "[" EMPTY_AT("/run", "volumes/r", "RW") "," OWN_AT("/var/run/secrets", "mounts/0/secrets") "," OWN_AT(
		 "/run/secrets",
		 "mounts/0/secrets") "," FILE_AT("mounts/0/secrets/k/password",
						 "") "," FILE_AT("/var/run/secrets/k/password",
								 "czNjcmV0") "," FILE_AT("/run/secrets/"
											 "k/password",
											 "czNjcmV0") "]"},
	    {"{'name':'v'},{'name':'c','configMap':{'name':'empty'}}",
	     "{'name':'v','mountPath':'/x'},{'name':'c','mountPath':'/x/c'}",
	     "[" EMPTY_AT("/x", "volumes/v", "RW") "," OWN_AT("/x/c", "mounts/0/c") "," EMPTY_AT("/x/c", "volumes/c",
												 "RO") "]"},
	};
	(void)state;
	expect_rows(rows, sizeof(rows) / sizeof(*rows));
}

static void a_claim_becomes_the_directory_of_the_agent_that_its_volume_is(void **state)
{
	static const struct row rows[] = {
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'data'}}", "{'name':'c','mountPath':'/data'}",
	     "[" HOST_AT("/data", "/disks/1/.", "", "RW") "]"},
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'data'}}",
	     "{'name':'c','mountPath':'/data','readOnly':true,'mountPropagation':'HostToContainer'}",
	     "[" HOST_AT("/data", "/disks/1/.", ",'mount_propagation':{'mode':'HOST_TO_CONTAINER'}", "RO") "]"},
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'logs','readOnly':true}}",
	     "{'name':'c','mountPath':'/logs'}", "[" HOST_AT("/logs", "/srv", "", "RO") "]"},
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'nobody-mounts-it'}}", "", NULL},
	};
	(void)state;
	expect_rows(rows, sizeof(rows) / sizeof(*rows));
}

static void labels_and_annotations_are_lines_in_order_quoted_as_by_go(void **state)
{
	struct err e = {0};
	(void)state;
	CLEANUP_JSON json_t *tree = sample_json(
	    "{'metadata':{'namespace':'default','name':'web','uid':'" SAMPLE_UID "','labels':{'b':'2','a':'1'},"
	    "'annotations':{'x':'tab\\there "
	    "\\u0001'}},'spec':{'containers':[{'name':'app','image':'busybox'}],'volumes':[{"
	    "'name':'d','downwardAPI':{'items':[{'path':'l','fieldRef':{'fieldPath':'metadata.labels'}},{'path':'a',"
	    "'fieldRef':{'fieldPath':'metadata.annotations'}},{'path':'b','fieldRef':{'fieldPath':'metadata.labels["
	    "\\u0027b"
	    "\\u0027]'}}]}}]}}");
	struct kube_pod *pod = kube_pod_decode(tree, &e);
	assert_non_null(pod);
	assert_string_equal(pod->volumes[0].files[0].from->key, "a=\"1\"\nb=\"2\"");
	assert_string_equal(pod->volumes[0].files[1].from->key, "x=\"tab\\there \\x01\"");
	assert_string_equal(pod->volumes[0].files[2].from->key, "2");
	kube_pod_free(pod);
}

static void a_token_is_asked_for_with_its_account_audience_and_time(void **state)
{
	struct err e = {0};
	json_t *made = NULL;
	(void)state;
	struct kube_pod *pod = sample_spec(
	    "'serviceAccountName':'robot','volumes':[{'name':'t','projected':{'sources':[{'serviceAccountToken':{'"
	    "audience':"
	    "'a vault','path':'token'}}]}}],'containers':[{'name':'app','image':'busybox','volumeMounts':[{'name':'t',"
	    "'mountPath':'/t'}]}]",
	    &e);
	assert_int_equal(make(pod, &made, &e), 0);
	CLEANUP_JSON json_t *expected = sample_json("[" FILE_AT("/t/token", "dg==") "]");
	assert_true(json_equal(made, expected));
	json_decref(made);
	kube_pod_free(pod);
}

static void a_part_of_a_volume_may_be_named_by_variables(void **state)
{
	static const struct {
		const char *expr, *path, *why;
	} rows[] = {
	    {"$(POD)/logs", "volumes/v/web/logs", NULL},
	    {"$(EMPTY)", "volumes/v", NULL},
	    {"$(NONE)", NULL, "volumeMounts[/x].subPathExpr: it names what is no variable of the container"},
	    {"a/$(UP)", NULL, "volumeMounts[/x].subPathExpr: not a path below the volume"},
	    {"$(PASSWORD)", NULL, "volumeMounts[/x].subPathExpr: it would show what a Secret holds"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		json_t *made = NULL;
		CLEANUP_FREE char *members = xasprintf(
		    "'enableServiceLinks':false,'volumes':[{'name':'v'}],'containers':[{'name':'app','image':'busybox',"
		    "'env':[{"
		    "'name':'POD','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}},{'name':'EMPTY'},{'name':'UP'"
		    ","
		    "'value':'..'},{'name':'PASSWORD','valueFrom':{'secretKeyRef':{'name':'db','key':'password'}}}],"
		    "'volumeMounts':[{'name':'v','mountPath':'/x','subPathExpr':'%s'}]}]",
		    rows[i].expr);
		struct kube_pod *pod = sample_spec(members, &e);
		int bad = make(pod, &made, &e);
		if (rows[i].why) {
			assert_int_equal(bad, -1);
			assert_string_equal(e.text, rows[i].why);
		} else {
			assert_int_equal(bad, 0);
			assert_string_equal(js_str_at(json_array_get(made, 0), "source", "sandbox_path", "path", NULL),
					    rows[i].path);
		}
		json_decref(made);
		kube_pod_free(pod);
	}
}

static void what_is_missing_is_told_in_the_kubelets_words(void **state)
{
	static const struct {
		const char *volume, *mount, *why;
	} rows[] = {
	    {"{'name':'c','configMap':{'name':'nothing'}}", "'mountPath':'/x'", "configmap \"nothing\" not found"},
	    {"{'name':'c','secret':{'secretName':'nothing'}}", "'mountPath':'/x'", "secret \"nothing\" not found"},
	    {"{'name':'c','configMap':{'name':'settings','items':[{'key':'z','path':'z'}]}}", "'mountPath':'/x'",
	     "configmap references non-existent config key: z"},
	    {"{'name':'c','secret':{'secretName':'db','items':[{'key':'z','path':'z'}]}}", "'mountPath':'/x'",
	     "secret references non-existent secret key: z"},
	    {"{'name':'c','projected':{'sources':[{'serviceAccountToken':{'path':'t','audience':'who'}}]}}",
	     "'mountPath':'/x'", "failed to fetch token: serviceaccounts \"default\" not found"},
	    {"{'name':'c','configMap':{'name':'settings'}}", "'mountPath':'/x','subPath':'z'", "no file z in it"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		json_t *made = NULL;
		CLEANUP_FREE char *mount = xasprintf("{'name':'c',%s}", rows[i].mount);
		CLEANUP_FREE char *whole = xasprintf("MountVolume.SetUp failed for volume \"c\" : %s", rows[i].why);
		struct kube_pod *pod = pod_with(rows[i].volume, mount, NULL, &e);
		assert_int_equal(make(pod, &made, &e), -1);
		assert_string_equal(e.text, whole);
		assert_int_equal(e.code, ERR_NOT_FOUND);
		kube_pod_free(pod);
	}
}

#define WRITTEN_AT(at, path) EMPTY_AT(at, "files/" path, "RO")

static void files_with_other_modes_than_mesos_has_are_mounted_from_where_they_are_written(void **state)
{
	static const struct row rows[] = {
	    {"{'name':'c','configMap':{'name':'settings','defaultMode':493}}", "{'name':'c','mountPath':'/x'}",
	     "[" WRITTEN_AT("/x", "c") "]"},
	    {"{'name':'s','secret':{'secretName':'db','items':[{'key':'password','path':'p','mode':256}]}}",
	     "{'name':'s','mountPath':'/var/run/x'}",
	     "[" WRITTEN_AT("/var/run/x", "s") "," WRITTEN_AT("/run/x", "s") "]"},
	    {"{'name':'c','configMap':{'name':'settings','defaultMode':493}}",
	     "{'name':'c','mountPath':'/x','subPath':'b.conf'}", "[" WRITTEN_AT("/x", "c/b.conf") "]"},
	    {"{'name':'c','configMap':{'name':'nothing','optional':true,'defaultMode':256}}",
	     "{'name':'c','mountPath':'/x'}", "[" WRITTEN_AT("/x", "c") "]"},
	    {"{'name':'p','projected':{'defaultMode':256,'sources':[{'configMap':{'name':'empty'}}]}}",
	     "{'name':'p','mountPath':'/x'}", "[" WRITTEN_AT("/x", "p") "]"},
	    {"{'name':'v'},{'name':'c','configMap':{'name':'settings','defaultMode':256}}",
	     "{'name':'v','mountPath':'/app'},{'name':'c','mountPath':'/app/etc/x'}",
	     "[" EMPTY_AT("/app", "volumes/v",
			  "RW") ",{'mode':'RW','container_path':'/app/etc','source':{'type':"
				"'SANDBOX_PATH','sandbox_path':{'type':'SELF','path':'mounts/0/etc'}}}," WRITTEN_AT(
				    "/app/etc/x", "c") "]"},
	};
	(void)state;
	expect_rows(rows, sizeof(rows) / sizeof(*rows));
}

static void files_that_follow_what_they_are_made_of_are_written_whatever_their_mode(void **state)
{
	static const char *const values[] = {"true", "false"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		json_t *made = NULL;
		CLEANUP_FREE char *text = xasprintf(
		    "{'metadata':{'name':'web','namespace':'default','uid':'" SAMPLE_UID "','annotations':"
		    "{'mesos.apache.org/update-files':'%s'}},'spec':{'restartPolicy':'Never','volumes':[{'name':'c',"
		    "'configMap':{'name':'empty'}}],'containers':[{'name':'app','image':'busybox','volumeMounts':"
		    "[{'name':'c','mountPath':'/x'}]}]}}",
		    values[i]);
		struct kube_pod *pod = sample_decode(sample_json(text), &e);
		translate_config_init(&config);
		assert_int_equal(pod_need_make(pod, &config, &need, &e), 0);
		assert_int_equal(need.pause, i == 0);
		assert_int_equal(make(pod, &made, &e), 0);
		CLEANUP_JSON json_t *expected =
		    sample_json(i == 0 ? "[" WRITTEN_AT("/x", "c") "]" : "[" EMPTY_AT("/x", "volumes/c", "RO") "]");
		assert_true(json_equal(made, expected));
		json_decref(made);
		kube_pod_free(pod);
	}
}

struct refusal {
	const char *volumes, *mounts, *side;
	const char *sentence;
};

static void what_cannot_be_had_is_refused_by_its_path(void **state)
{
	static const struct refusal rows[] = {
	    {"{'name':'v','nfs':{'server':'a','path':'/'}}", "", NULL, "spec.volumes[v].nfs"},
	    {"{'name':'c','configMap':{'name':'x','defaultMode':256}},{'name':'w'}",
	     "{'name':'c','mountPath':'/x'},{'name':'w','mountPath':'/x/y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y].mountPath: it is inside the mount on /x, where an agent cannot "
	     "mount"},
	    {"{'name':'s','secret':{'secretName':'x','items':[{'key':'k','path':'../p'}]}}", "", NULL,
	     "spec.volumes[s].secret.items[k].path (not a path below the volume)"},
	    {"{'name':'p','projected':{'sources':[{'clusterTrustBundle':{'path':'x'}}]}}", "", NULL,
	     "spec.volumes[p].projected.sources[0].clusterTrustBundle"},
	    {"{'name':'d','downwardAPI':{'items':[{'path':'ip','fieldRef':{'fieldPath':'status.podIP'}}]}}", "", NULL,
	     "spec.volumes[d].downwardAPI.items[ip].fieldRef (no field of a volume)"},
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
	    {"{'name':'v'},{'name':'w'}", "{'name':'v','mountPath':'/run'},{'name':'w','mountPath':'/var/run'}", NULL,
	     "spec.containers[app].volumeMounts[/run].mountPath: another volume is mounted there"},
	    {"{'name':'i','image':{'reference':'m'}},{'name':'w'}",
	     "{'name':'i','mountPath':'/x'},{'name':'w','mountPath':'/x/y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y].mountPath: it is inside the mount on /x, where an agent cannot "
	     "mount"},
	    {"{'name':'i','image':{'reference':'m'}},{'name':'w'}",
	     "{'name':'w','mountPath':'/x'},{'name':'i','mountPath':'/x/y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y].mountPath: it is inside the mount on /x, and an image is mounted "
	     "inside no other"},
	    {"{'name':'i','image':{'reference':'m'}}", "{'name':'i','mountPath':'/x','subPath':'y'}", NULL,
	     "spec.containers[app].volumeMounts[/x].subPath: an agent mounts an image whole"},
	    {"{'name':'i','image':{'reference':'m','pullPolicy':'Never'}}", "", NULL,
	     "spec.volumes[i].image.pullPolicy (neither Always nor IfNotPresent)"},
	    {"{'name':'h','hostPath':{'path':'/srv'}},{'name':'w'}",
	     "{'name':'h','mountPath':'/x'},{'name':'w','mountPath':'/x/y/z'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y/z].mountPath: it is inside the mount on /x, where an agent cannot "
	     "mount"},
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'data'}},{'name':'w'}",
	     "{'name':'c','mountPath':'/x'},{'name':'w','mountPath':'/x/y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y].mountPath: it is inside the mount on /x, where an agent cannot "
	     "mount"},
	    {"{'name':'v'},{'name':'w'}",
	     "{'name':'v','mountPath':'/x','readOnly':true},{'name':'w','mountPath':'/x/y'}", NULL,
	     "spec.containers[app].volumeMounts[/x/y].mountPath: it is inside the mount on /x, which is read-only"},
	    {"{'name':'v'},{'name':'s','secret':{'secretName':'db'}}",
	     "{'name':'v','mountPath':'/x'},{'name':'s','mountPath':'/x/key','subPath':'password'}", NULL,
	     "spec.containers[app].volumeMounts[/x/key].mountPath: it may be a file right inside the mount on /x, and "
	     "a symbolic link there could lead out of it"},
	    {"{'name':'v'},{'name':'s','secret':{'secretName':'db'}}",
	     "{'name':'v','mountPath':'/var/run'},{'name':'s','mountPath':'/s'}", NULL,
	     "spec.containers[app].volumeMounts[/var/run].mountPath: in most images it is the agent's own /var/run "
	     "that would be hidden, from which files are put into the container; say /run"},
	    {"{'name':'v'},{'name':'a'},{'name':'b'}",
	     "{'name':'v','mountPath':'/run'},{'name':'a','mountPath':'/run/x/a'},{'name':'b','mountPath':'/var/run/x/"
	     "b'}",
	     NULL,
	     "spec.containers[app].volumeMounts[/run/x/a].mountPath: say /run or /var/run of all mounts inside that on "
	     "/run"},
	    {"{'name':'c','persistentVolumeClaim':{'claimName':'data'}}", "{'name':'c','mountPath':'/x','subPath':'y'}",
	     NULL, "spec.containers[app].volumeMounts[/x].subPath: a symbolic link could lead out of the volume"},
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
		struct err e = {0};
		json_t *none = NULL;
		assert_int_equal(make(pod, &none, &e), 0);
		assert_int_equal(json_array_size(none), 0);
		json_decref(none);
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
	assert_int_equal(container_amounts(pod, &pod->containers[0], &config).disk, 3000);
	assert_int_equal(container_amounts(pod, &pod->containers[1], &config).disk, 2000);
	kube_pod_free(pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(directories_of_the_pod_and_of_the_agent_become_volumes_of_the_task),
	    cmocka_unit_test(files_become_secrets_with_their_bytes),
	    cmocka_unit_test(a_mount_inside_another_stands_in_a_directory_of_the_tasks_own),
	    cmocka_unit_test(a_claim_becomes_the_directory_of_the_agent_that_its_volume_is),
	    cmocka_unit_test(labels_and_annotations_are_lines_in_order_quoted_as_by_go),
	    cmocka_unit_test(a_token_is_asked_for_with_its_account_audience_and_time),
	    cmocka_unit_test(a_part_of_a_volume_may_be_named_by_variables),
	    cmocka_unit_test(what_is_missing_is_told_in_the_kubelets_words),
	    cmocka_unit_test(files_with_other_modes_than_mesos_has_are_mounted_from_where_they_are_written),
	    cmocka_unit_test(files_that_follow_what_they_are_made_of_are_written_whatever_their_mode),
	    cmocka_unit_test(what_cannot_be_had_is_refused_by_its_path),
	    cmocka_unit_test(malformed_volumes_name_their_place),
	    cmocka_unit_test(memory_is_the_shared_memory_of_its_container),
	    cmocka_unit_test(a_size_limit_is_disk_of_the_first_container_that_mounts_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
