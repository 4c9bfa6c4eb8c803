/* On which version of its pod a status is stored, and what a restored backup took back. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"
#include "tests/unit/adapter/world_test.h"

#define REPAIR_MS 10000 /* STATUS_REPAIR_MS */

static const char *version_of(const struct effect *patch)
{
	return js_str_at(patch->body, "metadata", "resourceVersion", NULL);
}

static void show_version(const char *name, const char *version)
{
	json_object_set_new(js_obj(world_object(&w, name), "metadata"), "resourceVersion", json_string(version));
	world_show(&w, name);
}

/* Its container ended, as version 100 of the pod does not say. */
static struct effect *patch_of_an_end(void)
{
	world_begin(&w);
	world_running(&w, "web", "", "");
	show_version("web", "100");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	return world_take(&w, EFFECT_PATCH_STATUS);
}

static void a_status_is_stored_only_on_the_newest_version_of_its_pod(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	assert_string_equal(version_of(patch), "100");
	show_version("web", "100"); /* the watch is behind */
	world_nothing(&w);
	world_result(&w, patch, ERR_CONFLICT);
	world_nothing(&w);
	show_version("web", "101"); /* who wrote it does not matter: ours is the newer status */
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "101");
	world_ok(&w, patch);
	world_take(&w, EFFECT_ACKNOWLEDGE);
}

static void what_a_restored_backup_took_back_is_stored_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	CLEANUP_JSON json_t *backup = json_deep_copy(js_obj(world_object(&w, "web"), "status"));
	show_version("web", "100");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	show_version("web", "101");
	json_object_set(world_object(&w, "web"), "status", backup);
	show_version("web", "99");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "99");
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000", "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1); /* nothing follows before it is stored */
	world_ok(&w, patch);
	world_good_day(&w);
	world_offer(&w, "o3", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_non_null(js_at(world_container(&w, "web", "app"), "lastState", "terminated", NULL));
}

static void a_conflict_without_a_newer_version_waits_longer_and_longer(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	show_version("web", "100");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	size_t before = world_count(&w, EFFECT_PATCH_STATUS);
	for (int i = 0; i < 60; i++) {
		if (world_next_is(&w, EFFECT_PATCH_STATUS)) {
			world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_CONFLICT);
		}
		world_wait(&w, 1000);
	}
	assert_in_range(world_count(&w, EFFECT_PATCH_STATUS) - before, 4, 9);
}

static void after_the_binding_the_status_waits_for_the_version_that_it_made(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	show_version("web", "7");
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_result(&w, bind, ERR_NONE);
	world_take(&w, EFFECT_ACCEPT); /* which need not wait */
	world_nothing(&w);
	world_apply(&w, bind);
	show_version("web", "8");
	assert_string_equal(version_of(world_take(&w, EFFECT_PATCH_STATUS)), "8");
}

static int64_t observed(const struct effect *patch)
{
	return js_int(js_obj(patch->body, "status"), "observedGeneration", 0);
}

static void show_generation(int64_t generation)
{
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "generation", json_integer(generation));
	world_show(&w, "web");
}

/* The watch had not yet shown our last words when the backup was restored, and that is newer than what it had shown. */
static void
what_a_restored_backup_took_back_is_stored_again_though_it_is_newer_than_what_the_watch_had_shown(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	show_version("web", "100");
	world_good_day(&w);
	CLEANUP_JSON json_t *backup = json_deep_copy(js_obj(world_object(&w, "web"), "status"));
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = patch, .text = "103"});
	world_skip(&w);
	json_object_set(world_object(&w, "web"), "status", backup);
	show_version("web", "101");
	world_synced(&w);
	patch = world_last(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "101");
}

static void a_changed_spec_is_told_to_have_been_seen(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	show_generation(2);
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_int_equal(observed(patch), 2);
	show_generation(3);
	show_generation(4);
	world_ok(&w, patch);
	patch = world_take(&w, EFFECT_PATCH_STATUS); /* one for all that came meanwhile */
	assert_int_equal(observed(patch), 4);
	world_ok(&w, patch);
	show_generation(4);
	world_nothing(&w);
}

static void that_a_deletion_was_seen_is_not_worth_a_write(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	show_generation(1);
	world_good_day(&w);
	size_t before = world_count(&w, EFFECT_PATCH_STATUS);
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "generation", json_integer(2));
	world_delete(&w, "web", 30);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), before);
	reborn();
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), before);
}

static void listed_again(void)
{
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
}

static void a_status_that_no_list_shows_is_stored_again_on_the_version_that_is_there(void **state)
{
	(void)state;
	world_result(&w, patch_of_an_end(), ERR_NONE);
	world_good_day(&w);
	listed_again();
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "100");
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000", "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1); /* nothing follows before it is stored */
	world_ok(&w, patch);
	assert_non_null(js_at(world_container(&w, "web", "app"), "state", "terminated", NULL));
}

static void a_list_that_was_only_behind_costs_a_write_and_undoes_nothing(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	world_apply(&w, patch);
	world_result(&w, patch, ERR_NONE);
	world_good_day(&w);
	listed_again();
	world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_CONFLICT);
	world_nothing(&w);
	show_version("web", "101");
	patch = world_take(&w, EFFECT_PATCH_STATUS); /* of what stands there already */
	assert_string_equal(version_of(patch), "101");
	world_result(&w, patch, ERR_NONE);
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void what_was_stored_before_a_list_and_answered_after_it_is_not_relied_on(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	size_t acknowledged = world_count(&w, EFFECT_ACKNOWLEDGE);
	listed_again();
	world_result(&w, patch, ERR_NONE);
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), acknowledged);
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "100");
	world_ok(&w, patch);
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), acknowledged + 1);
}

static void a_list_changes_nothing_of_what_was_seen(void **state)
{
	(void)state;
	world_ok(&w, patch_of_an_end());
	show_version("web", "101");
	world_good_day(&w);
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	listed_again();
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
}

static void a_pod_that_had_ended_when_this_life_began_has_ended_though_a_backup_does_not_say_so(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'OnFailure'");
	CLEANUP_JSON json_t *backup = json_deep_copy(js_obj(world_object(&w, "web"), "status"));
	world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
	world_restart(&w);
	show_version("web", "100");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	json_object_set(world_object(&w, "web"), "status", backup);
	show_version("web", "99");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void a_pod_that_was_removed_and_is_there_again_unseen_is_removed_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 0);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, "");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	while (!world_next_is(&w, EFFECT_DELETE_POD)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	struct effect *removal = world_take(&w, EFFECT_DELETE_POD);
	world_result(&w, removal, ERR_NONE);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1); /* its finalizers may take their time */
	world_skip(&w);
	listed_again();
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_NOT_FOUND);
	assert_int_equal(core_count(w.core).pods, 0);
}

/* Stored, and shown as this version. */
static void stored_as(struct effect *patch, const char *version)
{
	world_apply(&w, patch);
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = patch, .text = version});
	show_version(patch->name, version);
	world_good_day(&w);
}

/* Version 101 is ours, and nothing else is to be written. */
static void our_end_is_version_101(void)
{
	stored_as(patch_of_an_end(), "101");
	world_good_day(&w);
	world_wait(&w, REPAIR_MS);
	world_good_day(&w);
}

static void set_condition(const char *type, const char *member, const char *value)
{
	json_object_set_new(world_condition(&w, "web", type), member, json_string(value));
}

static void a_status_that_somebody_else_changed_is_put_back(void **state)
{
	(void)state;
	our_end_is_version_101();
	CLEANUP_JSON json_t *ours = json_deep_copy(world_condition(&w, "web", "PodScheduled"));
	set_condition("PodScheduled", "status", "False");
	set_condition("PodScheduled", "lastTransitionTime", "2030-01-01T00:00:00Z");
	show_version("web", "102");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(version_of(patch), "102");
	stored_as(patch, "103");
	assert_true(json_equal(ours, world_condition(&w, "web", "PodScheduled")));
	/* A container, and a phase. */
	world_wait(&w, REPAIR_MS);
	json_object_set_new(world_container(&w, "web", "app"), "image", json_string("another"));
	json_object_set_new(js_obj(world_object(&w, "web"), "status"), "phase", json_string("Unknown"));
	show_version("web", "104");
	stored_as(world_take(&w, EFFECT_PATCH_STATUS), "105");
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_container(&w, "web", "app"), "image"), "busybox");
	world_nothing(&w);
}

static void what_others_write_beside_our_status_is_left_alone(void **state)
{
	(void)state;
	our_end_is_version_101();
	json_t *object = world_object(&w, "web"), *status = js_obj(object, "status");
	json_array_append_new(js_arr(status, "conditions"), json_pack("{s:s,s:s}", "type", "Theirs", "status", "True"));
	json_object_set_new(js_obj(object, "metadata"), "labels", json_pack("{s:s}", "new", "label"));
	show_version("web", "102");
	world_nothing(&w);
}

static void a_line_from_before_our_status_is_not_taken_for_somebody_else_s(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = patch, .text = "103"});
	world_good_day(&w);
	show_version("web", "102"); /* as it was before */
	world_nothing(&w);
	world_apply(&w, patch);
	show_version("web", "103");
	world_nothing(&w);
}

static void a_change_that_came_before_the_answer_to_our_write_is_seen(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	world_apply(&w, patch);
	show_version("web", "101");
	set_condition("PodScheduled", "status", "False");
	show_version("web", "102");
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = patch, .text = "101"});
	world_take(&w, EFFECT_ACKNOWLEDGE);
	stored_as(world_take(&w, EFFECT_PATCH_STATUS), "103");
	assert_string_equal(js_str(world_condition(&w, "web", "PodScheduled"), "status"), "True");
}

static void two_who_disagree_about_a_status_do_not_write_without_end(void **state)
{
	(void)state;
	char version[16];
	int at = 101;
	our_end_is_version_101();
	size_t before = world_count(&w, EFFECT_PATCH_STATUS);
	for (int second = 0; second < 60; second++) {
		set_condition("PodScheduled", "status", "False");
		snprintf(version, sizeof(version), "%d", ++at);
		show_version("web", version);
		world_wait(&w, 1000);
		while (w.taken < w.out.n) {
			struct effect *f = w.out.items[w.taken++];
			if (f->type == EFFECT_PATCH_STATUS) {
				snprintf(version, sizeof(version), "%d", ++at);
				stored_as(f, version);
			}
		}
	}
	assert_in_range(world_count(&w, EFFECT_PATCH_STATUS) - before, 4, 60000 / REPAIR_MS + 1);
}

static void what_the_api_server_makes_of_our_words_is_not_fought_over(void **state)
{
	(void)state;
	struct effect *patch = patch_of_an_end();
	world_apply(&w, patch);
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = patch, .text = "101"});
	set_condition("Ready", "message", "the same, cut");
	show_version("web", "101");
	world_good_day(&w);
	size_t before = world_count(&w, EFFECT_PATCH_STATUS);
	show_version("web", "102"); /* a label was set, or so */
	world_wait(&w, REPAIR_MS);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), before);
}

/* Its tasks live on a1 while the API server has it from before it was bound. */
static void gone_and_there_again_unbound(void)
{
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_vanish(&w, "web");
	world_skip(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o2", "a2", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
}

static void a_pod_that_is_there_again_unbound_begins_when_nothing_of_its_life_before_lives(void **state)
{
	(void)state;
	gone_and_there_again_unbound();
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, "");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_offer(&w, "o3", "a2", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void a_pod_that_begins_again_uses_no_id_of_its_life_before(void **state)
{
	(void)state;
	gone_and_there_again_unbound();
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, "");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_offer(&w, "o3", "a2", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.app.1");
	world_run(&w, accept);
	world_good_day(&w);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", 0), 1);
}

static void a_pod_that_is_there_again_and_gone_again_is_forgotten(void **state)
{
	(void)state;
	gone_and_there_again_unbound();
	world_vanish(&w, "web");
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, "");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	assert_int_equal(core_count(w.core).pods, 0);
}

/* Its launch did not come about, and Mesos has not heard yet that we know. */
static void a_pause_is_not_launched_again_before_its_id_is_free(void **state)
{
	(void)state;
	struct effect *acknowledgement = NULL;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_DROPPED, "");
	world_good_day(&w);
	world_update(&w, "uid-web._pause.0", "a1", TASK_DROPPED, "");
	while (w.taken < w.out.n) {
		struct effect *f = w.out.items[w.taken++];
		if (f->type == EFFECT_ACKNOWLEDGE) {
			acknowledgement = f;
		} else {
			world_ok(&w, f);
		}
	}
	assert_non_null(acknowledgement);
	world_wait(&w, 60000);
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_ok(&w, acknowledgement);
	world_offer(&w, "o3", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_status_is_stored_only_on_the_newest_version_of_its_pod),
	    WORLD_TEST(a_conflict_without_a_newer_version_waits_longer_and_longer),
	    WORLD_TEST(after_the_binding_the_status_waits_for_the_version_that_it_made),
	    WORLD_TEST(what_a_restored_backup_took_back_is_stored_again),
	    WORLD_TEST(
		what_a_restored_backup_took_back_is_stored_again_though_it_is_newer_than_what_the_watch_had_shown),
	    WORLD_TEST(a_changed_spec_is_told_to_have_been_seen),
	    WORLD_TEST(that_a_deletion_was_seen_is_not_worth_a_write),
	    WORLD_TEST(a_status_that_no_list_shows_is_stored_again_on_the_version_that_is_there),
	    WORLD_TEST(a_list_that_was_only_behind_costs_a_write_and_undoes_nothing),
	    WORLD_TEST(what_was_stored_before_a_list_and_answered_after_it_is_not_relied_on),
	    WORLD_TEST(a_list_changes_nothing_of_what_was_seen),
	    WORLD_TEST(a_pod_that_was_removed_and_is_there_again_unseen_is_removed_again),
	    WORLD_TEST(a_pod_that_is_there_again_unbound_begins_when_nothing_of_its_life_before_lives),
	    WORLD_TEST(a_pod_that_begins_again_uses_no_id_of_its_life_before),
	    WORLD_TEST(a_pod_that_is_there_again_and_gone_again_is_forgotten),
	    WORLD_TEST(a_pause_is_not_launched_again_before_its_id_is_free),
	    WORLD_TEST(a_pod_that_had_ended_when_this_life_began_has_ended_though_a_backup_does_not_say_so),
	    WORLD_TEST(a_status_that_somebody_else_changed_is_put_back),
	    WORLD_TEST(what_others_write_beside_our_status_is_left_alone),
	    WORLD_TEST(a_line_from_before_our_status_is_not_taken_for_somebody_else_s),
	    WORLD_TEST(a_change_that_came_before_the_answer_to_our_write_is_seen),
	    WORLD_TEST(two_who_disagree_about_a_status_do_not_write_without_end),
	    WORLD_TEST(what_the_api_server_makes_of_our_words_is_not_fought_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
