/* The miniature API server takes any sequence of requests: an input is "METHOD PATH CONTENT-TYPE\nBODY" records,
 * separated by lines "---". */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/kube/schema.h"

#define START_MS INT64_C(1795342665000)
#define RECORDS_MAX 32
#define SEPARATOR "\n---\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct apiserver_token TOKEN = {.token = "t", .user = "u", .groups = "system:masters"};

static void send_record(struct apiserver *s, int64_t now, char *record, size_t n)
{
	char *body = record;
	char *line = strsep(&body, "\n");
	const char *method = strsep(&line, " ");
	char *path = line ? strsep(&line, " ") : NULL;
	if (!path) {
		return;
	}
	char *query = strchr(path, '?');
	if (query) {
		*query++ = 0;
	}
	struct sandbox_header headers[] = {{"Authorization", "Bearer t"},
					   {"Content-Type", line ? line : "application/json"}};
	struct sandbox_request req = {.method = method,
				      .path = path,
				      .query = query ? query : "",
				      .headers = headers,
				      .n_headers = 2,
				      .body = body ? body : "",
				      .body_len = body ? (size_t)(record + n - body) : 0};
	struct sandbox_response res;
	sandbox_response_init(&res);
	apiserver_handle(s, now, &req, &res);
	if (res.status < 200 || res.status > 599) {
		abort();
	}
	sandbox_response_done(&res);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct schema *schema; /* constant, and dear to build */
	if (!schema) {
		schema = schema_new();
	}
	struct apiserver_config config = {.tokens = &TOKEN, .n_tokens = 1, .seed = 1, .history = 8, .schema = schema};
	struct apiserver *s = apiserver_new(&config, START_MS);
	const char *p = (const char *)data;
	const char *end = p + size;
	for (int i = 0; i < RECORDS_MAX && p < end; i++) {
		const char *next = memmem(p, (size_t)(end - p), SEPARATOR, strlen(SEPARATOR));
		size_t n = (size_t)((next ? next : end) - p);
		/* Exactly sized, with the zero that text has. */
		char *record = xmalloc(n + 1);
		memcpy(record, p, n);
		record[n] = 0;
		send_record(s, START_MS + i * 1000, record, n);
		free(record);
		p = next ? next + strlen(SEPARATOR) : end;
	}
	apiserver_tick(s, START_MS + 100000);
	apiserver_free(s);
	return 0;
}
