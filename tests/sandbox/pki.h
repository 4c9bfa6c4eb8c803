/* Certificates for the sandbox, made at start and thrown away with its directory.
 *
 * One CA per `struct pki`; a server certificate for 127.0.0.1, localhost, kubernetes.default and
 * kubernetes.default.svc; client certificates on demand, bad ones too, because refusing them is what tests want to see.
 * Keys are EC P-256. Everything is PEM text. Not for any use outside tests: there is no revocation and serial numbers
 * are random.
 */
#ifndef SANDBOX_PKI_H
#define SANDBOX_PKI_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* PEM texts, owned; free with pki_pair_done. */
struct pki_pair {
	char *certificate, *key;
};

enum pki_flaw {
	PKI_GOOD,
	PKI_FOREIGN, /* signed by another CA of the same name */
	PKI_EXPIRED, /* valid until an hour ago */
};

struct pki;

/* `now_ms`: certificates are valid from an hour before for a year. NULL with an error when OpenSSL fails. */
struct pki *pki_new(int64_t now_ms, struct err *e);
void pki_free(struct pki *p);

/* Borrowed from the pki. */
const char *pki_ca(const struct pki *p);
const struct pki_pair *pki_server(const struct pki *p);

/* A client certificate with CN=`name` and one O for each of the n organisations (at most 16). */
int pki_client(struct pki *p, const char *name, const char *const *organisations, size_t n, enum pki_flaw flaw,
	       struct pki_pair *ret_pair, struct err *e);
void pki_pair_done(struct pki_pair *pair);

/* How a client gets in: a certificate, or a token, or neither. */
struct pki_kubeconfig {
	const char *server; /* URL */
	const char *user;   /* name of context and user */
	const char *name_space;
	const struct pki_pair *pair;
	const char *token;
};

/* Write a kubeconfig with the CA and the credentials inside, mode 0600. */
int pki_kubeconfig_write(const struct pki *p, const char *path, const struct pki_kubeconfig *k, struct err *e);

/* Write text as a file with mode 0600, replacing an older one in one step. */
int pki_file_write(const char *path, const char *text, struct err *e);

#endif
