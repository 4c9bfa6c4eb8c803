/* What the core wants done: a list of effects, each owning all it says.
 *
 * The shell performs an effect and feeds its result back with CORE_RESULT, handing in the same effect.
 */
#ifndef ADAPTER_EFFECT_H
#define ADAPTER_EFFECT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/hook.h"
#include "kube/source.h"

enum effect_type {
	/* Kubernetes */
	EFFECT_BIND,	     /* POST body to pods/NAME/binding */
	EFFECT_CLAIM_VOLUME, /* PATCH the PersistentVolume text with body: it is for a claim of the pod */
	EFFECT_CLAIM_NODE,   /* PATCH the claim text of the pod with body: for which node a volume is to be made */
	EFFECT_ADOPT_POD,    /* PATCH pods/NAME/status with body: its agent, for somebody else bound it */
	EFFECT_PATCH_STATUS, /* PATCH pods/NAME/status with body; text: the resourceVersion in it */
	EFFECT_DELETE_POD,   /* DELETE pods/NAME with body: its end */
	EFFECT_EVICT_POD,    /* DELETE pods/NAME with body: the beginning of its end */
	EFFECT_UPSERT_NODE,  /* POST body; when it exists PATCH body_patch; then PATCH status with body_status; its
				taints of an agent that is away vanish */
	EFFECT_NODE_STATUS,  /* PATCH status with body_status */
	EFFECT_CORDON_NODE,  /* if it still stands for agent_id (NULL: for all agents): cordon and taint it because of
				text; NULL: undo that;  then PATCH status with body_status */
	EFFECT_MARK_NODE,    /* as away, or back, if it still stands for agent_id: taints in body, then PATCH status
				with body_status */
	EFFECT_DELETE_NODE,  /* if it still stands for agent_id; text: why, if it is not that its agent is gone */
	EFFECT_RENEW_LEASE,  /* of the node, whose uid it is: again and again, until told otherwise */
	EFFECT_LEAVE_LEASE,  /* from now on */
	EFFECT_EVENT,	     /* POST body to events of namespace ns */
	EFFECT_STORE_FRAMEWORK, /* keep text, the framework id, in Kubernetes */
	EFFECT_FETCH,		/* GET of the source ns/name; its result brings the object */
	/* Mesos */
	EFFECT_ACCEPT,		/* offers ids, operations in body; pods lists the uids that it launches */
	EFFECT_DECLINE,		/* offers ids */
	EFFECT_ACCEPT_INVERSE,	/* inverse offers ids: we are gone from there */
	EFFECT_DECLINE_INVERSE, /* … we are not */
	EFFECT_REVIVE,		/* all roles */
	EFFECT_SUPPRESS,	/* all roles */
	EFFECT_KILL,		/* task_id on agent_id within grace_ms */
	EFFECT_SHUTDOWN,	/* executor uid on agent_id */
	EFFECT_ACKNOWLEDGE,	/* update text (uuid) of task_id on agent_id */
	EFFECT_RECONCILE,	/* tasks ids on agents (empty: any); none: everything */
	EFFECT_PROBE, /* ask what body says (checks_question) for the probe text of task_id, within grace_ms; a failure
			 is an answer */
	EFFECT_READ_MESSAGE, /* the last words of task_id, whose container is text: out of the file ids of its
			     sandbox, or, if there are none, its log, the files others; event's text */
	EFFECT_RUN_HOOK,    /* of the task task_id, whose container is text, on agent_id; within grace_ms (0: any time);
			    body has the words of its command and may have the LinuxInfo of its container, or url and
			    headers ([name, value]) of a request. Failures ERR_BUSY, ERR_IO, ERR_TIMEOUT, ERR_AUTH: it did
			    not come to it */
	EFFECT_WRITE_FILES, /* bytes, an archive, beside the pause task_id of the pod, whose container is text, on
			       agent_id (translate/written.h) */
	EFFECT_ASK_AGENTS,  /* for all agents: CORE_AGENTS_LISTED, or nothing when the session ends first */
	/* Ourselves */
	EFFECT_COMPARE_PODS, /* tell which pods the watch knows: CORE_PODS_KNOWN */
	EFFECT_SHOW_PODS,    /* show the pods with uids ids again, whatever is known of them */
	/* People */
	EFFECT_REPORT, /* a fact for the log: text, and what of the names is set */
};

struct effect {
	enum effect_type type;
	char *ns, *name, *uid; /* the pod */
	char *agent_id, *node, *task_id, *text;
	char **ids, **others; /* offers or tasks; agents of the tasks or uids of the pods */
	size_t n_ids, n_others;
	int64_t grace_ms, refuse_ms;
	uint64_t generation; /* of the status that a patch carries; number of a binding, a fetch, a write of files */
	enum kube_source_kind source; /* of a fetch */
	enum kube_hook_kind hook;
	json_t *body, *body_patch, *body_status;
	char *bytes; /* wiped when it is freed */
	size_t n_bytes;
};

struct effects {
	struct effect **items;
	size_t n, cap;
};

const char *effect_name(enum effect_type type);
void effect_free(struct effect *f);

/* Append an empty effect of this type. */
struct effect *effects_add(struct effects *list, enum effect_type type);
void effects_done(struct effects *list); /* frees what is still in it */

/* Append a copy of `text` to ids or others. */
void effect_add_id(struct effect *f, const char *text);
void effect_add_other(struct effect *f, const char *text);

#endif
