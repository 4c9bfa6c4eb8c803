/* When the shell acts and when not: it stands by, leads while it holds the lease, and stops. */
#include <stdlib.h>
#include <string.h>

#include "adapter/shell_state.h"
#include "base/log.h"
#include "base/mem.h"

#define LOAD_BACKOFF_MIN_MS 500
#define LOAD_BACKOFF_MAX_MS 30000
#define DRAIN_MS 500   /* for answers to what is under way, before the lease is released */
#define RELEASE_MS 500 /* for the release */

bool shell_may_act(void *arg)
{
	const struct shell *shell = arg;
	return shell->role == ROLE_LEADER && (!shell->lease || lease_held(shell->lease));
}

static void fatal(struct shell *shell, const struct err *why)
{
	if (shell->on_fatal) {
		shell->on_fatal(shell->fatal_arg, why);
	}
}

/* ---- standing by: all pods are known, nothing is done ---- */

static void stand_by(struct shell *shell)
{
	CLEANUP_FREE char *selector = xasprintf("spec.schedulerName=%s", shell->settings->scheduler_name);
	struct reflector_spec spec = {.path = "/api/v1/pods", .field_selector = selector};
	shell->role = ROLE_STANDBY;
	shell->kube = kube_client_new(shell->http, shell->kube_config);
	kube_client_guard(shell->kube, shell_may_act, shell);
	kube_client_observe(shell->kube, shell_observe_kube, shell);
	kube_client_on_reload(shell->kube, shell_kube_reloaded, shell);
	shell->listed = false;
	shell->pods = reflector_new(shell->kube, &spec, &shell_pod_handlers, shell);
	backoff_init(&shell->load_backoff, LOAD_BACKOFF_MIN_MS, LOAD_BACKOFF_MAX_MS, RANDOM_SYSTEM);
}

static void disconnect_mesos(struct shell *shell)
{
	zk_detector_free(shell->detector);
	mesos_scheduler_free(shell->mesos);
	shell->detector = NULL;
	shell->mesos = NULL;
}

void shell_retire(struct shell *shell)
{
	shell->role = ROLE_NONE;
	uv_timer_stop(shell->tick);
	uv_timer_stop(shell->retry);
	uv_timer_stop(shell->compare);
	shell_hooks_drop(shell);
	shell_files_drop(shell);
	kubelet_free(shell->kubelet);
	shell->kubelet = NULL;
	reflector_free(shell->pods);
	shell_nodes_stop(shell);
	disconnect_mesos(shell);
	kube_client_free(shell->kube);
	shell->pods = NULL;
	shell->kube = NULL;
	shell_messages_drop(shell->messages);
	shell_probes_drop(shell->probes);
	shell_drop_pending(shell);
	core_free(shell->core);
	shell->core = NULL;
	free(shell->framework_id);
	shell->framework_id = NULL;
	pod_cache_done(&shell->cache);
	pod_cache_init(&shell->cache);
}

static void stand_by_again(struct shell *shell)
{
	struct err e;
	shell_retire(shell);
	stand_by(shell);
	if (shell_connect_mesos(shell, &e) < 0) {
		fatal(shell, &e);
	}
}

/* ---- leading: the framework id first, since without it running tasks would be strangers ---- */

static void checked(void *arg, const char *agent_id, const struct err *failure)
{
	struct core_event event = {.type = CORE_AGENT_CHECKED, .text = agent_id, .failure = failure};
	shell_feed(arg, &event);
}

static void print_metrics(void *arg, struct buf *out)
{
	metrics_print(shell_measure(arg), out);
}

/* The port may still be held by whoever led before, on the same machine; without it everything else goes on. */
static void open_kubelet(struct shell *shell)
{
	struct err e = {0};
	struct kubelet_config config = {
	    .loop = shell->loop,
	    .settings = shell->settings,
	    .core = &shell->core,
	    .kube = shell->kube,
	    .framework_id = &shell->framework_id,
	    .checked = checked,
	    .checked_arg = shell,
	    .print_metrics = print_metrics,
	    .print_arg = shell,
	};
	if (shell->settings->kubelet_host && !shell->kubelet) {
		shell->kubelet = kubelet_new(&config, &e);
		if (!shell->kubelet) {
			log_error("kubectl logs, exec and port-forward cannot be served", "error", e.text, NULL);
			free(shell->kubelet_refused);
			shell->kubelet_refused = xstrdup(e.text);
		}
	}
}

static void go(struct shell *shell, const char *framework_id)
{
	shell->framework_id = xstrdup(framework_id);
	open_kubelet(shell);
	shell->core_config.kubelet_refused = shell->kubelet ? NULL : shell->kubelet_refused;
	shell->core_config.kubelet_port = shell->kubelet ? kubelet_number(shell->kubelet) : 0;
	shell->core_config.kubelet_address = shell->kubelet ? shell->settings->kubelet_node_ip : NULL;
	shell->core = core_new(&shell->core_config, framework_id);
	for (struct kube_pod *pod; (pod = pod_cache_take(&shell->cache)) != NULL;) {
		struct core_event event = {.type = CORE_POD_CHANGED, .pod = pod};
		shell_feed(shell, &event);
	}
	/* What we saw until now may be older than what the former leader did: nothing is done before it is listed
	 * again. */
	shell->listed = false;
	reflector_relist(shell->pods);
	shell_nodes_start(shell);
	mesos_scheduler_start(shell->mesos, framework_id);
	if (shell->detector) {
		zk_detector_start(shell->detector);
	}
	log_info("started", "kubernetes", kube_client_server(shell->kube), "framework",
		 framework_id ? framework_id : "new", NULL);
}

static void on_loaded(void *arg, const struct kube_result *result);

static void on_retry(uv_timer_t *timer)
{
	framework_load(timer->data, on_loaded);
}

static void on_loaded(void *arg, const struct kube_result *result)
{
	struct shell *shell = arg;
	if (shell->role != ROLE_LEADER) {
		return;
	}
	if (result->err.code == ERR_NONE || result->err.code == ERR_NOT_FOUND) {
		go(shell, framework_loaded(result));
		return;
	}
	if (result->err.code == ERR_AUTH || result->err.code == ERR_DENIED) {
		fatal(shell, &result->err);
		return;
	}
	log_warn("cannot read the framework id from Kubernetes, will try again", "error", result->err.text, NULL);
	uv_timer_start(shell->retry, on_retry, (uint64_t)backoff_next_ms(&shell->load_backoff), 0);
}

static void lead(struct shell *shell)
{
	shell->role = ROLE_LEADER;
	framework_load(shell, on_loaded);
}

void shell_failed_over(struct shell *shell, const struct err *why)
{
	/* Else the lease went to somebody else, as it should be; we are about to hear of it. */
	if (!shell_may_act(shell)) {
		return;
	}
	if (!shell->lease) {
		fatal(shell, why);
		return;
	}
	log_error("another scheduler took over our framework although we hold the lease; standing back", "lease",
		  shell->settings->state_name, "seconds", NUMSTR(ELECTION_YIELD_MS / 1000), NULL);
	lease_yield(shell->lease);
	stand_by_again(shell);
}

/* ---- the lease ---- */

static void on_won(void *arg)
{
	struct shell *shell = arg;
	log_info("leading", "lease", shell->settings->state_name, "identity", shell->identity, NULL);
	lead(shell);
}

static void on_lost(void *arg)
{
	struct shell *shell = arg;
	log_warn("the lease is lost; standing by", "lease", shell->settings->state_name, NULL);
	stand_by_again(shell);
}

static void on_holder(void *arg, const char *holder)
{
	struct shell *shell = arg;
	shell->saw_lease = true;
	if (strcmp(holder, shell->identity) != 0) {
		log_info(*holder ? "another one leads" : "nobody leads", "lease", shell->settings->state_name, "holder",
			 holder, NULL);
	}
}

/* No rights at the very first look is a mistake that no waiting heals. */
static void on_trouble(void *arg, const struct err *what)
{
	struct shell *shell = arg;
	if (!shell->saw_lease && (what->code == ERR_AUTH || what->code == ERR_DENIED)) {
		fatal(shell, what);
		return;
	}
	log_warn("trouble with the lease", "error", what->text, NULL);
}

static void stopped(struct shell *shell)
{
	uv_timer_stop(shell->retry);
	shell->on_stopped(shell->stopped_arg);
}

static void on_released(void *arg)
{
	stopped(arg);
}

void shell_start(struct shell *shell, void (*on_fatal)(void *arg, const struct err *why), void *arg)
{
	static const struct lease_handlers handlers = {
	    .on_won = on_won,
	    .on_lost = on_lost,
	    .on_holder = on_holder,
	    .on_trouble = on_trouble,
	    .on_released = on_released,
	};
	const struct settings *s = shell->settings;
	shell->on_fatal = on_fatal;
	shell->fatal_arg = arg;
	stand_by(shell);
	if (!shell->identity) {
		lead(shell);
		return;
	}
	struct lease_config config = {
	    .namespace_ = shell->state_namespace,
	    .name = s->state_name,
	    .election =
		{
		    .identity = shell->identity,
		    .duration_ms = s->lease_duration_ms,
		    .renew_ms = s->lease_renew_ms,
		    .retry_ms = s->lease_retry_ms,
		    .random = RANDOM_SYSTEM,
		},
	};
	shell->lease_kube = kube_client_new(shell->http, shell->kube_config);
	kube_client_observe(shell->lease_kube, shell_observe_kube, shell);
	shell->lease = lease_new(shell->lease_kube, &config, &handlers, shell);
}

/* ---- stopping: act no more, hear what became of what is under way, and only then let another one lead ---- */

static void on_give_up(uv_timer_t *timer)
{
	stopped(timer->data);
}

static void on_drained(uv_timer_t *timer)
{
	struct shell *shell = timer->data;
	if (!shell->lease || !list_empty(&shell->pending)) {
		stopped(shell);
		return;
	}
	uv_timer_start(shell->retry, on_give_up, RELEASE_MS, 0);
	lease_release(shell->lease);
}

void shell_stopping_answered(struct shell *shell)
{
	if (shell->role == ROLE_STOPPING && list_empty(&shell->pending)) {
		uv_timer_start(shell->retry, on_drained, 0, 0);
	}
}

void shell_stop(struct shell *shell, void (*on_stopped)(void *arg), void *arg)
{
	shell->on_stopped = on_stopped;
	shell->stopped_arg = arg;
	shell->role = ROLE_STOPPING;
	uv_timer_stop(shell->tick);
	uv_timer_start(shell->retry, on_drained, DRAIN_MS, 0);
	disconnect_mesos(shell);
	shell_hooks_drop(shell);
	shell_files_drop(shell);
	shell_stopping_answered(shell);
}
