/* What the files of kube/source share. */
#ifndef KUBE_SOURCE_INNER_H
#define KUBE_SOURCE_INNER_H

#include "base/buf.h"
#include "kube/source.h"

struct draft_item {
	size_t at, n_key, n; /* key, NUL, bytes, NUL */
	bool binary;
};

struct source_draft {
	struct buf text;
	struct draft_item *items;
	size_t n, cap;
	struct err *e;
};

int source_put(struct source_draft *d, const char *key, const void *bytes, size_t n, bool binary);

/* source_services.c */
int source_put_service(struct source_draft *d, const json_t *service);
int source_put_services(struct source_draft *d, const json_t *list);

/* claim.c */
int source_put_claim(struct source_draft *d, const json_t *claim);
int source_put_volume(struct source_draft *d, const json_t *volume);
int source_put_volumes(struct source_draft *d, const json_t *list);
int source_put_class(struct source_draft *d, const json_t *class);

#endif
