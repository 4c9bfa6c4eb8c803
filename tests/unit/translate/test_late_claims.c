/* Which volumes the claims of a pod would get on which node. */
#include "translate/late_claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/unit/kube/sample.h"
#include "tests/unit/unit.h"

#define SOURCES 8

struct known {
	enum kube_source_kind kind;
	const char *name;
	struct kube_source *source;
};

static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	for (const struct known *k = arg; k->source; k++) {
		if (k->kind == ref->kind && !strcmp(k->name, ref->name)) {
			return k->source;
		}
	}
	return NULL;
}

static struct known known(enum kube_source_kind kind, const char *name, const char *text)
{
	struct err e = {0};
	CLEANUP_JSON json_t *o = sample_json(text);
	struct kube_source *source = kube_source_decode(kind, o, &e);
	assert_non_null(source);
	return (struct known){kind, name, source};
}

#define CLAIM(uid, size, more)                                                                                         \
	"{'metadata':{'uid':'" uid "'},'spec':{'storageClassName':'disks','accessModes':['ReadWriteOnce'],"            \
	"'resources':{'requests':{'storage':'" size "'}}" more "}}"
#define VOLUME(name, class, mode, size, labels, where)                                                                 \
	"{'metadata':{'name':'" name "','labels':{" labels                                                             \
	"}},'spec':{'local':{'path':'/d'},'storageClassName':'" class "','accessModes':['" mode                        \
								      "'],'capacity':{'storage':'" size "'}" where     \
								      "},'status':{'phase':'Available'}}"
#define DISK(name, size) VOLUME(name, "disks", "ReadWriteOnce", size, "", "")
#define ON(node)                                                                                                       \
	",'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchFields':[{'key':'metadata.name','operator':'In',"    \
	"'values':['" node "']}]}]}}"

static const char *no_label(void *arg, const char *key)
{
	(void)arg;
	(void)key;
	return NULL;
}

/* "a=one b=(made)" on node n1, "none" when there is nothing for one of them, or what is said instead. free() it. */
static char *chosen(const char *claim_a, const char *claim_b, const char *class, const char *volumes)
{
	struct err e = {0};
	struct late_claims late = {0};
	CLEANUP_FREE char *list = xasprintf("{'items':[%s]}", volumes);
	struct known all[SOURCES] = {known(KUBE_SOURCE_CLAIM, "a", claim_a), known(KUBE_SOURCE_CLAIM, "b", claim_b),
				     known(KUBE_SOURCE_CLASS, "disks", class), known(KUBE_SOURCE_VOLUMES, "", list)};
	const struct kube_sources sources = {find, all};
	struct kube_pod *pod =
	    sample_spec("'volumes':[{'name':'a','persistentVolumeClaim':{'claimName':'a'}},{'name':'b',"
			"'persistentVolumeClaim':{'claimName':'b'}}],'containers':[{'name':'app','image':'busybox'}]",
			&e);
	struct buf b = BUF_INIT(1024);
	size_t got[2];
	int added = 1;
	for (size_t i = 0; i < 2 && added >= 0; i++) {
		added = late_claim_add(&late, pod, &pod->volumes[i], &sources, &e);
	}
	bool fits = added >= 0 && late_claims_choose(&late, "n1", no_label, NULL, got);
	if (!fits) {
		buf_puts(&b, added < 0 ? e.text : "none");
	}
	for (size_t i = 0; fits && i < late.n; i++) {
		const struct late_claim *c = &late.v[i];
		buf_printf(&b, "%s=%s ", c->name, got[i] == LATE_PROVISIONED ? "(made)" : c->v[got[i]].name);
	}
	late_claims_done(&late);
	kube_pod_free(pod);
	for (size_t i = 0; all[i].source; i++) {
		kube_source_free(all[i].source);
	}
	return buf_steal(&b, NULL);
}

#define STATIC "{'provisioner':'kubernetes.io/no-provisioner','volumeBindingMode':'WaitForFirstConsumer'}"
#define MAKES "{'provisioner':'p','volumeBindingMode':'WaitForFirstConsumer'}"
#define MAKES_ELSEWHERE                                                                                                \
	"{'provisioner':'p','volumeBindingMode':'WaitForFirstConsumer','allowedTopologies':[{'matchLabelExpressions':" \
	"[{"                                                                                                           \
	"'key':'zone','values':['z']}]}]}"
#define BOUND                                                                                                          \
	"{'metadata':{'uid':'b','annotations':{'pv.kubernetes.io/bind-completed':'yes'}},'spec':{'volumeName':'v'}}"

static void each_claim_gets_the_smallest_that_does_and_none_twice(void **state)
{
	static const struct {
		const char *a, *b, *class, *volumes, *expected;
	} rows[] = {
	    {CLAIM("a", "1", ""), CLAIM("b", "1", ""), STATIC, DISK("x", "3") "," DISK("y", "2"), "a=y b=x "},
	    {CLAIM("a", "1", ""), CLAIM("b", "1", ""), STATIC, DISK("x", "3"), "none"},
	    {CLAIM("a", "1", ""), CLAIM("b", "1", ""), MAKES, DISK("x", "3"), "a=x b=(made) "},
	    {CLAIM("a", "1", ""), CLAIM("b", "1", ""), MAKES_ELSEWHERE, DISK("x", "3"), "none"},
	    {CLAIM("a", "3", ""), BOUND, STATIC, DISK("x", "2") "," DISK("y", "3"), "a=y "},
	    {CLAIM("a", "1", ""), BOUND, STATIC,
	     VOLUME("x", "others", "ReadWriteOnce", "1", "", "") "," VOLUME(
		 "y", "disks", "ReadOnlyMany", "1", "",
		 "") "," VOLUME("z", "disks", "ReadWriteOnce", "1", "",
				ON("n2")) "," VOLUME("w", "disks", "ReadWriteOnce", "9", "", ON("n1")),
	     "a=w "},
	    {CLAIM("a", "1", ",'selector':{'matchLabels':{'tier':'fast'}}"), BOUND, STATIC,
	     DISK("x", "1") "," VOLUME("y", "disks", "ReadWriteOnce", "2", "'tier':'fast'", ""), "a=y "},
	    {CLAIM("a", "1", ",'selector':{}"), BOUND, STATIC, DISK("x", "1"), "a=x "},
	    {CLAIM("a", "1", ""), BOUND, "{'provisioner':'p','volumeBindingMode':'Immediate'}", DISK("x", "1"), ""},
	    {CLAIM("a", "1", ""), BOUND, STATIC,
	     VOLUME("x", "disks", "ReadWriteOnce", "1", "", ",'claimRef':{'namespace':'default','name':'a'}"),
	     "waits until persistentvolumeclaim \"a\" is bound to persistentvolume \"x\""},
	    {CLAIM("a", "1", ""), BOUND, STATIC,
	     DISK("y", "1") "," VOLUME("x", "disks", "ReadWriteOnce", "1", "",
				       ",'claimRef':{'namespace':'default','name':'a','uid':'before'}"),
	     "a=y "},
	    {CLAIM("a", "1", ",'selector':{'matchExpressions':[{'key':'x','operator':'Like'}]}"), BOUND, STATIC,
	     DISK("y", "1"),
	     "persistentvolumeclaim \"a\": spec.selector: nodeSelectorTerms[0].matchExpressions[x]: operator: none "
	     "that "
	     "is known"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *text = chosen(rows[i].a, rows[i].b, rows[i].class, rows[i].volumes);
		if (strcmp(text ?: "", rows[i].expected) != 0) {
			fail_msg("row %zu: %s", i, text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_claim_gets_the_smallest_that_does_and_none_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
