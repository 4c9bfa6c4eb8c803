#include "tests/sandbox/kube/selectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

enum op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_ABSENT, OP_GREATER, OP_LESS };

struct term {
	enum op op;
	char *key;
	char **values;
	size_t n_values, cap_values;
};

struct selector {
	struct term terms[SELECTOR_TERMS_MAX];
	size_t n;
};

void selector_free(struct selector *s)
{
	if (!s) {
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct term *t = &s->terms[i];
		free(t->key);
		for (size_t j = 0; j < t->n_values; j++) {
			free(t->values[j]);
		}
		free(t->values);
	}
	free(s);
}

static void add_value(struct term *t, const char *value, size_t n)
{
	t->values = mem_grow(t->values, &t->cap_values, t->n_values + 1, sizeof(char *));
	t->values[t->n_values++] = xstrndup(value, n);
}

static struct term *add_term(struct selector *s, enum op op, const char *key, size_t n)
{
	if (s->n == SELECTOR_TERMS_MAX) {
		return NULL;
	}
	struct term *t = &s->terms[s->n++];
	*t = (struct term){.op = op, .key = xstrndup(key, n)};
	return t;
}

/* A scanner of label selectors. */
struct scan {
	const char *p;
	const char *token;
	size_t len;
};

static void next(struct scan *s)
{
	s->p += strspn(s->p, " \t");
	s->token = s->p;
	if (strncmp(s->p, "==", 2) == 0 || strncmp(s->p, "!=", 2) == 0) {
		s->len = 2;
	} else if (*s->p && strchr("!=<>(),", *s->p)) {
		s->len = 1;
	} else {
		s->len = strcspn(s->p, " \t!=<>(),");
	}
	s->p += s->len;
}

static bool is(const struct scan *s, const char *word)
{
	return s->len == strlen(word) && memcmp(s->token, word, s->len) == 0;
}

static bool is_word(const struct scan *s)
{
	return s->len && !strchr("!=<>(),", s->token[0]);
}

static int unexpected(const struct scan *s, const char *expected, struct refusal *r)
{
	return refuse_bad_request(r, "unable to parse requirement: found '%.*s', expected: %s", (int)s->len, s->token,
				  expected);
}

static int set_values(struct scan *s, struct term *t, struct refusal *r)
{
	next(s);
	if (!is(s, "(")) {
		return unexpected(s, "'('", r);
	}
	do {
		next(s);
		if (is_word(s)) {
			add_value(t, s->token, s->len);
			next(s);
		} else {
			add_value(t, "", 0);
		}
	} while (is(s, ","));
	if (!is(s, ")")) {
		return unexpected(s, "',' or ')'", r);
	}
	next(s);
	return 0;
}

static int one_value(struct scan *s, struct term *t)
{
	next(s);
	if (is_word(s)) {
		add_value(t, s->token, s->len);
		next(s);
	} else {
		add_value(t, "", 0);
	}
	return 0;
}

static int label_term(struct scan *s, struct selector *sel, struct refusal *r)
{
	bool negated = is(s, "!");
	if (negated) {
		next(s);
	}
	if (!is_word(s)) {
		return unexpected(s, "identifier", r);
	}
	struct term *t = add_term(sel, negated ? OP_ABSENT : OP_EXISTS, s->token, s->len);
	if (!t) {
		return refuse_bad_request(r, "more than %d requirements in a selector", SELECTOR_TERMS_MAX);
	}
	next(s);
	if (negated || s->len == 0 || is(s, ",")) {
		return 0;
	}
	if (is(s, "in") || is(s, "notin")) {
		t->op = is(s, "in") ? OP_IN : OP_NOT_IN;
		return set_values(s, t, r);
	}
	if (is(s, "=") || is(s, "==") || is(s, "!=") || is(s, ">") || is(s, "<")) {
		t->op = is(s, "!=") ? OP_NOT_IN : is(s, ">") ? OP_GREATER : is(s, "<") ? OP_LESS : OP_IN;
		return one_value(s, t);
	}
	return unexpected(s, "in, notin, =, ==, !=, gt, lt", r);
}

int label_selector_parse(const char *text, struct selector **ret, struct refusal *r)
{
	if (!text || !text[strspn(text, " \t")]) {
		*ret = NULL;
		return 0;
	}
	struct selector *sel = xcalloc(1, sizeof(*sel));
	struct scan s = {.p = text};
	do {
		next(&s);
		if (label_term(&s, sel, r) < 0) {
			selector_free(sel);
			return -1;
		}
	} while (is(&s, ","));
	if (s.len) {
		unexpected(&s, "',' or 'end of string'", r);
		selector_free(sel);
		return -1;
	}
	*ret = sel;
	return 0;
}

static bool value_in(const struct term *t, const char *value)
{
	for (size_t i = 0; i < t->n_values; i++) {
		if (strcmp(t->values[i], value) == 0) {
			return true;
		}
	}
	return false;
}

static bool label_term_matches(const struct term *t, const char *value)
{
	char *end_value;
	char *end_bound;
	switch (t->op) {
	case OP_IN:
		return value && value_in(t, value);
	case OP_NOT_IN:
		return !value || !value_in(t, value);
	case OP_EXISTS:
		return value != NULL;
	case OP_ABSENT:
		return value == NULL;
	default:
		break;
	}
	if (!value || t->n_values == 0) {
		return false;
	}
	long long a = strtoll(value, &end_value, 10);
	long long b = strtoll(t->values[0], &end_bound, 10);
	if (*end_value || *end_bound || !value[0] || !t->values[0][0]) {
		return false;
	}
	return t->op == OP_GREATER ? a > b : a < b;
}

bool selector_matches_labels(const struct selector *s, const json_t *object)
{
	const json_t *labels = js_at(object, "metadata", "labels", NULL);
	for (size_t i = 0; s && i < s->n; i++) {
		if (!label_term_matches(&s->terms[i], js_str(labels, s->terms[i].key))) {
			return false;
		}
	}
	return true;
}

/* The fields that can be selected by, and where they stand in the stored object ("": always empty). */
static const struct {
	const char *stored_as, *field, *path;
} FIELDS[] = {
    {"pods", "spec.nodeName", "spec.nodeName"},
    {"pods", "spec.host", "spec.nodeName"},
    {"pods", "spec.restartPolicy", "spec.restartPolicy"},
    {"pods", "spec.schedulerName", "spec.schedulerName"},
    {"pods", "spec.serviceAccountName", "spec.serviceAccountName"},
    {"pods", "spec.hostNetwork", "spec.hostNetwork"},
    {"pods", "status.phase", "status.phase"},
    {"pods", "status.podIP", "status.podIP"},
    {"pods", "status.podIPs", ""},
    {"pods", "status.nominatedNodeName", "status.nominatedNodeName"},
    {"nodes", "spec.unschedulable", "spec.unschedulable"},
    {"namespaces", "status.phase", "status.phase"},
    {"secrets", "type", "type"},
    {"services", "spec.type", "spec.type"},
    {"services", "spec.clusterIP", "spec.clusterIP"},
    {"replicasets", "status.replicas", "status.replicas"},
    {"jobs", "status.successful", "status.succeeded"},
    {"events", "involvedObject.kind", "involvedObject.kind"},
    {"events", "involvedObject.namespace", "involvedObject.namespace"},
    {"events", "involvedObject.name", "involvedObject.name"},
    {"events", "involvedObject.uid", "involvedObject.uid"},
    {"events", "involvedObject.apiVersion", "involvedObject.apiVersion"},
    {"events", "involvedObject.resourceVersion", "involvedObject.resourceVersion"},
    {"events", "involvedObject.fieldPath", "involvedObject.fieldPath"},
    {"events", "regarding.kind", "involvedObject.kind"},
    {"events", "regarding.namespace", "involvedObject.namespace"},
    {"events", "regarding.name", "involvedObject.name"},
    {"events", "regarding.uid", "involvedObject.uid"},
    {"events", "regarding.apiVersion", "involvedObject.apiVersion"},
    {"events", "regarding.resourceVersion", "involvedObject.resourceVersion"},
    {"events", "regarding.fieldPath", "involvedObject.fieldPath"},
    {"events", "reason", "reason"},
    {"events", "reportingComponent", "reportingComponent"},
    {"events", "reportingController", "reportingComponent"},
    {"events", "source", "source.component"},
    {"events", "type", "type"},
};

static const char *field_path(const struct kube_resource *res, const char *field, size_t n)
{
	static const char *const COMMON[] = {"metadata.name", "metadata.namespace"};
	for (size_t i = 0; i < 2; i++) {
		if (strlen(COMMON[i]) == n && memcmp(COMMON[i], field, n) == 0) {
			return COMMON[i];
		}
	}
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
		if (strcmp(FIELDS[i].stored_as, res->stored_as) == 0 && strlen(FIELDS[i].field) == n &&
		    memcmp(FIELDS[i].field, field, n) == 0) {
			return FIELDS[i].path;
		}
	}
	return NULL;
}

static int field_term(const struct kube_resource *res, const char *text, const char *part, size_t n,
		      struct selector *sel, struct refusal *r)
{
	const char *eq = memchr(part, '=', n);
	if (!eq) {
		return refuse_bad_request(r, "invalid selector: '%s'; can't understand '%.*s'", text, (int)n, part);
	}
	bool negated = eq > part && eq[-1] == '!';
	size_t key = (size_t)(eq - part) - negated;
	const char *value = eq + 1;
	if (!negated && value < part + n && *value == '=') {
		value++;
	}
	const char *path = field_path(res, part, key);
	if (!path) {
		return refuse_bad_request(r, "field label not supported: %.*s", (int)key, part);
	}
	struct term *t = add_term(sel, negated ? OP_NOT_IN : OP_IN, path, strlen(path));
	if (!t) {
		return refuse_bad_request(r, "more than %d requirements in a selector", SELECTOR_TERMS_MAX);
	}
	add_value(t, value, (size_t)(part + n - value));
	return 0;
}

/* The last part without an operator; it is complained about before any unknown field. */
static const char *broken_part(const char *text, size_t *ret_n)
{
	const char *broken = NULL;
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ",");
		if (n && !memchr(p, '=', n)) {
			broken = p;
			*ret_n = n;
		}
		p += n + (p[n] == ',');
	}
	return broken;
}

int field_selector_parse(const struct kube_resource *res, const char *text, struct selector **ret, struct refusal *r)
{
	if (!text || !text[0]) {
		*ret = NULL;
		return 0;
	}
	size_t n;
	const char *broken = broken_part(text, &n);
	if (broken) {
		return refuse_bad_request(r, "invalid selector: '%s'; can't understand '%.*s'", text, (int)n, broken);
	}
	struct selector *sel = xcalloc(1, sizeof(*sel));
	for (const char *p = text; *p;) {
		n = strcspn(p, ",");
		if (n && field_term(res, text, p, n, sel, r) < 0) {
			selector_free(sel);
			return -1;
		}
		p += n + (p[n] == ',');
	}
	*ret = sel;
	return 0;
}

static bool field_is(const json_t *object, const struct term *t)
{
	char CLEANUP_FREE *path = xstrdup(t->key);
	const json_t *at = path[0] ? object : NULL;
	char *rest = path;
	for (char *word; at && (word = strsep(&rest, "."));) {
		at = json_object_get(at, word);
	}
	if (json_is_string(at)) {
		return value_in(t, json_string_value(at));
	}
	if (json_is_integer(at)) {
		char CLEANUP_FREE *number = xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(at));
		return value_in(t, number);
	}
	bool flag = strcmp(t->key, "spec.unschedulable") == 0 || strcmp(t->key, "spec.hostNetwork") == 0;
	return value_in(t, flag ? (json_is_true(at) ? "true" : "false") : "");
}

bool selector_matches_fields(const struct selector *s, const json_t *object)
{
	for (size_t i = 0; s && i < s->n; i++) {
		if (field_is(object, &s->terms[i]) == (s->terms[i].op == OP_NOT_IN)) {
			return false;
		}
	}
	return true;
}
