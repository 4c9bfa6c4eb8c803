#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/expand.h"

static const struct kube_pod nobody = {.ns = "default"};

/* A container whose only argument is this, with A=1, B=$(A)2, EMPTY=, A B=odd. */
static char *expanded_arg(const char *arg)
{
	static const struct kube_env env[] = {
	    {"A", "1", NULL}, {"B", "$(A)2", NULL}, {"EMPTY", "", NULL}, {"A B", "odd", NULL}};
	struct kube_container c = {.env = env, .n_env = 4, .args = &arg, .n_args = 1};
	struct expanded x;
	assert_int_equal(expand_container(&nobody, &c, NULL, &x, NULL), 0);
	char *text = xstrdup(x.args[0]);
	expanded_done(&x);
	return text;
}

static void references_follow_the_kubelets_rules(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"$(A)", "1"},
	    {"x$(A)y$(B)z", "x1y12z"},
	    {"$(EMPTY)", ""},
	    {"$(NONE)", "$(NONE)"},
	    {"$$(A)", "$(A)"},
	    {"$$$(A)", "$1"},
	    {"$$$$(A)", "$$(A)"},
	    {"$$", "$"},
	    {"$", "$"},
	    {"a$", "a$"},
	    {"$A", "$A"},
	    {"${A}", "${A}"},
	    {"$(A", "$(A"},
	    {"$(A$(A)", "$(A$(A)"},
	    {"$($(A))", "$($(A))"},
	    {"$()", "$()"},
	    {"$(A B)", "odd"},
	    {"$(date +%T) $1 $! $((1 + 2))", "$(date +%T) $1 $! $((1 + 2))"},
	    {"$(A)$(A)$", "11$"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *got = expanded_arg(rows[i].in);
		if (strcmp(got, rows[i].out)) {
			fail_msg("%s became %s, not %s", rows[i].in, got, rows[i].out);
		}
	}
}

static void a_variable_sees_those_before_it_and_the_later_of_two_wins(void **state)
{
	(void)state;
	static const struct kube_env env[] = {{"EARLY", "$(LATE)", NULL},
					      {"LATE", "x", NULL},
					      {"TWICE", "1", NULL},
					      {"TWICE", "$(TWICE)$(LATE)", NULL},
					      {"SELF", "$(SELF)", NULL}};
	static const char *const command[] = {"$(TWICE)", "$(EARLY)"};
	struct kube_container c = {.env = env, .n_env = 5, .command = command, .n_command = 2};
	struct expanded x;
	assert_int_equal(expand_container(&nobody, &c, NULL, &x, NULL), 0);
	assert_int_equal(x.n_env, 4);
	assert_string_equal(x.env[0]->value, "$(LATE)");
	assert_string_equal(x.env[2]->name, "TWICE");
	assert_string_equal(x.env[2]->value, "1x");
	assert_string_equal(x.env[3]->value, "$(SELF)");
	assert_string_equal(x.command[0], "1x");
	assert_string_equal(x.command[1], "$(LATE)");
	expanded_done(&x);
}

/* 40 doublings would be a terabyte. */
static void variables_that_double_each_other_are_refused_by_name(void **state)
{
	(void)state;
	struct kube_env env[40];
	char names[40][16], values[40][48];
	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "V%d", i);
		snprintf(values[i], sizeof(values[i]), i ? "$(V%d)$(V%d)" : "0123456789abcdef", i - 1, i - 1);
		env[i] = (struct kube_env){names[i], values[i], NULL};
	}
	struct kube_container c = {.env = env, .n_env = 40};
	struct expanded x;
	struct err e;
	assert_int_equal(expand_container(&nobody, &c, NULL, &x, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_string_equal(e.text, "env[V13]: too long after expansion");
}

static void all_texts_together_have_a_limit_too(void **state)
{
	(void)state;
	const char *args[100];
	CLEANUP_FREE char *big = xcalloc(1, 100001);
	memset(big, 'x', 100000);
	struct kube_env env = {"BIG", big, NULL};
	for (int i = 0; i < 100; i++) {
		args[i] = "$(BIG)";
	}
	struct kube_container c = {.env = &env, .n_env = 1, .args = args, .n_args = 100};
	struct expanded x;
	struct err e;
	assert_int_equal(expand_container(&nobody, &c, NULL, &x, &e), -1);
	assert_string_equal(e.text, "args[19]: too long after expansion");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(references_follow_the_kubelets_rules),
	    cmocka_unit_test(a_variable_sees_those_before_it_and_the_later_of_two_wins),
	    cmocka_unit_test(variables_that_double_each_other_are_refused_by_name),
	    cmocka_unit_test(all_texts_together_have_a_limit_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
