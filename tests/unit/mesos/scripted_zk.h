/* A ZooKeeper server on loopback that has one group of nodes and the faults that a test wants, and a detector whose
 * story is written down as lines of text. Speaks as much of ZooKeeper's protocol (src/zookeeper.jute) as reading needs.
 */
#ifndef TESTS_UNIT_MESOS_SCRIPTED_ZK_H
#define TESTS_UNIT_MESOS_SCRIPTED_ZK_H

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "mesos/zk_detector.h"
#include "tests/unit/err_name.h"
#include "tests/unit/mesos/data.h"

#define GROUP "/prod/mesos"
#define ZK_DEADLINE_MS 60000
#define ZK_NODES_MAX 4
#define STAT_BYTES 68

/* HANGS_UP: at once, _LATER: when the data was read; WELCOMES: and hangs up. */
enum zk_fault {
	ZK_WELL,
	ZK_HANGS_UP,
	ZK_SILENT,
	ZK_BANNER,
	ZK_DENIES,
	ZK_NO_AUTH,
	ZK_HANGS_UP_LATER,
	ZK_WELCOMES,
	ZK_TURMOIL
};
enum { ZK_EXISTS = 3, ZK_GET_DATA = 4, ZK_GET_CHILDREN = 8, ZK_PING = 11, ZK_CLOSE = -11, ZK_AUTH = 100 };
enum { ZK_CREATED = 1, ZK_DELETED = 2, ZK_CHANGED = 3, ZK_CHILD = 4 };
enum { ZK_NONODE = -101, ZK_NOAUTH = -102, ZK_AUTHFAILED = -115 };

struct zk_node {
	const char *name, *data;
	size_t n; /* bytes of data; 0: strlen */
};

struct zk_story;

struct zk_peer {
	struct list link;
	uv_tcp_t tcp;
	struct zk_story *story;
	struct buf in;
	bool greeted;
};

struct zk_story {
	uv_loop_t loop;
	uv_tcp_t listener;
	int port;
	enum zk_fault fault;
	bool no_group;
	struct zk_node nodes[ZK_NODES_MAX];
	unsigned connections, looks, reads; /* reads: of data */
	char credentials[64];		    /* that came */
	struct list peers;

	struct zk_detector *detector;
	struct buf lines;
	unsigned troubles;
	struct err last;
	uv_timer_t deadline;
	const char *until;
	void (*on_line)(struct zk_story *story);
};

/* ---- the server ---- */

static inline void zk_put_int(struct buf *b, int32_t value)
{
	uint32_t wire = htonl((uint32_t)value);
	assert_int_equal(buf_append(b, &wire, 4), 0);
}

static inline void zk_put_text(struct buf *b, const char *text, size_t n)
{
	zk_put_int(b, (int32_t)n);
	assert_int_equal(buf_append(b, text, n), 0);
}

static inline int32_t zk_int_at(const struct buf *b, size_t at)
{
	uint32_t wire;
	assert_true(at + 4 <= b->len);
	memcpy(&wire, b->data + at, 4);
	return (int32_t)ntohl(wire);
}

static inline void zk_written(uv_write_t *w, int status)
{
	(void)status;
	free(w->data);
	free(w);
}

static inline void zk_send(struct zk_peer *p, const void *bytes, size_t n)
{
	uv_write_t *w = xcalloc(1, sizeof(*w));
	w->data = xmalloc(n);
	memcpy(w->data, bytes, n);
	uv_buf_t b = uv_buf_init(w->data, (unsigned)n);
	if (uv_is_closing((uv_handle_t *)&p->tcp) || uv_write(w, (uv_stream_t *)&p->tcp, &b, 1, zk_written) < 0) {
		zk_written(w, 0);
	}
}

static inline void zk_send_frame(struct zk_peer *p, const struct buf *body)
{
	CLEANUP_BUF struct buf frame = BUF_INIT(1 << 22);
	zk_put_text(&frame, body->data, body->len);
	zk_send(p, frame.data, frame.len);
}

static inline void zk_peer_closed(uv_handle_t *h)
{
	struct zk_peer *p = h->data;
	list_remove(&p->link);
	buf_done(&p->in);
	free(p);
}

static inline void zk_hang_up(struct zk_peer *p)
{
	if (!uv_is_closing((uv_handle_t *)&p->tcp)) {
		uv_close((uv_handle_t *)&p->tcp, zk_peer_closed);
	}
}

static inline void zk_reply_head(struct buf *b, int32_t xid, int32_t err)
{
	zk_put_int(b, xid);
	zk_put_int(b, 0); /* zxid */
	zk_put_int(b, 1);
	zk_put_int(b, err);
}

/* To everybody, as if everybody had watched. */
static inline void zk_announce(struct zk_story *story, int type, const char *path)
{
	CLEANUP_BUF struct buf b = BUF_INIT(4096);
	zk_reply_head(&b, -1, 0);
	zk_put_int(&b, type);
	zk_put_int(&b, 3); /* SyncConnected */
	zk_put_text(&b, path, strlen(path));
	LIST_EACH (&story->peers, link) {
		zk_send_frame(LIST_ENTRY(link, struct zk_peer, link), &b);
	}
}

static inline void zk_welcome(struct zk_peer *p)
{
	static const char password[17] = ""; /* and "not read-only" */
	CLEANUP_BUF struct buf b = BUF_INIT(4096);
	zk_put_int(&b, 0);
	zk_put_int(&b, zk_int_at(&p->in, 4 + 4 + 8)); /* the session's time-out, as asked for */
	zk_put_int(&b, 0);
	zk_put_int(&b, 7); /* session id */
	zk_put_int(&b, 16);
	assert_int_equal(buf_append(&b, password, 17), 0);
	zk_send_frame(p, &b);
	p->greeted = true;
	if (p->story->fault == ZK_WELCOMES) {
		zk_hang_up(p);
	}
}

static inline void zk_stat(struct buf *b)
{
	static const char zeros[STAT_BYTES] = "";
	assert_int_equal(buf_append(b, zeros, STAT_BYTES), 0);
}

static inline void zk_answer_names(struct zk_peer *p, struct buf *b)
{
	const struct zk_story *story = p->story;
	int32_t n = 0;
	while (n < ZK_NODES_MAX && story->nodes[n].name) {
		n++;
	}
	zk_put_int(b, n);
	for (int32_t i = 0; i < n; i++) {
		zk_put_text(b, story->nodes[i].name, strlen(story->nodes[i].name));
	}
}

static inline const struct zk_node *zk_find(const struct zk_story *story, const char *path, size_t n)
{
	for (size_t i = 0; i < ZK_NODES_MAX && story->nodes[i].name; i++) {
		const char *name = story->nodes[i].name;
		if (n == strlen(GROUP "/") + strlen(name) && memcmp(path, GROUP "/", strlen(GROUP "/")) == 0 &&
		    memcmp(path + strlen(GROUP "/"), name, strlen(name)) == 0) {
			return &story->nodes[i];
		}
	}
	return NULL;
}

/* The frame's body begins at 4: xid, operation, then what it has. */
static inline void zk_answer(struct zk_peer *p)
{
	struct zk_story *story = p->story;
	int32_t xid = zk_int_at(&p->in, 4), op = zk_int_at(&p->in, 8), err = 0;
	CLEANUP_BUF struct buf b = BUF_INIT(1 << 22);
	const struct zk_node *node = NULL;
	if (op == ZK_AUTH) {
		size_t at = 16 + 4 + (size_t)zk_int_at(&p->in, 16);
		snprintf(story->credentials, sizeof(story->credentials), "%.*s", zk_int_at(&p->in, at),
			 p->in.data + at + 4);
		err = story->fault == ZK_NO_AUTH ? ZK_AUTHFAILED : 0;
	} else if (op == ZK_GET_CHILDREN || op == ZK_EXISTS) {
		story->looks += op == ZK_GET_CHILDREN;
		err = story->fault == ZK_DENIES ? ZK_NOAUTH : story->no_group ? ZK_NONODE : 0;
	} else if (op == ZK_GET_DATA) {
		story->reads++;
		node = zk_find(story, p->in.data + 16, (size_t)zk_int_at(&p->in, 12));
		err = node ? 0 : ZK_NONODE;
	}
	zk_reply_head(&b, xid, err);
	if (!err && op == ZK_GET_CHILDREN) {
		zk_answer_names(p, &b);
	} else if (!err && op == ZK_GET_DATA) {
		zk_put_text(&b, node->data, node->n ? node->n : strlen(node->data));
		zk_stat(&b);
	} else if (!err && op == ZK_EXISTS) {
		zk_stat(&b);
	}
	zk_send_frame(p, &b);
	if (story->fault == ZK_TURMOIL && op == ZK_GET_CHILDREN) {
		zk_announce(story, ZK_CHILD, GROUP);
	} else if (story->fault == ZK_HANGS_UP_LATER && op == ZK_GET_DATA) {
		zk_hang_up(p);
	}
}

static inline void zk_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	(void)h;
	*buf = uv_buf_init(xmalloc(suggested), (unsigned)suggested);
}

static inline void zk_on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct zk_peer *p = stream->data;
	if (n > 0 && p->story->fault != ZK_SILENT) {
		assert_int_equal(buf_append(&p->in, buf->base, (size_t)n), 0);
	}
	free(buf->base);
	if (n < 0) {
		zk_hang_up(p);
	}
	while (p->in.len >= 4 && p->in.len >= 4 + (size_t)zk_int_at(&p->in, 0)) {
		if (p->greeted) {
			zk_answer(p);
		} else {
			zk_welcome(p);
		}
		buf_consume(&p->in, 4 + (size_t)zk_int_at(&p->in, 0));
	}
}

static inline void zk_on_connection(uv_stream_t *listener, int status)
{
	static const char banner[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
	struct zk_peer *p = xcalloc(1, sizeof(*p));
	assert_int_equal(status, 0);
	p->story = listener->data;
	p->story->connections++;
	list_push(&p->story->peers, &p->link);
	buf_init(&p->in, 1 << 20);
	uv_tcp_init(listener->loop, &p->tcp);
	p->tcp.data = p;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&p->tcp), 0);
	uv_read_start((uv_stream_t *)&p->tcp, zk_alloc, zk_on_bytes);
	if (p->story->fault == ZK_HANGS_UP) {
		zk_hang_up(p);
	} else if (p->story->fault == ZK_BANNER) {
		zk_send(p, banner, strlen(banner));
	}
}

/* ---- the story ---- */

static inline void zk_tell(struct zk_story *story, const char *line)
{
	assert_int_equal(buf_printf(&story->lines, "%s\n", line), 0);
	if (story->on_line) {
		story->on_line(story);
	}
	if (story->until && strstr(buf_str(&story->lines), story->until)) {
		uv_stop(&story->loop);
	}
}

static inline void zk_note_leader(void *arg, const char *master)
{
	CLEANUP_FREE char *line = xasprintf("leader: %s", master ? master : "none");
	zk_tell(arg, line);
}

static inline void zk_note_trouble(void *arg, const struct err *what)
{
	struct zk_story *story = arg;
	CLEANUP_FREE char *line = xasprintf("trouble %u: %s", ++story->troubles, err_code_name(what->code));
	story->last = *what;
	zk_tell(story, line);
}

/* The detector begins with credentials in front of the server, or "". */
static inline void zk_begin(struct zk_story *story, enum zk_fault fault, const char *credentials, bool tls)
{
	static const struct zk_detector_handlers handlers = {zk_note_leader, zk_note_trouble};
	struct sockaddr_storage address;
	int n = sizeof(address);
	*story = (struct zk_story){.fault = fault};
	list_init(&story->peers);
	buf_init(&story->lines, 1 << 20);
	uv_loop_init(&story->loop);
	uv_timer_init(&story->loop, &story->deadline);
	uv_ip4_addr("127.0.0.1", 0, (struct sockaddr_in *)&address);
	uv_tcp_init(&story->loop, &story->listener);
	story->listener.data = story;
	assert_int_equal(uv_tcp_bind(&story->listener, (struct sockaddr *)&address, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&story->listener, 16, zk_on_connection), 0);
	uv_tcp_getsockname(&story->listener, (struct sockaddr *)&address, &n);
	story->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	CLEANUP_FREE char *text = xasprintf("zk://%s127.0.0.1:%d" GROUP, credentials, story->port);
	struct zk_url url;
	assert_int_equal(zk_url_parse(text, &url, NULL), 0);
	struct zk_client_config config = {.url = &url,
					  .backoff_min_ms = 8,
					  .backoff_max_ms = 64,
					  .session_timeout_ms = fault == ZK_SILENT ? 90 : ZK_SESSION_TIMEOUT_MS};
	story->detector = zk_detector_new(&story->loop, &config, tls, &handlers, story);
	zk_url_done(&url);
}

static inline void zk_too_late(uv_timer_t *timer)
{
	struct zk_story *story = timer->data;
	fail_msg("\"%s\" never came; the story so far:\n%s", story->until, buf_str(&story->lines));
}

static inline void zk_run_until(struct zk_story *story, const char *text)
{
	if (strstr(buf_str(&story->lines), text)) {
		return;
	}
	story->until = text;
	story->deadline.data = story;
	uv_timer_start(&story->deadline, zk_too_late, ZK_DEADLINE_MS, 0);
	uv_run(&story->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&story->deadline);
	story->until = NULL;
}

static inline void zk_end(struct zk_story *story)
{
	zk_detector_free(story->detector);
	uv_close((uv_handle_t *)&story->deadline, NULL);
	uv_close((uv_handle_t *)&story->listener, NULL);
	LIST_EACH (&story->peers, link) {
		zk_hang_up(LIST_ENTRY(link, struct zk_peer, link));
	}
	assert_int_equal(uv_run(&story->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&story->loop), 0);
	buf_done(&story->lines);
}

static inline void zk_assert_story(struct zk_story *story, const char *lines)
{
	assert_string_equal(buf_str(&story->lines), lines);
}

#endif
