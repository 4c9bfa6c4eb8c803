/* What the model of the API server asks of kubelets, and what it makes of their answers, against recorded sessions. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"

#define DATA TEST_DATA "/kubelet-proxy/"
#define FILE_MAX ((size_t)1 << 20)
#define HEADERS_MAX 32
#define NODE_STATUS                                                                                                    \
	"{'status':{'addresses':[{'type':'Hostname','address':'elsewhere'},{'type':'InternalIP','address':'127.0.0.1'" \
	"}]"                                                                                                           \
	"%s}}"

#define NOT_DECLARED ",'declaredFeatures':null"
#define DECLARED ",'declaredFeatures':['ExtendWebSocketsToKubelet']"

/* A carrier that keeps the last call. */
struct kept {
	struct kubelet_call *call;
};

static void keep(void *arg, struct kubelet_call *call, struct sandbox_response *res)
{
	struct kept *k = arg;
	kubelet_call_free(k->call);
	k->call = call;
	res->status = 299;
}

struct world {
	struct rig rig;
	struct kept kept;
};

static void make_pod(struct rig *r, const char *name, const char *node)
{
	char CLEANUP_FREE *body = xasprintf("{'metadata':{'name':'%s'},'spec':{'nodeName':'%s','containers':["
					    "{'name':'main','image':'i'},{'name':'side','image':'i'}],"
					    "'initContainers':[{'name':'first','image':'i'}]}}",
					    name, node);
	assert_int_equal(rig_send(r, "POST", "/api/v1/namespaces/default/pods", body), 201);
}

static void set_status(struct rig *r, const char *more)
{
	char CLEANUP_FREE *status = xasprintf(NODE_STATUS, more);
	assert_int_equal(rig_patch(r, "application/merge-patch+json", "/api/v1/nodes/rig-node-1/status", status), 200);
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	rig_init_config(&w->rig, (struct apiserver_config){
				     .seed = 7, .kubelet = keep, .kubelet_arg = &w->kept, .proxy_anywhere = true});
	assert_int_equal(rig_send(&w->rig, "POST", "/api/v1/nodes", "{'metadata':{'name':'rig-node-1'}}"), 201);
	set_status(&w->rig, "");
	make_pod(&w->rig, "run-1", "rig-node-1");
	make_pod(&w->rig, "tty-1", "rig-node-1");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	kubelet_call_free(w->kept.call);
	rig_done(&w->rig);
	free(w);
	return 0;
}

static char *read_file(const char *path)
{
	char CLEANUP_FREE *text = xmalloc(FILE_MAX);
	FILE *f = fopen(path, "rb");
	if (!f) {
		fail_msg("%s is missing", path);
		return NULL;
	}
	size_t n = fread(text, 1, FILE_MAX - 1, f);
	fclose(f);
	return xstrndup(text, n);
}

/* Up to an empty line, which is taken as well. */
static char *take_block(char **rest)
{
	char *end = strstr(*rest, "\n\n");
	assert_non_null(end);
	char *block = *rest;
	*end = 0;
	*rest = end + 2;
	return block;
}

/* A recorded head as a request to the model; cuts the text. */
static void ask_head(struct world *w, char *head, struct sandbox_response *res)
{
	struct sandbox_header headers[HEADERS_MAX];
	char *rest = head;
	char *method = strsep(&rest, " "), *target = strsep(&rest, " ");
	strsep(&rest, "\n");
	struct sandbox_request req = {.method = method, .path = target, .query = "", .headers = headers};
	char *question = strchr(target, '?');
	if (question) {
		*question = 0;
		req.query = question + 1;
	}
	while (rest && *rest) {
		char *line = strsep(&rest, "\n"), *colon = strstr(line, ": ");
		assert_non_null(colon);
		assert_true(req.n_headers < HEADERS_MAX);
		*colon = 0;
		headers[req.n_headers++] = (struct sandbox_header){line, colon + 2};
	}
	sandbox_response_init(res);
	apiserver_handle(w->rig.server, w->rig.now, &req, res);
}

static char *head_of(const struct kubelet_call *call)
{
	struct buf CLEANUP_BUF out = BUF_INIT(FILE_MAX);
	const char *text = buf_str(&call->request), *end = strstr(text, "\r\n\r\n");
	assert_non_null(end);
	for (const char *p = text; p < end; p++) {
		if (*p != '\r') {
			buf_putc(&out, *p);
		}
	}
	size_t n;
	return buf_steal(&out, &n);
}

static void every_recorded_request_reaches_the_kubelet_byte_for_byte(void **state)
{
	struct world *w = *state;
	char CLEANUP_FREE *text = read_file(DATA "requests.txt");
	char *rest = text;
	int n = 0, failures = 0;
	for (; *rest == '#'; n++) {
		char *name = strsep(&rest, "\n"), *asked = take_block(&rest), *expected = take_block(&rest);
		struct sandbox_response res;
		/* Where the recorded server was told not to translate, ours is told by the node. */
		set_status(&w->rig,
			   strstr(name, "# wsnode-") || strstr(name, "# notranslate-") ? DECLARED : NOT_DECLARED);
		ask_head(w, asked, &res);
		assert_int_equal(res.status, 299);
		char CLEANUP_FREE *sent = head_of(w->kept.call);
		if (strcmp(sent, expected) != 0) {
			print_error("%s: sent\n%s\ninstead of\n%s\n", name, sent, expected);
			failures++;
		}
		sandbox_response_done(&res);
	}
	assert_int_equal(failures, 0);
	assert_true(n >= 30);
}

static void every_recorded_refusal_of_a_kubelet_becomes_the_recorded_answer(void **state)
{
	(void)state;
	json_t CLEANUP_JSON *cases = json_load_file(DATA "refusals.json", 0, NULL);
	size_t i;
	json_t *one;
	assert_true(json_array_size(cases) >= 10);
	json_array_foreach (cases, i, one) {
		bool exec = strstr(js_str(one, "case"), "exec") != NULL;
		struct kubelet_call call = {.errand = exec ? KUBELET_UPGRADE : KUBELET_LOG,
					    .method = (char[]){"GET"},
					    .name = (char[]){"run-1"}};
		struct sandbox_response res;
		const char *body = js_str(one, "body");
		int status = (int)js_int(one, "status", 0);
		sandbox_response_init(&res);
		assert_true(kubelet_refuses(&call, status));
		kubelet_refused(&call, status, body, strlen(body), js_str(one, "location"), &res);
		json_t CLEANUP_JSON *ours = json_loads(buf_str(&res.body), 0, NULL);
		if (!json_equal(ours, js_obj(one, "answer"))) {
			fail_msg("%s: %s", js_str(one, "case"), buf_str(&res.body));
		}
		assert_int_equal(res.status, js_int(js_obj(one, "answer"), "code", 0));
		sandbox_response_done(&res);
	}
}

static void assert_status(char *status, const char *expected)
{
	assert_string_equal(status, expected);
	free(status);
}

#define INTERNAL(message)                                                                                              \
	"{\"metadata\":{},\"status\":\"Failure\",\"message\":\"Internal error occurred: " message                      \
	"\",\"reason\":\"InternalError\",\"details\":{\"causes\":[{\"message\":\"" message "\"}]},\"code\":500}"

static void what_a_kubelet_says_of_a_commands_end_is_worded_anew(void **state)
{
	(void)state;
	assert_status(kubelet_streams_status("{\"status\":\"Success\"}"), "{\"metadata\":{},\"status\":\"Success\"}");
	assert_status(kubelet_streams_status(""), "{\"metadata\":{},\"status\":\"Success\"}");
	assert_status(kubelet_streams_status("{\"status\":\"Failure\",\"message\":\"m\",\"reason\":\"InternalError\"}"),
		      INTERNAL("m"));
	assert_status(kubelet_streams_status("{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\"}"),
		      INTERNAL("error stream protocol error: no ExitCode cause given"));
	assert_status(kubelet_streams_status("no JSON"), INTERNAL("error stream protocol error: unknown error"));
}

static void a_redirect_of_a_kubelet_is_not_followed_but_named(void **state)
{
	(void)state;
	struct kubelet_call call = {.front = KUBELET_STREAMS,
				    .errand = KUBELET_UPGRADE,
				    .host = (char[]){"127.0.0.1"},
				    .port = 10250,
				    .method = (char[]){"POST"}};
	assert_true(kubelet_refuses(&call, 302));
	assert_status(
	    kubelet_streams_refused(&call, 302, "", 0, "/elsewhere"),
	    INTERNAL("error sending request: Post \\\"https://127.0.0.1:10250/elsewhere\\\": redirect not allowed"));
}

#define EXEC "/api/v1/namespaces/default/pods/run-1/exec?container=main&stdout=true&command="

static void only_the_newest_protocol_of_websockets_is_translated(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *offers;
		enum kubelet_front front;
	} cases[] = {{"v4.channel.k8s.io", KUBELET_AS_IT_IS},
		     {"v5.channel.k8s.io,v4.channel.k8s.io, channel.k8s.io", KUBELET_STREAMS},
		     {"v4.channel.k8s.io, v5.channel.k8s.io", KUBELET_STREAMS},
		     {"SPDY/3.1+portforward.k8s.io", KUBELET_AS_IT_IS},
		     {"v5.channel.k8s.io.more", KUBELET_AS_IT_IS}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char CLEANUP_FREE *head = xasprintf("GET " EXEC "id HTTP/1.1\nAuthorization: Bearer admin\nConnection: "
						    "Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: k\n"
						    "Sec-WebSocket-Protocol: %s\n",
						    cases[i].offers);
		struct sandbox_response res;
		ask_head(w, head, &res);
		assert_int_equal(res.status, 299);
		assert_int_equal(w->kept.call->front, cases[i].front);
		sandbox_response_done(&res);
	}
}

static void a_websocket_needs_the_right_to_create_as_well(void **state)
{
	struct world *w = *state;
	static const char *const TOKENS[] = {"reader", "plain", "admin"};
	static const int STATUS[] = {403, 403, 299};
	for (size_t i = 0; i < 3; i++) {
		char CLEANUP_FREE *head = xasprintf("GET " EXEC "id HTTP/1.1\nAuthorization: Bearer %s\nConnection: "
						    "Upgrade\nUpgrade: websocket\n",
						    TOKENS[i]);
		struct sandbox_response res;
		ask_head(w, head, &res);
		assert_int_equal(res.status, STATUS[i]);
		sandbox_response_done(&res);
	}
}

static void a_command_of_many_words_arrives_whole(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF head = BUF_INIT(FILE_MAX);
	struct sandbox_response res;
	buf_puts(&head, "POST " EXEC "w0");
	for (int i = 1; i < 500; i++) {
		buf_printf(&head, "&command=w%d", i);
	}
	buf_puts(&head, " HTTP/1.1\nAuthorization: Bearer admin\nConnection: upgrade\nUpgrade: SPDY/3.1\n");
	ask_head(w, head.data, &res);
	assert_int_equal(res.status, 299);
	assert_non_null(strstr(buf_str(&w->kept.call->request), "&command=w499&output=1 "));
	sandbox_response_done(&res);
}

static void nothing_about_the_client_itself_goes_on(void **state)
{
	struct world *w = *state;
	char head[] = "GET /api/v1/nodes/https:rig-node-1:77/proxy/a%2Fb/../c?x=%31&y HTTP/1.1\nAuthorization: Bearer "
		      "admin\nConnection: keep-alive, X-Secret\nX-Secret: s\nTe: trailers\nX-Forwarded-For: 10.1.1.1\n";
	struct sandbox_response res;
	ask_head(w, head, &res);
	assert_int_equal(res.status, 299);
	char CLEANUP_FREE *sent = head_of(w->kept.call);
	assert_string_equal(sent,
			    "GET /a%2Fb/../c?x=%31&y HTTP/1.1\nHost: 127.0.0.1:77\nUser-Agent: Go-http-client/1.1\n"
			    "X-Forwarded-For: 10.1.1.1, 127.0.0.1\n"
			    "X-Forwarded-Uri: /api/v1/nodes/https:rig-node-1:77/proxy/a%2Fb/../c");
	assert_int_equal(w->kept.call->port, 77);
	assert_string_equal(w->kept.call->host, "127.0.0.1");
	sandbox_response_done(&res);
}

static void the_port_is_what_the_node_says(void **state)
{
	struct world *w = *state;
	set_status(&w->rig, ",'daemonEndpoints':{'kubeletEndpoint':{'Port':12345}}");
	assert_int_equal(rig_send(&w->rig, "GET", "/api/v1/namespaces/default/pods/run-1/log?container=first", NULL),
			 299);
	assert_int_equal(w->kept.call->port, 12345);
	assert_string_equal(w->kept.call->url, "https://127.0.0.1:12345/containerLogs/default/run-1/first");
}

static void a_container_is_asked_for_with_the_init_containers_named(void **state)
{
	struct world *w = *state;
	assert_int_equal(rig_send(&w->rig, "GET", "/api/v1/namespaces/default/pods/run-1/log", NULL), 400);
	assert_string_equal(
	    js_str(w->rig.answer, "message"),
	    "a container name must be specified for pod run-1, choose one of: [main side] or one of the "
	    "init containers: [first]");
}

static void a_proxied_kubelet_that_is_away_is_503(void **state)
{
	(void)state;
	struct kubelet_call call = {.errand = KUBELET_PROXY, .method = (char[]){"GET"}};
	struct sandbox_response res;
	sandbox_response_init(&res);
	kubelet_unreachable(&call, "dial tcp 127.0.0.1:1: connect: connection refused", true, &res);
	assert_int_equal(res.status, 503);
	assert_non_null(strstr(buf_str(&res.body), "error trying to reach service: dial tcp 127.0.0.1:1: connect"));
	sandbox_response_done(&res);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_recorded_request_reaches_the_kubelet_byte_for_byte),
	    TEST(every_recorded_refusal_of_a_kubelet_becomes_the_recorded_answer),
	    TEST(what_a_kubelet_says_of_a_commands_end_is_worded_anew),
	    TEST(a_redirect_of_a_kubelet_is_not_followed_but_named),
	    TEST(only_the_newest_protocol_of_websockets_is_translated),
	    TEST(a_websocket_needs_the_right_to_create_as_well),
	    TEST(a_command_of_many_words_arrives_whole),
	    TEST(nothing_about_the_client_itself_goes_on),
	    TEST(the_port_is_what_the_node_says),
	    TEST(a_container_is_asked_for_with_the_init_containers_named),
	    cmocka_unit_test(a_proxied_kubelet_that_is_away_is_503),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
