#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/toleration.h"

#define NOT_TOLERATED (-2)

static int64_t seconds_of(const char *tolerations)
{
	CLEANUP_FREE char *spec = xasprintf("'containers':[{'name':'a','image':'b'}],'tolerations':[%s]", tolerations);
	struct kube_pod *pod = sample_spec(spec, NULL);
	int64_t seconds = NOT_TOLERATED;
	assert_non_null(pod);
	bool tolerated = toleration_of(pod, "k", "NoExecute", &seconds);
	assert_int_equal(tolerated, seconds != NOT_TOLERATED);
	kube_pod_free(pod);
	return seconds;
}

static void a_toleration_matches_by_key_operator_value_and_effect(void **state)
{
	(void)state;
	static const struct {
		const char *tolerations;
		int64_t seconds;
	} rows[] = {
	    {"", NOT_TOLERATED},
	    {"{'key':'k','operator':'Exists','effect':'NoExecute','tolerationSeconds':300}", 300},
	    {"{'key':'k','operator':'Exists','effect':'NoExecute'}", -1},
	    {"{'key':'k','operator':'Exists'}", -1},
	    {"{'operator':'Exists'}", -1},
	    {"{'operator':'Exists','effect':'NoSchedule'}", NOT_TOLERATED},
	    {"{'key':'other','operator':'Exists','effect':'NoExecute'}", NOT_TOLERATED},
	    {"{'key':'k','effect':'NoExecute'}", -1}, /* Equal, and the taint has no value */
	    {"{'key':'k','operator':'Equal','value':'v','effect':'NoExecute'}", NOT_TOLERATED},
	    {"{'key':'k','operator':'Gt','value':'5','effect':'NoExecute'}",
	     NOT_TOLERATED}, /* the taint is no number */
	    {"{'key':'k','operator':'Exists','effect':'NoExecute','tolerationSeconds':-5}", 0},
	    {"{'key':'k','operator':'Exists','effect':'NoExecute','tolerationSeconds':0}", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (seconds_of(rows[i].tolerations) != rows[i].seconds) {
			fail_msg("%s is not %lld", rows[i].tolerations, (long long)rows[i].seconds);
		}
	}
}

static void of_several_the_least_time_counts(void **state)
{
	(void)state;
	assert_int_equal(seconds_of("{'operator':'Exists','effect':'NoExecute','tolerationSeconds':60},"
				    "{'key':'k','operator':'Exists'},"
				    "{'key':'other','operator':'Exists','effect':'NoExecute','tolerationSeconds':1},"
				    "{'key':'k','operator':'Exists','effect':'NoExecute','tolerationSeconds':30}"),
			 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_toleration_matches_by_key_operator_value_and_effect),
	    cmocka_unit_test(of_several_the_least_time_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
