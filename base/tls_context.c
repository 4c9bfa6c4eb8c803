#include "base/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What is wrong with a certificate is looked at later, by the owner. */
static int on_verify(int good, X509_STORE_CTX *store)
{
	(void)good;
	(void)store;
	return 1;
}

static int on_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_n, const unsigned char *offers, unsigned n,
		   void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	(void)ssl;
	(void)arg;
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, ret_n, ours, sizeof(ours) - 1, offers, n) != OPENSSL_NPN_NEGOTIATED) {
		return SSL_TLSEXT_ERR_NOACK;
	}
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int openssl_failed(struct err *e, const char *what)
{
	char why[256];
	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	return err_set(e, ERR_INVALID, "%s: %s", what, why);
}

static int use_certificate(SSL_CTX *context, const char *pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool well = cert && SSL_CTX_use_certificate(context, cert) == 1;
	X509_free(cert);
	for (X509 *link; well && (link = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL;) {
		well = SSL_CTX_add0_chain_cert(context, link) == 1;
	}
	BIO_free(bio);
	if (!well) {
		return openssl_failed(e, "serving certificate");
	}
	ERR_clear_error(); /* the end of the file */
	return 0;
}

static int use_key(SSL_CTX *context, const char *pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	bool well = key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
	EVP_PKEY_free(key);
	BIO_free(bio);
	return well ? 0 : openssl_failed(e, "serving key");
}

static int use_client_ca(SSL_CTX *context, const char *pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	size_t n = 0;
	for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; n++) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(context), cert);
		SSL_CTX_add_client_CA(context, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	if (!n) {
		return openssl_failed(e, "client CA");
	}
	ERR_clear_error();
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
	return 0;
}

SSL_CTX *tls_context_new(const char *certificate, const char *key, const char *client_ca, struct err *e)
{
	static const unsigned char name[] = "kube-mesos-adapter";
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
	if (use_certificate(context, certificate, e) < 0 || use_key(context, key, e) < 0 ||
	    (client_ca && use_client_ca(context, client_ca, e) < 0)) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

/* ---- the peer ---- */

static char *entry_text(X509_NAME *subject, int at)
{
	unsigned char *utf8;
	int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (n < 0) {
		return NULL;
	}
	/* A NUL in a name would make it pass for a shorter one. */
	char *text = memchr(utf8, '\0', (size_t)n) ? NULL : xstrndup((char *)utf8, (size_t)n);
	OPENSSL_free(utf8);
	return text;
}

static void read_subject(X509 *cert, struct tls_names *names, struct tls_peer *peer)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at >= 0) {
		peer->common_name = names->common_name = entry_text(subject, at);
	}
	at = -1;
	while ((at = X509_NAME_get_index_by_NID(subject, NID_organizationName, at)) >= 0 &&
	       peer->n_organisations < TLS_ORGANISATIONS_MAX) {
		char *text = entry_text(subject, at);
		if (text) {
			names->organisations[peer->n_organisations++] = text;
		}
	}
	peer->organisations = (const char *const *)names->organisations;
}

void tls_peer_look(SSL *ssl, struct tls_names *names, struct tls_peer *ret)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	*ret = (struct tls_peer){.given = cert != NULL};
	if (!cert) {
		return;
	}
	long verified = SSL_get_verify_result(ssl);
	ret->good = verified == X509_V_OK && X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0) == 1;
	if (ret->good) {
		read_subject(cert, names, ret);
	} else {
		ret->problem = verified == X509_V_OK ? "not for clients" : X509_verify_cert_error_string(verified);
	}
	X509_free(cert);
}

void tls_names_done(struct tls_names *names)
{
	free(names->common_name);
	for (size_t i = 0; i < TLS_ORGANISATIONS_MAX; i++) {
		free(names->organisations[i]);
	}
}
