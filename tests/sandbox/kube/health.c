#include "tests/sandbox/kube/health.h"

#include <string.h>

static const struct check {
	const char *name;
	bool ready_only;
} CHECKS[] = {
    {"ping", false},
    {"log", false},
    {"etcd", false},
    {"etcd-readiness", true},
    {"informer-sync", true},
    {"poststarthook/generic-apiserver-start-informers", false},
    {"poststarthook/bootstrap-controller", false},
    {"shutdown", true},
};

#define CHECKS_COUNT (sizeof(CHECKS) / sizeof(CHECKS[0]))

/* Does the query have the parameter `key`, with this value unless NULL? */
static bool query_has(const char *query, const char *key, const char *value)
{
	size_t key_len = strlen(key);
	for (const char *p = query; *p;) {
		size_t n = strcspn(p, "&");
		bool same_key = n >= key_len && memcmp(p, key, key_len) == 0 && (n == key_len || p[key_len] == '=');
		if (same_key && !value) {
			return true;
		}
		if (same_key && n == key_len + 1 + strlen(value) &&
		    memcmp(p + key_len + 1, value, strlen(value)) == 0) {
			return true;
		}
		p += n + (p[n] == '&');
	}
	return false;
}

static void answer(struct sandbox_response *res, int status)
{
	res->status = status;
	sandbox_response_header(res, "Cache-Control", "no-cache, private");
	sandbox_response_header(res, "Content-Type", "text/plain; charset=utf-8");
	sandbox_response_header(res, "X-Content-Type-Options", "nosniff");
}

static void all(const struct sandbox_request *req, struct sandbox_response *res, const char *name)
{
	bool ready = strcmp(name, "readyz") == 0;
	answer(res, 200);
	if (!query_has(req->query, "verbose", NULL)) {
		buf_puts(&res->body, "ok");
		return;
	}
	for (size_t i = 0; i < CHECKS_COUNT; i++) {
		if (!CHECKS[i].ready_only || ready) {
			bool excluded = query_has(req->query, "exclude", CHECKS[i].name);
			buf_printf(&res->body, "[+]%s %sok\n", CHECKS[i].name, excluded ? "excluded: " : "");
		}
	}
	buf_printf(&res->body, "%s check passed\n", name);
}

static void single(struct sandbox_response *res, const char *check)
{
	for (size_t i = 0; i < CHECKS_COUNT; i++) {
		if (strcmp(CHECKS[i].name, check) == 0) {
			answer(res, 200);
			buf_puts(&res->body, "ok");
			return;
		}
	}
	answer(res, 404);
	buf_puts(&res->body, "404 page not found\n");
}

bool health_handle(const struct sandbox_request *req, struct sandbox_response *res)
{
	static const char *const names[] = {"healthz", "livez", "readyz"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);
		const char *rest = req->path + 1 + n;
		if (req->path[0] != '/' || strncmp(req->path + 1, names[i], n) != 0 || (*rest && *rest != '/')) {
			continue;
		}
		if (rest[0] == '\0' || rest[1] == '\0') {
			all(req, res, names[i]);
		} else {
			single(res, rest + 1);
		}
		return true;
	}
	return false;
}
