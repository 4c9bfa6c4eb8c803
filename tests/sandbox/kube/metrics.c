#include "tests/sandbox/kube/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"

#define FRESH_MS 10000
#define API "metrics.k8s.io/v1beta1"

/* One node or container. */
struct point {
	char *ns, *pod, *container; /* NULL: the node itself */
	int64_t time_ms, start_ms;  /* 0: not told */
	double cpu_s, memory;	    /* 0: not told */
	bool has_before;
	int64_t before_ms;
	double before_cpu_s;
};

struct scraped {
	struct list link;
	char *node;
	struct point *points;
	size_t n, cap;
};

struct metrics_model {
	int64_t resolution_ms;
	struct list nodes;
};

/* ---- text ---- */

static char *label(const char *line, const char *end, const char *name)
{
	CLEANUP_FREE char *tag = xasprintf("%s=\"", name);
	const char *p = strstr(line, tag);
	return p && p < end ? xstrndup(p + strlen(tag), strcspn(p + strlen(tag), "\"")) : NULL;
}

static struct point *point_of(const struct scraped *s, const char *ns, const char *pod, const char *container)
{
	for (size_t i = 0; i < s->n; i++) {
		struct point *p = &s->points[i];
		if (text_equal(p->ns, ns) && text_equal(p->pod, pod) && text_equal(p->container, container)) {
			return p;
		}
	}
	return NULL;
}

static struct point *point_for(struct scraped *s, const char *line, const char *end)
{
	CLEANUP_FREE char *ns = label(line, end, "namespace");
	CLEANUP_FREE char *pod = label(line, end, "pod");
	CLEANUP_FREE char *container = label(line, end, "container");
	struct point *p = point_of(s, ns, pod, container);
	if (!p) {
		s->points = mem_grow(s->points, &s->cap, s->n + 1, sizeof(*s->points));
		p = &s->points[s->n++];
		*p = (struct point){.ns = xstrdup(ns), .pod = xstrdup(pod), .container = xstrdup(container)};
	}
	return p;
}

static void take_line(struct scraped *s, const char *line, int64_t now_ms)
{
	char name[128];
	double value;
	long long at = now_ms;
	const char *end = line + strcspn(line, "\n"), *brace = memchr(line, '}', (size_t)(end - line));
	if (sscanf(line, "%127[a-z_]", name) != 1) {
		return;
	}
	if (sscanf(brace ? brace + 1 : line + strlen(name), "%lf %lld", &value, &at) < 1) {
		return;
	}
	if (strcmp(name, "node_cpu_usage_seconds_total") == 0 ||
	    strcmp(name, "container_cpu_usage_seconds_total") == 0) {
		struct point *p = point_for(s, line, end);
		p->cpu_s = value;
		p->time_ms = at;
	} else if (strcmp(name, "node_memory_working_set_bytes") == 0 ||
		   strcmp(name, "container_memory_working_set_bytes") == 0) {
		struct point *p = point_for(s, line, end);
		p->memory = value;
		p->time_ms = at;
	} else if (strcmp(name, "container_start_time_seconds") == 0) {
		point_for(s, line, end)->start_ms = (int64_t)(value * 1000);
	}
}

static void take_text(struct scraped *s, const char *text, int64_t now_ms)
{
	for (const char *line = text; *line;) {
		if (*line != '#') {
			take_line(s, line, now_ms);
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* ---- points ---- */

static bool complete(const struct point *p)
{
	return p->time_ms && p->cpu_s > 0 && p->memory > 0;
}

static void compare(const struct metrics_model *m, struct point *p, const struct point *old)
{
	int64_t age = p->time_ms - p->start_ms;
	if (p->container && p->start_ms && age >= FRESH_MS && age < m->resolution_ms) {
		p->has_before = true;
		p->before_ms = p->start_ms;
		p->before_cpu_s = 0;
	} else if (old && complete(old) && p->start_ms < old->time_ms) {
		bool newer = p->time_ms > old->time_ms;
		p->has_before = newer || old->has_before;
		p->before_ms = newer ? old->time_ms : old->before_ms;
		p->before_cpu_s = newer ? old->cpu_s : old->before_cpu_s;
	}
}

static void scraped_free(struct scraped *s)
{
	list_remove(&s->link);
	for (size_t i = 0; i < s->n; i++) {
		free(s->points[i].ns);
		free(s->points[i].pod);
		free(s->points[i].container);
	}
	free(s->points);
	free(s->node);
	free(s);
}

static struct scraped *find(const struct metrics_model *m, const char *node)
{
	LIST_EACH (&m->nodes, link) {
		struct scraped *s = LIST_ENTRY(link, struct scraped, link);
		if (strcmp(s->node, node) == 0) {
			return s;
		}
	}
	return NULL;
}

void metrics_model_take(struct metrics_model *m, const char *node, const char *text, int64_t now_ms)
{
	struct scraped *old = find(m, node);
	if (text) {
		struct scraped *s = xcalloc(1, sizeof(*s));
		s->node = xstrdup(node);
		take_text(s, text, now_ms);
		for (size_t i = 0; i < s->n; i++) {
			struct point *p = &s->points[i];
			compare(m, p, old ? point_of(old, p->ns, p->pod, p->container) : NULL);
		}
		list_push(&m->nodes, &s->link);
	}
	if (old) {
		scraped_free(old);
	}
}

struct metrics_model *metrics_model_new(int64_t resolution_ms)
{
	struct metrics_model *m = xcalloc(1, sizeof(*m));
	m->resolution_ms = resolution_ms;
	list_init(&m->nodes);
	return m;
}

void metrics_model_free(struct metrics_model *m)
{
	if (m) {
		LIST_EACH (&m->nodes, link) {
			scraped_free(LIST_ENTRY(link, struct scraped, link));
		}
	}
	free(m);
}

/* ---- objects ---- */

/* Can a rate be told? */
static bool told(const struct point *p)
{
	return complete(p) && p->has_before && p->time_ms > p->before_ms && p->cpu_s >= p->before_cpu_s;
}

static json_t *usage(const struct point *p)
{
	double seconds = (double)(p->time_ms - p->before_ms) / 1000;
	return json_pack("{s:o,s:o}", "cpu", json_sprintf("%.0fn", (p->cpu_s - p->before_cpu_s) / seconds * 1e9),
			 "memory", json_sprintf("%.0fKi", p->memory / 1024));
}

static json_t *object(const char *kind, const char *ns, const char *name, const struct point *p)
{
	char at[TIME_TEXT_MAX];
	json_t *metadata = json_pack("{s:s,s:s}", "name", name, "creationTimestamp", time_text(p->time_ms, at));
	if (ns) {
		json_object_set_new(metadata, "namespace", json_string(ns));
	}
	return json_pack("{s:s,s:s,s:o,s:s,s:o}", "kind", kind, "apiVersion", API, "metadata", metadata, "timestamp",
			 at, "window", json_sprintf("%.3fs", (double)(p->time_ms - p->before_ms) / 1000));
}

json_t *metrics_model_nodes(const struct metrics_model *m)
{
	json_t *items = json_array();
	LIST_EACH (&m->nodes, link) {
		const struct scraped *s = LIST_ENTRY(link, struct scraped, link);
		const struct point *p = point_of(s, NULL, NULL, NULL);
		if (p && told(p)) {
			json_t *o = object("NodeMetrics", NULL, s->node, p);
			json_object_set_new(o, "usage", usage(p));
			json_array_append_new(items, o);
		}
	}
	return items;
}

/* NULL when a container of it is not complete, or too new. */
static json_t *pod_of(const struct scraped *s, const struct point *first)
{
	json_t *containers = json_array();
	for (size_t i = 0; i < s->n; i++) {
		const struct point *p = &s->points[i];
		if (!text_equal(p->ns, first->ns) || !text_equal(p->pod, first->pod) || !p->container) {
			continue;
		}
		if (!told(p)) {
			json_decref(containers);
			return NULL;
		}
		json_array_append_new(containers, json_pack("{s:s,s:o}", "name", p->container, "usage", usage(p)));
	}
	json_t *o = object("PodMetrics", first->ns, first->pod, first);
	json_object_set_new(o, "containers", containers);
	return o;
}

static bool is_first(const struct scraped *s, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (s->points[i].container && text_equal(s->points[i].ns, s->points[at].ns) &&
		    text_equal(s->points[i].pod, s->points[at].pod)) {
			return false;
		}
	}
	return s->points[at].container != NULL;
}

json_t *metrics_model_pods(const struct metrics_model *m, const char *ns)
{
	json_t *items = json_array();
	LIST_EACH (&m->nodes, link) {
		const struct scraped *s = LIST_ENTRY(link, struct scraped, link);
		for (size_t i = 0; i < s->n; i++) {
			bool wanted = is_first(s, i) && (!ns[0] || text_equal(s->points[i].ns, ns));
			json_t *o = wanted ? pod_of(s, &s->points[i]) : NULL;
			if (o) {
				json_array_append_new(items, o);
			}
		}
	}
	return items;
}
