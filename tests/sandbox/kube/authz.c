#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/kube/discovery.h"
#include "tests/sandbox/kube/model.h"

static bool word_matches(const char *words, const char *word)
{
	return registry_word_in(words, "*") || registry_word_in(words, word) || (words[0] == 0 && word[0] == 0);
}

static bool group_matches(const char *groups, const char *group)
{
	if (group[0]) {
		return word_matches(groups, group);
	}
	/* The core group is an empty word: "", or one between commas. */
	size_t n = strlen(groups);
	return n == 0 || groups[0] == ',' || groups[n - 1] == ',' || strstr(groups, ",,") ||
	       registry_word_in(groups, "*");
}

bool call_allows(const struct call *c, const struct identity *who, const char *verb, const char *group,
		 const char *resource, const char *name_space)
{
	if (c->internal || identity_in_group(who, "system:masters")) {
		return true;
	}
	const struct apiserver_config *cfg = &c->s->config;
	for (size_t i = 0; i < cfg->n_grants; i++) {
		const struct apiserver_grant *g = &cfg->grants[i];
		bool subject = strcmp(g->subject, who->user) == 0 || identity_in_group(who, g->subject);
		bool place = !g->name_space || strcmp(g->name_space, name_space) == 0;
		if (subject && place && word_matches(g->verbs, verb) && group_matches(g->groups, group) &&
		    word_matches(g->resources, resource)) {
			return true;
		}
	}
	/* Everybody with an identity may ask what they may do. */
	return identity_in_group(who, "system:authenticated") && strcmp(verb, "create") == 0 &&
	       strcmp(group, "authorization.k8s.io") == 0 && strncmp(resource, "selfsubject", 11) == 0;
}

static bool path_allowed(const struct call *c)
{
	static const char *const DISCOVERY[] = {"/api",	    "/apis",  "/openapi", "/version",
						"/healthz", "/livez", "/readyz"};
	const char *path = c->req->path;
	if (c->internal || identity_in_group(&c->who, "system:masters") || discovery_is_public(path)) {
		return true;
	}
	if (!identity_in_group(&c->who, "system:authenticated")) {
		return false;
	}
	for (size_t i = 0; i < sizeof(DISCOVERY) / sizeof(DISCOVERY[0]); i++) {
		size_t n = strlen(DISCOVERY[i]);
		if (strncmp(path, DISCOVERY[i], n) == 0 && (path[n] == 0 || path[n] == '/')) {
			return true;
		}
	}
	return false;
}

static char *lower(const char *method)
{
	char *out = xstrdup(method);
	for (char *p = out; *p; p++) {
		if (*p >= 'A' && *p <= 'Z') {
			*p = (char)(*p + 'a' - 'A');
		}
	}
	return out;
}

static int forbidden(struct call *c, const char *resource)
{
	struct kube_resource named = {.group = c->group, .plural = c->plural};
	bool of_namespace = c->name_space[0] != 0;
	refuse_forbidden(&c->refusal, &named, c->name,
			 "User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s%s%s", c->who.user, c->verb,
			 resource, c->group, of_namespace ? "in the namespace \"" : "at the cluster scope",
			 of_namespace ? c->name_space : "", of_namespace ? "\"" : "");
	c->refusal.nosniff = true;
	return -1;
}

int call_authorize(struct call *c)
{
	if (!c->is_resource) {
		if (path_allowed(c)) {
			return 0;
		}
		char CLEANUP_FREE *verb = lower(c->req->method);
		refuse(&c->refusal, 403, "Forbidden", json_object(), "forbidden: User \"%s\" cannot %s path \"%s\"",
		       c->who.user, verb, c->req->path);
		c->refusal.nosniff = true;
		return -1;
	}
	char CLEANUP_FREE *resource = xasprintf("%s%s%s", c->plural, c->sub[0] ? "/" : "", c->sub);
	if (call_allows(c, &c->who, c->verb, c->group, resource, c->name_space)) {
		return 0;
	}
	return forbidden(c, resource);
}
