/* A cluster whose tasks are real processes, with a framework that launches one, `t`. */
#ifndef TESTS_SANDBOX_RUNNER_RIG_H
#define TESTS_SANDBOX_RUNNER_RIG_H

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/sandbox/runner.h"
#include "tests/unit/sandbox/mesos_client.h"

#define RUNNER_AGENT "cpus:4;mem:4096;disk:1000"

struct runner_rig {
	struct rig r; /* its runner stays idle */
	uv_loop_t loop;
	struct process_runner *runner;
	struct client k;
	char dir[64];
	char *agent_id;
};

static inline int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void runner_rig_init_isolated(struct runner_rig *f, struct mesos_isolation isolation)
{
	struct err e = {0};
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_runner.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->runner = process_runner_new(&f->loop, &e);
	assert_non_null(f->runner);
	f->r = (struct rig){.now = now_ms()};
	struct mesos_cluster_config config = {
	    .seed = 3, .now_ms = f->r.now, .state_dir = f->dir, .runner = process_runner_seam(f->runner)};
	f->r.c = mesos_cluster_new(&config, &e);
	assert_non_null(f->r.c);
	process_runner_attach(f->runner, f->r.c);
	f->agent_id = xstrdup(mesos_agent_id(rig_isolated_agent(&f->r, "agent1", RUNNER_AGENT, isolation)));
	client_init(&f->k, &f->r, "\"roles\":[\"web\"],\"failover_timeout\":100,\"checkpoint\":true", "MULTI_ROLE");
}

static inline void runner_rig_init(struct runner_rig *f)
{
	runner_rig_init_isolated(f, (struct mesos_isolation){0});
}

static inline int runner_rig_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void runner_rig_done(struct runner_rig *f)
{
	client_done(&f->k);
	mesos_cluster_free(f->r.c);
	process_runner_free(f->runner);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	nftw(f->dir, runner_rig_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(f->agent_id);
}

static inline void runner_rig_turn(uv_timer_t *t)
{
	(void)t;
}

/* The loop runs until the framework has something to read. */
static inline void runner_rig_await(struct runner_rig *f)
{
	uv_timer_t turn;
	uv_timer_init(&f->loop, &turn);
	uv_timer_start(&turn, runner_rig_turn, 10, 10);
	for (int i = 0; i < 3000 && f->k.s->out.len == 0; i++) {
		uv_run(&f->loop, UV_RUN_ONCE);
		if (mesos_cluster_next_deadline(f->r.c) <= now_ms()) {
			mesos_cluster_tick(f->r.c, now_ms());
		}
	}
	uv_close((uv_handle_t *)&turn, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_true(f->k.s->out.len > 0);
}

static inline void runner_rig_launch(struct runner_rig *f, const char *task_fields)
{
	CLEANUP_FREE char *offer = client_offer(&f->k, NULL);
	CLEANUP_FREE char *task = client_task("t", f->agent_id, task_fields);
	client_call(&f->k, "SUPPRESS", "suppress", "{}");
	client_launch_group(&f->k, offer, "pod", task);
	client_update(&f->k, "t", "TASK_STARTING", NULL);
}

#endif
