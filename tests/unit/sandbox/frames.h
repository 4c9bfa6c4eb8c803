/* Frames of both sides of a translation, for tests: what a client sends, what a client gets, what a kubelet gets. */
#ifndef TESTS_UNIT_SANDBOX_FRAMES_H
#define TESTS_UNIT_SANDBOX_FRAMES_H

#include <stdint.h>

#include "base/buf.h"

#define SPDY_SYN_STREAM 1
#define SPDY_SYN_REPLY 2

/* A client's frame, masked; first: FIN and opcode. */
void frame_of_client(struct buf *out, unsigned char first, const char *payload, size_t n);
/* Payloads of a server's binary messages, one after the other; each without its first bytes, so many. */
void frames_payloads(const char *bytes, size_t n, size_t without, struct buf *out);

size_t spdy_frame_size(const char *frame);
void spdy_frame_reply(struct buf *out, uint32_t stream);
void spdy_frame_data(struct buf *out, uint32_t stream, const char *bytes, size_t n);
/* Data of one stream. */
void spdy_frames_data(const char *bytes, size_t n, uint32_t stream, struct buf *out);
/* Frames as text: header blocks, which are compressed in several ways, apart; likewise what is not about a stream. */
void spdy_frames_describe(const char *bytes, size_t n, struct buf *out);

#endif
