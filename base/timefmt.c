#include "base/timefmt.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_0_S INT64_C(-62167219200)
#define YEAR_10000_S INT64_C(253402300800)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static struct tm broken_down(int64_t ms)
{
	time_t s = (time_t)floor_div(ms, 1000);
	struct tm tm;
	gmtime_r(&s, &tm);
	return tm;
}

/* strftime would not give an early year its four digits. Returns how many bytes. */
static size_t to_seconds(int64_t ms, char out[TIME_TEXT_MAX])
{
	struct tm tm = broken_down(ms);
	return (size_t)snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
				tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *time_text(int64_t ms, char out[TIME_TEXT_MAX])
{
	size_t n = to_seconds(ms, out);
	snprintf(out + n, TIME_TEXT_MAX - n, "Z");
	return out;
}

const char *time_text_micro(int64_t ms, char out[TIME_TEXT_MAX])
{
	size_t n = to_seconds(ms, out);
	snprintf(out + n, TIME_TEXT_MAX - n, ".%03d000Z", (int)(ms - floor_div(ms, 1000) * 1000));
	return out;
}

/* Digits where `shape` has a 0, its other characters where they stand. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++) {
		if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape) {
			return false;
		}
	}
	return true;
}

/* Two digits, after has_shape. */
static int two(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

int time_parse(const char *text, int64_t *ret_ms)
{
	if (!text || !has_shape(text, "0000-00-00T00:00:00")) {
		return -1;
	}
	int y = two(text) * 100 + two(text + 2), mo = two(text + 5), d = two(text + 8);
	int h = two(text + 11), mi = two(text + 14), s = two(text + 17);
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60) {
		return -1;
	}
	const char *p = text + strlen("0000-00-00T00:00:00");
	int ms = 0;
	if (*p == '.') {
		int scale = 100;
		if (!isdigit((unsigned char)*++p)) {
			return -1;
		}
		for (; isdigit((unsigned char)*p); p++) {
			ms += (*p - '0') * scale;
			scale /= 10;
		}
	}
	int offset = 0;
	if (*p == '+' || *p == '-') {
		if (!has_shape(p + 1, "00:00") || two(p + 1) > 23 || two(p + 4) > 59) {
			return -1;
		}
		offset = (two(p + 1) * 60 + two(p + 4)) * (*p == '-' ? -60 : 60);
		p += 6;
	} else if (*p == 'Z') {
		p++;
	} else {
		return -1;
	}
	if (*p) {
		return -1;
	}
	struct tm tm = {.tm_year = y - 1900, .tm_mon = mo - 1, .tm_mday = d, .tm_hour = h, .tm_min = mi, .tm_sec = s};
	int64_t seconds = (int64_t)timegm(&tm) - offset;
	if (seconds < YEAR_0_S || seconds >= YEAR_10000_S) {
		return -1; /* by its offset; RFC 3339 could not write it */
	}
	*ret_ms = seconds * 1000 + ms;
	return 0;
}
