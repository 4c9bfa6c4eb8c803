#include "kube/kubelet_auth.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

#define TOKEN_REVIEWS "/apis/authentication.k8s.io/v1/tokenreviews"
#define ACCESS_REVIEWS "/apis/authorization.k8s.io/v1/subjectaccessreviews"
#define DIGEST_TEXT 65

struct user {
	char *name, *uid;
	json_t *groups; /* an array of texts */
};

/* What was once answered: a user for the digest of a token, or yes or no for a question. */
struct kept {
	struct list link; /* the oldest first */
	char *key;
	int64_t until_ms;
	bool yes;
	struct user user;
};

struct cache {
	struct map by_key;
	struct list entries;
};

struct kubelet_auth {
	struct kube_client *client;
	struct cache users, answers;
	struct list checks;
	size_t n_checks;
};

struct kubelet_check {
	struct list link;
	struct kubelet_auth *auth;
	struct user user;
	char digest[DIGEST_TEXT];
	enum kubelet_verb verb;
	char *node;
	size_t next; /* of the subresources */
	struct kube_call *call;
	uv_timer_t *soon; /* the verdict is known already */
	int status;
	kubelet_verdict on_verdict;
	void *arg;
};

/* ---- what is kept ---- */

static void user_done(struct user *user)
{
	free(user->name);
	free(user->uid);
	json_decref(user->groups);
	*user = (struct user){0};
}

static struct user user_copy(const struct user *user)
{
	return (struct user){xstrdup(user->name), xstrdup(user->uid), json_incref(user->groups)};
}

static void forget(struct cache *cache, struct kept *k)
{
	map_del(&cache->by_key, k->key);
	list_remove(&k->link);
	user_done(&k->user);
	free(k->key);
	free(k);
}

static struct kept *recall(struct cache *cache, const char *key)
{
	struct kept *k = map_get(&cache->by_key, key);
	if (k && k->until_ms <= clock_steady_ms()) {
		forget(cache, k);
		return NULL;
	}
	return k;
}

static struct kept *keep(struct cache *cache, const char *key, bool yes)
{
	struct kept *k = map_get(&cache->by_key, key);
	if (k) {
		forget(cache, k);
	} else if (cache->by_key.count >= KUBELET_AUTH_ENTRIES_MAX) {
		forget(cache, LIST_ENTRY(cache->entries.next, struct kept, link));
	}
	k = xcalloc(1, sizeof(*k));
	k->key = xstrdup(key);
	k->yes = yes;
	k->until_ms = clock_steady_ms() + (yes ? KUBELET_AUTH_KEEP_MS : KUBELET_AUTH_KEEP_REFUSED_MS);
	list_push(&cache->entries, &k->link);
	map_put(&cache->by_key, k->key, k);
	return k;
}

static void cache_done(struct cache *cache)
{
	LIST_EACH (&cache->entries, link) {
		forget(cache, LIST_ENTRY(link, struct kept, link));
	}
	map_done(&cache->by_key);
}

/* ---- verdicts ---- */

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void check_free(struct kubelet_check *check)
{
	list_remove(&check->link);
	check->auth->n_checks--;
	kube_call_cancel(check->call);
	uv_close((uv_handle_t *)check->soon, timer_closed);
	user_done(&check->user);
	free(check->node);
	free(check);
}

static char *sentence_of(const struct kubelet_check *check)
{
	if (check->status == 401) {
		return xstrdup("Unauthorized");
	}
	if (check->status == 503) {
		return xstrdup("the API server does not say whether this is allowed");
	}
	CLEANUP_FREE char *list = xstrdup("");
	for (const char *const *s = kubelet_request_subresources(check->verb); *s; s++) {
		char *longer = xasprintf("%s%s%s", list, *list ? " " : "", *s);
		free(list);
		list = longer;
	}
	return xasprintf("Forbidden (user=%s, verb=%s, resource=nodes, subresource(s)=[%s])\n",
			 check->user.name ? check->user.name : "", kubelet_request_access_verb(check->verb), list);
}

static void tell(struct kubelet_check *check)
{
	CLEANUP_FREE char *sentence = check->status ? sentence_of(check) : NULL;
	struct user user = check->user;
	kubelet_verdict on_verdict = check->on_verdict;
	void *arg = check->arg;
	int status = check->status;
	check->user = (struct user){0};
	check_free(check);
	on_verdict(arg, status, sentence, user.name ? user.name : "");
	user_done(&user);
}

static void on_soon(uv_timer_t *t)
{
	tell(t->data);
}

static void verdict_soon(struct kubelet_check *check, int status)
{
	check->status = status;
	uv_timer_start(check->soon, on_soon, 0, 0);
}

static void verdict(struct kubelet_check *check, int status)
{
	check->status = status;
	tell(check);
}

/* ---- may they? ---- */

static struct kube_call *review(struct kubelet_check *check, const char *path, json_t *body, kube_done on_done)
{
	CLEANUP_FREE char *text = js_text(body);
	json_decref(body);
	struct kube_request request = {.method = "POST", .path = path, .body = text, .body_len = strlen(text)};
	return kube_call(check->auth->client, &request, on_done, check);
}

static char *question(const struct kubelet_check *check, const char *subresource)
{
	CLEANUP_FREE char *groups = js_text(check->user.groups);
	return xasprintf("%s\n%s\n%s\n%s\n%s\n%s", check->user.name, check->user.uid ? check->user.uid : "", groups,
			 kubelet_request_access_verb(check->verb), subresource, check->node ? check->node : "");
}

static json_t *access_review(const struct kubelet_check *check, const char *subresource)
{
	json_t *attributes = json_pack("{s:s,s:s,s:s,s:s,s:s}", "verb", kubelet_request_access_verb(check->verb),
				       "group", "", "version", "v1", "resource", "nodes", "subresource", subresource);
	if (check->node) {
		json_object_set_new(attributes, "name", json_string(check->node));
	}
	json_t *spec = json_pack("{s:s,s:O,s:o}", "user", check->user.name, "groups", check->user.groups,
				 "resourceAttributes", attributes);
	if (check->user.uid) {
		json_object_set_new(spec, "uid", json_string(check->user.uid));
	}
	return json_pack("{s:s,s:s,s:o}", "apiVersion", "authorization.k8s.io/v1", "kind", "SubjectAccessReview",
			 "spec", spec);
}

/* The status of a review; NULL: there is none, and the check is over. */
static const json_t *answered(struct kubelet_check *check, const struct kube_result *result)
{
	check->call = NULL;
	const json_t *status = result->err.code == ERR_NONE ? js_obj(result->body, "status") : NULL;
	if (!status) {
		verdict(check, 503);
	}
	return status;
}

static void on_access(void *arg, const struct kube_result *result);

/* 0: let in, 403: refused, -1: that has to be asked, and is. */
static int ask_access(struct kubelet_check *check)
{
	const char *const *subresources = kubelet_request_subresources(check->verb);
	for (; subresources[check->next]; check->next++) {
		CLEANUP_FREE char *key = question(check, subresources[check->next]);
		const struct kept *k = recall(&check->auth->answers, key);
		if (!k) {
			check->call =
			    review(check, ACCESS_REVIEWS, access_review(check, subresources[check->next]), on_access);
			return -1;
		}
		if (k->yes) {
			return 0;
		}
	}
	return 403;
}

static void on_access(void *arg, const struct kube_result *result)
{
	struct kubelet_check *check = arg;
	const json_t *status = answered(check, result);
	if (!status) {
		return;
	}
	bool allowed =
	    json_is_true(json_object_get(status, "allowed")) && !json_is_true(json_object_get(status, "denied"));
	CLEANUP_FREE char *key = question(check, kubelet_request_subresources(check->verb)[check->next]);
	keep(&check->auth->answers, key, allowed);
	int known = ask_access(check);
	if (known >= 0) {
		verdict(check, known);
	}
}

/* ---- who are they? ---- */

static void digest(const char *token, char out[DIGEST_TEXT])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_Digest(token, strlen(token), bytes, &n, EVP_sha256(), NULL);
	for (unsigned i = 0; i < n && i < (DIGEST_TEXT - 1) / 2; i++) {
		snprintf(out + 2 * (size_t)i, 3, "%02x", bytes[i]);
	}
}

static bool take_user(const json_t *status, struct user *ret)
{
	const json_t *user = js_obj(status, "user");
	const char *name = js_str(user, "username");
	if (!json_is_true(json_object_get(status, "authenticated")) || !name || !*name) {
		return false;
	}
	*ret = (struct user){xstrdup(name), xstrdup(js_str(user, "uid")), json_array()};
	size_t i;
	json_t *group;
	json_array_foreach (js_arr(user, "groups"), i, group) {
		if (json_is_string(group) && i < KUBELET_AUTH_GROUPS_MAX) {
			json_array_append(ret->groups, group);
		}
	}
	return true;
}

static void on_token(void *arg, const struct kube_result *result)
{
	struct kubelet_check *check = arg;
	const json_t *status = answered(check, result);
	if (!status) {
		return;
	}
	bool known = take_user(status, &check->user);
	struct kept *k = keep(&check->auth->users, check->digest, known);
	if (!known) {
		verdict(check, 401);
		return;
	}
	k->user = user_copy(&check->user);
	int answer = ask_access(check);
	if (answer >= 0) {
		verdict(check, answer);
	}
}

static void of_certificate(struct kubelet_check *check, const struct kubelet_caller *caller)
{
	check->user = (struct user){.name = xstrdup(caller->common_name), .groups = json_array()};
	for (size_t i = 0; i < caller->n_organisations; i++) {
		json_array_append_new(check->user.groups, json_string(caller->organisations[i]));
	}
	json_array_append_new(check->user.groups, json_string("system:authenticated"));
}

/* True when the user is known now; else the verdict is on its way. */
static bool of_token(struct kubelet_check *check, const char *token)
{
	if (!token || !*token || strlen(token) > KUBELET_AUTH_TOKEN_MAX) {
		verdict_soon(check, 401);
		return false;
	}
	digest(token, check->digest);
	const struct kept *k = recall(&check->auth->users, check->digest);
	if (k && k->yes) {
		check->user = user_copy(&k->user);
		return true;
	}
	if (k) {
		verdict_soon(check, 401);
		return false;
	}
	check->call = review(check, TOKEN_REVIEWS,
			     json_pack("{s:s,s:s,s:{s:s}}", "apiVersion", "authentication.k8s.io/v1", "kind",
				       "TokenReview", "spec", "token", token),
			     on_token);
	return false;
}

/* ---- life ---- */

struct kubelet_auth *kubelet_auth_new(struct kube_client *client)
{
	struct kubelet_auth *auth = xcalloc(1, sizeof(*auth));
	auth->client = client;
	list_init(&auth->users.entries);
	list_init(&auth->answers.entries);
	list_init(&auth->checks);
	return auth;
}

void kubelet_auth_free(struct kubelet_auth *auth)
{
	if (!auth) {
		return;
	}
	LIST_EACH (&auth->checks, link) {
		check_free(LIST_ENTRY(link, struct kubelet_check, link));
	}
	cache_done(&auth->users);
	cache_done(&auth->answers);
	free(auth);
}

struct kubelet_check *kubelet_auth_check(struct kubelet_auth *auth, const struct kubelet_caller *caller,
					 enum kubelet_verb verb, const char *node, kubelet_verdict on_verdict,
					 void *arg)
{
	struct kubelet_check *check = xcalloc(1, sizeof(*check));
	check->auth = auth;
	check->verb = verb;
	check->node = xstrdup(node);
	check->on_verdict = on_verdict;
	check->arg = arg;
	check->soon = xcalloc(1, sizeof(*check->soon));
	uv_timer_init(kube_client_loop(auth->client), check->soon);
	check->soon->data = check;
	list_push(&auth->checks, &check->link);
	if (++auth->n_checks > KUBELET_AUTH_CHECKS_MAX) {
		verdict_soon(check, 503);
		return check;
	}
	if (caller->common_name && *caller->common_name) {
		of_certificate(check, caller);
	} else if (!of_token(check, caller->token)) {
		return check;
	}
	int known = ask_access(check);
	if (known >= 0) {
		verdict_soon(check, known);
	}
	return check;
}

void kubelet_check_cancel(struct kubelet_check *check)
{
	if (check) {
		check_free(check);
	}
}
