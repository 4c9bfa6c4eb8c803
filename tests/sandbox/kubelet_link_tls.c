/* TLS towards the kubelet. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tests/sandbox/kubelet_link_inner.h"

static bool use_pair(SSL_CTX *ctx, const struct pki_pair *pair)
{
	BIO *certificate = BIO_new_mem_buf(pair->certificate, -1), *key = BIO_new_mem_buf(pair->key, -1);
	X509 *x509 = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
	bool good = x509 && private_key && SSL_CTX_use_certificate(ctx, x509) == 1 &&
		    SSL_CTX_use_PrivateKey(ctx, private_key) == 1;
	X509_free(x509);
	EVP_PKEY_free(private_key);
	BIO_free(certificate);
	BIO_free(key);
	return good;
}

static bool trust(SSL_CTX *ctx, const char *authority)
{
	BIO *bio = BIO_new_mem_buf(authority, -1);
	size_t n = 0;
	for (X509 *x509; (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)); n++) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x509);
		X509_free(x509);
	}
	BIO_free(bio);
	return n > 0;
}

SSL_CTX *kubelet_tls_context(const struct pki_pair *pair, const char *authority, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (!use_pair(ctx, pair) || (authority && !trust(ctx, authority))) {
		SSL_CTX_free(ctx);
		ERR_clear_error();
		err_set(e, ERR_INVALID, "certificate towards kubelets, or their authority: not readable");
		return NULL;
	}
	ERR_clear_error();
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return ctx;
}

/* Who must be at the other end. */
static void expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) {
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	}
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
}

void kubelet_link_tls_begin(struct kubelet_link *l)
{
	static const unsigned char BOTH[] = "\x02h2\x08http/1.1", ONE[] = "\x08http/1.1";
	bool upgrade = l->call->errand == KUBELET_UPGRADE;
	l->ssl = SSL_new(l->links->tls);
	SSL_set_fd(l->ssl, l->fd);
	SSL_set_connect_state(l->ssl);
	SSL_set_alpn_protos(l->ssl, upgrade ? ONE : BOTH, (unsigned)(upgrade ? sizeof(ONE) : sizeof(BOTH)) - 1);
	if (!strchr(l->call->host, ':') && strspn(l->call->host, "0123456789.") < strlen(l->call->host)) {
		SSL_set_tlsext_host_name(l->ssl, l->call->host);
	}
	if (l->links->authority && !l->call->trusts_any) {
		expect_host(l->ssl, l->call->host);
	}
}

static enum link_io result(struct kubelet_link *l, int r)
{
	int why = SSL_get_error(l->ssl, r);
	l->tls_wants_write = why == SSL_ERROR_WANT_WRITE;
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		return LINK_IO_AGAIN;
	}
	bool end = why == SSL_ERROR_ZERO_RETURN ||
		   (why == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
	return end ? LINK_IO_CLOSED : LINK_IO_FAILED;
}

int kubelet_link_handshake(struct kubelet_link *l)
{
	ERR_clear_error();
	errno = 0;
	int r = SSL_do_handshake(l->ssl);
	if (r != 1) {
		enum link_io io = result(l, r);
		long verified = SSL_get_verify_result(l->ssl);
		if (io == LINK_IO_AGAIN) {
			return 0;
		}
		if (verified != X509_V_OK) {
			kubelet_link_fail(l, false, "tls: failed to verify certificate: x509: %s",
					  X509_verify_cert_error_string(verified));
		} else {
			const char *why = ERR_reason_error_string(ERR_peek_error());
			kubelet_link_fail(l, false, "%s", io == LINK_IO_CLOSED || !why ? "EOF" : why);
		}
		return -1;
	}
	const unsigned char *chosen = NULL;
	unsigned n = 0;
	SSL_get0_alpn_selected(l->ssl, &chosen, &n);
	if (n == 2 && memcmp(chosen, "h2", 2) == 0) {
		kubelet_link_fail(l, false, "the kubelet chose HTTP/2, which the sandbox does not speak");
		return -1;
	}
	return 1;
}

enum link_io kubelet_link_write(struct kubelet_link *l)
{
	while (l->to_kubelet.len) {
		size_t n = 0;
		ERR_clear_error();
		int r = SSL_write_ex(l->ssl, l->to_kubelet.data, l->to_kubelet.len, &n);
		if (r != 1) {
			return result(l, r);
		}
		buf_consume(&l->to_kubelet, n);
	}
	return LINK_IO_DONE;
}

enum link_io kubelet_link_read(struct kubelet_link *l, char *to, size_t max, size_t *ret_n)
{
	*ret_n = 0;
	ERR_clear_error();
	int r = SSL_read_ex(l->ssl, to, max, ret_n);
	return r == 1 ? LINK_IO_DONE : result(l, r);
}
