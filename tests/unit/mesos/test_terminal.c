#include "tests/unit/unit.h"

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mesos/terminal.h"

/* What the command writes to a terminal that begins with this size. */
static char *run(char **command, unsigned short rows, unsigned short columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};
	struct buf out = BUF_INIT(1 << 16);
	char bytes[256];
	size_t n;
	int master;
	pid_t pid = forkpty(&master, NULL, NULL, &size);
	assert_true(pid >= 0);
	if (pid == 0) {
		execvp(command[0], command);
		_exit(126);
	}
	for (ssize_t k; (k = read(master, bytes, sizeof(bytes))) > 0;) { /* ends with EIO, on Linux */
		buf_append(&out, bytes, (size_t)k);
	}
	close(master);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return buf_steal(&out, &n);
}

static void assert_writes(const char *const *words, size_t n, unsigned short rows, const char *expected)
{
	size_t n_all;
	char **all = terminal_command(words, n, 101, 33, &n_all);
	CLEANUP_FREE char *written = run(all, rows, rows);
	assert_string_equal(written, expected);
	assert_null(all[n_all]);
	texts_free(all, n_all);
}

static void a_shell_finds_a_terminal_of_the_size_that_was_told(void **state)
{
	(void)state;
	static const char *const words[] = {"sh", "-c", "stty size; echo \"$0 $*\"", "x y", "z", ""};
	assert_writes(words, 6, 0, "33 101\r\nx y z \r\n");
	static const char *const by_path[] = {"/bin/sh", "-c", "stty size"};
	assert_writes(by_path, 3, 0, "33 101\r\n");
}

static void a_size_that_came_first_stays(void **state)
{
	(void)state;
	static const char *const words[] = {"sh", "-c", "stty size"};
	assert_writes(words, 3, 7, "7 7\r\n");
}

static void without_stty_the_command_runs_all_the_same(void **state)
{
	(void)state;
	static const char *const words[] = {"/bin/sh", "-c", "echo here"};
	CLEANUP_FREE char *path = xstrdup(getenv("PATH"));
	setenv("PATH", "/nowhere", 1);
	assert_writes(words, 3, 0, "here\r\n");
	setenv("PATH", path, 1);
}

static void other_programs_and_unknown_sizes_leave_the_words_as_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *program;
		uint16_t columns, rows;
	} cases[] = {{"stty", 80, 24}, {"/opt/sh/run", 80, 24}, {"sh", 0, 24}, {"sh", 80, 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const words[] = {cases[i].program, "size"};
		size_t n;
		char **all = terminal_command(words, 2, cases[i].columns, cases[i].rows, &n);
		assert_int_equal(n, 2);
		assert_string_equal(all[0], cases[i].program);
		assert_string_equal(all[1], "size");
		assert_null(all[2]);
		texts_free(all, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_shell_finds_a_terminal_of_the_size_that_was_told),
	    cmocka_unit_test(a_size_that_came_first_stays),
	    cmocka_unit_test(without_stty_the_command_runs_all_the_same),
	    cmocka_unit_test(other_programs_and_unknown_sizes_leave_the_words_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
