#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_set.h"
#include "base/mem.h"

struct folder {
	char dir[64];
	char *a, *b, *link;
};

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	struct folder *d = xcalloc(1, sizeof(*d));
	snprintf(d->dir, sizeof(d->dir), "/tmp/test-file-set-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	d->a = xasprintf("%s/a", d->dir);
	d->b = xasprintf("%s/b", d->dir);
	d->link = xasprintf("%s/link", d->dir);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct folder *d = *state;
	char **const paths[] = {&d->a, &d->b, &d->link};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		unlink(*paths[i]);
		free(*paths[i]);
	}
	rmdir(d->dir);
	free(d);
	return 0;
}

static void expect_read(struct file_set *set, const char *path, const char *wanted)
{
	struct err e = {0};
	size_t n = 0;
	CLEANUP_FREE char *text = file_set_read(set, path, 100, &n, &e);
	assert_string_equal(text, wanted);
	assert_int_equal(n, strlen(wanted));
}

static void files_that_are_left_alone_have_not_changed(void **state)
{
	struct folder *d = *state;
	struct file_set set = {0};
	assert_false(file_set_changed(&set));
	put(d->a, "one");
	put(d->b, "two");
	expect_read(&set, d->a, "one");
	expect_read(&set, d->b, "two");
	assert_false(file_set_changed(&set));
	file_set_done(&set);
	assert_false(file_set_changed(&set));
	file_set_done(NULL);
}

static void a_file_that_is_written_replaced_or_gone_has_changed(void **state)
{
	struct folder *d = *state;
	for (int how = 0; how < 3; how++) {
		struct file_set set = {0};
		put(d->a, "one");
		put(d->b, "one");
		expect_read(&set, d->a, "one");
		assert_false(file_set_changed(&set));
		if (how == 0) {
			put(d->a, "longer");
		} else if (how == 1) {
			assert_int_equal(rename(d->b, d->a), 0);
		} else {
			unlink(d->a);
		}
		assert_true(file_set_changed(&set));
		file_set_done(&set);
	}
}

static void a_link_that_leads_elsewhere_is_a_change(void **state)
{
	struct folder *d = *state;
	struct file_set set = {0};
	put(d->a, "one");
	put(d->b, "one");
	assert_int_equal(symlink("a", d->link), 0);
	expect_read(&set, d->link, "one");
	assert_false(file_set_changed(&set));
	unlink(d->link);
	assert_int_equal(symlink("b", d->link), 0);
	assert_true(file_set_changed(&set));
	file_set_done(&set);
}

static void what_cannot_be_read_is_an_error_and_no_member(void **state)
{
	struct folder *d = *state;
	struct file_set set = {0};
	struct err e = {0};
	put(d->a, "too long");
	assert_null(file_set_read(&set, d->a, 3, NULL, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_null(file_set_read(&set, d->b, 3, NULL, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	unlink(d->a);
	assert_false(file_set_changed(&set));
	file_set_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(files_that_are_left_alone_have_not_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_file_that_is_written_replaced_or_gone_has_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_link_that_leads_elsewhere_is_a_change, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error_and_no_member, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
