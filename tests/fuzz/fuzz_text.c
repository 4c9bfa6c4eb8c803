/* Short texts of people and peers: lengths of time, points in time, base64, URLs of masters, and $(NAME) in arguments.
 * Each is read or refused, and what is written of it reads back as the same. The first byte says which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "mesos/master_url.h"
#include "translate/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void duration(char *text)
{
	char out[DURATION_TEXT_MAX];
	int64_t ms, again;
	if (duration_parse(text, &ms) == 0) {
		must(ms >= 0 && ms <= DURATION_MAX_MS);
		must(duration_parse(duration_text(ms, out), &again) == 0 && again == ms);
	}
}

static void point_in_time(char *text)
{
	char out[TIME_TEXT_MAX];
	int64_t ms, again;
	if (time_parse(text, &ms) == 0) {
		must(time_parse(time_text_micro(ms, out), &again) == 0 && again == ms);
	}
}

static void base64(char *text)
{
	struct err e = {0};
	size_t n, n_again;
	CLEANUP_FREE char *bytes = base64_decode(text, strlen(text), &n, &e);
	must(!bytes == (e.code != ERR_NONE));
	if (bytes) {
		CLEANUP_FREE char *encoded = base64_encode(bytes, n);
		CLEANUP_FREE char *again = base64_decode(encoded, strlen(encoded), &n_again, NULL);
		must(again && n_again == n && memcmp(again, bytes, n) == 0);
	}
}

/* The first line is a master, the rest where it sends us. */
static void master_url(char *text)
{
	struct err e = {0};
	char *to = text, *master = strsep(&to, "\n"), *url = NULL, *next = NULL;
	if (master_url_of_config(master, &url, &e) < 0) {
		must(e.code != ERR_NONE);
		return;
	}
	if (to && master_url_of_redirect(url, to, &next, &e) == 0) {
		bool secure = strncasecmp(next, "https://", 8) == 0;
		must(secure || strncasecmp(next, "http://", 7) == 0);
		must(secure || strncasecmp(url, "https://", 8) != 0);
	}
	free(url);
	free(next);
}

/* Lines: values of A and B, then arguments. */
static void arguments(char *text)
{
	struct kube_env env[] = {{"A", strsep(&text, "\n"), NULL}, {"B", text ? strsep(&text, "\n") : "", NULL}};
	static const struct kube_pod pod = {.ns = "default"};
	const char *args[16];
	struct kube_container container = {.name = "c", .env = env, .n_env = 2, .args = args};
	while (text && container.n_args < sizeof(args) / sizeof(*args)) {
		args[container.n_args++] = strsep(&text, "\n");
	}
	struct expanded x;
	struct err e = {0};
	if (expand_container(&pod, &container, NULL, &x, &e) < 0) {
		must(e.code == ERR_UNSUPPORTED);
		return;
	}
	must(x.n_env == 2 && x.n_args == container.n_args && x.bytes <= EXPANDED_BYTES_MAX);
	for (size_t i = 0; i < x.n_args; i++) {
		must(strlen(x.args[i]) <= EXPANDED_TEXT_MAX);
		must(strchr(args[i], '$') || strcmp(x.args[i], args[i]) == 0);
	}
	expanded_done(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(char *text) = {duration, point_in_time, base64, master_url, arguments};
	if (size > 0) {
		CLEANUP_FREE char *text = xstrndup((const char *)data + 1, size - 1);
		kinds[data[0] % (sizeof(kinds) / sizeof(*kinds))](text);
	}
	return 0;
}
