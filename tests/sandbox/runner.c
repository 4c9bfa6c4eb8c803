#include "tests/sandbox/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/runner_inner.h"

#define LOOK_EVERY_MS 1000

int64_t runner_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void process_free(struct process *p)
{
	map_del(&p->runner->by_container, p->container_id);
	list_remove(&p->link);
	channel_free(p->in);
	channel_free(p->out);
	channel_free(p->err);
	if (p->broken >= 0) {
		close(p->broken);
	}
	free(p->container_id);
	free(p);
}

/* What the model asks for */

static int start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct process_runner *r = ctx;
	struct process *p = xcalloc(1, sizeof(*p));
	p->runner = r;
	p->broken = -1;
	p->container_id = xstrdup(spec->container_id);
	list_push(&r->processes, &p->link);
	if (process_spawn(p, spec, e)) {
		process_free(p);
		return -1;
	}
	map_put(&r->by_container, p->container_id, p);
	*ret_pid = p->pid;
	return 0;
}

static struct process *find(void *ctx, const char *container_id)
{
	const struct process_runner *r = ctx;
	return map_get(&r->by_container, container_id);
}

static void send_signal(void *ctx, const char *container_id, int signo)
{
	const struct process *p = find(ctx, container_id);
	if (p && !p->reaped) {
		session_signal(p->pid, signo);
	}
}

static ssize_t write_input(void *ctx, const char *container_id, const char *bytes, size_t n)
{
	struct process *p = find(ctx, container_id);
	return p ? process_write(p, bytes, n) : -1;
}

static void end_input(void *ctx, const char *container_id)
{
	struct process *p = find(ctx, container_id);
	if (p) {
		channel_free(p->in);
		p->in = NULL;
	}
}

static void resize(void *ctx, const char *container_id, unsigned rows, unsigned columns)
{
	struct process *p = find(ctx, container_id);
	if (p) {
		process_resize(p, rows, columns);
	}
}

static void finish_reaped(uv_timer_t *later);

static void pause_output(void *ctx, const char *container_id, bool paused)
{
	struct process_runner *r = ctx;
	struct process *p = find(ctx, container_id);
	if (p && p->paused != paused) {
		p->paused = paused;
		process_read_on(p);
		if (p->reaped && !paused) {
			uv_timer_start(&r->later, finish_reaped, 0, 0);
		}
	}
}

static int usage(void *ctx, const char *container_id, struct task_usage *ret)
{
	const struct process *p = find(ctx, container_id);
	if (!p || p->reaped) {
		return -1;
	}
	session_usage(p->pid, ret);
	return 0;
}

struct task_runner process_runner_seam(struct process_runner *r)
{
	return (struct task_runner){
	    .ctx = r,
	    .start = start,
	    .signal = send_signal,
	    .write = write_input,
	    .end_input = end_input,
	    .resize = resize,
	    .pause = pause_output,
	    .usage = usage,
	};
}

/* Ends */

/* The end is told once everything that was written before it is. */
static void finish(struct process *p)
{
	struct process_runner *r = p->runner;
	if (!process_drain(p)) {
		return;
	}
	CLEANUP_FREE char *id = xstrdup(p->container_id);
	int status = p->wait_status;
	process_free(p);
	if (r->cluster) {
		mesos_cluster_exited(r->cluster, id, status, runner_now());
	}
}

/* Told of an end, the cluster may start others, but frees none: the list only grows meanwhile. */
static void finish_reaped(uv_timer_t *later)
{
	struct process_runner *r = later->data;
	LIST_EACH (&r->processes, l) {
		struct process *p = LIST_ENTRY(l, struct process, link);
		if (p->reaped && !p->paused) {
			finish(p);
		}
	}
}

static bool has_ended(const struct process *p)
{
	siginfo_t info = {0};
	return !p->reaped && waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == p->pid;
}

static void reap(struct process *p)
{
	char mark;
	/* Not waited for yet, so the number of the session cannot have been given to anybody else. */
	session_signal(p->pid, SIGKILL);
	(void)waitpid(p->pid, &p->wait_status, 0);
	p->reaped = true;
	if (read(p->broken, &mark, 1) == 1) {
		p->wait_status = TASK_CANNOT_EXECUTE;
	}
}

static void look_for_ends(struct process_runner *r)
{
	LIST_EACH (&r->processes, l) {
		struct process *p = LIST_ENTRY(l, struct process, link);
		if (has_ended(p)) {
			reap(p);
		}
	}
	finish_reaped(&r->later);
}

static void on_child(uv_signal_t *handle, int signo)
{
	(void)signo;
	look_for_ends(handle->data);
}

/* Signals of many loops and processes share one pipe inside libuv; an end that was not told of is found all the same.
 */
static void on_look(uv_timer_t *look)
{
	look_for_ends(look->data);
}

/* Life */

struct process_runner *process_runner_new(uv_loop_t *loop, struct err *e)
{
	struct process_runner *r = xcalloc(1, sizeof(*r));
	list_init(&r->processes);
	int rc = uv_signal_init(loop, &r->children);
	if (rc == 0 && (rc = uv_signal_start(&r->children, on_child, SIGCHLD)) == 0) {
		r->children.data = r;
		uv_unref((uv_handle_t *)&r->children);
		uv_timer_init(loop, &r->later);
		uv_timer_init(loop, &r->look);
		r->later.data = r->look.data = r;
		uv_timer_start(&r->look, on_look, LOOK_EVERY_MS, LOOK_EVERY_MS);
		uv_unref((uv_handle_t *)&r->look);
		r->open_handles = 3;
		return r;
	}
	err_set(e, ERR_IO, "watch child processes: %s", uv_strerror(rc));
	free(r);
	return NULL;
}

void process_runner_attach(struct process_runner *r, struct mesos_cluster *c)
{
	r->cluster = c;
}

size_t process_runner_count(const struct process_runner *r)
{
	return r->by_container.count;
}

static void closed(uv_handle_t *handle)
{
	struct process_runner *r = handle->data;
	if (--r->open_handles == 0) {
		map_done(&r->by_container);
		free(r);
	}
}

void process_runner_free(struct process_runner *r)
{
	if (!r) {
		return;
	}
	r->cluster = NULL;
	while (!list_empty(&r->processes)) {
		struct process *p = LIST_ENTRY(r->processes.next, struct process, link);
		if (!p->reaped) {
			reap(p);
		}
		process_free(p);
	}
	uv_close((uv_handle_t *)&r->children, closed);
	uv_close((uv_handle_t *)&r->later, closed);
	uv_close((uv_handle_t *)&r->look, closed);
}
