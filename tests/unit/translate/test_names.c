/* Files of names: hostAliases and dnsConfig in, the text of files out. */
#include "translate/names.h"

#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/need.h"

#define LOCAL                                                                                                          \
	"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"          \
	"fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"

static struct kube_pod *pod_with(const char *spec, const char *mounts, struct err *e)
{
	CLEANUP_FREE char *members = xasprintf("%s%s'volumes':[{'name':'v','emptyDir':{}}],"
					       "'containers':[{'name':'app','image':'i','volumeMounts':[%s]}]",
					       spec, *spec ? "," : "", mounts);
	return sample_spec(members, e);
}

static void files_of_names_say_what_the_pod_says(void **state)
{
	(void)state;
	static const struct pod_site site = {.host_ip = "10.0.0.7", .node_name = "agent1"}, unknown = {0};
	static const struct {
		const char *spec, *mounts;
		const struct pod_site *site;
		const char *hosts, *resolver; /* NULL: the agent's */
	} rows[] = {
	    {"", "", &site, NULL, NULL},
	    {"'hostAliases':[{'ip':'1.2.3.4','hostnames':['foo','bar']},{'ip':'::5'}]", "", &site,
	     LOCAL "10.0.0.7\tweb\tagent1\n\n# Entries added by HostAliases.\n1.2.3.4\tfoo\tbar\n::5\n", NULL},
	    {"'hostname':'agent1','hostAliases':[{'ip':'1.2.3.4','hostnames':['foo']}]", "", &site,
	     LOCAL "10.0.0.7\tagent1\n\n# Entries added by HostAliases.\n1.2.3.4\tfoo\n", NULL},
	    {"'hostAliases':[{'ip':'1.2.3.4','hostnames':['foo']}]", "", &unknown,
	     LOCAL "\n# Entries added by HostAliases.\n1.2.3.4\tfoo\n", NULL},
	    {"'hostAliases':[{'ip':'1.2.3.4','hostnames':['foo']}]", "{'name':'v','mountPath':'/etc/hosts'}", &site,
	     NULL, NULL},
	    {"'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1','8.8.8.8'],'searches':['a.b','c'],"
	     "'options':[{'name':'ndots','value':'2'},{'name':'edns0'}]}",
	     "", &site, NULL, "search a.b c\nnameserver 1.1.1.1\nnameserver 8.8.8.8\noptions ndots:2 edns0\n"},
	    {"'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1']}", "", &site, NULL, "nameserver 1.1.1.1\n"},
	    {"'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1']}",
	     "{'name':'v','mountPath':'/etc/resolv.conf'}", &site, NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		struct kube_pod *pod = pod_with(rows[i].spec, rows[i].mounts, &e);
		translate_config_init(&config);
		if (!pod || pod_need_make(pod, &config, &need, &e)) {
			fail_msg("%s: %s", rows[i].spec, e.text);
		}
		CLEANUP_FREE char *hosts = names_hosts(pod, &pod->containers[0], rows[i].site);
		CLEANUP_FREE char *resolver = names_resolver(pod, &pod->containers[0]);
		assert_int_equal(hosts != NULL, rows[i].hosts != NULL);
		assert_int_equal(resolver != NULL, rows[i].resolver != NULL);
		if (hosts) {
			assert_string_equal(hosts, rows[i].hosts);
		}
		if (resolver) {
			assert_string_equal(resolver, rows[i].resolver);
		}
		kube_pod_free(pod);
	}
}

static void what_cannot_be_such_a_file_is_refused_or_malformed(void **state)
{
	(void)state;
	static const struct {
		const char *spec, *mounts, *why;
	} rows[] = {
	    {"'hostAliases':[{'ip':'1.2.3.4'}]", "{'name':'v','mountPath':'/etc'}",
	     "not supported: spec.hostAliases: spec.containers[app] has a volume on /etc"},
	    {"'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1']}", "{'name':'v','mountPath':'/etc'}",
	     "not supported: spec.dnsConfig: spec.containers[app] has a volume on /etc"},
	    {"'dnsConfig':{'options':[{'name':'ndots','value':'5'}]}", "",
	     "not supported: spec.dnsConfig (only with dnsPolicy None"},
	    {"'dnsPolicy':'None','dnsConfig':{'fqdn':true}", "", "not supported: spec.dnsConfig.fqdn"},
	    {"'hostAliases':[{'ip':'1.2.3.4\\n5.6.7.8'}]", "", "spec.hostAliases[1.2.3.4"},
	    {"'hostAliases':[{'hostnames':['a']}]", "", "spec.hostAliases[0].ip: not a word of a line"},
	    {"'hostAliases':[{'ip':'1.2.3.4','hostnames':['a b']}]", "",
	     "spec.hostAliases[1.2.3.4].hostnames[0]: not a word of a line"},
	    {"'dnsPolicy':'None','dnsConfig':{'nameservers':['']}", "",
	     "spec.dnsConfig.nameservers[0]: not a word of a line"},
	    {"'dnsPolicy':'None','dnsConfig':{'options':[{'name':'a','value':'b c'}]}", "",
	     "spec.dnsConfig.options[a].value: not a word of a line"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		struct kube_pod *pod = pod_with(rows[i].spec, rows[i].mounts, &e);
		translate_config_init(&config);
		if ((pod && !pod_need_make(pod, &config, &need, &e)) || !strstr(e.text, rows[i].why)) {
			fail_msg("%s: %s", rows[i].spec, e.text);
		}
		kube_pod_free(pod);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_of_names_say_what_the_pod_says),
	    cmocka_unit_test(what_cannot_be_such_a_file_is_refused_or_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
