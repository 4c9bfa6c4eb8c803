/* exec and attach over a SPDY/3.1 session: one stream for each channel. Pure: bytes in, bytes out. */
#ifndef KUBE_REMOTE_SPDY_H
#define KUBE_REMOTE_SPDY_H

#include "base/err.h"
#include "kube/remote.h"
#include "kube/spdy.h"

struct remote_spdy;

/* What it needs of whoever owns the connection. */
struct remote_spdy_owner {
	void (*wake)(void *arg);		  /* there is something to send */
	void (*hold_input)(void *arg, bool hold); /* feed nothing for now */
};

struct remote_spdy *remote_spdy_new(const struct remote_wish *wish, const struct remote_process *process,
				    void *process_arg, const struct remote_spdy_owner *owner, void *owner_arg);
/* Cancels a process that has not ended. NULL-safe. */
void remote_spdy_free(struct remote_spdy *c);
/* The side of the process speaks to this. */
struct remote *remote_spdy_remote(struct remote_spdy *c);

/* -1: the client broke the protocol, or opened what it should not; send what is pending, then close. */
int remote_spdy_feed(struct remote_spdy *c, const char *bytes, size_t n, struct err *e);
const char *remote_spdy_pending(const struct remote_spdy *c, size_t *ret_n);
void remote_spdy_sent(struct remote_spdy *c, size_t n);
/* Everything was said: close once nothing is pending. */
bool remote_spdy_finished(const struct remote_spdy *c);

#endif
