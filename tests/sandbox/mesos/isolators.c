#include "tests/sandbox/mesos/isolators.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/capability.h"
#include "base/js.h"
#include "base/mem.h"

#define WORD_MAX 63
#define SET_TEXT_MAX 1024

static uint64_t bit(int number)
{
	return (uint64_t)1 << number;
}

/* ---- an agent's flags ---- */

static int name_isolator(void *arg, const char *word, struct err *e)
{
	struct isolators *i = arg;
	if (strcmp(word, "linux/capabilities") == 0) {
		i->capabilities = true;
	} else if (strcmp(word, "linux/seccomp") == 0) {
		i->seccomp = true;
	} else if (strcmp(word, "linux/nnp") == 0) {
		i->no_new_privs = true;
	} else {
		return err_set(e, ERR_INVALID, "Unknown or unsupported isolator '%s'", word);
	}
	return 0;
}

static int name_capability(void *arg, const char *word, struct err *e)
{
	uint64_t *set = arg;
	int number = capability_find(word);
	if (number < 0) {
		return err_set(e, ERR_INVALID, "there is no capability '%s'", word);
	}
	*set |= bit(number);
	return 0;
}

/* Words between commas. */
static int each_word(const char *list, int (*take)(void *arg, const char *word, struct err *e), void *arg,
		     struct err *e)
{
	char word[WORD_MAX + 1];
	while (list && *list) {
		size_t n = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)n, list);
		if (n && take(arg, word, e)) {
			return -1;
		}
		list += n + (list[n] == ',');
	}
	return 0;
}

int isolators_init(struct isolators *ret, const struct mesos_isolation *config, struct err *e)
{
	struct isolators i = {.has_effective = config->effective != NULL, .has_bounding = config->bounding != NULL};
	if (each_word(config->isolators, name_isolator, &i, e) ||
	    each_word(config->effective, name_capability, &i.effective, e) ||
	    each_word(config->bounding, name_capability, &i.bounding, e)) {
		return -1;
	}
	if (i.has_effective && i.has_bounding && (i.effective & ~i.bounding)) {
		return err_set(e, ERR_INVALID, "Allowed capabilities are not a subset of the bounding capabilites");
	}
	i.profiles = config->profiles ? xasprintf(",%s,", config->profiles) : NULL;
	*ret = i;
	return 0;
}

void isolators_done(struct isolators *i)
{
	free(i->profiles);
}

/* ---- linux/capabilities ---- */

static uint64_t set_of(const json_t *capability_info)
{
	uint64_t set = 0;
	size_t i;
	json_t *name;
	json_array_foreach (js_arr(capability_info, "capabilities"), i, name) {
		int number = capability_find(json_string_value(name));
		set |= number < 0 ? 0 : bit(number);
	}
	return set;
}

/* "{ CHOWN, KILL }" */
static char *text_of(uint64_t set)
{
	struct buf b = BUF_INIT(SET_TEXT_MAX);
	size_t n;
	buf_puts(&b, "{ ");
	for (int i = 0; i < CAPABILITIES; i++) {
		if (set & bit(i)) {
			buf_printf(&b, "%s%s", b.len > 2 ? ", " : "", capability_name(i));
		}
	}
	buf_puts(&b, " }");
	return buf_steal(&b, &n);
}

static char *not_allowed(const char *what, uint64_t requested, uint64_t allowed)
{
	CLEANUP_FREE char *asked = text_of(requested), *had = text_of(allowed);
	return xasprintf("%s capabilities '%s', but only '%s' are allowed", what, asked, had);
}

static char *apply_capabilities(const struct isolators *i, const json_t *linux_info, struct task_spec *spec)
{
	const json_t *effective_info = js_obj(linux_info, "effective_capabilities");
	const json_t *older_info = js_obj(linux_info, "capability_info");
	const json_t *bounding_info = js_obj(linux_info, "bounding_capabilities");
	if (effective_info && older_info) {
		return xstrdup("Only one of 'capability_info' or 'effective_capabilities' is allowed");
	}
	const json_t *said = effective_info ? effective_info : older_info;
	bool has_effective = said || i->has_effective;
	uint64_t effective = said ? set_of(said) : i->effective;
	if (bounding_info && i->has_bounding && (set_of(bounding_info) & ~i->bounding)) {
		return not_allowed("Bounding", set_of(bounding_info), i->bounding);
	}
	uint64_t bounding = bounding_info ? set_of(bounding_info) : i->has_bounding ? i->bounding : effective;
	if (has_effective && (effective & ~bounding)) {
		return not_allowed("Requested", effective, bounding);
	}
	spec->has_bounding = bounding_info || i->has_bounding || has_effective;
	spec->has_effective = has_effective;
	spec->bounding = bounding;
	spec->effective = effective;
	return NULL;
}

/* ---- linux/seccomp ---- */

static char *check_seccomp(const struct isolators *i, const json_t *seccomp)
{
	const char *name = js_str(seccomp, "profile_name");
	bool unconfined = js_bool(seccomp, "unconfined", false);
	if (unconfined && name) {
		return xstrdup("Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp "
			       "setting is enabled");
	}
	if (!seccomp || unconfined) {
		return NULL;
	}
	if (!name) {
		return xstrdup("Missing Seccomp profile name");
	}
	CLEANUP_FREE char *word = xasprintf(",%s,", name);
	return i->profiles && strstr(i->profiles, word)
		   ? NULL
		   : xasprintf(
			 "Failed to read Seccomp profile file '/etc/mesos/seccomp/%s': Failed to open file: No such "
			 "file or directory",
			 name);
}

char *isolators_apply(const struct isolators *i, const json_t *container, struct task_spec *spec)
{
	const json_t *linux_info = js_obj(container, "linux_info");
	char *why = i->capabilities ? apply_capabilities(i, linux_info, spec) : NULL;
	spec->no_new_privs = i->no_new_privs;
	return why || !i->seccomp ? why : check_seccomp(i, js_obj(linux_info, "seccomp"));
}
