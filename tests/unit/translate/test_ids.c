#include "tests/unit/unit.h"

#include <string.h>

#include "translate/ids.h"

#define UID_TEXT "7f8fbdad-b9b3-4732-a292-bec1e8c03153"

static void what_is_made_parses_back(void **state)
{
	(void)state;
	static const struct {
		const char *container;
		int run;
	} rows[] = {{"app", 0}, {"a-1", 7}, {"x", 2147483647}, {TASK_PAUSE_NAME, 0}, {TASK_PAUSE_NAME, 3}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[TASK_ID_MAX];
		struct task_id id;
		assert_int_equal(task_id_parse(task_id_make(UID_TEXT, rows[i].container, rows[i].run, text), &id), 0);
		assert_string_equal(id.uid, UID_TEXT);
		assert_string_equal(id.container, rows[i].container);
		assert_int_equal(id.run, rows[i].run);
		assert_int_equal(id.pause, !strcmp(rows[i].container, TASK_PAUSE_NAME));
	}
	char text[TASK_ID_MAX];
	assert_string_equal(task_id_make(UID_TEXT, "app", 2, text), UID_TEXT ".app.2");
}

static void the_longest_names_fit(void **state)
{
	(void)state;
	char uid[65], container[64], text[TASK_ID_MAX];
	memset(uid, 'u', sizeof(uid) - 1);
	memset(container, 'c', sizeof(container) - 1);
	uid[64] = container[63] = '\0';
	struct task_id id;
	assert_int_equal(strlen(task_id_make(uid, container, 2147483647, text)), 64 + 1 + 63 + 1 + 10);
	assert_int_equal(task_id_parse(text, &id), 0);
	assert_string_equal(id.container, container);
}

static void what_others_made_is_not_ours(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",
	    ".",
	    "..",
	    "u",
	    "u.app",
	    "u.app.",
	    ".app.0",
	    "u..0",
	    "u.app.0.1",
	    "u.app.x",
	    "u.app.-1",
	    "u.app.+1",
	    "u.app.01",
	    "u.app.1 ",
	    "u.app.2147483648",
	    "u.App.0",
	    "u.-a.0",
	    "u.a-.0",
	    "u._other.0",
	    "u/x.app.0",
	    "u .app.0",
	    "instance-1.42",
	    "u._pause",
	    "u.a_b.0",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct task_id id = {.run = -7};
		if (task_id_parse(texts[i], &id) != -1 || id.run != -7) {
			fail_msg("\"%s\" was taken", texts[i]);
		}
	}
	struct task_id id;
	char text[TASK_ID_MAX + 10];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(task_id_parse(text, &id), -1);
	memcpy(text + 70, ".", 1);
	assert_int_equal(task_id_parse(text, &id), -1);
	assert_int_equal(task_id_parse(NULL, &id), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_made_parses_back),
	    cmocka_unit_test(the_longest_names_fit),
	    cmocka_unit_test(what_others_made_is_not_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
