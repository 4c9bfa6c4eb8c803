#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/election.h"

#define DURATION 3000
#define RENEW 2000
#define RETRY 500

static uint64_t none(void *arg)
{
	(void)arg;
	return 0;
}

static const struct election_config CONFIG = {
    .identity = "me", .duration_ms = DURATION, .renew_ms = RENEW, .retry_ms = RETRY, .random = {none, NULL}};

/* ---- one process: a table of what happens and what it does ---- */

struct row {
	int64_t now;
	enum election_event_type type;
	const char *holder, *stamp; /* of the record */
	int64_t number;		    /* the record's duration, or retry_after */
	enum election_call call;    /* what it shall do */
	bool leads;
	int64_t deadline; /* -1: never */
};

static void follow(const struct row *rows, size_t n)
{
	struct election e;
	election_init(&e, &CONFIG);
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct election_event event = {.type = r->type, .record = {r->holder, r->number, r->stamp}};
		if (r->type == ELECTION_FAILED) {
			event.retry_after_ms = r->number;
		}
		enum election_call call = election_step(&e, r->now, &event);
		int64_t deadline = r->deadline < 0 ? INT64_MAX : r->deadline;
		if (call != r->call || election_leads(&e, r->now) != r->leads || election_deadline(&e) != deadline) {
			fail_msg("row %zu: call %d, leads %d, deadline %lld", i, call, election_leads(&e, r->now),
				 (long long)election_deadline(&e));
		}
	}
	election_done(&e);
}

#define FOLLOW(...)                                                                                                    \
	do {                                                                                                           \
		static const struct row rows[] = {__VA_ARGS__};                                                        \
		follow(rows, sizeof(rows) / sizeof(rows[0]));                                                          \
	} while (0)

static void a_lease_that_does_not_exist_is_created_at_once(void **state)
{
	(void)state;
	FOLLOW({100, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {110, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {130, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = 110 + RETRY});
}

static void a_lease_that_nobody_holds_is_taken_at_once(void **state)
{
	(void)state;
	FOLLOW({100, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {110, ELECTION_SEEN, "", "1", 1000, .call = ELECTION_WRITE, .deadline = -1},
	       {130, ELECTION_ACCEPTED, "me", "2", DURATION, .leads = true, .deadline = 110 + RETRY});
}

static void the_lease_of_a_former_life_is_taken_at_once(void **state)
{
	(void)state;
	FOLLOW({100, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {110, ELECTION_SEEN, "me", "1", DURATION, .call = ELECTION_WRITE, .deadline = -1},
	       {130, ELECTION_ACCEPTED, "me", "2", DURATION, .leads = true, .deadline = 110 + RETRY});
}

static void the_holder_leads_from_the_moment_at_which_its_renewal_was_sent(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {300, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {900, ELECTION_ACCEPTED, "me", "2", DURATION, .leads = true, .deadline = 1000},
	       {1000, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = 500 + RENEW},
	       {2499, ELECTION_TICK, .leads = true, .deadline = 2500}, {2500, ELECTION_TICK, .deadline = -1});
}

static void an_answer_that_comes_too_late_makes_no_leader(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {RENEW, ELECTION_ACCEPTED, "me", "1", DURATION, .deadline = RENEW},
	       {RENEW, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1});
}

static void the_lease_of_another_is_taken_when_it_did_not_change_for_its_duration(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {10, ELECTION_SEEN, "other", "1", 1200, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {510, ELECTION_SEEN, "other", "2", 1200, .deadline = 1000},
	       {1000, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {1010, ELECTION_SEEN, "other", "2", 1200, .deadline = 1500},
	       {1500, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {1510, ELECTION_SEEN, "other", "2", 1200, .deadline = 510 + 1200},
	       {1710, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {1720, ELECTION_SEEN, "other", "2", 1200, .call = ELECTION_WRITE, .deadline = -1},
	       {1730, ELECTION_ACCEPTED, "me", "3", DURATION, .leads = true, .deadline = 2220});
}

static void a_record_without_a_duration_counts_as_long_as_ours(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {10, ELECTION_SEEN, "other", "1", 0, .deadline = RETRY},
	       {2900, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {2910, ELECTION_SEEN, "other", "1", 0, .deadline = 10 + DURATION},
	       {3010, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {3010, ELECTION_SEEN, "other", "1", 0, .call = ELECTION_WRITE, .deadline = -1});
}

static void who_was_slower_waits_and_looks_again(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {10, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {20, ELECTION_CONFLICT, .deadline = 10 + RETRY},
	       {510, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {520, ELECTION_SEEN, "other", "1", DURATION, .deadline = 1010});
}

static void a_leader_looks_at_once_who_was_faster_and_stops_for_another_holder(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {510, ELECTION_CONFLICT, .leads = true, .deadline = 510},
	       {510, ELECTION_TICK, .call = ELECTION_READ, .leads = true, .deadline = RENEW},
	       {520, ELECTION_SEEN, "other", "2", DURATION, .deadline = 510 + RETRY});
}

static void a_leader_whose_lease_somebody_else_touched_goes_on(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {510, ELECTION_CONFLICT, .leads = true, .deadline = 510},
	       {510, ELECTION_TICK, .call = ELECTION_READ, .leads = true, .deadline = RENEW},
	       {520, ELECTION_SEEN, "me", "1", DURATION, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {530, ELECTION_ACCEPTED, "me", "2", DURATION, .leads = true, .deadline = 520 + RETRY});
}

static void a_leader_tries_again_until_its_time_is_over(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {1500, ELECTION_FAILED, .leads = true, .deadline = 1500}, /* it hung */
	       {1500, ELECTION_TICK, .call = ELECTION_READ, .leads = true, .deadline = RENEW},
	       {1501, ELECTION_FAILED, .leads = true, .deadline = RENEW}, /* it was refused */
	       {2000, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {2100, ELECTION_FAILED, .number = 7000, .deadline = 9100});
}

static void a_write_whose_answer_was_lost_is_recognised(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1}, {1000, ELECTION_FAILED, .deadline = 1000},
	       {1000, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {1010, ELECTION_SEEN, "me", "1", DURATION, .call = ELECTION_WRITE, .deadline = -1},
	       {1020, ELECTION_ACCEPTED, "me", "2", DURATION, .leads = true, .deadline = 1510});
}

static void a_lease_that_was_deleted_under_its_holder_is_made_again(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {510, ELECTION_ABSENT, .call = ELECTION_CREATE, .leads = true, .deadline = RENEW},
	       {520, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = 510 + RETRY});
}

static void a_process_that_slept_beyond_its_time_does_not_lead_before_it_looked(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {9000, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {9010, ELECTION_SEEN, "other", "7", DURATION, .deadline = 9000 + RETRY});
}

static void who_yields_lets_others_go_first_even_when_its_renewal_is_under_way(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {500, ELECTION_TICK, .call = ELECTION_WRITE, .leads = true, .deadline = RENEW},
	       {505, ELECTION_YIELD, .deadline = -1},
	       {510, ELECTION_ACCEPTED, "me", "2", DURATION, .deadline = 505 + ELECTION_YIELD_MS},
	       {30505, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {30510, ELECTION_SEEN, "me", "2", DURATION, .call = ELECTION_WRITE, .deadline = -1});
}

static void a_release_clears_the_lease_and_ends(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .leads = true, .deadline = RETRY},
	       {20, ELECTION_RELEASE, .call = ELECTION_CLEAR, .deadline = -1},
	       {30, ELECTION_ACCEPTED, "", "2", 1000, .deadline = -1});
}

static void a_release_waits_for_the_renewal_that_is_under_way(void **state)
{
	(void)state;
	FOLLOW({0, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {0, ELECTION_ABSENT, .call = ELECTION_CREATE, .deadline = -1}, {5, ELECTION_RELEASE, .deadline = -1},
	       {10, ELECTION_ACCEPTED, "me", "1", DURATION, .call = ELECTION_CLEAR, .deadline = -1},
	       {20, ELECTION_CONFLICT, .deadline = 20}, {20, ELECTION_TICK, .call = ELECTION_READ, .deadline = -1},
	       {30, ELECTION_SEEN, "me", "1", DURATION, .call = ELECTION_CLEAR, .deadline = -1},
	       {40, ELECTION_ACCEPTED, "", "3", 1000, .deadline = -1});
}

static void what_another_holds_is_not_released(void **state)
{
	(void)state;
	struct election e;
	election_init(&e, &CONFIG);
	struct election_event tick = {.type = ELECTION_TICK}, release = {.type = ELECTION_RELEASE};
	struct election_event seen = {.type = ELECTION_SEEN, .record = {"other", DURATION, "1"}};
	election_step(&e, 0, &tick);
	election_step(&e, 1, &seen);
	assert_string_equal(election_holder(&e), "other");
	assert_int_equal(election_step(&e, 2, &release), ELECTION_NOTHING);
	assert_true(election_over(&e));
	election_done(&e);
}

static void a_gap_shorter_than_anybody_noticed_is_a_new_term(void **state)
{
	(void)state;
	struct election e;
	election_init(&e, &CONFIG);
	struct election_event tick = {.type = ELECTION_TICK}, absent = {.type = ELECTION_ABSENT};
	struct election_event accepted = {.type = ELECTION_ACCEPTED, .record = {"me", DURATION, "1"}};
	election_step(&e, 0, &tick);
	election_step(&e, 0, &absent);
	election_step(&e, 1, &accepted);
	assert_int_equal(election_term(&e), 1);
	election_step(&e, 1900, &tick);
	election_step(&e, 2100, &accepted);
	assert_true(election_leads(&e, 2100));
	assert_int_equal(election_term(&e), 2);
	election_done(&e);
}

/* ---- several processes, one lease, a bad network, clocks that differ in pace, processes that sleep and die ---- */

#define PROCESSES 3
#define RUNS 300
#define EVENTS 4000

struct lease {
	char holder[16];
	int64_t duration_ms, version; /* version 0: there is none */
};

struct process {
	struct election e;
	char identity[16];
	bool dead, calling;
	int64_t offset, pace; /* its clock: offset + time * pace / 100 */
	int64_t asleep_until;
	enum election_call call;
	int64_t performed_at, answered_at; /* of the call; performed_at INT64_MAX: is through */
	struct election_event answer;
	char holder[16], stamp[32]; /* of the answer */
	int64_t based_on;	    /* version that it saw last */
};

struct play {
	uint64_t random;
	int64_t now;
	struct lease lease;
	struct process processes[PROCESSES];
};

static uint64_t draw(void *arg)
{
	uint64_t *x = arg;
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x * 0x2545f4914f6cdd1dull;
}

static int64_t up_to(struct play *play, int64_t most)
{
	return random_between(&(struct random_source){draw, &play->random}, 0, most);
}

static int64_t local(const struct play *play, const struct process *p)
{
	return p->offset + play->now * p->pace / 100;
}

static void start_life(struct play *play, struct process *p, size_t number)
{
	struct election_config config = CONFIG;
	snprintf(p->identity, sizeof(p->identity), "p%zu-%lld", number, (long long)play->now);
	config.identity = p->identity;
	config.random = (struct random_source){draw, &play->random};
	election_done(&p->e);
	election_init(&p->e, &config);
	p->dead = p->calling = false;
	p->asleep_until = 0;
	p->offset = up_to(play, 1000000);
	p->pace = 90 + up_to(play, 20);
}

static void step(struct play *play, struct process *p, const struct election_event *event)
{
	enum election_call call = election_step(&p->e, local(play, p), event);
	if (call == ELECTION_NOTHING) {
		return;
	}
	assert_false(p->calling);
	p->calling = true;
	p->call = call;
	p->performed_at = play->now + up_to(play, up_to(play, 9) ? 30 : 1500);
	p->answered_at = p->performed_at + up_to(play, up_to(play, 9) ? 30 : 1500);
	p->answer.type = ELECTION_FAILED;
	if (up_to(play, 19) == 0) {
		p->performed_at = INT64_MAX; /* lost on its way */
	}
}

static void write_lease(struct play *play, const char *holder)
{
	snprintf(play->lease.holder, sizeof(play->lease.holder), "%s", holder);
	play->lease.duration_ms = DURATION;
	play->lease.version++;
}

static void perform(struct play *play, struct process *p)
{
	struct lease *l = &play->lease;
	p->performed_at = INT64_MAX;
	enum election_event_type type = ELECTION_ACCEPTED;
	if (p->call == ELECTION_READ) {
		type = l->version ? ELECTION_SEEN : ELECTION_ABSENT;
	} else if (p->call == ELECTION_CREATE) {
		type = l->version ? ELECTION_CONFLICT : ELECTION_ACCEPTED;
	} else if (!l->version || l->version != p->based_on) {
		type = l->version ? ELECTION_CONFLICT : ELECTION_ABSENT;
	}
	if (type == ELECTION_ACCEPTED) {
		write_lease(play, p->call == ELECTION_CLEAR ? "" : p->identity);
	}
	if (up_to(play, 19) == 0) {
		return; /* the answer is lost */
	}
	memcpy(p->holder, l->holder, sizeof(p->holder));
	snprintf(p->stamp, sizeof(p->stamp), "%lld", (long long)l->version);
	p->answer = (struct election_event){.type = type, .record = {p->holder, l->duration_ms, p->stamp}};
}

static void answer(struct play *play, struct process *p)
{
	p->calling = false;
	if (p->answer.type == ELECTION_SEEN || p->answer.type == ELECTION_ACCEPTED) {
		p->based_on = strtoll(p->stamp, NULL, 10);
	}
	struct election_event event = p->answer;
	step(play, p, &event);
}

static void turn(struct play *play, struct process *p, size_t number)
{
	if (p->calling && p->performed_at <= play->now) {
		perform(play, p); /* the network does it, dead or asleep */
	}
	if (p->dead) {
		if (!p->calling && up_to(play, 50) == 0) {
			start_life(play, p, number);
		}
		p->calling = p->calling && p->performed_at != INT64_MAX;
		return;
	}
	if (p->asleep_until > play->now) {
		return;
	}
	struct election_event tick = {.type = ELECTION_TICK}, release = {.type = ELECTION_RELEASE};
	if (p->calling && p->answered_at <= play->now) {
		answer(play, p);
	} else if (election_deadline(&p->e) <= local(play, p)) {
		step(play, p, &tick);
	}
	switch (up_to(play, 3000)) {
	case 0:
		p->dead = true;
		break;
	case 1:
		p->asleep_until = play->now + up_to(play, 10000);
		break;
	case 2:
		step(play, p, &release);
		break;
	default:
		p->dead = election_over(&p->e);
	}
}

static size_t count_leaders(const struct play *play)
{
	size_t n = 0;
	for (size_t i = 0; i < PROCESSES; i++) {
		const struct process *p = &play->processes[i];
		n += !p->dead && election_leads(&p->e, local(play, p));
	}
	return n;
}

static void there_are_never_two_leaders_and_mostly_one(void **state)
{
	(void)state;
	size_t led = 0;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct play play = {.random = seed * 0x9e3779b97f4a7c15ull};
		for (size_t i = 0; i < PROCESSES; i++) {
			start_life(&play, &play.processes[i], i);
		}
		for (size_t n = 0; n < EVENTS; n++) {
			play.now += up_to(&play, 20);
			turn(&play, &play.processes[n % PROCESSES], n % PROCESSES);
			size_t leaders = count_leaders(&play);
			if (leaders > 1) {
				fail_msg("seed %llu: %zu leaders at %lld ms", (unsigned long long)seed, leaders,
					 (long long)play.now);
			}
			led += leaders;
		}
		for (size_t i = 0; i < PROCESSES; i++) {
			election_done(&play.processes[i].e);
		}
	}
	assert_in_range(led, RUNS * EVENTS / 2, RUNS * EVENTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lease_that_does_not_exist_is_created_at_once),
	    cmocka_unit_test(a_lease_that_nobody_holds_is_taken_at_once),
	    cmocka_unit_test(the_lease_of_a_former_life_is_taken_at_once),
	    cmocka_unit_test(the_holder_leads_from_the_moment_at_which_its_renewal_was_sent),
	    cmocka_unit_test(an_answer_that_comes_too_late_makes_no_leader),
	    cmocka_unit_test(the_lease_of_another_is_taken_when_it_did_not_change_for_its_duration),
	    cmocka_unit_test(a_record_without_a_duration_counts_as_long_as_ours),
	    cmocka_unit_test(who_was_slower_waits_and_looks_again),
	    cmocka_unit_test(a_leader_looks_at_once_who_was_faster_and_stops_for_another_holder),
	    cmocka_unit_test(a_leader_whose_lease_somebody_else_touched_goes_on),
	    cmocka_unit_test(a_leader_tries_again_until_its_time_is_over),
	    cmocka_unit_test(a_write_whose_answer_was_lost_is_recognised),
	    cmocka_unit_test(a_lease_that_was_deleted_under_its_holder_is_made_again),
	    cmocka_unit_test(a_process_that_slept_beyond_its_time_does_not_lead_before_it_looked),
	    cmocka_unit_test(who_yields_lets_others_go_first_even_when_its_renewal_is_under_way),
	    cmocka_unit_test(a_release_clears_the_lease_and_ends),
	    cmocka_unit_test(a_release_waits_for_the_renewal_that_is_under_way),
	    cmocka_unit_test(what_another_holds_is_not_released),
	    cmocka_unit_test(a_gap_shorter_than_anybody_noticed_is_a_new_term),
	    cmocka_unit_test(there_are_never_two_leaders_and_mostly_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
