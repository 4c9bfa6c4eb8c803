#include "tests/simulate/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "tests/simulate/sim.h"
#include "translate/ids.h"

#define TERM_TAKES_MS 1500 /* at most, from SIGTERM to the end of who hears it */
#define KILL_TAKES_MS 20

#define CHECK_TAKES_MS 300
#define HOOK_TAKES_MS 5000 /* at most */

enum act { ACT_SERVE, ACT_EXIT, ACT_CRASH, ACT_BROKEN };

struct container_run {
	struct list link;
	struct runner *runner;
	char container_id[TASK_ID_MAX];
	char task_id[TASK_ID_MAX];
	char copy_of[TASK_ID_MAX]; /* UID.container */
	char uid[64];
	enum act act;
	bool stubborn;
	bool check;	 /* of a task, or a hook; that is not one of its pod's containers */
	bool writes;	 /* likewise: files, beside a pause */
	bool post_start; /* a hook: task_id is the path of its container */
	int code;
	int wait_status; /* that it will end with */
	bool told;	 /* to end */
	struct sim_event end;
};

struct runner {
	struct sim *sim;
	struct list runs;
	struct map by_container, by_task, by_copy;
	int64_t next_pid;
};

struct runner *runner_new(struct sim *sim)
{
	struct runner *r = xcalloc(1, sizeof(*r));
	r->sim = sim;
	r->next_pid = 1000;
	list_init(&r->runs);
	return r;
}

static void run_free(struct container_run *run)
{
	struct runner *r = run->runner;
	sim_cancel(r->sim, &run->end);
	map_del(&r->by_container, run->container_id);
	if (map_get(&r->by_task, run->task_id) == run) {
		map_del(&r->by_task, run->task_id);
	}
	if (map_get(&r->by_copy, run->copy_of) == run) {
		map_del(&r->by_copy, run->copy_of);
	}
	list_remove(&run->link);
	free(run);
}

void runner_free(struct runner *r)
{
	if (!r) {
		return;
	}
	LIST_EACH (&r->runs, link) {
		run_free(LIST_ENTRY(link, struct container_run, link));
	}
	map_done(&r->by_container);
	map_done(&r->by_task);
	map_done(&r->by_copy);
	free(r);
}

/* ---- ends ---- */

static void remember(struct map *map, const char *text)
{
	if (!map_get(map, text)) {
		struct heard *h = xcalloc(1, sizeof(*h));
		snprintf(h->text, sizeof(h->text), "%s", text);
		map_put(map, h->text, h);
	}
}

static void ended_well(const struct container_run *run)
{
	CLEANUP_FREE char *parent = xstrndup(run->task_id, (size_t)(strrchr(run->task_id, '.') - run->task_id));
	if (run->writes) {
		const struct container_run *pause = map_get(&run->runner->by_container, strrchr(parent, '.') + 1);
		if (pause) {
			remember(&run->runner->sim->written, pause->uid);
		}
	} else if (run->post_start) {
		remember(&run->runner->sim->hooked, parent);
	}
}

/* Does a task of the pod live, beside this one (NULL: any)? */
static bool pod_lives(const struct runner *r, const char *uid, const struct container_run *but)
{
	bool lives = false;
	LIST_EACH (&r->runs, link) {
		const struct container_run *run = LIST_ENTRY(link, struct container_run, link);
		lives = lives || (run != but && strcmp(run->uid, uid) == 0);
	}
	return lives;
}

/* With the last of a pod's tasks its executor ends, and with that the directory of its files. */
static void files_go(struct runner *r, const char *uid)
{
	if (*uid && !pod_lives(r, uid, NULL)) {
		free(map_del(&r->sim->written, uid));
	}
}

struct mounting {
	const char *uid, *container;
	bool mounts;
};

static void find_mount(void *arg, const json_t *pod)
{
	struct mounting *m = arg;
	size_t i;
	json_t *c;
	if (strcmp(js_str_at(pod, "metadata", "uid", NULL), m->uid) != 0) {
		return;
	}
	json_array_foreach (js_at(pod, "spec", "containers", NULL), i, c) {
		m->mounts = m->mounts || (!strcmp(js_str(c, "name"), m->container) && js_arr(c, "volumeMounts"));
	}
}

/* What mounts files that are written is started after that, by the same executor. If none of its pod lives, that died
 * while the ACCEPT was on its way, pause and all: another one begins with it. */
static void check_files(struct runner *r, const struct container_run *run, const char *container)
{
	struct mounting m = {.uid = run->uid, .container = container};
	apiserver_each(r->sim->kube, "pods", SIM_NAMESPACE, find_mount, &m);
	if (m.mounts && pod_lives(r, run->uid, run) && !map_get(&r->sim->written, run->uid)) {
		sim_violated(r->sim, "files: %s starts, and its files are not written", run->task_id);
	}
}

bool runner_hooked(const struct sim *sim, const char *container_id)
{
	const char *path = strstr(container_id, "://");
	return path && map_get(&sim->hooked, path + 3);
}

static void on_end(void *arg)
{
	struct container_run *run = arg;
	struct runner *r = run->runner;
	struct sim *sim = r->sim;
	int wait_status = run->wait_status;
	CLEANUP_FREE char *id = xstrdup(run->container_id);
	CLEANUP_FREE char *uid = xstrdup(run->uid);
	if (!run->told && sim->calm && wait_status != 0) {
		if (run->act == ACT_CRASH) {
			return; /* it serves from now on */
		}
		wait_status = 0;
	}
	sim_trace(sim, "task", "%s ends with status %d", run->task_id, wait_status);
	if (wait_status == 0 && (run->post_start || run->writes)) {
		ended_well(run);
	}
	run_free(run);
	files_go(r, uid);
	mesos_cluster_exited(sim->mesos, id, wait_status, sim->now);
}

static void end_after(struct container_run *run, int64_t ms, int wait_status)
{
	struct sim *sim = run->runner->sim;
	run->wait_status = wait_status;
	sim_at(sim, &run->end, sim->now + ms);
}

static void send_signal(void *ctx, const char *container_id, int signo)
{
	struct runner *r = ctx;
	struct container_run *run = map_get(&r->by_container, container_id);
	if (!run || (signo != SIGKILL && (run->stubborn || run->told))) {
		return;
	}
	uint64_t takes = sim_random(r->sim, SIM_TASKS, signo == SIGKILL ? KILL_TAKES_MS : TERM_TAKES_MS);
	run->told = true;
	end_after(run, (int64_t)takes, signo);
}

/* ---- starts ---- */

static int64_t number_of(const char *text)
{
	return text ? strtol(text, NULL, 10) : 0;
}

/* "sim", "crash", "100", "1", "3", "stubborn" */
static void read_command(struct container_run *run, const struct task_spec *spec, int number)
{
	const char *const *argv = spec->argv;
	if (!argv || !argv[0] || strcmp(argv[0], "sim") != 0) {
		return;
	}
	const char *act = argv[1];
	size_t n = 2;
	if (strcmp(act, "broken") == 0) {
		run->act = ACT_BROKEN;
	} else if (strcmp(act, "exit") == 0) {
		run->act = ACT_EXIT;
		end_after(run, number_of(argv[2]), (int)number_of(argv[3]) << 8);
		n = 4;
	} else if (strcmp(act, "crash") == 0) {
		run->act = ACT_CRASH;
		if (number < number_of(argv[4])) {
			end_after(run, number_of(argv[2]), (int)number_of(argv[3]) << 8);
		}
		n = 5;
	}
	run->stubborn = argv[n] && strcmp(argv[n], "stubborn") == 0;
}

/* A check of a task that lives: it answers soon, and sometimes too late; while people rest it succeeds. */
static void start_check(struct runner *r, struct container_run *run)
{
	uint64_t dice = sim_random(r->sim, SIM_TASKS, 100);
	run->check = true;
	map_put(&r->by_container, run->container_id, run);
	end_after(run,
		  1 + (int64_t)sim_random(r->sim, SIM_TASKS,
					  dice < 3 && !r->sim->calm ? 100 * CHECK_TAKES_MS : CHECK_TAKES_MS),
		  dice < 20 && !r->sim->calm ? 1 << 8 : 0);
}

static void start_hook(struct runner *r, struct container_run *run, const struct task_spec *spec)
{
	const char *which = spec->argv && spec->argv[0] && spec->argv[1] ? spec->argv[2] : NULL;
	bool fails = sim_chance(r->sim, SIM_HOOKS, 100) && !r->sim->calm;
	run->check = true;
	run->writes = spec->argv && strcmp(spec->argv[0], "/bin/sh") == 0;
	run->post_start = which && strcmp(which, "postStart") == 0;
	map_put(&r->by_container, run->container_id, run);
	end_after(run, 1 + (int64_t)sim_random(r->sim, SIM_HOOKS, HOOK_TAKES_MS), fails ? 1 << 8 : 0);
}

static int start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct runner *r = ctx;
	struct sim *sim = r->sim;
	struct task_id id = {0};
	struct container_run *run = xcalloc(1, sizeof(*run));
	run->runner = r;
	run->end = (struct sim_event){.fire = on_end, .arg = run};
	snprintf(run->container_id, sizeof(run->container_id), "%s", spec->container_id);
	snprintf(run->task_id, sizeof(run->task_id), "%s", spec->task_id);
	if (spec->check) {
		list_push(&r->runs, &run->link);
		start_check(r, run);
		*ret_pid = r->next_pid++;
		return 0;
	}
	if (strstr(spec->task_id, ".exec-")) {
		list_push(&r->runs, &run->link);
		start_hook(r, run, spec);
		*ret_pid = r->next_pid++;
		return 0;
	}
	if (task_id_parse(spec->task_id, &id) < 0) {
		sim_violated(sim, "task: an id of another kind: %s", spec->task_id);
	}
	snprintf(run->uid, sizeof(run->uid), "%.63s", id.uid);
	snprintf(run->copy_of, sizeof(run->copy_of), "%.63s.%s", id.uid, id.pause ? TASK_PAUSE_NAME : id.container);
	list_push(&r->runs, &run->link);
	read_command(run, spec, id.run);
	if (run->act == ACT_BROKEN && !sim->calm) {
		run_free(run);
		return err_set(e, ERR_INVALID, "Failed to launch container: it is broken");
	}
	const struct container_run *other = map_get(&r->by_copy, run->copy_of);
	if (other) {
		sim_violated(sim, "twice: %s starts on %s while %s lives", run->task_id, spec->agent, other->task_id);
	}
	map_put(&r->by_container, run->container_id, run);
	map_put(&r->by_task, run->task_id, run);
	map_put(&r->by_copy, run->copy_of, run);
	if (!id.pause) {
		check_files(r, run, id.container);
	}
	sim_trace(sim, "task", "%s starts on %s", run->task_id, spec->agent);
	*ret_pid = r->next_pid++;
	return 0;
}

/* Hooks have pipes, through which nothing passes. */
static ssize_t take_nothing(void *ctx, const char *container_id, const char *bytes, size_t n)
{
	(void)ctx;
	(void)container_id;
	(void)bytes;
	return (ssize_t)n;
}

static void end_nothing(void *ctx, const char *container_id)
{
	(void)ctx;
	(void)container_id;
}

static void resize_nothing(void *ctx, const char *container_id, unsigned rows, unsigned columns)
{
	(void)ctx;
	(void)container_id;
	(void)rows;
	(void)columns;
}

static void pause_nothing(void *ctx, const char *container_id, bool paused)
{
	(void)ctx;
	(void)container_id;
	(void)paused;
}

struct task_runner runner_seam(struct runner *r)
{
	return (struct task_runner){.ctx = r,
				    .start = start,
				    .signal = send_signal,
				    .write = take_nothing,
				    .end_input = end_nothing,
				    .resize = resize_nothing,
				    .pause = pause_nothing};
}

/* ---- what lives ---- */

bool runner_lives(const struct runner *r, const char *task_id)
{
	return map_get(&r->by_task, task_id) != NULL;
}

void runner_each(const struct runner *r, void (*each)(void *arg, const char *task_id), void *arg)
{
	LIST_EACH (&r->runs, link) {
		const struct container_run *run = LIST_ENTRY(link, struct container_run, link);
		if (!run->check) {
			each(arg, run->task_id);
		}
	}
}

static void crash(struct container_run *run)
{
	if (!run->told) {
		run->told = true;
		end_after(run, 0, SIGKILL);
	}
}

void runner_crash(struct runner *r, bool whole_pod)
{
	if (!r->by_container.count) {
		return;
	}
	uint64_t which = sim_random(r->sim, SIM_TASKS, r->by_container.count);
	struct container_run *victim = NULL;
	LIST_EACH (&r->runs, link) {
		if (!which--) {
			victim = LIST_ENTRY(link, struct container_run, link);
		}
	}
	sim_trace(r->sim, "fault", "%s of %s crashes", whole_pod ? "everything" : "one container", victim->task_id);
	LIST_EACH (&r->runs, link) {
		struct container_run *run = LIST_ENTRY(link, struct container_run, link);
		if (run == victim || (whole_pod && strcmp(run->uid, victim->uid) == 0)) {
			crash(run);
		}
	}
}
