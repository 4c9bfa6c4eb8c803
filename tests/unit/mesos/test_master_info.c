#include <stdlib.h>

#include "mesos/master_info.h"
#include "tests/unit/mesos/data.h"

/* As Mesos 1.12 writes it. */
#define WHOLE                                                                                                          \
	"{\"address\":{\"hostname\":\"m1.example.org\",\"ip\":\"10.0.0.1\",\"port\":5050},\"capabilities\":[{"         \
	"\"type\":"                                                                                                    \
	"\"AGENT_UPDATE\"}],\"hostname\":\"m1.example.org\",\"id\":\"6c4bbd3c-7f0b\",\"ip\":16777226,\"pid\":"         \
	"\"master@10.0.0.1:5050\",\"port\":5050,\"version\":\"1.12.0\"}"
#define NAME "json.info_0000000003"

static void the_lowest_number_leads_and_other_names_do_not_count(void **state)
{
	(void)state;
	static const struct {
		const char *names[4];
		const char *leader;
	} table[] = {
	    {{NULL}, NULL},
	    {{"log_replicas", "info", "json.info_", "_"}, NULL},
	    {{"json.info_0000000010", "json.info_0000000009", "log_replicas"}, "json.info_0000000009"},
	    {{"json.info_0000000004", "info_0000000002"}, "info_0000000002"},
	    {{"json.info_0000000001", "0000000000"}, "0000000000"},
	    {{"json.info_2147483647", "json.info_-2147483648"}, "json.info_-2147483648"},
	    {{"json.info_2147483648", "json.info_00000000001", "json.info_1x", "json.info_--1"}, NULL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = 0;
		while (n < 4 && table[i].names[n]) {
			n++;
		}
		const char *leader = master_info_leader(table[i].names, n);
		if (table[i].leader) {
			assert_non_null(leader);
			assert_string_equal(leader, table[i].leader);
		} else {
			assert_null(leader);
		}
	}
}

static void the_url_is_made_of_the_address_or_with_tls_of_the_name(void **state)
{
	(void)state;
	static const struct {
		const char *data;
		bool tls;
		const char *url;
	} table[] = {
	    {WHOLE, false, "http://10.0.0.1:5050"},
	    {WHOLE, true, "https://m1.example.org:5050"},
	    {"{\"address\":{\"hostname\":\"m1\",\"port\":\"5050\"}}", false, "http://m1:5050"},
	    {"{\"address\":{\"hostname\":\"\",\"ip\":\"::1\",\"port\":1.0}}", true, "https://[::1]:1"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *url = NULL;
		struct err e = {0};
		if (master_info_url(NAME, table[i].data, strlen(table[i].data), table[i].tls, &url, &e) != 0) {
			fail_msg("%s: %s", table[i].data, e.text);
		}
		assert_string_equal(url, table[i].url);
		free(url);
	}
}

static void data_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data, *error;
	} table[] = {
	    {"info_0000000003", WHOLE, "announces itself in another form than json.info_…, as Mesos before 0.24 did"},
	    {"0000000003", WHOLE, "announces itself in another form than json.info_…, as Mesos before 0.24 did"},
	    {NAME, "", "has no JSON: JSON line 1 column 0: unexpected token near end of file"},
	    {NAME, "[]", "has no address with hostname or ip, and port"},
	    {NAME, "{\"ip\":16777226,\"port\":5050}", "has no address with hostname or ip, and port"},
	    {NAME, "{\"address\":{\"ip\":\"10.0.0.1\"}}", "has no address with hostname or ip, and port"},
	    {NAME, "{\"address\":{\"ip\":\"10.0.0.1\",\"port\":0}}",
	     "address \"10.0.0.1:0\": port \"0\" is not from 1 to 65535"},
	    {NAME, "{\"address\":{\"ip\":\"10.0.0.1\",\"port\":65536}}",
	     "address \"10.0.0.1:65536\": port \"65536\" is not from 1 to 65535"},
	    {NAME, "{\"address\":{\"ip\":\"u:p@evil/\",\"port\":1}}",
	     "address \"[u:p@evil/]:1\": has no valid IPv6 address in its brackets"},
	    {NAME, "{\"address\":{\"hostname\":\"a/b?c\",\"port\":1}}", "address \"a/b?c:1\": has no valid host name"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *url = NULL;
		struct err e = {0};
		assert_int_equal(master_info_url(table[i].name, table[i].data, strlen(table[i].data), false, &url, &e),
				 -1);
		assert_string_equal(e.text, table[i].error);
		assert_null(url);
	}
}

static void data_and_addresses_have_a_limit(void **state)
{
	(void)state;
	static char data[MASTER_INFO_MAX + 1];
	char *url = NULL;
	struct err e = {0};
	memset(data, ' ', sizeof(data));
	memcpy(data, WHOLE, strlen(WHOLE));
	assert_int_equal(master_info_url(NAME, data, MASTER_INFO_MAX, false, &url, &e), 0);
	free(url);
	assert_int_equal(master_info_url(NAME, data, sizeof(data), false, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	char host[MASTER_HOST_MAX + 2] = "";
	memset(host, 'h', MASTER_HOST_MAX + 1);
	CLEANUP_FREE char *text = xasprintf("{\"address\":{\"hostname\":\"%s\",\"port\":1}}", host);
	assert_int_equal(master_info_url(NAME, text, strlen(text), false, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_lowest_number_leads_and_other_names_do_not_count),
	    cmocka_unit_test(the_url_is_made_of_the_address_or_with_tls_of_the_name),
	    cmocka_unit_test(data_that_cannot_be_read_is_named),
	    cmocka_unit_test(data_and_addresses_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
