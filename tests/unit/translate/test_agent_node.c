#include "tests/unit/unit.h"

#include <ctype.h>

#include "tests/unit/kube/sample.h"
#include "translate/agent_node.h"

static const struct node_labels none;

static struct mesos_offer *offer_of(const char *members)
{
	struct err e = {0};
	CLEANUP_FREE char *text = xasprintf(
	    "{'id':{'value':'O1'},'framework_id':{'value':'fw'},'agent_id':{'value':'fw-S0'},'hostname':'Agent_1."
	    "Example.COM',"
	    "'allocation_info':{'role':'kubernetes'},'resources':["
	    "{'name':'cpus','type':'SCALAR','scalar':{'value':7.5},'allocation_info':{'role':'kubernetes'}},"
	    "{'name':'mem','type':'SCALAR','scalar':{'value':8192},'allocation_info':{'role':'kubernetes'}},"
	    "{'name':'disk','type':'SCALAR','scalar':{'value':10},'allocation_info':{'role':'kubernetes'}}]%s%s}",
	    *members ? "," : "", members);
	CLEANUP_JSON json_t *tree = sample_json(text);
	struct mesos_offer *offer = mesos_offer_decode(tree, &e);
	if (!offer) {
		fail_msg("%s", e.text);
	}
	return offer;
}

static void host_names_become_dns_names(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"agent1", "agent1"},
	    {"Agent_1.Example.COM", "agent-1.example.com"},
	    {"10.0.0.1", "10.0.0.1"},
	    {"-a-", "a"},
	    {"a..b", "a.b"},
	    {"a.-b", "a.b"},
	    {"a-.b", "a.b"},
	    {"..", "agent"},
	    {"", "agent"},
	    {"\xc3\xa4gent", "gent"},
	    {"a b", "a-b"},
	    {"fe80::1", "fe80--1"},
	    {"a.", "a"},
	    {".a", "a"},
	};
	char out[NODE_NAME_MAX];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(node_name_of_agent(rows[i].in, out), rows[i].out);
	}
	char longest[400];
	memset(longest, 'x', sizeof(longest));
	longest[252] = '.';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(strlen(node_name_of_agent(longest, out)), 252);
}

static void labels_come_from_attributes_and_the_fault_domain(void **state)
{
	(void)state;
	struct mesos_offer *offer =
	    offer_of("'domain':{'fault_domain':{'region':{'name':'eu-1'},'zone':{'name':'a'}}},'attributes':["
		     "{'name':'rack','type':'TEXT','text':{'value':'r 1'}},"
		     "{'name':'idx','type':'SCALAR','scalar':{'value':1.5}},"
		     "{'name':'example.com/kind','type':'TEXT','text':{'value':'gpu'}},"
		     "{'name':'an odd/name!','type':'TEXT','text':{'value':'_x_'}},"
		     "{'name':'rack','type':'TEXT','text':{'value':'second'}}]");
	static const struct {
		const char *key, *value;
	} rows[] = {
	    {"kubernetes.io/hostname", "agent-1.example.com"},
	    {"kubernetes.io/os", "linux"},
	    {"topology.kubernetes.io/region", "eu-1"},
	    {"topology.kubernetes.io/zone", "a"},
	    {"rack", "r_1"},
	    {"idx", "1.5"},
	    {"example.com/kind", "gpu"},
	    {"an_odd_name", "x"},
	    {"an odd/name!", NULL},
	    {"none", NULL},
	    {"", NULL},
	};
	char buffer[NODE_NAME_MAX];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = agent_label(offer, &none, rows[i].key, buffer);
		if (!got != !rows[i].value || (got && strcmp(got, rows[i].value))) {
			fail_msg("%s is %s", rows[i].key, got ? got : "none");
		}
	}
	assert_non_null(agent_label(offer, &none, "kubernetes.io/arch", buffer));
	mesos_offer_free(offer);
}

static void an_attribute_may_tell_the_architecture(void **state)
{
	(void)state;
	struct mesos_offer *offer =
	    offer_of("'attributes':[{'name':'kubernetes.io/arch','type':'TEXT','text':{'value':'riscv64'}},"
		     "{'name':'kubernetes.io/hostname','type':'TEXT','text':{'value':'liar'}}]");
	char buffer[NODE_NAME_MAX];
	assert_string_equal(agent_label(offer, &none, "kubernetes.io/arch", buffer), "riscv64");
	assert_string_equal(agent_label(offer, &none, "kubernetes.io/hostname", buffer), "agent-1.example.com");
	mesos_offer_free(offer);
}

/* Every label of the node is what a nodeSelector is compared with, and what the API takes. */
static void a_node_shows_the_labels_that_selectors_match(void **state)
{
	(void)state;
	struct mesos_offer *offer = offer_of(
	    "'url':{'scheme':'http','address':{'hostname':'x','ip':'10.0.0.7','port':5051}},'attributes':["
	    "{'name':'rack','type':'TEXT','text':{'value':'r1'}},"
	    "{'name':'***','type':'TEXT','text':{'value':'x'}},{'name':'rack','type':'TEXT','text':{'value':'r2'}}]");
	struct agent_node_spec spec = {
	    .offer = offer,
	    .name = "agent-1.example.com",
	    .capacity = {7500, 8192000, 10000, 0},
	    .allocatable = {2500, 4096000, 10000, 0},
	    .taint_key = "mesos.apache.org/agent",
	    .taint_effect = "NoSchedule",
	    .since_ms = 1,
	    .now_ms = 2,
	};
	struct agent_node *n = agent_node_new(&spec);
	const struct kube_node *node = agent_node_view(n);
	char buffer[NODE_NAME_MAX];
	mesos_offer_free(offer);
	offer = offer_of("'attributes':[{'name':'rack','type':'TEXT','text':{'value':'r1'}}]");
	assert_int_equal(node->n_labels, 5);
	for (size_t i = 0; i < node->n_labels; i++) {
		assert_string_equal(agent_label(offer, &none, node->labels[i].name, buffer), node->labels[i].value);
		assert_true(i == 0 || isalnum((unsigned char)*node->labels[i].value));
	}
	assert_string_equal(node->labels[0].name, LABEL_NODE_ROLE);
	assert_string_equal(node->name, "agent-1.example.com");
	assert_string_equal(node->hostname, "Agent_1.Example.COM");
	assert_int_equal(node->allocatable.cpu_milli, 2500);
	assert_int_equal(node->allocatable.gpus, -1);
	assert_string_equal(node->agent_id, "fw-S0");
	assert_string_equal(node->internal_ip, "10.0.0.7");
	assert_string_equal(node->taint_key, "mesos.apache.org/agent");
	assert_int_equal(node->capacity.cpu_milli, 7500);
	assert_int_equal(node->capacity.memory, (int64_t)8192 << 20);
	assert_int_equal(node->capacity.ephemeral_storage, 10 << 20);
	assert_int_equal(node->capacity.gpus, -1);
	agent_node_free(n);
	agent_node_free(NULL);
	mesos_offer_free(offer);
}

static void other_scalars_are_shown_in_whole_units_and_gpus_where_there_are_any(void **state)
{
	(void)state;
	struct mesos_offer *offer = offer_of("'attributes':[]");
	mesos_resources_put_scalar(&offer->resources, "FPGA cards", 2900, NULL);
	mesos_resources_put_scalar(&offer->resources, "***", 2000, NULL);
	struct agent_node_spec spec = {.offer = offer,
				       .name = "n",
				       .capacity = {.gpus = 2000},
				       .kubelet_address = "10.9.9.9",
				       .kubelet_port = 10250};
	struct agent_node *n = agent_node_new(&spec);
	const struct kube_node *node = agent_node_view(n);
	assert_int_equal(node->n_extended, 1);
	assert_string_equal(node->extended[0].name, "mesos.apache.org/FPGA_cards");
	assert_int_equal(node->extended[0].allocatable, 2);
	assert_int_equal(node->capacity.gpus, 2);
	assert_int_equal(node->allocatable.gpus, 0);
	assert_string_equal(node->internal_ip, "10.9.9.9");
	assert_int_equal(node->kubelet_port, 10250);
	agent_node_free(n);
	mesos_offer_free(offer);
}

static void a_name_that_another_agent_has_is_told_apart_by_the_id(void **state)
{
	(void)state;
	char a[NODE_NAME_MAX], b[NODE_NAME_MAX], again[NODE_NAME_MAX], longest[NODE_NAME_MAX];
	node_name_apart("host", "fw-S1", a);
	node_name_apart("host", "fw-S2", b);
	assert_string_not_equal(a, b);
	assert_string_equal(node_name_apart("host", "fw-S1", again), a);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_true(strlen(node_name_apart(longest, "fw-S1", again)) < NODE_NAME_MAX);
	assert_string_equal(again + strlen(again) - 9, a + 4);
}

static void more_attributes_than_labels_fit_do_no_harm(void **state)
{
	(void)state;
	char members[16000] = "'attributes':[";
	size_t at = strlen(members);
	for (int i = 0; i < 200; i++) {
		at += (size_t)snprintf(members + at, sizeof(members) - at,
				       "%s{'name':'a%d','type':'TEXT','text':{'value':'v'}}", i ? "," : "", i);
	}
	snprintf(members + at, sizeof(members) - at, "]");
	struct mesos_offer *offer = offer_of(members);
	struct agent_node *n = agent_node_new(&(struct agent_node_spec){.offer = offer, .name = "n"});
	assert_int_equal(agent_node_view(n)->n_labels, NODE_LABELS_MAX);
	agent_node_free(n);
	mesos_offer_free(offer);
}

static void a_node_for_all_agents_has_no_attributes_and_room_for_the_pods_of_each(void **state)
{
	(void)state;
	static const char *const texts[] = {"type=virtual-kubelet"};
	struct agent_node_spec spec = {
	    .name = "mesos", .labels = {texts, 1}, .agents = 3, .max_pods = 20, .capacity = {.cpus = 1500}};
	struct agent_node *n = agent_node_new(&spec);
	const struct kube_node *view = agent_node_view(n);
	assert_int_equal(view->of, KUBE_NODE_OF_ALL);
	assert_int_equal(view->pods, 60);
	assert_int_equal(view->capacity.cpu_milli, 1500);
	assert_null(view->agent_id);
	assert_null(view->internal_ip);
	assert_int_equal(view->n_labels, 5);
	assert_string_equal(view->labels[1].name, "type");
	assert_string_equal(view->labels[1].value, "virtual-kubelet");
	assert_string_equal(view->labels[2].name, LABEL_HOSTNAME);
	assert_string_equal(view->labels[2].value, "mesos");
	agent_node_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(host_names_become_dns_names),
	    cmocka_unit_test(labels_come_from_attributes_and_the_fault_domain),
	    cmocka_unit_test(an_attribute_may_tell_the_architecture),
	    cmocka_unit_test(a_node_shows_the_labels_that_selectors_match),
	    cmocka_unit_test(other_scalars_are_shown_in_whole_units_and_gpus_where_there_are_any),
	    cmocka_unit_test(a_name_that_another_agent_has_is_told_apart_by_the_id),
	    cmocka_unit_test(a_node_for_all_agents_has_no_attributes_and_room_for_the_pods_of_each),
	    cmocka_unit_test(more_attributes_than_labels_fit_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
