/* meta.k8s.io/v1 Tables: the columns that kubectl prints, computed as the real API server's printers do.
 *
 * Pure: time is an argument (milliseconds since 1970), so ages can be tested.
 */
#ifndef SANDBOX_KUBE_TABLE_H
#define SANDBOX_KUBE_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The Table of one object, or of a list ("items" present). `resource` is the plural name ("pods"); one without columns
 * of its own gets Name and Created At. Rows carry a PartialObjectMetadata. In a watch only the first Table has its
 * columnDefinitions (`with_columns`), later ones null. Borrows its argument; a new reference, never NULL. */
json_t *table_of(const char *resource, json_t *object_or_list, int64_t now_ms, bool with_columns);

/* Apply ?includeObject= to a table made by table_of from the same argument: "Object" puts whole objects into the rows,
 * "None" takes them out, "Metadata", "" and NULL change nothing. */
void table_include(json_t *table, json_t *object_or_list, const char *include);

#endif
