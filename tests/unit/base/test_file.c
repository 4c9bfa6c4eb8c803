#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void a_file_is_replaced_whole_and_is_its_owners(void **state)
{
	(void)state;
	char dir[] = "/tmp/test-file-XXXXXX";
	struct err e = {0};
	struct stat st;
	assert_non_null(mkdtemp(dir));
	CLEANUP_FREE char *path = xasprintf("%s/key", dir);
	assert_int_equal(file_replace(path, "one", &e), 0);
	assert_int_equal(file_replace(path, "another", &e), 0);
	CLEANUP_FREE char *text = file_read(path, 100, NULL, &e);
	assert_string_equal(text, "another");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
	rmdir(dir);
	assert_int_equal(file_replace(path, "x", &e), -1);
	assert_non_null(strstr(e.text, "No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_replaced_whole_and_is_its_owners),
	    cmocka_unit_test(a_file_comes_whole_up_to_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
