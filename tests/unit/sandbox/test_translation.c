/* Clients' WebSockets and kubelets' SPDY, against recorded sessions of kube-apiserver 1.36: each has both sides. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/sandbox/translation.h"
#include "tests/unit/sandbox/frames.h"

#define OUT_MAX ((size_t)1 << 20)
#define CLOSE_FRAME 8 /* bytes of a client's */

struct world {
	struct buf to_client, to_kubelet;
	struct translation *translation;
	size_t piece; /* bytes are given in pieces of so many */
};

static void begin(struct world *w, const struct kubelet_call *call, size_t piece)
{
	buf_init(&w->to_client, OUT_MAX);
	buf_init(&w->to_kubelet, OUT_MAX);
	w->piece = piece;
	w->translation = translation_new(call, &w->to_client, &w->to_kubelet);
	translation_begin(w->translation);
}

static void end(struct world *w)
{
	translation_free(w->translation);
	buf_done(&w->to_client);
	buf_done(&w->to_kubelet);
}

typedef int (*giver)(struct translation *, const char *, size_t, struct err *);

static void give(struct world *w, giver to, const char *bytes, size_t n)
{
	struct err e = {0};
	for (size_t at = 0; at < n; at += w->piece) {
		assert_int_equal(to(w->translation, bytes + at, n - at < w->piece ? n - at : w->piece, &e), 0);
	}
}

/* A recording without its head. */
struct recording {
	char *file;
	const char *bytes;
	size_t n;
};

static struct recording load(const char *folder, const char *name, const char *direction)
{
	struct err e = {0};
	struct recording r;
	CLEANUP_FREE char *path = xasprintf(TEST_DATA "/%s/%s.%s", folder, name, direction);
	r.file = file_read(path, OUT_MAX, &r.n, &e);
	assert_non_null(r.file);
	const char *head_end = strstr(r.file, "\r\n\r\n");
	assert_non_null(head_end);
	r.bytes = head_end + 4;
	r.n -= (size_t)(r.bytes - r.file);
	return r;
}

static size_t replies(const struct recording *r)
{
	size_t at = 0;
	while (at < r->n && r->bytes[at] & 0x80 && r->bytes[at + 3] == SPDY_SYN_REPLY) {
		at += spdy_frame_size(r->bytes + at);
	}
	return at;
}

static void assert_same_frames(const struct buf *got, const struct recording *expected)
{
	struct buf CLEANUP_BUF ours = BUF_INIT(OUT_MAX), theirs = BUF_INIT(OUT_MAX);
	spdy_frames_describe(got->data, got->len, &ours);
	spdy_frames_describe(expected->bytes, expected->n, &theirs);
	assert_string_equal(buf_str(&ours), buf_str(&theirs));
}

static void replay(const char *name, const struct kubelet_call *call, size_t piece)
{
	struct recording client = load("kubelet-proxy", name, "c2s"), answer = load("kubelet-proxy", name, "s2c");
	struct recording asked = load("kubelet", name, "c2s"), kubelet = load("kubelet", name, "s2c");
	struct world w;
	begin(&w, call, piece);
	assert_false(translation_takes(w.translation));
	size_t at = replies(&kubelet);
	give(&w, translation_from_kubelet, kubelet.bytes, at);
	assert_true(translation_takes(w.translation));
	give(&w, translation_from_client, client.bytes, client.n - CLOSE_FRAME);
	assert_false(translation_over(w.translation));
	give(&w, translation_from_kubelet, kubelet.bytes + at, kubelet.n - at);
	assert_true(translation_over(w.translation));
	assert_false(translation_left(w.translation));
	give(&w, translation_from_client, client.bytes + client.n - CLOSE_FRAME, CLOSE_FRAME);
	assert_true(translation_left(w.translation));
	assert_same_frames(&w.to_kubelet, &asked);
	if (piece > kubelet.n) { /* otherwise output comes in more messages */
		assert_int_equal(w.to_client.len, answer.n);
		assert_memory_equal(w.to_client.data, answer.bytes, answer.n);
	}
	end(&w);
	free(client.file);
	free(answer.file);
	free(asked.file);
	free(kubelet.file);
}

static void recorded_commands_become_the_recorded_streams_and_messages(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct kubelet_call call;
	} cases[] = {
	    {"exec-stdin", {.front = KUBELET_STREAMS, .streams = {true, true, true, false}}},
	    {"exec-exit3", {.front = KUBELET_STREAMS, .streams = {false, true, true, false}}},
	    {"exec-tty", {.front = KUBELET_STREAMS, .streams = {true, true, false, true}}},
	    {"exec-not-found", {.front = KUBELET_STREAMS, .streams = {false, true, true, false}}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		replay(cases[i].name, &cases[i].call, OUT_MAX);
	}
	replay(cases[2].name, &cases[2].call, 7);
}

static void a_recorded_tunnel_carries_the_recorded_connection(void **state)
{
	(void)state;
	static const struct kubelet_call call = {.front = KUBELET_TUNNEL};
	for (size_t piece = 1; piece < 200; piece += 19) {
		struct recording client = load("kubelet-proxy", "port-forward", "c2s");
		struct recording asked = load("kubelet", "port-forward", "c2s"),
				 kubelet = load("kubelet", "port-forward", "s2c");
		struct buf CLEANUP_BUF got = BUF_INIT(OUT_MAX);
		struct world w;
		begin(&w, &call, piece);
		give(&w, translation_from_client, client.bytes, client.n);
		give(&w, translation_from_kubelet, kubelet.bytes, kubelet.n);
		assert_int_equal(translation_kubelet_closed(w.translation), 0);
		assert_int_equal(w.to_kubelet.len, asked.n);
		assert_memory_equal(w.to_kubelet.data, asked.bytes, asked.n);
		frames_payloads(w.to_client.data, w.to_client.len, 0, &got);
		assert_int_equal(got.len, kubelet.n);
		assert_memory_equal(got.data, kubelet.bytes, kubelet.n);
		assert_memory_equal(w.to_client.data + w.to_client.len - 4, "\x88\x02\x03\xe8", 4);
		end(&w);
		free(client.file);
		free(asked.file);
		free(kubelet.file);
	}
}

static void client_says(struct world *w, unsigned char first, const char *payload, size_t n)
{
	struct buf CLEANUP_BUF frame = BUF_INIT(OUT_MAX);
	frame_of_client(&frame, first, payload, n);
	give(w, translation_from_client, frame.data, frame.len);
}

static void reply_to_all(struct world *w, int n)
{
	struct buf CLEANUP_BUF frames = BUF_INIT(OUT_MAX);
	for (int i = 0; i < n; i++) {
		spdy_frame_reply(&frames, (uint32_t)(1 + 2 * i));
	}
	give(w, translation_from_kubelet, frames.data, frames.len);
}

static const struct kubelet_call terminal = {.front = KUBELET_STREAMS, .streams = {true, true, false, true}};

static void begin_terminal(struct world *w)
{
	begin(w, &terminal, OUT_MAX);
	reply_to_all(w, 4); /* error 1, stdin 3, stdout 5, resize 7 */
	assert_true(translation_takes(w->translation));
	buf_clear(&w->to_kubelet);
	buf_clear(&w->to_client);
}

static void sizes_reach_the_kubelet_as_go_writes_them(void **state)
{
	(void)state;
	struct world w;
	struct buf CLEANUP_BUF got = BUF_INIT(OUT_MAX);
	begin_terminal(&w);
	client_says(&w, 0x82, "\4{\"height\":24,\"width\":80}", 25);
	client_says(&w, 0x82, "\4nonsense", 9);
	client_says(&w, 0x82, "\4{\"Height\":24,\"Width\":70000}", 28);
	spdy_frames_describe(w.to_kubelet.data, w.to_kubelet.len, &got);
	assert_string_equal(buf_str(&got), "data 0 for stream 7:\n{\"Width\":80,\"Height\":24}\n");
	end(&w);
}

static void input_ends_once_and_other_channels_are_ignored(void **state)
{
	(void)state;
	struct world w;
	struct buf CLEANUP_BUF got = BUF_INIT(OUT_MAX);
	begin_terminal(&w);
	client_says(&w, 0x02, "", 0); /* a message in three parts */
	client_says(&w, 0x00, "\0a", 2);
	client_says(&w, 0x80, "b", 1);
	client_says(&w, 0x82, "\1x", 2);
	client_says(&w, 0x82, "\x4d!", 2);
	client_says(&w, 0x82, "\xff\1", 2);
	client_says(&w, 0x82, "\xff\0", 2);
	client_says(&w, 0x82, "\xff\0", 2);
	client_says(&w, 0x82, "\0late", 5);
	spdy_frames_describe(w.to_kubelet.data, w.to_kubelet.len, &got);
	assert_string_equal(buf_str(&got), "data 0 for stream 3:\nabdata 1 for stream 3:\n");
	end(&w);
}

static void pings_of_the_client_are_answered(void **state)
{
	(void)state;
	struct world w;
	begin_terminal(&w);
	client_says(&w, 0x89, "hey", 3);
	assert_int_equal(w.to_client.len, 5);
	assert_memory_equal(w.to_client.data, "\x8a\3hey", 5);
	end(&w);
}

static void a_client_that_leaves_is_told_to_the_kubelet(void **state)
{
	(void)state;
	struct world w;
	struct buf CLEANUP_BUF got = BUF_INIT(OUT_MAX);
	begin_terminal(&w);
	client_says(&w, 0x88, "\3\350", 2);
	assert_true(translation_left(w.translation));
	translation_cancel(w.translation);
	spdy_frames_describe(w.to_kubelet.data, w.to_kubelet.len, &got);
	assert_string_equal(buf_str(&got), "control 3 of stream 1\ncontrol 3 of stream 3\ncontrol 3 of stream 5\n"
					   "control 3 of stream 7\n");
	assert_int_equal(w.to_kubelet.data[w.to_kubelet.len - 13], 7); /* GOAWAY */
	end(&w);
}

static void a_header_block_names_its_stream(void **state)
{
	(void)state;
	struct world w;
	char plain[128];
	begin(&w, &terminal, OUT_MAX);
	z_stream z = {.next_in = (unsigned char *)w.to_kubelet.data + 18,
		      .avail_in = (uInt)w.to_kubelet.len - 18,
		      .next_out = (unsigned char *)plain,
		      .avail_out = sizeof(plain)};
	assert_int_equal(inflateInit(&z), Z_OK);
	assert_int_equal(inflate(&z, Z_SYNC_FLUSH), Z_OK);
	assert_int_equal(z.total_out, 27);
	assert_memory_equal(plain, "\0\0\0\1\0\0\0\nstreamtype\0\0\0\5error", 27);
	inflateEnd(&z);
	end(&w);
}

static void broken_frames_end_it(void **state)
{
	(void)state;
	static const struct {
		giver to;
		const char *bytes;
		size_t n;
	} cases[] = {
	    {translation_from_client, "\x82\1\1", 3},			  /* not masked */
	    {translation_from_client, "\xc2\x81\0\0\0\0a", 7},		  /* an extension */
	    {translation_from_client, "\x83\x81\0\0\0\0a", 7},		  /* an opcode that is none */
	    {translation_from_client, "\x80\x81\0\0\0\0a", 7},		  /* goes on with nothing */
	    {translation_from_client, "\x89\xfe\1\0\0\0\0\0", 8},	  /* a long PING */
	    {translation_from_client, "\x09\x80\0\0\0\0", 6},		  /* a PING in parts */
	    {translation_from_kubelet, "\x80\2\0\2\0\0\0\4\0\0\0\1", 12}, /* version 2 */
	    {translation_from_kubelet, "\x80\3\0\3\0\0\0\0", 8},	  /* a RST_STREAM of nothing */
	    {translation_from_kubelet, "\x80\3\0\3\0\xff\0\0", 8},	  /* a large one */
	    {translation_from_kubelet, "\x80\3\0\1\0\0\0\4\0\0\0\2", 12}, /* opens a stream */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		struct world w;
		begin_terminal(&w);
		assert_int_equal(cases[i].to(w.translation, cases[i].bytes, cases[i].n, &e), -1);
		assert_int_not_equal(e.code, ERR_NONE);
		end(&w);
	}
}

static void more_pongs_than_fit_end_it(void **state)
{
	(void)state;
	struct err e = {0};
	struct world w;
	begin_terminal(&w);
	w.to_client.max = 4;
	assert_int_equal(translation_from_client(w.translation, "\x89\x83\0\0\0\0hey", 9, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	end(&w);
}

static void frames_of_no_stream_are_nobody_s(void **state)
{
	(void)state;
	static const char frames[] = "\0\0\0\0\0\0\0\1x"		    /* data */
				     "\0\0\0\0\1\0\0\0"			    /* its end */
				     "\x80\3\0\3\0\0\0\x8\0\0\0\0\0\0\0\5"; /* RST_STREAM */
	struct world w;
	begin(&w, &terminal, OUT_MAX);
	reply_to_all(&w, 1); /* error 1; stdin 3 is under way, the others have no number yet */
	buf_clear(&w.to_client);
	give(&w, translation_from_kubelet, frames, sizeof(frames) - 1);
	assert_int_equal(w.to_client.len, 0);
	assert_false(translation_over(w.translation));
	end(&w);
}

static void streams_that_cannot_be_opened_end_it(void **state)
{
	(void)state;
	struct err e = {0};
	struct buf CLEANUP_BUF reply = BUF_INIT(OUT_MAX);
	struct world w;
	begin(&w, &terminal, OUT_MAX);
	spdy_frame_reply(&reply, 1);
	w.to_kubelet.max = w.to_kubelet.len + 4;
	assert_int_equal(translation_from_kubelet(w.translation, reply.data, reply.len, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_false(translation_takes(w.translation));
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recorded_commands_become_the_recorded_streams_and_messages),
	    cmocka_unit_test(a_recorded_tunnel_carries_the_recorded_connection),
	    cmocka_unit_test(sizes_reach_the_kubelet_as_go_writes_them),
	    cmocka_unit_test(input_ends_once_and_other_channels_are_ignored),
	    cmocka_unit_test(pings_of_the_client_are_answered),
	    cmocka_unit_test(a_client_that_leaves_is_told_to_the_kubelet),
	    cmocka_unit_test(a_header_block_names_its_stream),
	    cmocka_unit_test(broken_frames_end_it),
	    cmocka_unit_test(more_pongs_than_fit_end_it),
	    cmocka_unit_test(frames_of_no_stream_are_nobody_s),
	    cmocka_unit_test(streams_that_cannot_be_opened_end_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
