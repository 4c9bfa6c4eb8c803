/* Questions about identities and rights: TokenReview, SubjectAccessReview, SelfSubjectAccessReview. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

static void answer(struct call *c, json_t *review, json_t *status)
{
	json_object_set_new(review, "status", status);
	call_reply(c, 201, canonical(c->s, c->r, json_incref(review)));
}

static json_t *token_status(const struct call *c, const char *token)
{
	const struct apiserver_config *cfg = &c->s->config;
	for (size_t i = 0; i < cfg->n_tokens; i++) {
		const struct apiserver_token *t = &cfg->tokens[i];
		if (strcmp(t->token, token) != 0 || (t->expires_ms && c->now >= t->expires_ms)) {
			continue;
		}
		json_t *groups = json_array();
		for (const char *p = t->groups; *p;) {
			size_t n = strcspn(p, ",");
			json_array_append_new(groups, json_stringn(p, n));
			p += n + (p[n] == ',');
		}
		json_array_append_new(groups, json_string("system:authenticated"));
		return json_pack("{s:b, s:{s:s, s:o}}", "authenticated", 1, "user", "username", t->user, "groups",
				 groups);
	}
	const char *user = token_issued_to(c->s, token, c->now);
	return user ? json_pack("{s:b, s:{s:s, s:[s, s]}}", "authenticated", 1, "user", "username", user, "groups",
				"system:serviceaccounts", "system:authenticated")
		    : json_pack("{s:s}", "error", "[invalid bearer token]");
}

static json_t *access_status(const struct call *c, const struct identity *who, const json_t *spec)
{
	const json_t *a = js_obj(spec, "resourceAttributes");
	bool allowed;
	if (a) {
		const char *sub = str(a, "subresource");
		char CLEANUP_FREE *resource = xasprintf("%s%s%s", str(a, "resource"), sub[0] ? "/" : "", sub);
		allowed = call_allows(c, who, str(a, "verb"), str(a, "group"), resource, str(a, "namespace"));
	} else {
		allowed = identity_in_group(who, "system:masters");
	}
	return json_pack("{s:b}", "allowed", allowed);
}

static json_t *subject_status(const struct call *c, const json_t *spec)
{
	struct identity who = {.user = str(spec, "user")};
	size_t i;
	json_t *group;
	json_array_foreach (js_arr(spec, "groups"), i, group) {
		if (who.n_groups < IDENTITY_GROUPS_MAX) {
			who.groups[who.n_groups++] = (char *)(uintptr_t)json_string_value(group);
		}
	}
	return access_status(c, &who, spec);
}

int do_review(struct call *c)
{
	json_t CLEANUP_JSON *review =
	    call_body_object(c, schema_of_resource(c->s->schema, c->r), c->r->kind, c->r->group, c->r->version);
	if (!review) {
		return -1;
	}
	const json_t *spec = js_obj(review, "spec");
	if (strcmp(c->r->kind, "TokenReview") == 0) {
		answer(c, review, token_status(c, str(spec, "token")));
	} else if (strcmp(c->r->kind, "SubjectAccessReview") == 0) {
		answer(c, review, subject_status(c, spec));
	} else {
		answer(c, review, access_status(c, &c->who, spec));
	}
	return 0;
}
