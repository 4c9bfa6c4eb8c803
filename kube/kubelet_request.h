/* What a request to the kubelet port asks for: method, path and query taken apart, and what its author must be allowed.
 *
 * Pure. Paths are those of a Kubernetes 1.36 kubelet (pkg/kubelet/server), and those of them that are about a node also
 * below /nodes/NAME, since one port serves many nodes; what it does not know, or what is written in
 * any other way (dot segments, empty segments, escaped slashes), is 404 here and reaches nothing. Parameters that are
 * not known are ignored, as there.
 */
#ifndef KUBE_KUBELET_REQUEST_H
#define KUBE_KUBELET_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define KUBELET_TARGET_MAX 65536 /* bytes of path and query: a command is in it */
#define KUBELET_COMMAND_MAX 1024 /* words of a command */
#define KUBELET_PORTS_MAX 32	 /* ports of one port-forward that names them */

enum kubelet_verb {
	KUBELET_CONTAINER_LOGS,
	KUBELET_EXEC,
	KUBELET_ATTACH,
	KUBELET_PORT_FORWARD,
	KUBELET_RUN,
	KUBELET_PODS,
	KUBELET_RUNNING_PODS,
	KUBELET_STATS_SUMMARY,
	KUBELET_METRICS,
	KUBELET_METRICS_RESOURCE,
	KUBELET_METRICS_CADVISOR,
	KUBELET_HEALTHZ,
	KUBELET_CONFIGZ,
	KUBELET_VERBS
};

enum kubelet_log_stream { KUBELET_LOG_ALL, KUBELET_LOG_STDOUT, KUBELET_LOG_STDERR };

/* Options of containerLogs; -1: not given. */
struct kubelet_log_options {
	bool follow, previous, timestamps;
	int64_t since_s, tail, limit_bytes;
	int64_t since_ms; /* sinceTime, milliseconds since 1970 */
	enum kubelet_log_stream stream;
};

/* Texts are owned; NULL when the verb has none. */
struct kubelet_request {
	enum kubelet_verb verb;
	char *node; /* of a path below /nodes/NAME/; NULL: it says none */
	char *ns, *pod, *uid, *container;
	bool input, output, error, tty; /* of exec and attach; a terminal has no error stream */
	char **command;			/* of exec and run, NULL at the end */
	size_t n_command;
	uint16_t ports[KUBELET_PORTS_MAX]; /* of port-forward, where the query names them */
	size_t n_ports;
	bool only_cpu_and_memory; /* of stats/summary */
	struct kubelet_log_options log;
};

/* `target` is path and query as they stand in the request line. When it returns -1, `*ret_status` is what to answer
 * (400, 404, 405, 414, 422) and `e` the sentence for the body. */
int kubelet_request_parse(const char *method, const char *target, struct kubelet_request *ret, int *ret_status,
			  struct err *e);
void kubelet_request_done(struct kubelet_request *r);

/* Who may: one of the subresources of nodes, tried in order, NULL at the end. The access verb follows from what is
 * done: "create" for whatever starts or reaches into something, with any method, else "get". Stricter than a kubelet,
 * which takes a WebSocket's GET for reading (docs/decisions). */
const char *const *kubelet_request_subresources(enum kubelet_verb verb);
const char *kubelet_request_access_verb(enum kubelet_verb verb);

#endif
