#include "base/http_server.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lws_loop.h"
#include "base/mem.h"

#define BACKLOG 64
#define PIECE 16384 /* of a body, in one write */
#define TYPE_TEXT "text/plain; charset=utf-8"

struct http_server {
	struct http_server_config config;
	uv_loop_t *loop;
	uint16_t port;
	struct lws_loop *lws;
	struct lws_vhost *vhost;
	uv_poll_t listener;
	uv_timer_t pause; /* of accepting */
	bool listening, freed;
	bool told; /* that nothing can be accepted, since the last that was */
	int fd;
	size_t connections;
};

/* What libwebsockets keeps for each connection: the answer that is being written. */
struct session {
	struct buf body; /* LWS_PRE bytes, then what is sent */
	size_t sent;
};

static void session_done(struct session *s)
{
	if (s) {
		buf_done(&s->body);
		s->sent = 0;
	}
}

/* ---- answers ---- */

static int put_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
					   (int)strlen(value), p, end);
}

static int write_head(struct lws *wsi, int status, const char *type, size_t length)
{
	unsigned char head[LWS_PRE + 512], *start = head + LWS_PRE, *p = start, *end = head + sizeof(head) - 1;
	if (lws_add_http_common_headers(wsi, (unsigned)status, type, length, &p, end) ||
	    put_header(wsi, "connection:", "close", &p, end) ||
	    (status == HTTP_STATUS_METHOD_NOT_ALLOWED && put_header(wsi, "allow:", "GET, HEAD", &p, end))) {
		return -1;
	}
	return lws_finalize_write_http_header(wsi, start, &p, end);
}

static const struct http_route *find_route(const struct http_server *server, const char *path)
{
	for (size_t i = 0; i < server->config.n_routes; i++) {
		if (strcmp(server->config.routes[i].path, path) == 0) {
			return &server->config.routes[i];
		}
	}
	return NULL;
}

static int on_request(const struct http_server *server, struct lws *wsi, struct session *s, const char *path)
{
	static const char room[LWS_PRE];
	bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
	const struct http_route *route = find_route(server, path);
	struct http_reply reply = {.status = HTTP_STATUS_OK, .type = TYPE_TEXT};
	buf_init(&reply.body, LWS_PRE + (route ? route->body_max : 0));
	buf_append(&reply.body, room, LWS_PRE);
	if (!route) {
		reply.status = HTTP_STATUS_NOT_FOUND;
	} else if (!head && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0) {
		reply.status = HTTP_STATUS_METHOD_NOT_ALLOWED;
	} else {
		route->answer(server->config.arg, &reply);
	}
	session_done(s);
	s->body = reply.body;
	s->sent = head ? s->body.len : LWS_PRE;
	lws_callback_on_writable(wsi);
	return write_head(wsi, reply.status, reply.type, s->body.len - LWS_PRE);
}

/* Called again until all is written. Then the connection ends: what else was sent on it is never looked at, since
 * libwebsockets turns in circles over requests that come before the last one is answered. */
static int on_writable(struct lws *wsi, struct session *s)
{
	size_t n = s->body.len - s->sent;
	if (s->sent < LWS_PRE) {
		return 0; /* no answer is under way */
	}
	n = n < PIECE ? n : PIECE;
	if (n) {
		/* libwebsockets may use the bytes before, which are sent already. */
		int written = lws_write(wsi, (unsigned char *)s->body.data + s->sent, n,
					s->sent + n == s->body.len ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
		if (written < (int)n) {
			return -1;
		}
		s->sent += n;
	} else if (!lws_partial_buffered(wsi)) {
		return -1;
	}
	lws_callback_on_writable(wsi);
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct http_server *server = lws_vhost_user(lws_get_vhost(wsi));
	(void)len;
	lws_loop_note(wsi, reason);
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return server->freed ? -1 : on_request(server, wsi, user, in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writable(wsi, user);
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED_HTTP:
		session_done(user);
		return 0;
	case LWS_CALLBACK_WSI_CREATE:
		server->connections++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		server->connections--;
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = callback, .per_session_data_size = sizeof(struct session)},
    {0},
};

/* ---- sockets ---- */

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
	struct http_server *server = timer->data;
	uv_poll_start(&server->listener, UV_READABLE, on_connection);
}

/* The connection stays where it is, and the socket readable: the loop must not come back to it at once. */
static void pause_accepting(struct http_server *server, int error)
{
	struct err e = {0};
	uv_poll_stop(&server->listener);
	uv_timer_start(&server->pause, on_pause_over, HTTP_SERVER_PAUSE_MS, 0);
	if (!server->told && server->config.trouble) {
		err_set(&e, ERR_LIMIT, "cannot accept a connection: %s", strerror(error));
		server->config.trouble(server->config.arg, &e);
	}
	server->told = true;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct http_server *server = poll->data;
	(void)status;
	(void)events;
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			pause_accepting(server, errno);
		}
		return; /* otherwise it went away again */
	}
	server->told = false;
	if (server->connections >= HTTP_SERVER_CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	lws_adopt_socket_vhost(server->vhost, fd); /* closes it when it cannot */
}

static struct addrinfo *resolve(const struct http_server_config *config, struct err *e)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *address;
	int failed = getaddrinfo(config->host, NUMSTR(config->port), &hints, &address);
	if (failed) {
		err_set(e, ERR_INVALID, "\"%s\" is no IP address: %s", config->host, gai_strerror(failed));
		return NULL;
	}
	return address;
}

static int port_of(int fd)
{
	struct sockaddr_storage bound;
	socklen_t n = sizeof(bound);
	if (getsockname(fd, (struct sockaddr *)&bound, &n)) {
		return 0;
	}
	return ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
						 : ((struct sockaddr_in *)&bound)->sin_port);
}

static int open_socket(const struct http_server_config *config, struct err *e)
{
	struct addrinfo *address = resolve(config, e);
	if (!address) {
		return -1;
	}
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
	    bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, BACKLOG)) {
		bool v6 = address->ai_family == AF_INET6;
		err_set(e, errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO, "cannot listen on %s%s%s:%d: %s", v6 ? "[" : "",
			config->host, v6 ? "]" : "", config->port, strerror(errno));
		if (fd >= 0) {
			close(fd);
		}
		fd = -1;
	}
	freeaddrinfo(address);
	return fd;
}

/* ---- life ---- */

static int open_vhost(struct http_server *server, struct err *e)
{
	struct lws_loop_vhost vhost = {
	    .name = "http",
	    .port = LWS_LOOP_HTTP,
	    .protocols = protocols,
	    .head_timeout_s =
		server->config.head_timeout_s ? server->config.head_timeout_s : HTTP_SERVER_HEAD_TIMEOUT_S,
	    .user = server,
	};
	server->lws = lws_loop_get(server->loop, e);
	server->vhost = server->lws ? lws_loop_vhost(server->lws, &vhost, e) : NULL;
	return server->vhost ? 0 : -1;
}

struct http_server *http_server_new(uv_loop_t *loop, const struct http_server_config *config, struct err *e)
{
	int fd = open_socket(config, e);
	if (fd < 0) {
		return NULL;
	}
	struct http_server *server = xcalloc(1, sizeof(*server));
	server->config = *config;
	server->config.host = NULL;
	server->loop = loop;
	server->fd = fd;
	server->port = (uint16_t)port_of(fd);
	if (open_vhost(server, e) < 0) {
		http_server_free(server);
		return NULL;
	}
	uv_poll_init(loop, &server->listener, fd);
	uv_timer_init(loop, &server->pause);
	server->listener.data = server;
	server->pause.data = server;
	server->listening = true;
	uv_poll_start(&server->listener, UV_READABLE, on_connection);
	return server;
}

void http_server_free(struct http_server *server)
{
	if (!server) {
		return;
	}
	server->freed = true;
	if (server->listening) {
		uv_close((uv_handle_t *)&server->listener, NULL);
		uv_close((uv_handle_t *)&server->pause, NULL);
	}
	close(server->fd);
	if (!server->lws) {
		free(server);
		return;
	}
	lws_loop_put(server->lws, free, server);
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}
