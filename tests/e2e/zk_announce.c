/* Announces a master in ZooKeeper as Mesos does, for as long as it runs:
 *
 *     zk_announce zk://[user:password@]host:port[,…]/path DATA
 *
 * Makes the path, then an ephemeral sequential node json.info_NNNNNNNNNN with DATA in it, and prints its name. With
 * credentials only they may read what it makes. A signal ends the session, so that the node is gone at once; after
 * kill -9 it is gone when the session's time is over. Written with the library as its authors mean it: its session
 * outlives a restart of the server. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#include "base/mem.h"
#include "mesos/zk_url.h"

#define SESSION_MS 2000

static volatile sig_atomic_t stopped;

struct announcement {
	struct zk_url url;
	const char *data;
	zhandle_t *zh;
	size_t made; /* bytes of the path that exist */
	bool over;
};

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void fail(struct announcement *a, const char *what, int rc)
{
	fprintf(stderr, "zk_announce: %s: %s\n", what, zerror(rc));
	a->over = true;
}

static const struct ACL_vector *acl(const struct announcement *a)
{
	return a->url.credentials ? &ZOO_CREATOR_ALL_ACL : &ZOO_OPEN_ACL_UNSAFE;
}

static void on_announced(int rc, const char *name, const void *arg)
{
	if (rc != ZOK) {
		fail((struct announcement *)(uintptr_t)arg, "announce", rc);
		return;
	}
	printf("%s\n", name);
	fflush(stdout);
}

static void make_next(struct announcement *a);

static void on_made(int rc, const char *name, const void *arg)
{
	struct announcement *a = (struct announcement *)(uintptr_t)arg;
	if (rc != ZOK && rc != ZNODEEXISTS) {
		fail(a, name ? name : a->url.path, rc);
	} else {
		make_next(a);
	}
}

static void make_next(struct announcement *a)
{
	const char *path = a->url.path;
	if (!path[a->made]) {
		CLEANUP_FREE char *node = xasprintf("%s/json.info_", path);
		zoo_acreate(a->zh, node, a->data, (int)strlen(a->data), acl(a), ZOO_EPHEMERAL | ZOO_SEQUENCE,
			    on_announced, a);
		return;
	}
	a->made += 1 + strcspn(path + a->made + 1, "/");
	CLEANUP_FREE char *part = xstrndup(path, a->made);
	zoo_acreate(a->zh, part, NULL, -1, acl(a), 0, on_made, a);
}

static void on_event(zhandle_t *zh, int type, int state, const char *path, void *arg)
{
	struct announcement *a = arg;
	(void)path;
	if (type != ZOO_SESSION_EVENT) {
		return;
	}
	a->zh = zh;
	if (state == ZOO_CONNECTED_STATE && a->made == 0) {
		make_next(a);
	} else if (state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE) {
		fail(a, "session", state == ZOO_AUTH_FAILED_STATE ? ZAUTHFAILED : ZSESSIONEXPIRED);
	}
}

static void run(struct announcement *a)
{
	while (!stopped && !a->over) {
		struct pollfd fd = {.fd = -1};
		struct timeval wait = {0};
		int interest = 0;
		zookeeper_interest(a->zh, &fd.fd, &interest, &wait);
		fd.events =
		    (short)((interest & ZOOKEEPER_READ ? POLLIN : 0) | (interest & ZOOKEEPER_WRITE ? POLLOUT : 0));
		if (poll(&fd, 1, (int)(wait.tv_sec * 1000 + wait.tv_usec / 1000) + 1) > 0) {
			zookeeper_process(a->zh, (fd.revents & ~POLLOUT ? ZOOKEEPER_READ : 0) |
						     (fd.revents & POLLOUT ? ZOOKEEPER_WRITE : 0));
		}
	}
}

int main(int argc, char **argv)
{
	struct announcement a = {.data = argc == 3 ? argv[2] : NULL};
	struct err e = {0};
	if (argc != 3 || zk_url_parse(argv[1], &a.url, &e) < 0) {
		fprintf(stderr, "usage: zk_announce zk://host:port/path DATA\n%s\n", e.text);
		return 2;
	}
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
	CLEANUP_FREE char *server = xasprintf("%s:%u", a.url.servers[0].host, (unsigned)a.url.servers[0].port);
	a.zh = zookeeper_init(server, on_event, SESSION_MS, NULL, &a, ZOO_NO_LOG_CLIENTENV);
	if (!a.zh) {
		perror("zk_announce");
		return 1;
	}
	if (a.url.credentials) {
		zoo_add_auth(a.zh, "digest", a.url.credentials, (int)strlen(a.url.credentials), NULL, NULL);
	}
	run(&a);
	zookeeper_close(a.zh);
	zk_url_done(&a.url);
	return a.over ? 1 : 0;
}
