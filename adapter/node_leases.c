#include "adapter/node_leases.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct node_lease {
	struct list link;
	char *name, *uid;
};

void node_leases_init(struct node_leases *l)
{
	*l = (struct node_leases){0};
	list_init(&l->line);
}

static void free_lease(struct node_lease *lease)
{
	list_remove(&lease->link);
	free(lease->name);
	free(lease->uid);
	free(lease);
}

void node_leases_done(struct node_leases *l)
{
	LIST_EACH (&l->line, link) {
		free_lease(LIST_ENTRY(link, struct node_lease, link));
	}
	map_done(&l->nodes);
}

void node_leases_put(struct node_leases *l, const char *name, const char *uid)
{
	struct node_lease *lease = map_get(&l->nodes, name);
	if (lease) {
		free(lease->uid);
		lease->uid = xstrdup(uid);
		return;
	}
	if (!l->nodes.count) {
		l->credit = NODE_LEASE_EVERY_MS; /* the first waits for nobody */
	}
	lease = xcalloc(1, sizeof(*lease));
	lease->name = xstrdup(name);
	lease->uid = xstrdup(uid);
	list_push(l->line.next, &lease->link);
	map_put(&l->nodes, lease->name, lease);
}

void node_leases_drop(struct node_leases *l, const char *name)
{
	struct node_lease *lease = map_del(&l->nodes, name);
	if (lease) {
		free_lease(lease);
	}
}

bool node_leases_next(struct node_leases *l, int64_t now_ms, const char **ret_name, const char **ret_uid)
{
	int64_t n = (int64_t)l->nodes.count, most = NODE_LEASE_EVERY_MS + n * NODE_LEASE_BURST_MS;
	if (now_ms > l->then_ms) {
		int64_t passed = now_ms - l->then_ms;
		l->credit += n * (passed < NODE_LEASE_EVERY_MS ? passed : NODE_LEASE_EVERY_MS);
		l->credit = l->credit < most ? l->credit : most;
	}
	l->then_ms = now_ms;
	if (!n || l->credit < NODE_LEASE_EVERY_MS) {
		return false;
	}
	struct node_lease *lease = LIST_ENTRY(l->line.next, struct node_lease, link);
	l->credit -= NODE_LEASE_EVERY_MS;
	list_remove(&lease->link);
	list_push(&l->line, &lease->link);
	*ret_name = lease->name;
	*ret_uid = lease->uid;
	return true;
}

int64_t node_leases_deadline(const struct node_leases *l)
{
	int64_t n = (int64_t)l->nodes.count, missing = NODE_LEASE_EVERY_MS - l->credit;
	return n ? l->then_ms + (missing > 0 ? (missing + n - 1) / n : 0) : INT64_MAX;
}
