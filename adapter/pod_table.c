#include "adapter/pod_table.h"

#include <stdbool.h>
#include <stddef.h>

#define S(state) (1u << POD_##state)
#define STAYS POD_STATES
#define ANY ((1u << POD_FORGOTTEN) - 1)
#define NO_TASKS (S(FOREIGN) | S(REFUSED) | S(QUEUED) | S(BINDING))
#define MAY_LIVE (S(UNSURE) | S(LAUNCHING) | S(ACTIVE) | S(FINISHING) | S(ENDING))

static const struct pod_row rows[] = {
    {S(QUEUED), POD_EV_PLACED, POD_BINDING, POD_DO_BIND,
     "an offer fits: write the binding before anything is launched"},
    {ANY & ~S(QUEUED), POD_EV_PLACED, STAYS, 0, "only a queued pod is placed"},

    {S(BINDING), POD_EV_BIND_OK, POD_BOUND, POD_DO_WANT | POD_DO_STATUS,
     "bound: launch with the next ACCEPT of its agent"},
    {ANY & ~S(BINDING), POD_EV_BIND_OK, STAYS, 0, "the pod went on before its binding was answered"},

    {S(BINDING), POD_EV_BIND_FAILED, POD_QUEUED, POD_DO_RELEASE | POD_DO_RETRY,
     "not bound: give back the offer, try again; the watch tells if it was bound after all"},
    {ANY & ~S(BINDING), POD_EV_BIND_FAILED, STAYS, 0, "the pod went on before its binding failed"},

    {S(QUEUED), POD_EV_SEEN_BOUND, POD_UNSURE, POD_DO_RELEASE | POD_DO_ASK,
     "bound without our knowing, perhaps by ourselves: ask Mesos what lives before anything is launched"},
    {ANY & ~S(QUEUED), POD_EV_SEEN_BOUND, STAYS, 0, "its node is known already"},

    {S(BOUND), POD_EV_REJECTED, POD_REFUSED, POD_DO_RELEASE | POD_DO_STATUS,
     "its agent will never have what it asks for, and nothing of it ever ran: fail as a kubelet refuses to admit it"},
    {S(QUEUED), POD_EV_REJECTED, POD_REFUSED, POD_DO_RELEASE | POD_DO_STATUS,
     "bound to all agents, and none will ever have what it asks for: fail as a kubelet refuses to admit it"},
    {ANY & ~(S(BOUND) | S(QUEUED)), POD_EV_REJECTED, STAYS, 0, "only who waits for an agent can be refused by it"},

    {S(BOUND), POD_EV_LAUNCHED, POD_LAUNCHING, 0, "its tasks are in an ACCEPT"},
    {S(ACTIVE) | S(LAUNCHING), POD_EV_LAUNCHED, STAYS, 0, "another container of it is in an ACCEPT"},
    {ANY & ~(S(BOUND) | S(ACTIVE) | S(LAUNCHING)), POD_EV_LAUNCHED, STAYS, 0,
     "only bound and active pods are launched"},

    {S(LAUNCHING), POD_EV_LAUNCH_FAILED, POD_UNSURE, POD_DO_ASK, "the master may have got the ACCEPT: ask"},
    {MAY_LIVE & ~S(LAUNCHING), POD_EV_LAUNCH_FAILED, STAYS, POD_DO_ASK, "the master may have got the ACCEPT: ask"},
    {ANY & ~MAY_LIVE & ~S(ORPHANED), POD_EV_LAUNCH_FAILED, STAYS, 0, "nothing of it was in the ACCEPT"},
    {S(ORPHANED), POD_EV_LAUNCH_FAILED, STAYS, POD_DO_ASK, "the master may have got the ACCEPT: ask, then kill"},

    {S(UNSURE) | S(BOUND) | S(LAUNCHING), POD_EV_TASK_LIVE, POD_ACTIVE, POD_DO_STATUS, "something of it lives"},
    {S(ACTIVE), POD_EV_TASK_LIVE, STAYS, POD_DO_STATUS, "something of it lives"},
    {S(FINISHING) | S(ENDING) | S(ORPHANED), POD_EV_TASK_LIVE, STAYS, POD_DO_KILL | POD_DO_STATUS,
     "it still lives: it must not"},
    {S(DONE), POD_EV_TASK_LIVE, POD_FINISHING, POD_DO_KILL, "it is done, so what lives of it is a left-over: kill it"},
    {S(REMOVING), POD_EV_TASK_LIVE, POD_ENDING, POD_DO_KILL, "it lives after all: kill it before the pod is removed"},
    {NO_TASKS, POD_EV_TASK_LIVE, STAYS, 0, "we never launched it: nobody's task is killed on a guess"},

    {S(LAUNCHING) | S(ACTIVE) | S(UNSURE), POD_EV_TASKS_OVER, POD_BOUND, POD_DO_WANT | POD_DO_STATUS,
     "nothing lives; its restart policy tells what comes"},
    {S(FINISHING), POD_EV_TASKS_OVER, POD_DONE, POD_DO_STATUS, "the last task ended"},
    {S(ENDING), POD_EV_TASKS_OVER, POD_REMOVING, POD_DO_STATUS,
     "the last task ended: store the end, then remove the pod"},
    {S(ORPHANED), POD_EV_TASKS_OVER, POD_FORGOTTEN, POD_DO_FORGET, "the last task ended, nobody waits for it"},
    {NO_TASKS | S(BOUND) | S(DONE) | S(REMOVING), POD_EV_TASKS_OVER, STAYS, 0, "nothing of it lived"},

    {S(ACTIVE), POD_EV_COMPLETED, POD_FINISHING, POD_DO_RELEASE | POD_DO_KILL | POD_DO_STATUS,
     "its containers are done: end its pause task"},
    {S(BOUND), POD_EV_COMPLETED, POD_DONE, POD_DO_RELEASE | POD_DO_STATUS, "its containers are done"},
    {ANY & ~(S(ACTIVE) | S(BOUND)), POD_EV_COMPLETED, STAYS, 0, "it is done already, or has not begun"},

    {S(QUEUED), POD_EV_DELETING, POD_DONE, POD_DO_RELEASE, "deleted before it was bound: the API server removes it"},
    {S(REFUSED) | S(BINDING) | S(BOUND), POD_EV_DELETING, POD_REMOVING, POD_DO_RELEASE | POD_DO_STATUS,
     "deleted, and nothing of it lives"},
    {S(DONE), POD_EV_DELETING, POD_REMOVING, POD_DO_RELEASE, "deleted, and its end is stored"},
    {S(UNSURE) | S(LAUNCHING) | S(ACTIVE) | S(FINISHING), POD_EV_DELETING, POD_ENDING,
     POD_DO_RELEASE | POD_DO_KILL | POD_DO_STATUS, "deleted: kill its containers within its grace period"},
    {S(ENDING), POD_EV_DELETING, STAYS, POD_DO_KILL, "deleted again, perhaps with less grace"},
    {S(REMOVING) | S(ORPHANED), POD_EV_DELETING, STAYS, 0, "it is on its way out"},
    {S(FOREIGN), POD_EV_DELETING, STAYS, 0, "another kubelet's pod"},

    {S(QUEUED), POD_EV_WITHDRAWN, POD_REMOVING, POD_DO_RELEASE | POD_DO_STATUS,
     "deleted before it had an agent, but it is bound: the API server waits for us"},
    {ANY & ~S(QUEUED), POD_EV_WITHDRAWN, STAYS, 0, "it does not wait for an agent any more"},

    {MAY_LIVE, POD_EV_VANISHED, POD_ORPHANED, POD_DO_RELEASE | POD_DO_KILL,
     "removed by force: nobody waits for its end, kill its tasks"},
    {ANY & ~MAY_LIVE & ~S(ORPHANED), POD_EV_VANISHED, POD_FORGOTTEN, POD_DO_RELEASE | POD_DO_FORGET,
     "removed, and nothing of it lives"},
    {S(ORPHANED), POD_EV_VANISHED, STAYS, 0, "it has vanished already"},

    {S(LAUNCHING), POD_EV_DISCONNECTED, POD_UNSURE, POD_DO_RELEASE | POD_DO_ASK,
     "the master may have got the ACCEPT: ask"},
    {S(UNSURE) | S(ACTIVE) | S(FINISHING) | S(ENDING) | S(ORPHANED), POD_EV_DISCONNECTED, STAYS,
     POD_DO_RELEASE | POD_DO_ASK, "updates may be missed: ask again once subscribed"},
    {S(BINDING) | S(BOUND) | S(DONE) | S(REMOVING), POD_EV_DISCONNECTED, STAYS, POD_DO_RELEASE,
     "nothing of it lives, but its offer is void"},
    {S(FOREIGN) | S(REFUSED) | S(QUEUED), POD_EV_DISCONNECTED, STAYS, 0,
     "nothing of it lives, and it has no offer yet"},
};

static const char *const state_names[] = {
    [POD_FOREIGN] = "Foreign",	   [POD_REFUSED] = "Refused",	  [POD_QUEUED] = "Queued",
    [POD_BINDING] = "Binding",	   [POD_UNSURE] = "Unsure",	  [POD_BOUND] = "Bound",
    [POD_LAUNCHING] = "Launching", [POD_ACTIVE] = "Active",	  [POD_FINISHING] = "Finishing",
    [POD_DONE] = "Done",	   [POD_ENDING] = "Ending",	  [POD_REMOVING] = "Removing",
    [POD_ORPHANED] = "Orphaned",   [POD_FORGOTTEN] = "Forgotten",
};

static const char *const event_names[] = {
    [POD_EV_PLACED] = "placed",
    [POD_EV_BIND_OK] = "bind ok",
    [POD_EV_BIND_FAILED] = "bind failed",
    [POD_EV_SEEN_BOUND] = "seen bound",
    [POD_EV_REJECTED] = "rejected",
    [POD_EV_LAUNCHED] = "launched",
    [POD_EV_LAUNCH_FAILED] = "launch failed",
    [POD_EV_TASK_LIVE] = "task live",
    [POD_EV_TASKS_OVER] = "tasks over",
    [POD_EV_COMPLETED] = "completed",
    [POD_EV_DELETING] = "deleting",
    [POD_EV_WITHDRAWN] = "withdrawn",
    [POD_EV_VANISHED] = "vanished",
    [POD_EV_DISCONNECTED] = "disconnected",
};

const char *pod_state_name(enum pod_state state)
{
	return state_names[state];
}

const char *pod_event_name(enum pod_event event)
{
	return event_names[event];
}

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct pod_row *pod_table_row(enum pod_state state, enum pod_event event)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].event == event && (rows[i].states & (1u << state))) {
			return &rows[i];
		}
	}
	return NULL;
}

int pod_table_claims(enum pod_state state, enum pod_event event)
{
	int n = 0;
	for (size_t i = 0; i < N_ROWS; i++) {
		n += rows[i].event == event && (rows[i].states & (1u << state));
	}
	return n;
}

static void print_actions(FILE *out, unsigned actions)
{
	static const char *const names[] = {"bind", "retry",  "want offer", "reconcile",
					    "kill", "status", "release",    "forget"};
	const char *between = "";
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (actions & (1u << i)) {
			fprintf(out, "%s%s", between, names[i]);
			between = ", ";
		}
	}
}

void pod_table_print(FILE *out)
{
	fputs("| state | event | next state | actions | why |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *between = "";
		fputs("| ", out);
		for (unsigned s = 0; s < POD_FORGOTTEN; s++) {
			if (rows[i].states & (1u << s)) {
				fprintf(out, "%s%s", between, state_names[s]);
				between = ", ";
			}
		}
		fprintf(out, " | %s | %s | ", pod_event_name(rows[i].event),
			rows[i].next == POD_STATES ? "stays" : state_names[rows[i].next]);
		print_actions(out, rows[i].actions);
		fprintf(out, " | %s |\n", rows[i].sentence);
	}
}
