/* The fields of the API types, one row a type. Names, order and types follow the published types of Kubernetes 1.36.
 *
 * A row lists fields as `name#number:type` and marks; the number is protobuf's, with a dot that of a message around it
 * that JSON does not have: !      always written, with its zero value when absent (Go's json tag without omitempty) ~
 * strategic merge adds to the list; ~key merges its elements by that field =      strategic merge replaces the value
 * whole ^      strategic merge honours $retainKeys inside
 *   @      server-side apply treats the list as a set; @a+b as a map by these fields; without it lists are atomic
 *   %      server-side apply treats it (a map, or after a type's name the whole type) as one value
 * A type is a Go-like word: string, bool, int32, int64, number, bytes, any, Time, MicroTime, Quantity, IntOrString, a
 * row's name; before it
 * `*` (a pointer: zero values are kept), `[]` (a list) or `map:` (a map from strings).
 */
#ifndef SANDBOX_KUBE_SCHEMA_ROWS_H
#define SANDBOX_KUBE_SCHEMA_ROWS_H

struct schema_row {
	const char *name, *fields;
};

/* Each ends with a row without a name. */
extern const struct schema_row SCHEMA_POD[], SCHEMA_CORE[], SCHEMA_GROUPS[], SCHEMA_STORAGE[];

#endif
