/* What stands in the head of an answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http_client.h"

const char *http_header(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		if (strcasecmp(head->headers[i].name, name) == 0) {
			return head->headers[i].value;
		}
	}
	return NULL;
}

int64_t http_retry_after_ms(const struct http_head *head)
{
	const char *text = http_header(head, "Retry-After");
	if (!text || *text < '0' || *text > '9') {
		return 0;
	}
	char *end;
	unsigned long s = strtoul(text, &end, 10);
	if (*end) {
		return 0;
	}
	return (int64_t)(s > HTTP_RETRY_AFTER_MAX_S ? HTTP_RETRY_AFTER_MAX_S : s) * 1000;
}
