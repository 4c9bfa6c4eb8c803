/* The pure part of placement; placing itself is tested through the core. */
#include "adapter/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/adapter/world.h"

static struct kube_pod *pod_of(const char *selector)
{
	CLEANUP_FREE char *text = xasprintf("{\"metadata\":{\"namespace\":\"default\",\"name\":\"web\",\"uid\":\"u\"},"
					    "\"spec\":{\"nodeSelector\":{%s},\"containers\":[{\"name\":\"app\","
					    "\"image\":\"busybox\"}]}}",
					    selector);
	json_t *o = json_loads(text, 0, NULL);
	struct kube_pod *pod = kube_pod_decode(o, NULL);
	json_decref(o);
	assert_non_null(pod);
	return pod;
}

static void the_first_scalar_that_is_short_is_named(void **state)
{
	(void)state;
	const struct amounts free = {.cpus = 1000, .mem = 1000, .disk = 1000, .gpus = 0};
	const struct {
		struct amounts wanted;
		enum misfit misfit;
	} rows[] = {
	    {{0, 0, 0, 0}, FITS},
	    {{1000, 1000, 1000, 0}, FITS},
	    {{1001, 1000, 1000, 0}, MISFIT_CPUS},
	    {{1000, 1001, 1000, 0}, MISFIT_MEM},
	    {{1000, 1000, 1001, 0}, MISFIT_DISK},
	    {{1001, 1001, 1001, 1}, MISFIT_GPUS},
	    {{1001, 1001, 1001, 0}, MISFIT_CPUS},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(amounts_fit(&rows[i].wanted, &free), rows[i].misfit);
	}
}

static void a_selector_matches_when_all_its_keys_have_their_values(void **state)
{
	(void)state;
	static const char *const texts[] = {"type=virtual-kubelet"};
	const struct node_labels fixed = {texts, 1};
	struct mesos_offer *offer = world_make_offer("o", "agent-7", "cpus:1", "rack=r1;disk=ssd;type=other");
	const struct {
		const char *selector;
		bool matches;
	} rows[] = {
	    {"", true},
	    {"\"rack\":\"r1\"", true},
	    {"\"rack\":\"r2\"", false},
	    {"\"rack\":\"r1\",\"disk\":\"ssd\"", true},
	    {"\"rack\":\"r1\",\"disk\":\"hdd\"", false},
	    {"\"row\":\"1\"", false},
	    {"\"kubernetes.io/hostname\":\"agent-7\"", true},
	    {"\"kubernetes.io/hostname\":\"agent-8\"", false},
	    {"\"kubernetes.io/os\":\"linux\"", true},
	    {"\"type\":\"virtual-kubelet\"", true},
	    {"\"type\":\"other\"", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kube_pod *pod = pod_of(rows[i].selector);
		assert_int_equal(selector_matches(pod, offer, &fixed, NULL), rows[i].matches);
		assert_int_equal(selector_matches(pod, NULL, &fixed, NULL), pod->n_node_selector == 0);
		kube_pod_free(pod);
	}
	mesos_offer_free(offer);
}

static void a_pod_sits_better_where_more_is_left_of_what_is_scarcer(void **state)
{
	(void)state;
	const struct amounts pod = {.cpus = 100, .mem = 100000};
	const struct amounts roomy = {.cpus = 8000, .mem = 16384000};
	const struct amounts few_cpus = {.cpus = 500, .mem = 16384000};
	const struct amounts little_mem = {.cpus = 8000, .mem = 512000};
	assert_true(place_score(&pod, &roomy) > place_score(&pod, &few_cpus));
	assert_true(place_score(&pod, &roomy) > place_score(&pod, &little_mem));
	assert_true(place_score(&pod, &few_cpus) > place_score(&pod, &little_mem));
}

static void the_reason_names_what_is_short_and_on_how_many_agents(void **state)
{
	(void)state;
	struct kube_pod *pod = pod_of("\"rack\":\"r9\"");
	const struct pod_need need = {.total = {.cpus = 4000, .mem = 1536500, .disk = 1000, .gpus = 2000}};
	struct misfit_counts counts = {.agents = 20};
	counts.by[MISFIT_CPUS] = 9;
	counts.by[MISFIT_MEM] = 1;
	counts.by[MISFIT_PORT] = 2;
	counts.by[MISFIT_SELECTOR] = 3;
	counts.by[MISFIT_VOLUME] = 5;
	CLEANUP_FREE char *text = misfit_sentence(&counts, pod, &need);
	assert_string_equal(text, "0/20 agents fit: cpus short on 9 (the pod needs 4), mem (MB) short on 1 "
				  "(the pod needs 1536.5), hostPort not offered by 2, "
				  "nodeSelector rack=r9 does not match 3, 5 didn't match PersistentVolume's node affinity");
	kube_pod_free(pod);
}

static void without_agents_the_reason_says_that_nobody_offered(void **state)
{
	(void)state;
	struct kube_pod *pod = pod_of("");
	const struct pod_need need = {0};
	const struct misfit_counts none = {0};
	CLEANUP_FREE char *text = misfit_sentence(&none, pod, &need);
	assert_string_equal(text, "no Mesos agent has offered anything to our roles");
	struct misfit_counts later = {.agents = 2};
	later.by[FITS] = 1;
	later.by[MISFIT_DISK] = 1;
	CLEANUP_FREE char *other = misfit_sentence(&later, pod, &need);
	assert_string_equal(other,
			    "0/2 agents fit: disk (MB) short on 1 (the pod needs 0), no offer at present from 1");
	kube_pod_free(pod);
}

static void the_reason_stays_within_its_limit_however_long_the_selector(void **state)
{
	(void)state;
	char selector[4096] = "";
	size_t at = 0;
	for (int i = 0; i < 40; i++) {
		at += (size_t)snprintf(selector + at, sizeof(selector) - at, "%s\"key-%030d\":\"value-%030d\"",
				       i ? "," : "", i, i);
	}
	struct kube_pod *pod = pod_of(selector);
	const struct pod_need need = {0};
	struct misfit_counts counts = {.agents = 1};
	counts.by[MISFIT_SELECTOR] = 1;
	CLEANUP_FREE char *text = misfit_sentence(&counts, pod, &need);
	assert_true(strlen(text) < 1024); /* what an event may have */
	assert_non_null(strstr(text, "0/1 agents fit"));
	kube_pod_free(pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_scalar_that_is_short_is_named),
	    cmocka_unit_test(a_selector_matches_when_all_its_keys_have_their_values),
	    cmocka_unit_test(a_pod_sits_better_where_more_is_left_of_what_is_scarcer),
	    cmocka_unit_test(the_reason_names_what_is_short_and_on_how_many_agents),
	    cmocka_unit_test(without_agents_the_reason_says_that_nobody_offered),
	    cmocka_unit_test(the_reason_stays_within_its_limit_however_long_the_selector),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
