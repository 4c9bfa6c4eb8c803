#include "kube/quantity.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* 20 digits times 2^60 (Ei) still fit 128 bits; digits beyond only decide that there is something to round up. */
#define DIGITS_MAX 20
#define EXPONENT_MAX 400 /* beyond this, every quantity is too large, or rounds up to a thousandth */

struct suffix {
	const char *text;
	int ten, two; /* the factor 10^ten * 2^two */
};

static const struct suffix suffixes[] = {
    {"", 0, 0},	   {"n", -9, 0},  {"u", -6, 0},	 {"m", -3, 0},	{"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},	 {"E", 18, 0},	{"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

/* A decimal number in pieces: digits * 10^ten, and perhaps a little more. */
struct number {
	unsigned __int128 digits;
	int n_digits, ten;
	bool any, negative, more;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void take_digit(struct number *n, int digit, bool fraction)
{
	n->any = true;
	if (n->n_digits == 0 && digit == 0) {
		n->ten -= fraction;
		return;
	}
	if (n->n_digits == DIGITS_MAX) {
		n->more |= digit != 0;
		n->ten += !fraction;
		return;
	}
	n->digits = n->digits * 10 + (unsigned)digit;
	n->n_digits++;
	n->ten -= fraction;
}

/* Returns what follows the number. */
static const char *take_number(const char *s, struct number *n)
{
	if (*s == '+' || *s == '-') {
		n->negative = *s++ == '-';
	}
	for (; is_digit(*s); s++) {
		take_digit(n, *s - '0', false);
	}
	if (*s == '.') {
		for (s++; is_digit(*s); s++) {
			take_digit(n, *s - '0', true);
		}
	}
	return s;
}

/* "e3", "E-3"; -1 when it is none. */
static int take_exponent(const char *s, int *ret)
{
	bool negative = false;
	int value = 0;
	s++;
	if (*s == '+' || *s == '-') {
		negative = *s++ == '-';
	}
	if (!is_digit(*s)) {
		return -1;
	}
	for (; is_digit(*s); s++) {
		if (value < EXPONENT_MAX) {
			value = value * 10 + (*s - '0');
		}
	}
	if (*s) {
		return -1;
	}
	*ret = negative ? -value : value;
	return 0;
}

static int take_suffix(const char *s, int *ret_ten, int *ret_two)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		if (!strcmp(s, suffixes[i].text)) {
			*ret_ten = suffixes[i].ten;
			*ret_two = suffixes[i].two;
			return 0;
		}
	}
	*ret_two = 0;
	return *s == 'e' || *s == 'E' ? take_exponent(s, ret_ten) : -1;
}

/* digits * 10^ten * 2^two in whole units, rounded up; -1 beyond int64. */
static int scale(const struct number *n, int ten, int two, int64_t *ret)
{
	unsigned __int128 value = n->digits << two;
	bool more = n->more;
	for (; ten > 0 && value; ten--) {
		if (value > INT64_MAX) {
			return -1;
		}
		value *= 10;
	}
	for (; ten < 0 && value; ten++) {
		more |= value % 10 != 0;
		value /= 10;
	}
	value += more;
	if (value > INT64_MAX) {
		return -1;
	}
	*ret = (int64_t)value;
	return 0;
}

int quantity_parse(const char *text, int64_t *ret_milli, struct err *e)
{
	struct number n = {0};
	int ten, two;
	int64_t milli;
	if (!text || strlen(text) > QUANTITY_LENGTH_MAX) {
		return err_set(e, ERR_INVALID, "not a quantity: %.40s", text ? text : "nothing");
	}
	const char *rest = take_number(text, &n);
	if (!n.any || take_suffix(rest, &ten, &two)) {
		return err_set(e, ERR_INVALID, "not a quantity: \"%.40s\"", text);
	}
	if (scale(&n, n.ten + ten + 3, two, &milli)) {
		return err_set(e, ERR_LIMIT, "quantity too large: \"%.40s\"", text);
	}
	*ret_milli = n.negative ? -milli : milli;
	return 0;
}

const char *quantity_text(int64_t milli, char out[QUANTITY_TEXT_MAX])
{
	if (milli % 1000) {
		snprintf(out, QUANTITY_TEXT_MAX, "%lldm", (long long)milli);
	} else {
		snprintf(out, QUANTITY_TEXT_MAX, "%lld", (long long)(milli / 1000));
	}
	return out;
}

const char *quantity_text_bytes(int64_t bytes, char out[QUANTITY_TEXT_MAX])
{
	static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
	size_t i = 0;
	while (bytes && bytes % 1024 == 0 && i + 1 < sizeof(binary) / sizeof(*binary)) {
		bytes /= 1024;
		i++;
	}
	snprintf(out, QUANTITY_TEXT_MAX, "%lld%s", (long long)bytes, binary[i]);
	return out;
}
