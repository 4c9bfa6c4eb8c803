/* Recorded scenarios of a real Mesos 1.12, replayed against the model. */
#include "tests/unit/sandbox/mesos_replay.h"

static const struct scenario scenarios[] = {
    {.name = "01-subscribe-offers-decline", .agents = "12", .port = 5050, .least = 9},
    {.name = "02-launch-command-task",
     .agents = "12",
     .port = 5050,
     .hooks = {{"15.023]", HOOK_FINISH, "noack"}},
     .least = 45},
    {.name = "03-launch-group-default-executor", .agents = "12", .port = 5050, .least = 45},
    {.name = "04-kill-policy", .agents = "12", .port = 5050, .least = 70},
    {.name = "05-reconcile", .agents = "12", .port = 5050, .least = 30},
    {.name = "06-framework-failover",
     .agents = "12",
     .port = 5050,
     .hooks = {{"close the connection without TEARDOWN", HOOK_CLOSE, "05-resubscribe"},
	       {">>> 21-get-frameworks", HOOK_CLOSE, "20-resubscribe-short-timeout"},
	       {">>> 27-resubscribe", HOOK_CLOSE, "23-subscribe"}},
     .least = 40},
    {.name = "07-errors",
     .agents = "12",
     .port = 5050,
     .skips = {{"33-wrong-path", "the operator's event stream is not in the sandbox"},
	       {"34-root-path", "there is no web page"},
	       {"83-container-no-type-image", "the sandbox runs the command on the host instead"},
	       {"84-ack", "of a skipped task"},
	       {"badimg", "a skipped task"},
	       {"85-container-docker", "the recorded agent had no Docker executor either, the sandbox says so plainly"},
	       {"86-ack", "of a skipped task"},
	       {"dockertask", "a skipped task"}},
     .least = 180},
    {.name = "08-agent-death-partition",
     .agents = "21",
     .port = 5050,
     .config = {.ping_timeout_ms = 2000, .reregister_ms = 800},
     .hooks = {{"# SIGSTOP the agent", HOOK_PARTITION, "agent2"},
	       {">>> 18-kill-unreachable", HOOK_FINISH, "pa-fin"},
	       {"# SIGCONT", HOOK_HEAL, "agent2"},
	       {"# agent process restart", HOOK_STOP, "agent2"},
	       {"15.083]     01-subscribe", HOOK_START, "agent2"},
	       {"# now SIGKILL the agent AND", HOOK_STOP, "agent2"}},
     .skips = {{"03-operator-subscribe", "the operator's event stream is not in the sandbox"},
	       {"11.074]", "the recorded agent sent the update three times at once"},
	       {"11.076]", "the recorded agent sent the update three times at once"}},
     .least = 60},
    {.name = "09-rescind",
     .agents = "12",
     .port = 5050,
     .hooks = {{"# reservation by operator", HOOK_END, NULL}},
     .least = 6},
    {.name = "10-suppress-revive", .agents = "21", .port = 5050, .least = 30},
    {.name = "17-http-basic-auth",
     .agents = "1",
     .port = 5050,
     .config = {.credentials = (const struct mesos_credential[]){{"framework", "secret"}, {"ops", "opssecret"}},
		.n_credentials = 2},
     .least = 25},
    {.name = "19-master-restart",
     .agents = "12",
     .port = 5050,
     .config = {.recovery_ms = 1280, .reregister_ms = 800},
     .hooks = {{"# SIGKILL the master", HOOK_MASTER_RESTART, NULL}},
     .least = 40},
    {.name = "22-leader-election-redirect",
     .agents = "1",
     .port = 5050,
     .hooks = {{"# SIGKILL the leader", HOOK_END, NULL}},
     .skips = {{"14-standby-metrics_snapshot", "no metrics in the sandbox"},
	       {"16-standby-flags", "no flags in the sandbox"}},
     .least = 20},
    {.name = "26-pod-sandbox-pause",
     .agents = "1",
     .port = 5150,
     .skips = {{"FAILURE", "the recorded client tore down before its executor had ended"}},
     .least = 30},
};

static void replay(void **state)
{
	replay_run(*state);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(scenarios) / sizeof(scenarios[0])];
	size_t n = sizeof(scenarios) / sizeof(scenarios[0]);
	for (size_t i = 0; i < n; i++) {
		tests[i] = (struct CMUnitTest){scenarios[i].name, replay, NULL, NULL, (void *)(uintptr_t)&scenarios[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
