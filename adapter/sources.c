#include "adapter/sources.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

void sources_init(struct sources *sources)
{
	*sources = (struct sources){.n_fetched = 0};
	list_init(&sources->queue);
}

void sources_done(struct sources *sources)
{
	map_done(&sources->by_key);
	heap_done(&sources->alarms);
}

static char *key_of(const struct kube_source_ref *ref)
{
	return xasprintf("%d/%s/%s", (int)ref->kind, ref->ns, ref->name);
}

/* NULL: it is not held. */
static const struct source *source_seek(const struct core *core, const struct kube_source_ref *ref)
{
	CLEANUP_FREE char *key = key_of(ref);
	return map_get(&core->sources.by_key, key);
}

void source_find_failure(void *failure, const struct kube_source_ref *ref)
{
	struct source_failure *f = failure;
	const struct source *source = source_seek(f->core, ref);
	if (source && source->state == SOURCE_FAILED) {
		f->why = source->why;
	}
}

static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	const struct source *source = source_seek(arg, ref);
	return source && source->state == SOURCE_FOUND ? source->object : NULL;
}

struct kube_sources sources_view(const struct core *core)
{
	return (struct kube_sources){find, (void *)(uintptr_t)core};
}

/* ---- one source ---- */

static void forget_object(struct core *core, struct source *source)
{
	if (source->object) {
		core->sources.bytes -= source->object->size;
	}
	kube_source_free(source->object);
	source->object = NULL;
	free(source->why);
	source->why = NULL;
}

static void source_free(struct core *core, struct source *source)
{
	forget_object(core, source);
	heap_remove(&core->sources.alarms, &source->alarm);
	list_remove(&source->queue);
	core->sources.n_admitted -= source->admitted;
	map_del(&core->sources.by_key, source->key);
	free(source->key);
	free(source->ns);
	free(source->name);
	free(source);
}

static struct source *source_new(struct core *core, const struct kube_source_ref *ref)
{
	struct source *source = xcalloc(1, sizeof(*source));
	source->key = key_of(ref);
	source->ns = xstrdup(ref->ns);
	source->name = xstrdup(ref->name);
	source->ref = (struct kube_source_ref){ref->kind, source->ns, source->name};
	list_init(&source->holders);
	map_put(&core->sources.by_key, source->key, source);
	return source;
}

static void want_fetch(struct core *core, struct source *source)
{
	heap_remove(&core->sources.alarms, &source->alarm);
	if (!source->fetching && !list_linked(&source->queue)) {
		list_push(&core->sources.queue, &source->queue);
	}
}

static void fetch_later(struct core *core, struct source *source, int64_t at)
{
	heap_set(&core->sources.alarms, &source->alarm, at);
}

static void fail(struct source *source, const char *why)
{
	source->state = SOURCE_FAILED;
	free(source->why);
	source->why = xstrdup(why);
}

static void retry(struct core *core, struct source *source, int64_t at_least_ms)
{
	source->retry_ms = core_backoff(source->retry_ms, SOURCE_RETRY_FIRST_MS, SOURCE_RETRY_MAX_MS);
	fetch_later(core, source, core->now + (at_least_ms > source->retry_ms ? at_least_ms : source->retry_ms));
}

/* Whatever cannot be fetched is answered by us. */
static void refuse(struct core *core, struct source *source)
{
	if (!kube_source_ref_valid(&source->ref)) {
		source->state = SOURCE_MISSING;
	} else {
		fail(source, "too many ConfigMaps and Secrets are being waited for");
		if (!source->alarm.place) {
			retry(core, source, 0);
		}
	}
	source->answered = core->sources.turns + 1;
}

static void fetch_if_admitted(struct core *core, struct source *source)
{
	struct sources *s = &core->sources;
	if (!source->admitted && kube_source_ref_valid(&source->ref) && s->n_admitted < SOURCES_MAX) {
		source->admitted = true;
		s->n_admitted++;
	}
	if (source->admitted) {
		want_fetch(core, source);
	} else {
		refuse(core, source);
	}
}

/* ---- pods ---- */

static bool holds(const struct pod *pod, const struct source *source)
{
	LIST_EACH (&pod->holds, link) {
		if (LIST_ENTRY(link, struct source_hold, of_pod)->source == source) {
			return true;
		}
	}
	return false;
}

void source_hold(struct core *core, struct pod *pod, const struct kube_source_ref *ref)
{
	CLEANUP_FREE char *key = key_of(ref);
	struct source *source = map_get(&core->sources.by_key, key);
	if (source && holds(pod, source)) {
		return;
	}
	source = source ? source : source_new(core, ref);
	fetch_if_admitted(core, source);
	struct source_hold *hold = xcalloc(1, sizeof(*hold));
	hold->source = source;
	hold->pod = pod;
	hold->turn = core->sources.turns;
	list_push(&source->holders, &hold->link);
	list_push(&pod->holds, &hold->of_pod);
}

void source_hold_each(void *holder, const struct kube_source_ref *ref)
{
	const struct source_holder *h = holder;
	source_hold(h->core, h->pod, ref);
}

void sources_release(struct core *core, struct pod *pod)
{
	LIST_EACH (&pod->holds, link) {
		struct source_hold *hold = LIST_ENTRY(link, struct source_hold, of_pod);
		struct source *source = hold->source;
		list_remove(&hold->link);
		list_remove(&hold->of_pod);
		free(hold);
		if (list_empty(&source->holders)) {
			source_free(core, source);
		}
	}
}

static bool answered(const struct source_hold *hold)
{
	return hold->source->answered > hold->turn;
}

bool sources_answered(const struct pod *pod)
{
	LIST_EACH (&pod->holds, link) {
		if (!answered(LIST_ENTRY(link, struct source_hold, of_pod))) {
			return false;
		}
	}
	return true;
}

void sources_again(struct core *core, struct pod *pod)
{
	LIST_EACH (&pod->holds, link) {
		struct source *source = LIST_ENTRY(link, struct source_hold, of_pod)->source;
		bool service = source->ref.kind == KUBE_SOURCE_SERVICE || source->ref.kind == KUBE_SOURCE_SERVICES;
		if (!source->again && (!service || source->state == SOURCE_FAILED)) {
			source->again = true;
			retry(core, source, 0);
		}
	}
}

/* ---- fetching ---- */

void sources_fetch(struct core *core)
{
	struct sources *s = &core->sources;
	while (s->n_fetched < SOURCES_FETCHED_MAX && !list_empty(&s->queue)) {
		struct source *source = LIST_ENTRY(s->queue.next, struct source, queue);
		list_remove(&source->queue);
		source->fetching = true;
		source->asked = ++s->turns;
		s->n_fetched++;
		struct effect *f = effects_add(core->out, EFFECT_FETCH);
		f->ns = xstrdup(source->ref.ns);
		f->name = xstrdup(source->ref.name);
		f->source = source->ref.kind;
		f->generation = source->asked;
	}
}

static void take(struct core *core, struct source *source, const json_t *object)
{
	struct err e = {0};
	struct kube_source *taken = kube_source_decode(source->ref.kind, object, &e);
	if (taken && core->sources.bytes + taken->size > SOURCES_BYTES_MAX) {
		kube_source_free(taken);
		taken = NULL;
		err_set(&e, ERR_LIMIT, "no room for it: too many large ConfigMaps and Secrets are being waited for");
	}
	if (!taken) {
		CLEANUP_FREE char *why =
		    xasprintf("%s \"%s\": %s", kube_source_kind_name(source->ref.kind), source->ref.name, e.text);
		fail(source, why);
		return;
	}
	source->object = taken;
	source->state = SOURCE_FOUND;
	core->sources.bytes += taken->size;
}

static void answer(struct core *core, struct source *source, const struct core_event *result)
{
	bool again = source->again;
	source->answered = source->asked;
	source->again = false;
	forget_object(core, source);
	if (!result->failure) {
		take(core, source, result->object);
	} else if (result->failure->code == ERR_NOT_FOUND) {
		source->state = SOURCE_MISSING;
	} else {
		fail(source, result->failure->text);
	}
	source->retry_ms = again ? source->retry_ms : 0;
	fetch_later(core, source, core->now + SOURCE_FRESH_MS);
	LIST_EACH (&source->holders, link) {
		struct source_hold *hold = LIST_ENTRY(link, struct source_hold, link);
		if (answered(hold)) {
			if (!hold->told || pod_lacks_configuration(hold->pod)) {
				pod_touch(core, hold->pod);
			}
			hold->told = true;
		} else {
			want_fetch(core, source); /* it came while this one was under way */
		}
	}
}

/* No offer is kept for a pod while nothing is heard of the API server. */
static void give_up_bindings(struct core *core, struct source *source)
{
	LIST_EACH (&source->holders, link) {
		struct pod *pod = LIST_ENTRY(link, struct source_hold, link)->pod;
		if (pod->state == POD_BINDING && pod->bind_later) {
			pod_event(core, pod, POD_EV_BIND_FAILED);
		}
	}
}

void sources_result(struct core *core, const struct core_event *result)
{
	const struct kube_source_ref ref = {result->effect->source, result->effect->ns, result->effect->name};
	CLEANUP_FREE char *key = key_of(&ref);
	struct source *source = map_get(&core->sources.by_key, key);
	core->sources.n_fetched--;
	if (!source || !source->fetching || source->asked != result->effect->generation) {
		return; /* nobody waits for it any more, or for a later one */
	}
	source->fetching = false;
	if (result->failure && write_says_nothing_of_pod(result->failure)) {
		retry(core, source, result->retry_after_ms);
		give_up_bindings(core, source);
	} else {
		answer(core, source, result);
	}
}

void sources_tick(struct core *core)
{
	struct heap_link *link;
	while ((link = heap_first(&core->sources.alarms)) != NULL && link->at <= core->now) {
		heap_remove(&core->sources.alarms, link);
		fetch_if_admitted(core, LIST_ENTRY(link, struct source, alarm));
	}
}

int64_t sources_deadline(const struct core *core)
{
	const struct heap_link *link = heap_first(&core->sources.alarms);
	return link ? link->at : UNSET;
}
