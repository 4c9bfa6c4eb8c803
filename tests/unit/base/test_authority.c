#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/authority.h"

static void a_machine_is_named_by_name_or_address_with_or_without_a_port(void **state)
{
	(void)state;
	const struct {
		const char *text, *host;
		uint16_t port;
	} rows[] = {
	    {"m1", "m1", 0},
	    {"m_1.example-x.org:5050", "m_1.example-x.org", 5050},
	    {"10.0.0.1:65535", "10.0.0.1", 65535},
	    {"[::1]", "::1", 0},
	    {"[fe80::1]:1", "fe80::1", 1},
	    {"[::ffff:10.0.0.1]:2181", "::ffff:10.0.0.1", 2181},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *host = NULL;
		uint16_t port = 1;
		assert_int_equal(authority_parse(rows[i].text, strlen(rows[i].text), &host, &port, NULL), 0);
		assert_string_equal(host, rows[i].host);
		assert_int_equal(port, rows[i].port);
		free(host);
	}
}

static void what_names_no_machine_is_refused_with_a_reason(void **state)
{
	(void)state;
	const struct {
		const char *text, *error;
	} rows[] = {
	    {"", "has no host"},
	    {":5050", "has no host"},
	    {"m1:", "port \"\" is not from 1 to 65535"},
	    {"m1:0", "port \"0\" is not from 1 to 65535"},
	    {"m1:65536", "port \"65536\" is not from 1 to 65535"},
	    {"m1:-1", "port \"-1\" is not from 1 to 65535"},
	    {"m1:000001", "port \"000001\" is not from 1 to 65535"},
	    {"m1:50x0", "port \"50x0\" is not from 1 to 65535"},
	    {"m1:5050:1", "has no valid host name"},
	    {"u@m1", "has no valid host name"},
	    {"m 1", "has no valid host name"},
	    {"::1", "has no valid host name"},
	    {"[::1", "has no valid IPv6 address in its brackets"},
	    {"[]:5050", "has no valid IPv6 address in its brackets"},
	    {"[::1]5050", "has no valid IPv6 address in its brackets"},
	    {"[::g]:5050", "has no valid IPv6 address in its brackets"},
	    {"[::1]:", "port \"\" is not from 1 to 65535"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *host = NULL;
		uint16_t port = 1;
		struct err e = {0};
		assert_int_equal(authority_parse(rows[i].text, strlen(rows[i].text), &host, &port, &e), -1);
		assert_string_equal(e.text, rows[i].error);
		assert_null(host);
		assert_int_equal(port, 1);
	}
}

static void no_more_than_the_given_bytes_are_read(void **state)
{
	(void)state;
	uint16_t port;
	assert_int_equal(authority_parse("m1:50/rest", 5, NULL, &port, NULL), 0);
	assert_int_equal(port, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_machine_is_named_by_name_or_address_with_or_without_a_port),
	    cmocka_unit_test(what_names_no_machine_is_refused_with_a_reason),
	    cmocka_unit_test(no_more_than_the_given_bytes_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
