#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/timefmt.h"

#define LINE_MAX_BYTES (16 * 1024)
#define VALUE_MAX_BYTES 1024

static enum log_level least_level = LOG_INFO;
static enum log_format line_format = LOG_FORMAT_TEXT;

void log_setup(enum log_level least, enum log_format format)
{
	least_level = least;
	line_format = format;
}

static void put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (size_t i = 0; s[i] && i < VALUE_MAX_BYTES; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\') {
			buf_printf(b, "\\%c", c);
		} else if (c == '\n') {
			buf_puts(b, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_putc(b, (char)c);
		}
	}
	buf_putc(b, '"');
}

static bool is_plain(const char *s)
{
	if (!*s || strlen(s) > VALUE_MAX_BYTES) {
		return false;
	}
	for (; *s; s++) {
		if ((unsigned char)*s <= 0x20 || *s == '"' || *s == '=' || *s == '\\' || *s == 0x7f) {
			return false;
		}
	}
	return true;
}

static void put_pair(struct buf *b, const char *key, const char *value)
{
	if (line_format == LOG_FORMAT_JSON) {
		buf_printf(b, ",\"%s\":", key);
		put_quoted(b, value);
		return;
	}
	buf_printf(b, " %s=", key);
	if (is_plain(value)) {
		buf_puts(b, value);
	} else {
		put_quoted(b, value);
	}
}

static void write_line(enum log_level level, const char *sentence, va_list ap)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	if (level < least_level) {
		return;
	}
	CLEANUP_BUF struct buf b = BUF_INIT(LINE_MAX_BYTES);
	struct timeval tv;
	gettimeofday(&tv, NULL);
	char when[TIME_TEXT_MAX];
	time_text_micro((int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000, when);
	if (line_format == LOG_FORMAT_JSON) {
		buf_printf(&b, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", when, names[level]);
		put_quoted(&b, sentence);
	} else {
		buf_printf(&b, "%s %-5s %s", when, names[level], sentence);
	}
	for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
		const char *value = va_arg(ap, const char *);
		if (value) {
			put_pair(&b, key, value);
		}
	}
	buf_puts(&b, line_format == LOG_FORMAT_JSON ? "}\n" : "\n");
	/* One write, so that lines of several processes do not mix; a log that cannot be written is nobody's error. */
	if (write(STDERR_FILENO, buf_str(&b), b.len) < 0) {
		return;
	}
}

#define DEFINE_LEVEL(name, level)                                                                                      \
	void name(const char *sentence, ...)                                                                           \
	{                                                                                                              \
		va_list ap;                                                                                            \
		va_start(ap, sentence);                                                                                \
		write_line(level, sentence, ap);                                                                       \
		va_end(ap);                                                                                            \
	}

DEFINE_LEVEL(log_debug, LOG_DEBUG)
DEFINE_LEVEL(log_info, LOG_INFO)
DEFINE_LEVEL(log_warn, LOG_WARN)
DEFINE_LEVEL(log_error, LOG_ERROR)

const char *log_number(int64_t value, char out[NUMSTR_MAX])
{
	snprintf(out, NUMSTR_MAX, "%" PRId64, value);
	return out;
}
