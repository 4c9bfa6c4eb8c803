/* List and watch one kind of object, for ever: what the server has, the handlers hear of.
 *
 * Lists in pages, then watches with bookmarks from the list's resourceVersion. A watch that ends or breaks is taken up
 * where it stopped; one that cannot be taken up (410, a malformed line, any other refusal) is followed by a new list.
 * Failures wait with back-off and jitter, at least as long as a Retry-After says. It never gives up; reflector_free
 * ends it.
 *
 * What it promises: each object that exists is delivered as ADDED once and again as MODIFIED whenever its
 * resourceVersion differs from what was delivered last; a list does not repeat unchanged objects. One that is gone is
 * told once: as DELETED with its last state when the watch saw it go, or by on_vanished when only a list shows it
 * missing. A name that came back with another uid is told as gone first. It keeps namespace, name, uid and
 * resourceVersion of what it delivered, no object. List items may lack kind and apiVersion.
 *
 * Handlers may free the reflector. Follows the rules in "Kubernetes API Concepts", efficient detection of changes.
 */
#ifndef KUBE_REFLECTOR_H
#define KUBE_REFLECTOR_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/backoff.h"
#include "base/err.h"
#include "kube/client.h"

#define REFLECTOR_OBJECTS_MAX 1000000 /* further ones are reported and left out */
#define REFLECTOR_PAGE 500	      /* objects a page; halved when a page is over KUBE_BODY_MAX */
#define REFLECTOR_WATCH_MIN_S 300     /* timeoutSeconds is drawn from these */
#define REFLECTOR_WATCH_MAX_S 600
#define REFLECTOR_GRACE_MS 30000 /* no byte for timeoutSeconds and so much longer: the peer is gone */
#define REFLECTOR_BACKOFF_MIN_MS 500
#define REFLECTOR_BACKOFF_MAX_MS 30000
#define REFLECTOR_SHORT_WATCH_MS 1000 /* a watch that ends sooner, without an event, counts as a failure */

enum kube_change { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

/* All arguments live for the call of the handler only; json_incref what is kept. */
struct reflector_handlers {
	void (*on_object)(void *arg, enum kube_change change, const json_t *object);
	void (*on_vanished)(void *arg, const char *namespace_, const char *name,
			    const char *uid); /* namespace "" if none */
	/* After each complete list, when all it changed has been told. */
	void (*on_synced)(void *arg, const char *resource_version);
	/* For the log; the reflector goes on by itself. */
	void (*on_error)(void *arg, const struct err *err);
};

/* Copied; what is 0 or NULL takes its default. */
struct reflector_spec {
	const char *path; /* "/api/v1/pods" */
	const char *field_selector, *label_selector;
	int page;
	int watch_min_s, watch_max_s;
	int64_t grace_ms, backoff_min_ms, backoff_max_ms;
	size_t line_max;
	struct random_source random; /* RANDOM_SYSTEM */
};

struct reflector;

/* Starts with the loop's next turn. Borrows the client. */
struct reflector *reflector_new(struct kube_client *client, const struct reflector_spec *spec,
				const struct reflector_handlers *handlers, void *arg);
/* No handler runs any more. NULL-safe. */
void reflector_free(struct reflector *r);

/* List anew, now: what on_synced tells next is at least as fresh as this moment. Not from within a handler. */
void reflector_relist(struct reflector *r);
/* Objects known at present. */
size_t reflector_count(const struct reflector *r);
/* The uids of all of them, to be freed by free(); the texts live until a handler is called. *ret_n of them. */
const char **reflector_uids(const struct reflector *r, size_t *ret_n);
/* The caller lost these: lists anew, at once, and tells of them even if they are as they were. */
void reflector_tell_again(struct reflector *r, const char *const *uids, size_t n);

#endif
