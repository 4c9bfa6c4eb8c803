#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/process.h"

static void an_open_file_is_counted_until_it_is_closed(void **state)
{
	(void)state;
	struct process_usage before = process_usage();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct process_usage open_now = process_usage();
	close(fd);
	struct process_usage after = process_usage();
	assert_true(open_now.fds == before.fds + 1);
	assert_true(after.fds == before.fds);
	assert_true(before.max_fds >= before.fds);
}

static void memory_that_is_used_is_resident(void **state)
{
	const size_t n = (size_t)32 << 20;
	(void)state;
	struct process_usage before = process_usage();
	volatile char *p = xmalloc(n);
	for (size_t i = 0; i < n; i += 512) {
		p[i] = 1;
	}
	struct process_usage after = process_usage();
	free((void *)p);
	assert_true(after.rss >= before.rss + (double)n / 2);
}

static void cpu_time_grows_with_work(void **state)
{
	(void)state;
	struct process_usage before = process_usage(), now;
	do {
		now = process_usage();
	} while (now.cpu_s <= before.cpu_s);
	assert_true(now.cpu_s > before.cpu_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_open_file_is_counted_until_it_is_closed),
	    cmocka_unit_test(memory_that_is_used_is_resident),
	    cmocka_unit_test(cpu_time_grows_with_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
