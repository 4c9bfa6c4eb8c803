#include "tests/sandbox/serve_mesos.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/instant.h"
#include "tests/sandbox/runner.h"

/* An agent and its port. The port must be known before the agent is made, as offers tell it. */
struct agent_front {
	struct serve_mesos *mesos;
	struct mesos_agent *agent; /* NULL until made */
	struct front *front;
};

struct serve_mesos {
	struct mesos_cluster *cluster;
	struct process_runner *runner; /* or */
	struct instant_runner *instant;
	struct front *front;
	struct agent_front *agents;
	size_t n_agents;
	const struct pki *pki; /* NULL: no TLS */
	char *dir;
	char *principal;	      /* NULL: no authentication */
	char *secret, *former_secret; /* NULL: none */
};

uint16_t serve_mesos_port(const struct serve_mesos *m)
{
	return front_port(m->front);
}

struct mesos_cluster *serve_mesos_cluster(struct serve_mesos *m)
{
	return m->cluster;
}

struct front *serve_mesos_front(struct serve_mesos *m)
{
	return m->front;
}

/* The ports are open before the models behind them exist. */
static void handle_master(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct serve_mesos *m = arg;
	if (m->cluster) {
		mesos_master_handle(m->cluster, now_ms, req, res);
	} else {
		res->status = 503;
	}
}

static void handle_agent(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct agent_front *a = arg;
	if (a->agent) {
		mesos_agent_handle(a->agent, now_ms, req, res);
	} else {
		res->status = 503;
	}
}

static bool agent_takes_pieces(void *arg, const struct sandbox_request *head)
{
	const struct agent_front *a = arg;
	return a->agent && mesos_agent_takes_pieces(a->agent, head);
}

static int64_t cluster_deadline(void *arg)
{
	struct serve_mesos *m = arg;
	return mesos_cluster_next_deadline(m->cluster);
}

static void cluster_run(void *arg, int64_t now_ms)
{
	struct serve_mesos *m = arg;
	mesos_cluster_tick(m->cluster, now_ms);
}

/* Starting */

static struct front *master_front(struct serve_mesos *m, uv_loop_t *loop, const struct sandbox_options *o,
				  const struct pki *pki, struct err *e)
{
	struct front_options options = {
	    .name = "Mesos master", .port = o->mesos_port, .handler = handle_master, .model = m};
	if (o->mesos_tls) {
		options.certificate = pki_server(pki)->certificate;
		options.key = pki_server(pki)->key;
		options.client_ca = pki_ca(pki);
	}
	return front_new(loop, &options, e);
}

static int hand_out_secret(struct serve_mesos *m, struct err *e)
{
	struct mesos_credential credentials[] = {{m->principal, m->secret}, {m->principal, m->former_secret}};
	CLEANUP_FREE char *path = xasprintf("%s/mesos-secret", m->dir);
	mesos_cluster_credentials(m->cluster, credentials, m->former_secret ? 2 : 1);
	return file_replace(path, m->secret, e);
}

static int make_cluster(struct serve_mesos *m, const struct sandbox_options *o, struct err *e)
{
	struct mesos_cluster_config config = {
	    .port = front_port(m->front),
	    .now_ms = front_now(),
	    .state_dir = o->dir,
	    .runner = m->instant ? instant_runner_seam(m->instant) : process_runner_seam(m->runner),
	};
	RAND_bytes((unsigned char *)&config.seed, sizeof(config.seed));
	if (o->fast) {
		config.heartbeat_ms = 1000;
		config.allocation_ms = 100;
		config.ping_timeout_ms = 1000;
		config.update_retry_ms = 1000;
		config.recovery_ms = 200;
		config.reregister_ms = 200;
	}
	m->cluster = mesos_cluster_new(&config, e);
	if (!m->cluster) {
		return -1;
	}
	if (m->instant) {
		instant_runner_attach(m->instant, m->cluster);
	} else {
		process_runner_attach(m->runner, m->cluster);
	}
	return m->principal ? hand_out_secret(m, e) : 0;
}

static int make_agent(struct serve_mesos *m, uv_loop_t *loop, const struct agent_options *o, struct err *e)
{
	struct agent_front *a = &m->agents[m->n_agents];
	struct front_options options = {.name = o->hostname,
					.port = o->port,
					.handler = handle_agent,
					.takes_pieces = agent_takes_pieces,
					.model = a};
	a->mesos = m;
	a->front = front_new(loop, &options, e);
	if (!a->front) {
		return -1;
	}
	m->n_agents++;
	struct mesos_agent_config config = {
	    .hostname = o->hostname,
	    .container_ip = o->container_ip,
	    .port = front_port(a->front),
	    .resources = o->resources,
	    .attributes = o->attributes,
	    .region = o->region,
	    .zone = o->zone,
	    .isolation = {o->isolation, o->effective, o->bounding, o->profiles},
	};
	a->agent = mesos_cluster_add_agent(m->cluster, &config, front_now(), e);
	return a->agent ? 0 : -1;
}

static int start(struct serve_mesos *m, uv_loop_t *loop, const struct sandbox_options *o, const struct pki *pki,
		 struct err *e)
{
	if (o->instant) {
		m->instant = instant_runner_new();
		instant_runner_finish_at_once(m->instant, true);
	} else {
		m->runner = process_runner_new(loop, e);
	}
	m->front = m->instant || m->runner ? master_front(m, loop, o, pki, e) : NULL;
	if (!m->front || make_cluster(m, o, e) < 0) {
		return -1;
	}
	m->agents = xcalloc(o->n_agents + 1, sizeof(*m->agents));
	for (size_t i = 0; i < o->n_agents; i++) {
		if (make_agent(m, loop, &o->agents[i], e) < 0) {
			return -1;
		}
	}
	return 0;
}

struct serve_mesos *serve_mesos_new(uv_loop_t *loop, struct ticker *ticker, const struct sandbox_options *o,
				    const struct pki *pki, struct err *e)
{
	struct serve_mesos *m = xcalloc(1, sizeof(*m));
	m->pki = o->mesos_tls ? pki : NULL;
	m->dir = xstrdup(o->dir);
	m->principal = xstrdup(o->principal);
	m->secret = xstrdup(o->secret);
	if (start(m, loop, o, pki, e) < 0) {
		serve_mesos_free(m);
		return NULL;
	}
	ticker_add(ticker, &(struct ticker_model){cluster_deadline, cluster_run, m});
	return m;
}

void serve_mesos_free(struct serve_mesos *m)
{
	if (!m) {
		return;
	}
	front_free(m->front);
	for (size_t i = 0; i < m->n_agents; i++) {
		front_free(m->agents[i].front);
	}
	mesos_cluster_free(m->cluster);
	process_runner_free(m->runner);
	instant_runner_free(m->instant);
	free(m->agents);
	free(m->dir);
	free(m->principal);
	free(m->secret);
	free(m->former_secret);
	free(m);
}

/* Credentials */

static void next_secret(struct serve_mesos *m)
{
	unsigned number = 0;
	RAND_bytes((unsigned char *)&number, sizeof(number));
	free(m->former_secret);
	m->former_secret = m->secret;
	m->secret = xasprintf("sandbox-secret-%08x", number);
}

int serve_mesos_reissue(struct serve_mesos *m, enum pki_step step, struct err *e)
{
	if (m->pki) {
		const struct pki_pair *pair = pki_server(m->pki);
		if (front_certificates(m->front, pair->certificate, pair->key, pki_ca(m->pki), e) < 0) {
			return -1;
		}
	}
	if (!m->principal) {
		return 0;
	}
	if (step == PKI_SWITCH) {
		next_secret(m);
	} else if (step == PKI_RETIRE) {
		free(m->former_secret);
		m->former_secret = NULL;
	}
	return hand_out_secret(m, e);
}

/* Orders */

static struct agent_front *find(struct serve_mesos *m, const char *hostname)
{
	for (size_t i = 0; i < m->n_agents; i++) {
		if (strcmp(mesos_agent_hostname(m->agents[i].agent), hostname) == 0) {
			return &m->agents[i];
		}
	}
	return NULL;
}

int serve_mesos_order(struct serve_mesos *m, const char *hostname, enum agent_order order, struct err *e)
{
	struct agent_front *a = find(m, hostname);
	int64_t now = front_now();
	if (!a) {
		return err_set(e, ERR_NOT_FOUND, "there is no agent \"%s\"", hostname);
	}
	switch (order) {
	case AGENT_KILL:
		mesos_agent_kill(a->agent, now);
		front_down(a->front);
		return 0;
	case AGENT_STOP:
		mesos_agent_stop(a->agent, now);
		front_down(a->front);
		return 0;
	case AGENT_START:
		if (front_up(a->front, e) < 0) {
			return -1;
		}
		mesos_agent_start(a->agent, now);
		return 0;
	case AGENT_PARTITION:
		mesos_agent_partition(a->agent, now);
		return 0;
	case AGENT_HEAL:
		mesos_agent_heal(a->agent, now);
		return 0;
	case AGENT_GONE:
		mesos_agent_mark_gone(a->agent, now);
		return 0;
	case AGENT_REFUSE:
	case AGENT_ACCEPT:
		mesos_agent_refuse(a->agent, order == AGENT_REFUSE);
		return 0;
	case AGENT_DRAIN:
		mesos_agent_drain(a->agent, now);
		return 0;
	case AGENT_DEACTIVATE:
		mesos_agent_deactivate(a->agent, now);
		return 0;
	case AGENT_REACTIVATE:
		mesos_agent_reactivate(a->agent, now);
		return 0;
	case AGENT_MAINTAIN:
	case AGENT_UNMAINTAIN:
		mesos_agent_maintain(a->agent, order == AGENT_MAINTAIN, now);
		return 0;
	}
	return 0;
}

void serve_mesos_list(const struct serve_mesos *m, const char *prefix, struct buf *out)
{
	for (size_t i = 0; i < m->n_agents; i++) {
		buf_printf(out, "%s%zu=%s:%u\n", prefix, i + 1, mesos_agent_hostname(m->agents[i].agent),
			   front_port(m->agents[i].front));
	}
}
