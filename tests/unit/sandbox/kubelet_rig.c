#include "tests/unit/sandbox/kubelet_rig.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define PATIENCE_S 20

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
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	/* So that VOLUME is more than the kernel keeps, whatever it would like to. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){256 << 10}, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){256 << 10}, sizeof(int));
}

void say(struct peer *p, const char *bytes, size_t n)
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

void say_text(struct peer *p, const char *text)
{
	say(p, text, strlen(text));
}

void hear(struct peer *p, struct buf *b, size_t n)
{
	char bytes[16384];
	size_t k = 0;
	while (b->len < n &&
	       SSL_read_ex(p->ssl, bytes, n - b->len < sizeof(bytes) ? n - b->len : sizeof(bytes), &k) == 1) {
		buf_append(b, bytes, k);
	}
}

void hear_text(struct peer *p, struct buf *b, const char *until)
{
	char byte;
	size_t k = 0;
	while (!strstr(buf_str(b), until) && SSL_read_ex(p->ssl, &byte, 1, &k) == 1) {
		buf_append(b, &byte, 1);
	}
}

bool hear_end(struct peer *p)
{
	char bytes[4096];
	size_t n;
	int r;
	while ((r = SSL_read_ex(p->ssl, bytes, sizeof(bytes), &n)) == 1) {
	}
	return SSL_get_error(p->ssl, r) == SSL_ERROR_ZERO_RETURN;
}

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
	const char *wanted = ((struct world *)arg)->alpn;
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
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, w);
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

int kubelet_rig_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = {0};
	signal(SIGPIPE, SIG_IGN);
	w->alpn = "\x08http/1.1";
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

int kubelet_rig_teardown(void **state)
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

void begin(struct world *w, void (*script)(struct world *, struct peer *))
{
	w->script = script;
	buf_clear(&w->heard);
	uv_thread_create(&w->sandbox, run_sandbox, w);
	uv_sem_wait(&w->ready);
	assert_int_not_equal(w->port, 0);
	if (script) {
		uv_thread_create(&w->kubelet, run_kubelet, w);
	}
	connect_client(w);
}

void end(struct world *w)
{
	uv_async_send(&w->stop);
	if (w->script) {
		uv_thread_join(&w->kubelet);
	}
	uv_thread_join(&w->sandbox);
	peer_done(&w->client);
}

void end_after_kubelet(struct world *w)
{
	uv_thread_join(&w->kubelet);
	w->script = NULL;
	end(w);
}

void ask(struct world *w, const char *method, const char *target, const char *more)
{
	char CLEANUP_FREE *text = xasprintf("%s /api/v1/namespaces/default/pods/run-1/%s HTTP/1.1\r\nHost: x\r\n"
					    "Authorization: Bearer admin\r\n%s\r\n",
					    method, target, more);
	say_text(&w->client, text);
}

void read_file(const char *path, struct buf *b)
{
	char bytes[4096];
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	for (size_t n; (n = fread(bytes, 1, sizeof(bytes), f)) > 0;) {
		buf_append(b, bytes, n);
	}
	fclose(f);
}

void fill(char *bytes, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bytes[i] = (char)((at + i) * 2654435761u >> 13);
	}
}
