/* What a pod takes values from besides itself: a ConfigMap, a Secret, services as variables, a claim with what it
 * leads to (kube/claim.h); decoded, in one block.
 *
 * The bytes of a Secret are wiped when the source is freed. Keys are unique, in the order of the object.
 * Source: core/v1 ConfigMap (data, binaryData), Secret (data), Service; the kubelet's variables of services.
 */
#ifndef KUBE_SOURCE_H
#define KUBE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define KUBE_SOURCE_BYTES_MAX ((size_t)4 << 20) /* keys and values of one; the API server takes 1 MiB of data */
#define KUBE_SOURCE_ITEMS_MAX 20000
#define KUBE_SERVICES_MAX 1000 /* of one namespace that become variables; more is ERR_LIMIT */
/* The service that every pod has variables of. */
#define KUBE_API_NAMESPACE "default"
#define KUBE_API_SERVICE "kubernetes"

enum kube_source_kind {
	KUBE_SOURCE_CONFIGMAP,
	KUBE_SOURCE_SECRET,
	KUBE_SOURCE_SERVICE,  /* one service, as variables */
	KUBE_SOURCE_TOKEN,    /* of a service account for a pod; its name is a kube_token_name (kube/token.h) */
	KUBE_SOURCE_SERVICES, /* all of a namespace, as variables; its name is "" */
	KUBE_SOURCE_CLAIM,    /* a PersistentVolumeClaim */
	KUBE_SOURCE_VOLUME,   /* a PersistentVolume; its namespace is "" */
	KUBE_SOURCE_VOLUMES,  /* all that a claim can still get; its namespace and name are "" */
	KUBE_SOURCE_CLASS,    /* a StorageClass; its namespace is "" */
	KUBE_SOURCE_KINDS
};

/* What names one. Borrowed from whoever refers to it. */
struct kube_source_ref {
	enum kube_source_kind kind;
	const char *ns, *name;
};

struct kube_datum {
	const char *key;
	const unsigned char *bytes; /* followed by a NUL that does not count */
	size_t n;
	bool binary; /* of binaryData */
};

struct kube_source {
	enum kube_source_kind kind;
	const struct kube_datum *items;
	size_t n;
	size_t size;	    /* memory taken */
	bool immutable;	    /* a ConfigMap or Secret that says so */
	int64_t expires_ms; /* of a token; 0: it does not say */
};

#define KUBE_SOURCE_TOKEN_KEY "token" /* of a token's only datum */

/* Decode the answer to a GET of kube_source_path, or of a POST of kube_source_body there. ERR_INVALID naming the key,
 * ERR_LIMIT. */
struct kube_source *kube_source_decode(enum kube_source_kind kind, const json_t *object, struct err *e);
void kube_source_free(struct kube_source *source);
/* NULL when it has no such key. */
const struct kube_datum *kube_source_find(const struct kube_source *source, const char *key);
const char *kube_source_text(const struct kube_source *source, const char *key);

/* Can there be such an object? A name that is none of the API's is not asked for. */
bool kube_source_ref_valid(const struct kube_source_ref *ref);
/* Where it is read from; free() it. */
char *kube_source_path(const struct kube_source_ref *ref);
/* What is POSTed there; NULL: it is a GET. json_decref() it. */
json_t *kube_source_body(const struct kube_source_ref *ref);
/* "configmap", "secret": as in the kubelet's sentences. */
const char *kube_source_kind_name(enum kube_source_kind kind);

/* Who has them. NULL: it does not exist. Only what was asked for before may be looked for. */
struct kube_sources {
	const struct kube_source *(*find)(void *arg, const struct kube_source_ref *ref);
	void *arg;
};

/* NULL too where nothing can be found. */
const struct kube_source *kube_sources_find(const struct kube_sources *sources, const struct kube_source_ref *ref);

#endif
