/* Who we are to the masters and whom we trust there: a secret, certificates and a key, in files that may be replaced
 * while the program runs.
 */
#ifndef MESOS_CREDENTIALS_H
#define MESOS_CREDENTIALS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/file_set.h"
#include "base/http_client.h"

#define MESOS_SECRET_MAX ((size_t)4096)
#define MESOS_PEM_MAX ((size_t)1 << 20)

/* Paths; NULL where there is none. Certificate and key need each other. */
struct mesos_files {
	const char *secret, *ca, *cert, *key;
};

/* All owned; NULL where there is none. */
struct mesos_credentials {
	char *secret;
	char *ca_pem, *cert_pem, *key_pem;
	struct file_set files;
};

/* Errors name the path. `ret` needs no initialisation and is untouched on failure. */
int mesos_credentials_read(const struct mesos_files *from, struct mesos_credentials *ret, struct err *e);
/* NULL-safe. */
void mesos_credentials_done(struct mesos_credentials *c);
bool mesos_credentials_equal(const struct mesos_credentials *a, const struct mesos_credentials *b);

/* Borrows from the credentials. */
struct http_tls mesos_credentials_tls(const struct mesos_credentials *c);

/* The pieces, for who wants to know which file is wrong. Each answers the text, free() it, and the file joins the set.
 * A secret is one line; a line break at its end does not count. */
char *mesos_secret_read(struct file_set *files, const char *path, struct err *e);
char *mesos_certificates_read(struct file_set *files, const char *path, struct err *e);
/* That belongs to the first of the certificates. */
char *mesos_key_read(struct file_set *files, const char *path, const char *cert_pem, struct err *e);

#endif
