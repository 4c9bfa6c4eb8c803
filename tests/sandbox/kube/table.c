#include "tests/sandbox/kube/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/table_inner.h"

#define CELL_MAX ((size_t)1 << 20)

/* Cells */

void table_text(json_t *cells, const char *text, const char *otherwise)
{
	json_t *cell = json_string(text && *text ? text : otherwise);
	/* A word that was cut in the middle of a character is no JSON string. */
	json_array_append_new(cells, cell ? cell : json_string("<invalid>"));
}

void table_number(json_t *cells, int64_t number)
{
	json_array_append_new(cells, json_integer(number));
}

void table_format(json_t *cells, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	json_array_append_new(cells, json_vsprintf(format, args));
	va_end(args);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends "k=v,..." sorted by key. */
static void append_labels(struct buf *b, const json_t *labels)
{
	size_t n = json_object_size(labels), i = 0;
	const char **keys = xcalloc(n + 1, sizeof(*keys));
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)labels, key, value) {
		keys[i++] = key;
	}
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 0; i < n; i++) {
		const char *text = js_str(labels, keys[i]);
		buf_printf(b, "%s%s=%s", b->len > 0 ? "," : "", keys[i], text ? text : "");
	}
	free(keys);
}

static char *text_or_none(struct buf *b)
{
	if (b->len == 0) {
		buf_puts(b, "<none>");
	}
	return buf_steal(b, NULL);
}

char *table_labels(const json_t *labels)
{
	struct buf b = BUF_INIT(CELL_MAX);
	append_labels(&b, labels);
	return text_or_none(&b);
}

static void append_expression(struct buf *b, const json_t *expression)
{
	const char *op = js_str(expression, "operator"), *key = js_str(expression, "key");
	const char *comma = b->len > 0 ? "," : "";
	size_t i;
	json_t *value;
	if (!op || !key) {
		return;
	}
	if (strcmp(op, "Exists") == 0) {
		buf_printf(b, "%s%s", comma, key);
		return;
	}
	if (strcmp(op, "DoesNotExist") == 0) {
		buf_printf(b, "%s!%s", comma, key);
		return;
	}
	buf_printf(b, "%s%s %s (", comma, key, strcmp(op, "In") == 0 ? "in" : "notin");
	json_array_foreach (js_arr(expression, "values"), i, value) {
		buf_printf(b, "%s%s", i > 0 ? "," : "", json_is_string(value) ? json_string_value(value) : "");
	}
	buf_putc(b, ')');
}

char *table_selector(const json_t *selector)
{
	struct buf b = BUF_INIT(CELL_MAX);
	size_t i;
	json_t *expression;
	append_labels(&b, js_obj(selector, "matchLabels"));
	json_array_foreach (js_arr(selector, "matchExpressions"), i, expression) {
		append_expression(&b, expression);
	}
	return text_or_none(&b);
}

void table_containers(json_t *cells, const json_t *template)
{
	CLEANUP_BUF struct buf names = BUF_INIT(CELL_MAX);
	CLEANUP_BUF struct buf images = BUF_INIT(CELL_MAX);
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(js_obj(template, "spec"), "containers"), i, container) {
		const char *name = js_str(container, "name"), *image = js_str(container, "image");
		buf_printf(&names, "%s%s", i > 0 ? "," : "", name ? name : "");
		buf_printf(&images, "%s%s", i > 0 ? "," : "", image ? image : "");
	}
	table_text(cells, buf_str(&names), "");
	table_text(cells, buf_str(&images), "");
}

/* Ages */

static const char *two_units(char out[TABLE_AGE_MAX], int64_t large, char large_unit, int64_t small, char small_unit)
{
	if (small == 0) {
		snprintf(out, TABLE_AGE_MAX, "%lld%c", (long long)large, large_unit);
	} else {
		snprintf(out, TABLE_AGE_MAX, "%lld%c%lld%c", (long long)large, large_unit, (long long)small,
			 small_unit);
	}
	return out;
}

/* Two units where the larger one alone would be coarse; the limits are those of the real API server. */
const char *table_duration(int64_t ms, char out[TABLE_AGE_MAX])
{
	int64_t seconds = ms / 1000, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
	if (seconds < -1) {
		snprintf(out, TABLE_AGE_MAX, "<invalid>");
		return out;
	}
	if (seconds < 120) {
		return two_units(out, seconds < 0 ? 0 : seconds, 's', 0, 0);
	}
	if (minutes < 10) {
		return two_units(out, minutes, 'm', seconds % 60, 's');
	}
	if (minutes < 180) {
		return two_units(out, minutes, 'm', 0, 0);
	}
	if (hours < 8) {
		return two_units(out, hours, 'h', minutes % 60, 'm');
	}
	if (hours < 48) {
		return two_units(out, hours, 'h', 0, 0);
	}
	if (days < 8) {
		return two_units(out, days, 'd', hours % 24, 'h');
	}
	if (days < 730) {
		return two_units(out, days, 'd', 0, 0);
	}
	return two_units(out, days / 365, 'y', days < 8 * 365 ? days % 365 : 0, 'd');
}

const char *table_since(const char *time, int64_t now_ms, char out[TABLE_AGE_MAX])
{
	int64_t then;
	if (!time || time_parse(time, &then) < 0) {
		snprintf(out, TABLE_AGE_MAX, "<unknown>");
		return out;
	}
	return table_duration(now_ms - then, out);
}

const char *table_age(const json_t *object, int64_t now_ms, char out[TABLE_AGE_MAX])
{
	return table_since(js_str_at(object, "metadata", "creationTimestamp", NULL), now_ms, out);
}

/* Kinds without columns of their own */

static const struct table_column DEFAULT_COLUMNS[] = {{"Name", "string", 0}, {"Created At", "date", 0}, {0}};

static void default_row(json_t *cells, const json_t *object, int64_t now_ms)
{
	(void)now_ms;
	table_text(cells, js_str_at(object, "metadata", "name", NULL), "");
	table_text(cells, js_str_at(object, "metadata", "creationTimestamp", NULL), "<unknown>");
}

static const struct table_printer DEFAULT_PRINTER = {"", DEFAULT_COLUMNS, default_row};

static const struct table_printer *printer_in(const struct table_printer *list, const char *resource)
{
	for (; list->resource; list++) {
		if (strcmp(list->resource, resource) == 0) {
			return list;
		}
	}
	return NULL;
}

static const struct table_printer *printer_of(const char *resource)
{
	if (strcmp(resource, TABLE_PODS.resource) == 0) {
		return &TABLE_PODS;
	}
	const struct table_printer *p = printer_in(TABLE_CORE, resource);
	p = p ? p : printer_in(TABLE_WORKLOADS, resource);
	p = p ? p : printer_in(TABLE_STORAGE, resource);
	return p ? p : &DEFAULT_PRINTER;
}

/* Tables */

static json_t *columns_of(const struct table_printer *p)
{
	json_t *array = json_array();
	for (const struct table_column *c = p->columns; c->name; c++) {
		bool is_name = c == p->columns && strcmp(c->name, "Name") == 0;
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:s, s:i}", "name", c->name, "type", c->type, "format",
						is_name ? "name" : "", "description", "", "priority", c->priority));
	}
	return array;
}

/* kubectl shows finished pods apart when it is asked to. */
static json_t *conditions_of(const char *resource, const json_t *object)
{
	const char *phase = js_str_at(object, "status", "phase", NULL);
	if (strcmp(resource, TABLE_PODS.resource) != 0 || !phase) {
		return NULL;
	}
	const char *message = strcmp(phase, "Succeeded") == 0 ? "The pod has completed successfully."
			      : strcmp(phase, "Failed") == 0  ? "The pod failed."
							      : NULL;
	return message ? json_pack("[{s:s, s:s, s:s, s:s}]", "type", "Completed", "status", "True", "reason", phase,
				   "message", message)
		       : NULL;
}

static json_t *row_of(const struct table_printer *p, const char *resource, json_t *object, int64_t now_ms)
{
	json_t *cells = json_array(), *metadata = js_obj(object, "metadata");
	p->row(cells, object, now_ms);
	json_t *row = json_pack("{s:o}", "cells", cells);
	json_t *conditions = conditions_of(resource, object);
	if (conditions) {
		json_object_set_new(row, "conditions", conditions);
	}
	json_object_set_new(row, "object",
			    json_pack("{s:s, s:s, s:O}", "kind", "PartialObjectMetadata", "apiVersion",
				      "meta.k8s.io/v1", "metadata", metadata ? metadata : json_null()));
	return row;
}

static json_t *metadata_of(json_t *object_or_list, bool is_list)
{
	json_t *metadata = js_obj(object_or_list, "metadata");
	if (is_list && metadata) {
		return json_incref(metadata);
	}
	const char *version = js_str(metadata, "resourceVersion");
	return json_pack("{s:s}", "resourceVersion", version ? version : "");
}

json_t *table_of(const char *resource, json_t *object_or_list, int64_t now_ms, bool with_columns)
{
	const struct table_printer *p = printer_of(resource);
	json_t *items = js_arr(object_or_list, "items"), *rows = json_array();
	if (items) {
		size_t i;
		json_t *object;
		json_array_foreach (items, i, object) {
			json_array_append_new(rows, row_of(p, resource, object, now_ms));
		}
	} else {
		json_array_append_new(rows, row_of(p, resource, object_or_list, now_ms));
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", "Table", "apiVersion", "meta.k8s.io/v1", "metadata",
			 metadata_of(object_or_list, items != NULL), "columnDefinitions",
			 with_columns ? columns_of(p) : json_null(), "rows", rows);
}

/* Items of a list carry no kind, but an object that stands alone does. */
static json_t *whole_object(json_t *list, json_t *item)
{
	json_t *object = json_copy(item);
	const char *kind = js_str(list, "kind");
	if (!js_str(item, "kind") && kind && strlen(kind) > 4) {
		json_object_set_new(object, "kind", json_stringn(kind, strlen(kind) - 4));
		json_object_set(object, "apiVersion", json_object_get(list, "apiVersion"));
	}
	return object;
}

void table_include(json_t *table, json_t *object_or_list, const char *include)
{
	bool none = include && strcmp(include, "None") == 0;
	if (!none && (!include || strcmp(include, "Object") != 0)) {
		return;
	}
	json_t *items = js_arr(object_or_list, "items"), *row;
	size_t i;
	json_array_foreach (js_arr(table, "rows"), i, row) {
		if (none) {
			json_object_set_new(row, "object", json_null());
		} else if (items) {
			json_object_set_new(row, "object", whole_object(object_or_list, json_array_get(items, i)));
		} else {
			json_object_set(row, "object", object_or_list);
		}
	}
}
