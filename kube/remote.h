/* exec and attach, whatever carries them: a client's streams on one side, a process on the other. Pure.
 *
 * The carrier (SPDY or WebSocket: remote_spdy.h, remote_ws.h) tells what the client opened, sent and closed; the
 * process (somebody else's business) tells what it wrote and how it ended. In between: when to start, sizes of the
 * terminal, the word about the end that the client's protocol version wants, and who has to wait for whom. Nothing is
 * stored here: when the client reads slowly the process is held, when the process reads slowly the client is.
 *
 * Source: remotecommand of Kubernetes 1.36 (v1 to v5.channel.k8s.io); recordings in tests/data/kubelet.
 */
#ifndef KUBE_REMOTE_H
#define KUBE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbered as the channels of the WebSocket protocols. */
enum remote_channel { REMOTE_STDIN, REMOTE_STDOUT, REMOTE_STDERR, REMOTE_ERROR, REMOTE_RESIZE, REMOTE_CHANNELS };

#define REMOTE_PENDING_HIGH ((size_t)256 << 10) /* bytes that a client has not read: the process is held … */
#define REMOTE_PENDING_LOW ((size_t)64 << 10)	/* … until so few are left */
#define REMOTE_RESIZE_MAX ((size_t)4 << 10)	/* bytes of a terminal size that is not complete */
#define REMOTE_SENTENCE_MAX 4096		/* why it could not be run; cut */
#define REMOTE_START_TIMEOUT_MS 30000		/* for a client to open the streams that it asked for */

/* "v5.channel.k8s.io" and so on; 1 to 5, 0 for another name. */
int remote_version(const char *protocol);

/* Which of these channels take part, and in which version of the protocol the client speaks. */
struct remote_wish {
	bool input, output, error, tty;
	int version;
};

/* Towards the client. `finish`: everything was said, close in order after it is sent. */
struct remote_carrier {
	void (*send)(void *arg, enum remote_channel channel, const void *bytes, size_t n);
	size_t (*pending)(void *arg);		  /* bytes not yet sent */
	void (*hold_input)(void *arg, bool hold); /* take nothing more from the client for now */
	void (*finish)(void *arg);
};

/* Towards the process. None of these may end it at once: remote_* must not be called from within. */
struct remote_process {
	void (*start)(void *arg);
	void (*input)(void *arg, const void *bytes, size_t n);
	void (*input_end)(void *arg);
	void (*resize)(void *arg, uint16_t columns, uint16_t rows);
	void (*hold_output)(void *arg, bool hold);
	void (*cancel)(void *arg); /* the client is gone; nothing is told any more */
};

struct remote;

/* Vtables are borrowed; their arguments are the callers'. */
struct remote *remote_new(const struct remote_wish *wish, const struct remote_carrier *carrier, void *carrier_arg,
			  const struct remote_process *process, void *process_arg);
/* Cancels a process that has not ended. NULL-safe. */
void remote_free(struct remote *r);

/* ---- from the carrier ---- */

/* Does this channel take part? */
bool remote_expects(const struct remote *r, enum remote_channel channel);
/* The client opened it; when the last one is open, the process starts. */
void remote_open(struct remote *r, enum remote_channel channel);
bool remote_started(const struct remote *r);
void remote_data(struct remote *r, enum remote_channel channel, const char *bytes, size_t n);
void remote_end(struct remote *r, enum remote_channel channel); /* the client sends no more on it */
void remote_drained(struct remote *r);				/* something was sent: ask `pending` again */
/* The client is gone. */
void remote_gone(struct remote *r);

/* ---- from the process ---- */

void remote_output(struct remote *r, enum remote_channel channel, const void *bytes, size_t n);
/* It takes no more input for now, or again. */
void remote_input_full(struct remote *r, bool full);
/* Once: how it ended, a signal as 128 + its number. */
void remote_exited(struct remote *r, int code);
/* Once: it could not be run, or nobody knows how it ended; a whole sentence. */
void remote_failed(struct remote *r, const char *sentence);

#endif
