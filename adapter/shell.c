#include "adapter/shell.h"

#include <stdlib.h>

#include "adapter/shell_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define LOAD_BACKOFF_MIN_MS 500
#define LOAD_BACKOFF_MAX_MS 30000
#define CONNECT_TIMEOUT_MS 5000
#define MASTER_BACKOFF_MIN_MS 250
#define MASTER_BACKOFF_MAX_MS 15000

/* ---- steps ---- */

static void perform(struct shell *shell, struct effect *effect)
{
	fact_ordered(effect);
	switch (effect->type) {
	case EFFECT_BIND:
	case EFFECT_PATCH_STATUS:
	case EFFECT_DELETE_POD:
	case EFFECT_EVICT_POD:
	case EFFECT_UPSERT_NODE:
	case EFFECT_MARK_NODE:
	case EFFECT_DELETE_NODE:
	case EFFECT_EVENT:
		shell_perform_kube(shell, effect);
		break;
	case EFFECT_STORE_FRAMEWORK:
		framework_store(shell, effect);
		break;
	case EFFECT_ACCEPT:
	case EFFECT_DECLINE:
	case EFFECT_REVIVE:
	case EFFECT_SUPPRESS:
	case EFFECT_KILL:
	case EFFECT_SHUTDOWN:
	case EFFECT_ACKNOWLEDGE:
	case EFFECT_RECONCILE:
		shell_perform_mesos(shell, effect);
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
	int64_t wait = at - clock_wall_ms();
	uv_update_time(shell->loop);
	/* Never 0: a deadline that the core does not clear must not become a busy loop. */
	uv_timer_start(shell->tick, on_tick, wait > 1 ? (uint64_t)wait : 1, 0);
}

void shell_feed(struct shell *shell, struct core_event *event)
{
	struct effects effects = {0};
	core_step(shell->core, clock_wall_ms(), event, &effects);
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

static void pending_free(struct pending *p)
{
	list_remove(&p->link);
	effect_free(p->effect);
	free(p);
}

void pending_done(struct pending *p, const struct err *failure)
{
	struct core_event result = {.type = CORE_RESULT, .effect = p->effect, .failure = failure};
	if (!p->shell->closing) {
		fact_performed(p->effect, failure);
		metrics_add(p->shell->metrics, METRIC_EFFECTS,
			    LABELS(effect_name(p->effect->type), failure ? "failure" : "success"), 1);
		shell_feed(p->shell, &result);
	}
	pending_free(p);
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

static void fatal(struct shell *shell, const struct err *why)
{
	if (shell->on_fatal) {
		shell->on_fatal(shell->fatal_arg, why);
	}
}

static int make_scheduler(struct shell *shell, struct err *e)
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
	    .files = {.secret = s->secret_file, .ca = s->ca_file, .cert = s->cert_file, .key = s->key_file},
	    .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	    .backoff_min_ms = MASTER_BACKOFF_MIN_MS,
	    .backoff_max_ms = MASTER_BACKOFF_MAX_MS,
	};
	shell->mesos = mesos_scheduler_new(shell->http, &config, &shell_mesos_handlers, shell, e);
	return shell->mesos ? 0 : -1;
}

static struct zk_detector *make_detector(struct shell *shell)
{
	const struct settings *s = shell->settings;
	struct zk_client_config config = {
	    .url = s->zookeeper, .backoff_min_ms = MASTER_BACKOFF_MIN_MS, .backoff_max_ms = MASTER_BACKOFF_MAX_MS};
	return zk_detector_new(shell->loop, &config, settings_zookeeper_tls(s), &shell_detector_handlers, shell);
}

struct shell *shell_new(uv_loop_t *loop, const struct settings *settings, const struct kube_config *kube_config,
			struct err *e)
{
	struct shell *shell = xcalloc(1, sizeof(*shell));
	shell->loop = loop;
	shell->settings = settings;
	list_init(&shell->pending);
	shell->metrics = metrics_new(adapter_metrics, ADAPTER_METRICS);
	metrics_set(shell->metrics, METRIC_BUILD_INFO, LABELS(PROJECT_VERSION), 1);
	metrics_set(shell->metrics, METRIC_START_TIME, NULL, (double)clock_wall_ms() / 1000);
	settings_core_config(settings, &shell->core_config);
	const char *ns = settings->state_namespace ? settings->state_namespace : kube_config->namespace_;
	shell->state_collection = xasprintf("/api/v1/namespaces/%s/configmaps", ns);
	shell->state_path = xasprintf("%s/%s", shell->state_collection, settings->state_name);
	backoff_init(&shell->load_backoff, LOAD_BACKOFF_MIN_MS, LOAD_BACKOFF_MAX_MS, RANDOM_SYSTEM);
	shell->tick = timer_new(shell);
	shell->retry = timer_new(shell);
	shell->compare = timer_new(shell);
	shell->http = http_client_new(loop, NULL, e);
	if (!shell->http || make_scheduler(shell, e) < 0) {
		shell_free(shell);
		return NULL;
	}
	if (settings->zookeeper) {
		shell->detector = make_detector(shell);
	}
	shell->kube = kube_client_new(shell->http, kube_config);
	kube_client_observe(shell->kube, shell_observe_kube, shell);
	kube_client_on_reload(shell->kube, shell_kube_reloaded, shell);
	return shell;
}

void shell_free(struct shell *shell)
{
	if (!shell) {
		return;
	}
	shell->closing = true;
	reflector_free(shell->pods);
	zk_detector_free(shell->detector);
	mesos_scheduler_free(shell->mesos);
	kube_client_free(shell->kube);
	http_client_free(shell->http);
	LIST_EACH (&shell->pending, link) {
		pending_free(LIST_ENTRY(link, struct pending, link));
	}
	core_free(shell->core);
	metrics_free(shell->metrics);
	uv_close((uv_handle_t *)shell->tick, timer_closed);
	uv_close((uv_handle_t *)shell->retry, timer_closed);
	uv_close((uv_handle_t *)shell->compare, timer_closed);
	free(shell->state_collection);
	free(shell->state_path);
	free(shell->framework_id);
	free(shell);
}

/* ---- start: the framework id first, since without it running tasks would be strangers ---- */

static void go(struct shell *shell, const char *framework_id)
{
	CLEANUP_FREE char *selector = xasprintf("spec.schedulerName=%s", shell->settings->scheduler_name);
	struct reflector_spec spec = {.path = "/api/v1/pods", .field_selector = selector};
	shell->framework_id = xstrdup(framework_id);
	shell->core = core_new(&shell->core_config, framework_id);
	shell->pods = reflector_new(shell->kube, &spec, &shell_pod_handlers, shell);
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

void shell_start(struct shell *shell, void (*on_fatal)(void *arg, const struct err *why), void *arg)
{
	shell->on_fatal = on_fatal;
	shell->fatal_arg = arg;
	framework_load(shell, on_loaded);
}
