/* Ids from a seed, so that a run can be repeated: random UUIDs (RFC 4122, version 4), as text and as base64 of the
 * bytes. Base64 as protobuf's JSON has it: padded, no line breaks. */
#ifndef SANDBOX_MESOS_IDS_H
#define SANDBOX_MESOS_IDS_H

#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37
#define UUID_BASE64_SIZE 25

struct ids {
	uint64_t state;
};

uint64_t ids_next(struct ids *g);
void ids_uuid(struct ids *g, char out[UUID_TEXT_SIZE]);
void ids_uuid_base64(struct ids *g, char out[UUID_BASE64_SIZE]);

/* free() it. */
char *ids_base64_encode(const void *data, size_t n);
/* The bytes with their number, free() them; or NULL with the character that does not belong (0: wrong padding). */
char *ids_base64_decode(const char *text, size_t *ret_len, char *ret_bad);

#endif
