/* The Mesos side of the shell: effects as scheduler calls, and the events of the stream. */
#include <stdlib.h>
#include <string.h>

#include "adapter/shell_state.h"
#include "base/log.h"
#include "base/mem.h"

static char *reconcile_text(const char *framework_id, const struct effect *effect)
{
	struct mesos_task_ref *refs = xcalloc(effect->n_ids, sizeof(*refs));
	for (size_t i = 0; i < effect->n_ids; i++) {
		refs[i] = (struct mesos_task_ref){effect->ids[i], *effect->others[i] ? effect->others[i] : NULL};
	}
	char *text = mesos_call_reconcile(framework_id, refs, effect->n_ids);
	free(refs);
	return text;
}

static char *text_of(const struct shell *shell, const struct effect *effect)
{
	const char *id = shell->framework_id;
	const char *const *ids = (const char *const *)effect->ids;
	const char *const *roles = (const char *const *)shell->settings->roles.items;
	size_t n_roles = shell->settings->roles.n;
	switch (effect->type) {
	case EFFECT_ACCEPT:
		/* What is left over is offered again at once. */
		return mesos_call_accept(id, ids, effect->n_ids, json_incref(effect->body), 0);
	case EFFECT_DECLINE:
		return mesos_call_decline(id, ids, effect->n_ids, (double)effect->refuse_ms / 1000);
	case EFFECT_ACCEPT_INVERSE:
	case EFFECT_DECLINE_INVERSE:
		return mesos_call_inverse_offers(id, effect->type == EFFECT_ACCEPT_INVERSE, ids, effect->n_ids,
						 (double)effect->refuse_ms / 1000);
	case EFFECT_REVIVE:
		return mesos_call_revive(id, roles, n_roles);
	case EFFECT_SUPPRESS:
		return mesos_call_suppress(id, roles, n_roles);
	case EFFECT_KILL:
		return mesos_call_kill(id, effect->task_id, effect->agent_id, effect->grace_ms);
	case EFFECT_SHUTDOWN:
		return mesos_call_shutdown(id, effect->uid, effect->agent_id);
	case EFFECT_ACKNOWLEDGE:
		return mesos_call_acknowledge(id, effect->agent_id, effect->task_id, effect->text);
	default: /* EFFECT_RECONCILE: the others are not for Mesos */
		return reconcile_text(id, effect);
	}
}

static void on_done(void *arg, const struct err *failure)
{
	const struct pending *p = arg;
	const struct shell *shell = p->shell;
	const char *code = metric_code_class(failure ? failure->http_status : 200);
	metrics_observe(shell->metrics, METRIC_MESOS_SECONDS, LABELS(effect_name(p->effect->type), code),
			(double)(uv_now(shell->loop) - p->since_ms) / 1000);
	pending_done(arg, failure);
}

void shell_perform_mesos(struct shell *shell, struct effect *effect)
{
	char *text = text_of(shell, effect);
	mesos_scheduler_call(shell->mesos, text, on_done, pending_new(shell, effect));
}

void shell_ask_agents(struct shell *shell)
{
	struct err e = {0};
	if (mesos_scheduler_ask_agents(shell->mesos, &e) < 0) {
		log_debug("the master is not asked for its agents now", "error", e.text, NULL);
	}
}

/* Said when it changes: much is as well without the list. */
static void fact_agents(struct shell *shell, const struct err *failure)
{
	bool refused = failure && (failure->code == ERR_AUTH || failure->code == ERR_DENIED);
	if (refused && !shell->agents_refused) {
		log_warn(
		    "the master does not tell us of its agents: a node's capacity is what was offered to us, and no "
		    "pod is too large for good",
		    "error", failure->text, NULL);
	} else if (failure && !refused) {
		log_warn("the master's list of agents cannot be had now", "error", failure->text, NULL);
	}
	shell->agents_refused = refused || (failure && shell->agents_refused);
}

static void on_agents(void *arg, struct agent_list *list, const struct err *failure)
{
	struct core_event listed = {.type = CORE_AGENTS_LISTED, .failure = failure};
	fact_agents(arg, failure);
	if (!failure) {
		listed.agents = list->agents;
		listed.n_agents = list->n;
		log_debug("the master lists its agents", "agents", NUMSTR(list->n), NULL);
	}
	shell_feed(arg, &listed);
}

/* ---- events ---- */

static void on_subscribed(struct shell *shell, const struct mesos_event *event)
{
	struct core_event subscribed = {.type = CORE_SUBSCRIBED, .text = event->framework_id};
	free(shell->framework_id);
	shell->framework_id = xstrdup(event->framework_id);
	metrics_add(shell->metrics, METRIC_SUBSCRIPTIONS, NULL, 1);
	log_info("subscribed to the Mesos master", "framework", event->framework_id, NULL);
	shell_feed(shell, &subscribed);
}

static void on_failure(struct shell *shell, const struct mesos_event *event)
{
	struct core_event failed = {.type = CORE_AGENT_FAILED, .text = event->agent_id};
	if (event->executor_id) {
		log_info("executor ended", "executor", event->executor_id, "agent", event->agent_id, NULL);
		return;
	}
	metrics_add(shell->metrics, METRIC_AGENT_FAILURES, NULL, 1);
	log_warn("agent failed", "agent", event->agent_id, NULL);
	shell_feed(shell, &failed);
}

static void on_event(void *arg, struct mesos_event *event)
{
	struct shell *shell = arg;
	struct core_event offers = {.type = CORE_OFFERS, .offers = event->offers, .n_offers = event->n_offers};
	struct core_event rescinded = {.type = CORE_RESCINDED, .text = event->text};
	struct core_event inverse = {.type = CORE_INVERSE_OFFERS,
				     .uids = (const char *const *)event->inverse_agents,
				     .ids = (const char *const *)event->inverse_ids,
				     .n_uids = event->n_inverse};
	struct core_event update = {.type = CORE_UPDATE, .status = event->status};
	switch (event->type) {
	case MESOS_EVENT_SUBSCRIBED:
		on_subscribed(shell, event);
		break;
	case MESOS_EVENT_OFFERS:
		shell_feed(shell, &offers);
		break;
	case MESOS_EVENT_RESCIND:
		shell_feed(shell, &rescinded);
		break;
	case MESOS_EVENT_UPDATE:
		fact_task(event->status);
		metrics_add(shell->metrics, METRIC_TASK_UPDATES, LABELS(mesos_task_state_name(event->status->state)),
			    1);
		shell_feed(shell, &update);
		break;
	case MESOS_EVENT_INVERSE_OFFERS:
		shell_feed(shell, &inverse);
		break;
	case MESOS_EVENT_RESCIND_INVERSE_OFFER:
		rescinded.type = CORE_INVERSE_RESCINDED;
		shell_feed(shell, &rescinded);
		break;
	case MESOS_EVENT_FAILURE:
		on_failure(shell, event);
		break;
	case MESOS_EVENT_UNKNOWN:
		log_warn("Mesos sent an event of a type that we do not know", "type", event->text, NULL);
		break;
	case MESOS_EVENT_UPDATE_OPERATION_STATUS:
	case MESOS_EVENT_MESSAGE:
	case MESOS_EVENT_ERROR:
	case MESOS_EVENT_HEARTBEAT:
		/* No operation or message of ours asks for an answer; an ERROR ends the session, which says why. */
		break;
	}
}

/* The master will never take this framework id again and has killed its tasks; only a new framework can go on. */
static void start_anew_if_removed(struct shell *shell, const struct err *why)
{
	if (why->code != ERR_EXPIRED) {
		return;
	}
	log_error("Mesos removed our framework and its tasks; subscribing as a new one", "framework",
		  shell->framework_id, NULL);
	mesos_scheduler_start(shell->mesos, NULL);
}

static void on_disconnected(void *arg, const struct err *why)
{
	struct core_event disconnected = {.type = CORE_DISCONNECTED};
	const struct shell *shell = arg;
	metrics_add(shell->metrics, METRIC_DISCONNECTIONS, NULL, 1);
	log_warn("the session with the Mesos master ended", "error", why->text, NULL);
	shell_feed(arg, &disconnected);
	if (why->code == ERR_CONFLICT) {
		shell_failed_over(arg, why);
		return;
	}
	start_anew_if_removed(arg, why);
}

static void on_trouble(void *arg, const struct err *what)
{
	log_warn("trouble with the Mesos master", "error", what->text, NULL);
	start_anew_if_removed(arg, what);
}

static void on_credentials(void *arg, const struct err *failure)
{
	(void)arg;
	fact_credentials("Mesos", failure);
}

const struct mesos_scheduler_handlers shell_mesos_handlers = {
    .on_event = on_event,
    .on_disconnected = on_disconnected,
    .on_trouble = on_trouble,
    .on_credentials = on_credentials,
    .on_agents = on_agents,
};

/* ---- who leads, as ZooKeeper says ---- */

static void on_leader(void *arg, const char *master)
{
	struct shell *shell = arg;
	struct err e = {0};
	if (master) {
		log_info("ZooKeeper names the leading Mesos master", "master", master, NULL);
	} else {
		log_warn("ZooKeeper names no leading Mesos master; waiting for one", NULL);
	}
	if (mesos_scheduler_lead(shell->mesos, master, &e) < 0) {
		log_error("the leading Mesos master has no good address", "error", e.text, NULL);
	}
}

static void on_detector_trouble(void *arg, const struct err *what)
{
	(void)arg;
	log_warn("trouble with ZooKeeper", "error", what->text, NULL);
}

const struct zk_detector_handlers shell_detector_handlers = {
    .on_leader = on_leader,
    .on_trouble = on_detector_trouble,
};
