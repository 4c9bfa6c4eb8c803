#include "tests/sandbox/kube/schema_rows.h"

/* Volumes of clusters and their classes. Of the kinds of volumes those whose type pods use too, and the two of their
 * own that matter here. */
const struct schema_row SCHEMA_STORAGE[] = {
    {"PersistentVolume", "metadata#1:ObjectMeta! spec#2:PersistentVolumeSpec! status#3:PersistentVolumeStatus!"},
    {"StorageClass", "metadata#1:ObjectMeta! provisioner#2:string! parameters#3:map:string reclaimPolicy#4:*string "
		     "mountOptions#5:[]string allowVolumeExpansion#6:*bool volumeBindingMode#7:*string "
		     "allowedTopologies#8:[]TopologySelectorTerm"},
    {"PersistentVolumeSpec",
     "capacity#1:map:Quantity gcePersistentDisk#2.1:*GCEPersistentDiskVolumeSource "
     "awsElasticBlockStore#2.2:*AWSElasticBlockStoreVolumeSource hostPath#2.3:*HostPathVolumeSource "
     "nfs#2.5:*NFSVolumeSource fc#2.10:*FCVolumeSource flocker#2.11:*FlockerVolumeSource "
     "vsphereVolume#2.14:*VsphereVirtualDiskVolumeSource quobyte#2.15:*QuobyteVolumeSource "
     "azureDisk#2.16:*AzureDiskVolumeSource photonPersistentDisk#2.17:*PhotonPersistentDiskVolumeSource "
     "portworxVolume#2.18:*PortworxVolumeSource local#2.20:*LocalVolumeSource "
     "csi#2.22:*CSIPersistentVolumeSource accessModes#3:[]string claimRef#4:*ObjectReference "
     "persistentVolumeReclaimPolicy#5:string storageClassName#6:string mountOptions#7:[]string "
     "volumeMode#8:*string nodeAffinity#9:*VolumeNodeAffinity volumeAttributesClassName#10:*string"},
    {"PersistentVolumeStatus", "phase#1:string message#2:string reason#3:string lastPhaseTransitionTime#4:*Time"},
    {"LocalVolumeSource", "path#1:string! fsType#2:*string"},
    {"CSIPersistentVolumeSource",
     "driver#1:string! volumeHandle#2:string! readOnly#3:bool fsType#4:string volumeAttributes#5:map:string "
     "controllerPublishSecretRef#6:*SecretReference nodeStageSecretRef#7:*SecretReference "
     "nodePublishSecretRef#8:*SecretReference controllerExpandSecretRef#9:*SecretReference "
     "nodeExpandSecretRef#10:*SecretReference"},
    {"SecretReference", "name#1:string namespace#2:string"},
    {"VolumeNodeAffinity", "required#1:*NodeSelector"},
    {"TopologySelectorTerm", "matchLabelExpressions#1:[]TopologySelectorLabelRequirement"},
    {"TopologySelectorLabelRequirement", "key#1:string! values#2:[]string!"},
    {0},
};
