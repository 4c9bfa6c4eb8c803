/* The security context of a pod and of a container: kube/pod_security.h, and what is refused of it. */
#include <string.h>
#include <strings.h>

#include "base/capability.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"

#define ALL "ALL"
#define PREFIX "CAP_"

static int read_capability(struct pod_reader *r, const struct where *at, const char *name, bool *all, uint64_t *set)
{
	struct where here = {.up = at, .name = name};
	int number = capability_find(name);
	if (strcasecmp(name, ALL) == 0) {
		*all = true;
		return 0;
	}
	if (number >= 0) {
		*set |= (uint64_t)1 << number;
		return 0;
	}
	return reader_refuse(r, &here,
			     strncasecmp(name, PREFIX, strlen(PREFIX)) ? "no capability of Linux"
								       : "names stand without " PREFIX);
}

static int read_set(struct pod_reader *r, const struct where *at, json_t *o, const char *key, bool *all, uint64_t *set)
{
	struct where here = {.up = at, .key = key};
	json_t *list, *name;
	size_t i;
	if (read_list(r, at, o, key, &list)) {
		return -1;
	}
	json_array_foreach (list, i, name) {
		if (!json_is_string(name)) {
			return reader_error(r, ERR_INVALID, at, key, "element %zu is not a string", i);
		}
		if (read_capability(r, &here, json_string_value(name), all, set)) {
			return -1;
		}
	}
	return 0;
}

static int read_capabilities(struct pod_reader *r, const struct where *at, json_t *o, struct kube_security *s)
{
	struct where here = {.up = at, .key = "capabilities"};
	json_t *capabilities;
	return read_object(r, at, o, "capabilities", &capabilities) ||
		       reader_check_fields(r, POD_SCOPE_CAPABILITIES, &here, capabilities) ||
		       read_set(r, &here, capabilities, "add", &s->add_all, &s->add) ||
		       read_set(r, &here, capabilities, "drop", &s->drop_all, &s->drop)
		   ? -1
		   : 0;
}

static int read_profile(struct pod_reader *r, const struct where *at, json_t *o, struct kube_seccomp *ret)
{
	struct where here = {.up = at, .key = "localhostProfile"};
	if (read_str(r, at, o, "localhostProfile", &ret->profile)) {
		return -1;
	}
	bool given = ret->profile && *ret->profile, wanted = ret->type == KUBE_SECCOMP_LOCALHOST;
	const char *why = given != wanted ? (wanted ? "missing" : "only with type Localhost")
			  : wanted && (*ret->profile == '/' || path_climbs(ret->profile))
			      ? "no path below the agents' directory of profiles"
			      : NULL;
	return why ? reader_refuse(r, &here, why) : 0;
}

static int read_seccomp(struct pod_reader *r, const struct where *at, json_t *o, struct kube_seccomp *ret)
{
	static const char *const types[] = {[KUBE_SECCOMP_RUNTIME_DEFAULT] = "RuntimeDefault",
					    [KUBE_SECCOMP_UNCONFINED] = "Unconfined",
					    [KUBE_SECCOMP_LOCALHOST] = "Localhost"};
	struct where here = {.up = at, .key = "seccompProfile"}, type_at = {.up = &here, .key = "type"};
	json_t *profile;
	if (read_object(r, at, o, "seccompProfile", &profile) ||
	    reader_check_fields(r, POD_SCOPE_SECCOMP, &here, profile)) {
		return -1;
	}
	if (!json_object_size(profile)) {
		return 0;
	}
	const char *type = js_str(profile, "type");
	*ret = (struct kube_seccomp){.type = KUBE_SECCOMP_NONE};
	for (size_t i = KUBE_SECCOMP_RUNTIME_DEFAULT; type && i <= KUBE_SECCOMP_LOCALHOST; i++) {
		if (strcmp(type, types[i]) == 0) {
			ret->type = (enum kube_seccomp_type)i;
		}
	}
	return ret->type == KUBE_SECCOMP_NONE
		   ? reader_refuse(r, &type_at, "neither RuntimeDefault, Unconfined nor Localhost")
		   : read_profile(r, &here, profile, ret);
}

static int read_escalation(struct pod_reader *r, const struct where *at, json_t *o, struct kube_security *s)
{
	json_t *said = json_object_get(o, "allowPrivilegeEscalation");
	bool allowed = true;
	if (read_bool(r, at, o, "allowPrivilegeEscalation", &allowed)) {
		return -1;
	}
	if (json_is_boolean(said)) {
		s->escalation = allowed ? KUBE_ESCALATION_ALLOWED : KUBE_ESCALATION_FORBIDDEN;
	}
	return 0;
}

int pod_read_pod_security(struct pod_reader *r, const struct where *spec_at, json_t *spec)
{
	struct where at = {.up = spec_at, .key = "securityContext"};
	json_t *o;
	if (reader_check_member(r, POD_SCOPE_POD_SECURITY, spec_at, spec, "securityContext") ||
	    read_object(r, spec_at, spec, "securityContext", &o) || read_seccomp(r, &at, o, &r->seccomp)) {
		return -1;
	}
	r->seccomp.of_pod = true;
	return 0;
}

int pod_read_security(struct pod_reader *r, const struct where *container_at, json_t *container,
		      struct kube_container *c)
{
	struct where at = {.up = container_at, .key = "securityContext"};
	struct kube_security said = {.seccomp = r->seccomp};
	json_t *o;
	if (reader_check_member(r, POD_SCOPE_SECURITY, container_at, container, "securityContext") ||
	    read_object(r, container_at, container, "securityContext", &o) || read_capabilities(r, &at, o, &said) ||
	    read_seccomp(r, &at, o, &said.seccomp) || read_escalation(r, &at, o, &said)) {
		return -1;
	}
	bool nothing = !said.add_all && !said.drop_all && !said.add && !said.drop && !said.escalation &&
		       said.seccomp.type == KUBE_SECCOMP_NONE;
	struct kube_security *s = nothing ? NULL : reader_alloc(r, 1, sizeof(*s));
	if (nothing) {
		return 0;
	}
	if (!s) {
		return -1;
	}
	*s = said;
	c->security = s;
	return 0;
}
