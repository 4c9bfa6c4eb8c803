#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pem.h"
#include "base/self_signed.h"

static void a_certificate_goes_with_its_key_and_is_another_one_each_time(void **state)
{
	(void)state;
	struct err e = {0};
	char *certs[2], *keys[2];
	for (int i = 0; i < 2; i++) {
		assert_int_equal(self_signed_make("adapter", i ? "10.0.0.7" : NULL, &certs[i], &keys[i], &e), 0);
		assert_int_equal(pem_check_certificates(certs[i], &e), 0);
		assert_int_equal(pem_check_key(keys[i], certs[i], &e), 0);
	}
	assert_string_not_equal(certs[0], certs[1]);
	assert_int_equal(pem_check_key(keys[0], certs[1], &e), -1);
	for (int i = 0; i < 2; i++) {
		free(certs[i]);
		free(keys[i]);
	}
}

static void an_address_that_is_none_is_an_error(void **state)
{
	(void)state;
	struct err e = {0};
	char *cert = NULL, *key = NULL;
	assert_int_equal(self_signed_make("adapter", "nowhere", &cert, &key, &e), -1);
	assert_string_equal(e.text, "a certificate for \"adapter\" cannot be made");
	assert_null(cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_goes_with_its_key_and_is_another_one_each_time),
	    cmocka_unit_test(an_address_that_is_none_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
