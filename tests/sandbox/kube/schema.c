#include "tests/sandbox/kube/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "tests/sandbox/kube/schema_rows.h"

struct schema {
	struct schema_type *types;
	size_t n, cap;
	struct map by_name;
};

static const struct {
	const char *word;
	enum schema_kind kind;
} SCALARS[] = {
    {"string", SCHEMA_STRING},	   {"bool", SCHEMA_BOOL},	   {"int32", SCHEMA_INT32},
    {"int64", SCHEMA_INT64},	   {"number", SCHEMA_NUMBER},	   {"bytes", SCHEMA_BYTES},
    {"any", SCHEMA_ANY},	   {"Time", SCHEMA_TIME},	   {"MicroTime", SCHEMA_MICROTIME},
    {"Quantity", SCHEMA_QUANTITY}, {"IntOrString", SCHEMA_INTSTR},
};

static void add_rows(struct schema *s, const struct schema_row *rows)
{
	for (; rows->name; rows++) {
		s->types = mem_grow(s->types, &s->cap, s->n + 1, sizeof(*s->types));
		size_t len = strlen(rows->name);
		bool atomic = rows->name[len - 1] == '%';
		/* The fields are compiled in a second pass, when every type has its place. */
		s->types[s->n++] = (struct schema_type){.name = xstrndup(rows->name, len - atomic), .atomic = atomic};
	}
}

static struct schema_shape *shape_parse(const struct schema *s, const char *word, size_t n)
{
	struct schema_shape *shape = xcalloc(1, sizeof(*shape));
	if (n && word[0] == '*') {
		shape->pointer = true;
		word++;
		n--;
	}
	if (n > 2 && memcmp(word, "[]", 2) == 0) {
		shape->kind = SCHEMA_LIST;
		shape->element = shape_parse(s, word + 2, n - 2);
		return shape;
	}
	if (n > 4 && memcmp(word, "map:", 4) == 0) {
		shape->kind = SCHEMA_MAP;
		shape->element = shape_parse(s, word + 4, n - 4);
		return shape;
	}
	for (size_t i = 0; i < sizeof(SCALARS) / sizeof(SCALARS[0]); i++) {
		if (strlen(SCALARS[i].word) == n && memcmp(SCALARS[i].word, word, n) == 0) {
			shape->kind = SCALARS[i].kind;
			return shape;
		}
	}
	char *name = xstrndup(word, n);
	shape->kind = SCHEMA_STRUCT;
	shape->type = schema_find(s, name);
	free(name);
	if (!shape->type) {
		abort(); /* a row names a type that has none: a defect of the tables */
	}
	return shape;
}

/* What follows the type of a field. */
static void marks_parse(struct schema_field *f, const char *p, const char *end)
{
	while (p < end) {
		char mark = *p++;
		size_t n = strcspn(p, " !~^=@%");
		if (p + n > end) {
			n = (size_t)(end - p);
		}
		if (mark == '!') {
			f->always = true;
		} else if (mark == '~') {
			f->merges = true;
			f->merge_key = n ? xstrndup(p, n) : NULL;
		} else if (mark == '^') {
			f->retain_keys = true;
		} else if (mark == '=') {
			f->replaces = true;
		} else if (mark == '%') {
			f->apply_atomic = true;
		} else if (mark == '@' && n == 0) {
			f->apply_set = true;
		} else if (mark == '@') {
			f->apply_map = true;
			for (size_t i = 0; i < n && f->n_keys < SCHEMA_KEYS_MAX;) {
				size_t len = strcspn(p + i, "+ !~^=@%");
				f->keys[f->n_keys++] = xstrndup(p + i, len);
				i += len + 1;
			}
		}
		p += n;
	}
}

/* "#3" or "#2.1" */
static void number_parse(struct schema_field *f, const char *p)
{
	if (*p != '#') {
		return;
	}
	char *end;
	f->number = (int)strtol(p + 1, &end, 10);
	if (*end == '.') {
		f->around = f->number;
		f->number = (int)strtol(end + 1, NULL, 10);
	}
}

static void compile(const struct schema *s, struct schema_type *t, const char *text)
{
	size_t cap = 0;
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, " ");
		const char *colon = memchr(p, ':', len);
		if (colon) {
			const char *type = colon + 1;
			size_t n = strcspn(type, " !~^=@%");
			t->fields = mem_grow(t->fields, &cap, t->n_fields + 1, sizeof(*t->fields));
			struct schema_field *f = &t->fields[t->n_fields++];
			size_t name = strcspn(p, "#:");
			*f = (struct schema_field){.name = xstrndup(p, name), .shape = shape_parse(s, type, n)};
			number_parse(f, p + name);
			marks_parse(f, type + n, p + len);
		}
		p += len + (p[len] == ' ');
	}
}

struct schema *schema_new(void)
{
	static const struct schema_row *const TABLES[] = {SCHEMA_POD, SCHEMA_CORE, SCHEMA_GROUPS, SCHEMA_STORAGE};
	struct schema *s = xcalloc(1, sizeof(*s));
	for (size_t i = 0; i < sizeof(TABLES) / sizeof(TABLES[0]); i++) {
		add_rows(s, TABLES[i]);
	}
	for (size_t i = 0; i < s->n; i++) {
		map_put(&s->by_name, s->types[i].name, &s->types[i]);
	}
	size_t at = 0;
	for (size_t i = 0; i < sizeof(TABLES) / sizeof(TABLES[0]); i++) {
		for (const struct schema_row *row = TABLES[i]; row->name; row++) {
			compile(s, &s->types[at++], row->fields);
		}
	}
	return s;
}

static void shape_free(const struct schema_shape *shape)
{
	if (shape) {
		shape_free(shape->element);
		free((void *)(uintptr_t)shape);
	}
}

void schema_free(struct schema *s)
{
	if (!s) {
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct schema_type *t = &s->types[i];
		for (size_t j = 0; j < t->n_fields; j++) {
			struct schema_field *f = &t->fields[j];
			shape_free(f->shape);
			free(f->name);
			free(f->merge_key);
			for (size_t k = 0; k < f->n_keys; k++) {
				free(f->keys[k]);
			}
		}
		free(t->fields);
		free((char *)(uintptr_t)t->name);
	}
	map_done(&s->by_name);
	free(s->types);
	free(s);
}

const struct schema_type *schema_find(const struct schema *s, const char *name)
{
	return map_get(&s->by_name, name);
}

const struct schema_type *schema_of_resource(const struct schema *s, const struct kube_resource *r)
{
	if (strcmp(r->group, "events.k8s.io") == 0) {
		return schema_find(s, "events.Event");
	}
	return schema_find(s, r->kind);
}

const struct schema_field *schema_field(const struct schema_type *t, const char *name)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (strcmp(t->fields[i].name, name) == 0) {
			return &t->fields[i];
		}
	}
	return NULL;
}
