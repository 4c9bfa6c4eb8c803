/* What becomes of the fields of volumes and mounts. */
#include "kube/pod_fields_rows.h"

#define MODES                                                                                                          \
	"mounted RO; what lets all read and nobody execute is 0644, as of files of a Mesos secret; with any other "    \
	"mode the volume is written beside the pause, by way of the agent's API"
#define FILES                                                                                                          \
	"files, written when a container is started; what changes later is seen by its next start, or, with "          \
	"annotation "                                                                                                  \
	"mesos.apache.org/update-files: \"true\" or where they are written for their modes, within a minute"
#define OPTIONAL "if so, what is missing is left out; else the container waits for it"
#define IN_TREE "no driver of Kubernetes runs on an agent"

const struct pod_field pod_volume_fields[] = {
    REFUSED(VOLUME, "awsElasticBlockStore", IN_TREE),
    REFUSED(VOLUME, "azureDisk", IN_TREE),
    REFUSED(VOLUME, "azureFile", IN_TREE),
    REFUSED(VOLUME, "cephfs", IN_TREE),
    REFUSED(VOLUME, "cinder", IN_TREE),
    HANDLED(VOLUME, "configMap", FILES),
    REFUSED(VOLUME, "csi", IN_TREE),
    HANDLED(VOLUME, "downwardAPI", FILES),
    HANDLED(VOLUME, "emptyDir", "a directory of the executor, shared by the pod's containers"),
    HANDLED(VOLUME, "ephemeral", "the claim POD-VOLUME, which a controller of Kubernetes makes and removes"),
    REFUSED(VOLUME, "fc", IN_TREE),
    REFUSED(VOLUME, "flexVolume", IN_TREE),
    REFUSED(VOLUME, "flocker", IN_TREE),
    REFUSED(VOLUME, "gcePersistentDisk", IN_TREE),
    REFUSED(VOLUME, "gitRepo", "no git runs on an agent"),
    REFUSED(VOLUME, "glusterfs", IN_TREE),
    HANDLED(VOLUME, "hostPath", "a file or directory of the agent"),
    HANDLED(VOLUME, "image", "the files of an image, for reading; agents want the isolator volume/image"),
    REFUSED(VOLUME, "iscsi", IN_TREE),
    HANDLED(VOLUME, "name", "what mounts refer to"),
    REFUSED(VOLUME, "nfs", IN_TREE),
    HANDLED(VOLUME, "persistentVolumeClaim",
	    "a directory of the agent, by a volume of kind hostPath or local that the claim is bound to; its node "
	    "affinity decides which agents do"),
    REFUSED(VOLUME, "photonPersistentDisk", IN_TREE),
    REFUSED(VOLUME, "portworxVolume", IN_TREE),
    HANDLED(VOLUME, "projected", FILES),
    REFUSED(VOLUME, "quobyte", IN_TREE),
    REFUSED(VOLUME, "rbd", IN_TREE),
    REFUSED(VOLUME, "scaleIO", IN_TREE),
    HANDLED(VOLUME, "secret", FILES),
    REFUSED(VOLUME, "storageos", IN_TREE),
    REFUSED(VOLUME, "vsphereVolume", IN_TREE),

    HANDLED(EMPTY_DIR, "medium",
	    "\"\" is the agent's disk; Memory is offered as /dev/shm of one container, mounted there and nowhere else"),
    HANDLED(EMPTY_DIR, "sizeLimit",
	    "of Memory: its size; else taken as disk with the first container that mounts it, and not watched"),

    HANDLED(HOST_PATH, "path", "an absolute path on the agent, where it has to exist"),
    DEFAULT(
	HOST_PATH, "type", "Directory|DirectoryOrCreate|",
	"a directory is told from a file by the agent, and made where its --host_path_volume_force_creation allows it; "
	"an agent cannot tell files, sockets and devices apart: leave it out"),

    HANDLED(CLAIM, "claimName", "in the pod's namespace; the pod waits until it is bound"),
    HANDLED(CLAIM, "readOnly", "all its mounts are of mode RO"),

    MEANINGLESS(EPHEMERAL, "volumeClaimTemplate", "the controller that makes the claim goes by it"),

    HANDLED(IMAGE, "pullPolicy", "Always pulls anew, IfNotPresent may use a cached image; Never is refused"),
    HANDLED(IMAGE, "reference", "a Docker image for the Mesos containerizer"),

    HANDLED(CONFIGMAP, "defaultMode", MODES),
    HANDLED(CONFIGMAP, "items", "which keys, and where; all if there are none"),
    HANDLED(CONFIGMAP, "name", "in the pod's namespace"),
    HANDLED(CONFIGMAP, "optional", OPTIONAL),

    HANDLED(SECRET, "defaultMode", MODES),
    HANDLED(SECRET, "items", "which keys, and where; all if there are none"),
    HANDLED(SECRET, "optional", OPTIONAL),
    HANDLED(SECRET, "secretName", "in the pod's namespace"),

    HANDLED(KEY_PATH, "key", "of data or binaryData"),
    HANDLED(KEY_PATH, "mode", MODES),
    HANDLED(KEY_PATH, "path", "below the volume"),

    HANDLED(DOWNWARD, "defaultMode", MODES),
    HANDLED(DOWNWARD, "items", "a file each"),

    HANDLED(DOWNWARD_FILE, "fieldRef",
	    "as of variables, what is known before the start; metadata.labels and metadata.annotations as a whole too"),
    HANDLED(DOWNWARD_FILE, "mode", MODES),
    HANDLED(DOWNWARD_FILE, "path", "below the volume"),
    HANDLED(DOWNWARD_FILE, "resourceFieldRef", "as of variables, with a containerName"),

    HANDLED(PROJECTED, "defaultMode", MODES),
    HANDLED(PROJECTED, "sources", "of two files with one path the later one wins"),

    REFUSED(PROJECTION, "clusterTrustBundle", "not offered"),
    HANDLED(PROJECTION, "configMap", "as the volume"),
    HANDLED(PROJECTION, "downwardAPI", "as the volume"),
    REFUSED(PROJECTION, "podCertificate", "not offered"),
    HANDLED(PROJECTION, "secret", "as the volume"),
    HANDLED(PROJECTION, "serviceAccountToken",
	    "by TokenRequest, bound to the pod; renewed only where files follow what they are made of"),

    HANDLED(PROJECTED_OBJECT, "items", "as of the volume"),
    HANDLED(PROJECTED_OBJECT, "name", "in the pod's namespace"),
    HANDLED(PROJECTED_OBJECT, "optional", OPTIONAL),

    HANDLED(PROJECTED_DOWNWARD, "items", "as of the volume"),

    HANDLED(TOKEN, "audience", "asked for as it is"),
    HANDLED(TOKEN, "expirationSeconds",
	    "asked for as it is; a container that runs longer keeps the token that it has, unless its files are "
	    "written beside the pause"),
    HANDLED(TOKEN, "path", "below the volume"),

    HANDLED(
	MOUNT, "mountPath",
	"without \"..\"; inside the mount of an emptyDir, what that has in the first directory on the way is not seen; "
	"not inside other mounts of directories; /var/run is mounted on /run too"),
    DEFAULT(MOUNT, "mountPropagation", "None|HostToContainer|",
	    "Mesos always propagates from the host; the other way needs privileged containers"),
    HANDLED(MOUNT, "name", "a volume of the pod"),
    HANDLED(MOUNT, "readOnly", "mode RO, which holds below it too"),
    DEFAULT(MOUNT, "recursiveReadOnly", "Disabled|IfPossible|", "nobody promises it"),
    HANDLED(MOUNT, "subPath",
	    "of an emptyDir, where no other mount of it lies above; of files those below it; not of a claim; of a "
	    "hostPath put it into its path"),
    HANDLED(MOUNT, "subPathExpr", "as subPath, after expansion; no part of it may come from a Secret"),
};

const size_t pod_volume_fields_count = sizeof(pod_volume_fields) / sizeof(*pod_volume_fields);
