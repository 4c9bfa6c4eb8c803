/* Options of a log: checked as the API server does, and written as the kubelet reads them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/kubelet_inner.h"

struct number {
	const char *name;
	bool given;
	int64_t value, least;
};

enum { LIMIT_BYTES, SINCE_SECONDS, TAIL_LINES, NUMBERS };

static int read_number(struct call *c, struct number *n)
{
	const char *text = query_get(&c->query, n->name);
	char *end;
	if (!text || !text[0]) {
		return 0;
	}
	errno = 0;
	n->value = strtoll(text, &end, 10);
	n->given = true;
	if (errno || *end || strchr(" \t", text[0])) {
		return refuse_bad_request(&c->refusal, "strconv.ParseInt: parsing \"%s\": %s", text,
					  errno == ERANGE ? "value out of range" : "invalid syntax");
	}
	return 0;
}

static int read_time(struct call *c, const char **ret_text, char out[TIME_TEXT_MAX])
{
	const char *text = query_get(&c->query, "sinceTime");
	int64_t at;
	if (!text || !text[0]) {
		return 0;
	}
	if (time_parse(text, &at) < 0) {
		return refuse_bad_request(
		    &c->refusal, "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it", text);
	}
	*ret_text = time_text(at, out);
	return 0;
}

static int check(struct call *c, const struct number *numbers, const char *since_time)
{
	struct causes causes = {0};
	if (query_get(&c->query, "stream")) {
		cause_add(&causes, "Forbidden", "stream", "Forbidden: may not be specified");
	}
	static const int ORDER[] = {TAIL_LINES, LIMIT_BYTES};
	for (size_t i = 0; i < sizeof(ORDER) / sizeof(ORDER[0]); i++) {
		const struct number *n = &numbers[ORDER[i]];
		if (n->given && n->value < n->least) {
			cause_add(&causes, "Invalid", n->name, "Invalid value: %lld: must be greater than%s 0",
				  (long long)n->value, n->least ? "" : " or equal to");
		}
	}
	const struct number *since = &numbers[SINCE_SECONDS];
	if (since->given && since_time) {
		cause_add(&causes, "Forbidden", "[]",
			  "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
	} else if (since->given && since->value < since->least) {
		cause_add(&causes, "Invalid", since->name, "Invalid value: %lld: must be greater than 0",
			  (long long)since->value);
	}
	return causes_refuse(&causes, "PodLogOptions", "", c->name, &c->refusal);
}

static void add_flag(struct call *c, const char *name, struct buf *target)
{
	if (query_true(&c->query, name)) {
		kubelet_query_add(target, name, "true");
	}
}

static void add_number(const struct number *n, struct buf *target)
{
	if (n->given) {
		char CLEANUP_FREE *text = xasprintf("%lld", (long long)n->value);
		kubelet_query_add(target, n->name, text);
	}
}

int kubelet_log_target(struct call *c, const char *container, struct buf *target)
{
	struct number numbers[NUMBERS] = {[LIMIT_BYTES] = {.name = "limitBytes", .least = 1},
					  [SINCE_SECONDS] = {.name = "sinceSeconds", .least = 1},
					  [TAIL_LINES] = {.name = "tailLines"}};
	char time[TIME_TEXT_MAX];
	const char *since_time = NULL;
	for (size_t i = 0; i < NUMBERS; i++) {
		if (read_number(c, &numbers[i]) < 0) {
			return -1;
		}
	}
	if (read_time(c, &since_time, time) < 0 || check(c, numbers, since_time) < 0) {
		return -1;
	}
	buf_printf(target, "/containerLogs/%s/%s/%s", c->name_space, c->name, container);
	add_flag(c, "follow", target);
	add_number(&numbers[LIMIT_BYTES], target);
	add_flag(c, "previous", target);
	add_number(&numbers[SINCE_SECONDS], target);
	if (since_time) {
		kubelet_query_add(target, "sinceTime", since_time);
	}
	add_number(&numbers[TAIL_LINES], target);
	add_flag(c, "timestamps", target);
	return 0;
}
