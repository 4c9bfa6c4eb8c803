#include "tests/unit/unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "kube/pod_fields.h"
#include "tests/unit/kube/sample.h"

static bool refuses(const struct kube_pod *pod, const char *path)
{
	for (size_t i = 0; i < pod->refused.n; i++) {
		size_t n = strlen(path); /* the reason follows */
		if (!strncmp(pod->refused.paths[i], path, n) &&
		    (!pod->refused.paths[i][n] || !strncmp(pod->refused.paths[i] + n, " (", 2))) {
			return true;
		}
	}
	return false;
}

static void a_recorded_pod_without_volumes_is_taken_whole(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-create-09-automount-off");
	assert_string_equal(pod->ns, "create");
	assert_string_equal(pod->name, "p8");
	assert_string_equal(pod->uid, "7f8fbdad-b9b3-4732-a292-bec1e8c03153");
	assert_string_equal(pod->resource_version, "431");
	assert_string_equal(pod->scheduler_name, "default-scheduler");
	assert_true(pod->created_ms == 1795342668000);
	assert_null(pod->node_name);
	assert_null(pod->agent_id);
	assert_false(pod->deleting || pod->gated || pod->host_network);
	assert_int_equal(pod->restart_policy, POD_RESTART_ALWAYS);
	assert_int_equal(pod->termination_grace_s, 30);
	assert_int_equal(pod->phase, POD_PHASE_PENDING);
	assert_int_equal(pod->refused.n, 0);
	assert_int_equal(pod->n_containers, 1);
	assert_string_equal(pod->containers[0].image, "busybox");
	assert_true(pod->containers[0].pull_always);
	assert_int_equal(pod->containers[0].requests.cpu_milli, -1);
	assert_int_equal(pod->n_tolerations, 2);
	assert_string_equal(pod->tolerations[1].key, "node.kubernetes.io/unreachable");
	assert_int_equal(pod->tolerations[1].op, KUBE_OP_EXISTS);
	assert_int_equal(pod->tolerations[1].seconds, 300);
	kube_pod_free(pod);
}

static void a_small_pod_takes_little_memory(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-create-09-automount-off");
	assert_in_range(arena_size(pod->arena), 300, 1536);
	kube_pod_free(pod);
	pod = sample_pod("pod-status-02-smp-running");
	assert_in_range(arena_size(pod->arena), 300, 2048);
	kube_pod_free(pod);
}

static void the_injected_token_volume_is_read_with_its_three_files(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-create-01-minimal");
	assert_int_equal(pod->refused.n, 0);
	assert_string_equal(pod->service_account, "default");
	assert_int_equal(pod->n_volumes, 1);
	assert_int_equal(pod->volumes[0].n_files, 3);
	const struct kube_files *f = pod->volumes[0].files;
	assert_int_equal(f[0].kind, KUBE_FILES_TOKEN);
	assert_string_equal(f[0].path, "token");
	assert_string_equal(f[0].audience, "");
	assert_int_equal(f[0].seconds, 3607);
	assert_int_equal(f[1].kind, KUBE_FILES_CONFIGMAP);
	assert_string_equal(f[1].name, "kube-root-ca.crt");
	assert_string_equal(f[1].items[0].path, "ca.crt");
	assert_int_equal(f[2].kind, KUBE_FILES_VALUE);
	assert_string_equal(f[2].path, "namespace");
	assert_string_equal(f[2].from->key, pod->ns);
	const struct kube_mount *m = &pod->containers[0].mounts[0];
	assert_string_equal(m->path, "/var/run/secrets/kubernetes.io/serviceaccount");
	assert_true(m->read_only && m->first && m->volume == &pod->volumes[0]);
	kube_pod_free(pod);
}

static void a_recorded_pod_is_refused_by_the_path_it_needs(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-create-12-privileged");
	assert_true(refuses(pod, "spec.containers[c].securityContext.privileged"));
	kube_pod_free(pod);
}

static void what_a_binding_and_a_deletion_leave_behind_is_read(void **state)
{
	(void)state;
	json_t *tree = sample_tree("binding-14-pod-after-annotations");
	json_object_set_new(json_object_get(json_object_get(tree, "metadata"), "annotations"), ANNOTATION_AGENT_ID,
			    json_string("fw-S0"));
	struct kube_pod *pod = sample_decode(tree, NULL);
	assert_string_equal(pod->agent_id, "fw-S0");
	assert_string_equal(pod->node_name, "rig-node-1");
	assert_string_equal(pod->scheduler_name, "mesos");
	kube_pod_free(pod);

	pod = sample_pod("delete-02-get-terminating");
	assert_true(pod->deleting);
	assert_int_equal(pod->deletion_grace_s, 30);
	assert_true(pod->deletion_ms == pod->created_ms + 30000);
	kube_pod_free(pod);

	pod = sample_pod("binding-20-gated-create");
	assert_true(pod->gated);
	kube_pod_free(pod);
}

static void the_network_is_that_of_the_binding_once_there_is_one(void **state)
{
	(void)state;
	static const char bound[] = "'nodeName':'n',", agent[] = "'" ANNOTATION_AGENT_ID "':'S0',";
	static const struct {
		const char *spec, *agent, *annotations, *network;
	} rows[] = {
	    {"", "", "'a':'b'", NULL},
	    {"", "", "'" ANNOTATION_NETWORK "':''", NULL},
	    {"", "", "'" ANNOTATION_NETWORK "':'blue'", "blue"},
	    {bound, agent, "'" ANNOTATION_NETWORK "':'blue'", "blue"},
	    {bound, agent, "'" ANNOTATION_NETWORK "':'green','" ANNOTATION_JOINED "':'blue'", "blue"},
	    {bound, agent, "'" ANNOTATION_NETWORK "':'green','" ANNOTATION_JOINED "':''", NULL},
	    {bound, agent, "'" ANNOTATION_JOINED "':'blue'", "blue"},
	    /* somebody's own doing */
	    {"", agent, "'" ANNOTATION_NETWORK "':'green','" ANNOTATION_JOINED "':'blue'", "green"},
	    {bound, "", "'" ANNOTATION_NETWORK "':'green','" ANNOTATION_JOINED "':'blue'", "green"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *text =
		    xasprintf("{'metadata':{'namespace':'default','name':'web','uid':'u','annotations':{%s%s}},"
			      "'spec':{%s'containers':[{'name':'app','image':'i','env':[{'name':'IP','valueFrom':"
			      "{'fieldRef':{'fieldPath':'status.podIP'}}}]}]}}",
			      rows[i].agent, rows[i].annotations, rows[i].spec);
		struct kube_pod *pod = sample_decode(sample_json(text), NULL);
		assert_true(text_equal(pod->network, rows[i].network));
		assert_int_equal(pod->refused.n, rows[i].network ? 1 : 0); /* its own address is not known before */
		kube_pod_free(pod);
	}
}

static void amounts_are_read_and_a_limit_is_a_request_too(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-status-02-smp-running");
	const struct kube_container *c = &pod->containers[0];
	assert_int_equal(c->requests.cpu_milli, 100);
	assert_int_equal(c->requests.memory, 67108864);
	assert_int_equal(c->limits.cpu_milli, 500);
	assert_int_equal(c->limits.memory, 134217728);
	assert_int_equal(c->limits.ephemeral_storage, -1);
	assert_false(c->pull_always);
	kube_pod_free(pod);

	pod = sample_container("'resources':{'limits':{'cpu':2,'memory':'1.5','nvidia.com/gpu':'1'},"
			       "'requests':{'ephemeral-storage':'1Gi'}}",
			       NULL);
	c = &pod->containers[0];
	assert_int_equal(c->requests.cpu_milli, 2000);
	assert_int_equal(c->requests.memory, 2);
	assert_int_equal(c->requests.gpus, 1);
	assert_int_equal(c->requests.ephemeral_storage, (int64_t)1 << 30);
	kube_pod_free(pod);
}

static void a_container_is_read_whole(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_container(
	    "'command':['sh','-c'],'args':['exit 3'],'env':[{'name':'A','value':'1'},{'name':'B'}],"
	    "'ports':[{'containerPort':80,'hostPort':31000,'name':'http'},{'containerPort':53,'protocol':'UDP'}]",
	    NULL);
	const struct kube_container *c = &pod->containers[0];
	assert_int_equal(c->n_command, 2);
	assert_string_equal(c->command[1], "-c");
	assert_int_equal(c->n_args, 1);
	assert_string_equal(c->args[0], "exit 3");
	assert_int_equal(c->n_env, 2);
	assert_string_equal(c->env[0].value, "1");
	assert_string_equal(c->env[1].value, "");
	assert_int_equal(c->n_ports, 2);
	assert_int_equal(c->ports[0].host_port, 31000);
	assert_string_equal(c->ports[0].protocol, "TCP");
	assert_string_equal(c->ports[1].protocol, "UDP");
	assert_int_equal(c->ports[1].host_port, 0);
	kube_pod_free(pod);
}

static void stored_statuses_are_read(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-status-02-smp-running");
	assert_int_equal(pod->phase, POD_PHASE_RUNNING);
	assert_int_equal(pod->n_statuses, 1);
	assert_string_equal(pod->statuses[0].container_id, "mesos://c-1");
	assert_int_equal(pod->statuses[0].state, CONTAINER_RUNNING);
	assert_true(pod->statuses[0].started_ms == 1795342665000);
	assert_true(pod->start_ms == 1795342665000);
	kube_pod_free(pod);

	pod = sample_pod("pod-status-46-terminated");
	assert_int_equal(pod->restart_policy, POD_RESTART_NEVER);
	assert_int_equal(pod->statuses[0].state, CONTAINER_TERMINATED);
	assert_int_equal(pod->statuses[0].exit_code, 0);
	assert_string_equal(pod->statuses[0].reason, "Completed");
	assert_true(pod->statuses[0].finished_ms == 1795342665000);
	kube_pod_free(pod);

	pod = sample_pod("pod-status-31-mp-restart-count-negative");
	assert_int_equal(pod->statuses[0].restart_count, 0);
	kube_pod_free(pod);
	pod = sample_pod("pod-status-13-mp-phase-nonsense");
	assert_int_equal(pod->phase, POD_PHASE_PENDING);
	kube_pod_free(pod);
	pod = sample_pod("pod-status-27-mp-container-two-states");
	kube_pod_free(pod);
	pod = sample_pod("pod-status-29-mp-missing-required-fields");
	kube_pod_free(pod);
}

static void a_waiting_container_remembers_its_last_run(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_decode(
	    sample_json("{'metadata':{'namespace':'d','name':'w','uid':'u'},'spec':{'containers':[{'name':'a'}]},"
			"'status':{'containerStatuses':[{'name':'a','restartCount':4,"
			"'state':{'waiting':{'reason':'CrashLoopBackOff'}},'lastState':{'terminated':{'exitCode':3,"
			"'reason':'Error','startedAt':'2026-11-22T10:17:45Z','finishedAt':'2026-11-22T10:17:46Z',"
			"'containerID':'mesos://x'}}}]}}"),
	    NULL);
	const struct kube_container_status *s = &pod->statuses[0];
	assert_int_equal(s->state, CONTAINER_WAITING);
	assert_int_equal(s->restart_count, 4);
	assert_int_equal(s->exit_code, 3);
	assert_string_equal(s->reason, "Error");
	assert_string_equal(s->last_container_id, "mesos://x");
	assert_true(s->has_last);
	assert_true(s->finished_ms == 1795342666000 && s->last_finished_ms == s->finished_ms);
	kube_pod_free(pod);
}

static void probes_are_read_with_their_numbers_defaults_and_named_ports(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_container(
	    "'ports':[{'containerPort':8080,'name':'web'}],"
	    "'startupProbe':{'exec':{'command':['a','b']},'initialDelaySeconds':4,'periodSeconds':5,'timeoutSeconds':6,"
	    "'failureThreshold':30,'terminationGracePeriodSeconds':7},"
	    "'livenessProbe':{'httpGet':{'port':'web','path':'up','scheme':'HTTPS'}},"
	    "'readinessProbe':{'tcpSocket':{'port':'81'},'successThreshold':2}",
	    NULL);
	assert_non_null(pod);
	assert_int_equal(pod->refused.n, 0);
	const struct kube_probe *start = pod->containers[0].probes[PROBE_STARTUP];
	const struct kube_probe *live = pod->containers[0].probes[PROBE_LIVENESS];
	const struct kube_probe *ready = pod->containers[0].probes[PROBE_READINESS];
	assert_int_equal(start->handler.type, HANDLER_EXEC);
	assert_int_equal(start->handler.n_command, 2);
	assert_string_equal(start->handler.command[1], "b");
	assert_int_equal(start->delay_s, 4);
	assert_int_equal(start->period_s, 5);
	assert_int_equal(start->timeout_s, 6);
	assert_int_equal(start->failure, 30);
	assert_int_equal(start->grace_s, 7);
	assert_int_equal(live->handler.port, 8080);
	assert_string_equal(live->handler.path, "/up");
	assert_true(live->handler.https);
	assert_int_equal(live->delay_s, 0);
	assert_int_equal(live->period_s, 10);
	assert_int_equal(live->timeout_s, 1);
	assert_int_equal(live->success, 1);
	assert_int_equal(live->failure, 3);
	assert_int_equal(live->grace_s, -1);
	assert_int_equal(ready->handler.type, HANDLER_TCP);
	assert_int_equal(ready->handler.port, 81);
	assert_int_equal(ready->success, 2);
	kube_pod_free(pod);
}

static void hooks_are_read_with_named_ports_headers_and_an_absolute_path(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_container(
	    "'ports':[{'containerPort':8080,'name':'web'}],'lifecycle':{'postStart':{'exec':{'command':['a','b']}},"
	    "'preStop':{'httpGet':{'host':'example.com','port':'web','path':'down','scheme':'HTTPS',"
	    "'httpHeaders':[{'name':'X-A','value':'b'},{'name':'X-B'}]}}}",
	    NULL);
	assert_non_null(pod);
	assert_int_equal(pod->refused.n, 0);
	const struct kube_hook *start = pod->containers[0].hooks[HOOK_POST_START];
	const struct kube_hook *stop = pod->containers[0].hooks[HOOK_PRE_STOP];
	assert_int_equal(start->type, HOOK_EXEC);
	assert_int_equal(start->n_command, 2);
	assert_string_equal(start->command[1], "b");
	assert_int_equal(stop->type, HOOK_HTTP);
	assert_string_equal(stop->host, "example.com");
	assert_int_equal(stop->port, 8080);
	assert_string_equal(stop->path, "/down");
	assert_true(stop->https);
	assert_int_equal(stop->n_headers, 2);
	assert_string_equal(stop->headers[0].name, "X-A");
	assert_string_equal(stop->headers[0].value, "b");
	assert_string_equal(stop->headers[1].value, "");
	kube_pod_free(pod);
	pod = sample_container("'lifecycle':{'postStart':{'sleep':{'seconds':7}},'preStop':{}}", NULL);
	assert_non_null(pod);
	assert_int_equal(pod->containers[0].hooks[HOOK_POST_START]->type, HOOK_SLEEP);
	assert_int_equal(pod->containers[0].hooks[HOOK_POST_START]->sleep_s, 7);
	assert_null(pod->containers[0].hooks[HOOK_PRE_STOP]);
	kube_pod_free(pod);
}

static void policies_rules_and_sidecars_are_read(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_spec(
	    "'activeDeadlineSeconds':60,"
	    "'initContainers':[{'name':'first','image':'i'},{'name':'beside','image':'i','restartPolicy':'Always'}],"
	    "'containers':[{'name':'app','image':'i','restartPolicy':'Never','restartPolicyRules':["
	    "{'action':'Restart','exitCodes':{'operator':'In','values':[3,4]}},"
	    "{'action':'Restart','exitCodes':{'operator':'NotIn','values':[0]}}]}]",
	    NULL);
	assert_non_null(pod);
	assert_int_equal(pod->refused.n, 0);
	assert_int_equal(pod->active_deadline_s, 60);
	assert_false(pod->init_containers[0].sidecar || pod->init_containers[0].own_restart_policy);
	assert_true(pod->init_containers[1].sidecar);
	const struct kube_container *app = &pod->containers[0];
	assert_true(app->own_restart_policy && app->restart_policy == POD_RESTART_NEVER);
	assert_int_equal(app->n_restart_rules, 2);
	assert_true(app->restart_rules[0].in && app->restart_rules[0].n_codes == 2);
	assert_int_equal(app->restart_rules[0].codes[1], 4);
	assert_false(app->restart_rules[1].in);
	kube_pod_free(pod);
}

static void unknown_and_unsupported_fields_are_refused_by_path(void **state)
{
	(void)state;
	static const struct {
		const char *members, *path;
	} rows[] = {
	    {"'livenessProbe':{'exec':{}}", "spec.containers[app].livenessProbe.exec.command (nothing to run)"},
	    {"'readinessProbe':{'tcpSocket':{'port':'web'}}",
	     "spec.containers[app].readinessProbe.tcpSocket.port (the container has no port of that name)"},
	    {"'lifecycle':{'postStart':{'tcpSocket':{'port':1}}}",
	     "spec.containers[app].lifecycle.postStart.tcpSocket"},
	    {"'lifecycle':{'postStart':{'exec':null}}", "spec.containers[app].lifecycle.postStart"},
	    {"'lifecycle':{'preStop':{'exec':{'command':[]}}}", "spec.containers[app].lifecycle.preStop.exec.command"},
	    {"'lifecycle':{'preStop':{'httpGet':{'port':80,'host':'127.0.0.1'}}}",
	     "spec.containers[app].lifecycle.preStop.httpGet.host"},
	    {"'lifecycle':{'preStop':{'httpGet':{'port':80,'host':'a/b'}}}",
	     "spec.containers[app].lifecycle.preStop.httpGet.host"},
	    {"'lifecycle':{'postStart':{'httpGet':{'port':'web'}}}",
	     "spec.containers[app].lifecycle.postStart.httpGet.port"},
	    {"'readinessProbe':{'httpGet':{'port':1,'host':'localhost'}}",
	     "spec.containers[app].readinessProbe.httpGet.host (the adapter asks, and is not on the agent)"},
	    {"'readinessProbe':{'httpGet':{'port':1,'host':'127.0.0.1','httpHeaders':[{'name':'A','value':'b'}]}}",
	     "spec.containers[app].readinessProbe.httpGet.host (the adapter asks, and is not on the agent)"},
	    {"'readinessProbe':{'tcpSocket':{'port':1,'host':'a/b'}}",
	     "spec.containers[app].readinessProbe.tcpSocket.host (neither a name nor an address)"},
	    {"'readinessProbe':{'grpc':{'port':1,'tls':true}}", "spec.containers[app].readinessProbe.grpc.tls"},
	    {"'startupProbe':{'periodSeconds':1}",
	     "spec.containers[app].startupProbe (it asks for nothing that is known)"},
	    {"'restartPolicyRules':[{'action':'RestartAllContainers','exitCodes':{'operator':'In','values':[1]}}]",
	     "spec.containers[app].restartPolicyRules[0].action"},
	    {"'workingDir':'/x'", "spec.containers[app].workingDir (only together with a command)"},
	    {"'workingDir':'x','command':['a']", "spec.containers[app].workingDir (not an absolute path)"},
	    {"'fieldOfTomorrow':1", "spec.containers[app].fieldOfTomorrow"},
	    {"'stdin':true", "spec.containers[app].stdin (not without tty)"},
	    {"'terminationMessagePolicy':'Never'", "spec.containers[app].terminationMessagePolicy"},
	    {"'terminationMessagePath':'log'", "spec.containers[app].terminationMessagePath (not an absolute path)"},
	    {"'terminationMessagePath':'/./'", "spec.containers[app].terminationMessagePath (not a file)"},
	    {"'terminationMessagePath':'/a/../b'", "spec.containers[app].terminationMessagePath (has \"..\" in it)"},
	    {"'ports':[{'containerPort':1,'protocol':'SCTP'}]", "spec.containers[app].ports[0].protocol"},
	    {"'ports':[{'containerPort':1,'hostIP':'10.0.0.1'}]", "spec.containers[app].ports[0].hostIP"},
	    {"'resources':{'limits':{'hugepages-2Mi':'2Mi'}}", "spec.containers[app].resources.limits[hugepages-2Mi]"},
	    {"'resources':{'requests':{'example.com/x':1}}", "spec.containers[app].resources.requests[example.com/x]"},
	    {"'resources':{'claims':[{'name':'x'}]}", "spec.containers[app].resources.claims"},
	    {"'imagePullPolicy':'Never'", "spec.containers[app].imagePullPolicy (neither Always nor IfNotPresent)"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct kube_pod *pod = sample_container(rows[i].members, &e);
		if (!pod || pod->refused.n != 1 || !refuses(pod, rows[i].path)) {
			fail_msg("%s: %s", rows[i].members,
				 pod ? pod->refused.n ? pod->refused.paths[0] : "taken" : e.text);
		}
		kube_pod_free(pod);
	}
}

static void a_probe_of_the_loopback_address_is_taken_on_the_agents_network_only(void **state)
{
	(void)state;
	static const struct {
		const char *annotations, *probe;
		bool taken;
	} rows[] = {
	    {"", "'httpGet':{'port':1,'host':'127.0.0.1'}", true},
	    {"", "'tcpSocket':{'port':1,'host':'127.0.0.1'}", true},
	    {"'" ANNOTATION_NETWORK "':''", "'httpGet':{'port':1,'host':'127.0.0.1'}", true},
	    {"", "'httpGet':{'port':1,'host':'localhost'}", false},
	    {"", "'tcpSocket':{'port':1,'host':'10.0.0.1'}", true},
	    {"'" ANNOTATION_NETWORK "':'net'", "'tcpSocket':{'port':1,'host':'db.example'}", true},
	    {"'" ANNOTATION_NETWORK "':'net'", "'httpGet':{'port':1,'host':'127.0.0.1'}", false},
	    {"'" ANNOTATION_NETWORK "':'net'", "'tcpSocket':{'port':1,'host':'127.0.0.1'}", false},
	    {"'" ANNOTATION_NETWORK "':'net'", "'tcpSocket':{'port':1,'host':''}", true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		CLEANUP_FREE char *text =
		    xasprintf("{'metadata':{'namespace':'d','name':'w','uid':'u','annotations':{%s}},"
			      "'spec':{'containers':[{'name':'a','image':'i','livenessProbe':{%s}}]}}",
			      rows[i].annotations, rows[i].probe);
		struct kube_pod *pod = sample_decode(sample_json(text), &e);
		if (!pod || pod->refused.n != (rows[i].taken ? 0 : 1)) {
			fail_msg("%s %s: %s", rows[i].annotations, rows[i].probe,
				 pod ? pod->refused.n ? pod->refused.paths[0] : "taken" : e.text);
		}
		kube_pod_free(pod);
	}
}

#define ONE_CONTAINER "'containers':[{'name':'app','image':'busybox'}]"

static void what_an_ephemeral_container_is_refused_for_is_not_said_of_its_pod(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_pod("pod-create-25-ephemeral-containers");
	assert_int_equal(pod->refused.n, 0);
	assert_int_equal(pod->n_ephemeral, 1);
	const struct kube_ephemeral *debug = &pod->ephemeral[0];
	assert_string_equal(debug->container.name, "debug");
	assert_string_equal(debug->container.image, "busybox");
	assert_true(debug->container.stdin_open && debug->container.tty);
	assert_null(debug->malformed);
	assert_int_equal(debug->refused.n, 1);
	assert_string_equal(debug->refused.paths[0],
			    "spec.ephemeralContainers[debug].targetContainerName (the containers "
			    "of a pod share no process namespace)");
	kube_pod_free(pod);
}

static void a_malformed_ephemeral_container_leaves_its_pod_and_the_others_as_they_are(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_spec(ONE_CONTAINER ",'ephemeralContainers':[{'name':'bad','image':7},"
							 "{'name':'good','image':'i','command':['sh'],'resources':{}}]",
					   NULL);
	assert_int_equal(pod->n_ephemeral, 2);
	assert_string_equal(pod->ephemeral[0].container.name, "bad");
	assert_string_equal(pod->ephemeral[0].malformed,
			    "pod default/web: spec.ephemeralContainers[bad].image: not a string");
	assert_null(pod->ephemeral[1].malformed);
	assert_int_equal(pod->ephemeral[1].refused.n, 0);
	assert_string_equal(pod->ephemeral[1].container.command[0], "sh");
	kube_pod_free(pod);
}

static void ephemeral_containers_without_a_name_of_their_own_are_left_out_and_too_many_are_counted(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf b = BUF_INIT(1 << 20);
	for (int i = 0; i < POD_EPHEMERAL_MAX + 2; i++) {
		buf_printf(&b, ",{'name':'e%d'}", i);
	}
	CLEANUP_FREE char *spec =
	    xasprintf(ONE_CONTAINER ",'ephemeralContainers':[{'image':'nameless'},7,{'name':'app'},{'name':'../x'},"
				    "{'name':'e0'}%s]",
		      buf_str(&b));
	struct kube_pod *pod = sample_spec(spec, NULL);
	assert_int_equal(pod->n_ephemeral, POD_EPHEMERAL_MAX);
	assert_int_equal(pod->ephemeral_more, 2);
	assert_string_equal(pod->ephemeral[0].container.name, "e0");
	assert_string_equal(pod->ephemeral[1].container.name, "e1");
	kube_pod_free(pod);
}

static void an_ephemeral_container_that_its_pod_has_no_memory_left_for_is_counted_or_malformed(void **state)
{
	(void)state;
	CLEANUP_FREE char *long_text = xcalloc(1, POD_BYTES_MAX + 1);
	memset(long_text, 'x', POD_BYTES_MAX);
	CLEANUP_FREE char *spec = xasprintf(
	    ONE_CONTAINER ",'ephemeralContainers':[{'name':'large','image':'%s'},{'name':'small','image':'i'}]",
	    long_text);
	struct kube_pod *pod = sample_spec(spec, NULL);
	assert_int_equal(pod->n_containers, 1);
	assert_int_equal(pod->n_ephemeral, 2);
	assert_non_null(pod->ephemeral[0].malformed);
	assert_null(pod->ephemeral[1].malformed);
	kube_pod_free(pod);
}

static void every_refused_field_of_the_spec_is_refused_and_its_default_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; pod_field_at(i); i++) {
		const struct pod_field *f = pod_field_at(i);
		if (f->scope != POD_SCOPE_SPEC || f->rule == FIELD_HANDLED) {
			continue;
		}
		CLEANUP_FREE char *path = xasprintf("spec.%s", f->key);
		CLEANUP_FREE char *odd = xasprintf(ONE_CONTAINER ",'%s':{'x':1}", f->key);
		CLEANUP_FREE char *empty = xasprintf(ONE_CONTAINER ",'%s':[]", f->key);
		struct kube_pod *pod = sample_spec(odd, NULL);
		assert_int_equal(pod->refused.n, f->rule == FIELD_MEANINGLESS ? 0 : 1);
		assert_true(f->rule == FIELD_MEANINGLESS || refuses(pod, path));
		kube_pod_free(pod);
		pod = sample_spec(empty, NULL);
		assert_int_equal(pod->refused.n, 0);
		kube_pod_free(pod);
	}
	struct kube_pod *pod =
	    sample_spec(ONE_CONTAINER ",'hostPID':false,'hostUsers':true,'dnsPolicy':'Default','os':{'name':'linux'},"
				      "'securityContext':{},'affinity':{},'restartPolicy':'OnFailure'",
			NULL);
	assert_int_equal(pod->refused.n, 0);
	assert_int_equal(pod->restart_policy, POD_RESTART_ON_FAILURE);
	kube_pod_free(pod);
	pod = sample_spec(ONE_CONTAINER ",'hostPID':true,'dnsPolicy':'None','os':{'name':'windows'},"
					"'securityContext':{'runAsUser':1000},'restartPolicy':'Sometimes'",
			  NULL);
	assert_int_equal(pod->refused.n, 5);
	assert_true(refuses(pod, "spec.securityContext.runAsUser"));
	kube_pod_free(pod);
}

static void more_refusals_than_fit_are_counted(void **state)
{
	(void)state;
	struct kube_pod *pod =
	    sample_container("'a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1,'j':1,'k':1", NULL);
	assert_int_equal(pod->refused.n, POD_REFUSED_MAX);
	assert_int_equal(pod->refused.more, 3);
	kube_pod_free(pod);
}

static void the_table_is_sorted_and_every_row_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; pod_field_at(i); i++) {
		const struct pod_field *f = pod_field_at(i), *next = pod_field_at(i + 1);
		assert_true(!next || f->scope < next->scope ||
			    (f->scope == next->scope && strcmp(f->key, next->key) < 0));
		assert_true(f->why && *f->why && !strchr(f->why, '|'));
		assert_true(f->rule != FIELD_DEFAULT_ONLY || f->accepted[strlen(f->accepted) - 1] == '|');
		assert_ptr_equal(pod_field_find(f->scope, f->key), f);
		assert_true(strlen(pod_scope_path(f->scope)) > 0);
	}
	assert_null(pod_field_find(POD_SCOPE_SPEC, "nothing"));
}

static void malformed_pods_give_one_error_that_names_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *spec, *text;
	} rows[] = {
	    {"'containers':[]", "pod default/web: spec.containers: missing"},
	    {"'containers':{}", "pod default/web: spec.containers: not a list"},
	    {"'containers':[7]", "pod default/web: spec.containers[0]: not an object"},
	    {"'containers':[{'image':'x'}]", "pod default/web: spec.containers[0].name: missing"},
	    {"'containers':[{'name':'A_b'}]", "pod default/web: spec.containers[A_b].name: not a DNS label"},
	    {"'containers':[{'name':'a','image':7}]", "pod default/web: spec.containers[a].image: not a string"},
	    {"'containers':[{'name':'a'},{'name':'a'}]", "pod default/web: spec: two containers are called a"},
	    {"'containers':[{'name':'a','command':'sh'}]", "pod default/web: spec.containers[a].command: not a list"},
	    {"'containers':[{'name':'a','args':['x',1]}]",
	     "pod default/web: spec.containers[a].args: element 1 is not a string"},
	    {"'containers':[{'name':'a','env':[{'value':'1'}]}]",
	     "pod default/web: spec.containers[a].env[0].name: not a variable name"},
	    {"'containers':[{'name':'a','env':[{'name':'A=B'}]}]",
	     "pod default/web: spec.containers[a].env[A=B].name: not a variable name"},
	    {"'containers':[{'name':'a','ports':[{}]}]",
	     "pod default/web: spec.containers[a].ports[0].containerPort: missing"},
	    {"'containers':[{'name':'a','ports':[{'containerPort':70000}]}]",
	     "pod default/web: spec.containers[a].ports[0].containerPort: 70000 is not between 1 and 65535"},
	    {"'containers':[{'name':'a','resources':{'limits':{'cpu':'-1'}}}]",
	     "pod default/web: spec.containers[a].resources.limits[cpu]: must not be negative"},
	    {"'containers':[{'name':'a','resources':{'limits':{'cpu':'x'}}}]",
	     "pod default/web: spec.containers[a].resources.limits[cpu]: not a quantity: \"x\""},
	    {"'containers':[{'name':'a','resources':{'limits':{'cpu':[]}}}]",
	     "pod default/web: spec.containers[a].resources.limits[cpu]: not a quantity: nothing"},
	    {"'containers':[{'name':'a','resources':{'limits':{'memory':'1e99'}}}]",
	     "pod default/web: spec.containers[a].resources.limits[memory]: quantity too large: \"1e99\""},
	    {"'containers':[{'name':'a','resources':{'limits':{'nvidia.com/gpu':'500m'}}}]",
	     "pod default/web: spec.containers[a].resources.limits[nvidia.com/gpu]: must be a whole number"},
	    {"'containers':[{'name':'a'}],'nodeSelector':{'x':1}",
	     "pod default/web: spec.nodeSelector: the value of \"x\" is not a string"},
	    {"'containers':[{'name':'a'}],'tolerations':['x']", "pod default/web: spec.tolerations[0]: not an object"},
	    {"'containers':[{'name':'a'}],'hostNetwork':'yes'",
	     "pod default/web: spec.hostNetwork: neither true nor false"},
	    {"'containers':[{'name':'a'}],'securityContext':1", "pod default/web: spec.securityContext: not an object"},
	    {"'containers':[{'name':'a'}],'terminationGracePeriodSeconds':1.5",
	     "pod default/web: spec.terminationGracePeriodSeconds: not a whole number"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct kube_pod *pod = sample_spec(rows[i].spec, &e);
		if (pod || strcmp(e.text, rows[i].text)) {
			fail_msg("%s: %s", rows[i].spec, pod ? "taken" : e.text);
		}
	}
}

static void a_pod_without_its_names_is_an_error(void **state)
{
	(void)state;
	static const struct {
		const char *object, *text;
	} rows[] = {
	    {"[]", "pod ?/?: not an object"},
	    {"{'spec':{}}", "pod ?/?: metadata: missing"},
	    {"{'metadata':{'namespace':'d','name':'w'}}", "pod d/w: spec: missing"},
	    {"{'metadata':{'namespace':'d','name':'w'},'spec':{}}", "pod d/w: metadata.uid: missing"},
	    {"{'metadata':{'namespace':'d','name':'w','uid':'a.b'},'spec':{}}", "pod d/w: metadata.uid: not a UID"},
	    {"{'metadata':{'namespace':'d','name':'W','uid':'u'},'spec':{}}", "pod d/W: metadata.name: not a DNS name"},
	    {"{'metadata':{'name':'w','uid':'u'},'spec':{}}", "pod ?/w: metadata.namespace: missing"},
	    {"{'metadata':{'namespace':'d','name':'w','uid':'u','deletionTimestamp':'soon'},'spec':{}}",
	     "pod d/w: metadata.deletionTimestamp: not a time"},
	    {"{'metadata':{'namespace':'d','name':'w','uid':'u'},'spec':{'containers':[{'name':'a'}]},"
	     "'status':{'containerStatuses':[{'name':'a','restartCount':'x'}]}}",
	     "pod d/w: status.containerStatuses[a].restartCount: not a whole number"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct kube_pod *pod = sample_decode(sample_json(rows[i].object), &e);
		if (pod || strcmp(e.text, rows[i].text) || e.code != ERR_INVALID) {
			fail_msg("%s: %s", rows[i].object, pod ? "taken" : e.text);
		}
	}
}

static void too_many_containers_and_too_much_text_are_refused_by_limit(void **state)
{
	(void)state;
	json_t *tree = sample_tree("pod-create-09-automount-off");
	json_t *containers = json_object_get(json_object_get(tree, "spec"), "containers");
	for (int i = 1; i < 200; i++) {
		json_array_append(containers, json_array_get(containers, 0));
	}
	struct err e;
	assert_null(kube_pod_decode(tree, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.text, "pod create/p8: spec.containers: 200 containers, at most 100 are allowed");
	json_array_clear(containers);

	CLEANUP_FREE char *big = xcalloc(1, POD_BYTES_MAX + 1);
	memset(big, 'x', POD_BYTES_MAX);
	json_t *container = json_object();
	json_object_set_new(container, "name", json_string("a"));
	json_object_set_new(container, "image", json_string(big));
	json_array_append_new(containers, container);
	assert_null(sample_decode(tree, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.text, "pod create/p8: takes more than 1048576 bytes of memory");
}

static void a_pod_that_cannot_be_decoded_is_still_known_by_its_names(void **state)
{
	(void)state;
	json_t *tree = sample_tree("pod-create-09-automount-off");
	json_object_set_new(json_object_get(tree, "spec"), "containers", json_integer(3));
	json_object_set_new(json_object_get(tree, "spec"), "nodeName", json_string("agent-1"));
	struct err e;
	assert_null(kube_pod_decode(tree, &e));
	struct kube_pod *pod = kube_pod_decode_names(tree, e.text);
	json_decref(tree);
	assert_non_null(pod);
	assert_string_equal(pod->name, "p8");
	assert_string_equal(pod->node_name, "agent-1");
	assert_string_equal(pod->malformed, e.text);
	assert_int_equal(pod->n_containers, 0);
	kube_pod_free(pod);

	json_t *nameless = json_object();
	assert_null(kube_pod_decode_names(nameless, "x"));
	json_decref(nameless);
}

static void a_negative_grace_period_is_a_second(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_spec(ONE_CONTAINER ",'terminationGracePeriodSeconds':-1", NULL);
	assert_int_equal(pod->termination_grace_s, 1);
	kube_pod_free(pod);
	kube_pod_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recorded_pod_without_volumes_is_taken_whole),
	    cmocka_unit_test(a_small_pod_takes_little_memory),
	    cmocka_unit_test(the_injected_token_volume_is_read_with_its_three_files),
	    cmocka_unit_test(a_recorded_pod_is_refused_by_the_path_it_needs),
	    cmocka_unit_test(what_an_ephemeral_container_is_refused_for_is_not_said_of_its_pod),
	    cmocka_unit_test(a_malformed_ephemeral_container_leaves_its_pod_and_the_others_as_they_are),
	    cmocka_unit_test(ephemeral_containers_without_a_name_of_their_own_are_left_out_and_too_many_are_counted),
	    cmocka_unit_test(an_ephemeral_container_that_its_pod_has_no_memory_left_for_is_counted_or_malformed),
	    cmocka_unit_test(what_a_binding_and_a_deletion_leave_behind_is_read),
	    cmocka_unit_test(the_network_is_that_of_the_binding_once_there_is_one),
	    cmocka_unit_test(amounts_are_read_and_a_limit_is_a_request_too),
	    cmocka_unit_test(a_container_is_read_whole),
	    cmocka_unit_test(stored_statuses_are_read),
	    cmocka_unit_test(a_waiting_container_remembers_its_last_run),
	    cmocka_unit_test(probes_are_read_with_their_numbers_defaults_and_named_ports),
	    cmocka_unit_test(hooks_are_read_with_named_ports_headers_and_an_absolute_path),
	    cmocka_unit_test(policies_rules_and_sidecars_are_read),
	    cmocka_unit_test(unknown_and_unsupported_fields_are_refused_by_path),
	    cmocka_unit_test(a_probe_of_the_loopback_address_is_taken_on_the_agents_network_only),
	    cmocka_unit_test(every_refused_field_of_the_spec_is_refused_and_its_default_is_not),
	    cmocka_unit_test(more_refusals_than_fit_are_counted),
	    cmocka_unit_test(the_table_is_sorted_and_every_row_says_why),
	    cmocka_unit_test(malformed_pods_give_one_error_that_names_the_place),
	    cmocka_unit_test(a_pod_without_its_names_is_an_error),
	    cmocka_unit_test(too_many_containers_and_too_much_text_are_refused_by_limit),
	    cmocka_unit_test(a_pod_that_cannot_be_decoded_is_still_known_by_its_names),
	    cmocka_unit_test(a_negative_grace_period_is_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
