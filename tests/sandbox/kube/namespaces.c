#include <stdlib.h>

#include "base/js.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/model.h"

static void put_new(struct apiserver *s, const char *plural, json_t *object, int64_t now)
{
	const struct kube_resource *r = registry_find("", "v1", plural);
	char text[TIME_TEXT_MAX];
	char api[96];
	char *uid = make_uid(s);
	json_t *meta = meta_of(object);
	set_str(meta, "uid", uid);
	set_str(meta, "creationTimestamp", time_text(now, text));
	set_str(object, "kind", r->kind);
	set_str(object, "apiVersion", registry_api_version(r, api));
	commit_put(s, r, canonical(s, r, object));
	free(uid);
}

void populate_namespace(struct apiserver *s, const char *name, int64_t now)
{
	put_new(s, "serviceaccounts", json_pack("{s:{s:s, s:s}}", "metadata", "name", "default", "namespace", name),
		now);
	if (s->config.root_ca) {
		put_new(s, "configmaps",
			json_pack("{s:{s:s, s:s}, s:{s:s}}", "metadata", "name", "kube-root-ca.crt", "namespace", name,
				  "data", "ca.crt", s->config.root_ca),
			now);
	}
}

void found_namespaces(struct apiserver *s, int64_t now)
{
	static const char *const NAMES[] = {"default", "kube-node-lease", "kube-public", "kube-system"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		put_new(s, "namespaces",
			json_pack("{s:{s:s, s:{s:s}}, s:{s:[s]}, s:{s:s}}", "metadata", "name", NAMES[i], "labels",
				  "kubernetes.io/metadata.name", NAMES[i], "spec", "finalizers", "kubernetes", "status",
				  "phase", "Active"),
			now);
		populate_namespace(s, NAMES[i], now);
	}
}
