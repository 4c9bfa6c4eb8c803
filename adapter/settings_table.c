#include "adapter/settings_table.h"

#include <stddef.h>

#include "adapter/settings.h"
#include "base/capability.h"
#include "mesos/scheduler.h"

#define AT(member) .offset = offsetof(struct settings, member)
#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

/* In the order of enum log_level and enum log_format. */
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const orphan_policies[] = {"kill", "keep", NULL};  /* of enum orphan_policy */
static const char *const node_modes[] = {"agent", "aggregate", NULL}; /* of enum node_mode */
static const char *const formats[] = {"text", "json", NULL};

static const char kubernetes[] = "Kubernetes";
static const char election[] = "Leader election";
static const char mesos[] = "Mesos";
static const char agents[] = "Agents";
static const char offers[] = "Offers";
static const char pods[] = "Pods";
static const char kubelet[] = "Kubelet port";
static const char health[] = "Metrics and health";
static const char log_group[] = "Log";
static const char program[] = "Program";

/* Two or three lines a row read better than ten. */
/* clang-format off */
static const struct option rows[] = {
	{.name = "kubeconfig", .type = OPTION_FILE, .group = kubernetes, AT(kubeconfig),
	 .help = "How to reach the API server. Without it the service account of the pod that this program runs "
		 "in is used."},
	{.name = "context", .type = OPTION_STRING, .group = kubernetes, AT(context),
	 .help = "Context of the kubeconfig to use instead of its current one."},
	{.name = "scheduler-name", .type = OPTION_STRING, .initial = "mesos", .group = kubernetes,
	 AT(scheduler_name),
	 .help = "Pods whose spec.schedulerName is this are placed on Mesos offers."},
	{.name = "node-mode", .type = OPTION_CHOICE, .initial = "agent", .choices = node_modes, .group = kubernetes,
	 AT(node_mode),
	 .help = "What nodes stand for: agent, each for one Mesos agent; or aggregate, one that has the name of the scheduler for "
		 "all of them, for clusters so large that a node each is too many."},
	{.name = "node-taint", .type = OPTION_STRING, .initial = "mesos.apache.org/agent:NoSchedule",
	 .group = kubernetes, AT(node_taint),
	 .help = "Taint of the nodes that stand for agents, as key:effect, so that only pods that tolerate it "
		 "come there; empty for none. Only nodes made from now on get it."},
	{.name = "node-labels", .type = OPTION_LIST, .initial = "type=virtual-kubelet", .max = SETTINGS_NODE_LABELS_MAX,
	 .group = kubernetes, AT(node_labels),
	 .help = "Labels of all those nodes besides what their agents say, each as key=value. DaemonSets that are to keep away "
		 "look for one by a node affinity: many know the default, those of EKS eks.amazonaws.com/compute-type=fargate."},
	{.name = "max-pods", .type = OPTION_INT, .initial = "110", .min = 1, .max = 100000, .group = kubernetes,
	 AT(max_pods),
	 .help = "How many pods an agent may have, as the kubelet's option of the same name. One more that others bind to its "
		 "node fails (OutOfpods); the adapter itself places no more."},
	{.name = "watch-foreign-pods", .type = OPTION_BOOL, .initial = "true", .group = kubernetes, AT(watch_foreign_pods),
	 .help = "Run pods of other schedulers that are bound to our nodes, as kube-scheduler and DaemonSets do. Costs one "
		 "watch of all bound pods of the cluster."},
	{.name = "state-namespace", .type = OPTION_STRING, .group = kubernetes, AT(state_namespace),
	 .help = "Namespace of the ConfigMap that keeps the framework id, and of the lease. Without it the namespace of the service "
		 "account or of the kubeconfig's context."},
	{.name = "state-name", .type = OPTION_STRING, .initial = "kube-mesos-adapter", .group = kubernetes,
	 AT(state_name),
	 .help = "Name of that ConfigMap and that lease. Replicas share it; another framework needs another name."},

	{.name = "leader-elect", .type = OPTION_BOOL, .initial = "true", .group = election, AT(leader_elect),
	 .help = "Act only while holding a Lease in Kubernetes, so that one of several replicas leads and the others "
		 "stand by. Without it there must never be two."},
	{.name = "lease-duration", .type = OPTION_DURATION, .initial = "3s", .min = SECOND, .max = HOUR,
	 .group = election, AT(lease_duration_ms),
	 .help = "How long after the last renewal that it saw a replica waits before it takes the lease of another; "
		 "whole seconds. About so long nobody leads after a crash."},
	{.name = "lease-renew-deadline", .type = OPTION_DURATION, .initial = "2s", .min = 100, .max = HOUR,
	 .group = election, AT(lease_renew_ms),
	 .help = "How long a leader goes on without a renewal before it stops. Shorter than lease-duration, and the "
		 "difference is what is left for calls that are under way. A slow API server wants more of both."},
	{.name = "lease-retry", .type = OPTION_DURATION, .initial = "500ms", .min = 10, .max = HOUR,
	 .group = election, AT(lease_retry_ms),
	 .help = "How often the leader renews the lease and the others look at it; those a little later, at random."},

	{.name = "master", .type = OPTION_LIST, .min = 1, .max = MESOS_MASTERS_MAX, .required = true,
	 .group = mesos, AT(masters),
	 .help = "Mesos masters, like http://10.0.0.1:5050; any of them shows the way to the one that leads. Or, alone, "
		 "where in ZooKeeper they announce themselves: zk://host1:2181,host2:2181/mesos, also with "
		 "user:password@ before the hosts; keep a password in the file, for flags can be seen by others."},
	{.name = "mesos-roles", .type = OPTION_LIST, .initial = "kubernetes", .min = 1,
	 .max = SETTINGS_ROLES_MAX, .group = mesos, AT(roles),
	 .help = "Mesos roles to take offers for; pods use the offers of any of them."},
	{.name = "mesos-principal", .type = OPTION_STRING, .group = mesos, AT(principal),
	 .help = "Principal of the framework, and user name when a secret is given."},
	{.name = "mesos-secret-file", .type = OPTION_FILE, .group = mesos, AT(secret_file),
	 .help = "File with the principal's secret for HTTP basic authentication; a line break at its end does "
		 "not count."},
	{.name = "mesos-ca-file", .type = OPTION_FILE, .group = mesos, AT(ca_file),
	 .help = "Certificates (PEM) of the authorities that https masters are checked against, instead of the "
		 "system's. ZooKeeper does not say whether masters speak https: those that it names do when this or "
		 "mesos-cert-file is given."},
	{.name = "mesos-cert-file", .type = OPTION_FILE, .group = mesos, AT(cert_file),
	 .help = "Client certificate (PEM) for https masters."},
	{.name = "mesos-key-file", .type = OPTION_FILE, .group = mesos, AT(key_file),
	 .help = "Private key (PEM) of that certificate."},
	{.name = "framework-name", .type = OPTION_STRING, .initial = "kubernetes", .group = mesos,
	 AT(framework_name),
	 .help = "Name of the framework in Mesos."},
	{.name = "framework-user", .type = OPTION_STRING, .initial = "root", .group = mesos,
	 AT(framework_user),
	 .help = "User that tasks run as; it must exist on the agents."},
	{.name = "failover-timeout", .type = OPTION_DURATION, .initial = "7d", .min = SECOND,
	 .max = 365 * DAY, .group = mesos, AT(failover_timeout_ms),
	 .help = "How long Mesos keeps all tasks running while this program is away. After it they are killed, so "
		 "be generous."},
	{.name = "gpus", .type = OPTION_BOOL, .initial = "false", .group = mesos, AT(gpus),
	 .help = "Take offers of agents with GPUs (capability GPU_RESOURCES)."},

	{.name = "agent-isolation", .type = OPTION_LIST, .max = SETTINGS_ISOLATION_MAX, .group = agents, AT(agent_isolation),
	 .help = "Which of the isolators linux/capabilities, linux/seccomp and linux/nnp every agent has in its --isolation. Mesos "
		 "tells nobody, and ignores what is asked of an agent without one, so pods that want one that is not named here "
		 "are refused. With linux/capabilities all containers get what those of Kubernetes get, and no more."},
	{.name = "agent-bounding-capabilities", .type = OPTION_LIST, .max = CAPABILITIES, .group = agents, AT(agent_bounding),
	 .help = "What the agents' --bounding_capabilities allow, like CHOWN,NET_RAW; none for an empty set, empty when they do not have that flag. "
		 "Containers get no others, and pods that want to add one are refused."},
	{.name = "agent-effective-capabilities", .type = OPTION_LIST, .max = CAPABILITIES, .group = agents, AT(agent_effective),
	 .help = "What the agents' --effective_capabilities say; none for an empty set, empty when they do not have that flag. Mesos "
		 "runs commands of probes with these, so a pod is refused that has such a probe and gives up one of them."},
	{.name = "agent-seccomp-profile", .type = OPTION_STRING, .group = agents, AT(agent_seccomp_profile),
	 .help = "Profile that seccompProfile RuntimeDefault means: a file below the agents' --seccomp_config_dir. Give them "
		 "the same as --seccomp_profile_name, for containers that name none. Empty: such pods are refused."},

	{.name = "offer-hold", .type = OPTION_DURATION, .initial = "1s", .max = HOUR, .group = offers,
	 AT(offer_hold_ms),
	 .help = "How long an offer may be kept while it could still serve a pod that waits; then it is given "
		 "back."},
	{.name = "decline-idle", .type = OPTION_DURATION, .initial = "1d", .min = SECOND, .max = 30 * DAY,
	 .group = offers, AT(decline_idle_ms),
	 .help = "How long Mesos shall not offer again what was given back while no pod waits. A new pod revives "
		 "offers at once."},
	{.name = "decline-busy", .type = OPTION_DURATION, .initial = "5s", .max = HOUR, .group = offers,
	 AT(decline_busy_ms),
	 .help = "The same while pods wait that the offer does not fit."},

	{.name = "executor-cpus", .type = OPTION_DECIMAL, .initial = "0.01", .min = 1, .max = 4000,
	 .group = pods, AT(translate.executor.cpus),
	 .help = "CPUs that the executor of each pod takes besides its containers. Pods that are bound keep what they have."},
	{.name = "executor-mem", .type = OPTION_DECIMAL, .initial = "32", .min = 1000, .max = 65536000,
	 .group = pods, AT(translate.executor.mem),
	 .help = "Memory of the executor, in megabytes of 2^20 bytes as everywhere in Mesos."},
	{.name = "executor-disk", .type = OPTION_DECIMAL, .initial = "1", .min = 1, .max = 65536000,
	 .group = pods, AT(translate.executor.disk),
	 .help = "Disk of the executor, in megabytes. Mesos refuses pods without any."},
	{.name = "container-cpus", .type = OPTION_DECIMAL, .initial = "0.1", .min = 1, .max = 64000,
	 .group = pods, AT(translate.container_default.cpus),
	 .help = "CPUs for a container that requests none."},
	{.name = "container-mem", .type = OPTION_DECIMAL, .initial = "32", .min = 1000, .max = 1048576000,
	 .group = pods, AT(translate.container_default.mem),
	 .help = "Memory for a container that requests none, in megabytes."},
	{.name = "backoff-min", .type = OPTION_DURATION, .initial = "10s", .min = 10, .max = HOUR,
	 .group = pods, AT(backoff_min_ms),
	 .help = "How long to wait before a container that ended is started again (CrashLoopBackOff). Doubles "
		 "each time."},
	{.name = "backoff-max", .type = OPTION_DURATION, .initial = "5m", .min = 10, .max = DAY,
	 .group = pods, AT(backoff_max_ms),
	 .help = "The longest such wait."},
	{.name = "quarantine", .type = OPTION_DURATION, .initial = "1h", .min = SECOND, .max = 365 * DAY,
	 .group = pods, AT(quarantine_ms),
	 .help = "How long tasks of this framework that no pod explains are reported and left alone."},
	{.name = "orphan-policy", .type = OPTION_CHOICE, .initial = "kill", .choices = orphan_policies,
	 .group = pods, AT(orphan_policy),
	 .help = "What becomes of them after that: they are killed, or kept until somebody else ends them."},

	{.name = "kubelet-address", .type = OPTION_STRING, .group = kubelet, AT(kubelet_address),
	 .help = "Where kubectl logs, exec, attach and port-forward are served to API servers, over TLS, for all our nodes, as "
		 "IP:port; :port for all addresses, empty for nowhere. Kubelets use port 10250."},
	{.name = "kubelet-node-ip", .type = OPTION_STRING, .group = kubelet, AT(kubelet_node_ip),
	 .help = "Address under which API servers reach that port; nodes name it. Without it the one of kubelet-address."},
	{.name = "kubelet-cert-file", .type = OPTION_FILE, .group = kubelet, AT(kubelet_cert_file),
	 .help = "Certificate (PEM) that the port shows. Without it, and without kubelet-cert-dir, one that nobody signed is made "
		 "at each start."},
	{.name = "kubelet-key-file", .type = OPTION_FILE, .group = kubelet, AT(kubelet_key_file),
	 .help = "Private key (PEM) of the port's certificate."},
	{.name = "kubelet-cert-dir", .type = OPTION_FILE, .group = kubelet, AT(kubelet_cert_dir),
	 .help = "Directory for a certificate that the port asks Kubernetes for (signer kubernetes.io/kubelet-serving) and renews "
		 "in time. Somebody has to approve each request: kubectl certificate approve."},
	{.name = "kubelet-client-ca-file", .type = OPTION_FILE, .group = kubelet, AT(kubelet_client_ca_file),
	 .help = "Certificates (PEM) of the authorities of API servers' client certificates. Without it only bearer tokens "
		 "are believed."},

	{.name = "metrics-address", .type = OPTION_STRING, .initial = "127.0.0.1:10255", .group = health,
	 AT(metrics_address),
	 .help = "Where /metrics, /healthz and /readyz are served over plain HTTP, as IP:port; :port for all "
		 "addresses, port 0 for one that the system chooses, empty for nowhere."},

	{.name = "log-level", .type = OPTION_CHOICE, .initial = "info", .choices = levels,
	 .group = log_group, AT(log_level),
	 .help = "The least important lines to write."},
	{.name = "log-format", .type = OPTION_CHOICE, .initial = "text", .choices = formats,
	 .group = log_group, AT(log_format),
	 .help = "How lines look: words and key=value pairs, or one JSON object each."},

	{.name = "config", .type = OPTION_CONFIG, .group = program, AT(config),
	 .help = "YAML file with options."},
	{.name = "help", .type = OPTION_ACTION, .min = SETTINGS_HELP, .group = program,
	 .help = "Print this text."},
	{.name = "help-markdown", .type = OPTION_ACTION, .min = SETTINGS_HELP_MARKDOWN, .group = program,
	 .help = "Print the reference of all options as Markdown."},
	{.name = "help-yaml", .type = OPTION_ACTION, .min = SETTINGS_HELP_YAML, .group = program,
	 .help = "Print a configuration file that explains all options."},
	{.name = "version", .type = OPTION_ACTION, .min = SETTINGS_VERSION, .group = program,
	 .help = "Print the version."},
	{.name = "lifecycle", .type = OPTION_ACTION, .min = SETTINGS_LIFECYCLE, .group = program,
	 .help = "Print the table of a pod's life: states, events, and what is done."},
};
/* clang-format on */

const struct options settings_table = {
    .rows = rows,
    .n = sizeof(rows) / sizeof(rows[0]),
    .program = "kube-mesos-adapter",
    .summary = "runs Kubernetes pods on resources that Apache Mesos offers",
};
