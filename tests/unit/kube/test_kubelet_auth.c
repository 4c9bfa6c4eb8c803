#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/js.h"
#include "kube/kubelet_auth.h"
#include "tests/unit/tiny_server.h"

/* An API server that knows one token and lets alice read and admins do everything. */
struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	struct kubelet_auth *auth;
	struct tiny_server server;
	int token_reviews, access_reviews;
	bool broken;
	struct buf asked; /* the access reviews, a line each */
	int done, status;
	char sentence[256], user[64];
};

static void answer_token(struct fixture *f, struct tiny_conn *c, const json_t *spec)
{
	f->token_reviews++;
	if (strcmp(js_str(spec, "token"), "good") == 0) {
		tiny_reply_json(c, 201,
				"{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"alice\",\"uid\":"
				"\"7\",\"groups\":[\"readers\",\"system:authenticated\"]}}}");
	} else {
		tiny_reply_json(c, 201, "{\"status\":{\"authenticated\":false,\"error\":\"no such token\"}}");
	}
}

static void answer_access(struct fixture *f, struct tiny_conn *c, const json_t *spec)
{
	CLEANUP_FREE char *text = js_text(spec);
	const json_t *what = js_obj(spec, "resourceAttributes");
	bool admin = strcmp(js_str(spec, "user"), "admin") == 0;
	bool reads = strcmp(js_str(what, "verb"), "get") == 0 && strcmp(js_str(what, "subresource"), "proxy") == 0;
	f->access_reviews++;
	buf_printf(&f->asked, "%s\n", text);
	tiny_reply_json(c, 201,
			admin || reads ? "{\"status\":{\"allowed\":true}}" : "{\"status\":{\"allowed\":false}}");
}

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	CLEANUP_JSON json_t *body = json_loadb(q->body, q->body_len, 0, NULL);
	const json_t *spec = js_obj(body, "spec");
	if (f->broken) {
		tiny_reply_json(c, 500, "{\"kind\":\"Status\",\"message\":\"no\"}");
	} else if (strcmp(js_str(body, "kind"), "TokenReview") == 0) {
		answer_token(f, c, spec);
	} else {
		answer_access(f, c, spec);
	}
}

static void on_verdict(void *arg, int status, const char *sentence, const char *user)
{
	struct fixture *f = arg;
	f->done++;
	f->status = status;
	snprintf(f->sentence, sizeof(f->sentence), "%s", sentence ? sentence : "");
	snprintf(f->user, sizeof(f->user), "%s", user);
}

static int setup(void **state)
{
	struct err e;
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	buf_init(&f->asked, 1 << 20);
	tiny_start(&f->server, &f->loop, NULL, serve, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->client = kube_client_new(f->http, &f->config);
	f->auth = kubelet_auth_new(f->client);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kubelet_auth_free(f->auth);
	kube_client_free(f->client);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	kube_config_done(&f->config);
	buf_done(&f->asked);
	free(f);
	return 0;
}

static int ask(struct fixture *f, struct kubelet_caller caller, enum kubelet_verb verb, const char *node)
{
	f->done = 0;
	kubelet_auth_check(f->auth, &caller, verb, node, on_verdict, f);
	assert_int_equal(f->done, 0);
	while (!f->done) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	return f->status;
}

static const char *const masters[] = {"system:masters"};
#define ADMIN                                                                                                          \
	(struct kubelet_caller)                                                                                        \
	{                                                                                                              \
		.common_name = "admin", .organisations = masters, .n_organisations = 1                                 \
	}
#define TOKEN(text)                                                                                                    \
	(struct kubelet_caller)                                                                                        \
	{                                                                                                              \
		.token = (text)                                                                                        \
	}

static void a_certificate_is_a_user_with_groups_and_is_asked_about_by_name(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ask(f, ADMIN, KUBELET_EXEC, "agent1"), 0);
	assert_string_equal(f->user, "admin");
	assert_int_equal(f->token_reviews, 0);
	assert_string_equal(
	    buf_str(&f->asked),
	    "{\"user\":\"admin\",\"groups\":[\"system:masters\",\"system:authenticated\"],"
	    "\"resourceAttributes\":{\"verb\":\"create\",\"group\":\"\",\"version\":\"v1\",\"resource\":"
	    "\"nodes\",\"subresource\":\"proxy\",\"name\":\"agent1\"}}\n");
}

static void a_token_is_reviewed_and_its_user_asked_about(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_CONTAINER_LOGS, "agent1"), 0);
	assert_string_equal(f->user, "alice");
	assert_non_null(
	    strstr(buf_str(&f->asked), "\"user\":\"alice\",\"groups\":[\"readers\",\"system:authenticated\"]"));
	assert_non_null(strstr(buf_str(&f->asked), "\"uid\":\"7\""));
}

static void without_rights_the_refusal_names_user_verb_and_subresource(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_EXEC, "agent1"), 403);
	assert_string_equal(f->sentence,
			    "Forbidden (user=alice, verb=create, resource=nodes, subresource(s)=[proxy])\n");
}

static void the_second_subresource_is_asked_about_when_the_first_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_PODS, NULL), 0);
	assert_int_equal(f->access_reviews, 2);
	assert_null(strstr(buf_str(&f->asked), "\"name\""));
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_STATS_SUMMARY, NULL), 403);
}

static void nobody_and_unknown_tokens_are_unauthorized(void **state)
{
	struct fixture *f = *state;
	static char long_token[KUBELET_AUTH_TOKEN_MAX + 2];
	memset(long_token, 'x', sizeof(long_token) - 1);
	assert_int_equal(ask(f, (struct kubelet_caller){0}, KUBELET_HEALTHZ, NULL), 401);
	assert_string_equal(f->sentence, "Unauthorized");
	assert_int_equal(ask(f, TOKEN(""), KUBELET_HEALTHZ, NULL), 401);
	assert_int_equal(ask(f, TOKEN(long_token), KUBELET_HEALTHZ, NULL), 401);
	assert_int_equal(f->token_reviews, 0);
	assert_int_equal(ask(f, TOKEN("bad"), KUBELET_HEALTHZ, NULL), 401);
	assert_int_equal(f->token_reviews, 1);
	assert_int_equal(f->access_reviews, 0);
}

static void what_was_answered_is_not_asked_again(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ask(f, TOKEN("good"), KUBELET_CONTAINER_LOGS, "agent1"), 0);
		assert_int_equal(ask(f, TOKEN("good"), KUBELET_EXEC, "agent1"), 403);
		assert_int_equal(ask(f, TOKEN("bad"), KUBELET_EXEC, "agent1"), 401);
	}
	assert_int_equal(f->token_reviews, 2);
	assert_int_equal(f->access_reviews, 2);
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_CONTAINER_LOGS, "agent2"), 0); /* another node */
	assert_int_equal(f->access_reviews, 3);
}

static void who_cannot_be_asked_about_is_not_let_in_and_nothing_of_it_is_kept(void **state)
{
	struct fixture *f = *state;
	f->broken = true;
	assert_int_equal(ask(f, ADMIN, KUBELET_EXEC, "agent1"), 503);
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_EXEC, "agent1"), 503);
	f->broken = false;
	assert_int_equal(ask(f, ADMIN, KUBELET_EXEC, "agent1"), 0);
	assert_int_equal(ask(f, TOKEN("good"), KUBELET_CONTAINER_LOGS, "agent1"), 0);
}

static void a_check_that_is_cancelled_tells_nothing(void **state)
{
	struct fixture *f = *state;
	struct kubelet_caller caller = ADMIN;
	kubelet_check_cancel(kubelet_auth_check(f->auth, &caller, KUBELET_EXEC, "agent1", on_verdict, f));
	kubelet_check_cancel(
	    kubelet_auth_check(f->auth, &(struct kubelet_caller){0}, KUBELET_EXEC, "agent1", on_verdict, f));
	kubelet_auth_check(f->auth, &caller, KUBELET_EXEC, "agent1", on_verdict, f); /* ended by teardown */
	assert_int_equal(f->done, 0);
}

static void too_many_checks_at_once_are_refused(void **state)
{
	struct fixture *f = *state;
	struct kubelet_caller caller = ADMIN;
	for (int i = 0; i < KUBELET_AUTH_CHECKS_MAX; i++) {
		kubelet_auth_check(f->auth, &caller, KUBELET_EXEC, "agent1", on_verdict, f);
	}
	kubelet_auth_check(f->auth, &caller, KUBELET_EXEC, "agent1", on_verdict, f);
	while (!f->done) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(f->status, 503);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_certificate_is_a_user_with_groups_and_is_asked_about_by_name),
	    TEST(a_token_is_reviewed_and_its_user_asked_about),
	    TEST(without_rights_the_refusal_names_user_verb_and_subresource),
	    TEST(the_second_subresource_is_asked_about_when_the_first_is_refused),
	    TEST(nobody_and_unknown_tokens_are_unauthorized),
	    TEST(what_was_answered_is_not_asked_again),
	    TEST(who_cannot_be_asked_about_is_not_let_in_and_nothing_of_it_is_kept),
	    TEST(a_check_that_is_cancelled_tells_nothing),
	    TEST(too_many_checks_at_once_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
