#include "tests/sandbox/mesos/instant.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct running {
	char *container_id, *task_id;
	bool stubborn;
};

struct instant_runner {
	struct mesos_cluster *cluster;
	struct map by_container, by_task;
	bool stubborn, at_once;
	int check_status;
	int64_t next_pid, now_ms;
};

struct instant_runner *instant_runner_new(void)
{
	struct instant_runner *r = xcalloc(1, sizeof(*r));
	r->next_pid = 10000;
	return r;
}

static void forget(struct instant_runner *r, struct running *x)
{
	map_del(&r->by_container, x->container_id);
	if (map_get(&r->by_task, x->task_id) == x) {
		map_del(&r->by_task, x->task_id);
	}
	free(x->container_id);
	free(x->task_id);
	free(x);
}

void instant_runner_free(struct instant_runner *r)
{
	if (!r) {
		return;
	}
	size_t it = 0;
	struct running *x;
	while ((x = map_next(&r->by_container, &it)) != NULL) {
		free(x->container_id);
		free(x->task_id);
		free(x);
	}
	map_done(&r->by_container);
	map_done(&r->by_task);
	free(r);
}

void instant_runner_attach(struct instant_runner *r, struct mesos_cluster *c)
{
	r->cluster = c;
}

static void end(struct instant_runner *r, struct running *x, int wait_status)
{
	CLEANUP_FREE char *id = xstrdup(x->container_id);
	forget(r, x);
	mesos_cluster_exited(r->cluster, id, wait_status, r->now_ms);
}

static int start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct instant_runner *r = ctx;
	(void)e;
	if (r->at_once || spec->check) {
		mesos_cluster_exited(r->cluster, spec->container_id, spec->check ? r->check_status : 0, r->now_ms);
	} else {
		struct running *x = xcalloc(1, sizeof(*x));
		*x = (struct running){xstrdup(spec->container_id), xstrdup(spec->task_id), r->stubborn};
		map_put(&r->by_container, x->container_id, x);
		map_put(&r->by_task, x->task_id, x);
	}
	*ret_pid = r->next_pid++;
	return 0;
}

static void send_signal(void *ctx, const char *container_id, int signo)
{
	struct instant_runner *r = ctx;
	struct running *x = map_get(&r->by_container, container_id);
	if (x && (signo == SIGKILL || !x->stubborn)) {
		end(r, x, signo);
	}
}

struct task_runner instant_runner_seam(struct instant_runner *r)
{
	return (struct task_runner){.ctx = r, .start = start, .signal = send_signal};
}

int instant_runner_finish(struct instant_runner *r, const char *task_id, int wait_status, int64_t now_ms)
{
	struct running *x = map_get(&r->by_task, task_id);
	r->now_ms = now_ms;
	if (!x) {
		return -1;
	}
	end(r, x, wait_status);
	return 0;
}

void instant_runner_stubborn(struct instant_runner *r, bool stubborn)
{
	r->stubborn = stubborn;
}

void instant_runner_finish_at_once(struct instant_runner *r, bool at_once)
{
	r->at_once = at_once;
}

void instant_runner_check(struct instant_runner *r, int wait_status)
{
	r->check_status = wait_status;
}

size_t instant_runner_count(const struct instant_runner *r)
{
	return r->by_container.count;
}

bool instant_runner_runs(const struct instant_runner *r, const char *task_id)
{
	return map_get(&r->by_task, task_id) != NULL;
}
