#include "mesos/zk_detector.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/master_info.h"

enum told { TOLD_NOTHING, TOLD_NONE, TOLD_LEADER };

struct zk_detector {
	struct zk_client *client;
	struct zk_detector_handlers handlers;
	void *arg;
	char *path; /* of the group */
	bool tls;

	uv_timer_t pause;      /* until the next look */
	bool looking;	       /* a question is on its way */
	bool again;	       /* something changed meanwhile */
	uint64_t looked_at_ms; /* on the loop's clock; 0: never */
	char *leader;	       /* name of the leader's node, of this look */

	enum told told;
	char *told_node, *told_url; /* the leader that was told */
	struct err complaint;	    /* about the leader's node; none when it can be read */
	bool freed;
};

/* ---- what is told, only when it is new ---- */

static void tell_leader(struct zk_detector *d, const char *url)
{
	bool known = d->told == TOLD_LEADER && strcmp(d->told_node, d->leader) == 0 && strcmp(d->told_url, url) == 0;
	err_clear(&d->complaint);
	if (known) {
		return;
	}
	free(d->told_node);
	free(d->told_url);
	d->told_node = xstrdup(d->leader);
	d->told_url = xstrdup(url);
	d->told = TOLD_LEADER;
	d->handlers.on_leader(d->arg, url);
}

static void tell_none(struct zk_detector *d)
{
	if (d->told != TOLD_NONE) {
		d->told = TOLD_NONE;
		d->handlers.on_leader(d->arg, NULL);
	}
}

/* The others wait behind the leader, so none of them is taken instead. */
static void complain(struct zk_detector *d, struct err *what)
{
	err_wrap(what, "ZooKeeper: the leader's node %s/%s", d->path, d->leader);
	if (strcmp(what->text, d->complaint.text) != 0) {
		d->complaint = *what;
		d->handlers.on_trouble(d->arg, what);
	}
	if (!d->freed) {
		tell_none(d);
	}
}

/* ---- a look: the names, then the leader's data ---- */

static void look(struct zk_detector *d)
{
	d->looking = true;
	d->again = false;
	d->looked_at_ms = uv_now(d->pause.loop);
	zk_client_names(d->client);
}

static void on_pause(uv_timer_t *pause)
{
	look(pause->data);
}

static void look_soon(struct zk_detector *d)
{
	uint64_t now = uv_now(d->pause.loop), next = d->looked_at_ms + ZK_DETECTOR_PAUSE_MS;
	if (d->looking) {
		d->again = true;
	} else if (!uv_is_active((uv_handle_t *)&d->pause)) {
		uv_timer_start(&d->pause, on_pause, next > now ? next - now : 0, 0);
	}
}

static void looked(struct zk_detector *d)
{
	if (d->freed) {
		return;
	}
	d->looking = false;
	if (d->again) {
		look_soon(d);
	}
}

static void on_names(void *arg, const char *const *names, size_t n)
{
	struct zk_detector *d = arg;
	const char *leader = master_info_leader(names, n);
	free(d->leader);
	d->leader = leader ? xstrdup(leader) : NULL;
	if (leader) {
		zk_client_data(d->client, leader);
		return;
	}
	err_clear(&d->complaint);
	tell_none(d);
	looked(d);
}

static void on_data(void *arg, const char *data, size_t n)
{
	struct zk_detector *d = arg;
	CLEANUP_FREE char *url = NULL;
	struct err e = {0};
	if (!data) {
		d->again = true; /* it went away between the two questions */
	} else if (master_info_url(d->leader, data, n, d->tls, &url, &e) < 0) {
		complain(d, &e);
	} else {
		tell_leader(d, url);
	}
	looked(d);
}

static void on_news(void *arg)
{
	look_soon(arg);
}

static void on_lost(void *arg, const struct err *why)
{
	struct zk_detector *d = arg;
	d->looking = d->again = false;
	uv_timer_stop(&d->pause);
	d->handlers.on_trouble(d->arg, why);
}

/* ---- life ---- */

struct zk_detector *zk_detector_new(uv_loop_t *loop, const struct zk_client_config *config, bool tls,
				    const struct zk_detector_handlers *handlers, void *arg)
{
	static const struct zk_client_handlers client_handlers = {.on_connected = on_news,
								  .on_change = on_news,
								  .on_names = on_names,
								  .on_data = on_data,
								  .on_lost = on_lost};
	struct zk_detector *d = xcalloc(1, sizeof(*d));
	d->handlers = *handlers;
	d->arg = arg;
	d->tls = tls;
	d->path = xstrdup(config->url->path);
	uv_timer_init(loop, &d->pause);
	d->pause.data = d;
	d->client = zk_client_new(loop, config, &client_handlers, d);
	return d;
}

static void pause_closed(uv_handle_t *pause)
{
	struct zk_detector *d = pause->data;
	free(d->path);
	free(d->leader);
	free(d->told_node);
	free(d->told_url);
	free(d);
}

void zk_detector_free(struct zk_detector *d)
{
	if (!d || d->freed) {
		return;
	}
	d->freed = true;
	zk_client_free(d->client);
	uv_close((uv_handle_t *)&d->pause, pause_closed);
}

void zk_detector_start(struct zk_detector *d)
{
	zk_client_start(d->client);
}
