/* What the pods of a cluster cost that are none of ours: the lines of the one watch that looks for pods that others
 * bound to our nodes. Each is parsed, asked for its node, and dropped; the reflector keeps its name and version.
 *
 *     bench_foreign [PODS]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "adapter/core.h"
#include "base/js.h"
#include "kube/known.h"
#include "kube/watch.h"
#include "tests/bench/texts.h"

#define PODS 50000
#define AGENTS 1000
#define ROUND 1000 /* pods whose lines are made together, so that making them is not counted */

struct looker {
	struct core *core;
	struct watch_decoder decoder;
	struct known known;
	size_t lines, bytes, ours;
	double seconds;
};

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* As the reflector and adapter/shell_foreign.c. */
static void look(struct looker *l, const json_t *pod)
{
	const char *name = js_str_at(pod, "metadata", "name", NULL),
		   *ns = js_str_at(pod, "metadata", "namespace", NULL);
	const char *version = js_str_at(pod, "metadata", "resourceVersion", NULL);
	struct known_object *o = known_find(&l->known, ns, name);
	if (o) {
		known_update(o, version);
	} else {
		known_add(&l->known, ns, name, js_str_at(pod, "metadata", "uid", NULL), version);
	}
	const char *node = js_str_at(pod, "spec", "nodeName", NULL);
	l->ours += node && core_has_node(l->core, node);
	l->lines++;
}

static void take(struct looker *l, const struct buf *text)
{
	const char *p = text->data;
	size_t n = text->len;
	struct watch_event event;
	struct err e;
	double since = cpu_seconds();
	while (watch_next(&l->decoder, &p, &n, &event, &e) == 1) {
		look(l, event.object);
		json_decref(event.object);
	}
	l->seconds += cpu_seconds() - since;
	l->bytes += text->len;
}

static void all(struct looker *l, struct buf *text, size_t pods, const char *type, unsigned version)
{
	for (size_t from = 0; from < pods; from += ROUND) {
		buf_clear(text);
		for (size_t i = from; i < pods && i < from + ROUND; i++) {
			struct bench_pod pod = {
			    .number = i, .version = version, .cpu = "100m", .agent = (long)(i % AGENTS)};
			pod.status = text_running_status();
			text_watch_line(text, type, &pod);
			free(pod.status);
		}
		take(l, text);
	}
}

static void report(struct looker *l, const char *what)
{
	printf("  %-24s %8zu lines, %6.1f MB: %6.2f s of CPU, %5.1f us a line\n", what, l->lines,
	       (double)l->bytes / 1e6, l->seconds, l->seconds * 1e6 / (double)l->lines);
	l->lines = l->bytes = 0;
	l->seconds = 0;
}

int main(int argc, char **argv)
{
	size_t pods = argc > 1 ? strtoul(argv[1], NULL, 10) : PODS;
	struct core_config config;
	struct buf text = BUF_INIT(TEXT_MAX);
	if (!pods || argc > 2) {
		fputs("usage: bench_foreign [PODS]\n", stderr);
		return 2;
	}
	core_config_init(&config);
	struct looker l = {.core = core_new(&config, NULL)};
	watch_init(&l.decoder, 0);
	known_init(&l.known);
	size_t before = in_use();
	printf("%zu pods that are bound to nodes of others\n", pods);
	all(&l, &text, pods, "ADDED", 1);
	report(&l, "all of them, once");
	all(&l, &text, pods, "MODIFIED", 2);
	report(&l, "each changes once");
	buf_done(&text);
	printf("  kept of them: %.0f bytes a pod; ours: %zu\n", (double)(in_use() - before) / (double)pods, l.ours);
	watch_done(&l.decoder);
	known_done(&l.known);
	core_free(l.core);
	return EXIT_SUCCESS;
}
