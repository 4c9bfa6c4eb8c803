#include "tests/sandbox/pki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define CA_NAME "sandbox-ca"
#define HOUR_MS ((int64_t)3600 * 1000)
#define YEAR_MS (365 * 24 * HOUR_MS)
#define KUBECONFIG_MAX ((size_t)64 << 10)
#define SERVER_NAMES "IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"

struct authority {
	X509 *certificate;
	EVP_PKEY *key;
};

struct pki {
	struct authority ours, next, foreign;
	int generation; /* of the newest */
	bool switched;	/* `next` issues */
	int64_t now_ms;
	char *ca;
	struct pki_pair server;
};

/* What one certificate says. */
struct wish {
	const char *name;
	const char *const *organisations;
	size_t n_organisations;
	int64_t from_ms, until_ms;
	const char *alternative_names, *usage;
	bool authority;
};

static int openssl_error(struct err *e, const char *what)
{
	char text[256];
	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	return err_set(e, ERR_IO, "%s: %s", what, text);
}

static char *bio_text(BIO *bio)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);
	return xstrndup(data, n > 0 ? (size_t)n : 0);
}

static char *certificate_pem(X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = bio && PEM_write_bio_X509(bio, x) == 1 ? bio_text(bio) : NULL;
	BIO_free(bio);
	return text;
}

static char *key_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 ? bio_text(bio) : NULL;
	BIO_free(bio);
	return text;
}

static bool name_add(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1;
}

static bool extension_add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = extension && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool serial_set(X509 *x)
{
	unsigned char bytes[8];
	uint64_t serial;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
		return false;
	}
	memcpy(&serial, bytes, sizeof(serial));
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1;
}

static bool subject_fill(X509 *x, const struct wish *w)
{
	X509_NAME *subject = X509_get_subject_name(x);
	for (size_t i = 0; i < w->n_organisations; i++) {
		if (!name_add(subject, "O", w->organisations[i])) {
			return false;
		}
	}
	return name_add(subject, "CN", w->name);
}

static bool extensions_fill(X509 *x, X509 *issuer, const struct wish *w)
{
	return extension_add(x, issuer, NID_basic_constraints,
			     w->authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       extension_add(x, issuer, NID_key_usage,
			     w->authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
	       extension_add(x, issuer, NID_subject_key_identifier, "hash") &&
	       (!w->usage || extension_add(x, issuer, NID_ext_key_usage, w->usage)) &&
	       (!w->alternative_names || extension_add(x, issuer, NID_subject_alt_name, w->alternative_names));
}

/* Signed by `by`, or by itself when that is NULL. */
static X509 *certificate_new(const struct wish *w, EVP_PKEY *key, const struct authority *by)
{
	X509 *x = X509_new();
	X509 *issuer = by ? by->certificate : x;
	bool ok = x && X509_set_version(x, 2) == 1 && serial_set(x) && subject_fill(x, w) &&
		  X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
		  ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(w->from_ms / 1000)) &&
		  ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(w->until_ms / 1000)) && X509_set_pubkey(x, key) == 1 &&
		  extensions_fill(x, issuer, w) && X509_sign(x, by ? by->key : key, EVP_sha256()) > 0;
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* Each generation has a name of its own: clients look authorities up by name. */
static int authority_init(struct authority *a, int generation, int64_t now_ms, struct err *e)
{
	CLEANUP_FREE char *name = xasprintf("%s-%d", CA_NAME, generation);
	struct wish w = {.name = name, .from_ms = now_ms - HOUR_MS, .until_ms = now_ms + YEAR_MS, .authority = true};
	a->key = EVP_EC_gen("P-256");
	a->certificate = a->key ? certificate_new(&w, a->key, NULL) : NULL;
	return a->certificate ? 0 : openssl_error(e, "make a CA");
}

static void authority_done(struct authority *a)
{
	X509_free(a->certificate);
	EVP_PKEY_free(a->key);
	*a = (struct authority){0};
}

static int pair_make(const struct wish *w, const struct authority *by, struct pki_pair *ret_pair, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? certificate_new(w, key, by) : NULL;
	struct pki_pair pair = {x ? certificate_pem(x) : NULL, x ? key_pem(key) : NULL};
	X509_free(x);
	EVP_PKEY_free(key);
	if (!pair.certificate || !pair.key) {
		pki_pair_done(&pair);
		return openssl_error(e, "make a certificate");
	}
	*ret_pair = pair;
	return 0;
}

static int issue_server(struct pki *p, const struct authority *by, struct err *e)
{
	struct wish w = {.name = "kube-apiserver",
			 .from_ms = p->now_ms - HOUR_MS,
			 .until_ms = p->now_ms + YEAR_MS,
			 .alternative_names = SERVER_NAMES,
			 .usage = "serverAuth"};
	struct pki_pair fresh;
	if (pair_make(&w, by, &fresh, e) < 0) {
		return -1;
	}
	pki_pair_done(&p->server);
	p->server = fresh;
	return 0;
}

static int write_ca(struct pki *p, struct err *e)
{
	CLEANUP_FREE char *ours = certificate_pem(p->ours.certificate);
	CLEANUP_FREE char *next = p->next.certificate ? certificate_pem(p->next.certificate) : xstrdup("");
	if (!ours || !next) {
		return openssl_error(e, "write the CA");
	}
	free(p->ca);
	p->ca = xasprintf("%s%s", ours, next);
	return 0;
}

struct pki *pki_new(int64_t now_ms, struct err *e)
{
	struct pki *p = xcalloc(1, sizeof(*p));
	p->now_ms = now_ms;
	p->generation = 1;
	if (authority_init(&p->ours, 1, now_ms, e) < 0 || authority_init(&p->foreign, 1, now_ms, e) < 0 ||
	    issue_server(p, &p->ours, e) < 0 || write_ca(p, e) < 0) {
		pki_free(p);
		return NULL;
	}
	return p;
}

static int add_generation(struct pki *p, struct err *e)
{
	if (p->next.certificate) {
		return err_set(e, ERR_CONFLICT, "there are two generations already");
	}
	if (authority_init(&p->next, p->generation + 1, p->now_ms, e) < 0) {
		authority_done(&p->next);
		return -1;
	}
	p->generation++;
	return write_ca(p, e);
}

static int switch_over(struct pki *p, struct err *e)
{
	if (!p->next.certificate || p->switched) {
		return err_set(e, ERR_CONFLICT, "there is no generation that is not in use yet");
	}
	if (issue_server(p, &p->next, e) < 0) {
		return -1;
	}
	p->switched = true;
	return 0;
}

static int retire_old(struct pki *p, struct err *e)
{
	if (!p->switched) {
		return err_set(e, ERR_CONFLICT, "there is no generation that is not in use any more");
	}
	authority_done(&p->ours);
	p->ours = p->next;
	p->next = (struct authority){0};
	p->switched = false;
	return write_ca(p, e);
}

int pki_take_step(struct pki *p, enum pki_step step, struct err *e)
{
	switch (step) {
	case PKI_ADD:
		return add_generation(p, e);
	case PKI_SWITCH:
		return switch_over(p, e);
	case PKI_RETIRE:
		return retire_old(p, e);
	}
	return 0;
}

void pki_free(struct pki *p)
{
	if (!p) {
		return;
	}
	authority_done(&p->ours);
	authority_done(&p->next);
	authority_done(&p->foreign);
	pki_pair_done(&p->server);
	free(p->ca);
	free(p);
}

const char *pki_ca(const struct pki *p)
{
	return p->ca;
}

const struct pki_pair *pki_server(const struct pki *p)
{
	return &p->server;
}

int pki_client(struct pki *p, const char *name, const char *const *organisations, size_t n, enum pki_flaw flaw,
	       struct pki_pair *ret_pair, struct err *e)
{
	if (n > 16) {
		return err_set(e, ERR_LIMIT, "client certificate of %s: more than 16 organisations", name);
	}
	struct wish w = {.name = name,
			 .organisations = organisations,
			 .n_organisations = n,
			 .from_ms = p->now_ms - (flaw == PKI_EXPIRED ? 24 : 1) * HOUR_MS,
			 .until_ms = flaw == PKI_EXPIRED ? p->now_ms - HOUR_MS : p->now_ms + YEAR_MS,
			 .usage = "clientAuth"};
	const struct authority *by = flaw == PKI_FOREIGN ? &p->foreign : p->switched ? &p->next : &p->ours;
	if (pair_make(&w, by, ret_pair, e) < 0) {
		return err_wrap(e, "client certificate of %s", name);
	}
	return 0;
}

/* Organizations exactly system:nodes, a common name of a node, and an alternative name. Borrowed from `extensions`. */
static X509_EXTENSION *check_serving(X509_REQ *r, STACK_OF(X509_EXTENSION) * extensions, struct err *e)
{
	char organisation[64] = "", name[256] = "";
	X509_NAME *subject = X509_REQ_get_subject_name(r);
	int at = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);
	X509_NAME_get_text_by_NID(subject, NID_organizationName, organisation, sizeof(organisation));
	X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof(name));
	if (strcmp(organisation, "system:nodes") != 0) {
		err_set(e, ERR_INVALID, "subject organization is not system:nodes");
	} else if (strncmp(name, "system:node:", 12) != 0) {
		err_set(e, ERR_INVALID, "subject common name does not begin with system:node:");
	} else if (at < 0) {
		err_set(e, ERR_INVALID, "DNS or IP subjectAltName is required");
	} else {
		return X509v3_get_ext(extensions, at);
	}
	return NULL;
}

static char *sign_request(struct pki *p, X509_REQ *r, X509_EXTENSION *names)
{
	const struct authority *by = p->switched ? &p->next : &p->ours;
	X509 *x = X509_new();
	bool ok = x && X509_set_version(x, 2) == 1 && serial_set(x) &&
		  X509_set_subject_name(x, X509_REQ_get_subject_name(r)) == 1 &&
		  X509_set_issuer_name(x, X509_get_subject_name(by->certificate)) == 1 &&
		  ASN1_TIME_set(X509_getm_notBefore(x), (time_t)((p->now_ms - HOUR_MS) / 1000)) &&
		  ASN1_TIME_set(X509_getm_notAfter(x), (time_t)((p->now_ms + YEAR_MS) / 1000)) &&
		  X509_set_pubkey(x, X509_REQ_get0_pubkey(r)) == 1 &&
		  extension_add(x, by->certificate, NID_basic_constraints, "critical,CA:FALSE") &&
		  extension_add(x, by->certificate, NID_key_usage, "critical,digitalSignature") &&
		  extension_add(x, by->certificate, NID_ext_key_usage, "serverAuth") &&
		  X509_add_ext(x, names, -1) == 1 && X509_sign(x, by->key, EVP_sha256()) > 0;
	char *pem = ok ? certificate_pem(x) : NULL;
	X509_free(x);
	return pem;
}

char *pki_sign_serving(struct pki *p, const char *request, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(request, -1);
	X509_REQ *r = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	STACK_OF(X509_EXTENSION) *extensions = r ? X509_REQ_get_extensions(r) : NULL;
	char *pem = NULL;
	if (!r || X509_REQ_verify(r, X509_REQ_get0_pubkey(r)) != 1) {
		err_set(e, ERR_INVALID, "the request cannot be read, or its signature is wrong");
	} else {
		X509_EXTENSION *names = check_serving(r, extensions, e);
		pem = names ? sign_request(p, r, names) : NULL;
	}
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(r);
	BIO_free(bio);
	ERR_clear_error();
	return pem;
}

void pki_pair_done(struct pki_pair *pair)
{
	if (pair) {
		free(pair->certificate);
		free(pair->key);
		*pair = (struct pki_pair){0};
	}
}

static char *base64(const char *text)
{
	size_t n = strlen(text);
	char *out = xmalloc(4 * ((n + 2) / 3) + 1);
	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)n);
	return out;
}

static void kubeconfig_data(struct buf *b, const char *key, const char *text)
{
	CLEANUP_FREE char *encoded = base64(text);
	buf_printf(b, "    %s: %s\n", key, encoded);
}

static void kubeconfig_text(struct buf *b, const char *key, const char *text)
{
	if (text) {
		buf_printf(b, "    %s: %s\n", key, text);
	}
}

int pki_kubeconfig_write(const struct pki *p, const char *path, const struct pki_kubeconfig *k, struct err *e)
{
	CLEANUP_BUF struct buf b = BUF_INIT(KUBECONFIG_MAX);
	buf_printf(&b, "apiVersion: v1\nkind: Config\nclusters:\n- name: sandbox\n  cluster:\n    server: %s\n",
		   k->server);
	if (k->ca_file) {
		kubeconfig_text(&b, "certificate-authority", k->ca_file);
	} else {
		kubeconfig_data(&b, "certificate-authority-data", p->ca);
	}
	buf_printf(&b, "contexts:\n- name: %s\n  context:\n    cluster: sandbox\n    user: %s\n    namespace: %s\n",
		   k->user, k->user, k->name_space);
	buf_printf(&b, "current-context: %s\nusers:\n- name: %s\n", k->user, k->user);
	bool known = k->pair || k->token || k->certificate_file || k->token_file;
	buf_puts(&b, known ? "  user:\n" : "  user: {}\n");
	if (k->pair) {
		kubeconfig_data(&b, "client-certificate-data", k->pair->certificate);
		kubeconfig_data(&b, "client-key-data", k->pair->key);
	}
	kubeconfig_text(&b, "client-certificate", k->certificate_file);
	kubeconfig_text(&b, "client-key", k->key_file);
	kubeconfig_text(&b, "token", k->token);
	kubeconfig_text(&b, "tokenFile", k->token_file);
	return file_replace(path, buf_str(&b), e);
}
