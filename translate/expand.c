#include "translate/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* One "$(NAME)" at s; returns what follows it, NULL when it is none or names no variable. */
static const char *take_reference(const char *s, const struct map *values, struct buf *b, int *ret_bad)
{
	const char *end = s[1] == '(' ? strchr(s, ')') : NULL;
	if (!end) {
		return NULL;
	}
	CLEANUP_FREE char *name = xstrndup(s + 2, (size_t)(end - s - 2));
	const char *value = map_get(values, name);
	if (!value) {
		*ret_bad |= buf_append(b, s, (size_t)(end + 1 - s));
		return end + 1;
	}
	*ret_bad |= buf_puts(b, value);
	return end + 1;
}

/* NULL when it becomes too long. */
static char *expand(const char *text, const struct map *values)
{
	struct buf b = BUF_INIT(EXPANDED_TEXT_MAX);
	int bad = 0;
	while (*text && !bad) {
		const char *after = *text == '$' ? take_reference(text, values, &b, &bad) : NULL;
		if (after) {
			text = after;
		} else if (text[0] == '$' && text[1] == '$') {
			bad = buf_putc(&b, '$');
			text += 2;
		} else {
			size_t n = 1 + strcspn(text + 1, "$");
			bad = buf_append(&b, text, n);
			text += n;
		}
	}
	char *whole = buf_steal(&b, NULL);
	if (bad) {
		free(whole);
		return NULL;
	}
	return whole;
}

static int expand_one(struct expanded *x, const struct map *values, const char *text, char **ret)
{
	char *value = expand(text, values);
	if (value) {
		x->bytes += strlen(value);
	}
	if (!value || x->bytes > EXPANDED_BYTES_MAX) {
		free(value);
		return -1;
	}
	*ret = value;
	return 0;
}

static int expand_env(const struct kube_container *c, struct expanded *x, struct map *values, struct err *e)
{
	x->env = xcalloc(c->n_env, sizeof(*x->env));
	x->n_env = c->n_env;
	for (size_t i = 0; i < c->n_env; i++) {
		if (expand_one(x, values, c->env[i].value, &x->env[i])) {
			return err_set(e, ERR_UNSUPPORTED, "env[%.64s]: too long after expansion", c->env[i].name);
		}
		map_put(values, c->env[i].name, x->env[i]);
	}
	for (size_t i = 0; i < c->n_env; i++) {
		if (map_get(values, c->env[i].name) != x->env[i]) {
			free(x->env[i]);
			x->env[i] = NULL;
		}
	}
	return 0;
}

static int expand_list(const char *const *texts, size_t n, const char *place, struct expanded *x,
		       const struct map *values, char **out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (expand_one(x, values, texts[i], &out[i])) {
			return err_set(e, ERR_UNSUPPORTED, "%s[%zu]: too long after expansion", place, i);
		}
	}
	return 0;
}

int expand_container(const struct kube_container *c, struct expanded *ret, struct err *e)
{
	struct expanded x = {0};
	struct map values = MAP_INIT;
	x.command = xcalloc(c->n_command, sizeof(*x.command));
	x.n_command = c->n_command;
	x.args = xcalloc(c->n_args, sizeof(*x.args));
	x.n_args = c->n_args;
	int bad = expand_env(c, &x, &values, e) ||
		  expand_list(c->command, c->n_command, "command", &x, &values, x.command, e) ||
		  expand_list(c->args, c->n_args, "args", &x, &values, x.args, e);
	map_done(&values);
	if (bad) {
		expanded_done(&x);
		return -1;
	}
	*ret = x;
	return 0;
}

static void free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(texts[i]);
	}
	free(texts);
}

void expanded_done(struct expanded *x)
{
	free_texts(x->env, x->n_env);
	free_texts(x->command, x->n_command);
	free_texts(x->args, x->n_args);
	*x = (struct expanded){0};
}
