/* How one kind of object becomes a row; shared by the files of table.c only. */
#ifndef SANDBOX_KUBE_TABLE_INNER_H
#define SANDBOX_KUBE_TABLE_INNER_H

#include <jansson.h>
#include <stdint.h>

#include "base/timefmt.h"

struct table_column {
	const char *name;
	const char *type; /* "string", "integer" */
	int priority;	  /* 1: only in wide output */
};

struct table_printer {
	const char *resource;
	const struct table_column *columns; /* ends with one without a name */
	/* Append one cell per column. */
	void (*row)(json_t *cells, const json_t *object, int64_t now_ms);
};

/* End with a printer without a resource. */
extern const struct table_printer TABLE_CORE[], TABLE_WORKLOADS[], TABLE_STORAGE[];
extern const struct table_printer TABLE_PODS;

#define TABLE_AGE_MAX 32

/* A duration as people read it: "109s", "3m20s", "5h", "12d". */
const char *table_duration(int64_t ms, char out[TABLE_AGE_MAX]);
/* From a point in time of the API until now; "<unknown>" for NULL. */
const char *table_since(const char *time, int64_t now_ms, char out[TABLE_AGE_MAX]);
const char *table_age(const json_t *object, int64_t now_ms, char out[TABLE_AGE_MAX]);

/* Cells. Text that is missing or empty becomes `otherwise`. */
void table_text(json_t *cells, const char *text, const char *otherwise);
void table_format(json_t *cells, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_number(json_t *cells, int64_t number);
/* Sorted "a=b,c=d" of a map of strings, or "<none>"; free() it. */
char *table_labels(const json_t *labels);
/* The same of a label selector with its expressions. */
char *table_selector(const json_t *selector);
/* Two cells: names and images of a pod template's containers. */
void table_containers(json_t *cells, const json_t *template);

#endif
