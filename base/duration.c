#include "base/duration.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* Index of the unit that `p` starts with, N_UNITS when there is none. */
static size_t unit_at(const char *p, size_t *ret_len)
{
	size_t len = 0;
	while (isalpha((unsigned char)p[len])) {
		len++;
	}
	size_t i = 0;
	while (i < N_UNITS && (strlen(units[i].name) != len || memcmp(units[i].name, p, len) != 0)) {
		i++;
	}
	*ret_len = len;
	return i;
}

int duration_parse(const char *text, int64_t *ret_ms)
{
	if (!text || !*text) {
		return -1;
	}
	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return 0;
	}
	int64_t total = 0;
	size_t next_unit = 0;
	for (const char *p = text; *p;) {
		int64_t n = 0;
		if (!isdigit((unsigned char)*p)) {
			return -1;
		}
		for (; isdigit((unsigned char)*p); p++) {
			n = n * 10 + (*p - '0');
			if (n > DURATION_MAX_MS) {
				return -1;
			}
		}
		size_t len;
		size_t u = unit_at(p, &len);
		if (u >= N_UNITS || u < next_unit || n > (DURATION_MAX_MS - total) / units[u].ms) {
			return -1;
		}
		total += n * units[u].ms;
		next_unit = u + 1;
		p += len;
	}
	*ret_ms = total;
	return 0;
}

const char *duration_text(int64_t ms, char out[DURATION_TEXT_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < N_UNITS; i++) {
		int64_t count = ms / units[i].ms;
		if (count > 0) {
			n +=
			    (size_t)snprintf(out + n, DURATION_TEXT_MAX - n, "%lld%s", (long long)count, units[i].name);
			ms -= count * units[i].ms;
		}
	}
	if (n == 0) {
		snprintf(out, DURATION_TEXT_MAX, "0s");
	}
	return out;
}
