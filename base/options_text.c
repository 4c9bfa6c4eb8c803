#include "base/options_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"

#define HELP_WIDTH 100
#define HELP_INDENT 6
#define NUMBER_MAX ((int64_t)1 << 53)

/* Digits, and after a point as many as `decimals`; the result counts in units of the last one. */
static int parse_digits(const char *text, int decimals, int64_t *ret)
{
	bool minus = *text == '-';
	const char *p = text + minus;
	int64_t n = 0;
	int after = -1; /* digits after the point, -1 before it */
	if (!isdigit((unsigned char)*p)) {
		return -1;
	}
	for (; *p; p++) {
		if (*p == '.' && after < 0 && decimals > 0 && isdigit((unsigned char)p[1])) {
			after = 0;
			continue;
		}
		if (!isdigit((unsigned char)*p) || after == decimals || n > NUMBER_MAX / 10) {
			return -1;
		}
		n = n * 10 + (*p - '0');
		after += after >= 0;
	}
	for (int i = after < 0 ? 0 : after; i < decimals; i++) {
		n *= 10;
	}
	if (n > NUMBER_MAX) {
		return -1;
	}
	*ret = minus ? -n : n;
	return 0;
}

int option_value_parse(const struct option *o, const char *text, int64_t *ret)
{
	switch (o->type) {
	case OPTION_DURATION:
		return duration_parse(text, ret);
	case OPTION_DECIMAL:
		return parse_digits(text, 3, ret);
	default:
		return parse_digits(text, 0, ret);
	}
}

const char *option_value_text(const struct option *o, int64_t value, char out[OPTION_VALUE_TEXT_MAX])
{
	if (o->type == OPTION_DURATION) {
		return duration_text(value, out);
	}
	if (o->type != OPTION_DECIMAL) {
		snprintf(out, OPTION_VALUE_TEXT_MAX, "%lld", (long long)value);
		return out;
	}
	int n =
	    snprintf(out, OPTION_VALUE_TEXT_MAX, "%lld.%03lld", (long long)(value / 1000), (long long)(value % 1000));
	while (out[n - 1] == '0') {
		out[--n] = '\0';
	}
	if (out[n - 1] == '.') {
		out[--n] = '\0';
	}
	return out;
}

const char *option_type_text(const struct option *o)
{
	switch (o->type) {
	case OPTION_STRING:
		return "text";
	case OPTION_FILE:
	case OPTION_CONFIG:
		return "a file name";
	case OPTION_LIST:
		return "a list of texts";
	case OPTION_INT:
		return "a whole number";
	case OPTION_DECIMAL:
		return "a number with at most three decimals";
	case OPTION_DURATION:
		return "a duration like 10s or 1h30m";
	case OPTION_BOOL:
		return "true or false";
	case OPTION_CHOICE:
		return "a choice";
	case OPTION_ACTION:
		return "an action";
	}
	return "";
}

/* The type in a word. */
static const char *type_word(const struct option *o)
{
	switch (o->type) {
	case OPTION_STRING:
		return "text";
	case OPTION_FILE:
	case OPTION_CONFIG:
		return "file";
	case OPTION_LIST:
		return "list";
	case OPTION_INT:
	case OPTION_DECIMAL:
		return "number";
	case OPTION_DURATION:
		return "duration";
	case OPTION_BOOL:
		return "true or false";
	case OPTION_CHOICE:
		return "one of";
	case OPTION_ACTION:
		return "flag";
	}
	return "";
}

static bool in_file(const struct option *o)
{
	return o->type != OPTION_ACTION && o->type != OPTION_CONFIG;
}

/* "0.01 to 4", "debug, info, warn, error", "required"; empty when there is nothing to say. */
static void put_range(const struct option *o, struct buf *out)
{
	char low[OPTION_VALUE_TEXT_MAX], high[OPTION_VALUE_TEXT_MAX];
	switch (o->type) {
	case OPTION_INT:
	case OPTION_DECIMAL:
	case OPTION_DURATION:
		if (o->min || o->max) {
			buf_printf(out, "%s to %s", option_value_text(o, o->min, low),
				   option_value_text(o, o->max, high));
		}
		break;
	case OPTION_CHOICE:
		for (size_t i = 0; o->choices[i]; i++) {
			buf_printf(out, "%s%s", i ? ", " : "", o->choices[i]);
		}
		break;
	case OPTION_LIST:
		if (o->max > 0) {
			buf_printf(out, "at most %lld", (long long)o->max);
		}
		break;
	default:
		break;
	}
}

/* Words of `text` in lines of HELP_WIDTH, each line after `prefix`. */
static void put_wrapped(struct buf *out, const char *prefix, const char *text)
{
	size_t column = 0;
	while (*text) {
		size_t n = strcspn(text, " ");
		if (column > 0 && column + 1 + n > HELP_WIDTH) {
			buf_putc(out, '\n');
			column = 0;
		}
		if (column == 0) {
			buf_puts(out, prefix);
			column = strlen(prefix);
		} else {
			buf_putc(out, ' ');
			column++;
		}
		buf_append(out, text, n);
		column += n;
		text += n + strspn(text + n, " ");
	}
	buf_putc(out, '\n');
}

static void put_help_row(const struct option *o, struct buf *out)
{
	CLEANUP_BUF struct buf range = BUF_INIT(OPTION_TEXT_MAX);
	CLEANUP_BUF struct buf text = BUF_INIT((size_t)4 * OPTION_TEXT_MAX);
	static const char indent[HELP_INDENT + 1] = "      ";
	put_range(o, &range);
	if (o->type == OPTION_ACTION) {
		buf_printf(out, "  --%s\n", o->name);
	} else if (o->type == OPTION_BOOL) {
		buf_printf(out, "  --[no-]%s\n", o->name);
	} else {
		buf_printf(out, "  --%s <%s>\n", o->name, o->type == OPTION_CHOICE ? buf_str(&range) : type_word(o));
	}
	buf_puts(&text, o->help);
	if (o->type == OPTION_CHOICE) {
		buf_clear(&range);
	}
	if (o->initial && *o->initial) {
		buf_printf(&range, "%sdefault %s", range.len ? "; " : "", o->initial);
	}
	if (o->required) {
		buf_printf(&range, "%srequired", range.len ? "; " : "");
	}
	if (range.len) {
		buf_printf(&text, " [%s]", buf_str(&range));
	}
	put_wrapped(out, indent, buf_str(&text));
}

void options_help(const struct options *table, struct buf *out)
{
	const char *group = NULL;
	buf_printf(out, "%s: %s\n\nUsage: %s [options]\n", table->program, table->summary, table->program);
	for (size_t i = 0; i < table->n; i++) {
		const struct option *o = &table->rows[i];
		if (!group || strcmp(group, o->group) != 0) {
			group = o->group;
			buf_printf(out, "\n%s:\n", group);
		}
		put_help_row(o, out);
	}
}

static void put_markdown_row(const struct option *o, struct buf *out)
{
	CLEANUP_BUF struct buf range = BUF_INIT(OPTION_TEXT_MAX);
	put_range(o, &range);
	buf_printf(out, "| `%s%s` | %s%s%s | ", in_file(o) ? "" : "--", o->name, type_word(o), range.len ? ": " : "",
		   buf_str(&range));
	if (o->initial && *o->initial) {
		buf_printf(out, "`%s`", o->initial);
	} else {
		buf_puts(out, o->required ? "(required)" : "");
	}
	buf_printf(out, " | %s |\n", o->help);
}

void options_markdown(const struct options *table, struct buf *out)
{
	const char *group = NULL;
	buf_printf(out,
		   "# Configuration of %s\n\n"
		   "Every option can be given as a flag (`--name value`, `--name=value`; `--name` and `--no-name` for "
		   "those that are\n"
		   "true or false) and in a YAML file named by `--config` (`name: value`). Flags win over the file. A "
		   "list is a YAML\n"
		   "list, or one text with commas; as a flag it may also be repeated. Durations are written like "
		   "`250ms`, `10s`,\n"
		   "`1h30m`, `7d`. A wrong option ends the program with exit code 2 and one sentence that names it.\n\n"
		   "This page is written by `%s --help-markdown`.\n",
		   table->program, table->program);
	for (size_t i = 0; i < table->n; i++) {
		const struct option *o = &table->rows[i];
		if (!group || strcmp(group, o->group) != 0) {
			group = o->group;
			buf_printf(out, "\n## %s\n\n| Option | Type | Default | Meaning |\n|---|---|---|---|\n", group);
		}
		put_markdown_row(o, out);
	}
}

void options_sample(const struct options *table, struct buf *out)
{
	buf_printf(out, "# Configuration of %s. Lines with a value after \"#\" show the default.\n", table->program);
	for (size_t i = 0; i < table->n; i++) {
		const struct option *o = &table->rows[i];
		if (!in_file(o)) {
			continue;
		}
		buf_putc(out, '\n');
		put_wrapped(out, "# ", o->help);
		const char *quote = o->type == OPTION_STRING || o->type == OPTION_FILE ? "\"" : "";
		const char *initial = o->initial ? o->initial : "";
		if (o->type == OPTION_LIST) {
			buf_printf(out, "# %s: [%s]\n", o->name, initial);
		} else {
			buf_printf(out, "# %s: %s%s%s\n", o->name, quote, initial, quote);
		}
	}
}
