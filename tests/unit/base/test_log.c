#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"

static int saved_stderr, reading_end;

static int setup(void **state)
{
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reading_end = ends[0];
	return 0;
}

/* What was logged since setup; stderr is itself again. */
static char *logged(void)
{
	struct buf b = BUF_INIT(1 << 20);
	char chunk[4096];
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	for (ssize_t n; (n = read(reading_end, chunk, sizeof(chunk))) > 0;) {
		buf_append(&b, chunk, (size_t)n);
	}
	close(reading_end);
	log_setup(LOG_INFO, LOG_FORMAT_TEXT);
	return buf_steal(&b, NULL);
}

static void a_fact_is_one_line_of_sentence_and_pairs(void **state)
{
	(void)state;
	log_info("pod bound", "pod", "default/web-1", "node", "agent 2", "n", NUMSTR(-7), "none", NULL, "empty", "",
		 NULL);
	CLEANUP_FREE char *text = logged();
	assert_int_equal(strcspn(text, " "), strlen("2026-11-22T10:17:45.123000Z"));
	assert_string_equal(strchr(text, ' '), " info  pod bound pod=default/web-1 node=\"agent 2\" n=-7 empty=\"\"\n");
}

static void whatever_a_peer_sent_a_line_stays_one_line(void **state)
{
	(void)state;
	log_warn("odd", "a", "x\ny", "b", "\"q\\\"", "c", "\x01\x7f", "d", "e=f", NULL);
	CLEANUP_FREE char *text = logged();
	assert_string_equal(strstr(text, "odd"),
			    "odd a=\"x\\ny\" b=\"\\\"q\\\\\\\"\" c=\"\\u0001\\u007f\" d=\"e=f\"\n");
}

static void lines_below_the_least_level_are_left_out(void **state)
{
	(void)state;
	log_debug("one", NULL);
	log_setup(LOG_WARN, LOG_FORMAT_TEXT);
	log_info("two", NULL);
	log_error("three", NULL);
	CLEANUP_FREE char *text = logged();
	assert_null(strstr(text, "one"));
	assert_null(strstr(text, "two"));
	assert_non_null(strstr(text, " error three\n"));
}

static void json_lines_are_json(void **state)
{
	struct err e;
	(void)state;
	log_setup(LOG_DEBUG, LOG_FORMAT_JSON);
	log_debug("a \"b\"", "key", "line\nbreak \x02 \\", NULL);
	CLEANUP_FREE char *text = logged();
	CLEANUP_JSON json_t *o = js_parse(text, strlen(text), &e);
	assert_non_null(o);
	assert_string_equal(js_str(o, "msg"), "a \"b\"");
	assert_string_equal(js_str(o, "level"), "debug");
	assert_string_equal(js_str(o, "key"), "line\nbreak \x02 \\");
}

static void long_values_are_cut(void **state)
{
	(void)state;
	char value[5000];
	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_info("long", "v", value, NULL);
	CLEANUP_FREE char *text = logged();
	const char *v = strstr(text, "v=\"");
	assert_non_null(v);
	assert_int_equal(strspn(v + 3, "x"), 1024);
	assert_string_equal(v + 3 + 1024, "\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_fact_is_one_line_of_sentence_and_pairs, setup),
	    cmocka_unit_test_setup(whatever_a_peer_sent_a_line_stays_one_line, setup),
	    cmocka_unit_test_setup(lines_below_the_least_level_are_left_out, setup),
	    cmocka_unit_test_setup(json_lines_are_json, setup),
	    cmocka_unit_test_setup(long_values_are_cut, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
