#include "mesos/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pem.h"
#include "base/text.h"

char *mesos_secret_read(struct file_set *files, const char *path, struct err *e)
{
	size_t n;
	char *secret = file_set_read(files, path, MESOS_SECRET_MAX, &n, e);
	if (!secret) {
		return NULL;
	}
	while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r')) {
		secret[--n] = '\0';
	}
	if (n == 0 || strlen(secret) != n || strpbrk(secret, "\r\n")) {
		mem_free_secret(secret);
		err_set(e, ERR_INVALID, "%s must hold one line of text", path);
		return NULL;
	}
	return secret;
}

/* The text, or NULL when the check did not like it. */
static char *checked(char *pem, int bad, const char *path, struct err *e)
{
	if (bad) {
		err_wrap(e, "%s", path);
		free(pem);
		return NULL;
	}
	return pem;
}

char *mesos_certificates_read(struct file_set *files, const char *path, struct err *e)
{
	char *pem = file_set_read(files, path, MESOS_PEM_MAX, NULL, e);
	return pem ? checked(pem, pem_check_certificates(pem, e), path, e) : NULL;
}

char *mesos_key_read(struct file_set *files, const char *path, const char *cert_pem, struct err *e)
{
	char *pem = file_set_read(files, path, MESOS_PEM_MAX, NULL, e);
	return pem ? checked(pem, pem_check_key(pem, cert_pem, e), path, e) : NULL;
}

static int read_all(const struct mesos_files *from, struct mesos_credentials *c, struct err *e)
{
	if (from->secret && !(c->secret = mesos_secret_read(&c->files, from->secret, e))) {
		return -1;
	}
	if (from->ca && !(c->ca_pem = mesos_certificates_read(&c->files, from->ca, e))) {
		return -1;
	}
	if (from->cert && !(c->cert_pem = mesos_certificates_read(&c->files, from->cert, e))) {
		return -1;
	}
	if (from->key && !(c->key_pem = mesos_key_read(&c->files, from->key, c->cert_pem, e))) {
		return -1;
	}
	return 0;
}

int mesos_credentials_read(const struct mesos_files *from, struct mesos_credentials *ret, struct err *e)
{
	struct mesos_credentials c = {0};
	if (read_all(from, &c, e) < 0) {
		mesos_credentials_done(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

void mesos_credentials_done(struct mesos_credentials *c)
{
	if (!c) {
		return;
	}
	mem_free_secret(c->secret);
	free(c->ca_pem);
	free(c->cert_pem);
	free(c->key_pem);
	file_set_done(&c->files);
	*c = (struct mesos_credentials){0};
}

bool mesos_credentials_equal(const struct mesos_credentials *a, const struct mesos_credentials *b)
{
	return text_equal(a->secret, b->secret) && text_equal(a->ca_pem, b->ca_pem) &&
	       text_equal(a->cert_pem, b->cert_pem) && text_equal(a->key_pem, b->key_pem);
}

struct http_tls mesos_credentials_tls(const struct mesos_credentials *c)
{
	return (struct http_tls){.ca_pem = c->ca_pem, .cert_pem = c->cert_pem, .key_pem = c->key_pem};
}
