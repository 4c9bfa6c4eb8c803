#include "translate/rights.h"

#include "base/capability.h"
#include "mesos/wire.h"

#define AGENT_ISOLATION "option agent-isolation"
#define COMPLAINT_BYTES 256 /* bytes of what is in the way */

static const char *const by_default[] = {
    "CHOWN",  "DAC_OVERRIDE", "FSETID",	 "FOWNER",	     "MKNOD",	   "NET_RAW", "SETGID",
    "SETUID", "SETFCAP",      "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL",    "AUDIT_WRITE"};

static uint64_t default_set(void)
{
	uint64_t set = 0;
	for (size_t i = 0; i < sizeof(by_default) / sizeof(*by_default); i++) {
		set |= (uint64_t)1 << capability_find(by_default[i]);
	}
	return set;
}

/* In the order of container runtimes: ALL first, added before dropped. What a container has without asking is no more
 * than agents allow. */
static uint64_t capabilities(const struct kube_security *s, const struct agent_rights *agents)
{
	uint64_t set = default_set() & agents->bounding;
	if (!s) {
		return set;
	}
	set = s->drop_all ? 0 : s->add_all ? CAPABILITIES_ALL : set;
	return (set | s->add) & ~s->drop;
}

static json_t *capability_info(uint64_t set)
{
	json_t *o = json_object(), *list = json_array();
	for (int i = 0; i < CAPABILITIES; i++) {
		if (set >> i & 1) {
			json_array_append_new(list, json_string(capability_name(i)));
		}
	}
	json_object_set_new(o, "capabilities", list);
	return o;
}

static void put_capabilities(const struct kube_security *s, const struct agent_rights *agents, json_t *linux_info)
{
	uint64_t set = capabilities(s, agents);
	json_object_set_new(linux_info, "bounding_capabilities", capability_info(set));
	json_object_set_new(linux_info, "effective_capabilities", capability_info(agents->other_user ? 0 : set));
}

/* Who says nothing has what the agent gives to all. */
static void put_seccomp(const struct kube_security *s, const struct agent_rights *agents, json_t *linux_info)
{
	if (!s || s->seccomp.type == KUBE_SECCOMP_NONE) {
		return;
	}
	json_t *o = json_object();
	if (s->seccomp.type == KUBE_SECCOMP_UNCONFINED) {
		json_object_set_new(o, "unconfined", json_true());
	} else {
		bool own = s->seccomp.type == KUBE_SECCOMP_LOCALHOST;
		json_object_set_new(o, "profile_name",
				    wire_new_string(own ? s->seccomp.profile : agents->seccomp_profile));
	}
	json_object_set_new(linux_info, "seccomp", o);
}

void rights_put(const struct kube_container *c, const struct agent_rights *agents, json_t *linux_info)
{
	const struct kube_security *s = c ? c->security : NULL;
	if (agents->capabilities) {
		put_capabilities(s, agents, linux_info);
	}
	put_seccomp(s, agents, linux_info);
}

json_t *rights_beside(const struct kube_container *c, const struct agent_rights *agents)
{
	json_t *linux_info = json_object();
	rights_put(c, agents, linux_info);
	if (!json_object_size(linux_info)) {
		json_decref(linux_info);
		return NULL;
	}
	return linux_info;
}

/* ---- what agents have nothing for ---- */

/* What stands in brackets after a field; NULL: nothing is wrong. */
static const char *capability_complaint(const struct kube_security *s, const struct agent_rights *agents, char *more,
					size_t size)
{
	bool asks = s->add_all || s->drop_all || s->add || s->drop;
	uint64_t added = ((s->add_all && !s->drop_all ? CAPABILITIES_ALL : 0) | s->add) & ~s->drop;
	uint64_t denied = added & ~agents->bounding;
	if (asks && !agents->capabilities) {
		return "agents are not said to have the isolator linux/capabilities: " AGENT_ISOLATION;
	}
	if (!asks || !denied) {
		return NULL;
	}
	snprintf(more, size, "agents do not allow %s: option agent-bounding-capabilities",
		 capability_name(__builtin_ctzll(denied)));
	return more;
}

static const char *seccomp_complaint(const struct kube_security *s, const struct agent_rights *agents)
{
	bool wanted = s->seccomp.type == KUBE_SECCOMP_RUNTIME_DEFAULT || s->seccomp.type == KUBE_SECCOMP_LOCALHOST;
	if (wanted && !agents->seccomp) {
		return "agents are not said to have the isolator linux/seccomp: " AGENT_ISOLATION;
	}
	return s->seccomp.type == KUBE_SECCOMP_RUNTIME_DEFAULT && !agents->seccomp_profile
		   ? "RuntimeDefault is no profile yet: option agent-seccomp-profile"
		   : NULL;
}

/* Executors launch commands of probes, and have no word for their rights: they have the agent's own. Who gives up
 * something must not be given it back so. */
static const char *probe_complaint(const struct kube_security *s, const struct agent_rights *agents, char *more,
				   size_t size)
{
	bool gives_up = s->drop_all || s->drop;
	uint64_t too_many = gives_up ? agents->effective & agents->bounding & ~capabilities(s, agents) : 0;
	if (too_many) {
		snprintf(more, size,
			 "Mesos runs it with the agents' effective capabilities, and the container has no %s: option "
			 "agent-effective-capabilities",
			 capability_name(__builtin_ctzll(too_many)));
		return more;
	}
	return s->seccomp.type == KUBE_SECCOMP_LOCALHOST ? "Mesos runs it with the agent's own seccomp profile" : NULL;
}

static const char *escalation_complaint(const struct kube_security *s, const struct agent_rights *agents)
{
	if (s->escalation == KUBE_ESCALATION_FORBIDDEN && !agents->no_new_privs) {
		return "agents are not said to have the isolator linux/nnp: " AGENT_ISOLATION;
	}
	return s->escalation == KUBE_ESCALATION_ALLOWED && agents->no_new_privs
		   ? "the agents' isolator linux/nnp allows it to nobody"
		   : NULL;
}

static int refuse(const struct kube_container *c, const char *kind, const char *field, const char *why, struct err *e)
{
	return why ? err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].securityContext.%s (%s)", kind, c->name,
			     field, why)
		   : 0;
}

static int check_probes(const struct kube_container *c, const struct agent_rights *agents, const char *kind,
			struct err *e)
{
	char more[COMPLAINT_BYTES];
	const char *why = probe_complaint(c->security, agents, more, sizeof(more));
	for (int i = 0; why && i < KUBE_PROBES; i++) {
		if (c->probes[i] && c->probes[i]->handler.type == HANDLER_EXEC) {
			return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].%s.exec (%s)", kind, c->name,
				       kube_probe_keys[i], why);
		}
	}
	return 0;
}

int rights_check(const struct kube_container *c, const struct agent_rights *agents, const char *kind, struct err *e)
{
	const struct kube_security *s = c->security;
	char more[COMPLAINT_BYTES];
	if (!s) {
		return 0;
	}
	const char *seccomp = seccomp_complaint(s, agents);
	if (seccomp && s->seccomp.of_pod) {
		return err_set(e, ERR_UNSUPPORTED, "not supported: spec.securityContext.seccompProfile (%s)", seccomp);
	}
	return refuse(c, kind, "capabilities", capability_complaint(s, agents, more, sizeof(more)), e) ||
		       refuse(c, kind, "seccompProfile", seccomp, e) ||
		       refuse(c, kind, "allowPrivilegeEscalation", escalation_complaint(s, agents), e) ||
		       check_probes(c, agents, kind, e)
		   ? -1
		   : 0;
}
