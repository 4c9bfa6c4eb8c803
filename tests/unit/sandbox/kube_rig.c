#include "tests/unit/sandbox/kube_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static const struct apiserver_token TOKENS[] = {
    {.token = "admin", .user = "admin", .groups = "system:masters"},
    {.token = "plain", .user = "plain", .groups = ""},
    {.token = "reader", .user = "reader", .groups = "readers"},
    {.token = "brief", .user = "brief", .groups = "system:masters", .expires_ms = RIG_START_MS + 1000},
};

static const struct apiserver_grant GRANTS[] = {
    {.subject = "readers", .verbs = "get,list,watch", .groups = "", .resources = "pods", .name_space = "default"},
};

void rig_init_config(struct rig *r, struct apiserver_config config)
{
	config.tokens = TOKENS;
	config.n_tokens = sizeof(TOKENS) / sizeof(TOKENS[0]);
	config.grants = GRANTS;
	config.n_grants = sizeof(GRANTS) / sizeof(GRANTS[0]);
	*r = (struct rig){.now = RIG_START_MS};
	r->server = apiserver_new(&config, r->now);
}

void rig_init(struct rig *r)
{
	rig_init_config(r, (struct apiserver_config){.seed = 7});
}

void rig_done(struct rig *r)
{
	apiserver_free(r->server);
	json_decref(r->answer);
}

static int request(struct rig *r, const char *token, const char *method, const char *path, const char *type,
		   const char *body, struct sandbox_stream **ret_stream)
{
	const char *query = strchr(path, '?');
	char CLEANUP_FREE *plain = xstrndup(path, strcspn(path, "?"));
	char CLEANUP_FREE *bearer = xasprintf("Bearer %s", token);
	char CLEANUP_FREE *text = xstrdup(body ? body : "");
	for (char *p = text; *p; p++) {
		*p = *p == '\'' ? '"' : *p;
	}
	struct sandbox_header headers[] = {{"Authorization", bearer}, {"Content-Type", type}};
	struct sandbox_request req = {.method = method,
				      .path = plain,
				      .query = query ? query + 1 : "",
				      .headers = headers,
				      .n_headers = 2,
				      .body = text,
				      .body_len = strlen(text)};
	struct sandbox_response res;
	sandbox_response_init(&res);
	apiserver_handle(r->server, r->now, &req, &res);
	json_decref(r->answer);
	r->answer = json_loadb(buf_str(&res.body), res.body.len, JSON_DECODE_ANY, NULL);
	int status = res.status;
	if (ret_stream) {
		assert_non_null(res.stream);
		*ret_stream = sandbox_stream_ref(res.stream);
	}
	sandbox_response_done(&res);
	return status;
}

int rig_send(struct rig *r, const char *method, const char *path, const char *body)
{
	return request(r, "admin", method, path, "application/json", body, NULL);
}

int rig_patch(struct rig *r, const char *type, const char *path, const char *body)
{
	return request(r, "admin", "PATCH", path, type, body, NULL);
}

int rig_send_as(struct rig *r, const char *token, const char *method, const char *path)
{
	return request(r, token, method, path, "application/json", NULL, NULL);
}

void rig_pod(struct rig *r, const char *name, const char *node)
{
	char CLEANUP_FREE *at = node ? xasprintf(",'nodeName':'%s'", node) : xstrdup("");
	char CLEANUP_FREE *body =
	    xasprintf("{'metadata':{'name':'%s'},'spec':{'containers':[{'name':'c','image':'i'}]%s}}", name, at);
	assert_int_equal(rig_send(r, "POST", "/api/v1/namespaces/default/pods", body), 201);
}

struct sandbox_stream *rig_watch(struct rig *r, const char *path)
{
	struct sandbox_stream *s;
	assert_int_equal(request(r, "admin", "GET", path, "application/json", NULL, &s), 200);
	return s;
}

char *rig_events(struct sandbox_stream *s)
{
	struct buf CLEANUP_BUF out = BUF_INIT((size_t)1 << 20);
	char CLEANUP_FREE *text = xstrdup(buf_str(&s->out));
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		json_t CLEANUP_JSON *event = json_loads(line, 0, NULL);
		assert_non_null(event);
		const char *name = js_str_at(event, "object", "metadata", "name", NULL);
		buf_printf(&out, "%s%s%s\n", js_str(event, "type"), name ? " " : "", name ? name : "");
	}
	buf_clear(&s->out);
	return xstrdup(buf_str(&out));
}

const char *rig_str(const struct rig *r, const char *a, const char *b)
{
	const char *value = js_str_at(r->answer, a, b, NULL);
	return value ? value : "";
}
