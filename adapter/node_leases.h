/* Which node's Lease is renewed when: each once in NODE_LEASE_EVERY_MS, evenly spread, so that thousands of nodes are
 * a steady trickle however many appear at once. Pure; time is an argument.
 *
 * All nodes stand in a line; who is renewed goes to its end, who is new to its front.
 */
#ifndef ADAPTER_NODE_LEASES_H
#define ADAPTER_NODE_LEASES_H

#include "base/list.h"
#include "base/map.h"

#include <stdint.h>

#define NODE_LEASE_EVERY_MS 10000
#define NODE_LEASE_BURST_MS 100 /* what was missed for longer is not made up for */

struct node_leases {
	struct map nodes; /* by name */
	struct list line;
	int64_t then_ms;
	int64_t credit; /* milliseconds times nodes: a renewal costs NODE_LEASE_EVERY_MS */
};

void node_leases_init(struct node_leases *l);
void node_leases_done(struct node_leases *l);
/* From now on, until dropped; the uid may be another one than before. Both are copied. */
void node_leases_put(struct node_leases *l, const char *name, const char *uid);
void node_leases_drop(struct node_leases *l, const char *name);
/* Whose turn it is; false: nobody's at this time. Borrowed until the next put or drop. */
bool node_leases_next(struct node_leases *l, int64_t now_ms, const char **ret_name, const char **ret_uid);
/* When it will be somebody's; INT64_MAX: never. */
int64_t node_leases_deadline(const struct node_leases *l);

#endif
