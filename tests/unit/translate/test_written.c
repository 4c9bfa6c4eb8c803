/* Files that are written beside a pause: the archive, and what its command makes of it, in a directory of this machine.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/kube/sample.h"
#include "translate/written.h"

#define FILES_AT "%s/files/c/%s"

struct place {
	char top[32]; /* of the executor */
	struct kube_source *source;
};

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	snprintf(p->top, sizeof(p->top), "/tmp/written-XXXXXX");
	assert_non_null(mkdtemp(p->top));
	CLEANUP_FREE char *containers = xasprintf("%s/containers", p->top), *pause = xasprintf("%s/p", containers);
	assert_int_equal(mkdir(containers, 0755), 0);
	assert_int_equal(mkdir(pause, 0755), 0);
	*state = p;
	return 0;
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
	(void)s;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct place *p = *state;
	nftw(p->top, drop, 16, FTW_DEPTH | FTW_PHYS);
	kube_source_free(p->source);
	free(p);
	return 0;
}

static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	(void)ref;
	return ((const struct place *)arg)->source;
}

/* A pod with the volume "c" of this ConfigMap: its other members, and the object. */
static struct kube_pod *pod_of(struct place *p, const char *members, const char *object)
{
	struct err e = {0};
	CLEANUP_JSON json_t *o = sample_json(object);
	CLEANUP_FREE char *spec =
	    xasprintf("'volumes':[{'name':'c','configMap':{'name':'m'%s}}],'containers':[{'name':'app',"
		      "'image':'busybox','volumeMounts':[{'name':'c','mountPath':'/x'}]}]",
		      members);
	kube_source_free(p->source);
	p->source = kube_source_decode(KUBE_SOURCE_CONFIGMAP, o, &e);
	struct kube_pod *pod = sample_spec(spec, &e);
	assert_non_null(pod);
	return pod;
}

static void archive_of(struct place *p, struct buf *archive, const char *members, const char *object)
{
	struct err e = {0};
	struct pod_site site = {.sources = {find, p}};
	struct kube_pod *pod = pod_of(p, members, object);
	assert_int_equal(written_put(archive, pod, &pod->volumes[0], &site, &e), 0);
	assert_int_equal(written_end(archive, &e), 0);
	kube_pod_free(pod);
}

/* Its exit code. */
static int run(const struct place *p, const void *bytes, size_t n)
{
	int status = -1;
	CLEANUP_FREE char *input = xasprintf("%s/input", p->top), *sandbox = xasprintf("%s/containers/p", p->top);
	int fd = open(input, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	lseek(fd, 0, SEEK_SET);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fd, 0);
		freopen("/dev/null", "w", stderr);
		setenv("MESOS_SANDBOX", sandbox, 1);
		execl(written_command[0], written_command[0], written_command[1], written_command[2], (char *)NULL);
		_exit(127);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void write_files(struct place *p, const char *members, const char *object)
{
	CLEANUP_BUF struct buf archive = BUF_INIT(WRITTEN_ARCHIVE_MAX);
	archive_of(p, &archive, members, object);
	assert_int_equal(run(p, archive.data, archive.len), 0);
}

static bool is_file(const struct place *p, const char *name, unsigned mode, const char *bytes, size_t n)
{
	char have[64];
	struct stat s;
	CLEANUP_FREE char *path = xasprintf(FILES_AT, p->top, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return false;
	}
	fstat(fd, &s);
	ssize_t got = read(fd, have, sizeof(have));
	close(fd);
	return (s.st_mode & 07777) == mode && got == (ssize_t)n && memcmp(have, bytes, n) == 0;
}

static ino_t inode(const struct place *p, const char *name)
{
	struct stat s;
	CLEANUP_FREE char *path = xasprintf(FILES_AT, p->top, name);
	return stat(path, &s) == 0 ? s.st_ino : 0;
}

static bool is_link(const struct place *p, const char *name)
{
	struct stat s;
	CLEANUP_FREE char *path = xasprintf(FILES_AT, p->top, name);
	return lstat(path, &s) == 0 && S_ISLNK(s.st_mode);
}

static void files_have_their_bytes_and_modes_under_any_name(void **state)
{
	struct place *p = *state;
	char longest[254], text[1024];
	memset(longest, 'k', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "{'data':{'run':'#!','.dot':'d','-rf':'m','%s':'l'},'binaryData':{'raw':'AAEK/w=='}}", longest);
	write_files(p, ",'defaultMode':493", text);
	assert_true(is_file(p, "run", 0755, "#!", 2));
	assert_true(is_file(p, ".dot", 0755, "d", 1));
	assert_true(is_file(p, "-rf", 0755, "m", 1));
	assert_true(is_file(p, "raw", 0755, "\0\1\n\xff", 4));
	assert_true(is_file(p, longest, 0755, "l", 1));
	assert_true(is_link(p, "run"));
	write_files(
	    p,
	    ",'defaultMode':256,'items':[{'key':'a','path':'deep/er/a','mode':288},{'key':'a','path':'* ? $(id)\\n;'},"
	    "{'key':'a','path':'b'}]",
	    "{'data':{'a':'one'}}");
	assert_true(is_file(p, "deep/er/a", 0440, "one", 3));
	assert_true(is_file(p, "* ? $(id)\n;", 0400, "one", 3));
	assert_true(is_file(p, "b", 0400, "one", 3));
	assert_false(is_link(p, "run"));
}

static void the_same_again_changes_nothing_and_something_else_replaces_all_at_once(void **state)
{
	struct place *p = *state;
	write_files(p, "", "{'data':{'a':'one','gone':'x'}}");
	ino_t before = inode(p, "a"), data = inode(p, "..data");
	write_files(p, "", "{'data':{'a':'one','gone':'x'}}");
	assert_int_equal(inode(p, "a"), before);
	assert_int_equal(inode(p, "..data"), data);
	write_files(p, "", "{'data':{'a':'two','new':'y'}}");
	assert_int_not_equal(inode(p, "..data"), data);
	assert_true(is_file(p, "a", 0644, "two", 3));
	assert_true(is_file(p, "new", 0644, "y", 1));
	assert_false(is_link(p, "gone"));
	write_files(p, ",'defaultMode':256", "{'data':{'a':'two','new':'y'}}");
	assert_true(is_file(p, "a", 0400, "two", 3));
}

static void a_volume_without_files_is_an_empty_directory(void **state)
{
	struct place *p = *state;
	write_files(p, "", "{}");
	assert_int_not_equal(inode(p, "..data"), 0);
	write_files(p, "", "{'data':{'a':'one'}}");
	write_files(p, "", "{}");
	assert_false(is_link(p, "a"));
}

static void what_does_not_come_whole_is_not_written(void **state)
{
	struct place *p = *state;
	CLEANUP_BUF struct buf archive = BUF_INIT(WRITTEN_ARCHIVE_MAX);
	write_files(p, "", "{'data':{'a':'one'}}");
	archive_of(p, &archive, "", "{'data':{'a':'two','b':'three'}}");
	for (size_t n = 0; n + 3 * 512 < archive.len; n += 512) { /* without its last member and end */
		assert_int_not_equal(run(p, archive.data, n), 0);
		assert_true(is_file(p, "a", 0644, "one", 3));
		assert_false(is_link(p, "b"));
	}
	assert_int_equal(run(p, archive.data, archive.len), 0);
	assert_true(is_file(p, "a", 0644, "two", 3));
}

static void a_write_that_was_cut_off_anywhere_is_completed_by_the_next(void **state)
{
	static const char *const left[] = {"files/_new/c/..0/a", "files/c/..data_new", "files/c/..0123456789abcdef/x"};
	struct place *p = *state;
	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++) {
		CLEANUP_FREE char *made =
		    xasprintf("mkdir -p \"$(dirname %s/%s)\" && touch %s/%s", p->top, left[i], p->top, left[i]);
		CLEANUP_FREE char *gone = xasprintf("%s/%s", p->top, left[i]);
		assert_int_equal(system(made), 0);
		write_files(p, "", "{'data':{'a':'one'}}");
		assert_true(is_file(p, "a", 0644, "one", 3));
		assert_int_not_equal(access(gone, F_OK), 0);
	}
}

static void nothing_is_written_where_no_executor_is(void **state)
{
	struct place *p = *state;
	CLEANUP_BUF struct buf archive = BUF_INIT(WRITTEN_ARCHIVE_MAX);
	CLEANUP_FREE char *containers = xasprintf("%s/containers", p->top), *away = xasprintf("%s/others", p->top);
	archive_of(p, &archive, "", "{'data':{'a':'one'}}");
	assert_int_equal(rename(containers, away), 0);
	assert_int_not_equal(run(p, archive.data, archive.len), 0);
}

static void a_hash_tells_names_modes_and_bytes_apart(void **state)
{
	static const char *const rows[][2] = {
	    {"", "{'data':{'a':'one'}}"},
	    {"", "{'data':{'a':'onf'}}"},
	    {"", "{'data':{'b':'one'}}"},
	    {"", "{'data':{'a':'one','b':''}}"},
	    {",'defaultMode':256", "{'data':{'a':'one'}}"},
	    {"", "{}"},
	};
	struct place *p = *state;
	uint64_t hashes[sizeof(rows) / sizeof(*rows)];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct pod_site site = {.sources = {find, p}};
		struct kube_pod *pod = pod_of(p, rows[i][0], rows[i][1]);
		assert_int_equal(written_hash(pod, &pod->volumes[0], &site, &hashes[i], &e), 0);
		assert_int_not_equal(hashes[i], 0);
		for (size_t k = 0; k < i; k++) {
			assert_true(hashes[i] != hashes[k]);
		}
		kube_pod_free(pod);
	}
}

static void names_that_mean_something_there_are_refused(void **state)
{
	static const struct {
		const char *path;
		bool good;
	} rows[] = {{"..data", false}, {"..x/y", false}, {".x", true}, {"a/..b", true}, {"x..", true}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct volume_file file = {.path = rows[i].path, .bytes = ""};
		struct volume_files files = {.v = &file, .n = 1};
		assert_int_equal(written_check(&files, &e) == 0, rows[i].good);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(files_have_their_bytes_and_modes_under_any_name),
	    TEST(the_same_again_changes_nothing_and_something_else_replaces_all_at_once),
	    TEST(a_volume_without_files_is_an_empty_directory),
	    TEST(what_does_not_come_whole_is_not_written),
	    TEST(a_write_that_was_cut_off_anywhere_is_completed_by_the_next),
	    TEST(nothing_is_written_where_no_executor_is),
	    TEST(a_hash_tells_names_modes_and_bytes_apart),
	    TEST(names_that_mean_something_there_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
