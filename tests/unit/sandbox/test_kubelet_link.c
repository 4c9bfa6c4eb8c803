/* The way to the kubelet and back: what passes as it is. */
#include "tests/unit/sandbox/kubelet_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define RECORDED TEST_DATA "/kubelet/k120-exec-tty"

/* Recorded sessions */

static void speak_as_recorded(struct world *w, struct peer *p)
{
	struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX);
	struct buf CLEANUP_BUF answer = BUF_INIT(FILE_MAX);
	read_file(RECORDED ".c2s", &asked);
	read_file(RECORDED ".s2c", &answer);
	hear_text(p, &w->heard, "\r\n\r\n");
	size_t head = (size_t)(strstr(answer.data, "\r\n\r\n") - answer.data) + 4;
	say(p, answer.data, head);
	hear(p, &w->heard, asked.len);
	say(p, answer.data + head, answer.len - head);
}

/* The recorded head as kubectl sent it to the API server: requests.txt has both. */
static void send_recorded_head(struct world *w)
{
	struct buf CLEANUP_BUF all = BUF_INIT(FILE_MAX);
	read_file(TEST_DATA "/kubelet-proxy/requests.txt", &all);
	char *p = strstr(all.data, "# k120-exec-tty\n");
	assert_non_null(p);
	p = strchr(p, '\n') + 1;
	*strstr(p, "\n\n") = 0;
	for (char *line; (line = strsep(&p, "\n"));) {
		say_text(&w->client, line);
		say_text(&w->client, "\r\n");
	}
	say_text(&w->client, "\r\n");
}

static void a_recorded_session_passes_byte_for_byte(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF asked = BUF_INIT(FILE_MAX);
	struct buf CLEANUP_BUF answer = BUF_INIT(FILE_MAX);
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	read_file(RECORDED ".c2s", &asked);
	read_file(RECORDED ".s2c", &answer);
	begin(w, speak_as_recorded);
	send_recorded_head(w);
	hear_text(&w->client, &got, "\r\n\r\n");
	const char *frames = strstr(asked.data, "\r\n\r\n") + 4;
	say(&w->client, frames, asked.len - (size_t)(frames - asked.data));
	hear(&w->client, &got, FILE_MAX);
	end(w);
	assert_string_equal(w->subject, "/O=system:masters/CN=kube-apiserver-kubelet-client");
	assert_int_equal(w->heard.len, asked.len);
	assert_memory_equal(w->heard.data, asked.data, asked.len);
	assert_int_equal(got.len, answer.len);
	assert_memory_equal(got.data, answer.data, answer.len);
}

static void say_no(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\nX-Why: w\r\n\r\nno\n");
}

static void a_refused_upgrade_is_passed_on_with_its_words(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, say_no);
	ask(w, "POST", "exec?command=id&stdout=true", UPGRADE);
	hear_text(&w->client, &got, "\r\n\r\nno\n");
	end(w);
	assert_int_equal(strncmp(buf_str(&got), "HTTP/1.1 403 Forbidden\r\n", 24), 0);
	assert_non_null(strstr(buf_str(&got), "X-Why: w\r\n"));
	assert_non_null(strstr(buf_str(&got), "Content-Length: 3\r\n"));
}

/* Volume */

static void say_volume(struct peer *p)
{
	char bytes[65536];
	for (size_t at = 0; at < VOLUME; at += sizeof(bytes)) {
		fill(bytes, at, sizeof(bytes));
		say(p, bytes, sizeof(bytes));
	}
}

static void assert_volume(const char *bytes)
{
	char expected[65536];
	for (size_t at = 0; at < VOLUME; at += sizeof(expected)) {
		fill(expected, at, sizeof(expected));
		assert_memory_equal(bytes + at, expected, sizeof(expected));
	}
}

/* Everything goes out before anything is read: so much fits nowhere in between, the other end has to be read. */
static void take_and_give_volume(struct world *w, struct peer *p)
{
	struct buf head = BUF_INIT(FILE_MAX);
	hear_text(p, &head, "\r\n\r\n");
	buf_done(&head);
	say_text(p, SWITCHING);
	hear(p, &w->heard, VOLUME);
	say_volume(p);
}

static void much_passes_unharmed_in_both_directions(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(2 * VOLUME);
	begin(w, take_and_give_volume);
	ask(w, "POST", "portforward", UPGRADE);
	hear_text(&w->client, &got, "\r\n\r\n");
	say_volume(&w->client);
	size_t head = got.len;
	hear(&w->client, &got, head + VOLUME);
	end(w);
	assert_int_equal(w->heard.len, VOLUME);
	assert_volume(w->heard.data);
	assert_int_equal(got.len, head + VOLUME);
	assert_volume(got.data + head);
}

/* Logs */

#define LOG_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/odd\r\nTransfer-Encoding: chunked\r\n\r\n"

static void say_pieces(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, LOG_HEAD "4\r\none\n\r\n");
	uv_sem_wait(&w->go);
	say_text(p, "4\r\ntwo\n\r\n0\r\n\r\n");
}

static void a_log_comes_piece_by_piece_as_text(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, say_pieces);
	ask(w, "GET", "log?follow=true", "");
	hear_text(&w->client, &got, "4\r\none\n\r\n");
	uv_sem_post(&w->go);
	hear_text(&w->client, &got, "0\r\n\r\n");
	end(w);
	assert_non_null(strstr(buf_str(&got), "Content-Type: text/plain\r\n"));
	assert_null(strstr(buf_str(&got), "odd"));
	assert_non_null(strstr(buf_str(&got), "4\r\ntwo\n\r\n0\r\n\r\n"));
	assert_int_equal(
	    strncmp(buf_str(&w->heard), "GET /containerLogs/default/run-1/main?follow=true HTTP/1.1\r\n", 60), 0);
}

static void say_one_and_wait(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, LOG_HEAD "4\r\none\n\r\n");
	w->closed = hear_end(p);
	uv_sem_post(&w->go);
}

static void a_client_that_leaves_a_log_is_noticed_at_the_kubelet(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, say_one_and_wait);
	ask(w, "GET", "log?follow=true", "");
	hear_text(&w->client, &got, "one\n");
	shutdown(w->client.fd, SHUT_RDWR);
	uv_sem_wait(&w->go);
	end(w);
	assert_true(w->closed);
}

static void break_off(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, LOG_HEAD "9\r\none\n");
}

static void a_log_that_breaks_off_is_no_log_that_ends(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, break_off);
	ask(w, "GET", "log", "");
	hear(&w->client, &got, FILE_MAX);
	end(w);
	assert_non_null(strstr(buf_str(&got), "HTTP/1.1 200 OK\r\n"));
	assert_null(strstr(buf_str(&got), "0\r\n\r\n"));
}

/* A log from which the client does not read until it was all said would not end; one that it reads slowly must. */
static void say_long_log(struct world *w, struct peer *p)
{
	char bytes[65536];
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, "HTTP/1.1 200 OK\r\n\r\n");
	for (size_t at = 0; at < VOLUME; at += sizeof(bytes)) {
		memset(bytes, 'a' + (int)(at / sizeof(bytes) % 26), sizeof(bytes));
		say(p, bytes, sizeof(bytes));
	}
	SSL_shutdown(p->ssl);
}

static void a_long_log_waits_for_its_reader(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(2 * VOLUME);
	size_t letters = 0;
	begin(w, say_long_log);
	ask(w, "GET", "log", "Connection: close\r\n");
	hear(&w->client, &got, 2 * VOLUME);
	end(w);
	const char *body = strstr(buf_str(&got), "\r\n\r\n");
	assert_non_null(body);
	for (const char *p = body + 4; *p; p++) { /* chunk sizes may have letters: counted and found again below */
		letters += *p >= 'g' && *p <= 'z';
	}
	size_t expected = 0;
	for (size_t at = 0; at < VOLUME; at += 65536) {
		expected += at / 65536 % 26 >= 6 ? 65536 : 0;
	}
	assert_int_equal(letters, expected);
}

/* What goes wrong */

static void ask_log_and_end(struct world *w, const char *target, struct buf *got)
{
	ask(w, "GET", target, "Connection: close\r\n");
	hear(&w->client, got, FILE_MAX);
	end(w);
}

static void a_kubelet_that_is_not_there_is_named(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	close(w->listener);
	w->listener = -1;
	begin(w, NULL);
	ask_log_and_end(w, "log", &got);
	char CLEANUP_FREE *why = xasprintf("dial tcp 127.0.0.1:%u: connect: connection refused", w->kubelet_port);
	assert_non_null(strstr(buf_str(&got), why));
	assert_non_null(strstr(buf_str(&got), "HTTP/1.1 500 "));
}

static void never(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
}

static void a_kubelet_of_another_authority_is_refused_when_one_is_configured(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	struct pki *other = pki_new(front_now(), &e);
	w->authority = pki_ca(other);
	begin(w, never);
	ask_log_and_end(w, "log", &got);
	pki_free(other);
	assert_non_null(strstr(buf_str(&got), "tls: failed to verify certificate: x509: "));
	assert_int_equal(w->heard.len, 0);
}

static void a_client_may_do_without_that_for_logs(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	struct pki *other = pki_new(front_now(), &e);
	w->authority = pki_ca(other);
	begin(w, say_no);
	ask_log_and_end(w, "log?insecureSkipTLSVerifyBackend=true", &got);
	pki_free(other);
	assert_non_null(strstr(buf_str(&got), "no\\n ( pods/log run-1)"));
}

static void a_kubelet_that_chooses_http_2_is_an_error_that_says_so(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	w->alpn = "\x02h2";
	begin(w, never);
	ask_log_and_end(w, "log", &got);
	assert_non_null(strstr(buf_str(&got), "the kubelet chose HTTP/2"));
}

static void hold_open(struct world *w, struct peer *p)
{
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, SWITCHING);
	w->closed = hear_end(p);
}

static void a_front_that_ends_closes_what_it_tunnels(void **state)
{
	struct world *w = *state;
	struct buf CLEANUP_BUF got = BUF_INIT(FILE_MAX);
	begin(w, hold_open);
	ask(w, "POST", "attach?stdout=true", UPGRADE);
	hear_text(&w->client, &got, "\r\n\r\n");
	end(w);
	assert_true(w->closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LINKED(a_recorded_session_passes_byte_for_byte),
	    LINKED(a_refused_upgrade_is_passed_on_with_its_words),
	    LINKED(much_passes_unharmed_in_both_directions),
	    LINKED(a_log_comes_piece_by_piece_as_text),
	    LINKED(a_client_that_leaves_a_log_is_noticed_at_the_kubelet),
	    LINKED(a_log_that_breaks_off_is_no_log_that_ends),
	    LINKED(a_long_log_waits_for_its_reader),
	    LINKED(a_kubelet_that_is_not_there_is_named),
	    LINKED(a_kubelet_of_another_authority_is_refused_when_one_is_configured),
	    LINKED(a_client_may_do_without_that_for_logs),
	    LINKED(a_kubelet_that_chooses_http_2_is_an_error_that_says_so),
	    LINKED(a_front_that_ends_closes_what_it_tunnels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
