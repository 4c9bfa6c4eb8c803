#include "mesos/zk_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zookeeper/zookeeper.h>

#include "base/backoff.h"
#include "base/mem.h"

enum phase {
	PHASE_IDLE,    /* not started */
	PHASE_WAIT,    /* until the next attempt */
	PHASE_RESOLVE, /* the server's name is being looked up */
	PHASE_OPEN,    /* there is a handle of the library */
};

struct look_up {
	uv_getaddrinfo_t request;
	struct zk_client *client; /* NULL: nobody waits for it any more */
};

struct zk_client {
	uv_loop_t *loop;
	struct zk_url url;
	struct zk_client_handlers handlers;
	void *arg;
	int session_timeout_ms;

	enum phase phase;
	uv_timer_t timer; /* ends WAIT; in OPEN the library wants to be called by then */
	struct backoff backoff;
	uint64_t turn; /* of the servers, and of the addresses of each */
	char *server;  /* of this attempt, for sentences */
	struct look_up *look_up;

	zhandle_t *zh;
	uv_poll_t *poll;   /* gone whenever the library runs, which may close the descriptor */
	int fd;		   /* of the library; -1: none */
	bool in_library;   /* so the handle cannot be closed now */
	bool closing;	   /* the library only tells what is void */
	struct err ending; /* of this connection; acted upon when the library returned */
	bool connected;
	uint64_t connected_at_ms; /* on the loop's clock */
	bool freed;
};

static void begin_attempt(struct zk_client *c);
static void advance(struct zk_client *c);

/* ---- the library's handle and its descriptor ---- */

static void poll_closed(uv_handle_t *poll)
{
	free(poll);
}

static void unwatch(struct zk_client *c)
{
	if (c->poll) {
		uv_close((uv_handle_t *)c->poll, poll_closed);
		c->poll = NULL;
	}
}

/* Any call of the library may find the connection broken and close its descriptor; the next would make another one. */
static bool still_connected(const struct zk_client *c)
{
	return zoo_state(c->zh) == ZOO_CONNECTED_STATE;
}

/* A connection that is shut down is not asked for a farewell, which the library would wait for. */
static void close_handle(struct zk_client *c)
{
	unwatch(c);
	if (!c->zh) {
		return;
	}
	if (still_connected(c)) {
		shutdown(c->fd, SHUT_RDWR);
	}
	c->closing = true;
	zookeeper_close(c->zh);
	c->closing = false;
	c->zh = NULL;
	c->fd = -1;
}

static void on_timer(uv_timer_t *timer)
{
	struct zk_client *c = timer->data;
	if (c->phase == PHASE_WAIT) {
		begin_attempt(c);
	} else if (c->phase == PHASE_OPEN) {
		advance(c);
	}
}

static void end_attempt(struct zk_client *c, const struct err *why)
{
	close_handle(c);
	if (c->connected && uv_now(c->loop) - c->connected_at_ms >= (uint64_t)c->backoff.max_ms) {
		backoff_reset(&c->backoff); /* a connection that ends at once is a failure too */
	}
	c->connected = false;
	err_clear(&c->ending);
	c->phase = PHASE_WAIT;
	uv_timer_start(&c->timer, on_timer, (uint64_t)backoff_next_ms(&c->backoff), 0);
	c->handlers.on_lost(c->arg, why);
}

static enum err_code code_of(int rc)
{
	switch (rc) {
	case ZNOAUTH:
	case ZAUTHFAILED:
	case ZINVALIDACL:
		return ERR_DENIED;
	case ZOPERATIONTIMEOUT:
		return ERR_TIMEOUT;
	case ZRUNTIMEINCONSISTENCY:
	case ZMARSHALLINGERROR:
	case ZUNIMPLEMENTED:
		return ERR_PROTOCOL;
	default:
		return ERR_IO;
	}
}

/* While the library runs, the first reason counts. `cause` is an errno, 0 for none. */
static void wish_end(struct zk_client *c, int rc, const char *what, int cause)
{
	if (c->ending.code != ERR_NONE) {
		return;
	}
	const char *detail = cause == EHOSTDOWN ? "the server closed the connection" : strerror(cause);
	err_set(&c->ending, code_of(rc), "ZooKeeper %s: %s%s%s%s", c->server, what, zerror(rc), cause ? ": " : "",
		cause ? detail : "");
}

static void enter_library(struct zk_client *c)
{
	unwatch(c);
	c->in_library = true;
	errno = 0;
}

/* False when the connection is over, or all of it. */
static bool leave_library(struct zk_client *c, int rc)
{
	int cause = errno;
	c->in_library = false;
	if (c->freed) {
		close_handle(c);
		return false;
	}
	if (rc != ZOK && rc != ZNOTHING) {
		/* The library says ETIMEDOUT for silence, and that once more as its code. */
		wish_end(c, rc, "", rc == ZCONNECTIONLOSS ? cause : 0);
	}
	if (c->ending.code != ERR_NONE) {
		struct err why = c->ending;
		end_attempt(c, &why);
		return false;
	}
	return true;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct zk_client *c = poll->data;
	int ready = ((events & UV_READABLE) || status < 0 ? ZOOKEEPER_READ : 0) |
		    ((events & UV_WRITABLE) || status < 0 ? ZOOKEEPER_WRITE : 0);
	enter_library(c);
	if (leave_library(c, zookeeper_process(c->zh, ready))) {
		advance(c);
	}
}

static void watch(struct zk_client *c, int interest)
{
	int events = (interest & ZOOKEEPER_READ ? UV_READABLE : 0) | (interest & ZOOKEEPER_WRITE ? UV_WRITABLE : 0);
	c->poll = xcalloc(1, sizeof(*c->poll));
	c->poll->data = c;
	uv_poll_init(c->loop, c->poll, c->fd);
	uv_poll_start(c->poll, events, on_poll);
}

/* What the library wants next: it connects, pings and notices silence here. */
static void advance(struct zk_client *c)
{
	int interest = 0;
	struct timeval wait = {0};
	enter_library(c);
	int rc = ZCONNECTIONLOSS;
	if (!c->connected || still_connected(c)) {
		rc = zookeeper_interest(c->zh, &c->fd, &interest, &wait);
	}
	/* No descriptor would mean that the library pauses, which we do ourselves. */
	if (!leave_library(c, rc == ZOK && c->fd < 0 ? ZCONNECTIONLOSS : rc)) {
		return;
	}
	watch(c, interest);
	uv_update_time(c->loop);
	uint64_t ms = (uint64_t)wait.tv_sec * 1000 + (uint64_t)wait.tv_usec / 1000;
	uv_timer_start(&c->timer, on_timer, ms + 1, 0);
}

/* ---- what the library tells ---- */

static void connected(struct zk_client *c)
{
	int allowed_ms = zoo_recv_timeout(c->zh);
	if (allowed_ms <= 0 || allowed_ms > ZK_SESSION_ALLOWED_MAX_MS) {
		err_set(&c->ending, ERR_PROTOCOL, "%s: this is no ZooKeeper", c->server);
		return;
	}
	c->connected = true;
	c->connected_at_ms = uv_now(c->loop);
	c->handlers.on_connected(c->arg);
}

static void on_watch(zhandle_t *zh, int type, int state, const char *path, void *arg)
{
	struct zk_client *c = arg;
	(void)path;
	if (c->closing || c->freed || c->zh != zh) {
		return;
	}
	if (type != ZOO_SESSION_EVENT) {
		c->handlers.on_change(c->arg);
	} else if (state == ZOO_CONNECTED_STATE) {
		connected(c);
	} else if (state == ZOO_READONLY_STATE) {
		err_set(&c->ending, ERR_PROTOCOL, "%s: this is no ZooKeeper", c->server); /* we asked for none such */
	} else if (state == ZOO_AUTH_FAILED_STATE) {
		wish_end(c, ZAUTHFAILED, "", 0);
	} else if (state == ZOO_EXPIRED_SESSION_STATE) {
		wish_end(c, ZSESSIONEXPIRED, "", 0);
	}
}

static void ignore_auth(int rc, const void *arg)
{
	/* A refusal also comes as ZOO_AUTH_FAILED_STATE. */
	(void)rc;
	(void)arg;
}

/* The answers need a mutable client; the library hands back what it got. */
static struct zk_client *client_of(const void *arg)
{
	struct zk_client *c = (struct zk_client *)(uintptr_t)arg;
	return c->closing || c->freed ? NULL : c;
}

static void refused(struct zk_client *c, int rc)
{
	CLEANUP_FREE char *what = xasprintf("cannot read %s: ", c->url.path);
	wish_end(c, rc, what, 0);
}

/* Watched for being made, when it was not there: nothing else tells of that. */
static void on_existence(int rc, const struct Stat *stat, const void *arg)
{
	struct zk_client *c = client_of(arg);
	(void)stat;
	if (!c) {
		return;
	}
	if (rc == ZOK) {
		zk_client_names(c); /* made just now */
	} else if (rc == ZNONODE) {
		c->handlers.on_names(c->arg, NULL, 0);
	} else {
		refused(c, rc);
	}
}

static void on_children(int rc, const struct String_vector *names, const void *arg)
{
	struct zk_client *c = client_of(arg);
	if (!c) {
		return;
	}
	if (rc == ZOK) {
		c->handlers.on_names(c->arg, (const char *const *)names->data, (size_t)names->count);
	} else if (rc == ZNONODE) {
		rc = zoo_awexists(c->zh, c->url.path, on_watch, c, on_existence, c);
		if (rc != ZOK) {
			refused(c, rc);
		}
	} else {
		refused(c, rc);
	}
}

static void on_value(int rc, const char *value, int n, const struct Stat *stat, const void *arg)
{
	struct zk_client *c = client_of(arg);
	(void)stat;
	if (!c) {
		return;
	}
	if (rc == ZOK) {
		/* A node without data has -1 bytes. */
		c->handlers.on_data(c->arg, n > 0 ? value : "", n > 0 ? (size_t)n : 0);
	} else if (rc == ZNONODE) {
		c->handlers.on_data(c->arg, NULL, 0);
	} else {
		refused(c, rc);
	}
}

/* ---- questions ---- */

/* From a handler of the library's the question is on its way already. */
static void asked(struct zk_client *c, int rc)
{
	if (rc != ZOK) {
		refused(c, rc);
	}
	if (!c->in_library) {
		uv_timer_start(&c->timer, on_timer, 0, 0);
	}
}

void zk_client_names(struct zk_client *c)
{
	if (c->connected) {
		unwatch(c);
		asked(c, zoo_awget_children(c->zh, c->url.path, on_watch, c, on_children, c));
	}
}

void zk_client_data(struct zk_client *c, const char *child)
{
	if (c->connected) {
		CLEANUP_FREE char *path = xasprintf("%s/%s", c->url.path, child);
		unwatch(c);
		asked(c, zoo_awget(c->zh, path, on_watch, c, on_value, c));
	}
}

/* ---- attempts ---- */

/* Its lines would be one more log, with other words. */
static void ignore_line(const char *line)
{
	(void)line;
}

static void open_handle(struct zk_client *c, const struct sockaddr *address, uint16_t port)
{
	char host[INET6_ADDRSTRLEN] = "";
	uv_ip_name(address, host, sizeof(host));
	CLEANUP_FREE char *where = xasprintf("%s:%u", host, (unsigned)port);
	c->phase = PHASE_OPEN;
	enter_library(c);
	c->zh = zookeeper_init2(where, on_watch, c->session_timeout_ms, NULL, c, ZOO_NO_LOG_CLIENTENV, ignore_line);
	int rc = c->zh ? ZOK : ZSYSTEMERROR;
	if (c->zh) {
		zoo_set_servers_resolution_delay(c->zh, -1);
	}
	if (c->zh && c->url.credentials) {
		rc = zoo_add_auth(c->zh, "digest", c->url.credentials, (int)strlen(c->url.credentials), ignore_auth,
				  NULL);
	}
	if (leave_library(c, rc)) {
		advance(c);
	}
}

static const struct addrinfo *nth_address(const struct addrinfo *list, uint64_t n)
{
	size_t count = 0;
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		count++;
	}
	const struct addrinfo *at = list;
	for (n %= count; n > 0; n--) {
		at = at->ai_next;
	}
	return at;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct look_up *look_up = request->data;
	struct zk_client *c = look_up->client;
	free(look_up);
	if (!c) {
		uv_freeaddrinfo(list);
		return;
	}
	c->look_up = NULL;
	uint64_t turn = c->turn++, n = c->url.n_servers;
	if (status < 0 || !list) {
		struct err e;
		err_set(&e, ERR_NOT_FOUND, "ZooKeeper %s: %s", c->server, uv_strerror(status));
		end_attempt(c, &e);
	} else {
		open_handle(c, nth_address(list, turn / n)->ai_addr, c->url.servers[turn % n].port);
	}
	uv_freeaddrinfo(list);
}

static void begin_attempt(struct zk_client *c)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct zk_server *server = &c->url.servers[c->turn % c->url.n_servers];
	free(c->server);
	c->server = xasprintf(strchr(server->host, ':') ? "[%s]:%u" : "%s:%u", server->host, (unsigned)server->port);
	c->phase = PHASE_RESOLVE;
	c->look_up = xcalloc(1, sizeof(*c->look_up));
	c->look_up->client = c;
	c->look_up->request.data = c->look_up;
	int rc = uv_getaddrinfo(c->loop, &c->look_up->request, on_resolved, server->host, NULL, &hints);
	if (rc < 0) {
		on_resolved(&c->look_up->request, rc, NULL);
	}
}

/* ---- life ---- */

struct zk_client *zk_client_new(uv_loop_t *loop, const struct zk_client_config *config,
				const struct zk_client_handlers *handlers, void *arg)
{
	struct zk_client *c = xcalloc(1, sizeof(*c));
	c->loop = loop;
	zk_url_copy(&c->url, config->url);
	c->handlers = *handlers;
	c->arg = arg;
	c->session_timeout_ms =
	    (int)(config->session_timeout_ms > 0 ? config->session_timeout_ms : ZK_SESSION_TIMEOUT_MS);
	c->fd = -1;
	backoff_init(&c->backoff, config->backoff_min_ms, config->backoff_max_ms, RANDOM_SYSTEM);
	c->turn = (uint64_t)random_between(&RANDOM_SYSTEM, 0, (int64_t)c->url.n_servers - 1);
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	return c;
}

static void timer_closed(uv_handle_t *timer)
{
	struct zk_client *c = timer->data;
	zk_url_done(&c->url);
	free(c->server);
	free(c);
}

void zk_client_free(struct zk_client *c)
{
	if (!c || c->freed) {
		return;
	}
	c->freed = true;
	if (c->look_up) {
		uv_cancel((uv_req_t *)&c->look_up->request);
		c->look_up->client = NULL;
	}
	if (!c->in_library) {
		close_handle(c);
	}
	uv_close((uv_handle_t *)&c->timer, timer_closed);
}

void zk_client_start(struct zk_client *c)
{
	c->phase = PHASE_WAIT;
	uv_timer_start(&c->timer, on_timer, 0, 0);
}
