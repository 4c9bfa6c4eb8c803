#include "tests/unit/adapter/certificate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter/settings_tls.h"

static char dir[] = "/tmp/test_settings_tls.XXXXXX";

#define NAMES_MAX 6
static const char *const names[NAMES_MAX] = {"cert.pem",      "key.pem",    "other.pem",
					     "other-key.pem", "locked.pem", "locked-key.pem"};
static char paths[NAMES_MAX][64];

enum { CERT, KEY, OTHER, OTHER_KEY, LOCKED, LOCKED_KEY };

static void assert_said(const struct err *e, const char *path, const char *part)
{
	assert_int_equal(strncmp(e->text, path, strlen(path)), 0);
	assert_non_null(strstr(e->text, part));
}

static void a_certificate_is_a_file_of_certificates(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(check_ca_file(paths[CERT], &e), 0);
}

static void what_is_no_certificate_is_refused_with_its_path(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(check_ca_file(paths[KEY], &e), -1);
	assert_said(&e, paths[KEY], "is no file of PEM certificates: ");
	assert_int_equal(check_ca_file("/dev/null", &e), -1);
	assert_said(&e, "/dev/null", "is no regular file");
	assert_int_equal(check_ca_file("/does/not/exist", &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_certificate_goes_with_its_own_key_only(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(check_cert_and_key(paths[CERT], paths[KEY], &e), 0);
	assert_int_equal(check_cert_and_key(paths[OTHER], paths[OTHER_KEY], &e), 0);
	assert_int_equal(check_cert_and_key(paths[CERT], paths[OTHER_KEY], &e), -1);
	assert_said(&e, paths[OTHER_KEY], "is no PEM private key of the certificate: ");
	assert_int_equal(check_cert_and_key(paths[KEY], paths[KEY], &e), -1);
	assert_said(&e, paths[KEY], "is no PEM certificate: ");
	assert_int_equal(check_cert_and_key(paths[CERT], paths[CERT], &e), -1);
	assert_said(&e, paths[CERT], "is no PEM private key of the certificate: ");
	assert_int_equal(check_cert_and_key(paths[CERT], "/does/not/exist", &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_key_with_a_pass_phrase_is_refused_without_asking_anybody(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(check_cert_and_key(paths[LOCKED], paths[LOCKED_KEY], &e), -1);
	assert_said(&e, paths[LOCKED_KEY], "is no PEM private key of the certificate: ");
}

static int make_files(void **state)
{
	(void)state;
	if (!mkdtemp(dir)) {
		return -1;
	}
	for (size_t i = 0; i < NAMES_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", dir, names[i]);
	}
	make_certificate(paths[CERT], paths[KEY], NULL);
	make_certificate(paths[OTHER], paths[OTHER_KEY], NULL);
	make_certificate(paths[LOCKED], paths[LOCKED_KEY], "secret");
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < NAMES_MAX; i++) {
		unlink(paths[i]);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_is_a_file_of_certificates),
	    cmocka_unit_test(what_is_no_certificate_is_refused_with_its_path),
	    cmocka_unit_test(a_certificate_goes_with_its_own_key_only),
	    cmocka_unit_test(a_key_with_a_pass_phrase_is_refused_without_asking_anybody),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
