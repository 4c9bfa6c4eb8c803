/* Recorded bytes for the tests of mesos/. */
#ifndef TESTS_UNIT_MESOS_DATA_H
#define TESTS_UNIT_MESOS_DATA_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/js.h"
#include "base/mem.h"

/* The whole file under tests/data/mesos/codec/, with a NUL after it; free() it. */
static inline char *read_data(const char *name, size_t *ret_n)
{
	CLEANUP_FREE char *path = xasprintf("%s/mesos/codec/%s", TEST_DATA, name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size_t n = (size_t)ftell(f);
	rewind(f);
	char *bytes = xmalloc(n + 1);
	assert_int_equal(fread(bytes, 1, n, f), n);
	bytes[n] = '\0';
	fclose(f);
	*ret_n = n;
	return bytes;
}

/* The JSON body of a recorded request. */
static inline json_t *read_request_body(const char *name)
{
	size_t n;
	CLEANUP_FREE char *bytes = read_data(name, &n);
	const char *body = strstr(bytes, "\r\n\r\n");
	assert_non_null(body);
	json_t *o = js_parse(body + 4, strlen(body + 4), NULL);
	assert_non_null(o);
	return o;
}

static inline json_t *json_of(const char *text)
{
	struct err e = {0};
	json_t *o = js_parse(text, strlen(text), &e);
	if (!o) {
		fail_msg("%s: %s", e.text, text);
	}
	return o;
}

/* Like json_equal, but 32 equals 32.0, and every member of `want` must be there while more may. */
static inline bool json_covers(const json_t *have, const json_t *want)
{
	if (json_is_number(have) && json_is_number(want)) {
		return fabs(json_number_value(have) - json_number_value(want)) < 1e-9;
	}
	if (json_is_array(have) && json_is_array(want)) {
		bool all = json_array_size(have) == json_array_size(want);
		for (size_t i = 0; all && i < json_array_size(want); i++) {
			all = json_covers(json_array_get(have, i), json_array_get(want, i));
		}
		return all;
	}
	if (json_is_object(have) && json_is_object(want)) {
		const char *key;
		json_t *value;
		json_object_foreach ((json_t *)(uintptr_t)want, key, value) {
			if (!json_covers(json_object_get(have, key), value)) {
				return false;
			}
		}
		return true;
	}
	return json_equal(have, want);
}

static inline bool json_same(const json_t *a, const json_t *b)
{
	return json_covers(a, b) && json_covers(b, a);
}

#endif
