#include "tests/sandbox/kube/controllers.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "tests/sandbox/kube/controllers_inner.h"

#define QUARANTINE_MS 40000
/* In one call of controllers_run, so that controllers which disagree cannot keep the loop for ever. */
#define STEPS_MAX 10000
/* Due at the next run: changes come without a time. */
#define AT_ONCE INT64_MIN

enum work_kind { WORK_REPLICASET, WORK_JOB, WORK_NODE, WORK_CSR, WORK_CLAIM, WORK_VOLUME };

/* One object to look at. */
struct work {
	struct list link;
	enum work_kind kind;
	char *key; /* of the map: kind, namespace and name */
	char *name_space, *name;
	int64_t due_ms;
};

struct controllers {
	struct apiserver *server;
	int64_t quarantine_ms;
	struct controllers_signer signer; /* sign NULL: none */
	struct map works;
	struct list order; /* oldest first */
	json_t *nodes;	   /* an object with the names of those that exist as keys */
};

static void work_free(struct controllers *c, struct work *w)
{
	map_del(&c->works, w->key);
	list_remove(&w->link);
	free(w->key);
	free(w->name_space);
	free(w->name);
	free(w);
}

/* An object is looked at once, at the earliest time that anybody asked for. */
static void note(struct controllers *c, enum work_kind kind, const char *name_space, const char *name, int64_t due_ms)
{
	char *key = xasprintf("%d/%s/%s", (int)kind, name_space, name);
	struct work *w = map_get(&c->works, key);
	if (w) {
		w->due_ms = due_ms < w->due_ms ? due_ms : w->due_ms;
		free(key);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	*w = (struct work){
	    .kind = kind, .key = key, .name_space = xstrdup(name_space), .name = xstrdup(name), .due_ms = due_ms};
	map_put(&c->works, w->key, w);
	list_push(&c->order, &w->link);
}

static void note_owner(struct controllers *c, const json_t *pod)
{
	const char *name_space = js_str_at(pod, "metadata", "namespace", NULL);
	size_t i;
	json_t *reference;
	json_array_foreach (js_arr(js_obj(pod, "metadata"), "ownerReferences"), i, reference) {
		const char *kind = js_str(reference, "kind"), *name = js_str(reference, "name");
		if (!kind || !name || !js_bool(reference, "controller", false)) {
			continue;
		}
		if (strcmp(kind, "ReplicaSet") == 0) {
			note(c, WORK_REPLICASET, name_space, name, AT_ONCE);
		} else if (strcmp(kind, "Job") == 0) {
			note(c, WORK_JOB, name_space, name, AT_ONCE);
		}
	}
}

static void note_node(struct controllers *c, enum apiserver_change change, const char *name)
{
	if (change == APISERVER_DELETED) {
		json_object_del(c->nodes, name);
		note(c, WORK_NODE, "", name, AT_ONCE);
	} else {
		json_object_set_new(c->nodes, name, json_true());
	}
}

static void note_claim(void *arg, const json_t *claim)
{
	note(arg, WORK_CLAIM, js_str_at(claim, "metadata", "namespace", NULL),
	     js_str_at(claim, "metadata", "name", NULL), AT_ONCE);
}

static void note_volume(struct controllers *c, const char *name)
{
	if (name) {
		note(c, WORK_VOLUME, "", name, AT_ONCE);
	}
}

static void on_change(void *arg, enum apiserver_change change, const struct kube_resource *resource,
		      const json_t *object)
{
	struct controllers *c = arg;
	const char *name = js_str_at(object, "metadata", "name", NULL);
	const char *name_space = js_str_at(object, "metadata", "namespace", NULL);
	const char *node = js_str_at(object, "spec", "nodeName", NULL);
	if (strcmp(resource->stored_as, "pods") == 0) {
		note_owner(c, object);
		if (node && *node && change != APISERVER_DELETED && !json_object_get(c->nodes, node)) {
			note(c, WORK_NODE, "", node, AT_ONCE);
		}
	} else if (strcmp(resource->stored_as, "replicasets") == 0) {
		note(c, WORK_REPLICASET, name_space, name, AT_ONCE);
	} else if (strcmp(resource->stored_as, "jobs") == 0) {
		note(c, WORK_JOB, name_space, name, AT_ONCE);
	} else if (strcmp(resource->stored_as, "nodes") == 0) {
		note_node(c, change, name);
	} else if (strcmp(resource->stored_as, "persistentvolumeclaims") == 0) {
		note_claim(c, object);
		note_volume(c, js_str_at(object, "spec", "volumeName", NULL));
	} else if (strcmp(resource->stored_as, "persistentvolumes") == 0) {
		note_volume(c, name);
	} else if (strcmp(resource->stored_as, "certificatesigningrequests") == 0 && c->signer.sign) {
		note(c, WORK_CSR, "", name, AT_ONCE);
	}
}

static struct work *next_work(const struct controllers *c)
{
	struct work *best = NULL;
	LIST_EACH (&c->order, link) {
		struct work *w = LIST_ENTRY(link, struct work, link);
		if (!best || w->due_ms < best->due_ms) {
			best = w;
		}
	}
	return best;
}

int64_t controllers_next_deadline(const struct controllers *c)
{
	const struct work *w = next_work(c);
	return w ? w->due_ms : INT64_MAX;
}

/* A fresh report of a missing node starts its quarantine. */
static bool put_in_quarantine(struct controllers *c, struct work *w, int64_t now_ms)
{
	if (w->kind != WORK_NODE || w->due_ms != AT_ONCE) {
		return false;
	}
	w->due_ms = now_ms + c->quarantine_ms;
	return true;
}

static void do_work(struct controllers *c, struct work *w, int64_t now_ms)
{
	enum work_kind kind = w->kind;
	CLEANUP_FREE char *name_space = xstrdup(w->name_space);
	CLEANUP_FREE char *name = xstrdup(w->name);
	int64_t again = INT64_MAX;
	/* Gone before the work is done: what it changes notes it afresh. */
	work_free(c, w);
	if (kind == WORK_REPLICASET) {
		again = replicaset_reconcile(c->server, name_space, name, now_ms);
	} else if (kind == WORK_JOB) {
		again = job_reconcile(c->server, name_space, name, now_ms);
	} else if (kind == WORK_CSR) {
		csr_sign(c->server, name, &c->signer, now_ms);
	} else if (kind == WORK_CLAIM) {
		claim_reconcile(c->server, name_space, name, now_ms);
	} else if (kind == WORK_VOLUME) {
		volume_reconcile(c->server, name, now_ms);
		apiserver_each(c->server, "persistentvolumeclaims", "", note_claim, c); /* any may wait for it */
	} else {
		podgc_collect(c->server, name, now_ms);
	}
	if (again != INT64_MAX) {
		note(c, kind, name_space, name, again);
	}
}

void controllers_run(struct controllers *c, int64_t now_ms)
{
	struct work *w;
	for (int i = 0; i < STEPS_MAX && (w = next_work(c)) && w->due_ms <= now_ms; i++) {
		if (!put_in_quarantine(c, w, now_ms)) {
			do_work(c, w, now_ms);
		}
	}
}

static void remember_node(void *arg, const json_t *node)
{
	struct controllers *c = arg;
	note_node(c, APISERVER_ADDED, js_str_at(node, "metadata", "name", NULL));
}

struct controllers *controllers_new(struct apiserver *server, int64_t quarantine_ms)
{
	struct controllers *c = xcalloc(1, sizeof(*c));
	c->server = server;
	c->quarantine_ms = quarantine_ms > 0 ? quarantine_ms : QUARANTINE_MS;
	list_init(&c->order);
	c->nodes = json_object();
	apiserver_each(server, "nodes", "", remember_node, c);
	apiserver_subscribe(server, on_change, c);
	return c;
}

void controllers_set_signer(struct controllers *c, const struct controllers_signer *signer)
{
	c->signer = *signer;
}

void controllers_free(struct controllers *c)
{
	if (!c) {
		return;
	}
	apiserver_subscribe(c->server, NULL, NULL);
	LIST_EACH (&c->order, link) {
		work_free(c, LIST_ENTRY(link, struct work, link));
	}
	map_done(&c->works);
	json_decref(c->nodes);
	free(c);
}
