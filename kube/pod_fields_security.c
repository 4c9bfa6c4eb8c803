/* The part of the table of fields about security contexts: what would make a container stronger or weaker than Mesos
 * runs it is refused, so that none is ever run weaker than it asks. */
#include "kube/pod_fields_rows.h"

#define BY_AGENT "the agent decides"

const struct pod_field pod_security_fields[] = {
    REFUSED(POD_SECURITY, "appArmorProfile", BY_AGENT),
    REFUSED(POD_SECURITY, "fsGroup", "volumes belong to the user of the task"),
    MEANINGLESS(POD_SECURITY, "fsGroupChangePolicy", "it speaks of fsGroup"),
    REFUSED(POD_SECURITY, "runAsGroup", "Mesos takes the name of a user on the agent, and no group"),
    DEFAULT(POD_SECURITY, "runAsNonRoot", "false|", "which user an image names is not known before the start"),
    REFUSED(POD_SECURITY, "runAsUser", "Mesos takes the name of a user on the agent, and no number"),
    MEANINGLESS(POD_SECURITY, "seLinuxChangePolicy", "it speaks of seLinuxOptions"),
    REFUSED(POD_SECURITY, "seLinuxOptions", BY_AGENT),
    HANDLED(POD_SECURITY, "seccompProfile", "of containers that have none of their own, see below"),
    REFUSED(POD_SECURITY, "supplementalGroups", "Mesos sets those of the user"),
    DEFAULT(POD_SECURITY, "supplementalGroupsPolicy", "Merge|", "Mesos sets those of the user"),
    REFUSED(POD_SECURITY, "sysctls", "Mesos sets none for a container"),
    REFUSED(POD_SECURITY, "windowsOptions", "only linux"),

    HANDLED(
	SECURITY, "allowPrivilegeEscalation",
	"false wants the isolator linux/nnp on all agents (option agent-isolation), and true is refused with it: Mesos "
	"says no_new_privs of an agent, not of a container"),
    REFUSED(SECURITY, "appArmorProfile", BY_AGENT),
    HANDLED(SECURITY, "capabilities", "see below"),
    DEFAULT(SECURITY, "privileged", "false|", "Mesos has no such containers"),
    DEFAULT(SECURITY, "procMount", "Default|", "/proc is as the agent mounts it"),
    DEFAULT(SECURITY, "readOnlyRootFilesystem", "false|", "Mesos mounts an image for writing"),
    REFUSED(SECURITY, "runAsGroup", "Mesos takes the name of a user on the agent, and no group"),
    DEFAULT(SECURITY, "runAsNonRoot", "false|", "which user an image names is not known before the start"),
    REFUSED(SECURITY, "runAsUser", "Mesos takes the name of a user on the agent, and no number"),
    REFUSED(SECURITY, "seLinuxOptions", BY_AGENT),
    HANDLED(SECURITY, "seccompProfile", "see below"),
    REFUSED(SECURITY, "windowsOptions", "only linux"),

    HANDLED(CAPABILITIES, "add",
	    "besides those that container runtimes give; wants the isolator linux/capabilities on all agents (option "
	    "agent-isolation), and agents that allow it (option agent-bounding-capabilities)"),
    HANDLED(CAPABILITIES, "drop",
	    "of those; wants the same isolator; with a probe that is a command it is refused, unless agents would not "
	    "give that back to it (option agent-effective-capabilities)"),

    HANDLED(SECCOMP, "localhostProfile",
	    "a path below agents' --seccomp_config_dir; refused with a probe that is a command"),
    HANDLED(SECCOMP, "type",
	    "RuntimeDefault is the profile of option agent-seccomp-profile; that and Localhost want the isolator "
	    "linux/seccomp on all agents (option agent-isolation); Unconfined is always granted"),
};

const size_t pod_security_fields_count = sizeof(pod_security_fields) / sizeof(*pod_security_fields);
