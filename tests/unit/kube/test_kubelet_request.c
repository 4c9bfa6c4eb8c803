#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "kube/kubelet_request.h"
#include "tests/unit/unit.h"

#define REQUESTS TEST_DATA "/kubelet/requests.txt"

/* By which the tests below call them. */
static const char *const verbs[KUBELET_VERBS] = {
    [KUBELET_CONTAINER_LOGS] = "logs",
    [KUBELET_EXEC] = "exec",
    [KUBELET_ATTACH] = "attach",
    [KUBELET_PORT_FORWARD] = "port-forward",
    [KUBELET_RUN] = "run",
    [KUBELET_PODS] = "pods",
    [KUBELET_RUNNING_PODS] = "runningpods",
    [KUBELET_STATS_SUMMARY] = "stats",
    [KUBELET_METRICS] = "metrics",
    [KUBELET_METRICS_RESOURCE] = "metrics/resource",
    [KUBELET_METRICS_CADVISOR] = "metrics/cadvisor",
    [KUBELET_HEALTHZ] = "healthz",
    [KUBELET_CONFIGZ] = "configz",
};

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

/* One line of everything that was asked for. */
static void describe(const struct kubelet_request *r, struct buf *out)
{
	buf_printf(out, "%s %s %s %s %s", verbs[r->verb], or_dash(r->ns), or_dash(r->pod), or_dash(r->uid),
		   or_dash(r->container));
	buf_printf(out, "%s%s", r->node ? " of " : "", r->node ? r->node : "");
	buf_printf(out, "%s%s%s%s", r->input ? " input" : "", r->output ? " output" : "", r->error ? " error" : "",
		   r->tty ? " tty" : "");
	for (size_t i = 0; i < r->n_command; i++) {
		buf_printf(out, " [%s]", r->command[i]);
	}
	for (size_t i = 0; i < r->n_ports; i++) {
		buf_printf(out, " :%u", r->ports[i]);
	}
	buf_printf(out, "%s%s%s%s", r->log.follow ? " follow" : "", r->log.previous ? " previous" : "",
		   r->log.timestamps ? " timestamps" : "", r->only_cpu_and_memory ? " only_cpu_and_memory" : "");
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
	    {"since", r->log.since_s}, {"tail", r->log.tail}, {"limit", r->log.limit_bytes}, {"from", r->log.since_ms}};
	for (size_t i = 0; i < 4; i++) {
		if (numbers[i].value >= 0) {
			buf_printf(out, " %s=%lld", numbers[i].name, (long long)numbers[i].value);
		}
	}
	if (r->log.stream) {
		buf_printf(out, " stream=%d", (int)r->log.stream);
	}
}

static void assert_means(const char *method, const char *target, const char *expected)
{
	struct kubelet_request r;
	struct err e = {0};
	int status = 0;
	CLEANUP_BUF struct buf text = BUF_INIT(65536);
	if (kubelet_request_parse(method, target, &r, &status, &e) < 0) {
		fail_msg("%s: %d %s", target, status, e.text);
	}
	describe(&r, &text);
	assert_string_equal(buf_str(&text), expected);
	kubelet_request_done(&r);
}

static void assert_refused(const char *method, const char *target, int expected, const char *text)
{
	struct kubelet_request r = {.ns = (char[]){"untouched"}};
	struct err e = {0};
	int status = 0;
	if (kubelet_request_parse(method, target, &r, &status, &e) == 0) {
		fail_msg("%s was taken", target);
	}
	assert_int_equal(status, expected);
	assert_string_equal(e.text, text);
	assert_string_equal(r.ns, "untouched");
}

static void every_verb_is_read_with_its_names_and_options(void **state)
{
	(void)state;
	static const struct {
		const char *method, *target, *means;
	} cases[] = {
	    {"GET", "/containerLogs/default/run-1/main", "logs default run-1 - main"},
	    {"GET",
	     "/containerLogs/default/run-1/"
	     "main?follow=true&limitBytes=500&sinceSeconds=3600&tailLines=3&timestamps=true",
	     "logs default run-1 - main follow timestamps since=3600 tail=3 limit=500"},
	    {"GET", "/containerLogs/default/run-1/main?previous=true&sinceTime=2026-11-22T10%3A18%3A12Z&stream=Stderr",
	     "logs default run-1 - main previous from=1795342692000 stream=2"},
	    {"POST",
	     "/exec/default/run-1/main?command=sh&command=-c&command=echo+out%3B+echo+err+%3E%262&error=1&output=1",
	     "exec default run-1 - main output error [sh] [-c] [echo out; echo err >&2]"},
	    {"POST", "/exec/default/run-1/6a/main?command=sh&input=1&output=1&error=1&tty=1",
	     "exec default run-1 6a main input output tty [sh]"},
	    {"GET", "/exec/d/p.q/c?command=&command=%25&output=1&input=true", "exec d p.q - c output [] [%]"},
	    {"POST", "/attach/default/tty-1/main?input=1&output=1&tty=1&command=no",
	     "attach default tty-1 - main input output tty"},
	    {"POST", "/portForward/default/run-1", "port-forward default run-1 - -"},
	    {"GET", "/portForward/default/run-1/uid-1?port=80", "port-forward default run-1 uid-1 - :80"},
	    {"GET", "/portForward/default/run-1?port=80%2C443&port=1", "port-forward default run-1 - - :80 :443 :1"},
	    {"POST", "/run/default/run-1/main?cmd=id++-u", "run default run-1 - main [id] [-u]"},
	    {"GET", "/stats/summary?only_cpu_and_memory=true", "stats - - - - only_cpu_and_memory"},
	    {"HEAD", "/metrics/resource", "metrics/resource - - - -"},
	    {"GET", "/runningpods/", "runningpods - - - -"},
	    {"GET", "/nodes/agent1.example/metrics/resource", "metrics/resource - - - - of agent1.example"},
	    {"GET", "/nodes/a/stats/summary?only_cpu_and_memory=1", "stats - - - - of a only_cpu_and_memory"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_means(cases[i].method, cases[i].target, cases[i].means);
	}
}

static void what_a_real_api_server_asks_is_understood(void **state)
{
	(void)state;
	size_t n, count = 0;
	struct err e = {0};
	CLEANUP_FREE char *all = file_read(REQUESTS, 1 << 20, &n, &e);
	assert_non_null(all);
	char *save = NULL;
	for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char method[8], target[512];
		struct kubelet_request r;
		int status = 0;
		assert_int_equal(sscanf(line, "%7s %511s", method, target), 2);
		if (strcmp(target, "/nope") == 0 || strcmp(target, "/logs/") == 0) {
			assert_refused(method, target, 404, "404 page not found");
			continue;
		}
		if (kubelet_request_parse(method, target, &r, &status, &e) < 0) {
			fail_msg("%s: %d %s", line, status, e.text);
		}
		kubelet_request_done(&r);
		count++;
	}
	assert_int_equal(count, 66);
}

static void paths_written_in_any_other_way_are_not_found(void **state)
{
	(void)state;
	static const char *const targets[] = {
	    "",
	    "/",
	    "pods",
	    "*",
	    "http://x/pods",
	    "/nope",
	    "/logs/",
	    "/PODS",
	    "/pods/",
	    "//pods",
	    "/./pods",
	    "/x/../pods",
	    "/%70ods",
	    "/pods%3F",
	    "/runningpods",
	    "/exec",
	    "/exec/",
	    "/exec/d/p",
	    "/exec/d/p/c/",
	    "/exec//p/c",
	    "/exec/d//c",
	    "/exec/d/p/u/c/more",
	    "/exec/d/p/u/c/more/still",
	    "/exec/../p/c",
	    "/exec/d/p/..",
	    "/exec/d/%2e%2e/c",
	    "/exec/d/p/a%2Fb",
	    "/exec/d/p/a%5cb",
	    "/exec/d/p/c%00",
	    "/exec/d/p/c%2",
	    "/exec/d/p/c%zz",
	    "/exec/d/p/C",
	    "/exec/d/p/.c",
	    "/exec/d/p/a..b",
	    "/containerLogs/d/p/u/c",
	    "/portForward/d",
	    "/portForward/d/p/u/c",
	    "/metrics/../pods",
	    "/stats/summary/",
	    "/stats",
	    "/nodes",
	    "/nodes/",
	    "/nodes/a",
	    "/nodes/a/",
	    "/nodes//pods",
	    "/nodes/../pods",
	    "/nodes/a%2Fb/pods",
	    "/nodes/a//pods",
	    "/nodes/a/nodes/b/pods",
	    "/nodes/a/exec/d/p/c",
	    "/nodes/a/containerLogs/d/p/c",
	};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_refused("GET", targets[i], 404, "404 page not found");
	}
}

static void wrong_methods_and_values_are_named(void **state)
{
	(void)state;
	static const char streams[] = "you must specify at least 1 of stdin, stdout, stderr";
	static const struct {
		const char *method, *target;
		int status;
		const char *text;
	} cases[] = {
	    {"DELETE", "/pods", 405, "405: Method Not Allowed"},
	    {"GET", "/run/d/p/c?cmd=id", 405, "405: Method Not Allowed"},
	    {"POST", "/containerLogs/d/p/c", 405, "405: Method Not Allowed"},
	    {"get", "/pods", 405, "405: Method Not Allowed"},
	    {"POST", "/exec/d/p/c?command=x", 400, streams},
	    {"POST", "/exec/d/p/c?command=x&output=true", 400, streams},
	    {"POST", "/attach/d/p/c?error=1&tty=1", 400, streams},
	    {"POST", "/exec/d/p/c?output=1", 400, "you must specify a command"},
	    {"POST", "/exec/d/p/c?output=1&command=a%ff", 400,
	     "a word of the command is not UTF-8, and Mesos runs no other"},
	    {"POST", "/run/d/p/c", 400, "you must specify a command"},
	    {"POST", "/exec/d/p/c?command=%zz&output=1", 400, "a parameter is escaped wrongly"},
	    {"POST", "/exec/d/p/c?command=a%00b&output=1", 400, "a parameter is escaped wrongly"},
	    {"GET", "/containerLogs/d/p/c?tailLines=-1", 422, "invalid value -1 of parameter tailLines"},
	    {"GET", "/containerLogs/d/p/c?limitBytes=", 422, "invalid value  of parameter limitBytes"},
	    {"GET", "/containerLogs/d/p/c?sinceSeconds=99999999999999999999", 422,
	     "invalid value 99999999999999999999 of parameter sinceSeconds"},
	    {"GET", "/containerLogs/d/p/c?sinceTime=yesterday", 422, "invalid value yesterday of parameter sinceTime"},
	    {"GET", "/containerLogs/d/p/c?stream=both", 422, "invalid value both of parameter stream"},
	    {"GET", "/containerLogs/d/p/c?sinceSeconds=1&sinceTime=2026-11-22T10%3A18%3A12Z", 422,
	     "at most one of sinceSeconds and sinceTime may be specified"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused(cases[i].method, cases[i].target, cases[i].status, cases[i].text);
	}
}

static void a_command_and_a_target_have_a_longest_length(void **state)
{
	(void)state;
	CLEANUP_FREE char *long_target = xcalloc(1, KUBELET_TARGET_MAX + 2);
	memset(long_target, '/', KUBELET_TARGET_MAX + 1);
	assert_refused("GET", long_target, 414, "the request's target is longer than 65536 bytes");
	CLEANUP_BUF struct buf target = BUF_INIT(KUBELET_TARGET_MAX);
	buf_puts(&target, "/exec/d/p/c?output=1");
	for (int i = 0; i <= KUBELET_COMMAND_MAX; i++) {
		buf_puts(&target, "&command=x");
	}
	assert_refused("POST", buf_str(&target), 400, "a command of more than 1024 words");
}

static void who_reaches_into_a_container_must_be_allowed_to_create_whatever_the_method(void **state)
{
	(void)state;
	for (int v = 0; v < KUBELET_VERBS; v++) {
		bool acts = v == KUBELET_EXEC || v == KUBELET_ATTACH || v == KUBELET_PORT_FORWARD || v == KUBELET_RUN;
		assert_string_equal(kubelet_request_access_verb((enum kubelet_verb)v), acts ? "create" : "get");
	}
	assert_string_equal(kubelet_request_subresources(KUBELET_EXEC)[0], "proxy");
	assert_string_equal(kubelet_request_subresources(KUBELET_CONTAINER_LOGS)[0], "proxy");
	assert_string_equal(kubelet_request_subresources(KUBELET_STATS_SUMMARY)[0], "stats");
	assert_string_equal(kubelet_request_subresources(KUBELET_METRICS_RESOURCE)[0], "metrics");
	assert_string_equal(kubelet_request_subresources(KUBELET_PODS)[0], "pods");
	assert_string_equal(kubelet_request_subresources(KUBELET_PODS)[1], "proxy");
	assert_null(kubelet_request_subresources(KUBELET_PODS)[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_verb_is_read_with_its_names_and_options),
	    cmocka_unit_test(what_a_real_api_server_asks_is_understood),
	    cmocka_unit_test(paths_written_in_any_other_way_are_not_found),
	    cmocka_unit_test(wrong_methods_and_values_are_named),
	    cmocka_unit_test(a_command_and_a_target_have_a_longest_length),
	    cmocka_unit_test(who_reaches_into_a_container_must_be_allowed_to_create_whatever_the_method),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
