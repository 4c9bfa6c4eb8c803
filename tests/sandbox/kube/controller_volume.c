/* Binding of claims to volumes that exist: what the controller manager's binder does without a provisioner. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/controllers_inner.h"
#include "tests/sandbox/kube/model.h"

#define MERGE_PATCH "application/merge-patch+json"
#define BIND_COMPLETED "pv.kubernetes.io/bind-completed"
#define BOUND_BY_CONTROLLER "pv.kubernetes.io/bound-by-controller"

static const char *text(const json_t *o, const char *outer, const char *key)
{
	return js_str_at(o, outer, key, NULL) ?: "";
}

static void patch(struct apiserver *s, int64_t now_ms, const char *path, const json_t *body)
{
	CLEANUP_JSON json_t *answer = NULL;
	apiserver_do(s, now_ms, "PATCH", path, MERGE_PATCH, body, &answer);
}

static void set_phase(struct apiserver *s, int64_t now_ms, const char *volume, const char *phase)
{
	CLEANUP_FREE char *path = xasprintf("/api/v1/persistentvolumes/%s/status", volume);
	CLEANUP_JSON json_t *body = json_pack("{s:{s:s}}", "status", "phase", phase);
	patch(s, now_ms, path, body);
}

/* ---- which volume ---- */

struct search {
	const json_t *claim;
	bool late; /* the class waits for a pod: only a volume that says so itself */
	const json_t *found;
};

static __int128 storage(const json_t *o, const char *a, const char *b)
{
	__int128 nano = 0;
	const char *quantity = js_str_at(o, "spec", a, b, NULL);
	quantity = quantity ? quantity : js_str_at(o, "spec", a, b, "storage", NULL);
	return quantity && !quantity_nano(quantity, &nano) ? nano : 0;
}

static bool is_of(const json_t *volume, const json_t *claim)
{
	const json_t *ref = js_at(volume, "spec", "claimRef", NULL);
	const char *uid = js_str(ref, "uid") ?: "";
	return ref && !strcmp(js_str(ref, "name") ?: "", text(claim, "metadata", "name")) &&
	       !strcmp(js_str(ref, "namespace") ?: "", text(claim, "metadata", "namespace")) &&
	       (!*uid || !strcmp(uid, text(claim, "metadata", "uid")));
}

static bool has_modes(const json_t *volume, const json_t *claim)
{
	const json_t *wanted = js_at(claim, "spec", "accessModes", NULL),
		     *offered = js_at(volume, "spec", "accessModes", NULL);
	for (size_t i = 0; i < json_array_size(wanted); i++) {
		bool has = false;
		for (size_t k = 0; k < json_array_size(offered); k++) {
			has = has || json_equal(json_array_get(wanted, i), json_array_get(offered, k));
		}
		if (!has) {
			return false;
		}
	}
	return true;
}

static bool fits(const json_t *volume, const json_t *claim)
{
	return !js_at(volume, "spec", "claimRef", NULL) && !strcmp(text(volume, "status", "phase"), "Available") &&
	       !strcmp(text(volume, "spec", "storageClassName"), text(claim, "spec", "storageClassName")) &&
	       !strcmp(text(volume, "spec", "volumeMode"), text(claim, "spec", "volumeMode")) &&
	       has_modes(volume, claim) &&
	       storage(volume, "capacity", "storage") >= storage(claim, "resources", "requests");
}

/* What was set aside for the claim before all others; else the smallest. */
static void consider(void *arg, const json_t *volume)
{
	struct search *s = arg;
	const char *named = text(s->claim, "spec", "volumeName");
	bool own = is_of(volume, s->claim);
	if (*named && strcmp(named, text(volume, "metadata", "name")) != 0) {
		return;
	}
	if (own || (*named && !js_at(volume, "spec", "claimRef", NULL))) {
		s->found = volume;
	} else if (!s->late && fits(volume, s->claim) &&
		   (!s->found || (!is_of(s->found, s->claim) &&
				  storage(volume, "capacity", "storage") < storage(s->found, "capacity", "storage")))) {
		s->found = volume;
	}
}

/* ---- binding ---- */

static void bind_volume(struct apiserver *s, int64_t now_ms, const json_t *volume, const json_t *claim)
{
	CLEANUP_FREE char *path = xasprintf("/api/v1/persistentvolumes/%s", text(volume, "metadata", "name"));
	CLEANUP_JSON json_t *body =
	    json_pack("{s:{s:{s:s, s:s, s:s, s:s, s:s, s:s}}}", "spec", "claimRef", "apiVersion", "v1", "kind",
		      "PersistentVolumeClaim", "namespace", text(claim, "metadata", "namespace"), "name",
		      text(claim, "metadata", "name"), "uid", text(claim, "metadata", "uid"), "resourceVersion",
		      text(claim, "metadata", "resourceVersion"));
	if (!is_of(volume, claim)) {
		json_object_set_new(body, "metadata",
				    json_pack("{s:{s:s}}", "annotations", BOUND_BY_CONTROLLER, "yes"));
	}
	patch(s, now_ms, path, body);
}

static void bind_claim(struct apiserver *s, int64_t now_ms, const json_t *claim, const json_t *volume)
{
	const char *named = text(claim, "spec", "volumeName");
	CLEANUP_FREE char *path = xasprintf("/api/v1/namespaces/%s/persistentvolumeclaims/%s",
					    text(claim, "metadata", "namespace"), text(claim, "metadata", "name"));
	CLEANUP_FREE char *status_path = xasprintf("%s/status", path);
	CLEANUP_JSON json_t *body = json_pack("{s:{s:{s:s}}, s:{s:s}}", "metadata", "annotations", BIND_COMPLETED,
					      "yes", "spec", "volumeName", text(volume, "metadata", "name"));
	CLEANUP_JSON json_t *status =
	    json_pack("{s:{s:s, s:O, s:O}}", "status", "phase", "Bound", "accessModes",
		      js_at(volume, "spec", "accessModes", NULL), "capacity", js_at(volume, "spec", "capacity", NULL));
	if (!*named) {
		json_object_set_new(js_at(body, "metadata", "annotations", NULL), BOUND_BY_CONTROLLER,
				    json_string("yes"));
	}
	patch(s, now_ms, path, body);
	patch(s, now_ms, status_path, status);
}

static bool binds_late(struct apiserver *s, const json_t *claim)
{
	const char *name = text(claim, "spec", "storageClassName");
	const json_t *class = apiserver_peek(s, "storageclasses", "", name);
	return class && !strcmp(js_str(class, "volumeBindingMode") ?: "", "WaitForFirstConsumer");
}

void claim_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms)
{
	const json_t *found = apiserver_peek(s, "persistentvolumeclaims", name_space, name);
	if (!found || strcmp(text(found, "status", "phase"), "Pending") != 0) {
		return;
	}
	CLEANUP_JSON json_t *claim = json_deep_copy(found), *volume = NULL;
	struct search search = {.claim = claim, .late = binds_late(s, claim)};
	apiserver_each(s, "persistentvolumes", "", consider, &search);
	if (!search.found) {
		return;
	}
	volume = json_deep_copy(search.found);
	bind_volume(s, now_ms, volume, claim);
	set_phase(s, now_ms, text(volume, "metadata", "name"), "Bound");
	bind_claim(s, now_ms, claim, volume);
}

void volume_reconcile(struct apiserver *s, const char *name, int64_t now_ms)
{
	const json_t *found = apiserver_peek(s, "persistentvolumes", "", name);
	if (!found) {
		return;
	}
	CLEANUP_JSON json_t *volume = json_deep_copy(found);
	const json_t *ref = js_at(volume, "spec", "claimRef", NULL);
	const json_t *claim =
	    ref ? apiserver_peek(s, "persistentvolumeclaims", js_str(ref, "namespace") ?: "", js_str(ref, "name") ?: "")
		: NULL;
	const char *phase = text(volume, "status", "phase"), *uid = js_str(ref, "uid") ?: "";
	bool gone = *uid && (!claim || strcmp(uid, text(claim, "metadata", "uid")) != 0);
	if (gone && strcmp(phase, "Released") != 0) {
		set_phase(s, now_ms, name, "Released");
	} else if (!*uid && strcmp(phase, "Available") != 0) {
		set_phase(s, now_ms, name, "Available");
	}
}
