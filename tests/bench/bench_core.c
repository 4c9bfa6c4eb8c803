/* How many pods a second go through decoding, translation, placement and the core in one thread, without sockets.
 *
 *     bench_core [SCENARIO...]     all of them when none is named
 *
 * Only the CPU time of our side is counted (peers.h); what the peers need, and waiting for them, is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/bench/peers.h"

#define AGENTS 1000
#define PODS 20000
#define STUCK 10000
#define HELD 100000
#define LINES 10000

static void heading(const char *what)
{
	printf("\n%s\n", what);
}

/* What was counted since the last reset, for n things. */
static void report(struct peers *p, const char *what, size_t n)
{
	static const char *const names[PHASES] = {"parse", "decode", "core", "write"};
	double total = (double)peers_total_ns(p);
	printf("  %-44s %9.0f/s %8.1f us each;", what, (double)n * 1e9 / total, total / 1e3 / (double)n);
	for (int i = 0; i < PHASES; i++) {
		printf(" %s %.0f%%", names[i], 100 * (double)p->ns[i] / total);
	}
	printf("; %.1f lines, %.1f steps, %.1f calls each; longest step %.1f ms\n", (double)p->lines / (double)n,
	       (double)p->steps / (double)n, (double)p->calls / (double)n, (double)p->longest_ns / 1e6);
	fflush(stdout);
	peers_reset(p);
}

/* All nodes are written, nothing waits. */
static void settle(struct peers *p, int ms)
{
	for (int i = 0; i < ms; i++) {
		peers_pass(p);
	}
}

static void steady(void)
{
	struct peers p;
	heading("20,000 pods come at 2,000 a second, 1,000 agents");
	peers_init(&p, PODS, AGENTS, true);
	settle(&p, 3000);
	report(&p, "1,000 agents become nodes", AGENTS);
	peers_run(&p, 0, PODS, 2);
	report(&p, "pods until they run", PODS);
	peers_done(&p);
}

static void burst(void)
{
	struct peers p;
	heading("20,000 pods come at once, 1,000 agents");
	peers_init(&p, PODS, AGENTS, true);
	settle(&p, 3000);
	peers_reset(&p);
	peers_run(&p, 0, PODS, PODS);
	report(&p, "pods until they run", PODS);
	peers_done(&p);
}

/* For callgrind, whose counts of instructions are the same on a machine that does other things as well. */
static void small(void)
{
	struct peers p;
	heading("2,000 pods come at 2,000 a second, 100 agents");
	peers_init(&p, PODS / 10, AGENTS / 10, true);
	settle(&p, 3000);
	peers_reset(&p);
	peers_run(&p, 0, PODS / 10, 2);
	report(&p, "pods until they run", PODS / 10);
	peers_done(&p);
}

/* Half ask for more than any agent has, half for a rack that is not there. */
static void stuck(void)
{
	struct peers p;
	heading("10,000 pods fit nowhere; 20,000 others come at 2,000 a second, 1,000 agents");
	peers_init(&p, PODS + STUCK, AGENTS, true);
	for (size_t i = PODS; i < PODS + STUCK; i++) {
		p.pods[i].cpu = i % 2 ? "1000" : "100m";
		p.pods[i].selector = i % 2 ? NULL : "r99";
		peers_show(&p, "ADDED", &p.pods[i]);
	}
	settle(&p, 3000);
	report(&p, "pods that fit nowhere, 3 s", STUCK);
	settle(&p, 60000);
	report(&p, "a second of waiting, over 60 s", 60);
	peers_run(&p, 0, PODS, 2);
	report(&p, "pods until they run", PODS);
	peers_done(&p);
}

static void agents_fail_and_return(struct peers *p)
{
	char id[TEXT_AGENT_MAX];
	for (size_t i = 0; i < AGENTS; i++) {
		peers_feed(p, &(struct core_event){.type = CORE_AGENT_FAILED, .text = text_agent(i, id)});
	}
	report(p, "agents fail", AGENTS);
	for (size_t i = 0; i < AGENTS; i++) {
		p->agents[i].filtered_ms = 0;
	}
	p->suppressed = false;
	peers_allocate(p);
	report(p, "agents return", AGENTS);
}

static void held(void)
{
	struct peers p;
	heading("A restart with 100,000 pods that run, 1,000 agents; then one event more");
	peers_init(&p, HELD + PODS / 10, AGENTS, false);
	for (size_t i = 0; i < HELD; i++) {
		p.pods[i].agent = (long)(i % AGENTS);
		p.pods[i].status = text_running_status();
		peers_show(&p, "ADDED", &p.pods[i]);
	}
	report(&p, "pods listed", HELD);
	peers_feed(&p, &(struct core_event){.type = CORE_NODES_SYNCED});
	peers_feed(&p, &(struct core_event){.type = CORE_PODS_SYNCED});
	peers_feed(&p, &(struct core_event){.type = CORE_SUBSCRIBED, .text = TEXT_FRAMEWORK});
	settle(&p, 1000);
	report(&p, "pods reconciled", HELD);
	settle(&p, 20000);
	report(&p, "a second of nothing, over 20 s", 20);
	for (size_t i = 0; i < LINES; i++) {
		peers_show(&p, "MODIFIED", &p.pods[i * 7 % HELD]);
	}
	report(&p, "lines of the watch", LINES);
	peers_run(&p, HELD, HELD + PODS / 10, 2);
	report(&p, "2,000 pods more until they run", PODS / 10);
	agents_fail_and_return(&p);
	peers_feed(&p, &(struct core_event){.type = CORE_DISCONNECTED});
	peers_feed(&p, &(struct core_event){.type = CORE_SUBSCRIBED, .text = TEXT_FRAMEWORK});
	settle(&p, 1000);
	report(&p, "pods reconciled after a failover", HELD + PODS / 10);
	peers_done(&p);
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {{"steady", steady}, {"burst", burst}, {"small", small}, {"stuck", stuck}, {"held", held}};

int main(int argc, char **argv)
{
	size_t known = 0;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		bool wanted = argc == 1;
		for (int a = 1; a < argc; a++) {
			wanted = wanted || strcmp(argv[a], scenarios[i].name) == 0;
		}
		if (wanted) {
			scenarios[i].run();
			known++;
		}
	}
	if (!known) {
		fputs("usage: bench_core [steady] [burst] [small] [stuck] [held]\n", stderr);
	}
	return known ? EXIT_SUCCESS : 2;
}
