#include <stdlib.h>

#include "mesos/master_url.h"
#include "mesos/zk_url.h"
#include "tests/unit/mesos/data.h"

static void credentials_servers_and_path_are_taken_apart_as_mesos_does(void **state)
{
	(void)state;
	struct zk_url url;
	assert_int_equal(zk_url_parse("zk://z1:2181/mesos", &url, NULL), 0);
	assert_null(url.credentials);
	assert_int_equal(url.n_servers, 1);
	assert_string_equal(url.servers[0].host, "z1");
	assert_int_equal(url.servers[0].port, 2181);
	assert_string_equal(url.path, "/mesos");
	zk_url_done(&url);
	assert_int_equal(
	    zk_url_parse("zk://me:p@ss,w:ord@10.0.0.1:1,[::1]:65535,z.example.org:2/prod/mesos-1", &url, NULL), 0);
	assert_string_equal(url.credentials, "me:p@ss,w:ord");
	assert_int_equal(url.n_servers, 3);
	assert_string_equal(url.servers[0].host, "10.0.0.1");
	assert_string_equal(url.servers[1].host, "::1");
	assert_int_equal(url.servers[1].port, 65535);
	assert_string_equal(url.servers[2].host, "z.example.org");
	assert_string_equal(url.path, "/prod/mesos-1");
	zk_url_done(&url);
	zk_url_done(NULL);
}

static void what_is_wrong_is_said_without_the_password(void **state)
{
	(void)state;
#define PART "has an empty part, \".\" or \"..\" in its path "
#define CHARACTERS "has white space, control characters or one of , ? # in its path"
#define SLASH "has an \"@\" after its first \"/\"; user and password cannot have a \"/\""
	static const struct {
		const char *text, *error;
	} table[] = {
	    {"", "does not begin with zk://"},
	    {"http://z1:2181/mesos", "does not begin with zk://"},
	    {"ZK://z1:2181/mesos", "does not begin with zk://"},
	    {"zk://", "server \"\": has no host"},
	    {"zk:///mesos", "server \"\": has no host"},
	    {"zk://z1/mesos", "server \"z1\" has no port"},
	    {"zk://z1:2181,z2/mesos", "server \"z2\" has no port"},
	    {"zk://z1:2181,/mesos", "server \"\": has no host"},
	    {"zk://z1:0/mesos", "server \"z1:0\": port \"0\" is not from 1 to 65535"},
	    {"zk://z1:2181 z2:2181/mesos", "server \"z1:2181 z2:2181\": has no valid host name"},
	    {"zk://me:geheim@/mesos", "server \"\": has no host"},
	    {"zk://me:geheim@z1/mesos", "server \"z1\" has no port"},
	    {"zk://geheim@z1:2181/mesos", "must have user:password before its \"@\""},
	    {"zk://:geheim@z1:2181/mesos", "must have user:password before its \"@\""},
	    {"zk://me:@z1:2181/mesos", "must have user:password before its \"@\""},
	    {"zk://@z1:2181/mesos", "must have user:password before its \"@\""},
	    {"zk://z1:2181", "must end with the path that masters announce themselves at, like /mesos"},
	    {"zk://z1:2181/", "must end with the path that masters announce themselves at, like /mesos"},
	    {"zk://z1:2181/mesos/", PART "\"/mesos/\""},
	    {"zk://z1:2181//mesos", PART "\"//mesos\""},
	    {"zk://z1:2181/a/../mesos", PART "\"/a/../mesos\""},
	    {"zk://z1:2181/.", PART "\"/.\""},
	    {"zk://z1:2181/me sos", CHARACTERS},
	    {"zk://z1:2181/mesos,http://m1:5050", PART "\"/mesos,http://m1:5050\""},
	    {"zk://z1:2181/mesos,z2:2181", CHARACTERS},
	    {"zk://me:ge/heim@z1:2181/mesos", SLASH},
	    {"zk://z1:2181/mesos@", SLASH},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct zk_url url;
		struct err e = {0};
		assert_int_equal(zk_url_parse(table[i].text, &url, &e), -1);
		assert_string_equal(e.text, table[i].error);
		assert_null(strstr(e.text, "geheim"));
	}
}

static void too_many_servers_and_too_long_a_text_are_over_the_limit(void **state)
{
	(void)state;
	char text[MASTER_URL_MAX + 2];
	struct zk_url url;
	struct err e = {0};
	size_t n = (size_t)snprintf(text, sizeof(text), "zk://z:1");
	for (size_t i = 1; i < ZK_SERVERS_MAX; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",z:1");
	}
	snprintf(text + n, sizeof(text) - n, "/mesos");
	assert_int_equal(zk_url_parse(text, &url, &e), 0);
	zk_url_done(&url);
	snprintf(text + n, sizeof(text) - n, ",z:1/mesos");
	assert_int_equal(zk_url_parse(text, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "zk://z:1/", 9);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(zk_url_parse(text, &url, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	text[MASTER_URL_MAX] = '\0';
	assert_int_equal(zk_url_parse(text, &url, &e), 0);
	zk_url_done(&url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(credentials_servers_and_path_are_taken_apart_as_mesos_does),
	    cmocka_unit_test(what_is_wrong_is_said_without_the_password),
	    cmocka_unit_test(too_many_servers_and_too_long_a_text_are_over_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
