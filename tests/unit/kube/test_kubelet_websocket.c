#include "kube/remote_ws.h"
#include "tests/unit/kube/kubelet_rig.h"

#define KEY "UjmAzVc/mu8Owu6N25FsIg=="
#define ACCEPT "PxwEBED55DgNmhlWuslhB32pT2w="
#define EXEC "/exec/d/p/c?command=cat&input=1&output=1"
#define ASK(method, path, headers)                                                                                     \
	method " " path " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" headers "\r\n"
#define WEBSOCKET(path, protocol)                                                                                      \
	ASK("GET", path,                                                                                               \
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Protocol: " protocol "\r\n")
#define FIN 0x80
#define TEXT 1
#define BINARY 2
#define CLOSE 8
#define PING 9

/* ---- frames ---- */

/* As a client sends them: masked. */
static void send_frame(struct fixture *f, int first, const void *payload, size_t n)
{
	static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
	CLEANUP_BUF struct buf frame = BUF_INIT(64u << 20);
	buf_putc(&frame, (char)first);
	if (n < 126) {
		buf_putc(&frame, (char)(0x80 | n));
	} else {
		buf_putc(&frame, (char)(0x80 | 127));
		for (int shift = 56; shift >= 0; shift -= 8) {
			buf_putc(&frame, (char)((uint64_t)n >> shift));
		}
	}
	buf_append(&frame, mask, 4);
	for (size_t i = 0; i < n; i++) {
		buf_putc(&frame, (char)(((const unsigned char *)payload)[i] ^ mask[i % 4]));
	}
	tls_client_send(&f->client, frame.data, frame.len);
}

#define SEND(f, first, text) send_frame(f, first, text, sizeof(text) - 1)

/* The next frame of the server, taken off what has come; false: it is not there yet. */
static bool take_frame(struct buf *in, int *ret_first, struct buf *ret_payload)
{
	const unsigned char *p = (const unsigned char *)in->data;
	size_t head = 2, n;
	if (in->len < 2) {
		return false;
	}
	assert_false(p[1] & 0x80); /* a server masks nothing */
	n = p[1];
	if (n >= 126) {
		size_t digits = n == 126 ? 2 : 8;
		head += digits;
		if (in->len < head) {
			return false;
		}
		n = 0;
		for (size_t i = 0; i < digits; i++) {
			n = n << 8 | p[2 + i];
		}
	}
	if (in->len < head + n) {
		return false;
	}
	*ret_first = p[0];
	buf_done(ret_payload);
	buf_init(ret_payload, 64u << 20);
	buf_append(ret_payload, in->data + head, n);
	buf_consume(in, head + n);
	return true;
}

static void assert_frame(struct fixture *f, int first, const char *payload, size_t n)
{
	CLEANUP_BUF struct buf got = BUF_INIT(1);
	int got_first = 0;
	while (!take_frame(&f->client.in, &got_first, &got)) {
		assert_false(f->client.closed);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(got_first, first);
	assert_int_equal(got.len, n);
	if (n) {
		assert_memory_equal(got.data, payload, n);
	}
}

#define EXPECT(f, first, text) assert_frame(f, first, text, sizeof(text) - 1)

static void expect_head(struct fixture *f, const char *head)
{
	run_until_heard(f, "\r\n\r\n");
	assert_memory_equal(f->client.in.data, head, strlen(head));
	buf_consume(&f->client.in, strlen(head));
}

#define ANSWER(accept, protocol)                                                                                       \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"                            \
	"Sec-WebSocket-Accept: " accept "\r\n" protocol "\r\n"

static void start(struct fixture *f, const char *request)
{
	dial(f, &admin);
	tls_client_text(&f->client, request);
	run_until_heard(f, "\r\n\r\n");
	assert_status(buf_str(&f->client.in), 101);
	buf_consume(&f->client.in, (size_t)(strstr(f->client.in.data, "\r\n\r\n") + 4 - f->client.in.data));
}

/* "cat", whose first words have been heard. */
static void start_exec(struct fixture *f)
{
	start(f, WEBSOCKET(EXEC, "v5.channel.k8s.io"));
	EXPECT(f, FIN | BINARY, "\1");
	EXPECT(f, FIN | BINARY, "\1started\n");
}

static void run_until_cancelled(struct fixture *f)
{
	while (!f->cancelled) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

/* ---- whole sessions ---- */

static void replay(struct fixture *f, const char *name, size_t without_last)
{
	char path[256];
	struct err e = {0};
	size_t n;
	snprintf(path, sizeof(path), TEST_DATA "/kubelet/%s", name);
	CLEANUP_FREE char *all = file_read(path, 1 << 20, &n, &e);
	size_t head = (size_t)(strstr(all, "\r\n\r\n") + 4 - all);
	dial(f, &admin);
	tls_client_send(&f->client, all, head);
	run_until_heard(f, "\r\n\r\n");
	tls_client_send(&f->client, all + head, n - head - without_last);
}

static void a_recorded_exec_runs_over_a_websocket(void **state)
{
	struct fixture *f = *state;
	replay(f, "wsnode-exec-stdin.c2s", 0);
	expect_head(f, ANSWER(ACCEPT, "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"));
	EXPECT(f, FIN | BINARY, "\1");
	EXPECT(f, FIN | BINARY, "\1started\n");
	EXPECT(f, FIN | BINARY, "\1hello stdin\n");
	EXPECT(
	    f, FIN | BINARY,
	    "\3{\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code: exit status 3\","
	    "\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}");
	EXPECT(f, FIN | CLOSE, "\x03\xe8");
	SEND(f, FIN | CLOSE, "\x03\xe8");
	run_until_closed(f);
	assert_string_equal(buf_str(&f->input), "hello stdin\n");
	assert_int_equal(f->cancelled, 0);
	assert_string_equal(buf_str(&f->log), "GET /exec/default/run-1/main 101 admin\n");
}

static void a_recorded_terminal_runs_over_a_websocket(void **state)
{
	struct fixture *f = *state;
	replay(f, "wsnode-exec-tty.c2s", 0);

	run_until_heard(f, "exit 7\n");
	assert_string_equal(buf_str(&f->input), "stty size\nstty size\nexit 7\n");
	assert_string_equal(buf_str(&f->log), "GET /exec/default/run-1/main 101 admin\n80x24\n120x40\n");
	remote_exited(f->remote, 7);
	run_until_heard(f, "\x88\x02\x03\xe8");
	assert_non_null(memmem(f->client.in.data, f->client.in.len, "exit status 7", 13));
}

static void a_recorded_port_forward_runs_through_a_websocket(void **state)
{
	struct fixture *f = *state;
	replay(f, "wsnode-port-forward.c2s", 8); /* without its CLOSE */
	run_until_heard(f, "ocol: SPDY/3.1+portforward.k8s.io\r\n");
	run_until_heard(f, "GET / HTTP/1.1\r\nHost: x"); /* the echo */
	SEND(f, FIN | CLOSE, "\x03\xe8");
	run_until_closed(f);
	while (!f->overs) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(f->overs, 1);
}

static void a_port_forward_in_messages_dials_the_ports_of_its_query(void **state)
{
	struct fixture *f = *state;
	start(f, WEBSOCKET("/portForward/d/p?port=80", "v5.channel.k8s.io,v4.channel.k8s.io"));
	EXPECT(f, FIN | BINARY, "\0\x50\0");
	EXPECT(f, FIN | BINARY, "\1\x50\0");
	SEND(f, FIN | BINARY, "\0hello");
	EXPECT(f, FIN | BINARY, "\0hello"); /* the echo */
	SEND(f, FIN | CLOSE, "\x03\xe8");
	run_until_closed(f);
	assert_int_equal(f->overs, 1);
}

static void protocols_in_base64_send_text(void **state)
{
	struct fixture *f = *state;
	start(f, WEBSOCKET(EXEC, "chat, v4.base64.channel.k8s.io"));
	EXPECT(f, FIN | TEXT, "1");
	EXPECT(f, FIN | TEXT, "1c3RhcnRlZAo=");
	SEND(f, FIN | TEXT, "0aGkK");
	EXPECT(f, FIN | TEXT, "1aGkK");
}

static void a_client_may_offer_no_protocol_and_may_post(void **state)
{
	struct fixture *f = *state;
	dial(f, &admin);
	tls_client_text(&f->client, ASK("POST", EXEC, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n"));
	expect_head(f, ANSWER(ACCEPT, ""));
	EXPECT(f, FIN | BINARY, "\1");
	EXPECT(f, FIN | BINARY, "\1started\n");
}

/* ---- refusals ---- */

static void what_is_no_good_upgrade_is_refused_and_starts_nothing(void **state)
{
	struct fixture *f = *state;
#define KEYED "Sec-WebSocket-Key: " KEY "\r\n"
#define VERSIONED "Sec-WebSocket-Version: 13\r\n"
	static const struct {
		const struct cert *who;
		const char *request;
		int status;
		const char *sentence;
	} cases[] = {
	    {NULL, WEBSOCKET(EXEC, "v5.channel.k8s.io"), 401, "Unauthorized"},
	    {&reader, WEBSOCKET(EXEC, "v5.channel.k8s.io"), 403, "reader"},
	    {&reader, WEBSOCKET("/portForward/d/p", "SPDY/3.1+portforward.k8s.io"), 403, "reader"},
	    {&admin, ASK("GET", EXEC, KEYED), 400, "Sec-WebSocket-Version is not 13"},
	    {&admin, ASK("GET", EXEC, KEYED "Sec-WebSocket-Version: 8\r\n"), 400, "Sec-WebSocket-Version is not 13"},
	    {&admin, ASK("GET", EXEC, VERSIONED), 400, "Sec-WebSocket-Key is not 16 bytes in base64"},
	    {&admin, ASK("GET", EXEC, VERSIONED "Sec-WebSocket-Key: AAAA\r\n"), 400, "is not 16 bytes in base64"},
	    {&admin, WEBSOCKET(EXEC, "chat"), 400, "v4.base64.channel.k8s.io"},
	    {&admin, WEBSOCKET(EXEC, "v5.channel.k8s.io") "\x82", 400, "bytes before the upgrade was answered"},
	    {&admin,
	     "GET " EXEC " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUpgrade: websocket\r\n" VERSIONED KEYED "\r\n",
	     400, "no Connection: Upgrade"},
	    {&admin, WEBSOCKET("/portForward/d/p", "v4.channel.k8s.io"), 400,
	     "query parameter \\\"port\\\" is required"},
	    {&admin, WEBSOCKET("/portForward/d/p?port=0", "v4.channel.k8s.io"), 400,
	     "invalid value 0 of parameter port"},
	    {&admin, WEBSOCKET("/portForward/d/p?port=%ff", "v4.channel.k8s.io"), 400,
	     "invalid value ? of parameter port"},
	    {&admin, WEBSOCKET("/portForward/d/p?port=80", "v5.channel.k8s.io"), 400,
	     "SPDY/3.1+portforward.k8s.io, v4.channel.k8s.io"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *answer = ask(f, cases[i].who, cases[i].request);
		assert_status(answer, cases[i].status);
		if (!strstr(answer, cases[i].sentence)) {
			fail_msg("wanted \"%s\" in %s", cases[i].sentence, answer);
		}
	}
	assert_null(f->remote);
	assert_int_equal(f->overs, 0);
}

/* ---- messages ---- */

static void a_message_comes_together_however_it_is_cut(void **state)
{
	struct fixture *f = *state;
	static const unsigned char frame[] = {0x82, 0x83, 0, 0, 0, 0, 0, 'h', 'i'};
	start_exec(f);
	SEND(f, BINARY, "");
	SEND(f, 0, "\0he");
	SEND(f, FIN | PING, "there?");
	SEND(f, FIN | 0, "llo");
	EXPECT(f, FIN | 0xa, "there?");
	EXPECT(f, FIN | BINARY, "\1hello");
	for (size_t i = 0; i < sizeof(frame); i++) {
		tls_client_send(&f->client, frame + i, 1);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	EXPECT(f, FIN | BINARY, "\1hi");
	SEND(f, FIN | BINARY, ""); /* a sign of life */
	SEND(f, FIN | BINARY, "\0again");
	EXPECT(f, FIN | BINARY, "\1again");
}

static void a_message_of_any_length_passes_in_parts(void **state)
{
	struct fixture *f = *state;
	size_t n = (size_t)3 << 20;
	CLEANUP_FREE char *large = xcalloc(1, n);
	for (size_t i = 1; i < n; i++) {
		large[i] = (char)(i * 7 >> 5);
	}
	f->silent = true;
	start(f, WEBSOCKET(EXEC, "v5.channel.k8s.io"));
	EXPECT(f, FIN | BINARY, "\1");
	send_frame(f, FIN | BINARY, large, n);
	while (f->input.len < n - 1) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(f->input.len, n - 1);
	assert_memory_equal(f->input.data, large + 1, n - 1);
	SEND(f, FIN | BINARY, "\xff\0"); /* the next one is no part of it */
	run_until_heard(f, "exit status 3");
}

static void a_message_in_base64_that_is_too_long_ends_the_session(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *large = xmalloc(REMOTE_WS_MESSAGE_MAX + 1);
	memset(large, 'A', REMOTE_WS_MESSAGE_MAX + 1);
	large[0] = '0';
	f->silent = true;
	start(f, WEBSOCKET(EXEC, "v4.base64.channel.k8s.io"));
	EXPECT(f, FIN | TEXT, "1");
	send_frame(f, FIN | TEXT, large, REMOTE_WS_MESSAGE_MAX - 3);
	while (!f->input.len) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(f->input.len, (REMOTE_WS_MESSAGE_MAX - 4) / 4 * 3);
	send_frame(f, FIN | TEXT, large, REMOTE_WS_MESSAGE_MAX + 1);
	EXPECT(f, FIN | CLOSE, "\x03\xf1");
	SEND(f, FIN | CLOSE, "\x03\xf1");
	run_until_closed(f);
	assert_int_equal(f->cancelled, 1);
}

/* With a CLOSE, or with the connection itself. */
static void run_until_the_server_ends_it(struct fixture *f)
{
	int first = 0;
	CLEANUP_BUF struct buf payload = BUF_INIT(1);
	while (first != (FIN | CLOSE) && !f->client.closed) {
		if (!take_frame(&f->client.in, &first, &payload)) {
			uv_run(&f->loop, UV_RUN_ONCE);
		}
	}
}

static void nonsense_ends_the_session_and_cancels_once(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *bytes;
		size_t n;
	} nonsense[] = {
	    {"\x83\x80\0\0\0\0", 6},	 /* no such kind of frame */
	    {"\xf2\x81\0\0\0\0\0", 7},	 /* reserved bits */
	    {"\x89\xfe\1\0\0\0\0\0", 8}, /* a ping that is too long */
	    {"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14},
	    {"\x82\x82\0\0\0\0\1x", 8},	   /* a channel that is not the client's */
	    {"\x82\x82\0\0\0\0\xff\7", 8}, /* the end of one that is none */
	    {"GET / HTTP/1.1\r\n\r\n", 18},
	};
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		f->cancelled = 0;
		start_exec(f);
		tls_client_send(&f->client, nonsense[i].bytes, nonsense[i].n);
		run_until_the_server_ends_it(f);
		hang_up(f); /* without an answer libwebsockets would wait for one for five seconds */
		run_until_cancelled(f);
		assert_int_equal(f->cancelled, 1);
	}
	assert_int_equal(f->input.len, 0);
}

/* ---- ends ---- */

static void a_client_that_vanishes_cancels_once(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	hang_up(f);
	run_until_cancelled(f);
	start_exec(f);
	assert_int_equal(f->cancelled, 1);
}

static void a_client_that_closes_cancels_once(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	SEND(f, FIN | CLOSE, "\x03\xe8");
	EXPECT(f, FIN | CLOSE, "\x03\xe8");
	run_until_closed(f);
	assert_int_equal(f->cancelled, 1);
}

static void the_end_of_the_port_ends_websockets(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	kubelet_port_free(f->port);
	f->port = NULL;
	assert_int_equal(f->cancelled, 1);
}

static void a_process_that_is_over_before_it_began_is_told(void **state)
{
	struct fixture *f = *state;
	dial(f, &admin);
	tls_client_text(&f->client, WEBSOCKET(EXEC, "v5.channel.k8s.io"));
	while (!f->remote) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	remote_failed(f->remote, "there is no agent \xff");
	run_until_heard(f, "\x88\x02\x03\xe8");
	assert_non_null(
	    memmem(f->client.in.data, f->client.in.len, "Internal error occurred: there is no agent ?", 44));
}

/* ---- who waits for whom ---- */

static void the_process_is_held_while_the_client_does_not_read_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	size_t wrote = 0, read = 0;
	char piece[8192];
	memset(piece, 'x', sizeof(piece));
	f->silent = true;
	start(f, WEBSOCKET(EXEC, "v5.channel.k8s.io"));
	EXPECT(f, FIN | BINARY, "\1");
	uv_read_stop((uv_stream_t *)&f->client.tcp);
	/* As much as sockets on the way hold, which may be megabytes, then no more. */
	while (!f->held) {
		remote_output(f->remote, REMOTE_STDOUT, piece, sizeof(piece));
		wrote += sizeof(piece);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	remote_exited(f->remote, 0);
	uv_read_start((uv_stream_t *)&f->client.tcp, tiny_alloc, tls_client_read);
	int first = 0;
	CLEANUP_BUF struct buf payload = BUF_INIT(1);
	while (first != (FIN | CLOSE)) {
		if (take_frame(&f->client.in, &first, &payload)) {
			read += first == (FIN | BINARY) && payload.data[0] == 1 ? payload.len - 1 : 0;
		} else {
			assert_false(f->client.closed);
			uv_run(&f->loop, UV_RUN_ONCE);
		}
	}
	assert_int_equal(read, wrote);
	assert_int_equal(f->cancelled, 0);
}

static void the_client_is_held_while_the_process_does_not_read_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	char message[4097] = {0};
	size_t many = 2000;
	f->silent = true;
	start(f, WEBSOCKET(EXEC, "v5.channel.k8s.io"));
	EXPECT(f, FIN | BINARY, "\1");
	remote_input_full(f->remote, true);
	for (size_t i = 0; i < many; i++) {
		memset(message + 1, (int)('a' + i % 26), sizeof(message) - 1);
		send_frame(f, FIN | BINARY, message, sizeof(message));
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(f->input.len, 0);
	/* One more each time: what was read already is given out without anything more coming. */
	for (size_t heard = 0; f->input.len < many * (sizeof(message) - 1); heard = f->input.len) {
		remote_input_full(f->remote, false);
		while (f->input.len == heard) {
			uv_run(&f->loop, UV_RUN_ONCE);
		}
		remote_input_full(f->remote, true);
	}
	for (size_t i = 0; i < many; i++) {
		assert_int_equal(f->input.data[i * (sizeof(message) - 1)], 'a' + i % 26);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_recorded_exec_runs_over_a_websocket),
	    TEST(a_recorded_terminal_runs_over_a_websocket),
	    TEST(a_recorded_port_forward_runs_through_a_websocket),
	    TEST(a_port_forward_in_messages_dials_the_ports_of_its_query),
	    TEST(protocols_in_base64_send_text),
	    TEST(a_client_may_offer_no_protocol_and_may_post),
	    TEST(what_is_no_good_upgrade_is_refused_and_starts_nothing),
	    TEST(a_message_comes_together_however_it_is_cut),
	    TEST(a_message_of_any_length_passes_in_parts),
	    TEST(a_message_in_base64_that_is_too_long_ends_the_session),
	    TEST(nonsense_ends_the_session_and_cancels_once),
	    TEST(a_client_that_vanishes_cancels_once),
	    TEST(a_client_that_closes_cancels_once),
	    TEST(the_end_of_the_port_ends_websockets),
	    TEST(a_process_that_is_over_before_it_began_is_told),
	    TEST(the_process_is_held_while_the_client_does_not_read_and_nothing_is_lost),
	    TEST(the_client_is_held_while_the_process_does_not_read_and_nothing_is_lost),
	};
	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
