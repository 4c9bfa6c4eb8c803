/* What the files of translation.h share. Not for others. */
#ifndef SANDBOX_TRANSLATION_INNER_H
#define SANDBOX_TRANSLATION_INNER_H

#include "tests/sandbox/spdy_client.h"
#include "tests/sandbox/translation.h"
#include "tests/sandbox/websocket.h"

/* Numbered as v5.channel.k8s.io numbers them. */
enum channel { CHANNEL_STDIN, CHANNEL_STDOUT, CHANNEL_STDERR, CHANNEL_ERROR, CHANNEL_RESIZE, CHANNELS };

struct translation {
	struct buf *to_client, *to_kubelet;
	struct websocket websocket;
	bool tunnel, left, over;
	bool full; /* a buffer was, while a peer's bytes were handled */

	/* Of streams. */
	struct spdy_client *spdy;
	bool wanted[CHANNELS], ended[CHANNELS]; /* ended: by the kubelet, or never asked for */
	uint32_t stream[CHANNELS];		/* 0: not opened */
	size_t opening;				/* in the order of opening */
	bool input_ended;
	struct buf status;
	/* The message of the client that is being read. */
	int channel;	  /* -1: its first byte is to come */
	struct buf small; /* a close signal, or a size */
};

/* translation_streams.c */
void streams_init(struct translation *t, const struct kubelet_call *call);
void streams_done(struct translation *t);
void streams_open_next(struct translation *t);
bool streams_open(const struct translation *t); /* all of them */
void streams_client_data(struct translation *t, const char *bytes, size_t n, bool last);
/* The kubelet says no more. */
void streams_end(struct translation *t);

#endif
