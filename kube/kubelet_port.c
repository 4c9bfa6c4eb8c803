#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/kubelet_inner.h"
#include "kube/text.h"

#define TEXT "text/plain; charset=utf-8"
#define BEARER "Bearer "

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
	    {101, "Switching Protocols"},
	    {200, "OK"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {409, "Conflict"},
	    {414, "URI Too Long"},
	    {422, "Unprocessable Entity"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status) {
			return reasons[i].reason;
		}
	}
	return "Error";
}

/* ---- answers ---- */

void exchange_told(struct kubelet_exchange *x, int status)
{
	const char *path = x->head.target ? x->head.target : "";
	CLEANUP_FREE char *without_query = xstrndup(path, strcspn(path, "?"));
	x->port->handlers->told(x->port->arg, x->head.method ? x->head.method : "", without_query, status, x->user);
}

void exchange_say(struct kubelet_exchange *x, int status, const char *headers, const void *body, size_t n)
{
	CLEANUP_FREE char *head = xasprintf("HTTP/1.1 %d %s\r\n%s\r\n", status, reason_of(status), headers);
	tls_conn_send(x->conn, head, strlen(head));
	if (n) {
		tls_conn_send(x->conn, body, n);
	}
	exchange_told(x, status);
}

void exchange_over(struct kubelet_exchange *x)
{
	x->state = EXCHANGE_OVER;
	tls_conn_idle_timeout(x->conn, KUBELET_ANSWER_TIMEOUT_MS);
	tls_conn_finish(x->conn);
}

void kubelet_exchange_answer(struct kubelet_exchange *x, int status, const char *type, const void *body, size_t n)
{
	bool head = x->head.method && strcmp(x->head.method, "HEAD") == 0;
	CLEANUP_FREE char *headers =
	    xasprintf("Content-Type: %s\r\nContent-Length: %zu\r\nX-Content-Type-Options: nosniff\r\nConnection: "
		      "close\r\n%s",
		      type, n, status == 401 ? "WWW-Authenticate: Bearer\r\n" : "");
	exchange_say(x, status, headers, body, head ? 0 : n);
	exchange_over(x);
}

static const char *status_reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
	    {400, "BadRequest"}, {401, "Unauthorized"},	 {403, "Forbidden"},	      {404, "NotFound"},
	    {409, "Conflict"},	 {500, "InternalError"}, {503, "ServiceUnavailable"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status) {
			return reasons[i].reason;
		}
	}
	return "";
}

/* kubectl and the API server take the refusal of an upgrade for YAML, in which a sentence with a colon is an empty
 * Status; so they get a Status. */
static void refuse_upgrade(struct kubelet_exchange *x, int status, const char *sentence)
{
	CLEANUP_JSON json_t *o = json_pack(
	    "{s:s,s:s,s:{},s:s,s:o,s:s,s:i}", "kind", "Status", "apiVersion", "v1", "metadata", "status", "Failure",
	    "message", kube_text(sentence, REMOTE_SENTENCE_MAX), "reason", status_reason_of(status), "code", status);
	CLEANUP_FREE char *body = js_text(o);
	kubelet_exchange_answer(x, status, "application/json", body, strlen(body));
}

void kubelet_exchange_refuse(struct kubelet_exchange *x, int status, const char *sentence)
{
	if (x->head.text && http_head_get(&x->head, "Upgrade")) {
		refuse_upgrade(x, status, sentence);
	} else {
		kubelet_exchange_answer(x, status, TEXT, sentence, strlen(sentence));
	}
}

void kubelet_exchange_begin(struct kubelet_exchange *x, const char *type)
{
	CLEANUP_FREE char *headers = xasprintf("Content-Type: %s\r\n%sX-Content-Type-Options: nosniff\r\nConnection: "
					       "close\r\n",
					       type, x->head.version_1_0 ? "" : "Transfer-Encoding: chunked\r\n");
	exchange_say(x, 200, headers, NULL, 0);
	x->state = EXCHANGE_STREAMS;
}

void kubelet_exchange_write(struct kubelet_exchange *x, const void *bytes, size_t n)
{
	char size[24];
	if (!n || strcmp(x->head.method, "HEAD") == 0) {
		return;
	}
	if (x->head.version_1_0) {
		tls_conn_send(x->conn, bytes, n);
		return;
	}
	snprintf(size, sizeof(size), "%zx\r\n", n);
	tls_conn_send(x->conn, size, strlen(size));
	tls_conn_send(x->conn, bytes, n);
	tls_conn_send(x->conn, "\r\n", 2);
}

size_t kubelet_exchange_pending(const struct kubelet_exchange *x)
{
	return tls_conn_pending(x->conn);
}

void kubelet_exchange_end(struct kubelet_exchange *x)
{
	if (!x->head.version_1_0 && strcmp(x->head.method, "HEAD") != 0) {
		tls_conn_send(x->conn, "0\r\n\r\n", 5);
	}
	exchange_over(x);
}

void kubelet_exchange_cut(struct kubelet_exchange *x)
{
	x->state = EXCHANGE_OVER;
	tls_conn_close(x->conn);
}

/* ---- requests ---- */

static void on_verdict(void *arg, int status, const char *sentence, const char *user)
{
	struct kubelet_exchange *x = arg;
	x->check = NULL;
	x->user = xstrdup(user);
	if (status) {
		kubelet_exchange_refuse(x, status, sentence);
		return;
	}
	x->state = EXCHANGE_OWNED;
	x->port->handlers->on_request(x->port->arg, x);
}

static void check(struct kubelet_exchange *x)
{
	const struct tls_peer *peer = tls_conn_peer(x->conn);
	const char *authorization = http_head_get(&x->head, "Authorization");
	bool bearer = authorization && strncasecmp(authorization, BEARER, strlen(BEARER)) == 0;
	const char *node = x->port->handlers->node_of(x->port->arg, &x->request, http_head_get(&x->head, "Host"),
						      http_head_get(&x->head, "X-Forwarded-Uri"));
	struct kubelet_caller caller = {
	    .common_name = peer->good ? peer->common_name : NULL,
	    .organisations = peer->organisations,
	    .n_organisations = peer->n_organisations,
	    .token = bearer ? authorization + strlen(BEARER) : NULL,
	};
	x->node = xstrdup(node);
	x->state = EXCHANGE_CHECK;
	tls_conn_deadline(x->conn, 0);
	x->check = kubelet_auth_check(x->port->auth, &caller, x->request.verb, node, on_verdict, x);
}

/* Who shows nothing of who they are learns nothing of what there is. */
static void take_head(struct kubelet_exchange *x, size_t n)
{
	struct err e = {0};
	int status = 0;
	if (http_head_parse(x->in.data, n, &x->head, &status, &e) < 0) {
		kubelet_exchange_refuse(x, status, e.text);
		return;
	}
	buf_consume(&x->in, n);
	if (kubelet_request_parse(x->head.method, x->head.target, &x->request, &status, &e) < 0) {
		bool somebody = tls_conn_peer(x->conn)->good || http_head_get(&x->head, "Authorization");
		kubelet_exchange_refuse(x, somebody ? status : 401, somebody ? e.text : "Unauthorized");
		return;
	}
	check(x);
}

static void on_data(struct tls_conn *conn, const char *bytes, size_t n)
{
	struct kubelet_exchange *x = tls_conn_data(conn);
	if (x->state == EXCHANGE_UPGRADED) {
		upgrade_data(x, bytes, n);
		return;
	}
	if (x->state > EXCHANGE_CHECK) {
		return; /* a second request, which nobody will answer */
	}
	if (buf_append(&x->in, bytes, n) < 0) {
		if (x->state == EXCHANGE_HEAD) {
			kubelet_exchange_refuse(x, 431, "the request's head is too long");
		} else {
			tls_conn_close(conn);
		}
		return;
	}
	size_t head = x->state == EXCHANGE_HEAD ? http_head_length(x->in.data, x->in.len) : 0;
	if (head) {
		take_head(x, head);
	}
}

static void on_open(void *arg, struct tls_conn *conn)
{
	struct kubelet_port *port = arg;
	struct kubelet_exchange *x = xcalloc(1, sizeof(*x));
	x->port = port;
	x->conn = conn;
	buf_init(&x->in, HTTP_REQUEST_HEAD_MAX);
	list_push(&port->exchanges, &x->link);
	tls_conn_set_data(conn, x);
	tls_conn_deadline(conn, KUBELET_HEAD_TIMEOUT_MS);
}

static void on_sent(struct tls_conn *conn)
{
	struct kubelet_exchange *x = tls_conn_data(conn);
	if (x->state == EXCHANGE_STREAMS) {
		x->port->handlers->on_sent(x);
	} else if (x->state == EXCHANGE_UPGRADED) {
		upgrade_flush(x);
	}
}

static void on_close(struct tls_conn *conn)
{
	struct kubelet_exchange *x = tls_conn_data(conn);
	enum exchange_state state = x->state;
	x->state = EXCHANGE_OVER;
	kubelet_check_cancel(x->check);
	if (state == EXCHANGE_OWNED || state == EXCHANGE_STREAMS) {
		x->port->handlers->on_gone(x);
	}
	upgrade_done(x);
	list_remove(&x->link);
	http_head_done(&x->head);
	kubelet_request_done(&x->request);
	buf_done(&x->in);
	free(x->node);
	free(x->user);
	free(x);
}

static const struct tls_handlers tls_handlers = {on_open, on_data, on_sent, on_close};

/* ---- life ---- */

struct kubelet_port *kubelet_port_new(uv_loop_t *loop, const char *host, uint16_t number, struct kubelet_auth *auth,
				      const struct kubelet_port_handlers *handlers, void *arg, struct err *e)
{
	struct kubelet_port *port = xcalloc(1, sizeof(*port));
	port->auth = auth;
	port->handlers = handlers;
	port->arg = arg;
	list_init(&port->exchanges);
	struct tls_server_config config = {.host = host, .port = number, .handlers = &tls_handlers, .arg = port};
	port->tls = tls_server_new(loop, &config, e);
	port->sockets = port->tls ? web_sockets_new(loop, e) : NULL;
	if (!port->sockets) {
		err_wrap(e, "kubelet port");
		kubelet_port_free(port);
		return NULL;
	}
	return port;
}

void kubelet_port_free(struct kubelet_port *port)
{
	if (port) {
		tls_server_free(port->tls); /* closes each connection, so ends each exchange */
		web_sockets_free(port->sockets);
		free(port);
	}
}

uint16_t kubelet_port_number(const struct kubelet_port *port)
{
	return tls_server_port(port->tls);
}

int kubelet_port_identity(struct kubelet_port *port, const char *certificate, const char *key, const char *client_ca,
			  struct err *e)
{
	return tls_server_identity(port->tls, certificate, key, client_ca, e);
}

const struct kubelet_request *kubelet_exchange_request(const struct kubelet_exchange *x)
{
	return &x->request;
}

const char *kubelet_exchange_node(const struct kubelet_exchange *x)
{
	return x->node;
}

void kubelet_exchange_set_data(struct kubelet_exchange *x, void *data)
{
	x->data = data;
}

void *kubelet_exchange_data(const struct kubelet_exchange *x)
{
	return x->data;
}
