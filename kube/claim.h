/* A claim and the volume behind it, as sources (kube/source.h): the keys of what their decoder makes of them. A key
 * that is not there says no.
 *
 * Source: core/v1 PersistentVolumeClaim, PersistentVolume; annotation pv.kubernetes.io/bind-completed.
 */
#ifndef KUBE_CLAIM_H
#define KUBE_CLAIM_H

/* Of both. */
#define CLAIM_UID "uid"

/* Of a claim. */
#define CLAIM_VOLUME "volume"	  /* the volume that it is bound to, wholly */
#define CLAIM_LOST "lost"	  /* its volume is gone */
#define CLAIM_DELETING "deleting" /* its deletion was asked for */
#define CLAIM_ONCE_POD "oncePod"  /* one pod at a time: ReadWriteOncePod */
#define CLAIM_OWNER "owner"	  /* uid of the object that controls it */

/* Of a volume. */
#define VOLUME_CLAIM "claim"	     /* uid of the claim that it is bound to */
#define VOLUME_PATH "path"	     /* on the agent */
#define VOLUME_DIRECTORY "directory" /* … where it has to be a directory */
#define VOLUME_AFFINITY "affinity"   /* nodeAffinity.required as JSON, for kube/node_terms.h */
#define VOLUME_REFUSED "refused"     /* why no agent can mount it */

#endif
