#include "base/lws_loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/http_server.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"

#define PIECE 16384 /* read at a time */
/* Heads that come at a time: those of the HTTP server, and as many of others, whose heads are whole at once. */
#define HEADS_MAX (2 * HTTP_SERVER_CONNECTIONS_MAX)

struct lws_loop {
	struct lws_loop *next;
	uv_loop_t *loop;
	struct lws_context *context;
	unsigned users;
	size_t connections;
	struct list endings;
	uv_timer_t turn; /* ending: one turn of the loop */
	unsigned turns;
};

struct ending {
	struct list link;
	void (*on_end)(void *arg);
	void *arg;
};

/* The one thing of a loop that its users must share without knowing each other. */
static struct lws_loop *loops;

static void on_library_log(int level, const char *line)
{
	CLEANUP_FREE char *text = xstrndup(line, strcspn(line, "\n"));
	(void)level;
	log_debug("libwebsockets", "says", text, NULL);
}

static struct lws_context *make_context(struct lws_loop *l)
{
	void *foreign[] = {l->loop};
	struct lws_context_creation_info info = {
	    .port = CONTEXT_PORT_NO_LISTEN_SERVER,
	    .gid = (gid_t)-1,
	    .uid = (uid_t)-1,
	    .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
	    .foreign_loops = foreign,
	    .user = l,
	    .max_http_header_data = HTTP_SERVER_HEAD_MAX,
	    .max_http_header_pool = HEADS_MAX,
	    .pt_serv_buf_size = PIECE,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
	return lws_create_context(&info);
}

static int cannot_start(struct err *e)
{
	return err_set(e, ERR_IO, "libwebsockets cannot start; is its libuv module installed?");
}

struct lws_loop *lws_loop_get(uv_loop_t *loop, struct err *e)
{
	struct lws_loop *l = loops;
	while (l && l->loop != loop) {
		l = l->next;
	}
	if (!l) {
		l = xcalloc(1, sizeof(*l));
		l->loop = loop;
		l->context = make_context(l);
		if (!l->context) {
			free(l);
			cannot_start(e);
			return NULL;
		}
		list_init(&l->endings);
		l->next = loops;
		loops = l;
	}
	l->users++;
	return l;
}

struct lws_vhost *lws_loop_vhost(struct lws_loop *l, const struct lws_loop_vhost *vhost, struct err *e)
{
	static const lws_retry_bo_t no_pings = {.secs_since_valid_ping = 0};
	struct lws_context_creation_info info = {
	    .port = vhost->port,
	    .vhost_name = vhost->name,
	    .protocols = vhost->protocols,
	    .gid = (gid_t)-1,
	    .uid = (uid_t)-1,
	    .user = vhost->user,
	    .timeout_secs = vhost->head_timeout_s,
	    .timeout_secs_ah_idle = vhost->head_timeout_s,
	    .retry_and_idle_policy = &no_pings,
	};
	struct lws_vhost *made = lws_create_vhost(l->context, &info);
	if (!made) {
		cannot_start(e);
	}
	return made;
}

void lws_loop_note(struct lws *wsi, enum lws_callback_reasons reason)
{
	struct lws_loop *l = lws_context_user(lws_get_context(wsi));
	if (reason == LWS_CALLBACK_WSI_CREATE) {
		l->connections++;
	} else if (reason == LWS_CALLBACK_WSI_DESTROY) {
		l->connections--;
	}
}

/* ---- the end ---- */

static void wait_a_turn(struct lws_loop *l);

/* On a loop that is not its own, libwebsockets is destroyed twice: first it closes its handles, and when they are
 * closed it wants to be told again. What it closed in one turn of the loop is closed before the end of the next. */
static void on_turn(uv_handle_t *handle)
{
	struct lws_loop *l = handle->data;
	if (l->connections || ++l->turns < 2) {
		wait_a_turn(l);
		return;
	}
	lws_context_destroy(l->context);
	LIST_EACH (&l->endings, link) {
		struct ending *ending = LIST_ENTRY(link, struct ending, link);
		ending->on_end(ending->arg);
		free(ending);
	}
	free(l);
}

static void wait_a_turn(struct lws_loop *l)
{
	uv_timer_init(l->loop, &l->turn);
	l->turn.data = l;
	uv_close((uv_handle_t *)&l->turn, on_turn);
}

void lws_loop_put(struct lws_loop *l, void (*on_end)(void *arg), void *arg)
{
	struct ending *ending = xmalloc(sizeof(*ending));
	ending->on_end = on_end;
	ending->arg = arg;
	list_push(&l->endings, &ending->link);
	if (--l->users) {
		return;
	}
	struct lws_loop **at = &loops;
	while (*at != l) {
		at = &(*at)->next;
	}
	*at = l->next;
	lws_context_destroy(l->context);
	wait_a_turn(l);
}
