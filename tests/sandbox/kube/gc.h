/* Garbage collection: dependants of deleted owners, contents of deleted namespaces. Private to tests/sandbox/kube/. */
#ifndef SANDBOX_KUBE_GC_H
#define SANDBOX_KUBE_GC_H

#include "tests/sandbox/kube/model.h"

/* Count `tree` (may be NULL) as a dependant of its owners: by 1 when it is stored, by -1 when it goes. */
void gc_track(struct apiserver *s, const json_t *tree, int by);
/* After an object went: delete what it owned, let owners and namespaces go that waited for it. */
void gc_object_gone(struct apiserver *s, const struct kube_resource *r, const json_t *gone);
/* Foreground deletion: deletes the dependants now; the owner goes when none is left. */
void gc_dependants(struct apiserver *s, const char *owner_uid);
/* Orphaning: takes the owner out of its dependants. */
void gc_orphan(struct apiserver *s, const char *owner_uid);
bool gc_has_dependants(const struct apiserver *s, const char *owner_uid);
/* Deletes what is in a namespace; the namespace itself goes when nothing is left. */
void gc_namespace(struct apiserver *s, const char *name);
void gc_done(struct apiserver *s);

#endif
