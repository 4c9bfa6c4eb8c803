#include "tests/unit/unit.h"

#include "base/js.h"
#include "base/timefmt.h"
#include "kube/lease.h"
#include "tests/unit/tiny_server.h"

#define PATH "/apis/coordination.k8s.io/v1/namespaces/state/leases"

/* An API server that keeps one lease. */
struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	struct tiny_server server;
	struct lease *lease;
	json_t *object; /* NULL: there is none */
	int version;
	int status; /* answer this instead; 0: none */
	bool hold;  /* answer nothing */
	bool lose;  /* perform, and close without an answer */
	int reads, writes;
	int won, lost, released, troubles, holders;
	char holder[64];
	struct err trouble;
};

static void keep(struct fixture *f, json_t *object)
{
	json_decref(f->object);
	f->object = object;
	json_object_set_new(js_obj(object, "metadata"), "resourceVersion", json_sprintf("%d", ++f->version));
}

static void put_holder(struct fixture *f, const char *holder, int seconds, const char *renewed)
{
	keep(f, json_pack("{s:s,s:s,s:{s:s,s:s,s:{s:s}},s:{s:s,s:i,s:s,s:s,s:i,s:s}}", "apiVersion",
			  "coordination.k8s.io/v1", "kind", "Lease", "metadata", "name", "adapter", "namespace",
			  "state", "labels", "of", "somebody", "spec", "holderIdentity", holder, "leaseDurationSeconds",
			  seconds, "acquireTime", "2026-11-22T10:17:44.859807Z", "renewTime", renewed,
			  "leaseTransitions", 4, "fieldOfALaterVersion", "kept"));
}

static void reply(struct fixture *f, struct tiny_conn *c, int status)
{
	if (f->lose) {
		tiny_conn_close(c, false);
		return;
	}
	CLEANUP_FREE char *text = status / 100 == 2 ? js_text(f->object) : xstrdup("{\"kind\":\"Status\"}");
	tiny_reply_json(c, status, text);
}

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	bool create = strcmp(q->method, "POST") == 0, read = strcmp(q->method, "GET") == 0;
	f->reads += read;
	f->writes += !read;
	assert_string_equal(q->target, create ? PATH : PATH "/adapter");
	if (f->hold) {
		return;
	}
	if (f->status) {
		tiny_reply_json(c, f->status, "{\"kind\":\"Status\",\"message\":\"so it is\"}");
		return;
	}
	if (read || (!create && !f->object)) {
		reply(f, c, f->object ? 200 : 404);
		return;
	}
	json_t *body = js_parse(q->body, q->body_len, NULL);
	const char *version = js_str_at(body, "metadata", "resourceVersion", NULL);
	CLEANUP_FREE char *present = xasprintf("%d", f->version);
	if (create ? f->object != NULL : !version || strcmp(version, present) != 0) {
		json_decref(body);
		reply(f, c, 409);
		return;
	}
	keep(f, body);
	reply(f, c, create ? 201 : 200);
}

static void on_won(void *arg)
{
	((struct fixture *)arg)->won++;
}

static void on_lost(void *arg)
{
	((struct fixture *)arg)->lost++;
}

static void on_holder(void *arg, const char *holder)
{
	struct fixture *f = arg;
	f->holders++;
	snprintf(f->holder, sizeof(f->holder), "%s", holder);
}

static void on_trouble(void *arg, const struct err *what)
{
	struct fixture *f = arg;
	f->troubles++;
	f->trouble = *what;
}

static void on_released(void *arg)
{
	struct fixture *f = arg;
	f->released++;
	lease_free(f->lease);
	f->lease = NULL;
}

static const struct lease_handlers HANDLERS = {on_won, on_lost, on_holder, on_trouble, on_released};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	f->http = http_client_new(&f->loop, NULL, NULL);
	tiny_start(&f->server, &f->loop, NULL, serve, f);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->client = kube_client_new(f->http, &f->config);
	*state = f;
	return 0;
}

static void begin(struct fixture *f, int64_t renew_ms, int64_t retry_ms)
{
	struct lease_config config = {.namespace_ = "state",
				      .name = "adapter",
				      .election = {.identity = "me",
						   .duration_ms = 60000,
						   .renew_ms = renew_ms,
						   .retry_ms = retry_ms,
						   .random = RANDOM_SYSTEM}};
	f->lease = lease_new(f->client, &config, &HANDLERS, f);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	lease_free(f->lease);
	kube_client_free(f->client);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	json_decref(f->object);
	free(f->config.server);
	free(f);
	return 0;
}

static const char *spec(const struct fixture *f, const char *key)
{
	return js_str_at(f->object, "spec", key, NULL);
}

static int64_t spec_int(const struct fixture *f, const char *key)
{
	return js_int(js_obj(f->object, "spec"), key, -1);
}

static void a_lease_is_made_with_all_that_belongs_in_it(void **state)
{
	struct fixture *f = *state;
	int64_t ms;
	begin(f, 30000, 10000);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	assert_true(lease_held(f->lease));
	assert_string_equal(js_str(f->object, "apiVersion"), "coordination.k8s.io/v1");
	assert_string_equal(js_str(f->object, "kind"), "Lease");
	assert_string_equal(spec(f, "holderIdentity"), "me");
	assert_int_equal(spec_int(f, "leaseDurationSeconds"), 60);
	assert_int_equal(spec_int(f, "leaseTransitions"), 0);
	/* MicroTime: exactly six digits. */
	assert_int_equal(strlen(spec(f, "renewTime")), strlen("2026-11-22T10:17:44.859807Z"));
	assert_int_equal(time_parse(spec(f, "renewTime"), &ms), 0);
	assert_string_equal(spec(f, "renewTime"), spec(f, "acquireTime"));
	assert_string_equal(f->holder, "me");
}

static void a_renewal_changes_the_time_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	begin(f, 30000, 50);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	CLEANUP_FREE char *renewed = xstrdup(spec(f, "renewTime"));
	json_t *before = json_incref(f->object);
	assert_true(tiny_run(&f->loop, &f->writes, 3));
	assert_string_not_equal(spec(f, "renewTime"), renewed);
	json_object_set_new(js_obj(f->object, "spec"), "renewTime", json_string(renewed));
	assert_true(json_equal(js_obj(before, "spec"), js_obj(f->object, "spec")));
	json_decref(before);
	assert_int_equal(f->reads, 1);
	assert_int_equal(f->won, 1);
	assert_int_equal(f->lost, 0);
}

static void what_is_taken_over_keeps_what_others_wrote(void **state)
{
	struct fixture *f = *state;
	put_holder(f, "", 1, "2026-11-22T10:17:44.859807Z");
	begin(f, 30000, 10000);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	assert_string_equal(spec(f, "holderIdentity"), "me");
	assert_int_equal(spec_int(f, "leaseDurationSeconds"), 60);
	assert_int_equal(spec_int(f, "leaseTransitions"), 5);
	assert_string_equal(spec(f, "fieldOfALaterVersion"), "kept");
	assert_string_equal(js_str_at(f->object, "metadata", "labels", "of", NULL), "somebody");
}

static void a_former_life_left_it_so_nothing_but_the_time_changes(void **state)
{
	struct fixture *f = *state;
	put_holder(f, "me", 60, "2026-11-22T10:17:44.859807Z");
	begin(f, 30000, 10000);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	assert_int_equal(spec_int(f, "leaseTransitions"), 4);
	assert_string_equal(spec(f, "acquireTime"), "2026-11-22T10:17:44.859807Z");
}

static void another_holder_is_told_and_left_alone_as_long_as_it_renews(void **state)
{
	struct fixture *f = *state;
	put_holder(f, "other", 1, "2026-11-22T10:17:44.000001Z");
	begin(f, 30000, 20);
	for (int i = 2; i < 20; i++) {
		assert_true(tiny_run(&f->loop, &f->reads, i));
		CLEANUP_FREE char *renewed = xasprintf("2026-11-22T10:17:44.%06dZ", i);
		put_holder(f, "other", 1, renewed);
	}
	assert_string_equal(f->holder, "other");
	assert_int_equal(f->writes, 0);
	assert_false(lease_held(f->lease));
	assert_true(tiny_run(&f->loop, &f->won, 1)); /* it renews no more */
	assert_int_equal(f->writes, 1);
}

static void a_leader_that_finds_another_in_its_place_is_told(void **state)
{
	struct fixture *f = *state;
	begin(f, 30000, 20);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	put_holder(f, "other", 60, "2026-11-22T10:17:44.000001Z");
	assert_true(tiny_run(&f->loop, &f->lost, 1));
	assert_false(lease_held(f->lease));
	assert_string_equal(f->holder, "other");
}

static void a_leader_without_answers_stops_by_its_own_clock_and_comes_back(void **state)
{
	struct fixture *f = *state;
	begin(f, 500, 20);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	f->hold = true;
	int won = f->won;
	assert_true(tiny_run(&f->loop, &f->lost, won));
	assert_false(lease_held(f->lease));
	f->hold = false;
	assert_true(tiny_run(&f->loop, &f->won, won + 1));
}

static void a_lease_that_somebody_deleted_is_made_again(void **state)
{
	struct fixture *f = *state;
	begin(f, 30000, 20);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	json_decref(f->object);
	f->object = NULL;
	int writes = f->writes;
	assert_true(tiny_run(&f->loop, &f->writes, writes + 3));
	assert_non_null(f->object);
	assert_string_equal(spec(f, "holderIdentity"), "me");
	assert_int_equal(spec_int(f, "leaseTransitions"), 0);
}

static void a_write_whose_answer_is_lost_is_found_again(void **state)
{
	struct fixture *f = *state;
	f->lose = true;
	put_holder(f, "", 1, "2026-11-22T10:17:44.000001Z");
	begin(f, 30000, 20);
	assert_true(tiny_run(&f->loop, &f->troubles, 1));
	f->lose = false;
	assert_true(tiny_run(&f->loop, &f->won, 1));
	assert_int_equal(f->lost, 0);
}

static void trouble_is_told_once_and_again_when_it_is_another(void **state)
{
	struct fixture *f = *state;
	f->status = 503;
	begin(f, 30000, 10);
	assert_true(tiny_run(&f->loop, &f->reads, 5));
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->trouble.code, ERR_BUSY);
	f->status = 403;
	assert_true(tiny_run(&f->loop, &f->troubles, 2));
	assert_int_equal(f->trouble.code, ERR_DENIED);
	assert_non_null(strstr(f->trouble.text, "so it is"));
	f->status = 0;
	assert_true(tiny_run(&f->loop, &f->won, 1));
	assert_int_equal(f->troubles, 2);
}

static void an_answer_that_is_no_lease_is_trouble(void **state)
{
	struct fixture *f = *state;
	f->status = 200;
	begin(f, 30000, 10);
	assert_true(tiny_run(&f->loop, &f->troubles, 1));
	assert_int_equal(f->trouble.code, ERR_PROTOCOL);
	assert_int_equal(f->won, 0);
}

static void a_release_leaves_nobody_as_holder(void **state)
{
	struct fixture *f = *state;
	begin(f, 30000, 10000);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	lease_release(f->lease);
	assert_false(lease_held(f->lease));
	assert_true(tiny_run(&f->loop, &f->released, 1));
	assert_string_equal(spec(f, "holderIdentity"), "");
	assert_int_equal(spec_int(f, "leaseDurationSeconds"), 1);
	assert_int_equal(f->lost, 0);
}

static void a_release_of_what_another_holds_changes_nothing(void **state)
{
	struct fixture *f = *state;
	put_holder(f, "other", 60, "2026-11-22T10:17:44.000001Z");
	begin(f, 30000, 10000);
	assert_true(tiny_run(&f->loop, &f->holders, 1));
	lease_release(f->lease);
	assert_int_equal(f->released, 0); /* not from inside the function */
	assert_true(tiny_run(&f->loop, &f->released, 1));
	assert_int_equal(f->writes, 0);
}

static void who_yields_leads_no_more(void **state)
{
	struct fixture *f = *state;
	begin(f, 30000, 20);
	assert_true(tiny_run(&f->loop, &f->won, 1));
	lease_yield(f->lease);
	assert_false(lease_held(f->lease));
	assert_int_equal(f->lost, 0);
	assert_string_equal(spec(f, "holderIdentity"), "me"); /* until it expires */
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(a_lease_is_made_with_all_that_belongs_in_it),
	    UNIT(a_renewal_changes_the_time_and_nothing_else),
	    UNIT(what_is_taken_over_keeps_what_others_wrote),
	    UNIT(a_former_life_left_it_so_nothing_but_the_time_changes),
	    UNIT(another_holder_is_told_and_left_alone_as_long_as_it_renews),
	    UNIT(a_leader_that_finds_another_in_its_place_is_told),
	    UNIT(a_leader_without_answers_stops_by_its_own_clock_and_comes_back),
	    UNIT(a_lease_that_somebody_deleted_is_made_again),
	    UNIT(a_write_whose_answer_is_lost_is_found_again),
	    UNIT(trouble_is_told_once_and_again_when_it_is_another),
	    UNIT(an_answer_that_is_no_lease_is_trouble),
	    UNIT(a_release_leaves_nobody_as_holder),
	    UNIT(a_release_of_what_another_holds_changes_nothing),
	    UNIT(who_yields_leads_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
