/* What real Kubernetes answered, asked again of the model. */
#include "tests/unit/sandbox/kube_replay.h"
#include "tests/unit/unit.h"

#define LEAST_EXCHANGES 300

static struct replay_count total;

#define FOLDER(function, name)                                                                                         \
	static void function(void **state)                                                                             \
	{                                                                                                              \
		(void)state;                                                                                           \
		replay_script(name, &total);                                                                           \
	}

FOLDER(errors_are_worded_as_recorded, "errors")
FOLDER(http_details_are_as_recorded, "http-level")
FOLDER(lists_pages_and_selectors_answer_as_recorded, "pods-list")
FOLDER(watches_tell_what_was_recorded, "watch")
FOLDER(expired_versions_are_refused_as_recorded, "watch-restart")
FOLDER(binding_answers_as_recorded, "binding")
FOLDER(pod_status_is_taken_and_refused_as_recorded, "pod-status")
FOLDER(pods_are_filled_in_and_refused_as_recorded, "pod-create")
FOLDER(pods_end_as_recorded, "delete")
FOLDER(nodes_answer_as_recorded, "node")
FOLDER(leases_answer_as_recorded, "lease")
FOLDER(events_answer_as_recorded, "events")
FOLDER(what_needs_a_kubelet_is_refused_as_recorded, "kubelet-api-side")

static void most_of_the_recordings_are_replayed(void **state)
{
	(void)state;
	assert_in_range(total.replayed, LEAST_EXCHANGES, total.replayed);
	assert_in_range(total.skipped, 0, total.replayed / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_are_worded_as_recorded),
	    cmocka_unit_test(http_details_are_as_recorded),
	    cmocka_unit_test(lists_pages_and_selectors_answer_as_recorded),
	    cmocka_unit_test(watches_tell_what_was_recorded),
	    cmocka_unit_test(expired_versions_are_refused_as_recorded),
	    cmocka_unit_test(binding_answers_as_recorded),
	    cmocka_unit_test(pod_status_is_taken_and_refused_as_recorded),
	    cmocka_unit_test(pods_are_filled_in_and_refused_as_recorded),
	    cmocka_unit_test(pods_end_as_recorded),
	    cmocka_unit_test(nodes_answer_as_recorded),
	    cmocka_unit_test(leases_answer_as_recorded),
	    cmocka_unit_test(events_answer_as_recorded),
	    cmocka_unit_test(what_needs_a_kubelet_is_refused_as_recorded),
	    cmocka_unit_test(most_of_the_recordings_are_replayed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
