#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapter/identity.h"
#include "base/mem.h"

static char *scope(void)
{
	return xasprintf("test-%d/lease", (int)getpid());
}

static void the_next_life_has_the_same_name(void **state)
{
	(void)state;
	int fd;
	CLEANUP_FREE char *where = scope();
	CLEANUP_FREE char *first = identity_take(where, &fd);
	assert_true(fd >= 0);
	close(fd);
	CLEANUP_FREE char *second = identity_take(where, &fd);
	assert_true(fd >= 0);
	close(fd);
	assert_string_equal(first, second);
}

static void two_that_live_have_two_names(void **state)
{
	(void)state;
	int fd, other_fd, third_fd;
	CLEANUP_FREE char *where = scope();
	CLEANUP_FREE char *first = identity_take(where, &fd);
	CLEANUP_FREE char *second = identity_take(where, &other_fd);
	CLEANUP_FREE char *third = identity_take(where, &third_fd);
	assert_true(fd >= 0);
	assert_int_equal(other_fd, -1);
	assert_int_equal(third_fd, -1);
	assert_string_not_equal(first, second);
	assert_string_not_equal(second, third);
	close(fd);
}

static void a_process_that_was_killed_leaves_its_name(void **state)
{
	(void)state;
	int pipes[2], fd;
	char name[256] = "";
	CLEANUP_FREE char *where = scope();
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		int held;
		char *mine = identity_take(where, &held);
		ssize_t n = write(pipes[1], mine, strlen(mine));
		(void)n;
		for (;;) {
			pause();
		}
	}
	assert_true(read(pipes[0], name, sizeof(name) - 1) > 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	CLEANUP_FREE char *ours = identity_take(where, &fd);
	assert_string_equal(ours, name);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void each_lease_has_its_own(void **state)
{
	(void)state;
	int fd, other_fd;
	CLEANUP_FREE char *where = scope();
	CLEANUP_FREE char *elsewhere = xasprintf("%s-2", where);
	CLEANUP_FREE char *first = identity_take(where, &fd);
	CLEANUP_FREE char *second = identity_take(elsewhere, &other_fd);
	assert_true(fd >= 0 && other_fd >= 0);
	assert_string_equal(first, second);
	close(fd);
	close(other_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_next_life_has_the_same_name),
	    cmocka_unit_test(two_that_live_have_two_names),
	    cmocka_unit_test(a_process_that_was_killed_leaves_its_name),
	    cmocka_unit_test(each_lease_has_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
