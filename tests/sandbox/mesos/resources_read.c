#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/resources.h"

#define SCALAR_MAX 1e12 /* keeps sums of thousandths far from overflow */

static void one_done(struct resource *x)
{
	free(x->name);
	free(x->reserved);
	free(x->role);
	free(x->ranges);
}

static void push(struct resources *to, const struct resource *x)
{
	struct resource one = *x;
	struct resources single = {.v = &one, .n = 1};
	resources_add(to, &single);
}

static int add_range(struct resource *x, int64_t begin, int64_t end, struct err *e)
{
	if (begin < 0 || end < begin) {
		return err_set(e, ERR_INVALID, "Invalid ranges resource: begin > end");
	}
	if (x->n_ranges >= RESOURCES_RANGES_MAX) {
		return err_set(e, ERR_LIMIT, "more than %d ranges", RESOURCES_RANGES_MAX);
	}
	x->ranges = mem_grow(x->ranges, &x->cap_ranges, x->n_ranges + 1, sizeof(*x->ranges));
	x->ranges[x->n_ranges++] = (struct resource_range){begin, end};
	return 0;
}

static int scalar_json(const json_t *o, struct resource *x, struct err *e)
{
	const json_t *scalar = js_obj(o, "scalar");
	double value = js_num(scalar, "value", 0);
	if (!scalar) {
		return err_set(e, ERR_INVALID, "Invalid scalar resource");
	}
	if (!(value >= 0) || value > SCALAR_MAX) {
		return err_set(e, ERR_INVALID,
			       value < 0 ? "Resource '%s:%g' is invalid: Invalid scalar resource: value <= 0"
					 : "Resource '%s:%g' is invalid: too large",
			       x->name, value);
	}
	x->milli = llround(value * 1000);
	return 0;
}

static int ranges_json(const json_t *o, struct resource *x, struct err *e)
{
	size_t i;
	json_t *range;
	json_array_foreach (js_arr(js_obj(o, "ranges"), "range"), i, range) {
		if (add_range(x, js_int(range, "begin", -1), js_int(range, "end", -1), e)) {
			return err_wrap(e, "Resource '%s' is invalid", x->name);
		}
	}
	return 0;
}

static int one_json(const json_t *o, struct resource *x, struct err *e)
{
	const char *type = js_str(o, "type"), *name = js_str(o, "name"), *role = js_str(o, "role");
	const json_t *stack = js_arr(o, "reservations");
	if (stack) {
		role = js_str(json_array_get(stack, json_array_size(stack) - 1), "role");
	}
	x->name = xstrdup(name ? name : "");
	x->reserved = role && strcmp(role, "*") != 0 ? xstrdup(role) : NULL;
	role = js_str_at(o, "allocation_info", "role", NULL);
	x->role = role ? xstrdup(role) : NULL;
	if (x->name[0] == 0) {
		return err_set(e, ERR_INVALID, "Empty resource name");
	}
	if (type && strcmp(type, "SCALAR") == 0) {
		x->kind = RESOURCE_SCALAR;
		return scalar_json(o, x, e);
	}
	if (type && strcmp(type, "RANGES") == 0) {
		x->kind = RESOURCE_RANGES;
		return ranges_json(o, x, e);
	}
	x->kind = RESOURCE_SET;
	return 0;
}

int resources_from_json(const json_t *array, struct resources *ret, struct err *e)
{
	struct resources r = {0};
	size_t i;
	json_t *o;
	json_array_foreach (array, i, o) {
		struct resource x = {0};
		int failed = one_json(o, &x, e);
		if (!failed) {
			push(&r, &x);
		}
		one_done(&x);
		if (failed) {
			resources_done(&r);
			return -1;
		}
	}
	*ret = r;
	return 0;
}

static int ranges_text(const char *s, const char *end, struct resource *x, struct err *e)
{
	for (s++; s < end && *s != ']';) {
		char *after;
		long long begin = strtoll(s, &after, 10);
		if (*after != '-') {
			return err_set(e, ERR_INVALID, "expected BEGIN-END at '%s'", s);
		}
		long long last = strtoll(after + 1, &after, 10);
		if (add_range(x, begin, last, e)) {
			return -1;
		}
		s = after + strspn(after, ", ");
		if (s == after && *s != ']') {
			return err_set(e, ERR_INVALID, "expected ',' or ']' at '%s'", s);
		}
	}
	x->kind = RESOURCE_RANGES;
	return 0;
}

/* name[(role)]:value */
static int one_text(const char *s, const char *end, struct resource *x, struct err *e)
{
	const char *colon = memchr(s, ':', (size_t)(end - s));
	if (!colon || colon == s) {
		return err_set(e, ERR_INVALID, "expected NAME:VALUE at '%.*s'", (int)(end - s), s);
	}
	const char *paren = memchr(s, '(', (size_t)(colon - s));
	if (paren && colon[-1] != ')') {
		return err_set(e, ERR_INVALID, "missing ')' in '%.*s'", (int)(end - s), s);
	}
	x->name = xstrndup(s, (size_t)((paren ? paren : colon) - s));
	x->reserved = paren ? xstrndup(paren + 1, (size_t)(colon - 2 - paren)) : NULL;
	if (x->reserved && strcmp(x->reserved, "*") == 0) {
		free(x->reserved);
		x->reserved = NULL;
	}
	if (colon[1] == '[') {
		return ranges_text(colon + 1, end, x, e);
	}
	char *after;
	double value = strtod(colon + 1, &after);
	if (after != end || !(value >= 0) || value > SCALAR_MAX) {
		return err_set(e, ERR_INVALID, "'%.*s' is no amount", (int)(end - colon - 1), colon + 1);
	}
	x->milli = llround(value * 1000);
	return 0;
}

int resources_parse(const char *text, struct resources *ret, struct err *e)
{
	struct resources r = {0};
	for (const char *s = text; *s;) {
		s += strspn(s, " ;");
		const char *end = s + strcspn(s, ";");
		if (end == s) {
			break;
		}
		const char *trimmed = end;
		while (trimmed > s && isspace((unsigned char)trimmed[-1])) {
			trimmed--;
		}
		struct resource x = {0};
		int failed = one_text(s, trimmed, &x, e);
		if (!failed) {
			push(&r, &x);
		}
		one_done(&x);
		if (failed) {
			resources_done(&r);
			return err_wrap(e, "resources '%s'", text);
		}
		s = end;
	}
	*ret = r;
	return 0;
}
