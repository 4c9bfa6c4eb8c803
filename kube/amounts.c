#include "kube/amounts.h"

#include <stdio.h>

#include "base/js.h"
#include "kube/quantity.h"

json_t *kube_amounts_json(const struct kube_amounts *a)
{
	char text[QUANTITY_TEXT_MAX];
	json_t *o = json_object();
	if (a->cpu_milli >= 0) {
		json_object_set_new(o, "cpu", json_string(quantity_text(a->cpu_milli, text)));
	}
	if (a->memory >= 0) {
		json_object_set_new(o, "memory", json_string(quantity_text_bytes(a->memory, text)));
	}
	if (a->ephemeral_storage >= 0) {
		json_object_set_new(o, "ephemeral-storage",
				    json_string(quantity_text_bytes(a->ephemeral_storage, text)));
	}
	if (a->gpus >= 0) {
		snprintf(text, sizeof(text), "%lld", (long long)a->gpus);
		json_object_set_new(o, "nvidia.com/gpu", json_string(text));
	}
	return o;
}

int64_t kube_milli_of(const json_t *object, const char *name)
{
	struct err e;
	int64_t milli;
	const char *text = js_str(object, name);
	return text && quantity_parse(text, &milli, &e) == 0 && milli >= 0 ? milli : -1;
}

static int64_t units_of(const json_t *object, const char *name)
{
	int64_t milli = kube_milli_of(object, name);
	return milli < 0 ? -1 : milli / 1000 + (milli % 1000 != 0);
}

struct kube_amounts kube_amounts_of(const json_t *object)
{
	return (struct kube_amounts){
	    .cpu_milli = kube_milli_of(object, "cpu"),
	    .memory = units_of(object, "memory"),
	    .ephemeral_storage = units_of(object, "ephemeral-storage"),
	    .gpus = units_of(object, "nvidia.com/gpu"),
	};
}

struct kube_resources kube_resources_of(const json_t *object)
{
	return (struct kube_resources){kube_amounts_of(js_obj(object, "requests")),
				       kube_amounts_of(js_obj(object, "limits"))};
}

static bool equal(const struct kube_amounts *a, const struct kube_amounts *b)
{
	return a->cpu_milli == b->cpu_milli && a->memory == b->memory && a->ephemeral_storage == b->ephemeral_storage &&
	       a->gpus == b->gpus;
}

bool kube_resources_equal(const struct kube_resources *a, const struct kube_resources *b)
{
	return equal(&a->requests, &b->requests) && equal(&a->limits, &b->limits);
}
