/* docs/pod-fields.md is what the table of fields prints. With UPDATE_DOCS in the environment it is written anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "kube/pod_fields.h"
#include "tests/unit/kube/pod_fields_print.h"
#include "tests/unit/unit.h"

#define FILE_MAX ((size_t)4 << 20)
#define PAGE TEST_DATA "/../../docs/pod-fields.md"

static char *printed(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	assert_non_null(out);
	pod_fields_print(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void the_page_of_pod_fields_is_what_the_table_prints(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = printed();
	if (getenv("UPDATE_DOCS")) {
		FILE *page = fopen(PAGE, "w");
		assert_non_null(page);
		fputs(text, page);
		assert_int_equal(fclose(page), 0);
	}
	struct err e = {0};
	CLEANUP_FREE char *kept = file_read(PAGE, FILE_MAX, NULL, &e);
	if (!kept) {
		fail_msg("%s", e.text);
	}
	assert_string_equal(kept, text);
}

static void every_field_of_the_table_has_a_row(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = printed();
	for (size_t i = 0; pod_field_at(i); i++) {
		CLEANUP_FREE char *row = xasprintf("\n| `%s` | ", pod_field_at(i)->key);
		assert_non_null(strstr(text, row));
	}
	for (int scope = 0; scope < POD_SCOPES; scope++) {
		CLEANUP_FREE char *heading = xasprintf("\n## `%s`\n", pod_scope_path((enum pod_scope)scope));
		assert_non_null(strstr(text, heading));
	}
}

static void accepted_values_are_shown_one_by_one(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = printed();
	assert_non_null(strstr(text, "| `dnsPolicy` | only `ClusterFirst`, `Default`, `None` | "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_of_pod_fields_is_what_the_table_prints),
	    cmocka_unit_test(every_field_of_the_table_has_a_row),
	    cmocka_unit_test(accepted_values_are_shown_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
