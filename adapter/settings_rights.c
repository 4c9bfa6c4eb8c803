#include "adapter/settings_rights.h"

#include <string.h>

#include "base/capability.h"

#define ROOT "root"
#define NONE "none"

static int read_isolator(const char *name, struct agent_rights *ret, struct err *e)
{
	const struct {
		const char *name;
		bool *has;
	} isolators[] = {{"linux/capabilities", &ret->capabilities},
			 {"linux/seccomp", &ret->seccomp},
			 {"linux/nnp", &ret->no_new_privs}};
	for (size_t i = 0; i < sizeof(isolators) / sizeof(*isolators); i++) {
		if (strcmp(isolators[i].name, name) == 0) {
			*isolators[i].has = true;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID,
		       "option agent-isolation: \"%.64s\" is none of linux/capabilities, linux/seccomp, linux/nnp",
		       name);
}

/* No names: all; "none" alone: none. */
static int read_set(const struct option_list *names, const char *option, uint64_t *ret, struct err *e)
{
	uint64_t set = 0;
	bool none = names->n == 1 && strcmp(names->items[0], NONE) == 0;
	for (size_t i = 0; i < names->n && !none; i++) {
		int number = capability_find(names->items[i]);
		if (number < 0) {
			return err_set(e, ERR_INVALID, "option %s: \"%.64s\" is no capability", option,
				       names->items[i]);
		}
		set |= (uint64_t)1 << number;
	}
	*ret = names->n ? set : CAPABILITIES_ALL;
	return 0;
}

static int check_profile(const char *profile, struct err *e)
{
	return *profile == '/' || path_climbs(profile)
		   ? err_set(e, ERR_INVALID,
			     "option agent-seccomp-profile: \"%.128s\" is no path below the agents' "
			     "--seccomp_config_dir",
			     profile)
		   : 0;
}

int settings_read_rights(struct settings *s, struct err *e)
{
	struct agent_rights rights = {.other_user = strcmp(s->framework_user, ROOT) != 0};
	const char *profile = s->agent_seccomp_profile && *s->agent_seccomp_profile ? s->agent_seccomp_profile : NULL;
	for (size_t i = 0; i < s->agent_isolation.n; i++) {
		if (read_isolator(s->agent_isolation.items[i], &rights, e)) {
			return -1;
		}
	}
	if (read_set(&s->agent_bounding, "agent-bounding-capabilities", &rights.bounding, e) ||
	    read_set(&s->agent_effective, "agent-effective-capabilities", &rights.effective, e) ||
	    (profile && check_profile(profile, e))) {
		return -1;
	}
	if ((s->agent_bounding.n || s->agent_effective.n) && !rights.capabilities) {
		return err_set(e, ERR_INVALID,
			       "option agent-%s-capabilities needs linux/capabilities in option agent-isolation",
			       s->agent_bounding.n ? "bounding" : "effective");
	}
	if (profile && !rights.seccomp) {
		return err_set(e, ERR_INVALID,
			       "option agent-seccomp-profile needs linux/seccomp in option agent-isolation");
	}
	rights.seccomp_profile = profile;
	s->translate.rights = rights;
	return 0;
}
