/* What happens, as lines of the log: one line a fact, with the ids of both worlds. */
#include <stdio.h>

#include "adapter/shell_state.h"
#include "base/js.h"
#include "base/log.h"
#include "base/mem.h"

#define POD_TEXT_MAX 384

static const char *pod_text(const struct effect *effect, char out[POD_TEXT_MAX])
{
	if (!effect->name) {
		return NULL;
	}
	snprintf(out, POD_TEXT_MAX, "%s/%s", effect->ns ? effect->ns : "", effect->name);
	return out;
}

static void launched(const struct effect *effect)
{
	size_t i, j;
	json_t *operation, *task;
	json_array_foreach (effect->body, i, operation) {
		json_array_foreach (js_at(operation, "launch_group", "task_group", "tasks", NULL), j, task) {
			log_info("task launched", "task", js_str_at(task, "task_id", "value", NULL), "name",
				 js_str(task, "name"), "agent", effect->agent_id, NULL);
		}
	}
}

void fact_ordered(const struct effect *effect)
{
	char pod[POD_TEXT_MAX];
	switch (effect->type) {
	case EFFECT_ACCEPT:
		launched(effect);
		break;
	case EFFECT_KILL:
		log_info("task is told to end", "task", effect->task_id, "pod", pod_text(effect, pod), "agent",
			 effect->agent_id, "grace_ms", NUMSTR(effect->grace_ms), NULL);
		break;
	case EFFECT_SHUTDOWN:
		log_warn("kills have no effect: executor is shut down", "executor", effect->uid, "pod",
			 pod_text(effect, pod), "agent", effect->agent_id, NULL);
		break;
	case EFFECT_REPORT:
		log_warn(effect->text, "task", effect->task_id, "agent", effect->agent_id, "pod", pod_text(effect, pod),
			 NULL);
		break;
	case EFFECT_DECLINE:
		log_debug("offers declined", "offers", NUMSTR(effect->n_ids), "refuse_ms", NUMSTR(effect->refuse_ms),
			  NULL);
		break;
	case EFFECT_ACCEPT_INVERSE:
	case EFFECT_DECLINE_INVERSE:
		log_info(effect->type == EFFECT_ACCEPT_INVERSE ? "inverse offers accepted: no pods are left there"
							       : "inverse offers declined: pods are there",
			 "offers", NUMSTR(effect->n_ids), NULL);
		break;
	case EFFECT_RECONCILE:
		log_debug("tasks asked for", "tasks", NUMSTR(effect->n_ids), NULL);
		break;
	default:
		log_debug(effect_name(effect->type), "pod", pod_text(effect, pod), "task", effect->task_id, NULL);
		break;
	}
}

void fact_performed(const struct effect *effect, const struct err *failure)
{
	char pod[POD_TEXT_MAX];
	if (failure && effect->type == EFFECT_FETCH && failure->code == ERR_NOT_FOUND) {
		log_debug("what a pod may refer to is not there", "answer", failure->text, NULL);
		return; /* which is an answer like any other */
	}
	if (failure && effect->type == EFFECT_PROBE) {
		log_debug("a probe failed", "pod", pod_text(effect, pod), "task", effect->task_id, "probe",
			  effect->text, "answer", failure->text, NULL);
		return; /* likewise; people are told by an event */
	}
	if (failure) {
		/* A node that exists is no news, and what is gone needs no more status. */
		bool expected = failure->code == ERR_NOT_FOUND &&
				(effect->type == EFFECT_PATCH_STATUS || effect->type == EFFECT_DELETE_POD);
		(expected ? log_debug : log_warn)("failed", "what", effect_name(effect->type), "pod",
						  pod_text(effect, pod), "node", effect->node, "task", effect->task_id,
						  "error", failure->text, NULL);
		return;
	}
	switch (effect->type) {
	case EFFECT_CLAIM_VOLUME:
		log_info("volume set aside for a claim", "pod", pod_text(effect, pod), "volume", effect->text, NULL);
		break;
	case EFFECT_CLAIM_NODE:
		log_info("node chosen for a claim", "pod", pod_text(effect, pod), "claim", effect->text, "node",
			 effect->node, NULL);
		break;
	case EFFECT_BIND:
		log_info("pod bound", "pod", pod_text(effect, pod), "uid", effect->uid, "node", effect->node, "agent",
			 effect->agent_id, NULL);
		break;
	case EFFECT_DELETE_POD:
		log_info("pod removed", "pod", pod_text(effect, pod), "uid", effect->uid, NULL);
		break;
	case EFFECT_EVICT_POD:
		log_info("pod evicted", "pod", pod_text(effect, pod), "uid", effect->uid, "agent", effect->agent_id,
			 NULL);
		break;
	case EFFECT_MARK_NODE:
		log_warn(json_array_size(effect->body) ? "node marked: its agent is away"
						       : "node is no longer marked: its agent is back",
			 "node", effect->node, "agent", effect->agent_id, NULL);
		break;
	case EFFECT_CORDON_NODE:
		log_warn(effect->text ? "node cordoned: nothing new is to come there"
				      : "node is no longer cordoned by us: it stays",
			 "node", effect->node, "agent", effect->agent_id, "reason", effect->text, NULL);
		break;
	case EFFECT_DELETE_NODE:
		log_info(effect->text ? "node deleted: no pod is bound to it any more"
				      : "node deleted: its agent does not come back",
			 "node", effect->node, "agent", effect->agent_id, "reason", effect->text, NULL);
		break;
	case EFFECT_UPSERT_NODE:
		log_info("node up to date", "node", effect->node, "agent", effect->agent_id, NULL);
		break;
	case EFFECT_STORE_FRAMEWORK:
		log_info("framework id stored", "framework", effect->text, NULL);
		break;
	default:
		break;
	}
}

void fact_task(const struct mesos_task_status *status)
{
	log_info("task update", "task", status->task_id, "state", mesos_task_state_name(status->state), "agent",
		 status->agent_id, "reason", status->reason, "message", status->message, NULL);
}

void fact_credentials(const char *what_for, const struct err *failure)
{
	if (failure) {
		log_warn("credentials cannot be read again, those in hand stay in use", "for", what_for, "error",
			 failure->text, NULL);
	} else {
		log_info("credentials were read again", "for", what_for, NULL);
	}
}
