/* What an operator chose for this daemon: one table of options, and what follows from them.
 *
 * docs/configuration.md and the sample configuration are written from the table; a test compares them.
 */
#ifndef ADAPTER_SETTINGS_H
#define ADAPTER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "adapter/core.h"
#include "base/err.h"
#include "base/options.h"
#include "mesos/credentials.h"
#include "mesos/zk_url.h"
#include "translate/need.h"

#define SETTINGS_ROLES_MAX 64
#define SETTINGS_NODE_LABELS_MAX 16
#define SETTINGS_ISOLATION_MAX 3

enum orphan_policy { ORPHANS_KILL, ORPHANS_KEEP };
enum node_mode { NODE_MODE_AGENT, NODE_MODE_AGGREGATE };

/* All strings are owned; NULL where there is none. Times in milliseconds. */
struct settings {
	char *config;
	/* Kubernetes */
	char *kubeconfig; /* NULL: the service account of the pod we run in */
	char *context;	  /* NULL: the file's current one */
	char *scheduler_name;
	int node_mode;			/* enum node_mode */
	char *taint_key, *taint_effect; /* of our nodes; NULL: no taint. From node_taint */
	char *node_taint;
	struct option_list node_labels; /* key=value */
	bool watch_foreign_pods;
	int64_t max_pods;      /* on an agent */
	char *state_namespace; /* NULL: the namespace we run in, outside a cluster the context's */
	char *state_name;
	/* Leader election */
	bool leader_elect;
	int64_t lease_duration_ms, lease_renew_ms, lease_retry_ms;
	/* Mesos */
	struct option_list masters; /* http[s]://host[:port], without a slash at the end; none with zookeeper */
	struct zk_url *zookeeper;   /* where the leader is to be found; NULL: masters are listed */
	struct option_list roles;
	char *principal, *secret_file;
	char *framework_name, *framework_user;
	int64_t failover_timeout_ms;
	char *ca_file, *cert_file, *key_file;
	bool gpus;
	/* Agents; translate.rights is made from them */
	struct option_list agent_isolation, agent_bounding, agent_effective;
	char *agent_seccomp_profile;
	/* Offers */
	int64_t offer_hold_ms, decline_idle_ms, decline_busy_ms;
	/* Pods */
	struct translate_config translate;
	int64_t backoff_min_ms, backoff_max_ms; /* of a crashing container */
	int64_t quarantine_ms;
	int orphan_policy; /* enum orphan_policy */
	/* The kubelet port; host NULL: not served. From kubelet_address */
	char *kubelet_host;
	uint16_t kubelet_port;
	char *kubelet_address, *kubelet_node_ip;
	char *kubelet_cert_file, *kubelet_key_file, *kubelet_cert_dir, *kubelet_client_ca_file;
	/* Metrics and health; host NULL: not served. From metrics_address */
	char *metrics_host;
	uint16_t metrics_port;
	char *metrics_address;
	/* Log: enum log_level, enum log_format */
	int log_level, log_format;
};

/* What the command line asks for. */
enum settings_wish {
	SETTINGS_WRONG = -1,
	SETTINGS_RUN,
	SETTINGS_HELP,
	SETTINGS_HELP_MARKDOWN,
	SETTINGS_HELP_YAML,
	SETTINGS_VERSION,
	SETTINGS_LIFECYCLE, /* print the table of a pod's life */
};

/* Reads the flags and the file they name, and checks every value and how they go together. Secret, certificates and
 * keys are looked at, not kept: who connects reads them, again and again. `ret` needs no initialisation; after
 * SETTINGS_RUN settings_done it, after anything else it is untouched. For SETTINGS_WRONG the error is one sentence, and
 * the exit code 2. */
enum settings_wish settings_load(int argc, const char *const *argv, struct settings *ret, struct err *e);
/* Masters that ZooKeeper names are spoken to with TLS: certificates were given for them. */
bool settings_zookeeper_tls(const struct settings *s);
/* Who we are to masters and agents. Paths are borrowed. */
struct mesos_files settings_mesos_files(const struct settings *s);
/* What of it the core goes by; strings are borrowed from the settings. The rest is the core's default. */
void settings_core_config(const struct settings *s, struct core_config *ret);
/* Where the framework id and the lease are kept. Borrowed from either. */
const char *settings_state_namespace(const struct settings *s, const char *own_namespace);
/* NULL-safe. */
void settings_done(struct settings *s);

/* The text for HELP, HELP_MARKDOWN, HELP_YAML and VERSION. Returns 0, -1 when `out` cannot be written. */
int settings_print(enum settings_wish wish, FILE *out);

#endif
