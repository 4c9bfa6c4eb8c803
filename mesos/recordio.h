/* RecordIO: each record is its length in decimal digits, a newline, and that many bytes. Pure: bytes in, records out.
 *
 * After an error nothing of the stream can be trusted any more: drop it. Source: Mesos docs/scheduler-http-api.md,
 * "RecordIO response format".
 */
#ifndef MESOS_RECORDIO_H
#define MESOS_RECORDIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct recordio {
	struct buf record; /* the part of a record that came so far */
	size_t max;	   /* bytes in one record */
	size_t length;	   /* of the record that is coming */
	unsigned digits;   /* of that length, so far */
	bool in_record;	   /* the length is complete */
	bool stopped;	   /* the receiver wanted no more */
	uint64_t offset;   /* bytes read of the whole stream, for messages */
};

/* The record is borrowed for the call. False: no more records, the rest of the stream is dropped. */
typedef bool (*recordio_receiver)(void *arg, const char *record, size_t n);

void recordio_init(struct recordio *r, size_t max);
void recordio_done(struct recordio *r);

/* -1: junk where a length should stand (ERR_PROTOCOL), a record over the limit (ERR_LIMIT), or no memory for one
 * (ERR_MEMORY). The receiver must neither feed nor end this decoder. */
int recordio_feed(struct recordio *r, const void *bytes, size_t n, recordio_receiver receiver, void *arg,
		  struct err *e);

/* The stream is over: -1 (ERR_PROTOCOL) when it ended inside a record. */
int recordio_end(const struct recordio *r, struct err *e);

/* Append one record with its length. -1 when the buffer's maximum would be passed; nothing is appended then. */
int recordio_encode(struct buf *out, const void *record, size_t n);

#endif
