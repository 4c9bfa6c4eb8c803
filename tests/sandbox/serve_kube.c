#include "tests/sandbox/serve_kube.h"

#include <jansson.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/sandbox/kube/controllers.h"
#include "tests/sandbox/kube/metrics.h"
#include "tests/sandbox/kubelet_link.h"
#include "tests/sandbox/scraper.h"

#define TOKEN_BYTES 24
#define AUTHORITY_MAX ((size_t)1 << 20)
#define MASTERS "system:masters"
#define ADAPTER_NAMESPACE "kube-mesos-adapter"
#define ADAPTER_USER "system:serviceaccount:" ADAPTER_NAMESPACE ":kube-mesos-adapter"
#define METRICS_USER "system:serviceaccount:kube-system:metrics-server"
#define SCRAPE_MS 15000
#define SCRAPE_FAST_MS 1000
/* Changes are looked at together after this time, or every pod of a large replica set would be counted at each change.
 */
#define CONTROLLERS_DELAY_MS 5

enum { TOKEN_ADMIN, TOKEN_ADAPTER, TOKEN_PLAIN, TOKEN_METRICS, TOKENS };

static const struct {
	const char *user, *groups;
} TOKEN_USERS[TOKENS] = {
    [TOKEN_ADMIN] = {"token-admin", MASTERS},
    [TOKEN_ADAPTER] = {ADAPTER_USER, "system:serviceaccounts,system:serviceaccounts:" ADAPTER_NAMESPACE},
    [TOKEN_PLAIN] = {"plain", ""},
    [TOKEN_METRICS] = {METRICS_USER, "system:serviceaccounts,system:serviceaccounts:kube-system"},
};

struct serve_kube {
	char *dir;
	struct pki *pki;
	char *token_texts[2][TOKENS]; /* those that are handed out, and those of before, good for a while */
	struct apiserver_token tokens[2 * TOKENS]; /* all that are good */
	char *root_ca; /* of the beginning: pods get it with their tokens */
	struct apiserver *server;
	struct controllers *controllers;
	int64_t controllers_due; /* 0: nothing noted */
	struct kubelet_links *kubelets;
	struct metrics_model *metrics; /* NULL: there is no metrics-server */
	struct scraper *scraper;
	struct front *front;
	enum serve_kube_fault fault;
	size_t refused;
};

/* The rights in deploy/manifests/rbac.yaml, and those of a metrics-server. */
static const struct apiserver_grant GRANTS[] = {
    {ADAPTER_USER, "get,list,watch,delete", "", "pods", NULL},
    {ADAPTER_USER, "create", "", "pods/binding", NULL},
    {ADAPTER_USER, "patch", "", "pods/status", NULL},
    {ADAPTER_USER, "get,list,watch,create,patch,delete", "", "nodes", NULL},
    {ADAPTER_USER, "patch", "", "nodes/status", NULL},
    {ADAPTER_USER, "get", "", "configmaps,secrets", NULL},
    {ADAPTER_USER, "get,list", "", "services", NULL},
    {ADAPTER_USER, "create,patch", "", "events", NULL},
    {ADAPTER_USER, "get,list,patch", "", "persistentvolumes", NULL},
    {ADAPTER_USER, "get,patch", "", "persistentvolumeclaims", NULL},
    {ADAPTER_USER, "get", "storage.k8s.io", "storageclasses", NULL},
    {ADAPTER_USER, "create", "", "serviceaccounts/token", NULL},
    {ADAPTER_USER, "create", "authentication.k8s.io", "tokenreviews", NULL},
    {ADAPTER_USER, "create", "authorization.k8s.io", "subjectaccessreviews", NULL},
    {ADAPTER_USER, "create,get,update,patch", "", "configmaps", ADAPTER_NAMESPACE},
    {ADAPTER_USER, "create,get,update", "coordination.k8s.io", "leases", ADAPTER_NAMESPACE},
    {ADAPTER_USER, "create,patch", "coordination.k8s.io", "leases", "kube-node-lease"},
    {ADAPTER_USER, "get,create", "certificates.k8s.io", "certificatesigningrequests", NULL},
    {METRICS_USER, "get", "", "nodes/metrics", NULL},
};

struct apiserver *serve_kube_server(struct serve_kube *k)
{
	return k->server;
}

struct front *serve_kube_front(struct serve_kube *k)
{
	return k->front;
}

/* Faults */

void serve_kube_fault(struct serve_kube *k, enum serve_kube_fault fault)
{
	k->fault = fault;
}

size_t serve_kube_refused(const struct serve_kube *k)
{
	return k->refused;
}

/* In the words of a real one. */
static void refuse(struct serve_kube *k, struct sandbox_response *res)
{
	k->refused++;
	if (k->fault == SERVE_KUBE_BUSY) {
		res->status = 429;
		sandbox_response_header(res, "Content-Type", "text/plain; charset=utf-8");
		sandbox_response_header(res, "Retry-After", "1");
		buf_puts(&res->body, "Too many requests, please try again later.");
		return;
	}
	res->status = 500;
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_puts(&res->body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
			     "\"message\":\"Internal error occurred: the sandbox was told so\","
			     "\"reason\":\"InternalError\",\"code\":500}");
}

static void handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct serve_kube *k = arg;
	if (k->fault != SERVE_KUBE_FINE && strcmp(req->method, "GET") != 0) {
		refuse(k, res);
		return;
	}
	apiserver_handle(k->server, now_ms, req, res);
}

/* Time */

static int64_t server_deadline(void *arg)
{
	struct serve_kube *k = arg;
	return apiserver_next_deadline(k->server);
}

static void server_run(void *arg, int64_t now_ms)
{
	struct serve_kube *k = arg;
	apiserver_tick(k->server, now_ms);
}

static int64_t controllers_deadline(void *arg)
{
	struct serve_kube *k = arg;
	int64_t due = controllers_next_deadline(k->controllers), now = front_now();
	if (due > now) {
		return due;
	}
	if (k->controllers_due == 0) {
		k->controllers_due = now + CONTROLLERS_DELAY_MS;
	}
	return k->controllers_due;
}

static void run_controllers(void *arg, int64_t now_ms)
{
	struct serve_kube *k = arg;
	k->controllers_due = 0;
	controllers_run(k->controllers, now_ms);
}

/* Credentials */

static char *make_token(struct err *e)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[TOKEN_BYTES];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
		err_set(e, ERR_IO, "no random bytes for a token");
		return NULL;
	}
	char *text = xmalloc(2 * TOKEN_BYTES + 1);
	for (size_t n = 0; n < TOKEN_BYTES; n++) {
		text[2 * n] = digits[bytes[n] >> 4];
		text[2 * n + 1] = digits[bytes[n] & 15];
	}
	text[2 * TOKEN_BYTES] = '\0';
	return text;
}

/* The API server looks at the array. */
static void accept_tokens(struct serve_kube *k)
{
	for (size_t i = 0; i < (size_t)2 * TOKENS; i++) {
		const char *text = k->token_texts[i / TOKENS][i % TOKENS];
		k->tokens[i] = (struct apiserver_token){.token = text ? text : k->token_texts[0][i % TOKENS],
							.user = TOKEN_USERS[i % TOKENS].user,
							.groups = TOKEN_USERS[i % TOKENS].groups};
	}
}

static void drop_old_tokens(struct serve_kube *k)
{
	for (size_t i = 0; i < TOKENS; i++) {
		free(k->token_texts[1][i]);
		k->token_texts[1][i] = NULL;
	}
}

/* The present ones become those of before. */
static int make_tokens(struct serve_kube *k, struct err *e)
{
	drop_old_tokens(k);
	for (size_t i = 0; i < TOKENS; i++) {
		char *text = make_token(e);
		if (!text) {
			return -1;
		}
		k->token_texts[1][i] = k->token_texts[0][i];
		k->token_texts[0][i] = text;
	}
	accept_tokens(k);
	return 0;
}

struct identity {
	const char *file, *user, *name_space;
	const char *token;
	bool certificate;
	enum pki_flaw flaw;
};

static int write_kubeconfig(struct serve_kube *k, const char *url, const struct identity *who, struct err *e)
{
	static const char *const masters[] = {MASTERS};
	struct pki_pair pair = {0};
	CLEANUP_FREE char *path = xasprintf("%s/%s", k->dir, who->file);
	if (who->certificate && pki_client(k->pki, who->user, masters, 1, who->flaw, &pair, e) < 0) {
		return -1;
	}
	struct pki_kubeconfig config = {.server = url,
					.user = who->user,
					.name_space = who->name_space,
					.pair = who->certificate ? &pair : NULL,
					.token = who->token};
	int failed = pki_kubeconfig_write(k->pki, path, &config, e);
	pki_pair_done(&pair);
	return failed;
}

static int write_kubeconfigs(struct serve_kube *k, const char *url, struct err *e)
{
	const struct identity identities[] = {
	    {.file = "kubeconfig", .user = "admin", .name_space = "default", .certificate = true},
	    {.file = "kubeconfig-token",
	     .user = "token-admin",
	     .name_space = "default",
	     .token = k->token_texts[0][TOKEN_ADMIN]},
	    {.file = "kubeconfig-adapter",
	     .user = "kube-mesos-adapter",
	     .name_space = ADAPTER_NAMESPACE,
	     .token = k->token_texts[0][TOKEN_ADAPTER]},
	    {.file = "kubeconfig-plain",
	     .user = "plain",
	     .name_space = "default",
	     .token = k->token_texts[0][TOKEN_PLAIN]},
	    {.file = "kubeconfig-anonymous", .user = "nobody", .name_space = "default"},
	    {.file = "kubeconfig-foreign",
	     .user = "admin",
	     .name_space = "default",
	     .certificate = true,
	     .flaw = PKI_FOREIGN},
	    {.file = "kubeconfig-expired",
	     .user = "admin",
	     .name_space = "default",
	     .certificate = true,
	     .flaw = PKI_EXPIRED},
	};
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		if (write_kubeconfig(k, url, &identities[i], e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int write_file(const struct serve_kube *k, const char *name, const char *text, struct err *e)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", k->dir, name);
	return file_replace(path, text, e);
}

/* The adapter's identity once more, in files of their own. */
static int write_adapter_files(struct serve_kube *k, const char *url, struct err *e)
{
	struct pki_pair pair;
	struct pki_kubeconfig by_certificate = {.server = url,
						.user = "kube-mesos-adapter",
						.name_space = ADAPTER_NAMESPACE,
						.ca_file = "ca.crt",
						.certificate_file = "adapter.crt",
						.key_file = "adapter.key"};
	struct pki_kubeconfig by_token = by_certificate;
	by_token.certificate_file = by_token.key_file = NULL;
	by_token.token_file = "adapter.token";
	CLEANUP_FREE char *certificate_path = xasprintf("%s/kubeconfig-adapter-certificate", k->dir);
	CLEANUP_FREE char *token_path = xasprintf("%s/kubeconfig-adapter-token", k->dir);
	if (pki_client(k->pki, ADAPTER_USER, NULL, 0, PKI_GOOD, &pair, e) < 0) {
		return -1;
	}
	int failed = write_file(k, "adapter.crt", pair.certificate, e) < 0 ||
		     write_file(k, "adapter.key", pair.key, e) < 0 ||
		     write_file(k, "adapter.token", k->token_texts[0][TOKEN_ADAPTER], e) < 0 ||
		     pki_kubeconfig_write(k->pki, certificate_path, &by_certificate, e) < 0 ||
		     pki_kubeconfig_write(k->pki, token_path, &by_token, e) < 0;
	pki_pair_done(&pair);
	return failed ? -1 : 0;
}

static int write_files(struct serve_kube *k, struct err *e)
{
	CLEANUP_FREE char *url = xasprintf("https://127.0.0.1:%u", front_port(k->front));
	return write_file(k, "ca.crt", pki_ca(k->pki), e) < 0 ||
		       write_file(k, "metrics.token", k->token_texts[0][TOKEN_METRICS], e) < 0 ||
		       write_kubeconfigs(k, url, e) < 0 || write_adapter_files(k, url, e) < 0
		   ? -1
		   : 0;
}

/* Who the API server is to kubelets. */
static int make_kubelet_pair(struct serve_kube *k, struct pki_pair *ret_pair, struct err *e)
{
	static const char *const masters[] = {MASTERS};
	return pki_client(k->pki, "kube-apiserver-kubelet-client", masters, 1, PKI_GOOD, ret_pair, e);
}

static int start_kubelets(struct serve_kube *k, uv_loop_t *loop, const struct serve_kube_options *o, struct err *e)
{
	struct pki_pair pair = {0};
	CLEANUP_FREE char *authority =
	    o->kubelet_authority ? file_read(o->kubelet_authority, AUTHORITY_MAX, NULL, e) : NULL;
	if (o->kubelet_authority && !authority) {
		return -1;
	}
	if (make_kubelet_pair(k, &pair, e) < 0) {
		return -1;
	}
	k->kubelets = kubelet_links_new(loop, &pair, o->verify_kubelets ? pki_ca(k->pki) : authority, e);
	pki_pair_done(&pair);
	return k->kubelets ? 0 : -1;
}

static int renew_kubelet_pair(struct serve_kube *k, struct err *e)
{
	struct pki_pair pair = {0};
	if (make_kubelet_pair(k, &pair, e) < 0) {
		return -1;
	}
	int failed = kubelet_links_certificate(k->kubelets, &pair, e);
	pki_pair_done(&pair);
	return failed;
}

int serve_kube_reissue(struct serve_kube *k, enum pki_step step, struct err *e)
{
	const struct pki_pair *pair = pki_server(k->pki);
	if (front_certificates(k->front, pair->certificate, pair->key, pki_ca(k->pki), e) < 0) {
		return -1;
	}
	if (step == PKI_SWITCH && (make_tokens(k, e) < 0 || renew_kubelet_pair(k, e) < 0)) {
		return -1;
	}
	if (step == PKI_RETIRE) {
		drop_old_tokens(k);
		accept_tokens(k);
	}
	return write_files(k, e);
}

/* Life */

static int start_front(struct serve_kube *k, uv_loop_t *loop, const struct serve_kube_options *o, struct err *e)
{
	const struct pki_pair *pair = pki_server(o->pki);
	struct front_options options = {
	    .name = "API server",
	    .port = o->port,
	    .certificate = pair->certificate,
	    .key = pair->key,
	    .client_ca = pki_ca(o->pki),
	    .handler = handle,
	    .model = k,
	};
	k->front = front_new(loop, &options, e);
	return k->front ? 0 : -1;
}

/* Where the adapter keeps what it must remember. */
static void make_adapter_namespace(struct serve_kube *k, int64_t now_ms)
{
	json_t *answer = NULL, *object = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "Namespace",
						   "metadata", "name", ADAPTER_NAMESPACE);
	apiserver_do(k->server, now_ms, "POST", "/api/v1/namespaces", NULL, object, &answer);
	json_decref(object);
	json_decref(answer);
}

static char *sign_serving(void *arg, const char *request, struct err *why)
{
	return pki_sign_serving(arg, request, why);
}

static void start_models(struct serve_kube *k, const struct serve_kube_options *o)
{
	uint64_t seed = 0;
	int64_t now = front_now();
	RAND_bytes((unsigned char *)&seed, sizeof(seed));
	k->root_ca = xstrdup(pki_ca(o->pki));
	struct apiserver_config config = {
	    .tokens = k->tokens,
	    .n_tokens = (size_t)2 * TOKENS,
	    .grants = GRANTS,
	    .n_grants = sizeof(GRANTS) / sizeof(GRANTS[0]),
	    .seed = seed,
	    .root_ca = k->root_ca,
	    .bookmark_interval_ms = o->fast ? 1000 : 0,
	    .kubelet = kubelet_links_carry,
	    .kubelet_arg = k->kubelets,
	    .metrics = k->metrics,
	    .proxy_anywhere = o->proxy_loopback,
	};
	k->server = apiserver_new(&config, now);
	k->controllers = controllers_new(k->server, o->fast ? 1000 : 0);
	controllers_set_signer(k->controllers, &(struct controllers_signer){sign_serving, k->pki});
	make_adapter_namespace(k, now);
}

static int start_scraper(struct serve_kube *k, uv_loop_t *loop, const struct serve_kube_options *o, struct err *e)
{
	if (k->metrics) {
		k->scraper = scraper_new(loop, k->server, k->metrics, &k->token_texts[0][TOKEN_METRICS],
					 o->fast ? SCRAPE_FAST_MS : SCRAPE_MS, e);
	}
	return k->metrics && !k->scraper ? -1 : 0;
}

struct serve_kube *serve_kube_new(uv_loop_t *loop, struct ticker *ticker, const struct serve_kube_options *o,
				  struct err *e)
{
	struct serve_kube *k = xcalloc(1, sizeof(*k));
	k->dir = xstrdup(o->dir);
	k->pki = o->pki;
	if (make_tokens(k, e) < 0 || start_kubelets(k, loop, o, e) < 0) {
		serve_kube_free(k);
		return NULL;
	}
	k->metrics = o->metrics_server ? metrics_model_new(o->fast ? SCRAPE_FAST_MS : SCRAPE_MS) : NULL;
	start_models(k, o);
	if (start_scraper(k, loop, o, e) < 0 || start_front(k, loop, o, e) < 0 || write_files(k, e) < 0) {
		serve_kube_free(k);
		return NULL;
	}
	ticker_add(ticker, &(struct ticker_model){server_deadline, server_run, k});
	ticker_add(ticker, &(struct ticker_model){controllers_deadline, run_controllers, k});
	return k;
}

void serve_kube_free(struct serve_kube *k)
{
	if (!k) {
		return;
	}
	front_free(k->front);
	scraper_free(k->scraper);
	metrics_model_free(k->metrics);
	kubelet_links_free(k->kubelets);
	controllers_free(k->controllers);
	apiserver_free(k->server);
	free(k->root_ca);
	drop_old_tokens(k);
	for (size_t i = 0; i < TOKENS; i++) {
		free(k->token_texts[0][i]);
	}
	free(k->dir);
	free(k);
}
