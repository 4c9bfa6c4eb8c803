#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "tests/sandbox/kube/schema.h"

#define NANO ((__int128)1000000000)
#define QUANTITY_LIMIT ((__int128)INT64_MAX * NANO)

enum format { DECIMAL_SI, BINARY_SI, DECIMAL_EXPONENT };

static const struct {
	const char *suffix;
	enum format format;
	int power; /* of 10, or of 1024 */
} SUFFIXES[] = {
    {"n", DECIMAL_SI, -9}, {"u", DECIMAL_SI, -6}, {"m", DECIMAL_SI, -3}, {"", DECIMAL_SI, 0},
    {"k", DECIMAL_SI, 3},  {"M", DECIMAL_SI, 6},  {"G", DECIMAL_SI, 9},	 {"T", DECIMAL_SI, 12},
    {"P", DECIMAL_SI, 15}, {"E", DECIMAL_SI, 18}, {"Ki", BINARY_SI, 1},	 {"Mi", BINARY_SI, 2},
    {"Gi", BINARY_SI, 3},  {"Ti", BINARY_SI, 4},  {"Pi", BINARY_SI, 5},	 {"Ei", BINARY_SI, 6},
};

#define N_SUFFIXES (sizeof(SUFFIXES) / sizeof(SUFFIXES[0]))

/* value * 10^power in nano, rounded away from zero, capped. */
static __int128 scale(__int128 value, int power)
{
	for (; power > 0; power--) {
		value = value > QUANTITY_LIMIT / 10 ? QUANTITY_LIMIT : value * 10;
	}
	bool rest = false;
	for (; power < 0; power++) {
		rest = rest || value % 10;
		value /= 10;
	}
	return value + rest;
}

static int suffix_parse(const char *p, enum format *ret_format, int *ret_power)
{
	if ((*p == 'e' || *p == 'E') && p[1]) {
		char *end;
		long power = strtol(p + 1, &end, 10);
		if (!*end && power >= -9 && power <= 18) {
			*ret_format = DECIMAL_EXPONENT;
			*ret_power = (int)power;
			return 0;
		}
	}
	for (size_t i = 0; i < N_SUFFIXES; i++) {
		if (strcmp(p, SUFFIXES[i].suffix) == 0) {
			*ret_format = SUFFIXES[i].format;
			*ret_power = SUFFIXES[i].power;
			return 0;
		}
	}
	return -1;
}

static int parse(const char *text, __int128 *ret_nano, enum format *ret_format)
{
	const char *p = text;
	bool negative = *p == '-';
	if (*p == '-' || *p == '+') {
		p++;
	}
	__int128 digits = 0;
	int fraction = 0;
	bool any = false;
	bool point = false;
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		any = true;
		if (digits < QUANTITY_LIMIT / 10 && fraction < 12) {
			digits = digits * 10 + (*p - '0');
			fraction += point;
		} else if (!point) {
			fraction--;
		}
	}
	enum format format;
	int power;
	if (!any || suffix_parse(p, &format, &power) < 0) {
		return -1;
	}
	__int128 nano;
	if (format == BINARY_SI) {
		for (; power > 0; power--) {
			digits = digits > QUANTITY_LIMIT / 1024 ? QUANTITY_LIMIT : digits * 1024;
		}
		nano = scale(digits, 9 - fraction);
	} else {
		nano = scale(digits, 9 + power - fraction);
	}
	*ret_nano = negative ? -nano : nano;
	*ret_format = format;
	return 0;
}

int quantity_nano(const char *text, __int128 *ret_nano)
{
	enum format format;
	return parse(text, ret_nano, &format);
}

int quantity_canonical(const char *text, char out[64])
{
	__int128 nano;
	enum format format;
	if (parse(text, &nano, &format) < 0) {
		return -1;
	}
	const char *sign = nano < 0 ? "-" : "";
	__int128 size = nano < 0 ? -nano : nano;
	if (size == 0) {
		snprintf(out, 64, "0");
		return 0;
	}
	if (format == BINARY_SI && size >= 1024 * NANO && size % NANO == 0) {
		int64_t value = (int64_t)(size / NANO);
		int power = 0;
		while (power < 6 && value % 1024 == 0) {
			value /= 1024;
			power++;
		}
		snprintf(out, 64, "%s%" PRId64 "%s", sign, value, power ? SUFFIXES[9 + power].suffix : "");
		return 0;
	}
	int power = -9;
	while (power < 18 && size % 1000 == 0) {
		size /= 1000;
		power += 3;
	}
	if (format == DECIMAL_EXPONENT && power) {
		snprintf(out, 64, "%s%" PRId64 "e%d", sign, (int64_t)size, power);
	} else {
		snprintf(out, 64, "%s%" PRId64 "%s", sign, (int64_t)size, SUFFIXES[power / 3 + 3].suffix);
	}
	return 0;
}

/* The rest of `text` from the first byte that does not fit, and the part of Go's layout it failed on. */
static const char *misfit(const char *text, bool micro, const char **ret_wanted)
{
	static const struct {
		size_t at, len;
		const char *layout;
	} PARTS[] = {{0, 4, "2006"}, {4, 1, "-"},  {5, 2, "01"},  {7, 1, "-"},	{8, 2, "02"}, {10, 1, "T"},
		     {11, 2, "15"},  {13, 1, ":"}, {14, 2, "04"}, {16, 1, ":"}, {17, 2, "05"}};
	size_t n = strlen(text);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		*ret_wanted = PARTS[i].layout;
		if (PARTS[i].at + PARTS[i].len > n) {
			return text + (PARTS[i].at < n ? PARTS[i].at : n);
		}
		for (size_t j = 0; j < PARTS[i].len; j++) {
			char c = text[PARTS[i].at + j];
			bool digit = PARTS[i].layout[0] >= '0' && PARTS[i].layout[0] <= '9';
			if (digit ? (c < '0' || c > '9') : c != PARTS[i].layout[0]) {
				return text + PARTS[i].at;
			}
		}
	}
	*ret_wanted = micro ? ".000000" : "Z07:00";
	return text + 19;
}

int schema_time(const char *text, bool micro, char out[64], struct err *e)
{
	const char *layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
	const char *wanted;
	const char *rest = misfit(text, micro, &wanted);
	int64_t ms;
	bool fits = strcmp(wanted, micro ? ".000000" : "Z07:00") == 0;
	if (fits && micro) {
		size_t digits = rest[0] == '.' ? strspn(rest + 1, "0123456789") : 0;
		fits = digits == 6;
		if (digits > 6) {
			rest += 7;
			wanted = "Z07:00";
		}
	}
	if (!fits || time_parse(text, &ms) < 0) {
		return err_set(e, ERR_INVALID, "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"%s\"", text,
			       layout, rest, wanted);
	}
	char seconds[TIME_TEXT_MAX];
	time_text(ms, seconds);
	if (micro) {
		snprintf(out, 64, "%.19s.%.6sZ", seconds, rest + 1);
	} else {
		snprintf(out, 64, "%s", seconds);
	}
	return 0;
}
