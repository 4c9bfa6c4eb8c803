/* The life of one pod as a table: state, event, next state, actions, and one human sentence.
 *
 * Every pair of state and event is exactly one row or an explicit refusal (a row that stays and does nothing, and says
 * why); a test proves it. `kube-mesos-adapter --lifecycle` prints it, the documentation is drawn from it.
 */
#ifndef ADAPTER_POD_TABLE_H
#define ADAPTER_POD_TABLE_H

#include <stdio.h>

enum pod_state {
	POD_FOREIGN,   /* bound to a node that is not one of our agents */
	POD_REFUSED,   /* has a field that we cannot translate */
	POD_QUEUED,    /* no agent is chosen for it, waits for a fitting offer */
	POD_BINDING,   /* an offer is set aside, the binding (or, where it is bound, its agent) is being written */
	POD_UNSURE,    /* bound, but Mesos has not said yet what of it lives */
	POD_BOUND,     /* bound, nothing of it lives, waits for an offer of its agent */
	POD_LAUNCHING, /* ACCEPT was sent, nothing heard yet */
	POD_ACTIVE,    /* something of it lives */
	POD_FINISHING, /* its containers are done, what is left is being killed */
	POD_DONE,      /* nothing lives, nothing will */
	POD_ENDING,    /* it is being deleted, its tasks are being killed */
	POD_REMOVING,  /* it is being deleted, nothing lives any more */
	POD_ORPHANED,  /* Kubernetes forgot it, its tasks are being killed */
	POD_FORGOTTEN, /* the end: no memory of it is kept */
	POD_STATES
};

enum pod_event {
	POD_EV_PLACED,	      /* placement found an offer */
	POD_EV_BIND_OK,	      /* the binding is written */
	POD_EV_BIND_FAILED,   /* it is not, or nobody knows */
	POD_EV_SEEN_BOUND,    /* the watch shows a node */
	POD_EV_REJECTED,      /* its agent, or every agent, can never take it */
	POD_EV_LAUNCHED,      /* an ACCEPT with tasks of it was sent */
	POD_EV_LAUNCH_FAILED, /* that ACCEPT did not get an answer */
	POD_EV_TASK_LIVE,     /* Mesos says that a task of it lives */
	POD_EV_TASKS_OVER,    /* Mesos says that no task of it lives */
	POD_EV_COMPLETED,     /* its containers will never run again */
	POD_EV_DELETING,      /* the watch shows a deletion time */
	POD_EV_WITHDRAWN,     /* … while it waits for an agent of the node that it is bound to */
	POD_EV_VANISHED,      /* the API server has it no more */
	POD_EV_DISCONNECTED,  /* the session with the master ended */
	POD_EVENTS
};

enum pod_action {
	POD_DO_BIND = 1 << 0,	 /* write the binding */
	POD_DO_RETRY = 1 << 1,	 /* queue it again after a back-off */
	POD_DO_WANT = 1 << 2,	 /* it needs an offer */
	POD_DO_ASK = 1 << 3,	 /* reconcile its tasks */
	POD_DO_KILL = 1 << 4,	 /* kill what lives */
	POD_DO_STATUS = 1 << 5,	 /* its status may have changed */
	POD_DO_RELEASE = 1 << 6, /* give back what was set aside for it */
	POD_DO_FORGET = 1 << 7,	 /* acknowledge what waits, drop it */
};

struct pod_row {
	unsigned states; /* bits 1 << enum pod_state that the row is for */
	enum pod_event event;
	enum pod_state next; /* POD_STATES: stays */
	unsigned actions;
	const char *sentence;
};

const char *pod_state_name(enum pod_state state);
const char *pod_event_name(enum pod_event event);

/* The row for this pair; every pair but those of POD_FORGOTTEN has one. */
const struct pod_row *pod_table_row(enum pod_state state, enum pod_event event);
/* For the test: how many rows claim this pair. */
int pod_table_claims(enum pod_state state, enum pod_event event);

/* As a Markdown table. */
void pod_table_print(FILE *out);

#endif
