#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

static void add_group(struct identity *who, const char *group, size_t n)
{
	if (n && who->n_groups < IDENTITY_GROUPS_MAX) {
		who->groups[who->n_groups++] = xstrndup(group, n);
	}
}

static void add_groups(struct identity *who, const char *groups)
{
	for (const char *p = groups; p && *p;) {
		size_t len = strcspn(p, ",");
		add_group(who, p, len);
		p += len + (p[len] == ',');
	}
}

/* An equal answer for every wrong token, whatever is wrong with it. */
static int unauthorized(struct call *c)
{
	return refuse(&c->refusal, 401, "Unauthorized", NULL, "Unauthorized");
}

static int by_token(struct call *c, const char *token)
{
	const struct apiserver_config *cfg = &c->s->config;
	for (size_t i = 0; i < cfg->n_tokens; i++) {
		const struct apiserver_token *t = &cfg->tokens[i];
		if (strcmp(t->token, token) == 0 && (t->expires_ms == 0 || c->now < t->expires_ms)) {
			c->who.user = t->user;
			add_groups(&c->who, t->groups);
			add_groups(&c->who, "system:authenticated");
			return 0;
		}
	}
	c->who.user = token_issued_to(c->s, token, c->now);
	if (!c->who.user) {
		return unauthorized(c);
	}
	add_groups(&c->who, "system:serviceaccounts,system:authenticated");
	return 0;
}

int call_authenticate(struct call *c)
{
	const struct sandbox_request *req = c->req;
	if (req->cert_refused) {
		return unauthorized(c);
	}
	if (req->cert_common_name) {
		c->who.user = req->cert_common_name;
		for (size_t i = 0; i < req->n_cert_organisations; i++) {
			add_group(&c->who, req->cert_organisations[i], strlen(req->cert_organisations[i]));
		}
		add_groups(&c->who, "system:authenticated");
		return 0;
	}
	const char *header = sandbox_request_header(req, "Authorization");
	if (header && strncasecmp(header, "Bearer ", 7) == 0) {
		return by_token(c, header + 7 + strspn(header + 7, " "));
	}
	c->who.user = "system:anonymous";
	add_groups(&c->who, "system:unauthenticated");
	return 0;
}

bool identity_in_group(const struct identity *who, const char *group)
{
	for (size_t i = 0; i < who->n_groups; i++) {
		if (strcmp(who->groups[i], group) == 0) {
			return true;
		}
	}
	return false;
}
