#include "base/timefmt.h"
#include "kube/node.h"

json_t *kube_node_lease_patch(const char *name, int64_t now_ms)
{
	char now[TIME_TEXT_MAX];
	return json_pack("{s{ss si ss}}", "spec", "holderIdentity", name, "leaseDurationSeconds", NODE_LEASE_DURATION_S,
			 "renewTime", time_text_micro(now_ms, now));
}

json_t *kube_node_lease_body(const char *name, const char *uid, int64_t now_ms)
{
	json_t *o = kube_node_lease_patch(name, now_ms);
	json_object_set_new(o, "apiVersion", json_string("coordination.k8s.io/v1"));
	json_object_set_new(o, "kind", json_string("Lease"));
	json_object_set_new(o, "metadata",
			    json_pack("{ss ss s[{ss ss ss ss}]}", "name", name, "namespace", NODE_LEASE_NAMESPACE,
				      "ownerReferences", "apiVersion", "v1", "kind", "Node", "name", name, "uid", uid));
	return o;
}
