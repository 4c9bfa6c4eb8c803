/* Our nodes as the API server has them: who they stand for, whether somebody cordoned them, and whether they are there
 * at all.
 *
 * A node whose agent has not been heard of in this life makes that agent known: the master is asked of it, so that the
 * nodes of agents that vanished while nobody looked come to their end, and those of agents that have nothing to offer
 * are looked after.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define MEGABYTE ((int64_t)1 << 20)

static int64_t megabytes_milli(int64_t bytes)
{
	return bytes < 0 ? 0 : bytes / MEGABYTE * 1000;
}

static int64_t not_below_0(int64_t n)
{
	return n < 0 ? 0 : n;
}

static struct agent *agent_of_node(struct core *core, const struct kube_node_seen *seen)
{
	struct agent *agent = map_get(&core->agents, seen->agent_id);
	if (agent) {
		return agent;
	}
	agent = agent_from_hearsay(core, seen->agent_id);
	if (agent) {
		bool there = seen->ready || seen->not_ready;
		agent->node->state = there ? NODE_READY : NODE_AWAY;
		agent->away = !there;
		agent->away_ms = seen->since_ms ? seen->since_ms : core->now;
		agent->node->marked = !there;
		node_told(core, agent->node);
	}
	return agent;
}

static void set_cordoned(struct core *core, struct node *node, bool cordoned)
{
	if (node->cordoned && !cordoned) {
		core->supply = core->want_revive = true; /* pods that wait may go there now */
	}
	node->cordoned = cordoned;
}

static void set_uid(struct node *node, const char *uid)
{
	free(node->uid);
	node->uid = xstrdup(uid);
	node->deleted = !uid && node->asked; /* what is being written may have been written before */
}

/* ---- nodes of other adapters: their names are taken ---- */

struct others_node {
	char *name, *uid;
};

static void other_free(struct others_node *other)
{
	free(other->name);
	free(other->uid);
	free(other);
}

static void other_drop(struct core *core, const char *name)
{
	struct others_node *other = map_del(&core->others, name);
	if (other) {
		other_free(other);
	}
}

void others_done(struct core *core)
{
	size_t it = 0;
	struct others_node *other;
	while ((other = map_next(&core->others, &it)) != NULL) {
		other_free(other);
	}
	map_done(&core->others);
}

/* Should a node of ours have had that name, it gets another one. */
static void node_of_others(struct core *core, const struct kube_node_seen *seen)
{
	struct node *node = map_get(&core->nodes, seen->name);
	if (core->others.count >= CORE_AGENTS_MAX) {
		return;
	}
	other_drop(core, seen->name);
	struct others_node *other = xcalloc(1, sizeof(*other));
	other->name = xstrdup(seen->name);
	other->uid = xstrdup(seen->uid);
	map_put(&core->others, other->name, other);
	if (node) {
		map_del(&core->nodes, node->name);
		set_uid(node, NULL);
		node->state = NODE_MISSING;
		node_update(core, node);
	}
}

static bool other_gone(struct core *core, const char *uid)
{
	size_t it = 0;
	const struct others_node *other;
	while ((other = map_next(&core->others, &it)) != NULL) {
		if (strcmp(other->uid, uid) == 0) {
			other_drop(core, other->name);
			return true;
		}
	}
	return false;
}

/* ---- ours ---- */

static bool lacks_something(const struct core *core, const struct kube_node_seen *seen)
{
	bool lacks = core->cfg.scheduler && !seen->adapter;
	for (size_t i = 0; !lacks && i < core->cfg.node_labels.n; i++) {
		lacks = !kube_node_has_label(seen, core->cfg.node_labels.texts[i]);
	}
	return lacks;
}

static void capacity_seen(struct agent *agent, const struct kube_amounts *seen)
{
	struct amounts capacity = {
	    .cpus = not_below_0(seen->cpu_milli),
	    .mem = megabytes_milli(seen->memory),
	    .disk = megabytes_milli(seen->ephemeral_storage),
	    .gpus = not_below_0(seen->gpus) * 1000,
	};
	agent_capacity_at_least(agent, &capacity);
}

/* That it is about to be taken away it may say again, although that was undone: a backup was restored. */
static void ours_seen(struct core *core, struct node *node, const struct kube_node_seen *seen)
{
	if (seen->leaves && !node->asked) {
		node->leave_told = leave_named(seen->leaves);
	}
	set_cordoned(core, node, seen->unschedulable);
	node->outdated = lacks_something(core, seen);
}

static void all_seen(struct core *core, const struct kube_node_seen *seen)
{
	struct node *node = core->all;
	bool first = !node->uid || strcmp(node->uid, seen->uid) != 0;
	node_claim(core, node);
	if (first) {
		set_uid(node, seen->uid);
		node->leave_told = leave_named(seen->leaves);
		node->state = node->asked ? node->state : NODE_READY;
		node->told_ms = seen->ready ? core->now : 0; /* what it says holds until agents have offered */
		node_told(core, node);
	}
	if (seen->ready && seen->since_ms) {
		node->since_ms = seen->since_ms;
	}
	if (!seen->ready && node->state == NODE_READY && node->told_ms + NODE_LOOK_MS <= core->now) {
		node->state = NODE_MISSING; /* the cluster took it for dead: it is written anew, without that taint */
	}
	ours_seen(core, node, seen);
	node_update(core, node);
}

/* For an agent that is away another one of its name may stand in, which then has the node. That it says otherwise is
 * old, or a restored backup took it back: so it is written anew. */
static bool other_stands_in(struct core *core, const struct node *node)
{
	struct node *holder = map_get(&core->nodes, node->name);
	if (!node->agent->away || !holder || holder == node || !holder->agent || holder->agent->away) {
		return false;
	}
	holder->outdated = true;
	node_update(core, holder);
	return true;
}

void node_changed(struct core *core, const struct kube_node_seen *seen)
{
	if (is_others(core, seen->adapter)) {
		node_of_others(core, seen);
		return;
	}
	other_drop(core, seen->name);
	if (former_is(core, seen)) {
		former_seen(core, seen);
		return;
	}
	if (core->all && strcmp(seen->name, core->all->name) == 0) {
		all_seen(core, seen);
		return;
	}
	struct agent *agent = seen->agent_id ? agent_of_node(core, seen) : NULL;
	if (!agent) {
		return;
	}
	struct node *node = agent->node;
	if (!node->name[0]) {
		node_name(core, node, seen->name);
	}
	if (strcmp(node->name, seen->name) != 0) {
		return; /* a name that it had before */
	}
	if (!other_stands_in(core, node)) {
		node_claim(core, node);
	}
	capacity_seen(agent, &seen->capacity);
	if (seen->ready && !agent->away && seen->since_ms) {
		node->since_ms = seen->since_ms;
	}
	if (!node->uid || strcmp(node->uid, seen->uid) != 0) {
		agent_left(core, agent, seen->leaves); /* whether that still holds, the master and offers tell */
		set_uid(node, seen->uid);
	}
	ours_seen(core, node, seen);
	agent_ask(core, agent);
	agent_update(core, agent);
	agent_sweep(core, agent);
}

static struct node *node_of_uid(const struct core *core, const char *uid)
{
	size_t it = 0;
	struct node *node;
	LIST_EACH (&core->agent_list, link) {
		node = LIST_ENTRY(link, struct agent, link)->node;
		if (node->uid && strcmp(node->uid, uid) == 0) {
			return node;
		}
	}
	while ((node = map_next(&core->nodes, &it)) != NULL) {
		if (node->uid && strcmp(node->uid, uid) == 0) {
			return node;
		}
	}
	return NULL;
}

/* Somebody deleted it. While its agent is there it is made again. */
static void one_gone(struct core *core, struct node *node)
{
	if (node->former) {
		node_free(core, node);
		return;
	}
	set_uid(node, NULL);
	set_cordoned(core, node, false);
	if (node->state != NODE_DELETED) {
		node->state = NODE_MISSING;
	}
	node_update(core, node);
	if (node->agent) {
		agent_sweep(core, node->agent);
	}
}

/* It may have been of one agent after the other. */
void node_gone(struct core *core, const char *uid)
{
	struct node *node;
	if (other_gone(core, uid)) {
		return;
	}
	while ((node = node_of_uid(core, uid)) != NULL) {
		one_gone(core, node);
	}
}

void nodes_synced(struct core *core)
{
	size_t it = 0;
	struct node *node;
	core->nodes_synced = true;
	LIST_EACH (&core->agent_list, link) {
		agent_update(core, LIST_ENTRY(link, struct agent, link));
	}
	if (core->all && !map_get(&core->others, core->all->name)) {
		node_claim(core, core->all);
	}
	while ((node = map_next(&core->nodes, &it)) != NULL) {
		if (!node->agent) {
			node_update(core, node);
		}
	}
	pods_look_again(core);
}
