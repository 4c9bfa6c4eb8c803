#include "translate/names.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "translate/network.h"
#include "translate/volume_nest.h"

static bool has_own(const struct kube_container *c, const char *path)
{
	const struct kube_mount *m = mount_touching(c, path);
	return m && !strcmp(m->path, path);
}

static int check_file(const struct kube_container *c, const char *path, const char *field, const char *kind,
		      struct err *e)
{
	const struct kube_mount *m = mount_touching(c, path);
	if (!m || !strcmp(m->path, path)) {
		return 0;
	}
	return err_set(e, ERR_UNSUPPORTED,
		       "not supported: spec.%s: spec.%s[%s] has a volume on %.128s, and %s cannot be mounted in it",
		       field, kind, c->name, m->path, path);
}

int names_check(const struct kube_pod *pod, const struct kube_container *c, const char *kind, struct err *e)
{
	const struct kube_names *names = pod->names;
	return (names && names->n_aliases && check_file(c, NAMES_HOSTS, "hostAliases", kind, e)) ||
		       (names && names->resolver && check_file(c, NAMES_RESOLVER, "dnsConfig", kind, e))
		   ? -1
		   : 0;
}

/* ---- writing ---- */

static void put_words(struct buf *b, const char *between, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%s%s", between, words[i]);
	}
}

char *names_hosts(const struct kube_pod *pod, const struct kube_container *c, const struct pod_site *site)
{
	const struct kube_names *names = pod->names;
	if (!names || !names->n_aliases || has_own(c, NAMES_HOSTS)) {
		return NULL;
	}
	CLEANUP_BUF struct buf b = BUF_INIT(POD_BYTES_MAX * 2);
	CLEANUP_FREE char *own = network_host_name(pod);
	buf_puts(&b, "# Kubernetes-managed hosts file.\n"
		     "127.0.0.1\tlocalhost\n"
		     "::1\tlocalhost ip6-localhost ip6-loopback\n"
		     "fe00::0\tip6-localnet\n"
		     "fe00::0\tip6-mcastprefix\n"
		     "fe00::1\tip6-allnodes\n"
		     "fe00::2\tip6-allrouters\n");
	if (site->host_ip) {
		bool named = site->node_name && strcmp(site->node_name, own) != 0;
		buf_printf(&b, "%s\t%s%s%s\n", site->host_ip, own, named ? "\t" : "", named ? site->node_name : "");
	}
	buf_puts(&b, "\n# Entries added by HostAliases.\n");
	for (size_t i = 0; i < names->n_aliases; i++) {
		buf_puts(&b, names->aliases[i].ip);
		put_words(&b, "\t", names->aliases[i].names, names->aliases[i].n_names);
		buf_putc(&b, '\n');
	}
	return xstrdup(buf_str(&b));
}

char *names_resolver(const struct kube_pod *pod, const struct kube_container *c)
{
	const struct kube_names *d = pod->names;
	if (!d || !d->resolver || has_own(c, NAMES_RESOLVER)) {
		return NULL;
	}
	CLEANUP_BUF struct buf b = BUF_INIT(POD_BYTES_MAX * 2);
	if (d->n_searches) {
		buf_puts(&b, "search");
		put_words(&b, " ", d->searches, d->n_searches);
		buf_putc(&b, '\n');
	}
	for (size_t i = 0; i < d->n_servers; i++) {
		buf_printf(&b, "nameserver %s\n", d->servers[i]);
	}
	for (size_t i = 0; i < d->n_options; i++) {
		const struct kube_pair *o = &d->options[i];
		buf_printf(&b, "%s %s%s%s%s", i ? "" : "options", o->name, o->value ? ":" : "",
			   o->value ? o->value : "", i + 1 == d->n_options ? "\n" : "");
	}
	return xstrdup(buf_str(&b));
}
