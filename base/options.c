#include "base/options.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/options_text.h"
#include "base/yaml.h"

/* One run of options_load. */
struct load {
	const struct options *table;
	char *settings;
	const char *file;	   /* being read; NULL: flags */
	bool given[OPTIONS_MAX];   /* by file or flag */
	bool by_flag[OPTIONS_MAX]; /* a further flag of a list adds to it */
};

static void *member(const struct option *o, void *settings)
{
	return (char *)settings + o->offset;
}

static void list_done(struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i]);
	}
	free(list->items);
	*list = (struct option_list){0};
}

void options_done(const struct options *table, void *settings)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct option *o = &table->rows[i];
		if (o->type == OPTION_STRING || o->type == OPTION_FILE || o->type == OPTION_CONFIG) {
			char **text = member(o, settings);
			free(*text);
			*text = NULL;
		} else if (o->type == OPTION_LIST) {
			list_done(member(o, settings));
		}
	}
}

/* "the option, where it stands": the beginning of every sentence about a value. */
static int wrong(const struct load *l, const struct option *o, struct err *e)
{
	return l->file ? err_wrap(e, "%s: option %s", l->file, o->name) : err_wrap(e, "option --%s", o->name);
}

static void set_string(const struct option *o, void *settings, const char *text)
{
	char **to = member(o, settings);
	free(*to);
	*to = xstrdup(text);
}

static int list_add(const struct option *o, struct option_list *list, const char *text, size_t n, struct err *e)
{
	while (n > 0 && isspace((unsigned char)*text)) {
		text++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)text[n - 1])) {
		n--;
	}
	if (n == 0) {
		return err_set(e, ERR_INVALID, "has an empty element");
	}
	if (list->n >= (size_t)(o->max > 0 ? o->max : OPTION_LIST_MAX)) {
		return err_set(e, ERR_LIMIT, "has more than %zu elements", list->n);
	}
	list->items = xreallocarray(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = xstrndup(text, n);
	return 0;
}

static int list_add_commas(const struct option *o, struct option_list *list, const char *text, struct err *e)
{
	for (;;) {
		size_t n = strcspn(text, ",");
		if (list_add(o, list, text, n, e)) {
			return -1;
		}
		if (!text[n]) {
			return 0;
		}
		text += n + 1;
	}
}

static int set_number(const struct option *o, void *settings, int64_t value, struct err *e)
{
	if ((o->min || o->max) && (value < o->min || value > o->max)) {
		char low[OPTION_VALUE_TEXT_MAX], high[OPTION_VALUE_TEXT_MAX];
		return err_set(e, ERR_INVALID, "must be from %s to %s", option_value_text(o, o->min, low),
			       option_value_text(o, o->max, high));
	}
	*(int64_t *)member(o, settings) = value;
	return 0;
}

static int set_choice(const struct option *o, void *settings, const char *text, struct err *e)
{
	for (int i = 0; o->choices[i]; i++) {
		if (strcmp(o->choices[i], text) == 0) {
			*(int *)member(o, settings) = i;
			return 0;
		}
	}
	CLEANUP_BUF struct buf all = BUF_INIT(ERR_TEXT_MAX);
	for (int i = 0; o->choices[i]; i++) {
		buf_printf(&all, "%s%s", i ? ", " : "", o->choices[i]);
	}
	return err_set(e, ERR_INVALID, "must be one of: %s", buf_str(&all));
}

static int set_bool(const struct option *o, void *settings, const char *text, struct err *e)
{
	bool yes = strcmp(text, "true") == 0;
	if (!yes && strcmp(text, "false") != 0) {
		return err_set(e, ERR_INVALID, "wants true or false");
	}
	*(bool *)member(o, settings) = yes;
	return 0;
}

/* A value written as text: a flag's, a default, or a string of the file. Lists are added to. */
static int set_text(const struct option *o, void *settings, const char *text, struct err *e)
{
	int64_t number;
	if (strlen(text) > OPTION_TEXT_MAX) {
		return err_set(e, ERR_LIMIT, "is longer than %d bytes", OPTION_TEXT_MAX);
	}
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_FILE:
	case OPTION_CONFIG:
		set_string(o, settings, text);
		return 0;
	case OPTION_LIST:
		return list_add_commas(o, member(o, settings), text, e);
	case OPTION_BOOL:
		return set_bool(o, settings, text, e);
	case OPTION_CHOICE:
		return set_choice(o, settings, text, e);
	case OPTION_INT:
	case OPTION_DECIMAL:
	case OPTION_DURATION:
		if (option_value_parse(o, text, &number)) {
			return err_set(e, ERR_INVALID, "wants %s, not \"%.64s\"", option_type_text(o), text);
		}
		return set_number(o, settings, number, e);
	case OPTION_ACTION:
		break;
	}
	return err_set(e, ERR_INVALID, "takes no value");
}

static int set_defaults(const struct options *table, void *settings, struct err *e)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct option *o = &table->rows[i];
		if (o->initial && set_text(o, settings, o->initial, e)) {
			return err_wrap(e, "default of option %s", o->name);
		}
	}
	return 0;
}

static int set_json_list(const struct option *o, void *settings, const json_t *value, struct err *e)
{
	size_t i;
	json_t *item;
	json_array_foreach (value, i, item) {
		const char *text = json_string_value(item);
		if (!text) {
			return err_set(e, ERR_INVALID, "element %zu is no text", i + 1);
		}
		if (list_add(o, member(o, settings), text, strlen(text), e)) {
			return -1;
		}
	}
	return 0;
}

/* A value of the file: the YAML type must fit, so that a mistyped number never becomes a name. */
static int set_json(const struct option *o, void *settings, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);
	switch (o->type) {
	case OPTION_BOOL:
		if (json_is_boolean(value)) {
			*(bool *)member(o, settings) = json_is_true(value);
			return 0;
		}
		return err_set(e, ERR_INVALID, "wants true or false");
	case OPTION_DECIMAL:
		if (json_is_real(value)) {
			double thousandths = json_real_value(value) * 1000;
			if (!(fabs(thousandths) < 9e15) || fabs(thousandths - round(thousandths)) > 1e-6) {
				return err_set(e, ERR_INVALID, "wants %s", option_type_text(o));
			}
			return set_number(o, settings, (int64_t)llround(thousandths), e);
		}
		/* fall through */
	case OPTION_INT:
	case OPTION_DURATION:
		if (json_is_integer(value)) {
			char digits[OPTION_VALUE_TEXT_MAX];
			snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
			return set_text(o, settings, digits, e);
		}
		if (o->type == OPTION_DURATION && text) {
			return set_text(o, settings, text, e);
		}
		return err_set(e, ERR_INVALID, "wants %s", option_type_text(o));
	case OPTION_LIST:
		if (json_is_array(value)) {
			return set_json_list(o, settings, value, e);
		}
		break;
	default:
		break;
	}
	return text ? set_text(o, settings, text, e) : err_set(e, ERR_INVALID, "wants %s", option_type_text(o));
}

static const struct option *find(const struct options *table, const char *name, size_t n)
{
	for (size_t i = 0; i < table->n; i++) {
		if (strlen(table->rows[i].name) == n && memcmp(table->rows[i].name, name, n) == 0) {
			return &table->rows[i];
		}
	}
	return NULL;
}

/* Values of a higher rank replace a list instead of adding to it. */
static void replace_list(const struct option *o, void *settings)
{
	if (o->type == OPTION_LIST) {
		list_done(member(o, settings));
	}
}

static int read_file(struct load *l, const char *path, struct err *e)
{
	CLEANUP_JSON json_t *tree = yaml_load(path, e);
	if (!tree) {
		return err_wrap(e, "option --config");
	}
	if (json_is_null(tree)) {
		return 0;
	}
	if (!json_is_object(tree)) {
		return err_set(e, ERR_INVALID, "%s: must be a mapping of option names to values", path);
	}
	l->file = path;
	const char *key;
	json_t *value;
	json_object_foreach (tree, key, value) {
		const struct option *o = find(l->table, key, strlen(key));
		if (!o || o->type == OPTION_ACTION || o->type == OPTION_CONFIG) {
			return err_set(e, ERR_INVALID, "%s: %s \"%.64s\"", path,
				       o ? "not an option for a file:" : "unknown option", key);
		}
		replace_list(o, l->settings);
		if (set_json(o, l->settings, value, e)) {
			return wrong(l, o, e);
		}
		l->given[o - l->table->rows] = true;
	}
	l->file = NULL;
	return 0;
}

/* One flag at argv[*at]; *at moves past its value. */
struct flag {
	const struct option *o;
	const char *value; /* NULL: none */
	bool no;
};

static int split_flag(const struct options *table, int argc, const char *const *argv, int *at, struct flag *ret,
		      struct err *e)
{
	const char *arg = argv[(*at)++];
	if (strncmp(arg, "--", 2) != 0 || !arg[2]) {
		return err_set(e, ERR_INVALID, "unexpected argument \"%.64s\" (see --help)", arg);
	}
	size_t n = strcspn(arg + 2, "=");
	struct flag f = {.o = find(table, arg + 2, n)};
	if (!f.o && strncmp(arg, "--no-", 5) == 0 && n > 3) {
		f.o = find(table, arg + 5, n - 3);
		f.no = f.o != NULL;
	}
	if (!f.o || (f.no && f.o->type != OPTION_BOOL)) {
		return err_set(e, ERR_INVALID, "unknown option \"%.64s\" (see --help)", arg);
	}
	bool plain = f.o->type == OPTION_BOOL || f.o->type == OPTION_ACTION;
	if (arg[2 + n] == '=') {
		f.value = arg + 2 + n + 1;
		if (f.no || f.o->type == OPTION_ACTION) {
			return err_set(e, ERR_INVALID, "option --%.*s takes no value", (int)n, arg + 2);
		}
	} else if (plain) {
		f.value = f.no ? "false" : "true";
	} else if (*at < argc) {
		f.value = argv[(*at)++];
	} else {
		return err_set(e, ERR_INVALID, "option --%s needs a value", f.o->name);
	}
	*ret = f;
	return 0;
}

/* The action that is asked for, and the configuration file; everything else is only checked for its form. */
static int look_ahead(struct load *l, int argc, const char *const *argv, const char **ret_file, struct err *e)
{
	for (int at = 1; at < argc;) {
		struct flag f;
		if (split_flag(l->table, argc, argv, &at, &f, e)) {
			return -1;
		}
		if (f.o->type == OPTION_ACTION) {
			return (int)f.o->min;
		}
		if (f.o->type == OPTION_CONFIG) {
			*ret_file = f.value;
		}
	}
	return 0;
}

static int read_flags(struct load *l, int argc, const char *const *argv, struct err *e)
{
	for (int at = 1; at < argc;) {
		struct flag f;
		if (split_flag(l->table, argc, argv, &at, &f, e)) {
			return -1;
		}
		size_t row = (size_t)(f.o - l->table->rows);
		if (!l->by_flag[row]) {
			replace_list(f.o, l->settings);
		}
		if (set_text(f.o, l->settings, f.value, e)) {
			return wrong(l, f.o, e);
		}
		l->given[row] = l->by_flag[row] = true;
	}
	return 0;
}

static int check(const struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->table->n; i++) {
		const struct option *o = &l->table->rows[i];
		if (o->required && !l->given[i]) {
			return err_set(e, ERR_INVALID,
				       "option %s is required: give --%s, or %s in the configuration file", o->name,
				       o->name, o->name);
		}
		const struct option_list *list = o->type == OPTION_LIST ? member(o, l->settings) : NULL;
		if (list && list->n < (size_t)o->min) {
			return err_set(e, ERR_INVALID, "option %s needs at least %lld elements", o->name,
				       (long long)o->min);
		}
	}
	return 0;
}

int options_load(const struct options *table, int argc, const char *const *argv, void *settings, struct err *e)
{
	struct load l = {.table = table, .settings = settings};
	const char *file = NULL;
	if (table->n > OPTIONS_MAX) {
		return err_set(e, ERR_LIMIT, "more than %d options", OPTIONS_MAX);
	}
	int action = look_ahead(&l, argc, argv, &file, e);
	if (action) {
		return action;
	}
	if (set_defaults(table, settings, e) || (file && read_file(&l, file, e)) || read_flags(&l, argc, argv, e)) {
		return -1;
	}
	return check(&l, e);
}
