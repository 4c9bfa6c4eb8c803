/* How much the core takes, and how long it waits. Private to it. */
#ifndef ADAPTER_CORE_LIMITS_H
#define ADAPTER_CORE_LIMITS_H

#include <stdint.h>

#define SLOT_PODS_MAX 100 /* pods in one ACCEPT */
#define SLOT_JOIN_MS 100  /* a batch is joined for so long, so that it gets launched at last */
#define SLOT_BIND_MS 2000 /* what is bound by then is launched without those that are not */
#define CORE_AGENTS_MAX 50000
#define CORE_OFFERS_MAX 100000
#define CORE_PODS_MAX 500000
#define CORE_ORPHANS_MAX 10000
#define ORPHAN_EVENTS_MAX 100	 /* with more orphans than that, further ones stand in the log only */
#define PLACE_LOOKS_MAX 50000	 /* comparisons of a pod with an offer, or an agent, in one step */
#define CORE_WRITES_MAX 32	 /* to pods, under way */
#define KILL_AGAIN_MS 10000	 /* after the grace period; executors are known to get stuck */
#define KILLS_AGAIN_MAX 3	 /* without effect; then the whole executor is shut down */
#define WORDS_WAIT_MS 30000	 /* for an agent's own account of an end that the master knows of */
#define AGENT_ASK_MS 15000	 /* the master is asked so often of an agent that is away */
#define NODE_LINGER_MS 3600000	 /* a node without pods, whose agent is away, is deleted after */
#define NODE_LOOK_MS 5000	 /* a node that stands for all agents is compared with them, and told, at most every */
#define FORMER_LOOK_MS 10000	 /* is anything bound to a node of the other mode? */
#define CENSUS_KINDS_MAX 64	 /* of agents, by size; more are taken for one that has the most of each */
#define CENSUS_SETTLED_MS 120000 /* after a session began, by when all agents are back with a new master */
#define NODE_CHANGE_PART 20	 /* of the capacity: less of a change waits for the heartbeat */
#define BEAT_SPREAD 512		 /* of the first heartbeats over that period */
#define LEAVE_AGAIN_MS 60000	 /* of agents that are about to leave, Mesos speaks again after */
#define LEAVE_SILENT_MS 180000	 /* and when it did not, they stay */
#define IDLE_BEFORE_SUPPRESS_MS 10000 /* so that agents are seen before offers stop */
#define AUDIT_ANSWER_MS 60000	      /* by then the master has answered */
#define POD_VERSION_MAX 32	      /* a resourceVersion; a longer one is not used */
#define STATUS_REPAIR_MS 10000	      /* a pod's status that others change is put right at most every; as a kubelet */
#define POD_EXPIRED "Pod was active on the node longer than the specified deadline"
#define POD_TASKS_ROOM (1 + POD_CONTAINERS_MAX + POD_EPHEMERAL_MAX)
#define POD_RESIZE_LATER                                                                                               \
	"Mesos does not change what a running task has: container %s gets its new resources when it is started again"
#define POD_RESIZE_WHOLE                                                                                               \
	"Mesos does not change what a running task has: containers get their parts of spec.resources when they are "   \
	"started again"
#define UNSET INT64_MAX

#endif
