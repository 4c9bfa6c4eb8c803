#include "kube/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/objects.h"

enum { ACCOUNT, POD, UID, SECONDS, AUDIENCE, PARTS };

/* None but the audience, which is the last, has a space in it. */
char *kube_token_name(const char *account, const char *pod, const char *uid, int64_t seconds, const char *audience)
{
	return xasprintf("%s %s %s %lld %s", account, pod, uid, (long long)seconds, audience);
}

static void split(char *name, const char *ret[PARTS])
{
	for (size_t i = 0; i < PARTS; i++) {
		char *end = i < AUDIENCE ? strchr(name, ' ') : NULL;
		ret[i] = name;
		name += end ? end + 1 - name : (ptrdiff_t)strlen(name);
		if (end) {
			*end = 0;
		}
	}
}

char *kube_token_path(const struct kube_source_ref *ref)
{
	CLEANUP_FREE char *name = xstrdup(ref->name);
	const char *parts[PARTS];
	split(name, parts);
	return kube_path("v1", ref->ns, "serviceaccounts", parts[ACCOUNT], "token");
}

json_t *kube_token_body(const struct kube_source_ref *ref)
{
	CLEANUP_FREE char *name = xstrdup(ref->name);
	const char *parts[PARTS];
	split(name, parts);
	json_t *spec = json_object(), *audiences = json_array(), *body = json_object();
	if (*parts[AUDIENCE]) {
		json_array_append_new(audiences, json_string(parts[AUDIENCE]));
	}
	json_object_set_new(spec, "audiences", audiences);
	if (strcmp(parts[SECONDS], "0") != 0) {
		json_object_set_new(spec, "expirationSeconds", json_integer(strtoll(parts[SECONDS], NULL, 10)));
	}
	json_object_set_new(spec, "boundObjectRef",
			    json_pack("{s:s, s:s, s:s, s:s}", "apiVersion", "v1", "kind", "Pod", "name", parts[POD],
				      "uid", parts[UID]));
	json_object_set_new(body, "apiVersion", json_string("authentication.k8s.io/v1"));
	json_object_set_new(body, "kind", json_string("TokenRequest"));
	json_object_set_new(body, "spec", spec);
	return body;
}
