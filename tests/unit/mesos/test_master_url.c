#include "mesos/master_url.h"
#include "tests/unit/mesos/data.h"

static void configured_masters_get_the_path_of_the_api(void **state)
{
	(void)state;
	static const struct {
		const char *text, *url, *error;
	} table[] = {
	    {"http://h:5050", "http://h:5050/api/v1/scheduler", NULL},
	    {"https://h:5050///", "https://h:5050/api/v1/scheduler", NULL},
	    {"HTTP://[::1]:5050", "HTTP://[::1]:5050/api/v1/scheduler", NULL},
	    {"http://proxy/mesos/", "http://proxy/mesos/api/v1/scheduler", NULL},
	    {"h:5050", NULL, "master \"h:5050\" starts with neither http:// nor https://"},
	    {"zk://a/mesos", NULL, "master \"zk://a/mesos\" starts with neither http:// nor https://"},
	    {"", NULL, "master \"\" starts with neither http:// nor https://"},
	    {"http://", NULL, "master \"http://\" is not a URL"},
	    {"http:///x", NULL, "master \"http:///x\" is not a URL"},
	    {"http://h x", NULL, "master \"http://h x\" is not a URL"},
	    {"http://h\r\nX: y", NULL, "master \"http://h\r\nX: y\" is not a URL"},
	    {"http://u:p@h", NULL, "master \"http://u:p@h\" must not have a query, fragment or credentials"},
	    {"http://h?x", NULL, "master \"http://h?x\" must not have a query, fragment or credentials"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *url = NULL;
		struct err e = {0};
		assert_int_equal(master_url_of_config(table[i].text, &url, &e), table[i].url ? 0 : -1);
		if (table[i].url) {
			assert_string_equal(url, table[i].url);
			free(url);
		} else {
			assert_null(url);
			assert_string_equal(e.text, table[i].error);
		}
	}
}

static void redirects_lead_where_they_say_but_never_out_of_tls(void **state)
{
	(void)state;
	static const struct {
		const char *from, *location, *url, *error;
	} table[] = {
	    {"http://a:1/api/v1/scheduler", "//mesos-master:5050/master/api/v1/scheduler",
	     "http://mesos-master:5050/master/api/v1/scheduler", NULL},
	    {"https://a:1/api/v1/scheduler", "//b:2/x", "https://b:2/x", NULL},
	    {"http://a:1/api/v1/scheduler", "//b:2", "http://b:2/api/v1/scheduler", NULL},
	    {"http://a:1/api/v1/scheduler", "/x/y", "http://a:1/x/y", NULL},
	    {"http://a:1/api/v1/scheduler", "https://b/x", "https://b/x", NULL},
	    {"http://a:1/api/v1/scheduler", "http://b", "http://b/api/v1/scheduler", NULL},
	    {"https://a:1/api/v1/scheduler", "http://b/x", NULL, "redirect to \"http://b/x\" would leave TLS"},
	    {"http://a:1/api/v1/scheduler", "ftp://b/x", NULL,
	     "redirect to \"ftp://b/x\" starts with neither http:// nor https://"},
	    {"http://a:1/api/v1/scheduler", "b/x", NULL,
	     "redirect to \"b/x\" starts with neither http:// nor https://"},
	    {"http://a:1/api/v1/scheduler", "", NULL, "redirect to \"\" starts with neither http:// nor https://"},
	    {"http://a:1/api/v1/scheduler", "//", NULL, "redirect to \"http://\" is not a URL"},
	    {"http://a:1/api/v1/scheduler", "///x", NULL, "redirect to \"http:///x\" is not a URL"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *url = NULL;
		struct err e = {0};
		assert_int_equal(master_url_of_redirect(table[i].from, table[i].location, &url, &e),
				 table[i].url ? 0 : -1);
		if (table[i].url) {
			assert_string_equal(url, table[i].url);
			free(url);
		} else {
			assert_null(url);
			assert_string_equal(e.text, table[i].error);
		}
	}
}

static void a_url_longer_than_the_limit_is_refused(void **state)
{
	(void)state;
	char text[MASTER_URL_MAX + 2];
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "http://", 7);
	text[MASTER_URL_MAX + 1] = '\0';
	char *url = NULL;
	struct err e = {0};
	assert_int_equal(master_url_of_config(text, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(master_url_of_redirect("http://a/", text, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(configured_masters_get_the_path_of_the_api),
	    cmocka_unit_test(redirects_lead_where_they_say_but_never_out_of_tls),
	    cmocka_unit_test(a_url_longer_than_the_limit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
