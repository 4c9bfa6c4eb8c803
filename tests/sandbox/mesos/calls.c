#include "tests/sandbox/mesos/calls.h"

#include <stddef.h>

#define S(field)                                                                                                       \
	{                                                                                                              \
		field, PROTO_STRING, 0, NULL, NULL                                                                     \
	}
#define S_REQUIRED(field)                                                                                              \
	{                                                                                                              \
		field, PROTO_STRING, PROTO_REQUIRED, NULL, NULL                                                        \
	}
#define S_LIST(field)                                                                                                  \
	{                                                                                                              \
		field, PROTO_STRING, PROTO_REPEATED, NULL, NULL                                                        \
	}
#define I(field)                                                                                                       \
	{                                                                                                              \
		field, PROTO_INT, 0, NULL, NULL                                                                        \
	}
#define I_REQUIRED(field)                                                                                              \
	{                                                                                                              \
		field, PROTO_INT, PROTO_REQUIRED, NULL, NULL                                                           \
	}
#define R(field)                                                                                                       \
	{                                                                                                              \
		field, PROTO_REAL, 0, NULL, NULL                                                                       \
	}
#define R_REQUIRED(field)                                                                                              \
	{                                                                                                              \
		field, PROTO_REAL, PROTO_REQUIRED, NULL, NULL                                                          \
	}
#define B(field)                                                                                                       \
	{                                                                                                              \
		field, PROTO_BOOL, 0, NULL, NULL                                                                       \
	}
#define BYTES(field)                                                                                                   \
	{                                                                                                              \
		field, PROTO_BYTES, 0, NULL, NULL                                                                      \
	}
#define BYTES_REQUIRED(field)                                                                                          \
	{                                                                                                              \
		field, PROTO_BYTES, PROTO_REQUIRED, NULL, NULL                                                         \
	}
#define ANY(field)                                                                                                     \
	{                                                                                                              \
		field, PROTO_ANY, 0, NULL, NULL                                                                        \
	}
#define M(field, of)                                                                                                   \
	{                                                                                                              \
		field, PROTO_MESSAGE, 0, &(of), NULL                                                                   \
	}
#define M_REQUIRED(field, of)                                                                                          \
	{                                                                                                              \
		field, PROTO_MESSAGE, PROTO_REQUIRED, &(of), NULL                                                      \
	}
#define M_LIST(field, of)                                                                                              \
	{                                                                                                              \
		field, PROTO_MESSAGE, PROTO_REPEATED, &(of), NULL                                                      \
	}
#define M_MAP(field, of)                                                                                               \
	{                                                                                                              \
		field, PROTO_MESSAGE, PROTO_MAP, &(of), NULL                                                           \
	}
#define E(field, of)                                                                                                   \
	{                                                                                                              \
		field, PROTO_ENUM, 0, NULL, (of)                                                                       \
	}
#define E_REQUIRED(field, of)                                                                                          \
	{                                                                                                              \
		field, PROTO_ENUM, PROTO_REQUIRED, NULL, (of)                                                          \
	}
#define E_LIST(field, of)                                                                                              \
	{                                                                                                              \
		field, PROTO_ENUM, PROTO_REPEATED, NULL, (of)                                                          \
	}
#define END                                                                                                            \
	{                                                                                                              \
		NULL, PROTO_ANY, 0, NULL, NULL                                                                         \
	}
#define MESSAGE(name, ...) static const struct proto_message name = {(const struct proto_field[]){__VA_ARGS__, END}}
#define NAMES(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

NAMES(call_types, "UNKNOWN", "SUBSCRIBE", "TEARDOWN", "ACCEPT", "DECLINE", "ACCEPT_INVERSE_OFFERS",
      "DECLINE_INVERSE_OFFERS", "REVIVE", "KILL", "SHUTDOWN", "ACKNOWLEDGE", "ACKNOWLEDGE_OPERATION_STATUS",
      "RECONCILE", "RECONCILE_OPERATIONS", "MESSAGE", "REQUEST", "SUPPRESS", "UPDATE_FRAMEWORK");
NAMES(operation_types, "UNKNOWN", "LAUNCH", "LAUNCH_GROUP", "RESERVE", "UNRESERVE", "CREATE", "DESTROY", "GROW_VOLUME",
      "SHRINK_VOLUME", "CREATE_DISK", "DESTROY_DISK");
NAMES(value_types, "SCALAR", "RANGES", "SET", "TEXT");
NAMES(capability_types, "UNKNOWN", "REVOCABLE_RESOURCES", "TASK_KILLING_STATE", "GPU_RESOURCES", "SHARED_RESOURCES",
      "PARTITION_AWARE", "MULTI_ROLE", "RESERVATION_REFINEMENT", "REGION_AWARE");
NAMES(executor_types, "UNKNOWN", "DEFAULT", "CUSTOM");
NAMES(container_types, "DOCKER", "MESOS");
NAMES(image_types, "APPC", "DOCKER");
NAMES(volume_modes, "RW", "RO");
NAMES(source_types, "UNKNOWN", "DOCKER_VOLUME", "HOST_PATH", "SANDBOX_PATH", "SECRET", "CSI_VOLUME");
NAMES(path_types, "UNKNOWN", "SELF", "PARENT");
NAMES(secret_types, "UNKNOWN", "REFERENCE", "VALUE");
NAMES(check_types, "UNKNOWN", "COMMAND", "HTTP", "TCP");
NAMES(reservation_types, "UNKNOWN", "STATIC", "DYNAMIC");

MESSAGE(id_message, S_REQUIRED("value"));
static const struct proto_message container_id;
MESSAGE(container_id, S_REQUIRED("value"), M("parent", container_id));
MESSAGE(duration, I_REQUIRED("nanoseconds"));
MESSAGE(kill_policy, M("grace_period", duration));
MESSAGE(allocation_info, S("role"));
MESSAGE(scalar, R_REQUIRED("value"));
MESSAGE(range, I_REQUIRED("begin"), I_REQUIRED("end"));
MESSAGE(ranges, M_LIST("range", range));
MESSAGE(set_value, S_LIST("item"));
MESSAGE(reservation, E("type", reservation_types), S("role"), S("principal"), ANY("labels"));
MESSAGE(resource, S_REQUIRED("name"), E_REQUIRED("type", value_types), M("scalar", scalar), M("ranges", ranges),
	M("set", set_value), S("role"), M("allocation_info", allocation_info), ANY("reservation"),
	M_LIST("reservations", reservation), ANY("disk"), ANY("revocable"));

MESSAGE(secret_value, BYTES_REQUIRED("data"));
MESSAGE(secret, E("type", secret_types), ANY("reference"), M("value", secret_value));
MESSAGE(variable, S_REQUIRED("name"), E("type", secret_types), S("value"), M("secret", secret));
MESSAGE(environment, M_LIST("variables", variable));
MESSAGE(command, ANY("uris"), M("environment", environment), B("shell"), S("value"), S_LIST("arguments"), S("user"));

MESSAGE(sandbox_path, E("type", path_types), S_REQUIRED("path"));
NAMES(propagation_modes, "UNKNOWN", "HOST_TO_CONTAINER", "BIDIRECTIONAL");
MESSAGE(mount_propagation, E("mode", propagation_modes));
MESSAGE(host_path, S_REQUIRED("path"), M("mount_propagation", mount_propagation));
MESSAGE(volume_source, E("type", source_types), M("sandbox_path", sandbox_path), M("host_path", host_path),
	M("secret", secret));
MESSAGE(docker_image, S_REQUIRED("name"), ANY("credential"), ANY("config"));
MESSAGE(image, E_REQUIRED("type", image_types), M("docker", docker_image), ANY("appc"), B("cached"));
MESSAGE(volume, E_REQUIRED("mode", volume_modes), S_REQUIRED("container_path"), S("host_path"), M("image", image),
	M("source", volume_source));
MESSAGE(mesos_info, M("image", image));
MESSAGE(docker_info, S_REQUIRED("image"));
NAMES(capabilities, "UNKNOWN", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID",
      "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK",
      "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT",
      "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
      "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
      "CHECKPOINT_RESTORE");
MESSAGE(capability_info, E_LIST("capabilities", capabilities));
MESSAGE(seccomp_info, S("profile_name"), B("unconfined"));
MESSAGE(linux_info, B("share_pid_namespace"), B("share_cgroups"), M("capability_info", capability_info),
	M("bounding_capabilities", capability_info), M("effective_capabilities", capability_info), ANY("ipc_mode"),
	ANY("shm_size"), M("seccomp", seccomp_info));
MESSAGE(window_size, I_REQUIRED("rows"), I_REQUIRED("columns"));
MESSAGE(tty_info, M("window_size", window_size));
MESSAGE(container, E_REQUIRED("type", container_types), M_LIST("volumes", volume), S("hostname"),
	M("docker", docker_info), M("mesos", mesos_info), ANY("network_infos"), M("linux_info", linux_info),
	ANY("rlimit_info"), M("tty_info", tty_info));

MESSAGE(http_check, I_REQUIRED("port"), S("path"), S("scheme"), ANY("statuses"));
MESSAGE(tcp_check, I_REQUIRED("port"));
MESSAGE(health_check, R("delay_seconds"), R("interval_seconds"), R("timeout_seconds"), I("consecutive_failures"),
	R("grace_period_seconds"), E("type", check_types), M("command", command), M("http", http_check),
	M("tcp", tcp_check));

MESSAGE(executor_info, E("type", executor_types), M_REQUIRED("executor_id", id_message), M("framework_id", id_message),
	M("command", command), M("container", container), M_LIST("resources", resource), S("name"), S("source"),
	BYTES("data"), ANY("labels"), M("shutdown_grace_period", duration));
MESSAGE(task_info, S_REQUIRED("name"), M_REQUIRED("task_id", id_message), M_REQUIRED("agent_id", id_message),
	M_LIST("resources", resource), M_MAP("limits", scalar), M("executor", executor_info), M("command", command),
	M("container", container), M("health_check", health_check), ANY("check"), M("kill_policy", kill_policy),
	BYTES("data"), ANY("labels"), ANY("discovery"), M("max_completion_time", duration));
MESSAGE(task_group, M_LIST("tasks", task_info));
MESSAGE(launch, M_LIST("task_infos", task_info));
MESSAGE(launch_group, M_REQUIRED("executor", executor_info), M_REQUIRED("task_group", task_group));
MESSAGE(operation, E("type", operation_types), M("id", id_message), M("launch", launch),
	M("launch_group", launch_group), ANY("reserve"), ANY("unreserve"), ANY("create"), ANY("destroy"));
MESSAGE(filters, R("refuse_seconds"));

MESSAGE(capability, E("type", capability_types));
MESSAGE(framework_info, S_REQUIRED("user"), S_REQUIRED("name"), M("id", id_message), R("failover_timeout"),
	B("checkpoint"), S("role"), S_LIST("roles"), S("hostname"), S("principal"), S("webui_url"),
	M_LIST("capabilities", capability), ANY("labels"));
MESSAGE(subscribe, M_REQUIRED("framework_info", framework_info), B("force"), S_LIST("suppressed_roles"),
	ANY("offer_constraints"));
MESSAGE(update_framework, M_REQUIRED("framework_info", framework_info), S_LIST("suppressed_roles"),
	ANY("offer_constraints"));
MESSAGE(accept, M_LIST("offer_ids", id_message), M_LIST("operations", operation), M("filters", filters));
MESSAGE(decline, M_LIST("offer_ids", id_message), M("filters", filters));
MESSAGE(inverse, M_LIST("inverse_offer_ids", id_message), M("filters", filters));
MESSAGE(role_list, S_LIST("roles"));
MESSAGE(kill_call, M_REQUIRED("task_id", id_message), M("agent_id", id_message), M("kill_policy", kill_policy));
MESSAGE(shutdown_call, M_REQUIRED("executor_id", id_message), M_REQUIRED("agent_id", id_message));
MESSAGE(acknowledge, M_REQUIRED("agent_id", id_message), M_REQUIRED("task_id", id_message), BYTES_REQUIRED("uuid"));
MESSAGE(reconcile_task, M_REQUIRED("task_id", id_message), M("agent_id", id_message));
MESSAGE(reconcile, M_LIST("tasks", reconcile_task));
MESSAGE(reconcile_operation, M_REQUIRED("operation_id", id_message), M("agent_id", id_message),
	M("resource_provider_id", id_message));
MESSAGE(reconcile_operations, M_LIST("operations", reconcile_operation));
MESSAGE(message_call, M_REQUIRED("agent_id", id_message), M_REQUIRED("executor_id", id_message),
	BYTES_REQUIRED("data"));

const struct proto_message call_message_scheduler = {(const struct proto_field[]){
    M("framework_id", id_message), E("type", call_types), M("subscribe", subscribe), M("accept", accept),
    M("decline", decline), M("accept_inverse_offers", inverse), M("decline_inverse_offers", inverse),
    M("revive", role_list), M("kill", kill_call), M("shutdown", shutdown_call), M("acknowledge", acknowledge),
    ANY("acknowledge_operation_status"), M("reconcile", reconcile), M("reconcile_operations", reconcile_operations),
    M("message", message_call), ANY("request"), M("suppress", role_list), M("update_framework", update_framework),
    END}};

NAMES(master_types, "UNKNOWN", "GET_HEALTH", "GET_FLAGS", "GET_VERSION", "GET_METRICS", "GET_LOGGING_LEVEL",
      "SET_LOGGING_LEVEL", "LIST_FILES", "READ_FILE", "GET_STATE", "GET_AGENTS", "GET_FRAMEWORKS", "GET_EXECUTORS",
      "GET_OPERATIONS", "GET_TASKS", "GET_ROLES", "GET_WEIGHTS", "UPDATE_WEIGHTS", "GET_MASTER", "SUBSCRIBE",
      "RESERVE_RESOURCES", "UNRESERVE_RESOURCES", "CREATE_VOLUMES", "DESTROY_VOLUMES", "GROW_VOLUME", "SHRINK_VOLUME",
      "GET_MAINTENANCE_STATUS", "GET_MAINTENANCE_SCHEDULE", "UPDATE_MAINTENANCE_SCHEDULE", "START_MAINTENANCE",
      "STOP_MAINTENANCE", "DRAIN_AGENT", "DEACTIVATE_AGENT", "REACTIVATE_AGENT", "GET_QUOTA", "UPDATE_QUOTA",
      "SET_QUOTA", "REMOVE_QUOTA", "TEARDOWN", "MARK_AGENT_GONE");
MESSAGE(agent_call, M_REQUIRED("agent_id", id_message));
MESSAGE(drain_call, M_REQUIRED("agent_id", id_message), ANY("max_grace_period"), B("mark_gone"));
MESSAGE(machine, S("hostname"), S("ip"));
MESSAGE(window, M_LIST("machine_ids", machine), ANY("unavailability"));
MESSAGE(schedule, M_LIST("windows", window));
MESSAGE(update_schedule, M_REQUIRED("schedule", schedule));
MESSAGE(teardown_call, M_REQUIRED("framework_id", id_message));
MESSAGE(metrics_call, M("timeout", duration));
MESSAGE(list_files, S_REQUIRED("path"));
MESSAGE(read_file, S_REQUIRED("path"), I_REQUIRED("offset"), I("length"));
MESSAGE(weight, S("role"), R_REQUIRED("weight"));
MESSAGE(update_weights, M_LIST("weight_infos", weight));

const struct proto_message mesos_master_call = {(const struct proto_field[]){
    E("type", master_types), M("get_metrics", metrics_call), M("list_files", list_files), M("read_file", read_file),
    M("update_weights", update_weights), M("teardown", teardown_call), M("mark_agent_gone", agent_call),
    M("drain_agent", drain_call), M("update_maintenance_schedule", update_schedule), M("deactivate_agent", agent_call),
    M("reactivate_agent", agent_call), END}};

NAMES(agent_types, "UNKNOWN", "GET_HEALTH", "GET_FLAGS", "GET_VERSION", "GET_METRICS", "GET_LOGGING_LEVEL",
      "SET_LOGGING_LEVEL", "LIST_FILES", "READ_FILE", "GET_STATE", "GET_CONTAINERS", "GET_FRAMEWORKS", "GET_EXECUTORS",
      "GET_OPERATIONS", "GET_TASKS", "GET_AGENT", "GET_RESOURCE_PROVIDERS", "LAUNCH_CONTAINER", "WAIT_CONTAINER",
      "KILL_CONTAINER", "REMOVE_CONTAINER", "ATTACH_CONTAINER_INPUT", "ATTACH_CONTAINER_OUTPUT",
      "LAUNCH_NESTED_CONTAINER", "WAIT_NESTED_CONTAINER", "KILL_NESTED_CONTAINER", "REMOVE_NESTED_CONTAINER",
      "LAUNCH_NESTED_CONTAINER_SESSION", "PRUNE_IMAGES");

NAMES(input_types, "UNKNOWN", "CONTAINER_ID", "PROCESS_IO");
NAMES(io_types, "UNKNOWN", "DATA", "CONTROL");
NAMES(data_types, "UNKNOWN", "STDIN", "STDOUT", "STDERR");
NAMES(control_types, "UNKNOWN", "TTY_INFO", "HEARTBEAT");
MESSAGE(io_data, E("type", data_types), BYTES("data"));
MESSAGE(heartbeat, M("interval", duration));
MESSAGE(control, E("type", control_types), M("tty_info", tty_info), M("heartbeat", heartbeat));
MESSAGE(process_io, E("type", io_types), M("data", io_data), M("control", control));
MESSAGE(attach_input, E("type", input_types), M("container_id", container_id), M("process_io", process_io));
MESSAGE(container_call, M_REQUIRED("container_id", container_id));
MESSAGE(launch_nested, M_REQUIRED("container_id", container_id), M("command", command), M("container", container));
MESSAGE(kill_nested, M_REQUIRED("container_id", container_id), I("signal"));

const struct proto_message mesos_agent_call = {(const struct proto_field[]){
    E("type", agent_types), M("list_files", list_files), M("read_file", read_file), ANY("get_containers"),
    M("launch_nested_container", launch_nested), M("launch_nested_container_session", launch_nested),
    M("wait_nested_container", container_call), M("kill_nested_container", kill_nested),
    M("remove_nested_container", container_call), M("attach_container_output", container_call),
    M("attach_container_input", attach_input), END}};
