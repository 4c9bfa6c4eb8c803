#include "tests/bench/texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define AGENT_PREFIX "9627a182-ac04-428a-abcc-ca822d0af82c-S"
#define OFFER_PREFIX "6b204147-4b39-4adc-994e-f383f417dab6-O"
#define UID_PREFIX "7f8fbdad-b9b3-4732-a292-"
#define TIME "2026-11-22T10:17:48Z"

#define MANAGED_SPEC                                                                                                   \
	"{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\",\"apiVersion\":\"v1\",\"time\":\"" TIME     \
	"\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{\"f:generateName\":{},\"f:labels\":{\".\":{},"   \
	"\"f:app\":{},\"f:pod-template-hash\":{}},\"f:ownerReferences\":{\".\":{},\"k:{\\\"uid\\\":"                   \
	"\\\"187fd3c6-bf2a-47be-8599-ac25f4ada92d\\\"}\":{}}},\"f:spec\":{\"f:automountServiceAccountToken\":{},"      \
	"\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:command\":{},\"f:env\":{\".\":{},"           \
	"\"k:{\\\"name\\\":\\\"PORT\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}},\"f:image\":{},"                   \
	"\"f:imagePullPolicy\":{},\"f:name\":{},\"f:ports\":{\".\":{},\"k:{\\\"containerPort\\\":8080,"                \
	"\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{},\"f:protocol\":{}}},\"f:resources\":"        \
	"{\".\":{},\"f:limits\":{\".\":{},\"f:cpu\":{},\"f:memory\":{}},\"f:requests\":{\".\":{},\"f:cpu\":{},"        \
	"\"f:memory\":{}}},\"f:terminationMessagePath\":{},\"f:terminationMessagePolicy\":{}}},\"f:dnsPolicy\":{},"    \
	"\"f:enableServiceLinks\":{},\"f:restartPolicy\":{},\"f:schedulerName\":{},\"f:securityContext\":{},"          \
	"\"f:terminationGracePeriodSeconds\":{},\"f:tolerations\":{}}}}"

#define MANAGED_CONDITION(type)                                                                                        \
	"\"k:{\\\"type\\\":\\\"" type "\\\"}\":{\".\":{},\"f:lastProbeTime\":{},\"f:lastTransitionTime\":{},"          \
	"\"f:status\":{},\"f:type\":{}}"

#define MANAGED_STATUS                                                                                                                        \
	",{\"manager\":\"kube-mesos-adapter\",\"operation\":\"Update\",\"apiVersion\":\"v1\",\"time\":\"" TIME                                \
	"\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:status\":{\"f:conditions\":{\".\":{}," MANAGED_CONDITION(                           \
	    "C"                                                                                                                               \
	    "o"                                                                                                                               \
	    "n"                                                                                                                               \
	    "t"                                                                                                                               \
	    "a"                                                                                                                               \
	    "i"                                                                                                                               \
	    "n"                                                                                                                               \
	    "e"                                                                                                                               \
	    "r"                                                                                                                               \
	    "s"                                                                                                                               \
	    "R"                                                                                                                               \
	    "e"                                                                                                                               \
	    "a"                                                                                                                               \
	    "d"                                                                                                                               \
	    "y") "," MANAGED_CONDITION("Initialized") "," MANAGED_CONDITION("PodScheduled") "," MANAGED_CONDITION("Re"                        \
														  "ad"                        \
														  "y") "},\"f:"               \
														       "containerStatuses\":" \
														       "{},\"f:hostIP\":{},"  \
														       "\"f:hostIPs\":{},"    \
														       "\"f:phase\":{},"      \
														       "\"f:podIP\":{},\"f:"  \
														       "podIPs\":{\".\":{},"  \
														       "\"k:{\\\"ip\\\":"     \
														       "\\\"10.9.8.7\\\"}\":" \
														       "{\".\":{},\"f:ip\":{" \
														       "}}},"                 \
														       "\"f:startTime\":{}}}" \
														       ",\"subresource\":"    \
														       "\"status\"}"

#define CONTAINER                                                                                                      \
	"{\"name\":\"web\",\"image\":\"registry.example.org/team/web:1.36\",\"command\":[\"/bin/web\",\"--port\","     \
	"\"8080\"],\"ports\":[{\"containerPort\":8080,\"protocol\":\"TCP\"}],\"env\":[{\"name\":\"PORT\","             \
	"\"value\":\"8080\"}],\"resources\":{\"limits\":{\"cpu\":\"%s\",\"memory\":\"128Mi\"},\"requests\":"           \
	"{\"cpu\":\"%s\",\"memory\":\"64Mi\"}},\"terminationMessagePath\":\"/dev/termination-log\","                   \
	"\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":\"IfNotPresent\"}"

#define SPEC_REST                                                                                                      \
	"\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","            \
	"\"serviceAccountName\":\"default\",\"serviceAccount\":\"default\",\"automountServiceAccountToken\":false,"    \
	"\"securityContext\":{},\"schedulerName\":\"mesos\",\"tolerations\":[{\"key\":\"mesos.apache.org/agent\","     \
	"\"operator\":\"Exists\",\"effect\":\"NoSchedule\"},{\"key\":\"node.kubernetes.io/not-ready\","                \
	"\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300},{\"key\":"                        \
	"\"node.kubernetes.io/unreachable\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","                         \
	"\"tolerationSeconds\":300}],\"priority\":0,\"enableServiceLinks\":true,"                                      \
	"\"preemptionPolicy\":\"PreemptLowerPriority\""

#define CONTAINER_ID "23e6cd64-d783-4a03-8f77-d466d489ca5c"

#define RUNNING_STATUS_REST                                                                                            \
	"\"hostIP\":\"10.0.0.1\",\"hostIPs\":[{\"ip\":\"10.0.0.1\"}],\"podIP\":\"10.9.8.7\",\"podIPs\":[{\"ip\":"      \
	"\"10.9.8.7\"}],\"startTime\":\"" TIME "\",\"containerStatuses\":[{\"name\":\"web\",\"state\":{\"running\":{"  \
	"\"startedAt\":\"" TIME "\"}},\"lastState\":{},\"ready\":true,\"restartCount\":0,\"image\":"                   \
	"\"registry.example.org/team/web:1.36\",\"imageID\":\"\",\"containerID\":\"mesos://" CONTAINER_ID              \
	"\",\"started\":true}],\"qosClass\":\"Burstable\"}"

#define CONDITION(type)                                                                                                \
	"{\"type\":\"" type "\",\"status\":\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":\"" TIME "\"}"

const char *text_uid(size_t pod, char out[TEXT_UID_MAX])
{
	snprintf(out, TEXT_UID_MAX, UID_PREFIX "%012zx", pod);
	return out;
}

size_t text_uid_number(const char *uid)
{
	return strtoul(uid + strlen(UID_PREFIX), NULL, 16);
}

const char *text_agent(size_t agent, char out[TEXT_AGENT_MAX])
{
	snprintf(out, TEXT_AGENT_MAX, AGENT_PREFIX "%zu", agent);
	return out;
}

size_t text_agent_number(const char *id)
{
	return strtoul(id + strlen(AGENT_PREFIX), NULL, 10);
}

unsigned long text_offer_number(const char *id)
{
	return strtoul(id + strlen(OFFER_PREFIX), NULL, 10);
}

char *text_running_status(void)
{
	return xstrdup("{\"phase\":\"Running\",\"conditions\":[" CONDITION("PodScheduled") "," CONDITION(
	    "Initialized") "," CONDITION("ContainersReady") "," CONDITION("Ready") "]," RUNNING_STATUS_REST);
}

void text_pod(struct buf *b, const struct bench_pod *pod)
{
	char uid[TEXT_UID_MAX], agent[TEXT_AGENT_MAX];
	buf_printf(b,
		   "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web-5d4f8c7b9-%06zx\","
		   "\"generateName\":\"web-5d4f8c7b9-\",\"namespace\":\"default\",\"uid\":\"%s\","
		   "\"resourceVersion\":\"%u\",\"generation\":1,\"creationTimestamp\":\"" TIME "\",\"labels\":{"
		   "\"app\":\"web\",\"pod-template-hash\":\"5d4f8c7b9\"},",
		   pod->number, text_uid(pod->number, uid), pod->version);
	if (pod->agent >= 0) {
		buf_printf(b, "\"annotations\":{\"mesos.apache.org/agent-id\":\"%s\"},",
			   text_agent((size_t)pod->agent, agent));
	}
	buf_puts(b, "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":"
		    "\"web-5d4f8c7b9\",\"uid\":\"187fd3c6-bf2a-47be-8599-ac25f4ada92d\",\"controller\":true,"
		    "\"blockOwnerDeletion\":true}],\"managedFields\":[" MANAGED_SPEC);
	buf_puts(b, pod->status ? MANAGED_STATUS : "");
	buf_printf(b, "]},\"spec\":{\"containers\":[" CONTAINER "]," SPEC_REST, pod->cpu, pod->cpu);
	if (pod->agent >= 0) {
		buf_printf(b, ",\"nodeName\":\"agent%ld\"", pod->agent);
	}
	if (pod->selector) {
		buf_printf(b, ",\"nodeSelector\":{\"rack\":\"%s\"}", pod->selector);
	}
	buf_printf(b, "},\"status\":%s}",
		   pod->status ? pod->status : "{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}");
}

void text_watch_line(struct buf *b, const char *type, const struct bench_pod *pod)
{
	buf_printf(b, "{\"type\":\"%s\",\"object\":", type);
	text_pod(b, pod);
	buf_puts(b, "}\n");
}

static void text_offer(struct buf *b, const struct bench_agent *agent)
{
#define ROLE "\"role\":\"*\",\"allocation_info\":{\"role\":\"kubernetes\"}"
	char id[TEXT_AGENT_MAX];
	buf_printf(b,
		   "{\"id\":{\"value\":\"" OFFER_PREFIX "%lu\"},\"framework_id\":{\"value\":\"" TEXT_FRAMEWORK
		   "\"},\"agent_id\":{\"value\":\"%s\"},\"hostname\":\"agent%zu\",\"url\":{\"scheme\":\"http\","
		   "\"address\":{\"hostname\":\"agent%zu\",\"ip\":\"10.0.0.1\",\"port\":5051},\"path\":"
		   "\"/slave(1)\"},\"resources\":[",
		   agent->offer, text_agent(agent->number, id), agent->number, agent->number);
	buf_printf(
	    b,
	    "{\"name\":\"ports\",\"type\":\"RANGES\",\"ranges\":{\"range\":[{\"begin\":31000,\"end\":31999}]}," ROLE
	    "},{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":%lld.%03d}," ROLE
	    "},{\"name\":\"mem\",\"type\":\"SCALAR\",\"scalar\":{\"value\":%lld.0}," ROLE
	    "},{\"name\":\"disk\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1000000.0}," ROLE "}],",
	    (long long)agent->cpus / 1000, (int)(agent->cpus % 1000), (long long)agent->mem);
	buf_printf(b,
		   "\"attributes\":[{\"name\":\"rack\",\"type\":\"TEXT\",\"text\":{\"value\":\"r%zu\"}},{\"name\":"
		   "\"zone\",\"type\":\"TEXT\",\"text\":{\"value\":\"z1\"}}],\"allocation_info\":{\"role\":"
		   "\"kubernetes\"}}",
		   agent->number % 40);
#undef ROLE
}

void text_offers(struct buf *b, const struct bench_agent *const *agents, size_t n)
{
	buf_puts(b, "{\"type\":\"OFFERS\",\"offers\":{\"offers\":[");
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i ? "," : "");
		text_offer(b, agents[i]);
	}
	buf_puts(b, "]}}");
}

void text_update(struct buf *b, const char *task_id, size_t agent, const char *state, unsigned long uuid)
{
	char id[TEXT_AGENT_MAX];
	buf_printf(b,
		   "{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"%s\"},\"state\":\"%s\","
		   "\"source\":\"%s\",\"agent_id\":{\"value\":\"%s\"},\"timestamp\":1795343172.7200826,",
		   task_id, state, uuid ? "SOURCE_EXECUTOR" : "SOURCE_MASTER", text_agent(agent, id));
	if (uuid) {
		buf_printf(b, "\"uuid\":\"%020luAA==\",", uuid);
	} else {
		buf_puts(b, "\"message\":\"Reconciliation: Latest task state\",\"reason\":\"REASON_RECONCILIATION\",");
	}
	buf_puts(b, "\"container_status\":{\"container_id\":{\"value\":\"" CONTAINER_ID "\"},"
		    "\"network_infos\":[{\"ip_addresses\":[{\"protocol\":\"IPv4\",\"ip_address\":\"10.9.8.7\"}]}],"
		    "\"executor_pid\":11456}}}}");
}
