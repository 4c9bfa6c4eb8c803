#include "tests/sandbox/mesos/resources.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/text.h"

#define TEXT_MAX_BYTES ((size_t)1 << 20)

static bool same_kind(const struct resource *a, const struct resource *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 && text_equal(a->reserved, b->reserved) &&
	       text_equal(a->role, b->role);
}

static void resource_done(struct resource *x)
{
	free(x->name);
	free(x->reserved);
	free(x->role);
	free(x->ranges);
}

void resources_done(struct resources *r)
{
	for (size_t i = 0; i < r->n; i++) {
		resource_done(&r->v[i]);
	}
	free(r->v);
	*r = (struct resources){0};
}

static bool is_empty(const struct resource *x)
{
	return x->kind == RESOURCE_SCALAR ? x->milli <= 0 : x->kind == RESOURCE_RANGES && x->n_ranges == 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct resource_range *x = a, *y = b;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void ranges_push(struct resource *x, int64_t begin, int64_t end)
{
	x->ranges = mem_grow(x->ranges, &x->cap_ranges, x->n_ranges + 1, sizeof(*x->ranges));
	x->ranges[x->n_ranges++] = (struct resource_range){begin, end};
}

/* Sorted, and neighbours joined. */
static void ranges_settle(struct resource *x)
{
	size_t n = 0;
	if (x->n_ranges == 0) {
		return;
	}
	qsort(x->ranges, x->n_ranges, sizeof(*x->ranges), by_begin);
	for (size_t i = 1; i < x->n_ranges; i++) {
		if (x->ranges[i].begin <= x->ranges[n].end + 1) {
			if (x->ranges[i].end > x->ranges[n].end) {
				x->ranges[n].end = x->ranges[i].end;
			}
		} else {
			x->ranges[++n] = x->ranges[i];
		}
	}
	x->n_ranges = n + 1;
}

static void ranges_subtract(struct resource *x, const struct resource *other)
{
	struct resource left = {0};
	for (size_t i = 0; i < x->n_ranges; i++) {
		int64_t begin = x->ranges[i].begin, end = x->ranges[i].end;
		for (size_t j = 0; j < other->n_ranges && begin <= end; j++) {
			const struct resource_range *cut = &other->ranges[j];
			if (cut->end < begin || cut->begin > end) {
				continue;
			}
			if (cut->begin > begin) {
				ranges_push(&left, begin, cut->begin - 1);
			}
			begin = cut->end + 1;
		}
		if (begin <= end) {
			ranges_push(&left, begin, end);
		}
	}
	free(x->ranges);
	x->ranges = left.ranges;
	x->n_ranges = left.n_ranges;
	x->cap_ranges = left.cap_ranges;
}

static bool ranges_contain(const struct resource *x, const struct resource *part)
{
	for (size_t i = 0; i < part->n_ranges; i++) {
		bool found = false;
		for (size_t j = 0; j < x->n_ranges && !found; j++) {
			found = x->ranges[j].begin <= part->ranges[i].begin && x->ranges[j].end >= part->ranges[i].end;
		}
		if (!found) {
			return false;
		}
	}
	return true;
}

static struct resource *find(const struct resources *r, const struct resource *like)
{
	for (size_t i = 0; i < r->n; i++) {
		if (same_kind(&r->v[i], like)) {
			return &r->v[i];
		}
	}
	return NULL;
}

static struct resource *push_like(struct resources *r, const struct resource *x)
{
	r->v = mem_grow(r->v, &r->cap, r->n + 1, sizeof(*r->v));
	struct resource *to = &r->v[r->n++];
	*to = (struct resource){.kind = x->kind,
				.name = xstrdup(x->name),
				.reserved = x->reserved ? xstrdup(x->reserved) : NULL,
				.role = x->role ? xstrdup(x->role) : NULL};
	return to;
}

static void add_one(struct resources *r, const struct resource *x)
{
	if (is_empty(x)) {
		return;
	}
	struct resource *to = find(r, x);
	if (!to) {
		to = push_like(r, x);
	}
	to->milli += x->milli;
	for (size_t i = 0; i < x->n_ranges; i++) {
		ranges_push(to, x->ranges[i].begin, x->ranges[i].end);
	}
	ranges_settle(to);
}

void resources_add(struct resources *r, const struct resources *other)
{
	for (size_t i = 0; i < other->n; i++) {
		add_one(r, &other->v[i]);
	}
}

void resources_copy(struct resources *to, const struct resources *from)
{
	*to = (struct resources){0};
	resources_add(to, from);
}

void resources_subtract(struct resources *r, const struct resources *other)
{
	for (size_t i = 0; i < other->n; i++) {
		struct resource *x = find(r, &other->v[i]);
		if (!x) {
			continue;
		}
		x->milli -= other->v[i].milli;
		ranges_subtract(x, &other->v[i]);
		if (is_empty(x)) {
			resource_done(x);
			memmove(x, x + 1, (size_t)(r->v + r->n - (x + 1)) * sizeof(*x));
			r->n--;
		}
	}
}

bool resources_empty(const struct resources *r)
{
	return r->n == 0;
}

bool resources_contain(const struct resources *r, const struct resources *part)
{
	for (size_t i = 0; i < part->n; i++) {
		const struct resource *x = find(r, &part->v[i]);
		if (!x || x->kind == RESOURCE_SET || x->milli < part->v[i].milli || !ranges_contain(x, &part->v[i])) {
			return false;
		}
	}
	return true;
}

void resources_allocate(struct resources *r, const char *role, bool only_unset)
{
	struct resources old = *r;
	*r = (struct resources){0};
	for (size_t i = 0; i < old.n; i++) {
		struct resource *x = &old.v[i];
		if (!only_unset || !x->role) {
			free(x->role);
			x->role = role ? xstrdup(role) : NULL;
		}
	}
	resources_add(r, &old);
	resources_done(&old);
}

/* "web/prod" may use what is reserved for "web". */
static bool below(const char *role, const char *reserved)
{
	size_t n = strlen(reserved);
	return strncmp(role, reserved, n) == 0 && (role[n] == 0 || role[n] == '/');
}

void resources_for_role(const struct resources *r, const char *role, struct resources *ret)
{
	*ret = (struct resources){0};
	for (size_t i = 0; i < r->n; i++) {
		if (!r->v[i].reserved || below(role, r->v[i].reserved)) {
			add_one(ret, &r->v[i]);
		}
	}
}

static size_t rank(const struct resource *x, const struct resources *like)
{
	for (size_t i = 0; i < like->n; i++) {
		const struct resource *y = &like->v[i];
		if (y->kind == x->kind && strcmp(y->name, x->name) == 0 && text_equal(y->reserved, x->reserved)) {
			return x->kind == RESOURCE_SCALAR ? like->n + i : i;
		}
	}
	return 2 * like->n;
}

void resources_sort(struct resources *r, const struct resources *like)
{
	for (size_t i = 1; i < r->n; i++) {
		struct resource x = r->v[i];
		size_t k = i;
		for (; k > 0 && rank(&r->v[k - 1], like) > rank(&x, like); k--) {
			r->v[k] = r->v[k - 1];
		}
		r->v[k] = x;
	}
}

int64_t resources_milli(const struct resources *r, const char *name)
{
	int64_t sum = 0;
	for (size_t i = 0; i < r->n; i++) {
		sum += strcmp(r->v[i].name, name) == 0 ? r->v[i].milli : 0;
	}
	return sum;
}

bool resources_has(const struct resources *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->v[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

static void print_milli(struct buf *b, int64_t milli)
{
	(void)buf_printf(b, "%" PRId64, milli / 1000);
	if (milli % 1000 != 0) {
		char digits[8];
		snprintf(digits, sizeof(digits), "%03d", (int)(milli % 1000));
		for (size_t n = 3; digits[n - 1] == '0'; n--) {
			digits[n - 1] = 0;
		}
		(void)buf_printf(b, ".%s", digits);
	}
}

static void print_one(struct buf *b, const struct resource *x)
{
	(void)buf_puts(b, x->name);
	if (x->role) {
		(void)buf_printf(b, "(allocated: %s)", x->role);
	}
	if (x->reserved) {
		(void)buf_printf(b, "(reservations: [(STATIC,%s)])", x->reserved);
	}
	(void)buf_putc(b, ':');
	if (x->kind == RESOURCE_SCALAR) {
		print_milli(b, x->milli);
		return;
	}
	(void)buf_putc(b, x->kind == RESOURCE_RANGES ? '[' : '{');
	for (size_t i = 0; i < x->n_ranges; i++) {
		(void)buf_printf(b, "%s%" PRId64 "-%" PRId64, i > 0 ? ", " : "", x->ranges[i].begin, x->ranges[i].end);
	}
	(void)buf_putc(b, x->kind == RESOURCE_RANGES ? ']' : '}');
}

char *resources_text(const struct resources *r)
{
	struct buf b = BUF_INIT(TEXT_MAX_BYTES);
	size_t n;
	for (size_t i = 0; i < r->n; i++) {
		(void)buf_puts(&b, i > 0 ? "; " : "");
		print_one(&b, &r->v[i]);
	}
	if (r->n == 0) {
		(void)buf_puts(&b, "{}");
	}
	return buf_steal(&b, &n);
}

static json_t *one_json(const struct resource *x, enum resource_format format)
{
	json_t *o = json_pack("{s:s}", "name", x->name);
	if (x->kind == RESOURCE_SCALAR) {
		json_object_update_new(
		    o, json_pack("{s:s,s:{s:f}}", "type", "SCALAR", "scalar", "value", (double)x->milli / 1000.0));
	} else {
		json_t *ranges = json_array();
		for (size_t i = 0; i < x->n_ranges; i++) {
			json_array_append_new(ranges, json_pack("{s:I,s:I}", "begin", (json_int_t)x->ranges[i].begin,
								"end", (json_int_t)x->ranges[i].end));
		}
		json_object_update_new(o, json_pack("{s:s,s:{s:o}}", "type", "RANGES", "ranges", "range", ranges));
	}
	if (format == RESOURCE_FORMAT_ROLE) {
		json_object_set_new(o, "role", json_string(x->reserved ? x->reserved : "*"));
	}
	if (x->role) {
		json_object_set_new(o, "allocation_info", json_pack("{s:s}", "role", x->role));
	}
	if (format == RESOURCE_FORMAT_REFINED && x->reserved) {
		json_object_set_new(o, "reservations", json_pack("[{s:s,s:s}]", "type", "STATIC", "role", x->reserved));
	}
	return o;
}

json_t *resources_json(const struct resources *r, enum resource_format format)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->n; i++) {
		json_array_append_new(a, one_json(&r->v[i], format));
	}
	return a;
}
