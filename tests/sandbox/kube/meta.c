#include "base/js.h"
#include "tests/sandbox/kube/model.h"

const char *meta_str(const json_t *object, const char *key)
{
	const char *value = js_str_at(object, "metadata", key, NULL);
	return value ? value : "";
}

json_t *meta_of(json_t *object)
{
	json_t *meta = js_obj(object, "metadata");
	if (!meta) {
		meta = json_object();
		json_object_set_new(object, "metadata", meta);
	}
	return meta;
}

json_t *copy_for_change(const json_t *object)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)object);
	json_t *meta = json_object_get(object, "metadata");
	json_object_set_new(copy, "metadata", meta ? json_copy(meta) : json_object());
	return copy;
}

void set_str(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, json_string(value));
}

void set_default(json_t *o, const char *key, json_t *value)
{
	if (json_object_get(o, key)) {
		json_decref(value);
	} else {
		json_object_set_new(o, key, value);
	}
}
