/* The bytes of a request to a kubelet, as Go's net/http writes them: Host and User-Agent first, then how long the body
 * is, then the rest by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

#define GO_USER_AGENT "Go-http-client/1.1"
/* The front listens on loopback alone. */
#define CLIENT_ADDRESS "127.0.0.1"
#define HEADERS_MAX 256
#define HEADER_NAME_MAX 256

void kubelet_query_add(struct buf *target, const char *name, const char *value)
{
	buf_printf(target, "%c%s=", memchr(target->data, '?', target->len) ? '&' : '?', name);
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
			     strchr("-_.~", *p);
		if (plain || *p == ' ') {
			buf_putc(target, *p == ' ' ? '+' : (char)*p);
		} else {
			buf_printf(target, "%%%02X", *p);
		}
	}
}

void kubelet_log_request(struct kubelet_call *call, const char *target)
{
	char CLEANUP_FREE *authority = kubelet_authority(call);
	buf_printf(&call->request,
		   "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: " GO_USER_AGENT "\r\nAccept-Encoding: gzip\r\n\r\n",
		   target, authority);
}

void kubelet_streams_request(struct kubelet_call *call, const char *target)
{
	char CLEANUP_FREE *authority = kubelet_authority(call);
	buf_printf(&call->request,
		   "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: " GO_USER_AGENT "\r\nContent-Length: 0\r\n"
		   "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n",
		   target, authority);
	for (int version = 5; version > 1; version--) {
		buf_printf(&call->request, "X-Stream-Protocol-Version: v%d.channel.k8s.io\r\n", version);
	}
	buf_puts(&call->request, "X-Stream-Protocol-Version: channel.k8s.io\r\n\r\n");
}

static bool one_of(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcasecmp(*names, name) == 0) {
			return true;
		}
	}
	return false;
}

const char *kubelet_next_word(const char *p, char word[KUBELET_WORD_MAX])
{
	p = p ? p + strspn(p, ", \t") : NULL;
	if (!p || !*p) {
		return NULL;
	}
	size_t n = strcspn(p, ", \t"), kept = n < KUBELET_WORD_MAX ? n : KUBELET_WORD_MAX - 1;
	memcpy(word, p, kept);
	word[kept] = 0;
	return p + n;
}

bool kubelet_has_word(const char *value, const char *word)
{
	for (char one[KUBELET_WORD_MAX]; (value = kubelet_next_word(value, one)) != NULL;) {
		if (strcasecmp(one, word) == 0) {
			return true;
		}
	}
	return false;
}

bool kubelet_asks_upgrade(const struct sandbox_request *req)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, "Connection") == 0 &&
		    kubelet_has_word(req->headers[i].value, "upgrade")) {
			return true;
		}
	}
	return false;
}

/* "sec-WebSocket-key" is "Sec-Websocket-Key". */
static void canonical_name(const char *name, char out[HEADER_NAME_MAX])
{
	bool first = true;
	size_t n = 0;
	for (; name[n] && n + 1 < HEADER_NAME_MAX; n++) {
		char ch = name[n];
		if (first && ch >= 'a' && ch <= 'z') {
			ch = (char)(ch - 'a' + 'A');
		} else if (!first && ch >= 'A' && ch <= 'Z') {
			ch = (char)(ch - 'A' + 'a');
		}
		out[n] = ch;
		first = ch == '-';
	}
	out[n] = 0;
}

struct line {
	char name[HEADER_NAME_MAX];
	char *value;
	size_t at; /* as it came */
};

struct lines {
	struct line line[HEADERS_MAX];
	size_t n;
};

static void add(struct lines *l, const char *name, const char *value)
{
	if (l->n < HEADERS_MAX) {
		canonical_name(name, l->line[l->n].name);
		l->line[l->n].value = xstrdup(value);
		l->line[l->n].at = l->n;
		l->n++;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void write_lines(struct lines *l, struct buf *out)
{
	qsort(l->line, l->n, sizeof(l->line[0]), by_name);
	for (size_t i = 0; i < l->n; i++) {
		buf_printf(out, "%s: %s\r\n", l->line[i].name, l->line[i].value);
		free(l->line[i].value);
	}
	l->n = 0;
}

/* What the client sent on; what is about its own connection to us stays here, unless it is what asks for an upgrade. */
static void take_headers(const struct sandbox_request *req, bool upgrade, struct lines *l)
{
	static const char *const OURS[] = {"Host",	    "User-Agent",      "Content-Length",  "Transfer-Encoding",
					   "Authorization", "X-Forwarded-For", "X-Forwarded-Uri", NULL};
	static const char *const OF_CONNECTION[] = {
	    "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te",
	    "Trailer",	  "Upgrade",	      NULL};
	const char *connection = sandbox_request_header(req, "Connection");
	for (size_t i = 0; i < req->n_headers; i++) {
		const char *name = req->headers[i].name;
		if (!one_of(OURS, name) &&
		    (upgrade || (!one_of(OF_CONNECTION, name) && !kubelet_has_word(connection, name)))) {
			add(l, name, req->headers[i].value);
		}
	}
}

static void forwarded_headers(const struct call *c, bool upgrade, struct lines *l)
{
	const char *before = sandbox_request_header(c->req, "X-Forwarded-For");
	char CLEANUP_FREE *through =
	    xasprintf("%s%s" CLIENT_ADDRESS, before ? before : "", before && before[0] ? ", " : "");
	add(l, "X-Forwarded-For", through);
	if (!upgrade) {
		add(l, "X-Forwarded-Uri", c->req->path);
	}
}

/* Instead of the WebSocket that carries it, SPDY itself is asked for, with what it is to carry. */
static void unwrap_tunnel(const struct sandbox_request *req, struct lines *l)
{
	static const char *const WRAPPING[] = {"Sec-Websocket-Protocol", "Sec-Websocket-Key", "Sec-Websocket-Version",
					       "Upgrade", NULL};
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (one_of(WRAPPING, l->line[i].name)) {
			free(l->line[i].value);
		} else {
			l->line[n++] = l->line[i];
		}
	}
	l->n = n;
	add(l, "Upgrade", "SPDY/3.1");
	const char *p = sandbox_request_header(req, "Sec-WebSocket-Protocol");
	for (char word[KUBELET_WORD_MAX]; (p = kubelet_next_word(p, word)) != NULL;) {
		if (kubelet_is_tunnel(word)) {
			add(l, "X-Stream-Protocol-Version", word + strlen(KUBELET_TUNNEL_PREFIX));
		}
	}
}

/* The body came in any framing; it goes on whole, framed as it was. */
static void body_header(const struct sandbox_request *req, const char *method, struct buf *out)
{
	bool takes_body = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
	const char *encoding = sandbox_request_header(req, "Transfer-Encoding");
	if (encoding && kubelet_has_word(encoding, "chunked")) {
		buf_puts(out, "Transfer-Encoding: chunked\r\n");
	} else if (req->body_len || takes_body) {
		buf_printf(out, "Content-Length: %zu\r\n", req->body_len);
	}
}

static void body(const struct sandbox_request *req, struct buf *out)
{
	const char *encoding = sandbox_request_header(req, "Transfer-Encoding");
	bool chunked = encoding && kubelet_has_word(encoding, "chunked");
	if (chunked && req->body_len) {
		buf_printf(out, "%zx\r\n", req->body_len);
	}
	buf_append(out, req->body ? req->body : "", req->body_len);
	buf_puts(out, chunked ? req->body_len ? "\r\n0\r\n\r\n" : "0\r\n\r\n" : "");
}

void kubelet_client_request(const struct call *c, struct kubelet_call *call, const char *target, bool upgrade)
{
	const char *host = sandbox_request_header(c->req, "Host"),
		   *agent = sandbox_request_header(c->req, "User-Agent");
	char CLEANUP_FREE *authority = kubelet_authority(call);
	struct lines CLEANUP_FREE *l = xcalloc(1, sizeof(*l));
	buf_printf(&call->request, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n", call->method, target,
		   host ? host : authority, agent ? agent : GO_USER_AGENT);
	body_header(c->req, call->method, &call->request);
	take_headers(c->req, upgrade, l);
	if (call->front == KUBELET_TUNNEL) {
		unwrap_tunnel(c->req, l);
	}
	forwarded_headers(c, upgrade, l);
	write_lines(l, &call->request);
	buf_puts(&call->request, "\r\n");
	body(c->req, &call->request);
}
