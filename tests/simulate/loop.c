/* What the adapter takes from libuv, the clocks and the kernel, in virtual time.
 *
 * The functions of libuv and base/clock.h stand here under their own names, so the program's calls end here; getrandom
 * is redirected by the linker (--wrap).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/simulate/sim.h"

/* Behind each of the adapter's handles. */
struct handle {
	struct list link;
	struct sim_event event;
	struct sim_adapter *adapter;
	uv_handle_t *uv;
	uv_timer_cb on_timer;
	uint64_t repeat; /* 0: once */
	uv_idle_cb on_idle;
	uv_close_cb on_closed;
	bool closing;
};

static struct handle *handle_of(const uv_handle_t *uv)
{
	return uv->u.reserved[0];
}

static void closed(struct handle *h)
{
	sim_cancel(h->adapter->sim, &h->event);
	list_remove(&h->link);
	if (h->on_closed) {
		h->on_closed(h->uv);
	}
	free(h);
}

static void turn(struct handle *h)
{
	if (h->closing) {
		closed(h);
	} else if (h->on_idle) {
		sim_at(h->adapter->sim, &h->event, h->adapter->sim->now + 1);
		h->on_idle((uv_idle_t *)h->uv);
	} else {
		if (h->repeat) {
			sim_at(h->adapter->sim, &h->event, h->adapter->sim->now + (int64_t)h->repeat);
		}
		h->on_timer((uv_timer_t *)h->uv);
	}
}

static void fire(void *arg)
{
	struct handle *h = arg;
	struct sim_adapter *adapter = h->adapter;
	if (adapter->stalled_until_ms > adapter->sim->now) {
		sim_at(adapter->sim, &h->event, adapter->stalled_until_ms);
		return;
	}
	adapter_enter(adapter);
	turn(h);
	adapter_leave(adapter);
}

static int open_handle(uv_loop_t *loop, uv_handle_t *uv, uv_handle_type type)
{
	struct sim_adapter *adapter = loop->data;
	struct handle *h = xcalloc(1, sizeof(*h));
	*h = (struct handle){.event = {.fire = fire, .arg = h}, .adapter = adapter, .uv = uv};
	list_push(&adapter->handles, &h->link);
	uv->loop = loop;
	uv->type = type;
	uv->u.reserved[0] = h;
	return 0;
}

void loop_drain(struct sim_adapter *adapter)
{
	while (!list_empty(&adapter->handles)) {
		struct handle *h = LIST_ENTRY(adapter->handles.next, struct handle, link);
		if (!h->closing) {
			sim_violated(adapter->sim, "leak: a handle is not closed at the end of an adapter's life");
		}
		closed(h);
	}
}

/* ---- libuv ---- */

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
	return open_handle(loop, (uv_handle_t *)timer, UV_TIMER);
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
	struct handle *h = handle_of((uv_handle_t *)timer);
	if (h->closing) {
		return UV_EINVAL;
	}
	h->on_timer = cb;
	h->repeat = repeat;
	sim_at(h->adapter->sim, &h->event, h->adapter->sim->now + (int64_t)timeout);
	return 0;
}

int uv_timer_stop(uv_timer_t *timer)
{
	struct handle *h = handle_of((uv_handle_t *)timer);
	sim_cancel(h->adapter->sim, &h->event);
	return 0;
}

int uv_idle_init(uv_loop_t *loop, uv_idle_t *idle)
{
	return open_handle(loop, (uv_handle_t *)idle, UV_IDLE);
}

int uv_idle_start(uv_idle_t *idle, uv_idle_cb cb)
{
	struct handle *h = handle_of((uv_handle_t *)idle);
	h->on_idle = cb;
	sim_at(h->adapter->sim, &h->event, h->adapter->sim->now);
	return 0;
}

int uv_idle_stop(uv_idle_t *idle)
{
	struct handle *h = handle_of((uv_handle_t *)idle);
	sim_cancel(h->adapter->sim, &h->event);
	return 0;
}

void uv_close(uv_handle_t *uv, uv_close_cb cb)
{
	struct handle *h = handle_of(uv);
	h->closing = true;
	h->on_closed = cb;
	sim_at(h->adapter->sim, &h->event, h->adapter->sim->now);
}

int uv_is_active(const uv_handle_t *uv)
{
	const struct handle *h = handle_of(uv);
	return !h->closing && h->event.link.place != 0;
}

int uv_is_closing(const uv_handle_t *uv)
{
	return handle_of(uv)->closing;
}

/* It does not jump, and does not count from 1970. */
uint64_t uv_now(const uv_loop_t *loop)
{
	const struct sim_adapter *adapter = loop->data;
	return (uint64_t)(adapter->sim->now - SIM_START_MS);
}

uint64_t uv_hrtime(void)
{
	return (uint64_t)(sim_world->now - SIM_START_MS) * 1000000;
}

void uv_update_time(uv_loop_t *loop)
{
	(void)loop;
}

int uv_os_gethostname(char *buffer, size_t *size)
{
	static const char name[] = "simulated";
	if (*size < sizeof(name)) {
		return UV_ENOBUFS;
	}
	memcpy(buffer, name, sizeof(name));
	*size = sizeof(name) - 1;
	return 0;
}

/* ---- clock and random numbers ---- */

ssize_t __wrap_getrandom(void *to, size_t n, unsigned flags);

int64_t clock_wall_ms(void)
{
	const struct sim_adapter *adapter = sim_world->running;
	return sim_world->now + (adapter ? adapter->skew_ms : 0);
}

int64_t clock_steady_ms(void)
{
	return sim_world->now - SIM_START_MS;
}

ssize_t __wrap_getrandom(void *to, size_t n, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < n; i++) {
		((unsigned char *)to)[i] = (unsigned char)sim_random(sim_world, SIM_ADAPTER, 256);
	}
	return (ssize_t)n;
}
