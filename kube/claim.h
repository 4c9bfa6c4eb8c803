/* A claim, the volume behind it and its class, as sources (kube/source.h): the keys of what their decoder makes of
 * them. A key that is not there says no.
 *
 * Source: core/v1 PersistentVolumeClaim, PersistentVolume; storage.k8s.io/v1 StorageClass; the annotations of
 * component-helpers/storage/volume.
 */
#ifndef KUBE_CLAIM_H
#define KUBE_CLAIM_H

#define BOUND_BY_CONTROLLER "pv.kubernetes.io/bound-by-controller"
#define SELECTED_NODE "volume.kubernetes.io/selected-node"
#define NO_PROVISIONER "kubernetes.io/no-provisioner"

/* Of both. */
#define CLAIM_UID "uid"

/* Of a claim. */
#define CLAIM_VOLUME "volume"	  /* the volume that it is bound to, wholly */
#define CLAIM_LOST "lost"	  /* its volume is gone */
#define CLAIM_DELETING "deleting" /* its deletion was asked for */
#define CLAIM_ONCE_POD "oncePod"  /* one pod at a time: ReadWriteOncePod */
#define CLAIM_OWNER "owner"	  /* uid of the object that controls it */
#define CLAIM_CLASS "class"
#define CLAIM_NODE "node" /* that a provisioner is to make a volume for */
/* What a volume has to be, as JSON: {"modes": bits, "capacity": thousandths of bytes, "selector": for node_terms}. */
#define CLAIM_WISH "wish"

/* Of a volume. */
#define VOLUME_CLAIM "claim"	     /* uid of the claim that it is bound to */
#define VOLUME_PATH "path"	     /* on the agent */
#define VOLUME_DIRECTORY "directory" /* … where it has to be a directory */
#define VOLUME_AFFINITY "affinity"   /* nodeAffinity.required as JSON, for kube/node_terms.h */
#define VOLUME_REFUSED "refused"     /* why no agent can mount it */

/* Of a class. */
#define CLASS_LATE "late" /* claims are bound once a pod of theirs has a node */
#define CLASS_PROVISIONER "provisioner"
#define CLASS_TOPOLOGIES "topologies" /* where it makes volumes, as JSON for node_terms */

/* Of all volumes, each by its name, JSON: {"version", "class", "modes", "capacity", "labels", "affinity"} of one that a
 * claim can get, {"claim": "NAMESPACE/NAME/UID"} of one that a claim has, or that is meant for it (then the uid may be
 * missing). */

#endif
