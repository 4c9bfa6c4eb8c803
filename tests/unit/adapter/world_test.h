/* One world per test. */
#ifndef TESTS_UNIT_ADAPTER_WORLD_TEST_H
#define TESTS_UNIT_ADAPTER_WORLD_TEST_H

#include "tests/unit/adapter/world.h"

static struct world w;

static int world_setup(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int world_teardown(void **state)
{
	(void)state;
	world_done(&w);
	return 0;
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
