#include "tests/unit/unit.h"

#include "translate/usage.h"

static const struct mesos_usage nothing = {0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

#define IS(a, b) assert_true((a) > (b)-1e-9 && (a) < (b) + 1e-9)

static void the_working_set_is_all_memory_without_page_cache(void **state)
{
	(void)state;
	struct mesos_usage u = nothing;
	u.memory = 1000;
	u.memory_cache = 300;
	u.memory_rss = 600;
	IS(usage_of_container(&u).of[FIGURE_WORKING_SET], 700);
	u.memory_cache = 2000;
	IS(usage_of_container(&u).of[FIGURE_WORKING_SET], 0);
	u.memory = -1;
	IS(usage_of_container(&u).of[FIGURE_WORKING_SET], 600);
}

static void cpu_time_is_known_when_both_halves_are(void **state)
{
	(void)state;
	struct mesos_usage u = nothing;
	u.cpu_user_s = 1.5;
	assert_true(usage_of_container(&u).of[FIGURE_CPU] < 0);
	u.cpu_system_s = 0.5;
	IS(usage_of_container(&u).of[FIGURE_CPU], 2);
}

static void a_limit_that_nothing_holds_is_none(void **state)
{
	(void)state;
	struct mesos_usage u = nothing;
	u.memory_limit = 64;
	assert_true(usage_of_container(&u).of[FIGURE_LIMIT] < 0);
	u.memory = 10;
	IS(usage_of_container(&u).of[FIGURE_LIMIT], 64);
}

static void what_is_not_told_stays_unknown(void **state)
{
	(void)state;
	struct kube_usage u = usage_of_container(&nothing), unknown = kube_usage_unknown();
	assert_memory_equal(&u, &unknown, sizeof(u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_working_set_is_all_memory_without_page_cache),
	    cmocka_unit_test(cpu_time_is_known_when_both_halves_are),
	    cmocka_unit_test(a_limit_that_nothing_holds_is_none),
	    cmocka_unit_test(what_is_not_told_stays_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
