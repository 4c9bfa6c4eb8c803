/* The ConfigMaps, Secrets and services that pods take values from, and their claims with what is behind them, of the
 * core: fetched on demand, held in memory by the pods that are about to launch something with them, and by nobody else.
 *
 * A pod holds what a container of it refers to (source_refs of translate/source_refs.h) from before its launch until
 * the ACCEPT is made; the last pod that lets go frees it, and a Secret's bytes are wiped with it. Pods share what they
 * hold, but what a pod gets was asked for after it began to hold it, so nothing that existed before is missed. What
 * does not do for a pod (it is missing, or lacks a key) is fetched again with growing pauses for as long as that pod
 * holds it, and what is held for long is fetched anew every SOURCE_FRESH_MS; an answer touches the pods that wait for
 * it. A failure that says nothing of the object (no answer, 429, 503) is no answer, and gives back the offer of a pod
 * that is not bound yet.
 *
 * Pure, like the core it belongs to: EFFECT_FETCH asks, its CORE_RESULT answers. One object by name at a time: no list
 * and no watch of Secrets.
 */
#ifndef ADAPTER_SOURCES_H
#define ADAPTER_SOURCES_H

#include "base/err.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "kube/source.h"

#define SOURCES_MAX 10000		     /* held by all pods; one more is not fetched for now */
#define SOURCES_BYTES_MAX ((size_t)64 << 20) /* their memory */
#define SOURCES_FETCHED_MAX 16		     /* under way */
#define SOURCE_RETRY_FIRST_MS 1000
#define SOURCE_RETRY_MAX_MS 60000
#define SOURCE_FRESH_MS 300000

struct core;
struct core_event;
struct pod;

enum source_state {
	SOURCE_UNKNOWN, /* not answered yet */
	SOURCE_FOUND,
	SOURCE_MISSING, /* it does not exist */
	SOURCE_FAILED,	/* forbidden, or not readable: `why` */
};

struct source {
	char *key; /* "KIND/NAMESPACE/NAME" */
	struct kube_source_ref ref;
	char *ns, *name;
	enum source_state state;
	struct kube_source *object; /* FOUND */
	char *why;		    /* FAILED: a sentence */
	struct list holders;	    /* struct source_hold */
	struct list queue;	    /* sources.queue: to be fetched */
	struct heap_link alarm;	    /* when it is fetched again */
	int64_t retry_ms;
	uint64_t asked, answered; /* turns of the last fetch and of the last that was answered */
	bool fetching;
	bool admitted; /* one of the SOURCES_MAX that may be fetched */
	bool again;    /* what it says does not do for somebody */
};

/* A pod that holds a source. */
struct source_hold {
	struct list link, of_pod;
	struct source *source;
	struct pod *pod;
	uint64_t turn; /* only fetches after it count */
	bool told;     /* of one of them */
};

struct sources {
	struct map by_key;
	struct list queue;
	struct heap alarms;
	uint64_t turns;	  /* fetches until now */
	size_t n_fetched; /* under way */
	size_t n_admitted;
	size_t bytes;
};

void sources_init(struct sources *sources);
void sources_done(struct sources *sources); /* after all pods let go */

/* Hold one more; again: nothing. It is fetched if need be. */
void source_hold(struct core *core, struct pod *pod, const struct kube_source_ref *ref);
/* Of each that is referred to (source_refs): hold it. `holder` is a struct source_holder. */
struct source_holder {
	struct core *core;
	struct pod *pod;
};
void source_hold_each(void *holder, const struct kube_source_ref *ref);
/* Let go of all. */
void sources_release(struct core *core, struct pod *pod);
/* All that the pod holds is answered, well or not. */
bool sources_answered(const struct pod *pod);
/* What it holds does not do: fetch it again after a pause. */
void sources_again(struct core *core, struct pod *pod);
/* Of each that is referred to: why one of them could not be had. `failure` is a struct source_failure. */
struct source_failure {
	const struct core *core;
	const char *why; /* NULL: nothing failed */
};
void source_find_failure(void *failure, const struct kube_source_ref *ref);
/* For the translator: what is found among what is held. Valid until the next step. */
struct kube_sources sources_view(const struct core *core);

void sources_result(struct core *core, const struct core_event *result); /* of an EFFECT_FETCH */
void sources_tick(struct core *core);
int64_t sources_deadline(const struct core *core);
/* Ask for what is to be fetched, as many as may be under way. */
void sources_fetch(struct core *core);

#endif
