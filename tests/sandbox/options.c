#include "tests/sandbox/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

#define AGENT_TEXT_MAX ((size_t)64 << 10)
#define DEFAULT_AGENTS 3
#define DEFAULT_RESOURCES "cpus:2;mem:2048;disk:10240;ports:[31000-31999]"

static const char HELP[] =
    "usage: sandbox --dir DIR [options]\n"
    "\n"
    "A miniature Kubernetes API server and a miniature Mesos on loopback, in one process.\n"
    "\n"
    "  --dir DIR            where kubeconfigs, certificates, the agents' work and the file `env` go\n"
    "  --kube-port N        port of the API server (default: any free one, also for those below)\n"
    "  --mesos-port N       port of the Mesos master\n"
    "  --control-port N     port of the control endpoint (POST /sandbox/...)\n"
    "  --agents N           N agents of two CPUs (default: 3)\n"
    "  --agent SPEC         one agent, may be repeated: HOSTNAME;cpus:4;mem:8192;disk:10000;ports:[31000-32000]\n"
    "                       then any of ;attr=NAME:VALUE ;region=R ;zone=Z ;port=N ;container-ip=IP\n"
    "                       ;isolation=linux/capabilities,linux/seccomp,linux/nnp ;effective-capabilities=CHOWN,...\n"
    "                       ;bounding-capabilities=CHOWN,... ;seccomp-profiles=NAME,...\n"
    "  --credential P:S     Mesos asks for principal P with secret S (HTTP basic authentication)\n"
    "  --kubelet-certificate-authority FILE\n"
    "                       verify the certificates of kubelets with it (default: they are not verified)\n"
    "  --verify-kubelets    … or with the authority of the sandbox, which signs CertificateSigningRequests\n"
    "  --node-proxy-loopback\n"
    "                       nodes/NAME/proxy/... takes loopback addresses, which a real API server refuses\n"
    "  --metrics-server     scrape the kubelets of all nodes and answer metrics.k8s.io, as a metrics-server does\n"
    "  --mesos-tls          the Mesos master speaks https\n"
    "  --instant            tasks are no processes: each ends at once, well\n"
    "  --fast               short time-outs and intervals, for tests\n"
    "  --help\n";

const char *sandbox_options_help(void)
{
	return HELP;
}

static int parse_number(const char *option, const char *text, unsigned long max, unsigned long *ret, struct err *e)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || n > max) {
		return err_set(e, ERR_INVALID, "%s: \"%s\" is not a number up to %lu", option, text, max);
	}
	*ret = n;
	return 0;
}

static int parse_port(const char *option, const char *text, uint16_t *ret, struct err *e)
{
	unsigned long n = 0;
	if (parse_number(option, text, UINT16_MAX, &n, e) < 0) {
		return -1;
	}
	*ret = (uint16_t)n;
	return 0;
}

/* Agents */

static void agent_done(struct agent_options *a)
{
	free(a->hostname);
	free(a->resources);
	free(a->attributes);
	free(a->region);
	free(a->zone);
	free(a->container_ip);
	free(a->isolation);
	free(a->effective);
	free(a->bounding);
	free(a->profiles);
}

static void append_part(char **list, const char *part)
{
	char *longer = *list ? xasprintf("%s;%s", *list, part) : xstrdup(part);
	free(*list);
	*list = longer;
}

static void replace(char **to, const char *text)
{
	free(*to);
	*to = xstrdup(text);
}

static bool starts(const char *text, const char *prefix, const char **ret_rest)
{
	size_t n = strlen(prefix);
	*ret_rest = text + n;
	return strncmp(text, prefix, n) == 0;
}

static int agent_part(struct agent_options *a, const char *part, struct err *e)
{
	const char *rest;
	const struct {
		const char *prefix;
		char **text;
	} texts[] = {{"region=", &a->region},
		     {"zone=", &a->zone},
		     {"container-ip=", &a->container_ip},
		     {"isolation=", &a->isolation},
		     {"effective-capabilities=", &a->effective},
		     {"bounding-capabilities=", &a->bounding},
		     {"seccomp-profiles=", &a->profiles}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (starts(part, texts[i].prefix, &rest)) {
			replace(texts[i].text, rest);
			return 0;
		}
	}
	if (starts(part, "attr=", &rest)) {
		append_part(&a->attributes, rest);
	} else if (starts(part, "port=", &rest)) {
		return parse_port("port", rest, &a->port, e);
	} else if (strchr(part, ':')) {
		append_part(&a->resources, part);
	} else {
		return err_set(e, ERR_INVALID, "\"%s\" is neither a resource (name:value) nor one of those of --help",
			       part);
	}
	return 0;
}

int options_agent(const char *text, struct agent_options *ret_agent, struct err *e)
{
	struct agent_options a = {0};
	size_t n = strcspn(text, ";");
	a.hostname = xstrndup(text, n);
	int failed = n == 0 || strlen(text) > AGENT_TEXT_MAX ? err_set(e, ERR_INVALID, "no host name") : 0;
	for (const char *p = text + n; *p == ';' && !failed; p += n) {
		p++;
		n = strcspn(p, ";");
		CLEANUP_FREE char *part = xstrndup(p, n);
		failed = *part ? agent_part(&a, part, e) : 0;
	}
	if (!failed && !a.region != !a.zone) {
		failed = err_set(e, ERR_INVALID, "region and zone go together");
	}
	if (failed) {
		agent_done(&a);
		return err_wrap(e, "--agent %s", text);
	}
	if (!a.resources) {
		a.resources = xstrdup(DEFAULT_RESOURCES);
	}
	*ret_agent = a;
	return 0;
}

static int add_agent(struct sandbox_options *o, const char *text, struct err *e)
{
	if (o->n_agents == OPTIONS_AGENTS_MAX) {
		return err_set(e, ERR_LIMIT, "--agent: more than %d agents", OPTIONS_AGENTS_MAX);
	}
	o->agents = xreallocarray(o->agents, o->n_agents + 1, sizeof(*o->agents));
	if (options_agent(text, &o->agents[o->n_agents], e) < 0) {
		return -1;
	}
	o->n_agents++;
	return 0;
}

/* In racks of two zones each, so that selectors have something to select. */
static int add_default_agents(struct sandbox_options *o, unsigned long n, struct err *e)
{
	for (unsigned long i = 1; i <= n; i++) {
		CLEANUP_FREE char *text = xasprintf("agent%lu;" DEFAULT_RESOURCES ";attr=rack:r%lu;attr=zone:%c", i,
						    (i - 1) % 3 + 1, (char)('a' + (i - 1) % 2));
		if (add_agent(o, text, e) < 0) {
			return -1;
		}
	}
	return 0;
}

/* The rest */

static int set_credential(struct sandbox_options *o, const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');
	if (!colon || colon == text) {
		return err_set(e, ERR_INVALID, "--credential: expected PRINCIPAL:SECRET");
	}
	free(o->principal);
	o->principal = xstrndup(text, (size_t)(colon - text));
	replace(&o->secret, colon + 1);
	return 0;
}

static int set_dir(struct sandbox_options *o, const char *path, struct err *e)
{
	char real[PATH_MAX];
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		return err_set(e, ERR_IO, "--dir %s: %s", path, strerror(errno));
	}
	if (!realpath(path, real)) {
		return err_set(e, ERR_IO, "--dir %s: %s", path, strerror(errno));
	}
	replace(&o->dir, real);
	return 0;
}

static const struct option LONG_OPTIONS[] = {
    {"dir", required_argument, NULL, 'd'},
    {"kube-port", required_argument, NULL, 'k'},
    {"mesos-port", required_argument, NULL, 'm'},
    {"control-port", required_argument, NULL, 'c'},
    {"agents", required_argument, NULL, 'n'},
    {"agent", required_argument, NULL, 'a'},
    {"credential", required_argument, NULL, 'p'},
    {"mesos-tls", no_argument, NULL, 't'},
    {"kubelet-certificate-authority", required_argument, NULL, 'K'},
    {"node-proxy-loopback", no_argument, NULL, 'l'},
    {"verify-kubelets", no_argument, NULL, 'V'},
    {"metrics-server", no_argument, NULL, 'M'},
    {"instant", no_argument, NULL, 'i'},
    {"fast", no_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int apply(struct sandbox_options *o, int option, const char *value, struct err *e)
{
	unsigned long n = 0;
	switch (option) {
	case 'd':
		return set_dir(o, value, e);
	case 'k':
		return parse_port("--kube-port", value, &o->kube_port, e);
	case 'm':
		return parse_port("--mesos-port", value, &o->mesos_port, e);
	case 'c':
		return parse_port("--control-port", value, &o->control_port, e);
	case 'n':
		return parse_number("--agents", value, OPTIONS_AGENTS_MAX, &n, e) < 0 ? -1
										      : add_default_agents(o, n, e);
	case 'a':
		return add_agent(o, value, e);
	case 'p':
		return set_credential(o, value, e);
	case 't':
		o->mesos_tls = true;
		return 0;
	case 'K':
		replace(&o->kubelet_authority, value);
		return 0;
	case 'l':
		o->proxy_loopback = true;
		return 0;
	case 'V':
		o->verify_kubelets = true;
		return 0;
	case 'M':
		o->metrics_server = true;
		return 0;
	case 'i':
		o->instant = true;
		return 0;
	case 'f':
		o->fast = true;
		return 0;
	default:
		o->help = true;
		return 0;
	}
}

int sandbox_options_parse(struct sandbox_options *o, int argc, char **argv, struct err *e)
{
	int option;
	bool agents_said = false;
	*o = (struct sandbox_options){0};
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", LONG_OPTIONS, NULL)) != -1) {
		if (option == '?') {
			return err_set(e, ERR_INVALID, "%s: unknown option, or its value is missing", argv[optind - 1]);
		}
		agents_said = agents_said || option == 'n' || option == 'a';
		if (apply(o, option, optarg, e) < 0) {
			return -1;
		}
	}
	if (o->help) {
		return 0;
	}
	if (optind < argc) {
		return err_set(e, ERR_INVALID, "%s: unexpected argument", argv[optind]);
	}
	if (!o->dir) {
		return err_set(e, ERR_INVALID, "--dir is missing");
	}
	return agents_said ? 0 : add_default_agents(o, DEFAULT_AGENTS, e);
}

void sandbox_options_done(struct sandbox_options *o)
{
	for (size_t i = 0; i < o->n_agents; i++) {
		agent_done(&o->agents[i]);
	}
	free(o->agents);
	free(o->dir);
	free(o->principal);
	free(o->secret);
	free(o->kubelet_authority);
}
