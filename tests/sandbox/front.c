#include "tests/sandbox/front.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/sandbox/front_inner.h"

#define CONNECTIONS_MAX 8192
#define TURNS_MAX 16 /* of libmicrohttpd, one after the other */
/* Request line and headers of one connection have to fit, and one block of an answer. */
#define CONNECTION_MEMORY ((size_t)128 << 10)

int64_t front_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint16_t front_port(const struct front *f)
{
	return f->port;
}

/* Requests */

static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct front_exchange *x = xcalloc(1, sizeof(*x));
	const char *question = strchr(uri, '?');
	x->front = arg;
	x->connection = connection;
	x->path = question ? xstrndup(uri, (size_t)(question - uri)) : xstrdup(uri);
	x->query = xstrdup(question ? question + 1 : "");
	buf_init(&x->body, FRONT_BODY_MAX);
	return x;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **con_cls,
			 enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)connection;
	(void)why;
	struct front_exchange *x = *con_cls;
	if (!x) {
		return;
	}
	*con_cls = NULL;
	front_later_end(x);
	front_stream_end(x);
	front_upload_end(x);
	buf_done(&x->body);
	free(x->injected);
	free(x->path);
	free(x->query);
	free(x);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	const struct front *f = arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = front_peer_new();
		if (f->tls) {
			front_tls_show(f->tls, (gnutls_session_t)MHD_get_connection_info(
						   connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
						   ->tls_session);
		}
	} else {
		front_peer_free(*socket_context);
		*socket_context = NULL;
	}
}

struct header_sink {
	struct sandbox_header *headers;
	size_t n;
};

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	struct header_sink *sink = arg;
	sink->headers[sink->n++] = (struct sandbox_header){name, value ? value : ""};
	return MHD_YES;
}

void front_headers(struct MHD_Response *to, const struct sandbox_response *from)
{
	for (size_t i = 0; i < from->n_headers; i++) {
		MHD_add_response_header(to, from->headers[i].name, from->headers[i].value);
	}
}

static enum MHD_Result queue_body(struct front_exchange *x, struct sandbox_response *res)
{
	size_t n = 0;
	char *body = buf_steal(&res->body, &n);
	struct MHD_Response *answer = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE);
	if (!answer) {
		free(body);
		return MHD_NO;
	}
	front_headers(answer, res);
	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)res->status, answer);
	MHD_destroy_response(answer);
	return queued;
}

static enum MHD_Result refuse_long_body(struct front_exchange *x)
{
	struct sandbox_response res;
	sandbox_response_init(&res);
	res.status = MHD_HTTP_CONTENT_TOO_LARGE;
	sandbox_response_header(&res, "Content-Type", "text/plain; charset=utf-8");
	buf_printf(&res.body, "request body is longer than %zu bytes\n", FRONT_BODY_MAX);
	enum MHD_Result queued = queue_body(x, &res);
	sandbox_response_done(&res);
	return queued;
}

enum MHD_Result front_answer(struct front_exchange *x, struct sandbox_response *res)
{
	if (res->stream) {
		return front_stream_begin(x, res);
	}
	if (res->status == 0) {
		front_stream_silence(x);
		return MHD_YES;
	}
	return queue_body(x, res);
}

/* The request as far as it is known, in memory that lives until `headers` is freed. */
static struct sandbox_request request_of(struct front_exchange *x, const char *method, struct sandbox_header **headers)
{
	int n = MHD_get_connection_values(x->connection, MHD_HEADER_KIND, NULL, NULL);
	*headers = xcalloc((size_t)n + 1, sizeof(**headers));
	struct header_sink sink = {*headers, 0};
	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, on_header, &sink);
	struct front_peer *peer =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	front_peer_check(peer, x->front->tls, x->connection);
	return (struct sandbox_request){
	    .method = method,
	    .path = x->path,
	    .query = x->query,
	    .headers = *headers,
	    .n_headers = sink.n,
	    .cert_common_name = peer->common_name,
	    .cert_organisations = (const char *const *)peer->organisations,
	    .n_cert_organisations = peer->n_organisations,
	    .cert_refused = peer->refused,
	};
}

static enum MHD_Result answer(struct front_exchange *x, const char *method)
{
	CLEANUP_FREE struct sandbox_header *headers = NULL;
	struct sandbox_request req = request_of(x, method, &headers);
	struct sandbox_response res;
	req.body = buf_str(&x->body);
	req.body_len = x->body.len;
	sandbox_response_init(&res);
	x->front->options.handler(x->front->options.model, front_now(), &req, &res);
	buf_done(&x->body);
	enum MHD_Result result = MHD_YES;
	if (res.later) {
		front_later_begin(x, &res);
	} else {
		result = front_answer(x, &res);
	}
	sandbox_response_done(&res);
	return result;
}

/* The head is there. */
static enum MHD_Result begin(struct front_exchange *x, const char *method)
{
	CLEANUP_FREE struct sandbox_header *headers = NULL;
	const struct front_options *o = &x->front->options;
	struct sandbox_request head = request_of(x, method, &headers);
	struct sandbox_response res;
	const char *length = sandbox_request_header(&head, "Content-Length");
	if (!o->takes_pieces || !o->takes_pieces(o->model, &head)) {
		return length && strtoull(length, NULL, 10) > FRONT_BODY_MAX ? refuse_long_body(x) : MHD_YES;
	}
	sandbox_response_init(&res);
	o->handler(o->model, front_now(), &head, &res);
	if (!res.upload && res.status == 0) {
		front_stream_silence(x);
	} else {
		front_upload_begin(x, &res);
	}
	sandbox_response_done(&res);
	return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
	(void)arg;
	(void)connection;
	(void)url;
	(void)version;
	struct front_exchange *x = *con_cls;
	if (!x->begun) {
		x->begun = true;
		return begin(x, method);
	}
	if (x->silent || x->upgraded) {
		return MHD_NO;
	}
	if (x->upload) {
		return *upload_len > 0 ? front_upload_data(x, upload, upload_len) : front_upload_whole(x);
	}
	if (x->later) {
		return front_later_send(x);
	}
	if (*upload_len > 0) {
		if (buf_append(&x->body, upload, *upload_len) < 0) {
			buf_done(&x->body);
			x->too_long = true;
			x->body.max = 0;
		}
		*upload_len = 0;
		return MHD_YES;
	}
	return x->too_long ? refuse_long_body(x) : answer(x, method);
}

/* The loop */

static void run(struct front *f);

static void on_timer(uv_timer_t *timer)
{
	run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	run(poll->data);
}

void front_kick(struct front *f)
{
	f->again = true;
	if (!f->running && f->daemon) {
		uv_timer_start(&f->timer, on_timer, 0, 0);
	}
}

/* libmicrohttpd may say for as long as a peer likes that it wants to go on at once: of a TLS handshake that stopped
 * half way. So after some turns everybody else has theirs; a timer of no time would come before them again and again.
 */
static void run(struct front *f)
{
	MHD_UNSIGNED_LONG_LONG wait = 0;
	bool waits = true;
	if (!f->daemon || f->running) {
		return;
	}
	f->running = true;
	for (int turns = 0; turns < TURNS_MAX && waits && wait == 0; turns++) {
		f->again = false;
		MHD_run(f->daemon);
		waits = f->again || MHD_get_timeout(f->daemon, &wait) == MHD_YES;
		wait = f->again ? 0 : wait;
	}
	f->running = false;
	if (waits) {
		uv_timer_start(&f->timer, on_timer, wait ? wait : 1, 0);
	} else {
		uv_timer_stop(&f->timer);
	}
}

/* Life */

static struct MHD_Daemon *listen_on(struct front *f)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)f->options.certificate},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)f->options.key},
	    {f->options.client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
	     (void *)(uintptr_t)f->options.client_ca},
	    {MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
	bool secure = f->options.certificate != NULL;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (secure ? MHD_USE_TLS : 0);
	return MHD_start_daemon(flags, f->port, NULL, NULL, on_request, f, MHD_OPTION_SOCK_ADDR, &address,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
				MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, f,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, f, MHD_OPTION_NOTIFY_CONNECTION,
				on_connection, f, MHD_OPTION_ARRAY, secure ? tls : plain, MHD_OPTION_END);
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

int front_up(struct front *f, struct err *e)
{
	if (f->daemon) {
		return 0;
	}
	errno = 0;
	f->daemon = listen_on(f);
	if (!f->daemon) {
		return err_set(e, ERR_IO, "%s: cannot serve on 127.0.0.1:%u: %s", f->options.name, f->port,
			       errno ? strerror(errno) : "bad certificate or key");
	}
	f->port = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	f->poll = xcalloc(1, sizeof(*f->poll));
	f->poll->data = f;
	int epoll = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	int failed = uv_poll_init(f->loop, f->poll, epoll);
	if (failed == 0) {
		failed = uv_poll_start(f->poll, UV_READABLE, on_poll);
	} else {
		free(f->poll);
		f->poll = NULL;
	}
	if (failed < 0) {
		front_down(f);
		return err_set(e, ERR_IO, "%s: %s", f->options.name, uv_strerror(failed));
	}
	return 0;
}

void front_down(struct front *f)
{
	if (!f->daemon) {
		return;
	}
	LIST_EACH (&f->streams, link) {
		front_stream_break(LIST_ENTRY(link, struct front_exchange, link));
	}
	if (f->poll) {
		uv_close((uv_handle_t *)f->poll, free_handle);
		f->poll = NULL;
	}
	uv_timer_stop(&f->timer);
	MHD_stop_daemon(f->daemon);
	f->daemon = NULL;
}

size_t front_inject(struct front *f, const char *text, size_t n, size_t times)
{
	size_t taken = 0;
	LIST_EACH (&f->streams, link) {
		taken += front_stream_inject(LIST_ENTRY(link, struct front_exchange, link), text, n, times);
	}
	return taken;
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void free_text(const char *text)
{
	free((char *)(uintptr_t)text);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct front *f = h->data;
	free_text(f->options.name);
	free_text(f->options.certificate);
	free_text(f->options.key);
	free_text(f->options.client_ca);
	front_tls_free(f->tls);
	free(f);
}

struct front *front_new(uv_loop_t *loop, const struct front_options *options, struct err *e)
{
	struct front *f = xcalloc(1, sizeof(*f));
	signal(SIGPIPE, SIG_IGN);
	f->loop = loop;
	f->options = *options;
	f->options.name = xstrdup(options->name);
	f->options.certificate = copy(options->certificate);
	f->options.key = copy(options->key);
	f->options.client_ca = copy(options->client_ca);
	f->port = options->port;
	f->tls = options->certificate ? front_tls_new(&f->options, NULL, e) : NULL;
	list_init(&f->streams);
	uv_timer_init(loop, &f->timer);
	f->timer.data = f;
	if ((options->certificate && !f->tls) || front_up(f, e) < 0) {
		front_free(f);
		return NULL;
	}
	return f;
}

int front_certificates(struct front *f, const char *certificate, const char *key, const char *client_ca, struct err *e)
{
	struct front_options fresh = f->options;
	fresh.certificate = certificate;
	fresh.key = key;
	fresh.client_ca = client_ca;
	struct front_tls *tls = front_tls_new(&fresh, f->tls, e);
	if (!tls) {
		return -1;
	}
	f->tls = tls;
	return 0;
}

void front_free(struct front *f)
{
	if (f) {
		front_down(f);
		uv_close((uv_handle_t *)&f->timer, on_timer_closed);
	}
}
