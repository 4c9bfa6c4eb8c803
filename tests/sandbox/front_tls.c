/* Certificates of a front: which it shows to new connections, and whose clients it trusts. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/front_inner.h"

#define CHAIN_MAX 8

struct front_tls {
	gnutls_certificate_credentials_t shown;
	gnutls_x509_trust_list_t trusted; /* NULL: no client is asked for a certificate */
	struct front_tls *before;	  /* open connections still use it */
};

static gnutls_datum_t datum(const char *text)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

static int fill(struct front_tls *t, const struct front_options *o)
{
	gnutls_datum_t certificate = datum(o->certificate), key = datum(o->key);
	if (gnutls_certificate_allocate_credentials(&t->shown) < 0 ||
	    gnutls_certificate_set_x509_key_mem(t->shown, &certificate, &key, GNUTLS_X509_FMT_PEM) < 0) {
		return -1;
	}
	if (!o->client_ca) {
		return 0;
	}
	/* Clients are told these names and choose by them. */
	gnutls_datum_t ca = datum(o->client_ca);
	if (gnutls_certificate_set_x509_trust_mem(t->shown, &ca, GNUTLS_X509_FMT_PEM) < 1 ||
	    gnutls_x509_trust_list_init(&t->trusted, 0) < 0) {
		return -1;
	}
	return gnutls_x509_trust_list_add_trust_mem(t->trusted, &ca, NULL, GNUTLS_X509_FMT_PEM, 0, 0) < 1 ? -1 : 0;
}

struct front_tls *front_tls_new(const struct front_options *o, struct front_tls *before, struct err *e)
{
	struct front_tls *t = xcalloc(1, sizeof(*t));
	if (fill(t, o) < 0) {
		front_tls_free(t);
		err_set(e, ERR_INVALID, "%s: bad certificate or key", o->name);
		return NULL;
	}
	t->before = before;
	return t;
}

void front_tls_free(struct front_tls *t)
{
	while (t) {
		struct front_tls *before = t->before;
		if (t->shown) {
			gnutls_certificate_free_credentials(t->shown);
		}
		if (t->trusted) {
			gnutls_x509_trust_list_deinit(t->trusted, 1);
		}
		free(t);
		t = before;
	}
}

void front_tls_show(const struct front_tls *t, gnutls_session_t session)
{
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->shown);
}

bool front_tls_trusts(const struct front_tls *t, const gnutls_datum_t *der, unsigned n)
{
	gnutls_x509_crt_t chain[CHAIN_MAX];
	gnutls_typed_vdata_st purpose = {
	    .type = GNUTLS_DT_KEY_PURPOSE_OID,
	    .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	unsigned read = 0, status = 0;
	bool good = t->trusted && n > 0 && n <= CHAIN_MAX;
	while (good && read < n) {
		gnutls_x509_crt_init(&chain[read]);
		good = gnutls_x509_crt_import(chain[read], &der[read], GNUTLS_X509_FMT_DER) >= 0;
		read++;
	}
	good = good && gnutls_x509_trust_list_verify_crt2(t->trusted, chain, n, &purpose, 1, 0, &status, NULL) >= 0 &&
	       status == 0;
	while (read > 0) {
		gnutls_x509_crt_deinit(chain[--read]);
	}
	return good;
}
