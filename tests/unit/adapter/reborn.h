/* An adapter that is started again, in the world of the test. */
#ifndef TESTS_UNIT_ADAPTER_REBORN_H
#define TESTS_UNIT_ADAPTER_REBORN_H

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static inline void show_all(void)
{
	for (size_t i = 0; i < w.n_pods; i++) {
		CLEANUP_FREE char *name = xstrdup(js_str_at(w.pods[i], "metadata", "name", NULL));
		world_show(&w, name);
	}
}

/* The new life has listed the pods and subscribed. */
static inline void reborn(void)
{
	world_restart(&w);
	show_all();
	world_synced(&w);
	world_subscribed(&w, "fw");
}

static inline void offer(const char *id)
{
	world_offer(&w, id, "a1", ROOM, "");
	world_good_day(&w);
}

/* The question by name (after the one for everything). */
static inline struct effect *question(void)
{
	struct effect *f = world_take(&w, EFFECT_RECONCILE);
	assert_int_equal(f->n_ids, 0);
	return world_take(&w, EFFECT_RECONCILE);
}

/* The name that marks the end of everything, to be asked of after it. */
static inline const char *end_of_everything(const char *pod)
{
	struct effect *f = question();
	CLEANUP_FREE char *end = xasprintf("-uid-%s", pod);
	assert_int_equal(f->n_ids, 1);
	assert_memory_equal(f->ids[0], "everything-", strlen("everything-"));
	assert_non_null(strstr(f->ids[0], end));
	return f->ids[0];
}

#endif
