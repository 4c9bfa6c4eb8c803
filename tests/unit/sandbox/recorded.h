/* Reading recorded HTTP responses in tests: the body, with its chunks joined. */
#ifndef TESTS_UNIT_SANDBOX_RECORDED_H
#define TESTS_UNIT_SANDBOX_RECORDED_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Joins the chunks of `raw` into `body`. */
static inline void recorded_join(const char *raw, struct buf *body)
{
	for (const char *p = raw; *p;) {
		char *text;
		unsigned long n = strtoul(p, &text, 16);
		if (n == 0 || strlen(text) < n + 2) {
			return;
		}
		buf_append(body, text + 2, n);
		p = text + 2 + n + 2;
	}
}

/* `name` is relative to the folder of recordings. Fails the test when there is no such file. */
static inline void recorded_body(const char *name, struct buf *body)
{
	char path[512], chunk[4096];
	struct buf raw = BUF_INIT((size_t)1 << 20);
	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	FILE *f = fopen(path, "rb");
	if (!f) {
		fail_msg("%s: no such recording", path);
		return;
	}
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;) {
		buf_append(&raw, chunk, n);
	}
	fclose(f);
	const char *head_end = strstr(buf_str(&raw), "\r\n\r\n");
	assert_non_null(head_end);
	buf_init(body, (size_t)1 << 20);
	if (strstr(buf_str(&raw), "Transfer-Encoding: chunked\r\n")) {
		recorded_join(head_end + 4, body);
	} else {
		buf_puts(body, head_end + 4);
	}
	buf_done(&raw);
}

static inline json_t *recorded_json(const char *name)
{
	struct buf body;
	recorded_body(name, &body);
	json_t *document = json_loads(buf_str(&body), 0, NULL);
	assert_non_null(document);
	buf_done(&body);
	return document;
}

#endif
