#include "translate/ids.h"

#include <stdio.h>
#include <string.h>

#define UID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

const char *task_id_make(const char *uid, const char *container, int run, char out[TASK_ID_MAX])
{
	snprintf(out, TASK_ID_MAX, "%s.%s.%d", uid, container, run);
	return out;
}

static bool is_label(const char *s, size_t n)
{
	return n && strspn(s, LABEL_CHARACTERS) >= n && s[0] != '-' && s[n - 1] != '-';
}

/* Only what task_id_make writes: no sign, no leading zeros. */
static int parse_run(const char *s, int *ret)
{
	int value = 0;
	if (!*s || (s[0] == '0' && s[1])) {
		return -1;
	}
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *s - '0', &value)) {
			return -1;
		}
	}
	*ret = value;
	return 0;
}

int task_id_parse(const char *text, struct task_id *ret)
{
	struct task_id id = {0};
	if (!text || strlen(text) >= TASK_ID_MAX) {
		return -1;
	}
	size_t uid = strspn(text, UID_CHARACTERS);
	if (!uid || text[uid] != '.') {
		return -1;
	}
	const char *container = text + uid + 1;
	const char *dot = strchr(container, '.');
	if (!dot || (size_t)(dot - container) >= sizeof(id.container) || parse_run(dot + 1, &id.run)) {
		return -1;
	}
	memcpy(id.uid, text, uid);
	memcpy(id.container, container, (size_t)(dot - container));
	id.pause = !strcmp(id.container, TASK_PAUSE_NAME);
	if (!id.pause && !is_label(id.container, (size_t)(dot - container))) {
		return -1;
	}
	*ret = id;
	return 0;
}
