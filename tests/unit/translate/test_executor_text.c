#include "translate/amounts.h"

#include "mesos/resources.h"
#include "tests/unit/unit.h"

static void what_is_written_reads_as_the_same(void **state)
{
	(void)state;
	static const struct {
		struct amounts amounts;
		const char *text;
	} rows[] = {
	    {{.cpus = 10, .mem = 32000, .disk = 1000}, "cpus:0.010;mem:32.000;disk:1.000"},
	    {{.cpus = 1, .mem = 1, .disk = 1}, "cpus:0.001;mem:0.001;disk:0.001"},
	    {{.cpus = MESOS_SCALAR_MAX_MILLI, .mem = MESOS_SCALAR_MAX_MILLI, .disk = MESOS_SCALAR_MAX_MILLI},
	     "cpus:9007199254740.992;mem:9007199254740.992;disk:9007199254740.992"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[EXECUTOR_TEXT_MAX];
		struct amounts read;
		assert_string_equal(executor_text(rows[i].amounts, text), rows[i].text);
		assert_true(executor_read(text, &read));
		assert_memory_equal(&read, &rows[i].amounts, sizeof(read));
	}
}

static void anything_else_is_not_read(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",
	    "cpus:0.010;mem:32.000",
	    "cpus:0.010;mem:32.000;disk:0.000",
	    "cpus:0.010;mem:32.000;disk:1.000;gpus:1.000",
	    "mem:32.000;cpus:0.010;disk:1.000",
	    "cpus:0.01;mem:32.000;disk:1.000",
	    "cpus:.010;mem:32.000;disk:1.000",
	    "cpus:-1.000;mem:32.000;disk:1.000",
	    "cpus:1;mem:32.000;disk:1.000",
	    "cpus:9007199254740.993;mem:32.000;disk:1.000",
	    "cpus:99999999999999999999999999.000;mem:32.000;disk:1.000",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct amounts read;
		if (executor_read(texts[i], &read)) {
			fail_msg("%s", texts[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_reads_as_the_same),
	    cmocka_unit_test(anything_else_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
