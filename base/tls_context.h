/* OpenSSL's side of base/tls_server: what it shows, what it asks for, and who has shown what. For nobody else. */
#ifndef BASE_TLS_CONTEXT_H
#define BASE_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "base/tls_server.h"

/* As tls_server_identity. */
SSL_CTX *tls_context_new(const char *certificate, const char *key, const char *client_ca, struct err *e);

/* Texts that a tls_peer points to. */
struct tls_names {
	char *common_name;
	char *organisations[TLS_ORGANISATIONS_MAX];
};
void tls_peer_look(SSL *ssl, struct tls_names *names, struct tls_peer *ret);
void tls_names_done(struct tls_names *names);

#endif
