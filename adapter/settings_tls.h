/* Certificates and keys that an operator names, looked at before the first connection: what is none, or does not go
 * together, is a wrong option and no trouble of the network. */
#ifndef ADAPTER_SETTINGS_TLS_H
#define ADAPTER_SETTINGS_TLS_H

#include "base/err.h"

/* At least one certificate, PEM. */
int check_ca_file(const char *path, struct err *e);
/* A certificate with its chain and the key that belongs to it, PEM; keys with a pass phrase are refused. */
int check_cert_and_key(const char *cert_path, const char *key_path, struct err *e);

#endif
