#include "kube/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "kube/objects.h"
#include "kube/source_inner.h"
#include "kube/token.h"

#define NAME_MAX_BYTES 253

static const struct {
	const char *name, *resource;
} kinds[KUBE_SOURCE_KINDS] = {
    [KUBE_SOURCE_CONFIGMAP] = {"configmap", "configmaps"},
    [KUBE_SOURCE_SECRET] = {"secret", "secrets"},
    [KUBE_SOURCE_SERVICE] = {"service", "services"},
    [KUBE_SOURCE_TOKEN] = {"token of service account", "serviceaccounts"},
    [KUBE_SOURCE_SERVICES] = {"services", "services"},
    [KUBE_SOURCE_CLAIM] = {"persistentvolumeclaim", "persistentvolumeclaims"},
    [KUBE_SOURCE_VOLUME] = {"persistentvolume", "persistentvolumes"},
    [KUBE_SOURCE_VOLUMES] = {"persistentvolumes", "persistentvolumes"},
    [KUBE_SOURCE_CLASS] = {"storageclass", "storageclasses"},
};

const char *kube_source_kind_name(enum kube_source_kind kind)
{
	return kinds[kind].name;
}

static bool is_list(enum kube_source_kind kind)
{
	return kind == KUBE_SOURCE_SERVICES || kind == KUBE_SOURCE_VOLUMES;
}

bool kube_source_ref_valid(const struct kube_source_ref *ref)
{
	size_t n = ref->kind == KUBE_SOURCE_TOKEN ? strcspn(ref->name, " ") : strlen(ref->name);
	return is_list(ref->kind) || (n && n <= NAME_MAX_BYTES && ref->name[0] != '.' &&
				      strspn(ref->name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n);
}

char *kube_source_path(const struct kube_source_ref *ref)
{
	if (ref->kind == KUBE_SOURCE_TOKEN) {
		return kube_token_path(ref);
	}
	const char *name = is_list(ref->kind) ? NULL : ref->name;
	const char *group = ref->kind == KUBE_SOURCE_CLASS ? "storage.k8s.io/v1" : "v1";
	return kube_path(group, *ref->ns ? ref->ns : NULL, kinds[ref->kind].resource, name, NULL);
}

json_t *kube_source_body(const struct kube_source_ref *ref)
{
	return ref->kind == KUBE_SOURCE_TOKEN ? kube_token_body(ref) : NULL;
}

int source_put(struct source_draft *d, const char *key, const void *bytes, size_t n, bool binary)
{
	size_t more = strlen(key) + n + 2;
	if (d->n == KUBE_SOURCE_ITEMS_MAX) {
		return err_set(d->e, ERR_LIMIT, "more than %d values", KUBE_SOURCE_ITEMS_MAX);
	}
	if (!buf_fits(&d->text, more)) {
		return err_set(d->e, ERR_LIMIT, "more than %zu bytes", KUBE_SOURCE_BYTES_MAX);
	}
	d->items = mem_grow(d->items, &d->cap, d->n + 1, sizeof(*d->items));
	d->items[d->n++] = (struct draft_item){.at = d->text.len, .n_key = strlen(key), .n = n, .binary = binary};
	if (buf_append(&d->text, key, strlen(key) + 1) || buf_append(&d->text, n ? bytes : "", n) ||
	    buf_putc(&d->text, '\0')) {
		return err_set(d->e, ERR_MEMORY, "no memory");
	}
	return 0;
}

static int put_base64(struct source_draft *d, const char *key, const json_t *v, bool binary)
{
	struct err why = {0};
	size_t n;
	char *bytes = base64_decode(json_string_value(v), json_string_length(v), &n, &why);
	if (!bytes) {
		return err_set(d->e, why.code, "%.200s: %s", key, why.text);
	}
	int bad = source_put(d, key, bytes, n, binary);
	explicit_bzero(bytes, n);
	free(bytes);
	return bad;
}

/* `encoded`: the values are base64. */
static int put_members(struct source_draft *d, const json_t *object, const char *member, bool encoded, bool binary)
{
	const char *key;
	json_t *v;
	json_object_foreach (js_obj(object, member), key, v) {
		if (!json_is_string(v)) {
			return err_set(d->e, ERR_INVALID, "%s[%.200s]: not a string", member, key);
		}
		if (encoded ? put_base64(d, key, v, binary)
			    : source_put(d, key, json_string_value(v), json_string_length(v), binary)) {
			return -1;
		}
	}
	return 0;
}

/* The items point into the text behind them. */
static struct kube_source *finish(const struct source_draft *d, enum kube_source_kind kind)
{
	size_t head = sizeof(struct kube_source) + d->n * sizeof(struct kube_datum);
	struct kube_source *s = xmalloc(head + d->text.len);
	struct kube_datum *items = (struct kube_datum *)(void *)(s + 1);
	char *text = (char *)s + head;
	if (d->text.len) {
		memcpy(text, d->text.data, d->text.len);
	}
	for (size_t i = 0; i < d->n; i++) {
		const struct draft_item *item = &d->items[i];
		items[i] = (struct kube_datum){.key = text + item->at,
					       .bytes = (unsigned char *)text + item->at + item->n_key + 1,
					       .n = item->n,
					       .binary = item->binary};
	}
	*s = (struct kube_source){.kind = kind, .items = items, .n = d->n, .size = head + d->text.len};
	return s;
}

static int put_token(struct source_draft *d, const json_t *object)
{
	const char *token = js_str_at(object, "status", "token", NULL);
	return token ? source_put(d, KUBE_SOURCE_TOKEN_KEY, token, strlen(token), false)
		     : err_set(d->e, ERR_INVALID, "status.token: missing, or not a string");
}

static int64_t expiry_of(const json_t *object)
{
	const char *text = js_str_at(object, "status", "expirationTimestamp", NULL);
	int64_t ms;
	return text && !time_parse(text, &ms) ? ms : 0;
}

static int read_object(struct source_draft *d, enum kube_source_kind kind, const json_t *object)
{
	switch (kind) {
	case KUBE_SOURCE_CONFIGMAP:
		return put_members(d, object, "data", false, false) || put_members(d, object, "binaryData", true, true);
	case KUBE_SOURCE_SECRET:
		return put_members(d, object, "data", true, false);
	case KUBE_SOURCE_SERVICE:
		return source_put_service(d, object);
	case KUBE_SOURCE_TOKEN:
		return put_token(d, object);
	case KUBE_SOURCE_CLAIM:
		return source_put_claim(d, object);
	case KUBE_SOURCE_VOLUME:
		return source_put_volume(d, object);
	case KUBE_SOURCE_VOLUMES:
		return source_put_volumes(d, object);
	case KUBE_SOURCE_CLASS:
		return source_put_class(d, object);
	default:
		return source_put_services(d, object);
	}
}

struct kube_source *kube_source_decode(enum kube_source_kind kind, const json_t *object, struct err *e)
{
	struct source_draft d = {.text = BUF_INIT(KUBE_SOURCE_BYTES_MAX), .e = e};
	struct kube_source *source = NULL;
	if (!json_is_object(object)) {
		err_set(e, ERR_INVALID, "not an object");
	} else if (!read_object(&d, kind, object)) {
		source = finish(&d, kind);
		source->immutable = js_bool(object, "immutable", false);
		source->expires_ms = kind == KUBE_SOURCE_TOKEN ? expiry_of(object) : 0;
	}
	if (d.text.data) {
		explicit_bzero(d.text.data, d.text.cap);
	}
	buf_done(&d.text);
	free(d.items);
	return source;
}

void kube_source_free(struct kube_source *source)
{
	if (source) {
		explicit_bzero(source, source->size);
		free(source);
	}
}

const struct kube_datum *kube_source_find(const struct kube_source *source, const char *key)
{
	for (size_t i = 0; i < source->n; i++) {
		if (!strcmp(source->items[i].key, key)) {
			return &source->items[i];
		}
	}
	return NULL;
}

const char *kube_source_text(const struct kube_source *source, const char *key)
{
	const struct kube_datum *d = kube_source_find(source, key);
	return d ? (const char *)d->bytes : NULL;
}

const struct kube_source *kube_sources_find(const struct kube_sources *sources, const struct kube_source_ref *ref)
{
	return sources->find ? sources->find(sources->arg, ref) : NULL;
}
