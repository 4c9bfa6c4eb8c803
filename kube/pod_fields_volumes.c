/* What becomes of the fields of volumes and mounts. */
#include "kube/pod_fields_rows.h"

#define IN_TREE "no driver of Kubernetes runs on an agent"

const struct pod_field pod_volume_fields[] = {
    REFUSED(VOLUME, "awsElasticBlockStore", IN_TREE),
    REFUSED(VOLUME, "azureDisk", IN_TREE),
    REFUSED(VOLUME, "azureFile", IN_TREE),
    REFUSED(VOLUME, "cephfs", IN_TREE),
    REFUSED(VOLUME, "cinder", IN_TREE),
    REFUSED(VOLUME, "configMap", "not offered"),
    REFUSED(VOLUME, "csi", IN_TREE),
    REFUSED(VOLUME, "downwardAPI", "not offered"),
    HANDLED(VOLUME, "emptyDir", "a directory of the executor, shared by the pod's containers"),
    REFUSED(VOLUME, "ephemeral", "no claims are made"),
    REFUSED(VOLUME, "fc", IN_TREE),
    REFUSED(VOLUME, "flexVolume", IN_TREE),
    REFUSED(VOLUME, "flocker", IN_TREE),
    REFUSED(VOLUME, "gcePersistentDisk", IN_TREE),
    REFUSED(VOLUME, "gitRepo", "no git runs on an agent"),
    REFUSED(VOLUME, "glusterfs", IN_TREE),
    HANDLED(VOLUME, "hostPath", "a file or directory of the agent"),
    REFUSED(VOLUME, "image", "not offered"),
    REFUSED(VOLUME, "iscsi", IN_TREE),
    HANDLED(VOLUME, "name", "what mounts refer to"),
    REFUSED(VOLUME, "nfs", IN_TREE),
    REFUSED(VOLUME, "persistentVolumeClaim", "not offered"),
    REFUSED(VOLUME, "photonPersistentDisk", IN_TREE),
    REFUSED(VOLUME, "portworxVolume", IN_TREE),
    REFUSED(VOLUME, "projected", "not offered"),
    REFUSED(VOLUME, "quobyte", IN_TREE),
    REFUSED(VOLUME, "rbd", IN_TREE),
    REFUSED(VOLUME, "scaleIO", IN_TREE),
    REFUSED(VOLUME, "secret", "not offered"),
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

    HANDLED(MOUNT, "mountPath",
	    "without \"..\", and not inside the mount of a directory; /var/run is mounted on /run too"),
    DEFAULT(MOUNT, "mountPropagation", "None|HostToContainer|",
	    "Mesos always propagates from the host; the other way needs privileged containers"),
    HANDLED(MOUNT, "name", "a volume of the pod"),
    HANDLED(MOUNT, "readOnly", "mode RO, which holds below it too"),
    DEFAULT(MOUNT, "recursiveReadOnly", "Disabled|IfPossible|", "nobody promises it"),
    HANDLED(MOUNT, "subPath",
	    "of an emptyDir, where no other mount of it lies above; of a hostPath put it into its path"),
    REFUSED(MOUNT, "subPathExpr", "not offered"),
};

const size_t pod_volume_fields_count = sizeof(pod_volume_fields) / sizeof(*pod_volume_fields);
