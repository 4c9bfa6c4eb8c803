/* Pipes and terminals of processes: read as long as somebody wants it, written as long as somebody reads. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/runner_inner.h"

#define BLOCK_SIZE ((size_t)64 << 10)

struct channel *channel_new(struct process *p, int fd, enum task_output source, int log)
{
	struct channel *c = xcalloc(1, sizeof(*c));
	*c = (struct channel){.process = p, .source = source, .fd = fd, .log = log};
	if (uv_poll_init(p->runner->children.loop, &c->poll, fd) != 0) {
		close(fd);
		if (log >= 0) {
			close(log);
		}
		free(c);
		return NULL;
	}
	c->poll.data = c;
	return c;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void channel_free(struct channel *c)
{
	if (c) {
		uv_poll_stop(&c->poll);
		close(c->fd);
		if (c->log >= 0) {
			close(c->log);
		}
		uv_close((uv_handle_t *)&c->poll, on_closed);
	}
}

static void keep(const struct channel *c, const char *bytes, size_t n)
{
	while (c->log >= 0 && n > 0) {
		ssize_t k = write(c->log, bytes, n);
		if (k <= 0) {
			return;
		}
		bytes += k;
		n -= (size_t)k;
	}
}

/* One block. 1: there was one; 0: nothing there now; -1: the end (of a terminal, it is an error). */
static int read_block(struct channel *c)
{
	struct process_runner *r = c->process->runner;
	char block[BLOCK_SIZE];
	ssize_t n = read(c->fd, block, sizeof(block));
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	if (n <= 0) {
		return -1;
	}
	keep(c, block, (size_t)n);
	if (r->cluster) {
		mesos_cluster_output(r->cluster, c->process->container_id, c->source, block, (size_t)n, runner_now());
	}
	return 1;
}

static void end_channel(struct channel *c)
{
	struct process *p = c->process;
	struct channel **at = p->out == c ? &p->out : &p->err;
	*at = NULL;
	channel_free(c);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct channel *c = poll->data;
	(void)events;
	if (status < 0 || read_block(c) < 0) {
		end_channel(c);
	}
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	const struct channel *c = poll->data;
	struct process_runner *r = c->process->runner;
	(void)status;
	(void)events;
	uv_poll_stop(poll);
	if (r->cluster) {
		mesos_cluster_writable(r->cluster, c->process->container_id, runner_now());
	}
}

static void read_on(struct channel *c, bool paused)
{
	if (c && paused) {
		uv_poll_stop(&c->poll);
	} else if (c) {
		uv_poll_start(&c->poll, UV_READABLE, on_readable);
	}
}

void process_read_on(struct process *p)
{
	read_on(p->out, p->paused);
	read_on(p->err, p->paused);
}

bool process_drain(struct process *p)
{
	struct channel *const *all[] = {&p->out, &p->err};
	for (size_t i = 0; i < 2; i++) {
		int more = 1;
		while (*all[i] && !p->paused && more > 0) {
			more = read_block(*all[i]);
		}
		if (*all[i] && more <= 0) {
			end_channel(*all[i]);
		}
	}
	return !p->out && !p->err;
}

ssize_t process_write(struct process *p, const char *bytes, size_t n)
{
	if (!p->in) {
		return -1;
	}
	ssize_t k = write(p->in->fd, bytes, n);
	if (k < 0 && errno != EAGAIN && errno != EINTR) {
		channel_free(p->in);
		p->in = NULL;
		return -1;
	}
	if (k < (ssize_t)n) {
		uv_poll_start(&p->in->poll, UV_WRITABLE, on_writable);
	}
	return k < 0 ? 0 : k;
}

void process_resize(struct process *p, unsigned rows, unsigned columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
	if (p->tty && p->in) {
		(void)ioctl(p->in->fd, TIOCSWINSZ, &size);
	}
}
