/* The part of the table of fields about ephemeral containers. One that has a refused field is not run; its pod goes on.
 */
#include "kube/pod_fields_rows.h"

#define AS_CONTAINERS "as of containers"
#define NOT_IN_KUBERNETES "Kubernetes allows it for other containers only"

const struct pod_field pod_ephemeral_fields[] = {
    HANDLED(EPHEMERAL_CONTAINER, "args", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "command", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "env", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "envFrom", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "image", "a Docker image for the Mesos containerizer"),
    HANDLED(EPHEMERAL_CONTAINER, "imagePullPolicy", AS_CONTAINERS),
    REFUSED(EPHEMERAL_CONTAINER, "lifecycle", NOT_IN_KUBERNETES),
    REFUSED(EPHEMERAL_CONTAINER, "livenessProbe", NOT_IN_KUBERNETES),
    HANDLED(EPHEMERAL_CONTAINER, "name", "part of the task's id"),
    REFUSED(EPHEMERAL_CONTAINER, "ports", NOT_IN_KUBERNETES),
    REFUSED(EPHEMERAL_CONTAINER, "readinessProbe", NOT_IN_KUBERNETES),
    REFUSED(EPHEMERAL_CONTAINER, "resizePolicy", NOT_IN_KUBERNETES),
    REFUSED(EPHEMERAL_CONTAINER, "resources",
	    NOT_IN_KUBERNETES ": it gets what a container gets that asks for nothing"),
    REFUSED(EPHEMERAL_CONTAINER, "restartPolicy", "it is never restarted"),
    REFUSED(EPHEMERAL_CONTAINER, "restartPolicyRules", "it is never restarted"),
    HANDLED(EPHEMERAL_CONTAINER, "securityContext", AS_CONTAINERS),
    REFUSED(EPHEMERAL_CONTAINER, "startupProbe", NOT_IN_KUBERNETES),
    HANDLED(EPHEMERAL_CONTAINER, "stdin", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "stdinOnce", AS_CONTAINERS),
    REFUSED(EPHEMERAL_CONTAINER, "targetContainerName", "the containers of a pod share no process namespace"),
    HANDLED(EPHEMERAL_CONTAINER, "terminationMessagePath", AS_CONTAINERS),
    DEFAULT(EPHEMERAL_CONTAINER, "terminationMessagePolicy", "File|FallbackToLogsOnError|", "there are no others"),
    HANDLED(EPHEMERAL_CONTAINER, "tty", AS_CONTAINERS),
    REFUSED(EPHEMERAL_CONTAINER, "volumeDevices", "no block devices are offered"),
    HANDLED(EPHEMERAL_CONTAINER, "volumeMounts", AS_CONTAINERS),
    HANDLED(EPHEMERAL_CONTAINER, "workingDir", AS_CONTAINERS),
};

const size_t pod_ephemeral_fields_count = sizeof(pod_ephemeral_fields) / sizeof(*pod_ephemeral_fields);
