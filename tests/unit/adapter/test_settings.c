#include "tests/unit/adapter/certificate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter/settings.h"
#include "adapter/settings_check.h"
#include "base/file.h"
#include "base/log.h"

#define ARGV_MAX 24
#define PATH_BYTES 256
#define PAGE_MAX ((size_t)256 << 10)

static char dir[] = "/tmp/test_settings.XXXXXX";

/* A file of the test's directory with this text; returns its path in `out`. */
static const char *file_with(const char *name, const char *text, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%s", dir, name);
	FILE *f = fopen(out, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return out;
}

/* Flags as one text split at spaces; @ stands for the test's directory. */
static enum settings_wish load(const char *flags, struct settings *s, struct err *e)
{
	char words[ARGV_MAX][PATH_BYTES];
	const char *argv[ARGV_MAX] = {"kube-mesos-adapter"};
	int argc = 1;
	while (*flags) {
		size_t n = strcspn(flags, " ");
		size_t at = strcspn(flags, "@ ");
		assert_true(argc < ARGV_MAX && n + sizeof(dir) < PATH_BYTES);
		if (at < n && flags[at + 1] == '/') {
			snprintf(words[argc], PATH_BYTES, "%.*s%s%.*s", (int)at, flags, dir, (int)(n - at - 1),
				 flags + at + 1);
		} else {
			snprintf(words[argc], PATH_BYTES, "%.*s", (int)n, flags);
		}
		argv[argc] = words[argc];
		argc++;
		flags += n + (flags[n] == ' ');
	}
	err_clear(e);
	return settings_load(argc, argv, s, e);
}

static void assert_refused(const char *flags, const char *sentence)
{
	struct settings s;
	struct err e;
	assert_int_equal(load(flags, &s, &e), SETTINGS_WRONG);
	assert_string_equal(e.text, sentence);
}

#define MASTER "--master http://m1:5050 "

static void the_defaults_are_those_of_the_reference(void **state)
{
	(void)state;
	struct settings s;
	struct err e;
	assert_int_equal(load(MASTER, &s, &e), SETTINGS_RUN);
	assert_null(s.kubeconfig);
	assert_string_equal(s.scheduler_name, "mesos");
	assert_string_equal(s.taint_key, "mesos.apache.org/agent");
	assert_string_equal(s.taint_effect, "NoSchedule");
	assert_null(s.state_namespace);
	assert_string_equal(s.state_name, "kube-mesos-adapter");
	assert_string_equal(settings_state_namespace(&s, "own"), "own");
	assert_true(s.leader_elect);
	assert_int_equal(s.lease_duration_ms, 3000);
	assert_int_equal(s.lease_renew_ms, 2000);
	assert_int_equal(s.lease_retry_ms, 500);
	assert_int_equal(s.roles.n, 1);
	assert_string_equal(s.roles.items[0], "kubernetes");
	assert_string_equal(s.framework_user, "root");
	assert_int_equal(s.failover_timeout_ms, 7 * 24 * 3600 * 1000LL);
	assert_false(s.gpus);
	assert_int_equal(s.backoff_min_ms, 10000);
	assert_int_equal(s.backoff_max_ms, 300000);
	assert_int_equal(s.log_level, LOG_INFO);
	assert_int_equal(s.log_format, LOG_FORMAT_TEXT);
	settings_done(&s);
}

static void the_core_s_own_defaults_are_those_of_the_reference(void **state)
{
	(void)state;
	struct settings s;
	struct err e;
	struct core_config usual, ours;
	core_config_init(&usual);
	assert_int_equal(load(MASTER, &s, &e), SETTINGS_RUN);
	settings_core_config(&s, &ours);
	assert_int_equal(ours.n_roles, 1);
	assert_string_equal(ours.roles[0], "kubernetes");
	assert_string_equal(ours.taint_key, "mesos.apache.org/agent");
	assert_string_equal(ours.taint_effect, "NoSchedule");
	assert_memory_equal(&ours.translate, &usual.translate, sizeof(usual.translate));
	assert_int_equal(ours.offer_hold_ms, usual.offer_hold_ms);
	assert_int_equal(ours.decline_busy_ms, usual.decline_busy_ms);
	assert_int_equal(ours.decline_idle_ms, usual.decline_idle_ms);
	assert_int_equal(ours.backoff_first_ms, usual.backoff_first_ms);
	assert_int_equal(ours.backoff_max_ms, usual.backoff_max_ms);
	assert_int_equal(ours.quarantine_ms, usual.quarantine_ms);
	assert_int_equal(ours.keep_orphans, usual.keep_orphans);
	assert_int_equal(ours.audit_every_ms, usual.audit_every_ms);
	settings_done(&s);
}

static void what_is_chosen_reaches_the_core(void **state)
{
	(void)state;
	struct settings s;
	struct err e;
	struct core_config c;
	assert_int_equal(load(MASTER
			      "--executor-cpus 0.5 --executor-mem 64.5 --container-cpus=1 --node-taint= "
			      "--offer-hold 2s --decline-busy 3s --decline-idle 4s --backoff-min 5s --backoff-max 6s "
			      "--quarantine 7s --orphan-policy keep",
			      &s, &e),
			 SETTINGS_RUN);
	settings_core_config(&s, &c);
	assert_int_equal(c.translate.executor.cpus, 500);
	assert_int_equal(c.translate.executor.mem, 64500);
	assert_int_equal(c.translate.container_default.cpus, 1000);
	assert_null(c.taint_key);
	assert_int_equal(c.offer_hold_ms, 2000);
	assert_int_equal(c.decline_busy_ms, 3000);
	assert_int_equal(c.decline_idle_ms, 4000);
	assert_int_equal(c.backoff_first_ms, 5000);
	assert_int_equal(c.backoff_max_ms, 6000);
	assert_int_equal(c.quarantine_ms, 7000);
	assert_true(c.keep_orphans);
	settings_done(&s);
}

static void what_agents_have_reaches_the_plans(void **state)
{
	(void)state;
	struct settings s;
	struct err e;
	struct core_config c;
	assert_int_equal(load(MASTER "--framework-user nobody --agent-isolation linux/capabilities,linux/seccomp "
				     "--agent-bounding-capabilities CHOWN,checkpoint_restore "
				     "--agent-effective-capabilities none "
				     "--agent-seccomp-profile default.json",
			      &s, &e),
			 SETTINGS_RUN);
	settings_core_config(&s, &c);
	assert_true(c.translate.rights.capabilities && c.translate.rights.seccomp && c.translate.rights.other_user);
	assert_false(c.translate.rights.no_new_privs);
	assert_int_equal(c.translate.rights.bounding, 1 | (uint64_t)1 << 40);
	assert_int_equal(c.translate.rights.effective, 0);
	assert_string_equal(c.translate.rights.seccomp_profile, "default.json");
	settings_done(&s);
	assert_int_equal(load(MASTER "--agent-isolation linux/nnp --agent-seccomp-profile=", &s, &e), SETTINGS_RUN);
	assert_true(s.translate.rights.no_new_privs && !s.translate.rights.other_user);
	assert_null(s.translate.rights.seccomp_profile);
	assert_int_equal(s.translate.rights.effective, ((uint64_t)1 << 41) - 1);
	settings_done(&s);
}

static void the_choices_of_the_log_are_the_log_s_own_numbers(void **state)
{
	(void)state;
	static const char *const names[] = {"debug", "info", "warn", "error"};
	static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
	for (size_t i = 0; i < 4; i++) {
		char flags[128];
		struct settings s;
		struct err e;
		snprintf(flags, sizeof(flags), MASTER "--log-level %s --log-format json", names[i]);
		assert_int_equal(load(flags, &s, &e), SETTINGS_RUN);
		assert_int_equal(s.log_level, levels[i]);
		assert_int_equal(s.log_format, LOG_FORMAT_JSON);
		settings_done(&s);
	}
}

static void a_file_with_everything_is_read_whole(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	struct settings s;
	struct err e;
	file_with("secret", "s3cret\n", path);
	char key_path[PATH_BYTES];
	file_with("key.pem", "", key_path);
	make_certificate(file_with("ca.pem", "", path), key_path, NULL);
	make_certificate(file_with("cert.pem", "", path), key_path, NULL);
	file_with("kubeconfig", "apiVersion: v1\n", path);
	char text[2048];
	snprintf(text, sizeof(text),
		 "kubeconfig: %s/kubeconfig\ncontext: here\nnode-taint: \"\"\nstate-namespace: mesos\n"
		 "master:\n- https://m1:5050/\n- http://[fe80::1]:5050\nmesos-roles: [web, eng/backend]\n"
		 "mesos-principal: kube\nmesos-secret-file: %s/secret\nmesos-ca-file: %s/ca.pem\n"
		 "mesos-cert-file: %s/cert.pem\nmesos-key-file: %s/key.pem\ngpus: true\nquarantine: 30m\n",
		 dir, dir, dir, dir, dir);
	file_with("adapter.yaml", text, path);
	assert_int_equal(load("--config @/adapter.yaml --quarantine 2h", &s, &e), SETTINGS_RUN);
	assert_string_equal(s.context, "here");
	assert_null(s.taint_key);
	assert_null(s.taint_effect);
	assert_string_equal(s.state_namespace, "mesos");
	assert_string_equal(settings_state_namespace(&s, "own"), "mesos");
	assert_int_equal(s.masters.n, 2);
	assert_string_equal(s.masters.items[0], "https://m1:5050");
	assert_string_equal(s.masters.items[1], "http://[fe80::1]:5050");
	assert_string_equal(s.roles.items[1], "eng/backend");
	assert_true(s.gpus);
	assert_int_equal(s.quarantine_ms, 7200000);
	settings_done(&s);
}

static void what_does_not_go_together_is_refused(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	file_with("cert.pem", "cert", path);
	assert_refused("", "option master is required: give --master, or master in the configuration file");
	assert_refused(MASTER "--context here", "option context needs option kubeconfig");
	assert_refused(MASTER "--backoff-min 10s --backoff-max 5s",
		       "option backoff-min must not be longer than backoff-max");
	assert_refused(MASTER "--lease-duration 2500ms", "option lease-duration must be whole seconds");
	assert_refused(MASTER "--lease-duration 2s", "option lease-renew-deadline must be shorter than lease-duration");
	assert_refused(MASTER "--lease-retry 1700ms",
		       "option lease-retry, and a fifth more, must be shorter than lease-renew-deadline");
	assert_refused(MASTER "--mesos-ca-file @/cert.pem",
		       "option mesos-ca-file is of no use: no master begins with https://");
	assert_refused("--master https://m1 --mesos-cert-file @/cert.pem",
		       "options mesos-cert-file and mesos-key-file need each other");
	assert_refused("--master https://m1 --mesos-key-file @/cert.pem",
		       "options mesos-cert-file and mesos-key-file need each other");
	assert_refused(MASTER "--mesos-secret-file @/cert.pem",
		       "option mesos-secret-file needs option mesos-principal");
	assert_refused(MASTER "--mesos-principal a:b --mesos-secret-file @/cert.pem",
		       "option mesos-principal: must not contain \":\" when there is a secret");
	assert_refused(MASTER "--mesos-roles a,b,a", "option mesos-roles: \"a\" stands there twice");
	assert_refused(
	    MASTER "--agent-isolation linux/capabilities,cgroups/cpu",
	    "option agent-isolation: \"cgroups/cpu\" is none of linux/capabilities, linux/seccomp, linux/nnp");
	assert_refused(MASTER "--agent-bounding-capabilities CHOWN",
		       "option agent-bounding-capabilities needs linux/capabilities in option agent-isolation");
	assert_refused(MASTER "--agent-isolation linux/capabilities --agent-bounding-capabilities CHOWN,CAP_KILL",
		       "option agent-bounding-capabilities: \"CAP_KILL\" is no capability");
	assert_refused(MASTER "--agent-effective-capabilities none",
		       "option agent-effective-capabilities needs linux/capabilities in option agent-isolation");
	assert_refused(MASTER "--agent-isolation linux/capabilities --agent-effective-capabilities none,KILL",
		       "option agent-effective-capabilities: \"none\" is no capability");
	assert_refused(MASTER "--agent-seccomp-profile default.json",
		       "option agent-seccomp-profile needs linux/seccomp in option agent-isolation");
	assert_refused(MASTER "--agent-isolation linux/seccomp --agent-seccomp-profile /etc/default.json",
		       "option agent-seccomp-profile: \"/etc/default.json\" is no path below the agents' "
		       "--seccomp_config_dir");
	assert_refused(MASTER "--framework-name=", "option framework-name must not be empty");
	assert_refused(MASTER "--framework-user=", "option framework-user must not be empty");
}

static void a_file_that_cannot_be_used_is_named(void **state)
{
	(void)state;
	char path[PATH_BYTES], sentence[2 * PATH_BYTES];
	struct settings s;
	struct err e;
	assert_refused(MASTER "--kubeconfig /does/not/exist",
		       "option kubeconfig: cannot read /does/not/exist: No such file or directory");
	assert_refused("--master https://m1 --mesos-ca-file /does/not/exist",
		       "option mesos-ca-file: cannot read /does/not/exist: No such file or directory");
	assert_refused("--master https://m1 --mesos-ca-file /", "option mesos-ca-file: / is no regular file");
	file_with("cert.pem", "no certificate\n", path);
	assert_int_equal(load("--master https://m1 --mesos-ca-file @/cert.pem", &s, &e), SETTINGS_WRONG);
	assert_non_null(strstr(e.text, "option mesos-ca-file: "));
	assert_non_null(strstr(e.text, "cert.pem: no certificate in it"));
	assert_int_equal(load("--master https://m1 --mesos-cert-file @/cert.pem --mesos-key-file @/cert.pem", &s, &e),
			 SETTINGS_WRONG);
	assert_non_null(strstr(e.text, "option mesos-cert-file: "));
	assert_non_null(strstr(e.text, "cert.pem: no certificate in it"));
	char key_path[PATH_BYTES];
	make_certificate(file_with("cert.pem", "", path), file_with("key.pem", "", key_path), NULL);
	make_certificate(file_with("ca.pem", "", path), key_path, NULL);
	assert_int_equal(load("--master https://m1 --mesos-cert-file @/cert.pem --mesos-key-file @/key.pem", &s, &e),
			 SETTINGS_WRONG);
	assert_non_null(strstr(e.text, "option mesos-key-file: "));
	assert_non_null(strstr(e.text, "key.pem: the private key does not belong to the certificate"));
	static const char *const secrets[] = {"", "\n", "two\nlines\n"};
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		file_with("bad-secret", secrets[i], path);
		snprintf(sentence, sizeof(sentence), "option mesos-secret-file: %s must hold one line of text", path);
		assert_refused(MASTER "--mesos-principal kube --mesos-secret-file @/bad-secret", sentence);
	}
	assert_int_equal(load(MASTER "--mesos-principal kube --mesos-secret-file /does/not/exist", &s, &e),
			 SETTINGS_WRONG);
	assert_non_null(strstr(e.text, "option mesos-secret-file: "));
	assert_non_null(strstr(e.text, "/does/not/exist"));
}

static void wrong_names_are_refused_with_the_option(void **state)
{
	(void)state;
	assert_refused(
	    MASTER "--scheduler-name Big",
	    "option scheduler-name: \"Big\": must be labels of a-z, 0-9 and - joined with dots, at most 253 bytes");
	assert_refused(
	    MASTER "--state-namespace a.b",
	    "option state-namespace: \"a.b\": must be 1 to 63 of a-z, 0-9 and -, beginning and ending with none of -");
	assert_refused(MASTER "--state-name=",
		       "option state-name: \"\": must be labels of a-z, 0-9 and - joined with dots, at most 253 bytes");
	assert_refused(
	    MASTER "--node-taint agent",
	    "option node-taint: \"agent\": must be a taint's key and effect, like mesos.apache.org/agent:NoSchedule");
	assert_refused(MASTER "--node-labels a",
		       "option node-labels: \"a\": must be a label's key and value, like type=virtual-kubelet");
	assert_refused(MASTER "--node-labels a=b,c=d,a=e",
		       "option node-labels: \"a=e\": there is another value for that label");
	assert_refused(
	    MASTER "--node-labels node-role.kubernetes.io/mesos-agent=x",
	    "option node-labels: \"node-role.kubernetes.io/mesos-agent=x\": our nodes have that label without a "
	    "value");
	assert_refused(MASTER "--node-labels a=b/c",
		       "option node-labels: \"a=b/c\": must be a label's key and value, like type=virtual-kubelet");
	assert_refused(
	    MASTER "--node-taint a/b:Never",
	    "option node-taint: \"a/b:Never\": effect \"Never\" is none of NoSchedule, PreferNoSchedule, NoExecute");
	assert_refused("--master m1:5050", "option master: \"m1:5050\": must begin with http://, https:// or zk://");
	assert_refused(MASTER "--mesos-roles a//b", "option mesos-roles: \"a//b\": has an empty part");
}

static void a_master_is_an_address_and_nothing_more(void **state)
{
	(void)state;
	static const char *const good[] = {"http://m1:5050", "https://mesos.example.org", "http://10.0.0.1:5050/",
					   "http://[::1]:5050", "https://[2001:db8::1]"};
	static const char *const bad[] = {"",
					  "m1",
					  "ftp://m1",
					  "zk://z1:2181/mesos",
					  "http://",
					  "http://:5050",
					  "http://m1:",
					  "http://m1:0",
					  "http://m1:65536",
					  "http://m1:50x0",
					  "http://m1:5050:1",
					  "http://u:p@m1:5050",
					  "http://m1/master",
					  "http://m1?x",
					  "http://m1#x",
					  "http://m 1",
					  "http://[::1",
					  "http://[]:5050",
					  "http://[::1]5050",
					  "http://[::g]:5050",
					  "HTTP://m1"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(check_master_url(good[i], NULL), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		assert_int_equal(check_master_url(bad[i], &e), -1);
		assert_true(e.text[0] != '\0');
	}
}

static void a_zookeeper_stands_alone_and_its_commas_make_no_list(void **state)
{
	(void)state;
	char path[PATH_BYTES], key_path[PATH_BYTES];
	struct settings s;
	struct err e;
	static const char *const flags[] = {"--master zk://me:a,b@z1:2181,z2:2182/mesos",
					    "--master zk://me:a --master b@z1:2181,z2:2182/mesos",
					    "--config @/adapter.yaml"};
	file_with("adapter.yaml", "master: ['zk://me:a,b@z1:2181,z2:2182/mesos']\n", path);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_int_equal(load(flags[i], &s, &e), SETTINGS_RUN);
		assert_int_equal(s.masters.n, 0);
		assert_non_null(s.zookeeper);
		assert_string_equal(s.zookeeper->credentials, "me:a,b");
		assert_int_equal(s.zookeeper->n_servers, 2);
		assert_int_equal(s.zookeeper->servers[1].port, 2182);
		assert_false(settings_zookeeper_tls(&s));
		settings_done(&s);
	}
	file_with("key.pem", "", key_path);
	make_certificate(file_with("ca.pem", "", path), key_path, NULL);
	assert_int_equal(load("--master zk://z1:2181/mesos --mesos-ca-file @/ca.pem", &s, &e), SETTINGS_RUN);
	assert_true(settings_zookeeper_tls(&s));
	settings_done(&s);
	assert_refused("--master zk://z1:2181/mesos,http://m1:5050", "option master: zk:// must be its only value");
	assert_refused("--master http://m1:5050 --master zk://z1:2181/mesos",
		       "option master: \"zk://z1:2181/mesos\": zk:// must be the only value");
	assert_refused("--master zk://z1,z2:2181/mesos",
		       "option master: \"zk://z1,z2:2181/mesos\": server \"z1\" has no port");
}

static void a_password_in_a_wrong_master_is_not_repeated(void **state)
{
	(void)state;
	assert_refused("--master zk://me:geheim@z1/mesos",
		       "option master: \"zk://…@z1/mesos\": server \"z1\" has no port");
	assert_refused("--master http://me:geheim@m1:5050",
		       "option master: \"http://…@m1:5050\": must not contain a user or password; use mesos-principal "
		       "and mesos-secret-file");
}

static void a_role_is_what_mesos_takes_for_one(void **state)
{
	(void)state;
	static const char *const good[] = {"*", "web", "eng/backend", "a-b", "a.b", "...", "été"};
	static const char *const bad[] = {"",	".",	"..",	"-web", "a/../b", "a/.",  "a/*",   "/a",
					  "a/", "a//b", "a/-b", "a b",	"a\tb",	  "a\nb", "a\177b"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(check_mesos_role(good[i], NULL), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_mesos_role(bad[i], NULL), -1);
	}
}

static void a_taint_has_a_qualified_key_and_a_known_effect(void **state)
{
	(void)state;
	static const char *const bad[] = {"a",
					  ":NoSchedule",
					  "a:",
					  "/b:NoSchedule",
					  "a/:NoSchedule",
					  "a b:NoSchedule",
					  "a/b/c:NoSchedule",
					  "-a:NoSchedule",
					  "A_/b:NoSchedule",
					  "a=b:NoSchedule"};
	char *key, *effect;
	assert_int_equal(check_taint("example.org/My_key:NoExecute", &key, &effect, NULL), 0);
	assert_string_equal(key, "example.org/My_key");
	assert_string_equal(effect, "NoExecute");
	free(key);
	free(effect);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_taint(bad[i], &key, &effect, NULL), -1);
	}
}

static void an_address_to_listen_on_is_an_ip_address_and_a_port(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
	    {"127.0.0.1:10255", "127.0.0.1", 10255},
	    {"[::1]:1", "::1", 1},
	    {":65535", "::", 65535},
	    {"0.0.0.0:0", "0.0.0.0", 0},
	};
	static const char *const bad[] = {
	    "10255",  "localhost:1",   "1.2.3:1",  "::1:1",	"[::1]",      "[]:1", "[1.2.3.4]:1",
	    "[::1:1", "1.2.3.4:65536", "1.2.3.4:", ":00000000", "1.2.3.4:1x", ":-1",  " 1.2.3.4:1"};
	char *host;
	uint16_t port;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(check_listen_address(good[i].text, &host, &port, NULL), 0);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
		free(host);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_listen_address(bad[i], &host, &port, NULL), -1);
	}
	assert_refused(MASTER "--metrics-address here:80",
		       "option metrics-address: \"here:80\": has no IP address before its port");
}

static void a_wish_for_text_needs_nothing_else(void **state)
{
	(void)state;
	const struct {
		const char *flag;
		enum settings_wish wish;
	} rows[] = {{"--help", SETTINGS_HELP},
		    {"--help-markdown", SETTINGS_HELP_MARKDOWN},
		    {"--help-yaml", SETTINGS_HELP_YAML},
		    {"--version", SETTINGS_VERSION},
		    {"--lifecycle", SETTINGS_LIFECYCLE}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings s;
		struct err e;
		assert_int_equal(load(rows[i].flag, &s, &e), rows[i].wish);
	}
}

/* What settings_print writes for this wish; free() it. */
static char *printed(enum settings_wish wish)
{
	char path[PATH_BYTES];
	file_with("printed", "", path);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(settings_print(wish, f), 0);
	assert_int_equal(fclose(f), 0);
	char *text = file_read(path, PAGE_MAX, NULL, NULL);
	assert_non_null(text);
	return text;
}

static void the_reference_in_the_documentation_is_what_the_program_prints(void **state)
{
	(void)state;
	char *now = printed(SETTINGS_HELP_MARKDOWN);
	char *kept = file_read(TEST_DATA "/../../docs/configuration.md", PAGE_MAX, NULL, NULL);
	assert_non_null(kept);
	assert_string_equal(kept, now);
	free(now);
	free(kept);
}

/* `block` ends with the line "# name: default"; the manifest has its comment word for word and then sets the option, or
 * shows it as a comment. */
static bool manifest_has(const char *manifest, const char *block)
{
	const char *last = strrchr(block, '\n');
	char name[64];
	assert_non_null(last);
	assert_int_equal(sscanf(last, "\n# %63[a-z-]", name), 1);
	size_t comment = (size_t)(last + 1 - block);
	for (const char *at = manifest; (at = strchr(at, '#')) != NULL; at++) {
		if (strncmp(at, block, comment) == 0) {
			const char *line = at + comment;
			line += strncmp(line, "# ", 2) == 0 ? 2 : 0;
			return strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':';
		}
	}
	return false;
}

static void the_configuration_in_the_manifests_explains_every_option_as_the_table_does(void **state)
{
	(void)state;
	char *sample = printed(SETTINGS_HELP_YAML);
	char *kept = file_read(TEST_DATA "/../../deploy/manifests/adapter.yaml", PAGE_MAX, NULL, NULL);
	assert_non_null(kept);
	sample[strlen(sample) - 1] = '\0';
	size_t blocks = 0;
	char *block = strstr(sample, "\n\n"); /* after the headline */
	while (block) {
		block += 2;
		char *next = strstr(block, "\n\n");
		if (next) {
			*next = '\0';
		}
		if (!manifest_has(kept, block)) {
			fail_msg("deploy/manifests/adapter.yaml lacks:\n%s", block);
		}
		blocks++;
		block = next;
	}
	assert_true(blocks > 20);
	free(sample);
	free(kept);
}

static void assert_wrong(const char *const *flags, size_t n, const char *text)
{
	struct settings s;
	struct err e = {0};
	const char *argv[8] = {"kube-mesos-adapter", "--master=http://m:5050"};
	memcpy(argv + 2, flags, n * sizeof(*flags));
	assert_int_equal(settings_load((int)n + 2, argv, &s, &e), SETTINGS_WRONG);
	assert_string_equal(e.text, text);
}

static void the_kubelet_port_needs_an_address_that_nodes_can_name_and_certificates_that_are_some(void **state)
{
	(void)state;
	struct settings s;
	struct err e = {0};
	const char *good[] = {"kube-mesos-adapter", "--master=http://m:5050", "--kubelet-address=10.0.0.7:10250"};
	assert_int_equal(settings_load(3, good, &s, &e), SETTINGS_RUN);
	assert_string_equal(s.kubelet_node_ip, "10.0.0.7");
	assert_int_equal(s.kubelet_port, 10250);
	settings_done(&s);
	assert_wrong(
	    (const char *[]){"--kubelet-address=:10250"}, 1,
	    "option kubelet-address is all addresses, so option kubelet-node-ip must say which one nodes shall "
	    "name");
	assert_wrong((const char *[]){"--kubelet-address=:10250", "--kubelet-node-ip=me"}, 2,
		     "option kubelet-node-ip: \"me\" is no IP address");
	assert_wrong((const char *[]){"--kubelet-address=10.0.0.7:10250", "--kubelet-cert-file=/x"}, 2,
		     "options kubelet-cert-file and kubelet-key-file need each other");
	assert_wrong((const char *[]){"--kubelet-address=10.0.0.7:10250", "--kubelet-client-ca-file=/nowhere"}, 2,
		     "option kubelet-client-ca-file: read /nowhere: No such file or directory");
	assert_wrong((const char *[]){"--kubelet-address=kubelet:10250"}, 1,
		     "option kubelet-address: \"kubelet:10250\": has no IP address before its port");
}

static void the_configuration_in_the_manifests_is_accepted(void **state)
{
	(void)state;
	struct settings s;
	struct err e;
	/* As the Deployment starts it. */
	const char *argv[] = {"kube-mesos-adapter", "--config", TEST_DATA "/../../deploy/manifests/adapter.yaml",
			      "--kubelet-node-ip=10.0.0.7"};
	if (settings_load(4, argv, &s, &e) != SETTINGS_RUN) {
		fail_msg("%s", e.text);
	}
	assert_true(s.masters.n > 0);
	settings_done(&s);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	static const char *const names[] = {"secret",	  "ca.pem",	  "cert.pem",	"key.pem",
					    "kubeconfig", "adapter.yaml", "bad-secret", "printed"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[PATH_BYTES];
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_defaults_are_those_of_the_reference),
	    cmocka_unit_test(the_core_s_own_defaults_are_those_of_the_reference),
	    cmocka_unit_test(what_is_chosen_reaches_the_core),
	    cmocka_unit_test(what_agents_have_reaches_the_plans),
	    cmocka_unit_test(the_choices_of_the_log_are_the_log_s_own_numbers),
	    cmocka_unit_test(a_file_with_everything_is_read_whole),
	    cmocka_unit_test(what_does_not_go_together_is_refused),
	    cmocka_unit_test(a_file_that_cannot_be_used_is_named),
	    cmocka_unit_test(wrong_names_are_refused_with_the_option),
	    cmocka_unit_test(a_master_is_an_address_and_nothing_more),
	    cmocka_unit_test(a_zookeeper_stands_alone_and_its_commas_make_no_list),
	    cmocka_unit_test(a_password_in_a_wrong_master_is_not_repeated),
	    cmocka_unit_test(a_role_is_what_mesos_takes_for_one),
	    cmocka_unit_test(a_taint_has_a_qualified_key_and_a_known_effect),
	    cmocka_unit_test(an_address_to_listen_on_is_an_ip_address_and_a_port),
	    cmocka_unit_test(a_wish_for_text_needs_nothing_else),
	    cmocka_unit_test(the_reference_in_the_documentation_is_what_the_program_prints),
	    cmocka_unit_test(the_configuration_in_the_manifests_explains_every_option_as_the_table_does),
	    cmocka_unit_test(the_configuration_in_the_manifests_is_accepted),
	    cmocka_unit_test(the_kubelet_port_needs_an_address_that_nodes_can_name_and_certificates_that_are_some),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
