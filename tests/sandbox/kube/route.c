#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define PARTS_MAX 16

struct parts {
	char *part[PARTS_MAX];
	size_t n, next;
};

static void split(struct parts *p, const char *path)
{
	while (*path && p->n < PARTS_MAX) {
		size_t len = strcspn(path, "/");
		if (len) {
			p->part[p->n++] = percent_decode(path, len);
		}
		path += len + (path[len] == '/');
	}
}

static bool next_is(const struct parts *p, const char *word)
{
	return p->next < p->n && strcmp(p->part[p->next], word) == 0;
}

static char *take(struct parts *p)
{
	if (p->next >= p->n) {
		return xstrdup("");
	}
	return xstrdup(p->part[p->next++]);
}

static void replace(char **slot, char *value)
{
	free(*slot);
	*slot = value;
}

/* After the group and version: [watch/][namespaces/NS/]PLURAL[/NAME[/SUB]]. */
static void resource_parts(struct call *c, struct parts *p)
{
	if (next_is(p, "watch")) {
		c->watch_prefix = true;
		p->next++;
	}
	if (next_is(p, "namespaces") && p->n > p->next + 2 && strcmp(p->part[p->next + 2], "status") != 0 &&
	    strcmp(p->part[p->next + 2], "finalize") != 0) {
		p->next++;
		replace(&c->name_space, take(p));
	}
	c->is_resource = p->next < p->n;
	replace(&c->plural, take(p));
	replace(&c->name, take(p));
	replace(&c->sub, take(p));
	if (c->group[0] == 0 && strcmp(c->plural, "namespaces") == 0) {
		replace(&c->name_space, xstrdup(c->name)); /* how authorisation sees it */
	}
}

static const char *verb_of(const struct call *c)
{
	const char *method = c->req->method;
	if (strcmp(method, "GET") == 0) {
		if (c->name[0] && !c->watch_prefix) {
			return "get";
		}
		return c->watch_prefix || query_true(&c->query, "watch") ? "watch" : "list";
	}
	if (strcmp(method, "POST") == 0) {
		return "create";
	}
	if (strcmp(method, "PUT") == 0) {
		return "update";
	}
	if (strcmp(method, "PATCH") == 0) {
		return "patch";
	}
	if (strcmp(method, "DELETE") == 0) {
		return c->name[0] ? "delete" : "deletecollection";
	}
	return "";
}

void route_parse(struct call *c)
{
	char **const slots[] = {&c->group, &c->version, &c->name_space, &c->plural, &c->name, &c->sub};
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		*slots[i] = xstrdup("");
	}
	struct parts p = {.n = 0};
	split(&p, c->req->path);
	if (p.n >= 2 && strcmp(p.part[0], "api") == 0) {
		p.next = 1;
		replace(&c->version, take(&p));
		resource_parts(c, &p);
	} else if (p.n >= 3 && strcmp(p.part[0], "apis") == 0) {
		p.next = 1;
		replace(&c->group, take(&p));
		replace(&c->version, take(&p));
		resource_parts(c, &p);
	}
	c->verb = verb_of(c);
	for (size_t i = 0; i < p.n; i++) {
		free(p.part[i]);
	}
}

void route_done(struct call *c)
{
	char *const slots[] = {c->group, c->version, c->name_space, c->plural, c->name, c->sub};
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		free(slots[i]);
	}
}
