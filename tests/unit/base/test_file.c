#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static void a_file_comes_whole_up_to_its_limit(void **state)
{
	char path[] = "/tmp/test-file-XXXXXX";
	int fd = mkstemp(path);
	struct err e;
	size_t n = 77;
	char bytes[40000];
	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	CLEANUP_FREE char *empty = file_read(path, 10, &n, &e);
	assert_string_equal(empty, "");
	assert_int_equal(n, 0);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
	CLEANUP_FREE char *whole = file_read(path, sizeof(bytes), &n, &e);
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(whole, bytes, n);
	assert_null(file_read(path, sizeof(bytes) - 1, &n, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	CLEANUP_FREE char *sentence = xasprintf("read %s: over 39999 bytes", path);
	assert_string_equal(e.text, sentence);
	close(fd);
	unlink(path);
	assert_null(file_read(path, 10, &n, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_null(file_read("/tmp", 10, &n, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.text, "read /tmp: Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_comes_whole_up_to_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
