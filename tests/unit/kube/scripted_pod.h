/* A pod for tests of port-forward: writes down what it is asked for, one line each. */
#ifndef TESTS_UNIT_KUBE_SCRIPTED_POD_H
#define TESTS_UNIT_KUBE_SCRIPTED_POD_H

#include <stdint.h>

#include "base/buf.h"
#include "kube/forward.h"

#define SCRIPTED_PAIRS_MAX 8

struct scripted_pod {
	struct buf told;
	struct forward_pair *pairs[SCRIPTED_PAIRS_MAX];
	size_t n_pairs;
	bool input_held;
};

static struct scripted_pod *pod_now; /* `to` is the number of the connection, from 1 */

static void told(const char *what, void *to)
{
	buf_printf(&pod_now->told, "%s%s %zu", pod_now->told.len ? "\n" : "", what, (size_t)(uintptr_t)to);
}

static void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	struct scripted_pod *pod = arg;
	pod->pairs[pod->n_pairs++] = pair;
	void *to = (void *)(uintptr_t)pod->n_pairs;
	told("dial", to);
	buf_printf(&pod->told, " :%u", port);
	return to;
}

static void on_send(void *to, const void *bytes, size_t n)
{
	told("send", to);
	buf_printf(&pod_now->told, " %zu", n);
	(void)bytes;
}

static void on_end(void *to)
{
	told("end", to);
}

static void on_hold(void *to, bool hold)
{
	told(hold ? "hold" : "go on", to);
}

static void on_close(void *to)
{
	told("close", to);
}

static const struct forward_dialer scripted_dialer = {on_dial, on_send, on_end, on_hold, on_close};

static void on_wake(void *arg)
{
	(void)arg;
}

static void on_hold_input(void *arg, bool hold)
{
	((struct scripted_pod *)arg)->input_held = hold;
}

static const struct forward_owner scripted_owner = {on_wake, on_hold_input};

static void scripted_pod_init(struct scripted_pod *pod)
{
	*pod = (struct scripted_pod){.told = BUF_INIT(1 << 20)};
	pod_now = pod;
}

#endif
