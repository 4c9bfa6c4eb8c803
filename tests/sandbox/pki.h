/* Certificates for the sandbox, made at start and thrown away with its directory.
 *
 * One CA per `struct pki`, or two while the next generation takes over; a server certificate for 127.0.0.1, localhost,
 * kubernetes.default and kubernetes.default.svc; client certificates on demand, bad ones too, because refusing them is
 * what tests want to see. Keys are EC P-256. Everything is PEM text. Not for any use outside tests: there is no
 * revocation and serial numbers are random.
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

/* The next generation, in the three steps in which an authority is exchanged. PKI_ADD makes another CA that is trusted
 * beside the present one; PKI_SWITCH issues by it from now on, the server certificate included; PKI_RETIRE trusts it
 * alone. ERR_CONFLICT when it is not the turn of that step. */
enum pki_step { PKI_ADD, PKI_SWITCH, PKI_RETIRE };
int pki_take_step(struct pki *p, enum pki_step step, struct err *e);

/* Borrowed from the pki, until the next step: all that is trusted. */
const char *pki_ca(const struct pki *p);
const struct pki_pair *pki_server(const struct pki *p);

/* A client certificate with CN=`name` and one O for each of the n organisations (at most 16). */
int pki_client(struct pki *p, const char *name, const char *const *organisations, size_t n, enum pki_flaw flaw,
	       struct pki_pair *ret_pair, struct err *e);
/* What a signer of kubernetes.io/kubelet-serving makes of a request (PKCS #10 in PEM): a certificate in PEM, free() it.
 * NULL: it is not as those must be; the sentence is a real signer's. */
char *pki_sign_serving(struct pki *p, const char *request, struct err *e);
void pki_pair_done(struct pki_pair *pair);

/* How a client gets in: a certificate, or a token, or neither. */
struct pki_kubeconfig {
	const char *server; /* URL */
	const char *user;   /* name of context and user */
	const char *name_space;
	const struct pki_pair *pair;
	const char *token;
	/* Names of files beside the kubeconfig, instead of the texts inside. */
	const char *ca_file, *certificate_file, *key_file, *token_file;
};

/* Write a kubeconfig with the CA and the credentials inside, or the names of their files; mode 0600. */
int pki_kubeconfig_write(const struct pki *p, const char *path, const struct pki_kubeconfig *k, struct err *e);

#endif
