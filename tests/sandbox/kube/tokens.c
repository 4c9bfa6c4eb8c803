/* TokenRequest: tokens of service accounts. They are words, not signed, and good as long as they say, and the pod that
 * they are bound to is there. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/model.h"

#define TOKEN_SECONDS 3600
#define TOKEN_SECONDS_LEAST 600
#define API_AUDIENCE "https://kubernetes.default.svc.cluster.local"

struct issued {
	struct list link; /* apiserver.issued, the oldest first */
	char *token, *user;
	char *name_space, *pod, *uid; /* "" when bound to none */
	int64_t expires_ms;
};

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

static void issued_free(struct apiserver *s, struct issued *t)
{
	map_del(&s->issued_by_token, t->token);
	list_remove(&t->link);
	free(t->token);
	free(t->user);
	free(t->name_space);
	free(t->pod);
	free(t->uid);
	free(t);
}

void tokens_done(struct apiserver *s)
{
	LIST_EACH (&s->issued, link) {
		issued_free(s, LIST_ENTRY(link, struct issued, link));
	}
	map_done(&s->issued_by_token);
}

static bool has_pod(struct apiserver *s, const char *name_space, const char *name, const char *uid)
{
	const struct object *o = store_get(store_bucket(&s->store, "pods"), name_space, name);
	return o && strcmp(meta_str(o->tree, "uid"), uid) == 0;
}

const char *token_issued_to(struct apiserver *s, const char *token, int64_t now)
{
	const struct issued *t = map_get(&s->issued_by_token, token);
	return t && now < t->expires_ms && (!t->uid[0] || has_pod(s, t->name_space, t->pod, t->uid)) ? t->user : NULL;
}

/* Whether the token is for this server, and not for others only. */
static bool for_us(const json_t *spec)
{
	const json_t *audiences = js_arr(spec, "audiences");
	size_t i;
	json_t *a;
	json_array_foreach (audiences, i, a) {
		if (strcmp(json_string_value(a), API_AUDIENCE) == 0) {
			return true;
		}
	}
	return json_array_size(audiences) == 0;
}

static void remember(struct call *c, const char *token, const json_t *spec, int64_t seconds)
{
	const json_t *bound = js_obj(spec, "boundObjectRef");
	struct issued *t = xcalloc(1, sizeof(*t));
	*t = (struct issued){.token = xstrdup(token),
			     .user = xasprintf("system:serviceaccount:%s:%s", c->name_space, c->name),
			     .name_space = xstrdup(c->name_space),
			     .pod = xstrdup(str(bound, "name")),
			     .uid = xstrdup(str(bound, "uid")),
			     .expires_ms = c->now + seconds * 1000};
	if (c->s->issued_by_token.count >= APISERVER_TOKENS_MAX) {
		issued_free(c->s, LIST_ENTRY(c->s->issued.next, struct issued, link));
	}
	list_push(&c->s->issued, &t->link);
	map_put(&c->s->issued_by_token, t->token, t);
}

static int check_bound(struct call *c, const json_t *bound)
{
	const char *name = str(bound, "name"), *uid = str(bound, "uid");
	if (strcmp(str(bound, "kind"), "Pod") != 0) {
		return 0;
	}
	const struct kube_resource *pods = registry_find("", "v1", "pods");
	const struct object *o = store_get(store_bucket(&c->s->store, "pods"), c->name_space, name);
	if (!o) {
		return refuse_not_found(&c->refusal, pods, name);
	}
	if (uid[0] && strcmp(meta_str(o->tree, "uid"), uid) != 0) {
		return refuse(
		    &c->refusal, 409, "Conflict", json_pack("{s:s, s:s}", "name", name, "kind", "Pod"),
		    "Operation cannot be fulfilled on Pod \"%s\": the UID in the bound object reference (%s) does "
		    "not match the UID in record. The object might have been deleted and then recreated",
		    name, uid);
	}
	return 0;
}

static int check_seconds(struct call *c, int64_t seconds)
{
	struct causes causes = {0};
	if (seconds >= TOKEN_SECONDS_LEAST) {
		return 0;
	}
	cause_add(&causes, "Invalid", "spec.expirationSeconds",
		  "Invalid value: %" PRId64 ": may not specify a duration less than 10 minutes", seconds);
	return causes_refuse(&causes, "TokenRequest", "authentication.k8s.io", "", &c->refusal);
}

int do_token_request(struct call *c)
{
	json_t CLEANUP_JSON *request = call_body_object(c, schema_find(c->s->schema, "TokenRequest"), "TokenRequest",
							"authentication.k8s.io", "v1");
	if (!request) {
		return -1;
	}
	json_t *spec = js_obj(request, "spec");
	int64_t seconds = js_int(spec, "expirationSeconds", TOKEN_SECONDS);
	if (!store_get(c->bucket, c->name_space, c->name)) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	if (check_seconds(c, seconds) < 0 || check_bound(c, js_obj(spec, "boundObjectRef")) < 0) {
		return -1;
	}
	char at[TIME_TEXT_MAX];
	char CLEANUP_FREE *id = make_uid(c->s);
	char CLEANUP_FREE *token = xasprintf("sandbox.%s.%s.%s", c->name_space, c->name, id);
	if (for_us(spec)) {
		remember(c, token, spec, seconds);
	}
	json_object_set_new(spec, "expirationSeconds", json_integer(seconds));
	json_object_set_new(
	    request, "status",
	    json_pack("{s:s, s:s}", "token", token, "expirationTimestamp", time_text(c->now + seconds * 1000, at)));
	set_str(meta_of(request), "name", c->name);
	set_str(meta_of(request), "namespace", c->name_space);
	call_reply(c, 201, json_incref(request));
	return 0;
}
