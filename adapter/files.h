/* What the files of adapter/files share. */
#ifndef ADAPTER_FILES_H
#define ADAPTER_FILES_H

#include "adapter/core_state.h"

/* Volumes of a pod that are to stand beside its pause. */
struct files_draft {
	struct core *core;
	struct pod *pod;
	struct pod_site site;
	bool *of;	  /* these volumes */
	uint64_t *hashes; /* of what they are made of now */
	bool *news;	  /* what stands is another, or to be renewed */
	bool any_news;
	struct err e;
};

/* The number of its pause, and one; 0: nothing can be written beside it now. */
int files_pause(const struct pod *pod);
/* Beside that pause. `of` is empty at first. */
void files_draft_init(struct files_draft *d, struct core *core, struct pod *pod, int pause);
void files_draft_done(struct files_draft *d);
/* Those of its volumes that are written. */
void files_draft_add(struct files_draft *d, const struct kube_container *container);
/* What is news, with what is had but tokens. -1: it cannot be had, the sentence is in `e`. */
int files_compare(struct files_draft *d);
/* The news are written when it is time; or why not is in pod->files.failure. */
void files_write(struct files_draft *d);

#endif
