#include "kube/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "kube/objects.h"

#define GROUP_VERSION "coordination.k8s.io/v1"
#define CLEARED_DURATION_S 1 /* as client-go leaves it; the API server wants more than 0 */

struct lease {
	struct kube_client *client;
	struct lease_handlers handlers;
	void *arg;
	char *namespace_, *name, *identity;
	struct election election;
	int64_t timeout_ms;
	json_t *object; /* as it was read or written last; NULL: none */
	struct kube_call *call;
	enum election_call calling;
	uv_timer_t *timer;	/* outlives the lease until the loop has closed it */
	bool leading, released; /* what was told */
	uint64_t term;
	char *holder;
	enum err_code trouble; /* what was told last, since the last success */
};

static void step(struct lease *l, const struct election_event *event);

/* ---- the object ---- */

static json_t *spec_of(const struct lease *l)
{
	return js_obj(l->object, "spec");
}

/* Both numbers are int32 in Kubernetes. */
/* Ours from now on, or nobody's. Others see a renewal by the change of renewTime, so it must be one even if the wall
 * clock was set back. */
static void put_spec(const struct lease *l, json_t *spec, bool clear)
{
	char now[TIME_TEXT_MAX];
	int64_t ms = clock_wall_ms();
	int64_t transitions = i64_min(js_int(spec, "leaseTransitions", l->object ? 0 : -1), INT32_MAX - 1);
	const char *before = js_str(spec, "renewTime"), *holder = js_str(spec, "holderIdentity");
	bool held = holder && strcmp(holder, l->identity) == 0;
	time_text_micro(ms, now);
	if (before && strcmp(before, now) == 0) {
		time_text_micro(ms + 1, now);
	}
	if (!held || !js_str(spec, "acquireTime")) {
		json_object_set_new(spec, "acquireTime", json_string(now));
		json_object_set_new(spec, "leaseTransitions", json_integer(transitions + 1));
	}
	int64_t seconds = clear ? CLEARED_DURATION_S : l->election.config.duration_ms / 1000;
	json_object_set_new(spec, "holderIdentity", json_string(clear ? "" : l->identity));
	json_object_set_new(spec, "leaseDurationSeconds", json_integer(seconds));
	json_object_set_new(spec, "renewTime", json_string(now));
}

static json_t *body_of(const struct lease *l, bool clear)
{
	json_t *body = l->object ? json_deep_copy(l->object)
				 : json_pack("{s:s,s:s,s:{s:s,s:s}}", "apiVersion", GROUP_VERSION, "kind", "Lease",
					     "metadata", "name", l->name, "namespace", l->namespace_);
	if (!js_obj(body, "spec")) {
		json_object_set_new(body, "spec", json_object());
	}
	put_spec(l, js_obj(body, "spec"), clear);
	return body;
}

/* ---- calls ---- */

static enum election_event_type failed(struct lease *l, const struct kube_result *result, struct err *ret)
{
	bool writes = l->calling != ELECTION_READ;
	if (result->err.code == ERR_NOT_FOUND && l->calling != ELECTION_CREATE) {
		return ELECTION_ABSENT;
	}
	if (result->err.code == ERR_CONFLICT && writes) {
		return ELECTION_CONFLICT;
	}
	*ret = result->err;
	return ELECTION_FAILED;
}

static void tell_trouble(struct lease *l, const struct err *what)
{
	bool news = what->code != ERR_NONE && what->code != l->trouble;
	l->trouble = what->code;
	if (news) {
		l->handlers.on_trouble(l->arg, what);
	}
}

static void on_done(void *arg, const struct kube_result *result)
{
	struct lease *l = arg;
	struct err trouble = {0};
	struct election_event event = {.type = l->calling == ELECTION_READ ? ELECTION_SEEN : ELECTION_ACCEPTED,
				       .retry_after_ms = result->retry_after_ms};
	CLEANUP_FREE char *stamp = NULL;
	l->call = NULL;
	if (result->err.code != ERR_NONE) {
		event.type = failed(l, result, &trouble);
	} else if (!js_obj(result->body, "spec") || !js_str_at(result->body, "metadata", "resourceVersion", NULL)) {
		err_set(&trouble, ERR_PROTOCOL, "lease %s/%s: the answer is no Lease", l->namespace_, l->name);
		event.type = ELECTION_FAILED;
	} else {
		json_decref(l->object);
		l->object = json_deep_copy(result->body);
		const char *holder = js_str(spec_of(l), "holderIdentity");
		stamp = js_dump(spec_of(l), JSON_COMPACT | JSON_SORT_KEYS);
		event.record = (struct election_record){
		    .holder = holder ? holder : "",
		    .duration_ms = i64_min(js_int(spec_of(l), "leaseDurationSeconds", 0), INT32_MAX) * 1000,
		    .stamp = stamp,
		};
	}
	if (event.type == ELECTION_ABSENT) {
		json_decref(l->object);
		l->object = NULL;
	}
	tell_trouble(l, &trouble);
	step(l, &event);
}

static void perform(struct lease *l, enum election_call what)
{
	bool create = what == ELECTION_CREATE, read = what == ELECTION_READ;
	CLEANUP_FREE char *path = kube_path(GROUP_VERSION, l->namespace_, "leases", create ? NULL : l->name, NULL);
	CLEANUP_JSON json_t *body = read ? NULL : body_of(l, what == ELECTION_CLEAR);
	CLEANUP_FREE char *text = body ? js_text(body) : NULL;
	struct kube_request request = {
	    .method = read     ? "GET"
		      : create ? "POST"
			       : "PUT",
	    .path = path,
	    .body = text,
	    .body_len = text ? strlen(text) : 0,
	    .timeout_ms = l->timeout_ms,
	    .urgent = true,
	};
	l->calling = what;
	l->call = kube_call(l->client, &request, on_done, l);
}

/* ---- steps ---- */

static void on_timer(uv_timer_t *timer)
{
	step(timer->data, &(struct election_event){.type = ELECTION_TICK});
}

static void wind(struct lease *l)
{
	bool over = election_over(&l->election) && !l->released;
	int64_t at = over ? 0 : election_deadline(&l->election);
	if (at == INT64_MAX) {
		uv_timer_stop(l->timer);
		return;
	}
	int64_t wait = at - clock_steady_ms();
	uv_update_time(l->timer->loop);
	uv_timer_start(l->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

static void tell_holder(struct lease *l)
{
	const char *holder = election_holder(&l->election);
	if (!holder || (l->holder && strcmp(l->holder, holder) == 0)) {
		return;
	}
	free(l->holder);
	l->holder = xstrdup(holder);
	l->handlers.on_holder(l->arg, l->holder);
}

static void tell(struct lease *l)
{
	bool leads = lease_held(l);
	tell_holder(l);
	if (l->leading && (!leads || l->term != election_term(&l->election))) {
		l->leading = false;
		l->handlers.on_lost(l->arg);
	}
	if (leads && !l->leading) {
		l->leading = true;
		l->term = election_term(&l->election);
		l->handlers.on_won(l->arg);
	}
}

static void step(struct lease *l, const struct election_event *event)
{
	enum election_call what = election_step(&l->election, clock_steady_ms(), event);
	if (what != ELECTION_NOTHING) {
		perform(l, what);
	}
	wind(l);
	tell(l);
	if (election_over(&l->election) && !l->released) {
		l->released = true;
		l->handlers.on_released(l->arg);
	}
}

bool lease_held(const struct lease *l)
{
	return election_leads(&l->election, clock_steady_ms());
}

/* What follows comes from the loop. */
static void quietly(struct lease *l, enum election_event_type type)
{
	enum election_call what =
	    election_step(&l->election, clock_steady_ms(), &(struct election_event){.type = type});
	l->leading = false;
	if (what != ELECTION_NOTHING) {
		perform(l, what);
	}
	wind(l);
}

void lease_yield(struct lease *l)
{
	quietly(l, ELECTION_YIELD);
}

void lease_release(struct lease *l)
{
	quietly(l, ELECTION_RELEASE);
}

/* ---- life ---- */

struct lease *lease_new(struct kube_client *client, const struct lease_config *config,
			const struct lease_handlers *handlers, void *arg)
{
	struct lease *l = xcalloc(1, sizeof(*l));
	struct election_config election = config->election;
	l->client = client;
	l->handlers = *handlers;
	l->arg = arg;
	l->namespace_ = xstrdup(config->namespace_);
	l->name = xstrdup(config->name);
	election.identity = l->identity = xstrdup(config->election.identity);
	election_init(&l->election, &election);
	l->timeout_ms = config->election.renew_ms / 2;
	l->timer = xcalloc(1, sizeof(*l->timer));
	uv_timer_init(kube_client_loop(client), l->timer);
	l->timer->data = l;
	wind(l);
	return l;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

void lease_free(struct lease *l)
{
	if (!l) {
		return;
	}
	kube_call_cancel(l->call);
	uv_close((uv_handle_t *)l->timer, on_timer_closed);
	election_done(&l->election);
	json_decref(l->object);
	free(l->namespace_);
	free(l->name);
	free(l->identity);
	free(l->holder);
	free(l);
}
