#include "translate/agent_node.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LABEL_VALUE_MAX 63
#define LABEL_NAME_MAX 63
#define LABEL_PREFIX_MAX 253
#define PODS_PER_NODE 110
#define AGENT_SUFFIX_MAX 16
#define EXTENDED_PREFIX "mesos.apache.org/"
#define MEGABYTE ((int64_t)1 << 20)

#define LABEL_OS "kubernetes.io/os"
#define LABEL_ARCH "kubernetes.io/arch"
#define LABEL_REGION "topology.kubernetes.io/region"
#define LABEL_ZONE "topology.kubernetes.io/zone"

/* Offers do not tell the architecture; where no attribute does, agents are taken to have ours. */
#if defined(__aarch64__)
#define OWN_ARCH "arm64"
#elif defined(__x86_64__)
#define OWN_ARCH "amd64"
#else
#define OWN_ARCH "unknown"
#endif

const char *node_name_of_agent(const char *hostname, char out[NODE_NAME_MAX])
{
	size_t n = 0;
	for (const char *s = hostname; *s && n < NODE_NAME_MAX - 1; s++) {
		char c = (char)tolower((unsigned char)*s);
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		bool start = n == 0 || out[n - 1] == '.';
		if (letter) {
			out[n++] = c;
		} else if (c == '.') {
			while (n && (out[n - 1] == '-' || out[n - 1] == '.')) {
				n--; /* a label ends with a letter or a digit */
			}
			if (n) {
				out[n++] = '.';
			}
		} else if (!start) {
			out[n++] = '-';
		}
	}
	while (n && (out[n - 1] == '-' || out[n - 1] == '.')) {
		n--;
	}
	out[n] = '\0';
	if (!n) {
		snprintf(out, NODE_NAME_MAX, "agent");
	}
	return out;
}

const char *node_name_apart(const char *name, const char *agent_id, char out[NODE_NAME_MAX])
{
	char wanted[NODE_NAME_MAX + AGENT_SUFFIX_MAX];
	uint32_t hash = 2166136261U; /* FNV-1a */
	for (const char *s = agent_id; *s; s++) {
		hash = (hash ^ (unsigned char)*s) * 16777619U;
	}
	snprintf(wanted, sizeof(wanted), "%.*s-%08x", NODE_NAME_MAX - 1 - AGENT_SUFFIX_MAX, name, hash);
	return node_name_of_agent(wanted, out);
}

static bool is_label_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* A label's value or name: others become '_', both ends are letters or digits. */
static const char *label_text(const char *text, size_t max, char out[NODE_NAME_MAX])
{
	size_t n = 0;
	for (const char *s = text; *s && n < max; s++) {
		char c = is_label_char(*s) && !((unsigned char)*s & 0x80) ? *s : '_';
		if (n || isalnum((unsigned char)c)) {
			out[n++] = c;
		}
	}
	while (n && !isalnum((unsigned char)out[n - 1])) {
		n--;
	}
	out[n] = '\0';
	return out;
}

/* "name" or "prefix/name", as label keys must be. */
static bool is_label_key(const char *key)
{
	char made[NODE_NAME_MAX];
	const char *slash = strchr(key, '/'), *name = slash ? slash + 1 : key;
	if (slash) {
		CLEANUP_FREE char *prefix = xstrndup(key, (size_t)(slash - key));
		if (strlen(prefix) > LABEL_PREFIX_MAX || strcmp(prefix, node_name_of_agent(prefix, made))) {
			return false;
		}
	}
	return *name && strlen(name) <= LABEL_NAME_MAX && !strcmp(name, label_text(name, LABEL_NAME_MAX, made));
}

static const char *label_key(const char *attribute, char out[2 * NODE_NAME_MAX])
{
	char made[NODE_NAME_MAX];
	snprintf(out, (size_t)2 * NODE_NAME_MAX, "%s",
		 is_label_key(attribute) ? attribute : label_text(attribute, LABEL_NAME_MAX, made));
	return out;
}

static const char *attribute_label(const struct mesos_offer *offer, const char *key, char buffer[NODE_NAME_MAX])
{
	char made[2 * NODE_NAME_MAX];
	for (size_t i = 0; i < offer->n_attributes; i++) {
		if (!strcmp(label_key(offer->attributes[i].name, made), key)) {
			return label_text(offer->attributes[i].text, LABEL_VALUE_MAX, buffer);
		}
	}
	return NULL;
}

static const char *fixed_label(const struct node_labels *fixed, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < fixed->n; i++) {
		if (!strncmp(fixed->texts[i], key, n) && fixed->texts[i][n] == '=') {
			return fixed->texts[i] + n + 1;
		}
	}
	return NULL;
}

const char *agent_label(const struct mesos_offer *offer, const struct node_labels *fixed, const char *key,
			char buffer[NODE_NAME_MAX])
{
	const char *value = fixed_label(fixed, key);
	if (value) {
		return value;
	}
	if (!strcmp(key, LABEL_HOSTNAME)) {
		char name[NODE_NAME_MAX];
		return label_text(node_name_of_agent(offer->hostname, name), LABEL_VALUE_MAX, buffer);
	}
	if (!strcmp(key, LABEL_REGION) && offer->region) {
		return label_text(offer->region, LABEL_VALUE_MAX, buffer);
	}
	if (!strcmp(key, LABEL_ZONE) && offer->zone) {
		return label_text(offer->zone, LABEL_VALUE_MAX, buffer);
	}
	if (!strcmp(key, LABEL_NODE_ROLE)) {
		return "";
	}
	value = attribute_label(offer, key, buffer);
	if (!value && !strcmp(key, LABEL_OS)) {
		return "linux";
	}
	if (!value && !strcmp(key, LABEL_ARCH)) {
		return OWN_ARCH;
	}
	return value;
}

struct agent_node {
	struct kube_node node;
	char name[NODE_NAME_MAX];
	char *agent_id, *adapter, *ip, *hostname, *taint_key, *taint_effect, *runtime_version;
	char *extended[NODE_EXTENDED_MAX];
	char *names[NODE_LABELS_MAX], *values[NODE_LABELS_MAX];
};

static bool has_label(const struct agent_node *n, const char *name)
{
	for (size_t i = 0; i < n->node.n_labels; i++) {
		if (!strcmp(n->names[i], name)) {
			return true;
		}
	}
	return false;
}

static void put_pair(struct agent_node *n, const char *name, const char *value)
{
	size_t i = n->node.n_labels;
	if (!value || i == NODE_LABELS_MAX || has_label(n, name)) {
		return;
	}
	n->names[i] = xstrdup(name);
	n->values[i] = xstrdup(value);
	n->node.labels[i] = (struct kube_pair){n->names[i], n->values[i]};
	n->node.n_labels++;
}

static void put_label(struct agent_node *n, const struct mesos_offer *offer, const struct node_labels *fixed,
		      const char *name)
{
	char buffer[NODE_NAME_MAX];
	put_pair(n, name, *name ? agent_label(offer, fixed, name, buffer) : NULL);
}

static void put_labels(struct agent_node *n, const struct mesos_offer *offer, const struct node_labels *fixed)
{
	static const char *const known[] = {LABEL_HOSTNAME, LABEL_OS, LABEL_ARCH, LABEL_REGION, LABEL_ZONE};
	char name[2 * NODE_NAME_MAX];
	put_pair(n, LABEL_NODE_ROLE, "");
	for (size_t i = 0; i < fixed->n; i++) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(fixed->texts[i], "="), fixed->texts[i]);
		put_label(n, offer, fixed, name);
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		put_label(n, offer, fixed, known[i]);
	}
	for (size_t i = 0; i < offer->n_attributes; i++) {
		put_label(n, offer, fixed, label_key(offer->attributes[i].name, name));
	}
}

/* Of a node that stands for all agents, whatever they are: who wants one of a kind names an attribute. */
static void put_labels_of_all(struct agent_node *n, const struct node_labels *fixed)
{
	put_pair(n, LABEL_NODE_ROLE, "");
	for (size_t i = 0; i < fixed->n; i++) {
		const char *text = fixed->texts[i];
		CLEANUP_FREE char *name = xstrndup(text, strcspn(text, "="));
		put_pair(n, name, fixed_label(fixed, name));
	}
	put_pair(n, LABEL_HOSTNAME, n->name);
	put_pair(n, LABEL_OS, "linux");
	put_pair(n, LABEL_ARCH, OWN_ARCH);
}

static struct kube_amounts amounts_of(const struct amounts *a)
{
	return (struct kube_amounts){
	    .cpu_milli = a->cpus,
	    .memory = (int64_t)((__int128)a->mem * MEGABYTE / 1000),
	    .ephemeral_storage = (int64_t)((__int128)a->disk * MEGABYTE / 1000),
	    .gpus = a->gpus / 1000,
	};
}

static bool is_well_known(const char *name)
{
	return !strcmp(name, "cpus") || !strcmp(name, "mem") || !strcmp(name, "disk") || !strcmp(name, "gpus");
}

/* All scalars of `from` that have no name of their own in Kubernetes: what there is in `r`, of what the agent has. */
static void put_extended(struct agent_node *n, const struct mesos_resources *from, const struct mesos_resources *r,
			 const struct mesos_resources *total)
{
	char made[NODE_NAME_MAX];
	for (size_t i = 0; i < from->n; i++) {
		const struct mesos_resource *one = &from->items[i];
		const char *name = label_text(one->name, LABEL_NAME_MAX, made);
		size_t k = 0;
		if (one->type != MESOS_SCALAR || is_well_known(one->name) || !*name) {
			continue;
		}
		CLEANUP_FREE char *full = xasprintf(EXTENDED_PREFIX "%s", name);
		while (k < n->node.n_extended && strcmp(n->extended[k], full) != 0) {
			k++;
		}
		if (k < n->node.n_extended || k == NODE_EXTENDED_MAX) {
			continue; /* all of one name are counted together */
		}
		n->extended[k] = xstrdup(full);
		n->node.extended[k] = (struct kube_extended){
		    .name = n->extended[k],
		    .allocatable = mesos_resources_available(r, one->name, NULL) / 1000,
		    .capacity = mesos_resources_available(total, one->name, NULL) / 1000,
		};
		n->node.n_extended++;
	}
}

struct agent_node *agent_node_new(const struct agent_node_spec *spec)
{
	struct agent_node *n = xcalloc(1, sizeof(*n));
	const struct mesos_offer *offer = spec->offer;
	snprintf(n->name, sizeof(n->name), "%s", spec->name);
	n->agent_id = xstrdup(offer ? offer->agent_id : NULL);
	n->adapter = xstrdup(spec->adapter);
	n->ip = xstrdup(spec->kubelet_address || !offer ? spec->kubelet_address : offer->agent_ip);
	n->hostname = xstrdup(offer ? offer->hostname : "");
	n->taint_key = xstrdup(spec->taint_key);
	n->taint_effect = xstrdup(spec->taint_effect);
	n->node.of = offer ? KUBE_NODE_OF_AGENT : KUBE_NODE_OF_ALL;
	n->node.name = n->name;
	n->node.hostname = *n->hostname ? n->hostname : n->name;
	n->node.agent_id = n->agent_id;
	n->node.adapter = n->adapter;
	n->node.taint_key = n->taint_key;
	n->node.taint_effect = n->taint_effect;
	n->node.capacity = amounts_of(&spec->capacity);
	n->node.allocatable = amounts_of(&spec->allocatable);
	n->node.allocatable.gpus = n->node.capacity.gpus ? n->node.allocatable.gpus : -1;
	n->node.capacity.gpus = n->node.capacity.gpus ? n->node.capacity.gpus : -1;
	n->runtime_version = xasprintf("mesos://%s", spec->version ? spec->version : "");
	n->node.runtime_version = n->runtime_version;
	n->node.pods = (spec->max_pods ? spec->max_pods : PODS_PER_NODE) * (offer ? 1 : spec->agents);
	n->node.internal_ip = n->ip;
	n->node.kubelet_port = spec->kubelet_port;
	n->node.version = "v" PROJECT_VERSION "-mesos";
	n->node.not_ready = spec->not_ready;
	n->node.since_ms = spec->since_ms;
	n->node.now_ms = spec->now_ms;
	n->node.access = spec->access;
	if (!offer) {
		put_labels_of_all(n, &spec->labels);
		return n;
	}
	put_labels(n, offer, &spec->labels);
	if (spec->total) {
		put_extended(n, spec->total, &offer->resources, spec->total);
	}
	put_extended(n, &offer->resources, &offer->resources, &offer->resources);
	return n;
}

void agent_node_free(struct agent_node *n)
{
	if (!n) {
		return;
	}
	for (size_t i = 0; i < n->node.n_labels; i++) {
		free(n->names[i]);
		free(n->values[i]);
	}
	for (size_t i = 0; i < n->node.n_extended; i++) {
		free(n->extended[i]);
	}
	free(n->agent_id);
	free(n->adapter);
	free(n->ip);
	free(n->hostname);
	free(n->taint_key);
	free(n->taint_effect);
	free(n->runtime_version);
	free(n);
}

const struct kube_node *agent_node_view(const struct agent_node *n)
{
	return &n->node;
}
