/* Rows of the table of fields, which stands in several files. */
#ifndef KUBE_POD_FIELDS_ROWS_H
#define KUBE_POD_FIELDS_ROWS_H

#include "kube/pod_fields.h"

#define HANDLED(scope, key, what)                                                                                      \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_HANDLED, NULL, what                                                      \
	}
#define MEANINGLESS(scope, key, why)                                                                                   \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_MEANINGLESS, NULL, why                                                   \
	}
#define DEFAULT(scope, key, accepted, why)                                                                             \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_DEFAULT_ONLY, accepted, why                                              \
	}
#define PLACEMENT(scope, key, why)                                                                                     \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_PLACEMENT, NULL, why                                                     \
	}
#define REFUSED(scope, key, why)                                                                                       \
	{                                                                                                              \
		POD_SCOPE_##scope, key, FIELD_REFUSED, NULL, why                                                       \
	}

/* pod_fields_volumes.c, pod_fields_security.c, pod_fields_ephemeral.c: sorted by scope, then key; a scope is in one
 * file.
 */
extern const struct pod_field pod_volume_fields[], pod_security_fields[], pod_ephemeral_fields[];
extern const size_t pod_volume_fields_count, pod_security_fields_count, pod_ephemeral_fields_count;

#endif
