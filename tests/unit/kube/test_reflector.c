#include "tests/unit/unit.h"

#include "base/file.h"
#include "kube/reflector.h"
#include "tests/unit/err_name.h"
#include "tests/unit/tiny_server.h"

/* A scripted API server: each request must be the one the next step expects. What the reflector tells becomes a text.
 */
enum how {
	JSON,	/* the body as a JSON answer */
	RAW,	/* the body as it stands, head included, then closed */
	EVENTS, /* a watch: the body in one chunk, then a proper end */
	HOLD,	/* a watch: the body in one chunk, then silence */
	CUT,	/* a watch: the body in one chunk, then the connection breaks */
	DROP,	/* close without an answer */
};

struct step {
	const char *expect; /* must be in the request's target */
	enum how how;
	int status;
	const char *body;
	const char *headers; /* further ones, NULL: none */
};

struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	struct reflector *reflector;
	struct tiny_server server;
	const struct step *steps;
	size_t n_steps, at;
	size_t piece;
	struct buf told, unexpected;
	int free_after; /* free the reflector in the handler of so many tellings; 0: never */
	int tellings;
};

static void play(struct tiny_conn *c, const struct step *s)
{
	switch (s->how) {
	case JSON: {
		CLEANUP_FREE char *headers =
		    xasprintf("Content-Type: application/json\r\n%s", s->headers ? s->headers : "");
		tiny_reply(c, s->status ? s->status : 200, headers, s->body);
		break;
	}
	case RAW:
		tiny_text(c, s->body);
		tiny_end(c);
		break;
	case EVENTS:
	case HOLD:
	case CUT:
		tiny_chunked(c, 200);
		if (*s->body) {
			tiny_chunk(c, s->body);
		}
		if (s->how == EVENTS) {
			tiny_text(c, "0\r\n\r\n");
		} else if (s->how == CUT) {
			tiny_end(c);
		}
		break;
	case DROP:
		tiny_conn_close(c, true);
		break;
	}
}

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	c->piece = f->piece;
	if (f->at >= f->n_steps) {
		return;
	}
	const struct step *s = &f->steps[f->at++];
	if (!strstr(q->target, s->expect)) {
		buf_printf(&f->unexpected, "step %zu: %s instead of %s\n", f->at, q->target, s->expect);
	}
	play(c, s);
}

static void tell(struct fixture *f, const char *fmt, const char *a, const char *b, const char *c)
{
	buf_printf(&f->told, fmt, a, b, c);
	buf_putc(&f->told, '\n');
	if (++f->tellings == f->free_after) {
		reflector_free(f->reflector);
		f->reflector = NULL;
	}
}

static void on_object(void *arg, enum kube_change change, const json_t *o)
{
	static const char *const names[] = {"added", "modified", "deleted"};
	const json_t *meta = json_object_get(o, "metadata");
	CLEANUP_FREE char *fmt = xasprintf("%s %%s/%%s %%s", names[change]);
	const char *ns = json_string_value(json_object_get(meta, "namespace"));
	tell(arg, fmt, ns ? ns : "", json_string_value(json_object_get(meta, "name")),
	     json_string_value(json_object_get(meta, "resourceVersion")));
}

static void on_vanished(void *arg, const char *ns, const char *name, const char *uid)
{
	tell(arg, "vanished %s/%s uid %s", ns, name, uid);
}

static void on_synced(void *arg, const char *version)
{
	tell(arg, "synced %s%s%s", version, "", "");
}

static void on_error(void *arg, const struct err *e)
{
	const char *sentence = strstr(e->text, "pods");
	tell(arg, "error %s: %s%s", err_code_name(e->code), sentence ? sentence : e->text, "");
}

static uint64_t zero(void *arg)
{
	(void)arg;
	return 0;
}

static const struct reflector_handlers handlers = {on_object, on_vanished, on_synced, on_error};

static int setup(void **state)
{
	struct err e;
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	buf_init(&f->told, 1 << 20);
	buf_init(&f->unexpected, 1 << 20);
	tiny_start(&f->server, &f->loop, NULL, serve, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->client = kube_client_new(f->http, &f->config);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	reflector_free(f->reflector);
	kube_client_free(f->client);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	free(f->config.server);
	buf_done(&f->told);
	buf_done(&f->unexpected);
	free(f);
	return 0;
}

static void start(struct fixture *f, const struct step *steps, size_t n, struct reflector_spec spec)
{
	f->steps = steps;
	f->n_steps = n;
	f->at = 0;
	spec.path = "/api/v1/pods";
	spec.backoff_min_ms = spec.backoff_min_ms ? spec.backoff_min_ms : 2;
	spec.backoff_max_ms = spec.backoff_min_ms > 8 ? spec.backoff_min_ms : 8;
	spec.random = (struct random_source){zero, NULL};
	f->reflector = reflector_new(f->client, &spec, &handlers, f);
}

/* Run until the script is played and the reflector told all that, and nothing else. */
static void expect(struct fixture *f, const char *told)
{
	uint64_t began = uv_hrtime();
	int never = 0;
	while (uv_hrtime() - began < 5000000000u && (f->at < f->n_steps || f->told.len < strlen(told))) {
		uv_timer_t *wake = xcalloc(1, sizeof(*wake));
		uv_timer_init(&f->loop, wake);
		uv_timer_start(wake, tiny_wake, 20, 0);
		uv_run(&f->loop, UV_RUN_ONCE);
		uv_close((uv_handle_t *)wake, tiny_listener_closed);
	}
	for (; never < 20; never++) {
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_string_equal(buf_str(&f->unexpected), "");
	assert_string_equal(buf_str(&f->told), told);
	assert_int_equal(f->at, f->n_steps);
}

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define OBJECT(name, uid, version)                                                                                     \
	"{\"metadata\":{\"namespace\":\"ns\",\"name\":\"" name "\",\"uid\":\"" uid "\",\"resourceVersion\":\"" version \
	"\"}}"
#define LIST(version, more, items)                                                                                     \
	"{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" more                 \
	"\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define ERROR_410                                                                                                      \
	EVENT("ERROR", "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"too "                                \
		       "old\",\"reason\":\"Expired\",\"code\":410}")
#define STATUS(code, reason, message)                                                                                  \
	"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"" message "\",\"reason\":\"" reason                 \
	"\",\"code\":" code "}"

static void pages_are_listed_to_the_end_and_then_watched(void **state)
{
	static const struct step steps[] = {
	    {"/api/v1/pods?limit=2&fieldSelector=spec.schedulerName%3Dmesos&labelSelector=app%20in%20%28a%29", JSON, 0,
	     LIST("9", "tok/en", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2")), NULL},
	    {"?limit=2&continue=tok%2Fen&fieldSelector=", JSON, 0, LIST("9", "", OBJECT("c", "u3", "3")), NULL},
	    {"?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=9&fieldSelector=spec.", HOLD, 0,
	     EVENT("MODIFIED", OBJECT("a", "u1", "10")), NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps),
	      (struct reflector_spec){
		  .page = 2, .field_selector = "spec.schedulerName=mesos", .label_selector = "app in (a)"});
	expect(f, "added ns/a 1\nadded ns/b 2\nadded ns/c 3\nsynced 9\nmodified ns/a 10\n");
	assert_int_equal(reflector_count(f->reflector), 3);
}

static void what_the_caller_lost_is_listed_and_told_again_and_nothing_else(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2")), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	    {"?limit=", JSON, 0, LIST("12", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2")), NULL},
	    {"resourceVersion=12", HOLD, 0, EVENT("MODIFIED", OBJECT("a", "u1", "13")), NULL},
	};
	struct fixture *f = *state;
	size_t n;
	start(f, steps, 2, (struct reflector_spec){0});
	expect(f, "added ns/a 1\nadded ns/b 2\nsynced 9\n");
	const char **uids = reflector_uids(f->reflector, &n);
	assert_int_equal(n, 2);
	assert_true((strcmp(uids[0], "u1") == 0 && strcmp(uids[1], "u2") == 0) ||
		    (strcmp(uids[0], "u2") == 0 && strcmp(uids[1], "u1") == 0));
	free(uids);
	f->n_steps = 4;
	reflector_tell_again(f->reflector, (const char *const[]){"u2", "never seen"}, 2);
	expect(f, "added ns/a 1\nadded ns/b 2\nsynced 9\nmodified ns/b 2\nsynced 12\nmodified ns/a 13\n");
}

static void a_watch_that_ends_goes_on_from_the_last_version_it_saw(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL},
	    {"resourceVersion=9", EVENTS, 0, EVENT("ADDED", OBJECT("a", "u1", "10")), NULL},
	    {"resourceVersion=10", EVENTS, 0, EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"77\"}}"), NULL},
	    {"resourceVersion=77", CUT, 0, EVENT("DELETED", OBJECT("a", "u1", "80")), NULL},
	    {"resourceVersion=80", HOLD, 0, EVENT("ADDED", OBJECT("a", "u2", "81")), NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	uint64_t began = uv_hrtime();
	while (!strstr(buf_str(&f->told), "added ns/a 81") && uv_hrtime() - began < 5000000000u) {
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_non_null(strstr(buf_str(&f->told), "added ns/a 10\ndeleted ns/a 80\nerror io: pods: 127.0.0.1"));
	assert_non_null(strstr(buf_str(&f->told), "added ns/a 81\n"));
	assert_string_equal(buf_str(&f->unexpected), "");
}

static void too_old_as_event_and_as_status_lead_to_a_new_list_that_tells_only_the_difference(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0,
	     LIST("9", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2") "," OBJECT("c", "u3", "3")), NULL},
	    {"resourceVersion=9", EVENTS, 0, ERROR_410, NULL},
	    {"?limit=500", JSON, 0,
	     LIST("20", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "12") "," OBJECT("d", "u4", "14")), NULL},
	    {"resourceVersion=20", JSON, 410, STATUS("410", "Gone", "too old"), NULL},
	    {"?limit=500", JSON, 0, LIST("30", "", OBJECT("b", "new", "25") "," OBJECT("d", "u4", "14")), NULL},
	    {"resourceVersion=30", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f, "added ns/a 1\nadded ns/b 2\nadded ns/c 3\nsynced 9\n"
		  "error expired: pods: ERROR event 410 Expired: too old\n"
		  "modified ns/b 12\nadded ns/d 14\nvanished ns/c uid u3\nsynced 20\n"
		  "error expired: pods: HTTP 410 Gone: too old\n"
		  "vanished ns/b uid u2\nadded ns/b 25\nvanished ns/a uid u1\nsynced 30\n");
}

static void an_expired_continue_token_starts_the_list_again(void **state)
{
	static const struct step steps[] = {
	    {"?limit=500", JSON, 0, LIST("9", "t1", OBJECT("a", "u1", "1")), NULL},
	    {"continue=t1", JSON, 410, STATUS("410", "Expired", "The provided continue parameter is too old"), NULL},
	    {"?limit=500", JSON, 0, LIST("12", "t2", OBJECT("b", "u2", "2")), NULL},
	    {"continue=t2", JSON, 0, LIST("12", "", OBJECT("c", "u3", "3")), NULL},
	    {"resourceVersion=12", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f, "added ns/a 1\nerror expired: pods: HTTP 410 Expired: The provided continue parameter is too old\n"
		  "added ns/b 2\nadded ns/c 3\nvanished ns/a uid u1\nsynced 12\n");
}

static void a_page_that_fails_in_passing_is_asked_for_again(void **state)
{
	static const struct step steps[] = {
	    {"?limit=500", JSON, 503, STATUS("503", "ServiceUnavailable", "apiserver is shutting down"), NULL},
	    {"?limit=500", JSON, 0, LIST("9", "t1", OBJECT("a", "u1", "1")), NULL},
	    {"continue=t1", JSON, 429, "slow down", "Retry-After: 1\r\n"},
	    {"continue=t1", JSON, 0, LIST("9", "", OBJECT("b", "u2", "2")), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	uint64_t began = uv_hrtime();
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f, "error busy: pods: HTTP 503 ServiceUnavailable: apiserver is shutting down\nadded ns/a 1\n"
		  "error busy: pods: HTTP 429: slow down\nadded ns/b 2\nsynced 9\n");
	assert_true(uv_hrtime() - began >= 1000000000u);
}

static void a_malformed_line_is_one_error_and_a_new_list_and_loses_nothing_else(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", OBJECT("a", "u1", "1")), NULL},
	    {"resourceVersion=9", HOLD, 0,
	     EVENT("ADDED", OBJECT("b", "u2", "10")) "{\"type\":\"ADDED\",oops}\n" EVENT("ADDED",
											 OBJECT("c", "u3", "12")),
	     NULL},
	    {"?limit=", JSON, 0,
	     LIST("13", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "10") "," OBJECT("c", "u3", "12")), NULL},
	    {"resourceVersion=13", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f, "added ns/a 1\nsynced 9\nadded ns/b 10\n"
		  "error protocol: pods: watch line 2 of 21 bytes: JSON line 1 column 20: string or '}' expected\n"
		  "added ns/c 12\nsynced 13\n");
}

static void a_line_over_the_limit_is_one_error_and_a_new_list(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL},
	    {"resourceVersion=9", HOLD, 0, EVENT("ADDED", OBJECT("a-very-long-name-that-fills-the-line", "u1", "10")),
	     NULL},
	    {"?limit=", JSON, 0, LIST("11", "", OBJECT("a", "u1", "10")), NULL},
	    {"resourceVersion=11", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){.line_max = 100});
	expect(f, "synced 9\nerror limit: pods: watch line 1 is over 100 bytes\nadded ns/a 10\nsynced 11\n");
}

static void objects_without_name_uid_or_version_are_one_error_a_page_and_the_others_are_told(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0,
	     LIST("9", "", "{},7,{\"metadata\":{\"name\":\"x\",\"uid\":\"u\"}}," OBJECT("a", "u1", "1")), NULL},
	    {"resourceVersion=9", HOLD, 0,
	     EVENT("ADDED", "{\"metadata\":{\"name\":\"y\"}}") EVENT("ADDED", OBJECT("b", "u2", "2")), NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f,
	       "added ns/a 1\nerror protocol: pods: item 0: object \"\" without metadata.name (and 2 more)\nsynced 9\n"
	       "error protocol: pods: object \"y\" without metadata.uid\nadded ns/b 2\n");
}

static void an_answer_that_is_no_list_is_an_error_and_tried_again(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, "[]", NULL},
	    {"?limit=", JSON, 0, "{\"items\":[", NULL},
	    {"?limit=", JSON, 403, STATUS("403", "Forbidden", "pods is forbidden"), NULL},
	    {"?limit=", DROP, 0, "", NULL},
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	while (!strstr(buf_str(&f->told), "synced 9")) {
		assert_true(f->told.len < 10000);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_non_null(strstr(buf_str(&f->told), "error protocol: pods: the answer is no list\n"));
	assert_non_null(strstr(buf_str(&f->told), "error protocol: pods: its answer: JSON line 1"));
	assert_non_null(strstr(buf_str(&f->told), "error denied: pods: HTTP 403 Forbidden: pods is forbidden\n"));
	assert_non_null(strstr(buf_str(&f->told), "error io: pods: 127.0.0.1"));
}

static void refusals_of_the_watch_are_resumed_or_listed_again_as_they_deserve(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL},
	    {"resourceVersion=9", JSON, 429, "later", NULL},
	    {"resourceVersion=9", JSON, 503, "down", NULL},
	    {"resourceVersion=9", JSON, 401, STATUS("401", "Unauthorized", "Unauthorized"), NULL},
	    {"resourceVersion=9", JSON, 500, "etcd", NULL},
	    {"?limit=", JSON, 0, LIST("10", "", ""), NULL},
	    {"resourceVersion=10", EVENTS, 0, EVENT("ERROR", STATUS("500", "InternalError", "decode")), NULL},
	    {"?limit=", JSON, 0, LIST("11", "", ""), NULL},
	    {"resourceVersion=11", EVENTS, 0, EVENT("NONSENSE", "{}"), NULL},
	    {"?limit=", JSON, 0, LIST("12", "", ""), NULL},
	    {"resourceVersion=12", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	expect(f, "synced 9\nerror busy: pods: HTTP 429: later\nerror busy: pods: HTTP 503: down\n"
		  "error unauthenticated: pods: HTTP 401 Unauthorized: Unauthorized\nerror io: pods: HTTP 500: etcd\n"
		  "synced 10\nerror io: pods: ERROR event 500 InternalError: decode\nsynced 11\n"
		  "error protocol: pods: watch line 1: event of unknown type \"NONSENSE\"\nsynced 12\n");
}

static void a_silent_watch_is_given_up_and_resumed(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL},
	    {"timeoutSeconds=1&resourceVersion=9", HOLD, 0, EVENT("ADDED", OBJECT("a", "u1", "10")), NULL},
	    {"timeoutSeconds=1&resourceVersion=10", HOLD, 0, EVENT("ADDED", OBJECT("b", "u2", "11")), NULL},
	};
	struct fixture *f = *state;
	start(f, steps, COUNT(steps), (struct reflector_spec){.watch_min_s = 1, .watch_max_s = 1, .grace_ms = 50});
	while (!strstr(buf_str(&f->told), "added ns/b 11")) {
		assert_true(f->told.len < 10000);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_non_null(strstr(buf_str(&f->told), "silent for 1050 ms\nadded ns/b 11\n"));
}

static void watches_that_end_at_once_are_not_begun_in_a_tight_circle(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL}, {"resourceVersion=9", EVENTS, 0, "", NULL},
	    {"resourceVersion=9", EVENTS, 0, "", NULL},	   {"resourceVersion=9", EVENTS, 0, "", NULL},
	    {"resourceVersion=9", EVENTS, 0, "", NULL},	   {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	uint64_t began = uv_hrtime();
	start(f, steps, COUNT(steps), (struct reflector_spec){.backoff_min_ms = 8});
	expect(f, "synced 9\n");
	/* The loop counts whole milliseconds, so each pause may be one shorter. */
	assert_true(uv_hrtime() - began >= 4 * (4 - 1) * 1000000u);
}

static void a_watch_that_is_always_too_old_does_not_list_in_a_tight_circle(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL}, {"resourceVersion=9", EVENTS, 0, ERROR_410, NULL},
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL}, {"resourceVersion=9", EVENTS, 0, ERROR_410, NULL},
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL}, {"resourceVersion=9", EVENTS, 0, ERROR_410, NULL},
	    {"?limit=", JSON, 0, LIST("9", "", ""), NULL}, {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	uint64_t began = uv_hrtime();
	start(f, steps, COUNT(steps), (struct reflector_spec){.backoff_min_ms = 200});
	while (f->at < f->n_steps) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_string_equal(buf_str(&f->unexpected), "");
	assert_true(uv_hrtime() - began >= 2 * 100 * 1000000u);
}

static void a_page_too_large_to_take_is_asked_for_in_halves(void **state)
{
	struct fixture *f = *state;
	size_t size = KUBE_BODY_MAX + 1;
	CLEANUP_BUF struct buf big = BUF_INIT(size + 200);
	buf_printf(&big, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", size);
	while (buf_puts(&big, "                                        ") == 0) {
	}
	const struct step steps[] = {
	    {"?limit=500", RAW, 0, buf_str(&big), NULL},
	    {"?limit=250", JSON, 0, LIST("9", "", OBJECT("a", "u1", "1")), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	while (!strstr(buf_str(&f->told), "synced 9")) {
		assert_true(f->told.len < 10000);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_string_equal(buf_str(&f->unexpected), "");
	assert_non_null(strstr(buf_str(&f->told), "error limit: pods: 127.0.0.1"));
}

static const char *recorded(const char *name)
{
	struct err e;
	CLEANUP_FREE char *path = xasprintf("%s/kubernetes/%s.response", TEST_DATA, name);
	char *text = file_read(path, 1 << 20, NULL, &e);
	if (!text) {
		fail_msg("%s", e.text);
	}
	return text;
}

static const char recorded_story[] =
    "added pages/p2 234\nadded pages/p3 235\nadded pages/p4 236\nsynced 236\n"
    "added watch/w1 251\nmodified watch/w1 252\nmodified watch/w1 253\nmodified watch/w1 254\ndeleted watch/w1 255\n"
    "added watch/w0 262\nmodified watch/w0 263\nerror io: pods: 127.0.0.1:";

static void a_recorded_server_is_followed_through_pages_watch_restart_and_compaction(void **state)
{
	const struct step steps[] = {
	    {"?limit=500", RAW, 0, recorded("pods-list/02-page-1"), NULL},
	    {"continue=eyJ2", RAW, 0, recorded("watch-restart/04-410-continue-compacted"), NULL},
	    {"?limit=500", RAW, 0, recorded("pods-list/02-page-1"), NULL},
	    {"continue=eyJ2", RAW, 0, recorded("pods-list/03-page-2"), NULL},
	    {"continue=eyJ2", RAW, 0, recorded("pods-list/04-page-3-last"), NULL},
	    {"resourceVersion=236", RAW, 0, recorded("watch/01-from-rv"), NULL},
	    {"resourceVersion=255", RAW, 0, recorded("watch/09-bookmark-minute"), NULL},
	    {"resourceVersion=275", RAW, 0, recorded("watch-restart/09-watch-at-sigkill"), NULL},
	    {"resourceVersion=275", RAW, 0, recorded("watch-restart/07-410-watch-compacted"), NULL},
	    {"?limit=500", JSON, 0, LIST("600", "", ""), NULL},
	    {"resourceVersion=600", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	for (size_t piece = 0; piece <= 333; piece += 333) {
		f->piece = piece;
		f->server.requests = 0;
		buf_clear(&f->told);
		start(f, steps, COUNT(steps), (struct reflector_spec){0});
		while (!strstr(buf_str(&f->told), "synced 600")) {
			assert_true(f->told.len < 10000);
			uv_run(&f->loop, UV_RUN_ONCE);
		}
		assert_string_equal(buf_str(&f->unexpected), "");
		assert_non_null(strstr(buf_str(&f->told), recorded_story));
		reflector_free(f->reflector);
		f->reflector = NULL;
	}
	for (size_t i = 0; i < 9; i++) {
		free((char *)(uintptr_t)steps[i].body);
	}
}

static void the_server_may_be_away_at_any_time(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "", OBJECT("a", "u1", "1")), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	    {"resourceVersion=9", HOLD, 0, EVENT("ADDED", OBJECT("b", "u2", "10")), NULL},
	};
	struct fixture *f = *state;
	int port = f->server.port;
	tiny_stop_listening(&f->server);
	start(f, steps, COUNT(steps), (struct reflector_spec){0});
	while (!strstr(buf_str(&f->told), "Connection refused")) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_true(tiny_listen(&f->server, port));
	while (f->at < 2) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	tiny_stop(&f->server);
	buf_clear(&f->told);
	while (!strstr(buf_str(&f->told), "Connection refused")) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_true(tiny_listen(&f->server, port));
	while (!strstr(buf_str(&f->told), "added ns/b 10\n")) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_string_equal(buf_str(&f->unexpected), "");
}

static void handlers_may_free_the_reflector_wherever_they_are_called(void **state)
{
	static const struct step steps[] = {
	    {"?limit=", JSON, 0, LIST("9", "t", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2")), NULL},
	    {"continue=t", JSON, 0, LIST("9", "", OBJECT("c", "u3", "3")), NULL},
	    {"resourceVersion=9", EVENTS, 0,
	     EVENT("MODIFIED", OBJECT("a", "u1", "10")) EVENT("DELETED", OBJECT("b", "u2", "11")) ERROR_410, NULL},
	    {"?limit=", JSON, 0, LIST("20", "", OBJECT("c", "other", "15") ",{}"), NULL},
	    {"resourceVersion=20", JSON, 500, "no", NULL},
	    {"?limit=", JSON, 0, LIST("20", "", ""), NULL},
	};
	for (int n = 1;; n++) {
		setup(state);
		struct fixture *f = *state;
		f->free_after = n;
		start(f, steps, COUNT(steps), (struct reflector_spec){0});
		uint64_t began = uv_hrtime();
		while (f->reflector && f->at < f->n_steps && uv_hrtime() - began < 2000000000u) {
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
		bool freed = !f->reflector;
		for (int i = 0; i < 10; i++) {
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
		if (freed) {
			assert_int_equal(f->tellings, n);
		}
		teardown(state);
		if (!freed) {
			assert_true(n > 10);
			break;
		}
	}
}

static void a_list_that_is_asked_for_begins_anew_and_tells_the_difference(void **state)
{
	static const struct step during_watch[] = {
	    {"?limit=", JSON, 0, LIST("9", "", OBJECT("a", "u1", "1") "," OBJECT("b", "u2", "2")), NULL},
	    {"resourceVersion=9", HOLD, 0, "", NULL},
	};
	static const struct step during_list[] = {
	    {"?limit=500", JSON, 0, LIST("12", "t1", OBJECT("a", "u1", "1")), NULL},
	    {"continue=t1", HOLD, 0, "", NULL},
	};
	static const struct step last[] = {
	    {"?limit=500", JSON, 0, LIST("20", "", OBJECT("a", "u1", "1") "," OBJECT("c", "u3", "14")), NULL},
	    {"resourceVersion=20", HOLD, 0, "", NULL},
	};
	struct fixture *f = *state;
	start(f, during_watch, COUNT(during_watch), (struct reflector_spec){0});
	expect(f, "added ns/a 1\nadded ns/b 2\nsynced 9\n");
	f->steps = during_list;
	f->at = 0;
	reflector_relist(f->reflector);
	expect(f, "added ns/a 1\nadded ns/b 2\nsynced 9\n");
	f->steps = last;
	f->at = 0;
	reflector_relist(f->reflector);
	expect(f, "added ns/a 1\nadded ns/b 2\nsynced 9\nadded ns/c 14\nvanished ns/b uid u2\nsynced 20\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(pages_are_listed_to_the_end_and_then_watched, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_watch_that_ends_goes_on_from_the_last_version_it_saw, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		too_old_as_event_and_as_status_lead_to_a_new_list_that_tells_only_the_difference, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_expired_continue_token_starts_the_list_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_page_that_fails_in_passing_is_asked_for_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_malformed_line_is_one_error_and_a_new_list_and_loses_nothing_else, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_line_over_the_limit_is_one_error_and_a_new_list, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		objects_without_name_uid_or_version_are_one_error_a_page_and_the_others_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_answer_that_is_no_list_is_an_error_and_tried_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(refusals_of_the_watch_are_resumed_or_listed_again_as_they_deserve, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_silent_watch_is_given_up_and_resumed, setup, teardown),
	    cmocka_unit_test_setup_teardown(watches_that_end_at_once_are_not_begun_in_a_tight_circle, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_watch_that_is_always_too_old_does_not_list_in_a_tight_circle, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_page_too_large_to_take_is_asked_for_in_halves, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_recorded_server_is_followed_through_pages_watch_restart_and_compaction,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(what_the_caller_lost_is_listed_and_told_again_and_nothing_else, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(the_server_may_be_away_at_any_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_list_that_is_asked_for_begins_anew_and_tells_the_difference, setup,
					    teardown),
	    cmocka_unit_test(handlers_may_free_the_reflector_wherever_they_are_called),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
