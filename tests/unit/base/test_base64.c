#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

static void the_vectors_of_the_rfc_hold_both_ways(void **state)
{
	static const char *const rows[][2] = {{"", ""},
					      {"f", "Zg=="},
					      {"fo", "Zm8="},
					      {"foo", "Zm9v"},
					      {"foob", "Zm9vYg=="},
					      {"fooba", "Zm9vYmE="},
					      {"foobar", "Zm9vYmFy"}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e;
		size_t n;
		CLEANUP_FREE char *encoded = base64_encode(rows[i][0], strlen(rows[i][0]));
		CLEANUP_FREE char *decoded = base64_decode(rows[i][1], strlen(rows[i][1]), &n, &e);
		assert_string_equal(encoded, rows[i][1]);
		assert_string_equal(decoded, rows[i][0]);
		assert_int_equal(n, strlen(rows[i][0]));
	}
}

static void every_byte_survives_at_every_length(void **state)
{
	unsigned char bytes[600];
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (unsigned char)(i * 7);
	}
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		size_t got;
		CLEANUP_FREE char *encoded = base64_encode(bytes, n);
		CLEANUP_FREE char *decoded = base64_decode(encoded, strlen(encoded), &got, NULL);
		assert_int_equal(got, n);
		assert_memory_equal(decoded, bytes, n);
		assert_int_equal(decoded[n], '\0');
	}
}

static void white_space_is_skipped_and_all_else_refused_with_its_offset(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
	    {" Zm9v\r\n\tYg ==\n", NULL},
	    {"Zm9!", "base64: wrong character at offset 3"},
	    {"Zm9v-_", "base64: wrong character at offset 4"},
	    {"=", "base64: wrong character at offset 0"},
	    {"Z===", "base64: wrong character at offset 1"},
	    {"Zg==Zg==", "base64: wrong character at offset 4"},
	    {"Zg==\n=", "base64: wrong character at offset 5"},
	    {"Zg=g", "base64: wrong character at offset 3"},
	    {"Zm9vY", "base64: cut off at offset 5"},
	    {"Zg", "base64: cut off at offset 2"},
	    {"Zg=", "base64: cut off at offset 3"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e;
		CLEANUP_FREE char *decoded = base64_decode(rows[i].text, strlen(rows[i].text), NULL, &e);
		if (rows[i].error) {
			assert_null(decoded);
			assert_int_equal(e.code, ERR_INVALID);
			assert_string_equal(e.text, rows[i].error);
		} else {
			assert_string_equal(decoded, "foob");
		}
	}
	assert_null(base64_decode("Zg\0=", 4, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vectors_of_the_rfc_hold_both_ways),
	    cmocka_unit_test(every_byte_survives_at_every_length),
	    cmocka_unit_test(white_space_is_skipped_and_all_else_refused_with_its_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
