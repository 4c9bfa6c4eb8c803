/* The master's list of agents, cut out of its text as it comes. */
#include "mesos/agent_list.h"
#include "tests/unit/mesos/data.h"

#define HEAD "{\"type\":\"GET_AGENTS\",\"get_agents\":{\"agents\":["
#define TAIL "],\"recovered_agents\":[{\"hostname\":\"h\",\"id\":{\"value\":\"S9\"}}]}}"

static int read_in(struct agent_list *list, const char *text, size_t piece, struct err *e)
{
	size_t n = strlen(text);
	agent_list_init(list);
	for (size_t at = 0; at < n; at += piece) {
		if (agent_list_feed(list, text + at, n - at < piece ? n - at : piece, e) < 0) {
			return -1;
		}
	}
	return agent_list_end(list, e);
}

static void every_split_of_a_recorded_answer_gives_its_agents(void **state)
{
	(void)state;
	size_t n;
	CLEANUP_FREE char *text = read_data("09-rescind/28-get-agents-drained.json", &n);
	for (size_t piece = 1; piece <= n; piece += piece < 40 ? 1 : 97) {
		struct agent_list list;
		struct err e = {0};
		assert_int_equal(read_in(&list, text, piece, &e), 0);
		assert_int_equal(list.n, 2);
		assert_string_equal(list.agents[0]->id, "68477208-2670-41f4-9de8-eb830546914a-S1");
		assert_int_equal(mesos_resources_available(&list.agents[0]->total, "cpus", NULL), 8000);
		assert_int_equal(mesos_resources_available(&list.agents[0]->total, "mem", NULL), 8192000);
		assert_false(list.agents[0]->deactivated);
		assert_false(list.agents[0]->draining);
		assert_string_equal(list.agents[0]->ip, "127.0.0.1");
		assert_int_equal(list.agents[0]->port, 5052);
		assert_string_equal(list.agents[1]->id, "68477208-2670-41f4-9de8-eb830546914a-S0");
		assert_true(list.agents[1]->deactivated);
		assert_true(list.agents[1]->draining);
		agent_list_done(&list);
	}
}

static void a_deactivated_agent_is_not_a_draining_one_and_reserved_resources_count(void **state)
{
	(void)state;
	struct agent_list list;
	struct err e = {0};
	const char *text =
	    HEAD "{\"agent_info\":{\"hostname\":\"a\\\"}]{[\",\"id\":{\"value\":\"S1\"}},\"deactivated\":true,"
		 "\"total_resources\":[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":3},\"role\":\"*\"},"
		 "{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1.5},\"role\":\"web\"}]}" TAIL;
	assert_int_equal(read_in(&list, text, 7, &e), 0);
	assert_int_equal(list.n, 1);
	assert_true(list.agents[0]->deactivated);
	assert_false(list.agents[0]->draining);
	assert_int_equal(mesos_resources_available(&list.agents[0]->total, "cpus", NULL), 4500);
	agent_list_done(&list);
}

static void where_an_agent_is_its_pid_tells_or_nobody_knows(void **state)
{
	(void)state;
	static const struct {
		const char *pid, *ip;
		int port;
	} table[] = {{"slave(1)@10.0.0.7:5051", "10.0.0.7", 5051},
		     {"slave(1)@[fd00::1]:65535", "fd00::1", 65535},
		     {"slave(1)@10.0.0.7", NULL, 0},
		     {"slave(1)@:5051", NULL, 0},
		     {"slave(1)@10.0.0.7:65536", NULL, 0},
		     {"slave(1)@10.0.0.7:50x", NULL, 0},
		     {"10.0.0.7:5051", NULL, 0},
		     {"", NULL, 0}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct agent_list list;
		struct err e = {0};
		CLEANUP_FREE char *text = xasprintf(
		    HEAD "{\"agent_info\":{\"id\":{\"value\":\"S1\"}},\"pid\":\"%s\",\"total_resources\":[]}" TAIL,
		    table[i].pid);
		assert_int_equal(read_in(&list, text, 7, &e), 0);
		assert_int_equal(list.agents[0]->port, table[i].port);
		if (table[i].ip) {
			assert_string_equal(list.agents[0]->ip, table[i].ip);
		} else {
			assert_null(list.agents[0]->ip);
		}
		agent_list_done(&list);
	}
}

static void what_is_no_list_says_so(void **state)
{
	(void)state;
	static const struct {
		const char *text, *sentence;
	} table[] = {
	    {"", "the list of agents is not whole"},
	    {HEAD, "the list of agents is not whole"},
	    {"{}x", "something follows the list of agents"},
	    {"}", "something follows the list of agents"},
	    {HEAD "{\"agent_info\" 1}" TAIL, "agent 0 of the list: "},
	    {HEAD "{\"agent_info\":{\"id\":{\"value\":\"S1\"}},\"total_resources\":[{\"name\":\"cpus\",\"type\":"
		  "\"SCALAR\",\"scalar\":{\"value\":-1}}]}" TAIL,
	     "agent S1: resource cpus: negative amount -1"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct agent_list list;
		struct err e = {0};
		assert_int_equal(read_in(&list, table[i].text, 3, &e), -1);
		if (strncmp(e.text, table[i].sentence, strlen(table[i].sentence)) != 0) {
			fail_msg("%s: %s", table[i].text, e.text);
		}
		agent_list_done(&list);
	}
}

static void an_agent_over_the_limit_ends_the_reading(void **state)
{
	(void)state;
	struct agent_list list;
	struct err e = {0};
	CLEANUP_FREE char *long_text = xmalloc(AGENT_LIST_ONE_MAX + 1);
	memset(long_text, 'x', AGENT_LIST_ONE_MAX);
	long_text[AGENT_LIST_ONE_MAX] = '\0';
	agent_list_init(&list);
	assert_int_equal(agent_list_feed(&list, HEAD "{\"a\":\"", strlen(HEAD "{\"a\":\""), &e), 0);
	assert_int_equal(agent_list_feed(&list, long_text, AGENT_LIST_ONE_MAX, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	agent_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_split_of_a_recorded_answer_gives_its_agents),
	    cmocka_unit_test(a_deactivated_agent_is_not_a_draining_one_and_reserved_resources_count),
	    cmocka_unit_test(where_an_agent_is_its_pid_tells_or_nobody_knows),
	    cmocka_unit_test(what_is_no_list_says_so),
	    cmocka_unit_test(an_agent_over_the_limit_ends_the_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
