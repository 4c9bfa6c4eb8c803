/* The table of fields against the published API: tests/data/kubernetes/pod-fields-1.36.txt has each path of PodSpec and
 * what lies below it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "kube/pod_fields.h"
#include "tests/unit/unit.h"

#define FILE_MAX ((size_t)4 << 20)
#define LIST TEST_DATA "/kubernetes/pod-fields-1.36.txt"
#define PATH_LENGTH 256

/* Does the path of a scope, which may have "{a,b}" and "*", stand for this one? */
static bool matches(const char *pattern, const char *path)
{
	if (*pattern == '*') {
		for (const char *rest = path + strlen(path); rest >= path; rest--) {
			if (matches(pattern + 1, rest)) {
				return true;
			}
		}
		return false;
	}
	if (*pattern == '{') {
		const char *after = strchr(pattern, '}') + 1;
		for (const char *at = pattern + 1; at < after; at += strcspn(at, ",}") + 1) {
			size_t n = strcspn(at, ",}");
			if (!strncmp(at, path, n) && matches(after, path + n)) {
				return true;
			}
		}
		return false;
	}
	return *pattern == *path && (!*pattern || matches(pattern + 1, path + 1));
}

/* Init containers follow the rules of containers, and so does what lies below the fields of ephemeral ones. */
static char *as_container(const char *path)
{
	static const char *const others[] = {"spec.initContainers[]", "spec.ephemeralContainers[]."};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		size_t n = strlen(others[i]);
		if (!strncmp(path, others[i], n)) {
			return xasprintf("spec.containers[]%s%s", others[i][n - 1] == '.' ? "." : "", path + n);
		}
	}
	return xstrdup(path);
}

/* NULL: nothing in the table is for the member of this object. */
static const struct pod_field *row_of(const char *object, const char *key)
{
	for (int scope = 0; scope < POD_SCOPES; scope++) {
		if (matches(pod_scope_path((enum pod_scope)scope), object)) {
			const struct pod_field *row = pod_field_find((enum pod_scope)scope, key);
			if (row) {
				return row;
			}
		}
	}
	return NULL;
}

/* A row that decides for all below it, or one row each on the way down. */
static bool covered(const char *path)
{
	char object[PATH_LENGTH], key[PATH_LENGTH];
	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		size_t n = strcspn(dot + 1, ".[");
		snprintf(object, sizeof(object), "%.*s", (int)(dot - path), path);
		snprintf(key, sizeof(key), "%.*s", (int)n, dot + 1);
		CLEANUP_FREE char *own = as_container(object);
		const struct pod_field *row = row_of(own, key);
		if (!row) {
			return false;
		}
		if (row->rule != FIELD_HANDLED) {
			return true;
		}
	}
	return true;
}

static void every_published_field_is_decided_by_the_table(void **state)
{
	(void)state;
	struct err e = {0};
	size_t n = 0, missing = 0;
	CLEANUP_FREE char *list = file_read(LIST, FILE_MAX, NULL, &e);
	if (!list) {
		fail_msg("%s", e.text);
	}
	char *rest = list;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		n += *line != '\0';
		if (*line && !covered(line)) {
			missing++;
			print_error("%s\n", line);
		}
	}
	assert_true(n > 900);
	assert_int_equal(missing, 0);
}

static void a_field_that_the_api_does_not_have_is_found_missing(void **state)
{
	(void)state;
	assert_true(covered("spec.containers[].env[].valueFrom.secretKeyRef.key"));
	assert_true(covered("spec.volumes[].nfs.anything"));
	assert_true(covered("spec.ephemeralContainers[].env[].value"));
	assert_true(covered("spec.ephemeralContainers[].lifecycle.preStop"));
	assert_false(covered("spec.novelty"));
	assert_false(covered("spec.containers[].novelty"));
	assert_false(covered("spec.initContainers[].novelty"));
	assert_false(covered("spec.ephemeralContainers[].novelty"));
	assert_false(covered("spec.ephemeralContainers[].env[].novelty"));
	assert_false(covered("spec.containers[].env[].valueFrom.secretKeyRef.novelty"));
	assert_false(covered("spec.securityContext.novelty"));
}

static bool published(const char *list, const struct pod_field *row)
{
	const char *pattern = pod_scope_path(row->scope);
	CLEANUP_FREE char *copy = xstrdup(list);
	char *rest = copy;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		char *dot = strrchr(line, '.');
		if (dot) {
			*dot = '\0';
			dot[1 + strcspn(dot + 1, "[")] = '\0';
			if (!strcmp(dot + 1, row->key) && matches(pattern, line)) {
				return true;
			}
		}
	}
	return false;
}

/* The names of a map, which the list leaves open. */
static bool names_resources(enum pod_scope scope)
{
	return scope == POD_SCOPE_AMOUNT || scope == POD_SCOPE_OVERHEAD || scope == POD_SCOPE_POD_AMOUNT;
}

static void the_table_has_no_field_that_was_never_published(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP_FREE char *list = file_read(LIST, FILE_MAX, NULL, &e);
	assert_non_null(list);
	for (size_t i = 0; pod_field_at(i); i++) {
		const struct pod_field *row = pod_field_at(i);
		if (!names_resources(row->scope) && !published(list, row)) {
			fail_msg("%s.%s", pod_scope_path(row->scope), row->key);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_published_field_is_decided_by_the_table),
	    cmocka_unit_test(a_field_that_the_api_does_not_have_is_found_missing),
	    cmocka_unit_test(the_table_has_no_field_that_was_never_published),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
