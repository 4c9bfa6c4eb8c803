/* The pace of renewals, in virtual time. */
#include <stdlib.h>
#include <string.h>

#include "adapter/node_leases.h"
#include "tests/unit/unit.h"

#define NODES 5000
#define SECOND 1000

/* Renewals from then until before `until`, at the times that it asks for; `count` gets each node's. */
static int run(struct node_leases *l, int64_t *now, int64_t until, int *count)
{
	int n = 0;
	const char *name, *uid;
	for (;;) {
		while (node_leases_next(l, *now, &name, &uid)) {
			assert_string_equal(uid, "u");
			count[strtol(name + 1, NULL, 10)]++;
			n++;
		}
		int64_t at = node_leases_deadline(l);
		assert_true(at > *now);
		if (at >= until) {
			*now = until;
			return n;
		}
		*now = at;
	}
}

static void put(struct node_leases *l, int i)
{
	char name[16];
	snprintf(name, sizeof(name), "n%d", i);
	node_leases_put(l, name, "u");
}

static void thousands_of_nodes_that_appear_at_once_are_a_steady_trickle(void **state)
{
	(void)state;
	static int count[NODES];
	struct node_leases l;
	int64_t now = 1000000;
	memset(count, 0, sizeof(count));
	node_leases_init(&l);
	l.then_ms = now;
	for (int i = 0; i < NODES; i++) {
		put(&l, i);
	}
	for (int second = 0; second < 60; second++) {
		int n = run(&l, &now, now + SECOND, count);
		assert_in_range(n, NODES / 10 - 1, NODES / 10 + 1);
	}
	/* Each of them in each period. */
	for (int i = 0; i < NODES; i++) {
		assert_in_range(count[i], 5, 7);
	}
	node_leases_done(&l);
}

static void a_new_node_does_not_wait_for_the_others(void **state)
{
	(void)state;
	static int count[NODES];
	struct node_leases l;
	int64_t now = 1000000;
	memset(count, 0, sizeof(count));
	node_leases_init(&l);
	for (int i = 0; i < 999; i++) {
		put(&l, i);
	}
	run(&l, &now, now + 10 * SECOND, count);
	put(&l, 999);
	run(&l, &now, now + 20, count);
	assert_int_equal(count[999], 1);
	node_leases_done(&l);
}

static void what_was_missed_is_not_made_up_for_in_a_burst(void **state)
{
	(void)state;
	static int count[NODES];
	struct node_leases l;
	int64_t now = 1000000;
	memset(count, 0, sizeof(count));
	node_leases_init(&l);
	for (int i = 0; i < 1000; i++) {
		put(&l, i);
	}
	run(&l, &now, now + 10 * SECOND, count);
	now += 3600 * SECOND;
	assert_in_range(run(&l, &now, now + SECOND, count), 100, 112);
	node_leases_done(&l);
}

static void a_node_that_was_dropped_has_no_turn_and_nothing_is_due_without_nodes(void **state)
{
	(void)state;
	int count[2] = {0};
	struct node_leases l;
	int64_t now = 1000000;
	node_leases_init(&l);
	assert_true(node_leases_deadline(&l) == INT64_MAX);
	put(&l, 0);
	put(&l, 1);
	put(&l, 1);
	node_leases_drop(&l, "n0");
	node_leases_drop(&l, "n0");
	assert_in_range(run(&l, &now, now + 100 * SECOND, count), 10, 11);
	assert_int_equal(count[0], 0);
	node_leases_drop(&l, "n1");
	assert_true(node_leases_deadline(&l) == INT64_MAX);
	node_leases_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(thousands_of_nodes_that_appear_at_once_are_a_steady_trickle),
	    cmocka_unit_test(a_new_node_does_not_wait_for_the_others),
	    cmocka_unit_test(what_was_missed_is_not_made_up_for_in_a_burst),
	    cmocka_unit_test(a_node_that_was_dropped_has_no_turn_and_nothing_is_due_without_nodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
