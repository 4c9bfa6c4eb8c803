#include "translate/toleration.h"

#include <string.h>

static bool matches(const struct kube_toleration *t, const char *key, const char *effect)
{
	if (t->effect && *t->effect && strcmp(t->effect, effect) != 0) {
		return false;
	}
	if (t->key && *t->key && strcmp(t->key, key) != 0) {
		return false;
	}
	bool any_key = !t->key || !*t->key;
	return t->op == KUBE_OP_EXISTS || (!any_key && (!t->value || !*t->value));
}

bool toleration_of(const struct kube_pod *pod, const char *key, const char *effect, int64_t *ret_seconds)
{
	bool tolerated = false;
	int64_t least = -1;
	for (size_t i = 0; i < pod->n_tolerations; i++) {
		const struct kube_toleration *t = &pod->tolerations[i];
		if (!matches(t, key, effect)) {
			continue;
		}
		tolerated = true;
		if (t->seconds >= 0 && (least < 0 || t->seconds < least)) {
			least = t->seconds;
		}
	}
	if (tolerated) {
		*ret_seconds = least;
	}
	return tolerated;
}
