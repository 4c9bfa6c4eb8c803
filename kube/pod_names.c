/* hostAliases and dnsConfig of a pod. */
#include <string.h>

#include "base/js.h"
#include "kube/pod_read.h"

/* A word of /etc/hosts or /etc/resolv.conf. */
static int check_word(struct pod_reader *r, const struct where *at, const char *text)
{
	bool word = text && *text && !strpbrk(text, " \t\r\n#");
	return word ? 0 : reader_error(r, ERR_INVALID, at, NULL, "not a word of a line");
}

static int read_words(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char *const **ret,
		      size_t *ret_n)
{
	struct where list_at = {.up = at, .key = key};
	if (read_strs(r, at, o, key, ret, ret_n)) {
		return -1;
	}
	for (size_t i = 0; i < *ret_n; i++) {
		struct where here = {.up = &list_at, .index = i};
		if (check_word(r, &here, (*ret)[i])) {
			return -1;
		}
	}
	return 0;
}

static int read_alias(struct pod_reader *r, const struct where *at, json_t *o, struct kube_host_alias *alias)
{
	struct where ip_at = {.up = at, .key = "ip"};
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	return reader_check_fields(r, POD_SCOPE_HOST_ALIAS, at, o) || read_str(r, at, o, "ip", &alias->ip) ||
		       check_word(r, &ip_at, alias->ip) ||
		       read_words(r, at, o, "hostnames", &alias->names, &alias->n_names)
		   ? -1
		   : 0;
}

/* A file of them has the pod's own address too, which on a network of CNI is not known before the start. */
static int read_aliases(struct pod_reader *r, const struct where *at, json_t *list, struct kube_names *names)
{
	struct where list_at = {.up = at, .key = "hostAliases"};
	size_t n = json_array_size(list);
	names->aliases = reader_alloc(r, n, sizeof(*names->aliases));
	if (!names->aliases) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(o, "ip"), .index = i};
		if (read_alias(r, &here, o, &names->aliases[i])) {
			return -1;
		}
	}
	names->n_aliases = n;
	return n && r->pod->network
		   ? reader_refuse(r, &list_at,
				   "on a network of CNI the pod's own address, which stands in /etc/hosts "
				   "too, is not known before the start")
		   : 0;
}

static int read_option(struct pod_reader *r, const struct where *at, json_t *o, struct kube_pair *option)
{
	struct where name_at = {.up = at, .key = "name"}, value_at = {.up = at, .key = "value"};
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (reader_check_fields(r, POD_SCOPE_DNS_OPTION, at, o) || read_str(r, at, o, "name", &option->name) ||
	    check_word(r, &name_at, option->name) || read_str(r, at, o, "value", &option->value)) {
		return -1;
	}
	option->value = option->value && *option->value ? option->value : NULL;
	return option->value ? check_word(r, &value_at, option->value) : 0;
}

static int read_options(struct pod_reader *r, const struct where *at, json_t *o, struct kube_names *d)
{
	struct where list_at = {.up = at, .key = "options"};
	json_t *list;
	if (read_list(r, at, o, "options", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	d->options = reader_alloc(r, n, sizeof(*d->options));
	if (!d->options) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *option = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(option, "name"), .index = i};
		if (read_option(r, &here, option, &d->options[i])) {
			return -1;
		}
	}
	d->n_options = n;
	return 0;
}

/* Only with dnsPolicy None it says all that stands in the file. */
static int read_resolver(struct pod_reader *r, const struct where *at, json_t *o, bool all, struct kube_names *d)
{
	struct where here = {.up = at, .key = "dnsConfig"};
	if (!all) {
		return reader_refuse(r, &here, "only with dnsPolicy None: what the agent's resolver says is not known");
	}
	d->resolver = true;
	return reader_check_fields(r, POD_SCOPE_DNS, &here, o) ||
		       read_words(r, &here, o, "nameservers", &d->servers, &d->n_servers) ||
		       read_words(r, &here, o, "searches", &d->searches, &d->n_searches) || read_options(r, &here, o, d)
		   ? -1
		   : 0;
}

int pod_read_names(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct where policy_at = {.up = at, .key = "dnsPolicy"};
	const char *policy = js_str(spec, "dnsPolicy");
	bool all = policy && !strcmp(policy, "None");
	json_t *aliases, *config;
	if (read_list(r, at, spec, "hostAliases", &aliases) || read_object(r, at, spec, "dnsConfig", &config)) {
		return -1;
	}
	bool aliased = json_array_size(aliases), configured = json_object_size(config);
	if (all && !configured && reader_refuse(r, &policy_at, "without dnsConfig")) {
		return -1;
	}
	if (!aliased && !configured) {
		return 0;
	}
	struct kube_names *names = reader_alloc(r, 1, sizeof(*names));
	if (!names || (aliased && read_aliases(r, at, aliases, names)) ||
	    (configured && read_resolver(r, at, config, all, names))) {
		return -1;
	}
	r->pod->names = names;
	return 0;
}
