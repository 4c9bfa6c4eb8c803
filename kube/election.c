#include "kube/election.h"

#include <stdlib.h>
#include <string.h>

#include "base/i64.h"
#include "base/mem.h"

#define JITTER_SHARE 5 /* of retry_ms, client-go's JitterFactor 1.2 */

void election_init(struct election *e, const struct election_config *config)
{
	*e = (struct election){.config = *config};
}

void election_done(struct election *e)
{
	free(e->holder);
	free(e->stamp);
	*e = (struct election){0};
}

bool election_leads(const struct election *e, int64_t now)
{
	return e->leading && now < e->until_ms;
}

const char *election_holder(const struct election *e)
{
	return e->holder;
}

uint64_t election_term(const struct election *e)
{
	return e->term;
}

bool election_over(const struct election *e)
{
	return e->over;
}

static bool ours(const struct election *e)
{
	return e->holder && strcmp(e->holder, e->config.identity) == 0;
}

static enum election_call call(struct election *e, int64_t now, enum election_call what)
{
	e->calling = true;
	e->sent_ms = now;
	return what;
}

static enum election_call later(struct election *e, int64_t at)
{
	e->next_ms = i64_max(at, e->yield_until_ms);
	return ELECTION_NOTHING;
}

/* The pause counts from the last call, so that one that hung is followed at once. */
static int64_t retry_at(const struct election *e, int64_t now)
{
	int64_t jitter = random_between(&e->config.random, 0, e->config.retry_ms / JITTER_SHARE);
	return i64_max(now, e->sent_ms + e->config.retry_ms + jitter);
}

static void lead_until(struct election *e, int64_t now, int64_t until)
{
	bool leads = ours(e) && now < until && now >= e->yield_until_ms;
	e->term += leads && !e->leading;
	e->leading = leads;
	e->until_ms = until;
}

static enum election_call end(struct election *e)
{
	e->over = true;
	return ELECTION_NOTHING;
}

/* A record that does not change keeps the moment at which it was seen first. */
static void see(struct election *e, int64_t now, const struct election_record *record)
{
	e->current = true;
	if (e->stamp && strcmp(e->stamp, record->stamp) == 0 && strcmp(e->holder, record->holder) == 0) {
		return;
	}
	free(e->holder);
	free(e->stamp);
	e->holder = xstrdup(record->holder);
	e->stamp = xstrdup(record->stamp);
	e->duration_ms = record->duration_ms > 0 ? record->duration_ms : e->config.duration_ms;
	e->seen_ms = now;
}

static void forget(struct election *e)
{
	free(e->holder);
	free(e->stamp);
	e->holder = e->stamp = NULL;
	e->current = false;
}

static enum election_call release(struct election *e, int64_t now)
{
	if (!e->current) {
		return call(e, now, ELECTION_READ);
	}
	return ours(e) ? call(e, now, ELECTION_CLEAR) : end(e);
}

static enum election_call on_tick(struct election *e, int64_t now)
{
	e->leading = election_leads(e, now);
	if (e->calling || e->over || now < e->next_ms) {
		return ELECTION_NOTHING;
	}
	if (e->releasing) {
		return release(e, now);
	}
	return call(e, now, e->leading && e->current ? ELECTION_WRITE : ELECTION_READ);
}

static enum election_call on_seen(struct election *e, int64_t now, const struct election_record *record)
{
	see(e, now, record);
	if (e->releasing) {
		return release(e, now);
	}
	int64_t expires = ours(e) || !*e->holder ? now : e->seen_ms + e->duration_ms;
	e->leading = e->leading && ours(e);
	if (now >= i64_max(expires, e->yield_until_ms)) {
		return call(e, now, ELECTION_WRITE);
	}
	return later(e, i64_min(expires, retry_at(e, now)));
}

static enum election_call on_absent(struct election *e, int64_t now)
{
	forget(e);
	if (e->releasing) {
		return end(e);
	}
	return now < e->yield_until_ms ? later(e, now) : call(e, now, ELECTION_CREATE);
}

static enum election_call on_accepted(struct election *e, int64_t now, const struct election_record *record)
{
	see(e, now, record);
	if (e->releasing) {
		return release(e, now);
	}
	lead_until(e, now, e->sent_ms + e->config.renew_ms);
	return later(e, i64_max(now, e->sent_ms + e->config.retry_ms));
}

static enum election_call on_conflict(struct election *e, int64_t now)
{
	e->current = false;
	/* A leader must know at once who was faster. */
	return later(e, e->leading || e->releasing ? now : retry_at(e, now));
}

/* A write that failed may have been performed all the same, so what was seen last is not current any more. */
static enum election_call on_failed(struct election *e, int64_t now, int64_t retry_after_ms)
{
	e->current = false;
	return later(e, i64_max(retry_at(e, now), now + retry_after_ms));
}

static enum election_call on_yield(struct election *e, int64_t now)
{
	e->leading = false;
	e->yield_until_ms = now + ELECTION_YIELD_MS;
	return later(e, now);
}

static enum election_call on_release(struct election *e, int64_t now)
{
	e->leading = false;
	e->releasing = true;
	e->yield_until_ms = e->next_ms = now;
	return e->calling || e->over ? ELECTION_NOTHING : release(e, now);
}

enum election_call election_step(struct election *e, int64_t now, const struct election_event *event)
{
	switch (event->type) {
	case ELECTION_TICK:
		return on_tick(e, now);
	case ELECTION_YIELD:
		return on_yield(e, now);
	case ELECTION_RELEASE:
		return on_release(e, now);
	default:
		break;
	}
	e->calling = false;
	e->leading = election_leads(e, now);
	switch (event->type) {
	case ELECTION_SEEN:
		return on_seen(e, now, &event->record);
	case ELECTION_ABSENT:
		return on_absent(e, now);
	case ELECTION_ACCEPTED:
		return on_accepted(e, now, &event->record);
	case ELECTION_CONFLICT:
		return on_conflict(e, now);
	default: /* ELECTION_FAILED */
		return on_failed(e, now, event->retry_after_ms);
	}
}

int64_t election_deadline(const struct election *e)
{
	int64_t at = e->calling || e->over ? INT64_MAX : e->next_ms;
	return e->leading ? i64_min(at, e->until_ms) : at;
}
