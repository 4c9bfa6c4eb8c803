/* The first byte says in what pieces the rest is fed; the records must be those of one piece. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/recordio.h"

#define RECORD_MAX 4096

static bool keep(void *arg, const char *record, size_t n)
{
	return recordio_encode(arg, record, n) == 0;
}

static int decode(const uint8_t *data, size_t n, size_t piece, struct buf *records, struct err *e)
{
	struct recordio r;
	recordio_init(&r, RECORD_MAX);
	int rc = 0;
	for (size_t at = 0; rc == 0 && at < n; at += piece) {
		rc = recordio_feed(&r, data + at, n - at < piece ? n - at : piece, keep, records, e);
	}
	if (rc == 0) {
		rc = recordio_end(&r, e);
	}
	recordio_done(&r);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	struct buf whole = BUF_INIT(1 << 24), pieces = BUF_INIT(1 << 24);
	struct err whole_error = {0}, pieces_error = {0};
	int rc = decode(data + 1, size - 1, size, &whole, &whole_error);
	size_t piece = (size_t)data[0] + 1;
	if (decode(data + 1, size - 1, piece, &pieces, &pieces_error) != rc || whole.len != pieces.len ||
	    strcmp(whole_error.text, pieces_error.text) != 0 ||
	    (whole.len > 0 && memcmp(whole.data, pieces.data, whole.len) != 0)) {
		abort();
	}
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
