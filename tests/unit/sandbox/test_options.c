#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/options.h"

static char dir[] = "/tmp/sandbox-options-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* Up to eight words after the program's name. */
static int parse(struct sandbox_options *o, struct err *e, const char *const *words)
{
	char *argv[10] = {(char *)(uintptr_t) "sandbox"};
	int argc = 1;
	for (; words[argc - 1]; argc++) {
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	}
	err_clear(e);
	return sandbox_options_parse(o, argc, argv, e);
}

static void without_agents_there_are_three_in_different_racks(void **state)
{
	(void)state;
	struct sandbox_options o;
	struct err e = {0};
	assert_int_equal(parse(&o, &e, (const char *const[]){"--dir", dir, "--fast", NULL}), 0);
	assert_int_equal(o.n_agents, 3);
	assert_true(o.fast);
	assert_string_equal(o.agents[0].hostname, "agent1");
	assert_string_equal(o.agents[0].attributes, "rack:r1;zone:a");
	assert_string_equal(o.agents[1].attributes, "rack:r2;zone:b");
	assert_int_equal(o.kube_port, 0);
	sandbox_options_done(&o);
}

static void everything_said_is_taken(void **state)
{
	(void)state;
	struct sandbox_options o;
	struct err e = {0};
	assert_int_equal(
	    parse(&o, &e,
		  (const char *const[]){"--dir", dir, "--kube-port=6443", "--agent", "h;cpus:1;port=5051", "--agents=2",
					"--credential=me:se:cret", "--mesos-tls", "--instant", NULL}),
	    0);
	assert_int_equal(o.kube_port, 6443);
	assert_true(o.instant);
	assert_int_equal(o.n_agents, 3);
	assert_int_equal(o.agents[0].port, 5051);
	assert_string_equal(o.principal, "me");
	assert_string_equal(o.secret, "se:cret");
	assert_true(o.mesos_tls);
	sandbox_options_done(&o);
}

static void an_agent_is_read_part_by_part(void **state)
{
	(void)state;
	struct agent_options a;
	struct err e = {0};
	assert_int_equal(
	    options_agent("big;cpus:4;ports:[31000-31001,5-6];attr=rack:r1;attr=ssd:true;region=eu;zone=a", &a, &e), 0);
	assert_string_equal(a.hostname, "big");
	assert_string_equal(a.resources, "cpus:4;ports:[31000-31001,5-6]");
	assert_string_equal(a.attributes, "rack:r1;ssd:true");
	assert_string_equal(a.region, "eu");
	assert_string_equal(a.zone, "a");
	struct sandbox_options o = {.agents = malloc(sizeof(a)), .n_agents = 1};
	o.agents[0] = a;
	sandbox_options_done(&o);
}

static void bad_input_is_one_error_that_names_the_option(void **state)
{
	(void)state;
	static const struct {
		const char *words[4];
		const char *expected;
	} cases[] = {
	    {{NULL}, "--dir is missing"},
	    {{"--nonsense", NULL}, "--nonsense: unknown option, or its value is missing"},
	    {{"--dir", NULL}, "--dir: unknown option, or its value is missing"},
	    {{"--dir", "/nonexistent/x", NULL}, "--dir /nonexistent/x: No such file or directory"},
	    {{"--kube-port", "65536", NULL}, "--kube-port: \"65536\" is not a number up to 65535"},
	    {{"--mesos-port", "-1", NULL}, "--mesos-port: \"-1\" is not a number up to 65535"},
	    {{"--agents", "x", NULL}, "--agents: \"x\" is not a number up to 1000"},
	    {{"--agents", "", NULL}, "--agents: \"\" is not a number up to 1000"},
	    {{"--agent", ";cpus:1", NULL}, "--agent ;cpus:1: no host name"},
	    {{"--agent", "h;cpus=4", NULL},
	     "--agent h;cpus=4: \"cpus=4\" is neither a resource (name:value) nor one of those of --help"},
	    {{"--agent", "h;region=eu", NULL}, "--agent h;region=eu: region and zone go together"},
	    {{"--credential", "me", NULL}, "--credential: expected PRINCIPAL:SECRET"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sandbox_options o;
		struct err e = {0};
		assert_int_equal(parse(&o, &e, cases[i].words), -1);
		assert_string_equal(e.text, cases[i].expected);
		sandbox_options_done(&o);
	}
}

static void an_argument_without_an_option_is_refused(void **state)
{
	(void)state;
	struct sandbox_options o;
	struct err e = {0};
	assert_int_equal(parse(&o, &e, (const char *const[]){"--dir", dir, "more", NULL}), -1);
	assert_string_equal(e.text, "more: unexpected argument");
	sandbox_options_done(&o);
}

static void help_needs_nothing_else(void **state)
{
	(void)state;
	struct sandbox_options o;
	struct err e = {0};
	assert_int_equal(parse(&o, &e, (const char *const[]){"--help", NULL}), 0);
	assert_true(o.help);
	assert_non_null(strstr(sandbox_options_help(), "--agent SPEC"));
	sandbox_options_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_agents_there_are_three_in_different_racks),
	    cmocka_unit_test(everything_said_is_taken),
	    cmocka_unit_test(an_agent_is_read_part_by_part),
	    cmocka_unit_test(bad_input_is_one_error_that_names_the_option),
	    cmocka_unit_test(an_argument_without_an_option_is_refused),
	    cmocka_unit_test(help_needs_nothing_else),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
