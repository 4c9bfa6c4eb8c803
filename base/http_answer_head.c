/* What stands in the head of an answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

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

static char *part_of(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	return curl_url_get(u, part, &text, 0) == CURLUE_OK ? text : NULL;
}

char *http_redirect(const char *url, const char *location)
{
	char *to = NULL;
	CURLU *u = curl_url();
	char *from = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK ? part_of(u, CURLUPART_HOST) : NULL;
	/* A relative one is taken for what it is from there. */
	bool known = from && location && curl_url_set(u, CURLUPART_URL, location, CURLU_DISALLOW_USER) == CURLUE_OK;
	char *host = known ? part_of(u, CURLUPART_HOST) : NULL;
	char *text = host && strcasecmp(host, from) == 0 ? part_of(u, CURLUPART_URL) : NULL;
	if (text) {
		to = strdup(text);
	}
	curl_free(text);
	curl_free(host);
	curl_free(from);
	curl_url_cleanup(u);
	return to;
}
