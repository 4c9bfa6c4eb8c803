#include "kube/objects.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "kube/text.h"

#define PATH_MAX_BYTES 4096
#define NAME_TEXT_MAX 253
#define VALUE_TEXT_MAX ((size_t)256 << 10)  /* what annotations may have in all */
#define EVENT_NAME_MAX (NAME_TEXT_MAX - 17) /* a dot and 16 hexadecimal digits follow */
#define EVENT_REASON_MAX 128
#define EVENT_MESSAGE_MAX 1024

static json_t *typed(const char *kind)
{
	json_t *o = json_object();
	json_object_set_new(o, "apiVersion", json_string("v1"));
	json_object_set_new(o, "kind", json_string(kind));
	return o;
}

static json_t *time_json(int64_t ms)
{
	char text[TIME_TEXT_MAX];
	return json_string(time_text(ms, text));
}

json_t *kube_binding_body(const char *ns, const char *name, const char *uid, const char *node,
			  const struct kube_pair *annotations, size_t n_annotations)
{
	json_t *binding = typed("Binding"), *metadata = json_object(), *target = typed("Node");
	kube_put_text(metadata, "name", name, NAME_TEXT_MAX);
	kube_put_text(metadata, "namespace", ns, NAME_TEXT_MAX);
	kube_put_text(metadata, "uid", uid, NAME_TEXT_MAX);
	if (n_annotations) {
		json_t *o = json_object();
		for (size_t i = 0; i < n_annotations; i++) {
			json_object_set_new(o, annotations[i].name, kube_text(annotations[i].value, VALUE_TEXT_MAX));
		}
		json_object_set_new(metadata, "annotations", o);
	}
	kube_put_text(target, "name", node, NAME_TEXT_MAX);
	json_object_set_new(binding, "metadata", metadata);
	json_object_set_new(binding, "target", target);
	return binding;
}

static json_t *delete_options(const char *uid, const char *resource_version)
{
	json_t *options = typed("DeleteOptions"), *preconditions = json_object();
	json_object_set_new(preconditions, "uid", kube_text(uid, NAME_TEXT_MAX));
	kube_put_text(preconditions, "resourceVersion", resource_version, NAME_TEXT_MAX);
	json_object_set_new(options, "preconditions", preconditions);
	return options;
}

json_t *kube_pod_delete_body(const char *uid)
{
	json_t *options = delete_options(uid, NULL);
	json_object_set_new(options, "gracePeriodSeconds", json_integer(0));
	return options;
}

json_t *kube_pod_evict_body(const char *uid)
{
	return delete_options(uid, NULL);
}

json_t *kube_pod_adopt_body(const char *uid, const char *resource_version, const struct kube_pair *pairs, size_t n)
{
	json_t *metadata = json_object(), *annotations = json_object();
	kube_put_text(metadata, "uid", uid, NAME_TEXT_MAX);
	kube_put_text(metadata, "resourceVersion", resource_version, NAME_TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		kube_put_text(annotations, pairs[i].name, pairs[i].value, VALUE_TEXT_MAX);
	}
	json_object_set_new(metadata, "annotations", annotations);
	return json_pack("{so}", "metadata", metadata);
}

json_t *kube_node_delete_body(const json_t *node)
{
	return delete_options(js_str_at(node, "metadata", "uid", NULL),
			      js_str_at(node, "metadata", "resourceVersion", NULL));
}

static json_t *event_metadata(const struct kube_event *event, uint64_t unique)
{
	CLEANUP_FREE char *name = xasprintf("%.*s.%016llx", EVENT_NAME_MAX, event->name, (unsigned long long)unique);
	json_t *metadata = json_object();
	kube_put_text(metadata, "name", name, NAME_TEXT_MAX);
	kube_put_text(metadata, "namespace", event->ns ? event->ns : "default", NAME_TEXT_MAX);
	return metadata;
}

static json_t *event_subject(const struct kube_event *event)
{
	json_t *o = typed(event->kind);
	kube_put_text(o, "namespace", event->ns, NAME_TEXT_MAX);
	kube_put_text(o, "name", event->name, NAME_TEXT_MAX);
	kube_put_text(o, "uid", event->uid, NAME_TEXT_MAX);
	return o;
}

json_t *kube_event_body(const struct kube_event *event, uint64_t unique)
{
	json_t *o = typed("Event"), *source = json_object();
	json_object_set_new(o, "metadata", event_metadata(event, unique));
	json_object_set_new(o, "involvedObject", event_subject(event));
	kube_put_text(o, "reason", event->reason, EVENT_REASON_MAX);
	kube_put_text(o, "message", event->message, EVENT_MESSAGE_MAX);
	kube_put_text(source, "component", event->component, NAME_TEXT_MAX);
	kube_put_text(source, "host", event->instance, NAME_TEXT_MAX);
	json_object_set_new(o, "source", source);
	json_object_set_new(o, "firstTimestamp", time_json(event->first_ms));
	json_object_set_new(o, "lastTimestamp", time_json(event->last_ms));
	json_object_set_new(o, "count", json_integer(event->count));
	kube_put_text(o, "type", event->type, NAME_TEXT_MAX);
	return o;
}

/* One segment of a path, percent-encoded, with a '/' before it. */
static void put_segment(struct buf *b, const char *s)
{
	if (!s) {
		return;
	}
	buf_putc(b, '/');
	for (; *s; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s)) {
			buf_putc(b, *s);
		} else {
			buf_printf(b, "%%%02X", (unsigned char)*s);
		}
	}
}

char *kube_path(const char *group_version, const char *ns, const char *resource, const char *name,
		const char *subresource)
{
	struct buf b = BUF_INIT(PATH_MAX_BYTES);
	buf_printf(&b, strchr(group_version, '/') ? "/apis/%s" : "/api/%s", group_version);
	put_segment(&b, ns ? "namespaces" : NULL);
	put_segment(&b, ns);
	put_segment(&b, resource);
	put_segment(&b, name);
	put_segment(&b, subresource);
	return buf_steal(&b, NULL);
}
