/* Watch lines: whatever comes, the events are the same however the bytes are split, and an error is final. */
#include <stdint.h>
#include <stdlib.h>

#include "kube/watch.h"

#define LINE_MAX_BYTES 4096
#define PIECES 16 /* lengths of pieces that are tried; an input has one of them */

struct outcome {
	size_t events, types;
	struct err err;
};

static struct outcome decode(const char *bytes, size_t n, size_t piece)
{
	struct outcome o = {0};
	struct watch_decoder d;
	struct watch_event event;
	int got = 0;
	watch_init(&d, LINE_MAX_BYTES);
	for (size_t at = 0; at < n && got >= 0; at += piece) {
		const char *p = bytes + at;
		size_t left = piece < n - at ? piece : n - at;
		while ((got = watch_next(&d, &p, &left, &event, &o.err)) > 0) {
			o.events++;
			o.types = o.types * 7 + event.type;
			json_decref(event.object);
		}
		if (left) {
			abort();
		}
	}
	if (got >= 0) {
		watch_end(&d, &o.err);
	}
	watch_done(&d);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = decode((const char *)data, size, size ? size : 1);
	struct outcome split = decode((const char *)data, size, size % PIECES + 1);
	if (split.events != whole.events || split.types != whole.types || split.err.code != whole.err.code) {
		abort();
	}
	return 0;
}
