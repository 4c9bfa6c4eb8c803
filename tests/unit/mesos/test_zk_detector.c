/* How the leader is found in ZooKeeper, and what becomes of a ZooKeeper that misbehaves. */
#include "tests/unit/mesos/scripted_zk.h"

#include "mesos/master_info.h"

#define ADDRESS(ip) "{\"address\":{\"hostname\":\"localhost\",\"ip\":\"" ip "\",\"port\":5050}}"

static const struct zk_node first = {"json.info_0000000003", ADDRESS("10.0.0.1"), 0};
static const struct zk_node second = {"json.info_0000000005", ADDRESS("10.0.0.2"), 0};
static const struct zk_node replicas = {"log_replicas", "", 0};
static const struct zk_node broken = {"json.info_0000000003", "{", 0};

static void the_lowest_node_leads_and_the_next_when_it_goes(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	story.nodes[0] = second;
	story.nodes[1] = replicas;
	story.nodes[2] = first;
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader:");
	story.nodes[2] = (struct zk_node){0};
	zk_announce(&story, ZK_DELETED, GROUP "/json.info_0000000003");
	zk_announce(&story, ZK_CHILD, GROUP);
	zk_run_until(&story, "10.0.0.2");
	zk_assert_story(&story, "leader: http://10.0.0.1:5050\nleader: http://10.0.0.2:5050\n");
	assert_int_equal(story.connections, 1);
	zk_end(&story);
}

static void with_tls_the_leader_is_called_by_its_name(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", true);
	story.nodes[0] = first;
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader:");
	zk_assert_story(&story, "leader: https://localhost:5050\n");
	zk_end(&story);
}

static void a_master_that_was_started_anew_is_told_again_and_nothing_else_is(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	story.nodes[0] = first;
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader:");
	story.nodes[1] = second; /* one more that waits */
	zk_announce(&story, ZK_CHILD, GROUP);
	while (story.looks < 2) {
		uv_run(&story.loop, UV_RUN_ONCE);
	}
	story.nodes[0] = (struct zk_node){"json.info_0000000004", first.data, 0};
	zk_announce(&story, ZK_CHILD, GROUP);
	zk_run_until(&story, "5050\nleader:");
	zk_assert_story(&story, "leader: http://10.0.0.1:5050\nleader: http://10.0.0.1:5050\n");
	zk_end(&story);
}

static void no_leader_yet_is_told_once_until_there_is_one(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	story.no_group = true;
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader: none");
	story.no_group = false;
	story.nodes[0] = replicas;
	zk_announce(&story, ZK_CREATED, GROUP);
	while (story.looks < 2) {
		uv_run(&story.loop, UV_RUN_ONCE);
	}
	story.nodes[1] = first;
	zk_announce(&story, ZK_CHILD, GROUP);
	zk_run_until(&story, "10.0.0.1");
	story.nodes[1] = (struct zk_node){0};
	zk_announce(&story, ZK_CHILD, GROUP);
	zk_run_until(&story, "5050\nleader: none");
	zk_assert_story(&story, "leader: none\nleader: http://10.0.0.1:5050\nleader: none\n");
	zk_end(&story);
}

static void a_leader_that_cannot_be_read_is_complained_of_once_and_nobody_takes_its_place(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	story.nodes[0] = broken;
	story.nodes[1] = second;
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader: none");
	assert_string_equal(story.last.text,
			    "ZooKeeper: the leader's node /prod/mesos/json.info_0000000003: has no JSON: "
			    "JSON line 1 column 1: string or '}' expected near end of file");
	zk_announce(&story, ZK_CHILD, GROUP);
	while (story.reads < 2) {
		uv_run(&story.loop, UV_RUN_ONCE);
	}
	story.nodes[0].data = first.data;
	zk_announce(&story, ZK_CHANGED, GROUP "/json.info_0000000003");
	zk_run_until(&story, "10.0.0.1");
	zk_assert_story(&story, "trouble 1: invalid\nleader: none\nleader: http://10.0.0.1:5050\n");
	zk_end(&story);
}

static void data_over_the_limit_is_not_read(void **state)
{
	(void)state;
	static char data[MASTER_INFO_MAX + 1];
	struct zk_story story;
	memset(data, ' ', sizeof(data));
	memcpy(data, first.data, strlen(first.data));
	zk_begin(&story, ZK_WELL, "", false);
	story.nodes[0] = (struct zk_node){first.name, data, sizeof(data)};
	zk_detector_start(story.detector);
	zk_run_until(&story, "leader: none");
	zk_assert_story(&story, "trouble 1: limit\nleader: none\n");
	zk_end(&story);
}

static void a_lost_connection_loses_no_leader(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_HANGS_UP_LATER, "", false);
	story.nodes[0] = first;
	zk_detector_start(story.detector);
	zk_run_until(&story, "trouble 3");
	zk_assert_story(&story, "leader: http://10.0.0.1:5050\ntrouble 1: io\ntrouble 2: io\ntrouble 3: io\n");
	assert_non_null(strstr(story.last.text, "the server closed the connection"));
	story.fault = ZK_WELL;
	story.nodes[0] = second;
	zk_run_until(&story, "10.0.0.2");
	zk_end(&story);
}

static void the_credentials_come_first_and_a_refusal_does_not_repeat_them(void **state)
{
	(void)state;
	static const enum zk_fault refusals[] = {ZK_NO_AUTH, ZK_DENIES};
	for (size_t i = 0; i < 2; i++) {
		struct zk_story story;
		zk_begin(&story, refusals[i], "me:geheim@", false);
		story.nodes[0] = first;
		zk_detector_start(story.detector);
		zk_run_until(&story, "trouble 2");
		zk_assert_story(&story, "trouble 1: denied\ntrouble 2: denied\n");
		assert_string_equal(story.credentials, "me:geheim");
		assert_null(strstr(story.last.text, "geheim"));
		story.fault = ZK_WELL;
		zk_run_until(&story, "leader: http://10.0.0.1:5050");
		zk_end(&story);
	}
}

/* The pauses: 8 ms, doubled to 64, at least half of each is waited. */
#define ROUNDS 7
#define AT_LEAST_MS (4 + 8 + 16 + 32 + 32 + 32)

static void a_server_that_fails_is_tried_again_with_growing_pauses_and_never_in_a_circle(void **state)
{
	(void)state;
	static const struct {
		enum zk_fault fault;
		const char *code, *text;
	} table[] = {
	    {ZK_HANGS_UP, "io", "connection loss"},
	    {ZK_BANNER, "protocol", "this is no ZooKeeper"},
	    {ZK_SILENT, "timeout", "operation timeout"},
	    {ZK_WELCOMES, "io", "connection loss"},
	    {ZK_DENIES, "denied", "cannot read /prod/mesos: not authenticated"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct zk_story story;
		zk_begin(&story, table[i].fault, "", false);
		story.nodes[0] = first;
		uint64_t begun = uv_hrtime();
		CLEANUP_FREE char *line = xasprintf("trouble %d: %s", ROUNDS, table[i].code);
		zk_detector_start(story.detector);
		zk_run_until(&story, line);
		assert_non_null(strstr(story.last.text, table[i].text));
		assert_true(story.connections <= ROUNDS);
		assert_true(uv_hrtime() - begun >= (uint64_t)AT_LEAST_MS * 1000000);
		zk_end(&story);
	}
}

static void nobody_at_home_is_named(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	uv_close((uv_handle_t *)&story.listener, NULL);
	uv_run(&story.loop, UV_RUN_NOWAIT);
	uv_tcp_init(&story.loop, &story.listener);
	uint64_t begun = uv_hrtime();
	zk_detector_start(story.detector);
	zk_run_until(&story, "trouble 7: io");
	assert_true(uv_hrtime() - begun >= (uint64_t)AT_LEAST_MS * 1000000);
	CLEANUP_FREE char *text = xasprintf("ZooKeeper 127.0.0.1:%d: connection loss: Connection refused", story.port);
	assert_string_equal(story.last.text, text);
	zk_end(&story);
}

static void a_group_in_turmoil_is_read_with_pauses(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_TURMOIL, "", false);
	story.nodes[0] = first;
	uint64_t begun = uv_hrtime();
	zk_detector_start(story.detector);
	while (story.looks < 4) {
		uv_run(&story.loop, UV_RUN_ONCE);
	}
	assert_true(uv_hrtime() - begun >= (uint64_t)3 * ZK_DETECTOR_PAUSE_MS * 1000000);
	zk_assert_story(&story, "leader: http://10.0.0.1:5050\n");
	zk_end(&story);
}

static void free_it(struct zk_story *story)
{
	zk_detector_free(story->detector);
}

static void it_may_be_freed_in_each_of_its_handlers(void **state)
{
	(void)state;
	static const struct {
		enum zk_fault fault;
		const struct zk_node *node;
		const char *line;
	} table[] = {
	    {ZK_WELL, &first, "leader: http://10.0.0.1:5050\n"},
	    {ZK_WELL, &replicas, "leader: none\n"},
	    {ZK_WELL, &broken, "trouble 1: invalid\n"},
	    {ZK_HANGS_UP, &first, "trouble 1: io\n"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct zk_story story;
		zk_begin(&story, table[i].fault, "", false);
		story.nodes[0] = *table[i].node;
		story.on_line = free_it;
		zk_detector_start(story.detector);
		zk_run_until(&story, table[i].line);
		zk_assert_story(&story, table[i].line);
		story.detector = NULL;
		zk_end(&story);
	}
	zk_detector_free(NULL);
}

static void it_may_be_freed_before_it_began_and_while_it_connects(void **state)
{
	(void)state;
	struct zk_story story;
	zk_begin(&story, ZK_WELL, "", false);
	zk_end(&story);
	zk_begin(&story, ZK_SILENT, "", false);
	zk_detector_start(story.detector);
	uv_run(&story.loop, UV_RUN_ONCE);
	zk_end(&story);
	zk_begin(&story, ZK_SILENT, "", false);
	zk_detector_start(story.detector);
	while (story.connections == 0) {
		uv_run(&story.loop, UV_RUN_ONCE);
	}
	zk_end(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_lowest_node_leads_and_the_next_when_it_goes),
	    cmocka_unit_test(with_tls_the_leader_is_called_by_its_name),
	    cmocka_unit_test(a_master_that_was_started_anew_is_told_again_and_nothing_else_is),
	    cmocka_unit_test(no_leader_yet_is_told_once_until_there_is_one),
	    cmocka_unit_test(a_leader_that_cannot_be_read_is_complained_of_once_and_nobody_takes_its_place),
	    cmocka_unit_test(data_over_the_limit_is_not_read),
	    cmocka_unit_test(a_lost_connection_loses_no_leader),
	    cmocka_unit_test(the_credentials_come_first_and_a_refusal_does_not_repeat_them),
	    cmocka_unit_test(a_server_that_fails_is_tried_again_with_growing_pauses_and_never_in_a_circle),
	    cmocka_unit_test(nobody_at_home_is_named),
	    cmocka_unit_test(a_group_in_turmoil_is_read_with_pauses),
	    cmocka_unit_test(it_may_be_freed_in_each_of_its_handlers),
	    cmocka_unit_test(it_may_be_freed_before_it_began_and_while_it_connects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
