/* The client certificate of a connection. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/sandbox/front_inner.h"

#define ORGANISATIONS_MAX 16
#define NAME_MAX_BYTES 256

struct front_peer *front_peer_new(void)
{
	return xcalloc(1, sizeof(struct front_peer));
}

/* Nobody known. */
static void forget(struct front_peer *p)
{
	for (size_t i = 0; i < p->n_organisations; i++) {
		free(p->organisations[i]);
	}
	free(p->organisations);
	free(p->common_name);
	*p = (struct front_peer){0};
}

void front_peer_free(struct front_peer *p)
{
	if (p) {
		forget(p);
		free(p);
	}
}

/* The index-th value of a field of the subject, or NULL. */
static char *subject_part(gnutls_x509_crt_t crt, const char *oid, unsigned index)
{
	char text[NAME_MAX_BYTES];
	size_t n = sizeof(text);
	if (gnutls_x509_crt_get_dn_by_oid(crt, oid, index, 0, text, &n) < 0) {
		return NULL;
	}
	return xstrndup(text, n);
}

static void subject_read(struct front_peer *p, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;
	if (gnutls_x509_crt_init(&crt) < 0) {
		p->refused = true;
		return;
	}
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) < 0) {
		p->refused = true;
	} else {
		p->common_name = subject_part(crt, GNUTLS_OID_X520_COMMON_NAME, 0);
		p->organisations = xcalloc(ORGANISATIONS_MAX, sizeof(*p->organisations));
		for (char *o;
		     p->n_organisations < ORGANISATIONS_MAX &&
		     (o = subject_part(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, (unsigned)p->n_organisations));) {
			p->organisations[p->n_organisations++] = o;
		}
	}
	gnutls_x509_crt_deinit(crt);
}

void front_peer_check(struct front_peer *p, const struct front_tls *tls, struct MHD_Connection *connection)
{
	if (p->checked == tls) {
		return;
	}
	forget(p);
	p->checked = tls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session) {
		return;
	}
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers((gnutls_session_t)info->tls_session, &n);
	if (!chain || n == 0) {
		return;
	}
	if (!front_tls_trusts(tls, chain, n)) {
		p->refused = true;
		return;
	}
	subject_read(p, &chain[0]);
}
