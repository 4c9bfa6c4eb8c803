#include "tests/sandbox/kube/selectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static bool labels_match(const char *selector, json_t *object)
{
	struct selector *s;
	struct refusal r = {0};
	assert_int_equal(label_selector_parse(selector, &s, &r), 0);
	bool matches = selector_matches_labels(s, object);
	selector_free(s);
	return matches;
}

static void label_selectors_select_as_documented(void **state)
{
	(void)state;
	static const struct {
		const char *selector;
		bool matches;
	} CASES[] = {
	    {"", true},
	    {"app=web", true},
	    {"app==web", true},
	    {"app!=web", false},
	    {"other!=x", true},
	    {"app in (a, web)", true},
	    {"app in (a,b)", false},
	    {"app notin (a,b)", true},
	    {"other notin (x)", true},
	    {"app", true},
	    {"!app", false},
	    {"!other", true},
	    {"app=web,tier=front", true},
	    {"app=web,tier=x", false},
	    {"size>3", true},
	    {"size>9", false},
	    {"size<9", true},
	    {"app>1", false},
	    {"empty=", true},
	    {"app=", false},
	    {"example.com/x=y", true},
	    {" app = web ", true},
	};
	json_t CLEANUP_JSON *object = json_pack("{s:{s:{s:s, s:s, s:s, s:s, s:s}}}", "metadata", "labels", "app", "web",
						"tier", "front", "size", "5", "empty", "", "example.com/x", "y");
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		if (labels_match(CASES[i].selector, object) != CASES[i].matches) {
			fail_msg("%s", CASES[i].selector);
		}
	}
}

static void broken_label_selectors_say_what_was_found(void **state)
{
	(void)state;
	static const char *const CASES[][2] = {
	    {"!!", "unable to parse requirement: found '!', expected: identifier"},
	    {"a in", "unable to parse requirement: found '', expected: '('"},
	    {"a in (b", "unable to parse requirement: found '', expected: ',' or ')'"},
	    {"=a", "unable to parse requirement: found '=', expected: identifier"},
	    {"a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"},
	    {"a,", "unable to parse requirement: found '', expected: identifier"},
	    {"!a=b", "unable to parse requirement: found '=', expected: ',' or 'end of string'"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct selector *s = NULL;
		struct refusal r = {0};
		assert_int_equal(label_selector_parse(CASES[i][0], &s, &r), -1);
		assert_int_equal(r.code, 400);
		assert_string_equal(r.message, CASES[i][1]);
		assert_null(s);
		refusal_done(&r);
	}
}

static void too_many_terms_are_refused(void **state)
{
	(void)state;
	struct buf CLEANUP_BUF text = BUF_INIT(65536);
	for (int i = 0; i <= SELECTOR_TERMS_MAX; i++) {
		buf_printf(&text, "%sk%d=v", i ? "," : "", i);
	}
	struct selector *s;
	struct refusal r = {0};
	assert_int_equal(label_selector_parse(buf_str(&text), &s, &r), -1);
	refusal_done(&r);
}

static void field_selectors_know_the_fields_of_their_resource(void **state)
{
	(void)state;
	static const struct {
		const char *selector;
		bool matches;
	} CASES[] = {
	    {"", true},
	    {"metadata.name=p", true},
	    {"spec.nodeName=", false},
	    {"spec.nodeName!=", true},
	    {"spec.nodeName==n1,status.phase!=Failed", true},
	    {"spec.hostNetwork=false", true},
	    {"status.nominatedNodeName=", true},
	};
	const struct kube_resource *pods = registry_find("", "v1", "pods");
	json_t CLEANUP_JSON *pod = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}}", "metadata", "name", "p", "spec", "nodeName",
					     "n1", "status", "phase", "Running");
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct selector *s;
		struct refusal r = {0};
		assert_int_equal(field_selector_parse(pods, CASES[i].selector, &s, &r), 0);
		if (selector_matches_fields(s, pod) != CASES[i].matches) {
			fail_msg("%s", CASES[i].selector);
		}
		selector_free(s);
	}
}

static void unknown_fields_and_operators_are_refused(void **state)
{
	(void)state;
	static const char *const CASES[][2] = {
	    {"metadata.uid=x", "field label not supported: metadata.uid"},
	    {"spec.nodeName", "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"},
	    {"=", "field label not supported: "},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct selector *s = NULL;
		struct refusal r = {0};
		assert_int_equal(field_selector_parse(registry_find("", "v1", "pods"), CASES[i][0], &s, &r), -1);
		assert_string_equal(r.message, CASES[i][1]);
		refusal_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(label_selectors_select_as_documented),
	    cmocka_unit_test(broken_label_selectors_say_what_was_found),
	    cmocka_unit_test(too_many_terms_are_refused),
	    cmocka_unit_test(field_selectors_know_the_fields_of_their_resource),
	    cmocka_unit_test(unknown_fields_and_operators_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
