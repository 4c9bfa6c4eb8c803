#include "adapter/pod_table.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

#define PAGE "docs/internals/core.md"
#define TABLE_BEGINS "<!-- pod table: begin, printed by pod_table_print -->\n"
#define TABLE_ENDS "<!-- pod table: end -->\n"
#define PAGE_MAX ((size_t)1 << 20)

static void each_pair_but_those_of_forgotten_is_exactly_one_row(void **state)
{
	(void)state;
	for (int s = 0; s < POD_FORGOTTEN; s++) {
		for (int e = 0; e < POD_EVENTS; e++) {
			int n = pod_table_claims((enum pod_state)s, (enum pod_event)e);
			if (n != 1) {
				fail_msg("%s, %s: %d rows", pod_state_name((enum pod_state)s),
					 pod_event_name((enum pod_event)e), n);
			}
		}
	}
	for (int e = 0; e < POD_EVENTS; e++) {
		assert_int_equal(pod_table_claims(POD_FORGOTTEN, (enum pod_event)e), 0);
		assert_null(pod_table_row(POD_FORGOTTEN, (enum pod_event)e));
	}
}

static void each_row_says_why_and_one_that_stays_and_does_nothing_is_a_refusal(void **state)
{
	(void)state;
	for (int s = 0; s < POD_FORGOTTEN; s++) {
		for (int e = 0; e < POD_EVENTS; e++) {
			const struct pod_row *row = pod_table_row((enum pod_state)s, (enum pod_event)e);
			assert_true(strlen(row->sentence) > 10);
			assert_true(islower((unsigned char)row->sentence[0]) || row->sentence[0] == 'M');
			assert_null(strchr(row->sentence, '|')); /* it stands in a Markdown table */
			assert_int_not_equal(row->next, s);	 /* that is "stays" */
			assert_int_equal((row->actions & POD_DO_FORGET) != 0, row->next == POD_FORGOTTEN);
		}
	}
}

/* Where add() and the watch put a pod without an event. */
static bool begins(int state)
{
	return state == POD_FOREIGN || state == POD_REFUSED || state == POD_QUEUED || state == POD_UNSURE ||
	       state == POD_DONE;
}

static void every_state_can_be_reached_and_every_one_has_a_way_to_the_end(void **state)
{
	(void)state;
	bool reached[POD_STATES] = {0}, ends[POD_STATES] = {[POD_FORGOTTEN] = true};
	for (int s = 0; s < POD_STATES; s++) {
		reached[s] = begins(s);
	}
	for (int round = 0; round < POD_STATES; round++) {
		for (int s = 0; s < POD_FORGOTTEN; s++) {
			for (int e = 0; e < POD_EVENTS; e++) {
				const struct pod_row *row = pod_table_row((enum pod_state)s, (enum pod_event)e);
				if (row->next != POD_STATES) {
					reached[row->next] = reached[row->next] || reached[s];
					ends[s] = ends[s] || ends[row->next];
				}
			}
		}
	}
	for (int s = 0; s < POD_STATES; s++) {
		if (!reached[s] || !ends[s]) {
			fail_msg("%s is not reached or never ends", pod_state_name((enum pod_state)s));
		}
	}
}

static void a_pod_is_only_forgotten_when_nothing_of_it_can_live(void **state)
{
	(void)state;
	const unsigned may_live =
	    1u << POD_UNSURE | 1u << POD_LAUNCHING | 1u << POD_ACTIVE | 1u << POD_FINISHING | 1u << POD_ENDING;
	for (int s = 0; s < POD_FORGOTTEN; s++) {
		for (int e = 0; e < POD_EVENTS; e++) {
			const struct pod_row *row = pod_table_row((enum pod_state)s, (enum pod_event)e);
			if (row->next == POD_FORGOTTEN) {
				assert_false(may_live >> s & 1);
				assert_true(s != POD_ORPHANED || e == POD_EV_TASKS_OVER);
			}
			if (row->actions & POD_DO_KILL) {
				assert_true(row->next == POD_FINISHING || row->next == POD_ENDING ||
					    row->next == POD_ORPHANED || row->next == POD_STATES);
			}
			if (row->actions & POD_DO_BIND) {
				assert_int_equal(s, POD_QUEUED);
			}
		}
	}
}

static char *printed(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	pod_table_print(out);
	fclose(out);
	return text;
}

static void the_printed_table_names_every_state_and_every_event(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = printed();
	for (int s = 0; s < POD_STATES; s++) {
		assert_non_null(strstr(text, pod_state_name((enum pod_state)s)));
	}
	for (int e = 0; e < POD_EVENTS; e++) {
		assert_non_null(strstr(text, pod_event_name((enum pod_event)e)));
	}
	assert_int_equal(strncmp(text, "| state | event |", 17), 0);
}

static void the_page_about_the_core_has_the_table_as_the_program_prints_it(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = printed();
	CLEANUP_FREE char *page = NULL;
	struct err e;
	size_t n;
	page = file_read(PAGE, PAGE_MAX, &n, &e);
	if (!page) {
		fail_msg("%s", e.text);
	}
	char *begin = strstr(page, TABLE_BEGINS);
	char *end = strstr(page, TABLE_ENDS);
	assert_true(begin && end);
	begin += strlen(TABLE_BEGINS);
	*end = '\0';
	assert_string_equal(begin, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_pair_but_those_of_forgotten_is_exactly_one_row),
	    cmocka_unit_test(each_row_says_why_and_one_that_stays_and_does_nothing_is_a_refusal),
	    cmocka_unit_test(every_state_can_be_reached_and_every_one_has_a_way_to_the_end),
	    cmocka_unit_test(a_pod_is_only_forgotten_when_nothing_of_it_can_live),
	    cmocka_unit_test(the_printed_table_names_every_state_and_every_event),
	    cmocka_unit_test(the_page_about_the_core_has_the_table_as_the_program_prints_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
