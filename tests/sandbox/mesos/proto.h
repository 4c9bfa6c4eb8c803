/* JSON to a protobuf message the way Mesos does it, from a table: which fields exist, of which type, which are
 * required.
 *
 * Unknown fields, nulls and unknown enum names count as absent; quoted numbers are numbers; everything else of the
 * wrong type is refused in the words of Mesos ("Not expecting a JSON number for field 'user'"). The result holds known
 * fields only, with numbers as numbers, so that its readers need no leniency of their own.
 */
#ifndef SANDBOX_MESOS_PROTO_H
#define SANDBOX_MESOS_PROTO_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

#define PROTO_DEPTH_MAX 64

enum proto_type {
	PROTO_STRING,
	PROTO_BYTES, /* base64; kept as text */
	PROTO_REAL,
	PROTO_INT,
	PROTO_BOOL,
	PROTO_ENUM,    /* of `names` */
	PROTO_MESSAGE, /* of `message` */
	PROTO_ANY,     /* kept as it came */
};

enum proto_flag { PROTO_REPEATED = 1, PROTO_REQUIRED = 2, PROTO_MAP = 4 };

struct proto_message;

struct proto_field {
	const char *name;
	enum proto_type type;
	unsigned flags;
	const struct proto_message *message;
	const char *const *names; /* ends with NULL */
};

struct proto_message {
	const struct proto_field *fields; /* ends with a NULL name */
};

/* A new reference, or NULL with Mesos' sentence. `what` names the message in it: "Call". */
json_t *proto_convert(const struct proto_message *m, const json_t *in, const char *what, struct err *e);

/* The body of a request as JSON, with Mesos' sentence ("Failed to parse body into JSON: syntax error at line 1 near:
 * x"). */
json_t *proto_parse(const char *body, size_t n, struct err *e);

#endif
