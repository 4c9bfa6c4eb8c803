#include "tests/sandbox/kube/registry.h"

#include <stdio.h>
#include <string.h>

#define ALL_VERBS "create,delete,deletecollection,get,list,patch,update,watch"
#define STATUS(kind_)                                                                                                  \
	{                                                                                                              \
		.name = "status", .kind = kind_, .verbs = "get,patch,update"                                           \
	}
#define SCALE                                                                                                          \
	{                                                                                                              \
		.name = "scale", .kind = "Scale", .group = "autoscaling", .version = "v1", .verbs = "get,patch,update" \
	}

static const struct kube_subresource NAMESPACE_SUBS[] = {
    {.name = "finalize", .kind = "Namespace", .verbs = "update"}, STATUS("Namespace"), {0}};
static const struct kube_subresource NODE_SUBS[] = {
    {.name = "proxy", .kind = "NodeProxyOptions", .verbs = "create,delete,get,patch,update"}, STATUS("Node"), {0}};
static const struct kube_subresource POD_SUBS[] = {
    {.name = "attach", .kind = "PodAttachOptions", .verbs = "create,get"},
    {.name = "binding", .kind = "Binding", .verbs = "create"},
    {.name = "ephemeralcontainers", .kind = "Pod", .verbs = "get,patch,update"},
    {.name = "eviction", .kind = "Eviction", .group = "policy", .version = "v1", .verbs = "create"},
    {.name = "exec", .kind = "PodExecOptions", .verbs = "create,get"},
    {.name = "log", .kind = "Pod", .verbs = "get"},
    {.name = "portforward", .kind = "PodPortForwardOptions", .verbs = "create,get"},
    {.name = "resize", .kind = "Pod", .verbs = "get,patch,update"},
    STATUS("Pod"),
    {0}};
static const struct kube_subresource CSR_SUBS[] = {
    {.name = "approval", .kind = "CertificateSigningRequest", .verbs = "get,patch,update"},
    STATUS("CertificateSigningRequest"),
    {0}};
static const struct kube_subresource CLAIM_SUBS[] = {STATUS("PersistentVolumeClaim"), {0}};
static const struct kube_subresource VOLUME_SUBS[] = {STATUS("PersistentVolume"), {0}};
static const struct kube_subresource SERVICE_SUBS[] = {STATUS("Service"), {0}};
static const struct kube_subresource SERVICEACCOUNT_SUBS[] = {
    {.name = "token", .kind = "TokenRequest", .group = "authentication.k8s.io", .version = "v1", .verbs = "create"},
    {0}};
static const struct kube_subresource DAEMONSET_SUBS[] = {STATUS("DaemonSet"), {0}};
static const struct kube_subresource DEPLOYMENT_SUBS[] = {SCALE, STATUS("Deployment"), {0}};
static const struct kube_subresource REPLICASET_SUBS[] = {SCALE, STATUS("ReplicaSet"), {0}};
static const struct kube_subresource STATEFULSET_SUBS[] = {SCALE, STATUS("StatefulSet"), {0}};
static const struct kube_subresource CRONJOB_SUBS[] = {STATUS("CronJob"), {0}};
static const struct kube_subresource JOB_SUBS[] = {STATUS("Job"), {0}};
static const struct kube_subresource PDB_SUBS[] = {STATUS("PodDisruptionBudget"), {0}};

#define CORE .group = "", .version = "v1"
#define ROW(plural_, singular_, kind_)                                                                                 \
	.plural = plural_, .singular = singular_, .kind = kind_, .stored_as = plural_, .verbs = ALL_VERBS,             \
	.short_names = "", .categories = ""
#define REVIEW(plural_, singular_, kind_)                                                                              \
	.plural = plural_, .singular = singular_, .kind = kind_, .stored_as = plural_, .verbs = "create",              \
	.short_names = "", .categories = ""

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct kube_resource ROWS[] = {
    {CORE, REVIEW("bindings", "binding", "Binding"), .namespaced = true},
    {CORE, ROW("configmaps", "configmap", "ConfigMap"), .namespaced = true, .short_names = "cm"},
    {CORE, ROW("events", "event", "Event"), .namespaced = true, .short_names = "ev"},
    {CORE, ROW("namespaces", "namespace", "Namespace"), .short_names = "ns", .subresources = NAMESPACE_SUBS,
     .verbs = "create,delete,get,list,patch,update,watch"},
    {CORE, ROW("nodes", "node", "Node"), .short_names = "no", .subresources = NODE_SUBS},
    {CORE, ROW("persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim"), .namespaced = true,
     .short_names = "pvc", .subresources = CLAIM_SUBS},
    {CORE, ROW("persistentvolumes", "persistentvolume", "PersistentVolume"), .short_names = "pv",
     .subresources = VOLUME_SUBS},
    {CORE, ROW("pods", "pod", "Pod"), .namespaced = true, .short_names = "po", .categories = "all",
     .subresources = POD_SUBS},
    {CORE, ROW("secrets", "secret", "Secret"), .namespaced = true},
    {CORE, ROW("serviceaccounts", "serviceaccount", "ServiceAccount"), .namespaced = true, .short_names = "sa",
     .subresources = SERVICEACCOUNT_SUBS},
    {CORE, ROW("services", "service", "Service"), .namespaced = true, .short_names = "svc", .categories = "all",
     .subresources = SERVICE_SUBS},
    {.group = "apps",
     .version = "v1",
     ROW("daemonsets", "daemonset", "DaemonSet"),
     .namespaced = true,
     .short_names = "ds",
     .categories = "all",
     .subresources = DAEMONSET_SUBS},
    {.group = "apps",
     .version = "v1",
     ROW("deployments", "deployment", "Deployment"),
     .namespaced = true,
     .short_names = "deploy",
     .categories = "all",
     .subresources = DEPLOYMENT_SUBS},
    {.group = "apps",
     .version = "v1",
     ROW("replicasets", "replicaset", "ReplicaSet"),
     .namespaced = true,
     .short_names = "rs",
     .categories = "all",
     .subresources = REPLICASET_SUBS},
    {.group = "apps",
     .version = "v1",
     ROW("statefulsets", "statefulset", "StatefulSet"),
     .namespaced = true,
     .short_names = "sts",
     .categories = "all",
     .subresources = STATEFULSET_SUBS},
    {.group = "authentication.k8s.io", .version = "v1", REVIEW("tokenreviews", "tokenreview", "TokenReview")},
    {.group = "authorization.k8s.io",
     .version = "v1",
     REVIEW("selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview")},
    {.group = "authorization.k8s.io",
     .version = "v1",
     REVIEW("subjectaccessreviews", "subjectaccessreview", "SubjectAccessReview")},
    {.group = "batch",
     .version = "v1",
     ROW("cronjobs", "cronjob", "CronJob"),
     .namespaced = true,
     .short_names = "cj",
     .categories = "all",
     .subresources = CRONJOB_SUBS},
    {.group = "batch",
     .version = "v1",
     ROW("jobs", "job", "Job"),
     .namespaced = true,
     .categories = "all",
     .subresources = JOB_SUBS},
    {.group = "certificates.k8s.io",
     .version = "v1",
     ROW("certificatesigningrequests", "certificatesigningrequest", "CertificateSigningRequest"),
     .short_names = "csr",
     .subresources = CSR_SUBS},
    {.group = "coordination.k8s.io", .version = "v1", ROW("leases", "lease", "Lease"), .namespaced = true},
    {.group = "events.k8s.io",
     .version = "v1",
     ROW("events", "event", "Event"),
     .namespaced = true,
     .short_names = "ev"},
    {.group = "policy",
     .version = "v1",
     ROW("poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget"),
     .namespaced = true,
     .short_names = "pdb",
     .subresources = PDB_SUBS},
    {.group = "rbac.authorization.k8s.io",
     .version = "v1",
     ROW("clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding")},
    {.group = "rbac.authorization.k8s.io", .version = "v1", ROW("clusterroles", "clusterrole", "ClusterRole")},
    {.group = "rbac.authorization.k8s.io",
     .version = "v1",
     ROW("rolebindings", "rolebinding", "RoleBinding"),
     .namespaced = true},
    {.group = "rbac.authorization.k8s.io", .version = "v1", ROW("roles", "role", "Role"), .namespaced = true},
    {.group = "scheduling.k8s.io",
     .version = "v1",
     ROW("priorityclasses", "priorityclass", "PriorityClass"),
     .short_names = "pc"},
    {.group = "storage.k8s.io",
     .version = "v1",
     ROW("storageclasses", "storageclass", "StorageClass"),
     .short_names = "sc"},
};
#pragma GCC diagnostic pop

#define ROWS_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

const struct kube_resource *registry_all(size_t *ret_count)
{
	*ret_count = ROWS_COUNT;
	return ROWS;
}

const struct kube_resource *registry_find(const char *group, const char *version, const char *plural)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		const struct kube_resource *r = &ROWS[i];
		if (strcmp(r->group, group) == 0 && strcmp(r->version, version) == 0 &&
		    strcmp(r->plural, plural) == 0) {
			return r;
		}
	}
	return NULL;
}

const struct kube_resource *registry_find_kind(const char *group, const char *version, const char *kind)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		const struct kube_resource *r = &ROWS[i];
		if (strcmp(r->group, group) == 0 && strcmp(r->version, version) == 0 && strcmp(r->kind, kind) == 0) {
			return r;
		}
	}
	return NULL;
}

const struct kube_resource *registry_stored_as(const char *word)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (strcmp(ROWS[i].stored_as, word) == 0) {
			return &ROWS[i];
		}
	}
	return NULL;
}

const struct kube_subresource *registry_subresource(const struct kube_resource *r, const char *name)
{
	for (const struct kube_subresource *s = r->subresources; s && s->name; s++) {
		if (strcmp(s->name, name) == 0) {
			return s;
		}
	}
	return NULL;
}

bool registry_has_group_version(const char *group, const char *version)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (strcmp(ROWS[i].group, group) == 0 && strcmp(ROWS[i].version, version) == 0) {
			return true;
		}
	}
	return false;
}

const char *registry_api_version(const struct kube_resource *r, char out[96])
{
	snprintf(out, 96, "%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
	return out;
}

const char *registry_group_resource(const struct kube_resource *r, char out[160])
{
	snprintf(out, 160, "%s%s%s", r->plural, r->group[0] ? "." : "", r->group);
	return out;
}

bool registry_word_in(const char *words, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = words; p && *p;) {
		size_t len = strcspn(p, ",");
		if (len == n && memcmp(p, word, n) == 0) {
			return true;
		}
		p += len + (p[len] == ',');
	}
	return false;
}
