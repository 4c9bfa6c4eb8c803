/* Bytes that were recorded between an API server and a real kubelet. */
#ifndef TESTS_UNIT_KUBE_RECORDED_H
#define TESTS_UNIT_KUBE_RECORDED_H

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/unit.h"

#define RECORDED_MAX ((size_t)1 << 20)

/* What came after the HTTP head of one direction; free() it. */
static inline char *recorded(const char *name, size_t *ret_n)
{
	char path[256];
	struct err e = {0};
	snprintf(path, sizeof(path), TEST_DATA "/kubelet/%s", name);
	char *all = file_read(path, RECORDED_MAX, ret_n, &e);
	assert_non_null(all);
	char *body = strstr(all, "\r\n\r\n");
	assert_non_null(body);
	*ret_n -= (size_t)(body + 4 - all);
	memmove(all, body + 4, *ret_n);
	return all;
}

#endif
