#include "mesos/container_id.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "mesos/types.h"

json_t *container_id_json(const char *joined)
{
	json_t *id = NULL;
	for (const char *p = joined;; p++) {
		size_t n = strcspn(p, ".");
		json_t *child = json_object();
		json_object_set_new(child, "value", json_stringn(p, n));
		if (id) {
			json_object_set_new(child, "parent", id);
		}
		id = child;
		p += n;
		if (!*p) {
			return id;
		}
	}
}

char *container_id_join(const json_t *id)
{
	const char *parts[MESOS_CONTAINER_DEPTH_MAX];
	size_t n = 0;
	for (; id; id = js_obj(id, "parent")) {
		const char *value = js_str(id, "value");
		if (!value || n == MESOS_CONTAINER_DEPTH_MAX) {
			return NULL;
		}
		parts[n++] = value;
	}
	char *joined = NULL;
	while (n > 0) {
		n--;
		char *longer = joined ? xasprintf("%s.%s", joined, parts[n]) : xstrdup(parts[n]);
		free(joined);
		joined = longer;
	}
	return joined;
}
