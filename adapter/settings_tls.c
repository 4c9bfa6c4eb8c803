#include "adapter/settings_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "adapter/settings_check.h"

/* Nobody is there to be asked for a pass phrase. */
static int no_pass_phrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static SSL_CTX *context(void)
{
	ERR_clear_error();
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (ctx) {
		SSL_CTX_set_default_passwd_cb(ctx, no_pass_phrase);
	}
	return ctx;
}

static int refuse(const char *path, const char *what, struct err *e)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	return err_set(e, ERR_INVALID, "%s is no %s: %s", path, what, reason ? reason : "not readable");
}

int check_ca_file(const char *path, struct err *e)
{
	if (check_readable(path, e)) {
		return -1;
	}
	SSL_CTX *ctx = context();
	int bad = !ctx || SSL_CTX_load_verify_file(ctx, path) != 1;
	SSL_CTX_free(ctx);
	return bad ? refuse(path, "file of PEM certificates", e) : 0;
}

static int use_pair(SSL_CTX *ctx, const char *cert_path, const char *key_path, struct err *e)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_path) != 1) {
		return refuse(cert_path, "PEM certificate", e);
	}
	/* Its certificate is known by now, so a key of another one is noticed here. */
	if (SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM) != 1) {
		return refuse(key_path, "PEM private key of the certificate", e);
	}
	return 0;
}

int check_cert_and_key(const char *cert_path, const char *key_path, struct err *e)
{
	if (check_readable(cert_path, e) || check_readable(key_path, e)) {
		return -1;
	}
	SSL_CTX *ctx = context();
	int bad = ctx ? use_pair(ctx, cert_path, key_path, e) : refuse(cert_path, "PEM certificate", e);
	SSL_CTX_free(ctx);
	return bad;
}
