/* A vector of resources: whatever is taken and given back, nothing is lost. */
#include <stdint.h>
#include <stdlib.h>

#include "mesos/resources.h"
#include "mesos/wire.h"

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_shape(const struct mesos_resources *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct mesos_resource *one = &r->items[i];
		must(one->milli >= 0);
		for (size_t k = 0; k < one->n_ranges; k++) {
			must(one->ranges[k].begin <= one->ranges[k].end);
			must(k == 0 || one->ranges[k].begin > one->ranges[k - 1].end + 1);
		}
	}
}

static void take_and_give_back(const struct mesos_resources *all)
{
	struct mesos_resources pool, taken;
	mesos_resources_copy(&pool, all);
	mesos_resources_init(&taken);
	int64_t cpus = mesos_resources_available(&pool, "cpus", NULL);
	must(mesos_resources_take(&pool, "cpus", cpus / 2, NULL, &taken) == 0);
	must(mesos_resources_available(&pool, "cpus", NULL) == cpus - cpus / 2);
	for (uint64_t port = 0; port < 10; port++) {
		bool has = mesos_resources_has_port(&pool, port, NULL);
		must((mesos_resources_take_port(&pool, port, NULL, &taken) == 0) == has);
	}
	check_shape(&pool);
	check_shape(&taken);
	mesos_resources_add(&pool, &taken);
	must(mesos_resources_available(&pool, "cpus", NULL) == cpus);
	must(mesos_resources_subtract(&pool, all) == 0);
	must(pool.n == 0);
	mesos_resources_done(&pool);
	mesos_resources_done(&taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o CLEANUP_JSON = wire_parse((const char *)data, size, NULL);
	struct mesos_resources r;
	struct err e = {0};
	if (!o || mesos_resources_decode(o, &r, &e) < 0) {
		must(!o || e.code != ERR_NONE);
		return 0;
	}
	check_shape(&r);
	take_and_give_back(&r);
	json_t *encoded CLEANUP_JSON = mesos_resources_encode(&r);
	must(json_array_size(encoded) == r.n);
	mesos_resources_done(&r);
	return 0;
}
