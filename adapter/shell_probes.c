/* Probes that the adapter makes itself: a page, a connection, the health of a gRPC server. So many at a time, each on a
 * connection of its own; the others wait in order, and their time begins when their turn comes.
 *
 * Source: kubelet, pkg/probe/{http,tcp,grpc}.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/shell_state.h"
#include "base/grpc_health.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/tcp_try.h"

#define PROBES_IN_FLIGHT 256
#define REDIRECTS_MAX 10
#define USER_AGENT "kube-probe/kube-mesos-adapter"

struct asking {
	struct list link; /* waiting or flying */
	struct shell_probes *q;
	struct pending *p;
	struct http_call *call;
	struct tcp_try *tcp;
	char *url; /* that is asked now */
	int redirects;
};

struct shell_probes {
	struct shell *shell;
	struct list waiting, flying;
	size_t n_flying;
	uv_timer_t soon; /* nothing is answered from within its own start */
};

struct shell_probes *shell_probes_new(struct shell *shell)
{
	struct shell_probes *q = xcalloc(1, sizeof(*q));
	q->shell = shell;
	list_init(&q->waiting);
	list_init(&q->flying);
	uv_timer_init(shell->loop, &q->soon);
	q->soon.data = q;
	return q;
}

static void asking_free(struct asking *a)
{
	list_remove(&a->link);
	http_call_cancel(a->call);
	tcp_try_cancel(a->tcp);
	free(a->url);
	free(a);
}

void shell_probes_drop(struct shell_probes *q)
{
	LIST_EACH (&q->waiting, link) {
		asking_free(LIST_ENTRY(link, struct asking, link));
	}
	LIST_EACH (&q->flying, link) {
		asking_free(LIST_ENTRY(link, struct asking, link));
	}
	q->n_flying = 0;
	uv_timer_stop(&q->soon);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void shell_probes_free(struct shell_probes *q)
{
	if (q) {
		shell_probes_drop(q);
		uv_close((uv_handle_t *)&q->soon, on_closed);
	}
}

static void pump(struct shell_probes *q);

/* `a` is gone. */
static void tell(struct asking *a, const struct err *failure)
{
	struct shell_probes *q = a->q;
	struct pending *p = a->p;
	q->n_flying--;
	asking_free(a);
	pump(q);
	pending_done(p, failure);
}

/* ---- a connection ---- */

static void on_tried(void *arg, const char *failure)
{
	struct asking *a = arg;
	struct err e = {0};
	a->tcp = NULL;
	err_set(&e, ERR_IO, "%s", failure ? failure : "");
	tell(a, failure ? &e : NULL);
}

/* ---- a page ---- */

static int ask_page(struct asking *a, struct err *e);

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The head says it all. A redirect elsewhere is as good as a page, and not followed. */
static void on_head(void *arg, const struct http_head *head)
{
	struct asking *a = arg;
	struct err e = {0};
	CLEANUP_FREE char *to = is_redirect(head->status) ? http_redirect(a->url, http_header(head, "Location")) : NULL;
	int status = head->status;
	http_call_cancel(a->call);
	a->call = NULL;
	if (to && ++a->redirects > REDIRECTS_MAX) {
		err_set(&e, ERR_LIMIT, "HTTP probe failed: more than %d redirects", REDIRECTS_MAX);
	} else if (to) {
		free(a->url);
		a->url = to;
		to = NULL;
		if (ask_page(a, &e) == 0) {
			return;
		}
	} else if (status < 200 || status >= 400) {
		err_set(&e, ERR_IO, "HTTP probe failed with statuscode: %d", status);
	}
	tell(a, e.code ? &e : NULL);
}

static void on_no_page(void *arg, const struct http_result *r)
{
	struct asking *a = arg;
	struct err e = {0};
	a->call = NULL;
	err_set(&e, ERR_IO, "HTTP probe failed: %s", r->err.text);
	tell(a, &e);
}

size_t shell_put_headers(const json_t *headers, const char *user_agent, struct http_header *ret)
{
	size_t i, n = 0;
	json_t *header;
	json_array_foreach (headers, i, header) {
		ret[n++] = (struct http_header){json_string_value(json_array_get(header, 0)),
						json_string_value(json_array_get(header, 1))};
	}
	if (!http_header(&(struct http_head){.headers = ret, .n_headers = n}, "User-Agent")) {
		ret[n++] = (struct http_header){"User-Agent", user_agent};
	}
	return n;
}

static int ask_page(struct asking *a, struct err *e)
{
	static const struct http_handlers handlers = {.on_head = on_head, .on_done = on_no_page};
	const struct effect *f = a->p->effect;
	const json_t *headers = js_arr(f->body, "headers");
	CLEANUP_FREE struct http_header *all = xcalloc(json_array_size(headers) + 1, sizeof(*all));
	struct http_spec spec = {
	    .url = a->url,
	    .headers = all,
	    .n_headers = shell_put_headers(headers, USER_AGENT, all),
	    .fresh = true,
	    .timeout_ms = f->grace_ms,
	    .connect_timeout_ms = f->grace_ms,
	    .tls = {.insecure = true},
	};
	a->call = http_call_start(a->q->shell->http, &spec, &handlers, a, e);
	return a->call ? 0 : -1;
}

/* ---- the health of a server ---- */

/* What the trailers say of the call, before the answer counts. */
static int read_grpc_status(const struct http_head *head, struct err *e)
{
	const char *status = http_header(head, "grpc-status"), *words = http_header(head, "grpc-message");
	if (head->status != 200 || !status) {
		return err_set(e, ERR_PROTOCOL, "error: health rpc probe failed: HTTP status %d, %s", head->status,
			       status ? status : "and no status of gRPC");
	}
	long code = strtol(status, NULL, 10);
	switch (code) {
	case GRPC_OK:
		return 0;
	case GRPC_UNIMPLEMENTED:
		return err_set(e, ERR_IO,
			       "error: this server does not implement the grpc health protocol "
			       "(grpc.health.v1.Health): %s",
			       words ? words : "");
	case GRPC_DEADLINE_EXCEEDED:
		return err_set(e, ERR_TIMEOUT, "timeout: health rpc did not complete in time");
	default:
		return err_set(e, ERR_IO, "error: health rpc probe failed: code %ld: %s", code, words ? words : "");
	}
}

static int read_health(const struct asking *a, const struct http_result *r, struct err *e)
{
	int64_t status;
	if (r->err.code == ERR_TIMEOUT) {
		return err_set(e, ERR_TIMEOUT, "timeout: health rpc did not complete within %llds",
			       (long long)a->p->effect->grace_ms / 1000);
	}
	if (r->err.code != ERR_NONE) {
		return err_set(e, ERR_IO, "error: health rpc probe failed: %s", r->err.text);
	}
	if (read_grpc_status(&r->head, e) || grpc_health_read(r->body, r->body_len, &status, e)) {
		return -1;
	}
	return grpc_health_good(status)
		   ? 0
		   : err_set(e, ERR_IO, "service unhealthy (responded with \"%s\")", grpc_health_name(status));
}

static void on_health(void *arg, const struct http_result *r)
{
	struct asking *a = arg;
	struct err e = {0};
	a->call = NULL;
	int bad = read_health(a, r, &e);
	tell(a, bad ? &e : NULL);
}

static int ask_health(struct asking *a, const char *service, struct err *e)
{
	static const struct http_handlers handlers = {.on_done = on_health};
	static const struct http_header headers[] = {
	    {"Content-Type", "application/grpc"}, {"TE", "trailers"}, {"User-Agent", USER_AGENT}};
	const struct effect *f = a->p->effect;
	CLEANUP_BUF struct buf body = BUF_INIT(GRPC_SERVICE_MAX + 32);
	grpc_health_ask(service, &body);
	struct http_spec spec = {
	    .method = "POST",
	    .url = a->url,
	    .headers = headers,
	    .n_headers = sizeof(headers) / sizeof(*headers),
	    .body = body.data,
	    .body_len = body.len,
	    .http2 = true,
	    .fresh = true,
	    .max_body = GRPC_ANSWER_MAX,
	    .timeout_ms = f->grace_ms,
	    .connect_timeout_ms = f->grace_ms,
	};
	a->call = http_call_start(a->q->shell->http, &spec, &handlers, a, e);
	return a->call ? 0 : -1;
}

/* ---- turns ---- */

static int begin(struct asking *a, struct err *e)
{
	const struct effect *f = a->p->effect;
	const char *url = js_str(f->body, "url"), *service = js_str(f->body, "service");
	a->url = xstrdup(url);
	if (url) {
		return service ? ask_health(a, service, e) : ask_page(a, e);
	}
	a->tcp = tcp_try_start(a->q->shell->loop, js_str(f->body, "host"), (uint16_t)js_int(f->body, "port", 0),
			       f->grace_ms, on_tried, a);
	return 0;
}

static void take_turn(struct shell_probes *q)
{
	struct err e = {0};
	struct asking *a = LIST_ENTRY(q->waiting.next, struct asking, link);
	list_remove(&a->link);
	list_push(&q->flying, &a->link);
	q->n_flying++;
	if (begin(a, &e) < 0) {
		tell(a, &e);
	}
}

static void on_soon(uv_timer_t *timer)
{
	struct shell_probes *q = timer->data;
	while (q->n_flying < PROBES_IN_FLIGHT && !list_empty(&q->waiting)) {
		take_turn(q);
	}
}

static void pump(struct shell_probes *q)
{
	if (q->n_flying < PROBES_IN_FLIGHT && !list_empty(&q->waiting)) {
		uv_timer_start(&q->soon, on_soon, 0, 0);
	}
}

void shell_probe(struct shell *shell, struct effect *effect)
{
	struct shell_probes *q = shell->probes;
	struct asking *a = xcalloc(1, sizeof(*a));
	a->q = q;
	a->p = pending_new(shell, effect);
	list_push(&q->waiting, &a->link);
	pump(q);
}
