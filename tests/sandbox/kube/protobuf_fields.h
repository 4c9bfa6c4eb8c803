/* Which number is which field, for protobuf.c. */
#ifndef SANDBOX_KUBE_PROTOBUF_FIELDS_H
#define SANDBOX_KUBE_PROTOBUF_FIELDS_H

enum protobuf_kind {
	PROTOBUF_TEXT,
	PROTOBUF_INT,
	PROTOBUF_BOOL,
	PROTOBUF_TIME,
	PROTOBUF_MESSAGE,
	PROTOBUF_MAP_TEXT,
	PROTOBUF_MAP_BYTES,
	PROTOBUF_MAP_QUANTITY,
	PROTOBUF_IGNORED, /* a status, which the server does not take from clients anyhow */
};

enum { PROTOBUF_LIST = 1, PROTOBUF_POINTER = 2 /* said even when it is zero or empty */ };

struct protobuf_field {
	int number;
	const char *name; /* NULL ends a table */
	enum protobuf_kind kind;
	unsigned flags;
	const struct protobuf_field *message;
};

struct protobuf_type {
	const char *api_version, *kind; /* NULL ends the list */
	const struct protobuf_field *fields;
};

extern const struct protobuf_type PROTOBUF_TYPES[];
extern const struct protobuf_field PROTOBUF_TYPE_META[], PROTOBUF_QUANTITY[];

#endif
