/* The way to the kubelet and back with real sockets and TLS: the sandbox on one thread, a scripted kubelet on another,
 * the client here. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/kubelet_link.h"
#include "tests/unit/sandbox/kube_rig.h"

#define PATIENCE_S 20
#define FILE_MAX ((size_t)1 << 20)
#define VOLUME ((size_t)24 << 20)
#define RECORDED TEST_DATA "/kubelet/k120-exec-tty"

/* One end of a connection, blocking. */
struct peer {
	int fd;
	SSL *ssl;
};

static void peer_done(struct peer *p)
{
	SSL_free(p->ssl);
	close(p->fd);
}

static void be_patient(int fd)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static void say(struct peer *p, const char *bytes, size_t n)
{
	while (n) {
		size_t k = 0;
		if (SSL_write_ex(p->ssl, bytes, n, &k) != 1) {
			return; /* what is missing fails the test at the other end */
		}
		bytes += k;
		n -= k;
	}
}

static void say_text(struct peer *p, const char *text)
{
	say(p, text, strlen(text));
}

/* Until n bytes are there in all, or the peer closes. */
static void hear(struct peer *p, struct buf *b, size_t n)
{
	char bytes[16384];
	size_t k = 0;
	while (b->len < n &&
	       SSL_read_ex(p->ssl, bytes, n - b->len < sizeof(bytes) ? n - b->len : sizeof(bytes), &k) == 1) {
		buf_append(b, bytes, k);
	}
}

static void hear_text(struct peer *p, struct buf *b, const char *until)
{
	char byte;
	size_t k = 0;
	while (!strstr(buf_str(b), until) && SSL_read_ex(p->ssl, &byte, 1, &k) == 1) {
		buf_append(b, &byte, 1);
	}
}

/* The world */

struct world {
	struct pki *pki;
	struct rig rig; /* of the sandbox's thread once that runs */
	const char *authority;

	uv_thread_t sandbox;
	uv_loop_t loop;
	uv_async_t stop;
	uv_sem_t ready;
	struct front *front;
	struct kubelet_links *links;
	uint16_t port;

	uv_thread_t kubelet;
	int listener;
	uint16_t kubelet_port;
	SSL_CTX *server_tls, *client_tls;
	void (*script)(struct world *w, struct peer *p);
	uv_sem_t go;
	struct buf heard; /* by the kubelet */
	char subject[256];
	bool closed; /* the kubelet saw the end of its connection */
	struct peer client;
};

static void end_sandbox(uv_async_t *stop)
{
	struct world *w = stop->data;
	front_free(w->front);
	kubelet_links_free(w->links);
	uv_close((uv_handle_t *)stop, NULL);
}

static void carry(void *arg, struct kubelet_call *call, struct sandbox_response *res)
{
	struct world *w = arg;
	kubelet_links_carry(w->links, call, res);
}

static void make_objects(struct world *w)
{
	char CLEANUP_FREE *status = xasprintf("{'status':{'addresses':[{'type':'InternalIP','address':'127.0.0.1'}],"
					      "'daemonEndpoints':{'kubeletEndpoint':{'Port':%u}}}}",
					      w->kubelet_port);
	assert_int_equal(rig_send(&w->rig, "POST", "/api/v1/nodes", "{'metadata':{'name':'n'}}"), 201);
	assert_int_equal(rig_patch(&w->rig, "application/merge-patch+json", "/api/v1/nodes/n/status", status), 200);
	assert_int_equal(rig_send(&w->rig, "POST", "/api/v1/namespaces/default/pods",
				  "{'metadata':{'name':'run-1'},'spec':{'nodeName':'n','containers':[{'name':'main',"
				  "'image':'i'}]}}"),
			 201);
}

static void run_sandbox(void *arg)
{
	static const char *const masters[] = {"system:masters"};
	struct world *w = arg;
	struct err e = {0};
	struct pki_pair pair = {0};
	struct front_options options = {.name = "test",
					.certificate = pki_server(w->pki)->certificate,
					.key = pki_server(w->pki)->key,
					.client_ca = pki_ca(w->pki),
					.handler = apiserver_handle,
					.model = w->rig.server};
	uv_loop_init(&w->loop);
	uv_async_init(&w->loop, &w->stop, end_sandbox);
	w->stop.data = w;
	pki_client(w->pki, "kube-apiserver-kubelet-client", masters, 1, PKI_GOOD, &pair, &e);
	w->links = kubelet_links_new(&w->loop, &pair, w->authority, &e);
	w->front = front_new(&w->loop, &options, &e);
	pki_pair_done(&pair);
	w->port = w->front ? front_port(w->front) : 0;
	uv_sem_post(&w->ready);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	uv_loop_close(&w->loop);
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *offered,
		   unsigned n_offered, void *arg)
{
	(void)ssl;
	const char *wanted = arg;
	*out = (const unsigned char *)wanted + 1;
	*n = (unsigned char)wanted[0];
	return memmem(offered, n_offered, wanted, strlen(wanted)) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *server_context(struct world *w)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *certificate = BIO_new_mem_buf(pki_server(w->pki)->certificate, -1);
	BIO *key = BIO_new_mem_buf(pki_server(w->pki)->key, -1), *ca = BIO_new_mem_buf(pki_ca(w->pki), -1);
	X509 *x509 = PEM_read_bio_X509(certificate, NULL, NULL, NULL),
	     *authority = PEM_read_bio_X509(ca, NULL, NULL, NULL);
	EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
	SSL_CTX_use_certificate(ctx, x509);
	SSL_CTX_use_PrivateKey(ctx, private_key);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, (void *)(uintptr_t) "\x08http/1.1");
	X509_free(x509);
	X509_free(authority);
	EVP_PKEY_free(private_key);
	BIO_free(certificate);
	BIO_free(key);
	BIO_free(ca);
	return ctx;
}

static void listen_somewhere(struct world *w)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(w->listener, 8), 0);
	getsockname(w->listener, (struct sockaddr *)&a, &n);
	be_patient(w->listener);
	w->kubelet_port = ntohs(a.sin_port);
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = {0};
	signal(SIGPIPE, SIG_IGN);
	w->pki = pki_new(front_now(), &e);
	assert_non_null(w->pki);
	buf_init(&w->heard, 2 * VOLUME);
	uv_sem_init(&w->ready, 0);
	uv_sem_init(&w->go, 0);
	w->server_tls = server_context(w);
	w->client_tls = SSL_CTX_new(TLS_client_method());
	listen_somewhere(w);
	rig_init_config(&w->rig, (struct apiserver_config){.seed = 7, .kubelet = carry, .kubelet_arg = w});
	make_objects(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rig_done(&w->rig);
	if (w->listener >= 0) {
		close(w->listener);
	}
	SSL_CTX_free(w->server_tls);
	SSL_CTX_free(w->client_tls);
	uv_sem_destroy(&w->ready);
	uv_sem_destroy(&w->go);
	buf_done(&w->heard);
	pki_free(w->pki);
	free(w);
	return 0;
}

static void run_kubelet(void *arg)
{
	struct world *w = arg;
	struct peer p = {.fd = accept(w->listener, NULL, NULL)};
	if (p.fd < 0) {
		return;
	}
	be_patient(p.fd);
	p.ssl = SSL_new(w->server_tls);
	SSL_set_fd(p.ssl, p.fd);
	if (SSL_accept(p.ssl) == 1) {
		X509 *x509 = SSL_get1_peer_certificate(p.ssl);
		X509_NAME_oneline(X509_get_subject_name(x509), w->subject, sizeof(w->subject));
		X509_free(x509);
		w->script(w, &p);
	}
	ERR_clear_error();
	peer_done(&p);
}

static void connect_client(struct world *w)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(w->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	w->client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	be_patient(w->client.fd);
	assert_int_equal(connect(w->client.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	w->client.ssl = SSL_new(w->client_tls);
	SSL_set_fd(w->client.ssl, w->client.fd);
	assert_int_equal(SSL_connect(w->client.ssl), 1);
}

/* Everybody is there, the kubelet with a script; the client has connected. */
static void begin(struct world *w, void (*script)(struct world *, struct peer *))
{
	w->script = script;
	uv_thread_create(&w->sandbox, run_sandbox, w);
	uv_sem_wait(&w->ready);
	assert_int_not_equal(w->port, 0);
	if (script) {
		uv_thread_create(&w->kubelet, run_kubelet, w);
	}
	connect_client(w);
}

static void end(struct world *w)
{
	uv_async_send(&w->stop);
	if (w->script) {
		uv_thread_join(&w->kubelet);
	}
	uv_thread_join(&w->sandbox);
	peer_done(&w->client);
}

static void ask(struct world *w, const char *method, const char *target, const char *more)
{
	char CLEANUP_FREE *text = xasprintf("%s /api/v1/namespaces/default/pods/run-1/%s HTTP/1.1\r\nHost: x\r\n"
					    "Authorization: Bearer admin\r\n%s\r\n",
					    method, target, more);
	say_text(&w->client, text);
}

#define UPGRADE                                                                                                        \
	"Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: "                 \
	"v4.channel.k8s.io\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"

/* Recorded sessions */

static void read_file(const char *path, struct buf *b)
{
	char bytes[4096];
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	for (size_t n; (n = fread(bytes, 1, sizeof(bytes), f)) > 0;) {
		buf_append(b, bytes, n);
	}
	fclose(f);
}

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

static void fill(char *bytes, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bytes[i] = (char)((at + i) * 2654435761u >> 13);
	}
}

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
	char byte;
	size_t n = 0;
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, LOG_HEAD "4\r\none\n\r\n");
	w->closed = SSL_read_ex(p->ssl, &byte, 1, &n) != 1 && SSL_get_error(p->ssl, 0) == SSL_ERROR_ZERO_RETURN;
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
	SSL_CTX_set_alpn_select_cb(w->server_tls, on_alpn, (void *)(uintptr_t) "\x02h2");
	begin(w, never);
	ask_log_and_end(w, "log", &got);
	assert_non_null(strstr(buf_str(&got), "the kubelet chose HTTP/2"));
}

static void hold_open(struct world *w, struct peer *p)
{
	char byte;
	size_t n = 0;
	hear_text(p, &w->heard, "\r\n\r\n");
	say_text(p, SWITCHING);
	w->closed = SSL_read_ex(p->ssl, &byte, 1, &n) != 1 && SSL_get_error(p->ssl, 0) == SSL_ERROR_ZERO_RETURN;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_recorded_session_passes_byte_for_byte),
	    TEST(a_refused_upgrade_is_passed_on_with_its_words),
	    TEST(much_passes_unharmed_in_both_directions),
	    TEST(a_log_comes_piece_by_piece_as_text),
	    TEST(a_client_that_leaves_a_log_is_noticed_at_the_kubelet),
	    TEST(a_log_that_breaks_off_is_no_log_that_ends),
	    TEST(a_long_log_waits_for_its_reader),
	    TEST(a_kubelet_that_is_not_there_is_named),
	    TEST(a_kubelet_of_another_authority_is_refused_when_one_is_configured),
	    TEST(a_client_may_do_without_that_for_logs),
	    TEST(a_kubelet_that_chooses_http_2_is_an_error_that_says_so),
	    TEST(a_front_that_ends_closes_what_it_tunnels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
