/* How the shell is doing: its metrics, and whether it is ready. */
#include "adapter/shell_state.h"
#include "base/process.h"

static void measure_core(struct metrics *m, const struct core *core)
{
	struct core_counts counts =
	    core ? core_count(core) : (struct core_counts){0}; /* a standby has nothing in hand */
	for (unsigned state = 0; state < POD_FORGOTTEN; state++) {
		metrics_set(m, METRIC_PODS, LABELS(pod_state_name((enum pod_state)state)),
			    (double)counts.in_state[state]);
	}
	metrics_set(m, METRIC_AGENTS, NULL, (double)counts.agents);
	metrics_set(m, METRIC_OFFERS, NULL, (double)counts.offers);
	metrics_set(m, METRIC_TASKS_LIVE, NULL, (double)counts.live_tasks);
	metrics_set(m, METRIC_UPDATES_UNACKNOWLEDGED, NULL, (double)counts.unacknowledged);
	metrics_set(m, METRIC_ORPHANS, NULL, (double)counts.orphans);
	metrics_set(m, METRIC_EXECUTOR_SHUTDOWNS, NULL, (double)counts.shutdowns);
	metrics_set(m, METRIC_AUDITS, NULL, (double)counts.found.audits);
	metrics_set(m, METRIC_AUDIT_DIFFERENCES, LABELS("task missing"), (double)counts.found.missing);
	metrics_set(m, METRIC_AUDIT_DIFFERENCES, LABELS("update missed"), (double)counts.found.news);
	metrics_set(m, METRIC_AUDIT_DIFFERENCES, LABELS("pod not seen"), (double)counts.found.unseen_pods);
	metrics_set(m, METRIC_AUDIT_DIFFERENCES, LABELS("pod vanished"), (double)counts.found.vanished_pods);
}

static void measure_process(struct metrics *m)
{
	struct process_usage usage = process_usage();
	metrics_set(m, METRIC_CPU_SECONDS, NULL, usage.cpu_s);
	metrics_set(m, METRIC_RESIDENT_BYTES, NULL, usage.rss);
	metrics_set(m, METRIC_OPEN_FDS, NULL, usage.fds);
	metrics_set(m, METRIC_MAX_FDS, NULL, usage.max_fds);
}

const struct metrics *shell_measure(struct shell *shell)
{
	measure_core(shell->metrics, shell->core);
	metrics_set(shell->metrics, METRIC_SUBSCRIBED, NULL, shell->core && core_health(shell->core).subscribed);
	metrics_set(shell->metrics, METRIC_LEADER, NULL, shell_may_act(shell));
	measure_process(shell->metrics);
	return shell->metrics;
}

static bool say(struct buf *out, bool good, const char *what, const char *missing)
{
	buf_printf(out, good ? "[+]%s ok\n" : "[-]%s failed: %s\n", what, missing);
	return good;
}

/* A standby is ready when it could take over. */
static bool standby_ready(const struct shell *shell, struct buf *out)
{
	bool ready = say(out, shell->listed, "pods", "they are not listed yet");
	ready &= say(out, shell->saw_lease, "lease", "it is not read from Kubernetes yet");
	buf_puts(out, ready ? "ready, standing by\n" : "not ready\n");
	return ready;
}

bool shell_ready(const struct shell *shell, struct buf *out)
{
	if (shell->role == ROLE_STANDBY) {
		return standby_ready(shell, out);
	}
	struct core_health health = shell->core ? core_health(shell->core) : (struct core_health){0};
	bool ready = say(out, shell->core != NULL, "framework-id", "it is not read from Kubernetes yet");
	ready &= say(out, health.synced, "pods", "they are not listed yet");
	ready &= say(out, health.subscribed, "mesos", "no session with the master");
	ready &= say(out, health.stored, "framework-id-stored", "it is not kept in Kubernetes yet");
	buf_puts(out, ready ? "ready\n" : "not ready\n");
	return ready;
}
