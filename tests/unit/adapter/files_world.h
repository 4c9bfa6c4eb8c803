/* Pods with files that are written beside their pause, in the world of the test. */
#ifndef TESTS_UNIT_ADAPTER_FILES_WORLD_H
#define TESTS_UNIT_ADAPTER_FILES_WORLD_H

#include "tests/unit/adapter/reborn.h"

#define FILES "'volumes':[{'name':'c','configMap':{'name':'settings','defaultMode':493}}]"
#define MOUNTS "'volumeMounts':[{'name':'c','mountPath':'/x'}]"
#define PLAIN "{'name':'plain','image':'busybox'}"
#define WITH(name) "{'name':'" name "','image':'busybox'," MOUNTS "}"

static inline void runs(const char *pod, const char *container, int run)
{
	world_update(&w, world_task(pod, container, run), "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
}

static inline void ends(const char *container, int run, const char *message)
{
	world_update(&w, world_task("web", container, run), "a1", TASK_FAILED, message);
	world_good_day(&w);
}

static inline void settings(const char *value)
{
	CLEANUP_FREE char *object = xasprintf("{'data':{'run':'%s'}}", value);
	world_source(&w, "configmaps/settings", object);
}

static inline size_t writes(void)
{
	return world_count(&w, EFFECT_WRITE_FILES);
}

static inline void write_ends(enum err_code code)
{
	struct effect *f = world_last(&w, EFFECT_WRITE_FILES);
	assert_non_null(f);
	world_result(&w, f, code);
	world_good_day(&w);
}

static inline size_t launched(const char *task)
{
	size_t n = 0;
	for (size_t i = 0; i < w.out.n; i++) {
		const struct effect *f = w.out.items[i];
		for (size_t k = 0; f->type == EFFECT_ACCEPT && k < json_array_size(f->body); k++) {
			n += strcmp(accepted_task(f, k), task) == 0;
		}
	}
	return n;
}

/* A pod whose pause runs, and whose files are being written. */
static inline void begin(const char *containers)
{
	world_begin(&w);
	w.hooks_by_hand = true;
	settings("one");
	CLEANUP_FREE char *spec = xasprintf(FILES ",'containers':[%s]", containers);
	world_pod(&w, "web", spec);
	offer("o1");
	runs("web", "_pause", 0);
}

static inline bool archive_has(const struct effect *f, const char *text)
{
	return memmem(f->bytes, f->n_bytes, text, strlen(text)) != NULL;
}

#endif
