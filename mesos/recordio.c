#include "mesos/recordio.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/types.h>

/* More digits than any size_t has: surely not a length. */
#define DIGITS_MAX 19
/* A buffer that grew beyond this is given back after its record. */
#define KEEP_MAX ((size_t)1 << 20)

void recordio_init(struct recordio *r, size_t max)
{
	*r = (struct recordio){.max = max};
	buf_init(&r->record, max);
}

void recordio_done(struct recordio *r)
{
	buf_done(&r->record);
}

static int take_length_byte(struct recordio *r, unsigned char c, struct err *e)
{
	if (c == '\n' && r->digits > 0) {
		r->in_record = true;
		return 0;
	}
	if (c < '0' || c > '9') {
		return err_set(e, ERR_PROTOCOL,
			       "record length expected at byte %" PRIu64 " of the stream, found 0x%02x", r->offset, c);
	}
	if (++r->digits > DIGITS_MAX) {
		return err_set(e, ERR_PROTOCOL,
			       "record length at byte %" PRIu64 " of the stream has more than %d digits", r->offset,
			       DIGITS_MAX);
	}
	uint64_t length = (uint64_t)r->length * 10 + (c - '0');
	if (length > r->max) {
		return err_set(e, ERR_LIMIT, "record at byte %" PRIu64 " of the stream is longer than %zu bytes",
			       r->offset, r->max);
	}
	r->length = (size_t)length;
	return 0;
}

static void next_record(struct recordio *r)
{
	r->length = 0;
	r->digits = 0;
	r->in_record = false;
	buf_clear(&r->record);
	if (r->record.cap > KEEP_MAX) {
		buf_done(&r->record);
	}
}

/* Takes up to n bytes of the current record and hands it on when it is complete. Returns how many, or -1. */
static ssize_t take_record_bytes(struct recordio *r, const char *p, size_t n, recordio_receiver receiver, void *arg,
				 struct err *e)
{
	size_t missing = r->length - r->record.len;
	size_t take = n < missing ? n : missing;
	if (take == r->length) { /* whole in this piece: no copy */
		r->stopped = !receiver(arg, p, take);
		next_record(r);
		return (ssize_t)take;
	}
	if (buf_append(&r->record, p, take) < 0) {
		return err_set(e, ERR_MEMORY, "memory is short for a record of %zu bytes", r->length);
	}
	if (take == missing) {
		r->stopped = !receiver(arg, r->record.data, r->length);
		next_record(r);
	}
	return (ssize_t)take;
}

int recordio_feed(struct recordio *r, const void *bytes, size_t n, recordio_receiver receiver, void *arg, struct err *e)
{
	const char *p = bytes;
	size_t at = 0;
	/* An empty record is complete without a further byte. */
	while (!r->stopped && (at < n || (r->in_record && r->length == 0))) {
		if (!r->in_record) {
			if (take_length_byte(r, (unsigned char)p[at], e) < 0) {
				return -1;
			}
			at++;
			r->offset++;
			continue;
		}
		ssize_t took = take_record_bytes(r, p + at, n - at, receiver, arg, e);
		if (took < 0) {
			return -1;
		}
		at += (size_t)took;
		r->offset += (uint64_t)took;
	}
	return 0;
}

int recordio_end(const struct recordio *r, struct err *e)
{
	if (r->stopped || (r->digits == 0 && !r->in_record)) {
		return 0;
	}
	if (!r->in_record) {
		return err_set(e, ERR_PROTOCOL, "stream ended inside a record length, at byte %" PRIu64, r->offset);
	}
	return err_set(e, ERR_PROTOCOL, "stream ended after %zu of %zu bytes of a record", r->record.len, r->length);
}

int recordio_encode(struct buf *out, const void *record, size_t n)
{
	char head[32];
	int digits = snprintf(head, sizeof(head), "%zu\n", n);
	if (out->max - out->len < (size_t)digits || out->max - out->len - (size_t)digits < n) {
		return -1;
	}
	size_t before = out->len;
	if (buf_append(out, head, (size_t)digits) < 0) {
		return -1;
	}
	if (buf_append(out, record, n) < 0) {
		out->len = before;
		out->data[before] = '\0';
		return -1;
	}
	return 0;
}
