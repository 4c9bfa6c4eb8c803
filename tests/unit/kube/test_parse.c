#include "tests/unit/unit.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/parse.h"

/* JSON with ' for ". */
static char *parsed(const char *text)
{
	CLEANUP_FREE char *copy = xstrdup(text);
	struct err e = {0};
	for (char *s = copy; (s = strchr(s, '\'')) != NULL;) {
		*s = '"';
	}
	CLEANUP_JSON json_t *o = kube_parse(copy, strlen(copy), &e);
	char *out = o ? js_text(o) : xstrdup(e.text);
	for (char *s = out; (s = strchr(s, '"')) != NULL;) {
		*s = '\'';
	}
	return out;
}

static void what_says_who_wrote_which_field_is_left_out_and_nothing_else(void **state)
{
	(void)state;
	static const struct {
		const char *text, *parsed;
	} rows[] = {
	    {"{}", "{}"},
	    {"{'managedFields':[]}", "{}"},
	    {"{'managedFields':[],'a':1}", "{'a':1}"},
	    {"{'managedFields':[] \n,'a':1}", "{'a':1}"},
	    {"{'a':1,'managedFields':[]}", "{'a':1}"},
	    {"{'a':1,'managedFields':[{'f:x':[{}]},[[]]],'b':2}", "{'a':1,'b':2}"},
	    {"{'a':1,'managedFields':[{'k:{\\'name\\':\\']\\'}':{}}],'b':2}", "{'a':1,'b':2}"},
	    {"{'a':1,'managedFields':['\\\\'],'b':2}", "{'a':1,'b':2}"},
	    {"[{'m':{'managedFields':[1]}},{'m':{'x':1,'managedFields':[2]}}]", "[{'m':{}},{'m':{'x':1}}]"},
	    {"{'managedFields':'no list'}", "{'managedFields':'no list'}"},
	    {"{'managedFields':null}", "{'managedFields':null}"},
	    {"{'a':'managedFields'}", "{'a':'managedFields'}"},
	    {"{'a':',\\'managedFields\\':['}", "{'a':',\\'managedFields\\':['}"},
	    {"{'{\\'managedFields':[1]}", "{'{\\'managedFields':[1]}"},
	    {"{ 'a': 1, 'managedFields': [] }", "{'a':1,'managedFields':[]}"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *got = parsed(rows[i].text);
		assert_string_equal(got, rows[i].parsed);
	}
}

static void a_list_that_does_not_end_is_an_error(void **state)
{
	(void)state;
	static const char *const texts[] = {"{'a':1,'managedFields':[",	 "{'a':1,'managedFields':[{'b':'c",
					    "{'a':1,'managedFields':[]", "{'a':1,'managedFields':[{'b':'\\",
					    "'managedFields':[]",	 ""};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP_FREE char *got = parsed(texts[i]);
		assert_non_null(strstr(got, "JSON line"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_says_who_wrote_which_field_is_left_out_and_nothing_else),
	    cmocka_unit_test(a_list_that_does_not_end_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
