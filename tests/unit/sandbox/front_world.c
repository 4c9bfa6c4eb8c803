#include "tests/unit/sandbox/front_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

static void on_closed(struct sandbox_stream *s)
{
	struct model *m = s->model;
	m->closed++;
}

static void start_stream(struct model *m, struct sandbox_response *res)
{
	sandbox_stream_unref(m->stream);
	m->stream = sandbox_stream_new((size_t)64 << 20);
	m->stream->model = m;
	m->stream->closed = on_closed;
	res->stream = sandbox_stream_ref(m->stream);
	sandbox_response_header(res, "Content-Type", "application/json");
}

static void on_later_closed(struct sandbox_later *l)
{
	struct model *m = l->model;
	m->closed++;
}

/* After 101: says everything back until the peer closes. */
static void on_ready(struct sandbox_later *l)
{
	char bytes[4096];
	long n = sandbox_later_receive(l, bytes, sizeof(bytes));
	if (n > 0) {
		assert_int_equal(sandbox_later_send(l, bytes, (size_t)n), n);
	} else if (n == SANDBOX_CLOSED) {
		sandbox_later_release(l);
	}
}

static void promise(struct model *m, struct sandbox_response *res)
{
	m->later = sandbox_later_new();
	m->later->model = m;
	m->later->closed = on_later_closed;
	m->later->ready = on_ready;
	res->later = sandbox_later_ref(m->later);
}

static void say_who(const struct sandbox_request *req, struct sandbox_response *res)
{
	buf_printf(&res->body, "%s", req->cert_common_name ? req->cert_common_name : "nobody");
	for (size_t i = 0; i < req->n_cert_organisations; i++) {
		buf_printf(&res->body, " %s", req->cert_organisations[i]);
	}
	if (req->cert_refused) {
		buf_puts(&res->body, " refused");
	}
}

void world_handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct model *m = arg;
	assert_true(llabs(now_ms - front_now()) < 1000);
	m->requests++;
	if (strcmp(req->path, "/stream") == 0) {
		start_stream(m, res);
	} else if (strcmp(req->path, "/wake") == 0) {
		buf_puts(&m->stream->out, "from-a-handler\n");
		sandbox_stream_wake(m->stream);
	} else if (strcmp(req->path, "/later") == 0) {
		promise(m, res);
	} else if (strcmp(req->path, "/silent") == 0) {
		res->status = 0;
	} else if (strcmp(req->path, "/who") == 0) {
		say_who(req, res);
	} else {
		const char *test = sandbox_request_header(req, "x-test");
		res->status = 201;
		sandbox_response_header(res, "X-Answer", "yes");
		buf_printf(&res->body, "%s|%s|%s|%s|%zu", req->method, req->path, req->query, test ? test : "-",
			   req->body_len);
	}
}

static size_t on_text(char *p, size_t size, size_t n, void *arg)
{
	return buf_append(arg, p, size * n) == 0 ? size * n : 0;
}

void world_turn(struct world *w)
{
	int running, left;
	uv_run(&w->loop, UV_RUN_NOWAIT);
	curl_multi_perform(w->multi, &running);
	for (CURLMsg *m; (m = curl_multi_info_read(w->multi, &left));) {
		struct call *c;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &c->status);
		c->result = m->data.result;
		c->done = true;
	}
	curl_multi_poll(w->multi, NULL, 0, 1, NULL);
}

struct call *call_new(struct world *w, const char *path)
{
	struct call *c = xcalloc(1, sizeof(*c));
	CLEANUP_FREE char *url =
	    xasprintf("%s://127.0.0.1:%u%s", w->secure ? "https" : "http", front_port(w->front), path);
	buf_init(&c->text, TEXT_MAX);
	c->easy = curl_easy_init();
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_text);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, &c->text);
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	return c;
}

void call_start(struct world *w, struct call *c)
{
	curl_multi_add_handle(w->multi, c->easy);
}

void call_free(struct world *w, struct call *c)
{
	curl_multi_remove_handle(w->multi, c->easy);
	curl_easy_cleanup(c->easy);
	buf_done(&c->text);
	free(c);
}

struct call *call_finish(struct world *w, struct call *c)
{
	call_start(w, c);
	AWAIT(w, c->done);
	return c;
}

/* Setting up. */
struct pki *world_pki;

static int world_make(void **state, bool secure)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = {0};
	w->secure = secure;
	uv_loop_init(&w->loop);
	w->multi = curl_multi_init();
	struct front_options options = {.name = "test", .handler = world_handle, .model = &w->model};
	if (secure) {
		options.certificate = pki_server(world_pki)->certificate;
		options.key = pki_server(world_pki)->key;
		options.client_ca = pki_ca(world_pki);
	}
	w->front = front_new(&w->loop, &options, &e);
	assert_string_equal(e.text, "");
	assert_non_null(w->front);
	*state = w;
	return 0;
}

int world_plain(void **state)
{
	return world_make(state, false);
}

int world_tls(void **state)
{
	return world_make(state, true);
}

int world_end(void **state)
{
	struct world *w = *state;
	front_free(w->front);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	sandbox_stream_unref(w->model.stream);
	curl_multi_cleanup(w->multi);
	free(w);
	return 0;
}

/* Streams. */
void wake_with(struct world *w, const char *text)
{
	buf_puts(&w->model.stream->out, text);
	sandbox_stream_wake(w->model.stream);
}

/* Raw bytes. */
int raw_connect(const struct world *w)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(front_port(w->front)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

void raw_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

bool raw_receive(int fd, struct buf *b)
{
	char chunk[4096];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
	if (n > 0) {
		buf_append(b, chunk, (size_t)n);
	}
	return n == 0 || (n < 0 && errno != EAGAIN);
}

int occurrences(const struct buf *b, const char *needle)
{
	int n = 0;
	for (const char *p = buf_str(b); (p = strstr(p, needle)); p++) {
		n++;
	}
	return n;
}

int world_run_tests(const char *name, const struct CMUnitTest *tests, size_t n)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	world_pki = pki_new(front_now(), NULL);
	int failed = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
	pki_free(world_pki);
	curl_global_cleanup();
	return failed;
}
