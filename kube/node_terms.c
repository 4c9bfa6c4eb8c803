#include "kube/node_terms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

enum operator{ OP_IN, OP_NOT_IN, OP_EXISTS, OP_DOES_NOT_EXIST, OP_GT, OP_LT, OPERATORS };

static const char *const operator_names[OPERATORS] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};

struct expression {
	size_t term;
	bool field; /* of the node's name, not of its labels */
	char *key;
	enum operator op;
	char **values;
	size_t n_values;
};

struct kube_node_terms {
	struct expression *expressions; /* in order of their terms */
	size_t n, cap, budget;
};

void kube_node_terms_free(struct kube_node_terms *terms)
{
	if (!terms) {
		return;
	}
	for (size_t i = 0; i < terms->n; i++) {
		for (size_t k = 0; k < terms->expressions[i].n_values; k++) {
			free(terms->expressions[i].values[k]);
		}
		free((void *)terms->expressions[i].values);
		free(terms->expressions[i].key);
	}
	free(terms->expressions);
	free(terms);
}

/* ---- decoding ---- */

static int read_operator(const json_t *o, enum operator* ret)
{
	const char *name = js_str(o, "operator") ?: "";
	for (int op = 0; op < OPERATORS; op++) {
		if (!strcmp(name, operator_names[op])) {
			*ret = (enum operator)op;
			return 0;
		}
	}
	return -1;
}

static int read_values(const json_t *list, struct expression *x)
{
	size_t n = json_array_size(list);
	bool one = x->op == OP_GT || x->op == OP_LT, some = x->op == OP_IN || x->op == OP_NOT_IN;
	x->values = xcalloc(n + 1, sizeof(*x->values));
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (!text) {
			return -1;
		}
		x->values[x->n_values++] = xstrdup(text);
	}
	return (one && n != 1) || (some && !n) || (!one && !some && n) ? -1 : 0;
}

static int spend(struct kube_node_terms *terms, const json_t *o, struct err *e)
{
	size_t cost = 1 + json_array_size(js_arr(o, "values"));
	if (cost > terms->budget) {
		return err_set(e, ERR_LIMIT, "more than %d expressions and values", NODE_EXPRESSIONS_MAX);
	}
	terms->budget -= cost;
	return 0;
}

static int read_expression(struct kube_node_terms *terms, size_t term, bool field, const json_t *o, struct err *e)
{
	const char *key = js_str(o, "key"), *list = field ? "matchFields" : "matchExpressions";
	if (spend(terms, o, e)) {
		return -1;
	}
	terms->expressions = mem_grow(terms->expressions, &terms->cap, terms->n + 1, sizeof(*terms->expressions));
	struct expression *x = &terms->expressions[terms->n++];
	*x = (struct expression){.term = term, .field = field, .key = xstrdup(key ?: "")};
	if (!key || (field && strcmp(key, "metadata.name") != 0)) {
		return err_set(e, ERR_INVALID, "nodeSelectorTerms[%zu].%s: key: %s", term, list,
			       key ? "not metadata.name" : "missing");
	}
	if (read_operator(o, &x->op) || (field && x->op != OP_IN && x->op != OP_NOT_IN)) {
		return err_set(e, ERR_INVALID, "nodeSelectorTerms[%zu].%s[%.128s]: operator: none that is known", term,
			       list, key);
	}
	return read_values(js_arr(o, "values"), x)
		   ? err_set(e, ERR_INVALID, "nodeSelectorTerms[%zu].%s[%.128s]: values: not what %s takes", term, list,
			     key, operator_names[x->op])
		   : 0;
}

static int read_list(struct kube_node_terms *terms, size_t term, bool field, const json_t *list, struct err *e)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (read_expression(terms, term, field, json_array_get(list, i), e)) {
			return -1;
		}
	}
	return 0;
}

struct kube_node_terms *kube_node_terms_decode(const json_t *selector, struct err *e)
{
	struct kube_node_terms *terms = xcalloc(1, sizeof(*terms));
	const json_t *list = js_arr(selector, "nodeSelectorTerms");
	terms->budget = NODE_EXPRESSIONS_MAX;
	int bad = list ? 0 : err_set(e, ERR_INVALID, "nodeSelectorTerms: missing, or not a list");
	for (size_t i = 0; !bad && i < json_array_size(list); i++) {
		const json_t *term = json_array_get(list, i);
		bad = read_list(terms, i, false, js_arr(term, "matchExpressions"), e) ||
		      read_list(terms, i, true, js_arr(term, "matchFields"), e);
	}
	if (bad) {
		kube_node_terms_free(terms);
		return NULL;
	}
	return terms;
}

/* ---- matching ---- */

static bool has_value(const struct expression *x, const char *value)
{
	for (size_t i = 0; i < x->n_values; i++) {
		if (!strcmp(x->values[i], value)) {
			return true;
		}
	}
	return false;
}

static bool read_number(const char *text, int64_t *ret)
{
	char *end;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return *text && !*end && !errno;
}

static bool expression_matches(const struct expression *x, const char *value)
{
	int64_t is, than;
	switch (x->op) {
	case OP_IN:
		return value && has_value(x, value);
	case OP_NOT_IN:
		return !value || !has_value(x, value);
	case OP_EXISTS:
		return value != NULL;
	case OP_DOES_NOT_EXIST:
		return !value;
	default:
		return value && read_number(value, &is) && read_number(x->values[0], &than) &&
		       (x->op == OP_GT ? is > than : is < than);
	}
}

bool kube_node_terms_match(const struct kube_node_terms *terms, const char *node_name,
			   const char *(*label)(void *arg, const char *key), void *arg)
{
	for (size_t i = 0; i < terms->n;) {
		size_t term = terms->expressions[i].term;
		bool all = true;
		for (; i < terms->n && terms->expressions[i].term == term; i++) {
			const struct expression *x = &terms->expressions[i];
			all = all && expression_matches(x, x->field ? node_name : label(arg, x->key));
		}
		if (all) {
			return true;
		}
	}
	return false;
}
