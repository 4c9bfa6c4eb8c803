#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mesos/credentials.h"
#include "tests/unit/certs.h"

enum { SECRET, CA, CERT, KEY, FILES };

static struct cert one, other;

struct folder {
	char dir[64];
	char *paths[FILES];
	struct mesos_files files;
};

static void put(struct folder *d, int file, const char *text)
{
	FILE *f = fopen(d->paths[file], "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	static const char *const names[FILES] = {"secret", "ca.pem", "cert.pem", "key.pem"};
	struct folder *d = xcalloc(1, sizeof(*d));
	snprintf(d->dir, sizeof(d->dir), "/tmp/test-credentials-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	for (int i = 0; i < FILES; i++) {
		d->paths[i] = xasprintf("%s/%s", d->dir, names[i]);
	}
	d->files = (struct mesos_files){d->paths[SECRET], d->paths[CA], d->paths[CERT], d->paths[KEY]};
	put(d, SECRET, "sesame\r\n");
	put(d, CA, other.cert_pem);
	put(d, CERT, one.cert_pem);
	put(d, KEY, one.key_pem);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct folder *d = *state;
	for (int i = 0; i < FILES; i++) {
		unlink(d->paths[i]);
		free(d->paths[i]);
	}
	rmdir(d->dir);
	free(d);
	return 0;
}

static void what_the_files_hold_goes_with_requests(void **state)
{
	struct folder *d = *state;
	struct mesos_credentials c;
	struct err e;
	assert_int_equal(mesos_credentials_read(&d->files, &c, &e), 0);
	assert_string_equal(c.secret, "sesame");
	struct http_tls tls = mesos_credentials_tls(&c);
	assert_string_equal(tls.ca_pem, other.cert_pem);
	assert_string_equal(tls.cert_pem, one.cert_pem);
	assert_string_equal(tls.key_pem, one.key_pem);
	assert_false(tls.insecure);
	mesos_credentials_done(&c);
	assert_int_equal(mesos_credentials_read(&(struct mesos_files){0}, &c, &e), 0);
	assert_null(c.secret);
	assert_null(mesos_credentials_tls(&c).ca_pem);
	assert_false(file_set_changed(&c.files));
	mesos_credentials_done(&c);
	mesos_credentials_done(NULL);
}

static void every_file_is_watched_and_every_content_compared(void **state)
{
	struct folder *d = *state;
	const char *const texts[FILES] = {"open", one.cert_pem, other.cert_pem, other.key_pem};
	struct mesos_credentials before, after;
	struct err e;
	for (int i = 0; i < FILES; i++) {
		assert_int_equal(mesos_credentials_read(&d->files, &before, &e), 0);
		assert_false(file_set_changed(&before.files));
		put(d, i, texts[i]);
		if (i == CERT) {
			put(d, KEY, texts[KEY]);
		}
		assert_true(file_set_changed(&before.files));
		assert_int_equal(mesos_credentials_read(&d->files, &after, &e), 0);
		assert_int_equal(mesos_credentials_equal(&before, &after), i == KEY);
		mesos_credentials_done(&before);
		mesos_credentials_done(&after);
	}
}

static void a_file_that_is_wrong_is_named_and_nothing_is_taken(void **state)
{
	struct folder *d = *state;
	static const struct {
		int file;
		const char *text, *sentence;
	} rows[] = {
	    {SECRET, "", "must hold one line of text"},
	    {SECRET, "\n", "must hold one line of text"},
	    {SECRET, "two\nlines\n", "must hold one line of text"},
	    {CA, "nothing", ": no certificate in it"},
	    {CERT, "nothing", ": no certificate in it"},
	    {KEY, "nothing", ": no private key in it that can be read without a passphrase"},
	    {KEY, NULL, ": the private key does not belong to the certificate"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mesos_credentials c = {.secret = NULL};
		struct err e = {0};
		put(d, SECRET, "sesame");
		put(d, CA, other.cert_pem);
		put(d, CERT, one.cert_pem);
		put(d, KEY, one.key_pem);
		put(d, rows[i].file, rows[i].text ? rows[i].text : other.key_pem);
		assert_int_equal(mesos_credentials_read(&d->files, &c, &e), -1);
		assert_int_equal(e.code, ERR_INVALID);
		if (!strstr(e.text, d->paths[rows[i].file]) || !strstr(e.text, rows[i].sentence)) {
			fail_msg("row %zu: %s", i, e.text);
		}
		assert_null(c.secret);
		assert_null(strstr(e.text, "lines"));
	}
	unlink(d->paths[CA]);
	struct mesos_credentials c;
	struct err e;
	put(d, KEY, one.key_pem);
	assert_int_equal(mesos_credentials_read(&d->files, &c, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

int main(void)
{
	cert_make(&one, "one", NULL, NULL, 0, 3600);
	cert_make(&other, "other", NULL, NULL, 0, 3600);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_the_files_hold_goes_with_requests, setup, teardown),
	    cmocka_unit_test_setup_teardown(every_file_is_watched_and_every_content_compared, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_file_that_is_wrong_is_named_and_nothing_is_taken, setup, teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	cert_done(&one);
	cert_done(&other);
	return failed;
}
