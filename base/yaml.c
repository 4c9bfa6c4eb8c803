#include "base/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/js.h"
#include "base/mem.h"

/* One open sequence or mapping. */
struct level {
	json_t *container;
	char *key; /* of a mapping, when its value comes next */
};

struct reading {
	yaml_parser_t parser;
	const char *name;
	struct level levels[YAML_DEPTH_MAX];
	size_t depth, nodes, documents;
	json_t *root;
};

static int fail(const struct reading *r, yaml_mark_t at, enum err_code code, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static int fail(const struct reading *r, yaml_mark_t at, enum err_code code, struct err *e, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX / 2];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, code, "%s:%zu:%zu: %s", r->name, at.line + 1, at.column + 1, what);
}

static bool is_one_of(const char *s, const char *a, const char *b, const char *c)
{
	return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0;
}

static bool consists_of(const char *s, const char *characters)
{
	return *s && !s[strspn(s, characters)];
}

static json_t *whole_of(const char *s, int base)
{
	char *end;
	errno = 0;
	long long whole = strtoll(s, &end, base);
	return *end || errno ? NULL : json_integer(whole);
}

/* NULL when it is no number. */
static json_t *number_of(const char *s)
{
	if (s[0] == '0' && s[1] == 'x') {
		return consists_of(s + 2, "0123456789abcdefABCDEF") ? whole_of(s + 2, 16) : NULL;
	}
	if (s[0] == '0' && s[1] == 'o') {
		return consists_of(s + 2, "01234567") ? whole_of(s + 2, 8) : NULL;
	}
	const char *digits = s + (*s == '-' || *s == '+');
	bool leading_zero = digits[0] == '0' && isdigit((unsigned char)digits[1]);
	if (leading_zero || !consists_of(digits, "0123456789.eE+-") || !strpbrk(digits, "0123456789")) {
		return NULL;
	}
	json_t *whole = whole_of(s, 10);
	if (whole) {
		return whole;
	}
	char *end;
	double d = strtod(s, &end);
	return *end || !isfinite(d) ? NULL : json_real(d);
}

static json_t *plain_of(const char *s)
{
	if (!*s || strcmp(s, "~") == 0 || is_one_of(s, "null", "Null", "NULL")) {
		return json_null();
	}
	if (is_one_of(s, "true", "True", "TRUE")) {
		return json_true();
	}
	if (is_one_of(s, "false", "False", "FALSE")) {
		return json_false();
	}
	json_t *number = number_of(s);
	return number ? number : json_string(s);
}

static bool tag_is_string(const yaml_char_t *tag)
{
	return tag && (strcmp((const char *)tag, "!") == 0 || strcmp((const char *)tag, YAML_STR_TAG) == 0);
}

/* Hang a value where the document is; takes the reference. */
static int put(struct reading *r, json_t *value, yaml_mark_t at, struct err *e)
{
	if (!value) {
		return fail(r, at, ERR_INVALID, e, "text that is not UTF-8");
	}
	if (++r->nodes > YAML_NODES_MAX) {
		json_decref(value);
		return fail(r, at, ERR_LIMIT, e, "over %d values", YAML_NODES_MAX);
	}
	if (!r->depth) {
		r->root = value;
		return 0;
	}
	struct level *top = &r->levels[r->depth - 1];
	if (json_is_array(top->container)) {
		json_array_append_new(top->container, value);
		return 0;
	}
	json_object_set_new(top->container, top->key, value);
	free(top->key);
	top->key = NULL;
	return 0;
}

static bool key_wanted(const struct reading *r)
{
	const struct level *top = r->depth ? &r->levels[r->depth - 1] : NULL;
	return top && json_is_object(top->container) && !top->key;
}

static int on_scalar(struct reading *r, const yaml_event_t *event, struct err *e)
{
	const char *text = (const char *)event->data.scalar.value;
	const yaml_char_t *tag = event->data.scalar.tag;
	if (strlen(text) != event->data.scalar.length) {
		return fail(r, event->start_mark, ERR_INVALID, e, "text with a NUL character in it");
	}
	if (tag && !tag_is_string(tag)) {
		return fail(r, event->start_mark, ERR_UNSUPPORTED, e, "tag %.60s is not supported", (const char *)tag);
	}
	if (key_wanted(r)) {
		struct level *top = &r->levels[r->depth - 1];
		if (json_object_get(top->container, text)) {
			return fail(r, event->start_mark, ERR_INVALID, e, "key \"%.100s\" stands here twice", text);
		}
		top->key = xstrdup(text);
		return 0;
	}
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag;
	return put(r, plain ? plain_of(text) : json_string(text), event->start_mark, e);
}

static int on_open(struct reading *r, const yaml_event_t *event, struct err *e)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *tag = mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	if (tag) {
		return fail(r, event->start_mark, ERR_UNSUPPORTED, e, "tag %.60s is not supported", (const char *)tag);
	}
	if (key_wanted(r)) {
		return fail(r, event->start_mark, ERR_INVALID, e, "a key must be a scalar");
	}
	if (r->depth == YAML_DEPTH_MAX) {
		return fail(r, event->start_mark, ERR_LIMIT, e, "nested deeper than %d", YAML_DEPTH_MAX);
	}
	json_t *container = mapping ? json_object() : json_array();
	if (put(r, container, event->start_mark, e) < 0) {
		return -1;
	}
	r->levels[r->depth++] = (struct level){.container = container};
	return 0;
}

/* 1: the end of the text. */
static int on_event(struct reading *r, const yaml_event_t *event, struct err *e)
{
	switch (event->type) {
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_DOCUMENT_START_EVENT:
		return r->documents++ ? fail(r, event->start_mark, ERR_UNSUPPORTED, e, "a second document") : 0;
	case YAML_ALIAS_EVENT:
		return fail(r, event->start_mark, ERR_UNSUPPORTED, e, "alias *%.60s: aliases are not supported",
			    (const char *)event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, event, e);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return on_open(r, event, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	default:
		return 0;
	}
}

static int read_events(struct reading *r, struct err *e)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&r->parser, &event)) {
			yaml_mark_t at = r->parser.problem_mark;
			if (r->parser.error == YAML_MEMORY_ERROR) {
				return fail(r, r->parser.mark, ERR_MEMORY, e, "memory is short");
			}
			return fail(r, at, ERR_INVALID, e, "%s",
				    r->parser.problem ? r->parser.problem : "this is not YAML");
		}
		int done = on_event(r, &event, e);
		yaml_event_delete(&event);
		if (done) {
			return done < 0 ? -1 : 0;
		}
	}
}

/* For the whole tree at once; no value takes less than a byte of the text. */
static int check_room(size_t n)
{
	size_t values = n < YAML_NODES_MAX ? n : YAML_NODES_MAX;
	return mem_room(js_tree_bytes(values, values, n));
}

json_t *yaml_parse(const char *text, size_t n, const char *name, struct err *e)
{
	struct reading r = {.name = name};
	if (n > YAML_TEXT_MAX) {
		err_set(e, ERR_LIMIT, "%s: over %zu bytes", name, YAML_TEXT_MAX);
		return NULL;
	}
	if (check_room(n) < 0 || !yaml_parser_initialize(&r.parser)) {
		err_set(e, ERR_MEMORY, "%s: memory is short", name);
		return NULL;
	}
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	int failed = read_events(&r, e);
	yaml_parser_delete(&r.parser);
	while (r.depth > 0) {
		free(r.levels[--r.depth].key);
	}
	if (failed) {
		json_decref(r.root);
		return NULL;
	}
	return r.root ? r.root : json_null();
}

json_t *yaml_load(const char *path, struct err *e)
{
	size_t n;
	char *text = file_read(path, YAML_TEXT_MAX, &n, e);
	json_t *root = text ? yaml_parse(text, n, path, e) : NULL;
	free(text);
	return root;
}
