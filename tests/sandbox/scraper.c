#include "tests/sandbox/scraper.h"

#include <stdlib.h>
#include <string.h>

#include "base/http_client.h"
#include "base/js.h"
#include "base/list.h"
#include "base/mem.h"
#include "tests/sandbox/front.h"

#define TIMEOUT_MS 10000
#define PATH_ANNOTATION "metrics.k8s.io/resource-metrics-path"

/* One call under way. */
struct scrape {
	struct list link;
	struct scraper *scraper;
	char *node;
	struct http_call *call;
};

struct scraper {
	const struct apiserver *server;
	struct metrics_model *model;
	char *const *token;
	struct http_client *http;
	uv_timer_t *timer;
	struct list scrapes;
};

static void scrape_free(struct scrape *x)
{
	list_remove(&x->link);
	http_call_cancel(x->call);
	free(x->node);
	free(x);
}

static void on_done(void *arg, const struct http_result *r)
{
	struct scrape *x = arg;
	bool good = r->err.code == ERR_NONE && r->head.status == 200;
	x->call = NULL;
	metrics_model_take(x->scraper->model, x->node, good ? r->body : NULL, front_now());
	scrape_free(x);
}

static const struct http_handlers HANDLERS = {.on_done = on_done};

static const char *address_of(const json_t *node)
{
	size_t i;
	json_t *a;
	json_array_foreach (js_at(node, "status", "addresses", NULL), i, a) {
		const char *type = js_str(a, "type");
		if (type && strcmp(type, "InternalIP") == 0) {
			return js_str(a, "address");
		}
	}
	return NULL;
}

static bool under_way(const struct scraper *s, const char *node)
{
	LIST_EACH (&s->scrapes, link) {
		if (strcmp(LIST_ENTRY(link, struct scrape, link)->node, node) == 0) {
			return true;
		}
	}
	return false;
}

static void scrape(void *arg, const json_t *node)
{
	struct scraper *s = arg;
	const char *name = js_str_at(node, "metadata", "name", NULL), *address = address_of(node);
	const char *path = js_str_at(node, "metadata", "annotations", PATH_ANNOTATION, NULL);
	int64_t port = js_int(js_at(node, "status", "daemonEndpoints", "kubeletEndpoint", NULL), "Port", 0);
	if (!name || !address || !port || under_way(s, name)) {
		return;
	}
	CLEANUP_FREE char *url = xasprintf("https://%s:%d%s", address, (int)port, path ? path : "/metrics/resource");
	CLEANUP_FREE char *bearer = xasprintf("Bearer %s", *s->token);
	struct http_header header = {"Authorization", bearer};
	struct http_spec spec = {
	    .url = url, .headers = &header, .n_headers = 1, .timeout_ms = TIMEOUT_MS, .tls = {.insecure = true}};
	struct scrape *x = xcalloc(1, sizeof(*x));
	x->scraper = s;
	x->node = xstrdup(name);
	list_push(&s->scrapes, &x->link);
	x->call = http_call_start(s->http, &spec, &HANDLERS, x, NULL);
	if (!x->call) {
		scrape_free(x);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct scraper *s = timer->data;
	apiserver_each(s->server, "nodes", "", scrape, s);
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

struct scraper *scraper_new(uv_loop_t *loop, const struct apiserver *server, struct metrics_model *model,
			    char *const *token, int64_t every_ms, struct err *e)
{
	struct scraper *s = xcalloc(1, sizeof(*s));
	s->server = server;
	s->model = model;
	s->token = token;
	list_init(&s->scrapes);
	s->http = http_client_new(loop, NULL, e);
	if (!s->http) {
		free(s);
		return NULL;
	}
	s->timer = xcalloc(1, sizeof(*s->timer));
	uv_timer_init(loop, s->timer);
	s->timer->data = s;
	uv_timer_start(s->timer, on_timer, (uint64_t)every_ms, (uint64_t)every_ms);
	return s;
}

void scraper_free(struct scraper *s)
{
	if (!s) {
		return;
	}
	LIST_EACH (&s->scrapes, link) {
		scrape_free(LIST_ENTRY(link, struct scrape, link));
	}
	http_client_free(s->http);
	uv_close((uv_handle_t *)s->timer, timer_closed);
	free(s);
}
