#include "tests/unit/sandbox/kube_compare.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"

#define TEXT_MAX ((size_t)16 << 20)
#define UID_LENGTH 36
#define TOKEN_VOLUME "kube-api-access-"

void compare_init(struct compare *c)
{
	c->ours = json_object();
}

void compare_done(struct compare *c)
{
	json_decref(c->ours);
}

void compare_map(struct compare *c, const char *recorded, const char *ours)
{
	json_object_set_new(c->ours, recorded, json_string(ours));
}

static bool is_one_of(const char *key, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(key, *words) == 0) {
			return true;
		}
	}
	return false;
}

static int differ(struct err *e, const char *path, const json_t *recorded, const json_t *ours)
{
	char *a = recorded ? js_text(recorded) : xstrdup("nothing");
	char *b = ours ? js_text(ours) : xstrdup("nothing");
	err_set(e, ERR_INVALID, "%s: recorded %.200s, ours %.200s", path, a, b);
	free(a);
	free(b);
	return -1;
}

static int same_mapped(struct compare *c, const char *path, const json_t *recorded, const json_t *ours, struct err *e)
{
	if (!json_is_string(ours) || (json_string_length(recorded) == 0) != (json_string_length(ours) == 0)) {
		return differ(e, path, recorded, ours);
	}
	const char *known = js_str(c->ours, json_string_value(recorded));
	bool is_uid = json_string_length(recorded) == UID_LENGTH;
	if (is_uid && known && strcmp(known, json_string_value(ours)) != 0) {
		return differ(e, path, recorded, ours);
	}
	compare_map(c, json_string_value(recorded), json_string_value(ours));
	return 0;
}

static bool is_uid_at(const char *p)
{
	for (int i = 0; i < UID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? p[i] != '-' : !isxdigit((unsigned char)p[i])) {
			return false;
		}
	}
	return true;
}

/* Sentences without what differs between servers: uids, long numbers, diffs, and whole objects that were quoted. */
static char *plain_sentence(const char *text)
{
	struct buf CLEANUP_BUF out = BUF_INIT(TEXT_MAX);
	const char *quoted = strstr(text, "Invalid value: \"{");
	const char *after = quoted ? strstr(quoted, "}\": ") : NULL;
	if (after) {
		buf_append(&out, text, (size_t)(quoted - text));
		text = after;
	}
	while (*text && strncmp(text, "\n@@", 3) != 0) {
		if (strlen(text) >= UID_LENGTH && is_uid_at(text)) {
			buf_puts(&out, "UID");
			text += UID_LENGTH;
			continue;
		}
		size_t digits = strspn(text, "0123456789");
		if (digits >= 3 && digits <= 5) {
			buf_puts(&out, "N");
			text += digits;
			continue;
		}
		buf_append(&out, text, digits ? digits : 1);
		text += digits ? digits : 1;
	}
	return xstrdup(buf_str(&out));
}

static int same_sentence(const char *path, const json_t *recorded, const json_t *ours, struct err *e)
{
	char CLEANUP_FREE *a = plain_sentence(json_string_value(recorded));
	char CLEANUP_FREE *b = plain_sentence(json_is_string(ours) ? json_string_value(ours) : "");
	return strcmp(a, b) == 0 ? 0 : differ(e, path, recorded, ours);
}

static int same_time(const char *path, const json_t *recorded, const json_t *ours, struct err *e)
{
	int64_t ms;
	if (json_is_null(recorded) && json_is_null(ours)) {
		return 0;
	}
	if (!json_is_string(ours) || time_parse(json_string_value(ours), &ms) < 0) {
		return differ(e, path, recorded, ours);
	}
	return 0;
}

static int same_string(struct compare *c, const char *path, const char *key, const json_t *recorded, const json_t *ours,
		       struct err *e)
{
	static const char *const MAPPED[] = {"uid", "resourceVersion", "continue", NULL};
	static const char *const TIMES[] = {"creationTimestamp", "deletionTimestamp", "lastTransitionTime",
					    "lastHeartbeatTime", NULL};
	if (is_one_of(key, MAPPED)) {
		return same_mapped(c, path, recorded, ours, e);
	}
	if (is_one_of(key, TIMES)) {
		return same_time(path, recorded, ours, e);
	}
	if (strcmp(key, "message") == 0) {
		return same_sentence(path, recorded, ours, e);
	}
	const char *a = json_string_value(recorded);
	const char *b = json_is_string(ours) ? json_string_value(ours) : "";
	size_t made_up = strlen(TOKEN_VOLUME);
	if (strncmp(a, TOKEN_VOLUME, made_up) == 0 && strncmp(b, TOKEN_VOLUME, made_up) == 0) {
		compare_map(c, a, b);
		return 0;
	}
	return strcmp(a, b) == 0 && json_is_string(ours) ? 0 : differ(e, path, recorded, ours);
}

static int compare_at(struct compare *c, const char *path, const char *key, const json_t *recorded, const json_t *ours,
		      struct err *e);

/* A name that the server completed. */
static bool is_generated(const json_t *object, const char *key)
{
	return strcmp(key, "name") == 0 && json_object_get(object, "generateName");
}

static int same_object(struct compare *c, const char *path, const json_t *recorded, const json_t *ours, struct err *e)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)recorded, key, value) {
		char CLEANUP_FREE *at = xasprintf("%s.%s", path, key);
		json_t *other = json_object_get(ours, key);
		if (strcmp(key, "managedFields") == 0 || is_generated(recorded, key)) {
			continue;
		}
		if (!other) {
			return differ(e, at, value, NULL);
		}
		if (compare_at(c, at, key, value, other, e) < 0) {
			return -1;
		}
	}
	json_object_foreach ((json_t *)(uintptr_t)ours, key, value) {
		if (strcmp(key, "managedFields") != 0 && !json_object_get(recorded, key)) {
			char CLEANUP_FREE *at = xasprintf("%s.%s", path, key);
			return differ(e, at, NULL, value);
		}
	}
	return 0;
}

static int same_array(struct compare *c, const char *path, const char *key, const json_t *recorded, const json_t *ours,
		      struct err *e)
{
	if (json_array_size(recorded) != json_array_size(ours)) {
		return differ(e, path, recorded, ours);
	}
	size_t i;
	json_t *value;
	json_array_foreach ((json_t *)(uintptr_t)recorded, i, value) {
		char CLEANUP_FREE *at = xasprintf("%s[%zu]", path, i);
		if (compare_at(c, at, key, value, json_array_get(ours, i), e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int compare_at(struct compare *c, const char *path, const char *key, const json_t *recorded, const json_t *ours,
		      struct err *e)
{
	if (json_is_object(recorded) && json_is_object(ours)) {
		return same_object(c, path, recorded, ours, e);
	}
	if (json_is_array(recorded) && json_is_array(ours)) {
		return same_array(c, path, key, recorded, ours, e);
	}
	if (json_is_string(recorded)) {
		return same_string(c, path, key, recorded, ours, e);
	}
	return json_equal((json_t *)(uintptr_t)recorded, (json_t *)(uintptr_t)ours) ? 0
										    : differ(e, path, recorded, ours);
}

int compare_json(struct compare *c, const json_t *recorded, const json_t *ours, struct err *e)
{
	return compare_at(c, "", "", recorded, ours, e);
}

/* A version stands after one of these words, up to a character that is no digit. */
static size_t version_intro(const char *p)
{
	static const char *const INTROS[] = {"\"resourceVersion\":\"", "\"resourceVersion\": \"",
					     "resourceVersion=", NULL};
	for (size_t i = 0; INTROS[i]; i++) {
		if (strncmp(p, INTROS[i], strlen(INTROS[i])) == 0) {
			return strlen(INTROS[i]);
		}
	}
	return 0;
}

static size_t replace_word(const struct compare *c, const char *p, size_t n, struct buf *out)
{
	char CLEANUP_FREE *word = xstrndup(p, n);
	const char *ours = js_str(c->ours, word);
	buf_puts(out, ours ? ours : word);
	return n;
}

char *compare_translate(const struct compare *c, const char *text)
{
	struct buf CLEANUP_BUF out = BUF_INIT(TEXT_MAX);
	for (const char *p = text; *p;) {
		size_t intro = version_intro(p);
		if (intro) {
			buf_append(&out, p, intro);
			p += intro;
			p += replace_word(c, p, strspn(p, "0123456789"), &out);
		} else if (strncmp(p, "continue=", 9) == 0) {
			buf_append(&out, p, 9);
			p += 9;
			p += replace_word(c, p, strcspn(p, "&"), &out);
		} else if (strncmp(p, TOKEN_VOLUME, strlen(TOKEN_VOLUME)) == 0) {
			p += replace_word(c, p, strcspn(p, "\""), &out);
		} else if (strlen(p) >= UID_LENGTH && is_uid_at(p)) {
			p += replace_word(c, p, UID_LENGTH, &out);
		} else {
			buf_putc(&out, *p++);
		}
	}
	return xstrdup(buf_str(&out));
}
