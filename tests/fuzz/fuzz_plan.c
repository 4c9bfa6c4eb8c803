/* Any pod is refused with the name of a field, or becomes operations that a master accepts. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "kube/claim.h"
#include "tests/unit/translate/master.h"
#include "translate/plan.h"

#define ROLE "kubernetes"
#define PLENTY 1000000000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *why)
{
	fprintf(stderr, "%s\n", why);
	abort();
}

static void offered(struct mesos_resources *ret)
{
	static const char ports[] =
	    "[{\"name\":\"ports\",\"type\":\"RANGES\",\"ranges\":{\"range\":[{\"begin\":1,\"end\":65535}]},"
	    "\"allocation_info\":{\"role\":\"" ROLE "\"}}]";
	CLEANUP_JSON json_t *array = js_parse(ports, strlen(ports), NULL);
	mesos_resources_init(ret);
	mesos_resources_decode(array, ret, NULL);
	mesos_resources_put_scalar(ret, "cpus", PLENTY, ROLE);
	mesos_resources_put_scalar(ret, "mem", PLENTY, ROLE);
	mesos_resources_put_scalar(ret, "disk", PLENTY, ROLE);
	mesos_resources_put_scalar(ret, "gpus", PLENTY, ROLE);
}

/* Every other object exists. */
static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	static const struct kube_datum items[] = {
	    {"k", (const unsigned char *)"v$(A)", 5, false},	  {"bin", (const unsigned char *)"\xff", 1, false},
	    {"nul", (const unsigned char *)"a\0b", 3, true},	  {CLAIM_UID, (const unsigned char *)"c", 1, false},
	    {CLAIM_VOLUME, (const unsigned char *)"v", 1, false}, {VOLUME_CLAIM, (const unsigned char *)"c", 1, false},
	    {VOLUME_PATH, (const unsigned char *)"/d", 2, false}};
	static const struct kube_source source = {
	    .kind = KUBE_SOURCE_CONFIGMAP, .items = items, .n = sizeof(items) / sizeof(*items)};
	(void)arg;
	return strlen(ref->name) % 2 ? &source : NULL;
}

static void plan(const struct kube_pod *pod, const struct pod_need *need, const struct translate_config *config)
{
	static const struct pod_site site = {
	    "agent-0", "10.0.0.1", "10.0.0.1", 4000, 1 << 30, 1 << 30, .sources = {find, NULL}};
	static const struct plan_target target = {"fw-0", "fw-S0", ROLE, true, &site};
	struct plan_item items[1 + POD_CONTAINERS_MAX + POD_EPHEMERAL_MAX] = {{NULL, 0}};
	struct mesos_resources pool;
	struct master master;
	struct err e = {0};
	size_t n = need->pause;
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		items[n++] = (struct plan_item){&pod->init_containers[i], 0};
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		items[n++] = (struct plan_item){&pod->containers[i], 3};
	}
	for (size_t i = 0; i < pod->n_ephemeral; i++) {
		if (!ephemeral_check(pod, i, config, NULL)) {
			items[n++] = (struct plan_item){&pod->ephemeral[i].container, 0};
		}
	}
	offered(&pool);
	master_init(&master, "fw-0", "fw-S0", &pool);
	CLEANUP_JSON json_t *operations = json_array();
	if (plan_append(pod, items, n, &target, config, &pool, operations, &e)) {
		if ((e.code != ERR_LIMIT && e.code != ERR_NOT_FOUND) || json_array_size(operations) ||
		    mesos_resources_available(&pool, "cpus", ROLE) != PLENTY) {
			die(e.text);
		}
	} else if (json_array_size(operations) != n || !master_accepts(&master, operations)) {
		die(master.violation ? master.violation : "operations are missing");
	}
	master_done(&master);
	mesos_resources_done(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct translate_config config;
	struct pod_need need;
	struct err e = {0};
	CLEANUP_JSON json_t *tree = js_parse((const char *)data, size, NULL);
	struct kube_pod *pod = tree ? kube_pod_decode(tree, NULL) : NULL;
	if (!pod) {
		return 0;
	}
	translate_config_init(&config);
	config.rights.capabilities = config.rights.seccomp = true;
	config.rights.seccomp_profile = "default.json";
	if (!pod_need_make(pod, &config, &need, &e)) {
		plan(pod, &need, &config);
	} else if (e.code != ERR_UNSUPPORTED || !strstr(e.text, "spec")) {
		die(e.text);
	}
	kube_pod_free(pod);
	return 0;
}
