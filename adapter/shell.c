#include "adapter/shell.h"

#include <stdlib.h>

#include "adapter/shell_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define CONNECT_TIMEOUT_MS 5000
#define MASTER_BACKOFF_MIN_MS 250
#define MASTER_BACKOFF_MAX_MS 15000

/* ---- time ---- */

#define CLOCK_COMPARE_MS 1000 /* the wall clock is looked at so often */
#define CLOCK_FOLLOW 10	      /* and followed by one part in so many of the time that has passed */

/* Milliseconds since 1970, for the core: goes on evenly. When the wall clock is set, this follows it slowly, so that
 * no time that something shall take becomes much longer or shorter. */
static int64_t shell_now(struct shell *shell)
{
	int64_t steady = clock_steady_ms(), passed = steady - shell->steady_ms, now = shell->now_ms + passed;
	if (!shell->now_ms) {
		now = clock_wall_ms();
	} else if (passed < CLOCK_COMPARE_MS) {
		return now;
	} else {
		int64_t behind = clock_wall_ms() - now, most = passed / CLOCK_FOLLOW;
		now += behind > most ? most : behind < -most ? -most : behind;
	}
	shell->now_ms = now;
	shell->steady_ms = steady;
	return now;
}

/* ---- steps ---- */

static void perform(struct shell *shell, struct effect *effect)
{
	fact_ordered(effect);
	switch (effect->type) {
	case EFFECT_BIND:
	case EFFECT_CLAIM_VOLUME:
	case EFFECT_CLAIM_NODE:
	case EFFECT_ADOPT_POD:
	case EFFECT_PATCH_STATUS:
	case EFFECT_DELETE_POD:
	case EFFECT_EVICT_POD:
	case EFFECT_UPSERT_NODE:
	case EFFECT_NODE_STATUS:
	case EFFECT_CORDON_NODE:
	case EFFECT_MARK_NODE:
	case EFFECT_DELETE_NODE:
	case EFFECT_FETCH:
		shell_perform_kube(shell, effect);
		break;
	case EFFECT_RENEW_LEASE:
		node_leases_put(&shell->node_leases, effect->node, effect->uid);
		shell_wind_leases(shell);
		effect_free(effect);
		break;
	case EFFECT_LEAVE_LEASE:
		node_leases_drop(&shell->node_leases, effect->node);
		shell_wind_leases(shell);
		effect_free(effect);
		break;
	case EFFECT_EVENT:
		shell_event(shell, effect);
		break;
	case EFFECT_STORE_FRAMEWORK:
		framework_store(shell, effect);
		break;
	case EFFECT_ACCEPT:
	case EFFECT_DECLINE:
	case EFFECT_ACCEPT_INVERSE:
	case EFFECT_DECLINE_INVERSE:
	case EFFECT_REVIVE:
	case EFFECT_SUPPRESS:
	case EFFECT_KILL:
	case EFFECT_SHUTDOWN:
	case EFFECT_ACKNOWLEDGE:
	case EFFECT_RECONCILE:
		shell_perform_mesos(shell, effect);
		break;
	case EFFECT_PROBE:
		shell_probe(shell, effect);
		break;
	case EFFECT_READ_MESSAGE:
		shell_read_message(shell, effect);
		break;
	case EFFECT_ASK_AGENTS:
		shell_ask_agents(shell);
		effect_free(effect);
		break;
	case EFFECT_RUN_HOOK:
		shell_run_hook(shell, effect);
		break;
	case EFFECT_WRITE_FILES:
		shell_write_files(shell, effect);
		break;
	case EFFECT_COMPARE_PODS:
		uv_timer_start(shell->compare, shell_compare_pods, 0, 0); /* steps do not nest */
		effect_free(effect);
		break;
	case EFFECT_SHOW_PODS:
		reflector_tell_again(shell->pods, (const char *const *)effect->ids, effect->n_ids);
		effect_free(effect);
		break;
	case EFFECT_REPORT:
		effect_free(effect);
		break;
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct core_event tick = {.type = CORE_TICK};
	shell_feed(timer->data, &tick);
}

static void wind(struct shell *shell)
{
	int64_t at = core_deadline(shell->core);
	if (at == INT64_MAX) {
		uv_timer_stop(shell->tick);
		return;
	}
	int64_t wait = at - shell_now(shell);
	uv_update_time(shell->loop);
	/* Never 0: a deadline that the core does not clear must not become a busy loop. */
	uv_timer_start(shell->tick, on_tick, wait > 1 ? (uint64_t)wait : 1, 0);
}

void shell_feed(struct shell *shell, struct core_event *event)
{
	struct effects effects = {0};
	/* What was in a socket while we were stopped is handled before the timer that says that the lease is lost. */
	if (!shell_may_act(shell)) {
		kube_pod_free(event->pod);
		event->pod = NULL;
		return;
	}
	core_step(shell->core, shell_now(shell), event, &effects);
	for (size_t i = 0; i < effects.n; i++) {
		struct effect *effect = effects.items[i];
		effects.items[i] = NULL;
		perform(shell, effect);
	}
	effects_done(&effects);
	wind(shell);
}

struct pending *pending_new(struct shell *shell, struct effect *effect)
{
	struct pending *p = xcalloc(1, sizeof(*p));
	p->shell = shell;
	p->effect = effect;
	p->since_ms = uv_now(shell->loop);
	list_push(&shell->pending, &p->link);
	return p;
}

void pending_free(struct pending *p)
{
	list_remove(&p->link);
	effect_free(p->effect);
	free(p);
}

void pending_done(struct pending *p, const struct err *failure)
{
	struct core_event result = {.type = CORE_RESULT,
				    .effect = p->effect,
				    .failure = failure,
				    .retry_after_ms = p->retry_after_ms,
				    .text = p->version,
				    .object = p->object};
	struct shell *shell = p->shell;
	if (shell_may_act(shell)) {
		fact_performed(p->effect, failure);
		metrics_add(shell->metrics, METRIC_EFFECTS,
			    LABELS(effect_name(p->effect->type), failure ? "failure" : "success"), 1);
		shell_feed(shell, &result);
	}
	pending_free(p);
	shell_stopping_answered(shell);
}

void shell_drop_pending(struct shell *shell)
{
	LIST_EACH (&shell->pending, link) {
		pending_free(LIST_ENTRY(link, struct pending, link));
	}
	shell_events_drop(shell->events);
}

/* ---- life ---- */

static uv_timer_t *timer_new(struct shell *shell)
{
	uv_timer_t *timer = xcalloc(1, sizeof(*timer));
	uv_timer_init(shell->loop, timer);
	timer->data = shell;
	return timer;
}

static void timer_closed(uv_handle_t *handle)
{
	free(handle);
}

static struct zk_detector *make_detector(struct shell *shell)
{
	const struct settings *s = shell->settings;
	struct zk_client_config config = {
	    .url = s->zookeeper, .backoff_min_ms = MASTER_BACKOFF_MIN_MS, .backoff_max_ms = MASTER_BACKOFF_MAX_MS};
	return zk_detector_new(shell->loop, &config, settings_zookeeper_tls(s), &shell_detector_handlers, shell);
}

int shell_connect_mesos(struct shell *shell, struct err *e)
{
	const struct settings *s = shell->settings;
	char hostname[256] = "";
	uv_os_gethostname(hostname, &(size_t){sizeof(hostname)});
	struct mesos_scheduler_config config = {
	    .masters = (const char *const *)s->masters.items,
	    .n_masters = s->masters.n,
	    .framework =
		{
		    .name = s->framework_name,
		    .user = s->framework_user,
		    .principal = s->principal,
		    .hostname = hostname[0] ? hostname : NULL,
		    .roles = (const char *const *)s->roles.items,
		    .n_roles = s->roles.n,
		    .failover_timeout_s = (double)s->failover_timeout_ms / 1000,
		    .gpus = s->gpus,
		},
	    .user = s->secret_file ? s->principal : NULL,
	    .files = settings_mesos_files(s),
	    .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	    .backoff_min_ms = MASTER_BACKOFF_MIN_MS,
	    .backoff_max_ms = MASTER_BACKOFF_MAX_MS,
	    .may_act = shell_may_act,
	};
	shell->mesos = mesos_scheduler_new(shell->http, &config, &shell_mesos_handlers, shell, e);
	if (!shell->mesos) {
		return -1;
	}
	shell->detector = s->zookeeper ? make_detector(shell) : NULL;
	return 0;
}

struct shell *shell_new(uv_loop_t *loop, const struct settings *settings, const struct kube_config *kube_config,
			const char *identity, struct err *e)
{
	struct shell *shell = xcalloc(1, sizeof(*shell));
	shell->loop = loop;
	shell->settings = settings;
	shell->kube_config = kube_config;
	shell->identity = xstrdup(identity);
	list_init(&shell->pending);
	shell->metrics = metrics_new(adapter_metrics, ADAPTER_METRICS);
	metrics_set(shell->metrics, METRIC_BUILD_INFO, LABELS(PROJECT_VERSION), 1);
	metrics_set(shell->metrics, METRIC_START_TIME, NULL, (double)clock_wall_ms() / 1000);
	pod_cache_init(&shell->cache);
	settings_core_config(settings, &shell->core_config);
	shell->state_namespace = settings_state_namespace(settings, kube_config->namespace_);
	shell->state_collection = xasprintf("/api/v1/namespaces/%s/configmaps", shell->state_namespace);
	shell->state_path = xasprintf("%s/%s", shell->state_collection, settings->state_name);
	shell->tick = timer_new(shell);
	shell->retry = timer_new(shell);
	shell->compare = timer_new(shell);
	shell->foreign_timer = timer_new(shell);
	shell->lease_timer = timer_new(shell);
	node_leases_init(&shell->node_leases);
	list_init(&shell->renewals);
	shell->events = shell_events_new(shell);
	shell->messages = shell_messages_new(shell);
	shell->probes = shell_probes_new(shell);
	shell->http = http_client_new(loop, NULL, e);
	if (!shell->http || shell_connect_mesos(shell, e) < 0) {
		shell_free(shell);
		return NULL;
	}
	return shell;
}

void shell_free(struct shell *shell)
{
	if (!shell) {
		return;
	}
	shell_retire(shell);
	lease_free(shell->lease);
	kube_client_free(shell->lease_kube);
	http_client_free(shell->http);
	shell_events_free(shell->events);
	shell_messages_free(shell->messages);
	shell_probes_free(shell->probes);
	shell_agents_done(shell);
	metrics_free(shell->metrics);
	uv_close((uv_handle_t *)shell->tick, timer_closed);
	uv_close((uv_handle_t *)shell->retry, timer_closed);
	uv_close((uv_handle_t *)shell->compare, timer_closed);
	uv_close((uv_handle_t *)shell->foreign_timer, timer_closed);
	uv_close((uv_handle_t *)shell->lease_timer, timer_closed);
	free(shell->state_collection);
	free(shell->kubelet_refused);
	free(shell->state_path);
	free(shell->identity);
	free(shell);
}
