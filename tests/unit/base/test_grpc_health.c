/* The health check of gRPC: bytes of the question, and of answers. */
#include "base/grpc_health.h"

#include <string.h>

#include "tests/unit/unit.h"

static void a_question_names_its_service_or_none(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf all = BUF_INIT(GRPC_SERVICE_MAX + 32), one = BUF_INIT(GRPC_SERVICE_MAX + 32);
	grpc_health_ask("", &all);
	assert_int_equal(all.len, 5);
	assert_memory_equal(all.data, "\0\0\0\0\0", 5);
	grpc_health_ask("db", &one);
	assert_int_equal(one.len, 9);
	assert_memory_equal(one.data, "\0\0\0\0\4\x0a\2db", 9);
	char name[301];
	memset(name, 'x', 300);
	name[300] = 0;
	CLEANUP_BUF struct buf wide = BUF_INIT(GRPC_SERVICE_MAX + 32);
	grpc_health_ask(name, &wide);
	assert_int_equal(wide.len, 5 + 3 + 300);
	assert_memory_equal(wide.data, "\0\0\0\1\x2f\x0a\xac\2", 8);
}

static void an_answer_says_its_status_among_fields_that_nobody_knows(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
		int64_t status;
	} rows[] = {
	    {"\0\0\0\0\2\x08\1", 7, 1},
	    {"\0\0\0\0\2\x08\2", 7, 2},
	    {"\0\0\0\0\0", 5, 0},
	    {"\0\0\0\0\7\x12\3abc\x08\1", 12, 1},
	    {"\0\0\0\0\x0e\x1d\1\2\3\4\x10\x80\1\x08\3\x1d\1\2\3\4", 20, -2},
	    {"\0\0\0\0\x0f\x1d\1\2\3\4\x10\x80\1\x08\3\x1d\1\2\3\4", 20, 3},
	    {"\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 16, -1},
	    {"\0\0\0\0\2\x08", 6, -2},
	    {"\0\0\0\0\1\x08", 6, -2},
	    {"\1\0\0\0\2\x08\1", 7, -2},
	    {"\0\0\0\0", 4, -2},
	    {"\0\0\0\0\3\x12\4a", 8, -2},
	    {"\0\0\0\0\2\x0b\1", 7, -2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t status = -2;
		struct err e = {0};
		int rc = grpc_health_read(rows[i].bytes, rows[i].n, &status, &e);
		if (status != rows[i].status || (rc < 0) != (status == -2)) {
			fail_msg("row %zu: %d, %lld, %s", i, rc, (long long)status, e.text);
		}
	}
}

static void only_serving_is_good(void **state)
{
	(void)state;
	for (int64_t status = -1; status < 9; status++) {
		assert_int_equal(grpc_health_good(status), status == 1);
	}
	assert_string_equal(grpc_health_name(2), "NOT_SERVING");
	assert_string_equal(grpc_health_name(-1), "UNKNOWN");
	assert_string_equal(grpc_health_name(9), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_question_names_its_service_or_none),
	    cmocka_unit_test(an_answer_says_its_status_among_fields_that_nobody_knows),
	    cmocka_unit_test(only_serving_is_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
