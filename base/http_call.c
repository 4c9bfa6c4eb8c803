#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_head.h"
#include "base/http_inner.h"
#include "base/mem.h"

#define KEEPALIVE_IDLE_S 30L
#define KEEPALIVE_INTERVAL_S 10L
#define RECEIVE_BUFFER_BYTES (64L << 10)

void http_call_end(struct http_call *call)
{
	list_remove(&call->link);
	list_remove(&call->again);
	list_push(&call->client->ending, &call->link);
	uv_timer_stop(&call->timer);
	curl_loop_schedule(&call->client->loop);
}

/* ---- the answer's head ---- */

static bool head_begins(const char *line, size_t n)
{
	return n >= 5 && memcmp(line, "HTTP/", 5) == 0;
}

static void head_reset(struct http_call *call, const char *line, size_t n)
{
	const char *space = memchr(line, ' ', n);
	buf_clear(&call->head_text);
	call->n_headers = 0;
	call->head_bytes = 0;
	call->status = 0;
	if (space && (size_t)(line + n - space) > 3) {
		for (int i = 1; i <= 3 && isdigit((unsigned char)space[i]); i++) {
			call->status = call->status * 10 + (space[i] - '0');
		}
	}
}

static void trim(const char **p, size_t *n)
{
	while (*n && isspace((unsigned char)**p)) {
		(*p)++;
		(*n)--;
	}
	while (*n && isspace((unsigned char)(*p)[*n - 1])) {
		(*n)--;
	}
}

/* A line that begins with a space would continue the one before it: obsolete, and nobody reads such a header here.
 * Header text never holds a NUL: libcurl refuses it. */
static int head_add(struct http_call *call, const char *line, size_t n)
{
	struct buf *b = &call->head_text;
	const char *colon = memchr(line, ':', n);
	if (!colon || line[0] == ' ' || line[0] == '\t') {
		return 0;
	}
	const char *name = line, *value = colon + 1;
	size_t name_len = (size_t)(colon - line), value_len = (size_t)(line + n - value);
	trim(&name, &name_len);
	trim(&value, &value_len);
	if (buf_append(b, name, name_len) < 0 || buf_putc(b, '\0') < 0 || buf_append(b, value, value_len) < 0 ||
	    buf_putc(b, '\0') < 0) {
		return err_set(&call->err, ERR_MEMORY, "%s: memory is short for the answer's head", call->where);
	}
	call->n_headers++;
	return 0;
}

static int index_headers(struct http_call *call)
{
	free(call->headers);
	call->headers = calloc(call->n_headers + 1, sizeof(*call->headers));
	if (!call->headers) {
		return err_set(&call->err, ERR_MEMORY, "%s: memory is short for the answer's head", call->where);
	}
	const char *p = buf_str(&call->head_text);
	for (size_t i = 0; i < call->n_headers; i++) {
		call->headers[i].name = p;
		p += strlen(p) + 1;
		call->headers[i].value = p;
		p += strlen(p) + 1;
	}
	return 0;
}

static int head_complete(struct http_call *call)
{
	if (index_headers(call) < 0) {
		return -1;
	}
	call->head_done = true;
	call->streams = call->handlers.on_data && call->status / 100 == 2;
	if (call->handlers.on_data && !call->streams) {
		call->body.max = HTTP_REFUSAL_MAX;
	}
	if (call->handlers.on_head) {
		call->handlers.on_head(call->arg, &(struct http_head){call->status, call->headers, call->n_headers});
	}
	return 0;
}

static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
	struct http_call *call = arg;
	(void)one;
	if (call->mute) {
		return 0;
	}
	call->last_byte_ms = (int64_t)uv_now(call->client->loop.uv);
	if (call->head_done && !call->trailers) {
		return n; /* a trailer; nobody asked for those */
	}
	if (!call->head_done && head_begins(line, n)) {
		head_reset(call, line, n);
	} else if (head_add(call, line, n) < 0) {
		return 0;
	}
	call->head_bytes += n;
	if (call->head_bytes > call->client->limits.head_max) {
		err_set(&call->err, ERR_LIMIT, "%s: the answer's head is over %zu bytes", call->where,
			call->client->limits.head_max);
		return 0;
	}
	if (call->head_done) {
		return index_headers(call) < 0 ? 0 : n;
	}
	bool blank = n <= 2 && (line[0] == '\r' || line[0] == '\n');
	if (blank && call->status >= 200 && head_complete(call) < 0) {
		return 0;
	}
	return call->mute ? 0 : n;
}

/* ---- the answer's body ---- */

static size_t collect(struct http_call *call, const char *bytes, size_t n)
{
	size_t room = call->body.max - call->body.len;
	if (n > room && !call->handlers.on_data) {
		err_set(&call->err, ERR_LIMIT, "%s: the answer's body is over %zu bytes", call->where, call->body.max);
		return 0;
	}
	if (buf_append(&call->body, bytes, n < room ? n : room) < 0) {
		err_set(&call->err, ERR_MEMORY, "%s: memory is short for the answer's body", call->where);
		return 0;
	}
	return n;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct http_call *call = arg;
	(void)one;
	if (call->mute) {
		return 0;
	}
	if (call->held && call->streams) {
		return CURL_WRITEFUNC_PAUSE;
	}
	call->last_byte_ms = (int64_t)uv_now(call->client->loop.uv);
	if (!call->streams) {
		return collect(call, bytes, n);
	}
	call->handlers.on_data(call->arg, bytes, n);
	return call->mute ? 0 : n;
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t start, int64_t span)
{
	return span > 0 && (a < 0 || start + span < a) ? start + span : a;
}

/* When the next of the three time-outs is due, -1 for never. */
static int64_t deadline(const struct http_call *call)
{
	int64_t at = earlier(-1, call->started_ms, call->timeout_ms);
	if (!call->head_done) {
		at = earlier(at, call->started_ms, call->head_timeout_ms);
	}
	return call->held ? at : earlier(at, call->last_byte_ms, call->idle_timeout_ms);
}

static void fail_late(struct http_call *call, int64_t now)
{
	if (call->timeout_ms > 0 && now >= call->started_ms + call->timeout_ms) {
		err_set(&call->err, ERR_TIMEOUT, "%s: no %s within %" PRId64 " ms", call->where,
			call->head_done ? "whole answer" : "answer", call->timeout_ms);
	} else if (!call->head_done && call->head_timeout_ms > 0 && now >= call->started_ms + call->head_timeout_ms) {
		err_set(&call->err, ERR_TIMEOUT, "%s: no answer within %" PRId64 " ms", call->where,
			call->head_timeout_ms);
	} else {
		err_set(&call->err, ERR_TIMEOUT, "%s: silent for %" PRId64 " ms", call->where, call->idle_timeout_ms);
	}
	http_call_end(call);
}

static void on_timer(uv_timer_t *timer)
{
	struct http_call *call = timer->data;
	int64_t now = (int64_t)uv_now(call->client->loop.uv), at = deadline(call);
	if (at >= 0 && now >= at) {
		fail_late(call, now);
	} else if (at >= 0) {
		uv_timer_start(timer, on_timer, (uint64_t)(at - now), 0);
	}
}

void http_call_wind_timer(struct http_call *call)
{
	on_timer(&call->timer);
}

void http_call_start_timer(struct http_call *call)
{
	uv_update_time(call->client->loop.uv);
	call->started_ms = call->last_byte_ms = (int64_t)uv_now(call->client->loop.uv);
	on_timer(&call->timer);
}

/* ---- the end ---- */

/* An authority of the right name with another key: OpenSSL then speaks of encodings only. */
static bool is_foreign_signature(const char *why)
{
	return strstr(why, "asn1 encoding routines") || strstr(why, "rsa routines");
}

/* Nothing is wrong with anybody's certificate: the peer went away, or something between. */
static bool broke_off(const char *why)
{
	return strstr(why, "SSL_ERROR_SYSCALL") || strstr(why, "unexpected eof") || strstr(why, "Connection reset");
}

static void err_from_curl(const struct http_call *call, CURLcode code, struct err *e)
{
	const char *where = call->where;
	const char *why = *call->error_text ? call->error_text : curl_easy_strerror(code);
	long os_errno = 0;
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
		err_set(e, ERR_IO, "connect to %s: %s", where, os_errno ? strerror((int)os_errno) : why);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(e, ERR_TIMEOUT, "connect to %s: no connection within %" PRId64 " ms", where,
			call->connect_timeout_ms);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(e, ERR_IO, "connect to %s: the name cannot be resolved", where);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(e, ERR_AUTH, "TLS with %s: its certificate is not trusted: %s", where, why);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		if (broke_off(why)) {
			err_set(e, ERR_IO, "connect to %s: it broke off during the TLS handshake", where);
			break;
		}
		err_set(e, ERR_AUTH, "TLS with %s: %s%s", where,
			is_foreign_signature(why) ? "its certificate is not trusted: the CA given did not sign it: "
						  : "",
			why);
		break;
	case CURLE_SSL_CERTPROBLEM:
		err_set(e, ERR_INVALID, "client certificate or key for %s: %s", where, why);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		err_set(e, ERR_INVALID, "CA certificates for %s: %s", where, why);
		break;
	case CURLE_GOT_NOTHING:
		err_set(e, ERR_IO, "%s closed the connection without an answer", where);
		break;
	case CURLE_PARTIAL_FILE:
		err_set(e, ERR_IO, "%s closed the connection in the middle of its answer", where);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		err_set(e, ERR_PROTOCOL, "%s does not answer in HTTP: %s", where, why);
		break;
	case CURLE_OUT_OF_MEMORY: /* also libcurl's answer to a header line over its own 100 KB */
		err_set(e, ERR_LIMIT, "%s: the answer's head is over %zu bytes, or memory is short", where,
			call->client->limits.head_max);
		break;
	default:
		err_set(e, ERR_IO, "%s: %s", where, why);
	}
}

void http_call_finished(struct http_call *call, CURLcode code)
{
	if (call->err.code == ERR_NONE && code != CURLE_OK) {
		err_from_curl(call, code, &call->err);
	} else if (call->err.code == ERR_NONE && !call->head_done) {
		/* libcurl is content with a head that was cut off. */
		err_from_curl(call, CURLE_PARTIAL_FILE, &call->err);
	}
	http_call_end(call);
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

void http_call_free(struct http_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->request_headers);
	curl_slist_free_all(call->connect_to);
	buf_done(&call->head_text);
	buf_done(&call->body);
	buf_done(&call->unsent);
	free(call->headers);
	free(call->where);
	uv_close((uv_handle_t *)&call->timer, on_timer_closed);
}

/* ---- the request ---- */

static int add_header(struct http_call *call, const char *name, const char *value, struct err *e)
{
	if (!http_is_token(name)) {
		return err_set(e, ERR_INVALID, "header name \"%s\" is none", name);
	}
	for (const char *p = value; *p; p++) {
		if ((unsigned char)*p < 0x20 && *p != '\t') {
			return err_set(e, ERR_INVALID, "header %s: control character in its value", name);
		}
	}
	CLEANUP_FREE char *line = *value ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name);
	call->request_headers = curl_slist_append(call->request_headers, line);
	return 0;
}

static int set_headers(struct http_call *call, const struct http_spec *spec, struct err *e)
{
	bool typed = false;
	for (size_t i = 0; i < spec->n_headers; i++) {
		typed = typed || strcasecmp(spec->headers[i].name, "Content-Type") == 0;
		if (add_header(call, spec->headers[i].name, spec->headers[i].value, e) < 0) {
			return -1;
		}
	}
	/* A name without value keeps libcurl from adding one of its own. */
	call->request_headers = curl_slist_append(call->request_headers, "Expect:");
	if (!typed) {
		call->request_headers = curl_slist_append(call->request_headers, "Content-Type:");
	}
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->request_headers);
	return 0;
}

static int set_method(struct http_call *call, const struct http_spec *spec, struct err *e)
{
	const char *method = spec->method ? spec->method : "GET";
	CURL *easy = call->easy;
	if (!http_is_token(method)) {
		return err_set(e, ERR_INVALID, "method \"%s\" is none", method);
	}
	if (spec->upload) {
		http_stream_prepare(call);
		return add_header(call, "Transfer-Encoding", "chunked", e);
	}
	if (spec->body_len || strcmp(method, "POST") == 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)spec->body_len);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, spec->body ? spec->body : "");
	}
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else {
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
	return 0;
}

static char *url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *s = NULL;
	return curl_url_get(u, part, &s, flags) == CURLUE_OK ? s : NULL;
}

/* The certificate is to name another host than the URL: ask for that one, connect to this one. */
static void set_server_name(struct http_call *call, CURLU *u, const char *name, const char *host, const char *port)
{
	CLEANUP_FREE char *to = xasprintf("::%s:%s", host, port);
	CLEANUP_FREE char *host_header = xasprintf("Host: %s:%s", host, port);
	call->connect_to = curl_slist_append(NULL, to);
	call->request_headers = curl_slist_append(call->request_headers, host_header);
	curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
	curl_url_set(u, CURLUPART_HOST, name, 0);
}

static int set_url(struct http_call *call, const struct http_spec *spec, struct err *e)
{
	CURLU *u = curl_url();
	const char *given = spec->url ? spec->url : "";
	CURLUcode code = curl_url_set(u, CURLUPART_URL, given, CURLU_DISALLOW_USER);
	char *scheme = url_part(u, CURLUPART_SCHEME, 0), *host = url_part(u, CURLUPART_HOST, 0);
	char *port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	int ret = -1;
	if (code == CURLUE_USER_NOT_ALLOWED) {
		err_set(e, ERR_INVALID, "URL with credentials in it");
	} else if (code != CURLUE_OK || !host || !port) {
		err_set(e, ERR_INVALID, "URL \"%s\": %s", given, curl_url_strerror(code));
	} else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
		err_set(e, ERR_INVALID, "URL \"%s\": neither http nor https", given);
	} else {
		call->where = xasprintf("%s:%s", host, port);
		if (spec->tls.server_name) {
			set_server_name(call, u, spec->tls.server_name, host, port);
		}
		char *url = url_part(u, CURLUPART_URL, 0);
		ret = url ? 0 : err_set(e, ERR_INVALID, "URL \"%s\", server name \"%s\"", given, spec->tls.server_name);
		curl_easy_setopt(call->easy, CURLOPT_URL, url);
		curl_free(url);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ret;
}

static void set_pem(CURL *easy, CURLoption blob_option, CURLoption file_option, const char *pem, const char *file)
{
	if (pem) {
		struct curl_blob blob = {(void *)(uintptr_t)pem, strlen(pem), CURL_BLOB_COPY};
		curl_easy_setopt(easy, blob_option, &blob);
	} else if (file) {
		curl_easy_setopt(easy, file_option, file);
	}
}

static void set_tls(CURL *easy, const struct http_tls *tls)
{
	if (tls->ca_pem || tls->ca_file) {
		/* These and no others. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		set_pem(easy, CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO, tls->ca_pem, tls->ca_file);
	}
	set_pem(easy, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT, tls->cert_pem, tls->cert_file);
	set_pem(easy, CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY, tls->key_pem, tls->key_file);
	if (tls->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	/* By default libcurl keeps the CA store for a day, by file name. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
}

static int on_send(void *arg, char *their_ip, char *our_ip, int their_port, int our_port)
{
	struct http_call *call = arg;
	(void)their_ip;
	(void)our_ip;
	(void)their_port;
	(void)our_port;
	if (call->may_send(call->may_send_arg)) {
		return CURL_PREREQFUNC_OK;
	}
	err_set(&call->err, ERR_DENIED, "not sent: it is not ours to act any more");
	return CURL_PREREQFUNC_ABORT;
}

static void set_transport(struct http_call *call, const struct http_spec *spec)
{
	CURL *easy = call->easy;
	curl_loop_prepare(&call->client->loop, easy);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error_text);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)(spec->http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_1_1));
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)spec->fresh);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, (long)spec->fresh);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "kube-mesos-adapter/" PROJECT_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)HTTP_CONNECTION_LIFETIME_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	if (call->may_send) {
		curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
		curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	}
	set_tls(easy, &spec->tls);
	if (spec->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, spec->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, spec->password ? spec->password : "");
	}
}

struct http_call *http_call_new(struct http_client *c, const struct http_spec *spec,
				const struct http_handlers *handlers, void *arg, struct err *e)
{
	struct http_call *call = xcalloc(1, sizeof(*call));
	call->client = c;
	call->handlers = *handlers;
	call->arg = arg;
	call->connect_timeout_ms = spec->connect_timeout_ms ? spec->connect_timeout_ms : HTTP_CONNECT_TIMEOUT_MS;
	call->head_timeout_ms = spec->head_timeout_ms;
	call->timeout_ms = spec->timeout_ms;
	call->idle_timeout_ms = spec->idle_timeout_ms;
	call->may_send = spec->may_send;
	call->trailers = spec->http2;
	call->may_send_arg = spec->may_send_arg;
	buf_init(&call->head_text, c->limits.head_max * 2);
	buf_init(&call->body, spec->max_body ? spec->max_body : HTTP_BODY_MAX);
	uv_timer_init(c->loop.uv, &call->timer);
	call->timer.data = call;
	list_init(&call->link);
	list_init(&call->again);
	buf_init(&call->unsent, HTTP_UPLOAD_MAX);
	call->easy = curl_easy_init();
	if (!call->easy) {
		err_set(e, ERR_IO, "libcurl has no memory for another call");
	} else {
		set_transport(call, spec);
		if (set_url(call, spec, e) == 0 && set_method(call, spec, e) == 0 && set_headers(call, spec, e) == 0) {
			return call;
		}
	}
	http_call_free(call);
	return NULL;
}
