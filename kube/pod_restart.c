/* When a container runs again: its own policy and rules. */
#include <limits.h>
#include <string.h>

#include "base/js.h"
#include "kube/pod_read.h"

static int read_codes(struct pod_reader *r, const struct where *at, json_t *o, struct kube_restart_rule *rule)
{
	struct where here = {.up = at, .key = "values"};
	const char *operator= js_str(o, "operator");
	json_t *list;
	if (reader_check_fields(r, POD_SCOPE_EXIT_CODES, at, o) || read_list(r, at, o, "values", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	int *codes = reader_alloc(r, n, sizeof(*codes));
	for (size_t i = 0; codes && i < n; i++) {
		json_t *v = json_array_get(list, i);
		if (!json_is_integer(v) || json_integer_value(v) < INT_MIN || json_integer_value(v) > INT_MAX) {
			return reader_error(r, ERR_INVALID, &here, NULL, "element %zu is no exit code", i);
		}
		codes[i] = (int)json_integer_value(v);
	}
	rule->in = operator&& !strcmp(operator, "In");
	rule->codes = codes;
	rule->n_codes = n;
	return codes ? 0 : -1;
}

static int read_rule(struct pod_reader *r, const struct where *at, json_t *o, struct kube_restart_rule *rule)
{
	struct where codes_at = {.up = at, .key = "exitCodes"};
	json_t *codes;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (reader_check_fields(r, POD_SCOPE_RULE, at, o) || read_object(r, at, o, "exitCodes", &codes)) {
		return -1;
	}
	return codes ? read_codes(r, &codes_at, codes, rule) : reader_refuse(r, at, "it names no exit codes");
}

int pod_read_restarts(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where list_at = {.up = at, .key = "restartPolicyRules"};
	json_t *list;
	c->own_restart_policy = js_str(o, "restartPolicy") != NULL;
	if (read_restart_policy(r, at, o, &c->restart_policy) || read_list(r, at, o, "restartPolicyRules", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_restart_rule *rules = reader_alloc(r, n, sizeof(*rules));
	for (size_t i = 0; rules && i < n; i++) {
		struct where here = {.up = &list_at, .index = i};
		if (read_rule(r, &here, json_array_get(list, i), &rules[i])) {
			return -1;
		}
	}
	c->restart_rules = rules;
	c->n_restart_rules = n;
	return rules ? 0 : -1;
}
