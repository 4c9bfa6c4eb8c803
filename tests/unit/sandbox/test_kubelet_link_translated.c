/* The way to the kubelet and back: clients that speak WebSocket, kubelets that speak SPDY. */
#include "tests/unit/sandbox/kubelet_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/mem.h"
#include "tests/sandbox/websocket.h"
#include "tests/unit/sandbox/frames.h"

#define PIECE 16384
#define STALL_MS 300 /* so long nothing moves */
#define CHANNEL_OUT "\1"
#define FINAL 0x80

/* In the order in which the API server opens them. */
enum stream { STREAM_ERROR = 1, STREAM_IN = 3, STREAM_OUT = 5 };

#define OFFER(protocol)                                                                                                \
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                                   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " protocol "\r\n"
#define STREAMS "exec?command=cat&stdin=true&stdout=true"
#define SWITCHING_V5                                                                                                   \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"                             \
	"X-Stream-Protocol-Version: v5.channel.k8s.io\r\n\r\n"

static void switch_protocols(struct peer *p)
{
	struct buf CLEANUP_BUF head = BUF_INIT(FILE_MAX);
	hear_text(p, &head, "\r\n\r\n");
	say_text(p, SWITCHING_V5);
}

static void hear_frame(struct peer *p, struct buf *b)
{
	size_t at = b->len;
	hear(p, b, at + 8);
	if (b->len == at + 8) {
		hear(p, b, at + spdy_frame_size(b->data + at));
	}
}

/* The kubelet replies to each stream that is opened, the last of which is STREAM_OUT. */
static void open_streams(struct peer *p)
{
	switch_protocols(p);
	for (uint32_t stream = STREAM_ERROR; stream <= STREAM_OUT; stream += 2) {
		struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX), reply = BUF_INIT(FILE_MAX);
		hear_frame(p, &asked);
		spdy_frame_reply(&reply, stream);
		say(p, reply.data, reply.len);
	}
}

/* Everything goes out, and `go` is told when it cannot go on for a while, or all is out. */
static void say_until_stalled(struct world *w, struct peer *p, void (*frame)(struct buf *out, size_t at))
{
	struct timeval patience = {.tv_usec = STALL_MS * 1000};
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	for (size_t at = 0, n; at < VOLUME; at += PIECE) {
		struct buf CLEANUP_BUF out = BUF_INIT(2 * PIECE);
		frame(&out, at);
		for (int r; (r = SSL_write_ex(p->ssl, out.data, out.len, &n)) != 1;) {
			if (SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_WRITE) {
				at = VOLUME; /* what is missing fails the test at the other end */
				break;
			}
			if (!w->stalled) {
				w->stalled = true;
				uv_sem_post(&w->go);
			}
		}
	}
	if (!w->stalled) {
		uv_sem_post(&w->go);
	}
}

static void assert_volume(const struct buf *b)
{
	char expected[PIECE];
	assert_int_equal(b->len, VOLUME);
	for (size_t at = 0; at < VOLUME; at += PIECE) {
		fill(expected, at, PIECE);
		assert_memory_equal(b->data + at, expected, PIECE);
	}
}

/* Back-pressure */

static void frame_of_output(struct buf *out, size_t at)
{
	char bytes[PIECE];
	fill(bytes, at, PIECE);
	spdy_frame_data(out, STREAM_OUT, bytes, PIECE);
}

static void say_output(struct world *w, struct peer *p)
{
	open_streams(p);
	say_until_stalled(w, p, frame_of_output);
	hear_end(p);
}

/* Until so much of the output has come. */
static void hear_output(struct peer *p, struct buf *b)
{
	for (size_t n = 0; n < VOLUME;) {
		struct buf CLEANUP_BUF head = BUF_INIT(16), message = BUF_INIT(FILE_MAX);
		hear(p, &head, 2);
		size_t wide = head.len < 2 ? 0 : head.data[1] == 126 ? 2 : head.data[1] == 127 ? 8 : 0;
		hear(p, &head, 2 + wide);
		if (head.len < 2 + wide || head.len < 2) {
			return;
		}
		size_t length = wide ? 0 : (size_t)head.data[1];
		for (size_t i = 0; i < wide; i++) {
			length = length << 8 | (unsigned char)head.data[2 + i];
		}
		hear(p, &message, length);
		if (message.len > 1) {
			buf_append(b, message.data + 1, message.len - 1);
			n += message.len - 1;
		}
	}
}

static void a_client_that_does_not_read_holds_the_command(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF head = BUF_INIT(FILE_MAX), output = BUF_INIT(2 * VOLUME);
	begin(w, say_output);
	ask(w, "GET", STREAMS, OFFER("v5.channel.k8s.io"));
	hear_text(&w->client, &head, "\r\n\r\n");
	uv_sem_wait(&w->go);
	hear_output(&w->client, &output);
	shutdown(w->client.fd, SHUT_RDWR);
	end(w);
	assert_true(w->stalled);
	assert_volume(&output);
}

static void frame_of_input(struct buf *out, size_t at)
{
	char message[1 + PIECE] = {0};
	fill(message + 1, at, PIECE);
	frame_of_client(out, FINAL | WEBSOCKET_BINARY, message, sizeof(message));
}

/* Until all input has come, in whatever frames. */
static void hear_input(struct world *w, struct peer *p)
{
	open_streams(p);
	uv_sem_wait(&w->go);
	while (w->heard.len < VOLUME) {
		struct buf CLEANUP_BUF frame = BUF_INIT(FILE_MAX);
		hear_frame(p, &frame);
		if (frame.len < 8) {
			return;
		}
		spdy_frames_data(frame.data, frame.len, STREAM_IN, &w->heard);
	}
}

static void a_kubelet_that_does_not_read_holds_the_client(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF head = BUF_INIT(FILE_MAX);
	begin(w, hear_input);
	ask(w, "GET", STREAMS, OFFER("v5.channel.k8s.io"));
	hear_text(&w->client, &head, "\r\n\r\n");
	say_until_stalled(w, &w->client, frame_of_input);
	end_after_kubelet(w);
	assert_true(w->stalled);
	assert_volume(&w->heard);
}

/* A client that leaves */

static void say_a_word(struct peer *p)
{
	struct buf CLEANUP_BUF out = BUF_INIT(FILE_MAX);
	spdy_frame_data(&out, STREAM_OUT, "word", 4);
	say(p, out.data, out.len);
}

static void hear_the_end_of_a_command(struct world *w, struct peer *p)
{
	open_streams(p);
	say_a_word(p);
	hear(p, &w->heard, FILE_MAX);
	w->closed = SSL_get_shutdown(p->ssl) & SSL_RECEIVED_SHUTDOWN;
}

/* Until the client has its first word. */
static void begin_a_command(struct world *w)
{
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, hear_the_end_of_a_command);
	ask(w, "GET", STREAMS, OFFER("v5.channel.k8s.io"));
	hear_text(&w->client, &got, CHANNEL_OUT "word");
}

static void hear_the_end_before_its_begin(struct world *w, struct peer *p)
{
	struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX);
	switch_protocols(p);
	hear_frame(p, &asked);
	uv_sem_post(&w->go);
	hear(p, &w->heard, FILE_MAX);
	w->closed = SSL_get_shutdown(p->ssl) & SSL_RECEIVED_SHUTDOWN;
}

static void say_half_a_frame(struct world *w)
{
	struct buf CLEANUP_BUF frame = BUF_INIT(FILE_MAX);
	frame_of_client(&frame, FINAL | WEBSOCKET_BINARY, "\0half a word", 12);
	say(&w->client, frame.data, frame.len - 6);
}

static void say_close(struct world *w)
{
	struct buf CLEANUP_BUF frame = BUF_INIT(FILE_MAX);
	frame_of_client(&frame, FINAL | WEBSOCKET_CLOSE, "\3\350", 2);
	say(&w->client, frame.data, frame.len);
}

static void assert_cancelled(struct world *w, const char *expected)
{
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	spdy_frames_describe(w->heard.data, w->heard.len, &got);
	assert_string_equal(buf_str(&got), expected);
	assert_true(w->closed);
}

#define CANCELS "control 3 of stream 1\ncontrol 3 of stream 3\ncontrol 3 of stream 5\n"

static void a_client_that_leaves_in_the_middle_of_a_message_ends_the_command(void **state)
{
	struct world *w = *state;
	begin_a_command(w);
	say_half_a_frame(w);
	shutdown(w->client.fd, SHUT_RDWR);
	end_after_kubelet(w);
	assert_cancelled(w, "data 0 for stream 3:\nhalf " CANCELS);
}

static void a_client_that_says_that_it_leaves_ends_the_command(void **state)
{
	struct world *w = *state;
	begin_a_command(w);
	say_close(w);
	end_after_kubelet(w);
	assert_cancelled(w, CANCELS);
}

static void a_client_that_leaves_before_its_streams_are_open_ends_the_command(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, hear_the_end_before_its_begin);
	ask(w, "GET", STREAMS, OFFER("v5.channel.k8s.io"));
	hear_text(&w->client, &got, "\r\n\r\n");
	uv_sem_wait(&w->go);
	shutdown(w->client.fd, SHUT_RDWR);
	end_after_kubelet(w);
	assert_cancelled(w, "control 3 of stream 1\n");
}

static void hear_the_end_of_a_tunnel(struct world *w, struct peer *p)
{
	switch_protocols(p);
	hear(p, &w->heard, 6);
	say_text(p, "answer");
	w->closed = hear_end(p);
}

static void a_client_that_leaves_a_tunnel_ends_the_connection(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, hear_the_end_of_a_tunnel);
	ask(w, "GET", "portforward", OFFER("SPDY/3.1+portforward.k8s.io"));
	hear_text(&w->client, &got, "\r\n\r\n");
	say_half_a_frame(w);
	hear_text(&w->client, &got, "\r\n\r\n\x82\6answer");
	shutdown(w->client.fd, SHUT_RDWR);
	end_after_kubelet(w);
	assert_memory_equal(w->heard.data, "\0half ", 6);
	assert_true(w->closed);
}

/* A kubelet that refuses */

static void load(const struct world *w, const char *folder, const char *direction, struct buf *b)
{
	char CLEANUP_FREE *path = xasprintf(TEST_DATA "/%s/%s.%s", folder, w->recording, direction);
	read_file(path, b);
}

static void refuse_as_recorded(struct world *w, struct peer *p)
{
	struct buf CLEANUP_BUF answer = BUF_INIT(FILE_MAX);
	load(w, "kubelet", "s2c", &answer);
	hear_text(p, &w->heard, "\r\n\r\n");
	say(p, answer.data, answer.len);
	hear_end(p);
}

static void recorded_refusals_reach_a_websocket_as_recorded(void **state)
{
	static const char *const names[] = {
	    "canned-exec-204", "canned-exec-302", "canned-exec-400",	  "canned-exec-401", "canned-exec-403",
	    "canned-exec-404", "canned-exec-500", "canned-exec-404-json", "canned-exec-503", "canned-attach"};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX), answer = BUF_INIT(FILE_MAX),
				       got = BUF_INIT(FILE_MAX);
		w->recording = names[i];
		load(w, "kubelet-proxy", "c2s", &asked);
		load(w, "kubelet-proxy", "s2c", &answer);
		begin(w, refuse_as_recorded);
		size_t head = (size_t)(strstr(buf_str(&asked), "\r\n\r\n") - asked.data) + 4;
		say(&w->client, asked.data, head);
		hear(&w->client, &got, answer.len);
		say(&w->client, asked.data + head, asked.len - head); /* CLOSE; some left without */
		shutdown(w->client.fd, SHUT_WR);
		hear(&w->client, &got, FILE_MAX);
		end(w);
		assert_int_equal(got.len, answer.len);
		assert_memory_equal(got.data, answer.data, answer.len);
	}
}

/* Is each line of a recorded head in this one? Some differ each time, and the words for a number are libmicrohttpd's.
 */
static void assert_same_head(const struct world *w, char *recorded, const char *got)
{
	assert_int_equal(strncmp(recorded, got, strlen("HTTP/1.1 418 ")), 0);
	strsep(&recorded, "\n");
	for (char *line; (line = strsep(&recorded, "\n")) && line[0] != '\r';) {
		bool differs = strncmp(line, "Date:", 5) == 0 || strncmp(line, "Audit-Id:", 9) == 0;
		if (!differs && !strstr(got, line)) {
			fail_msg("%s: no \"%s\" in %s", w->recording, line, got);
		}
	}
}

static void recorded_refusals_reach_others_with_status_head_and_body(void **state)
{
	static const char *const names[] = {"canned-exec-spdy-204", "canned-exec-spdy-302", "canned-exec-spdy-400",
					    "canned-exec-spdy-401", "canned-exec-spdy-403", "canned-exec-spdy-404",
					    "canned-exec-spdy-500", "canned-exec-spdy-503", "canned-portforward"};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX), answer = BUF_INIT(FILE_MAX),
				       got = BUF_INIT(FILE_MAX);
		w->recording = names[i];
		load(w, "kubelet-proxy", "c2s", &asked);
		load(w, "kubelet-proxy", "s2c", &answer);
		const char *body = strstr(buf_str(&answer), "\r\n\r\n");
		begin(w, refuse_as_recorded);
		say(&w->client, asked.data, asked.len);
		hear_text(&w->client, &got, "\r\n\r\n");
		hear(&w->client, &got, got.len + strlen(body + 4));
		shutdown(w->client.fd, SHUT_RDWR);
		end(w);
		assert_non_null(strstr(buf_str(&got), body));
		assert_same_head(w, answer.data, buf_str(&got));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LINKED(a_client_that_does_not_read_holds_the_command),
	    LINKED(a_kubelet_that_does_not_read_holds_the_client),
	    LINKED(a_client_that_leaves_in_the_middle_of_a_message_ends_the_command),
	    LINKED(a_client_that_says_that_it_leaves_ends_the_command),
	    LINKED(a_client_that_leaves_before_its_streams_are_open_ends_the_command),
	    LINKED(a_client_that_leaves_a_tunnel_ends_the_connection),
	    LINKED(recorded_refusals_reach_a_websocket_as_recorded),
	    LINKED(recorded_refusals_reach_others_with_status_head_and_body),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
