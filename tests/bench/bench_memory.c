/* Heap per pod that is held, for a pod of a Deployment that runs: what the core keeps, and what the reflector's index
 * of known objects keeps.
 *
 *     bench_memory [PODS]
 *
 * Counted by malloc itself (mallinfo2): bytes in use after all pods run, less the bytes before, with its own overhead.
 * The peers of the benchmark are counted before and after, and left out.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "kube/known.h"
#include "tests/bench/peers.h"

#define AGENTS 1000
#define PODS 20000

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* The API server's side: the stored status of each pod. */
static size_t peers_bytes(const struct peers *p)
{
	size_t n = malloc_usable_size(p->answers.items) + malloc_usable_size(p->starting.items) +
		   malloc_usable_size(p->running.items) + malloc_usable_size(p->text.data);
	for (size_t i = 0; i < p->n_pods; i++) {
		n += p->pods[i].status ? malloc_usable_size(p->pods[i].status) + sizeof(size_t) : 0;
	}
	return n;
}

static void row(const char *what, size_t bytes, size_t pods)
{
	printf("  %-52s %8.0f bytes a pod\n", what, (double)bytes / (double)pods);
}

static size_t index_bytes(const struct peers *p)
{
	size_t before = in_use();
	char uid[TEXT_UID_MAX], version[24], name[64];
	struct known known;
	known_init(&known);
	for (size_t i = 0; i < p->n_pods; i++) {
		snprintf(version, sizeof(version), "%u", p->pods[i].version);
		snprintf(name, sizeof(name), "web-5d4f8c7b9-%06zx", i);
		known_add(&known, "default", name, text_uid(i, uid), version);
	}
	size_t bytes = in_use() - before;
	known_done(&known);
	return bytes;
}

int main(int argc, char **argv)
{
	struct peers p;
	size_t pods = argc > 1 ? strtoul(argv[1], NULL, 10) : PODS;
	if (!pods || argc > 2) {
		fputs("usage: bench_memory [PODS]\n", stderr);
		return 2;
	}
	peers_init(&p, pods, AGENTS, true);
	for (int i = 0; i < 3000; i++) {
		peers_pass(&p); /* the agents' nodes are written */
	}
	size_t before = in_use() - peers_bytes(&p);
	peers_run(&p, 0, pods, 10);
	for (int i = 0; i < 30000; i++) {
		peers_pass(&p); /* offers are given back */
	}
	size_t core = in_use() - peers_bytes(&p) - before, index = index_bytes(&p);
	buf_clear(&p.text);
	text_pod(&p.text, &p.pods[0]);
	printf("%zu pods run on %d agents; the JSON of one is %zu bytes\n", pods, AGENTS, p.text.len);
	row("core: the decoded pod, its tasks, maps and lists", core, pods);
	row("index of known objects", index, pods);
	row("together", core + index, pods);
	peers_done(&p);
	return EXIT_SUCCESS;
}
